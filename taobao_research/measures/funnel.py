"""How correlation and elasticity of the cited places move as the rule that selects them moves."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from taobao_research.measures.association import LEAST_FOR_INTERVAL
from taobao_research.measures.bivariate import centre, pearson, slope, spearman
from taobao_research.measures.cited import NOT_COMPARABLE, WEAK, comparable, one_per_place
from taobao_research.measures.intervals import bootstrap_interval

LEAST_FREE = 2  # places beyond the means removed, below which nothing is estimated
TOO_FEW = "too few places for an interval, so no estimate"
MEASURES: dict[str, Callable[..., np.ndarray]] = {"pearson": pearson, "spearman": spearman, "elasticity": slope}
INEXACT = ("more_than", "up_to")
WITHOUT = {  # each of the tags of ``cited.WEAK`` alone
    "without [adjacent-year]": "[adjacent-year]",
    "without [undated]": "[undated]",
    "without [households-as-shops]": "[households-as-shops]",
    "without [mirror]": "[mirror]",
    "without [disagrees]": "[disagrees]",
}


def _rules(cases: pd.DataFrame, year: int) -> list[tuple[str, str, pd.DataFrame]]:
    """Group, rule and the rows that it keeps, one row a place."""
    usable = comparable(cases)

    def nearest(rows: pd.DataFrame) -> pd.DataFrame:
        return one_per_place(rows, year)

    away = (usable["year"] - year).abs()
    words = usable[["shops_qualifier", "turnover_qualifier"]]
    rules = [
        ("stated", "as stated", nearest(usable)),
        ("level", "villages only", nearest(usable[usable["level"] == "village"])),
        ("level", "towns only", nearest(usable[usable["level"] == "town"])),
        ("level", "counties only", nearest(usable[usable["level"] == "county"])),
        ("wording", "no figure worded as more than or up to", nearest(usable[~words.isin(INEXACT).any(axis=1)])),
        ("wording", "shops not merely registered", nearest(usable[usable["shops_qualifier"] != "registered"])),
        ("year", "up to the year of the list", nearest(usable[usable["year"] <= year])),
        ("year", "after the year of the list", nearest(usable[usable["year"] > year])),
        ("year", "the first row of each place", one_per_place(usable, int(usable["year"].min()))),
        ("year", "the last row of each place", one_per_place(usable, int(usable["year"].max()))),
        ("distance", "at most one year from the list", nearest(usable[away <= 1])),
        ("distance", "at most three years from the list", nearest(usable[away <= 3])),
        ("distance", "at most five years from the list", nearest(usable[away <= 5])),
    ]
    for name, tag in WITHOUT.items():
        rules.append(("source", name, nearest(comparable(cases, (*NOT_COMPARABLE, tag)))))
    rules.append(("source", "without any of these", nearest(comparable(cases, (*NOT_COMPARABLE, *WEAK)))))
    rules.append(("source", "also rows that are not comparable", nearest(comparable(cases, ()))))
    return rules


def selection_funnel(cases: pd.DataFrame, year: int, resamples: int, seed: int) -> pd.DataFrame:
    """Pearson (logs), Spearman and elasticity under one selection rule a row, level means removed.

    Takes the case table. Returns ``group``, ``selection``, ``n`` and, for each of ``MEASURES``, the estimate and its
    interval (``_low``, ``_high``: places drawn again within their level), and ``remark``. Fewer than
    ``association.LEAST_FOR_INTERVAL`` places, or than ``LEAST_FREE`` beyond the means removed, give neither, and the
    remark says so; no rows if no case is usable.
    """
    ends = [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")]
    columns = ["group", "selection", "n", *ends, "remark"]
    if comparable(cases).empty:
        return pd.DataFrame(columns=columns)
    rows = []
    for group, name, places in _rules(cases, year):
        levels = places["level"].to_numpy()
        x, y = (np.log(places[column].to_numpy(dtype=float)) for column in ("active_shops", "turnover_cny"))
        centred = centre(x, levels), centre(y, levels)
        enough = len(places) >= LEAST_FOR_INTERVAL and len(places) - len(set(levels)) >= LEAST_FREE
        found: list[float] = []
        for measure in MEASURES.values():
            known = enough and np.ptp(centred[0]) > 0 and np.ptp(centred[1]) > 0
            found.append(float(measure(*centred)) if known else np.nan)
            found += bootstrap_interval(measure, x, y, levels, resamples, seed) if known else (np.nan, np.nan)
        rows.append((group, name, len(places), *found, "" if enough else TOO_FEW))
    return pd.DataFrame(rows, columns=columns)
