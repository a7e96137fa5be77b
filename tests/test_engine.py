"""A failed run never looks like a success; nothing is left behind; both engines tell the same."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from taobao_research.params import Params
from taobao_research.reports.sections import all_notebooks
from taobao_research.tables.study import Study
from tests.checkout import CHECKOUT
from tests.compare_outputs import differences_of_notebooks
from tests.project_copy import copy_project, process, program
from tests.waiting import FOREVER, PATIENT, completed, running, wait_for, wait_for_end

pytestmark = pytest.mark.process
PARAMETERS = "year = 2015\nlabels = 'en'"
CELLS = {
    "good": ["from taobao_research.notebook import start\nsection = start(globals())", "section.say('It is good.')"],
    "raises": ["1 / 0"],
    "exits": ["import sys\nsys.exit(0)"],
    "leaves": ["import os\nos._exit(0)"],
    "killed": ["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"],
    "sleeps": [FOREVER],
    "stubborn": [f"while True:\n    try:\n        {FOREVER}\n    except BaseException:\n        pass"],
    "hungry": ["hoard = bytearray(50_000_000_000)"],
    "nosy": [
        "from taobao_research.paths import current_project as here\n"
        "text = (here().data / 'series' / 'transitions.csv').read_text()"
    ],
}
STATUS = {
    "good": {"ok"}, "raises": {"failed"}, "exits": {"failed", "kernel-died"}, "leaves": {"kernel-died"},
    "killed": {"kernel-died"}, "sleeps": {"timeout"}, "stubborn": {"timeout"}, "hungry": {"failed", "kernel-died"},
    "nosy": {"failed"},
}  # fmt: skip
INPUTS = ["data/{year}/*.csv", "data/2014/villages.csv", "data/reference/*.csv"]


def notebook(name: str, cells: list[str]) -> dict:
    code = [PARAMETERS, *cells]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "taobao_research": {"inputs": INPUTS},
        },
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {name}"},
            *(
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {"tags": ["parameters"]} if number == 0 else {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for number, source in enumerate(code)
            ),
        ],
    }


def make_project(folder: Path, cells: dict[str, list[str]]) -> Path:
    copy_project(folder, "data", "params")
    without_claims(folder)
    (folder / "notebooks").mkdir()
    for name, sources in cells.items():
        (folder / "notebooks" / f"{name}.ipynb").write_text(json.dumps(notebook(name, sources)), encoding="utf-8")
    return folder


def without_claims(folder: Path) -> None:
    """Leave the claims of 2015 out: these notebooks judge none."""
    claims, sources = folder / "data" / "2015" / "claims.csv", folder / "data" / "SOURCES.csv"
    old, rows = hashlib.sha256(claims.read_bytes()).hexdigest(), len(Study(Params()).claims)
    claims.write_text(claims.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    new = hashlib.sha256(claims.read_bytes()).hexdigest()
    text = sources.read_text(encoding="utf-8")
    assert f"{old},{rows}," in text
    sources.write_text(text.replace(f"{old},{rows},", f"{new},0,"), encoding="utf-8")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "taobao_research", *arguments]


def report(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return completed(command("report", "2015", *PATIENT, *arguments), project)


def processes_of(project: Path) -> list[str]:
    """Command lines of processes that work in the project's folder or below it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cwd").readlink().is_relative_to(project):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def wait_until_alone(project: Path) -> None:
    """What a killed run had started is killed by the system, a moment later."""
    wait_for(lambda: not processes_of(project), f"the end of {processes_of(project)}")


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@linux_only
@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_every_way_to_fail_is_recorded_as_what_it_is(engine: str, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", CELLS)
    late = [name for name, status in STATUS.items() if status == {"timeout"}]
    others = [name for name in CELLS if name not in late]
    for names, limits in ((others, PATIENT), (late, ["--cell-seconds=4"])):  # only what never ends has little time
        only = [word for name in names for word in ("--only", name)]
        result = report(project, "--engine", engine, "--jobs", "3", *only, *limits)
        assert result.returncode == 1, result.stdout + result.stderr
    folder = project / "reports" / "2015"
    for name, allowed in STATUS.items():
        record = json.loads((folder / "records" / f"{name}.json").read_text(encoding="utf-8"))
        assert record["status"] in allowed, (name, record["status"], record["message"])
        final = (folder / f"{name}.ipynb").is_file()
        assert final == (record["status"] == "ok"), name
        page = (folder / f"{name}.html").read_text(encoding="utf-8")
        assert ("This section has no result" in page) != final, name
        assert bool(record["message"]) != final
    assert "transitions.csv" in json.loads((folder / "records" / "nosy.json").read_text(encoding="utf-8"))["message"]
    banner = json.loads((folder / "failed" / "raises.ipynb").read_text(encoding="utf-8"))
    assert "ZeroDivisionError" in json.dumps(banner)
    assert "not complete" in (folder / "index.html").read_text(encoding="utf-8")
    assert list((project / "reports").glob(".work-*")) == []
    wait_until_alone(project)


@linux_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_a_stopped_run(number: int, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {"good": CELLS["good"], "sleeps": CELLS["sleeps"]})
    record = project / "reports" / "2015" / "records" / "good.json"
    with running(command("report", "2015", "--jobs", "2", *PATIENT), project) as run:
        wait_for(record.is_file, "the record of the good section", run)
        run.send_signal(number)
        wait_for_end(run)
    assert run.returncode == (130 if number != signal.SIGKILL else -signal.SIGKILL)
    wait_until_alone(project)
    assert json.loads(record.read_text(encoding="utf-8"))["status"] == "ok"
    (project / "notebooks" / "sleeps.ipynb").write_text(json.dumps(notebook("sleeps", ["1 + 1"])), encoding="utf-8")
    resumed = report(project, "--why")
    assert resumed.returncode == 0 and "good:" not in resumed.stdout and "sleeps:" in resumed.stdout


MOMENTS = [  # before what a run kills itself, and before which time of it
    ("taobao_research.reports.processes.ForkPool.start", 1),
    ("taobao_research.reports.processes.ForkPool.start", 3),  # two sections are being executed
    ("os.replace", 2),  # a section has one of its two files in its place
    ("os.fsync", 1),  # the first record is written and not yet flushed
    ("os.replace", 9),  # the year's own files are being written
]
KILLS_ITSELF = """
import os, signal, taobao_research.reports.run
from pkgutil import resolve_name
owner, name = {place!r}.rsplit(".", 1)
owner, times = resolve_name(owner), iter(range(1, {time}))
original = getattr(owner, name)
def counted(*given):
    next(times, None) or os.kill(os.getpid(), signal.SIGKILL)
    return original(*given)
setattr(owner, name, counted)
"""


@linux_only
def test_a_run_killed_at_any_moment_leaves_whole_files_and_resumes(tmp_path: Path) -> None:
    cells = dict.fromkeys(("one", "two", "three"), CELLS["good"])
    undisturbed, project = (make_project(tmp_path / name, cells) for name in ("undisturbed", "project"))
    assert report(undisturbed).returncode == 0
    for place, time in MOMENTS:
        kill = KILLS_ITSELF.format(place=place, time=time)
        killed = process(project, "report", "2015", "--jobs", "3", *PATIENT, before=kill)
        assert killed.returncode == -signal.SIGKILL, (place, time, killed.stdout, killed.stderr)
        for path in project.glob("reports/2015/**/*.[ij]*"):
            if path.suffix in (".ipynb", ".json"):
                json.loads(path.read_text(encoding="utf-8"))
    assert report(project).returncode == 0
    assert final_files(project) == final_files(undisturbed)


def final_files(project: Path) -> dict[str, bytes]:
    folder = project / "reports" / "2015"
    kept = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "records")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept if path.name != "manifest.json"}


