"""The figures of one row: counts, marks, measures, products."""

import re

from taobao_research.tables.imports.amounts import NotANumberError, amount
from taobao_research.tables.imports.characters import is_dash, unreadable
from taobao_research.tables.imports.places import RefusedError, Remark
from taobao_research.tables.schema import MEASURES

YES, NO = {"1", "是", "yes", "true", "√", "*"}, {"0", "", "否", "no", "false"}
OWN_UNIT = re.compile(r"[万亿元]")
NO_UNIT = "unit not declared: say so in the heading, or with --turnover-unit"
LARGEST = {"turnover_cny": 10**16, "villages": 10**6}


def read_figures(row: dict[str, str], units: dict[str, str], star: bool) -> tuple[dict[str, object], list[Remark]]:
    """The figures of a row in our columns and units, and remarks on them; raises RefusedError for a cell that is none.

    ``units`` are those that the headings declare; ``star`` says that the row carries an asterisk.
    """
    record: dict[str, object] = {"villages": _villages(row)}
    remarks: list[Remark] = []
    for column in MEASURES:
        if column in row:
            record[column], remark = _measure(column, row[column], units.get(column, ""))
            remarks += [(column, row[column], str(record[column]), remark)] if remark else []
    record["locally_reported"] = int(_marked(row.get("locally_reported", "")) or star)
    if "main_products" in row:
        record["main_products"] = _products(row["main_products"])
    return record, remarks


def _villages(row: dict[str, str]) -> int:
    if "villages" not in row:
        return 1
    text = row["villages"]
    if not text or is_dash(text):
        raise RefusedError("villages", text, "number of villages missing")
    count, _ = _number("villages", text)
    if count < 1:
        raise RefusedError("villages", text, "number of villages must be 1 or more")
    return count


def _measure(column: str, text: str, unit: str) -> tuple[int | None, str]:
    if not text or is_dash(text):
        return None, ""
    if column == "turnover_cny" and not unit and not OWN_UNIT.search(text):
        raise RefusedError(column, text, NO_UNIT)
    return _number(column, text, unit)


def _number(column: str, text: str, unit: str = "") -> tuple[int, str]:
    try:
        value, remark = amount(text, unit, column == "turnover_cny")
    except NotANumberError as problem:
        raise RefusedError(column, text, str(problem)) from None
    if value > LARGEST.get(column, 10**9):
        raise RefusedError(column, text, "larger than any such figure can be")
    return value, remark


def _products(text: str) -> str:
    if is_dash(text):
        return ""
    if text[:1] in ("=", "+", "@", "-", "#"):
        raise RefusedError("main_products", text, "starts like a formula or an error value")
    if broken := unreadable(text):
        raise RefusedError("main_products", text, broken)
    return text


def _marked(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO or is_dash(text):
        return False
    raise RefusedError("locally_reported", text, f"neither yes nor no; write one of {', '.join(sorted(YES))} or 0")
