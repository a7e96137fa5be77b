"""Coordinates that a list brings: read or refused, flagged at each limit, and results with and without the flagged.

All coordinates here are INVENTED; the names are those of the list of 2015 or of no place.
"""

import csv
import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taobao_research.charts import space
from taobao_research.charts.style import SMALL
from taobao_research.errors import InputError
from taobao_research.measures import coordinates, village_points
from taobao_research.measures.coordinates import (
    ALMOST,
    APART,
    AT_POINT,
    COARSE,
    EXCHANGED,
    FAR,
    FLAGS,
    HINTS,
    NEARER,
    NO_POINT,
    OUTSIDE,
    SAME,
    gate,
)
from taobao_research.measures.planar import area, hull, project
from taobao_research.params import Params
from taobao_research.reports.checking import coordinates_said
from taobao_research.tables import schema
from taobao_research.tables.imports.headings import column_of
from taobao_research.tables.load import parse_table
from taobao_research.tables.study import Study
from taobao_research.translating import package_texts
from tests.checkout import PROJECT
from tests.observed.sitecustomize import drawing
from tests.project_copy import copy_project, program
from tests.test_figures import wrong_in
from tests.test_imports import HEADER, ROW, read

DEGREE = 6371.0088 * math.pi / 180  # kilometres of one degree of latitude: 111.195
LINE_LON, LINE_LAT = np.full(7, 110.0), np.arange(30.0, 37.0)  # county points a degree apart on a meridian
LINE = {"neighbours": 2, "factor": 1.0}  # of the fourth, the median distance to its two nearest is a degree
MEASURED = "province,city,county,town,village,villages,locally_reported"
NAMED, COUNT = "浙江省,金华市,义乌市,江东街道,青岩刘村,1,0", "浙江省,金华市,义乌市,江东街道,,3,0"


