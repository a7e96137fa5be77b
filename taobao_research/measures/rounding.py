"""How far the estimates could be from those with exact figures: published shops and turnover are rounded and hedged."""

import numpy as np
import pandas as pd

from taobao_research.measures.association import LEAST_FOR_INTERVAL, elasticities
from taobao_research.measures.bivariate import centre, pearson, slope
from taobao_research.measures.intervals import bootstrap_interval, middle

ERRORS = (0.1, 0.25, 0.5)  # standard deviation of the error of log shops: about as many parts of the figure
SIMEX_STEPS = (0.0, 0.5, 1.0, 1.5, 2.0)


def figure_interval(value: float, qualifier: str) -> tuple[float, float]:
    """Where the exact figure may lie, by the last digit that is not zero and by the word that goes with it.

    ``exact``: the figure. ``more_than``: up to the next figure of so many digits, which the source would else have
    printed. ``up_to``: down to the one before, at most half. Any other word, or none: half a step to either side.

    >>> figure_interval(35_000, "about"), figure_interval(2_000, "more_than"), figure_interval(16_200, "exact")
    ((34500.0, 35500.0), (2000.0, 3000.0), (16200.0, 16200.0))
    """
    whole = int(value)
    step = 10.0 ** (len(str(whole)) - len(str(whole).rstrip("0")))
    below = {"exact": 0.0, "more_than": 0.0, "up_to": min(step, value / 2)}.get(qualifier, step / 2)
    above = {"exact": 0.0, "more_than": step, "up_to": 0.0}.get(qualifier, step / 2)
    return float(value - below), float(value + above)


def rounding_sensitivity(places: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Pearson's r (logs) and the elasticity as printed, and with exact figures anywhere that the printed ones allow.

    Level means removed. *Drawn*: every figure evenly in its interval (``figure_interval``), the middle 95% of draws.
    *Any turnover*: the lowest and highest elasticity over all turnover in the intervals, shops as printed; it is
    linear in log turnover, so the ends are exact. Takes one row a place. Returns ``figures``, ``n``, ``measure``,
    ``low``, ``high``; no rows for fewer than ``association.LEAST_FOR_INTERVAL`` places.
    """
    columns = ["figures", "n", "measure", "low", "high"]
    if len(places) < LEAST_FOR_INTERVAL:
        return pd.DataFrame(columns=columns)
    levels = places["level"].to_numpy()
    shops, turnover = (
        np.log([figure_interval(*each) for each in zip(places[value].astype(float), places[word], strict=True)])
        for value, word in (("active_shops", "shops_qualifier"), ("turnover_cny", "turnover_qualifier"))
    )
    x, y = (
        _deviations(np.log(places[name].to_numpy(dtype=float)), levels) for name in ("active_shops", "turnover_cny")
    )
    rng, n = np.random.default_rng(seed), len(places)
    drawn_x, drawn_y = (
        centre(np.log(rng.uniform(*np.exp(each).T, size=(resamples, n))), levels) for each in (shops, turnover)
    )
    rows: list[tuple[object, ...]] = []
    for name, measure in (("Pearson (logs)", pearson), ("Elasticity", slope)):
        printed = float(measure(x, y))
        rows.append(("as printed", n, name, printed, printed))
        rows.append(("drawn from their intervals, middle 95%", n, name, *middle(measure(drawn_x, drawn_y))))
    ends = [np.where((x > 0) == up, turnover[:, 1], turnover[:, 0]) for up in (False, True)]
    worst = [float(slope(x, centre(each, levels))) for each in ends]
    rows.append(("any turnover in its interval", n, "Elasticity", *worst))
    return pd.DataFrame(rows, columns=columns)


def error_sensitivity(places: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """The elasticity corrected for an error in the shops of stated size, independent of everything else.

    *Reliability*: the estimate divided by 1 - s^2 / var(log shops), level means removed (Fuller 1987, Measurement error
    models, section 1.2). *SIMEX*: more error added by simulation, a parabola led back to none (Cook and Stefanski
    1994, Journal of the American Statistical Association 89). Intervals: HC3, scaled by the correction, the size of
    the error taken as known. *Reverse regression*: the slope if all scatter were error in shops; with the direct one
    it bounds the elasticity under any such error, and any in turnover (Frisch 1934); bootstrap interval. Returns
    ``fit``, ``error`` (standard deviation of the log), ``n``, ``elasticity``, ``low``, ``high``; no rows for fewer than
    ``association.LEAST_FOR_INTERVAL`` places.
    """
    columns = ["fit", "error", "n", "elasticity", "low", "high"]
    if len(places) < LEAST_FOR_INTERVAL:
        return pd.DataFrame(columns=columns)
    levels, n = places["level"].to_numpy(), len(places)
    x, y = (np.log(places[name].to_numpy(dtype=float)) for name in ("active_shops", "turnover_cny"))
    direct = elasticities(places, 99, seed).iloc[0]
    estimate, low, high = (float(direct[name]) for name in ("elasticity", "low", "high"))
    variance = float((_deviations(x, levels) ** 2).sum() / (n - len(set(levels))))
    rows = [("direct regression", 0.0, n, estimate, low, high)]
    for error in ERRORS:
        factors = {
            "reliability": 1 / (1 - error**2 / variance) if error**2 < variance else np.nan,
            "SIMEX": simex_slope(x, y, levels, error, resamples, seed) / estimate,
        }
        rows += [
            (name, error, n, *(factor * each for each in (estimate, low, high))) for name, factor in factors.items()
        ]
    reverse = bootstrap_interval(_reverse_slope, x, y, levels, resamples, seed)
    centred = centre(x, levels), centre(y, levels)
    rows.append(("reverse regression", np.nan, n, float(_reverse_slope(*centred)), *reverse))
    return pd.DataFrame(rows, columns=columns)


def simex_slope(x: np.ndarray, y: np.ndarray, groups: np.ndarray, error: float, resamples: int, seed: int) -> float:
    """The slope led back to no error in x (SIMEX, quadratic), group means removed."""
    noise = error * np.random.default_rng(seed).standard_normal((resamples, len(x)))
    centred = centre(y, groups)
    means = [float(slope(centre(x + np.sqrt(step) * noise, groups), np.broadcast_to(centred, noise.shape)).mean())
             for step in SIMEX_STEPS]  # fmt: skip
    return float(np.polyval(np.polyfit(SIMEX_STEPS, means, 2), -1.0))


def _deviations(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Values less the mean of their group, also where there is one group, which ``centre`` leaves as it is."""
    return centre(values, groups) - centre(values, groups).mean()


def _reverse_slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 1 / slope(y, x)
