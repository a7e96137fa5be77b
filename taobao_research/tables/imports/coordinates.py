"""Longitude and latitude as lists write them: decimal degrees of WGS 84, and nothing that has to be guessed."""

import re
import unicodedata

from taobao_research.errors import InputError
from taobao_research.tables.imports.characters import is_dash
from taobao_research.tables.imports.headings import plain
from taobao_research.tables.imports.places import RefusedError
from taobao_research.tables.schema import COORDINATES

NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,17})?")
LIMITS = {"lon": 180, "lat": 90}
OTHER_SYSTEM = re.compile(r"gcj|火星|高德|腾讯|amap|bd-?09|百度|baidu|西安\s*80|北京\s*54|xian\s*80|beijing\s*54")
BOTH = re.compile(
    r"(gps|wgs84)?(地理)?(位置)?(经纬度?|经度纬度|坐标)(坐标)?|(gps)?coordinates?|(longitude|lon|lng)(latitude|lat)"
    r"|(latitude|lat)(longitude|lon|lng)"
)
PLAIN = "write degrees as a plain decimal number, such as 120.0753"
NOT_READ = (  # what a cell is instead, by the first that is found in it
    (re.compile(r"\d(\s*[,;/]\s*|\s+)-?\d+\.\d"), "two numbers in one cell; give lon and lat a column each"),
    (re.compile(r"-?\d+,\d+"), f"a decimal comma; {PLAIN}, with a point"),
    (re.compile(r"[°'\"′″度分秒]"), f"degrees, minutes and seconds, or a sign of degrees; {PLAIN}"),
    (re.compile(r"[a-z东西南北经纬]", re.I), f"letters or words; {PLAIN}, west and south with a minus"),
)


def refuse_unreadable(cells: list[str], columns: dict[str, int], where: str) -> None:
    """Refuse headings under which coordinates cannot be read: one without the other, both in one, another system."""
    for cell in cells:
        if BOTH.fullmatch(plain(cell)):
            raise InputError(
                f"{where}: the heading {cell!r} holds longitude and latitude together. Give each a column of its own, "
                "such as 经度 and 纬度, or take the column out."
            )
    given = [column for column in COORDINATES if column in columns]
    for column in given:
        heading = cells[columns[column]]
        if OTHER_SYSTEM.search(unicodedata.normalize("NFKC", heading).lower()):
            raise InputError(
                f"{where}: the heading {heading!r} is not of WGS 84. Convert the column, and say how in your notes."
            )
    if len(given) == 1:
        (missing,) = set(COORDINATES) - set(given)
        raise InputError(
            f"{where}: the heading {cells[columns[given[0]]]!r} means {given[0]}, and no column means {missing}. "
            "Give both, or take the column out."
        )


def read_coordinates(row: dict[str, str]) -> dict[str, float | None]:
    """``lon`` and ``lat`` of a row (degrees), both None where the cells are empty or a dash; nothing without columns.

    Raises RefusedError for a cell that is no plain number of degrees, for one of the two alone, and on a row that
    names no village.

    >>> read_coordinates({"village": "东村", "lon": "120.0753", "lat": "29.3"}), read_coordinates({"village": "东村"})
    ({'lon': 120.0753, 'lat': 29.3}, {})
    """
    found = {column: _degrees(column, row[column]) for column in COORDINATES if column in row}
    given = [column for column, value in found.items() if value is not None]
    if len(given) == 1:
        (missing,) = set(COORDINATES) - set(given)
        raise RefusedError(missing, row[missing], f"{given[0]} without {missing}; give both, or leave both empty")
    if given and not row.get("village"):
        raise RefusedError(
            "lon", row["lon"], "coordinates on a row that names no village; name it, or leave them empty"
        )
    return found


def _degrees(column: str, text: str) -> float | None:
    if not text or is_dash(text):
        return None
    if not NUMBER.fullmatch(text):
        raise RefusedError(
            column, text, next((why for sign, why in NOT_READ if sign.search(text)), f"no number; {PLAIN}")
        )
    if abs(value := float(text)) > LIMITS[column]:
        name, limit = ("longitude", "180") if column == "lon" else ("latitude", "90")
        hint = "; are lon and lat exchanged?" if column == "lat" and abs(value) <= LIMITS["lon"] else ""
        raise RefusedError(column, text, f"no {name}, which lies between -{limit} and {limit}{hint}")
    return value