def haversine(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """By the law of cosines, in plain Python."""
    east, north, other = (math.radians(each) for each in (other_lon - lon, lat, other_lat))
    cosine = math.sin(north) * math.sin(other) + math.cos(north) * math.cos(other) * math.cos(east)
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


def villages(*points: tuple[float, float], lon: float = 110.0, lat: float = 33.0) -> pd.DataFrame:
    """Villages of one county whose point is given, at invented coordinates."""
    rows = pd.DataFrame(points, columns=["lon", "lat"]).assign(province="P", city="C", county="A", town="T")
    return rows.assign(village=[f"v{at}" for at in range(len(rows))], county_lon=lon, county_lat=lat)


def reasons(*points: tuple[float, float], lon: float = 110.0, lat: float = 33.0) -> list[set[str]]:
    """The flags and hints of villages of the fourth county of the line."""
    tested = gate(villages(*points, lon=lon, lat=lat), LINE_LON, LINE_LAT, **LINE)
    return [set(filter(None, each.split(" | "))) for each in tested["reasons"]]


def test_distances_by_hand() -> None:
    """Six tenths of a degree north of its county's point a village is four tenths from the next one."""
    tested = gate(villages((110, 33.6), (110, 33.85)), LINE_LON, LINE_LAT)
    assert tested["county_km"].tolist() == pytest.approx([0.6 * DEGREE, 0.85 * DEGREE])
    assert tested["other_km"].tolist() == pytest.approx([0.4 * DEGREE, 0.15 * DEGREE])
    assert tested["village_km"].tolist() == pytest.approx([0.25 * DEGREE] * 2)
    assert tested["limit_km"].tolist() == pytest.approx([2 * 2 * DEGREE] * 2)  # others at 1, 1, 2, 2, 3, 3 degrees
    slanting = gate(villages((111.5, 34.2)), LINE_LON, LINE_LAT).iloc[0]
    assert slanting["county_km"] == pytest.approx(haversine(111.5, 34.2, 110, 33))
    assert slanting["other_km"] == pytest.approx(haversine(111.5, 34.2, 110, 34)) and math.isnan(slanting["village_km"])


@pytest.mark.parametrize(
    ("neighbours", "factor", "degrees"), [(2, 1, 1), (4, 1, 1.5), (6, 1, 2), (6, 3, 6), (99, 1, 2)]
)
def test_the_limit_is_so_many_medians(neighbours: int, factor: float, degrees: float) -> None:
    tested = gate(villages((110, 33)), LINE_LON, LINE_LAT, neighbours, factor)
    assert tested["limit_km"].tolist() == pytest.approx([degrees * DEGREE])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(110.00001, 33.4)], [set()]),
        ([(110.00001, 33.50001)], [{NEARER}]),
        ([(110.00001, 33.9999)], [{NEARER}]),
        ([(110.00001, 34.0001)], [{FAR, NEARER}]),
        ([(110.1, 33.10001), (110.1, 33.20001), (110.1, 32.20009)], [set(), set(), {NEARER}]),  # 0.89992 degrees
        ([(110.0, 33.10001), (110.0, 33.45001), (110.0, 32.09999)], [set(), set(), {NEARER, APART}]),  # just above one
        ([(110.0, 33.45001), (110.0, 32.44999)], [set(), {NEARER}]),  # of two it is unknown which is wrong
        ([(110.1234, 33.2), (110.1234, 33.2)], [{SAME}, {SAME}]),
        ([(110.12341, 33.2), (110.12344, 33.20004)], [{ALMOST}, {ALMOST}]),
        ([(110.12344, 33.2), (110.12346, 33.2)], [set(), set()]),
        ([(110.00004, 32.99996)], [{AT_POINT}]),  # less than half of the fourth decimal
        ([(110.00006, 33.0)], [set()]),
        ([(110.0, 33.00006)], [set()]),
        ([(110.0049, 33.0)], [set()]),  # 460 metres off, and the same to two decimals
        ([(110.01, 33.0)], [{COARSE}]),
        ([(110.12, 33.34)], [{COARSE}]),
        ([(110.123, 33.34)], [set()]),
        ([(110.0, 33.0)], [{AT_POINT, COARSE}]),
        ([(0.0, 0.0)], [{FAR, OUTSIDE, COARSE, NEARER}]),
        ([(72.9999, 33.0)], [{FAR, OUTSIDE, NEARER}]),
        ([(73.0001, 33.0)], [{FAR, NEARER}]),
        ([(110.0, 54.0001)], [{FAR, OUTSIDE, NEARER}]),
        ([(110.0, 53.9999)], [{FAR, NEARER}]),
    ],
)
def test_each_flag_at_its_boundary(points: list[tuple[float, float]], expected: list[set[str]]) -> None:
    assert reasons(*points) == expected


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((110.0, 33.0), {AT_POINT, COARSE}),  # what the county's point is when rounded to two
        ((110.01, 33.0), {COARSE}),
        ((110.0, 33.0001), set()),  # the same when both are rounded to two, but given to four
        ((110.0041, 32.9958), {AT_POINT}),
        ((110.0042, 32.9958), set()),
    ],
)
def test_a_county_point_of_more_than_two_decimals(point: tuple[float, float], expected: set[str]) -> None:
    assert reasons(point, lon=110.00412, lat=32.99578)[0] - {NEARER} == expected


@pytest.mark.parametrize(("far", "flagged"), [(0.999, True), (1.001, False)])
def test_exchanged_axes_are_flagged_where_exchanging_them_leads_home(far: float, flagged: bool) -> None:
    """West of 90 E alone: elsewhere the exchanged longitude is no latitude, and the cell is refused."""
    lon = np.array([80.0, 80.0, 80.0])
    home = {"lon": 80.0, "lat": 31.0}
    tested = gate(villages((31.0 + far, 80.0), **home), lon, np.array([30.0, 31.0, 32.0]), **LINE).iloc[0]
    assert (EXCHANGED in tested["reasons"]) == flagged and FAR in tested["reasons"] and OUTSIDE in tested["reasons"]


def test_a_county_without_a_point_is_said_and_no_ground_to_leave_a_village_out() -> None:
    tested = gate(villages((110.1234, 33.1), lon=np.nan, lat=np.nan), LINE_LON, LINE_LAT)
    assert tested["reasons"].tolist() == [NO_POINT] and tested["passed"].tolist() == [True]
    assert village_points.told(tested, tested)[1][1] == {"n": 1, "every": 0, "kept": 0}


