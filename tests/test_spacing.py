"""Distances, study areas, ellipses and densities against closed forms, plain loops and points placed by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobao_research.measures import density, ellipse, planar, spacing
from taobao_research.measures.autocorrelation import PRESENCE, RAW
from taobao_research.measures.neighbours import EARTH_KM, distance_km
from taobao_research.tables.study import Study
from tests.studies import study_of

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of(2016)


def flat_grid(side: int, step_km: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of a square grid on the map, as longitude and latitude."""
    line = step_km * np.arange(side)
    places = np.column_stack([each.ravel() for each in np.meshgrid(line, 3500 + line)])
    lon, lat = planar.unproject(places).T
    return lon, lat


@given(st.floats(75, 133), st.floats(18, 52))
@settings(max_examples=30)
def test_the_map_keeps_areas(lon: float, lat: float) -> None:
    """A cell of half a degree: R squared times the difference of sines times the width in radians."""
    steps = np.linspace(0, 0.5, 200)
    edge = [
        (lon + steps, np.full(200, lat)),
        (np.full(200, lon + 0.5), lat + steps),
        (lon + steps[::-1], np.full(200, lat + 0.5)),
        (np.full(200, lon), lat + steps[::-1]),
    ]
    corners = planar.project(*(np.concatenate(each) for each in zip(*edge, strict=True)))
    true = EARTH_KM**2 * math.radians(0.5) * (math.sin(math.radians(lat + 0.5)) - math.sin(math.radians(lat)))
    assert planar.area(corners) == pytest.approx(true, rel=1e-4)
    assert planar.unproject(planar.project(np.array([lon]), np.array([lat])))[0] == pytest.approx([lon, lat])


@pytest.mark.parametrize("lat", [25.0, 47.0])
def test_the_map_is_true_to_length_on_its_parallels(lat: float) -> None:
    one, other = planar.project(np.array([104.99, 105.01]), np.full(2, lat))
    assert np.hypot(*(one - other)) == pytest.approx(distance_km(104.99, lat, 105.01, lat), rel=1e-6)


def test_hulls_and_edges_of_a_square() -> None:
    corners = planar.hull(np.vstack([SQUARE, [[1.0, 1.0], [2.0, 3.5]]]))
    assert (planar.area(corners), planar.perimeter(corners)) == (16.0, 16.0)
    assert planar.to_edge(np.array([[1.0, 1.0], [2.0, 3.5], [4.0, 4.0]]), corners).tolist() == [1.0, 0.5, 0.0]
    assert planar.area(planar.rectangle(np.array([[1.0, 2.0], [5.0, 3.0], [2.0, 9.0]]))) == 28.0
    assert len(planar.hull(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]))) == 0


def test_a_square_grid_is_twice_as_far_apart_as_points_strewn_evenly() -> None:
    """Each point of a grid has its nearest at the step, and an area of the step squared: 1 / (1/2) = 2."""
    mean, expected, p = spacing.clark_evans(np.full(400, 3.0), 400 * 9.0)
    assert mean / expected == pytest.approx(2.0) and p == pytest.approx(1.0)


def test_clark_evans_by_hand() -> None:
    """16 points in 400 square kilometres, perimeter 80: half of 5 without the edge, and Donnelly's terms with it."""
    _, expected, p = spacing.clark_evans(np.full(16, 2.0), 400.0)
    assert expected == 2.5
    assert p == pytest.approx(0.5 * math.erfc((2.5 - 2.0) / (0.26136 * 5 / 4) / math.sqrt(2)))
    _, corrected, _ = spacing.clark_evans(np.full(16, 2.0), 400.0, 80.0)
    assert corrected == pytest.approx(2.5 + (0.0514 + 0.041 / 4) * 80 / 16)


