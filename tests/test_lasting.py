"""A place that was renamed, moved or spelled otherwise is one place in every list; two places never become one."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobao_research.measures.change import both_counts
from taobao_research.measures.definitions import COUNTY, TOWN
from taobao_research.tables.lasting import comparable
from taobao_research.tables.links import link_places
from taobao_research.tables.unplaced import unplaced
from tests.studies import changes, codes


def listed(*rows: str) -> pd.DataFrame:
    """Rows of ``province city county town villages``."""
    table = pd.DataFrame([row.split() for row in rows], columns=[*TOWN, "villages"])
    return table.assign(villages=table["villages"].astype(int))


def states(before: pd.DataFrame, now: pd.DataFrame, years: tuple[int, int], keys: list[str]) -> dict[str, str]:
    lists = comparable(dict(zip(years, (before, now), strict=True)), codes(), changes())
    counts = both_counts(lists[years[0]], lists[years[1]], keys)
    return dict(zip(counts[keys[-1]], counts["state"], strict=True))


def test_a_county_that_moved_to_another_city_is_kept() -> None:
    """Shou County went from Lu'an to Huainan in 2015 (GB/T 2260, revisions 201511 and 201512)."""
    before, now = listed("安徽省 六安市 寿县 正阳关镇 12"), listed("安徽省 淮南市 寿县 正阳关镇 12")
    assert states(before, now, (2014, 2018), COUNTY) == {"寿县": "kept"}
    lists = comparable({2014: before, 2018: now}, codes(), changes())
    assert lists[2014]["city"].tolist() == ["淮南市"] and lists[2014]["listed_city"].tolist() == ["六安市"]


def test_a_county_that_changed_its_name_is_kept() -> None:
    assert states(
        listed("广东省 广州市 增城市 新塘镇 9"), listed("广东省 广州市 增城区 新塘镇 9"), (2015, 2016), COUNTY
    ) == {"增城区": "kept"}


def test_a_town_spelled_otherwise_is_kept_if_only_one_fits() -> None:
    before, now = listed("浙江省 金华市 义乌市 佛堂镇 4"), listed("浙江省 金华市 义乌市 佛堂街道 4")
    assert states(before, now, (2017, 2018), TOWN) == {"佛堂街道": "kept"}
    two = listed("浙江省 金华市 义乌市 佛堂街道 4", "浙江省 金华市 义乌市 佛堂乡 1")
    assert set(states(before, two, (2017, 2018), TOWN).values()) == {"new", "lost"}


def test_a_bare_name_that_could_be_two_counties_is_not_added_to_either() -> None:
    """In 2018 the list has Feixiang under its name of 2016 and a bare name beside it, in 2019 the bare name alone."""
    before = listed("河北省 邯郸市 肥乡县 甲镇 6", "河北省 邯郸市 肥乡 乙镇 6")
    now = listed("河北省 邯郸市 肥乡 甲镇 6")
    lists = comparable({2018: before, 2019: now}, codes(), changes())
    counts = lists[2018].groupby(COUNTY)["villages"].sum().to_list()
    assert counts == [6, 6]


def test_one_county_under_two_names_in_one_list_is_said() -> None:
    both = listed("广东省 广州市 增城市 新塘镇 6", "广东省 广州市 增城区 石滩镇 6")
    said = unplaced(both, 2018, codes(), changes())
    assert len(said) == 1 and "增城区" in said[0] and "增城市" in said[0] and "440118" in said[0]


PLACES = [
    "安徽省 六安市 寿县", "安徽省 淮南市 寿县", "广东省 广州市 增城市", "广东省 广州市 增城区",
    "河北省 邯郸市 肥乡", "河北省 邯郸市 肥乡县", "河北省 邯郸市 肥乡区", "河北省 保定市 白沟新城",
    "浙江省 金华市 义乌市", "江西省 九江市 星子县", "江西省 九江市 庐山市", "江西省 九江市 庐山区",
    "甘肃省 兰州市 无此县",
]  # fmt: skip
lists = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(["甲镇", "甲乡", "乙镇", "乙街道"])),
    min_size=1,
    max_size=8,
    unique=True,
)


@pytest.mark.slow
@settings(max_examples=40, derandomize=True)
@given(before=lists, now=lists, years=st.sampled_from([(2014, 2015), (2015, 2018), (2018, 2030)]))
def test_names_and_ids_tell_the_same_counties_apart(before: list, now: list, years: tuple[int, int]) -> None:
    frames = [listed(*(f"{county} {town} 2" for county, town in rows)) for rows in (before, now)]
    here = codes()[codes()["city"].isin({place.split()[1] for place in PLACES})]  # all would take four times as long
    renamed = comparable(dict(zip(years, frames, strict=True)), here, changes())
    for year, frame in zip(years, frames, strict=True):
        assert renamed[year]["villages"].sum() == frame["villages"].sum()
    together = pd.concat(renamed.values())
    for level in (COUNTY, TOWN):
        ids = ["province", "county_id"] if level is COUNTY else ["province", "county_id", "town_id"]
        pairs = together[[*level, *ids[1:]]].drop_duplicates()
        assert not pairs.duplicated(level).any(), "two identities under one name"
        assert not pairs.duplicated(ids).any(), "one identity under two names"
    linked = link_places(*frames, "county", years, here, changes())
    kept = both_counts(*renamed.values(), COUNTY)["state"].eq("kept").sum()
    assert kept == ((linked["villages_before"] > 0) & (linked["villages"] > 0)).sum()
