"""Published margins as the report prints them; bounds of correlation and slope equal those of trying everything."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from taobao_research.measures import couplings as c
from taobao_research.measures.margins import (
    CLAIMS,
    Margins,
    constraints,
    even_turnover,
    published_margins,
    satisfied,
    turnover_box,
)
from tests.studies import study_of

pytestmark = pytest.mark.slow
PRINTED = Margins(780, 200_000, 10**7, 3 * 10**7, Fraction(6, 10), 10**8, 30, 10**9, 100, Fraction(1, 10))
SMALL = Margins(6, 1_000, 10, 30, Fraction(1, 2), 100, 0, 1_000, 100, Fraction(1, 10))  # 4 in the band, 1 above
LARGEST = 10**10


def claims(year: int = 2015) -> pd.DataFrame:
    return study_of(year).claims


def test_the_constraints_are_those_that_the_report_prints() -> None:
    assert published_margins(claims()) == PRINTED
    assert (PRINTED.in_band, PRINTED.high) == (469, 31)  # more than 60% of 780, more than 30
    assert constraints(PRINTED)["bound"].tolist() == [780, 200_000, 10**7, 3 * 10**7, 469, 10**8, 31, 10**9, 100, 10]


def test_a_year_without_them_has_none() -> None:
    for year in (2014, 2016):
        assert published_margins(claims(year)) is None
    for missing in CLAIMS:
        assert published_margins(claims()[lambda rows, name=missing: rows["id"] != name]) is None
    assert constraints(None).empty and satisfied(pd.DataFrame({"active_shops": [1], "turnover_cny": [1]}), None).empty
    assert c.fitting_lists(None, LARGEST).empty and c.points_of_lists(None, LARGEST).empty
    assert c.bounds_given_shops(None, LARGEST).empty


def test_the_report_prints_both_figures_of_a_town_and_of_no_village() -> None:
    cases = study_of(2015).cases
    report = "AliResearch, Research Report on China's Taobao Villages (2015)"
    printed = cases[cases["source_title"].str.startswith(report)]
    both = printed[printed["active_shops"].notna() & printed["turnover_cny"].notna()]
    assert len(printed) > 5 and both[["place_en", "level"]].to_numpy().tolist() == [
        ["Baigou New Area (Baigou Town)", "town"]
    ]
    assert {"figure_4_ranking", "cities_by_shops", "villages_over_100m_places", "baigou_shops"} <= set(claims()["id"])
    assert not {"figure_4_ranking", "cities_by_shops", "villages_over_100m_places", "baigou_shops"} & set(CLAIMS)


def test_a_printed_figure_that_moves_moves_its_constraint() -> None:
    moved = claims().copy()
    moved.loc[moved["id"] == "villages_over_100m", "printed"] = "31"
    assert published_margins(moved) == replace(PRINTED, high_villages=31)
    moved.loc[moved["id"] == "villages_30_to_100m", "wording"] = "between some and many"
    assert published_margins(moved) is None  # never guessed


def six(shops: list[int], turnover: list[int], households: list[float] | None = None) -> pd.DataFrame:
    table = pd.DataFrame({"active_shops": shops, "turnover_cny": turnover})
    return table if households is None else table.assign(households=households)


SHOPS, TURNOVER = [100, 100, 100, 100, 100, 501], [10, 20, 30, 30, 50, 1_000]


def test_a_list_that_fits_and_each_way_not_to() -> None:
    assert satisfied(six(SHOPS, TURNOVER), SMALL)["holds"].tolist() == [True] * 7
    ways = {
        1: ([100, 100, 100, 100, 100, 500], TURNOVER),  # 1,000 is not more than 1,000
        2: (SHOPS, [9, 20, 30, 30, 30, 1_000]),
        3: (SHOPS, [10, 20, 30, 31, 50, 1_000]),
        5: (SHOPS, [10, 20, 30, 30, 50, 999]),
        6: ([99, 101, 100, 100, 100, 501], TURNOVER),
    }
    for row, (shops, turnover) in ways.items():
        holds = satisfied(six(shops, turnover), SMALL)["holds"]
        assert holds[~holds].index.tolist() == [row]
    seven = satisfied(six([*SHOPS, 100], [*TURNOVER, 50]), SMALL)["holds"]
    assert seven[~seven].index.tolist() == [0, 6]  # seven villages, and seven with enough shops
    assert satisfied(six(SHOPS, [10, 20, 30, 30, 50, 100]), SMALL)["holds"].tolist()[4:6] == [False, False]


def test_a_tenth_of_the_households_is_enough() -> None:
    few = [50, 150, 100, 100, 100, 501]
    for households, holds in ((500.0, True), (501.0, False), (np.nan, False)):
        assert satisfied(six(few, TURNOVER, [households, *[np.nan] * 5]), SMALL)["holds"].iloc[6] == holds


def test_the_box_of_each_rank_says_exactly_which_turnover_fits() -> None:
    low, high = turnover_box(SMALL, 5_000)
    assert low.tolist() == [10, 10, 10, 10, 10, 1_000] and high.tolist() == [30] * 4 + [5_000] * 2
    for each in combinations_with_replacement([9, 10, 20, 30, 31, 99, 101, 999, 1_000, 5_000], 6):
        fits = satisfied(six(SHOPS, list(each)), SMALL)["holds"].iloc[2:6].all()
        inside = (low <= each).all() and (each <= high).all()
        assert fits == inside, each


@pytest.mark.parametrize("margins", [PRINTED, SMALL, replace(PRINTED, villages=100, high_villages=3)])
def test_one_turnover_that_fits(margins: Margins) -> None:
    turnover = even_turnover(margins, LARGEST)
    low, high = turnover_box(margins, LARGEST)
    assert len(turnover) == margins.villages and (np.diff(turnover) > 0).all()
    assert (turnover >= low * (1 - 1e-12)).all() and (turnover <= high * (1 + 1e-12)).all()


@pytest.mark.parametrize("spread", [0.1, 0.25, 1.0])
@pytest.mark.parametrize("wanted", [-1.0, -0.9, -0.2, 0.0, 0.4, 0.9, 1.0])
def test_every_correlation_is_reached_by_a_list_that_fits(wanted: float, spread: float) -> None:
    built = c.fitting_list(PRINTED, wanted, spread, LARGEST)
    assert satisfied(built, PRINTED)["holds"].all()
    x, y = np.log(built["active_shops"]), np.log(built["turnover_cny"])
    assert stats.pearsonr(x, y).statistic == pytest.approx(wanted, abs=0.003)
    assert stats.linregress(x, y).slope == pytest.approx(wanted * y.std(ddof=0) / spread, abs=0.03 * y.std() / spread)


@pytest.mark.parametrize("wanted", [-1.0, -0.3, 0.0, 0.7, 1.0])
def test_every_correlation_is_reached_without_logs_too(wanted: float) -> None:
    built = c.fitting_list(PRINTED, wanted, None, LARGEST)
    assert satisfied(built, PRINTED)["holds"].all()
    found = stats.pearsonr(built["active_shops"], built["turnover_cny"]).statistic
    assert found == pytest.approx(wanted, abs=0.005)


def test_the_table_of_lists_built() -> None:
    table = c.fitting_lists(PRINTED, LARGEST)
    assert (table["holding"] == table["constraints"]).all() and (table["n"] == 780).all()
    assert (table["reached"] - table["wanted"]).abs().max() < 0.005
    assert table["scale"].tolist() == ["logs"] * 10 + ["figures as they are"] * 5
    assert table["spearman"].min() < -0.999 and table["spearman"].max() > 0.999
    assert set(table["elasticity"].round()) >= {-4, -2, -1, 0, 1, 2, 4}
    assert c.points_of_lists(PRINTED, LARGEST).groupby("wanted").size().tolist() == [780] * 5


def small(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ascending x, and an ascending box with few ends."""
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.normal(size=4))
    low = np.sort(rng.choice(ends[:3], n))
    return np.sort(rng.normal(size=n)), low, np.maximum(low, np.sort(rng.choice(ends[1:], n)))


