"""National figures by year, as published, with what their sources disagree about."""

import pandas as pd

# Years from which a measure counts something else than before (notes in data/series/published_series.csv).
DEFINITION_CHANGES = {"Taobao towns": 2019, "Taobao villages": 2020}
NEW_DEFINITIONS = {"Taobao towns": "wider", "Taobao villages": "stricter"}
MEASURES = {"taobao_villages": "Taobao villages", "taobao_towns": "Taobao towns"}


def published_counts(series: pd.DataFrame) -> pd.DataFrame:
    """Villages and towns of each year: the value most sources print, the lowest and highest, and how many.

    Only sources that print an exact count are used. Returns ``measure``, ``year``, ``value``, ``low``,
    ``high`` (counts), ``sources``, and ``definition``: whether the word still means what it meant in 2015.
    """
    rows = series[(series["scope"] == "national") & series["measure"].isin(MEASURES) & (series["qualifier"] == "exact")]
    counts = rows.groupby(["measure", "year"], sort=False)["value"].agg(
        value=lambda each: each.mode().iloc[0], low="min", high="max", sources="count"
    )
    counts = counts.reset_index()
    counts["measure"] = counts["measure"].map(MEASURES)
    known = zip(counts["measure"], counts["year"], strict=True)
    counts["definition"] = [_definition(measure, year) for measure, year in known]
    whole = {column: counts[column].astype("Int64") for column in ("year", "value", "low", "high", "sources")}
    counts = counts.assign(**whole)
    order = counts["measure"].map(list(MEASURES.values()).index)
    return counts.assign(order=order).sort_values(["order", "year"]).drop(columns="order").reset_index(drop=True)


def crossings(first: int, last: int) -> list[str]:
    """What changed its meaning between two years, so that a difference across it is no growth.

    Source: notes in ``data/series/published_series.csv`` (towns widened 2019, villages stricter 2020).

    >>> crossings(2018, 2019), crossings(2014, 2016)
    (['Taobao towns: wider definition from 2019 on'], [])
    """
    return [
        f"{measure}: {NEW_DEFINITIONS[measure]} definition from {year} on"
        for measure, year in DEFINITION_CHANGES.items()
        if first < year <= last
    ]


def _definition(measure: str, year: int) -> str:
    changed = DEFINITION_CHANGES[measure]
    return f"{NEW_DEFINITIONS[measure]} from {changed} on" if year >= changed else "as in the report"
