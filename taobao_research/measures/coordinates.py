"""Coordinates that a list brings for its villages, tested against county points and each other before they are used.

A point is flagged where it can hardly be the village's; nothing is corrected or taken out of the list. County points
are no boundaries, so a point that passes may still be wrong, and one that is flagged may be right.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from taobao_research.measures.neighbours import TIED_KM, distance_km, on_ball

NEIGHBOURS, FACTOR = 6, 2.0
SWEPT_NEIGHBOURS, SWEPT_FACTORS = (4, 6, 8), (1.0, 2.0, 3.0)
WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 15.0, 54.0  # degrees: a box around the mainland and its islands
CLOSE, FEW = 4, 2  # decimals
LEAST_OTHERS = 2  # villages of a county that a third can be far from; of two it would be unknown which is wrong
FAR, APART = "far from its county's point", "far from the county's other villages"
SAME, ALMOST = "same point as another village", "same point to four decimals as another village"
AT_POINT, COARSE = "at its county's point", "two decimals or fewer"
EXCHANGED, OUTSIDE = "longitude and latitude exchanged", "outside the mainland"
NEARER, NO_POINT = "nearer to another county's point", "county without a point"
MISPLACED = (FAR, APART, EXCHANGED, OUTSIDE)
UNMOVED = (OUTSIDE, SAME, ALMOST, AT_POINT, COARSE)  # whatever the limit; exchanged points are far as well
FLAGS = (*MISPLACED, SAME, ALMOST, AT_POINT, COARSE)
HINTS = (NEARER, NO_POINT)  # said, and no ground to leave a village out
BETWEEN = " | "
WITH, WITHOUT, PASSED, FLAGGED = "with coordinates", "without coordinates", "passed", "flagged"
LOOKS_WRONG, SAYS_LITTLE = "flagged: far, exchanged or outside", "flagged: a repeated, coarse or county's point"
DISTANCES = ["county_km", "other_km", "village_km", "limit_km"]


def gate(
    villages: pd.DataFrame, lon: np.ndarray, lat: np.ndarray, neighbours: int = NEIGHBOURS, factor: float = FACTOR
) -> pd.DataFrame:
    """Each village with coordinates, its distances, and what speaks against its point.

    Takes villages with province, city, county, ``lon``, ``lat``, ``county_lon``, ``county_lat`` (degrees; the last two
    may be missing), and the points of all counties. Adds kilometres over the great circle: ``county_km`` to the point
    of its county, ``other_km`` to the nearest other county's point, ``village_km`` to the nearest other village of its
    county, ``apart_km``, which is the same where there are at least ``LEAST_OTHERS`` of them, and ``limit_km``, which
    is ``factor`` times the median distance from its county's point to the ``neighbours`` nearest others. Also
    ``reasons`` (of ``FLAGS`` and ``HINTS``, joined by a bar) and ``passed``, true without any of ``FLAGS``. Rows and
    order stay.

    >>> points = np.array([100.0, 101.0, 102.0]), np.zeros(3)
    >>> village = pd.DataFrame({"province": "P", "city": "C", "county": ["A"], "lon": 103.12345, "lat": 20.5})
    >>> found = gate(village.assign(county_lon=100.0, county_lat=0.0), *points)
    >>> found["reasons"].tolist(), found["passed"].tolist()
    (["far from its county's point | nearer to another county's point"], [False])
    """
    rows = villages.reset_index(drop=True)
    here, home = (tuple(rows[f"{of}{axis}"].to_numpy(float) for axis in ("lon", "lat")) for of in ("", "county_"))
    rows["county_km"] = distance_km(*here, *home)
    rows["other_km"] = _nearest_other(here, home, lon, lat)
    counties = rows.groupby(["province", "city", "county"], sort=False)
    near = np.full(len(rows), np.nan)
    for own in counties.indices.values():
        near[own] = nearest_km(*(each[own] for each in here))
    rows["village_km"] = near
    rows["apart_km"] = rows["village_km"].where(counties["lon"].transform("size") > LEAST_OTHERS)
    rows["limit_km"] = factor * _scale(home, lon, lat, neighbours)
    twice = rows.duplicated(["lon", "lat"], keep=False)
    coarse = _equal(here, here, FEW, exact=True)
    signs = {
        FAR: rows["county_km"] > rows["limit_km"],
        APART: rows["apart_km"] > rows["limit_km"],
        EXCHANGED: (rows["county_km"] > rows["limit_km"]) & (_exchanged(here, home) <= rows["limit_km"]),
        OUTSIDE: ~(rows["lon"].between(WEST, EAST) & rows["lat"].between(SOUTH, NORTH)),
        SAME: twice,
        ALMOST: rows[["lon", "lat"]].round(CLOSE).duplicated(keep=False) & ~twice,
        AT_POINT: _equal(here, home, CLOSE) | (coarse & _equal(here, home, FEW)),
        COARSE: coarse,
        NEARER: rows["other_km"] < rows["county_km"],
        NO_POINT: rows["county_lon"].isna(),
    }
    found = np.column_stack([np.asarray(each, bool) for each in signs.values()])
    rows["reasons"] = [BETWEEN.join(np.array([*signs])[each]) for each in found]
    rows["passed"] = ~found[:, : len(FLAGS)].any(axis=1)
    return rows


def summary(tested: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Villages of a list by outcome: ``group``, ``outcome``, ``villages``. A village may have several flags.

    Takes what ``gate`` gives and the village table of the list.
    """
    passed, named = int(tested["passed"].sum()), named_villages(listed)
    counts = {WITHOUT: named - len(tested), WITH: len(tested), PASSED: passed, FLAGGED: len(tested) - passed}
    signs = tested["reasons"].str.split(BETWEEN, regex=False).explode().value_counts()
    rows = [("named villages", outcome, count) for outcome, count in counts.items()]
    rows += [("flags", each, int(signs.get(each, 0))) for each in FLAGS]
    rows += [("hints", each, int(signs.get(each, 0))) for each in HINTS]
    return pd.DataFrame(rows, columns=["group", "outcome", "villages"])


