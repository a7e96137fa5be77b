"""Villages in poverty counties: weighted, matched by full name, each county once."""

import pandas as pd
import pytest

from taobao_research.claims.ledger import judge
from taobao_research.measures.poverty import (
    bound_in_words,
    by_combination,
    by_list,
    in_national_counties,
    not_on_record,
    on_provincial_lists,
)
from taobao_research.params import params_of
from taobao_research.tables.study import Study
from tests.studies import study_of

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


# 湄潭县 is in no list shipped, so nobody looked it up; 南康 became a district in 2013, stands as 南康区 in the list of
# 2016 and is a national poverty county; 义乌市 is in all lists and is none.
LIST_OF_2017 = pd.DataFrame(
    [("浙江省", "金华市", "义乌", "", 3), ("江西省", "赣州市", "南康市", "", 5), ("贵州省", "遵义市", "湄潭县", "", 2)],
    columns=["province", "city", "county", "village", "villages"],
).assign(town="", locally_reported=0)


def of_2017(rows: pd.DataFrame) -> Study:
    return Study(params_of(2015).model_copy(update={"year": 2017})).with_villages(rows)


def test_a_county_that_was_not_looked_up_is_unknown_and_not_taken_for_rich() -> None:
    study = of_2017(LIST_OF_2017)
    unknown = not_on_record(study.villages, study.poverty)
    assert unknown[["county", "villages"]].to_numpy().tolist() == [["湄潭县", 2]]
    inside = in_national_counties(study.villages, study.poverty)
    assert inside[["county", "villages"]].to_numpy().tolist() == [["南康市", 5]]
    words = "at least 5; not on record: 1 of 3 counties, with 2 of 10 villages"
    assert bound_in_words(study.villages, study.poverty) == words


def test_a_list_of_known_counties_has_a_number_and_no_bound() -> None:
    study = of_2017(LIST_OF_2017.head(2))
    assert bound_in_words(study.villages, study.poverty) == "5"


@pytest.mark.parametrize(("year", "printed"), [(2014, 4), (2015, 10), (2016, 18)])  # as published
def test_every_county_of_the_lists_shipped_is_on_record(year: int, printed: int) -> None:
    study = study_of(year)
    assert bound_in_words(study.villages, study.poverty) == str(printed)


def test_claims_on_a_list_that_is_not_covered_have_no_data() -> None:
    study = of_2017(LIST_OF_2017)
    claim = dict.fromkeys(("id", "section", "statement", "of", "alternatives", "note", "needs", "expected", "unit"), "")
    claim |= {"rule": "exact", "printed": "5"}
    for function, of in (("poverty_villages", ""), ("figure_7_differences", ""), ("provincial_list_count", "湄潭县")):
        judged = judge(study, {**claim, "function": function, "of": of})
        assert judged["verdict"] == "no data" and "not on record" in judged["note"]
    covered = judge(of_2017(LIST_OF_2017.head(2)), {**claim, "function": "poverty_villages"})
    assert covered["verdict"] == "matches"


def test_a_later_year_says_so_of_the_list_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    study = of_2017(LIST_OF_2017.head(2))
    monkeypatch.setattr(Study, "villages_of", lambda self, year: LIST_OF_2017 if year == 2016 else LIST_OF_2017.head(2))
    claim = dict.fromkeys(("id", "section", "statement", "of", "alternatives", "note", "needs", "expected", "unit"), "")
    claim |= {"rule": "exact", "printed": "5", "function": "poverty_villages_before"}
    judged = judge(study, claim)
    assert judged["verdict"] == "no data" and "In the list of 2016 at least 5" in judged["note"]
