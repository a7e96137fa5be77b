"""Which cited rows may be compared, and which one stands for its place."""

import re

import pandas as pd
import pytest

from taobao_research.measures.association import correlations
from taobao_research.measures.cited import (
    LEVELS,
    NEAR_YEARS,
    NOT_COMPARABLE,
    SELECTIONS,
    WEAK,
    comparable,
    of_places,
    one_per_place,
    selection_table,
)
from tests.studies import study_of

TAG = re.compile(r"\[[^\]]+\]")


def case(
    place: str = "A",
    year: object = 2015,
    shops: object = 100,
    turnover: object = 1_000_000,
    note: str = "",
    level: str = "village",
    source: str = "s",
    province: str = "P",
) -> dict[str, object]:
    return {
        "place_en": f"{place} Village",
        "place_zh": place,
        "level": level,
        "province": province,
        "year": year,
        "active_shops": shops,
        "turnover_cny": turnover,
        "households": pd.NA,
        "source_title": source,
        "note": note,
    }


def table(*rows: dict[str, object]) -> pd.DataFrame:
    whole = dict.fromkeys(("year", "active_shops", "turnover_cny", "households"), "Int64")
    return pd.DataFrame(list(rows), columns=list(case())).astype(whole)


def chosen(*rows: dict[str, object], year: int = 2015) -> list[str]:
    return one_per_place(table(*rows), year)["source_title"].tolist()


@pytest.mark.parametrize("tag", NOT_COMPARABLE)
def test_each_tag_excludes(tag: str) -> None:
    rows = table(case(note=f"{tag} of some kind", source="tagged"), case(note="words only", source="plain"))
    assert comparable(rows)["source_title"].tolist() == ["plain"]
    assert len(comparable(rows, ())) == 2


@pytest.mark.parametrize("tag", WEAK)
def test_a_weak_tag_excludes_under_the_stricter_rule_only(tag: str) -> None:
    rows = table(case(note=tag))
    assert len(comparable(rows)) == 1
    assert comparable(rows, (*NOT_COMPARABLE, *WEAK)).empty


@pytest.mark.parametrize(
    "row",
    [
        case(shops=pd.NA),
        case(turnover=pd.NA),
        case(shops=0),
        case(turnover=0),
        case(year=pd.NA),
        case(level="cluster"),
        case(level="prefecture"),
    ],
)
def test_rows_without_both_figures_a_year_or_a_level_are_left_out(row: dict[str, object]) -> None:
    assert comparable(table(row, case(source="good")))["source_title"].tolist() == ["good"]


def test_the_nearest_year_stands_for_a_place() -> None:
    assert chosen(case(year=2012, source="far"), case(year=2017, source="near"), case(year=2019, source="later")) == [
        "near"
    ]
    assert chosen(case(year=2012, source="a"), case(year=2019, source="b"), year=2019) == ["b"]


def test_among_equal_years_the_fewest_weak_tags() -> None:
    weak, weaker = case(note="[mirror]", source="weak"), case(note="[mirror] [undated]", source="weaker")
    assert chosen(weaker, weak) == ["weak"]
    assert chosen(weaker, weak, case(note="[other remark]", source="clean")) == ["clean"]
    assert chosen(case(year=2014, source="further"), weaker) == ["weaker"]


def test_disagreeing_sources_give_the_lower_median_of_turnover_per_shop() -> None:
    low = case(shops=100, turnover=1_000, source="10 a shop")
    middle = case(shops=1, turnover=20, source="20 a shop")
    high = case(shops=1000, turnover=30_000, source="30 a shop")
    top = case(shops=10, turnover=9_000, source="900 a shop")
    assert chosen(high, low, middle) == ["20 a shop"]
    assert chosen(top, high, low, middle) == ["20 a shop"]
    assert chosen(high, low) == ["10 a shop"]


def test_one_row_a_place_by_level_and_falling_turnover() -> None:
    rows = table(
        case("C", level="county", turnover=9),
        case("B", level="town", turnover=5),
        case("A", turnover=1),
        case("A", turnover=3, year=2014),
        case("D", turnover=2),
        case("A", turnover=7, province="Q"),
        case("A", turnover=8, level="town"),
    )
    kept = one_per_place(rows, 2015)
    assert kept["turnover_cny"].tolist() == [7, 2, 1, 8, 5, 9]
    assert kept["level"].tolist() == ["village"] * 3 + ["town"] * 2 + ["county"]
    assert "place" in kept and not {"place_en", "distance", "weak", "per_shop", "order"} & set(kept)


def test_no_rows_give_no_places() -> None:
    assert one_per_place(comparable(table()), 2015).empty


@pytest.mark.parametrize("year", [2014, 2015, 2016])
def test_no_shipped_row_that_is_selected_carries_an_excluded_tag(year: int) -> None:
    kept = one_per_place(comparable(study_of(2015).cases), year)
    assert len(kept) > 10
    tags = {tag for note in kept["note"] for tag in TAG.findall(note)}
    assert not tags & set(NOT_COMPARABLE)
    assert kept["place_zh"].is_unique and kept["place"].is_unique
    assert set(kept["level"]) == set(LEVELS)
    assert (kept["active_shops"] > 0).all() and (kept["turnover_cny"] > 0).all()


def test_every_tag_of_the_shipped_cases_is_known() -> None:
    assert {tag for note in study_of(2015).cases["note"] for tag in TAG.findall(note)} <= {*NOT_COMPARABLE, *WEAK}


def test_the_table_of_selections_counts_what_each_rule_keeps() -> None:
    usable = [("a", 2015, ""), ("b", 2014, ""), ("c", 2013, "[mirror]"), ("d", 2020, ""), ("e", 2015, "[target]")]
    rows = table(
        *(case(name, year, 10 * 2**n, 1000 * 3**n, note) for n, (name, year, note) in enumerate(usable)),
        case("f", NEAR_YEARS[0], 5, 77),
        case("g", NEAR_YEARS[1], 6, 99),
    )
    moved = selection_table(rows, 2015, 99, 1).set_index("selection")
    assert moved.index.tolist() == list(SELECTIONS)
    assert moved["n"].tolist() == [6, 5, 5, 7]
    whole = correlations(one_per_place(comparable(rows), 2015), 99, 1)
    assert moved.loc["as stated", "estimate"] == whole["estimate"].iloc[-3]


def test_what_is_published_about_named_places() -> None:
    rows = table(case("B", 2016, source="z"), case("B", 2015), case("A", 2015, note="[target] x"), case("C", 2015))
    found = of_places(rows, ["A", "B"])
    assert found[["place", "year", "remark"]].to_numpy().tolist() == [
        ["A Village", 2015, "[target] x"],
        ["B Village", 2015, ""],
        ["B Village", 2016, ""],
    ]
    assert of_places(rows, []).empty