@pytest.mark.slow
@pytest.mark.parametrize("edge", ["none", "corrected"])
def test_points_strewn_evenly_have_a_ratio_of_one(edge: str) -> None:
    """300 points in a rectangle of 600 by 500 kilometres. Without correction of the edge distances come out longer."""
    rng, ratios, ks = np.random.default_rng(11), [], []
    for _ in range(40):
        places = rng.uniform([0, 3500], [600, 4000], (300, 2))
        lon, lat = planar.unproject(places).T
        table = spacing.study_areas(np.ones(300, int), lon, lat).set_index(["transform", "area", "edge"])
        row = table.loc[(PRESENCE, spacing.BOX, edge)]
        ratios.append(row["nearest"])
        ks.append(row["k_50"])
    if edge == "corrected":
        assert np.mean(ratios) == pytest.approx(1, abs=0.02) and np.mean(ks) == pytest.approx(1, abs=0.05)
    else:
        assert np.mean(ratios) > 1.02 and np.mean(ks) < 0.95


def test_ripley_is_a_count_of_pairs(study: Study) -> None:
    rows = study.at_points[study.at_points["2014"] > 0].head(25)
    weights = rows["2014"].to_numpy()
    lon, lat = rows["lon"].to_numpy().repeat(weights), rows["lat"].to_numpy().repeat(weights)  # village by village
    n = len(lon)
    pairs = sum(distance_km(lon[i], lat[i], lon[j], lat[j]) <= 100 for i in range(n) for j in range(n) if i != j)
    one_lon, one_lat = rows["lon"].to_numpy(), rows["lat"].to_numpy()
    away = distance_km(one_lon[:, None], one_lat[:, None], one_lon, one_lat)
    assert spacing.ripley(away, weights, 100, 7000.0) == pytest.approx(7000 * pairs / (n * (n - 1)))


def test_only_counties_inside_the_border_look_around() -> None:
    places = np.column_stack([np.arange(60.0), np.zeros(60)])
    away = np.abs(places[:, None, 0] - places[:, 0])
    to_edge = np.minimum(places[:, 0], 59 - places[:, 0])
    assert spacing.ripley(away, np.ones(60), 2.0, 59.0, to_edge) == pytest.approx(59 * 4 / 59)  # four others each
    assert math.isnan(spacing.ripley(away, np.ones(60), 21.0, 59.0, to_edge))  # eighteen look around


def test_study_areas_of_the_list_hold_each_other(study: Study) -> None:
    units = study.at_points
    table = spacing.study_areas(units["2016"].to_numpy(), units["lon"].to_numpy(), units["lat"].to_numpy())
    size = table.drop_duplicates("area").set_index("area")["square_km"]
    assert size[spacing.HELD] < size[spacing.BOX] < size[spacing.ALL]
    assert size[spacing.ALL] > 9.4e6  # the land area of the mainland is inside, but for its rim
    counties = table[(table["transform"] == PRESENCE) & (table["edge"] == "none")].set_index("area")["nearest"]
    assert counties[spacing.ALL] / counties[spacing.HELD] == pytest.approx(
        math.sqrt(size[spacing.HELD] / size[spacing.ALL])
    )
    assert table.loc[table["transform"] == RAW, "n"].unique().tolist() == [1311 - 12]


def test_drawing_counties_again_is_the_loop_it_says(study: Study) -> None:
    part = study.at_points[study.at_points["province"] == "山东省"]
    counts, lon, lat = (part[each].to_numpy() for each in ("2015", "lon", "lat"))
    table = spacing.labelled(counts, lon, lat, 999, 3).set_index(["transform", "index"])
    rng, n, held = np.random.default_rng(77), len(part), np.flatnonzero(counts)
    away = distance_km(lon[:, None], lat[:, None], lon, lat)

    def pairs(at: np.ndarray, weights: np.ndarray) -> float:
        near = away[np.ix_(at, at)] <= 100
        return float((np.outer(weights, weights) * near).sum() - weights.sum())

    own = pairs(held, counts[held])
    draws = np.array([pairs(rng.permutation(n)[: len(held)], counts[held]) for _ in range(999)])
    row = table.loc[(RAW, "Ripley's K at 100 km")]
    assert row["value"] == pytest.approx(own / draws.mean(), rel=0.05)
    assert row["p"] == pytest.approx(((draws >= own).sum() + 1) / 1000, abs=0.04)
    assert table["permutations"].unique().tolist() == [999] and table["n"].unique().tolist() == [n]
    near = np.where(np.eye(n, dtype=bool), np.inf, away)
    means = [near[np.ix_(at, at)].min(1).mean() for at in (rng.permutation(n)[: len(held)] for _ in range(999))]
    ratio = near[np.ix_(held, held)].min(1).mean() / np.mean(means)
    assert table.loc[(PRESENCE, spacing.RATIO), "value"] == pytest.approx(ratio, rel=0.03)


