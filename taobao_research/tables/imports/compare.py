"""A list about to be imported against what is there already, in sentences."""

import pandas as pd

from taobao_research.tables.schema import PLACE

SHOWN = 10
IMPLAUSIBLE = 1000  # a median this many times under the definition is no turnover in yuan


def differences(villages: pd.DataFrame, old: pd.DataFrame, where: str) -> list[str]:
    """Towns that hold another number of villages than in the table that is there."""
    apart = _apart(villages, old)
    if apart.empty:
        return [f"the same villages in every town as in {where}"]
    lines = [f"towns with another number of villages than in {where}: {len(apart)}"]
    return lines + _listed(apart)


def town_differences(villages: pd.DataFrame, printed: pd.DataFrame, town_min: int) -> list[str]:
    """The list's towns against a printed table of towns (columns of ``PLACE`` and ``villages``)."""
    counts = villages.groupby(list(PLACE), as_index=False)["villages"].sum()
    towns = counts[(counts["villages"] >= town_min) & (counts["town"] != "")]
    apart = _apart(towns, printed)
    total = int(printed["villages"].sum())
    line = f"table of towns in the file: {len(printed):,} towns with {total:,} villages; {len(towns):,} in the list"
    return [f"{line}, the same ones" if apart.empty else f"{line}; {len(apart)} differ", *_listed(apart)]


def total_difference(villages: pd.DataFrame, total: int | None) -> list[str]:
    """The list's rows against the total that the list prints under them."""
    count = int(villages["villages"].sum())
    if total is None:
        return []
    return [f"the list's own total is {total:,}" + (", as read" if total == count else f", but {count:,} were read")]


def doubts(villages: pd.DataFrame, min_turnover_cny: int) -> list[str]:
    """What is possible but hardly meant, such as turnover in the wrong unit."""
    if "turnover_cny" not in villages or villages["turnover_cny"].notna().sum() == 0:
        return []
    median = float(villages["turnover_cny"].dropna().astype(float).median())
    if min_turnover_cny / IMPLAUSIBLE <= median <= min_turnover_cny * IMPLAUSIBLE:
        return []
    return [f"doubtful: the median turnover is {median:,.0f} yuan a village; check the unit (--turnover-unit)"]


def _apart(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Towns whose number of villages is not the same: place, ``new``, ``old``."""
    keys = list(PLACE)
    sums = {name: rows.groupby(keys)["villages"].sum().astype(int) for name, rows in (("new", new), ("old", old))}
    both = pd.DataFrame(sums).fillna(0).astype(int).reset_index()
    return both[both["new"] != both["old"]]


def _listed(apart: pd.DataFrame) -> list[str]:
    lines = [
        f"  {each.province}{each.city}{each.county}{each.town}: {each.old} there, {each.new} in the file"
        for each in apart.head(SHOWN).itertuples()
    ]
    return lines + ([f"  ... and {len(apart) - SHOWN} more"] if len(apart) > SHOWN else [])
