"""Count models of one list by the list before it, fitted by maximum likelihood, with what shows that it is a maximum.

An optimiser that says it converged need not have found a maximum, and a maximum need not exist: a fit counts only if
its slope is zero there and its coefficients are finite, and a logit only if no combination of its columns tells all
counties with villages from all without (separation).
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from taobao_research.measures.forecasts import Forecast, plain
from taobao_research.measures.likelihoods import (
    NoMaximumError,
    Slopes,
    clustered_errors,
    maximum,
    of_counts,
    of_presence,
)

POISSON, NEGATIVE_BINOMIAL = "Poisson", "negative binomial"
HURDLE, LOGIT_HURDLE = "hurdle, Firth's logit", "hurdle, plain logit"
CONVERGED, NOT_CONVERGED = "converged", "did not converge"
SEPARATED = "no maximum: villages before settle presence"
ALPHAS = (1e-4, 1e4)  # nearer to 0 a Poisson fits as well


class NoFitError(Exception):
    """No maximum was found; the message is the status shown."""


class Part(NamedTuple):
    """One fitted part: ``coefficients`` and their cluster-robust ``errors`` (none where not asked for), and n."""

    coefficients: np.ndarray
    errors: np.ndarray | None
    n: int
    clusters: int


class Fit(NamedTuple):
    """Coefficients of the count (with alpha last, where there is one) and, of a hurdle, of presence."""

    kind: str
    count: Part
    presence: Part | None

    def forecast(self, design: np.ndarray, growth: float = 1.0) -> Forecast:
        """The distribution of each row of the design, shape (n, columns).

        ``growth``: of the list predicted, over that of the list fitted. It multiplies means, and odds of presence, as
        the logarithm of growth would as an offset in both.
        """
        columns = design.shape[1]
        mean = np.exp(design @ self.count.coefficients[:columns]) * growth
        alpha = self.count.coefficients[columns] if len(self.count.coefficients) > columns else 0.0
        whole = plain(mean, alpha)
        if self.presence is None:
            return whole
        odds = design @ self.presence.coefficients + np.log(growth)
        return whole._replace(log_zero=-np.logaddexp(0, odds))


def fitted(
    kind: str, design: np.ndarray, counts: np.ndarray, groups: np.ndarray | None = None, growth: float = 1.0
) -> Fit:
    """The model of the counts, shape (n,), by the design, shape (n, columns): one, any before, their logarithm, more.

    ``groups`` number the clusters of the errors; without them there are no errors. ``growth`` is where the search
    begins. Raises ``NoFitError``. A hurdle (Mullahy 1986, *Journal of Econometrics* 33, 341-365) is a logit of presence
    and a zero-truncated negative binomial of the others; they share no coefficient, so each is fitted by itself.
    """
    none = design[:, 1] == 0
    if not counts[none].any() or not counts[~none].any():
        raise NoFitError(NOT_CONVERGED)  # the mean of one kind of county would be zero
    floor = np.log(counts[none].mean())
    start = np.zeros(design.shape[1])
    start[:3] = floor, np.log(growth) - floor, 1
    if kind == POISSON:
        return Fit(kind, _likeliest(design, counts, start, groups), None)
    if kind == NEGATIVE_BINOMIAL:
        return Fit(kind, _likeliest(design, counts, np.append(start, 0.0), groups), None)
    held = counts > 0
    presence = logit(design, held.astype(float), groups, penalised=kind == HURDLE)
    own = None if groups is None else groups[held]
    start[:3] = np.log(growth) / 2, np.log(growth) / 2, 1
    return Fit(kind, _likeliest(design[held], counts[held], np.append(start, 0.0), own, True), presence)


def constant(counts: np.ndarray) -> Forecast:
    """One negative binomial for every county, the likeliest for these counts; shape (1,). Raises ``NoFitError``.

    The mean is that of the counts; alpha is where the likelihood has no slope, between a ten-thousandth and ten
    thousand, or the end towards which it rises.
    """
    if not counts.any():
        raise NoFitError(NOT_CONVERGED)
    values, times = np.unique(counts, return_counts=True)
    mean, ends = counts.mean(), tuple(np.log(ALPHAS))

    def slope(log_alpha: float) -> float:
        size = np.exp(-log_alpha)
        rise = times @ special.digamma(values + size) / len(counts) - special.digamma(size)
        return float(rise - np.log1p(mean / size))

    least, most = (slope(end) for end in ends)
    alpha = optimize.brentq(slope, *ends, xtol=1e-14) if least * most < 0 else ends[0] if least > 0 else ends[1]
    return plain(np.array([mean]), float(np.exp(alpha)))


def logit(design: np.ndarray, held: np.ndarray, groups: np.ndarray | None = None, penalised: bool = True) -> Part:
    """Presence (1 or 0) by the design: the likeliest logit, or with Firth's penalty, which always has a maximum.

    Firth 1993, *Biometrika* 80, 27-38: Jeffreys' prior as penalty; Heinze and Schemper 2002, *Statistics in Medicine*
    21, 2409-2419, for separation. Raises ``NoFitError``.

    >>> one = logit(np.ones((4, 1)), np.array([1.0, 0, 0, 0]))  # (1 + 1/2) of (4 + 1)
    >>> round(float(1 / (1 + np.exp(-one.coefficients[0]))), 9)
    0.3
    """
    if not penalised and unsettled(design, held).any():
        raise NoFitError(SEPARATED)
    slopes_at = partial(of_presence, design=design, held=held, penalised=penalised)
    return _part(slopes_at, np.zeros(design.shape[1]), design, groups)


def unsettled(design: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Which coefficients of a logit of presence no data settle; shape (columns,).

    Along some combinations of columns, never negative where held and never positive where not, the likelihood rises
    without end or stays the same (Albert and Anderson 1984, *Biometrika* 71, 1-10). Found by linear programming
    (Konis 2007): a coefficient is settled if it is zero in all of them.

    >>> design = np.array([[1.0, 0], [1, 0], [1, 1]])
    >>> unsettled(design, np.array([0.0, 1, 1])).tolist(), unsettled(np.ones((2, 1)), np.array([0.0, 1])).tolist()
    ([False, True], [False])
    """
    signed = np.unique(design * np.where(held > 0, 1, -1)[:, None], axis=0)
    moved = []
    for column in np.eye(design.shape[1]):
        found = [optimize.linprog(-sign * column, -signed, np.zeros(len(signed)), bounds=(-1, 1)) for sign in (1, -1)]
        moved.append(any(each.status != 0 or each.fun < -1e-7 for each in found))
    return np.array(moved)


