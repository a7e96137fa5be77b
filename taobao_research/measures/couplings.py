"""Which correlations the published margins allow: lists built to fit, and extreme arrangements of given shops.

The argument. The report prints figures of the shops and figures of the turnover, and no figure of both.

1. For any turnover that fits and any r from -1 to 1 there are shops that fit and have correlation r with it (logs).
   Let y be the logs of turnover, standardised, and w a standardised vector orthogonal to it and to the constant. Then
   x = r y + sqrt(1 - r^2) w has correlation r with y, and so has a + b x for every b > 0. Take b small or a large: all
   shops lie above any minimum and their sum exceeds any total. The elasticity, r sd(log turnover) / b, takes any value
   of the sign of r. So Pearson's r, Spearman's rho (y and -y give 1 and -1) and the elasticity are not restricted.
2. For given shops, the extreme values lie at the extreme couplings (Hoeffding 1940; Frechet 1951; the rearrangement
   inequality): both in the same order gives the highest sum of products, in reversed order the lowest.
3. Given shops in their order, the turnover of each rank lies in a box (``margins.turnover_box``). The highest r is at
   y = clip(m + t x): where y is free the derivative of r vanishes, so there it is a line in x. The steepest slope is
   linear in y: each y at an end of its box. The lowest values in the same order lie at vertices of the monotone
   vectors in the box, which hold no other values than ends of the boxes.
"""

import numpy as np
import pandas as pd
from scipy import optimize, stats

from taobao_research.measures.association import METHODS, pearson, slope, spearman
from taobao_research.measures.margins import Margins, even_turnover, satisfied, turnover_box

WANTED = (-1.0, -0.5, 0.0, 0.5, 1.0)
SPREADS = (0.25, 1.0)  # standard deviation of log shops in the lists built
SHAPES = (0.5, 1.0, 1.5)  # spread of the shops above the least, on the log scale
ELASTICITY = "Elasticity"
STARTS = 200


def fitting_list(margins: Margins, correlation: float, spread: float, largest_turnover: float) -> pd.DataFrame:
    """A list, built and not observed, that fits every published figure and has (nearly) this correlation of logs.

    Source: the argument at the top, step 1. Returns ``active_shops``, ``turnover_cny`` (whole numbers), one row a
    village; whole shops move the correlation by less than a thousandth at the spreads used here.
    """
    turnover = np.round(even_turnover(margins, largest_turnover))
    y = _standard(np.log(turnover))
    other = np.where(np.arange(len(y)) % 2, 1.0, -1.0)
    other = _standard(other - other.mean() - (other @ y) / (y @ y) * y)
    x = spread * (correlation * y + np.sqrt(1 - correlation**2) * other)
    scale = max(margins.least_shops / np.exp(x.min()), (margins.shops_together + 1) / np.exp(x).sum())
    return pd.DataFrame({"active_shops": np.ceil(scale * np.exp(x) - 1e-9), "turnover_cny": turnover})


def fitting_lists(margins: Margins | None, largest_turnover: float) -> pd.DataFrame:
    """Lists built to fit every published figure, for each of ``WANTED`` and ``SPREADS``.

    Returns ``wanted``, ``n``, ``pearson``, ``spearman``, ``elasticity``, ``shops`` (together), ``constraints`` and
    ``holding`` (how many the list meets); no rows where nothing is published.
    """
    columns = ["wanted", "n", "pearson", "spearman", "elasticity", "shops", "constraints", "holding"]
    rows = []
    for spread in SPREADS if margins is not None else ():
        for wanted in WANTED:
            built = fitting_list(margins, wanted, spread, largest_turnover)
            x, y = np.log(built["active_shops"].to_numpy()), np.log(built["turnover_cny"].to_numpy())
            checked = satisfied(built, margins)["holds"]
            found = (float(measure(x, y)) for measure in (pearson, spearman, slope))
            rows.append((wanted, len(x), *found, built["active_shops"].sum(), len(checked), int(checked.sum())))
    return pd.DataFrame(rows, columns=columns)


def points_of_lists(margins: Margins | None, largest_turnover: float) -> pd.DataFrame:
    """The villages of the lists built with the first spread: ``wanted``, ``active_shops``, ``turnover_cny``."""
    if margins is None:
        return pd.DataFrame(columns=["wanted", "active_shops", "turnover_cny"])
    lists = [fitting_list(margins, each, SPREADS[0], largest_turnover).assign(wanted=each) for each in WANTED]
    return pd.concat(lists, ignore_index=True)


def stated_shops(margins: Margins, shape: float) -> np.ndarray:
    """Shops of the villages in order, an assumption: the least of the definition plus lognormal quantiles.

    Scaled to the published total. Every village qualifies by its shops alone.
    """
    n = margins.villages
    above = np.exp(shape * stats.norm.ppf((np.arange(n) + 0.5) / n))
    return margins.least_shops + (margins.shops_together - margins.least_shops * n) * above / above.sum()


