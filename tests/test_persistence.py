"""Villages matched between lists: by hand on small ones, to the published counts on the full ones."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobao_research.measures import persistence as p
from taobao_research.measures.definitions import COUNTY, TOWN
from taobao_research.reports.importing import prepare
from taobao_research.tables.lasting import comparable
from tests.checkout import CHECKOUT
from tests.studies import study_of

FILES = {
    2014: "taobao-village-list-2014.xlsx",
    2015: "taobao-village-list-2015.xlsx",
    2016: "taobaovillage_list_2016.xlsx",
}
LISTS = Path(__file__).parents[2] / "shared" / "data" / "lists"
PAIRS = [(2014, 2015, 210, 2, 570), (2015, 2016, 747, 33, 564), (2014, 2016, 204, 8, 1107)]  # data/README.md
needs_lists = pytest.mark.skipif(not LISTS.is_dir(), reason="the published lists are not beside the project")


def named(*rows: str) -> pd.DataFrame:
    """Rows of ``county town village`` in one city."""
    table = pd.DataFrame([("P", "C", *row.split()) for row in rows], columns=p.FIELDS)
    return table.assign(villages=1, locally_reported=0)


BEFORE = named("甲县 东镇 一村", "甲县 东镇 二村", "甲县 东镇 三村", "乙市 南镇 四村", "乙市 南镇 五村")
NOW = named("甲县 东镇 一村", "甲县 东街道 二社区", "甲县 西镇 三村", "丙县 北镇 四村", "丙县 北镇 六村")


def test_each_way_of_matching_by_hand() -> None:
    table = p.kept_left_entered(BEFORE, NOW).set_index("way")
    kept = table["kept"].to_dict()
    assert kept[p.RAW] == 1  # 一村
    assert kept["stems of county, town and village"] == 2  # and 二村 as 二社区
    assert kept["the same, without the town"] == 3  # and 三村 in another town
    assert kept[p.LOOSEST] == kept[p.PREFERRED] == kept[p.MOST] == 4  # and 四村 in another county
    assert (table["kept"] + table["left"] == 5).all() and (table["kept"] + table["entered"] == 5).all()


def test_matched_says_by_which_way() -> None:
    states = p.matched(BEFORE, NOW, *p.WAYS).set_index("village")
    assert states.loc["一村", "way"] == p.RAW
    assert states.loc["二社区", "way"] == "stems of county, town and village"
    assert states.loc["五村", "state"] == "left" and states.loc["六村", "state"] == "entered"


def test_a_name_that_repeats_is_not_guessed() -> None:
    before, now = named("甲县 东镇 孙庄村"), named("甲县 东街 孙庄", "甲县 东街 孙庄村")
    table = p.kept_left_entered(before, now).set_index("way")
    assert table.loc["stems of county, town and village", ["kept", "ambiguous"]].tolist() == [0, 2]
    assert table.loc[p.PREFERRED, "kept"] == 0 and table.loc[p.MOST, "kept"] == 1


def test_an_equal_name_is_taken_before_an_equal_stem() -> None:
    before, now = named("甲县 东镇 孙庄村"), named("甲县 东镇 孙庄", "甲县 东镇 孙庄村")
    states = p.matched(before, now, *p.WAYS)
    assert states[["village", "state"]].to_numpy().tolist() == [["孙庄村", "kept"], ["孙庄", "entered"]]


def test_names_as_written_are_those_of_the_list_itself() -> None:
    before = named("增城区 新塘镇 一村").assign(listed_city="C", listed_county="增城市", listed_town="新塘镇")
    now = named("增城区 新塘镇 一村").assign(listed_city="C", listed_county="增城区", listed_town="新塘镇")
    kept = p.kept_left_entered(before, now).set_index("way")["kept"]
    assert kept[p.RAW] == 0 and kept["renamed places under one name"] == 1


def test_counts_alone_give_bounds() -> None:
    before = pd.DataFrame([("P", "C", "A", "a", 3), ("P", "C", "A", "b", 2)], columns=[*TOWN, "villages"])
    now = pd.DataFrame([("P", "C", "A", "a", 1), ("P", "C", "B", "c", 9)], columns=[*TOWN, "villages"])
    bounds = p.bounds_from_counts(before, now)
    assert bounds[["kept", "left", "entered"]].to_numpy().tolist() == [[0, 5, 10], [1, 4, 9], [5, 0, 5]]


names = st.sampled_from([f"{county}县 {town} {village}" for county in "甲乙" for town in ("东镇", "东乡", "西镇")
                         for village in ("一村", "一", "二村", "二社区", "三村")])  # fmt: skip
tables = st.lists(names, min_size=1, max_size=12, unique=True).map(lambda rows: named(*rows))


@pytest.mark.slow
@settings(max_examples=80, derandomize=True)
@given(before=tables, now=tables)
def test_the_bounds_bound(before: pd.DataFrame, now: pd.DataFrame) -> None:
    ways = p.kept_left_entered(before, now).set_index("way")
    kept = ways["kept"]
    assert kept[p.RAW] <= kept[p.PREFERRED] <= kept[p.MOST] <= min(len(before), len(now))
    assert (ways["kept"] + ways["left"] == len(before)).all() and (ways["kept"] + ways["entered"] == len(now)).all()
    by_city = p.bounds_from_counts(before, now)["kept"].max()
    assert kept[p.MOST] <= by_city
    assert set(p.matched(before, now, *p.WAYS)["state"]) <= {"kept", "left", "entered"}


def test_of_two_rows_made_equal_by_one_name_only_one_stays() -> None:
    """One list has the village under both names of its county, the next one once."""
    twice = named("增城区 新塘镇 一村", "增城区 新塘镇 一村")
    before = twice.assign(listed_city="C", listed_county=["增城市", "增城区"], listed_town="新塘镇")
    now = named("增城区 新塘镇 一村").assign(listed_city="C", listed_county="增城区", listed_town="新塘镇")
    ways = p.kept_left_entered(before, now).set_index("way")
    assert ways.loc[p.PREFERRED, ["kept", "left"]].tolist() == [1, 1]
    stayed = p.survival_by_group({2001: before, 2002: now}, study_of(2016).transitions, 10)
    assert stayed.loc[stayed["group"] == "all", ["n", "stayed"]].to_numpy().tolist() == [[2, 1]]


def test_survival_with_wilsons_interval() -> None:
    """Wilson's score interval (1927) for 8 of 10, written out."""
    z, n, share = 1.959964, 10, 0.8
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    table = p.survival(pd.DataFrame({"value": ["A", "A", "B"], "stayed": [5, 3, 0], "left": [1, 1, 0]}), "value")
    assert table[["value", "n", "stayed"]].to_numpy().tolist() == [["A", 10, 8]]  # B has no villages, so no rate
    assert table.loc[0, ["low_share", "high_share"]].tolist() == pytest.approx([middle - half, middle + half], abs=1e-6)


