"""Villages in poverty counties: weighted, matched by full name, each county once."""

import pandas as pd

from taobao_research.measures.poverty import by_combination, by_list, in_national_counties, on_provincial_lists

VILLAGES = pd.DataFrame(
    [
        ("浙江省", "A", "x", "", 3),
        ("浙江省", "A", "x", "v", 1),
        ("山东省", "A", "x", "", 2),
        ("山东省", "B", "y", "", 5),
        ("广东省", "河源市", "龙川县", "", 1),
        ("广东省", "汕尾市", "陆丰市", "", 1),
        ("河北省", "C", "z", "", 7),
    ],
    columns=["province", "city", "county", "village", "villages"],
).astype({"villages": "Int64"})


def poverty(*rows: tuple[str, str, str, int, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["province", "city", "county", "national_832", "provincial_lists"])


LISTS = poverty(
    ("浙江省", "A", "x", 0, "ZJ26"),
    ("山东省", "A", "x", 1, ""),
    ("山东省", "B", "y", 0, "SD20|SD52"),
    ("河北省", "C", "z", 1, "SD52"),
    ("河北省", "C", "elsewhere", 1, "HE17"),
)


def test_national_counties_are_matched_by_full_name() -> None:
    inside = in_national_counties(VILLAGES, LISTS)
    assert inside[["province", "county", "villages"]].to_numpy().tolist() == [["山东省", "x", 2], ["河北省", "z", 7]]


def test_a_county_on_two_lists_counts_once() -> None:
    assert on_provincial_lists(VILLAGES, LISTS, ("SD20", "SD52"))["villages"].tolist() == [5, 7]
    assert on_provincial_lists(VILLAGES, LISTS, ("SD20",))["villages"].tolist() == [5]
    assert on_provincial_lists(VILLAGES, LISTS, ()).empty
    assert on_provincial_lists(VILLAGES, LISTS, ("SD",)).empty


def test_each_list_alone() -> None:
    assert by_list(VILLAGES, LISTS).to_numpy().tolist() == [
        ["HE17", 0, 0],
        ["SD20", 1, 5],
        ["SD52", 2, 12],
        ["ZJ26", 1, 4],
    ]


def test_readings_of_which_lists_count() -> None:
    readings = by_combination(VILLAGES, LISTS).set_index("lists")
    more = ", and two counties no list names"
    assert readings.loc["complete or derived lists"].tolist() == [2, 9]
    assert readings.loc["with Guangdong as found"].tolist() == [2, 9]
    assert readings.loc[f"with Guangdong as found{more}"].tolist() == [4, 11]
    assert readings.loc["with Guangdong, Shandong's 52 for its 20"].tolist() == [3, 16]
    assert readings.loc["with Guangdong, without Zhejiang"].tolist() == [1, 5]
    assert readings.loc[f"with Guangdong, without Zhejiang{more}"].tolist() == [3, 7]


def test_a_county_that_a_list_names_is_not_counted_a_second_time() -> None:
    named = poverty(("广东省", "河源市", "龙川县", 0, "GD"))
    readings = by_combination(VILLAGES, named).set_index("lists")
    more = "with Guangdong as found, and two counties no list names"
    assert readings.loc["with Guangdong as found"].tolist() == [1, 1]
    assert readings.loc[more].tolist() == [2, 2]


def test_no_villages_and_no_lists() -> None:
    nothing = VILLAGES.head(0)
    assert in_national_counties(nothing, LISTS).empty
    assert by_combination(nothing, LISTS)[["counties", "villages"]].to_numpy().sum() == 0
    assert by_list(VILLAGES, LISTS.head(0)).empty


def test_identical_nameless_villages_are_all_counted() -> None:
    county = {"province": "浙江省", "city": "温州市", "county": "永嘉县", "town": "桥头镇", "village": ""}
    twice = pd.DataFrame([county, county]).assign(villages=1)
    readings = by_combination(twice, poverty(("浙江省", "温州市", "永嘉县", 0, "ZJ26")))
    assert readings["villages"].tolist() == [2, 2, 2, 2, 2, 0, 0]