@pytest.mark.parametrize("held", [0, 1, 2])
def test_few_counties_with_villages_have_no_spacing(held: int) -> None:
    lon, lat = flat_grid(4, 50)
    counts = np.zeros(16, int)
    counts[:held] = 3
    assert spacing.study_areas(counts, lon, lat).empty and spacing.labelled(counts, lon, lat, 9, 1).empty
    assert density.bandwidths(counts, lon, lat).empty == (held < 2)
    units = pd.DataFrame({"lon": lon, "lat": lat, "2016": counts})
    assert len(ellipse.ellipses(units, [2016])) == len(ellipse.outlines(units, [2016])) / ellipse.CORNERS == (held > 0)


def test_counties_in_a_line_have_no_study_area() -> None:
    assert spacing.study_areas(np.ones(5, int), np.full(5, 105.0), np.linspace(20, 40, 5)).empty


def test_an_ellipse_by_hand() -> None:
    """Two villages 30 km east and west of the middle, one 20 km north and one south: variances 450 and 200."""
    places = np.array([[-30.0, 3500], [30, 3500], [0, 3520], [0, 3480]])
    lon, lat = planar.unproject(places).T
    units = pd.DataFrame({"lon": lon, "lat": lat, "2016": 1, "2015": [2, 0, 0, 0]})
    row = ellipse.ellipses(units, [2016]).iloc[0]
    assert (row["major_km"], row["minor_km"]) == pytest.approx((math.sqrt(450), math.sqrt(200)))
    assert row["bearing"] == pytest.approx(90) and row["square_km"] == pytest.approx(math.pi * math.sqrt(450 * 200))
    assert planar.project(row[["lon"]].to_numpy(), row[["lat"]].to_numpy())[0] == pytest.approx([0, 3500], abs=1e-6)
    line = ellipse.outlines(units, [2016])
    east, north = planar.project(line["lon"].to_numpy(), line["lat"].to_numpy()).T
    assert (east**2 / 450 + (north - 3500) ** 2 / 200).tolist() == pytest.approx([1] * len(line))
    moved = ellipse.drift(units, {2015: units, 2016: units}, 199, 1).iloc[0]
    assert (moved["drift_km"], moved["east_km"], moved["bearing"]) == pytest.approx((30, 30, 90))
    assert moved["north_km"] == pytest.approx(0, abs=1e-6)


def test_villages_at_one_place_or_on_one_line_have_no_width() -> None:
    lon, lat = planar.unproject(np.array([[-30.0, 3500], [417.3, 2811.9], [77.7, 4013.1]])).T
    units = pd.DataFrame({"lon": lon, "lat": lat, "2015": [0, 7, 0], "2016": [3, 11, 0]})
    one, line = (ellipse.ellipses(units, [year]).iloc[0] for year in (2015, 2016))
    assert one[["major_km", "minor_km", "bearing", "square_km"]].tolist() == [0, 0, 0, 0]
    away = math.hypot(447.3, 688.1)
    assert line["major_km"] == pytest.approx(away * math.sqrt(3 * 11) / 14)  # shares 3/14 and 11/14
    assert line[["minor_km", "square_km"]].tolist() == [0, 0]


