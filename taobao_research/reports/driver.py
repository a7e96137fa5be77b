"""Sections side by side in processes of their own, each within its limits; none is left behind."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taobao_research.files import read_json
from taobao_research.reports.processes import Pool, Process
from taobao_research.reports.worker import EXIT_TIMEOUT, RECORD, Job
from taobao_research.stopping import STOPPING

Record = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """Seconds that a cell, a section and a whole run may take; megabytes that a section may hold."""

    cell: int = 120
    section: int = 600
    run: int = 3600
    memory_mb: int = 6000


class Interrupted(BaseException):
    """Ctrl-C, SIGTERM or SIGHUP: stop, tidy up, exit 130."""


def run_all(
    pool: Pool,
    jobs: list[Job],
    at_once: int,
    limits: Limits,
    started: Callable[[Job], None],
    ended: Callable[[Job, Record], None],
) -> None:
    """Run every job, at most ``at_once`` at a time, in the order given; ``ended`` receives each record."""
    waiting, running = list(jobs), {}
    end_of_run = time.monotonic() + limits.run
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop(0)
                running[pool.start(job)] = (job, time.monotonic() + limits.section)
                started(job)
            pool.wait()
            for process, (job, end) in list(running.items()):
                record = _look_at(process, job, end, end_of_run, limits)
                if record is not None:
                    del running[process]
                    ended(job, record)
    except Interrupted:
        for process, (job, _) in running.items():
            process.stop()
            ended(job, _failure("interrupted", "stopped by the user or the system"))
        raise
    finally:
        for process in running:
            process.stop()


def _look_at(process: Process, job: Job, end: float, end_of_run: float, limits: Limits) -> Record | None:
    """The job's record once its process has ended or overstayed; None while it may go on."""
    code = process.exit_code()
    if code is None:
        now = time.monotonic()
        if now < min(end, end_of_run):
            return None
        process.stop()
        if now >= end_of_run:
            return _failure("timeout", f"the run took longer than {limits.run} seconds (--run-seconds)")
        return _failure("timeout", f"the section ran longer than {limits.section} seconds (--section-seconds)")
    process.stop()  # what the section started may have outlived it
    record = read_json(Path(job.work) / RECORD)
    if code == EXIT_TIMEOUT:
        return _failure("timeout", f"a cell ran longer than {limits.cell} seconds (--cell-seconds) and did not stop")
    if code != 0 or record is None:
        return _failure("kernel-died", f"the section's process ended with code {code} and left no result")
    return record


def _failure(status: str, message: str) -> Record:
    return {"status": status, "message": message, "seconds": None}


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a terminal that closes into ``Interrupted``; under nohup the last is nothing."""

    def stop(number: int, frame: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted

    nohup = [each for each in STOPPING if each.name == "SIGHUP" and signal.getsignal(each) == signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in STOPPING if number not in nohup}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
