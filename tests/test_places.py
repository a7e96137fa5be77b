"""Regions and readable names of places; the list's own names are never changed."""

from functools import cache

import pandas as pd
import pytest

from taobao_research.params import Params
from taobao_research.tables.places import UNCLASSIFIED, add_names, add_region, place_name
from taobao_research.tables.study import Study
from tests.studies import study_of

# National Bureau of Statistics (2011); three belts of the Seventh Five-Year Plan.
NORTHEAST = {"辽宁省": "East", "吉林省": "Central", "黑龙江省": "Central"}


def regions(scheme: str, *provinces: str) -> list[str]:
    villages = pd.DataFrame({"province": provinces, "villages": 1})
    return add_region(villages, study_of(2015).provinces, scheme)["region"].tolist()


@pytest.mark.parametrize("province", NORTHEAST)
def test_the_northeast_belongs_to_two_belts(province: str) -> None:
    assert regions("four-region", province) == ["Northeast"]
    assert regions("three-belt", province) == [NORTHEAST[province]]


@pytest.mark.parametrize("scheme", ["four-region", "three-belt"])
def test_regions_that_both_schemes_share(scheme: str) -> None:
    names = ("浙江省", "河北省", "江西省", "湖北省", "四川省", "宁夏回族自治区")
    assert regions(scheme, *names) == ["East", "East", "Central", "Central", "West", "West"]


def test_what_the_schemes_do_not_reach() -> None:
    assert regions("four-region", "台湾省", "no such province") == [UNCLASSIFIED, UNCLASSIFIED]


def test_the_four_regions_are_those_of_the_bureau() -> None:
    counts = study_of(2015).provinces["four_region"].value_counts()
    assert counts[["East", "Central", "West", "Northeast"]].tolist() == [10, 6, 12, 3]
    belts = study_of(2015).provinces["three_belt"].value_counts()
    assert belts[["East", "Central"]].tolist() == [11, 8]


COUNTIES = [
    ("山东省", "菏泽市", "单县", "Shan"),
    ("广东省", "广州市", "花都区", "Huadu"),
    ("浙江省", "丽水市", "莲都区", "Liandu"),
    ("河南省", "许昌市", "长葛市", "Changge"),
    ("河北省", "沧州市", "泊头市", "Botou"),
    ("河北省", "廊坊市", "大城县", "Daicheng"),
    ("浙江省", "杭州市", "临安市", "Lin'an"),
    ("福建省", "泉州市", "南安市", "Nan'an"),
    ("江苏省", "南通市", "海安县", "Hai'an"),
    ("浙江省", "温州市", "乐清市", "Yueqing"),
    ("浙江省", "温州市", "瑞安市", "Rui'an"),
    ("广东省", "广州市", "番禺区", "Panyu"),
    ("山东省", "菏泽市", "鄄城县", "Juancheng"),
    ("江苏省", "徐州市", "睢宁县", "Suining"),
    ("山东省", "泰安市", "肥城市", "Feicheng"),
    ("浙江省", "丽水市", "景宁畲族自治县", "Jingning"),
    ("河北省", "保定市", "白沟新城", "Baigou New Town"),
]


@pytest.mark.parametrize(("province", "city", "county", "name"), COUNTIES, ids=[row[-1] for row in COUNTIES])
def test_names_that_are_easily_misread(province: str, city: str, county: str, name: str) -> None:
    assert study_of(2015).english[province, city, county] == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (("云南省", "大理白族自治州"), "Dali"),
        (("吉林省", "延边朝鲜族自治州"), "Yanbian"),
        (("云南省", "西双版纳傣族自治州"), "Xishuangbanna"),
        (("山东省", "泰安市"), "Tai'an"),
        (("宁夏回族自治区",), "Ningxia"),
        (("北京市",), "Beijing"),
        (("陕西省",), "Shaanxi"),
        (("山西省",), "Shanxi"),
    ],
)
def test_prefectures_and_provinces(key: tuple[str, ...], name: str) -> None:
    assert study_of(2015).english[key] == name


@pytest.mark.parametrize("year", [2014, 2015, 2016])
def test_every_county_of_the_lists_has_an_english_name(year: int) -> None:
    villages, english = study_of(year).villages, study_of(2015).english
    for columns in (["province"], ["province", "city"], ["province", "city", "county"]):
        keys = set(villages[columns].itertuples(index=False, name=None))
        assert [key for key in keys if not english.get(key, "").isascii() or key not in english] == []