def test_moments_are_those_of_the_villages_one_by_one(study: Study) -> None:
    units = study.at_points
    counts = units["2015"].to_numpy()
    each = planar.project(units["lon"].to_numpy(), units["lat"].to_numpy()).repeat(counts, axis=0)
    row = ellipse.ellipses(units, [2015]).iloc[0]
    values, vectors = np.linalg.eigh(np.cov(each.T, bias=True))
    assert [row["minor_km"], row["major_km"]] == pytest.approx(np.sqrt(values).tolist())
    assert row["bearing"] == pytest.approx(math.degrees(math.atan2(*vectors[:, 1])) % 180)
    middle = planar.unproject(each.mean(0)[None])[0]
    assert [row["lon"], row["lat"]] == pytest.approx(middle.tolist())


def test_drawn_again_the_middle_moves_by_its_standard_error(study: Study) -> None:
    """Of independent villages the middle has the variance of the villages over their number, of both lists together."""
    units = study.at_points
    table = ellipse.drift(units, study.lists, 2000, 4).set_index("years").loc["2014-2015"]
    places = planar.project(units["lon"].to_numpy(), units["lat"].to_numpy())
    error = math.sqrt(
        sum(places.repeat(units[year], axis=0).var(0)[0] / units[year].sum() for year in ("2014", "2015"))
    )
    assert (table["east_high"] - table["east_low"]) / 2 == pytest.approx(1.96 * error, rel=0.08)
    assert (table["east_high"] + table["east_low"]) / 2 == pytest.approx(table["east_km"], abs=0.3 * error)


def test_nothing_is_compared_across_a_change_of_definition() -> None:
    units = pd.DataFrame({"lon": [110.0, 111, 112], "lat": [30.0, 31, 30], "2019": [1, 2, 3], "2020": [3, 2, 1]})
    assert ellipse.drift(units, {2019: units, 2020: units}, 99, 1).empty


def test_the_kernel_adds_up_to_all_villages() -> None:
    line = np.linspace(-1000, 1000, 201)
    at = np.column_stack([each.ravel() for each in np.meshgrid(line, line)])
    values = density.kernel(np.array([[0.0, 0.0], [50.0, -80.0]]), np.array([3, 4]), at, 100.0)
    assert values.sum() * 10 * 10 / density.PER_SQUARE_KM == pytest.approx(7)


def test_bandwidths_by_a_plain_loop(study: Study) -> None:
    units = study.at_points[study.at_points["2014"] > 0].head(20)
    counts, places = units["2014"].to_numpy(), planar.project(units["lon"].to_numpy(), units["lat"].to_numpy())
    table = density.bandwidths(counts, units["lon"].to_numpy(), units["lat"].to_numpy()).set_index("bandwidth_km")
    score = 0.0
    for place in range(20):
        away = [math.dist(places[place], places[other]) for other in range(20) if other != place]
        others = np.delete(counts, place)
        each = [math.exp(-(d**2) / 2 / 200**2) / (2 * math.pi * 200**2) for d in away]
        score += counts[place] * math.log(sum(o * e for o, e in zip(others, each, strict=True)) / others.sum())
    assert table.loc[200, "log_score"] == pytest.approx(score / counts.sum())
    assert table["best"].sum() == 1 and table["log_score"].idxmax() == table.index[table["best"]][0]


def test_the_surface_is_the_kernel_at_each_corner_of_the_grid(study: Study) -> None:
    units = study.at_points
    counts, lon, lat = (units[each].to_numpy() for each in ("2015", "lon", "lat"))
    grid = density.surface(counts, lon, lat, 100, (110, 122, 22, 40))
    assert grid.shape == (density.GRID, density.GRID)
    row, column = 37, 101
    place = planar.project(np.array([grid.columns[column]]), np.array([grid.index[row]]))
    assert grid.iloc[row, column] == pytest.approx(density.kernel(planar.project(lon, lat), counts, place, 100)[0])


def test_many_counties_with_villages_are_drawn_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacing, "MOST_PAIRS", 120 * 20**2)
    lon, lat = np.random.default_rng(1).random((2, 40))
    for held, draws in ((10, 480), (20, 120), (39, 99)):
        table = spacing.labelled(np.repeat([1, 0], [held, 40 - held]), lon, lat, 9999, 1)
        assert set(table["permutations"]) == {draws}
