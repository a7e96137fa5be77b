"""From the rows of a sheet to the village table; whatever is changed, left out or refused is listed."""

import re
from dataclasses import dataclass, field
from itertools import accumulate

import pandas as pd

from taobao_research.errors import InputError
from taobao_research.tables.imports.amounts import NotANumberError, amount
from taobao_research.tables.imports.characters import changed_characters, is_dash, tidy
from taobao_research.tables.imports.headings import PLACES, columns_of, repeated, unit_of
from taobao_research.tables.imports.names import Known
from taobao_research.tables.imports.sheets import Sheet
from taobao_research.tables.schema import MEASURES

LEVELS = PLACES[:4]
REPAIRED, LEFT_OUT, REFUSED = "repaired", "left out", "refused"
REMARK_COLUMNS = ("row", "kind", "column", "found", "became", "why")
YES, NO = {"1", "是", "yes", "true", "√", "*"}, {"0", "", "否", "no", "false"}
TOTALS = re.compile(r"(合计|总计|共计|小计|总数|total|sum)", re.IGNORECASE)
NOTES = re.compile(r"(注|说明|备注|资料来源|数据来源|来源|note|source|\*)", re.IGNORECASE)
HEADING_SEARCHED = 30  # rows


@dataclass
class Reading:
    """What a sheet gave: ``rows`` (dicts of our columns), and ``remarks`` on every row that was not plain."""

    sheet: Sheet
    columns: dict[str, int]
    unit: str
    merged: set[tuple[int, str]]  # row of the file and level of each cell merged with the one above
    rows: list[dict[str, object]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # row of the file of each of ``rows``
    remarks: list[tuple[int, str, str, str, str, str]] = field(default_factory=list)

    def remark(self, row: int, kind: str, column: str, found: str, became: str, why: str) -> None:
        self.remarks.append((row, kind, column, found, became, why))


def heading_row(sheet: Sheet) -> int | None:
    """Position of the line of headings among the first rows; None where no line is one."""
    return next((at for at, cells in enumerate(sheet.rows[:HEADING_SEARCHED]) if columns_of(cells)), None)


def read_rows(sheet: Sheet, where: str, known: Known, turnover_unit: str | None = None) -> Reading:
    """The rows of a sheet that has a line of headings.

    ``turnover_unit`` (元, 万, 亿) declares the unit where the heading of turnover does not. Raises InputError
    where the headings are no good; a bad row is listed among the remarks as refused.
    """
    at = heading_row(sheet)
    if at is None:
        raise InputError(f"{where}: no line names the columns province, county and village. Check the headings.")
    headings = sheet.rows[at]
    repeated(headings, f"{where}, row {at + 1}")
    columns = columns_of(headings)
    reading = Reading(sheet, columns, _unit(headings, columns, where, turnover_unit), _merged(sheet, columns))
    width = max((position for position, cell in enumerate(headings) if cell.strip()), default=0) + 1
    above: dict[str, str] = {}
    for number, cells in enumerate(sheet.rows[at + 1 :], at + 2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[width:]):
            reading.remark(
                number, REFUSED, "", "".join(cells[width:])[:40], "", f"more cells than the {width} headings"
            )
            above = {}
            continue
        if columns_of(cells) == columns:
            reading.remark(number, LEFT_OUT, "", cells[columns["province"]], "", "the headings again (page break)")
            continue
        above = _read_row(reading, number, cells, above, known)
    _refuse_repeats(reading)
    return reading


def remarks_of(reading: Reading) -> pd.DataFrame:
    """The remarks as a table: ``row`` of the file, ``kind``, ``column``, ``found``, ``became``, ``why``."""
    return pd.DataFrame(sorted(reading.remarks, key=lambda each: each[0]), columns=list(REMARK_COLUMNS))


def _unit(headings: list[str], columns: dict[str, int], where: str, declared: str | None) -> str:
    if "turnover_cny" not in columns:
        return ""
    heading = headings[columns["turnover_cny"]]
    in_heading = unit_of(heading)
    if in_heading and declared and in_heading != declared:
        raise InputError(f"{where}: the heading {heading!r} says {in_heading}, --turnover-unit says {declared}.")
    return declared or in_heading


def _merged(sheet: Sheet, columns: dict[str, int]) -> set[tuple[int, str]]:
    """The cells of place columns that are merged with the cell above them, in one pass over the spans."""
    found = set()
    for level in LEVELS:
        edges = [0] * (len(sheet.rows) + 2)
        for top, bottom, column in sheet.merged:
            if column == columns.get(level) and top < len(edges):
                edges[min(top + 1, len(edges) - 1)] += 1
                edges[min(bottom + 1, len(edges) - 1)] -= 1
        found |= {(number, level) for number, depth in enumerate(accumulate(edges)) if depth > 0}
    return found


def _read_row(reading: Reading, number: int, cells: list[str], above: dict[str, str], known: Known) -> dict[str, str]:
    """Add one row, or a remark in its place; returns the names that blank cells of the next row repeat."""
    row = {column: _tidied(reading, number, column, cells) for column in reading.columns if column != "serial"}
    if aside := _aside(row, known):
        reading.remark(number, LEFT_OUT, "", " ".join(filter(None, row.values())), "", aside)
        return above
    star = _take_star(reading, number, row)
    _fill(reading, number, row, above)
    names = {level: row.get(level, "") for level in LEVELS}
    try:
        _mend_places(reading, number, row, known)
        record: dict[str, object] = {level: row.get(level, "") for level in PLACES}
        record.update(_numbers(reading, number, row, star))
    except ValueError as problem:
        column, found, why = problem.args
        reading.remark(number, REFUSED, column, found, "", why)
        return names if all(names[level] for level in ("province", "county")) else {}
    reading.rows.append(record)
    reading.lines.append(number)
    return names


def _tidied(reading: Reading, number: int, column: str, cells: list[str]) -> str:
    position = reading.columns[column]
    raw = cells[position] if position < len(cells) else ""
    text = tidy(raw)
    if text != raw:
        reading.remark(number, REPAIRED, column, raw, text, changed_characters(raw))
    return text


def _aside(row: dict[str, str], known: Known) -> str:
    """Why the row is no place of the list: a page break, a total, a note; nothing where it is one."""
    filled = [text for text in row.values() if text]
    first = filled[0] if filled else ""
    if not filled:
        return "nothing in the columns that are read"
    if TOTALS.match(first) and not row.get("county"):
        return "a total, not a place"
    if len(filled) == 1 and known.province(first):
        return "a province alone (page break)"
    if len(filled) == 1 and NOTES.match(first):
        return "a note under the table"
    return ""


def _take_star(reading: Reading, number: int, row: dict[str, str]) -> bool:
    column = "village" if "village" in reading.columns else "county"
    text = row.get(column, "")
    if not text.endswith("*"):
        return False
    row[column] = text.rstrip("* ")
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


def _mend_places(reading: Reading, number: int, row: dict[str, str], known: Known) -> None:
    """Full names of province and city, levels that a place does not have; raises ValueError for a bad row."""
    for level in PLACES:
        if any(sign in row.get(level, "") for sign in "*=@+") or row.get(level, "").startswith("#"):
            raise ValueError(level, row[level], "no name of a place: a sign, a formula or an error value")
    found = {level: row.get(level, "") for level in LEVELS}
    _drop_dashes(row)
    if not row["province"]:
        raise ValueError("province", "", "province missing")
    province = known.province(row["province"])
    if not province:
        near = ", ".join(known.near_provinces(row["province"]))
        raise ValueError("province", row["province"], f"no province of China{f'; nearest: {near}' if near else ''}")
    row["province"] = province
    if not row["county"]:
        raise ValueError("county", found["county"], "county missing")
    row["city"] = known.city(province, row.get("city", ""), row["county"])
    if not row["city"]:
        raise ValueError("city", found["city"], "city missing, and the county's name does not settle it")
    if "village" in reading.columns and not row["village"]:
        raise ValueError("village", "", "village missing")
    for level in LEVELS:
        if row.get(level, "") != found[level]:
            reading.remark(number, REPAIRED, level, found[level], row[level], _why_mended(level, found[level]))


def _drop_dashes(row: dict[str, str]) -> None:
    """A dash says that a place has no such level: the zone named below it stands a level higher."""
    if is_dash(row["county"]) and row.get("town") and not is_dash(row["town"]):
        row["county"], row["town"] = row["town"], ""
    for level in ("city", *PLACES[2:]):
        if level in row and is_dash(row[level]):
            row[level] = ""


def _why_mended(level: str, found: str) -> str:
    if is_dash(found):
        return "a dash: no such level" if level != "county" else "a dash: the zone named as town stands in its place"
    return {
        "province": "full name of the province",
        "city": "name as in GB/T 2260" if found else "filled in from GB/T 2260",
    }.get(level, "stands at county level")


def _numbers(reading: Reading, number: int, row: dict[str, str], star: bool) -> dict[str, object]:
    """Counts, marks and measures of a row; raises ValueError for a cell that is none."""
    record: dict[str, object] = {"villages": 1}
    for column in ("villages", *MEASURES):
        if column not in reading.columns or (column == "villages" and "village" in reading.columns):
            continue
        text = row[column]
        if not text or is_dash(text):
            if column == "villages":
                raise ValueError(column, text, "number of villages missing")
            record[column] = None
            continue
        unit = reading.unit if column == "turnover_cny" else ""
        if column == "turnover_cny" and not unit and not re.search(r"[万亿元]", text):
            raise ValueError(column, text, "unit not declared: say so in the heading, or with --turnover-unit")
        try:
            value, rounded = amount(text, unit)
        except NotANumberError as problem:
            raise ValueError(column, text, str(problem)) from None
        if column == "villages" and (value < 1 or rounded):
            raise ValueError(column, text, "number of villages must be 1 or more")
        if rounded:
            reading.remark(number, REPAIRED, column, text, str(value), "rounded to a whole number")
        record[column] = value
    record["locally_reported"] = int(_marked(row.get("locally_reported", "")) or star)
    if "main_products" in reading.columns:
        if row["main_products"][:1] in ("=", "+", "@", "-") and not is_dash(row["main_products"]):
            raise ValueError("main_products", row["main_products"], "starts like a formula")
        record["main_products"] = "" if is_dash(row["main_products"]) else row["main_products"]
    return record


def _marked(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO or is_dash(text):
        return False
    raise ValueError("locally_reported", text, f"neither yes nor no; write one of {', '.join(sorted(YES))} or 0")


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
