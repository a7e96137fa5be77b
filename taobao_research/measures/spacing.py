"""How close counties with villages lie: the nearest-neighbour ratio and Ripley's K, over study areas and edges swept.

Both compare with points strewn evenly over an area. Counties are not strewn evenly: they are small in the east, with
villages or without. So the same is also asked of as many counties drawn from all, which needs no area and no edge.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from taobao_research.measures.autocorrelation import COLUMNS, PRESENCE, RAW, autocorrelation, p_value
from taobao_research.measures.listed import draws_for
from taobao_research.measures.neighbours import distance_km
from taobao_research.measures.planar import area, hull, perimeter, project, rectangle, to_edge

REACHES = (50, 100, 200, 400)  # kilometres
HELD, ALL, BOX = "hull of counties with villages", "hull of all counties", "rectangle around counties with villages"
NONE, CORRECTED = "none", "corrected"
RATIO = "nearest-neighbour ratio"
LABELLED = "counties drawn from all"
MOST_LABELLINGS, FEWEST_LABELLINGS = 999, 99  # each compares all pairs
MOST_PAIRS = 250_000_000  # compared in all draws: beyond 500 counties with villages there are fewer draws
LEAST_LOOKING = 20  # counties from which a border-corrected K is given
CLARK_EVANS_ERROR = 0.26136
AREAS = ["transform", "area", "square_km", "edge", "n", "nearest", "p", *(f"k_{reach}" for reach in REACHES)]


def nearest_distances(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Great-circle kilometres from each point to the nearest other one."""
    away = distance_km(lon[:, None], lat[:, None], lon, lat)
    np.fill_diagonal(away, np.inf)
    return away.min(1)


def clark_evans(distances: np.ndarray, square_km: float, edge_km: float = 0.0) -> tuple[float, float, float]:
    """Mean nearest distance, what it would be for points strewn evenly over the area, and its p from below.

    Source: Clark and Evans 1954, Ecology 35: half the root of the area per point. With the length of the area's edge,
    Donnelly's correction of 1978: points near the edge have fewer neighbours. Normal p: as near or nearer.

    >>> [round(each, 3) for each in clark_evans(np.full(4, 1.0), 16.0)]
    [1.0, 1.0, 0.5]
    """
    n = len(distances)
    density = n / square_km
    expected, error = 0.5 / np.sqrt(density), CLARK_EVANS_ERROR / np.sqrt(n * density)
    if edge_km:
        expected += (0.0514 + 0.041 / np.sqrt(n)) * edge_km / n
        error = np.sqrt(0.0703 * square_km + 0.037 * edge_km * np.sqrt(square_km / n)) / n
    return float(distances.mean()), float(expected), float(norm.cdf((distances.mean() - expected) / error))


def ripley(
    away: np.ndarray, weights: np.ndarray, reach: float, square_km: float, to_edge_km: np.ndarray | None = None
) -> float:
    """Ripley's K: the area times the chance that another village lies within the reach of one (square kilometres).

    Source: Ripley 1977, Journal of the Royal Statistical Society B 39. ``away`` holds the distances of every two
    counties, ``weights`` their villages: villages of one county lie at one point, zero apart. Points strewn evenly have
    pi reach squared. Given distances to the edge, only villages farther from it than the reach look around (border
    method); not a number for fewer than ``LEAST_LOOKING`` counties.

    >>> away = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> ripley(away, np.array([1, 1]), 2.0, 10.0), ripley(away, np.array([2, 1]), 0.5, 9.0)
    (10.0, 3.0)
    """
    weights = np.asarray(weights, float)
    looking = np.ones(len(weights), bool) if to_edge_km is None else to_edge_km >= reach
    if to_edge_km is not None and looking.sum() < LEAST_LOOKING:
        return float("nan")
    around = (away <= reach) @ weights - 1  # the village itself
    pairs = weights[looking].sum() * (weights.sum() - 1)
    return float(square_km * (weights[looking] * around[looking]).sum() / pairs) if pairs else float("nan")


