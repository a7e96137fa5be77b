"""The definitions of village, town and cluster at, above and below their thresholds."""

from fractions import Fraction

import pandas as pd
import pytest

from taobao_research.measures.definitions import (
    CRITERIA,
    count_met,
    sweep_clusters,
    sweep_towns,
    taobao_towns,
    totals,
    village_clusters,
    village_criteria,
)

NA = pd.NA
YES, NO = True, False


def table(*rows: tuple[str, str, str, str, int]) -> pd.DataFrame:
    columns = ["province", "city", "county", "town", "villages"]
    return pd.DataFrame(rows, columns=columns).astype({"villages": "Int64"})


VILLAGES = table(
    ("P", "A", "a", "t1", 1),
    ("P", "A", "a", "t1", 2),
    ("P", "A", "a", "t2", 2),
    ("P", "A", "b", "", 5),
    ("Q", "A", "a", "t1", 10),
    ("Q", "C", "c", "t1", 1),
)


def criteria(turnover: object, shops: object, households: object, share: float = 0.10) -> list[object]:
    place = pd.DataFrame({"turnover_cny": [turnover], "active_shops": [shops], "households": [households]})
    met = village_criteria(place.astype("Int64"), 10_000_000, 100, share)
    return [None if met[name].isna()[0] else bool(met[name][0]) for name in CRITERIA]


@pytest.mark.parametrize(
    ("turnover", "shops", "households", "expected"),
    [
        (10_000_000, 100, 5000, [YES, YES, NO, YES]),
        (9_999_999, 100, 5000, [NO, YES, NO, NO]),
        (10_000_000, 99, 990, [YES, NO, YES, YES]),
        (10_000_000, 99, 991, [YES, NO, NO, NO]),
        (10_000_000, 99, 0, [YES, NO, None, None]),
        (10_000_000, 99, NA, [YES, NO, None, None]),
        (10_000_000, 100, NA, [YES, YES, None, YES]),
        (10_000_000, NA, 900, [YES, None, None, None]),
        (9_999_999, NA, NA, [NO, None, None, NO]),
        (NA, 99, 991, [None, NO, NO, NO]),
        (NA, 100, 500, [None, YES, YES, None]),
        (10_000_000, 0, 300, [YES, NO, NO, NO]),
    ],
)
def test_criteria_of_a_village(turnover: object, shops: object, households: object, expected: list[object]) -> None:
    assert criteria(turnover, shops, households) == expected


@pytest.mark.parametrize("percent", [1, 7, 10, 14, 28, 29, 55, 57, 99])
def test_the_household_share_is_met_exactly_at_the_boundary(percent: int) -> None:
    share = float(Fraction(percent, 100))
    assert criteria(10_000_000, percent, 100, share)[2] is True
    assert criteria(10_000_000, percent, 101, share)[2] is False


def test_places_that_meet_fail_and_cannot_be_judged() -> None:
    places = pd.DataFrame(
        {
            "turnover_cny": pd.array([10_000_000, 10_000_000, 1, NA], dtype="Int64"),
            "active_shops": pd.array([100, 20, 100, NA], dtype="Int64"),
            "households": pd.array([NA, 100, 100, NA], dtype="Int64"),
        }
    )
    met = count_met(village_criteria(places, 10_000_000, 100, 0.10))
    assert met.to_numpy().tolist() == [
        ["enough_turnover", 2, 1, 1],
        ["enough_shops", 2, 1, 1],
        ["enough_household_share", 2, 0, 2],
        ["taobao_village", 2, 1, 1],
    ]


def test_towns_need_their_threshold() -> None:
    towns = taobao_towns(VILLAGES, 3)
    assert towns[["province", "county", "town", "villages"]].to_numpy().tolist() == [
        ["Q", "a", "t1", 10],
        ["P", "b", "", 5],
        ["P", "a", "t1", 3],
    ]
    assert len(taobao_towns(VILLAGES, 4)) == 2
    assert len(taobao_towns(VILLAGES, 1)) == 5


def test_clusters_are_counties_at_their_threshold() -> None:
    assert village_clusters(VILLAGES, 5)[["province", "county", "villages"]].to_numpy().tolist() == [
        ["Q", "a", 10],
        ["P", "a", 5],
        ["P", "b", 5],
    ]
    assert len(village_clusters(VILLAGES, 6)) == 1
    assert village_clusters(VILLAGES, 11).empty


def test_sweeps_keep_the_share_of_all_villages() -> None:
    towns = sweep_towns(VILLAGES, [1, 3, 6, 11])
    assert towns["towns"].tolist() == [5, 3, 1, 0]
    assert towns["villages"].tolist() == [21, 18, 10, 0]
    assert towns["share"].tolist() == pytest.approx([1, 18 / 21, 10 / 21, 0])
    clusters = sweep_clusters(VILLAGES, range(5, 7))
    assert clusters["threshold"].tolist() == [5, 6]
    assert clusters["clusters"].tolist() == [3, 1]
    assert clusters["villages"].tolist() == [20, 10]


def test_sweeps_of_no_villages() -> None:
    swept = sweep_towns(VILLAGES.head(0), [1, 3])
    assert swept[["towns", "villages", "share"]].to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]
    assert sweep_clusters(VILLAGES, []).empty


def test_totals_of_two_years() -> None:
    before = table(("P", "A", "a", "t1", 3), ("P", "A", "a", "t2", 2))
    rows = totals(VILLAGES, before, 3, 5).set_index("measure")
    assert rows["now"].tolist() == [21, 3, 3, 2, 3, 4]
    assert rows["before"].tolist() == [5, 1, 1, 1, 1, 1]
    assert rows["growth"].tolist() == pytest.approx([3.2, 2, 2, 1, 2, 3])


def test_totals_without_an_earlier_list_or_from_zero() -> None:
    alone = totals(VILLAGES, VILLAGES.head(0), 3, 5)
    assert alone["before"].isna().all() and alone["growth"].isna().all()
    small = totals(VILLAGES, table(("P", "A", "a", "t1", 1)), 3, 5).set_index("measure")
    assert small.loc["Taobao towns", "before"] == 0
    assert pd.isna(small.loc["Taobao towns", "growth"])
