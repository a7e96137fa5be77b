"""What villages' own coordinates change in results that use points: all of them, and those that passed the gate."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from taobao_research.measures import coordinates
from taobao_research.measures.ellipse import axes_of, moments
from taobao_research.measures.neighbours import EARTH_KM, on_ball
from taobao_research.measures.planar import area, hull, project, unproject
from taobao_research.measures.spacing import ALL, REACHES, clark_evans

LEAST = 20  # villages from which results are given: fewer have no pattern, and their middle is a place on a map
EVERY = "all with coordinates"
AT_COUNTIES, AS_GIVEN = "at county points", "as given"
OWN = "hull of these points"
POINT_DECIMALS, KM_DECIMALS = 2, 1  # of middles: as county points have them, which tells no village's place
SPACING = ["used", "points", "area", "square_km", "n", "nearest", *(f"k_{reach}" for reach in REACHES)]
MIDDLES = ["used", "points", "n", "lon", "lat", "moved_km", "major_km", "minor_km", "bearing", "square_km"]
NONE = "This list gives no coordinates of villages; columns `lon` and `lat` in the table of villages would bring them."
GIVEN = "{n:,} of {named:,} named villages have coordinates; {passed:,} passed, {flagged:,} are flagged."
USED = (
    "Of all {n:,} villages with coordinates, {every:,} have a county with a point and are used below; {kept:,} of "
    "these passed."
)
TOO_FEW = "Of fewer than {least} such villages no results are given."
CAPTIONS = {
    "coordinates_summary": "Villages by what the gate says of their coordinates; a village may have several flags",
    "coordinates_flagged": "Flagged villages, distances in whole kilometres",
    "coordinates_swept": "Villages flagged as far, and passed, by the limit",
    "coordinates_spacing": (
        "Spacing of villages at county points, within a county zero by construction, and as given: all with "
        "coordinates, and those that passed"
    ),
    "coordinates_ellipses": "Mean centre and standard deviational ellipse of the same villages",
}


def tables(
    tested: pd.DataFrame, listed: pd.DataFrame, lon: np.ndarray, lat: np.ndarray
) -> Iterator[tuple[pd.DataFrame, str]]:
    """The tables of a list with coordinates and their names (keys of ``CAPTIONS``); none for a list without.

    Takes what ``coordinates.gate`` gives (with any names of places), the village table of the list, and the points of
    all counties.
    """
    if len(tested):
        shown = {
            "coordinates_summary": coordinates.summary(tested, listed),
            "coordinates_flagged": coordinates.flagged(tested),
            "coordinates_swept": coordinates.swept(tested, lon, lat),
            "coordinates_spacing": spacing_of(tested, lon, lat),
            "coordinates_ellipses": middles_of(tested),
        }
        yield from ((rows, name) for name, rows in shown.items() if len(rows))


def told(tested: pd.DataFrame, listed: pd.DataFrame) -> list[tuple[str, dict[str, object]]]:
    """What is said of a list's coordinates: templates and the values that fill them."""
    if tested.empty:
        return [(NONE, {})]
    passed = int(tested["passed"].sum())
    counts = {
        "n": len(tested),
        "named": coordinates.named_villages(listed),
        "passed": passed,
        "flagged": len(tested) - passed,
    }
    placed = tested[tested["county_km"].notna()]
    used = (USED, {"n": len(tested), "every": len(placed), "kept": int(placed["passed"].sum())})
    return [(GIVEN, counts), used, *([(TOO_FEW, {"least": LEAST})] if placed["passed"].sum() < LEAST else [])]


def spacing_of(tested: pd.DataFrame, lon: np.ndarray, lat: np.ndarray) -> pd.DataFrame:
    """The nearest-neighbour ratio and Ripley's K of villages, by which are used, where they stand, and study area.

    Takes what ``coordinates.gate`` gives, and the points of all counties. Returns ``SPACING``: ``nearest`` and
    ``k_50`` to ``k_400`` as ``spacing.study_areas`` has them without correction of the edge, for the hull of the points
    themselves and of all counties; no p, since villages of one county are not placed independently.
    """
    country = area(hull(project(lon, lat)))
    rows = []
    for used, points, at in _cases(tested):
        near, within = coordinates.nearest_km(*at), _pairs_within(*at)
        corners = hull(project(*at))
        for name, size in ((OWN, area(corners) if len(corners) else 0.0), (ALL, country)):
            if size:
                mean, expected, _ = clark_evans(near, size)
                ratios = size * within / np.pi / np.square(REACHES)
                rows.append((used, points, name, size, len(near), mean / expected, *ratios))
    return pd.DataFrame(rows, columns=SPACING)


def middles_of(tested: pd.DataFrame) -> pd.DataFrame:
    """The mean centre and the standard deviational ellipse of villages, as ``ellipse.ellipses`` has them.

    Takes what ``coordinates.gate`` gives. Returns ``MIDDLES``; ``lon`` and ``lat`` are texts of two decimals, and
    kilometres have one, so that the difference of two rows is no village's place. ``moved_km``: the centre's distance
    on the map from that of the same villages at county points.
    """
    rows, standing = [], {}
    for used, points, at in _cases(tested):
        places = project(*at)
        centre, spread = moments(np.ones(len(places)), places)
        standing.setdefault(used, centre)
        major, minor, bearing = (float(each) for each in axes_of(spread))
        moved, size = float(np.hypot(*(centre - standing[used]))), np.pi * major * minor
        rows.append((used, points, len(places), *unproject(centre[None])[0], moved, major, minor, bearing, size))
    table = pd.DataFrame(rows, columns=MIDDLES).round(dict.fromkeys(MIDDLES[5:9], KM_DECIMALS) | {"square_km": 0})
    degrees = {axis: [f"{each:.{POINT_DECIMALS}f}" for each in table[axis]] for axis in ("lon", "lat")}
    return table.assign(**degrees)  # as texts, since a number would show as many decimals as its size allows


def _cases(tested: pd.DataFrame) -> Iterator[tuple[str, str, tuple[np.ndarray, np.ndarray]]]:
    """The villages used, where they stand, and their points: the same villages at county points and as given."""
    placed = tested[tested["county_km"].notna()]
    for used, rows in ((EVERY, placed), (coordinates.PASSED, placed[placed["passed"]])):
        if len(rows) >= LEAST:
            for points, of in ((AT_COUNTIES, "county_"), (AS_GIVEN, "")):
                yield used, points, tuple(rows[f"{of}{axis}"].to_numpy(float) for axis in ("lon", "lat"))


def _pairs_within(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Of all pairs of points the fraction that lies within each of ``REACHES``, over the great circle."""
    places, n = np.unique(np.column_stack([lon, lat]), axis=0, return_counts=True)  # at county points few, of many each
    tree, total = cKDTree(on_ball(*places.T)), len(lon)
    chords = 2 * np.sin(np.array(REACHES) / EARTH_KM / 2)
    return (tree.count_neighbors(tree, chords, weights=(n, n)) - total) / (total * (total - 1))
