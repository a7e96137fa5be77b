"""The tables that ``identify`` leaves, as CSV."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from taobao_research.identify.cells import safe, write_rows
from taobao_research.identify.engines import Engine
from taobao_research.identify.groups import Group, as_yuan
from taobao_research.identify.records import CODE, NAMES, PART_COLUMNS
from taobao_research.identify.values import unlike_formula, yuan

if TYPE_CHECKING:
    from taobao_research.identify.run import Identified

FIRST = 1_000  # rejected rows of a reason that are listed one by one
FIGURES = ("villages", "turnover_cny", "active_shops")
TOWNS = (*NAMES[:4], *FIGURES, "reason")
CLUSTERS = ("cluster", *NAMES[:3], *FIGURES, "large", "reason")
NEAR = ("level", *NAMES, *FIGURES, "households", "reason")
CELLS = ("file", "shop_id", *NAMES, CODE, *PART_COLUMNS, "annual_turnover_cny", "active", "households")
REJECTED = ("reason", "records", *CELLS)
TABLES = ("villages.csv", "reasons.csv", "towns.csv", "clusters.csv", "near_misses.csv", "rejected.csv")

_PLACE = ", ".join(f"nullif({name}, '') AS {name}" for name in NAMES)
_SAFE_PLACE = ", ".join(f"nullif({unlike_formula(name)}, '') AS {name}" for name in NAMES)
_MONEY = f"{yuan('turnover_cny')} AS turnover_cny"
_WHOLE = "CAST(floor(turnover_cny) AS DECIMAL(38, 0)) AS turnover_cny"  # no threshold is reached by rounding
_LISTED = f"{_PLACE}, 1 AS villages, 0 AS locally_reported, households, active_shops, {_WHOLE}"
_WITH_REASON = f"{_SAFE_PLACE}, {CODE}, shops, {_MONEY}, active_shops, households, reason"
_NEAR = f"{_SAFE_PLACE}, 1 AS villages, {_MONEY}, active_shops, households, reason"
_ORDER = "ORDER BY " + ", ".join(f"found.{name}" for name in NAMES)


def write_tables(engine: Engine, result: "Identified", folder: Path) -> None:
    """Write ``villages``, ``reasons``, ``towns``, ``clusters``, ``near_misses`` and ``rejected`` into a new folder."""
    folder.mkdir()
    engine.write(folder / "villages.csv", f"SELECT {_LISTED} FROM found WHERE taobao {_ORDER}")
    engine.write(folder / "reasons.csv", f"SELECT {_WITH_REASON} FROM found WHERE taobao {_ORDER}")
    towns = ([*map(safe, each.names), *_figures(each), each.reason] for each in result.towns)
    write_rows(folder / "towns.csv", TOWNS, towns)
    clusters = enumerate(result.clusters, 1)
    rows = ([number, *_counties(each), *_figures(each), int(each.large), each.reason] for number, each in clusters)
    write_rows(folder / "clusters.csv", CLUSTERS, rows)
    near = [["village", *row] for row in engine.rows(f"SELECT {_NEAR} FROM found WHERE NOT taobao {_ORDER}")]
    near += [["town", *map(safe, each.names), "", *_figures(each), "", each.reason] for each in result.near_towns]
    near += [["cluster", *_counties(each), "", "", *_figures(each), "", each.reason] for each in result.near_clusters]
    write_rows(folder / "near_misses.csv", NEAR, near)
    write_rows(folder / "rejected.csv", REJECTED, _rejected(engine, result))


def _rejected(engine: Engine, result: "Identified") -> Iterator[list[object]]:
    """Rows left out, alike ones together, at most ``FIRST`` lines a reason; a last one counts the others."""
    cells, order = ", ".join(CELLS), ", ".join(f"{cell} NULLS FIRST" for cell in CELLS)
    for view, counts in (
        ("rejected", result.shop_rows),
        ("households_rejected", result.household_rows),
        ("pairs_rejected", result.pair_rows),
    ):
        if len(counts) == 1:  # ``rows`` alone: nothing was left out
            continue
        alike = f"SELECT reason, sum(records) AS n, {cells} FROM {view} GROUP BY reason, {cells}"
        ranked = f"SELECT *, row_number() OVER (PARTITION BY reason ORDER BY {order}) AS line FROM ({alike}) AS alike"
        first = f"SELECT reason, n, {cells} FROM ({ranked}) AS ranked WHERE line <= {FIRST} ORDER BY reason, {order}"
        listed = dict.fromkeys(sorted(set(counts) - {"rows"}), 0)
        for reason, number, *found in engine.rows(first):
            listed[reason] += int(number)
            yield [reason, int(number), *map(safe, found)]
        for reason, number in listed.items():
            if number < counts[reason]:
                yield [reason, counts[reason] - number, "others, not listed", *[""] * (len(CELLS) - 1)]


def _figures(group: Group) -> list[object]:
    return [group.villages, as_yuan(group.fen), group.active_shops]


def _counties(group: Group) -> list[str]:
    """Province, city and county of a cluster; several are separated by `` | ``."""
    return [safe(" | ".join(dict.fromkeys(county[level] for county in group.counties))) for level in range(3)]
