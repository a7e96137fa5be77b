"""How unevenly villages lie over places: indices along the last axis of an array of counts, with zeros or without.

``counts`` has shape (..., places): villages of each place. ``n`` is how many places are counted; those beyond the
places given have no village. Zeros are a choice of the reader: each function says what it does with them.
"""

import numpy as np
import pandas as pd
from scipy.special import xlogy

from taobao_research.measures.change import LEVELS
from taobao_research.measures.intervals import Z

HHI, GINI, THEIL, BETWEEN, WITHIN = "HHI", "Gini", "Theil T", "Theil T, between regions", "Theil T, within regions"
ROUNDING = 1e-13  # a difference of figures of about one that is less is none
LEAST_RANKED = 5  # places from which a rank-size slope is given


def excess(differences: np.ndarray) -> np.ndarray:
    """Differences that are never below zero: 0 where there is none but for rounding.

    >>> excess(np.array([0.1 + 0.2 - 0.3, -1e-17, 0.5])).tolist()
    [0.0, 0.0, 0.5]
    """
    return np.where(differences > ROUNDING, differences, 0.0)


def shares(counts: np.ndarray) -> np.ndarray:
    """Each place's fraction of all villages."""
    return counts / counts.sum(-1, keepdims=True)


def herfindahl(counts: np.ndarray) -> np.ndarray:
    """HHI, the sum of squared shares (0-1). Zeros add nothing. One over it is the number of equal places that give it.

    >>> float(herfindahl(np.array([2, 1, 1])))
    0.375
    """
    return (shares(counts) ** 2).sum(-1)


def geographic_concentration(counts: np.ndarray) -> np.ndarray:
    """G = 100 times the root of the sum of squared shares (0-100): a transform of the HHI and no other evidence.

    Source: as studies of Chinese villages write it, Ma, Zhang and Huang 2023, Humanities and Social Sciences
    Communications 10, table 2.

    >>> float(geographic_concentration(np.array([1, 1, 1, 1])))
    50.0
    """
    return 100 * np.sqrt(herfindahl(counts))


def variation(counts: np.ndarray, n: int | np.ndarray | None = None) -> np.ndarray:
    """Coefficient of variation, standard deviation over mean of all n places: the root of n HHI - 1.

    >>> float(variation(np.array([4, 0])))
    1.0
    """
    return np.sqrt(excess(_places(counts, n) * herfindahl(counts) - 1))


def gini(counts: np.ndarray, n: int | np.ndarray | None = None) -> np.ndarray:
    """Gini coefficient over n places, from 0 to (n - 1)/n. Zeros count: 1 - Gini falls in proportion to 1/n.

    >>> float(gini(np.array([1, 3]))), float(gini(np.array([1, 3]), 4))
    (0.25, 0.625)
    """
    ordered = np.sort(counts, axis=-1)
    given = counts.shape[-1]
    weighted = (ordered * np.arange(1, given + 1)).sum(-1) / ordered.sum(-1)
    among_given = (2 * weighted - given - 1) / given
    return 1 - given / _places(counts, n) * (1 - among_given)


def imbalance(counts: np.ndarray, n: int | None = None) -> np.ndarray:
    """Imbalance index S, from 0 (equal) to 1 (all in one place): (sum of Y - 50(n + 1)) / (100n - 50(n + 1)).

    Y are the cumulated percentages, largest place first (Ma, Zhang and Huang 2023, as above). It equals
    Gini n/(n - 1), and is no other evidence. Not a number for one place.

    >>> float(imbalance(np.array([5, 0]))), float(imbalance(np.array([2, 2])))
    (1.0, 0.0)
    """
    places = int(_places(counts, n))
    if places == 1:
        return np.full(counts.shape[:-1], np.nan)
    cumulated = 100 * np.cumsum(-np.sort(-shares(counts), axis=-1), axis=-1)
    total = cumulated.sum(-1) + 100 * (places - counts.shape[-1])
    return (total - 50 * (places + 1)) / (100 * places - 50 * (places + 1))


def theil(counts: np.ndarray, n: int | np.ndarray | None = None) -> np.ndarray:
    """Theil's T over n places, from 0 to ln n. Zeros count: with n places it is ln n less the entropy of the shares.

    >>> float(theil(np.array([1, 1]), 4)) == float(np.log(2))
    True
    """
    each = shares(counts)
    return excess(np.log(_places(counts, n)) + xlogy(each, each).sum(-1))


