"""Every row of the cited places: fits, corrections and selection rules against other programs and counting by hand."""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.tools import add_constant

from taobao_research.measures.association import correlations
from taobao_research.measures.cited import WEAK, comparable, one_per_place
from taobao_research.measures.funnel import TOO_FEW, WITHOUT, selection_funnel
from taobao_research.measures.listed import LEAST_LISTED
from taobao_research.measures.repeated import direct_test, list_with_both, repeated_fits
from taobao_research.measures.rounding import (
    ERRORS,
    error_sensitivity,
    figure_interval,
    rounding_sensitivity,
    simex_slope,
)
from tests.studies import study_of


@cache
def compared() -> pd.DataFrame:
    """The cited rows that may be compared."""
    return comparable(study_of(2015).cases)


@cache
def places() -> pd.DataFrame:
    """One of them a place."""
    return one_per_place(compared(), 2015)


def rows_of(*rows: tuple[str, int, float, float], level: str = "village") -> pd.DataFrame:
    """``place_zh``, ``year``, and the logs of shops and turnover."""
    table = pd.DataFrame(rows, columns=["place_zh", "year", "x", "y"])
    return table.assign(level=level, province="P", active_shops=np.exp(table["x"]), turnover_cny=np.exp(table["y"]))


def drawn(places: int, rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    found = []
    for place in range(places):
        own, size = rng.normal(0, 0.7), rng.normal(6, 1)
        for row in range(rows - place % 2):
            x = size + rng.normal(0, 0.5)
            found.append((f"p{place}", 2010 + row, x, 10 + 1.2 * x + own + rng.normal(0, 0.3)))
    return rows_of(*found)


def of(table: pd.DataFrame, fit: str, interval: str) -> pd.Series:
    (found,) = [row for _, row in table.iterrows() if row["fit"] == fit and row["interval"].startswith(interval)]
    return found


def test_the_rows_and_places_are_those_of_the_case_table() -> None:
    table = repeated_fits(compared(), 99, 1)
    assert (table["n"].iloc[:6] == 32).all() and (table["places_count"].iloc[:6] == 19).all()
    varying = ["Qinghe County", "Qingyanliu Village", "Shaji Town", "Xiaying Village", "Zhouquan Village"]
    kept = compared()[compared()["place_en"].isin(varying)]
    assert table.iloc[6][["n", "places_count"]].tolist() == [len(kept), len(varying)]


def test_clustered_errors_equal_the_sandwich_worked_out() -> None:
    logs = drawn(8, 4, 1)
    x = np.column_stack([np.ones(len(logs)), logs["x"]])
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ logs["y"]
    residual = logs["y"].to_numpy() - x @ beta
    meat = sum(np.outer(s, s) for s in (x[m].T @ residual[m] for m in
               (logs["place_zh"].to_numpy() == name for name in logs["place_zh"].unique())))  # fmt: skip
    n, k, g = len(logs), 2, 8
    error = np.sqrt((bread @ meat @ bread)[1, 1] * g / (g - 1) * (n - 1) / (n - k))
    half = stats.t.ppf(0.975, g - 1) * error
    found = of(repeated_fits(logs, 99, 1), "OLS", "clusters")
    assert found[["elasticity", "low", "high"]].tolist() == pytest.approx([beta[1], beta[1] - half, beta[1] + half])


def test_the_mixed_model_is_least_squares_under_the_likeliest_variances() -> None:
    """Of the restricted likelihood (Patterson and Thompson 1971) with whole matrices, searched without derivatives."""
    logs = drawn(12, 5, 2)
    design, y = add_constant(logs["x"]).to_numpy(), logs["y"].to_numpy()
    same = logs["place_zh"].to_numpy()[:, None] == logs["place_zh"].to_numpy()[None]

    def fitted(log_ratio: float) -> tuple[float, float, float]:
        whole = np.exp(log_ratio) * same + np.eye(len(y))
        weight = np.linalg.inv(whole)
        inverse = np.linalg.inv(design.T @ weight @ design)
        beta = inverse @ design.T @ weight @ y
        rest = (y - design @ beta) @ weight @ (y - design @ beta)
        logs_of = np.linalg.slogdet(whole)[1] - np.linalg.slogdet(inverse)[1] + (len(y) - 2) * np.log(rest)
        return logs_of, beta[1], np.sqrt(inverse[1, 1] * rest / (len(y) - 2))

    best = optimize.minimize_scalar(lambda at: fitted(at)[0], bounds=(-5, 5), method="bounded", options={"xatol": 1e-9})
    _, slope, error = fitted(best.x)
    found = of(repeated_fits(logs, 99, 1), "mixed model", "REML")
    assert found["elasticity"] == pytest.approx(slope, rel=1e-7)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.959964 * error, rel=0.05)  # variances taken as known
    fit = MixedLM(y, design, groups=logs["place_zh"]).fit(reml=True)
    assert found[["low", "high"]].tolist() == pytest.approx(fit.conf_int()[1].tolist(), rel=1e-4)
    assert slope == pytest.approx(1.2, abs=0.15)