def test_sections_share_nothing(tmp_path: Path) -> None:
    leak = [
        "import os, random, sys\nimport matplotlib, numpy, pandas\nmarked = 1\nos.environ['LEAK'] = '1'\n"
        "pandas.set_option('display.max_rows', 7)\nmatplotlib.rcParams['lines.linewidth'] = 99\nsys.leaked = 1\n"
        "pandas.DataFrame.leaked = 1\nnumpy.random.seed(1)\nrandom.seed(1)",
    ]
    look = [
        "import os, sys\nimport matplotlib, pandas\n"
        "assert 'marked' not in globals() and 'LEAK' not in os.environ and not hasattr(sys, 'leaked')\n"
        "assert pandas.get_option('display.max_rows') == 60 and not hasattr(pandas.DataFrame, 'leaked')\n"
        "assert matplotlib.rcParams['lines.linewidth'] != 99",
    ]
    project = make_project(tmp_path / "project", {"a_leak": leak, "b_look": look})
    result = report(project, "--jobs", "1")
    assert result.returncode == 0, result.stdout


def test_what_a_cell_started_does_not_survive_its_section(tmp_path: Path) -> None:
    start = "import subprocess\nsubprocess.Popen(['sleep', '7771'], start_new_session=True)"
    project = make_project(tmp_path / "project", {"daemon": [start]})
    assert report(project).returncode == 0
    wait_until_alone(project)


