"""The ledgers of 2014 and 2016: all that the series prints about them is claimed, and counted rows are the lists'."""

from collections import Counter
from types import SimpleNamespace

import pandas as pd
import pytest

from taobao_research.claims import observations, villages
from taobao_research.errors import UnavailableError
from taobao_research.params import params_of
from tests.checkout import DATA
from tests.studies import claims_on_file, judged, study_of

YEARS = (2014, 2016)
CLAIMS = {(year, row["id"]): row for year in YEARS for row in claims_on_file(year)}
SERIES = pd.read_csv(DATA / "series" / "published_series.csv", keep_default_na=False)
NOT_PUBLISHED = ("COUNTED", "DERIVED", "MISREADING")
OF_THESE_YEARS = SERIES[SERIES["year"].isin(YEARS)]
PUBLISHED = OF_THESE_YEARS[~OF_THESE_YEARS["note"].str.startswith(NOT_PUBLISHED)].to_dict("records")
COUNTED = OF_THESE_YEARS[OF_THESE_YEARS["note"].str.startswith("COUNTED")].to_dict("records")

# Where the series' figures stand in the ledgers: (measure, scope) and the claims of either year that may hold them.
CLAIMED = {
    ("taobao_villages", "national"): ("villages", "villages_other_source"),
    ("taobao_villages", "Central and West China"): ("central_west",),
    ("taobao_villages", "Inland China"): ("inland",),
    ("taobao_villages", "Northeast China"): ("northeast",),
    ("taobao_villages", "Zhejiang"): ("villages_zhejiang",),
    ("taobao_villages", "Guangdong"): ("villages_guangdong",),
    ("taobao_villages", "Jiangsu"): ("villages_jiangsu",),
    ("taobao_villages", "Jiangxi"): ("villages_jiangxi",),
    ("taobao_villages_in_city", "Fujian/Quanzhou"): ("villages_quanzhou",),
    ("taobao_villages_in_county", "Zhejiang/Wenling"): ("villages_wenling",),
    ("taobao_villages_in_county", "Zhejiang/Yiwu"): ("villages_yiwu",),
    ("taobao_towns", "national"): ("towns",),
    ("taobao_towns", "Zhejiang"): ("towns_zhejiang",),
    ("taobao_towns", "Guangdong"): ("towns_guangdong",),
    ("taobao_towns", "Shandong"): ("towns_shandong",),
    ("taobao_towns", "Hebei"): ("towns_hebei",),
    ("taobao_towns", "Jiangsu"): ("towns_jiangsu",),
    ("taobao_towns", "Fujian"): ("towns_fujian",),
    ("provinces_with_taobao_villages", "national"): ("provinces",),
    ("active_online_shops", "national"): ("active_shops", "active_shops_other_source"),
    ("enterprise_registered_shops", "national"): ("enterprise_shops",),
    ("shops_sales_over_1m_cny", "national"): ("million_shops",),
    ("jobs", "national"): ("jobs", "jobs_other_source"),
    ("share_of_villages_in_clusters", "national"): ("cluster_share",),
    ("villages_in_national_poverty_counties", "national"): ("poverty_villages",),
    ("villages_in_provincial_poverty_counties", "national"): ("poverty_provincial",),
}
RULES = {"exact": {"exact", "rounds to"}, "more_than": {"more than", "at least"}, "about": {"about"}}

# How the series and the ledgers call the same source.
SOURCES = {
    "AliResearch: Research Report on China's Taobao Village (2016)": "AliResearch, Research Report on China's",
    "AliResearch: Research Report on China's Taobao Villages (2015)": "AliResearch, report of 2015",
    "China Daily, 2017-04-18": "China Daily, 2017-04-18",
    "China News Service mirror, 2016-10-30": "China News Service, 2016-10-30",
    "Machine-translated Chinese news item on the 2014": "Chinese news item on the report of 2014",
    "Quanzhou news (qzcns), 2016-10-31": "Quanzhou news, 2016-10-31",
    "Rural news mirror, 2017-04-25": "Rural news, 2017-04-25",
    "The Paypers": "The Paypers",
    "Wang & Li 2021": "Wang and Li 2021",
    "Wang, Li & Ding 2024": "Wang, Li and Ding 2024",
    "World Bank blog": "World Bank blog",
    "burb.tv": "burb.tv",
    "memurnet repost of AliResearch 2019": "AliResearch, city ranking and clusters (2019)",
    "2016 ranking of Taobao Village clusters": "2016 ranking of Taobao village clusters",
}


def name_of(source_title: str) -> str:
    names = [name for start, name in SOURCES.items() if source_title.startswith(start)]
    assert len(names) == 1, source_title
    return names[0]


def row_id(row: dict) -> str:
    return f"{row['year']}-{row['measure']}-{row['scope']}-{row['value']:g}-{row['source_title'][:12]}"


