"""Count models of one list by the list before it, fitted by maximum likelihood, with what shows that it is a maximum.

An optimiser that says it converged need not have found a maximum, and a maximum need not exist: a fit counts only if
its slope is zero there and its coefficients are finite, and a logit only if no combination of its columns tells all
counties with villages from all without (separation).
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, special
from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson
from statsmodels.discrete.truncated_model import TruncatedLFNegativeBinomialP

from taobao_research.measures.forecasts import Forecast, plain

POISSON, NEGATIVE_BINOMIAL = "Poisson", "negative binomial"
HURDLE, LOGIT_HURDLE = "hurdle, Firth's logit", "hurdle, plain logit"
CONVERGED, NOT_CONVERGED = "converged", "did not converge"
SEPARATED = "no maximum: villages before settle presence"
FLAT = 1e-6  # slope of the mean log-likelihood that passes for zero
STEPS = 200
MOST_STEPS = {"bfgs": 300, "ncg": 50, "nm": 1_000, "newton": 20}  # of the lists shipped no fit takes a fifth of them
LONGEST_STEP = 5.0


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
        return Fit(kind, _likeliest(Poisson, design, counts, start, groups), None)
    if kind == NEGATIVE_BINOMIAL:
        return Fit(kind, _likeliest(NegativeBinomial, design, counts, np.append(start, 1.0), groups), None)
    held = counts > 0
    presence = logit(design, held.astype(float), groups, penalised=kind == HURDLE)
    own = None if groups is None else groups[held]
    start[:3] = np.log(growth) / 2, np.log(growth) / 2, 1
    return Fit(
        kind,
        _likeliest(TruncatedLFNegativeBinomialP, design[held], counts[held], np.append(start, 1.0), own),
        presence,
    )


def constant(counts: np.ndarray) -> Forecast:
    """One negative binomial for every county, the likeliest for these counts; shape (1,). Raises ``NoFitError``.

    The mean is that of the counts; alpha is where the likelihood has no slope, between a ten-thousandth and ten
    thousand, or the end towards which it rises.
    """
    if not counts.any():
        raise NoFitError(NOT_CONVERGED)
    values, times = np.unique(counts, return_counts=True)
    mean, ends = counts.mean(), (np.log(1e-4), np.log(1e4))

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
    at, penalty = np.zeros(design.shape[1]), float(penalised)
    for _ in range(STEPS):
        chance = special.expit(design @ at)
        weight = chance * (1 - chance)
        try:
            bread = np.linalg.inv((design * weight[:, None]).T @ design)
        except np.linalg.LinAlgError:
            break
        leverage = weight * ((design @ bread) * design).sum(1)
        scores = design * (held - chance + penalty * leverage * (0.5 - chance))[:, None]
        step = bread @ scores.sum(0)
        longest = np.abs(step).max()
        at = at + step * min(1, LONGEST_STEP / longest) if longest else at
        if longest < 1e-12:
            return Part(at, _clustered(bread, scores, groups), len(held), _clusters(groups))
    raise NoFitError(NOT_CONVERGED)


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
    model: Callable, design: np.ndarray, counts: np.ndarray, start: np.ndarray, groups: np.ndarray | None
) -> Part:
    """The maximum that statsmodels finds, by one optimiser or, where it goes astray, another; raises ``NoFitError``.

    Columns that depend on each other, or fewer places than coefficients, have no single maximum: nothing is searched.
    """
    if len(counts) < len(start) or np.linalg.matrix_rank(design) < design.shape[1]:
        raise NoFitError(NOT_CONVERGED)
    errors = {"skip_hessian": True} if groups is None else {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    first = "ncg" if model is NegativeBinomial else "bfgs"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what they say is looked at below
        for methods in dict.fromkeys([(first,), ("bfgs",), ("nm", "bfgs")]):  # none twice
            at = start
            try:
                made = model(counts, design)
                for method in methods:
                    most = MOST_STEPS[method]
                    at = made.fit(start_params=at, method=method, maxiter=most, disp=0, skip_hessian=True).params
                most = MOST_STEPS["newton"]
                found = made.fit(start_params=at, method="newton", maxiter=most, disp=0, **errors)  # to the last digits
                if _is_maximum(made, found, counts, groups is not None):
                    own = None if groups is None else np.asarray(found.bse)
                    return Part(np.asarray(found.params), own, len(counts), _clusters(groups))
            except (np.linalg.LinAlgError, ValueError):
                continue
    raise NoFitError(NOT_CONVERGED)


def _is_maximum(made: object, found: object, counts: np.ndarray, with_errors: bool) -> bool:
    finite = np.isfinite(found.params).all() and (not with_errors or np.isfinite(found.bse).all())
    if not (finite and found.mle_retvals["converged"]):
        return False
    spread = len(found.params) == made.exog.shape[1] or found.params[-1] > 0
    return bool(spread and np.abs(made.score(found.params)).max() / len(counts) < FLAT)


def _clusters(groups: np.ndarray | None) -> int:
    return 0 if groups is None else len(np.unique(groups))


def _clustered(bread: np.ndarray, scores: np.ndarray, groups: np.ndarray | None) -> np.ndarray | None:
    """Standard errors from sums of scores within G clusters, with G/(G - 1) and (n - 1)/(n - k), as in statsmodels."""
    if groups is None:
        return None
    sums = np.array([scores[groups == each].sum(0) for each in np.unique(groups)])
    n, k = scores.shape
    correction = len(sums) / (len(sums) - 1) * (n - 1) / (n - k)
    return np.sqrt(np.diag(bread @ sums.T @ sums @ bread) * correction)
