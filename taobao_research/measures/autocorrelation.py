"""Whether neighbouring counties are alike: Moran's I, Geary's C and joins, with permutations of all counties.

One sum over neighbours gives all three, and only places that are not zero add to it. So a permutation need not move the
zeros: the places of the others are drawn, and the sums are taken there.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from taobao_research.measures.neighbours import Weights, joins, nearest

NEIGHBOURS = (4, 6, 8)  # numbers of nearest neighbours swept
COLUMNS = ["unit", "transform", "weights", "index", "value", "expected", "p", "permutations", "n"]
MORAN, GEARY, BOTH, ONE = "Moran's I", "Geary's C", "joins with villages at both ends", "joins with villages at one end"
RAW, LOG, PRESENCE = "villages", "log(1 + villages)", "presence"
MOST_CELLS = 500_000  # neighbours looked up at once


def moran(values: np.ndarray, weights: Weights) -> float:
    """Moran's I: 1 where neighbours are alike, -1/(n - 1) expected, negative where they are unlike.

    Source: Cliff and Ord 1981, *Spatial Processes*, chapter 1. Rows of the weights add up to one. Not a number where
    all values are equal.

    >>> from taobao_research.measures.neighbours import nearest
    >>> line = nearest(np.array([0.0, 1.0, 3.0, 4.0]), np.zeros(4), 1)
    >>> moran(np.array([1, 1, 0, 0]), line), moran(np.array([1, 0, 1, 0]), line)
    (1.0, -1.0)
    """
    return float(_moran(np.asarray(values, float), *permuted_sums([values], [weights], 0, 0)[0, 0])[0])


def geary(values: np.ndarray, weights: Weights) -> float:
    """Geary's C: 0 where neighbours are equal, 1 expected, more where they are unlike. Source as for ``moran``.

    >>> from taobao_research.measures.neighbours import nearest
    >>> geary(np.array([1, 1, 0, 0]), nearest(np.array([0.0, 1.0, 3.0, 4.0]), np.zeros(4), 1))
    0.0
    """
    return float(_geary(np.asarray(values, float), *permuted_sums([values], [weights], 0, 0)[0, 0])[0])


def permuted_sums(
    variables: Sequence[np.ndarray], weights: Sequence[Weights], permutations: int, seed: int
) -> np.ndarray:
    """Three sums for each variable as it is, and for each permutation of it over the places.

    A variable has one value for each place. Returns an array (weights, variables, 3, 1 + ``permutations``): values by
    the weighted sum of their neighbours', values by ``Weights.touching``, and their squares by the same. All weights
    and variables have the same permutations, and the same seed gives them again where the zeros are the same.
    """
    values = np.array(variables, float)
    n, at = values.shape[1], np.flatnonzero(values.any(0))
    own, touching = values[:, at], [each.touching for each in weights]
    most = max(each.neighbours.shape[1] for each in weights)
    parts = []
    for places in _placed(n, at, permutations, seed, max(1, MOST_CELLS // max(len(at) * most, n))):
        draws = np.arange(len(places))[:, None]
        filled = np.zeros((len(values), len(places), n + 1))
        filled[:, draws, places] = own[:, None]
        part = np.empty((len(weights), len(values), 3, len(places)))
        for number, each in enumerate(weights):
            looked_up = each.neighbours[places] + (draws * (n + 1))[:, :, None]
            weight, touched = each.each[places], touching[number][places]
            for variable, mine in enumerate(own):
                around = filled[variable].ravel().take(looked_up)
                near = around.sum(-1) * weight[..., 0] if weight.shape[-1] == 1 else (around * weight).sum(-1)
                part[number, variable] = near @ mine, touched @ mine, touched @ mine**2
        parts.append(part)
    return np.concatenate(parts, axis=-1)


def p_value(values: np.ndarray, upper: bool = True) -> float:
    """(r + 1)/(m + 1): of m permutations, r at least as large as the first value (or as small, where not ``upper``).

    >>> p_value(np.array([5.0, 1.0, 5.0, 7.0]))
    0.75
    """
    value, draws = values[0], values[1:]
    near = 1e-9 * max(abs(float(value)), 1e-12)  # sums in another order are the same number
    reached = (draws >= value - near) if upper else (draws <= value + near)
    return (int(reached.sum()) + 1) / (len(draws) + 1)


def autocorrelation(
    counts: np.ndarray, lon: np.ndarray, lat: np.ndarray, permutations: int, seed: int, swept: tuple[int, ...] = ()
) -> pd.DataFrame:
    """Moran's I and Geary's C of the counts and of their logarithms, and joins of counties with villages.

    Takes the villages of each county, zeros too, and its point. Returns ``COLUMNS`` for each number of neighbours
    (``NEIGHBOURS``, or those given): ``expected`` under permutation, ``p`` one-sided, of neighbours as alike as in the
    list or more (I and joins at both ends large, C and joins at one end small), and ``n`` counties. Not a row where all
    counties have the same value. Joins at no end are the rest and no further finding.
    """
    counts = np.asarray(counts)
    n, held = len(counts), counts > 0
    if n < 3 or np.ptp(counts) == 0:
        return pd.DataFrame(columns=COLUMNS)
    weights = [nearest(lon, lat, k) for k in swept or NEIGHBOURS]
    variables = {RAW: counts.astype(float), LOG: np.log1p(counts)}
    sums = permuted_sums(list(variables.values()), weights, permutations, seed)
    joined = permuted_sums([held], [joins(each) for each in weights], permutations, seed)
    m, pairs, rows = int(held.sum()), [joins(each).touching.sum() / 2 for each in weights], []
    for number, each in enumerate(weights):
        found: list[tuple[str, str, np.ndarray, float]] = []
        for variable, (transform, values) in enumerate(variables.items()):
            found.append((transform, MORAN, _moran(values, *sums[number, variable]), -1 / (n - 1)))
            found.append((transform, GEARY, _geary(values, *sums[number, variable]), 1.0))
        both, touched, _ = joined[number, 0]
        chance = pairs[number] * m / n / (n - 1)
        found.append((PRESENCE, BOTH, both, chance * (m - 1)))
        found.append((PRESENCE, ONE, touched - 2 * both, 2 * chance * (n - m)))
        for transform, index, drawn, expected in found:
            if m < n or transform != PRESENCE:
                p = p_value(drawn, upper=index in (MORAN, BOTH))
                rows.append(("counties", transform, each.name, index, drawn[0], expected, p, permutations, n))
    return pd.DataFrame(rows, columns=COLUMNS)


def _placed(n: int, at: np.ndarray, permutations: int, seed: int, chunk: int) -> Iterator[np.ndarray]:
    """Where the values that are not zero stand: as they are, then drawn without repeats; shape (draws, values)."""
    yield at[None, :]
    rng = np.random.default_rng(seed)
    for start in range(0, permutations, chunk):
        size = min(chunk, permutations - start)
        yield np.array([rng.choice(n, len(at), replace=False) for _ in range(size)], int).reshape(size, len(at))


def _moran(values: np.ndarray, by: np.ndarray, touched: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """I from the sums, where the rows of the weights add up to one and so all of them to n."""
    n, mean = len(values), values.mean()
    spread = ((values - mean) ** 2).sum()
    return (by - mean * touched + n * mean**2) / spread if spread else np.full(len(by), np.nan)


def _geary(values: np.ndarray, by: np.ndarray, touched: np.ndarray, squares: np.ndarray) -> np.ndarray:
    n = len(values)
    spread = ((values - values.mean()) ** 2).sum()
    return (n - 1) / (2 * n) * (squares - 2 * by) / spread if spread else np.full(len(by), np.nan)
