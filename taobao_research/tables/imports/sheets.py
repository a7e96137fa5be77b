"""From a file to sheets of plain text cells, whatever kind of file it is."""

from dataclasses import dataclass, field
from pathlib import Path

from taobao_research.errors import InputError

ZIP, COMPOUND = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
BINARY = {b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
          b"\x1f\x8b": "a packed file", b"Rar!": "a packed file", b"7z\xbc\xaf": "a packed file"}  # fmt: skip
MAX_FILE = 32_000_000  # bytes
MAX_ROWS = 100_000
MAX_COLUMNS = 64
MAX_CELL = 1_000  # characters

Span = tuple[int, int, int, int]  # first and last row (of the file, from 1), first and last column (from 0)


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``rows[i]`` are the cells of row ``i + 1`` of the file; ``merged`` are its downward merged cells."""

    name: str
    rows: list[list[str]]
    how: str  # how it was read, in words
    merged: list[Span] = field(default_factory=list)
    hidden: bool = False


def read_sheets(path: Path, encoding: str | None = None) -> list[Sheet]:
    """The sheets of an .xlsx workbook or of a .csv file; the kind is told by content, not by name.

    ``encoding`` is that of a CSV file; without it, UTF-8 and GB18030 are told apart and the finding is stated.
    Raises InputError for what is no such file, is too large, or carries anything but cells.
    """
    from taobao_research.tables.imports.text import read_text
    from taobao_research.tables.imports.workbook import read_workbook

    content = _content(path)
    if content.startswith(COMPOUND):
        raise InputError(
            f"{path.name}: a workbook with a password, or of the old .xls kind. Save it as .xlsx without a password."
        )
    if content.startswith(ZIP):
        if encoding:
            raise InputError(f"{path.name}: a workbook has no --encoding. Leave the option out.")
        return read_workbook(path.name, content)
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        raise InputError(f"{path.name}: not a workbook in spite of its name, or cut off. Save or fetch it again.")
    for start, what in BINARY.items():
        if content.startswith(start):
            raise InputError(f"{path.name}: {what}, not a list. Give an .xlsx or .csv file.")
    return [read_text(path.name, content, encoding)]


def _content(path: Path) -> bytes:
    """The bytes of an ordinary file of fair size."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path.name}: not an ordinary file. Give the path of an .xlsx or .csv file.")
        if not path.is_file():
            raise InputError(f"{path.name[:80]}: no such file. Give the path of an .xlsx or .csv file.")
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path.name[:80]}: cannot be read: {why}. Give the path of an .xlsx or .csv file.") from None
    if len(content) > MAX_FILE:
        raise InputError(f"{path.name}: more than {MAX_FILE:,} bytes. Keep only the list in it.")
    if not content.strip():
        raise InputError(f"{path.name}: empty file. Save or fetch the list again.")
    return content


def check_row(where: str, number: int, cells: list[str]) -> None:
    """Refuse a row that no list has."""
    if number > MAX_ROWS:
        raise InputError(f"{where}: more than {MAX_ROWS:,} rows. Keep only the list in it.")
    for cell in cells:
        if len(cell) > MAX_CELL:
            raise InputError(f"{where}, row {number}: a cell of {len(cell):,} characters; at most {MAX_CELL:,}.")
