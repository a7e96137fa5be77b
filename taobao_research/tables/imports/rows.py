"""From the rows of a sheet to the village table; whatever is changed, left out or refused is listed."""

from dataclasses import dataclass, field
from itertools import accumulate

import pandas as pd

from taobao_research.errors import InputError
from taobao_research.tables.imports.asides import aside, total_in
from taobao_research.tables.imports.characters import changed_characters, tidy
from taobao_research.tables.imports.coordinates import read_coordinates, refuse_unreadable
from taobao_research.tables.imports.figures import read_figures
from taobao_research.tables.imports.headings import PLACES, column_of, columns_of, joined, refuse_repeated
from taobao_research.tables.imports.names import Known
from taobao_research.tables.imports.places import RefusedError, mend_places
from taobao_research.tables.imports.sheets import Sheet
from taobao_research.tables.imports.units import declared_unit, unit_of
from taobao_research.tables.places import LEVELS
from taobao_research.tables.schema import MEASURES

REPAIRED, LEFT_OUT, REFUSED = "repaired", "left out", "refused"
REMARK_COLUMNS = ("row", "kind", "column", "found", "became", "why")
HEADING_SEARCHED = 30  # rows
VILLAGE_ENDS = ("村", "庄", "社区", "居委会", "居")


@dataclass(frozen=True)
class Headings:
    """The headings of a sheet: the file's rows that hold them, their ``cells`` as one line, and where columns stand."""

    first: int  # position of the first of their rows
    lines: int  # how many rows they take
    cells: list[str]
    columns: dict[str, int]


