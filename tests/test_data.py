"""The shipped data: recorded, complete, and equal to what the report prints."""

import csv
import hashlib
import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from taobao_research.charts.style import CHINESE_FONT, FONT_FILE
from taobao_research.params import params_of
from taobao_research.paths import PUBLISHED
from taobao_research.tables.check import check_year
from taobao_research.tables.load import read_sources
from tests.checkout import CHECKOUT, DATA
from tests.studies import study_of

FILES = sorted(path for path in DATA.rglob("*.csv") if path.name != "SOURCES.csv" and PUBLISHED not in path.parts)
TRANSLATIONS = sorted(DATA.glob("20*/zh.po"))  # their texts: tests/test_translations.py
SOURCES = read_sources(CHECKOUT)
TOTALS = {2014: 212, 2015: 780, 2016: 1311}  # published
BESIDE = Path(__file__).parents[2] / "shared"
LISTS = {  # file, column of the village, lines above the first row
    2014: ("taobao-village-list-2014.xlsx", "E", 1),
    2015: ("taobao-village-list-2015.xlsx", "E", 1),
    2016: ("taobaovillage_list_2016.xlsx", "F", 2),
}

NOT_SHIPPED = [f"{year}/{PUBLISHED}/{name}" for year, (name, _, _) in LISTS.items()]

FIGURE_2 = {
    "Zhejiang": 280, "Guangdong": 157, "Jiangsu": 127, "Fujian": 71, "Shandong": 64, "Hebei": 59, "Henan": 4,
    "Hunan": 3, "Jiangxi": 3, "Tianjin": 3, "Sichuan": 2, "Yunnan": 2, "Beijing": 1, "Hubei": 1, "Jilin": 1,
    "Liaoning": 1, "Ningxia": 1,
}  # fmt: skip
FIGURE_3 = {
    "Jinhua": 56, "Wenzhou": 56, "Quanzhou": 47, "Shantou": 44, "Taizhou": 43, "Guangzhou": 38, "Heze": 35,
    "Foshan": 30, "Hangzhou": 29, "Jiaxing": 27, "Suzhou": 27,
}  # fmt: skip
FIGURE_6 = {
    "Yiwu": 37, "Cao County": 34, "Jinjiang": 25, "Puning": 25, "Shuyang": 22, "Suining": 22, "Baiyun": 21,
    "Chaonan": 21, "Wenling": 21, "Zhuji": 20,
}  # fmt: skip
TOWNS = {"广东省": 22, "浙江省": 20, "江苏省": 11, "福建省": 7, "山东省": 6, "河北省": 5}  # section 2.1: 71 in all


def villages_of_2015() -> pd.DataFrame:
    return study_of(2015).villages


def named_villages() -> pd.DataFrame:
    """Those rows of 2015 that name a village."""
    return villages_of_2015()[lambda rows: rows["village"] != ""]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DATA).as_posix())
def test_a_data_file_is_the_one_recorded(path: Path) -> None:
    record = SOURCES.loc[path.relative_to(DATA).as_posix()]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record["sha256"]
    header, *rows = rows_of(path)
    assert len(rows) == record["rows"]
    assert {len(row) for row in rows} == {len(header)}


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.relative_to(DATA).as_posix())
def test_a_file_of_translations_is_the_one_recorded(path: Path) -> None:
    record = SOURCES.loc[path.relative_to(DATA).as_posix()]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record["sha256"]
    assert path.read_bytes().count(b"\nmsgid ") - 1 == record["rows"]  # the first is the header


def test_the_record_names_the_files_there_are() -> None:
    shipped = [path.relative_to(DATA).as_posix() for path in (*FILES, *TRANSLATIONS)]
    assert sorted(SOURCES.index) == sorted([*shipped, *NOT_SHIPPED])


