"""Excel workbooks, read as hostile: looked at as an archive first, then read row by row."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from taobao_research.errors import InputError
from taobao_research.tables.imports.sheets import MAX_COLUMNS, Sheet, Span, check_row

MAX_MEMBERS = 500
MAX_EXPANDED = 24_000_000  # bytes; a list of ten thousand villages takes about five million
FORBIDDEN = {
    "vbaproject": "macros",
    "externallinks/": "links to other workbooks",
    "embeddings/": "embedded objects",
    "activex/": "controls",
    "macrosheets/": "macros",
    "connections.xml": "links to data sources",
}
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def read_workbook(path: Path) -> list[Sheet]:
    """The sheets of a workbook that hold anything. Formulas are refused: their values may be stale."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(path, archive)
            return _sheets(path, archive)
    except InputError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path.name}: a broken or cut-off workbook ({error}). Save or fetch it again.") from None
    except MemoryError:
        raise InputError(f"{path.name}: does not fit into memory. Keep only the list in it.") from None
    except Exception as error:  # openpyxl meets a broken part with whatever its parser raises
        what = f"{type(error).__name__}: {str(error)[:120]}"
        raise InputError(f"{path.name}: not a workbook that can be read ({what}). Save it again as .xlsx.") from None


def _check_archive(path: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(members) > MAX_MEMBERS or len(set(names)) < len(names):
        raise InputError(f"{path.name}: not an archive that a spreadsheet program writes. Save it again as .xlsx.")
    if any(member.flag_bits & 1 for member in members):
        raise InputError(f"{path.name}: protected by a password. Save it without one.")
    expanded = sum(member.file_size for member in members)
    if expanded > MAX_EXPANDED:
        raise InputError(
            f"{path.name}: expands to {expanded:,} bytes, which no list needs; at most {MAX_EXPANDED:,} are read. "
            "Copy the list alone into a new workbook."
        )
    for name in names:
        for part, what in FORBIDDEN.items():
            if part in name.lower():
                raise InputError(f"{path.name}: holds {what}. Copy the list alone into a new workbook.")
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise InputError(f"{path.name}: an archive, but no .xlsx workbook. Save the list as .xlsx or .csv.")
    for name in names:
        if name.endswith((".xml", ".rels")) and b"<!" in archive.read(name).replace(b"<!--", b""):
            raise InputError(f"{path.name}: {name} declares a document type, which no spreadsheet program writes.")


def _sheets(path: Path, archive: zipfile.ZipFile) -> list[Sheet]:
    from openpyxl import load_workbook

    with warnings.catch_warnings():  # about styles and extensions, which are not read
        warnings.simplefilter("ignore")
        workbook = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            sheets = []
            for sheet in workbook.worksheets:
                sheet.reset_dimensions()  # what a sheet says of its size need not be true
                rows = list(_rows(path, sheet))
                while rows and not any(rows[-1]):
                    rows.pop()
                if rows:
                    merged = _merged(archive.read(sheet._worksheet_path))
                    sheets.append(Sheet(sheet.title, rows, f"workbook, sheet {sheet.title}", merged))
        finally:
            workbook.close()
    if not sheets:
        raise InputError(f"{path.name}: no sheet holds anything.")
    return sheets


def _rows(path: Path, sheet: Any) -> Iterator[list[str]]:
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        for cell in cells:
            if cell.data_type == "f":
                where = f"{path.name}, {sheet.title}, cell {cell.coordinate}"
                raise InputError(f"{where}: a formula. Replace formulas by their values (paste as values).")
        texts = [_text(cell.value) for cell in cells]
        check_row(path, sheet.title, number, texts)
        yield texts


def _text(value: object) -> str:
    """A cell's value as text; whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _merged(content: bytes) -> list[Span]:
    """Merged cells that reach over several rows, each column of them."""
    return [
        (int(top), int(bottom), column)
        for left, top, right, bottom in MERGED.findall(content)
        if int(top) < int(bottom)
        for column in range(_column(left), min(_column(right), MAX_COLUMNS) + 1)
    ]


def _column(letters: bytes) -> int:
    """
    >>> _column(b"A"), _column(b"AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
