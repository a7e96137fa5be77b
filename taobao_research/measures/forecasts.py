"""Distributions of counts, one for each place, and how well they predicted what came: proper scores and calibration.

A score is proper if, in expectation, no forecast scores better than the distribution that the count comes from. All are
losses: lower is better. Source: Czado, Gneiting and Held 2009, *Biometrics* 65, 1254-1261 (scores of counts, PIT);
Gneiting and Raftery 2007, *Journal of the American Statistical Association* 102, 359-378.
"""

from typing import NamedTuple

import numpy as np
from scipy import special, stats

FIRST_BLOCK = 64  # counts looked at together; the next block has twice as many
MOST_IN_BLOCK = 16_384  # of a larger block every so-manieth count is looked at, and stands for those about it
FEWEST_IN_BLOCK, MOST_CELLS = 512, 2_000_000  # chances held at once
TAIL = 1e-5  # chance beyond the last block: of the sum of squares it is 1e-10 a count


class Forecast(NamedTuple):
    """Negative binomial (Poisson where ``alpha`` is 0) counts of n places, with a chance of zero of their own.

    Each has shape (n,). Before zeros are changed, ``mean`` is the mean and ``mean + alpha * mean ** 2`` the variance.
    ``log_zero`` is the logarithm of the chance of zero; other counts share the rest as they did before.
    """

    mean: np.ndarray
    alpha: np.ndarray
    log_zero: np.ndarray

    @property
    def presence(self) -> np.ndarray:
        """The chance of one or more."""
        return -np.expm1(self.log_zero)

    @property
    def expected(self) -> np.ndarray:
        """The mean, zeros as they are."""
        return self.mean * self._share

    @property
    def variance(self) -> np.ndarray:
        squares = self.mean + (1 + self.alpha) * self.mean**2
        return squares * self._share - self.expected**2

    @property
    def _share(self) -> np.ndarray:
        """By how much each chance of one or more differs from that before zeros were changed."""
        return self.presence / -np.expm1(base_log_zero(self.mean, self.alpha))


def plain(mean: np.ndarray, alpha: np.ndarray | float = 0.0) -> Forecast:
    """Poisson, or negative binomial with ``alpha`` above 0, zeros as they come; means are above 0.

    >>> plain(np.array([np.log(2)])).presence.round(9).tolist()
    [0.5]
    """
    mean = np.asarray(mean, float)
    alpha = np.broadcast_to(np.asarray(alpha, float), mean.shape)
    return Forecast(mean, alpha, base_log_zero(mean, alpha))


def base_log_zero(mean: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The logarithm of a Poisson or negative binomial chance of zero."""
    some = np.where(alpha > 0, alpha, 1.0)
    return np.where(alpha > 0, -np.log1p(some * mean) / some, -mean)


def joined(parts: list[tuple[np.ndarray, Forecast]], n: int) -> Forecast:
    """One forecast of n places from parts, each with the numbers of its places."""
    whole = Forecast(*(np.full(n, np.nan) for _ in Forecast._fields))
    for places, part in parts:
        for values, own in zip(whole, part, strict=True):
            values[places] = own
    return whole


def log_scores(forecast: Forecast, counts: np.ndarray) -> np.ndarray:
    """The logarithmic score of each place: minus the natural logarithm of the chance given to its count.

    >>> round(float(log_scores(plain(np.array([2.0])), np.array([0]))[0]), 9)
    2.0
    """
    mean, alpha, log_zero = forecast
    size = 1 / np.where(alpha > 0, alpha, 1.0)
    many = stats.nbinom.logpmf(counts, size, size / (size + mean))
    base = np.where(alpha > 0, many, stats.poisson.logpmf(counts, mean))
    moved = _log_rest(log_zero) - _log_rest(base_log_zero(mean, alpha))
    return -np.where(np.asarray(counts) > 0, base + moved, log_zero)


def ranked_scores(forecast: Forecast, counts: np.ndarray) -> np.ndarray:
    """The ranked probability score of each place: the sum over k of (P(count <= k) - [count <= k]) squared.

    >>> round(float(ranked_scores(plain(np.array([1e-9])), np.array([3]))[0]), 6)
    3.0
    """
    rows = np.column_stack([*forecast, np.asarray(counts, float)])
    rows, back = np.unique(rows, axis=0, return_inverse=True)
    totals, left, low, size = np.zeros(len(rows)), np.arange(len(rows)), 0, FIRST_BLOCK
    while len(left):
        stride = max(1, size // min(MOST_IN_BLOCK, max(FEWEST_IN_BLOCK, MOST_CELLS // len(left))))
        own, k = rows[left], np.arange(low + stride // 2, low + size, stride)
        below = _cumulated(own, k)
        totals[left] += ((below - (own[:, 3:] <= k)) ** 2).sum(1) * stride
        left = left[(below[:, -1] < 1 - TAIL) | (own[:, 3] >= low + size)]
        low, size = low + size, 2 * size
    return totals[back.ravel()]


def brier_scores(forecast: Forecast, counts: np.ndarray) -> np.ndarray:
    """The Brier score of presence: the chance of one or more, less 1 where there are and 0 where not, squared."""
    return (forecast.presence - (np.asarray(counts) > 0)) ** 2


def transformed(forecast: Forecast, counts: np.ndarray, bins: int) -> np.ndarray:
    """The heights of the non-randomised histogram of the probability integral transform: 1 each if calibrated.

    A count spreads evenly from the chance of less than it to the chance of it or less (Czado, Gneiting and Held 2009,
    formula 2). Returns shape (bins,), with mean 1.
    """
    rows = np.column_stack([*forecast, np.asarray(counts, float)])
    most = _cumulated(rows, rows[:, 3:])[:, 0]
    least = np.where(rows[:, 3] > 0, _cumulated(rows, np.maximum(rows[:, 3:] - 1, 0))[:, 0], 0)
    edges = np.linspace(0, 1, bins + 1)
    reached = np.clip((edges - least[:, None]) / np.maximum(most - least, 1e-300)[:, None], 0, 1)
    return np.diff(reached.mean(0)) * bins


def _cumulated(rows: np.ndarray, k: np.ndarray) -> np.ndarray:
    """P(count <= k) for each row (mean, alpha, log_zero, ...) and each k of 0 or more, or its own, shape (rows, 1)."""
    mean, alpha, log_zero = (rows[:, [at]] for at in range(3))
    size = 1 / np.where(alpha > 0, alpha, 1.0)
    above = np.where(alpha > 0, special.betainc(k + 1, size, mean / (size + mean)), special.gammainc(k + 1, mean))
    return 1 - above * np.exp(_log_rest(log_zero) - _log_rest(base_log_zero(mean, alpha)))


def _log_rest(log_zero: np.ndarray) -> np.ndarray:
    """log(1 - exp(log_zero)), exact at both ends."""
    return np.log(-np.expm1(log_zero))
