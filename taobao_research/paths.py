"""Where the project's folders are. Imports nothing of the project."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT / "data"
PARAMS = PROJECT / "params"
NOTEBOOKS = PROJECT / "notebooks"
REPORTS = PROJECT / "reports"
REFERENCE = DATA / "reference"
PUBLISHED = "published"  # in a year's data folder: lists as published, which are not shipped


def shown(path: Path) -> str:
    """The path as messages and reports print it: from the project folder, never from the machine's root.

    >>> shown(DATA / "2015" / "villages.csv")
    'data/2015/villages.csv'
    """
    try:
        return path.resolve().relative_to(PROJECT).as_posix()
    except (ValueError, OSError, RuntimeError):  # elsewhere, too long a name, or links that go round
        return path.name
