"""Claims that published figures of other sources reach, and the definitions that the run uses."""

import pandas as pd

from taobao_research.claims import reasons
from taobao_research.claims.rules import Several
from taobao_research.errors import UnavailableError
from taobao_research.measures.counts import total_villages
from taobao_research.measures.series import crossings
from taobao_research.tables.study import Study

REPORT = "AliResearch, Research Report on China's Taobao Villages (2015)"


def definition(study: Study, name: str) -> float:
    """The value of a definition in this run; a moved definition is no longer the report's."""
    return float(getattr(study.params, name))


def definition_percent(study: Study, name: str) -> float:
    return 100 * definition(study, name)


def published(study: Study, measure: str, year: str) -> Several:
    """The national figure that most sources print for a year (``data/series/published_series.csv``)."""
    rows = study.series[
        (study.series["scope"] == "national")
        & (study.series["measure"] == measure)
        & (study.series["year"] == int(year))
    ]
    if rows.empty:
        raise UnavailableError(reasons.NOT_PUBLISHED.format(measure=measure, year=year))
    return Several(rows["value"].mode().iloc[0], rows["value"])


def villages_times_published(study: Study, year: str) -> float:
    """Villages of the list as a multiple of the national number that most sources print for an earlier year."""
    changed = crossings(int(year), study.year, "Taobao villages")
    if changed:
        words = {"year": year, "later": study.year, "changed": "; ".join(changed)}
        raise UnavailableError(reasons.NOT_COMPARABLE.format(**words))
    return total_villages(study.villages) / published(study, "taobao_villages", year)


def cited(study: Study, place: str, year: str, column: str) -> Several:
    """What sources other than the report print for a place and year (``data/cases``); the median is compared."""
    cases = study.cases
    rows = cases[(cases["place_zh"] == place) & (cases["year"] == int(year)) & (cases["source_title"] != REPORT)][
        column
    ].dropna()
    if rows.empty:
        raise UnavailableError(reasons.NO_OTHER_SOURCE.format(column=column, place=place, year=year))
    figures = pd.to_numeric(rows)
    return Several(figures.median(), figures)
