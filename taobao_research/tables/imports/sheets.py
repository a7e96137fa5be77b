"""From a file to sheets of plain text cells, whatever kind of file it is."""

from dataclasses import dataclass, field
from pathlib import Path

from taobao_research.errors import InputError

ZIP, COMPOUND = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
MAX_FILE = 32_000_000  # bytes
MAX_ROWS = 100_000
MAX_COLUMNS = 64
MAX_CELL = 1_000  # characters

Span = tuple[int, int, int]  # first row, last row (of the file, from 1), column (from 0)


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``rows[i]`` are the cells of row ``i + 1`` of the file; ``merged`` are its downward merged cells."""

    name: str
    rows: list[list[str]]
    how: str  # how it was read, in words
    merged: list[Span] = field(default_factory=list)


def read_sheets(path: Path, encoding: str | None = None) -> list[Sheet]:
    """The sheets of an .xlsx workbook or of a .csv file; the kind is told by content, not by name.

    ``encoding`` is that of a CSV file; without it, UTF-8 and GB18030 are told apart and the finding is stated.
    Raises InputError for what is no such file, is too large, or carries anything but cells.
    """
    from taobao_research.tables.imports.text import read_text
    from taobao_research.tables.imports.workbook import read_workbook

    if not path.is_file():
        raise InputError(f"{path.name}: no such file. Give the path of an .xlsx or .csv file.")
    size = path.stat().st_size
    if size > MAX_FILE:
        raise InputError(f"{path.name}: {size:,} bytes; at most {MAX_FILE:,} are read. Keep only the list in it.")
    if size == 0:
        raise InputError(f"{path.name}: empty file. Save or fetch the list again.")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}.") from None
    if start == COMPOUND:
        raise InputError(
            f"{path.name}: a workbook with a password, or of the old .xls kind. Save it as .xlsx without a password."
        )
    if start.startswith(ZIP):
        if encoding:
            raise InputError(f"{path.name}: a workbook has no --encoding. Leave the option out.")
        return read_workbook(path)
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        raise InputError(f"{path.name}: not a workbook in spite of its name, or cut off. Save or fetch it again.")
    return [read_text(path, encoding)]


def check_row(path: Path, sheet: str, number: int, cells: list[str]) -> None:
    """Refuse a row that no list has."""
    if number > MAX_ROWS:
        raise InputError(f"{path.name}, {sheet}: more than {MAX_ROWS:,} rows. Keep only the list in it.")
    for cell in cells:
        if len(cell) > MAX_CELL:
            raise InputError(f"{path.name}, {sheet}, row {number}: a cell of {len(cell):,} characters.")
