"""Figures that a list itself carries: criteria counted by hand, correlations as scipy has them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from taobao_research.measures.listed import LEAST_LISTED, correlations_of_list, criteria_of_list, figures_listed
from tests.studies import study_of

CRITERIA = (10_000_000, 100, 0.1)  # the report's


def listed(*rows: tuple[int, int | None, int | None, int | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["villages", "turnover_cny", "active_shops", "households"]).astype("Int64")


LIST = listed(
    (1, 10_000_000, 100, None),  # meets, by shops
    (1, 20_000_000, 50, 500),  # meets, by one shop for every tenth household
    (1, 20_000_000, 49, 500),  # fails: too few shops either way
    (1, 9_999_999, 500, 500),  # fails by turnover
    (1, 20_000_000, 50, None),  # cannot be decided: households missing
    (1, None, 500, 500),  # cannot be decided: turnover missing
    (1, 5_000_000, None, None),  # fails by turnover alone
    (4, 90_000_000, 900, 900),  # figures of several villages say nothing of each
)


def test_the_criteria_are_applied_to_the_list_village_by_village() -> None:
    counts = criteria_of_list(LIST, *CRITERIA).set_index("definition")
    assert counts.sum(axis=1).tolist() == [11, 11, 11, 11]
    assert counts.loc["taobao_village"].tolist() == [2, 3, 6]
    assert counts.loc["enough_turnover"].tolist() == [4, 2, 5]
    assert counts.loc["enough_shops"].tolist() == [3, 3, 5]
    assert counts.loc["enough_household_share"].tolist() == [3, 1, 7]
    assert figures_listed(LIST) == {"turnover_cny": 6, "active_shops": 6, "households": 4}


def test_a_list_with_one_of_the_figures_only() -> None:
    counts = criteria_of_list(LIST[["villages", "turnover_cny"]], *CRITERIA).set_index("definition")
    assert counts.loc["enough_turnover"].tolist() == [4, 2, 5] and counts.loc["taobao_village"].tolist() == [0, 2, 9]
    assert counts.loc["enough_shops"].tolist() == [0, 0, 11]


@pytest.mark.parametrize("year", [2014, 2015, 2016])
def test_the_lists_shipped_carry_no_figures(year: int) -> None:
    villages = study_of(year).villages
    assert sum(figures_listed(villages).values()) == 0
    assert criteria_of_list(villages, *CRITERIA).empty and correlations_of_list(villages, 99, 1).empty


def drawn(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    shops = rng.integers(50, 900, n)
    turnover = (shops * 80_000 * rng.lognormal(0, 1, n)).astype(int)
    return listed(*zip([1] * n, turnover.tolist(), shops.tolist(), [None] * n, strict=True))


def test_the_correlations_are_those_of_scipy() -> None:
    few_left_out = listed((1, None, 100, 5), (1, 0, 100, 5), (7, 10, 10, 5))
    table = correlations_of_list(pd.concat([drawn(60), few_left_out], ignore_index=True), 999, 1)
    x, y = (np.log(drawn(60)[column].astype(float)) for column in ("active_shops", "turnover_cny"))
    expected = [stats.pearsonr(x, y).statistic, stats.spearmanr(x, y).statistic, stats.kendalltau(x, y).statistic]
    assert table["estimate"].tolist() == pytest.approx(expected) and table["n"].tolist() == [60] * 3
    pearson = stats.pearsonr(x, y).confidence_interval(0.95)
    assert table.loc[0, ["fisher_low", "fisher_high"]].tolist() == pytest.approx([pearson.low, pearson.high])
    assert (table["bootstrap_low"] < table["estimate"])[:2].all() and table["bootstrap_low"].isna().tolist()[2]
    assert set(table["places"]) == {"villages of the list"}


def test_too_few_villages_or_one_figure_for_all_give_no_correlation() -> None:
    assert correlations_of_list(drawn(LEAST_LISTED - 1), 99, 1).empty
    assert len(correlations_of_list(drawn(LEAST_LISTED), 99, 1)) == 3
    assert correlations_of_list(drawn(60).assign(active_shops=100), 99, 1).empty
