"""What changed between two lists: places gained and lost, deepening and spread, towns and clusters formed.

Every function takes two village tables in which a place has one name (``tables.lasting.one_name_each``), the
earlier first. Villages are counted, not rows.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

import pandas as pd

from taobao_research.measures.counts import compare_years
from taobao_research.measures.definitions import COUNTY, TOWN, totals

LEVELS = {"provinces": COUNTY[:1], "cities": COUNTY[:2], "counties": COUNTY, "towns": TOWN}
STATES = ("kept", "new", "lost")


def pairs_of(lists: Iterable[int]) -> list[tuple[int, int]]:
    """The years to compare: each list with the next one, then the first with the last.

    >>> pairs_of([2014, 2015, 2016]), pairs_of([2014, 2015]), pairs_of([2015])
    ([(2014, 2015), (2015, 2016), (2014, 2016)], [(2014, 2015)], [])
    """
    years = sorted(lists)
    pairs = list(pairwise(years))
    return [*pairs, (years[0], years[-1])] if len(pairs) > 1 else pairs


def joined_pairs(lists: Iterable[int], tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """One table for each of ``pairs_of``, one under the other, with a column ``years`` such as ``2014-2015``."""
    named = [
        table.assign(years=f"{first}-{last}") for (first, last), table in zip(pairs_of(lists), tables, strict=True)
    ]
    full = [table for table in named if len(table)]
    return pd.concat(full, ignore_index=True)[columns] if full else pd.DataFrame(columns=columns)


def over_pairs(lists: dict[int, pd.DataFrame], compare: Callable[..., pd.DataFrame], *options: object) -> pd.DataFrame:
    """``compare(before, now, *options)`` for each of ``pairs_of``, with a column ``years`` in front."""
    tables = [compare(lists[first], lists[last], *options) for first, last in pairs_of(lists)]
    columns = ["years", *(tables[0].columns if tables else [])]
    return joined_pairs(lists, tables, columns)


def sizes_by_year(lists: dict[int, pd.DataFrame], town_min: int, cluster_min: int) -> pd.DataFrame:
    """Villages, Taobao towns, clusters and places with villages in each list: ``measure``, then one column a year."""
    counts = {
        str(year): totals(rows, rows.head(0), town_min, cluster_min).set_index("measure")["now"]
        for year, rows in sorted(lists.items())
    }
    return pd.DataFrame(counts).rename_axis("measure").reset_index()


def villages_by_year(lists: dict[int, pd.DataFrame], level: str) -> pd.DataFrame:
    """Villages of each place in each list: the columns naming the place (``LEVELS``), then one column a year.

    >>> villages_by_year({2014: pd.DataFrame({"province": ["P"], "villages": [2]})}, "provinces").values.tolist()
    [['P', 2]]
    """
    keys = LEVELS[level]
    counts = pd.DataFrame({str(year): rows.groupby(keys)["villages"].sum() for year, rows in sorted(lists.items())})
    counts = counts.fillna(0).astype(int)
    return counts.sort_values([*counts.columns[::-1]], ascending=False).reset_index()


def both_counts(before: pd.DataFrame, now: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Villages of each place in two lists: the keys, ``villages_before``, ``villages``, ``state``.

    ``state`` is ``kept`` (in both), ``new`` or ``lost``.

    >>> one = pd.DataFrame({"city": ["A", "B"], "villages": [2, 1]})
    >>> two = pd.DataFrame({"city": ["A", "C"], "villages": [3, 1]})
    >>> both_counts(one, two, ["city"])["state"].tolist()
    ['kept', 'lost', 'new']
    """
    counts = compare_years(now, before, *keys)[[*keys, "villages_before", "villages"]]
    counts = counts.astype({"villages_before": int, "villages": int}).sort_values(keys, ignore_index=True)
    states = [("lost" if not now else "kept") if was else "new" for was, now in _pairs(counts)]
    return counts.assign(state=states)


def _pairs(counts: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(counts["villages_before"], counts["villages"], strict=True))


