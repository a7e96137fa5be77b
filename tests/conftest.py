"""What all tests need: whole reports, made once by whichever worker asks first; signals as a terminal has them."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from taobao_research.reports.worker import without_web_grammar
from taobao_research.stopping import STOPPING
from tests.checkout import PROJECT
from tests.project_copy import copy_project, program
from tests.waiting import PATIENT

with without_web_grammar():
    import jsonschema  # noqa: F401

# Modules that take longest: with several workers the tests begin with them; the first makes the reports.
FIRST = (
    "test_figures",
    "test_generated_lists",
    "test_engine",
    "test_share",
    "test_site",
    "test_known",
    "test_new_year",
)
MADE = "made"
STARTS = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.system")  # audit events
STARTED: list[str] = []
WORDS = "words"  # beside a report, where the words of its figures are (``observed/sitecustomize.py``)
FEW = {"resamples": 199}
MOVED = {"region_scheme": "three-belt", "top": 12, "town_min_villages": 4, "cluster_min_villages": 12}
REPORTS: dict[tuple[int, str], dict[str, object]] = {  # what differs from params/, whose draws one report needs
    (2015, "en"): {},
    (2015, "zh"): FEW,
    (2014, "en"): FEW,
    (2016, "zh"): {**FEW, **MOVED},
}

# What tests start imports the package that they do, wherever it starts, and whichever is installed.
os.environ["PYTHONPATH"] = os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

for number in STOPPING:  # ignored where tests run in the background, and so in all they start
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)  # still so here; what is started has the system's way again


def _note_start(event: str, arguments: tuple, starts: tuple[str, ...] = STARTS, started: list[str] = STARTED) -> None:
    """An audit hook; it has all it needs as defaults, since it is called still when modules are emptied at the end."""
    if event in starts:
        started.append(f"{event} {arguments[:1]}")


sys.addaudithook(_note_start)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that is skipped has failed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each worker as many long tests: every one gets an unbroken part of the list and takes from others' ends."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))
        items[:] = [item for worker in range(workers) for item in items[worker::workers]]


def pytest_runtest_logstart() -> None:
    STARTED.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails with ``--no-skips``, and one that starts a process without saying so by its marker."""
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
    if STARTED and report.passed and not any(map(item.get_closest_marker, ("process", "browser"))):
        report.outcome, report.longrepr = "failed", f"needs the marker process: it started {', '.join(STARTED)}"
        STARTED.clear()
    return report


@pytest.fixture(scope="session")
def report_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, str], Path]:
    """By year and language a copy of the project with the whole report (``REPORTS``), to be looked at and not changed.

    Four sections were run at a time.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    import fcntl

    def made(year: int, labels: str) -> Path:
        folder = shared / f"report-{year}-{labels}"
        with (shared / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be making it
            if not (folder / MADE).is_file():
                shutil.rmtree(folder, ignore_errors=True)
                _make(folder / "project", year, labels)
                (folder / MADE).touch()
        return folder / "project"

    return made


@pytest.fixture(scope="session")
def report_of_2015(report_of: Callable[[int, str], Path]) -> Callable[[str], Path]:
    """The same of 2015, by language."""
    return partial(report_of, 2015)


def _make(project: Path, year: int, labels: str) -> None:
    copy_project(project)
    values = {"year": year, "labels": labels, **REPORTS[year, labels]}
    text = "".join(f"{name}: {value}\n" for name, value in values.items())
    (project / "own.yaml").write_text(text, encoding="utf-8")
    which = ["--params", "own.yaml"] if REPORTS[year, labels] else [year]
    (project / WORDS).mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(Path(__file__).parent / "observed"), prepend=os.pathsep)
        patched.setenv("WORDS_OF_FIGURES", str(project / WORDS))
        result = program(project, "report", *which, "--jobs", "4", *PATIENT)
    assert result.returncode == 0, result.stdout + result.stderr
