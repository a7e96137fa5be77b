"""Shops against turnover: correlation, elasticity and influence, each with n and an interval.

The estimates describe the places given. The places are no random sample, so an interval says how much the
estimate rests on single places, not how near it is to a value for all Taobao villages.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from taobao_research.measures.tallied import pearson_of_tallies, spearman_of_tallies, tallies

CONFIDENCE = 0.95
Z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
MAX_CELLS = 4_000_000  # pairs of places held at once while resampling
FEW_CELLS = 250_000  # places held at once where draws are counted: they stay in the cache
LEAST_FOR_INTERVAL = 5
PERFECT = 1e-12  # nearer to 1 an estimate is 1 but for rounding
SAME = 1e-12  # of logarithms: what differs by less is the same but for rounding, which processors do differently
POOLED = "pooled, level means removed"
METHODS = ("Pearson (logs)", "Spearman", "Kendall")


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


OF_TALLIES: dict[Callable[..., np.ndarray], Callable[..., np.ndarray]] = {
    pearson: pearson_of_tallies,
    spearman: spearman_of_tallies,
}


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


def fisher_interval(estimate: float, n: int, method: str) -> tuple[float, float]:
    """The 95% interval by Fisher's z.

    ``n`` counts places, less one for each group mean removed beyond the first (partial correlation).
    Variance of z: 1/(n-3) for Pearson; (1 + rho^2/2)/(n-3) for Spearman (Bonett and Wright 2000,
    Psychometrika 65); 0.437/(n-4) for Kendall (Fieller, Hartley and Pearson 1957, Biometrika 44).
    Not a number where n is too small, and where the estimate is 1 or -1, of which Fisher's z is infinite.

    >>> tuple(round(each, 3) for each in fisher_interval(0.5, 28, "Pearson (logs)"))
    (0.156, 0.736)
    """
    variance = {
        "Pearson (logs)": 1 / (n - 3) if n > 3 else np.nan,
        "Spearman": (1 + estimate**2 / 2) / (n - 3) if n > 3 else np.nan,
        "Kendall": 0.437 / (n - 4) if n > 4 else np.nan,
    }[method]
    if abs(estimate) > 1 - PERFECT:
        return (np.nan, np.nan)
    z, half = np.arctanh(estimate), Z * np.sqrt(variance)
    return float(np.tanh(z - half)), float(np.tanh(z + half))


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


def correlations(places: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Pearson on logs, Spearman and Kendall of ``active_shops`` and ``turnover_cny`` at each level and pooled.

    ``POOLED`` correlates what is left when each level's mean log is subtracted: pooling
    raw figures would count it as agreement that counties are larger than villages in both. Levels with
    fewer than three places are left out, those with fewer than five get no bootstrap. Returns ``places``,
    ``measure``, ``n``, ``estimate``, Fisher (``fisher_low``, ``fisher_high``) and bootstrap
    (``bootstrap_low``, ``bootstrap_high``) intervals.
    """
    rows = []
    for name, x, y, groups in _samples(places):
        x, y = centre(x, groups), centre(y, groups)
        for method, statistic in zip(METHODS, (pearson, spearman, kendall), strict=True):
            estimate = float(statistic(x, y))
            fisher = fisher_interval(estimate, len(x) - len(set(groups)) + 1, method)
            enough = len(x) >= LEAST_FOR_INTERVAL
            bootstrap = bootstrap_interval(statistic, x, y, groups, resamples, seed) if enough else (np.nan, np.nan)
            rows.append((name, method, len(x), estimate, *fisher, *bootstrap))
    return pd.DataFrame(
        rows,
        columns=[
            "places",
            "measure",
            "n",
            "estimate",
            "fisher_low",
            "fisher_high",
            "bootstrap_low",
            "bootstrap_high",
        ],
    )


def elasticities(places: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """The elasticity of turnover with respect to shops, pooled with a mean for each level.

    log(turnover) on log(shops) and the level, by ordinary least squares with HC3 errors (t interval), by
    Huber's M-estimator (bootstrap interval), and by Theil and Sen's median of slopes on the logs with level
    means removed (rank interval). Returns ``fit``, ``n``, ``elasticity``, ``low``, ``high``, ``interval``.
    """
    logs = _logs(places)
    ols = smf.ols(_formula(logs), logs).fit(cov_type="HC3", use_t=True)
    low, high = ols.conf_int().loc["log_shops"]
    rows = [("OLS", len(logs), float(ols.params["log_shops"]), float(low), float(high), "HC3, t")]
    x, y, levels = logs["log_shops"].to_numpy(), logs["log_turnover"].to_numpy(), logs["level"].to_numpy()
    huber = bootstrap_interval(huber_slope, x, y, levels, resamples, seed)
    x, y = centre(x, levels), centre(y, levels)
    rows.append(("Huber", len(logs), float(huber_slope(x, y)), *huber, "bootstrap of places"))
    sen = stats.theilslopes(tied(y), tied(x), alpha=CONFIDENCE)
    rows.append(("Theil-Sen", len(logs), float(sen.slope), float(sen.low_slope), float(sen.high_slope), "rank"))
    return pd.DataFrame(rows, columns=["fit", "n", "elasticity", "low", "high", "interval"])


def leave_one_out(places: pd.DataFrame) -> pd.DataFrame:
    """What the pooled estimates become without each place in turn.

    Returns ``place``, ``level``, ``without_it_r`` (Pearson, level means removed), ``without_it_elasticity``
    (OLS) and ``shift`` (change of the elasticity), the largest shift first.
    """
    logs = _logs(places)
    full = float(slope(*_centred(logs)))
    rows = []
    for index, place in logs.iterrows():
        x, y = _centred(logs.drop(index))
        without = float(slope(x, y))
        rows.append((place["place"], place["level"], float(pearson(x, y)), without, without - full))
    table = pd.DataFrame(rows, columns=["place", "level", "without_it_r", "without_it_elasticity", "shift"])
    return table.sort_values("shift", key=lambda each: -each.abs(), ignore_index=True, kind="stable")


def _logs(places: pd.DataFrame) -> pd.DataFrame:
    return places.assign(
        log_shops=np.log(places["active_shops"].astype(float)),
        log_turnover=np.log(places["turnover_cny"].astype(float)),
    )


def _formula(logs: pd.DataFrame) -> str:
    return "log_turnover ~ log_shops" + (" + C(level)" if logs["level"].nunique() > 1 else "")


def _centred(logs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Both logs with the mean of their level removed (Frisch-Waugh: the slope equals that of the full fit)."""
    levels = logs["level"].to_numpy()
    return centre(logs["log_shops"].to_numpy(), levels), centre(logs["log_turnover"].to_numpy(), levels)


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


def _samples(places: pd.DataFrame) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    logs = _logs(places)
    sizes = logs["level"].value_counts()
    parts = [(level, logs[logs["level"] == level]) for level in dict.fromkeys(logs["level"]) if sizes[level] >= 3]
    parts.append((POOLED, logs))
    return [
        (name, *(rows[column].to_numpy() for column in ("log_shops", "log_turnover", "level"))) for name, rows in parts
    ]


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
