"""A place keeps its identity through renames; what is not sure is said, never guessed."""

import re
from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobao_research.errors import InputError
from taobao_research.stems import stem
from taobao_research.tables.identity import identify_cities, identify_counties, identify_towns, with_ids
from taobao_research.tables.links import link_places
from taobao_research.tables.register import Names, joined
from tests.checkout import DATA
from tests.studies import changes, codes, study_of

LEVELS = ["province", "city", "county", "town"]


def listed(*places: str) -> pd.DataFrame:
    """A list with one village in each place, written ``province city county town``; ``_`` is an empty name."""
    rows = [["" if part == "_" else part for part in place.split()] for place in places]
    rows = [[*row, *[""] * (4 - len(row))] for row in rows]
    return pd.DataFrame(rows, columns=LEVELS, dtype=str).assign(villages=1)


def county(place: str, year: int) -> dict[str, str]:
    return identify_counties(listed(place), year, codes(), changes()).iloc[0].to_dict()


def linked(before: int, now: int, level: str) -> pd.DataFrame:
    return link_places(study_of(before).villages, study_of(now).villages, level, (before, now), codes(), changes())


# The three lists against GB/T 2260, counted apart from this project: names in the revision of December, of these
# under a municipality, abolished before (2015 with 南康市, which the first revision here no longer has), without code.
COUNTED = {2014: (80, 77, 1, 1, 1), 2015: (181, 171, 2, 7, 1), 2016: (221, 207, 4, 6, 4)}


@pytest.mark.parametrize("year", COUNTED)
def test_counties_of_the_lists_have_the_codes_of_their_year(year: int) -> None:
    found = identify_counties(study_of(year).villages, year, codes(), changes())
    rules = found["rule"].value_counts()
    older = rules.get("older revision", 0) + rules.get("renamed", 0)
    assert COUNTED[year] == (len(found), rules["exact"], rules["municipality"], older, rules["zone"])
    assert (found["code"] == "").sum() == rules["zone"]
    assert found["county_id"].is_unique and set(found["confidence"]) == {"high", "medium"}


def test_codes_agree_with_those_of_the_county_table() -> None:
    counties = study_of(2015).counties.set_index(LEVELS[:3])["code"].to_dict()
    for year in COUNTED:
        for row in identify_counties(study_of(year).villages, year, codes(), changes()).itertuples():
            if row.county != "南康市":  # coded there from a revision of 2013
                assert row.code in ("", counties[row.province, row.city, row.county])


# Codes as GB/T 2260 has them: the older and the newer one of each unit.
RENAMED = {
    "广东省 广州市 增城市": ("440183", "广东省 广州市 增城区", "440118"),
    "广东省 广州市 从化市": ("440184", "广东省 广州市 从化区", "440117"),
    "天津市 天津市 静海县": ("120223", "天津市 天津市 静海区", "120118"),
    "江西省 九江市 星子县": ("360427", "江西省 九江市 庐山市", "360483"),
    "河南省 许昌市 许昌县": ("411023", "河南省 许昌市 建安区", "411003"),
    "四川省 成都市 郫县": ("510124", "四川省 成都市 郫都区", "510117"),
    "浙江省 杭州市 临安市": ("330185", "浙江省 杭州市 临安区", "330112"),
    "山东省 临沂市 苍山县": ("371324", "山东省 临沂市 兰陵县", "371324"),
    "安徽省 六安市 寿县": ("341521", "安徽省 淮南市 寿县", "340422"),
    "西藏自治区 林芝地区 林芝县": ("542621", "西藏自治区 林芝市 巴宜区", "540402"),
    "西藏自治区 那曲地区 索县": ("542427", "西藏自治区 那曲市 索县", "540626"),
    "海南省 _ 儋州市": ("469003", "海南省 儋州市 儋州市", "460400"),
}


@pytest.mark.slow
@pytest.mark.parametrize("older", RENAMED)
def test_a_renamed_county_keeps_its_identity(older: str) -> None:
    code, newer, newest = RENAMED[older]
    assert (county(older, 2013)["code"], county(older, 2013)["county_id"]) == (code, newest)
    for year in (2018, 2019, 2030):
        assert (county(newer, year)["code"], county(newer, year)["county_id"]) == (newest, newest)
        assert county(older, year)["county_id"] == newest