def test_two_sections_cannot_write_the_same_table(tmp_path: Path) -> None:
    cells = ["import pandas as pd", CELLS["good"][0], "section.table(pd.DataFrame({'a': [1]}), 'same', 'A table')"]
    project = make_project(tmp_path / "project", {"one": cells, "two": cells})
    result = report(project)
    assert result.returncode == 1 and "tables/same.csv is already written by" in result.stdout


def test_a_table_cannot_be_named_as_a_path(tmp_path: Path) -> None:
    cells = ["import pandas as pd", CELLS["good"][0], "section.table(pd.DataFrame({'a': [1]}), '../x', 'A table')"]
    project = make_project(tmp_path / "project", {"one": cells})
    result = report(project)
    assert result.returncode == 1 and "must be a plain word" in result.stdout


def test_a_section_of_other_parameters_makes_the_report_incomplete(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {"one": CELLS["good"], "two": CELLS["good"]})
    assert report(project).returncode == 0
    (project / "mine.yaml").write_text("year: 2015\ntop: 3\n", encoding="utf-8")
    assert program(project, "report", "--params", "mine.yaml", "--only", "one").returncode == 0
    page = (project / "reports" / "2015" / "index.html").read_text(encoding="utf-8")
    assert "two (run with other parameters" in page and "<code>top</code>: 3 (by default 10)" in page


def test_an_interrupted_fresh_run_keeps_what_was_already_right(tmp_path: Path) -> None:
    stopped = "import pathlib, time\nwhile pathlib.Path('../stop').exists():\n    time.sleep(0.01)"
    project = make_project(tmp_path / "project", {"stopped": [stopped, *CELLS["good"]]})
    assert report(project).returncode == 0
    before = final_files(project)
    (project / "stop").touch()
    with running(command("report", "2015", "--fresh", *PATIENT), project) as run:
        wait_for(lambda: list((project / "reports").glob(".work-*/*/*/*")), "the work on a section", run)
        run.send_signal(signal.SIGINT)
        wait_for_end(run)
    assert run.returncode == 130
    (project / "stop").unlink()
    assert final_files(project) == before and "nothing changed" in program(project, "report", "2015").stdout


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {"sleeps": CELLS["sleeps"]})
    with running(command("report", "2015", *PATIENT), project) as first:
        wait_for(lambda: list((project / "reports").glob(".work-*")), "the work of the first run", first)
        second = report(project, "--fresh")
        assert second.returncode == 2 and "another run is at work" in second.stderr
        first.send_signal(signal.SIGTERM)
        wait_for_end(first)
    assert first.returncode == 130


def test_a_read_only_folder_is_one_message(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {"good": CELLS["good"]})
    (project / "reports").write_text("a file where the folder should be", encoding="utf-8")
    result = report(project)
    assert result.returncode == 2 and "Traceback" not in result.stderr and "reports" in result.stderr


def test_four_at_a_time_show_what_the_committed_notebooks_show(report_of_2015: Callable[[str], Path]) -> None:
    """Those ran one by one, and nbval runs them in stock kernels: neither the order nor the engine is seen."""
    project = report_of_2015("en")
    for notebook in all_notebooks(CHECKOUT):
        made = json.loads((project / "reports" / "2015" / notebook.path.name).read_text(encoding="utf-8"))
        assert differences_of_notebooks(notebook.content, made) == [], notebook.name


def test_a_kernel_writes_the_very_notebook_that_the_fork_engine_writes(
    report_of_2015: Callable[[str], Path], tmp_path: Path
) -> None:
    project, name = copy_project(tmp_path / "project"), "2.1_geography.ipynb"  # text, tables, charts, a map, claims
    ran = report(project, "--only", "2.1", "--engine", "kernel")
    assert ran.returncode == 0, ran.stdout
    by_kernel, by_fork = project / "reports" / "2015", report_of_2015("en") / "reports" / "2015"
    drawings = [path.relative_to(by_kernel).as_posix() for path in sorted(by_kernel.glob("figures/*.svg"))]
    assert drawings and len(drawings) == len(list(by_kernel.glob("figures/*.png")))
    for path in (name, *drawings):
        assert (by_kernel / path).read_bytes() == (by_fork / path).read_bytes(), path
