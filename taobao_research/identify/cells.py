"""Cells of the tables that ``identify`` leaves."""

import csv
from collections.abc import Iterable
from pathlib import Path

from taobao_research.errors import printable


def safe(cell: str) -> str:
    """A cell of others as text that no spreadsheet program executes; a negative number stays one.

    >>> safe("=1+1"), safe("-5.20"), safe("甲县")
    ("'=1+1", '-5.20', '甲县')
    """
    text = printable(cell).replace("\n", "\\n")
    begins = text[:1] in ("=", "+", "@") or (text[:1] == "-" and not text[1:].replace(".", "", 1).isdigit())
    return f"'{text}" if begins and len(text) > 1 else text


def write_rows(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A new CSV file; None is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