def study_areas(counts: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> pd.DataFrame:
    """The nearest-neighbour ratio and Ripley's K against points strewn evenly, by study area and treatment of its edge.

    Takes the villages of every county, and its point. Returns ``transform`` (points are counties with villages,
    ``presence``, or every village at its county's point, ``villages``), ``area``, ``square_km``, ``edge`` (``none``, or
    ``corrected``: ``clark_evans`` by Donnelly, K by the border method), ``n`` points, ``nearest`` (the ratio, below one
    is closer), ``p`` of it (for counties only: villages of one county are not placed independently), and ``k_50`` to
    ``k_400``: K over pi reach squared, above one is closer; empty where fewer than ``LEAST_LOOKING`` counties look
    around. No rows where fewer than three counties hold villages, or all lie on a line.
    """
    held = np.flatnonzero(counts > 0)
    flat = project(lon, lat)
    corners = hull(flat[held])
    if not len(corners):
        return pd.DataFrame(columns=AREAS)
    away = distance_km(lon[held, None], lat[held, None], lon[held], lat[held])
    villages, near = counts[held], nearest_distances(lon[held], lat[held])
    points = {
        PRESENCE: (np.ones(len(held), int), near),
        RAW: (villages, np.where(villages > 1, 0.0, near).repeat(villages)),
    }
    rows = []
    for transform, (weights, distances) in points.items():
        for name, shape in ((BOX, rectangle(flat[held])), (HELD, corners), (ALL, hull(flat))):
            size, inside = area(shape), to_edge(flat[held], shape)
            for edge, length, to_edge_km in ((NONE, 0.0, None), (CORRECTED, perimeter(shape), inside)):
                mean, expected, p = clark_evans(distances, size, length)
                ratios = [ripley(away, weights, reach, size, to_edge_km) / np.pi / reach**2 for reach in REACHES]
                p = p if transform == PRESENCE else np.nan
                rows.append((transform, name, size, edge, len(distances), mean / expected, p, *ratios))
    return pd.DataFrame(rows, columns=AREAS)


def labelled(counts: np.ndarray, lon: np.ndarray, lat: np.ndarray, permutations: int, seed: int) -> pd.DataFrame:
    """The same against as many counties drawn from all: no study area, and the edge is the same for both.

    Returns rows of ``autocorrelation.COLUMNS``: the nearest-neighbour ratio is the mean nearest distance of counties
    with villages over the mean of the draws; K the share of pairs within the reach, of counties (``presence``) or of
    villages (``villages``, each county's number drawn with it), over the mean of the draws. ``expected`` is 1, ``p``
    one-sided: as close as in the list or closer. At most ``MOST_LABELLINGS`` draws, fewer for many counties.
    No rows where fewer than three counties, or all, hold villages.
    """
    at = np.flatnonzero(counts > 0)
    n, m = len(counts), len(at)
    if m < 3 or m == n:
        return pd.DataFrame(columns=COLUMNS)
    most = min(MOST_LABELLINGS, max(MOST_PAIRS // m**2, FEWEST_LABELLINGS))
    draws, rng = min(permutations, most), np.random.default_rng(seed)
    away = distance_km(lon[:, None], lat[:, None], lon, lat)
    bands = np.searchsorted(REACHES, away).astype(np.uint8)
    np.fill_diagonal(away, np.inf)
    weights = counts[at].astype(float)
    same = (weights * (weights - 1)).sum()  # pairs within a county are the same in every draw
    found = np.empty((1 + draws, 1 + 2 * len(REACHES)))
    for draw in range(1 + draws):
        places = rng.choice(n, m, replace=False) if draw else at
        pairs = np.ix_(places, places)
        found[draw, 0] = away[pairs].min(1).mean()
        band = bands[pairs]
        for number, _ in enumerate(REACHES):
            within = band <= number
            np.fill_diagonal(within, False)
            found[draw, 1 + number] = within.sum()
            found[draw, 1 + len(REACHES) + number] = weights @ (within @ weights) + same
    names = [(PRESENCE, RATIO)] + [
        (transform, f"Ripley's K at {reach} km") for transform in (PRESENCE, RAW) for reach in REACHES
    ]
    rows = []
    for (transform, index), drawn in zip(names, found.T, strict=True):
        middle = drawn[1:].mean()
        value, p = drawn[0] / middle if middle else np.nan, p_value(drawn, upper=index != RATIO)
        rows.append(("counties", transform, LABELLED, index, value, 1.0, p, draws, n))
    return pd.DataFrame(rows, columns=COLUMNS)


def space(counts: np.ndarray, lon: np.ndarray, lat: np.ndarray, permutations: int, seed: int) -> pd.DataFrame:
    """Every index of the counties together that has permutations: ``autocorrelation``, then ``labelled``.

    Where many counties hold villages there are fewer permutations (``listed.draws_for``).
    """
    draws = draws_for(max(int((counts > 0).sum()), 1), permutations)
    parts = [autocorrelation(counts, lon, lat, draws, seed), labelled(counts, lon, lat, draws, seed)]
    return pd.concat([each for each in parts if len(each)] or parts[:1], ignore_index=True)


def by_reach(table: pd.DataFrame) -> pd.DataFrame:
    """Of ``space`` the rows of Ripley's K: ``transform``, ``reach`` (kilometres), ``value``."""
    own = table[table["index"].str.startswith("Ripley's K")]
    reach = own["index"].str.extract(r"(\d+)", expand=False).astype(int)
    return own.assign(reach=reach)[["transform", "reach", "value"]].reset_index(drop=True)