def _likeliest(
    design: np.ndarray, counts: np.ndarray, start: np.ndarray, groups: np.ndarray | None, without_zeros: bool = False
) -> Part:
    """The likeliest coefficients of a count, with alpha last where ``start`` has one more than columns.

    Columns that depend on each other, or fewer places than coefficients, have no single maximum: nothing is searched.
    Raises ``NoFitError``, also where alpha leaves ``ALPHAS``: there a Poisson fits, or nothing does.
    """
    columns = design.shape[1]
    if len(counts) < len(start) or np.linalg.matrix_rank(design) < columns:
        raise NoFitError(NOT_CONVERGED)
    slopes_at = partial(of_counts, design=design, counts=counts, without_zeros=without_zeros)
    found = _part(slopes_at, start, design, groups)
    alpha = np.exp(found.coefficients[columns:])
    if not ((alpha > ALPHAS[0]) & (alpha < ALPHAS[1])).all():
        raise NoFitError(NOT_CONVERGED)
    scale = np.append(np.ones(columns), alpha)  # of errors, from the logarithm of alpha to alpha
    coefficients = np.append(found.coefficients[:columns], alpha)
    return found._replace(coefficients=coefficients, errors=None if groups is None else found.errors * scale)


def _part(
    slopes_at: Callable[[np.ndarray], Slopes], start: np.ndarray, design: np.ndarray, groups: np.ndarray | None
) -> Part:
    try:
        at = maximum(slopes_at, start, design)
        errors = None if groups is None else clustered_errors(slopes_at(at), groups)
    except NoMaximumError as problem:
        raise NoFitError(NOT_CONVERGED) from problem
    return Part(at, errors, len(design), 0 if groups is None else len(np.unique(groups)))