def bounds_given_shops(margins: Margins | None, largest_turnover: float, seed: int) -> pd.DataFrame:
    """For shops of each of ``SHAPES``, the range over all couplings and all turnover that fits.

    Returns ``shape``, ``measure``, ``n``, ``lowest``, ``highest`` and ``same_order_lowest`` (the lowest if villages
    stand in the same order by both: the lowest found for Pearson's r, exact for the elasticity); no rows where
    nothing is published.
    """
    rows = []
    for shape in SHAPES if margins is not None else ():
        x = np.log(stated_shops(margins, shape))
        low, high = (np.log(each) for each in turnover_box(margins, largest_turnover))
        n, ordered = len(x), np.log(even_turnover(margins, largest_turnover))
        pair = (-highest_pearson(-x[::-1], low, high), highest_pearson(x, low, high))
        in_order = lowest_in_order(x, low, high, seed)
        rows.append((shape, METHODS[0], n, *pair, in_order[0]))
        ranks = [float(spearman(x, each)) for each in (ordered[::-1], ordered)]
        rows.append((shape, METHODS[1], n, *ranks, ranks[1]))
        steepest = (-steepest_slope(-x[::-1], low, high), steepest_slope(x, low, high))
        rows.append((shape, ELASTICITY, n, *steepest, in_order[1]))
    return pd.DataFrame(rows, columns=["shape", "measure", "n", "lowest", "highest", "same_order_lowest"])


def highest_pearson(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """The highest Pearson correlation with ascending ``x`` of any y between ``low`` and ``high`` (both ascending).

    >>> round(highest_pearson(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.0, 5.0]), np.array([1.0, 9.0, 9.0])), 6)
    1.0
    """
    spread = x.std()

    def lost(at: np.ndarray) -> float:
        y = np.clip(at[0] + np.exp(at[1]) * (x - x.mean()), low, high)
        return 1.0 if np.ptp(y) == 0 else -float(pearson(x, y))

    reach = max(np.ptp(high), np.ptp(low), high.max() - low.min())
    starts = [
        (middle, np.log(times * reach / spread))
        for middle in np.linspace(low.min(), high.max(), 9)
        for times in (0.01, 0.05, 0.1, 0.3, 1.0, 3.0)
    ]
    best = sorted(starts, key=lambda at: lost(np.array(at)))[:3]
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000}
    found = [optimize.minimize(lost, at, method="Nelder-Mead", options=options).fun for at in best]
    return min(1.0, -float(min(found)))


def steepest_slope(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """The steepest least-squares slope on ascending ``x`` of any y between ``low`` and ``high``, in any order.

    >>> steepest_slope(np.array([0.0, 1.0, 2.0]), np.zeros(3), np.ones(3))
    0.5
    """
    return float(slope(x, np.where(x < x.mean(), low, high)))


def lowest_in_order(x: np.ndarray, low: np.ndarray, high: np.ndarray, seed: int) -> tuple[float, float]:
    """The lowest Pearson correlation found, and the lowest slope, of ascending y in the box with ascending ``x``.

    The slope is linear in y, so its lowest vertex is found exactly (dynamic programme over the ends of the boxes). The
    correlation falls whenever one moves to the vertex that is lowest along its derivative; from many starts the
    lowest is kept. It is attained; a test compares it with all vertices of small boxes.
    """
    centred = x - x.mean()
    lowest_slope = float(slope(x, _lowest_vertex(centred[None], low, high)[0]))
    rng = np.random.default_rng(seed)
    directions = np.vstack(
        [centred, -centred, rng.normal(size=(STARTS, len(x))) + rng.normal(size=(STARTS, 1)) * centred]
    )
    y = _lowest_vertex(directions, low, high)
    y = y[np.ptp(y, axis=1) > 0]
    best = np.inf
    while len(y):
        found = pearson(x[None], y)
        if found.min() >= best - 1e-12:
            break
        best = float(found.min())
        deviations = y - y.mean(1, keepdims=True)
        size = np.sqrt((deviations**2).sum(1, keepdims=True))
        y = _lowest_vertex(centred / np.sqrt(centred @ centred) - found[:, None] * deviations / size, low, high)
        y = y[np.ptp(y, axis=1) > 0]
    return best, lowest_slope


def _lowest_vertex(weights: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """For each row of ``weights`` the ascending y in the box with the lowest weighted sum: ends of boxes only."""
    levels = np.unique(np.concatenate([low, high]))
    rows, n = weights.shape
    allowed = (levels >= low[:, None]) & (levels <= high[:, None])
    best = np.zeros((rows, len(levels)))
    steps = np.empty((n, rows, len(levels)), dtype=np.int8 if len(levels) < 127 else int)
    for rank in range(n):
        steps[rank] = _first_lowest(best)
        best = np.take_along_axis(best, steps[rank].astype(int), 1) + weights[:, rank, None] * levels
        best[:, ~allowed[rank]] = np.inf
    at = best.argmin(1)
    y = np.empty((rows, n))
    for rank in range(n - 1, -1, -1):
        y[:, rank] = levels[at]
        at = steps[rank][np.arange(rows), at].astype(int)
    return y


def _first_lowest(costs: np.ndarray) -> np.ndarray:
    """Of each row, for each column, the place of the lowest value up to it."""
    lowest = np.minimum.accumulate(costs, axis=1)
    fresh = np.where(costs == lowest, np.arange(costs.shape[1]), 0)
    return np.maximum.accumulate(fresh, axis=1)


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()
