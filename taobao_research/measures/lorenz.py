"""Lorenz curves of villages over places, fewest villages first, under each choice of zeros."""

import numpy as np
import pandas as pd

from taobao_research.measures.change import LEVELS
from taobao_research.measures.redrawing import WITH

PARTS = {"lower_half_share": 0.5, "lower_fourfifths_share": 0.8, "lower_nineteenths_share": 0.9}
POINTS = ["unit", "zeros", "n", "places_share", "share"]


def lorenz(counts: np.ndarray, n: int | None = None) -> np.ndarray:
    """The curve of one list over n places: points (fraction of places, fraction of villages).

    >>> lorenz(np.array([3, 1]), 4).tolist()
    [[0.0, 0.0], [0.25, 0.0], [0.5, 0.0], [0.75, 0.25], [1.0, 1.0]]
    """
    places = len(counts) if n is None else n
    ordered = np.concatenate([np.zeros(places - len(counts)), np.sort(counts)])
    held = np.concatenate([[0.0], np.cumsum(ordered)]) / ordered.sum()
    return np.column_stack([np.arange(places + 1) / places, held])


def lorenz_curves(villages: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The curves of provinces, cities, counties and towns.

    Takes a village table and ``redrawing.frames``. Returns ``unit``, ``zeros``, ``n`` (places), ``places_share`` and
    ``share`` (fractions), a row for each point.
    """
    tables = []
    for unit, keys in LEVELS.items():
        counts = villages.groupby(keys)["villages"].sum().to_numpy()
        sizes = frame[frame["unit"] == unit].groupby("zeros", sort=False)["places"].sum()
        for zeros, places in {WITH: 0, **sizes}.items():
            n = max(int(places), len(counts))
            points = pd.DataFrame(lorenz(counts, n), columns=POINTS[3:])
            tables.append(points.assign(unit=unit, zeros=zeros, n=n))
    return pd.concat(tables, ignore_index=True)[POINTS]


def lorenz_parts(curves: pd.DataFrame) -> pd.DataFrame:
    """Which fraction of the villages lies in the lower half, four fifths and nine tenths of the places.

    Takes ``lorenz_curves``. Returns ``unit``, ``zeros``, ``n`` (places) and the keys of ``PARTS`` (fractions); between
    two points the curve is straight.
    """
    rows = []
    for (unit, zeros, n), curve in curves.groupby(POINTS[:3], sort=False):
        held = np.interp(list(PARTS.values()), curve["places_share"], curve["share"])
        rows.append((unit, zeros, n, *held))
    return pd.DataFrame(rows, columns=[*POINTS[:3], *PARTS])
