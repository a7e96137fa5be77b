"""Which correlations the published margins allow: lists built to fit, and extreme arrangements of given shops.

The argument. The conditions of ``margins.satisfied`` are on the shops or on the turnover; none is on both of a village.

1. For any turnover that fits and any r from -1 to 1 there are shops that fit and have correlation r with it (logs).
   Let y be the logs of turnover, standardised, and w a standardised vector orthogonal to it and to the constant. Then
   x = r y + sqrt(1 - r^2) w has correlation r with y, and so has a + b x for every b > 0. Take b small or a large: all
   shops lie above any minimum and their sum exceeds any total. The elasticity, r sd(log turnover) / b, takes any value
   of the sign of r. So Pearson's r, Spearman's rho (y and -y give 1 and -1) and the elasticity are not restricted.
   The same holds for the figures as they are: let y be the turnover itself and a + b x the shops.
2. For given shops, the extreme values lie at the extreme couplings (Hoeffding 1940; Frechet 1951; the rearrangement
   inequality): both in the same order gives the highest sum of products, in reversed order the lowest.
3. Given shops in their order, the turnover of each rank lies in a box (``margins.turnover_box``). The highest r is at
   y = clip(m + t x): where y is free the derivative of r vanishes, so there it is a line in x. The steepest slope is
   linear in y: each y at an end of its box. In the same order, ties allowed, the lowest values lie at vertices of the
   monotone vectors in the box, which hold no other values than ends of the boxes; Spearman's rho there falls as more
   villages share one turnover.
"""

from itertools import combinations_with_replacement
from math import comb

import numpy as np
import pandas as pd
from scipy import optimize, stats

from taobao_research.measures.association import METHODS
from taobao_research.measures.bivariate import pearson, slope, spearman
from taobao_research.measures.margins import Margins, even_turnover, satisfied, turnover_box

WANTED = (-1.0, -0.5, 0.0, 0.5, 1.0)
SPREADS = (0.25, 1.0)  # standard deviation of log shops in the lists built
SHAPES = (0.5, 1.0, 1.5)  # spread of the shops above the least, on the log scale
ELASTICITY = "Elasticity"
PROVEN, NEARLY, FOUND = "proven", "proven to a millionth", "found by a search"
STARTS = 10  # of the search for the lowest correlation in the same order
GRID, CLIMBS = 25, 60_000  # ranks tried for each climb, climbs tried at most


def fitting_list(margins: Margins, correlation: float, spread: float | None, largest_turnover: float) -> pd.DataFrame:
    """A list, built and not observed, that meets each condition of ``satisfied`` and has (nearly) this correlation.

    Source: the argument at the top, step 1. Of the logs, with this standard deviation of log shops; of the figures as
    they are if ``spread`` is None. Returns ``active_shops``, ``turnover_cny`` (whole numbers), one row a village; that
    shops are whole moves the correlation by less than a hundredth.
    """
    turnover = np.round(even_turnover(margins, largest_turnover))
    y = _standard(np.log(turnover) if spread is not None else turnover)
    other = np.where(np.arange(len(y)) % 2, 1.0, -1.0)
    other = _standard(other - other.mean() - (other @ y) / (y @ y) * y)
    x = correlation * y + np.sqrt(1 - correlation**2) * other
    shops = np.exp(spread * x) if spread is not None else 2 * np.abs(x).max() + x
    scale = max(margins.least_shops / shops.min(), (margins.shops_together + 1) / shops.sum())
    return pd.DataFrame({"active_shops": np.ceil(scale * shops - 1e-9), "turnover_cny": turnover})


def fitting_lists(margins: Margins | None, largest_turnover: float) -> pd.DataFrame:
    """Lists built to meet each condition, for each of ``WANTED``: of logs, for ``SPREADS``, and of the figures.

    Returns ``wanted``, ``scale``, ``n``, ``reached`` (Pearson's r on that scale), ``spearman``, ``elasticity``,
    ``shops`` (together), ``constraints`` and ``holding`` (how many the list meets); no rows where nothing is published.
    """
    columns = ["wanted", "scale", "n", "reached", "spearman", "elasticity", "shops", "constraints", "holding"]
    rows = []
    for spread in (*SPREADS, None) if margins is not None else ():
        for wanted in WANTED:
            built = fitting_list(margins, wanted, spread, largest_turnover)
            plain = [built[name].to_numpy() for name in ("active_shops", "turnover_cny")]
            logs = [np.log(each) for each in plain]
            scale, reached = (
                ("logs", pearson(*logs)) if spread is not None else ("figures as they are", pearson(*plain))
            )
            checked = satisfied(built, margins)["holds"]
            found = (float(reached), float(spearman(*logs)), float(slope(*logs)))
            shops = float(built["active_shops"].sum())
            rows.append((wanted, scale, len(built), *found, shops, len(checked), int(checked.sum())))
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