def test_a_name_older_than_the_code_table_is_found_by_its_change() -> None:
    found = county("江西省 赣州市 南康市", 2015)
    assert (found["code"], found["county_id"], found["rule"]) == ("360703", "360703", "renamed")


def test_the_revisions_that_take_a_change_back_mislead_nobody() -> None:
    names = ["天津市 天津市 静海县", "天津市 天津市 静海区"]
    for year in (2014, 2015, 2016):
        assert [county(name, year)["county_id"] for name in names] == ["120118", "120118"]
    assert [county(names[0], year)["rule"] for year in (2014, 2015)] == ["municipality", "older revision"]
    assert [county(names[1], year)["rule"] for year in (2014, 2015)] == ["newer revision", "municipality"]
    assert county(names[1], 2014)["confidence"] == "medium"
    assert county(names[0], 2016)["revision"] == "201510"  # the newest with the county, not 201508
    assert county(names[1], 2014)["revision"] == "201509"  # the next with the district


def test_joined_names_are_never_those_of_another_place() -> None:
    assert joined(("甲/乙", "丙")) != joined(("甲", "乙/丙"))
    assert joined(("甲/乙",)) != joined(("甲%2F乙",))
    unknown = identify_counties(listed("甲/乙 丙 丁", "甲 乙/丙 丁"), 2015, codes(), changes())
    assert unknown["county_id"].is_unique


def test_without_its_row_a_rename_is_two_places() -> None:
    fewer = changes()[changes()["county"] != "星子县"]
    links = link_places(
        study_of(2015).villages, study_of(2016).villages, "county", (2015, 2016), codes(), fewer
    ).set_index("county")
    assert links.loc[["星子县", "庐山市"], "rule"].tolist() == ["only before", "only now"]


def test_a_change_after_the_last_revision_needs_a_row_and_no_code() -> None:
    later = changes().head(1).assign(
        level="county", kind="upgraded", province="江苏省", city="南通市", county="海门市", new_city="南通市",
        new_county="海门区",
    )  # fmt: skip
    both = listed("江苏省 南通市 海门市", "江苏省 南通市 海门区")
    found = identify_counties(both, 2021, codes(), pd.concat([changes(), later])).set_index("county")
    assert found["county_id"].tolist() == ["江苏省/南通市/海门区"] * 2
    assert found["rule"].to_dict() == {"海门市": "exact", "海门区": "renamed"}
    unknown = identify_counties(listed("新疆维吾尔自治区 哈密地区 某县"), 2015, codes(), changes())
    assert unknown["rule"].tolist() == ["unknown"]


def test_years_beyond_the_table_use_its_ends() -> None:
    assert county("浙江省 金华市 义乌市", 2009)["revision"] == "201312"
    assert county("浙江省 金华市 义乌市", 2024)["revision"] == "201904"


@pytest.mark.parametrize(
    ("place", "code", "rule"),
    [
        ("天津市 市辖区 武清区", "120114", "municipality"),
        ("湖北省 仙桃市 仙桃市", "429004", "under province"),
        ("湖北省 省直辖县级行政区划 仙桃市", "429004", "renamed"),
        ("广东省 东莞市 东莞市", "441900", "exact"),
        ("浙江省 金华市 义乌", "330782", "stem"),
    ],
)
def test_other_spellings_of_a_county(place: str, code: str, rule: str) -> None:
    assert (county(place, 2015)["county_id"], county(place, 2015)["rule"]) == (code, rule)


def test_zones_without_code_have_a_readable_identity() -> None:
    found = identify_counties(study_of(2016).villages, 2016, codes(), changes())
    assert set(found.loc[found["rule"] == "zone", "county_id"]) == {
        "河北省/保定市/白沟新城",
        "福建省/泉州市/泉州台商投资区",
        "河南省/洛阳市/洛阳伊滨区",
        "山东省/菏泽市/菏泽高新区",
    }