def test_the_mixed_model_has_the_same_digits_in_any_order_and_an_end_where_places_do_not_differ() -> None:
    logs = drawn(12, 5, 2)
    alike = logs.assign(turnover_cny=np.exp(logs["y"] - 0.9 * logs.groupby("place_zh")["y"].transform("mean")))
    for rows in (logs, alike):
        found = of(repeated_fits(rows, 99, 1), "mixed model", "REML")[["elasticity", "low", "high"]].tolist()
        again = of(repeated_fits(rows.sample(frac=1, random_state=1), 99, 1), "mixed model", "REML")
        assert again[["elasticity", "low", "high"]].tolist() == pytest.approx(found, rel=1e-11)
    plain = of(repeated_fits(alike, 99, 1), "OLS", "clusters")
    assert found[0] == pytest.approx(plain["elasticity"], rel=1e-6)
    error = stats.linregress(alike["x"], np.log(alike["turnover_cny"])).stderr
    assert found[2] - found[1] == pytest.approx(2 * 1.959964 * error, rel=1e-6)


def test_one_row_a_place_has_no_mixed_model() -> None:
    found = of(repeated_fits(drawn(8, 2, 1).drop_duplicates("place_zh"), 99, 1), "mixed model", "REML")
    assert found[["elasticity", "low", "high"]].isna().all()


def test_the_slope_within_places_is_that_of_differences_from_their_means() -> None:
    logs = drawn(8, 4, 3)
    within = logs[["x", "y"]] - logs.groupby("place_zh")[["x", "y"]].transform("mean")
    found = of(repeated_fits(logs, 99, 1), "within places", "clusters")
    assert found["elasticity"] == pytest.approx((within["x"] * within["y"]).sum() / (within["x"] ** 2).sum())


@pytest.mark.slow
def test_places_drawn_again_equal_all_the_draws_there_are() -> None:
    logs = drawn(5, 3, 4)
    groups = [part for _, part in logs.groupby("place_zh")]
    every = [np.polyfit(*(np.concatenate([groups[i][name] for i in draw]) for name in ("x", "y")), 1)[0]
             for draw in product(range(5), repeat=5)]  # fmt: skip
    found = of(repeated_fits(logs, 20_000, 5), "OLS", "places")
    assert [found["low"], found["high"]] == pytest.approx(np.percentile(every, [2.5, 97.5]), abs=0.02)
    assert found["elasticity"] == pytest.approx(np.polyfit(logs["x"], logs["y"], 1)[0])


def test_few_places_give_no_fit() -> None:
    assert repeated_fits(drawn(4, 3, 1), 99, 1).empty and repeated_fits(compared().head(0), 99, 1).empty


def test_all_comparable_rows_are_told_from_all_rows() -> None:
    cases = study_of(2015).cases
    table = selection_funnel(cases, 2015, 99, 3).set_index("selection")
    every = cases["active_shops"].gt(0) & cases["turnover_cny"].gt(0) & cases["year"].notna()
    every &= cases["level"].isin(["village", "town", "county"])
    places = cases[every].groupby(["level", "province", "place_zh"]).ngroups
    assert table.loc["also rows that are not comparable", "n"] == places > table.loc["as stated", "n"]
    assert not [name for name in table.index if "every row" in name]


def test_levels_have_means_of_their_own() -> None:
    low, high = drawn(6, 2, 6), drawn(6, 2, 7).assign(level="county")
    high["turnover_cny"] *= 1_000
    moved = repeated_fits(pd.concat([low, high]), 99, 1)["elasticity"]
    high["turnover_cny"] /= 1_000
    assert moved.tolist() == pytest.approx(
        repeated_fits(pd.concat([low, high]), 99, 1)["elasticity"].tolist(), rel=1e-3
    )


@pytest.mark.parametrize(
    ("value", "word", "expected"),
    [
        (2_000, "about", (1_500, 2_500)),
        (110_000, "registered", (105_000, 115_000)),
        (2_000, "more_than", (2_000, 3_000)),
        (400, "up_to", (300, 400)),
        (100, "up_to", (50, 100)),
        (16_200, "exact", (16_200, 16_200)),
        (1_486, "about", (1_485.5, 1_486.5)),
        (400, "", (350, 450)),
    ],
)
def test_where_a_figure_may_lie(value: float, word: str, expected: tuple[float, float]) -> None:
    assert figure_interval(value, word) == expected


