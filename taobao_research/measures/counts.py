"""Villages counted by place. Everything counts ``villages``; nothing counts rows."""

import pandas as pd


def total_villages(villages: pd.DataFrame) -> int:
    """Number of villages in a village table.

    >>> total_villages(pd.DataFrame({"villages": [2, 1]}))
    3
    """
    return int(villages["villages"].sum())


def count_by(villages: pd.DataFrame, *levels: str) -> pd.DataFrame:
    """Villages, share and rank of each place, most villages first.

    Source: report sections 2.1 and 3.1, figures 2, 3 and 6.
    Takes the village table; ``levels`` are the columns naming a place, widest first.
    Returns one row per place: ``rank`` (ties take the better rank, 1 1 3, as the report prints), the
    levels, ``villages`` (count), ``share`` (fraction of all villages, 0-1).

    >>> count_by(pd.DataFrame({"city": ["A", "B"], "villages": [2, 1]}), "city")["share"].round(2).tolist()
    [0.67, 0.33]
    """
    counts = villages.groupby(list(levels), as_index=False)["villages"].sum()
    counts["share"] = (counts["villages"] / counts["villages"].sum()).astype(float)
    counts.insert(0, "rank", counts["villages"].rank(method="min", ascending=False).astype(int))
    return counts.sort_values(["rank", *levels], ignore_index=True)


def leading(counts: pd.DataFrame, top: int) -> pd.DataFrame:
    """The places ranked ``top`` or better: with a tie at the last rank, more than ``top`` rows.

    >>> leading(pd.DataFrame({"city": ["A", "B", "C"], "rank": [1, 2, 2]}), 2)["city"].tolist()
    ['A', 'B', 'C']
    """
    return counts[counts["rank"] <= top]


def growth(now: float, before: float) -> float:
    """Growth as a fraction of the earlier value.

    >>> growth(780, 212).__round__(4)
    2.6792
    """
    return float(now) / float(before) - 1


def compare_years(now: pd.DataFrame, before: pd.DataFrame, *levels: str) -> pd.DataFrame:
    """Villages of each place in two years.

    Returns the levels, ``villages_before``, ``villages``, ``change`` (villages) and ``growth`` (fraction,
    empty where there were none before), most villages first. Names are compared as the lists write them.
    """
    keys = list(levels)
    counts = pd.merge(
        before.groupby(keys, as_index=False)["villages"].sum(),
        now.groupby(keys, as_index=False)["villages"].sum(),
        on=keys,
        how="outer",
        suffixes=("_before", ""),
    )
    counts = counts.fillna({"villages_before": 0, "villages": 0})
    counts["change"] = counts["villages"] - counts["villages_before"]
    ratio = counts["villages"].astype(float) / counts["villages_before"].astype(float).where(lambda each: each > 0)
    counts["growth"] = ratio - 1
    return counts.sort_values(["villages", *keys], ascending=[False, *[True] * len(keys)], ignore_index=True)


def new_places(now: pd.DataFrame, before: pd.DataFrame, level: str) -> list[str]:
    """Names that a level has now and had not before, in the order of their village counts.

    >>> one, two = pd.DataFrame({"city": ["A"]}), pd.DataFrame({"city": ["A", "B"], "villages": [1, 1]})
    >>> new_places(two, one, "city")
    ['B']
    """
    return [name for name in count_by(now, level)[level] if name not in set(before[level])]


def named_and_nameless(villages: pd.DataFrame, *levels: str) -> pd.DataFrame:
    """Villages of each place: all, shipped by name, shipped as a count, and locally reported.

    Returns the levels, ``villages``, ``named``, ``nameless``, ``locally_reported`` (counts), most villages first.
    """
    parts = villages.assign(
        named=villages["villages"].where(villages["village"] != "", 0),
        nameless=villages["villages"].where(villages["village"] == "", 0),
        locally_reported=villages["villages"] * villages["locally_reported"],
    )
    columns = ["villages", "named", "nameless", "locally_reported"]
    counts = parts.groupby(list(levels), as_index=False)[columns].sum()
    return counts.sort_values(["villages", *levels], ascending=[False, *[True] * len(levels)], ignore_index=True)