def test_an_ambiguous_name_is_listed_and_not_guessed() -> None:
    found = county("河北省 张家口市 宣化市", 2014)  # 宣化县 and 宣化区 stood side by side
    assert (found["rule"], found["confidence"], found["code"]) == ("ambiguous", "none", "")
    assert found["county_id"] == "河北省/张家口市/宣化市"
    assert set(found["candidates"].split(" | ")) == {"河北省/张家口市/宣化县", "河北省/张家口市/宣化区"}
    assert county("江西省 九江市 庐山", 2015)["rule"] == "ambiguous"  # 庐山区 then, 庐山市 later: two places


def test_a_stem_is_not_given_to_two_places_of_one_list() -> None:
    both = identify_counties(listed("浙江省 金华市 义乌", "浙江省 金华市 义乌市"), 2015, codes(), changes())
    assert both.set_index("county")["rule"].to_dict() == {"义乌": "ambiguous", "义乌市": "exact"}
    assert both["county_id"].is_unique
    stems = identify_counties(listed("浙江省 金华市 义乌", "浙江省 金华市 义乌县"), 2015, codes(), changes())
    assert set(stems["rule"]) == {"ambiguous"} and (stems["code"] == "").all()


@pytest.mark.parametrize(
    ("place", "candidate"),
    [
        ("浙江省 杭州市 义乌市", "浙江省/金华市/义乌市"),  # wrong prefecture
        ("浙江省 金华市 义鸟市", "浙江省/金华市/义乌市"),  # misread
        ("山东省 荷泽市 曹县", "山东省/菏泽市/曹县"),  # city misread
        ("北京 北京市 房山区", "北京市/北京市/房山区"),  # province in short
    ],
)
def test_an_unknown_name_comes_with_the_nearest_ones(place: str, candidate: str) -> None:
    found = county(place, 2015)
    assert (found["rule"], found["confidence"], found["code"]) == ("unknown", "none", "")
    assert found["county_id"] == place.replace(" ", "/")
    candidates = found["candidates"].split(" | ")
    assert candidates[0] == candidate and len(candidates) <= 3


def test_homonyms_in_different_provinces_are_different_places() -> None:
    before, now = listed("北京市 北京市 朝阳区 金盏乡"), listed("吉林省 长春市 朝阳区 金盏乡")
    for level in ("city", "county", "town"):
        links = link_places(before, now, level, (2015, 2016), codes(), changes())
        assert sorted(links["rule"]) == ["only before", "only now"]
    assert county("江苏省 无锡市 通州区", 2015)["rule"] == "unknown"


def test_counties_of_the_lists_found_again() -> None:
    links = linked(2015, 2016, "county")
    assert links["villages_before"].sum() == 780 and links["villages"].sum() == 1311
    renamed = links[links["rule"] == "renamed"]
    assert dict(zip(renamed["names_before"], renamed["county"], strict=True)) == {
        "天津市/天津市/静海县": "静海区",
        "江西省/九江市/星子县": "庐山市",
        "江西省/赣州市/南康市": "南康区",
        "广东省/广州市/增城市": "增城区",
    }
    assert (links["villages_before"] > 0).sum() == 181 and (links["villages"] > 0).sum() == 221
    assert set(linked(2014, 2015, "county")["rule"]) == {"exact", "only now"}


def test_links_of_counties_add_up_to_the_transitions_of_their_villages() -> None:
    moves = pd.read_csv(DATA / "series" / "transitions.csv")
    for (first, last), rows in moves.groupby(["from_year", "to_year"]):
        links = linked(first, last, "county")
        counts = {}
        for row in links.itertuples():
            counted = (row.villages_before, row.villages)
            counts[f"{row.province}/{row.city}/{row.county}"] = counted
            counts |= {names: counted for names in row.names_before.split(" | ") if names}
        for row in rows.itertuples():
            assert counts[f"{row.province}/{row.city}/{row.county}"] == (
                row.stayed + row.left,
                row.stayed + row.entered,
            )
        assert len(rows) == len(links)


def test_towns_of_the_lists_found_again() -> None:
    links = linked(2014, 2016, "town")
    renamed = links[links["rule"] == "renamed"].set_index("names_before")
    assert renamed["town"].to_dict() == {
        "山东省/菏泽市/曹县/大集乡": "大集镇",
        "广东省/广州市/增城市/新塘镇": "新塘镇",
        "广东省/广州市/白云区/京溪街": "京溪街道",
        "河北省/保定市/白沟新城/": "白沟镇",
        "浙江省/丽水市/缙云县/壶镇": "壶镇镇",
        "浙江省/台州市/三门县/高枧乡": "珠岙镇",
    }
    daji = renamed.loc["山东省/菏泽市/曹县/大集乡"]
    assert (daji["villages_before"], daji["villages"], daji["confidence"]) == (6, 27, "high")