def five() -> pd.DataFrame:
    table = rows_of(*[(f"p{i}", 2015, 0.0, 0.0) for i in range(5)])
    return table.assign(
        active_shops=[100, 250, 400, 900, 2_000],
        turnover_cny=[10**7, 3 * 10**7, 2 * 10**7, 9 * 10**7, 10**8],
        shops_qualifier="about",
        turnover_qualifier=["about", "more_than", "exact", "up_to", "about"],
    )


def test_any_turnover_in_its_interval_equals_all_corners() -> None:
    places = five()
    ends = [figure_interval(*each) for each in zip(places["turnover_cny"], places["turnover_qualifier"], strict=True)]
    x = np.log(places["active_shops"])
    slopes = [stats.linregress(x, np.log(corner)).slope for corner in product(*ends)]
    table = rounding_sensitivity(places, 499, 1).set_index(["figures", "measure"])
    worst = table.loc[("any turnover in its interval", "Elasticity")]
    assert [worst["low"], worst["high"]] == pytest.approx([min(slopes), max(slopes)])
    drawn_rows = table.loc[("drawn from their intervals, middle 95%", "Elasticity")]
    assert drawn_rows["low"] < drawn_rows["high"] and (table["n"] == 5).all()
    printed = table.loc[("as printed", "Pearson (logs)"), "low"]
    assert printed == pytest.approx(stats.pearsonr(x, np.log(places["turnover_cny"])).statistic)
    exact = places.assign(shops_qualifier="exact", turnover_qualifier="exact")
    assert np.ptp(rounding_sensitivity(exact, 99, 1)["high"] - rounding_sensitivity(exact, 99, 1)["low"]) < 1e-12


def test_corrections_for_an_error_equal_the_formula_and_the_reverse_regression() -> None:
    places = five()
    x, y = np.log(places["active_shops"]), np.log(places["turnover_cny"])
    fit = stats.linregress(x, y)
    table = error_sensitivity(places, 999, 1).set_index(["fit", "error"])
    for error in ERRORS:
        expected = fit.slope / (1 - error**2 / x.var(ddof=1))
        assert table.loc[("reliability", error), "elasticity"] == pytest.approx(expected)
    reverse = table.xs("reverse regression")["elasticity"].iloc[0]
    assert reverse == pytest.approx(fit.slope / fit.rvalue**2)
    huge = places.assign(active_shops=[100, 101, 102, 103, 104])
    corrected = error_sensitivity(huge, 99, 1).set_index(["fit", "error"])
    assert np.isnan(corrected.loc[("reliability", 0.5), "elasticity"])  # more error than there is difference


def test_simulation_and_extrapolation_undo_most_of_a_known_error() -> None:
    rng = np.random.default_rng(8)
    exact = rng.normal(0, 1, 5_000)
    y, x = 1.1 * exact + rng.normal(0, 0.3, 5_000), exact + rng.normal(0, 0.4, 5_000)
    naive = stats.linregress(x, y).slope
    corrected = simex_slope(x, y, np.zeros(5_000), 0.4, 50, 1)
    assert naive == pytest.approx(1.1 / 1.16, abs=0.02)  # 1.1 times the reliability 1 / (1 + 0.4^2)
    assert corrected == pytest.approx(1.1, abs=0.03)


def test_too_few_places_give_no_sensitivity() -> None:
    assert rounding_sensitivity(places().head(4), 99, 1).empty and error_sensitivity(places().head(4), 99, 1).empty


def test_the_funnel_starts_at_the_estimate_of_section_2_2() -> None:
    table = selection_funnel(study_of(2015).cases, 2015, 199, 3)
    stated = correlations(places(), 199, 3).set_index(["places", "measure"]).loc["pooled, level means removed"]
    for name, measure in (("pearson", "Pearson (logs)"), ("spearman", "Spearman")):
        row = stated.loc[measure, ["estimate", "bootstrap_low", "bootstrap_high"]].tolist()
        assert table.loc[0, [name, f"{name}_low", f"{name}_high"]].tolist() == pytest.approx(row)
    assert tuple(WITHOUT.values()) == WEAK and all(name == f"without {tag}" for name, tag in WITHOUT.items())


