"""How commands speak, and how they stop."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from taobao_research.paths import Project, find_project

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130
out, err = Console(highlight=False, emoji=False), Console(stderr=True, highlight=False, emoji=False)


def project_of(context: typer.Context) -> Project:
    """The project that ``--project`` names, else that of the working folder."""
    return context.obj or find_project()


@contextmanager
def stoppable(left: str) -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP end with one line that says what is left, and exit code 130."""
    from taobao_research.reports.driver import Interrupted, interruptible

    try:
        with interruptible():
            yield
    except (Interrupted, KeyboardInterrupt):  # Spark puts its own handler of Ctrl-C in place of ours
        err.print(f"Interrupted; {left}.")
        raise typer.Exit(EXIT_INTERRUPTED) from None
