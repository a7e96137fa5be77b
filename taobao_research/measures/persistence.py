"""Which villages of one list are in another: kept, left and entered under several ways of matching names.

A list carries no codes for villages, so two spellings of one village look like one that left and one that
entered. Strict and loose ways of matching bound the truth; the preferred one drops what is known to vary.
"""

from collections import Counter
from collections.abc import Callable, Iterable

import pandas as pd

from taobao_research.measures.change import both_counts, joined_pairs, pairs_of, thresholds_crossed
from taobao_research.measures.definitions import COUNTY, TOWN
from taobao_research.measures.intervals import wilson_interval
from taobao_research.stems import stem

FIELDS = [*TOWN, "village"]
LISTED = ["listed_city", "listed_county", "listed_town"]  # as the list itself writes them
RAW, PREFERRED = "names as written", "all these, step by step (preferred)"
LOOSEST, MOST = "village stem within the city", "the same, names that repeat counted as kept"
SURVIVAL = ["n", "stayed", "share", "low_share", "high_share"]
Row = tuple[str, ...]


def _stems(row: Row) -> Row:
    province, city, county, town, village = row[:5]
    return province, city, stem(county, "county"), stem(town, "town"), stem(village, "village")


WAYS: dict[str, Callable[[Row], Row]] = {
    RAW: lambda row: (row[0], *row[5:], row[4]),
    "renamed places under one name": lambda row: row[:5],
    "stems of county, town and village": _stems,
    "the same, without the town": lambda row: (*_stems(row)[:3], _stems(row)[4]),
    LOOSEST: lambda row: (*_stems(row)[:2], _stems(row)[4]),
}


def matched(before: pd.DataFrame, now: pd.DataFrame, *ways: str) -> pd.DataFrame:
    """The named villages of both lists, matched by one way after another, each for those still without match.

    A key that stands more than once on a side matches nobody: which of them it means cannot be told.
    Returns one row for each village: ``FIELDS`` (as the list that has it writes them; the later one where
    both do), ``state`` (``kept``, ``left``, ``entered``) and ``way`` (by which it was matched).
    """
    kept, left, entered = _match(before, now, ways)
    rows = [(*row[:5], "kept", way) for row, way in kept]
    rows += [(*row[:5], "left", "") for row in left] + [(*row[:5], "entered", "") for row in entered]
    return pd.DataFrame(rows, columns=[*FIELDS, "state", "way"])


def _match(
    before: pd.DataFrame, now: pd.DataFrame, ways: Iterable[str]
) -> tuple[list[tuple[Row, str]], list[Row], list[Row]]:
    """The later row of each village kept, with its way; the rows that left; the rows that entered."""
    left, entered = _rows(before), _rows(now)
    kept: list[tuple[Row, str]] = []
    for way in ways:
        mine, theirs = _unique(left, WAYS[way]), _unique(entered, WAYS[way])
        shared = [key for key in mine if key in theirs]
        kept += [(theirs[key], way) for key in shared]
        gone, come = {mine[key] for key in shared}, {theirs[key] for key in shared}
        left = [row for row in left if row not in gone]
        entered = [row for row in entered if row not in come]
    return kept, left, entered


def _rows(villages: pd.DataFrame) -> list[Row]:
    named = villages[villages["village"] != ""]
    return list(pd.concat([named[FIELDS], named[_listed(named)]], axis=1).itertuples(index=False, name=None))


def _listed(villages: pd.DataFrame) -> list[str]:
    """The columns that hold city, county and town as the list itself writes them."""
    return LISTED if set(LISTED) <= set(villages) else TOWN[1:]


def _unique(rows: list[Row], key: Callable[[Row], Row]) -> dict[Row, Row]:
    counts = Counter(key(row) for row in rows)
    return {key(row): row for row in rows if counts[key(row)] == 1}


def named_throughout(*lists: pd.DataFrame) -> bool:
    """Whether each list has villages and names every one."""
    return all(len(villages) > 0 and bool((villages["village"] != "").all()) for villages in lists)


