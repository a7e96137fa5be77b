"""Correlations of draws with replacement, from how often each place is drawn: no draw is put together or sorted.

A draw of n places from n is a row of counts that add up to n. Pearson's r needs sums of products, so all draws are one
matrix product; for Spearman's rho the places are sorted once, and the mid-ranks of every draw are cumulative counts.
"""

import numpy as np

RELATIVE = 1e-12  # of the variance of all places: a draw with less has places that are all equal, but for rounding


def tallies(draws: np.ndarray, n: int) -> np.ndarray:
    """How often each of ``n`` places stands in each row of ``draws``: shape (draws, n), as real numbers.

    >>> tallies(np.array([[0, 0, 2], [1, 2, 0]]), 3).tolist()
    [[2.0, 0.0, 1.0], [1.0, 1.0, 1.0]]
    """
    rows = np.arange(len(draws))[:, None] * n
    return np.bincount((draws + rows).ravel(), minlength=len(draws) * n).reshape(len(draws), n).astype(float)


def pearson_of_tallies(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Pearson's r of each draw; ``x`` and ``y`` have shape (n,), ``counts`` (draws, n). Not a number where a draw has
    one value only.

    >>> x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 1.0])
    >>> pearson_of_tallies(x, y, np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0], [3.0, 0.0, 0.0]])).round(9).tolist()
    [0.0, 1.0, nan]
    """
    x, y = x - x.mean(), y - y.mean()
    n = counts.shape[1]
    mean_x, mean_y, xx, yy, xy = (counts @ np.column_stack([x, y, x * x, y * y, x * y]) / n).T
    variance_x, variance_y = xx - mean_x**2, yy - mean_y**2
    spread = (variance_x > RELATIVE * (x @ x) / n) & (variance_y > RELATIVE * (y @ y) / n)
    found = np.full(len(counts), np.nan)
    found[spread] = (xy - mean_x * mean_y)[spread] / np.sqrt(variance_x[spread] * variance_y[spread])
    return found


def spearman_of_tallies(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Spearman's rho of each draw, ties at their mid-ranks; shapes as of ``pearson_of_tallies``.

    >>> x, y = np.array([1.0, 2.0, 3.0]), np.array([5.0, 4.0, 9.0])
    >>> spearman_of_tallies(x, y, np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 0.0]])).tolist()
    [0.5, -1.0]
    """
    (spread_x, rank_x), (spread_y, rank_y) = _mid_ranks(x, counts), _mid_ranks(y, counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.einsum("ij,ij,ij->i", counts, rank_x, rank_y) / np.sqrt(spread_x * spread_y)


def _mid_ranks(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sum of squares of the mid-ranks of each draw, less their mean, and those of each place: exact halves."""
    different, place = np.unique(values, return_inverse=True)
    if len(different) == len(values):
        held = counts[:, np.argsort(values)]
    else:
        order = np.argsort(place, kind="stable")
        held = np.add.reduceat(counts[:, order], np.searchsorted(place[order], np.arange(len(different))), axis=1)
    ranks = np.cumsum(held, axis=1)
    ranks -= held / 2
    ranks -= counts.shape[1] / 2  # the mean rank is (n + 1) / 2, and a mid-rank half a step above this middle
    return np.einsum("ij,ij,ij->i", held, ranks, ranks), ranks[:, place]
