"""What all tests need: reports of 2015, made once by whichever worker asks first; signals as a terminal has them."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from taobao_research.reports.worker import without_web_grammar
from taobao_research.stopping import STOPPING
from tests.project_copy import copy_project, program

with without_web_grammar():
    import jsonschema  # noqa: F401

MADE = "made"
STARTS = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.system")  # audit events
STARTED: list[str] = []

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
def report_of_2015(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """By language ("en", "zh") a copy of the project with its whole report of 2015, to be looked at and not changed.

    The parameters are in ``params/2015.yaml`` and ``zh.yaml``; four sections were run at a time.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    import fcntl

    def made(labels: str) -> Path:
        folder = shared / f"report-{labels}"
        with (shared / f"report-{labels}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be making it
            if not (folder / MADE).is_file():
                shutil.rmtree(folder, ignore_errors=True)
                _make(folder / "project", labels)
                (folder / MADE).touch()
        return folder / "project"

    return made


def _make(project: Path, labels: str) -> None:
    copy_project(project)
    (project / "zh.yaml").write_text("year: 2015\nlabels: zh\nresamples: 199\n", encoding="utf-8")
    which = ["2015"] if labels == "en" else ["--params", "zh.yaml"]
    result = program(project, "report", *which, "--jobs", "4")
    assert result.returncode == 0, result.stdout + result.stderr
