"""Where counties with many villages lie together: local Moran, Getis and Ord's G*, and which of them to believe.

Given a county's own villages, both indices rise and fall with one number, the villages of its neighbours. So they have
one p between them and are no two findings. That p is counted, not estimated by permutations, from whole numbers:
villages, hundredths of their logarithm, or presence. A program that adds up standardised floats loses ties, and with
them half of p.
"""

import numpy as np
import pandas as pd
from scipy.special import comb
from scipy.stats import false_discovery_control

from taobao_research.measures.autocorrelation import LOG, NEIGHBOURS, PRESENCE, RAW
from taobao_research.measures.neighbours import Weights, nearest

SPOTS = ["villages", "neighbours", "around", "local_moran", "g_star", "p", "q", "kind", "called"]
FALSE_SHARE = 0.05  # of the counties called, the share that may be called wrongly on average
HIGH_HIGH, LOW_LOW, HIGH_LOW, LOW_HIGH = "many among many", "few among few", "many among few", "few among many"
HUNDREDTHS = 100  # of log(1 + villages), so that sums are whole numbers
KINDS = (HIGH_HIGH, HIGH_LOW, LOW_HIGH, LOW_LOW)


def local_moran(counts: np.ndarray, weights: Weights) -> np.ndarray:
    """Anselin's local I: a county's deviation from the mean by its neighbours' mean deviation, over the variance.

    Source: Anselin 1995, Geographical Analysis 27. Rows of the weights add up to one; the mean of the local I is
    Moran's I. The variance is over n.
    """
    values = np.asarray(counts, float)
    deviation = values - values.mean()
    return deviation * (_around(deviation, weights) * weights.each[:, 0]) / (deviation**2).mean()


def g_star(counts: np.ndarray, weights: Weights) -> np.ndarray:
    """Getis and Ord's G* as a standard score: the villages of a county and its neighbours, against all counties.

    Source: Ord and Getis 1995, Geographical Analysis 27, equation 14 with the county itself; each neighbour counts one.
    """
    values, n = np.asarray(counts, float), len(counts)
    together, sums = weights.counts + 1, _around(values, weights) + values
    spread = values.std() * np.sqrt((n * together - together**2) / (n - 1))
    return (sums - together * values.mean()) / spread