def test_names_agree_with_those_that_the_report_prints() -> None:
    figures = [study_of(2015).figure(name) for name in ("figure_4_shops", "figure_7_poverty")]
    for row in pd.concat(figures).itertuples():
        assert row.city_en.split()[0] == study_of(2015).english[row.province, row.city].split()[0]
        assert row.county_en.split()[0] == study_of(2015).english[row.province, row.city, row.county].split()[0]
    clusters = study_of(2015).figure("figure_6_clusters")
    known = {(study_of(2015).english[key[:2]], name) for key, name in study_of(2015).english.items() if len(key) == 3}
    printed = {(row.city_en, row.county_en.removesuffix(" County")) for row in clusters.itertuples()}
    assert printed <= known


SMALL = {("P",): "Pe", ("P", "C"): "Ce", ("P", "C", "K"): "Ke", ("北京市",): "Beijing", ("北京市", "北京市"): "Beijing"}


@pytest.mark.parametrize(
    ("key", "english", "short", "chinese"),
    [
        (("P",), "Pe", "Pe", "P"),
        (("P", "C"), "Ce, Pe", "Ce", "PC"),
        (("P", "C", "K"), "Ke, Ce", "Ke", "PCK"),
        (("P", "C", "K", "镇"), "镇, Ke", "镇", "PCK镇"),
        (("P", "C", "K", ""), "Ke, Ce", "Ke", "PCK"),
        (("P", "无"), "无, Pe", "无", "P无"),
        (("Q", "无"), "无, Q", "无", "Q无"),
        (("北京市", "北京市"), "Beijing", "Beijing", "北京市"),
    ],
)
def test_a_place_is_named_with_where_it_lies(key: tuple[str, ...], english: str, short: str, chinese: str) -> None:
    assert place_name(key, SMALL, "en") == english
    assert place_name(key, SMALL, "en", scope=False) == short
    assert place_name(key, SMALL, "zh") == chinese


def test_names_stand_in_front_in_place_of_the_keys() -> None:
    rows = pd.DataFrame({"rank": [1, 2], "province": ["P", "P"], "city": ["C", "无"], "villages": [3, 1]})
    named = add_names(rows, SMALL, "en")
    assert named.columns.tolist() == ["place", "rank", "villages"]
    assert named["place"].tolist() == ["Ce, Pe", "无, Pe"]
    assert add_names(rows, SMALL, "zh", scope=False)["place"].tolist() == ["C", "无"]
    assert add_names(rows.head(0), SMALL, "en").empty
    assert rows.columns.tolist() == ["rank", "province", "city", "villages"]


# 湄潭县 is in no list shipped; 堆龙德庆县 became a district in 2015 (GB/T 2260).


@cache
def points() -> pd.DataFrame:
    """By the three levels."""
    return study_of(2015).county_points.set_index(["province", "city", "county"])


MEITAN, ZONE = ("贵州省", "遵义市", "湄潭县"), ("河南省", "洛阳市", "伊滨区")


def counties(*places: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(places, columns=["province", "city", "county"]).assign(villages=range(1, len(places) + 1))


def test_a_county_that_no_list_shipped_has_is_drawn_at_its_point() -> None:
    found = Study(Params(year=2017)).located(counties(ZONE, MEITAN))
    assert found["villages"].tolist() == [1, 2] and found["lon"].isna().tolist() == [True, False]
    assert found.loc[1, ["lon", "lat"]].tolist() == points().loc[MEITAN, ["lon", "lat"]].tolist() == [107.47, 27.75]


def test_a_county_under_an_older_name_is_drawn_at_the_point_of_the_newer_one() -> None:
    older, newer = ("西藏自治区", "拉萨市", "堆龙德庆县"), ("西藏自治区", "拉萨市", "堆龙德庆区")
    assert older not in points().index
    found = Study(Params(year=2014)).located(counties(older))
    assert found.loc[0, ["lon", "lat"]].tolist() == points().loc[newer, ["lon", "lat"]].tolist()


def test_only_zones_without_a_code_are_not_drawn() -> None:
    """Four development zones of the lists have no code (data/README.md), so no point."""
    zones = {"白沟新城", "台商投资区", "高新区", "伊滨区"}
    for year, without in ((2014, 1), (2015, 1), (2016, 4)):
        study = Study(Params(year=year))
        found = study.located(study.villages[["province", "city", "county"]].drop_duplicates())
        missing = set(found.loc[found["lon"].isna(), "county"])
        assert len(missing) == without and missing <= zones