def bounds_given_shops(margins: Margins | None, largest_turnover: float) -> pd.DataFrame:
    """For shops of each of ``SHAPES``, the range over all couplings and all turnover that fits.

    Returns ``shape``, ``measure``, ``n``, ``lowest``, ``highest``, ``range_is``, ``same_order_lowest`` (no village with
    more shops has less turnover; several may have the same) and ``same_order_is``: ``PROVEN`` is exact, ``NEARLY``
    but for a millionth (``room_above``), ``FOUND`` the best of a search; no rows where nothing is published.
    """
    rows = []
    for shape in SHAPES if margins is not None else ():
        x = np.log(stated_shops(margins, shape))
        low, high = (np.log(each) for each in turnover_box(margins, largest_turnover))
        n, ordered = len(x), np.log(even_turnover(margins, largest_turnover))
        highest = [highest_in(each, low, high) for each in (x, -x[::-1])]
        room = max(room_above(*each, low, high) for each in zip((x, -x[::-1]), highest, strict=True))
        pair = (-float(pearson(-x[::-1], highest[1])), float(pearson(x, highest[0])))
        in_order = lowest_in_order(x, low, high)
        rows.append((shape, METHODS[0], n, *pair, NEARLY if room <= 1e-6 else FOUND, in_order[0], FOUND))
        ranks = [float(spearman(x, each)) for each in (ordered[::-1], ordered)]
        rows.append((shape, METHODS[1], n, *ranks, PROVEN, lowest_spearman_in_order(low, high), PROVEN))
        steepest = (-steepest_slope(-x[::-1], low, high), steepest_slope(x, low, high))
        rows.append((shape, ELASTICITY, n, *steepest, PROVEN, in_order[1], PROVEN))
    columns = ["shape", "measure", "n", "lowest", "highest", "range_is", "same_order_lowest", "same_order_is"]
    return pd.DataFrame(rows, columns=columns)


