"""Villages per area, smoothed: a Gaussian kernel at each county's point, and which bandwidth predicts best."""

import numpy as np
import pandas as pd

from taobao_research.measures.planar import project

BANDWIDTHS = (25, 50, 75, 100, 150, 200, 300)  # kilometres
PER_SQUARE_KM = 10_000.0
GRID = 160  # cells in each direction


def kernel(points: np.ndarray, counts: np.ndarray, at: np.ndarray, bandwidth: float) -> np.ndarray:
    """Villages per 10,000 square kilometres at places, all in kilometres: a Gaussian of each village, added up.

    >>> kernel(np.zeros((1, 2)), np.array([1]), np.zeros((1, 2)), 100.0).round(4).tolist()  # 1 over 2 pi
    [0.1592]
    """
    squared = ((at[:, None] - points) ** 2).sum(-1) if len(points) else np.zeros((len(at), 0))
    each = np.exp(-squared / (2 * bandwidth**2)) / (2 * np.pi * bandwidth**2)
    return PER_SQUARE_KM * each @ counts


def bandwidths(counts: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> pd.DataFrame:
    """How well each bandwidth predicts the villages of a county from those of all others.

    Takes villages of every county, and its point. The county is left out whole: its villages lie at one point and would
    ask for no width at all. Returns ``bandwidth_km``, ``log_score`` (mean log density per square kilometre at the
    villages left out; the highest is best; minus infinity where one has none near), ``best`` and ``n`` (villages). No
    rows for fewer than two counties with villages.
    """
    held = counts > 0
    points, villages = project(lon, lat)[held], counts[held]
    if held.sum() < 2:
        return pd.DataFrame(columns=["bandwidth_km", "log_score", "best", "n"])
    squared = ((points[:, None] - points) ** 2).sum(-1)
    rows = []
    for width in BANDWIDTHS:
        near = -squared / (2 * width**2)
        np.fill_diagonal(near, -np.inf)
        highest = near.max(1)
        inside = np.log(np.exp(near - highest[:, None]) @ villages) + highest  # no underflow
        logs = inside - np.log(2 * np.pi * width**2) - np.log(villages.sum() - villages)
        rows.append((width, float((villages * logs).sum() / villages.sum())))
    table = pd.DataFrame(rows, columns=["bandwidth_km", "log_score"])
    return table.assign(best=table["log_score"] == table["log_score"].max(), n=int(villages.sum()))


def surface(counts: np.ndarray, lon: np.ndarray, lat: np.ndarray, width: float, box: tuple[float, ...]) -> pd.DataFrame:
    """The density (``kernel``) on a grid over a box, west, east, south and north in degrees.

    Returns a row for each latitude and a column for each longitude.
    """
    east, north = np.linspace(*box[:2], GRID), np.linspace(*box[2:], GRID)
    places = project(*(each.ravel() for each in np.meshgrid(east, north)))
    held = counts > 0
    values = kernel(project(lon, lat)[held], counts[held], places, width)
    return pd.DataFrame(values.reshape(GRID, GRID), index=north, columns=east)


def around_best(
    widths: pd.DataFrame, counts: np.ndarray, lon: np.ndarray, lat: np.ndarray, box: tuple[float, ...]
) -> dict[float, pd.DataFrame]:
    """The ``surface`` at half the best of ``bandwidths``, at the best, and at twice it; none without a best."""
    best = widths.loc[widths["best"].astype(bool), "bandwidth_km"].to_list()[:1]
    return {times * width: surface(counts, lon, lat, times * width, box) for width in best for times in (0.5, 1, 2)}
