"""The entry point: answers at once where nothing is to be done, and hands the rest to ``commands``.

Imports next to nothing, since a report that is up to date should cost no more than looking.
"""

import io
import os
import sys
from pathlib import Path

from taobao_research.errors import InputError, printable
from taobao_research.paths import find_project, project_at

EXIT_BAD_INPUT = 2
NAME, PROJECT = "taobao-research", "--project"


def main(arguments: list[str] | None = None) -> None:
    """Run a command (by default that of the command line); bad input ends with one message and exit code 2."""
    _open_standard_streams()
    try:
        given = _project_first(sys.argv[1:] if arguments is None else arguments)
        if _nothing_to_do(given):
            return
        from taobao_research.commands import app

        app(given, prog_name=NAME)
    except InputError as error:
        print(printable(str(error)), file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)


def _open_standard_streams() -> None:
    """Give a closed input, output or error stream a place to go, so that no pipe of ours takes its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese shows escapes instead of a traceback
            stream.reconfigure(errors="backslashreplace")


def _project_first(arguments: list[str]) -> list[str]:
    """The arguments with ``--project DIR`` in front of the command, since people write it after it too.

    >>> _project_first(["report", "2015", "--project=there"])
    ['--project', 'there', 'report', '2015']
    """
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    place = next((n for n, each in enumerate(options) if each.partition("=")[0] == PROJECT), None)
    if place is None:
        return arguments
    _, joined, folder = arguments[place].partition("=")
    after = place + 1 if joined else place + 2
    if after > len(arguments):
        raise InputError(f"{PROJECT}: without a folder. Name the project's folder: {PROJECT} DIR")
    return [PROJECT, folder if joined else arguments[place + 1], *arguments[:place], *arguments[after:]]


def _nothing_to_do(arguments: list[str]) -> bool:
    """Whether the command is ``report YEAR ...`` and every section of these years is up to date."""
    elsewhere = arguments[1:2] if arguments[:1] == [PROJECT] else []
    command, *years = arguments[2 * len(elsewhere) :] or [""]
    if command != "report" or not years or not all(year.isdigit() for year in years):
        return False
    project = project_at(Path(elsewhere[0])) if elsewhere else find_project()
    files = [project.params / f"{year}.yaml" for year in years]
    if not all(path.is_file() for path in files):
        return False  # the command says what is wrong

    from taobao_research.reports.cache import Run, up_to_date
    from taobao_research.reports.sections import all_notebooks

    runs = [Run(int(year), path, project) for year, path in zip(years, files, strict=True)]
    if not up_to_date(runs, all_notebooks(project)):
        return False
    for run in runs:
        print(f"reports/{run.year}/index.html (nothing changed)")
    return True
