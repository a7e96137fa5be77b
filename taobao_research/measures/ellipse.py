"""Where the middle of the villages lies, how far they spread and which way, and whether that moved between lists."""

import numpy as np
import pandas as pd

from taobao_research.measures.intervals import middle
from taobao_research.measures.planar import project, unproject
from taobao_research.measures.turning import compared

ELLIPSE = ["year", "villages", "lon", "lat", "major_km", "minor_km", "bearing", "square_km", "n"]
DRIFT = ["years", "drift_km", "bearing", "east_km", "east_low", "east_high", "north_km", "north_low", "north_high"]
DRIFT += ["major_change", "major_low", "major_high", "n_before", "n"]
CORNERS = 73
MILLIMETRE = 1e-6  # kilometres: villages that lie no further apart are at one place
ROUNDING = 1e-12  # of the variance along the longer axis: with less along the shorter, villages lie on one line
MOST_DRAWS = 2000


def moments(counts: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean point and covariance of villages at their counties' points, along the last axis of the counts.

    Takes counts (..., counties) and points (counties, 2) in kilometres. Returns arrays (..., 2) and (..., 2, 2); the
    covariance is over the number of villages.

    >>> centre, spread = moments(np.array([1, 1]), np.array([[0.0, 0.0], [2.0, 0.0]]))
    >>> centre.tolist(), spread.tolist()
    ([1.0, 0.0], [[1.0, 0.0], [0.0, 0.0]])
    """
    total = counts.sum(-1)[..., None]
    origin = points[counts.reshape(-1, len(points))[0].argmax()]  # squares of small numbers, and none at one place
    shifted = points - origin
    centre = counts @ shifted / total
    squares = counts @ (shifted[:, :, None] * shifted[:, None, :]).reshape(len(points), 4) / total
    spread = squares.reshape(*counts.shape[:-1], 2, 2) - centre[..., :, None] * centre[..., None, :]
    return centre + origin, spread


def axes_of(spread: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standard deviation along the longer and the shorter axis, and the bearing of the longer (degrees, 0 to 180).

    Takes covariances (..., 2, 2), first east, then north. The bearing is clockwise from the map's north.

    >>> [float(each) for each in axes_of(np.array([[4.0, 0.0], [0.0, 1.0]]))]
    [2.0, 1.0, 90.0]
    """
    values, vectors = np.linalg.eigh(np.where(np.abs(spread) > MILLIMETRE**2, spread, 0.0))
    roots = np.sqrt(np.where(values > ROUNDING * values[..., 1:], values, 0.0))
    east, north = vectors[..., 0, 1], vectors[..., 1, 1]
    return roots[..., 1], roots[..., 0], np.degrees(np.arctan2(east, north)) % 180


def ellipses(units: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """The standard deviational ellipse of each list: one standard deviation along each principal axis.

    Source: Lefever 1926, American Journal of Sociology 32, in the form of principal axes; some programs multiply the
    axes by the root of two, or divide by n - 2. Takes counties with ``lon``, ``lat`` and a column of villages a year.
    Returns ``ELLIPSE``; ``bearing`` in degrees, ``n`` counties with villages. No row for a list without villages.
    """
    points = project(units["lon"].to_numpy(), units["lat"].to_numpy())
    rows = []
    for year in years:
        counts = units[str(year)].to_numpy()
        if counts.sum():
            centre, spread = moments(counts, points)
            major, minor, bearing = (float(each) for each in axes_of(spread))
            place = unproject(centre[None])[0]
            size = np.pi * major * minor
            rows.append((year, int(counts.sum()), *place, major, minor, bearing, size, int((counts > 0).sum())))
    return pd.DataFrame(rows, columns=ELLIPSE)


def drift(units: pd.DataFrame, lists: dict[int, pd.DataFrame], resamples: int, seed: int) -> pd.DataFrame:
    """How far the middle of the villages moved between lists, and how much longer the longer axis became.

    Takes counties as for ``ellipses`` and the lists by year. Returns ``DRIFT``: kilometres on the map, ``bearing``
    (degrees clockwise from north), the parts to the east and to the north, and the change of the longer axis, each with
    the middle 95% when both lists are drawn again village by village, at most ``MOST_DRAWS`` times (as in
    ``redrawing``: villages independent, shares as listed). The distance has no interval: it is never negative, and
    drawing again alone makes one. Pairs between which *Taobao village* changed its meaning are left out
    (``turning.compared``).
    """
    points = project(units["lon"].to_numpy(), units["lat"].to_numpy())
    drawn = {}
    for year in sorted(lists):
        counts = units[str(year)].to_numpy()
        at = counts > 0
        if at.any():
            rng, total = np.random.default_rng(seed + year), int(counts.sum())
            draws = rng.multinomial(total, counts[at] / total, size=min(resamples, MOST_DRAWS))
            drawn[year] = (*moments(np.vstack([counts[at], draws]), points[at]), int(at.sum()))
    rows = []
    for first, last in compared(lists):
        if first in drawn and last in drawn:
            (was, spread_was, n_before), (now, spread_now, n) = drawn[first], drawn[last]
            step, longer = now - was, axes_of(spread_now)[0] - axes_of(spread_was)[0]
            parts = [each for moved in (*step.T, longer) for each in (float(moved[0]), *middle(moved[1:]))]
            bearing = float(np.degrees(np.arctan2(*step[0])) % 360)
            rows.append((f"{first}-{last}", float(np.hypot(*step[0])), bearing, *parts, n_before, n))
    return pd.DataFrame(rows, columns=DRIFT)


def outlines(units: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """The ellipses as lines on a map: ``year``, ``lon``, ``lat``, in order around each."""
    points = project(units["lon"].to_numpy(), units["lat"].to_numpy())
    turn = np.linspace(0, 2 * np.pi, CORNERS)
    parts = []
    for year in years:
        counts = units[str(year)].to_numpy()
        if counts.sum():
            centre, spread = moments(counts, points)
            values, vectors = np.linalg.eigh(spread)
            line = centre + (np.column_stack([np.cos(turn), np.sin(turn)]) * np.sqrt(np.maximum(values, 0))) @ vectors.T
            parts.append(pd.DataFrame(unproject(line), columns=["lon", "lat"]).assign(year=year))
    columns = ["year", "lon", "lat"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
