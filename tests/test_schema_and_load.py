"""From a file to a checked table: what is wrong is said once, with file, row, column, value and rule."""

import warnings
from pathlib import Path

import pandas as pd
import pytest

from taobao_research.errors import InputError
from taobao_research.paths import Project
from taobao_research.tables import load, schema
from taobao_research.tables.load import parse_table, read_table, sha256_of

HEADER = "province,city,county,town,village,villages,locally_reported"
ROW = "浙江省,金华市,义乌市,江东街道,青岩刘村,1,0"
REST = "浙江省,金华市,义乌市,江东街道,,3,0"


def csv(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def parsed(*lines: str) -> pd.DataFrame:
    return parse_table(csv(*lines), schema.VILLAGES, "v.csv")


def refusal(content: bytes, rules: object = schema.VILLAGES) -> str:
    with pytest.raises(InputError) as caught:
        parse_table(content, rules, "v.csv")
    return str(caught.value)


def test_a_good_table_is_read_as_it_stands() -> None:
    villages = parsed(HEADER, ROW, REST)
    assert villages["village"].tolist() == ["青岩刘村", ""]
    assert villages["villages"].tolist() == [1, 3] and str(villages["villages"].dtype) == "Int64"


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_of_other_systems(newline: str) -> None:
    content = csv(HEADER, ROW, REST).replace(b"\n", newline.encode())
    pd.testing.assert_frame_equal(parse_table(content, schema.VILLAGES, "v.csv"), parsed(HEADER, ROW, REST))


@pytest.mark.parametrize("name", ["NA", "NaN", "null", "None", "nan", "N/A", "0012", "1e3", "=1+1", "TRUE"])
def test_words_that_look_like_something_else_stay_text(name: str) -> None:
    villages = parsed(HEADER, ROW.replace("青岩刘村", name))
    assert villages["village"].tolist() == [name]


def test_optional_measures_may_be_empty() -> None:
    villages = parsed(f"{HEADER},active_shops,main_products", f"{ROW},,", f"{REST},250,鞋")
    assert villages["active_shops"].isna().tolist() == [True, False]
    assert villages["active_shops"][1] == 250
    assert villages["main_products"].tolist() == ["", "鞋"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "v.csv: empty file; expected a header line."),
        (b"\n", "v.csv: empty file; expected a header line."),
        (b"\xef\xbb\xbf" + csv(HEADER, ROW), "v.csv, row 1: starts with a byte-order mark"),
        (csv(HEADER, ROW).decode().encode("gb18030"), "v.csv, row 2: not UTF-8 text"),
        (csv(HEADER, ROW).decode().encode("utf-16"), "v.csv, row 1: not UTF-8 text"),
        (csv(HEADER, ROW, f"{ROW},x"), "v.csv, row 3: 8 fields where the header has 7."),
        (csv(HEADER, ROW, "浙江省,金华市"), "v.csv, row 3: 2 fields where the header has 7."),
        (csv(HEADER, ROW, ""), "v.csv, row 3: 0 fields where the header has 7."),
        (csv(HEADER, ROW.replace(",1,", ",2,345,")), "v.csv, row 2: 8 fields where the header has 7."),
        (csv(HEADER.replace("town", "city"), ROW), "v.csv, row 1: heading 'city' stands twice"),
        (csv(HEADER, ROW.replace("青岩刘村", '"青岩刘村')), "v.csv, row 2: 5 fields where the header has 7."),
    ],
    ids=["empty", "blank", "bom", "gb18030", "utf-16", "long", "short", "blank line", "thousands", "heading", "quote"],
)
def test_files_of_the_wrong_shape(content: bytes, message: str) -> None:
    assert refusal(content).startswith(message)


@pytest.mark.parametrize(
    "value",
    ['"2,345"', "１２", "1 ", " 1", "1.0", "1e3", "+1", "1_000", "", "NaN", "inf", "TRUE", "一", "9" * 19, "9" * 40],
)
def test_a_count_is_a_whole_number_in_plain_digits(value: str) -> None:
    shown = value.strip('"')
    assert refusal(csv(HEADER, REST, REST.replace(",3,", f",{value},"))) == (
        "v.csv: 1 value(s) that are not a whole number\n"
        f"  row 3, column villages, value {shown!r}: must be a whole number in plain digits"
    )


BROKEN = [
    (REST.replace(",3,", ",0,"), "row 2, column villages, value 0: at least 1"),
    (REST.replace(",3,", ",-2,"), "row 2, column villages, value -2: at least 1"),
    (REST[:-1] + "2", "row 2, column locally_reported, value 2: 0 or 1"),
    (REST.replace("浙江省", ""), "row 2, column province, value '': must not be empty"),
    (REST.replace("义乌市", " 义乌市"), "row 2, column county, value ' 义乌市': no spaces around it"),
    (REST.replace("江东街道", "江东街道 "), "row 2, column town, value '江东街道 ': no spaces around it"),
    (REST.replace("江东街道", "江东街道\u3000"), "row 2, column town, value '江东街道\\u3000': no spaces around it"),
    (ROW.replace(",1,", ",2,"), "row 2, 浙江省, 金华市, 义乌市, 江东街道, 青岩刘村, 2: a named row is one village"),
]


