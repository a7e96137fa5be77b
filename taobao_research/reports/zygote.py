"""A process that imports everything once and is then copied (forked) for each section.

Speaks JSON lines: requests on standard input, events on the file descriptor that ``--events`` names. It has one
thread and owns no socket, event loop or shell, or it refuses to be copied. Where fork is not to be had, the
driver starts a process with a kernel for each section instead.
"""

import gc
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import sys
from pathlib import Path
from typing import Any

from taobao_research.errors import InputError
from taobao_research.paths import Project
from taobao_research.reports import worker

LOOK_SECONDS = 0.005


def possible() -> bool:
    """Whether this system can copy a warm process safely (Linux: one thread can be checked, libraries allow it)."""
    return sys.platform == "linux" and hasattr(os, "fork")


def main() -> None:
    """Serve requests until standard input ends."""
    events = int(sys.argv[1])
    worker.die_with_parent()
    worker.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides
    gc.disable()
    preload()
    gc.collect()
    gc.freeze()
    gc.enable()
    _serve(events)


def preload() -> None:
    """Import what the notebooks use and do once what the first use of it costs. Leaves no state behind."""
    with worker.without_web_grammar():
        import papermill  # noqa: F401
    import matplotlib
    import pandas as pd
    import statsmodels.formula.api as smf

    from taobao_research import charts, measures, notebook
    from taobao_research.charts import bars, style
    from taobao_research.reports import export, shell  # noqa: F401

    for package in (charts, measures):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)

    matplotlib.use("agg")
    pd.set_option("display.max_columns", 20)  # what pandas chooses when it is imported in a notebook
    table = pd.DataFrame({"place": ["a", "b", "c", "d"], "villages": [4, 3, 2, 1], "x": [1.0, 2.0, 3.0, 5.0]})
    style.to_png(bars.ranked_bars(table, "a"))
    smf.ols("villages ~ x", table).fit(cov_type="HC3", use_t=True)
    notebook.to_csv(table)
    blank: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# a"},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": "a = 1", "outputs": [], "execution_count": 1},
    ]}  # fmt: skip
    export.section_page(blank, export.Page("a", "a", 2015, "en", [("a", "a")], [], Project(Path())))


def _serve(events: int) -> None:
    pending, children = b"", {}
    while True:
        for pid in list(children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                worker.end_descendants(spare=set(children))
                _tell(events, ended=children.pop(pid), code=os.waitstatus_to_exitcode(status))
        ready, _, _ = select.select([sys.stdin.buffer.fileno()], [], [], LOOK_SECONDS if children else None)
        if not ready:
            continue
        received = os.read(sys.stdin.buffer.fileno(), 1 << 16)
        if not received:
            return
        *requests, pending = (pending + received).split(b"\n")
        for request in map(json.loads, requests):
            if "check" in request:
                _tell(events, checked=True, error=_check(request["check"], Project(Path(request["project"]))))
            else:
                job = worker.Job(**request["job"])
                pid = _fork(job, events)
                children[pid] = job.work
                _tell(events, started=job.work, pid=pid)


def _check(runs: list[dict[str, Any]], project: Project) -> str | None:
    """The message of what is wrong with the data of these runs, or None."""
    from taobao_research.params import check_params
    from taobao_research.reports.checking import check_run

    if _threads() != 1:
        return "threads"
    try:
        for values in runs:
            check_run(check_params(values), project)
    except InputError as error:
        return str(error)
    except Exception as error:  # said to the driver, which has a place to say it
        return f"the data could not be checked: {type(error).__name__}: {error}"
    return None


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _fork(job: worker.Job, events: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.close(events)
        os.setsid()
        worker.die_with_parent()
        _as_if_new()
        worker.execute(job)
        code = 0
    finally:
        os._exit(code)


def _as_if_new() -> None:
    """Give the copy what a process of its own would have: signals, random numbers, nothing on its inputs."""
    import numpy as np

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    random.seed()
    np.random.seed()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _tell(events: int, **event: object) -> None:
    os.write(events, json.dumps(event).encode() + b"\n")


if __name__ == "__main__":
    main()
