"""Indices of concentration: counted by hand, from their published formulas, and by another program."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.tools import add_constant

from taobao_research.measures import concentration as index_of
from taobao_research.measures import lorenz, quotients, redrawing
from taobao_research.measures.change import LEVELS
from tests.studies import study_of

FIGURE_2 = np.array(
    [280, 157, 127, 71, 64, 59, 4, 3, 3, 3, 2, 2, 1, 1, 1, 1, 1]
)  # the report's provinces, 780 villages
# By inequality 1.1.2 (PySAL), from the same counts: Gini(x).g, Theil(x).T, TheilD(x, region).bg and .wg; four regions.
SECOND = {
    (2014, "provinces"): (10, 0.53584906, 0.53214799, 0.28017289, 0.25197509),
    (2014, "cities"): (40, 0.50448113, 0.42746537, 0.03287473, 0.39459063),
    (2014, "counties"): (80, 0.41816038, 0.29695476, 0.00696247, 0.28999229),
    (2014, "towns"): (128, 0.32775649, 0.24671708, 0.00159945, 0.24511763),
    (2015, "provinces"): (17, 0.73257919, 1.06415303, 0.64281501, 0.42133802),
    (2015, "cities"): (73, 0.64218476, 0.74136539, 0.16699929, 0.5743661),
    (2015, "counties"): (181, 0.58839779, 0.6578974, 0.04126564, 0.61663176),
    (2015, "towns"): (369, 0.43140852, 0.42657327, 0.00742585, 0.41914742),
    (2016, "provinces"): (18, 0.75968302, 1.16371559, 0.69821797, 0.46549762),
    (2016, "cities"): (75, 0.68232901, 0.84928137, 0.17630896, 0.67297241),
    (2016, "counties"): (221, 0.64107741, 0.79437058, 0.03915825, 0.75521232),
    (2016, "towns"): (499, 0.4869449, 0.48819104, 0.00663511, 0.48155593),
}
OF_31 = {  # the same with zeros for the provinces of the mainland that have no village
    2014: (0.85027389, 1.6635501, 1.02782299, 0.6357271),
    2015: (0.85334988, 1.66492689, 1.00995053, 0.65497636),
    2016: (0.86046111, 1.70733104, 1.01418116, 0.69314988),
}
YEARS = (2014, 2015, 2016)
NAMES = (index_of.GINI, index_of.THEIL, index_of.BETWEEN, index_of.WITHIN)
counted = st.lists(st.integers(1, 500), min_size=2, max_size=30).map(np.array)


@pytest.fixture(scope="module")
def indices() -> dict[int, pd.DataFrame]:
    """Every index of each list under each choice of zeros, by unit, zeros and index."""
    found = {}
    for year in YEARS:
        study = study_of(year)
        frame = redrawing.frames(study.mainland, study.all_provinces)
        drawn = redrawing.redrawn(study.lists[year], frame, 10, 99, 1)
        found[year] = redrawing.intervals(drawn).set_index(["unit", "zeros", "index"])
    return found


def imbalance_as_printed(percentages: list[Fraction]) -> Fraction:
    """S of Ma, Zhang and Huang 2023, table 2, in fractions: Y is cumulated from the largest."""
    n, running, total = len(percentages), Fraction(0), Fraction(0)
    for each in sorted(percentages, reverse=True):
        running += each
        total += running
    return (total - 50 * (n + 1)) / (100 * n - 50 * (n + 1))


def test_provinces_of_the_report_counted_by_hand() -> None:
    squares = 78400 + 24649 + 16129 + 5041 + 4096 + 3481 + 16 + 3 * 9 + 2 * 4 + 5 * 1
    assert index_of.herfindahl(FIGURE_2) == pytest.approx(squares / 780**2)
    assert index_of.geographic_concentration(FIGURE_2) == pytest.approx(100 * math.sqrt(squares) / 780)
    assert index_of.leading_share(FIGURE_2, 4) == pytest.approx((280 + 157 + 127 + 71) / 780)
    percentages = [Fraction(100 * int(each), 780) for each in FIGURE_2]
    assert index_of.imbalance(FIGURE_2) == pytest.approx(float(imbalance_as_printed(percentages)))
    assert index_of.imbalance(FIGURE_2, 31) == pytest.approx(float(imbalance_as_printed(percentages + 14 * [0])))


def test_the_list_has_the_provinces_of_the_report(indices: dict[int, pd.DataFrame]) -> None:
    found = indices[2015]["value"]["provinces"]
    assert found["any", "HHI"] == pytest.approx(131852 / 608400)
    assert found["any", "CR-1"] == pytest.approx(280 / 780)


@pytest.mark.parametrize("n", [2, 5, 31])
def test_gini_of_one_to_n_is_its_closed_form(n: int) -> None:
    assert index_of.gini(np.arange(1, n + 1)) == pytest.approx((n - 1) / (3 * n))


def test_gini_is_half_the_relative_mean_difference() -> None:
    pairs = [abs(one - other) for one in FIGURE_2.tolist() for other in FIGURE_2.tolist()]
    assert index_of.gini(FIGURE_2) == pytest.approx(sum(pairs) / len(pairs) / (2 * 780 / 17))


def test_theil_of_two_regions_by_hand() -> None:
    """6 and 2 villages in the one, 4 and none in the other: shares 1/2, 1/6, 1/3, 0 of four places, 12 villages."""
    counts, regions = np.array([6, 2, 4, 0]), np.array([0, 0, 1, 1])
    total = math.log(4) + math.log(1 / 2) / 2 + math.log(1 / 6) / 6 + math.log(1 / 3) / 3
    between = 2 / 3 * math.log((2 / 3) / (1 / 2)) + 1 / 3 * math.log((1 / 3) / (1 / 2))
    first = math.log(2) + 3 / 4 * math.log(3 / 4) + 1 / 4 * math.log(1 / 4)
    assert index_of.theil(counts) == pytest.approx(total)
    assert index_of.theil_between(counts, regions, np.array([2, 2])) == pytest.approx(between)
    assert total - between == pytest.approx(2 / 3 * first + 1 / 3 * math.log(2))  # within: the regions' own T


@pytest.mark.parametrize("n", range(1, 40))
def test_equal_places_differ_by_nothing_and_not_by_rounding(n: int) -> None:
    counts = np.full(n, 7)
    for function in (index_of.variation, index_of.theil, index_of.gini):
        assert function(counts) == 0, function.__name__
    uneven = np.arange(1, n + 1)  # each place a region of its own: nothing is within regions
    between = index_of.theil_between(uneven, np.arange(n), np.ones(n, int))
    assert index_of.excess(index_of.theil(uneven) - between) == 0


@given(counted)
@settings(max_examples=60)
def test_indices_that_are_the_same_number(counts: np.ndarray) -> None:
    n, hhi = len(counts), index_of.herfindahl(counts)
    assert index_of.geographic_concentration(counts) == pytest.approx(100 * math.sqrt(hhi))
    assert index_of.imbalance(counts) == pytest.approx(index_of.gini(counts) * n / (n - 1))
    assert index_of.variation(counts) == pytest.approx(np.std(counts) / np.mean(counts), abs=1e-9)
    assert index_of.variation(counts) ** 2 == pytest.approx(n * hhi - 1, abs=1e-9)


@given(counted, st.integers(0, 40))
@settings(max_examples=60)
def test_places_without_villages_are_places(counts: np.ndarray, more: int) -> None:
    n, m = len(counts) + more, len(counts)
    padded = np.concatenate([counts, np.zeros(more, dtype=int)])
    for function in (index_of.gini, index_of.theil, index_of.variation, index_of.imbalance):
        assert function(counts, n) == pytest.approx(function(padded), abs=1e-7), function.__name__
    assert 1 - index_of.gini(counts, n) == pytest.approx(m / n * (1 - index_of.gini(counts)))
    assert index_of.theil(counts, n) == pytest.approx(index_of.theil(counts) + math.log(n / m), abs=1e-12)
    assert index_of.variation(counts, n) ** 2 + 1 == pytest.approx(n / m * (index_of.variation(counts) ** 2 + 1))
    for function in (index_of.herfindahl, index_of.geographic_concentration):
        assert function(counts) == pytest.approx(function(padded))


@pytest.mark.parametrize(("year", "unit"), SECOND, ids=lambda each: str(each))
def test_gini_and_theil_are_those_of_another_program(indices: dict[int, pd.DataFrame], year: int, unit: str) -> None:
    n, *expected = SECOND[year, unit]
    found = indices[year].loc[unit].loc[redrawing.WITH]
    assert found["n"].unique().tolist() == [n]
    assert found.loc[list(NAMES), "value"].tolist() == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("year", OF_31)
def test_zeros_are_those_of_another_program(indices: dict[int, pd.DataFrame], year: int) -> None:
    found = indices[year].loc["provinces"].loc[redrawing.MAINLAND]
    assert found["n"].unique().tolist() == [31]
    assert found.loc[list(NAMES), "value"].tolist() == pytest.approx(OF_31[year], abs=1e-7)


@pytest.mark.parametrize("year", YEARS)
def test_the_other_program_itself_where_it_is_installed(indices: dict[int, pd.DataFrame], year: int) -> None:
    gini = pytest.importorskip("inequality.gini", reason="inequality (PySAL) is not installed: see CONTRIBUTING.md")
    theil = pytest.importorskip("inequality.theil")
    for unit, keys in LEVELS.items():
        places = study_of(year).lists[year].groupby(keys).agg(villages=("villages", "sum"), region=("region", "first"))
        counts = places["villages"].to_numpy(float)
        parts = theil.TheilD(counts.copy(), places["region"].to_numpy())
        other = (gini.Gini(counts.copy()).g, theil.Theil(counts.copy()).T, *np.ravel([parts.bg, parts.wg]))
        found = indices[year].loc[unit].loc[redrawing.WITH]
        assert found.loc[list(NAMES), "value"].tolist() == pytest.approx([float(each) for each in other], abs=1e-9)


def test_transforms_name_what_they_come_from_and_follow_from_it() -> None:
    rows = [
        ("provinces", "any", "HHI", 0.25, 0.16, 0.36, 17),
        ("provinces", "with villages", "Gini", 0.8, 0.7, 0.9, 17),
    ]
    found = index_of.transforms(pd.DataFrame(rows, columns=redrawing.COLUMNS)).set_index("index")
    assert found.loc["G", ["of", "value", "low", "high"]].tolist() == ["HHI", 50.0, 40.0, 60.0]
    ends = found.loc["equal places", ["value", "low", "high"]].astype(float).tolist()
    assert ends == pytest.approx([4.0, 1 / 0.36, 1 / 0.16])
    assert found.loc["CV", "value"] == pytest.approx(math.sqrt(17 * 0.25 - 1))
    assert found.loc["S", ["of", "value"]].tolist() == ["Gini, n", pytest.approx(0.8 * 17 / 16)]


def test_lorenz_curve_by_hand_and_its_area_is_gini() -> None:
    curve = lorenz.lorenz(np.array([5, 1, 2]), 4)  # 0, 1, 2, 5 of 8
    assert curve.tolist() == [[0, 0], [0.25, 0], [0.5, 1 / 8], [0.75, 3 / 8], [1, 1]]
    for n in (17, 31):
        x, y = lorenz.lorenz(FIGURE_2, n).T
        assert 1 - 2 * np.trapezoid(y, x) == pytest.approx(float(index_of.gini(FIGURE_2, n)))


def test_parts_of_the_lorenz_curve() -> None:
    rows = pd.DataFrame({"province": ["A", "B"], "city": "C", "county": "D", "town": "E", "villages": [1, 3]})
    frame = pd.DataFrame([("provinces", "all mainland", "East", 10)], columns=["unit", "zeros", "region", "places"])
    parts = lorenz.lorenz_parts(lorenz.lorenz_curves(rows, frame)).set_index(["unit", "zeros"])
    assert parts.loc[("provinces", "with villages")].tolist() == [2, 0.25, pytest.approx(0.7), pytest.approx(0.85)]
    assert parts.loc[("provinces", "all mainland")].tolist() == [10, 0, 0, pytest.approx(0.25)]


def test_rank_size_slope_is_least_squares_with_the_shift_and_another_error() -> None:
    counts = study_of(2015).lists[2015].groupby(LEVELS["counties"])["villages"].sum().to_numpy()
    ranked = np.sort(counts)[::-1]
    fit = OLS(np.log(np.arange(1, 182) - 0.5), add_constant(np.log(ranked))).fit()
    slopes = index_of.rank_sizes(study_of(2015).lists[2015], [1, 10]).set_index(["unit", "at_least"])
    whole = slopes.loc[("counties", 1)]
    assert (whole["n"], slopes.loc[("counties", 10), "n"]) == (181, 25)  # the report's 25 clusters
    assert whole["slope"] == pytest.approx(-fit.params[1])
    assert whole["standard_error"] == pytest.approx(-fit.params[1] * math.sqrt(2 / 181))
    assert whole["standard_error"] > 3 * fit.bse[1]  # what least squares would say
    assert (whole["high"] - whole["low"]) / 2 == pytest.approx(1.959964 * whole["standard_error"], rel=1e-6)
    assert whole["uncorrected"] < whole["slope"]


def test_few_or_equal_places_have_no_rank_size_slope() -> None:
    assert math.isnan(index_of.rank_size(np.array([4, 3, 2, 1])))
    assert math.isnan(index_of.rank_size(np.array([2, 2, 2, 2, 2])))


def test_the_shift_of_one_half_takes_bias_away() -> None:
    """Pareto sizes with exponent one, 50 places: the mean of slopes is nearer to one with the shift."""
    sizes = 1 / np.random.default_rng(1).random((400, 50))
    corrected, plain = (np.mean([index_of.rank_size(each, shift) for each in sizes]) for shift in (0.5, 0.0))
    assert abs(corrected - 1) < 0.03 < abs(plain - 1)


def test_location_quotients_of_provinces() -> None:
    """Zhejiang has 90 county-level units at the end of 2015 (36 districts, 20 cities, 34 counties) and 280 villages."""
    study = study_of(2015)
    table = quotients.location_quotients(study.villages, study.mainland).set_index("province")
    first = table.iloc[0]
    assert table.index[0] == "浙江省" and (first["villages"], first["n"]) == (280, 90)
    assert first["quotient"] == pytest.approx(280 / 780 / (90 / table["n"].sum()))
    assert len(table) == 31 and (table["villages"] > 0).sum() == 17
    assert (table["quotient"] * table["counties_share"]).sum() == pytest.approx(1)
    none = table[table["villages"] == 0]
    assert (none["quotient"] == 0).all() and none[["low", "high"]].isna().all(axis=None)


def test_intervals_of_quotients_are_those_of_drawing_again() -> None:
    rows = pd.DataFrame({"province": ["A", "B"], "villages": [30, 70]})
    table = quotients.location_quotients(rows, pd.DataFrame({"province": ["A", "B", "B", "B"]})).set_index("province")
    drawn = np.random.default_rng(1).multinomial(100, [0.3, 0.7], size=200_000)[:, 0]
    assert table.loc["A", ["low", "high"]].tolist() == pytest.approx(np.percentile(drawn, [2.5, 97.5]) / 100 / 0.25)
