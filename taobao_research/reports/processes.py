"""The two ways to get a process for a section: a copy of a warm one, or a new one with a kernel."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Protocol

from taobao_research.errors import InputError
from taobao_research.paths import Project, checkout
from taobao_research.reports.worker import Job

LOOK_SECONDS = 0.02
GRACE_SECONDS = 2.0
# One thread each: two sections share two cores, and a process with threads cannot be copied safely.
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
# Without the working folder on the path: a package that lies there is not the one that runs here.
PYTHON = [sys.executable, "-P"]


class Process(Protocol):
    """A section's process."""

    def exit_code(self) -> int | None:
        """The code with which it ended; None while it runs."""

    def stop(self) -> None:
        """End it and everything that it started."""


class Pool(Protocol):
    """Where processes come from."""

    def check(self, runs: list[Mapping[str, Any]], project: Project) -> None:
        """Raise InputError if the project's data of these runs (parameters) are not good."""

    def start(self, job: Job) -> Process: ...

    def wait(self) -> None:
        """Return when something may have changed."""

    def close(self) -> None: ...


class ForkPool:
    """Copies of one warm process (``zygote``): quick to start, nothing shared but what was loaded before."""

    def __init__(self) -> None:
        self.reading, writing = os.pipe()
        self.server = subprocess.Popen(
            [*PYTHON, "-m", "taobao_research.reports.zygote", str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            pass_fds=(writing,),
        )
        os.close(writing)
        self.pending, self.pids, self.codes = b"", {}, {}

    def check(self, runs: list[Mapping[str, Any]], project: Project) -> None:
        self._ask({"check": [dict(run) for run in runs], "project": str(project.root)})
        event = self._until("checked")
        if event["error"] == "threads":
            raise NotSingleThreadedError
        if event["error"]:
            raise InputError(event["error"])

    def start(self, job: Job) -> "_Copy":
        self._ask({"job": asdict(job)})
        while job.work not in self.pids:
            self._receive(None)
        return _Copy(self, job.work)

    def wait(self) -> None:
        self._receive(LOOK_SECONDS)

    def close(self) -> None:
        self.server.kill()
        self.server.wait()
        _close_pipes(self.server)
        os.close(self.reading)

    def _ask(self, request: dict[str, Any]) -> None:
        assert self.server.stdin is not None
        try:
            self.server.stdin.write(json.dumps(request).encode() + b"\n")
            self.server.stdin.flush()
        except BrokenPipeError:
            raise EngineError("The process from which sections are copied has ended") from None

    def _until(self, name: str) -> dict[str, Any]:
        while True:
            for event in self._receive(None):
                if name in event:
                    return event

    def _receive(self, seconds: float | None) -> list[dict[str, Any]]:
        ready, _, _ = select.select([self.reading], [], [], seconds)
        if not ready:
            return []
        received = os.read(self.reading, 1 << 16)
        if not received:
            raise EngineError("The process from which sections are copied has ended")
        *lines, self.pending = (self.pending + received).split(b"\n")
        events = [json.loads(line) for line in lines]
        for event in events:
            if "started" in event:
                self.pids[event["started"]] = event["pid"]
            if "ended" in event:
                self.codes[event["ended"]] = event["code"]
        return events


class EngineError(RuntimeError):
    """The process from which sections are copied is gone."""


class NotSingleThreadedError(RuntimeError):
    """The warm process has more than one thread and must not be copied."""


class _Copy:
    def __init__(self, pool: ForkPool, work: str) -> None:
        self.pool, self.work = pool, work

    def exit_code(self) -> int | None:
        return self.pool.codes.get(self.work)

    def stop(self) -> None:
        _signal_group(self.pool.pids[self.work], getattr(signal, "SIGKILL", signal.SIGTERM))


class KernelPool:
    """Workers that start a kernel for each section: slower, works everywhere.

    A worker serves one section after the other and is replaced when it has to be stopped.
    """

    def __init__(self) -> None:
        self.idle: list[subprocess.Popen[bytes]] = []

    def check(self, runs: list[Mapping[str, Any]], project: Project) -> None:
        from taobao_research.params import check_params
        from taobao_research.reports.checking import check_run

        for run in runs:
            check_run(check_params(dict(run)), project)

    def start(self, job: Job) -> "_Worker":
        process = self.idle.pop() if self.idle else self._new()
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        process.stdin.flush()
        return _Worker(self, process)

    def wait(self) -> None:
        time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        for process in self.idle:
            _end(process)

    def _new(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*PYTHON, "-m", "taobao_research.reports.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # the kernel is in the same group and goes with it
        )


class _Worker:
    """One section in the hands of a worker."""

    def __init__(self, pool: KernelPool, process: subprocess.Popen[bytes]) -> None:
        self.pool, self.process, self.answered = pool, process, threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        if self.process.stdout.readline():  # a line for each section done; nothing when the worker has ended
            self.answered.set()

    def exit_code(self) -> int | None:
        return 0 if self.answered.is_set() else self.process.poll()

    def stop(self) -> None:
        if self.answered.is_set() and self.process.poll() is None:
            self.pool.idle.append(self.process)
        else:
            _end(self.process)


def _environment() -> dict[str, str]:
    """The environment of a section's process, in which the package of this one is found, installed or not."""
    here = [str(found.root)] if (found := checkout()) else []
    path = os.pathsep.join([*here, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, **SINGLE_THREADED, **({"PYTHONPATH": path} if path else {})}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a worker and its group, first kindly."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    _signal_group(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    _close_pipes(process)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    """Close our ends of the pipes of a process that has ended; what it did not read is lost."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError, AttributeError):
        return  # the group is gone, or the system has none
