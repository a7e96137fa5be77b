"""Which villages of one list are in another: kept, left and entered under several ways of matching names.

A list carries no codes for villages, so two spellings of one village look like one that left and one that
entered. Strict and loose ways of matching bound the truth; the preferred one drops what is known to vary.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from taobao_research.measures.definitions import COUNTY, TOWN

FIELDS = [*TOWN, "village"]
RAW, PREFERRED, LOOSEST = "names as written", "stems, step by step", "village stem within the city"
SUFFIXES = {
    "county": ("市", "区", "县"),
    "town": ("街道", "镇", "乡", "街"),
    "village": ("社区", "居委会", "村"),
}
Row = tuple[str, ...]


def stem(name: str, level: str) -> str:
    """The name without the suffix that lists write or leave out, in normal width and without asterisks.

    >>> stem("大集镇", "town"), stem("青岩刘村*", "village"), stem("村", "village")
    ('大集', '青岩刘', '村')
    """
    plain = re.sub(r"[\s*＊]", "", unicodedata.normalize("NFKC", name))
    suffix = next((each for each in SUFFIXES[level] if plain.endswith(each) and plain != each), "")
    return plain.removesuffix(suffix)


def _stems(row: Row) -> Row:
    province, city, county, town, village = row
    return province, city, stem(county, "county"), stem(town, "town"), stem(village, "village")


WAYS: dict[str, Callable[[Row], Row]] = {
    RAW: lambda row: row,
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
    left, entered = _rows(before), _rows(now)
    kept: list[tuple[Row, str]] = []
    was: dict[Row, Row] = {}
    for way in ways:
        key = WAYS[way]
        mine, theirs = _unique(left, key), _unique(entered, key)
        for shared in [each for each in mine if each in theirs]:
            kept.append((theirs[shared], way))
            was[theirs[shared]] = mine[shared]
        gone, come = {mine[each] for each in mine if each in theirs}, {theirs[each] for each in theirs if each in mine}
        left = [row for row in left if row not in gone]
        entered = [row for row in entered if row not in come]
    rows = [(*row, "kept", way) for row, way in kept]
    rows += [(*row, "left", "") for row in left] + [(*row, "entered", "") for row in entered]
    table = pd.DataFrame(rows, columns=[*FIELDS, "state", "way"])
    earlier = [was.get(tuple(row), tuple(row)) for row in table[FIELDS].itertuples(index=False, name=None)]
    return table.assign(earlier=earlier)


def _rows(villages: pd.DataFrame) -> list[Row]:
    named = villages[villages["village"] != ""]
    return list(named[FIELDS].itertuples(index=False, name=None))


def _unique(rows: list[Row], key: Callable[[Row], Row]) -> dict[Row, Row]:
    counts = Counter(key(row) for row in rows)
    return {key(row): row for row in rows if counts[key(row)] == 1}


def named_throughout(villages: pd.DataFrame) -> bool:
    """Whether the list names every village."""
    return bool(len(villages)) and bool((villages["village"] != "").all())


def kept_left_entered(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Villages kept, left and entered under each way of matching, strictest first, the preferred one last.

    Source: the preferred way is the rule of ``data/README.md`` for ``transitions.csv``: equal names, else
    equal stems, else without the town, else without the county. Takes two lists that name every village.
    Returns ``way``, ``kept``, ``left``, ``entered`` (villages), ``ambiguous`` (villages of either list whose
    key is not unique).
    """
    rows = []
    for way in WAYS:
        states = matched(before, now, way)["state"].value_counts()
        ambiguous = sum(len(rows_) - len(_unique(rows_, WAYS[way])) for rows_ in (_rows(before), _rows(now)))
        rows.append((way, *(int(states.get(state, 0)) for state in ("kept", "left", "entered")), ambiguous))
    states = matched(before, now, *WAYS)["state"].value_counts()
    rows.append((PREFERRED, *(int(states.get(state, 0)) for state in ("kept", "left", "entered")), 0))
    return pd.DataFrame(rows, columns=["way", "kept", "left", "entered", "ambiguous"])


def bounds_from_counts(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """What counts alone say of villages kept, left and entered: ``bound``, ``kept``, ``left``, ``entered``.

    At most as many villages of a town can be kept as the smaller of its two counts; names may hide that none
    was. Towns have one name in both lists (``tables.links.one_name_each``).

    >>> one = pd.DataFrame({"province": "P", "city": "C", "county": "X", "town": ["A", "B"], "villages": [2, 1]})
    >>> two = pd.DataFrame({"province": "P", "city": "C", "county": "X", "town": ["A"], "villages": [5]})
    >>> bounds_from_counts(one, two)["kept"].tolist()
    [0, 2]
    """
    counts = pd.merge(
        before.groupby(TOWN)["villages"].sum().rename("was"),
        now.groupby(TOWN)["villages"].sum().rename("is"),
        left_index=True,
        right_index=True,
        how="outer",
    ).fillna(0)
    kept, total_before, total_now = int(counts.min(axis=1).sum()), int(counts["was"].sum()), int(counts["is"].sum())
    rows = [("none kept", 0, total_before, total_now)]
    rows.append(("as many kept as counts allow", kept, total_before - kept, total_now - kept))
    return pd.DataFrame(rows, columns=["bound", "kept", "left", "entered"])


def spelling_share(ways: pd.DataFrame) -> float:
    """Of the villages that left under names as written, the fraction that the preferred way finds again.

    >>> spelling_share(pd.DataFrame({"way": [RAW, PREFERRED], "left": [10, 4]}))
    0.6
    """
    left = ways.set_index("way")["left"]
    return float((left[RAW] - left[PREFERRED]) / left[RAW]) if left[RAW] else float("nan")


def survival(counts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Share of the earlier list's villages that are in the later one, for each value of ``by``.

    Takes rows with ``stayed`` and ``left`` (villages). Returns ``by``, ``n`` (villages of the earlier list),
    ``stayed``, ``share`` (fraction) with Wilson's 95% interval ``low``, ``high``. The lists are no sample; the
    interval says how far so few villages could tell a rate.
    """
    sums = counts.groupby(by, as_index=False)[["stayed", "left"]].sum()
    n = (sums["stayed"] + sums["left"]).astype(int)
    sums = sums.assign(n=n, stayed=sums["stayed"].astype(int))[n > 0].reset_index(drop=True)
    low, high = proportion_confint(sums["stayed"].to_numpy(int), sums["n"].to_numpy(int), method="wilson")
    table = sums[[by, "n", "stayed"]].assign(share=sums["stayed"] / sums["n"], low=low, high=high)
    return table.sort_values(["n", by], ascending=[False, True], ignore_index=True)


def transitions_of(states: pd.DataFrame) -> pd.DataFrame:
    """Villages stayed, left and entered in each county, from ``matched``: the columns of ``transitions.csv``."""
    counts = pd.crosstab([states[level] for level in COUNTY], states["state"]).reset_index()
    counts.columns.name = None
    for state in ("kept", "left", "entered"):
        if state not in counts:
            counts[state] = 0
    return counts.rename(columns={"kept": "stayed"})[[*COUNTY, "stayed", "left", "entered"]]
