"""Taobao towns and clusters of the villages found, and those that nearly are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from taobao_research.identify.engines import Engine
from taobao_research.identify.keys import CODE_DIGITS, Key
from taobao_research.identify.records import CODE, NAMES, OTHER, PART_COLUMNS, Records
from taobao_research.identify.thresholds import NEAR, Thresholds
from taobao_research.identify.values import cleaned, whole
from taobao_research.identify.villages import Names, Village, yuan

NO_END = "pair without the place of both villages"


@dataclass(frozen=True)
class Group:
    """Taobao villages taken together: a town, a county, or villages that touch."""

    names: Names
    villages: int
    fen: int
    active_shops: int
    reason: str
    large: bool = False
    counties: tuple[Names, ...] = ()


def find_towns(villages: Iterable[Village], limits: Thresholds) -> tuple[list[Group], list[Group]]:
    """Towns with enough Taobao villages, and those one village short of it.

    Source: report, appendix to section 1. Where no town is named the county or zone itself counts as the town.
    """
    towns, near = [], []
    for names, members in _by(villages, 4).items():
        count = len(members)
        enough = count >= limits.town_villages
        group = _group(names, members, f"{count} villages {'>=' if enough else '<'} {limits.town_villages}")
        if enough:
            towns.append(group)
        elif count == limits.town_villages - 1:
            near.append(group)
    return towns, near


def find_clusters(
    villages: list[Village], limits: Thresholds, touching: Iterable[tuple[Names, Names]] | None = None
) -> tuple[list[Group], list[Group]]:
    """Counties, or with ``touching`` groups of villages that touch, with enough villages and turnover; near misses.

    Source: report, section 3.1. A near miss reaches nine tenths of both thresholds.
    """
    if touching is None:
        groups = _by(villages, 3)
    else:
        groups = {members[0].names: members for members in _connected(villages, touching)}
    clusters, near = [], []
    for names, members in groups.items():
        count, fen = len(members), sum(member.fen for member in members)
        many, rich = count >= limits.cluster_villages, fen >= limits.cluster_turnover_cny * 100
        reason = (
            f"{count} villages {'>=' if many else '<'} {limits.cluster_villages}; "
            f"turnover {yuan(fen)} yuan {'>=' if rich else '<'} {limits.cluster_turnover_cny}"
        )
        large = count >= limits.large_cluster_villages
        reason += f"; large: {count} >= {limits.large_cluster_villages}" if many and rich and large else ""
        group = _group(names, members, reason, many and rich and large)
        if many and rich:
            clusters.append(group)
        elif count >= NEAR * limits.cluster_villages and fen >= NEAR * limits.cluster_turnover_cny * 100:
            near.append(group)
    return clusters, near


def count_pairs(engine: Engine, pairs: Records, key: Key) -> dict[str, int]:
    """Read the pairs; returns the rows, and those without a place at either end, which ``pairs_rejected`` lists."""
    engine.read("pairs", pairs)
    if key.by_code:
        absent = [f"({whole(end + CODE, pairs.kinds[end + CODE], CODE_DIGITS)}) IS NULL" for end in ("", OTHER)]
    else:
        absent = [f"{cleaned(end + name)} = ''" for end in ("", OTHER) for name in NAMES if name != "town"]
    bad = f"SELECT * FROM pairs WHERE {' OR '.join(absent)}"
    cells = ", ".join(
        f"coalesce(CAST({name} AS STRING), '') AS {name}" if name in key.columns else f"'' AS {name}"
        for name in ("shop_id", *NAMES, CODE, *PART_COLUMNS, "annual_turnover_cny", "active", "households")
    )
    engine.view("pairs_rejected", f"SELECT '{NO_END}' AS reason, 1 AS records, file, {cells} FROM ({bad}) AS bad")
    rows = engine.rows("SELECT count(*) FROM pairs")[0][0]
    rejected = engine.rows("SELECT count(*) FROM pairs_rejected")[0][0]
    return {"rows": rows} | ({NO_END: rejected} if rejected else {})


def touching_villages(engine: Engine, pairs: Records, key: Key, villages: list[Village]) -> list[tuple[Names, Names]]:
    """The pairs of villages that touch of which both are Taobao villages, by names; ``count_pairs`` has read them."""
    columns, others = ", ".join(key.columns), ", ".join(OTHER + column for column in key.columns)
    ends = ", ".join(f"{column} AS one_{column}" for column in key.columns)
    ones = ", ".join(f"one_{column}" for column in key.columns)
    swapped = ", ".join(f"{OTHER}{column} AS {column}" for column in key.columns)
    kinds = {column: pairs.kinds[OTHER + column] for column in key.columns}
    second = replace(pairs, kinds=kinds)
    first = f"SELECT {ends}, {swapped} FROM ({key.placed('pairs', pairs, others)}) AS first_end"
    both = key.placed(f"({first}) AS swapped", second, ones)
    taobao = f"SELECT {columns} FROM chosen WHERE taobao"
    chosen = (
        f"SELECT DISTINCT {ones}, {columns} FROM ({both}) AS both_ends "
        f"WHERE ({ones}) IN ({taobao}) AND ({columns}) IN ({taobao})"
    )
    if not key.by_code:
        width = len(key.columns)
        return [(tuple(row[:width]), tuple(row[width:])) for row in engine.rows(chosen)]
    names = {village.code: village.names for village in villages}
    return [(names[one], names[two]) for one, two in engine.rows(chosen)]


def _by(villages: Iterable[Village], depth: int) -> dict[Names, list[Village]]:
    groups: dict[Names, list[Village]] = defaultdict(list)
    for village in villages:
        groups[village.names[:depth]].append(village)
    return dict(sorted(groups.items()))


def _connected(villages: list[Village], touching: Iterable[tuple[Names, Names]]) -> list[list[Village]]:
    """The villages in groups that hang together, largest first in each order of names (union-find)."""
    parent = {village.names: village.names for village in villages}

    def root(names: Names) -> Names:
        while parent[names] != names:
            parent[names] = parent[parent[names]]
            names = parent[names]
        return names

    for one, two in touching:
        if one in parent and two in parent:
            first, second = sorted((root(one), root(two)))
            parent[second] = first
    groups: dict[Names, list[Village]] = defaultdict(list)
    for village in villages:
        groups[root(village.names)].append(village)
    return [members for _, members in sorted(groups.items())]


def _group(names: Names, members: list[Village], reason: str, large: bool = False) -> Group:
    fen, shops = sum(each.fen for each in members), sum(each.active_shops for each in members)
    counties = tuple(sorted({each.names[:3] for each in members}))
    return Group(names, len(members), fen, shops, reason, large, counties)
