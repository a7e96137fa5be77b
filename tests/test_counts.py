"""Villages counted by place, on tables small enough to count by eye."""

import pandas as pd
import pytest

from taobao_research.measures.counts import (
    compare_years,
    count_by,
    growth,
    leading,
    named_and_nameless,
    new_places,
    total_villages,
)


def table(*rows: tuple[str, str, str, int, int]) -> pd.DataFrame:
    columns = ["province", "city", "village", "villages", "locally_reported"]
    return pd.DataFrame(rows, columns=columns).astype({"villages": "Int64", "locally_reported": "Int64"})


VILLAGES = table(
    ("P", "A", "a1", 1, 0),
    ("P", "A", "", 3, 1),
    ("P", "B", "b1", 1, 1),
    ("Q", "B", "", 4, 0),
    ("Q", "C", "c1", 1, 0),
)
NONE = VILLAGES.head(0)


def test_villages_are_counted_not_rows() -> None:
    assert total_villages(VILLAGES) == 10
    assert total_villages(NONE) == 0


def test_counts_shares_and_tied_ranks() -> None:
    counts = count_by(VILLAGES, "province", "city")
    assert counts.columns.tolist() == ["rank", "province", "city", "villages", "share"]
    assert counts[["rank", "province", "city", "villages"]].to_numpy().tolist() == [
        [1, "P", "A", 4],
        [1, "Q", "B", 4],
        [3, "P", "B", 1],
        [3, "Q", "C", 1],
    ]
    assert counts["share"].tolist() == [0.4, 0.4, 0.1, 0.1]


def test_places_of_one_name_in_two_provinces_are_two_places() -> None:
    assert len(count_by(VILLAGES, "province", "city")) == 4
    assert count_by(VILLAGES, "city")["villages"].tolist() == [5, 4, 1]


def test_a_missing_town_is_a_place_of_its_own() -> None:
    towns = pd.DataFrame({"county": ["X", "X", "Y"], "town": ["", "t", ""], "villages": [5, 2, 1]})
    counts = count_by(towns, "county", "town")
    assert counts[["county", "town", "villages"]].to_numpy().tolist() == [["X", "", 5], ["X", "t", 2], ["Y", "", 1]]


def test_no_villages_give_no_places() -> None:
    assert count_by(NONE, "province").empty
    assert leading(count_by(NONE, "province"), 3).empty
    assert compare_years(NONE, NONE, "province").empty
    assert new_places(NONE, NONE, "province") == []
    assert named_and_nameless(NONE, "province").empty


@pytest.mark.parametrize(("top", "length"), [(1, 2), (2, 2), (3, 4), (9, 4)])
def test_a_tie_at_the_last_rank_lengthens_the_ranking(top: int, length: int) -> None:
    assert len(leading(count_by(VILLAGES, "province", "city"), top)) == length


def test_growth_is_a_fraction_of_the_earlier_value() -> None:
    assert growth(780, 212) == pytest.approx(2.679245, abs=1e-6)  # the report prints 268%
    assert growth(5, 10) == -0.5


def test_two_years_are_compared_place_by_place() -> None:
    before = table(("P", "A", "", 2, 0), ("P", "Z", "z", 1, 0))
    compared = compare_years(VILLAGES, before, "city").set_index("city")
    assert compared.index.tolist() == ["B", "A", "C", "Z"]
    assert compared["villages_before"].tolist() == [0, 2, 0, 1]
    assert compared["villages"].tolist() == [5, 4, 1, 0]
    assert compared["change"].tolist() == [5, 2, 1, -1]
    assert compared["growth"].isna().tolist() == [True, False, True, False]
    assert compared.loc[["A", "Z"], "growth"].tolist() == [1.0, -1.0]


def test_no_earlier_list_leaves_growth_empty() -> None:
    compared = compare_years(VILLAGES, NONE, "province")
    assert compared["villages_before"].tolist() == [0, 0]
    assert compared["growth"].isna().all()


def test_new_places_stand_in_order_of_their_villages() -> None:
    before = table(("P", "A", "", 9, 0))
    assert new_places(VILLAGES, before, "city") == ["B", "C"]


def test_named_nameless_and_locally_reported_villages() -> None:
    counts = named_and_nameless(VILLAGES, "province")
    assert counts.to_numpy().tolist() == [["P", 5, 2, 3, 4], ["Q", 5, 1, 4, 0]]
    assert counts.columns.tolist() == ["province", "villages", "named", "nameless", "locally_reported"]


def test_measures_leave_their_table_alone() -> None:
    kept = VILLAGES.copy()
    count_by(VILLAGES, "city"), compare_years(VILLAGES, VILLAGES, "city"), named_and_nameless(VILLAGES, "city")
    pd.testing.assert_frame_equal(VILLAGES, kept)