@pytest.mark.parametrize("n", [3, 5, 7])
def test_extreme_orders_bound_all_permutations(n: int) -> None:
    rng = np.random.default_rng(n)
    x, y = np.sort(rng.normal(size=n)), np.sort(rng.normal(size=n))
    every = [stats.pearsonr(x, np.array(order)).statistic for order in permutations(y)]
    assert c.highest_pearson(x, y, y) == pytest.approx(max(every), abs=1e-9)
    assert -c.highest_pearson(-x[::-1], y, y) == pytest.approx(min(every), abs=1e-9)
    slopes = [stats.linregress(x, order).slope for order in permutations(y)] if n < 7 else [0.0]
    if n < 7:
        assert c.steepest_slope(x, y, y) == pytest.approx(max(slopes))
        assert -c.steepest_slope(-x[::-1], y, y) == pytest.approx(min(slopes))


@pytest.mark.parametrize("seed", range(6))
def test_the_highest_and_steepest_over_margins_and_orders(seed: int) -> None:
    x, low, high = small(seed, 4)
    grids = [np.linspace(*each, 9 if seed else 5) for each in zip(low, high, strict=True)]
    best, steepest = -1.0, -np.inf
    for y in product(*grids):
        if np.ptp(y) > 1e-9:
            for order in [y] if seed else permutations(y):  # every order once; sorted ones are the highest
                best = max(best, float(np.corrcoef(x, order)[0, 1]))
                steepest = max(steepest, float(np.polyfit(x, order, 1)[0]) if seed == 0 else -np.inf)
    found = c.highest_pearson(x, low, high)
    assert best - 1e-9 <= found <= best + (0.02 if seed else 0.05)  # the grid has steps, the bound none
    corners = [np.array(y) for y in product(*zip(low, high, strict=True))]
    slopes = [stats.linregress(x, order).slope for y in corners for order in permutations(y)]
    assert c.steepest_slope(x, low, high) == pytest.approx(max(slopes))
    assert seed or steepest <= max(slopes) + 1e-9