def in_words(tested: pd.DataFrame, listed: pd.DataFrame) -> str:
    """The same in one line; nothing where no village has coordinates."""
    if tested.empty:
        return ""
    table = summary(tested, listed)
    flags = table[(table["group"] == "flags") & (table["villages"] > 0)]
    counts = table.set_index("outcome")["villages"]
    why = ", ".join(f"{count:,} {outcome}" for outcome, count in zip(flags["outcome"], flags["villages"], strict=True))
    given = f"coordinates of {len(tested):,} of {named_villages(listed):,} named villages"
    return f"{given}: {counts[PASSED]:,} passed, {counts[FLAGGED]:,} flagged{f' ({why})' if why else ''}"


def named_villages(listed: pd.DataFrame) -> int:
    """How many villages a list names."""
    return int((listed["village"] != "").sum())


def flagged(tested: pd.DataFrame) -> pd.DataFrame:
    """The flagged villages with their reasons, the farthest from their county's point first.

    Distances in whole kilometres, and no coordinates: what the list holds besides them, and no place on a map.
    """
    rows = tested[~tested["passed"]].sort_values("county_km", ascending=False, kind="stable")
    names = [column for column in rows if column in ("place", "province", "city", "county", "town", "village")]
    return rows[[*names, *DISTANCES, "reasons"]].round(dict.fromkeys(DISTANCES, 0)).reset_index(drop=True)


def swept(tested: pd.DataFrame, lon: np.ndarray, lat: np.ndarray) -> pd.DataFrame:
    """How many villages are flagged as far, and pass, under other limits.

    Takes what ``gate`` gives, and the points of all counties. Returns ``weights`` (neighbours of the median),
    ``factor``, ``far`` from the county's point, ``apart`` from its other villages, ``passed``, ``n`` (all villages).
    """
    home = tuple(tested[f"county_{axis}"].to_numpy(float) for axis in ("lon", "lat"))
    signs = tested["reasons"].str.split(BETWEEN, regex=False)
    fixed = signs.map(lambda each: not {*each}.isdisjoint(UNMOVED)).to_numpy(bool)
    rows = []
    for neighbours in SWEPT_NEIGHBOURS:
        scale = _scale(home, lon, lat, neighbours)
        for factor in SWEPT_FACTORS:
            far = (tested["county_km"] > factor * scale).to_numpy()
            apart = (tested["apart_km"] > factor * scale).to_numpy()
            counts = [int(each.sum()) for each in (far, apart, ~(fixed | far | apart))]
            rows.append((f"{neighbours} nearest", factor, *counts, len(tested)))
    return pd.DataFrame(rows, columns=["weights", "factor", "far", "apart", "passed", "n"])