def test_where_all_or_none_stayed_the_interval_ends_there_exactly() -> None:
    counts = pd.DataFrame({"value": ["A", "B"], "stayed": [747, 0], "left": [0, 33]})
    table = p.survival(counts, "value").set_index("value")
    assert table.loc["A", "high_share"] == 1 == table.loc["A", "share"] and table.loc["A", "low_share"] < 1
    assert table.loc["B", "low_share"] == 0 == table.loc["B", "share"] and table.loc["B", "high_share"] > 0


def test_the_pairs_of_lists_stand_in_one_order_in_every_table() -> None:
    lists = {2014: named("D T 一村"), 2015: named("D T 一村", "D T 二村"), 2016: named("D T 二村", "D T 三村")}
    pairs = ["2014-2015", "2015-2016", "2014-2016"]
    found = p.persistence(lists, study_of(2016).transitions)
    assert list(dict.fromkeys(found["years"])) == pairs == p.spelling_by_pair(found)["years"].tolist()
    stayed = p.survival_by_group(lists, study_of(2016).transitions, 10)
    assert list(dict.fromkeys(stayed["years"])) == pairs


@pytest.mark.parametrize(("first", "last", "kept", "left", "entered"), PAIRS)
def test_without_names_the_shipped_counts_are_the_estimate(
    first: int, last: int, kept: int, left: int, entered: int
) -> None:
    found = p.persistence(study_of(2016).lists, study_of(2016).transitions)
    rows = found[found["years"] == f"{first}-{last}"].set_index("way")
    assert rows.loc[p.PREFERRED, ["kept", "left", "entered"]].tolist() == [kept, left, entered]
    assert "transitions.csv" in rows.loc[p.PREFERRED, "basis"]
    assert (
        rows.loc["least that counts allow (none kept)", "kept"]
        <= kept
        <= rows.loc["most that counts allow if no village changed its city", "kept"]
    )


