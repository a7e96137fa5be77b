"""National figures by year, as published, with what their sources disagree about."""

import pandas as pd

# Years from which a measure counts something else than before (notes in data/series/published_series.csv).
DEFINITION_CHANGES: dict[str, dict[int, str]] = {
    "Taobao villages": {2020: "stricter rural definition"},
    "Taobao towns": {2019: "wider definition", 2020: "no subdistricts"},
}
NOT_PRINTED = ("COUNTED", "DERIVED", "MISREADING")  # how notes of rows begin that no source prints so
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
    counts["definition"] = ["; ".join(_changed(measure, 0, year)) or "as in the report" for measure, year in known]
    whole = {column: counts[column].astype("Int64") for column in ("year", "value", "low", "high", "sources")}
    counts = counts.assign(**whole)
    order = counts["measure"].map(list(MEASURES.values()).index)
    return counts.assign(order=order).sort_values(["order", "year"]).drop(columns="order").reset_index(drop=True)


def beside_published(counts: pd.Series, series: pd.DataFrame, year: int) -> pd.DataFrame:
    """What a list of the year holds, beside what sources print for that year; no rows where none does.

    Takes the list's counts by measure (values of ``MEASURES``; others are passed over) and the published series.
    Returns ``measure``, ``listed``, ``published`` (the value that most sources print), ``low``, ``high``, ``sources``.

    >>> row = {"year": 2017, "scope": "national", "measure": "taobao_villages", "value": 5, "qualifier": "exact"}
    >>> series = pd.DataFrame([{**row, "note": ""}, {**row, "value": 4, "note": "COUNTED in the list"}])
    >>> beside_published(pd.Series({"Taobao villages": 4}), series, 2017).astype(str).values.tolist()
    [['Taobao villages', '4', '5', '5', '5', '1']]
    """
    printed = series[(series["year"] == year) & ~series["note"].fillna("").str.startswith(NOT_PRINTED)]
    table = published_counts(printed).rename(columns={"value": "published"})
    table = table[table["measure"].isin(counts.index)].reset_index(drop=True)
    listed = pd.array([int(counts[measure]) for measure in table["measure"]], dtype="Int64")
    return table.assign(listed=listed)[["measure", "listed", "published", "low", "high", "sources"]]


def crossings(first: int, last: int, *measures: str) -> list[str]:
    """What changed its meaning between two years, so that a difference across it is no growth.

    Source: notes in ``data/series/published_series.csv`` (towns wider in 2019 and without subdistricts in 2020,
    villages stricter in 2020). Of the measures named (keys of ``DEFINITION_CHANGES``), or of all.

    >>> crossings(2018, 2019), crossings(2014, 2016)
    (['Taobao towns: wider definition from 2019 on'], [])
    >>> crossings(2019, 2020, "Taobao towns")
    ['Taobao towns: no subdistricts from 2020 on']
    """
    asked = measures or tuple(DEFINITION_CHANGES)
    return [f"{measure}: {words}" for measure in asked for words in _changed(measure, first, last)]


def _changed(measure: str, first: int, last: int) -> list[str]:
    """The changes after the year ``first`` and up to ``last``, each with its year."""
    return [f"{words} from {year} on" for year, words in DEFINITION_CHANGES[measure].items() if first < year <= last]