def in_order(low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Every ascending vector of ends of boxes inside the boxes."""
    vectors = map(np.array, combinations_with_replacement(np.unique([low, high]), len(low)))
    return [each for each in vectors if (each >= low).all() and (each <= high).all()]


@pytest.mark.parametrize("seed", range(40))
def test_the_lowest_in_the_same_order_equals_all_vertices(seed: int) -> None:
    x, low, high = small(seed, 3 + seed % 5)
    every = in_order(low, high)
    correlations = [stats.pearsonr(x, y).statistic for y in every if np.ptp(y) > 1e-9]
    if not correlations:
        pytest.skip("this box holds constants only")
    correlation, lowest_slope = c.lowest_in_order(x, low, high)
    assert correlation == pytest.approx(min(correlations), abs=1e-9)
    assert lowest_slope == pytest.approx(min(float(np.polyfit(x, y, 1)[0]) for y in every), abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_the_lowest_spearman_in_the_same_order_equals_all_vertices(seed: int) -> None:
    x, low, high = small(seed, 3 + seed % 5)
    if low[-1] <= high[0]:
        assert np.isnan(c.lowest_spearman_in_order(low, high))  # all may have the same turnover
        return
    every = [stats.spearmanr(x, y).statistic for y in in_order(low, high)]
    assert c.lowest_spearman_in_order(low, high) == pytest.approx(min(every), abs=1e-12)
    rng = np.random.default_rng(seed)
    drawn = np.sort(np.maximum.accumulate(rng.uniform(low, high, (500, len(x))), axis=1))
    assert min(stats.spearmanr(x, y).statistic for y in drawn) >= min(every) - 1e-12


def test_villages_in_the_same_order_may_share_their_turnover() -> None:
    """Counted by hand: 749 villages of 10 million, 31 of a billion, and more shops where there is more turnover."""
    turnover = np.array([1e7] * 749 + [1e9] * 31)
    expected = np.sqrt(1 - (749**3 - 749 + 31**3 - 31) / (780**3 - 780))
    table = c.bounds_given_shops(PRINTED, LARGEST).set_index(["measure", "shape"])
    for shape in c.SHAPES:
        shops = np.ceil(c.stated_shops(PRINTED, shape))
        assert satisfied(pd.DataFrame({"active_shops": shops, "turnover_cny": turnover}), PRINTED)["holds"].all()
        assert stats.spearmanr(c.stated_shops(PRINTED, shape), turnover).statistic == pytest.approx(expected)
        assert table.loc[("Spearman", shape), "same_order_lowest"] == pytest.approx(expected)
    assert table["same_order_lowest"].max() < 0.6


def test_what_is_proven_is_told_from_what_a_search_found() -> None:
    table = c.bounds_given_shops(PRINTED, LARGEST)
    told = table.groupby("measure")[["range_is", "same_order_is"]].agg(set)
    assert told.loc["Pearson (logs)"].tolist() == [{"proven to a millionth"}, {"found by a search"}]
    assert told.loc[["Spearman", "Elasticity"]].stack().tolist() == [{"proven"}] * 4


@pytest.mark.parametrize("seed", range(6))
def test_no_list_exceeds_a_correlation_by_more_than_the_room(seed: int) -> None:
    x, low, high = small(seed, 6)
    low[-1], high[-1] = high[0] + 1, max(high[-1], high[0] + 2)
    rng = np.random.default_rng(seed)
    every = [stats.pearsonr(x, y).statistic for y in rng.uniform(low, high, (2_000, 6))]
    best = c.highest_in(x, low, high)
    assert c.room_above(x, best, low, high) < 1e-5
    worse = np.clip(np.sort(rng.normal(size=6)), low, high)
    for y in (best, worse):
        reached = stats.pearsonr(x, y).statistic
        assert reached <= 0 or max(every) <= reached + c.room_above(x, y, low, high) + 1e-12


def test_no_list_that_fits_leaves_the_bounds() -> None:
    rng = np.random.default_rng(11)
    table = c.bounds_given_shops(PRINTED, LARGEST).set_index(["shape", "measure"])
    low, high = (np.log(each) for each in turnover_box(PRINTED, LARGEST))
    levels = np.unique([low, high])
    for shape in c.SHAPES:
        shops = c.stated_shops(PRINTED, shape)
        assert shops.sum() == pytest.approx(200_000) and shops.min() >= 100 and (np.diff(shops) > 0).all()
        x = np.log(shops)
        for draw in range(200):
            y = np.sort(np.clip(rng.normal(17, rng.uniform(0.1, 4)) + rng.uniform(0, 9) * rng.random(780), low, high))
            y = y if draw % 2 else levels[np.searchsorted(levels, y, side="right") - 1]  # steps, with ties
            order = (np.arange(780), np.arange(780)[::-1], rng.permutation(780))[draw % 3]
            for name, found in (("Pearson (logs)", np.corrcoef(x, y[order])[0, 1]),
                                ("Spearman", stats.spearmanr(x, y[order]).statistic),
                                ("Elasticity", np.polyfit(x, y[order], 1)[0])):  # fmt: skip
                row = table.loc[(shape, name)]
                assert row["lowest"] - 1e-9 <= found <= row["highest"] + 1e-9
                assert draw % 3 or found >= row["same_order_lowest"] - 1e-9
    assert (table["lowest"] < -0.85).all() and (table["highest"] > 0.95).all()