@pytest.mark.parametrize(("row", "problem"), BROKEN)
def test_one_broken_rule_is_one_problem(row: str, problem: str) -> None:
    assert refusal(csv(HEADER, row)) == f"v.csv: 1 problem\n  {problem}"


def test_a_village_named_twice_names_both_rows() -> None:
    lines = refusal(csv(HEADER, ROW, REST, ROW)).splitlines()
    assert lines[0] == "v.csv: 2 problems"
    assert [line.split(",")[0] for line in lines[1:]] == ["  row 2", "  row 4"]
    assert all(line.endswith("青岩刘村, 1: a named village stands once") for line in lines[1:])
    assert len(parsed(HEADER, REST, REST)) == 2


def test_a_product_row_given_twice() -> None:
    message = refusal(csv("province,city,county,main_products,villages", "P,C,K,鞋,1", "P,C,K,鞋,2"), schema.PRODUCTS)
    assert "row 2, P, C, K, 鞋, 1: repeats another row" in message
    assert "row 3, P, C, K, 鞋, 2: repeats another row" in message


def test_missing_and_strange_columns() -> None:
    header, row = HEADER.replace(",locally_reported", ",local"), ROW
    lines = refusal(csv(header, row)).splitlines()
    assert lines[0] == "v.csv: 2 problems"
    assert sorted(lines[1:]) == [
        "  column 'local': not a column of this table",
        "  column 'locally_reported': missing column",
    ]


@pytest.mark.parametrize("column", ["village", "villages", "town", "province"])
def test_a_missing_column_is_one_problem(column: str) -> None:
    position = HEADER.split(",").index(column)
    lines = [",".join(part for n, part in enumerate(line.split(",")) if n != position) for line in (HEADER, ROW)]
    assert refusal(csv(*lines)) == f"v.csv: 1 problem\n  column '{column}': missing column"


def test_several_problems_are_all_listed() -> None:
    message = refusal(csv(HEADER, REST.replace("浙江省", ""), REST[:-1] + "7", ROW.replace(",1,", ",4,")))
    assert message.splitlines()[0] == "v.csv: 3 problems"
    for problem in (
        "row 2, column province, value '': must not be empty",
        "row 3, column locally_reported, value 7: 0 or 1",
        "row 4, 浙江省, 金华市, 义乌市, 江东街道, 青岩刘村, 4: a named row is one village",
    ):
        assert problem in message
    message = refusal(csv(HEADER, REST.replace(",3,", ",x,"), REST, REST.replace(",3,", ",y,")))
    assert "2 value(s)" in message and "row 2" in message and "row 4" in message


def test_a_long_list_of_problems_is_cut() -> None:
    lines = refusal(csv(HEADER, *[REST[:-1] + "7"] * 25)).splitlines()
    assert lines[0] == "v.csv: 25 problems" and len(lines) == 22
    assert lines[-1] == "  ... and 5 more"
    assert [line.split(",")[0] for line in lines[1:-1]] == [f"  row {row}" for row in range(2, 22)]


def test_the_row_is_the_line_of_the_file() -> None:
    two_lines = ROW.replace("青岩刘村", '"青岩\n刘村"')
    message = refusal(csv(HEADER, two_lines, REST[:-1] + "7"))
    assert "row 4, column locally_reported, value 7: 0 or 1" in message


def test_a_field_longer_than_any_text_is_refused() -> None:
    assert refusal(csv(HEADER, ROW.replace("青岩刘村", "村" * 140_000))).startswith("v.csv, row 2")


def test_large_counts_keep_every_digit() -> None:
    lines = (f"{HEADER},turnover_cny", f"{ROW},9007199254740993", f"{REST},")
    assert parsed(*lines)["turnover_cny"][0] == 9007199254740993


def test_a_published_value_is_finite() -> None:
    header = "year,scope,measure,value,unit,qualifier,source_title,source_url,note"
    message = refusal(csv(header, "2015,national,taobao_villages,1e999,villages,exact,s,,"), schema.SERIES)
    assert "row 2, column value" in message


def test_a_header_alone_is_a_table_without_rows() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parsed(HEADER).empty


@pytest.mark.parametrize(
    ("lon", "lat"), [("72.9", "30"), ("136.1", "30"), ("120", "2.9"), ("120", "54.1"), ("30", "120")]
)
def test_points_lie_in_china(lon: str, lat: str) -> None:
    header = "code,province,city,county,lon,lat"
    assert "in China" in refusal(csv(header, f"1,P,C,K,{lon},{lat}"), schema.COUNTY_POINTS)
    assert len(parse_table(csv(header, "1,P,C,K,120,30"), schema.COUNTY_POINTS, "p.csv")) == 1


