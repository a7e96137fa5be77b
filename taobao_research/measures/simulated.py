"""SIMULATED villages that meet each condition of ``margins.satisfied``, with the correlation put in by hand.

They show what the methods could detect and how far the most famous places mislead. They are no evidence on any real
village, and nothing about the correlation can be read from them: it is an input. Every table made here says so in its
column ``label``, and its figures stand in columns whose names begin with ``simulated``.
"""

import numpy as np
import pandas as pd

from taobao_research.measures.association import METHODS, fisher_interval
from taobao_research.measures.bivariate import pearson
from taobao_research.measures.margins import Margins, satisfied

LABEL = "SIMULATED"
INPUTS = (0.0, 0.3, 0.6, 0.9)
SHOPS_SPREAD, HOUSEHOLDS_SPREAD, MIDDLE_HOUSEHOLDS = 1.0, 0.6, 500  # stated, not estimated
MOST_LISTS = 400
SAMPLES = ("all villages", "drawn at random", "largest by turnover", "largest by shops", "largest by both")
LIST_COLUMNS = ["label", "simulated_shops", "simulated_turnover_cny", "simulated_households"]
CHECK_COLUMNS = ["label", "constraint", "rule", "bound", "simulated_lists", "simulated_holding"]
AS_CHECKED = dict(zip(LIST_COLUMNS[1:], ("active_shops", "turnover_cny", "households"), strict=True))
COLUMNS = ["label", "simulated_sample", "simulated_input", "n", "simulated_lists", "simulated_estimate",
           "simulated_low", "simulated_high", "simulated_bias", "simulated_detected_share"]  # fmt: skip


def simulated_list(margins: Margins | None, correlation: float, largest_turnover: float, seed: int) -> pd.DataFrame:
    """One SIMULATED list: ``LIST_COLUMNS``, one row a village, in no order; no rows where nothing is published.

    Turnover: the least counts of the bands, log-uniform within each, one village from ``top_turnover`` on.
    Shops: lognormal, scaled to just over the published total; below the least of the definition a village has so few
    households that it qualifies by them. The two are joined by a normal copula (Sklar 1959) with ``correlation``.
    """
    if margins is None:
        return pd.DataFrame(columns=LIST_COLUMNS)
    rng = np.random.default_rng(seed)
    shops, turnover = _draw(margins, correlation, largest_turnover, 1, rng)
    usual = MIDDLE_HOUSEHOLDS * np.exp(HOUSEHOLDS_SPREAD * rng.standard_normal(margins.villages))
    most = np.where(shops[0] < margins.least_shops, shops[0] / float(margins.household_share), np.inf)
    return pd.DataFrame(
        {
            "label": LABEL,
            "simulated_shops": shops[0],
            "simulated_turnover_cny": turnover[0],
            "simulated_households": np.maximum(1, np.floor(np.minimum(usual, most))),
        }
    )


def simulated_check(margins: Margins | None, largest_turnover: float, seed: int) -> pd.DataFrame:
    """How many SIMULATED lists, one for each of ``INPUTS``, meet each published constraint.

    Returns ``CHECK_COLUMNS``; no rows where nothing is published.
    """
    if margins is None:
        return pd.DataFrame(columns=CHECK_COLUMNS)
    lists = [simulated_list(margins, each, largest_turnover, seed + number) for number, each in enumerate(INPUTS)]
    checked = [satisfied(each.rename(columns=AS_CHECKED), margins) for each in lists]
    holding = sum(each["holds"].astype(int) for each in checked)
    table = checked[0][["constraint", "rule", "bound"]]
    return table.assign(label=LABEL, simulated_lists=len(lists), simulated_holding=holding)[CHECK_COLUMNS]


def simulated_estimates(
    margins: Margins | None, largest_turnover: float, n: int, resamples: int, seed: int
) -> pd.DataFrame:
    """What Pearson's r (logs) would be in samples of SIMULATED lists, for each correlation in ``INPUTS``.

    ``n`` is the size of each sample but the first: places at random, or those with the most turnover, the most
    shops, or the best sum of both ranks, as the cited places may have come to be cited. At most ``MOST_LISTS`` lists.
    Returns ``COLUMNS``: the mean over lists, the middle 95% of them, the mean less that of all villages
    (``simulated_bias``), and the share of lists in which Fisher's 95% interval leaves out 0
    (``simulated_detected_share``: the power; for the input 0 the rate of false alarms).
    """
    lists, rows = min(resamples, MOST_LISTS), []
    rng = np.random.default_rng(seed)
    for correlation in INPUTS if margins is not None and n > 3 else ():
        shops, turnover = _draw(margins, correlation, largest_turnover, lists, rng)
        x, y = np.log(shops), np.log(turnover)
        found = {name: pearson(*(np.take_along_axis(each, members, 1) for each in (x, y)))
                 for name, members in _members(x, y, n, rng).items()}  # fmt: skip
        for name, estimates in found.items():
            size = x.shape[1] if name == SAMPLES[0] else n
            low, high = np.percentile(estimates, [2.5, 97.5])
            intervals = np.array([fisher_interval(float(each), size, METHODS[0]) for each in estimates])
            detected = float(((intervals[:, 0] > 0) | (intervals[:, 1] < 0)).mean())
            bias = float(estimates.mean() - found[SAMPLES[0]].mean())
            rows.append((LABEL, name, correlation, size, lists, float(estimates.mean()), float(low), float(high), bias,
                         detected))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _members(x: np.ndarray, y: np.ndarray, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Which villages each sample holds, by the names of ``SAMPLES``; shape (lists, size)."""
    rank_x, rank_y = (_order(each) for each in (x, y))
    by = (-rng.random(x.shape), -y, -x, -(rank_x + rank_y))
    everyone = np.broadcast_to(np.arange(x.shape[1]), x.shape)
    samples = [np.argsort(each, axis=1, kind="stable")[:, :n] for each in by]
    return dict(zip(SAMPLES, [everyone, *samples], strict=True))


def _order(values: np.ndarray) -> np.ndarray:
    """The place of each value in the order of its row, of equal ones the first before: the same on every processor.

    >>> _order(np.array([[5.0, 1.0, 5.0]])).tolist()
    [[1, 0, 2]]
    """
    return values.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")


def _draw(
    margins: Margins, correlation: float, largest_turnover: float, lists: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Shops and turnover of shape (lists, villages), whole numbers."""
    n, ends = margins.villages, margins.top(largest_turnover)
    bands = [
        (margins.least_turnover, margins.band_top, margins.in_band),
        (margins.band_top + 1, margins.high_turnover, n - margins.in_band - margins.high),
        (margins.high_turnover + 1, ends, margins.high - 1),
        (margins.top_turnover, ends, 1),
    ]
    parts = [low * (high / low) ** rng.random((lists, count)) for low, high, count in bands]
    turnover = np.sort(np.round(np.hstack(parts)), axis=1)
    shops = np.sort(np.exp(SHOPS_SPREAD * rng.standard_normal((lists, n))), axis=1)
    shops = np.ceil(shops * (margins.shops_together + 1) / shops.sum(1, keepdims=True))
    first, second = rng.standard_normal((2, lists, n))
    second = correlation * first + np.sqrt(1 - correlation**2) * second
    places = [_order(each) for each in (first, second)]
    return np.take_along_axis(shops, places[0], 1), np.take_along_axis(turnover, places[1], 1)
