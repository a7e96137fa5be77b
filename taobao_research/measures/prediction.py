"""Whether a list can be predicted from those before it: who is fitted on what, forecasts, and baselines.

With three lists, models of the second by the first predict the third, of which nothing is used, from the second. With
two, a tenth of the provinces at a time is predicted by models fitted on all others. Nothing here says why a county has
villages.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from taobao_research.measures import count_models
from taobao_research.measures.count_models import HURDLE, LOGIT_HURDLE, NEGATIVE_BINOMIAL, POISSON, NoFitError
from taobao_research.measures.forecasts import Forecast, joined, plain
from taobao_research.measures.neighbours import Weights, nearest
from taobao_research.measures.series import crossings

NEIGHBOURS = 6
GROUPS = 10  # of whole provinces, left out in turn
RELATIVE, LOGGED, PRESENT = "log(1 + villages / mean of list)", "log(1 + villages)", "share with villages"
FORMS = (RELATIVE, LOGGED, PRESENT)  # how villages of neighbours count
OWN, BOTH, NAIVE = "own villages", "own villages and neighbours", ""
AS_BEFORE, TOLD, OTHERS, NO_GROWTH = "growth as before", "total told", "growth elsewhere", "does not matter"
NOT_FITTED = "not fitted"  # in the place of a growth, where there is no forecast that any could move
SAME, LAST, GROWN = "same for all counties", "last list again", "own villages times growth"
BASELINES = ((SAME, NAIVE), (LAST, NAIVE), (GROWN, NAIVE))
KINDS = (POISSON, NEGATIVE_BINOMIAL, HURDLE, LOGIT_HURDLE)
MODELS = tuple((kind, covariates) for kind in KINDS for covariates in (OWN, BOTH))
Key = tuple[str, str, str]  # growth, model, covariates


class Fold(NamedTuple):
    """Counties that models are fitted on (rows of the design and counts), and the numbers of those they predict."""

    design: np.ndarray
    counts: np.ndarray
    growth: float
    rows: np.ndarray


class Case(NamedTuple):
    """One list to predict. ``design`` (n, 4) and ``before`` (n,) are what is known, ``after`` (n,) what came.

    ``learned`` holds all that models are fitted on. ``years``: first and second list fitted, and the list predicted.
    """

    years: tuple[int, int, int]
    design: np.ndarray
    before: np.ndarray
    after: np.ndarray
    groups: np.ndarray
    learned: Fold
    folds: list[Fold]

    @property
    def by_province(self) -> bool:
        """Whether groups of provinces are left out in turn, because no earlier pair of lists is there."""
        return self.years[1] == self.years[2]

    @property
    def growths(self) -> tuple[str, ...]:
        return (OTHERS,) if self.by_province else (AS_BEFORE, TOLD)


def case_of(units: pd.DataFrame, years: list[int], k: int = NEIGHBOURS, form: str = RELATIVE) -> Case | None:
    """The case of the last of the lists; nothing where there is none before it in which *village* means the same.

    Takes the county points (``province``, ``lon``, ``lat``, and villages in a column for each list), k nearest
    neighbours, and how their villages count (``FORMS``).
    """
    years = [year for year in sorted(years) if not crossings(year, max(years), "Taobao villages")]
    if len(years) < 2:
        return None
    first, second, last = (years[-3:] if len(years) > 2 else [*years, years[-1]])[-3:]
    lists = {year: units[str(year)].to_numpy() for year in (first, second, last)}
    weights = nearest(units["lon"].to_numpy(), units["lat"].to_numpy(), k)
    groups = pd.factorize(units["province"])[0]
    known = design_of(lists[first], weights, form)
    learned = _fold(known, lists[first], lists[second], np.full(len(units), True), np.arange(len(units)))
    if second != last:
        ahead = design_of(lists[second], weights, form)
        return Case((first, second, last), ahead, lists[second], lists[last], groups, learned, [learned])
    dealt = groups % GROUPS  # in the order of codes
    left_out = [dealt == each for each in np.unique(dealt)]
    folds = [_fold(known, lists[first], lists[second], ~out, np.flatnonzero(out)) for out in left_out]
    return Case((first, second, last), known, lists[first], lists[last], groups, learned, folds)


def design_of(before: np.ndarray, weights: Weights, form: str = RELATIVE) -> np.ndarray:
    """One, whether a county had any villages, the logarithm of its villages (0 where none), and its neighbours'.

    Returns shape (n, 4). The neighbours' villages are their mean; ``RELATIVE`` takes it over the mean of all counties,
    so that a longer list is no larger value, and adds one.
    """
    before = np.asarray(before, float)
    counted = (before > 0).astype(float) if form == PRESENT else before
    around = np.where(weights.neighbours < len(before), weights.each, 0.0)
    around = (np.append(counted, 0.0)[weights.neighbours] * around).sum(1)
    if form == RELATIVE:
        around = around / max(before.mean(), 1 / len(before))
    around = around if form == PRESENT else np.log1p(around)
    return np.column_stack([np.ones(len(before)), before > 0, np.log(np.maximum(before, 1)), around])


def forecasts(case: Case | None) -> dict[Key, Forecast | str]:
    """By growth, model and covariates, the distribution of each county's villages; or why there is none.

    By growth, baselines first; then those to which it does not matter; last, under ``NOT_FITTED``, what was not fitted.
    """
    made: dict[Key, Forecast | str] = {}
    if case is None:
        return made
    for model, covariates in (*BASELINES, *MODELS):
        try:
            made.update({(growth, model, covariates): found for growth, found in _predicted(case, model, covariates)})
        except NoFitError as reason:
            made[NOT_FITTED, model, covariates] = str(reason)
    order = [*case.growths, NO_GROWTH, NOT_FITTED]
    return dict(sorted(made.items(), key=lambda each: order.index(each[0][0])))


def columns_of(covariates: str) -> int:
    """How many columns of the design belong to these covariates."""
    return 4 if covariates == BOTH else 3


def floor_of(fold: Fold) -> float:
    """The villages predicted of a county that had none: the mean of such counties, the likeliest for a Poisson.

    Not zero, which would make a county's first village impossible: half a village over all of them at least.
    """
    counts = fold.counts[fold.design[:, 1] == 0]
    return max(float(counts.sum()), 0.5) / max(len(counts), 1)


def grown(before: np.ndarray, growth: np.ndarray | float, floor: np.ndarray | float) -> Forecast:
    """Poisson with mean own villages times growth; where there were none, the floor (villages)."""
    return plain(np.where(before > 0, before * growth, floor))


def told_growth(case: Case) -> float:
    """Villages of the list predicted over those of the list before: known only once the list is there."""
    return _growth(case.before, case.after)


def _predicted(case: Case, model: str, covariates: str) -> Iterator[tuple[str, Forecast]]:
    """The forecasts of one model, one for each growth under which it differs. Each fold is fitted once."""
    parts: dict[str, list[tuple[np.ndarray, Forecast]]] = {}
    for fold in case.folds:
        for growth, made in _of_fold(case, fold, model, columns_of(covariates)):
            parts.setdefault(growth, []).append((fold.rows, made))
    for growth, each in parts.items():
        yield growth, joined(each, len(case.before))


def _of_fold(case: Case, fold: Fold, model: str, columns: int) -> Iterator[tuple[str, Forecast]]:
    before, floor = case.before[fold.rows], floor_of(fold)
    if model == SAME:
        yield NO_GROWTH, Forecast(*(np.repeat(each, len(before)) for each in count_models.constant(fold.counts)))
    elif model == LAST:
        yield NO_GROWTH, grown(before, 1.0, floor)
    else:
        learned = fold.design[:, :columns]
        fit = None if model == GROWN else count_models.fitted(model, learned, fold.counts, None, fold.growth)
        for growth in case.growths:
            ratio = told_growth(case) / fold.growth if growth == TOLD else 1.0
            if fit is None:
                yield growth, grown(before, fold.growth * ratio, floor * ratio)
            else:
                yield growth, fit.forecast(case.design[fold.rows, :columns], ratio)


def _fold(design: np.ndarray, before: np.ndarray, after: np.ndarray, inside: np.ndarray, rows: np.ndarray) -> Fold:
    return Fold(design[inside], after[inside], _growth(before[inside], after[inside]), rows)


def _growth(before: np.ndarray, after: np.ndarray) -> float:
    """Never zero nor endless: half a village at least."""
    return max(float(after.sum()), 0.5) / max(float(before.sum()), 0.5)
