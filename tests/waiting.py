"""Waiting for what another process does: by what can be seen of it, never by a number of seconds.

A slow machine makes these waits long and changes nothing else. A process that ends too early, or hangs until the last
resort, fails the test with what was awaited.
"""

import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

LAST_RESORT = 1800  # seconds: what takes longer hangs
PATIENT = [f"--{limit}-seconds={LAST_RESORT}" for limit in ("cell", "section", "run")]  # limits of a report
FOREVER = "__import__('time').sleep(1_000_000)"  # for code that waits to be stopped
LOOK_SECONDS = 0.01

Process = subprocess.Popen[str]
Found = TypeVar("Found")


def wait_for(condition: Callable[[], Found], what: str, process: Process | None = None) -> Found:
    """The first true value of the condition; ``process`` is the one that should make it true."""
    end = time.monotonic() + LAST_RESORT
    while True:
        ended = process is not None and process.poll() is not None  # before the condition: its last act counts
        if found := condition():
            return found
        if ended:
            pytest.fail(f"waited for {what}; the process ended with {process.returncode}: {process.communicate()}")
        if time.monotonic() > end:
            pytest.fail(f"waited for {what} for {LAST_RESORT} seconds")
        time.sleep(LOOK_SECONDS)


def wait_for_line(process: Process, line: str) -> None:
    """Return when the process has printed this line, its first."""
    ready, _, _ = select.select([process.stdout], [], [], LAST_RESORT)
    printed = process.stdout.readline() if ready else ""
    if printed != f"{line}\n":
        process.kill()
        pytest.fail(f"waited for the line {line!r}, got {printed!r}; errors: {process.communicate()[1]}")


def wait_for_end(process: Process) -> tuple[str, str]:
    """Return what the process wrote to its output and its errors once it has ended."""
    try:
        return process.communicate(timeout=LAST_RESORT)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"waited for the end of {process.args} for {LAST_RESORT} seconds: {process.communicate()}")


def completed(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command that has come to its end by itself."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LAST_RESORT)


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[Process]:
    """A process whose output and errors are kept; it is killed if the test leaves it running."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def cpu_seconds(process: Process) -> float:
    """The time for which a process has computed, all its threads together (Linux)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
