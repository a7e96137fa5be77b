"""Likelihoods of counts and of presence, with derivatives worked out, and the maximum found by Newton's method.

A maximum is found to the rounding of its gradient, and errors come from the same derivatives: no digit depends on where
an optimiser stopped or on a difference between two likelihoods. Every search is bounded in evaluations.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

MOST_STEPS, MOST_HALVINGS = 100, 30
LONGEST_STEP = 5.0  # of any place's linear predictor, or of log alpha
NEAR = 1e-3  # a step so short is taken whole: rounding may hide that the likelihood rises
SETTLED = 1e-8  # steps so short end the search once rounding keeps them from getting shorter


class NoMaximumError(Exception):
    """The search left no maximum behind."""


class Slopes(NamedTuple):
    """A log-likelihood, but for a constant, of n places and k parameters, and its derivatives.

    ``scores`` (n, k) are first derivatives of each place, ``information`` (k, k) second derivatives of the sum, with
    the sign changed.
    """

    value: float
    scores: np.ndarray
    information: np.ndarray


def of_counts(at: np.ndarray, design: np.ndarray, counts: np.ndarray, without_zeros: bool = False) -> Slopes:
    """Of Poisson counts with a log link; of negative binomial counts where the logarithm of alpha follows coefficients.

    Takes the design (n, columns) and counts (n,), all above 0 where they come from a distribution ``without_zeros``.
    With mean m, variance m + alpha m^2 (NB2) and h = log(1 + alpha m) / alpha, or m for a Poisson, minus the logarithm
    of the chance of none, log P(y) is the sum of log(1 + alpha j) over j < y, plus y log m - (1 + alpha y) h - log y!.
    That is the usual form (Cameron and Trivedi 2013, *Regression Analysis of Count Data*, section 3.3.1) without its
    differences of gamma functions, which lose digits as alpha becomes small. Without zeros: less log(1 - exp(-h)).
    """
    columns = design.shape[1]
    alpha = float(np.exp(at[columns])) if len(at) > columns else 0.0
    linear = design @ at[:columns]
    mean = np.exp(linear)
    spread = 1 + alpha * mean
    none = np.log1p(alpha * mean) / alpha if alpha else mean  # h, and its derivatives by log m and alpha
    none_m, none_mm = mean / spread, mean / spread**2
    odds = 1 / np.expm1(none) if without_zeros else np.zeros(len(counts))
    curving, weight = odds * (1 + odds), 1 + alpha * counts + odds
    value = (counts * linear - (1 + alpha * counts) * none).sum()
    value -= np.log(-np.expm1(-none)).sum() if without_zeros else 0.0
    scores = design * (counts - weight * none_m)[:, None]
    information = (design * (weight * none_mm - curving * none_m**2)[:, None]).T @ design
    if not alpha:
        return Slopes(float(value), scores, information)
    none_a = (none_m - none) / alpha
    none_ma, none_aa = -(none_m**2), -(none_m**2 + 2 * none_a) / alpha
    sums = _sums_below(counts, alpha)
    by_alpha = sums[1] - counts * none - weight * none_a
    mixed = -counts * none_m - weight * none_ma + curving * none_m * none_a
    twice = -sums[2] - 2 * counts * none_a - weight * none_aa + curving * none_a**2
    border = -alpha * (mixed @ design)
    corner = -(alpha**2 * twice + alpha * by_alpha).sum()
    return Slopes(
        float(value + sums[0].sum()),
        np.column_stack([scores, alpha * by_alpha]),
        np.block([[information, border[:, None]], [border[None], np.array([[corner]])]]),
    )


def of_presence(at: np.ndarray, design: np.ndarray, held: np.ndarray, penalised: bool) -> Slopes:
    """Of a logit of presence (n,), 1 or 0, or with Jeffreys' prior as penalty (Firth 1993, *Biometrika* 80, 27-38).

    The information is that without the penalty, from which Firth takes the errors. Raises ``LinAlgError`` where it has
    no inverse.
    """
    linear = design @ at
    chance = special.expit(linear)
    weight = chance * (1 - chance)
    information = (design * weight[:, None]).T @ design
    value, pull = (held * linear - np.logaddexp(0, linear)).sum(), np.zeros(len(held))
    if penalised:
        leverage = weight * ((design @ np.linalg.inv(information)) * design).sum(1)
        value, pull = value + np.linalg.slogdet(information)[1] / 2, leverage * (0.5 - chance)
    return Slopes(float(value), design * (held - chance + pull)[:, None], information)


def maximum(slopes_at: Callable[[np.ndarray], Slopes], start: np.ndarray, design: np.ndarray) -> np.ndarray:
    """The parameters at which all slopes are zero and the likelihood is at its height; raises ``NoMaximumError``.

    Newton's method, each step halved until the likelihood rises; where it does not curve downwards, the step goes
    uphill all the same. The length of a step is the most by which it moves a linear predictor, so that the units of the
    columns (n, columns) do not matter. It ends when rounding keeps steps from getting shorter.
    """
    at, columns, before = start, design.shape[1], np.inf
    with np.errstate(all="ignore"):  # what is not finite is no rise
        try:
            here = slopes_at(at)
            for _ in range(MOST_STEPS):
                step, peaked = _uphill(here)
                length = np.abs(np.append(design @ step[:columns], step[columns:])).max()
                if peaked and length < SETTLED and length >= before:
                    return at
                before = length
                if peaked and length < NEAR:
                    at, here = at + step, slopes_at(at + step)
                else:
                    at, here = _risen(slopes_at, at, here, step * min(1.0, LONGEST_STEP / length))
        except np.linalg.LinAlgError as problem:
            raise NoMaximumError from problem
    raise NoMaximumError


def clustered_errors(slopes: Slopes, groups: np.ndarray) -> np.ndarray:
    """Standard errors from sums of scores within G clusters, with G/(G - 1) and (n - 1)/(n - k), as in statsmodels.

    Takes the slopes at the maximum and the cluster of each of the n places. Raises ``NoMaximumError`` for one cluster,
    and for no more places than parameters.
    """
    bread, (n, k) = np.linalg.inv(slopes.information), slopes.scores.shape
    sums = np.array([slopes.scores[groups == each].sum(0) for each in np.unique(groups)])
    if len(sums) < 2 or n <= k:
        raise NoMaximumError
    correction = len(sums) / (len(sums) - 1) * (n - 1) / (n - k)
    return np.sqrt(np.diag(bread @ sums.T @ sums @ bread) * correction)


def _sums_below(counts: np.ndarray, alpha: float) -> np.ndarray:
    """For each count y, the sums over j < y of log(1 + alpha j) and of its derivative by alpha, as such and squared."""
    j = np.arange(counts.max())
    terms = np.stack([np.log1p(alpha * j), j / (1 + alpha * j), (j / (1 + alpha * j)) ** 2])
    return np.pad(np.cumsum(terms, axis=1), ((0, 0), (1, 0)))[:, counts.astype(int)]


def _uphill(here: Slopes) -> tuple[np.ndarray, bool]:
    """Newton's step, turned uphill where the likelihood does not curve downwards, and whether it does along all axes.

    Raises ``LinAlgError`` where the derivatives are not finite.
    """
    if not np.isfinite(here.information).all():
        raise np.linalg.LinAlgError
    curves, axes = np.linalg.eigh(here.information)
    least = 1e-12 * max(np.abs(curves).max(), 1e-300)
    step = axes @ (axes.T @ here.scores.sum(0) / np.maximum(np.abs(curves), least))
    return step, bool(curves[0] > least)


def _risen(
    slopes_at: Callable[[np.ndarray], Slopes], at: np.ndarray, here: Slopes, step: np.ndarray
) -> tuple[np.ndarray, Slopes]:
    """The first point on the way back from the step's end that is likelier; raises ``NoMaximumError`` if none is."""
    for halving in range(MOST_HALVINGS):
        there = at + step / 2**halving
        found = slopes_at(there)
        if found.value > here.value:
            return there, found
    raise NoMaximumError