def test_the_summary_counts_villages_and_shows_no_coordinate() -> None:
    given = villages((110.00001, 33.4), (110.1234, 33.2), (110.1234, 33.2), (0, 0), (110.05, 33.61234))
    tested = gate(given, LINE_LON, LINE_LAT, **LINE)
    listed = pd.DataFrame({"village": [*given["village"], "w", ""]})
    counts = coordinates.summary(tested, listed).set_index("outcome")["villages"]
    wanted = {"without coordinates": 1, "with coordinates": 5, "passed": 2, "flagged": 3, SAME: 2, FAR: 1, OUTSIDE: 1}
    wanted |= {COARSE: 1, NEARER: 2, APART: 1}
    assert counts[counts > 0].to_dict() == wanted and {*FLAGS, *HINTS} <= {*counts.index}
    assert coordinates.in_words(tested, listed) == (
        "coordinates of 5 of 6 named villages: 2 passed, 3 flagged (1 far from its county's point, 1 far from the "
        "county's other villages, 1 outside the mainland, 2 same point as another village, 1 two decimals or fewer)"
    )
    table = coordinates.flagged(tested)
    assert table["village"].tolist() == ["v3", "v1", "v2"] and not {"lon", "lat", "county_lon"} & {*table}
    assert (table[coordinates.DISTANCES].dropna() % 1 == 0).all(axis=None)
    assert table.loc[1, "county_km"] == round(haversine(110.1234, 33.2, 110, 33))
    assert coordinates.distances(tested)["group"].value_counts().to_dict() == {
        "passed": 2, "flagged: a repeated, coarse or county's point": 2, "flagged: far, exchanged or outside": 1,
    }  # fmt: skip


def test_a_wider_limit_flags_no_more() -> None:
    rng = np.random.default_rng(3)
    given = villages(*zip(rng.normal(110, 1, 60), rng.normal(33, 1, 60), strict=True))
    table = coordinates.swept(gate(given, LINE_LON, LINE_LAT), LINE_LON, LINE_LAT)
    assert table["weights"].tolist() == ["4 nearest"] * 3 + ["6 nearest"] * 3 + ["8 nearest"] * 3
    assert (table.groupby("weights")["far"].diff().dropna() <= 0).all() and set(table["n"]) == {60}
    away = [haversine(*point, 110, 33) for point in zip(given["lon"], given["lat"], strict=True)]
    limits = [degrees * factor for degrees in (1.5, 2, 2) for factor in (1, 2, 3)]  # six others in all
    assert table["far"].tolist() == [sum(each > limit * DEGREE for each in away) for limit in limits]


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    """40 invented villages about the line, and one at (0, 0), tested."""
    rng = np.random.default_rng(8)
    points = [*zip(rng.normal(110, 0.4, 40), rng.normal(33, 0.4, 40), strict=True), (0.0, 0.0)]
    return gate(villages(*points), LINE_LON, LINE_LAT)


def test_spacing_with_and_without_the_flagged_is_a_count_of_pairs(many: pd.DataFrame) -> None:
    grid = [each.ravel() for each in np.meshgrid(np.arange(105.0, 116), np.arange(28.0, 39))]
    table = village_points.spacing_of(many, *grid).set_index(["used", "points", "area"])
    for used, rows in (("all with coordinates", many), ("passed", many[many["passed"]])):
        points, n = list(zip(rows["lon"], rows["lat"], strict=True)), len(rows)
        away = [[haversine(*one, *other) for j, other in enumerate(points) if i != j] for i, one in enumerate(points)]
        for name, corners in (
            ("hull of these points", project(rows["lon"], rows["lat"])),
            ("hull of all counties", project(*grid)),
        ):
            row, size = table.loc[(used, "as given", name)], area(hull(corners))
            near = sum(min(each) for each in away) / n
            assert row["n"] == n and row["square_km"] == pytest.approx(size)
            assert row["nearest"] == pytest.approx(near / (0.5 * math.sqrt(size / n)))
            pairs = sum(each <= 100 for line in away for each in line)
            assert row["k_100"] == pytest.approx(size * pairs / (n * (n - 1)) / math.pi / 100**2)
    assert len(many[many["passed"]]) == 40
    at_point = table.loc[("passed", "at county points", "hull of all counties")]
    assert at_point["nearest"] == 0  # all in one county, so at one point, which has no hull of its own
    assert ("passed", "at county points", "hull of these points") not in table.index


