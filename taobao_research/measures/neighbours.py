"""Which counties are neighbours: the nearest points, over the great circle."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

EARTH_KM = 6371.0088  # mean radius
TIED_KM = 1e-6
SPARE = 8  # points looked at beyond the k-th, to see ties


class Weights(NamedTuple):
    """Neighbours of n places. ``neighbours`` (n, most) holds their numbers, and n where a place has fewer."""

    name: str
    neighbours: np.ndarray
    each: (
        np.ndarray
    )  # the weight of each neighbour: one for a row, shape (n, 1), or (n, most); nothing where there is none

    @property
    def counts(self) -> np.ndarray:
        """How many neighbours each place has."""
        return (self.neighbours < len(self.neighbours)).sum(1)

    @property
    def touching(self) -> np.ndarray:
        """The sum of all weights at each place, those of its neighbours and those with which it is a neighbour."""
        n = len(self.neighbours)
        weighed = np.where(self.neighbours < n, self.each, 0.0)
        return weighed.sum(1) + np.bincount(self.neighbours.ravel(), weighed.ravel(), n + 1)[:n]


def distance_km(lon: np.ndarray, lat: np.ndarray, other_lon: np.ndarray, other_lat: np.ndarray) -> np.ndarray:
    """Great-circle distance between points in degrees, on a sphere of the earth's mean radius.

    >>> round(float(distance_km(0.0, 0.0, 0.0, 90.0)), 3) == round(EARTH_KM * np.pi / 2, 3)
    True
    """
    east, north = np.radians(other_lon - lon), np.radians(other_lat - lat)
    across = np.cos(np.radians(lat)) * np.cos(np.radians(other_lat)) * np.sin(east / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(np.sin(north / 2) ** 2 + across, 1)))


def on_ball(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Points in degrees as points of space on a sphere of radius one, among which a tree finds the nearest.

    >>> on_ball(np.array([0.0]), np.array([90.0])).round(9).tolist()
    [[0.0, 0.0, 1.0]]
    """
    east, north = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])


def nearest(lon: np.ndarray, lat: np.ndarray, k: int) -> Weights:
    """Each place's k nearest others, in rows that add up to one.

    Ties at the k-th distance (to a millimetre) are all neighbours, so that the order of the places does not matter: a
    place may have more than k, each with the same part of one. Neighbours need not be mutual.

    >>> nearest(np.array([0.0, 1.0, 2.0, 9.0]), np.zeros(4), 1).neighbours.tolist()
    [[1, 4], [0, 2], [1, 4], [2, 4]]
    """
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    n = len(lon)
    k = min(k, n - 1)
    if k < 1:
        return Weights(f"{k} nearest", np.full((n, 1), n), np.zeros((n, 1)))
    ball = on_ball(lon, lat)
    tree, looked_at = cKDTree(ball), min(n, k + 1 + SPARE)
    while True:
        found = tree.query(ball, looked_at)[1]
        away = distance_km(lon[:, None], lat[:, None], lon[found], lat[found])
        away[found == np.arange(n)[:, None]] = np.inf
        limit = np.partition(away, k - 1, axis=1)[:, k - 1 : k] + TIED_KM
        inside = away <= limit
        reached = np.where(np.isinf(away), 0, away).max(1) > limit[:, 0]  # farther than every tie
        if looked_at == n or reached.all():
            break
        looked_at = min(n, 2 * looked_at)
    rows = np.sort(np.where(inside, found, n), axis=1)[:, : int(inside.sum(1).max())]
    return Weights(f"{k} nearest", rows, 1 / inside.sum(1, keepdims=True))


def joins(weights: Weights) -> Weights:
    """The same neighbours with weights that count each pair once: a half to each of two that are mutual, one otherwise.

    >>> line = nearest(np.array([0.0, 1.0, 2.0, 9.0]), np.zeros(4), 1)
    >>> joins(line).each.tolist(), float(joins(line).touching.sum() / 2)
    ([[0.5, 0.0], [0.5, 0.5], [0.5, 0.0], [1.0, 0.0]], 3.0)
    """
    n = len(weights.neighbours)
    start, place = np.nonzero(weights.neighbours < n)
    end = weights.neighbours[start, place]
    each = np.zeros(weights.neighbours.shape)
    each[start, place] = np.where(np.isin(start * n + end, end * n + start), 0.5, 1.0)
    return Weights(weights.name, weights.neighbours, each)
