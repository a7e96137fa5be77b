"""One section, executed in a process of its own: the only module that asks papermill to run anything.

Writes into its job's working folder and nowhere else; ``record.json`` last. What is missing or incomplete
there did not succeed, whatever the process said on its way out.
"""

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taobao_research.files import as_json, read_json, write_json, write_whole
from taobao_research.paths import TOLD, Project
from taobao_research.reports import results, sources, witness
from taobao_research.translating import package_texts
from taobao_research.vectors import want_vectors
from taobao_research.words import say

try:
    import resource
except ImportError:  # Windows
    resource = None

RECORD = "record.json"
EXECUTED = "executed.ipynb"
EXIT_TIMEOUT = 124  # the code with which a process leaves when its cell would not stop
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
START_SECONDS = 600  # for a kernel to start
MESSAGE_LINES, MESSAGE_WIDTH = 3, 200
TOO_LONG = "ran longer than {} seconds (--cell-seconds)"


@dataclass(frozen=True)
class Job:
    """A section to execute: the notebook (path under the project), its parameters, where to work, the limit."""

    project: str  # its folder
    notebook: str
    contents: list[tuple[str, str]]  # names and titles of all sections, in order
    parameters: dict[str, Any]
    inputs: list[str]  # patterns of the files under data/ that it may read
    work: str
    cell_seconds: int
    memory_mb: int
    engine: str  # "fork": in this process; "kernel": in a kernel of its own
    vectors: bool  # whether figures are drawn as vectors too

    @property
    def name(self) -> str:
        return Path(self.notebook).stem

    @property
    def place(self) -> Project:
        return Project(Path(self.project))


def execute(job: Job) -> None:
    """Execute the job's notebook, export it, and leave everything and a record in the working folder."""
    work = Path(job.work)
    work.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    adopt_orphans()
    _limit_memory(job.memory_mb)
    status, message = _run(job, work / EXECUTED)
    if status == "ok" and (strangers := witness.undeclared(work / witness.READS, job.inputs, job.place)):
        status, message = "failed", f"read {', '.join(strangers)}, which its notebook's metadata does not declare"
    end_descendants()
    if status == "ok":
        try:
            status, message = _publishable(job, work)
        except OSError as error:
            status, message = "failed", f"its results could not be written: {error.strerror}"
        except Exception as error:
            status, message = "failed", _brief(f"no page could be made of it: {type(error).__name__}: {error}")
    record = {"status": status, "message": message, "seconds": round(time.monotonic() - started, 3)}
    write_json(work / RECORD, record)


def _run(job: Job, output: Path) -> tuple[str, str]:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    notebook, data = job.place.root / job.notebook, str(job.place.data)
    want_vectors(job.vectors)
    log = str(output.with_name(witness.READS))
    os.environ[TOLD] = job.project  # for this process or the kernel; the folder of the notebook may be a link
    watching = f"__import__('taobao_research.reports.witness', fromlist=['watch']).watch({log!r}, {data!r})"
    options: dict[str, Any] = {
        "start_timeout": START_SECONDS,
        "execution_timeout": job.cell_seconds,
        "iopub_timeout": job.cell_seconds,  # not 4 s: on a busy machine outputs may come long after the cell's reply
        "shutdown_kernel": "immediate",
    }
    options["config"] = Config({"KernelManager": {"transport_encryption": "required"}})
    options["extra_arguments"] = [f"--IPKernelApp.exec_lines={watching}"]
    if job.engine == "fork":
        from taobao_research.reports import shell

        witness.watch(log, data)
        options = {"engine_name": shell.register(job.cell_seconds)}
    try:
        papermill.execute_notebook(
            str(notebook),
            str(output),
            parameters=job.parameters,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(notebook.parent),  # as in JupyterLab; and no package that lies where the user is comes first
            **options,
        )
    except papermill.PapermillExecutionError as error:
        if error.ename == "CellTimeout":
            return "timeout", f"cell {error.cell_index + 1} {TOO_LONG.format(job.cell_seconds)}"
        return "failed", f"cell {error.cell_index + 1}: {_brief(f'{error.ename}: {error.evalue}')}"
    except CellTimeoutError:
        return "timeout", f"a cell {TOO_LONG.format(job.cell_seconds)}"
    except DeadKernelError:
        return "kernel-died", "the kernel died, perhaps for lack of memory"
    except Exception as error:
        return "failed", _brief(f"{type(error).__name__}: {error}")
    return "ok", ""


def _brief(message: str) -> str:
    """The first lines of a message: the whole of it stands in the failed notebook."""
    lines = [line for line in message.splitlines() if line.strip()][:MESSAGE_LINES]
    return "; ".join(line.strip()[:MESSAGE_WIDTH] for line in lines)


def _publishable(job: Job, work: Path) -> tuple[str, str]:
    """Normalise, check and export the executed notebook into ``work/out``."""
    from taobao_research.reports.export import Page, section_page

    notebook = read_json(work / EXECUTED)
    if notebook is None:
        return "failed", "the executed notebook is not readable"
    notebook = results.normalise(notebook)
    if unrun := results.unrun_cells(notebook):
        return "failed", f"cell {unrun[0]} was not executed in order and without error"
    try:
        files = results.take_vectors(notebook) | results.collect(notebook)
    except ValueError as error:
        return "failed", str(error)
    year, labels = job.parameters.get("year", 0), job.parameters.get("labels", "en")
    if labels == "zh":
        notebook = results.translated(notebook, package_texts())
    files[f"{job.name}.ipynb"] = as_json(notebook).encode("utf-8")
    contents = [(name, say(title, labels)) for name, title in job.contents]
    page = Page(
        job.name, dict(contents)[job.name], year, labels, contents, sources.of(job.inputs, job.place), job.place
    )
    files[f"{job.name}.html"] = section_page(notebook, page).encode("utf-8")
    for path, content in files.items():
        write_whole(work / "out" / path, content)
    return "ok", ""


def die_with_parent() -> None:
    """Ask the system to end this process when the one that started it ends, however it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of whatever a descendant leaves behind, so that it can be ended (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_descendants(spare: set[int] = frozenset()) -> None:  # type: ignore[assignment]
    """Kill the children of this process, adopted ones too, but for ``spare`` and what is below those (Linux)."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.is_file():
        pids = [pid for pid in map(int, children.read_text().split()) if pid not in spare]
        if not pids:
            return
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _limit_memory(megabytes: int) -> None:
    """Let an allocation beyond the limit fail in the section rather than exhaust the machine."""
    if megabytes and resource is not None:
        limit = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@contextmanager
def without_web_grammar() -> Iterator[None]:
    """Keep jsonschema from building a grammar of web addresses, which takes 0.8 s and no notebook schema uses."""
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["rfc3987_syntax"]


def main() -> None:
    """Run the jobs that standard input names, one a line (JSON); answer each with a line when it is done."""
    die_with_parent()
    with without_web_grammar():
        import papermill  # noqa: F401
    for line in sys.stdin:
        execute(Job(**json.loads(line)))
        print("done", flush=True)


if __name__ == "__main__":
    main()