def test_middles_with_and_without_the_flagged(many: pd.DataFrame) -> None:
    table = village_points.middles_of(many).set_index(["used", "points"])
    kept = many[many["passed"]]
    flat = project(kept["lon"], kept["lat"])
    row = table.loc[("passed", "as given")]
    assert [row["minor_km"], row["major_km"]] == pytest.approx(
        np.sqrt(np.linalg.eigvalsh(np.cov(flat.T, bias=True))), abs=0.05
    )
    moved = np.hypot(*(flat.mean(0) - project(np.array([110.0]), np.array([33.0]))[0]))
    assert row["moved_km"] == pytest.approx(moved, abs=0.05) and row["n"] == 40
    assert table["moved_km"].loc[("passed", "at county points")] == 0
    assert table["moved_km"].loc[("all with coordinates", "as given")] > 100  # one point of 41 at (0, 0)
    assert table.loc[("passed", "at county points"), ["lon", "lat"]].tolist() == ["110.00", "33.00"]
    middle = [*table["lon"], *table["lat"]]
    assert [each for each in middle if not re.fullmatch(r"-?\d+\.\d\d", each)] == []
    assert (table["major_km"] == table["major_km"].round(1)).all()


def test_few_villages_have_no_results_and_no_middle_that_is_their_place(many: pd.DataFrame) -> None:
    few = many.head(village_points.LEAST - 1)
    assert village_points.middles_of(few).empty and village_points.spacing_of(few, LINE_LON, LINE_LAT).empty
    assert [text for text, _ in village_points.told(few, few)][-1] == village_points.TOO_FEW
    enough = many.head(village_points.LEAST)
    assert len(village_points.middles_of(enough)) == 4
    assert village_points.TOO_FEW not in dict(village_points.told(enough, enough))


def test_every_text_is_translated() -> None:
    texts = [*FLAGS, *HINTS, *village_points.CAPTIONS.values(), village_points.NONE, village_points.GIVEN]
    texts += [
        village_points.USED,
        village_points.TOO_FEW,
        *coordinates.distances(gate(villages((110, 33)), LINE_LON, LINE_LAT))["group"],
    ]
    assert [text for text in texts if text not in package_texts()] == []