@dataclass
class Reading:
    """What a sheet gave: ``rows`` (dicts of our columns), and ``remarks`` on every row that was not plain."""

    sheet: Sheet
    columns: dict[str, int]
    units: dict[str, str]
    merged: set[tuple[int, str]]  # row of the file and level of each cell merged with the one above
    unread: list[str]  # headings of columns that are not read, or the numbers of those without one
    read: dict[str, str]  # column -> the heading that was taken for it
    serial: int | None = None  # where serial numbers stand
    last: str = ""  # the last of them
    rows: list[dict[str, object]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # row of the file of each of ``rows``
    remarks: list[tuple[int, str, str, str, str, str]] = field(default_factory=list)
    total: int | None = None  # what the list itself prints as its total

    def remark(self, row: int, kind: str, column: str, found: str, became: str, why: str) -> None:
        self.remarks.append((row, kind, column, found, became, why))


def find_headings(sheet: Sheet) -> Headings | None:
    """The line of headings among the first rows, or two lines that are one together; None where there is none."""
    for at, cells in enumerate(sheet.rows[:HEADING_SEARCHED]):
        alone = columns_of(cells)
        below = sheet.rows[at + 1] if at + 1 < len(sheet.rows) else []
        both = joined(cells, below) if sum(bool(cell.strip()) for cell in cells) > 1 else None
        if both and len(columns_of(both)) > len(columns_of(below)):  # else the lower one is headings by itself
            return Headings(at, 2, both, columns_of(both))
        if alone:
            return Headings(at, 1, cells, alone)
    return None


def read_rows(sheet: Sheet, where: str, known: Known, turnover_unit: str | None = None) -> Reading:
    """The rows of a sheet that has a line of headings.

    ``turnover_unit`` (元, 万, 亿) declares the unit where the heading of turnover does not. Raises InputError
    where the headings are no good; a bad row is listed among the remarks as refused.
    """
    headings = find_headings(sheet)
    if headings is None:
        raise InputError(f"{where}: no line names the columns province, county and village. Check the headings.")
    first = headings.first + headings.lines
    cells = headings.cells
    refuse_repeated(cells, f"{where}, row {first}")
    columns = {column: at for column, at in headings.columns.items() if column != "serial"}
    if "village" in columns:
        columns.pop("villages", None)
    units = _units(cells, columns, f"{where}, row {first}", turnover_unit)
    refuse_unreadable(cells, columns, f"{where}, row {first}")
    known_places = {*columns.values(), headings.columns.get("serial")}
    unread = [cell.strip() for at, cell in enumerate(cells) if cell.strip() and at not in known_places]
    width = max(at for at, cell in enumerate(cells) if cell.strip()) + 1
    filled = {at for row in sheet.rows[first:] for at, cell in enumerate(row[:width]) if cell.strip()}
    unread += [f"{at + 1} (no heading)" for at in sorted(filled) if at >= len(cells) or not cells[at].strip()]
    read = {column: " ".join(cells[at].split()) for column, at in columns.items()}
    reading = Reading(sheet, columns, units, _merged(sheet, columns), unread, read, headings.columns.get("serial"))
    repeats = [[tidy(cell) for cell in row] for row in sheet.rows[headings.first : first]]
    above: dict[str, str] = {}
    for number, row in enumerate(sheet.rows[first:], first + 1):
        above = _take_row(reading, number, row, above, known, width, repeats)
    _refuse_repeats(reading)
    return reading


def remarks_of(reading: Reading) -> pd.DataFrame:
    """The remarks as a table: ``row`` of the file, ``kind``, ``column``, ``found``, ``became``, ``why``."""
    return pd.DataFrame(sorted(reading.remarks, key=lambda each: each[0]), columns=list(REMARK_COLUMNS))


def _units(cells: list[str], columns: dict[str, int], where: str, option: str | None) -> dict[str, str]:
    """The units that headings declare, and the option for turnover."""
    declared = declared_unit(option) if option else ""
    if declared and "turnover_cny" not in columns:
        raise InputError(f"{where}: no column of turnover for --turnover-unit. Leave it out, or name the column.")
    units = {}
    for column in (each for each in MEASURES if each in columns):
        heading = cells[columns[column]]
        try:
            units[column] = unit_of(heading)
        except InputError as problem:
            raise InputError(f"{where}: {problem}") from None
        if column == "turnover_cny" and declared:
            if units[column] not in ("", declared):
                raise InputError(f"{where}: the heading {heading!r} says {units[column]}, --turnover-unit {declared}.")
            units[column] = declared
    return units


def _merged(sheet: Sheet, columns: dict[str, int]) -> set[tuple[int, str]]:
    """The cells of place columns that are merged with the cell above them, in one pass over the spans."""
    found = set()
    for level in LEVELS:
        edges = [0] * (len(sheet.rows) + 2)
        for top, bottom, left, right in sheet.merged:
            if left <= columns.get(level, -1) <= right and top < len(edges):
                edges[min(top + 1, len(edges) - 1)] += 1
                edges[min(bottom + 1, len(edges) - 1)] -= 1
        found |= {(number, level) for number, depth in enumerate(accumulate(edges)) if depth > 0}
    return found


def _take_row(
    reading: Reading,
    number: int,
    cells: list[str],
    above: dict[str, str],
    known: Known,
    width: int,
    repeats: list[list[str]],
) -> dict[str, str]:
    """Add one row, or a remark in its place; returns the names that blank cells of the next row repeat."""
    plain = [tidy(cell) for cell in cells]
    texts = [text for text in plain if text]
    if not texts:
        return above
    if plain in repeats or _names_columns(plain, reading):
        reading.remark(number, LEFT_OUT, "", " ".join(texts), "", "the headings again (page break)")
        return above
    if any(plain[width:]):
        found = "".join(plain[width:])[:40]
        reading.remark(number, REFUSED, "", found, "", f"more cells than the {width} headings")
        return {}
    read = {column: plain[at] if at < len(plain) else "" for column, at in reading.columns.items()}
    if _goes_on(reading, plain) and not any(read.values()):
        reading.remark(number, REFUSED, "", texts[0], "", "the next serial number, without names")
        return {}
    if why := aside(texts, read, known):
        reading.remark(number, LEFT_OUT, "", " ".join(texts), "", why)
        reading.total = total_in(texts) or reading.total
        return {"province": texts[0]} if why.startswith("a province alone") else above
    for column, at in reading.columns.items():
        raw = cells[at] if at < len(cells) else ""
        if column == "village" and len(names := raw.split()) > 1 and all(each.endswith(VILLAGE_ENDS) for each in names):
            read[column] = "、".join(names)  # which is refused
        elif read[column] != raw:
            reading.remark(number, REPAIRED, column, raw, read[column], changed_characters(raw))
    return _add_row(reading, number, read, above, known, "*" in texts and "*" not in read.values())


def _goes_on(reading: Reading, plain: list[str]) -> bool:
    """Whether the row's serial number follows on the last one; keeps it in mind."""
    number = plain[reading.serial] if reading.serial is not None and reading.serial < len(plain) else ""
    follows = number.isdecimal() and reading.last.isdecimal() and int(number) == int(reading.last) + 1
    reading.last = number or reading.last
    return follows


def _names_columns(plain: list[str], reading: Reading) -> bool:
    """Whether a row repeats the headings, be it in other words or another language."""
    at = reading.columns["province"]
    if at >= len(plain) or column_of(plain[at]) != "province":
        return False
    filled = [at for at, text in enumerate(plain) if text]
    named = [at for at in filled if column_of(plain[at])]
    return len(named) >= 3 and all(column_of(plain[at]) for at in filled if at in reading.columns.values())


def _add_row(
    reading: Reading, number: int, row: dict[str, str], above: dict[str, str], known: Known, stray: bool
) -> dict[str, str]:
    star = _take_star(reading, number, row)
    _fill(reading, number, row, above)
    names = {level: row.get(level, "") for level in LEVELS}
    try:
        if stray:
            raise RefusedError("", "*", "an asterisk in a column that is not read; put it behind the village's name")
        remarks = mend_places(row, known)
        record: dict[str, object] = {level: row.get(level, "") for level in PLACES}
        figures, more = read_figures(row, reading.units, star)
        figures |= read_coordinates(row)
    except RefusedError as problem:
        reading.remark(number, REFUSED, problem.column, problem.found, "", problem.why)
        return {} if problem.column in LEVELS else names
    for column, found, became, why in [*remarks, *more]:
        reading.remark(number, REPAIRED, column, found, became, why)
    reading.rows.append(record | figures)
    reading.lines.append(number)
    return names


def _take_star(reading: Reading, number: int, row: dict[str, str]) -> bool:
    column = "village" if "village" in reading.columns else "county"
    text = row.get(column, "")
    if not (text.endswith("*") or text.startswith("*")) or not text.strip("* "):
        return False
    row[column] = text.strip("* ")
    reading.remark(number, REPAIRED, column, text, row[column], "asterisk read as locally_reported")
    return True


def _fill(reading: Reading, number: int, row: dict[str, str], above: dict[str, str]) -> None:
    """Repeat the row above where cells are merged downwards, or where the leading cells are blank."""
    leading = True
    for level in LEVELS:
        if level not in reading.columns:
            continue
        leading = leading and not row[level]
        if not row[level] and above.get(level) and (leading or (number, level) in reading.merged):
            row[level] = above[level]
            why = "merged with the row above" if (number, level) in reading.merged else "blank, so as in the row above"
            reading.remark(number, REPAIRED, level, "", row[level], why)


def _refuse_repeats(reading: Reading) -> None:
    """A place stands once: later rows that name it again are refused."""
    seen: dict[tuple[object, ...], int] = {}
    kept = []
    for position, (record, line) in enumerate(zip(reading.rows, reading.lines, strict=True)):
        key = tuple(record[level] for level in PLACES)
        if key in seen:
            why = f"names the same place as row {seen[key]}"
            reading.remark(line, REFUSED, "", "".join(map(str, key)), "", why)
        else:
            seen[key] = line
            kept.append(position)
    reading.rows = [reading.rows[each] for each in kept]
    reading.lines = [reading.lines[each] for each in kept]