@pytest.mark.parametrize("row", PUBLISHED, ids=row_id)
def test_every_published_figure_of_the_series_is_a_claim(row: dict) -> None:
    claims = [CLAIMS.get((row["year"], each)) for each in CLAIMED[row["measure"], row["scope"]]]
    same = [
        claim["id"]
        for claim in claims
        if claim
        and float(claim["printed"]) == row["value"]
        and claim["rule"] in RULES[row["qualifier"]]
        and name_of(row["source_title"]) in claim["place"]
    ]
    assert len(same) == 1


def test_the_series_has_as_many_published_rows_of_these_years_as_were_counted_by_eye() -> None:
    assert Counter(row["year"] for row in PUBLISHED) == {2014: 22, 2016: 26}


def test_no_figure_that_was_only_counted_is_claimed_as_printed() -> None:
    assert not any("xrwang" in claim["place"] for claim in CLAIMS.values())


# Counted from data/<year>/villages.csv with awk, not by the claims' functions.
BY_HAND = {
    (2014, "five_provinces"): "91.51",  # 62 + 54 + 28 + 25 + 25 = 194 of 212
    (2014, "east"): "98.11",  # 62 + 54 + 28 + 25 + 25 + 13 + 1 = 208 of 212
    (2014, "growth_tenfold"): "10.6",  # 212 / 20
    (2014, "inland"): "4",  # Sichuan 2, Henan 1, Hubei 1
    (2016, "villages_growth"): "68.08",  # 1311 / 780
    (2016, "towns_growth"): "90.14",  # 135 / 71
    (2016, "six_provinces_increase"): "97.36",  # (1275 - 758) / (1311 - 780)
    (2016, "top_town_provinces"): "Zhejiang 51 | Guangdong 32 | Jiangsu 17 | Fujian 13 | Shandong 12 | Hebei 8 "
    "| Liaoning 1 | Sichuan 1",
    (2016, "first_city_towns"): "Quanzhou 10 | Putian 3",
    (2016, "first_city_villages"): "Quanzhou 69 | Putian 28 | Fuzhou 5 | Xiamen 2 | Zhangzhou 2 | Longyan 1",
    (2016, "villages_quanzhou"): "69",
    (2016, "villages_quanzhou_before"): "47",
    (2016, "towns_quanzhou"): "10",
    (2016, "towns_quanzhou_before"): "5",
    (2016, "northeast_before"): "2",  # Jilin 1, Liaoning 1 in 2015
    (2016, "new_provinces_other_source"): "Anhui",
    (2016, "towns_central_west_before"): "0",
    (2016, "towns_northeast_before"): "0",
    (2016, "cluster_share"): "67.2",  # 881 of 1311
}


@pytest.mark.parametrize("key", BY_HAND, ids=lambda key: f"{key[0]}-{key[1]}")
def test_computed_figures_are_those_counted_by_hand(key: tuple[int, str]) -> None:
    names = sorted(BY_HAND[key].split(" | "))  # names with equal counts stand in either order
    assert sorted(judged(*key)["computed"].split(" | ")) == names


def test_no_place_named_without_its_province_is_ambiguous() -> None:
    for (year, each), claim in CLAIMS.items():
        for part in claim["of"].split(" | "):
            level, equals, name = part.partition("=")
            if equals and level in ("city", "county") and "province=" not in claim["of"]:
                rows = study_of(year).villages
                keys = rows.loc[rows[level] == name, ["province", "city"]].drop_duplicates()
                assert len(keys) == 1, (year, each, name)


PROVINCES = {"Zhejiang": "浙江省", "Guangdong": "广东省", "Fujian": "福建省", "Hebei": "河北省", "Henan": "河南省",
             "Hubei": "湖北省", "Hunan": "湖南省", "Jiangsu": "江苏省", "Jiangxi": "江西省", "Jilin": "吉林省",
             "Liaoning": "辽宁省", "Ningxia": "宁夏回族自治区", "Shandong": "山东省", "Sichuan": "四川省",
             "Tianjin": "天津市", "Yunnan": "云南省", "Anhui": "安徽省", "Beijing": "北京市"}  # fmt: skip
PLACES = {"Jinjiang": "晋江市", "Baiyun (Guangzhou)": "白云区", "Chaonan": "潮南区", "Puning": "普宁市",
          "Zengcheng": "增城市", "Qinghe": "清河县", "Boxing": "博兴县", "Cao County": "曹县", "Wenling": "温岭市",
          "Yiwu": "义乌市", "Yongjia": "永嘉县", "Panyu": "番禺区", "Shuyang": "沭阳县", "Suining": "睢宁县",
          "Rui'an": "瑞安市", "Quanzhou": "泉州市"}  # fmt: skip
PRODUCTS = {"automotive_supplies": "汽车用品", "bags_and_luggage": "箱包", "fur": "皮草", "furniture": "家具",
            "jeans": "牛仔裤", "mobile_phones": "手机", "shoes": "鞋", "womens_wear": "女装"}  # fmt: skip


