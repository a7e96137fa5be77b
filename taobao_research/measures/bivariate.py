"""Correlations and slopes of two variables along the last axis, so that many resamples are computed at once."""

import numpy as np
from scipy import stats

SAME = 1e-12  # of logarithms: what differs by less is the same but for rounding, which processors do differently


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's r along the last axis; ``x`` and ``y`` have shape (..., n).

    >>> float(pearson(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 1.0])))
    0.0
    """
    x, y = _deviations(x), _deviations(y)
    return (x * y).sum(-1) / np.sqrt((x**2).sum(-1) * (y**2).sum(-1))


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman's rho along the last axis: Pearson's r of the mid-ranks, ties as in ``tied``."""
    return pearson(stats.rankdata(tied(x), axis=-1), stats.rankdata(tied(y), axis=-1))


def kendall(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Kendall's tau-b along the last axis, from the signs of all pairs (memory grows with n squared)."""
    x, y = tied(x), tied(y)
    first, second = np.triu_indices(x.shape[-1], k=1)
    sign_x = np.sign(x[..., first] - x[..., second])
    sign_y = np.sign(y[..., first] - y[..., second])
    untied = np.sqrt((sign_x != 0).sum(-1, dtype=float) * (sign_y != 0).sum(-1))
    return (sign_x * sign_y).sum(-1) / untied


def tied(values: np.ndarray) -> np.ndarray:
    """Each value, shape (..., n), or the lowest of those that differ from it by rounding alone (``SAME``).

    Two levels may be left with the same deviations from their means, such as half the logarithm of two; rounding would
    rank one above the other.

    >>> tied(np.array([0.1 + 0.2, 2.0, 0.3])).tolist()
    [0.3, 2.0, 0.3]
    """
    order = values.argsort(axis=-1, kind="stable")
    ordered = np.take_along_axis(values, order, -1)
    rises = np.diff(ordered, axis=-1, prepend=-np.inf) > SAME
    lowest = np.maximum.accumulate(np.where(rises, np.arange(values.shape[-1]), 0), axis=-1)
    found = np.empty_like(ordered)
    np.put_along_axis(found, order, np.take_along_axis(ordered, lowest, -1), -1)
    return found


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least-squares slope of y on x along the last axis."""
    return _weighted_slope(x, y, np.ones_like(x))[0]


def huber_slope(x: np.ndarray, y: np.ndarray, tuning: float = 1.345, steps: int = 50) -> np.ndarray:
    """Slope of Huber's M-estimator along the last axis; scale by the median absolute deviation.

    Iteratively reweighted least squares; equals ``statsmodels.RLM`` (a test compares them), for many
    resamples at once.
    """
    weights = np.ones_like(x)
    estimate, intercept = _weighted_slope(x, y, weights)
    for _ in range(steps):
        residual = y - intercept[..., None] - estimate[..., None] * x
        scale = np.median(np.abs(residual), axis=-1, keepdims=True) / stats.norm.ppf(0.75)
        weights = np.minimum(1.0, tuning * scale / np.maximum(np.abs(residual), 1e-12))
        weights = np.where(scale > 1e-12, weights, 1.0)
        estimate, intercept = _weighted_slope(x, y, weights)
    return estimate


def centre(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Values of shape (..., n) less the mean of their group; unchanged where there is one group."""
    names = np.unique(groups)
    if len(names) == 1:
        return values
    centred = values.copy()
    for name in names:
        member = groups == name
        centred[..., member] = _deviations(values[..., member])
    return centred


def _deviations(values: np.ndarray) -> np.ndarray:
    return _settled(values - values.mean(-1, keepdims=True))


def _settled(deviations: np.ndarray) -> np.ndarray:
    """Nothing where rounding alone is left, so that equal values have no correlation instead of any."""
    return np.where(np.abs(deviations) > SAME, deviations, 0.0)


def _weighted_slope(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and intercept by weighted least squares along the last axis."""
    total = weights.sum(-1)
    mean_x, mean_y = (weights * x).sum(-1) / total, (weights * y).sum(-1) / total
    dx, dy = _settled(x - mean_x[..., None]), y - mean_y[..., None]
    estimate = (weights * dx * dy).sum(-1) / (weights * dx**2).sum(-1)
    return estimate, mean_y - estimate * mean_x
