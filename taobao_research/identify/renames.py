"""Older names of places as SQL: a list that mixes names of before and after a change counts each place once."""

import csv
from collections.abc import Iterable

from taobao_research.errors import InputError
from taobao_research.identify.records import NAMES
from taobao_research.paths import Project, shown

ALWAYS = "listed differently"  # no change of the place, so of no year
LEVELS = {"city": 2, "county": 3, "town": 4}
Names = tuple[str, ...]


def newer_names(year: int, project: Project) -> dict[Names, Names]:
    """The names at the end of ``year`` by older or other names, for cities, counties and towns.

    Source: ``data/reference/place_changes.csv``, without zones, which are no renames, and later changes.

    >>> from taobao_research.paths import shipped_project
    >>> newer_names(2015, shipped_project())["广东省", "广州市", "增城市"]
    ('广东省', '广州市', '增城区')
    """
    path = project.reference / "place_changes.csv"
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"{shown(path)}: cannot be read. Restore it (git checkout).") from None
    direct: dict[Names, Names] = {}
    for row in rows:
        known = row["kind"] == ALWAYS or (row["year"].isdigit() and int(row["year"]) <= year)
        if row["kind"] != "zone" and known:
            depth = LEVELS[row["level"]]
            older = tuple(row[name] for name in NAMES[:depth])
            direct[older] = (row["province"], *(row[f"new_{name}"] for name in NAMES[1:depth]))
    return {older: _last(older, direct) for older in direct if _last(older, direct) != older}


def unknown_provinces(names: Iterable[str], project: Project) -> list[str]:
    """Those that ``data/reference/provinces.csv`` does not have, for which the notebooks would refuse the table."""
    with (project.reference / "provinces.csv").open(encoding="utf-8", newline="") as lines:
        return sorted(set(names) - {row["province"] for row in csv.DictReader(lines)})


def _last(names: Names, direct: dict[Names, Names]) -> Names:
    """The last names, a county's or town's own change before that of the city or county above it."""
    for _ in range(10):
        for depth in range(len(names), 1, -1):
            if names[:depth] in direct:
                names = (*direct[names[:depth]], *names[depth:])
                break
        else:
            break
    return names


def renamed(source: str, newer: dict[Names, Names]) -> str:
    """A query whose names are the newer ones: town, then county, then city, the first that fits; all columns stay.

    ``source`` is a query with the five names, cleaned.
    """
    columns = {name: f"s.{name}" for name in NAMES[1:4]}
    joins, found = [], {name: [] for name in columns}
    for level, depth in reversed(LEVELS.items()):
        pairs = [(older, names) for older, names in newer.items() if len(older) == depth]
        if not pairs:
            continue
        values = ", ".join(f"({', '.join(map(_quoted, (*older, *names[1:])))})" for older, names in pairs)
        alias, old = f"by_{level}", [f"old_{name}" for name in NAMES[:depth]]
        new = [f"new_{name}" for name in NAMES[1:depth]]
        same = " AND ".join(f"s.{name} = {alias}.old_{name}" for name in NAMES[:depth])
        joins.append(f"LEFT JOIN (VALUES {values}) AS {alias}({', '.join(old + new)}) ON {same}")
        for name in NAMES[1:depth]:
            found[name].append((f"{alias}.old_province", f"{alias}.new_{name}"))
    for name, candidates in found.items():  # names under which a place was found win as a whole, the deepest first
        cases = " ".join(f"WHEN {known} IS NOT NULL THEN {new}" for known, new in candidates)
        columns[name] = f"CASE {cases} ELSE s.{name} END" if cases else f"s.{name}"
    chosen = ", ".join(f"{expression} AS new_{name}" for name, expression in columns.items())
    return f"SELECT s.*, {chosen} FROM ({source}) AS s {' '.join(joins)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "’").replace("\\", "") + "'"
