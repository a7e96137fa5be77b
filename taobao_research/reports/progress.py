"""What a run shows while it works: a live line on a terminal, one line a section elsewhere."""

import os
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from taobao_research.paths import shown
from taobao_research.reports.driver import Record
from taobao_research.reports.run import Outcome, Task


class Progress:
    """Names the sections at work. A context manager, since a live line must be taken down."""

    def __init__(self, console: Console, total: int) -> None:
        self.console, self.total, self.done, self.at_work = console, total, 0, []
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.bar.add_task("starting", total=total)

    def __enter__(self) -> "Progress":
        self.bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.__exit__(kind, error, trace)

    def started(self, task: Task) -> None:
        self.at_work.append((task.run.year, task.notebook.number))
        self._describe()

    def ended(self, task: Task, record: Record) -> None:
        self.done += 1
        self.at_work.remove((task.run.year, task.notebook.number))
        self.bar.advance(self.task)
        self._describe()
        seconds = f" {record['seconds']:.1f} s" if record["seconds"] else ""
        message = f": {record['message']}" if record["message"] else ""
        line = (
            f"[{self.done:>2}/{self.total}] {task.run.year} {task.notebook.title}: {record['status']}{seconds}{message}"
        )
        self._print(line)

    def _print(self, line: str) -> None:
        """Say something, if anybody still listens (`report | head`): a run does not hang on its reader."""
        try:
            self.bar.console.print(line, markup=False, soft_wrap=True)
        except BrokenPipeError:
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 1)

    def summary(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.failed:
                names = ", ".join(outcome.failed)
                self._print(f"{shown(outcome.folder)}: not complete: {names} (see failed/)")
            else:
                self._print(f"{shown(outcome.folder)}/index.html")

    def _describe(self) -> None:
        text = ", ".join(f"{year} {number}" for year, number in self.at_work) or "finishing"
        self.bar.update(self.task, description=text)
