"""The tables that ``identify`` leaves, as CSV."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from taobao_research.errors import printable
from taobao_research.identify.engines import Engine
from taobao_research.identify.groups import Group
from taobao_research.identify.records import CODE, NAMES, PART_COLUMNS
from taobao_research.identify.villages import Village, reasons, yuan

if TYPE_CHECKING:
    from taobao_research.identify.run import Identified

FIRST = 1_000  # rejected rows of a reason that are listed one by one
FIGURES = ("villages", "turnover_cny", "active_shops")
VILLAGES = (*NAMES, "villages", "locally_reported", "households", "active_shops", "turnover_cny")
REASONS = (*NAMES, CODE, "shops", "turnover_cny", "active_shops", "households", "reason")
TOWNS = (*NAMES[:4], *FIGURES, "reason")
CLUSTERS = ("cluster", *NAMES[:3], *FIGURES, "large", "reason")
NEAR = ("level", *NAMES, *FIGURES, "households", "reason")
CELLS = ("file", "shop_id", *NAMES, CODE, *PART_COLUMNS, "annual_turnover_cny", "active", "households")
REJECTED = ("reason", "records", *CELLS)
TABLES = ("villages.csv", "reasons.csv", "towns.csv", "clusters.csv", "near_misses.csv", "rejected.csv")


def write_tables(engine: Engine, result: "Identified", folder: Path) -> None:
    """Write ``villages``, ``reasons``, ``towns``, ``clusters``, ``near_misses`` and ``rejected`` into a new folder."""
    folder.mkdir()
    limits, found = result.limits, result.found
    _write(folder / "villages.csv", VILLAGES, map(_listed, found.villages))
    _write(folder / "reasons.csv", REASONS, ([*_village(each), reasons(each, limits)] for each in found.villages))
    _write(folder / "towns.csv", TOWNS, ([*each.names, *_figures(each), each.reason] for each in result.towns))
    clusters = enumerate(result.clusters, 1)
    rows = ([number, *_counties(each), *_figures(each), int(each.large), each.reason] for number, each in clusters)
    _write(folder / "clusters.csv", CLUSTERS, rows)
    near = [["village", *each.names, 1, *_village(each)[-3:], reasons(each, limits)] for each in found.near]
    near += [["town", *each.names, "", *_figures(each), "", each.reason] for each in result.near_towns]
    near += [["cluster", *_counties(each), "", "", *_figures(each), "", each.reason] for each in result.near_clusters]
    _write(folder / "near_misses.csv", NEAR, near)
    _write(folder / "rejected.csv", REJECTED, _rejected(engine, result))


def _rejected(engine: Engine, result: "Identified") -> Iterator[list[object]]:
    """Rows left out, alike ones together, at most ``FIRST`` lines a reason; a last one counts the others."""
    cells, order = ", ".join(CELLS), ", ".join(f"{cell} NULLS FIRST" for cell in CELLS)
    for view, counts, households in (
        ("rejected", result.shop_rows, "'' AS households"),
        ("households_rejected", result.household_rows, "households"),
        ("pairs_rejected", result.pair_rows, "households"),
    ):
        if len(counts) == 1:  # ``rows`` alone: nothing was left out
            continue
        written = f"SELECT reason, records, {', '.join((*CELLS[:-1], households))} FROM {view}"
        alike = f"SELECT reason, sum(records) AS n, {cells} FROM ({written}) AS written GROUP BY reason, {cells}"
        ranked = f"SELECT *, row_number() OVER (PARTITION BY reason ORDER BY {order}) AS line FROM ({alike}) AS alike"
        first = f"SELECT reason, n, {cells} FROM ({ranked}) AS ranked WHERE line <= {FIRST} ORDER BY reason, {order}"
        listed = dict.fromkeys(sorted(set(counts) - {"rows"}), 0)
        for reason, number, *found in engine.rows(first):
            listed[reason] += int(number)
            yield [reason, int(number), *map(_safe, found)]
        for reason, number in listed.items():
            if number < counts[reason]:
                yield [reason, counts[reason] - number, "others, not listed", *[""] * (len(CELLS) - 1)]


def _safe(cell: str) -> str:
    """A cell of others as text that no spreadsheet program executes; a negative number stays one."""
    text = printable(cell).replace("\n", "\\n")
    begins = text[:1] in ("=", "+", "@") or (text[:1] == "-" and not text[1:].replace(".", "", 1).isdigit())
    return f"'{text}" if begins and len(text) > 1 else text


def _listed(village: Village) -> list[object]:
    """A row of ``data/<year>/villages.csv``: whole yuan, rounded down so that no threshold is reached by rounding."""
    return [*village.names, 1, 0, _known(village.households), village.active_shops, village.fen // 100]


def _village(village: Village) -> list[object]:
    code, houses = _known(village.code), _known(village.households)
    return [*village.names, code, village.shops, yuan(village.fen), village.active_shops, houses]


def _figures(group: Group) -> list[object]:
    return [group.villages, yuan(group.fen), group.active_shops]


def _counties(group: Group) -> list[str]:
    """Province, city and county of a cluster; several are separated by `` | ``."""
    return [" | ".join(dict.fromkeys(county[level] for county in group.counties)) for level in range(3)]


def _known(number: int | None) -> object:
    return "" if number is None else number


def _write(path: Path, header: tuple[str, ...], rows: Iterable[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
