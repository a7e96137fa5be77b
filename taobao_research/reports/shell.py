"""Papermill's engine without a kernel: the cells run in an IPython shell of this very process.

Only for a process that lives for one notebook and has been forked from a warm one (see ``zygote``): then a
notebook costs its own cells and nothing else. Parameters, tags, metadata and the notebook of a failed run stay
papermill's. Outputs equal those of a stock kernel; a test compares them cell by cell.
"""

import os
import platform
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_clean
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from taobao_research.reports.worker import EXIT_TIMEOUT

NAME = "fork"
GRACE_SECONDS = 2
Outputs = list[nbformat.NotebookNode]


class CellTimeout(BaseException):
    """The cell ran longer than it may."""


def register(cell_seconds: int) -> str:
    """Make the engine known to papermill and return its name."""
    _InProcess.cell_seconds = cell_seconds
    papermill_engines.register(NAME, _InProcess)
    return NAME


class _InProcess(Engine):
    cell_seconds = 120

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: object) -> nbformat.NotebookNode:
        shell, outputs = _new_shell()
        write, nb_man.save = nb_man.save, _not_now
        try:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                error = None
                if cell.cell_type == "code" and cell.source.strip():
                    write()
                    error = _run_cell(shell, outputs, cell, cls.cell_seconds)
                if error is not None:
                    nb_man.cell_exception(cell, cell_index=index, exception=error)
                nb_man.cell_complete(cell, cell_index=index)
                if error is not None:
                    break
        finally:
            nb_man.save = write
        nb_man.nb.metadata["language_info"] = {"name": "python", "version": platform.python_version()}
        return nb_man.nb


def _not_now(**_: object) -> None:
    """Papermill writes the whole notebook twice for each cell; once before the code runs is what a kill can need."""


def _run_cell(
    shell: InteractiveShell, outputs: Outputs, cell: nbformat.NotebookNode, seconds: int
) -> BaseException | None:
    """Run one cell, store its outputs, and return the error that ended it, if any."""
    outputs.clear()
    with _captured(outputs), _limit(seconds):
        result = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = shell.execution_count - 1
    cell.outputs = [nbformat.from_dict(output) for output in outputs]
    error = result.error_before_exec or result.error_in_exec
    if isinstance(error, SystemExit):  # a kernel would go on; here the cell asked the notebook to stop
        text = "".join(traceback.format_exception_only(error))
        cell.outputs.append(nbformat.v4.new_output("error", ename="SystemExit", evalue=str(error), traceback=[text]))
    return error


def _new_shell() -> tuple[InteractiveShell, Outputs]:
    """A fresh shell without history, and the list into which the running cell's outputs go."""
    outputs: Outputs = []

    class Publisher(DisplayPublisher):
        def publish(self, data: dict, metadata: dict | None = None, **options: object) -> None:
            outputs.append(nbformat.v4.new_output("display_data", json_clean(data), metadata=metadata or {}))

        def clear_output(self, wait: bool = False) -> None:
            outputs.clear()

    class Hook(DisplayHook):
        def __call__(self, result: object = None) -> None:
            if result is None or self.quiet():
                return
            self.update_user_ns(result)
            data, metadata = self.compute_format_data(result)
            count = self.shell.execution_count
            result = nbformat.v4.new_output(
                "execute_result", json_clean(data), metadata=metadata, execution_count=count
            )
            outputs.append(result)

    class Shell(InteractiveShell):
        system = InteractiveShell.system_piped

        def enable_gui(self, gui: str | None = None) -> None:
            """There is no window to open."""

        def _showtraceback(self, kind: type[BaseException], value: BaseException, lines: list[str]) -> None:
            outputs.append(
                nbformat.v4.new_output("error", ename=kind.__name__, evalue=str(value), traceback=list(lines))
            )

    quiet = Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}})
    shell = Shell.instance(config=quiet, displayhook_class=Hook, display_pub_class=Publisher)
    return shell, outputs


class _Stream:
    """Where ``print`` and warnings of a cell go."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name, self.outputs = name, outputs

    def write(self, text: str) -> int:
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == self.name:
            last["text"] += text
        elif text:
            self.outputs.append(nbformat.v4.new_output("stream", name=self.name, text=text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False


@contextmanager
def _captured(outputs: Outputs) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream("stdout", outputs), _Stream("stderr", outputs)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def _limit(seconds: int) -> Iterator[None]:
    """Raise in the cell when its time is up; leave the process if the cell goes on all the same."""

    def insist(number: int, frame: object) -> None:
        os._exit(EXIT_TIMEOUT)

    def ask(number: int, frame: object) -> None:
        signal.signal(signal.SIGALRM, insist)
        signal.alarm(GRACE_SECONDS)
        raise CellTimeout(f"the cell ran longer than {seconds} seconds")

    signal.signal(signal.SIGALRM, ask)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
