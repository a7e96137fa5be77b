"""Taobao towns and clusters of the villages found, and those that nearly are."""

from collections import defaultdict
from dataclasses import dataclass, replace

from taobao_research.identify.engines import Engine
from taobao_research.identify.keys import CODE_DIGITS, Key
from taobao_research.identify.records import CODE, NAMES, OTHER, PART_COLUMNS, Records
from taobao_research.identify.renames import Names
from taobao_research.identify.thresholds import NEAR, Thresholds
from taobao_research.identify.values import cleaned, whole

NO_END = "pair without the place of both villages"


@dataclass(frozen=True)
class Group:
    """Taobao villages taken together: a town, a county, or villages that touch; one village at first."""

    names: Names
    villages: int
    fen: int
    active_shops: int
    reason: str = ""
    large: bool = False
    counties: tuple[Names, ...] = ()


@dataclass(frozen=True)
class Touching:
    """Taobao villages, and pairs of their names."""

    villages: list[Group]
    pairs: list[tuple[Names, Names]]


def find_towns(engine: Engine, limits: Thresholds) -> tuple[list[Group], list[Group]]:
    """Towns with enough Taobao villages (table ``found``), and those one village short of it.

    Source: report, appendix to section 1. Where no town is named the county or zone itself counts as the town.
    """
    towns, near = [], []
    for group in _counted(engine, 4, limits.town_villages - 1):
        enough = group.villages >= limits.town_villages
        reason = f"{group.villages} villages {'>=' if enough else '<'} {limits.town_villages}"
        (towns if enough else near).append(replace(group, reason=reason))
    return towns, near


def find_clusters(
    engine: Engine, limits: Thresholds, touching: Touching | None = None
) -> tuple[list[Group], list[Group]]:
    """Counties, or with ``touching`` groups of villages that touch, with enough villages and turnover; near misses.

    Source: report, section 3.1. A near miss reaches nine tenths of both thresholds.
    """
    clusters, near = [], []
    for group in _counted(engine, 3) if touching is None else _connected(touching):
        count, fen = group.villages, group.fen
        many, rich = count >= limits.cluster_villages, fen >= limits.cluster_turnover_cny * 100
        reason = (
            f"{count} villages {'>=' if many else '<'} {limits.cluster_villages}; "
            f"turnover {as_yuan(fen)} yuan {'>=' if rich else '<'} {limits.cluster_turnover_cny}"
        )
        large = many and rich and count >= limits.large_cluster_villages
        reason += f"; large: {count} >= {limits.large_cluster_villages}" if large else ""
        group = replace(group, reason=reason, large=large)
        if many and rich:
            clusters.append(group)
        elif count >= NEAR * limits.cluster_villages and fen >= NEAR * limits.cluster_turnover_cny * 100:
            near.append(group)
    return clusters, near


def _counted(engine: Engine, depth: int, least: int = 1) -> list[Group]:
    """The Taobao villages of each county (``depth`` 3) or town (4) that has at least ``least``."""
    place = ", ".join(NAMES[:depth])
    query = f"SELECT {place}, count(*), sum(turnover_cny), sum(active_shops) FROM found WHERE taobao GROUP BY {place}"
    return [
        Group(tuple(names), villages, int(turnover * 100), int(active), counties=(tuple(names[:3]),))
        for *names, villages, turnover, active in engine.rows(f"{query} HAVING count(*) >= {least} ORDER BY {place}")
    ]


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


def touching_villages(engine: Engine, pairs: Records, key: Key) -> Touching:
    """The Taobao villages, and the pairs of them that touch; ``count_pairs`` has read the pairs."""
    columns, others = ", ".join(key.columns), ", ".join(OTHER + column for column in key.columns)
    ends = ", ".join(f"{column} AS one_{column}" for column in key.columns)
    ones = ", ".join(f"one_{column}" for column in key.columns)
    swapped = ", ".join(f"{OTHER}{column} AS {column}" for column in key.columns)
    kinds = {column: pairs.kinds[OTHER + column] for column in key.columns}
    second = replace(pairs, kinds=kinds)
    first = f"SELECT {ends}, {swapped} FROM ({key.placed('pairs', pairs, others)}) AS first_end"
    both = key.placed(f"({first}) AS swapped", second, ones)
    taobao = f"SELECT {columns} FROM found WHERE taobao"
    chosen = (
        f"SELECT DISTINCT {ones}, {columns} FROM ({both}) AS both_ends "
        f"WHERE ({ones}) IN ({taobao}) AND ({columns}) IN ({taobao})"
    )
    width = len(NAMES)
    asked = f"SELECT {', '.join(NAMES)}, turnover_cny, active_shops, {columns} FROM found WHERE taobao"
    villages, known = [], {}
    for row in engine.rows(asked):
        village = Group(tuple(row[:width]), 1, int(row[width] * 100), int(row[width + 1]))
        villages.append(village)
        known[row[width + 2 :]] = village.names
    width = len(key.columns)
    return Touching(villages, [(known[row[:width]], known[row[width:]]) for row in engine.rows(chosen)])


def _connected(touching: Touching) -> list[Group]:
    """The villages in groups that hang together (union-find), each under the first of its names, in their order."""
    parent = {village.names: village.names for village in touching.villages}

    def root(names: Names) -> Names:
        while parent[names] != names:
            parent[names] = parent[parent[names]]
            names = parent[names]
        return names

    for one, two in touching.pairs:
        first, second = sorted((root(one), root(two)))
        parent[second] = first
    together: dict[Names, list[Group]] = defaultdict(list)
    for village in touching.villages:
        together[root(village.names)].append(village)
    groups = []
    for names, members in sorted(together.items()):
        fen, shops = sum(each.fen for each in members), sum(each.active_shops for each in members)
        counties = tuple(sorted({each.names[:3] for each in members}))
        groups.append(Group(names, len(members), fen, shops, counties=counties))
    return groups


def as_yuan(fen: int) -> str:
    """Fen as yuan, exactly.

    >>> as_yuan(1_000_000_000), as_yuan(999_999_999)
    ('10000000', '9999999.99')
    """
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)
