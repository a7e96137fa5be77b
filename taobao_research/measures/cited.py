"""Cited places with published shop counts and turnover: which rows may be compared, and how they are chosen.

The tags in ``note`` (``[expected]``, ``[mirror]`` ...) are explained in ``data/README.md``.
"""

import pandas as pd

from taobao_research.measures.association import METHODS, POOLED, correlations

LEVELS = ("village", "town", "county")
# A figure under one of these tags is not one year's online turnover, or not a count of that place's shops.
NOT_COMPARABLE = (
    "[target]",
    "[expected]",
    "[mixed]",
    "[part-year]",
    "[livestreamers]",
    "[enterprises]",
    "[derived]",
    "[national aggregate]",
    "[province aggregate]",
    "[prefecture aggregate]",
    "[out-of-window]",
)
# These weaken a figure without making it another quantity; a stricter rule leaves them out too.
WEAK = ("[adjacent-year]", "[undated]", "[households-as-shops]", "[mirror]", "[disagrees]")


def comparable(cases: pd.DataFrame, leave_out: tuple[str, ...] = NOT_COMPARABLE) -> pd.DataFrame:
    """The rows that give shops and turnover of one village, town or county, without the tags ``leave_out``.

    Only rows with both figures, both positive, a known year and a level in ``LEVELS`` remain.
    """
    both = (cases["active_shops"].fillna(0) > 0) & (cases["turnover_cny"].fillna(0) > 0)
    return cases[both & ~_tagged(cases, leave_out) & cases["level"].isin(LEVELS) & cases["year"].notna()].reset_index(
        drop=True
    )


def cited_villages(cases: pd.DataFrame) -> pd.DataFrame:
    """Rows of villages with shops, turnover or both, without the tags of ``NOT_COMPARABLE``."""
    either = cases["active_shops"].notna() | cases["turnover_cny"].notna()
    return cases[(cases["level"] == "village") & either & ~_tagged(cases, NOT_COMPARABLE)].reset_index(drop=True)


def one_per_place(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """One row a place: the year nearest to ``year``; among equals the fewest weak tags, then the median.

    Sources that disagree about one place and year are not averaged: the row whose turnover per shop is
    the (lower) median of them is kept, so that every point drawn can be traced to one source. Returns the
    columns of the case table with ``place_en`` renamed to ``place``, by level and falling turnover.
    """
    rows = rows[rows["year"].notna()]
    ranked = rows.assign(
        distance=(rows["year"] - year).abs(),
        weak=rows["note"].map(lambda note: sum(tag in note for tag in WEAK)),
        per_shop=rows["turnover_cny"].astype(float) / rows["active_shops"].astype(float),
    )
    place = ["level", "province", "place_zh"]
    for told in ("distance", "weak"):
        ranked = ranked[ranked[told] == ranked.groupby(place)[told].transform("min")]
    ranked = ranked.sort_values([*place, "per_shop", "source_title"])
    places = ranked.groupby(place)
    kept = ranked[places.cumcount() == (places["weak"].transform("size") - 1) // 2]
    order = kept["level"].map(LEVELS.index)
    kept = (
        kept.assign(order=order)
        .sort_values(["order", "turnover_cny", "place_en"], ascending=[True, False, True])
        .rename(columns={"place_en": "place"})
    )
    return kept.drop(columns=["distance", "weak", "per_shop", "order"]).reset_index(drop=True)


SELECTIONS: dict[str, tuple[str, ...]] = {
    "as stated": NOT_COMPARABLE,
    "also without weak rows": (*NOT_COMPARABLE, *WEAK),
    "also without other years than 2012-2018": NOT_COMPARABLE,
    "every row with both figures": (),
}
NEAR_YEARS = (2012, 2018)


def selection_table(cases: pd.DataFrame, year: int, resamples: int, seed: int) -> pd.DataFrame:
    """The pooled Pearson correlation of logs, level means removed, as the selection rule moves.

    Returns ``selection``, ``n`` and the estimate and intervals as ``association.correlations`` gives them.
    """
    rows = []
    for name, tags in SELECTIONS.items():
        usable = comparable(cases, tags)
        if "years" in name:
            usable = usable[usable["year"].between(*NEAR_YEARS)]
        table = correlations(one_per_place(usable, year), resamples, seed)
        pooled = table[(table["places"] == POOLED) & (table["measure"] == METHODS[0])]
        rows.append(pooled.drop(columns=["places", "measure"]).assign(selection=name))
    table = pd.concat(rows, ignore_index=True)
    return table[["selection", *table.columns.drop("selection")]]


def of_places(cases: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """What is published about the places of these (Chinese) names, one row a source and year."""
    rows = cases[cases["place_zh"].isin(names)].sort_values(["place_en", "year", "source_title"])
    columns = ["place_en", "year", "active_shops", "turnover_cny", "households", "source_title", "note"]
    return rows[columns].rename(columns={"place_en": "place", "note": "remark"}).reset_index(drop=True)


def _tagged(cases: pd.DataFrame, tags: tuple[str, ...]) -> pd.Series:
    return cases["note"].map(lambda note: any(tag in note for tag in tags)).astype(bool)