CLAIM = {
    "id": "villages",
    "section": "2.1",
    "place": "figure 2",
    "statement": "Villages",
    "rule": "exact",
    "function": "villages_total",
    "expected": "matches",
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": "Two Words"}, "column id, value 'Two Words': lower-case words joined by _"),
        ({"rule": "roughly"}, "column rule, value 'roughly': one of: exact"),
        ({"expected": "maybe"}, "column expected, value 'maybe': one of: matches"),
        ({"function": ""}, "`no data` has no function, every other verdict has one"),
        ({"expected": "no data", "needs": "x"}, "`no data` has no function, every other verdict has one"),
        ({"expected": "no data", "function": ""}, "`no data` says in `needs` which data it would take"),
        ({"expected": "differs"}, "`differs` and `depends` give their reason in `note`"),
        ({"section": ""}, "column section, value '': must not be empty"),
    ],
)
def test_claims_keep_their_promises(change: dict[str, str], problem: str) -> None:
    columns = list(schema.CLAIMS.columns)
    rows = [",".join({**CLAIM, **each}.get(column, "") for column in columns) for each in ({}, change)]
    assert len(parse_table(csv(",".join(columns), rows[0]), schema.CLAIMS, "c.csv")) == 1
    assert problem in refusal(csv(",".join(columns), rows[1]), schema.CLAIMS)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a data folder of one recorded file."""
    made = Project(tmp_path.resolve())
    folder = made.data
    folder.mkdir()
    (folder / "villages.csv").write_bytes(csv(HEADER, ROW, REST))
    columns = list(schema.SOURCES.columns)
    known = {"path": "villages.csv", "rows": "2", "producer": "p", "title": "t", "licence": "l"}
    known["sha256"] = sha256_of(folder / "villages.csv")
    (folder / "SOURCES.csv").write_bytes(csv(",".join(columns), ",".join(known.get(each, "") for each in columns)))
    return made


def test_a_recorded_file_is_read(project: Project) -> None:
    assert len(read_table(project.data / "villages.csv", schema.VILLAGES, project)) == 2
    assert load.read_sources(project).loc["villages.csv", "rows"] == 2


def test_a_changed_file_has_the_wrong_checksum(project: Project) -> None:
    (project.data / "villages.csv").write_bytes(csv(HEADER, ROW))
    with pytest.raises(
        InputError, match=r"^villages\.csv: wrong checksum: [0-9a-f]{12}\.\.\. where data/SOURCES\.csv has"
    ):
        read_table(project.data / "villages.csv", schema.VILLAGES, project)
    assert len(read_table(project.data / "villages.csv", schema.VILLAGES, None)) == 1


def test_a_checksum_that_differs_by_line_ends_alone_says_so(project: Project) -> None:
    content = (project.data / "villages.csv").read_bytes()
    (project.data / "villages.csv").write_bytes(content.replace(b"\n", b"\r\n"))
    message = r"^villages\.csv: wrong checksum, by line ends alone: .*\.gitattributes.*Delete the file and restore it"
    with pytest.raises(InputError, match=message):
        read_table(project.data / "villages.csv", schema.VILLAGES, project)
    (project.data / "villages.csv").write_bytes(content.replace(b"\n", b"\r\n") + b"\r\n")
    with pytest.raises(InputError, match=r"^villages\.csv: wrong checksum: "):
        read_table(project.data / "villages.csv", schema.VILLAGES, project)


def test_an_unlisted_file_is_not_read(project: Project) -> None:
    (project.data / "more.csv").write_bytes(csv(HEADER, ROW))
    with pytest.raises(InputError, match=r"^more\.csv: not listed in data/SOURCES\.csv"):
        read_table(project.data / "more.csv", schema.VILLAGES, project)


def test_a_missing_file_and_one_too_large(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"^none\.csv: missing data file"):
        read_table(project.data / "none.csv", schema.VILLAGES, project)
    monkeypatch.setattr(load, "MAX_BYTES", 10)
    with pytest.raises(InputError, match=r"^villages\.csv: larger than 10 bytes"):
        read_table(project.data / "villages.csv", schema.VILLAGES, project)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (",2,p,", ",-1,p,", "row 2, column rows, value -1: not negative"),
        (",p,t,", ",,t,", "row 2, column producer, value '': must not be empty"),
        ("villages.csv,", "villages.csv,x", "column sha256, value 'x"),
    ],
)
def test_the_record_itself_is_checked(project: Project, old: str, new: str, problem: str) -> None:
    record = project.data / "SOURCES.csv"
    record.write_text(record.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(project.data / "villages.csv", schema.VILLAGES, project)
    assert str(caught.value).startswith("SOURCES.csv: 1 problem") and problem in str(caught.value)