def places_gained_and_lost(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Provinces, cities, counties and towns with villages in both lists, only the later, only the earlier.

    Returns ``level``, ``before``, ``now``, ``kept``, ``new``, ``lost`` (counts of places).
    """
    rows = []
    for level, keys in LEVELS.items():
        states = both_counts(before, now, keys)["state"].value_counts()
        kept, new, lost = (int(states.get(state, 0)) for state in STATES)
        rows.append((level, kept + lost, kept + new, kept, new, lost))
    return pd.DataFrame(rows, columns=["level", "before", "now", *STATES])


def deepening_and_spread(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The change in villages, divided among counties by what they were before; the parts add up to it.

    Returns ``part``, ``counties``, ``change`` (villages) and ``share`` (fraction of the whole change; empty
    where nothing changed, and not a share of anything where parts have opposite signs).

    >>> one = pd.DataFrame({"province": "P", "city": "C", "county": ["A", "B"], "villages": [2, 1]})
    >>> two = pd.DataFrame({"province": "P", "city": "C", "county": ["A", "D"], "villages": [5, 4]})
    >>> deepening_and_spread(one, two)["change"].tolist()
    [3, 0, 4, -1, 6]
    """
    counties = both_counts(before, now, COUNTY)
    change = counties["villages"] - counties["villages_before"]
    kept = counties["state"] == "kept"
    parts = {
        "counties that had villages and gained": kept & (change > 0),
        "counties that had villages and did not gain": kept & (change <= 0),
        "counties without villages before": counties["state"] == "new",
        "counties without villages now": counties["state"] == "lost",
        "all counties": pd.Series(True, index=counties.index),
    }
    rows = [(part, int(inside.sum()), int(change[inside].sum())) for part, inside in parts.items()]
    table = pd.DataFrame(rows, columns=["part", "counties", "change"])
    whole = int(change.sum())
    return table.assign(share=table["change"] / whole if whole else float("nan"))


def deepening_by_province(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The same for each province: ``villages_before``, ``villages``, ``within`` (change in counties that had
    villages and still have them), ``spread`` (villages in new counties) and ``lost`` (in counties now without)."""
    counties = both_counts(before, now, COUNTY)
    change = counties["villages"] - counties["villages_before"]
    parts = counties.assign(
        within=change.where(counties["state"] == "kept", 0),
        spread=change.where(counties["state"] == "new", 0),
        lost=-change.where(counties["state"] == "lost", 0),
    )
    columns = ["villages_before", "villages", "within", "spread", "lost"]
    table = parts.groupby("province", as_index=False)[columns].sum()
    return table.sort_values(["villages", "province"], ascending=[False, True], ignore_index=True)


def thresholds_crossed(before: pd.DataFrame, now: pd.DataFrame, keys: list[str], minimum: int) -> pd.DataFrame:
    """Places at or over a threshold in one of two lists: towns of three, or clusters of ten villages.

    Returns the keys, ``villages_before``, ``villages``, ``crossing`` (``formed``, ``dissolved``, ``kept``) and
    ``tipping``: of a place formed, the villages gained at which it reached the threshold, of the villages that
    it gained. Where names are lost this says how many, not which.
    """
    counts = both_counts(before, now, keys).drop(columns="state")
    was, is_now = counts["villages_before"] >= minimum, counts["villages"] >= minimum
    counts = counts[was | is_now]
    crossing = was.map({True: "dissolved", False: "formed"}).where(~(was & is_now), "kept")
    gained = counts["villages"] - counts["villages_before"]
    needed = minimum - counts["villages_before"]
    formed = crossing[counts.index] == "formed"
    table = counts.assign(
        crossing=crossing[counts.index],
        tipping=[f"{need} of {gain}" if form else "" for need, gain, form in zip(needed, gained, formed, strict=True)],
    )
    order = table["crossing"].map({"formed": 0, "dissolved": 1, "kept": 2})
    return table.assign(order=order).sort_values(["order", "villages"], ascending=[True, False]).drop(columns="order")


def states_of_counties(before: pd.DataFrame, now: pd.DataFrame, cluster_min: int, large_min: int) -> pd.DataFrame:
    """How many counties moved from which state to which, by number of villages.

    The states are no villages, few, several, a cluster, a large cluster; those without villages in both lists
    are not counted. Returns ``before``, ``now`` (states as ranges such as ``3-9``), ``counties``; every pair
    of states has a row.
    """
    edges = sorted({0, 1, min(3, cluster_min), cluster_min, large_min})
    names = [_range(low, high) for low, high in zip(edges, [*edges[1:], None], strict=True)]
    counties = both_counts(before, now, COUNTY)
    moved = pd.Series(
        [(names[_state(was, edges)], names[_state(is_now, edges)]) for was, is_now in _pairs(counties)], dtype=object
    ).value_counts()
    rows = [(was, is_now, int(moved.get((was, is_now), 0))) for was in names for is_now in names]
    return pd.DataFrame(rows, columns=["before", "now", "counties"])


def _state(villages: int, edges: list[int]) -> int:
    return max(position for position, edge in enumerate(edges) if villages >= edge)


def _range(low: int, high: int | None) -> str:
    """
    >>> _range(3, 10), _range(0, 1), _range(30, None)
    ('3-9', '0', '30+')
    """
    if high is None:
        return f"{low}+"
    return f"{low}" if high == low + 1 else f"{low}-{high - 1}"