def distances(tested: pd.DataFrame) -> pd.DataFrame:
    """What the chart draws: ``county_km``, ``other_km`` (whole kilometres, at least one) and ``group``.

    Villages whose county has a point; ``group`` is ``passed`` or one of two kinds of flagged ones.
    """
    rows = tested[tested["county_km"].notna()]
    wrong = rows["reasons"].map(lambda each: not {*each.split(BETWEEN)}.isdisjoint(MISPLACED))
    group = np.where(rows["passed"], PASSED, np.where(wrong, LOOKS_WRONG, SAYS_LITTLE))
    return rows[["county_km", "other_km"]].round(0).clip(lower=1).assign(group=group).reset_index(drop=True)


def nearest_km(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Great-circle kilometres from each point to the nearest other one; not a number for one that is alone.

    >>> nearest_km(np.array([0.0, 0.0, 5.0]), np.array([0.0, 1.0, 0.0])).round(3).tolist(), len(nearest_km([], []))
    ([111.195, 111.195, 555.975], 0)
    """
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    if len(lon) < 2:
        return np.full(len(lon), np.nan)
    ball = on_ball(lon, lat)
    found = cKDTree(ball).query(ball, 2)[1]
    other = np.where(
        found[:, 0] == np.arange(len(lon)), found[:, 1], found[:, 0]
    )  # of two at one point either is first
    return distance_km(lon, lat, lon[other], lat[other])


def _nearest_other(here: Sequence[np.ndarray], home: Sequence[np.ndarray], lon: np.ndarray, lat: np.ndarray):
    """Kilometres to the nearest county point that is not that of the own county."""
    if len(lon) < 2 or not len(here[0]):
        return np.full(len(here[0]), np.nan)
    found = cKDTree(on_ball(lon, lat)).query(on_ball(*here), 2)[1]
    away = distance_km(here[0][:, None], here[1][:, None], lon[found], lat[found])
    own = distance_km(home[0][:, None], home[1][:, None], lon[found], lat[found]) <= TIED_KM
    return np.where(own, np.inf, away).min(axis=1)


def _scale(home: Sequence[np.ndarray], lon: np.ndarray, lat: np.ndarray, neighbours: int) -> np.ndarray:
    """The median distance from the county's point to the nearest others (kilometres)."""
    scale, known = np.full(len(home[0]), np.nan), ~np.isnan(home[0])
    if known.any() and len(lon) > 1:
        at = [each[known] for each in home]
        looked_at = min(neighbours + 1, len(lon))
        found = cKDTree(on_ball(lon, lat)).query(on_ball(*at), np.arange(1, looked_at + 1))[1]
        away = distance_km(at[0][:, None], at[1][:, None], lon[found], lat[found])
        away = np.sort(np.where(away <= TIED_KM, np.nan, away), axis=1)[:, :neighbours]  # the own point stands last
        scale[known] = np.nanmedian(away, axis=1)
    return scale


def _exchanged(here: Sequence[np.ndarray], home: Sequence[np.ndarray]) -> np.ndarray:
    """Kilometres to the county's point with longitude and latitude exchanged; none where that gives no latitude."""
    lat = np.where(np.abs(here[0]) <= 90, here[0], np.nan)
    return distance_km(here[1], lat, *home)


def _equal(here: Sequence[np.ndarray], other: Sequence[np.ndarray], decimals: int, exact: bool = False) -> np.ndarray:
    """Whether both coordinates are the same to so many decimals; ``exact``: the one rounded, the other as it is."""
    pairs = [
        (each.round(decimals), one if exact else one.round(decimals)) for each, one in zip(here, other, strict=True)
    ]
    return np.logical_and(*(rounded == one for rounded, one in pairs))
