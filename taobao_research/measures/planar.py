"""The map in kilometres: an equal-area projection, hulls, areas and edges."""

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from taobao_research.measures.neighbours import EARTH_KM

PARALLELS, MERIDIAN = (25.0, 47.0), 105.0  # as usual for maps of China
FIRST, SECOND = np.radians(PARALLELS)
CONE = (np.sin(FIRST) + np.sin(SECOND)) / 2
CONSTANT = np.cos(FIRST) ** 2 + 2 * CONE * np.sin(FIRST)


def project(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Albers' equal-area conic projection on a sphere: points as rows of kilometres east of 105 E, and north.

    Source: Snyder 1987, *Map Projections*, equations 14-1 to 14-6, standard parallels 25 and 47 N. Areas are true;
    lengths are true on the parallels, and within 2% from 19 to 50 N.

    >>> project(np.array([105.0]), np.array([0.0])).round(6).tolist()
    [[0.0, 0.0]]
    """
    angle = CONE * np.radians(np.asarray(lon, float) - MERIDIAN)
    radius = EARTH_KM * np.sqrt(CONSTANT - 2 * CONE * np.sin(np.radians(np.asarray(lat, float)))) / CONE
    return np.column_stack([radius * np.sin(angle), EARTH_KM * np.sqrt(CONSTANT) / CONE - radius * np.cos(angle)])


def unproject(points: np.ndarray) -> np.ndarray:
    """Longitude and latitude (degrees) of points in kilometres: ``project`` undone.

    >>> unproject(project(np.array([120.0]), np.array([30.0]))).round(9).tolist()
    [[120.0, 30.0]]
    """
    east, north = np.asarray(points, float).T
    down = EARTH_KM * np.sqrt(CONSTANT) / CONE - north
    radius = np.hypot(east, down) * CONE / EARTH_KM
    lon = MERIDIAN + np.degrees(np.arctan2(east, down)) / CONE
    return np.column_stack([lon, np.degrees(np.arcsin(np.clip((CONSTANT - radius**2) / (2 * CONE), -1, 1)))])


def hull(points: np.ndarray) -> np.ndarray:
    """The corners of the convex hull, counterclockwise; no rows where the points have none (fewer than three, a line).

    >>> hull(np.array([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1.0]])).shape
    (4, 2)
    """
    try:
        return points[ConvexHull(points).vertices] if len(points) > 2 else points[:0]
    except QhullError:
        return points[:0]


def rectangle(points: np.ndarray) -> np.ndarray:
    """The corners of the smallest rectangle along the axes that holds the points, counterclockwise."""
    (west, south), (east, north) = points.min(0), points.max(0)
    return np.array([[west, south], [east, south], [east, north], [west, north]])


def area(corners: np.ndarray) -> float:
    """The area of a polygon, corners counterclockwise (square kilometres).

    >>> area(np.array([[0, 0], [2, 0], [2, 3], [0, 3]]))
    6.0
    """
    following = np.roll(corners, -1, axis=0)
    return float((corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]).sum() / 2)


def perimeter(corners: np.ndarray) -> float:
    """The length of the polygon's edge (kilometres).

    >>> perimeter(np.array([[0, 0], [2, 0], [2, 3], [0, 3]]))
    10.0
    """
    return float(np.hypot(*(corners - np.roll(corners, -1, axis=0)).T).sum())


def to_edge(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The distance from each point inside a convex polygon, corners counterclockwise, to its edge (kilometres).

    >>> to_edge(np.array([[0.5, 1.0]]), np.array([[0, 0], [2, 0], [2, 3], [0, 3]])).tolist()
    [0.5]
    """
    sides = np.roll(corners, -1, axis=0) - corners
    outward = points[:, None] - corners
    across = sides[:, 0] * outward[..., 1] - sides[:, 1] * outward[..., 0]
    return np.maximum((across / np.hypot(*sides.T)).min(1), 0)