def theil_between(counts: np.ndarray, regions: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The part of Theil's T between regions: T of the regions, each weighted by its places. The rest is within them.

    ``regions`` numbers the region of each place; ``sizes`` has shape (..., regions): places of each, also those without
    villages. T = between + the mean of the regions' own T, weighted by their villages (Theil 1967, *Economics and
    Information Theory*, chapter 4).

    >>> float(theil_between(np.array([3, 1]), np.array([0, 0]), np.array([2])))
    0.0
    """
    regional = np.stack([counts[..., regions == each].sum(-1) for each in range(sizes.shape[-1])], axis=-1)
    held, places = shares(regional), sizes / sizes.sum(-1, keepdims=True)
    ratio = np.divide(held, places, out=np.ones(np.broadcast(held, places).shape), where=held > 0)
    return excess(xlogy(held, ratio).sum(-1))


def leading_share(counts: np.ndarray, k: int) -> np.ndarray:
    """CR-k, the fraction of all villages in the k leading places; ties do not matter, zeros add nothing.

    >>> float(leading_share(np.array([5, 3, 2]), 2))
    0.8
    """
    given = counts.shape[-1]
    leading = np.partition(counts, given - k, axis=-1)[..., -k:] if k < given else counts
    return leading.sum(-1) / counts.sum(-1)


def rank_size(counts: np.ndarray, shift: float = 0.5) -> float:
    """The slope b of ln(rank - shift) = a - b ln(villages) by least squares, over the places given.

    Source: Gabaix and Ibragimov 2011, Journal of Business and Economic Statistics 29: the shift of one half takes away
    the leading part of the bias in few places; b has the standard error b sqrt(2/n), not that of least squares. Places
    without villages have no logarithm and must be left out. Equal places take successive ranks. Not a number
    for fewer than ``LEAST_RANKED`` places, or where all are equal.

    >>> float(rank_size(1000 / np.arange(0.5, 10))).__round__(9)
    1.0
    """
    if len(counts) < LEAST_RANKED or counts.min() == counts.max():
        return float("nan")
    x = np.log(-np.sort(-counts))
    y = np.log(np.arange(1, len(counts) + 1) - shift)
    return float(-((x - x.mean()) * y).sum() / ((x - x.mean()) ** 2).sum())


def rank_sizes(villages: pd.DataFrame, thresholds: list[int]) -> pd.DataFrame:
    """Rank-size slopes of provinces, cities, counties and towns with at least so many villages.

    Takes a village table. Returns ``unit``, ``at_least`` (villages), ``n`` (places), ``slope`` (``rank_size``),
    ``standard_error`` (slope times the root of 2/n), ``low``, ``high`` (normal, 95%) and ``uncorrected`` (the slope
    without the shift); no row where there is no slope.
    """
    rows = []
    for unit, keys in LEVELS.items():
        counts = villages.groupby(keys)["villages"].sum().to_numpy()
        for least in sorted(set(thresholds)):
            kept = counts[counts >= least]
            slope = rank_size(kept)
            error = slope * np.sqrt(2 / max(len(kept), 1))
            ends = (slope - Z * error, slope + Z * error)
            rows.append((unit, least, len(kept), slope, error, *ends, rank_size(kept, 0.0)))
    columns = ["unit", "at_least", "n", "slope", "standard_error", "low", "high", "uncorrected"]
    return pd.DataFrame(rows, columns=columns).dropna(ignore_index=True)


def transforms(table: pd.DataFrame) -> pd.DataFrame:
    """What is the same number in another dress: G, the number of equal places and CV from the HHI, S from Gini.

    Takes ``redrawing.intervals``. Returns ``unit``, ``zeros``, ``index``, ``of`` (what it is computed from), ``value``,
    ``low``, ``high`` (the ends of the interval transformed) and ``n``. None of them is further evidence.
    """
    rows = []
    for unit, table_of_unit in table.groupby("unit", sort=False):
        squares = table_of_unit[table_of_unit["index"] == HHI].iloc[0]
        ends = squares[["value", "low", "high"]].to_numpy(float)
        rows.append((unit, squares["zeros"], "G", HHI, *(100 * np.sqrt(ends)), squares["n"]))
        rows.append((unit, squares["zeros"], "equal places", HHI, *(1 / ends[[0, 2, 1]]), squares["n"]))
        evenness = table_of_unit[table_of_unit["index"] == GINI]
        for zeros, n in zip(evenness["zeros"], evenness["n"], strict=True):
            rows.append((unit, zeros, "CV", "HHI, n", *np.sqrt(excess(n * ends - 1)), n))
        for row in evenness[evenness["n"] > 1].to_dict("records"):
            scaled = (min(row[end] * row["n"] / (row["n"] - 1), 1.0) for end in ("value", "low", "high"))
            rows.append((unit, row["zeros"], "S", "Gini, n", *scaled, row["n"]))
    return pd.DataFrame(rows, columns=["unit", "zeros", "index", "of", "value", "low", "high", "n"])


def _places(counts: np.ndarray, n: int | np.ndarray | None) -> int | np.ndarray:
    return counts.shape[-1] if n is None else n