def chances(counts: np.ndarray, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """Of each county the chance that neighbours drawn from all other counties have as many villages, or as few.

    What permutations that leave the county where it is estimate, counted: of all ways to choose as many others as it
    has neighbours, the fraction in which they hold at least, and at most, as many villages. Returns both.

    >>> from taobao_research.measures.neighbours import nearest
    >>> line = nearest(np.array([0.0, 1.0, 3.0, 4.0]), np.zeros(4), 1)
    >>> chances(np.array([3, 2, 0, 0]), line)[0].round(3).tolist()
    [0.333, 0.333, 1.0, 1.0]
    """
    counts = np.asarray(counts, int)
    sums = _around(counts, weights).astype(int)
    as_many, as_few = np.empty(len(counts)), np.empty(len(counts))
    values, multiples = np.unique(counts, return_counts=True)
    sizes = weights.counts
    for own in values:
        ways = _ways(values, multiples - (values == own), int(sizes.max()))
        for size in np.unique(sizes[counts == own]):
            inside = (counts == own) & (sizes == size)
            below = np.concatenate([[0.0], np.cumsum(ways[size])])
            reached = np.minimum(sums[inside], len(below) - 2)
            as_few[inside] = below[reached + 1] / below[-1]
            above = np.concatenate([np.cumsum(ways[size][::-1])[::-1], [0.0]])
            as_many[inside] = above[reached] / above[0]
    return as_many, as_few


def whole_values(counts: np.ndarray, transform: str) -> np.ndarray:
    """The villages as whole numbers: as they are, the logarithm of 1 + villages in hundredths, or presence (0/1).

    >>> whole_values(np.array([0, 1, 9]), LOG).tolist(), whole_values(np.array([0, 1, 9]), PRESENCE).tolist()
    ([0, 69, 230], [0, 1, 1])
    """
    counts = np.asarray(counts, int)
    if transform == LOG:
        return np.rint(HUNDREDTHS * np.log1p(counts)).astype(int)
    return (counts > 0).astype(int) if transform == PRESENCE else counts


def hot_spots(places: pd.DataFrame, counts: np.ndarray, weights: Weights, transform: str) -> pd.DataFrame:
    """Each county's own villages and those of its neighbours, what they make it, and whether that can be believed.

    Takes a table of counties, their villages and neighbours, and how villages count (``whole_values``). Returns the
    table with ``villages``, ``neighbours``, ``around`` (villages of the neighbours together), ``local_moran`` and
    ``g_star`` (of the transformed values), ``p`` (two-sided: twice the smaller of ``chances``), ``q`` (Benjamini and
    Hochberg 1995: of the counties with q up to ``FALSE_SHARE``, no more than this share is called wrongly on average),
    ``kind`` (above or below the mean, among neighbours with more or fewer than chance) and ``called``. One p serves
    both indices. No rows where all counties have the same value.
    """
    counts = np.asarray(counts, int)
    values = whole_values(counts, transform)
    if len(values) < 3 or np.ptp(values) == 0:
        return places.head(0).reindex(columns=[*places.columns, *SPOTS])
    as_many, as_few = chances(values, weights)
    p = np.minimum(2 * np.minimum(as_many, as_few), 1.0)
    q = false_discovery_control(p)
    high, among_high = values > values.mean(), as_many <= as_few
    return places.assign(
        villages=counts,
        neighbours=weights.counts,
        around=_around(counts, weights).astype(int),
        local_moran=local_moran(values, weights),
        g_star=g_star(values, weights),
        p=p,
        q=q,
        kind=np.where(high, np.where(among_high, *KINDS[:2]), np.where(among_high, *KINDS[2:])),
        called=q <= FALSE_SHARE,
    )


def swept_spots(counts: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> pd.DataFrame:
    """How many counties are called under each transform and number of neighbours.

    Returns ``transform``, ``weights``, ``kind``, ``counties`` (called), ``villages`` (in them), ``uncontrolled``
    (counties that would be called if each p up to 0.05 were taken by itself) and ``n``.
    """
    rows = []
    for transform in (RAW, LOG, PRESENCE):
        for weights in (nearest(lon, lat, k) for k in NEIGHBOURS):
            spots = hot_spots(pd.DataFrame(index=range(len(counts))), counts, weights, transform)
            for kind in KINDS if len(spots) else ():
                own = spots[spots["kind"] == kind]
                called, alone = own[own["called"]], int((own["p"] <= FALSE_SHARE).sum())
                if alone:
                    held = int(called["villages"].sum())
                    rows.append((transform, weights.name, kind, len(called), held, alone, len(spots)))
    return pd.DataFrame(rows, columns=["transform", "weights", "kind", "counties", "villages", "uncontrolled", "n"])


def called_spots(spots: pd.DataFrame) -> pd.DataFrame:
    """Of ``hot_spots`` the counties that are called, those with villages first, then by ``g_star``, highest first."""
    own = spots[spots["called"].astype(bool)].drop(columns="called")
    return own.assign(none=own["villages"] == 0).sort_values(
        ["none", "g_star"], ascending=[True, False], ignore_index=True, kind="stable"
    ).drop(columns="none")  # fmt: skip


def _around(values: np.ndarray, weights: Weights) -> np.ndarray:
    """The sum of the neighbours' values."""
    return np.append(values, 0)[weights.neighbours].sum(1)


def _ways(values: np.ndarray, multiples: np.ndarray, most: int) -> np.ndarray:
    """Ways to choose 0 to ``most`` of the values, by their sum: shape (most + 1, sums)."""
    ways = np.zeros((most + 1, most * int(values.max()) + 1))
    ways[0, 0] = 1.0
    for value, multiple in zip(values.tolist(), multiples.tolist(), strict=True):
        before = ways.copy()
        for chosen in range(1, min(most, multiple) + 1):
            shift = chosen * value
            ways[chosen:, shift:] += comb(multiple, chosen) * before[: most + 1 - chosen, : ways.shape[1] - shift]
    return ways