@pytest.mark.parametrize("key", NOT_SHIPPED)
def test_a_published_list_that_is_there_is_the_one_recorded(key: str) -> None:
    beside = BESIDE / "data" / "lists" / Path(key).name
    copies = [path for path in (DATA / key, beside) if path.is_file()]
    if not copies:
        pytest.skip(f"{Path(key).name} is neither in data/ nor beside the project")
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in copies} == {SOURCES.loc[key, "sha256"]}


def test_published_lists_are_recorded_as_not_shipped() -> None:
    rows = SOURCES.loc[NOT_SHIPPED]
    assert list(rows["rows"]) == list(TOTALS.values())  # the lists have a row for each village
    assert rows["note"].str.startswith("not shipped; ").all()
    assert (rows["note"].str.contains("address not tried") == (rows["url"] != "")).all()
    assert "/data/*/published/" in (DATA.parent / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_record_says_where_files_come_from() -> None:
    assert (SOURCES[["producer", "title", "licence"]] != "").all(axis=None)
    assert SOURCES["retrieved"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    assert (SOURCES["url"] + SOURCES["note"] != "").all()


@pytest.mark.parametrize("path", [*FILES, *TRANSLATIONS], ids=lambda path: path.relative_to(DATA).as_posix())
def test_files_are_plain_utf8_with_unix_lines(path: Path) -> None:
    content = path.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content
    assert content.endswith(b"\n") and not content.endswith(b"\n\n")


@pytest.mark.parametrize("year", TOTALS)
def test_a_year_passes_its_check_and_has_its_published_total(year: int) -> None:
    assert check_year(params_of(year), CHECKOUT).villages["villages"].sum() == TOTALS[year]


def test_named_and_locally_reported_villages_of_2015() -> None:
    assert len(named_villages()) == 291 and named_villages()["villages"].sum() == 291
    assert (villages_of_2015()["locally_reported"] == 1).sum() == 88
    assert (villages_of_2015()["locally_reported"] * villages_of_2015()["villages"]).sum() == 88


def test_the_lists_of_other_years_carry_no_names() -> None:
    for year in (2014, 2016):
        assert (study_of(year).villages["village"] == "").all()


def english_counts(level: int) -> Counter[str]:
    columns = ["province", "city", "county"][:level]
    counts: Counter[str] = Counter()
    for *key, villages in villages_of_2015()[[*columns, "villages"]].itertuples(index=False):
        counts[study_of(2015).english[tuple(key)]] += int(villages)
    return counts


def test_figure_2_as_printed_and_as_listed() -> None:
    figure = study_of(2015).figure("figure_2_provinces")
    assert dict(zip(figure["province_en"], figure["villages"], strict=True)) == FIGURE_2
    assert figure["serial"].tolist() == list(range(1, 18))
    assert figure["villages"].sum() == 780
    assert english_counts(1) == FIGURE_2


def test_figure_3_as_printed_and_as_listed() -> None:
    figure = study_of(2015).figure("figure_3_cities")
    assert dict(zip(figure["city_en"], figure["villages"], strict=True)) == FIGURE_3
    assert figure["serial"].tolist() == [1, 1, 3, 4, 5, 6, 7, 8, 9, 10, 10]
    listed = villages_of_2015().groupby(["province", "city"])["villages"].sum()
    names = {study_of(2015).english[key]: int(count) for key, count in listed.items() if count >= 27}
    assert names == FIGURE_3


def test_figure_6_as_printed_and_as_listed() -> None:
    figure = study_of(2015).figure("figure_6_clusters")
    assert dict(zip(figure["county_en"], figure["villages"], strict=True)) == FIGURE_6
    listed = villages_of_2015().groupby(["province", "city", "county"])["villages"].sum()
    names = {study_of(2015).english[key]: int(count) for key, count in listed.items() if count >= 20}
    assert names == {name.removesuffix(" County"): count for name, count in FIGURE_6.items()}
    assert (listed >= 10).sum() == 25  # section 3.1


def test_towns_as_printed_and_as_listed() -> None:
    towns = villages_of_2015().groupby(["province", "city", "county", "town"])["villages"].sum()
    towns = towns[towns >= 3]
    assert len(towns) == 71
    assert towns.groupby("province").size().to_dict() == TOWNS
    printed = study_of(2015).figure("appendix_2_towns")
    assert len(printed) == 36 and (printed["villages"] >= 3).all()
    for row in printed.itertuples():
        key = (row.province, row.city, row.county, row.town)
        assert key in towns.index and towns[key] == row.villages, key


@pytest.mark.parametrize("name", ["figure_4_shops", "figure_5_products", "figure_7_poverty"])
def test_tables_of_ten(name: str) -> None:
    assert len(study_of(2015).figure(name)) == 10


@pytest.mark.parametrize("name", ["figure_4_shops", "figure_7_poverty"])
def test_villages_that_figures_name_lie_where_the_list_has_villages(name: str) -> None:
    listed = set(villages_of_2015()[["province", "city", "county", "town"]].itertuples(index=False, name=None))
    named = set(named_villages()[["province", "city", "county", "town", "village"]].itertuples(index=False, name=None))
    for row in study_of(2015).figure(name).itertuples():
        key = (row.province, row.city, row.county, row.town)
        assert key in listed
        assert row.village == "" or (*key, row.village) in named


def test_products_of_2014_stand_for_villages_of_that_list() -> None:
    products = study_of(2014).products
    counties = study_of(2014).villages.groupby(["province", "city", "county"])["villages"].sum()
    listed = products.groupby(["province", "city", "county"])["villages"].sum()
    assert (listed <= counties.reindex(listed.index)).all()
    worded = {part for text in products["main_products"] for part in text.split("、")}
    assert worded == set(study_of(2014).product_commodities["product"])
    commodities = set(study_of(2014).product_commodities["commodity"])
    assert set(study_of(2015).figure("figure_5_products")["commodity"]) <= commodities


def test_transitions_add_up_to_the_lists() -> None:
    moves = pd.read_csv(DATA / "series" / "transitions.csv")
    for (first, last), rows in moves.groupby(["from_year", "to_year"]):
        assert rows["stayed"].sum() + rows["left"].sum() == TOTALS[first]
        assert rows["stayed"].sum() + rows["entered"].sum() == TOTALS[last]


def test_national_poverty_counties_hold_the_published_villages() -> None:
    national = study_of(2015).poverty_counties
    national = national.loc[national["national_832"] == 1, ["province", "city", "county"]]
    keys = set(national.itertuples(index=False, name=None))
    for year, published in {2014: 4, 2015: 10, 2016: 18}.items():
        villages = study_of(year).villages
        inside = [key in keys for key in villages[["province", "city", "county"]].itertuples(index=False, name=None)]
        assert villages.loc[inside, "villages"].sum() == published


def test_county_points_cover_china() -> None:
    points = study_of(2015).county_points
    assert abs(len(points) - 2850) <= 10
    assert points["code"].is_unique and points["code"].str.fullmatch(r"\d{6}").all()
    assert points["lon"].between(73.5, 135.1).all() and points["lat"].between(3.8, 53.6).all()
    codes = study_of(2015).provinces.set_index("province")["code"].str[:2]
    assert (points["code"].str[:2] == points["province"].map(codes)).all()


def test_counties_of_the_lists_have_points_near_their_province() -> None:
    counties = study_of(2015).counties
    capitals = study_of(2015).provinces.set_index("province")[["lon", "lat"]]
    known = counties.dropna(subset=["lon", "lat"])
    assert len(counties) - len(known) <= 5  # development zones
    away = known[["lon", "lat"]] - capitals.loc[known["province"]].to_numpy()
    assert (away.abs() < 7).all(axis=None)


def test_the_font_carries_its_licence_and_every_character_of_the_data() -> None:
    licence = (FONT_FILE.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    font = TTFont(FONT_FILE)
    assert font["name"].getDebugName(1) == CHINESE_FONT
    used = {each for path in FILES for each in path.read_text(encoding="utf-8")}
    missing = {each for each in used if each.isprintable()} - {chr(code) for code in font.getBestCmap()}
    assert missing == set()
    assert len([each for each in used if "\u4e00" <= each <= "\u9fff"]) > 500


def beside(*parts: str) -> Path:
    path = BESIDE.joinpath(*parts)
    if not path.exists():
        pytest.skip("the report's text is not beside the project")
    return path


def bare(*parts: str) -> tuple[str, ...]:
    """Names without the mark of local reports; Baigou has no town, written as a dash."""
    return tuple(part.strip().rstrip("*").strip().strip("-_") for part in parts)


def test_named_villages_stand_in_the_report() -> None:
    lines = beside("report", "taobao-villages-2015.txt").read_text(encoding="utf-8").splitlines()
    printed = {bare(*line.split()[-3:]) for line in lines}
    named = named_villages()[["county", "town", "village"]].itertuples(index=False, name=None)
    assert [row for row in named if row not in printed] == []


def test_towns_of_appendix_2_stand_in_the_report() -> None:
    text = beside("report", "taobao-villages-2015.txt").read_text(encoding="utf-8")
    text = text[text.rindex("Appendix 2: 2015 China Taobao Towns List") :]
    printed = re.findall(r"^(\S+省)\t(\S+市)\t(\S*)\t(\S+)\t(\d+)$", text, re.M)
    assert len(printed) == 36
    table = study_of(2015).figure("appendix_2_towns")
    ours = zip(table["province"], table["city"], table["county"] + table["town"], table["villages"], strict=True)
    assert [(province, city, county + town, int(count)) for province, city, county, town, count in printed] == list(
        ours
    )


@pytest.mark.parametrize("year", TOTALS)
def test_counts_of_towns_are_those_of_the_full_lists(year: int) -> None:
    counts = pd.read_csv(beside("data", "town_counts.csv"), dtype={"town": str}, keep_default_na=False)
    levels = ["province", "city", "county", "town"]
    listed = counts[counts["year"] == year].groupby(levels)[["villages", "locally_reported"]].sum()
    villages = study_of(year).villages
    ours = villages.assign(locally_reported=villages["locally_reported"] * villages["villages"])
    ours = ours.groupby(levels)[["villages", "locally_reported"]].sum().astype("int64")
    pd.testing.assert_frame_equal(ours, listed)


def sheet(path: Path) -> list[dict[str, str]]:
    """The cells of a workbook's first sheet, by column letter."""
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as book:
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml")).findall("x:si", space)
        shared = ["".join(text.text or "" for text in each.iterfind(".//x:t", space)) for each in strings]
        rows = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).iterfind(".//x:row", space)
        return [
            {
                cell.attrib["r"].rstrip("0123456789"): shared[int(value.text)] if cell.get("t") == "s" else value.text
                for cell in row.iterfind("x:c", space)
                if (value := cell.find("x:v", space)) is not None
            }
            for row in rows
        ]


@pytest.mark.parametrize("year", TOTALS)
def test_published_lists_have_the_published_number_of_villages(year: int) -> None:
    name, column, above = LISTS[year]
    rows = sheet(beside("data", "lists", name))[above:]
    assert sum(bool(row.get(column, "").strip()) for row in rows) == TOTALS[year]


def test_villages_that_we_name_stand_in_the_published_list() -> None:
    name, _, above = LISTS[2015]
    rows = sheet(beside("data", "lists", name))[above:]
    listed = [[row.get(column, "").strip() for column in "CDE"] for row in rows]
    starred = {bare(*row) for row in listed if row[2].endswith("*")}
    plain = {bare(*row) for row in listed if not row[2].endswith("*")}
    assert len(starred) == 88
    for row in named_villages().itertuples():
        assert (row.county, row.town, row.village) in (starred if row.locally_reported else plain)