def highest_pearson(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """The highest Pearson correlation with ascending ``x`` of any y between ``low`` and ``high`` (both ascending).

    >>> round(highest_pearson(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.0, 5.0]), np.array([1.0, 9.0, 9.0])), 6)
    1.0
    """
    return min(1.0, float(pearson(x, highest_in(x, low, high))))


def highest_in(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The y between ``low`` and ``high`` with the highest correlation: ``clip(m + t x)``, m and t found by a search."""
    spread = x.std()

    def line(at: np.ndarray) -> np.ndarray:
        return np.clip(at[0] + np.exp(at[1]) * (x - x.mean()), low, high)

    def lost(at: np.ndarray) -> float:
        return 1.0 if np.ptp(y := line(at)) == 0 else -float(pearson(x, y))

    reach = max(np.ptp(high), np.ptp(low), high.max() - low.min())
    starts = [
        (middle, np.log(times * reach / spread))
        for middle in np.linspace(low.min(), high.max(), 9)
        for times in (0.01, 0.05, 0.1, 0.3, 1.0, 3.0)
    ]
    best = sorted(starts, key=lambda at: lost(np.array(at)))[:3]
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000}
    found = [optimize.minimize(lost, at, method="Nelder-Mead", options=options) for at in best]
    return line(min(found, key=lambda each: each.fun).x)


def room_above(x: np.ndarray, y: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """By how much any vector in the box could exceed the (positive) correlation of ``y`` with ``x``, at most.

    For every v in the box, cov(x, v) / |x| - r |v| (deviations from means) is concave in v and 0 at y, so it lies below
    its tangent there; over the least |v|, of which the smallest and the largest value give a lower bound, that bounds
    r(v) - r. Infinite where the box holds a constant.
    """
    x, centred = (x - x.mean()) / np.linalg.norm(x - x.mean()), y - y.mean()
    size = np.linalg.norm(centred)
    tangent = x - (x @ centred) / size**2 * centred
    over = np.maximum(tangent * (high - y), tangent * (low - y)).sum()
    return float(over / ((low[-1] - high[0]) / np.sqrt(2))) if low[-1] > high[0] else np.inf


def steepest_slope(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """The steepest least-squares slope on ascending ``x`` of any y between ``low`` and ``high``, in any order.

    >>> steepest_slope(np.array([0.0, 1.0, 2.0]), np.zeros(3), np.ones(3))
    0.5
    """
    return float(slope(x, np.where(x < x.mean(), low, high)))


def lowest_in_order(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """The lowest Pearson correlation found, and the lowest slope, of ascending y in the box with ascending ``x``.

    Both lie at vertices: the correlation is quasi-concave in y where it is positive, the slope linear. A vertex holds
    ends of boxes only, so it is given by the ranks at which it climbs from one end to the next. The slope is exact (a
    dynamic programme). For the correlation a grid of climbs is tried, and from the best the climbs are moved, one and
    several at once, over all ranks until nothing falls. It is attained; a test compares it with all vertices of small
    boxes.
    """
    lowest_slope = float(slope(x, _lowest_vertex(x - x.mean(), low, high)))
    levels, n = np.unique(np.concatenate([low, high])), len(x)
    ranks = np.flatnonzero(np.diff(low) + np.diff(high)) + 1  # where the box changes
    size = GRID
    while comb(size + len(ranks) + len(levels), len(levels) - 1) > CLIMBS and size > 2:
        size -= 1
    grid = np.unique(np.concatenate([np.linspace(0, n, size).round().astype(int), ranks, [0, n - 1, n]]))
    climbs = np.array(list(combinations_with_replacement(grid, len(levels) - 1)))
    values = _pearson_of_climbs(climbs, levels, x, low, high)
    found = []
    for start in climbs[values.argsort(kind="stable")[:STARTS]]:
        at, best = start, np.inf
        while (lower := _pearson_of_climbs(moves := _moves(at, n), levels, x, low, high)).min() < best - 1e-12:
            best, at = float(lower.min()), moves[lower.argmin()]
        found.append(best)
    return min(found), lowest_slope


def lowest_spearman_in_order(low: np.ndarray, high: np.ndarray) -> float:
    """The lowest Spearman correlation of ascending y in the box with ascending x, of which no two are the same. Exact.

    Mid-ranks are the means of the ranks that share a value, so rho squared is their variance over that of the ranks:
    1 - sum(t^3 - t) / (n^3 - n), over ties of t. Neighbours can share a value if the lowest of the last is within the
    reach of the first; a dynamic programme finds the ties with the largest sum. Not a number if all can be the same.

    >>> rho = lowest_spearman_in_order(np.array([1.0, 1.0, 5.0]), np.array([2.0, 9.0, 9.0]))
    >>> round(rho**2, 12)  # 1, 5, 5: a tie of two among three, 1 - 6 / 24
    0.75
    """
    n = len(low)
    if low[-1] <= high[0]:
        return float("nan")
    best = np.zeros(n + 1)
    for last in range(n):
        first = int(np.searchsorted(high, low[last]))
        ties = last + 1.0 - np.arange(first, last + 1)
        best[last + 1] = (best[first : last + 1] + ties**3 - ties).max()
    return float(np.sqrt(1 - best[n] / (n**3 - n)))


def _moves(climbs: np.ndarray, n: int) -> np.ndarray:
    """Climbs with one, or several in a row, put at every rank in turn; those beside make room."""
    everywhere, found = np.arange(n + 1), [climbs[None]]
    for first in range(len(climbs)):
        for last in range(first, len(climbs)):
            moved = np.tile(climbs, (n + 1, 1))
            moved[:, first : last + 1] = everywhere[:, None]
            moved[:, :first] = np.minimum(moved[:, :first], everywhere[:, None])
            moved[:, last + 1 :] = np.maximum(moved[:, last + 1 :], everywhere[:, None])
            found.append(moved)
    return np.concatenate(found)


def _pearson_of_climbs(
    climbs: np.ndarray, levels: np.ndarray, x: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Pearson's r of ``x`` with each step vector; infinite where it leaves the box or does not climb at all."""
    n, rows = len(x), len(climbs)
    edges = np.column_stack([np.zeros(rows, dtype=int), climbs, np.full(rows, n)])
    start, end = edges[:, :-1], edges[:, 1:]
    inside = (start >= np.searchsorted(high, levels)) & (end <= np.searchsorted(low, levels, side="right"))
    centred, y = x - x.mean(), levels - levels.mean()
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    mean = (end - start) @ y / n
    squares = (end - start) @ y**2 - n * mean**2
    possible = (inside | (start == end)).all(1) & (squares > 1e-9)
    products = (sums[end] - sums[start]) @ y
    return np.where(possible, products / np.sqrt(np.where(possible, squares, 1.0) * (centred @ centred)), np.inf)


def _lowest_vertex(weights: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The ascending y in the box with the lowest weighted sum: ends of boxes only."""
    levels = np.unique(np.concatenate([low, high]))
    best, steps = np.zeros(len(levels)), np.empty((len(weights), len(levels)), dtype=int)
    for rank, weight in enumerate(weights):
        lowest = np.minimum.accumulate(best)
        steps[rank] = np.maximum.accumulate(np.where(best == lowest, np.arange(len(levels)), 0))
        best = np.where((levels >= low[rank]) & (levels <= high[rank]), lowest + weight * levels, np.inf)
    at, y = int(best.argmin()), np.empty(len(weights))
    for rank in range(len(weights) - 1, -1, -1):
        y[rank] = levels[at]
        at = steps[rank, at]
    return y


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()
