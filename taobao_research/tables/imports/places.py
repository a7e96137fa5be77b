"""The names of one row: full names of province and city, levels that a place does not have, and what is no name."""

import re
import unicodedata

from taobao_research.tables.imports.characters import is_dash, unreadable
from taobao_research.tables.imports.headings import PLACES
from taobao_research.tables.imports.names import MUNICIPALITIES, PLACEHOLDERS, Known
from taobao_research.tables.places import LEVELS

SIGNS = re.compile(r"[][*=@+#<>|\\^~`{}$%&;?!\"●▲△■◆√×]|^[-'.,]")
SEVERAL = re.compile(r"[、,;/]")
DATE = re.compile(r"(19|20)\d\d([-/.年]\d{1,2}([-/.月]\d{1,2}日?)?(T[\d:.]+)?)|\d{1,2}:\d\d(:\d\d)?")
LONGEST = 60  # characters of a name

Remark = tuple[str, str, str, str]  # column, found, became, why


class RefusedError(ValueError):
    """A row that is no village: ``column``, what was ``found`` there, and ``why``."""

    def __init__(self, column: str, found: str, why: str) -> None:
        super().__init__(column, found, why)
        self.column, self.found, self.why = column, found, why


def mend_places(row: dict[str, str], known: Known) -> list[Remark]:
    """Mend the names of a row in place and say what was mended; raises RefusedError for a bad row."""
    for level in PLACES:
        if why := no_name(row.get(level, "")):
            raise RefusedError(level, row[level], why)
    found = {level: row.get(level, "") for level in LEVELS}
    _drop_dashes(row)
    _mend_province(row, known)
    county = row["county"]
    if not county:
        raise RefusedError("county", found["county"], "county missing")
    if PLACEHOLDERS.fullmatch(county):
        raise RefusedError("county", county, "a group of counties, not one")
    _mend_city(row, known)
    if "village" in row and not row["village"] and not row.get("villages"):
        raise RefusedError("village", "", "village missing")
    return [
        (level, found[level], row.get(level, ""), _why_mended(level, found[level]))
        for level in LEVELS
        if row.get(level, "") != found[level]
    ]


def no_name(text: str) -> str:
    """Why a text is no name of a place; nothing where it may be one.

    >>> no_name("青岩刘村"), no_name("#REF!"), no_name("东村、西村")
    ('', 'no name of a place: a sign, a formula or an error value', 'several names in one cell; give each its own row')
    """
    if not text or is_dash(text):
        return ""
    if broken := unreadable(text):
        return broken
    if SEVERAL.search(text):
        return "several names in one cell; give each its own row"
    if SIGNS.search(text) or any(unicodedata.category(each) in ("No", "So") for each in text):
        return "no name of a place: a sign, a formula or an error value"
    if DATE.fullmatch(text):
        return "a date, not a name"
    if not any(each.isalpha() for each in text):
        return "a number, not a name"
    if text.upper() in ("TRUE", "FALSE", "NULL", "NAN", "#N/A"):
        return "an empty value of a program, not a name"
    return f"longer than {LONGEST} characters" if len(text) > LONGEST else ""


def _mend_province(row: dict[str, str], known: Known) -> None:
    name = row["province"]
    if not name or is_dash(name):
        raise RefusedError("province", name, "province missing")
    row["province"] = known.province(name)
    if not row["province"] and known.is_traditional(name):
        raise RefusedError("province", name, "traditional characters; convert the list to simplified ones")
    if not row["province"]:
        near = ", ".join(known.near_provinces(name))
        raise RefusedError("province", name, f"no province of China{f'; nearest: {near}' if near else ''}")


def _mend_city(row: dict[str, str], known: Known) -> None:
    province, name = row["province"], row.get("city", "")
    if other := known.elsewhere(province, name):
        raise RefusedError("city", name, f"lies in {other}, not in {province}")
    row["city"] = known.city(province, name, row["county"])
    if not row["city"]:
        raise RefusedError("city", name, "city missing, and the county's name does not settle it")
    if province in MUNICIPALITIES and row["city"] != province:
        raise RefusedError("city", name, f"{province} has no cities below it; leave the cell empty")


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