def test_a_town_that_two_may_follow_is_ambiguous() -> None:
    links = linked(2015, 2016, "town")
    doubtful = links[links["rule"] == "ambiguous"]
    assert doubtful[["town", "candidates"]].values.tolist() == [["松源街道", "浙江省/丽水市/庆元县/松源镇"]]
    assert links.loc[links["town"] == "松源镇", "rule"].tolist() == ["exact"]


def test_a_town_with_another_ending_is_linked_where_it_is_the_only_one() -> None:
    before = listed("浙江省 金华市 义乌市 甲乡", "浙江省 金华市 义乌市 乙镇", "浙江省 金华市 义乌市 丙镇")
    now = listed("浙江省 金华市 义乌市 甲镇", "浙江省 金华市 义乌市 乙街道", "浙江省 金华市 义乌市 乙乡")
    links = link_places(before, now, "town", (2015, 2017), codes(), changes()).set_index("town")
    assert links["rule"].to_dict() == {
        "甲镇": "stem", "乙街道": "ambiguous", "乙乡": "ambiguous", "乙镇": "only before", "丙镇": "only before",
    }  # fmt: skip
    assert links.loc["甲镇", ["names_before", "confidence"]].tolist() == ["浙江省/金华市/义乌市/甲乡", "medium"]
    assert links.loc["乙乡", "candidates"] == "浙江省/金华市/义乌市/乙镇"


def test_a_new_place_comes_with_what_left_beside_it() -> None:
    before, now = listed("浙江省 金华市 义乌市 稠江街道"), listed("浙江省 金华市 义乌市 稠缸街道")
    links = link_places(before, now, "town", (2015, 2016), codes(), changes()).set_index("town")
    assert links.loc["稠缸街道", ["rule", "candidates"]].tolist() == ["only now", "浙江省/金华市/义乌市/稠江街道"]


def test_names_that_no_source_knows_are_linked_with_little_confidence() -> None:
    lists = listed("某省 某市 某县 某镇")
    for level in ("city", "county", "town"):
        links = link_places(lists, lists, level, (2016, 2017), codes(), changes())
        assert links[["rule", "confidence"]].values.tolist() == [["exact", "low"]]


def test_baigou_is_one_town_whether_named_or_not() -> None:
    spelled = listed("河北省 保定市 - 白沟新城", "河北省 保定市 白沟新城 _", "河北省 保定市 白沟新城 白沟镇")
    towns = identify_towns(spelled, 2014, codes(), changes())
    assert set(towns["town_id"]) == {"河北省/保定市/白沟新城/白沟镇"}
    assert set(towns["county_id"]) == {"河北省/保定市/白沟新城"}
    empty = identify_towns(listed("浙江省 金华市 义乌市 _"), 2014, codes(), changes()).iloc[0]
    assert (empty["town_id"], empty["rule"]) == ("330782/", "no town")


@pytest.mark.parametrize("year", COUNTED)
def test_the_village_table_is_kept_as_it_is(year: int) -> None:
    places = with_ids(study_of(2015).villages_of(year), year, codes(), changes())
    pd.testing.assert_frame_equal(places.drop(columns=["city_id", "county_id", "town_id"]), study_of(year).villages)
    assert (places[["city_id", "county_id", "town_id"]] != "").all(axis=None)
    counted = places.groupby("county_id")["villages"].sum()
    assert counted.sum() == study_of(year).villages["villages"].sum() and counted["330782"] == {2014: 6, 2015: 37}.get(
        year, 65
    )


def test_cities_are_those_of_gb2260() -> None:
    ids = identify_cities(
        listed("浙江省 金华市 _", "天津市 市辖区 _", "西藏自治区 那曲地区 _", "湖北省 仙桃市 _", "浙江省 某市 _"),
        2015,
        codes(),
        changes(),
    ).set_index("city")["city_id"]
    assert ids.to_dict() == {
        "金华市": "330700", "市辖区": "120000", "那曲地区": "540600", "仙桃市": "429004", "某市": "浙江省/某市",
    }  # fmt: skip
    direct = with_ids(listed("湖北省 _ 仙桃市 某镇"), 2015, codes(), changes()).iloc[0]
    assert (direct["city_id"], direct["county_id"]) == ("429004", "429004")