@pytest.mark.parametrize(
    ("columns", "cells", "problem"),
    [
        ("lon,lat", "120.1,", "lon and lat stand together; give both, or leave both empty"),
        ("lat", "29.3", "lon and lat stand together; give both, or leave both empty"),
        ("lon,lat", "180.0001,29.3", "column lon, value 180.0001: a longitude in degrees, -180 to 180"),
        (
            "lon,lat",
            "29.3,120.1",
            "column lat, value 120.1: a latitude in degrees, -90 to 90; are lon and lat exchanged?",
        ),
        ("lon,lat", "NaN,29.3", "column lon, value 'NaN': must be a number in plain digits"),
        ("lon,lat", "120.1E,29.3", "column lon, value '120.1E': must be a number in plain digits"),
        ("lon,lat", '120.1,"29,3"', "column lat, value '29,3': must be a number in plain digits"),
    ],
)
def test_a_table_with_bad_coordinates_is_refused(columns: str, cells: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_table(f"{MEASURED},{columns}\n{NAMED},{cells}\n".encode(), schema.VILLAGES, "v.csv")
    assert str(refused.value).startswith("v.csv: 1 ") and str(refused.value).endswith(problem)
    assert "row 2" in str(refused.value)


def test_a_table_may_leave_coordinates_empty_and_a_count_has_none() -> None:
    content = f"{MEASURED},lon,lat\n{NAMED},-180,90\n{COUNT},,\n"
    table = parse_table(content.encode(), schema.VILLAGES, "v.csv")
    assert table["lon"].tolist()[0] == -180 and table["lat"].isna().tolist() == [False, True]
    with pytest.raises(InputError, match=r"row 3, .*: lon and lat are of one named village; name it, or leave both"):
        parse_table(content.replace(",3,0,,", ",3,0,120,29").encode(), schema.VILLAGES, "v.csv")


@pytest.mark.parametrize(
    ("column", "headings"),
    [
        ("lon", "经度 东经 经度(E) 村庄经度 GPS经度 經度 经度（WGS84） lon lng Longitude LONGITUDE lon_wgs84 高德经度"),
        ("lat", "纬度 北纬 纬度(°N) 坐标纬度 緯度 WGS84纬度 lat Latitude latitude(deg)"),
        ("", "经纬度 坐标 坐标系 经营 纬编 long 经理 lateral"),
    ],
)
def test_headings_of_coordinates(column: str, headings: str) -> None:
    assert {each: column_of(each) for each in headings.split()} == dict.fromkeys(headings.split(), column)


def test_coordinates_are_imported_as_they_are_written(tmp_path: Path) -> None:
    rows = [[*ROW, "１２０.０７５３４", " 29.3060 "], [*ROW[:4], "乙村", "-", ""], [*ROW[:4], "丙村", "0", "0"]]
    found = read(tmp_path, rows, [*HEADER, "经度", "纬度"])
    assert found.villages["lon"].tolist()[::2] == [120.07534, 0] and found.villages["lat"].tolist()[::2] == [29.306, 0]
    assert found.villages.loc[1, ["lon", "lat"]].isna().all()
    assert (found.read["lon"], found.read["lat"]) == ("经度", "纬度")
    assert found.content.decode().splitlines()[1].endswith("甲村,1,0,120.07534,29.306")
    assert set(found.remarks["kind"]) == {"repaired"}


@pytest.mark.parametrize(
    ("lon", "lat", "message"),
    [
        ("120.1", "", "row 2, lat: '': lon without lat; give both, or leave both empty"),
        ("-", "29.3", "row 2, lon: '-': lat without lon; give both, or leave both empty"),
        ("NaN", "29.3", "row 2, lon: 'NaN': letters or words; write degrees as a plain decimal number"),
        ("120.1E", "29.3", "row 2, lon: '120.1E': letters or words; .*west and south with a minus"),
        ("东经120.1", "29.3", "row 2, lon: '东经120.1': letters or words"),
        ("120°4'31\"", "29.3", "row 2, lon: .*: degrees, minutes and seconds, or a sign of degrees; write"),
        ("120度4分", "29.3", "row 2, lon: '120度4分': degrees, minutes and seconds"),
        ("120.1°", "29.3", "row 2, lon: '120.1°': degrees, minutes and seconds, or a sign of degrees"),
        ("120.1", "29,3", "row 2, lat: '29,3': a decimal comma; .*, with a point"),
        ("120.1,29.3", "29.3", "row 2, lon: '120.1,29.3': two numbers in one cell; give lon and lat a column each"),
        ("120.1 29.3", "29.3", "row 2, lon: '120.1 29.3': two numbers in one cell; give lon and lat a column each"),
        ("1e2", "29.3", "row 2, lon: '1e2': letters or words"),
        (
            "120.1.2",
            "29.3",
            "row 2, lon: '120.1.2': no number; write degrees as a plain decimal number, such as 120.07",
        ),
        ("180.1", "29.3", "row 2, lon: '180.1': no longitude, which lies between -180 and 180"),
        ("29.3", "120.1", "row 2, lat: '120.1': no latitude, .* -90 and 90; are lon and lat exchanged\\?"),
    ],
)
def test_a_cell_that_is_no_coordinate_is_refused(lon: str, lat: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, [[*ROW, lon, lat]], [*HEADER, "经度", "纬度"])


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        (["经度"], "row 1: the heading '经度' means lon, and no column means lat. Give both, or take the column out"),
        (["经纬度"], "row 1: the heading '经纬度' holds longitude and latitude together. Give each a column"),
        (["lat/lon"], "the heading 'lat/lon' holds longitude and latitude together"),
        (["经度（GCJ-02）", "纬度"], r"the heading '经度（GCJ-02）' is not of WGS 84. Convert the column"),
        (["百度经度", "百度纬度"], "the heading '百度经度' is not of WGS 84"),
        (["经度", "lon", "纬度"], "the headings '经度' and 'lon' both mean lon"),
    ],
)
def test_headings_that_cannot_be_read_are_refused_whole(headings: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, [[*ROW, *["30.1"] * len(headings)]], [*HEADER, *headings])


def test_coordinates_of_a_count_are_refused(tmp_path: Path) -> None:
    header = [*HEADER[:4], "淘宝村数", "经度", "纬度"]
    with pytest.raises(InputError, match=r"row 2, lon: '120\.1': coordinates on a row that names no village"):
        read(tmp_path, [[*ROW[:4], "3", "120.1", "29.3"]], header)
    assert len(read(tmp_path, [[*ROW[:4], "3", "", ""]], header).villages) == 1


def with_invented(rows: pd.DataFrame) -> pd.DataFrame:
    """The list of 2015 with INVENTED coordinates for its named villages: one at (0, 0), two at one point."""
    study, rng = Study(Params()), np.random.default_rng(6)
    at = study.located(rows[["province", "city", "county"]])
    lon, lat = ((at[axis] + rng.normal(0, 0.05, len(rows))).round(6) for axis in ("lon", "lat"))
    place = np.flatnonzero((rows["village"] != "") & at["lon"].notna())
    lon[place[0]] = lat[place[0]] = 0
    lon[place[1]], lat[place[1]] = lon[place[2]], lat[place[2]]
    named = rows["village"] != ""
    return rows.assign(lon=lon.where(named), lat=lat.where(named))


