"""Intervals of 95%: Wilson's of shares, and the percentile interval of a bootstrap within groups."""

from collections.abc import Callable

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from taobao_research.measures.bivariate import centre, pearson, spearman
from taobao_research.measures.tallied import pearson_of_tallies, spearman_of_tallies, tallies

CONFIDENCE = 0.95
Z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
MAX_CELLS = 4_000_000  # pairs of places held at once while resampling
FEW_CELLS = 250_000  # places held at once where draws are counted: they stay in the cache


OF_TALLIES: dict[Callable[..., np.ndarray], Callable[..., np.ndarray]] = {
    pearson: pearson_of_tallies,
    spearman: spearman_of_tallies,
}


def wilson_interval(successes: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95% interval of shares, which ends at 0 or 1 where none or all succeed, and not next to it.

    >>> low, high = wilson_interval(np.array([0, 3]), np.array([3, 3]))
    >>> float(low[0]), float(high[1])
    (0.0, 1.0)
    """
    low, high = proportion_confint(successes, n, alpha=1 - CONFIDENCE, method="wilson")
    return np.where(successes == 0, 0.0, low), np.where(successes == n, 1.0, high)


def bootstrap_interval(
    statistic: Callable[..., np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray,
    resamples: int,
    seed: int,
) -> tuple[float, float]:
    """The 95% percentile interval of ``statistic`` when places are drawn with replacement within their group.

    ``x``, ``y`` and ``groups`` have shape (n,); each draw has the mean of its group removed where there are
    several groups. Draws in which the statistic does not exist (all places equal) are left out.
    """
    rng = np.random.default_rng(seed)
    tallied = OF_TALLIES.get(statistic) if len(np.unique(groups)) == 1 else None  # with group means values would move
    draws_per_chunk = max(1, FEW_CELLS // len(x) if tallied else MAX_CELLS // len(x) ** 2)
    values = []
    for start in range(0, resamples, draws_per_chunk):
        draws = _draw_within(groups, min(draws_per_chunk, resamples - start), rng)
        if tallied:
            values.append(tallied(x, y, tallies(draws, len(x))))
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            values.append(statistic(*(centre(each[draws], groups) for each in (x, y))))
    return middle(np.concatenate(values))


def middle(values: np.ndarray) -> tuple[float, float]:
    """The ends of the middle 95% of the values; those that do not exist are left out.

    >>> [round(end, 9) for end in middle(np.array([*range(201), np.nan]))]
    [5.0, 195.0]
    """
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.nanpercentile(values, [tail, 100 - tail])
    return float(low), float(high)


def _draw_within(groups: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of shape (resamples, n): each place is replaced by one of its own group."""
    uniform = rng.random((resamples, len(groups)))  # filled draw by draw, so chunks do not change the draws
    names = np.unique(groups)
    if len(names) == 1:
        return (uniform * len(groups)).astype(int)
    draws = np.empty(uniform.shape, dtype=int)
    for name in names:
        members = np.flatnonzero(groups == name)
        draws[:, members] = members[(uniform[:, members] * len(members)).astype(int)]
    return draws