def test_a_year_without_list_is_refused() -> None:
    with pytest.raises(InputError, match=r"data/2031/villages\.csv: missing data file"):
        study_of(2015).lists_of([2015, 2031])


def test_changes_in_a_circle_are_refused() -> None:
    back = changes()[changes()["county"] == "增城市"].assign(county="增城区", new_county="增城市")
    with pytest.raises(InputError, match=r"place_changes\.csv: changes go in a circle: 广东省/广州市/增城市 -> "):
        identify_counties(listed("广东省 广州市 增城市"), 2014, codes(), pd.concat([changes(), back]))


@pytest.mark.parametrize(
    ("name", "level", "bare"),
    [
        ("义乌市", "county", "义乌"), ("曹县", "county", "曹"), ("番禺区", "county", "番禺"), ("县", "county", "县"),
        ("京溪街", "town", "京溪"), ("京溪街道", "town", "京溪"), ("大集乡", "town", "大集"), ("镇", "town", "镇"),
        ("培斜村*", "village", "培斜"), ("某社区", "village", "某"), ("某居委会 *", "village", "某"),
        ("金华市", "city", "金华"), ("浙江省", "province", "浙江省"),
    ],
)  # fmt: skip
def test_stems(name: str, level: str, bare: str) -> None:
    assert stem(name, level) == bare


# The tables themselves


@cache
def spells_of() -> dict[Names, pd.DataFrame]:
    """From and to which revision a code was in force under these names."""
    return dict(list(codes().groupby(LEVELS[:3])[["first_revision", "last_revision"]]))


def alive(names: Names, revision: str) -> bool:
    spells = spells_of()[names].itertuples(index=False, name=None) if names in spells_of() else ()
    return any(first <= revision <= last for first, last in spells)


def test_county_codes_of_december_2016_are_those_with_points_and_ten_more() -> None:
    current = codes()[(codes()["first_revision"] <= "201612") & (codes()["last_revision"] >= "201612")]
    columns = ["code", "province", "city", "county"]
    units, points = (
        set(table[columns].itertuples(index=False, name=None)) for table in (current, study_of(2015).county_points)
    )
    assert points <= units
    assert {county for *_, county in units - points} == {
        "辛集市", "定州市", "南市区", "清江浦区", "龙华区", "坪山区", "北屯市", "双河市", "可克达拉市", "昆玉市",
    }  # fmt: skip


def test_changes_that_name_revisions_agree_with_the_codes() -> None:
    named = changes()[
        (changes()["level"] == "county") & changes()["source_title"].str.startswith("GB/T 2260, revisions")
    ]
    assert len(named) > 100
    revisions = sorted({*codes()["first_revision"], *codes()["last_revision"]})
    for row in named.itertuples():
        old, new = re.findall(r"\d{6}", row.source_title)
        before, after = (row.province, row.city, row.county), (row.province, row.new_city, row.new_county)
        assert alive(before, old) and not any(alive(before, each) for each in revisions if each > old), before
        assert alive(after, new) and old < new, after
        assert not [each for each in revisions if old < each < new]


@cache
def changes_of(level: str) -> pd.DataFrame:
    return changes()[changes()["level"] == level]


def last_names(names: Names) -> Names:
    """The newest names by the table alone: the county's own row, else its city's."""
    rows = {
        (r.province, r.city, r.county): (r.province, r.new_city, r.new_county)
        for r in changes_of("county").itertuples()
    }
    cities = {(r.province, r.city): r.new_city for r in changes_of("city").itertuples()}
    for _ in range(5):
        if names in rows:
            names = rows[names]
        elif names[:2] in cities:
            names = (names[0], cities[names[:2]], names[2])
    return (names[0], "", names[2]) if names[1] == names[2] and (names[0], "", names[2]) in DIRECT else names


DIRECT = {("湖北省", "", "仙桃市")}  # the one in the properties below


