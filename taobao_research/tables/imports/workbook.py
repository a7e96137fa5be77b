"""Excel workbooks, read as hostile: taken apart first, then read row by row."""

import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from taobao_research.errors import InputError
from taobao_research.tables.imports.archive import packed, parts_of
from taobao_research.tables.imports.characters import tidy
from taobao_research.tables.imports.sheets import MAX_COLUMNS, MAX_ROWS, Sheet, Span, check_row

MAX_AREA = MAX_ROWS * MAX_COLUMNS  # cells, empty ones with a style among them
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="(\d{1,9})"')


def read_workbook(name: str, content: bytes) -> list[Sheet]:
    """The sheets of a workbook that hold anything. Formulas are refused: their values may be stale."""
    parts = parts_of(name, content)
    try:
        return _sheets(name, parts)
    except InputError:
        raise
    except MemoryError:
        raise InputError(f"{name}: does not fit into memory. Keep only the list in it.") from None
    except Exception as error:  # openpyxl meets a broken part with whatever its parser raises
        what = f"{type(error).__name__}: {str(error)[:120]}"
        raise InputError(f"{name}: not a workbook that can be read ({what}). Save it again as .xlsx.") from None


def _sheets(name: str, parts: dict[str, bytes]) -> list[Sheet]:
    from openpyxl import load_workbook

    sheets = []
    with warnings.catch_warnings():  # about styles and extensions, which are not read
        warnings.simplefilter("ignore")
        workbook = load_workbook(packed(parts), read_only=True, data_only=False, keep_links=False)
        try:
            for sheet in workbook.worksheets:
                title = tidy(sheet.title)
                xml = parts[sheet._worksheet_path]
                _check_order(f"{name}, {title}", xml)
                merged = _merged(f"{name}, {title}", xml)  # first: the reader keeps an object for each of them
                sheet.reset_dimensions()  # what a sheet says of its size need not be true
                rows = list(_rows(f"{name}, {title}", sheet))
                while rows and not any(rows[-1]):
                    rows.pop()
                if rows:
                    hidden = sheet.sheet_state != "visible"
                    sheets.append(Sheet(title, rows, f"workbook, sheet {title}", merged, hidden))
        finally:
            workbook.close()
    if not sheets:
        raise InputError(f"{name}: no sheet holds anything.")
    return sheets


def _check_order(where: str, xml: bytes) -> None:
    """Rows out of order would be passed over by the reader without a word, and strings counted from the end."""
    if re.search(rb"<(?:\w+:)?v>\s*-", xml) and re.search(rb'\bt="s"[^>]*>\s*<(?:\w+:)?v>\s*-', xml):
        raise InputError(
            f"{where}: not a workbook that can be read (a string before the first). Save it again as .xlsx."
        )
    last = 0
    for found in ROW.finditer(xml):
        if int(found[1]) <= last:
            raise InputError(f"{where}, row {int(found[1])}: stands after row {last}. Save the list again as .xlsx.")
        last = int(found[1])


def _rows(where: str, sheet: Any) -> Iterator[list[str]]:
    area = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        area += len(cells)
        if area > MAX_AREA:
            raise InputError(f"{where}: formatted far beyond a list. Copy the list alone into a new workbook.")
        for cell in cells:
            if cell.data_type == "f":
                raise InputError(
                    f"{where}, cell {cell.coordinate}: a formula. Replace formulas by their values (paste as values)."
                )
        if any(cell.value is not None for cell in cells[MAX_COLUMNS:]):
            raise InputError(f"{where}, row {number}: more than {MAX_COLUMNS} columns. Keep only the list in it.")
        texts = [_text(cell.value) for cell in cells[:MAX_COLUMNS]]
        check_row(where, number, texts)
        yield texts


def _text(value: object) -> str:
    """A cell's value as text; whole numbers without a decimal point, dates as ISO 8601 writes them."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta | bool):
        return str(value).upper()
    return str(value)


def _merged(where: str, xml: bytes) -> list[Span]:
    """Merged cells that reach over several rows."""
    spans: list[Span] = []
    for left, top, right, bottom in (found.groups() for found in MERGED.finditer(xml)):
        if int(top) < int(bottom):
            spans.append((int(top), int(bottom), _column(left), _column(right)))
        if len(spans) > MAX_ROWS:
            raise InputError(f"{where}: more than {MAX_ROWS:,} merged cells. Keep only the list in it.")
    return spans


def _column(letters: bytes) -> int:
    """
    >>> _column(b"A"), _column(b"AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