def counted(row: dict) -> int:
    """A counted row of the series, counted again from the shipped tables."""
    rows = pd.read_csv(DATA / str(row["year"]) / "villages.csv", keep_default_na=False)
    province, _, place = row["scope"].partition("/")
    rows = rows if province == "national" else rows[rows["province"] == PROVINCES[province]]
    keys = ["province", "city", "county", "town"]
    by_county, by_town = rows.groupby(keys[:3])["villages"].sum(), rows.groupby(keys)["villages"].sum()
    measure = row["measure"]
    if measure.startswith("villages_with_main_product_"):
        products = pd.read_csv(DATA / str(row["year"]) / "products.csv")
        alone = products["main_products"] == PRODUCTS[measure.removeprefix("villages_with_main_product_")]
        return products.loc[alone, "villages"].sum()
    return {
        "taobao_villages": lambda: rows["villages"].sum(),
        "taobao_towns": lambda: (by_town >= 3).sum(),
        "taobao_villages_in_city": lambda: rows.loc[rows["city"] == PLACES[place], "villages"].sum(),
        "taobao_villages_in_county": lambda: rows.loc[rows["county"] == PLACES[place], "villages"].sum(),
        "provinces_with_taobao_villages": lambda: rows["province"].nunique(),
        "cities_with_taobao_villages": lambda: len(rows[keys[:2]].drop_duplicates()),
        "counties_with_taobao_villages": lambda: len(by_county),
        "counties_with_10plus_taobao_villages": lambda: (by_county >= 10).sum(),
        "counties_with_30plus_taobao_villages": lambda: (by_county >= 30).sum(),
    }[measure]()


@pytest.mark.parametrize("row", COUNTED, ids=row_id)
def test_counted_rows_of_the_series_are_those_of_the_lists(row: dict) -> None:
    assert counted(row) == row["value"]


def places(*rows: tuple[str, str, str, str, int, str]) -> pd.DataFrame:
    columns = ["province", "city", "county", "town", "villages", "region"]
    return pd.DataFrame(rows, columns=columns).astype({"villages": "Int64"})


# Seven villages before and ten now; towns from three villages on.
SMALL = SimpleNamespace(
    year=2016,
    params=params_of(2016),
    before=places(("P", "A", "x", "t", 3, "East"), ("P", "B", "y", "u", 2, "East"), ("Q", "C", "z", "v", 2, "West")),
    villages=places(
        ("P", "A", "x", "t", 3, "East"),
        ("P", "B", "y", "u", 4, "East"),
        ("Q", "C", "z", "v", 2, "West"),
        ("Q", "C", "z", "w", 1, "West"),
    ),
    english={("P",): "Pe", ("P", "A"): "Ay", ("P", "B"): "Bee", ("Q",): "Queue", ("Q", "C"): "Sea"},
)


def test_shares_and_increases_counted_by_eye() -> None:
    assert villages.share_of_places(SMALL, "province=P") == pytest.approx(70)
    assert villages.share_of_places(SMALL, "province=P", "city=A", "county=z") == pytest.approx(100)
    assert villages.share_of_increase(SMALL, "city=B") == pytest.approx(100 * 2 / 3)
    assert villages.share_of_increase(SMALL, "city=A") == 0
    assert villages.villages_in_regions_before(SMALL, "West") == 2
    assert villages.villages_in_regions_before(SMALL, "Northeast") == 0


def test_towns_counted_by_eye() -> None:
    assert villages.towns_in(SMALL, "province=P") == 2 and villages.towns_in(SMALL, "city=C") == 0
    assert villages.towns_in_before(SMALL) == 1 and villages.towns_in_before(SMALL, "city=B") == 0
    assert villages.towns_in_regions_before(SMALL, "East", "West") == 1
    assert villages.towns_in_regions_before(SMALL, "West") == 0
    assert villages.towns_ranking(SMALL, "province").to_dict() == {"Pe": 2}
    assert villages.towns_ranking(SMALL, "city", "province=P").to_dict() == {"Ay": 1, "Bee": 1}
    assert villages.towns_ranking(SMALL, "city", "province=Q").empty


def test_a_ranking_within_a_place() -> None:
    assert list(villages.ranking_within(SMALL, "province=P", "city").items()) == [("Bee", 4), ("Ay", 3)]


def test_an_increase_needs_a_list_before_and_more_villages() -> None:
    with pytest.raises(UnavailableError, match="No list of 2013"):
        villages.share_of_increase(study_of(2014), "province=浙江省")
    shrunk = SimpleNamespace(year=2016, villages=SMALL.before, before=SMALL.villages)
    with pytest.raises(UnavailableError, match="No increase"):
        villages.share_of_increase(shrunk, "province=P")


def test_a_multiple_of_the_published_number_stops_at_a_change_of_definition() -> None:
    assert observations.villages_times_published(study_of(2016), "2013") == pytest.approx(65.55)  # 1311 / 20
    later = SimpleNamespace(year=2020, villages=SMALL.villages, series=SERIES)
    with pytest.raises(UnavailableError, match="stricter rural definition from 2020 on"):
        observations.villages_times_published(later, "2019")
