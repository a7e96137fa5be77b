"""All notebooks executed on emulated machines and compared with the committed ones: ``python -m tests.portable``.

A machine is a set of environment variables (Linux, x86-64). Instructions can be taken from a processor and not lent to
it: where there is no AVX-512, nothing here computes with it. In its place stands a machine on which each elementary
function of NumPy is off by a unit in the last place, which is what the versions for AVX-512 may be.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import numpy as np

from taobao_research.reports import processes
from taobao_research.reports.machine import fingerprint
from taobao_research.reports.processes import ForkPool
from taobao_research.reports.refresh import execute_as_committed
from taobao_research.reports.sections import Notebook, chosen
from tests.checkout import CHECKOUT, PROJECT
from tests.compare_outputs import differences_of_notebooks

SIMD = np.show_config(mode="dicts")["SIMD Extensions"]  # type: ignore[index]
CHOSEN_AT_RUN_TIME = [*SIMD.get("found", []), *SIMD.get("not found", [])]
AVX512 = [name for name in CHOSEN_AT_RUN_TIME if name.startswith(("AVX512", "X86_V4"))]
NEWEST_CORE = "SkylakeX" if {*AVX512} & {*SIMD.get("found", [])} else "Haswell"
EMULATED = str(PROJECT / "tests" / "emulated")
NO_AVX2 = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(CHOSEN_AT_RUN_TIME),
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4",
}
MACHINES = {
    "no AVX-512": {"NPY_DISABLE_CPU_FEATURES": " ".join(AVX512)},
    "no AVX2 either": NO_AVX2,
    "linear algebra of an old core": {"OPENBLAS_CORETYPE": "Prescott"},
    "linear algebra of a new core": {"OPENBLAS_CORETYPE": NEWEST_CORE},
    "an old processor": {**NO_AVX2, "OPENBLAS_CORETYPE": "Nehalem"},
    "two threads for linear algebra": {"OPENBLAS_NUM_THREADS": "2"},
    "another hash seed, locale and time zone": {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Shanghai"},
    "no font but matplotlib's": {"PYTHONPATH": EMULATED, "TAOBAO_RESEARCH_EMULATES": "fonts"},
    "elementary functions off in the last place": {"PYTHONPATH": EMULATED, "TAOBAO_RESEARCH_EMULATES": "last places"},
}


def run(machine: str, only: Sequence[str] = ()) -> tuple[str, list[str]]:
    """The fingerprint of an emulated machine, and what the notebooks show there otherwise than is stored.

    ``only`` are numbers of notebooks; all where none is given. Raises CalledProcessError where one of them fails.
    """
    environment = {**os.environ, **processes.SINGLE_THREADED, **MACHINES[machine]}
    command = [sys.executable, "-m", "tests.portable", "here", *only]
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    answer = json.loads(done.stdout)
    return answer["fingerprint"], answer["differences"]


def here(only: Sequence[str]) -> list[str]:
    """What the notebooks show otherwise when they are executed by this process's machine."""
    found: list[str] = []

    def compare(notebook: Notebook, executed: dict) -> None:
        found.extend(f"{notebook.name}, {what}" for what in differences_of_notebooks(notebook.content, executed))

    processes.SINGLE_THREADED.clear()  # the machine's environment says how many threads
    pool = ForkPool()
    try:
        execute_as_committed(chosen(list(only), CHECKOUT), pool, "fork", compare)
    finally:
        pool.close()
    return sorted(found)


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["here"]:
        print(json.dumps({"fingerprint": fingerprint(), "differences": here(arguments[1:])}))
        return 0
    worst = 0
    for machine in MACHINES:
        made, found = run(machine, arguments)
        alike = "computes and draws like this one" if made == fingerprint() else "computes or draws otherwise"
        print(f"{machine} ({alike}): {len(found) or 'no'} differences", *found, sep="\n  ", flush=True)
        worst = max(worst, len(found))
    return int(worst > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