@pytest.mark.slow
@pytest.mark.filterwarnings("error:.*[Gg]lyph")
@pytest.mark.parametrize("labels", ["en", "zh"])
@pytest.mark.parametrize("rows", [1, 40, 41])
def test_words_of_the_figure_stand_free_and_are_legible(many: pd.DataFrame, rows: int, labels: str) -> None:
    """As ``test_figures`` looks at those that the lists shipped have."""
    title = "Villages by distance to county points"
    figure = space.distance_chart(coordinates.distances(many.head(rows)), title, labels)
    seen = drawing(figure, labels)
    assert len(seen["words"]) > 8 and min(size for _, size, _, _ in seen["words"]) >= SMALL
    assert wrong_in(seen) == []


def leave_the_rest_out(notebook: Path) -> None:
    """Keep of a copied notebook the code that the section on coordinates needs, so that the test takes seconds."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    needed = code[:3] + [cell for cell in code[3:] if "tested" in "".join(cell["source"])]
    content["cells"] = [cell for cell in content["cells"] if cell["cell_type"] == "markdown" or cell in needed]
    notebook.write_text(json.dumps(content), encoding="utf-8")


def outputs(notebook: Path) -> tuple[str, dict[str, str], set[str]]:
    """What the notebook says, its tables as stored, and the names of its figures."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    every = [output for cell in cells for output in cell.get("outputs", [])]
    about = [each["metadata"].get("taobao_research", {}) for each in every]
    said = "\n".join("".join(each["data"].get("text/markdown", "")) for each in every)
    stored = {
        name["table"]: "".join(each["data"]["text/csv"])
        for each, name in zip(every, about, strict=True)
        if "table" in name
    }
    return said, stored, {each["figure"] for each in about if "figure" in each}


def test_a_list_without_coordinates_says_so_in_one_sentence() -> None:
    said, tables, figures = outputs(PROJECT / "notebooks" / "E_space.ipynb")
    assert said.count("coordinates") == 1 and village_points.NONE in said
    assert not [name for name in {*tables, *figures} if name.startswith("coordinates")]
    study = Study(Params())
    assert study.coordinates.empty and coordinates_said(study) == []
    assert village_points.told(gate(study.coordinates, LINE_LON, LINE_LAT), study.villages) == [
        (village_points.NONE, {})
    ]


@pytest.mark.process
def test_an_invented_list_is_checked_and_shown_with_and_without_the_flagged(tmp_path: Path) -> None:
    project_copy = copy_project(tmp_path)
    file = project_copy / "data" / "2015" / "villages.csv"
    rows = with_invented(pd.read_csv(file, keep_default_na=False))
    rows.to_csv(file, index=False)
    (project_copy / "mine.yaml").write_text("year: 2015\nlabels: zh\nresamples: 99\n", encoding="utf-8")
    checked = program(project_copy, "check", "2015", "--record")
    assert checked.returncode == 0, checked.stderr
    given = int(rows["lon"].notna().sum())
    assert f"2015: coordinates of {given} of 291 named villages: " in checked.stdout
    assert "1 outside the mainland, 2 same point as another village" in checked.stdout
    leave_the_rest_out(project_copy / "notebooks" / "E_space.ipynb")
    result = program(project_copy, "report", "--params", "mine.yaml", "--only", "E")
    assert result.returncode == 0, result.stdout + result.stderr
    said, tables, figures = outputs(project_copy / "reports" / "2015" / "E_space.ipynb")
    assert f"291个有名称的村中，{given}个有坐标" in said and "没有给出村的坐标" not in said and "coordinates" in figures
    assert {name for name in tables if name.startswith("coordinates")} == set(village_points.CAPTIONS)
    shown = {name: list(csv.DictReader(io.StringIO(text))) for name, text in tables.items()}
    middles = {(row["used"], row["points"]): row for row in shown["coordinates_ellipses"]}
    assert len(middles) == 4 and len(shown["coordinates_spacing"]) == 8
    with_it, without = (float(middles[used, "as given"]["moved_km"]) for used in ("all with coordinates", "passed"))
    assert with_it > 10 * without
    assert not {"lon", "lat"} & {*shown["coordinates_flagged"][0]}
    assert max(float(row["county_km"]) for row in shown["coordinates_flagged"]) > 5000
