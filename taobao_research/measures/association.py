"""Shops against turnover: correlation, elasticity and influence, each with n and an interval.

The estimates describe the places given. The places are no random sample, so an interval says how much the
estimate rests on single places, not how near it is to a value for all Taobao villages.
"""

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats

from taobao_research.measures.bivariate import centre, huber_slope, kendall, pearson, slope, spearman, tied
from taobao_research.measures.intervals import CONFIDENCE, Z, bootstrap_interval

LEAST_FOR_INTERVAL = 5
PERFECT = 1e-12  # nearer to 1 an estimate is 1 but for rounding
POOLED = "pooled, level means removed"
METHODS = ("Pearson (logs)", "Spearman", "Kendall")


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


def _samples(places: pd.DataFrame) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    logs = _logs(places)
    sizes = logs["level"].value_counts()
    parts = [(level, logs[logs["level"] == level]) for level in dict.fromkeys(logs["level"]) if sizes[level] >= 3]
    parts.append((POOLED, logs))
    return [
        (name, *(rows[column].to_numpy() for column in ("log_shops", "log_turnover", "level"))) for name, rows in parts
    ]