def kept_left_entered(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Villages kept, left and entered under each way of matching by itself, then by all step by step.

    Source: the preferred way is the rule of ``data/README.md`` for ``transitions.csv``: equal names, else
    equal stems, else without the town, else without the county. Takes two lists that name every village.
    Returns ``way``, ``kept``, ``left``, ``entered`` (villages), ``ambiguous`` (villages of either list whose
    key is not unique).
    """
    mine, theirs = _rows(before), _rows(now)
    rows = []
    for way, key in WAYS.items():
        ambiguous = sum(len(side) - len(_unique(side, key)) for side in (mine, theirs))
        rows.append((way, *_numbers(matched(before, now, way)), ambiguous))
    shared = sum((Counter(map(WAYS[LOOSEST], mine)) & Counter(map(WAYS[LOOSEST], theirs))).values())
    rows.append((MOST, shared, len(mine) - shared, len(theirs) - shared, 0))
    rows.append((PREFERRED, *_numbers(matched(before, now, *WAYS)), 0))
    return pd.DataFrame(rows, columns=["way", "kept", "left", "entered", "ambiguous"])


def _numbers(states: pd.DataFrame) -> tuple[int, ...]:
    counts = states["state"].value_counts()
    return tuple(int(counts.get(state, 0)) for state in ("kept", "left", "entered"))


def bounds_from_counts(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """What counts alone say of villages kept, left and entered: ``way``, ``kept``, ``left``, ``entered``.

    At most as many villages of a place can be kept as the smaller of its two counts. Town by town this holds
    if no village is listed under another town; city by city it holds in any case. Places have one name in
    both lists (``tables.lasting.one_name_each``).

    >>> one = pd.DataFrame({"province": "P", "city": "C", "county": "X", "town": ["A", "B"], "villages": [2, 1]})
    >>> two = pd.DataFrame({"province": "P", "city": "C", "county": "X", "town": ["A"], "villages": [5]})
    >>> bounds_from_counts(one, two)["kept"].tolist()
    [0, 2, 3]
    """
    total_before, total_now = int(before["villages"].sum()), int(now["villages"].sum())
    kept = {"least that counts allow (none kept)": 0}
    kept["most that counts allow if no village changed its town"] = _shared_counts(before, now, TOWN)
    kept["most that counts allow if no village changed its city"] = _shared_counts(before, now, TOWN[:2])
    rows = [(way, count, total_before - count, total_now - count) for way, count in kept.items()]
    return pd.DataFrame(rows, columns=["way", "kept", "left", "entered"])


def _shared_counts(before: pd.DataFrame, now: pd.DataFrame, keys: list[str]) -> int:
    counts = both_counts(before, now, keys)
    return int(counts[["villages_before", "villages"]].min(axis=1).sum())


def spelling_by_pair(found: pd.DataFrame) -> pd.DataFrame:
    """How much of what seems to leave is spelling: of ``left`` under names as written, what the preferred way finds.

    Takes ``persistence``, whose order of pairs it keeps. Returns, for pairs of lists that name every village,
    ``years``, ``left_as_written``, ``left`` (preferred) and ``share`` (fraction found again; the difference over
    ``left_as_written``).

    >>> ways = pd.DataFrame({"years": "2014-2015", "way": [RAW, PREFERRED], "left": [10, 4]})
    >>> spelling_by_pair(ways)["share"].tolist()
    [0.6]
    """
    left = found[found["way"].isin([RAW, PREFERRED])].pivot(index="years", columns="way", values="left")
    if RAW not in left:
        return pd.DataFrame(columns=["years", "left_as_written", "left", "share"])
    left = left.reindex(found["years"].unique()).dropna().astype(int)
    table = pd.DataFrame({"left_as_written": left[RAW], "left": left[PREFERRED]})
    found_again = table["left_as_written"] - table["left"]
    share = found_again / table["left_as_written"].where(table["left_as_written"] > 0)
    return table.assign(share=share.astype(float)).reset_index().rename_axis(columns=None)


def survival(counts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Share of the earlier list's villages that are in the later one, for each value of ``by``.

    Takes rows with ``stayed`` and ``left`` (villages). Returns ``by``, ``n`` (villages of the earlier list),
    ``stayed``, ``share`` (fraction) with Wilson's 95% interval ``low_share``, ``high_share``, which ends at 0 or 1
    where none or all stayed. The lists are no sample; the interval says how far so few villages could tell a rate.

    >>> survival(pd.DataFrame({"value": "A", "stayed": [210], "left": [0]}), "value")["high_share"].tolist()
    [1.0]
    """
    sums = counts.groupby(by, as_index=False)[["stayed", "left"]].sum()
    n = (sums["stayed"] + sums["left"]).astype(int)
    sums = sums.assign(n=n, stayed=sums["stayed"].astype(int))[n > 0].reset_index(drop=True)
    low, high = wilson_interval(sums["stayed"].to_numpy(int), sums["n"].to_numpy(int))
    table = sums[[by, "n", "stayed"]].assign(share=sums["stayed"] / sums["n"], low_share=low, high_share=high)
    return table.sort_values(["n", by], ascending=[False, True], ignore_index=True)


def persistence(lists: dict[int, pd.DataFrame], transitions: pd.DataFrame) -> pd.DataFrame:
    """Villages kept, left and entered between lists, each with its bounds, as far as the data reach.

    Takes lists by year (``tables.lasting.one_name_each``) and ``transitions.csv``. Where both lists name every
    village they are matched; else counts give the bounds, and ``transitions.csv``, where it has the pair, the
    estimate. Returns ``years``, ``way``, ``kept``, ``left``, ``entered``, ``ambiguous`` (villages), ``basis``.
    """
    tables = []
    for first, last in pairs_of(lists):
        before, now = lists[first], lists[last]
        if named_throughout(before, now):
            table = kept_left_entered(before, now).assign(basis="names of both lists")
        else:
            table = bounds_from_counts(before, now).assign(ambiguous=pd.NA, basis="villages of each town")
            shipped = _shipped(transitions, first, last)
            if len(shipped):
                sums = shipped[["stayed", "left", "entered"]].sum().astype(int).to_list()
                basis = "counted from the full lists (transitions.csv)"
                table.loc[len(table)] = [PREFERRED, *sums, pd.NA, basis]
        tables.append(table)
    columns = ["years", "way", "kept", "left", "entered", "ambiguous", "basis"]
    return joined_pairs(lists, tables, columns)


def towns_formed(before: pd.DataFrame, now: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Towns that reached or fell below the threshold, with the villages that entered where both lists name all.

    Source: report, appendix to section 1. Returns ``change.thresholds_crossed`` without the towns kept, and
    ``entered_names`` (empty where names are lost).
    """
    crossed = thresholds_crossed(before, now, TOWN, minimum)
    crossed = crossed[crossed["crossing"] != "kept"]
    names: dict[Row, list[str]] = {}
    if named_throughout(before, now):
        states = matched(before, now, *WAYS)
        for row in states[states["state"] == "entered"][FIELDS].itertuples(index=False, name=None):
            names.setdefault(row[:4], []).append(row[4])
    keys = crossed[TOWN].itertuples(index=False, name=None)
    return crossed.assign(entered_names=["、".join(names.get(key, [])) for key in keys])


def survival_by_group(lists: dict[int, pd.DataFrame], transitions: pd.DataFrame, cluster_min: int) -> pd.DataFrame:
    """Villages of the earlier list that are in the later one: all, by cluster, and by asterisk.

    Takes what ``persistence`` takes, and the villages from which on a county is a cluster. Returns ``years``,
    ``group``, ``value`` and the columns of ``survival``. Groups that the data do not reach are left out: the
    asterisk of a village is known only where its list names it.
    """
    tables = []
    for first, last in pairs_of(lists):
        counties, starred = _stayed(lists, transitions, first, last)
        sizes = lists[first].groupby(["province", *_listed(lists[first])[:2]])["villages"].sum()
        keys = counties[COUNTY].itertuples(index=False, name=None)
        cluster = ["in clusters" if sizes.get(key, 0) >= cluster_min else "outside clusters" for key in keys]
        parts = [("all", survival(counties.assign(value="all villages"), "value"))]
        parts.append(("cluster", survival(counties.assign(value=cluster), "value")))
        if starred is not None and starred["value"].nunique() > 1:
            parts.append(("asterisk", survival(starred, "value")))
        tables.append(pd.concat([table.assign(group=group) for group, table in parts]))
    return joined_pairs(lists, tables, ["years", "group", "value", *SURVIVAL])


def survival_by_province(lists: dict[int, pd.DataFrame], transitions: pd.DataFrame) -> pd.DataFrame:
    """The same by province: ``years``, ``province`` and the columns of ``survival``."""
    tables = [survival(_stayed(lists, transitions, *pair)[0], "province") for pair in pairs_of(lists)]
    return joined_pairs(lists, tables, ["years", "province", *SURVIVAL])


def _stayed(
    lists: dict[int, pd.DataFrame], transitions: pd.DataFrame, first: int, last: int
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """``stayed`` and ``left`` by county as the earlier list writes it, and by asterisk (None: not known)."""
    before, now = lists[first], lists[last]
    if not named_throughout(before, now):
        return _shipped(transitions, first, last), None
    gone = set(_match(before, now, WAYS)[1])
    stays = [row not in gone for row in _rows(before)]
    flags = before.assign(stayed=[int(each) for each in stays], left=[int(not each) for each in stays])
    city, county, _ = _listed(flags)
    flags = flags.assign(city=flags[city], county=flags[county])
    marks = flags["locally_reported"].map({0: "without asterisk", 1: "with asterisk"})
    return flags[[*COUNTY, "stayed", "left"]], flags.assign(value=marks)[["value", "stayed", "left"]]


def _shipped(transitions: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    inside = (transitions["from_year"] == first) & (transitions["to_year"] == last)
    return transitions[inside].astype(dict.fromkeys(("stayed", "left", "entered"), int))
