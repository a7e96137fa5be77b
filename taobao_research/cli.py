"""The entry point: answers at once where nothing is to be done, and hands the rest to ``commands``.

Imports next to nothing, since a report that is up to date should cost no more than looking.
"""

import io
import os
import sys

from taobao_research.errors import InputError, printable
from taobao_research.paths import PARAMS

EXIT_BAD_INPUT = 2


def main() -> None:
    """Run a command; bad input ends with one message and exit code 2."""
    _open_standard_streams()
    try:
        if _nothing_to_do(sys.argv[1:]):
            return
        from taobao_research.commands import app

        app()
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


def _nothing_to_do(arguments: list[str]) -> bool:
    """Whether the command is ``report YEAR ...`` and every section of these years is up to date."""
    command, *years = arguments or [""]
    files = [PARAMS / f"{year}.yaml" for year in years]
    if command != "report" or not years or not all(year.isdigit() for year in years):
        return False
    if not all(path.is_file() for path in files):
        return False  # the command says what is wrong

    from taobao_research.reports.cache import Run, up_to_date
    from taobao_research.reports.sections import all_notebooks

    runs = [Run(int(year), path) for year, path in zip(years, files, strict=True)]
    if not up_to_date(runs, all_notebooks()):
        return False
    for run in runs:
        print(f"reports/{run.year}/index.html (nothing changed)")
    return True