def test_rules_keep_the_places_that_they_say() -> None:
    table = selection_funnel(study_of(2015).cases, 2015, 99, 3).set_index("selection")
    villages = places()[places()["level"] == "village"]
    assert table.loc["villages only", "n"] == len(villages) == 8
    assert table.loc[["towns only", "counties only", "as stated"], "n"].tolist() == [3, 8, 19]
    fit = stats.linregress(*(np.log(villages[name].astype(float)) for name in ("active_shops", "turnover_cny")))
    assert table.loc["villages only", ["pearson", "elasticity"]].tolist() == pytest.approx([fit.rvalue, fit.slope])
    early, late = compared()[compared()["year"] <= 2015], compared()[compared()["year"] > 2015]
    assert table.loc["up to the year of the list", "n"] == early["place_zh"].nunique()
    assert table.loc["after the year of the list", "n"] == late["place_zh"].nunique()
    numbers = table.drop(columns=["group", "n", "remark"])
    few = table["n"] < 5  # three towns lie near a line by chance
    assert {"towns only", "at most one year from the list"} == set(table.index[few])
    assert numbers[few].isna().all(axis=None) and numbers[~few].notna().all(axis=None)
    assert table["remark"].tolist() == [TOO_FEW if each else "" for each in few]
    for name in ("pearson", "spearman", "elasticity"):
        known = table[table[f"{name}_low"].notna()]
        assert (known[f"{name}_low"] <= known[name] + 1e-9).all() and (
            known[name] <= known[f"{name}_high"] + 1e-9
        ).all()
    assert selection_funnel(study_of(2015).cases.head(0), 2015, 99, 1).empty


def listed(n: int, counties: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    shops = rng.integers(50, 900, n)
    county = np.arange(n) % counties
    turnover = shops * 80_000 * np.exp(rng.normal(0, 0.6, n) + county / 10)
    table = pd.DataFrame({"villages": 1, "active_shops": shops, "turnover_cny": turnover.astype(int)})
    names = {"province": "P", "city": "C", "county": [f"k{each}" for each in county]}
    return table.astype("Int64").assign(**names, households=pd.array([None] * n, dtype="Int64"))


def test_a_list_with_both_figures_is_tested_directly() -> None:
    villages = listed(60)
    more = pd.DataFrame({"villages": [1, 5, 1], "active_shops": [None, 10**6, 0], "turnover_cny": [10**9] * 3})
    with_more = pd.concat([villages, more.assign(province="P", city="C", county="z")])
    table = direct_test(with_more, 99, 1)
    table = table[table["interval"] != "counties drawn again"].set_index("measure")
    x, y = (np.log(villages[name].astype(float)) for name in ("active_shops", "turnover_cny"))
    pearson = stats.pearsonr(x, y)
    row = table.loc["Pearson (logs)"]
    assert row[["estimate", "low", "high"]].tolist() == pytest.approx(
        [pearson.statistic, *pearson.confidence_interval()]
    )
    fit = OLS(y, add_constant(x)).fit(
        cov_type="cluster", cov_kwds={"groups": villages["county"].astype("category").cat.codes}, use_t=True
    )
    found = table.loc["Elasticity"]
    assert found[["estimate", "low", "high"]].tolist() == pytest.approx([fit.params.iloc[1], *fit.conf_int().iloc[1]])
    assert (table["n"] == 60).all() and found["interval"] == "clusters are counties, t"
    assert (table["counties"] == 10).all()  # z, with nothing but zeros, is none of them


def test_counties_drawn_again_equal_all_the_draws_there_are() -> None:
    villages = listed(40, 5)
    logs = np.log(villages[["active_shops", "turnover_cny"]].astype(float))
    groups = [part.to_numpy() for _, part in logs.groupby(villages["county"])]
    every = [np.corrcoef(np.vstack([groups[i] for i in draw]).T)[0, 1] for draw in product(range(5), repeat=5)]
    table = direct_test(villages, 20_000, 1)
    row = table[table["interval"] == "counties drawn again"].iloc[0]
    assert [row["low"], row["high"]] == pytest.approx(np.percentile(every, [2.5, 97.5]), abs=0.01)
    assert row["estimate"] == pytest.approx(np.corrcoef(logs.T)[0, 1]) and row["measure"] == "Pearson (logs)"


def test_few_counties_are_no_clusters() -> None:
    assert direct_test(listed(60, 3), 99, 1)["interval"].iloc[-1] == "HC3, t"


def test_a_short_list_is_not_tested() -> None:
    assert len(list_with_both(listed(LEAST_LISTED))) == LEAST_LISTED
    assert list_with_both(listed(LEAST_LISTED - 1)).empty and direct_test(listed(LEAST_LISTED - 1), 99, 1).empty


@pytest.mark.parametrize("year", [2014, 2015, 2016])
def test_the_lists_shipped_carry_no_figures(year: int) -> None:
    villages = study_of(year).villages
    assert list_with_both(villages).empty and direct_test(villages, 99, 1).empty
