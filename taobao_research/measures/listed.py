"""What a list itself says of turnover, shops and households, where it carries such figures."""

import numpy as np
import pandas as pd
from scipy import stats

from taobao_research.measures.association import METHODS, fisher_interval
from taobao_research.measures.bivariate import pearson, spearman
from taobao_research.measures.definitions import CRITERIA, village_criteria
from taobao_research.measures.intervals import bootstrap_interval

FIGURES = ("turnover_cny", "active_shops", "households")
LEAST_LISTED = 30  # villages with both figures from which their correlation is shown
LISTED = "villages of the list"
MOST_DRAWN, FEWEST_DRAWS = 10_000_000, 199  # villages drawn in all resamples, so that a long list takes seconds


def figures_listed(villages: pd.DataFrame) -> dict[str, int]:
    """How many villages the list gives each of ``FIGURES`` for; a row that is several villages tells of none.

    >>> figures_listed(pd.DataFrame({"villages": [1, 1, 2], "active_shops": pd.array([100, None, 300], dtype="Int64")}))
    {'turnover_cny': 0, 'active_shops': 1, 'households': 0}
    """
    return {column: int(each.notna().sum()) for column, each in _figures(villages).items()}


def criteria_of_list(
    villages: pd.DataFrame, min_turnover_cny: int, min_active_shops: int, min_household_share: float
) -> pd.DataFrame:
    """Villages of a list that meet, fail and cannot be judged by each criterion of a Taobao village.

    Source: report, appendix to section 1 (``definitions.village_criteria``). Takes a village table with any of
    ``FIGURES``. Returns ``definition``, ``meets``, ``fails``, ``unknown`` (villages; together all of the list); no rows
    where the list carries no figure.
    """
    figures = _figures(villages)
    if not sum(figures_listed(villages).values()):
        return pd.DataFrame(columns=["definition", "meets", "fails", "unknown"])
    met = village_criteria(figures, min_turnover_cny, min_active_shops, min_household_share)
    rows = []
    for name in CRITERIA:
        answers = met[name].astype("boolean")
        counts = [int(villages.loc[each, "villages"].sum()) for each in (answers.fillna(False), ~answers.fillna(True))]
        rows.append((name, *counts, int(villages["villages"].sum()) - sum(counts)))
    return pd.DataFrame(rows, columns=["definition", "meets", "fails", "unknown"])


def with_both(villages: pd.DataFrame) -> pd.DataFrame:
    """``FIGURES`` of the villages of a list that gives shops and turnover, both above zero; indexed by position."""
    figures = _figures(villages.reset_index(drop=True))
    return figures[figures[["active_shops", "turnover_cny"]].gt(0).fillna(False).all(axis=1)].astype(float)


def both_counted(villages: pd.DataFrame) -> dict[str, int]:
    """Villages of a list with both figures above zero (``n``), those with a zero among them, and rows of several.

    >>> both_counted(pd.DataFrame({"villages": [1, 1, 2], "active_shops": [100, 0, 300], "turnover_cny": [10, 10, 10]}))
    {'n': 1, 'zero': 1, 'several': 1}
    """
    names = ["active_shops", "turnover_cny"]
    both = _figures(villages)[names].notna().all(axis=1)
    given = villages.reindex(columns=names).notna().all(axis=1)
    used = len(with_both(villages))
    return {"n": used, "zero": int(both.sum()) - used, "several": int(given.sum()) - int(both.sum())}


def draws_for(n: int, resamples: int) -> int:
    """How often n villages are drawn again: as asked, but a long list so seldom that it takes seconds.

    >>> draws_for(780, 9_999), draws_for(100_000, 9_999), draws_for(100_000, 99)
    (9999, 199, 99)
    """
    return min(resamples, max(MOST_DRAWN // n, FEWEST_DRAWS))


def correlations_of_list(villages: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Pearson on logs, Spearman and Kendall of shops and turnover among the villages of a list that gives both.

    Takes a village table. Returns the columns of ``association.correlations``, with no rows for fewer than
    ``LEAST_LISTED`` villages or where one of the figures is the same in all. A long list gets fewer than ``resamples``
    draws; Kendall has no bootstrap interval, since each draw would compare all pairs of villages.
    """
    both = with_both(villages)
    x, y = np.log(both["active_shops"].to_numpy()), np.log(both["turnover_cny"].to_numpy())
    columns = ["places", "measure", "n", "estimate", "fisher_low", "fisher_high", "bootstrap_low", "bootstrap_high"]
    if len(both) < LEAST_LISTED or both["active_shops"].nunique() == 1 or both["turnover_cny"].nunique() == 1:
        return pd.DataFrame(columns=columns)
    one_group, draws = np.zeros(len(both)), draws_for(len(both), resamples)
    rows = []
    for method, statistic in zip(METHODS[:2], (pearson, spearman), strict=True):
        estimate = float(statistic(x, y))
        interval = bootstrap_interval(statistic, x, y, one_group, draws, seed)
        rows.append((LISTED, method, len(both), estimate, *fisher_interval(estimate, len(both), method), *interval))
    tau = float(stats.kendalltau(x, y).statistic)
    rows.append((LISTED, METHODS[2], len(both), tau, *fisher_interval(tau, len(both), METHODS[2]), np.nan, np.nan))
    return pd.DataFrame(rows, columns=columns)


def _figures(villages: pd.DataFrame) -> pd.DataFrame:
    """``FIGURES`` of each row, missing where the list does not carry them and in rows that are several villages."""
    figures = pd.DataFrame({column: villages.get(column) for column in FIGURES}, index=villages.index, dtype="Float64")
    return figures.where(villages["villages"] == 1)