@pytest.mark.slow
def test_no_change_makes_one_place_of_two_that_stood_side_by_side() -> None:
    for revision in sorted({*codes()["first_revision"]}):
        current = codes()[(codes()["first_revision"] <= revision) & (revision <= codes()["last_revision"])]
        ids = identify_counties(current, 2019, codes(), changes())
        assert set(ids["confidence"]) == {"high"}
        assert ids["county_id"].is_unique, ids[ids["county_id"].duplicated(keep=False)]


def test_every_change_leads_to_a_place_that_there_is() -> None:
    for row in changes_of("county")[changes_of("county")["kind"] != "zone"].itertuples():
        assert alive(last_names((row.province, row.city, row.county)), "201904"), row.county


@cache
def small() -> pd.DataFrame:
    """The codes of a few cities in which much changed."""
    cities = ["九江市", "天津市", "广州市", "张家口市", "林芝地区", "林芝市", "儋州市", "保定市"]
    return codes()[codes()["city"].isin(cities) | codes()["county"].isin(["仙桃市", "儋州市"])]


REAL = st.deferred(lambda: st.sampled_from(sorted(set(small()[LEVELS[:3]].itertuples(index=False, name=None)))))
NAME = st.text(st.sampled_from("甲乙市区县镇/%-| "), max_size=4)
BENT = st.builds(
    lambda names, ending: (*names[:2], stem(names[2], "county") + ending),
    REAL,
    st.sampled_from(["", "市", "区", "县", "新区"]),
)
HEADINGS = st.sampled_from([("天津市", "市辖区", "静海区"), ("湖北省", "仙桃市", "仙桃市"), ("河北省", "保定市", "-")])
COUNTIES = st.lists(st.one_of(REAL, BENT, HEADINGS, st.tuples(NAME, NAME, NAME)), max_size=12)


@pytest.mark.slow
@settings(max_examples=60)
@given(COUNTIES, st.integers(2000, 2040))
def test_two_counties_share_an_identity_only_where_a_change_says_so(counties: list[Names], year: int) -> None:
    places = pd.DataFrame(counties, columns=LEVELS[:3], dtype=str)
    found = identify_counties(places, year, small(), changes())
    assert len(found) == len(set(counties)) and (found["county_id"] != "").all()
    for _, rows in found.groupby("county_id"):
        assert len({last_names(names) for names in rows[LEVELS[:3]].itertuples(index=False, name=None)}) == 1
    unsure = found[found["confidence"] == "none"]
    assert (unsure["code"] == "").all()
    assert unsure["county_id"].tolist() == [
        joined(names) for names in unsure[LEVELS[:3]].itertuples(index=False, name=None)
    ]


@pytest.mark.slow
@settings(max_examples=40)
@given(COUNTIES, COUNTIES, st.lists(NAME, min_size=12, max_size=12), st.sampled_from(["city", "county", "town"]))
def test_linking_loses_no_village(before: list[Names], now: list[Names], towns: list[str], level: str) -> None:
    sides = []
    for counties in (before, now):
        rows = [[*names, town] for names, town in zip(counties, towns, strict=False)]
        sides.append(pd.DataFrame(rows, columns=LEVELS, dtype=str).assign(villages=range(1, len(rows) + 1)))
    links = link_places(*sides, level, (2014, 2016), small(), changes())
    assert links["id"].is_unique
    assert links["villages_before"].sum() == sides[0]["villages"].sum()
    assert links["villages"].sum() == sides[1]["villages"].sum()
    assert ((links["villages_before"] > 0) | (links["villages"] > 0)).all()


def test_a_list_of_a_later_year_with_new_provinces() -> None:
    later = listed(
        "贵州省 六盘水市 盘州市 某镇", "青海省 海东市 平安区 某镇", "某省 某市 某县 某镇", "浙江省 台州市 玉环市 某镇"
    )
    ids = with_ids(later, 2022, codes(), changes())
    assert ids["county_id"].tolist() == ["520281", "630203", "某省/某市/某县", "331083"]
    links = link_places(study_of(2016).villages, later, "county", (2016, 2022), codes(), changes())
    yuhuan = links[links["county"] == "玉环市"].iloc[0]
    assert (yuhuan["names_before"], yuhuan["rule"]) == ("浙江省/台州市/玉环县", "renamed")