def test_a_pair_without_names_and_counts_has_bounds_only() -> None:
    lists = {2015: study_of(2016).lists[2015], 2017: study_of(2016).lists[2016]}
    found = p.persistence(lists, study_of(2016).transitions)
    assert p.PREFERRED not in found["way"].tolist() and len(found) == 3
    assert p.survival_by_group(lists, study_of(2016).transitions, 10).empty
    assert p.spelling_by_pair(found).empty


def test_survival_by_cluster_counts_every_village_once() -> None:
    table = p.survival_by_group(study_of(2016).lists, study_of(2016).transitions, 10)
    for _, rows in table.groupby("years"):
        groups = rows.groupby("group")[["n", "stayed"]].sum()
        assert groups.loc["all"].tolist() == groups.loc["cluster"].tolist()
    assert "asterisk" not in set(table["group"])


def transitions_of(states: pd.DataFrame) -> pd.DataFrame:
    """Villages stayed, left and entered in each county, from ``matched``: the columns of ``transitions.csv``."""
    counts = pd.crosstab([states[level] for level in COUNTY], states["state"]).reset_index()
    counts.columns.name = None
    for state in ("kept", "left", "entered"):
        if state not in counts:
            counts[state] = 0
    return counts.rename(columns={"kept": "stayed"})[[*COUNTY, "stayed", "left", "entered"]]


@pytest.fixture(scope="module")
def full() -> dict[int, pd.DataFrame]:
    read = {year: prepare(year, LISTS / file, CHECKOUT).found.villages for year, file in FILES.items()}
    return comparable(read, study_of(2016).county_codes, study_of(2016).place_changes)


@needs_lists
@pytest.mark.parametrize(("first", "last", "kept", "left", "entered"), PAIRS)
def test_full_lists_give_the_shipped_counts(
    full: dict[int, pd.DataFrame], first: int, last: int, kept: int, left: int, entered: int
) -> None:
    ways = p.kept_left_entered(full[first], full[last]).set_index("way")
    assert ways.loc[p.PREFERRED, ["kept", "left", "entered"]].tolist() == [kept, left, entered]
    fields = ["province", *p.LISTED, "village"]
    same = set(full[first][fields].itertuples(index=False)) & set(full[last][fields].itertuples(index=False))
    assert ways.loc[p.RAW, "kept"] == len(same)
    counted = transitions_of(p.matched(full[first], full[last], *p.WAYS))
    shipped = study_of(2016).transitions
    shipped = shipped[(shipped["from_year"] == first) & (shipped["to_year"] == last)]
    sums = [rows.groupby("province")[["stayed", "left", "entered"]].sum().astype(int) for rows in (counted, shipped)]
    assert sums[0].to_dict() == sums[1].to_dict()
    assert len(counted) and set(counted.columns) == {*COUNTY, "stayed", "left", "entered"}


@needs_lists
def test_full_lists_tell_survival_by_asterisk_and_who_formed_a_town(full: dict[int, pd.DataFrame]) -> None:
    stayed = p.survival_by_group(full, study_of(2016).transitions, 10)
    stars = stayed[(stayed["group"] == "asterisk") & (stayed["years"] == "2015-2016")].set_index("value")
    assert stars["n"].to_dict() == {"without asterisk": 780 - 88, "with asterisk": 88}
    assert stars["stayed"].sum() == 747
    formed = p.towns_formed(full[2014], full[2015], 3)
    gained = formed["villages"] - formed["villages_before"]
    assert (formed["entered_names"].str.count("、") + 1 >= gained).all()
