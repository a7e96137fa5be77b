"""What ``identify`` makes of files: exact types, names with signs of a pattern, and lines that are no rows."""

import os
from pathlib import Path

import duckdb
import pytest

from taobao_research.errors import InputError
from taobao_research.identify.records import check_type
from taobao_research.identify.run import Job, identify, summary
from taobao_research.params import Params, check_params
from tests.identify_files import HOUSEHOLDS, NAMES, PLACE, SHOP, shops_of, sums, tables, villages, write

pytestmark = pytest.mark.slow
PLACED = ", ".join(f"'{place}' AS {name}" for name, place in zip(NAMES, (*PLACE, "v"), strict=True))
LOW = check_params({"min_active_shops": 1})


def refused(folder: Path, *shops: object, **options: object) -> str:
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError) as error:
        identify(Job([str(each) for each in shops], LOW, **options), folder / "out")  # type: ignore[arg-type]
    assert sorted(folder.rglob("*")) == before
    said = str(error.value)
    assert str(folder) not in said and "\n" not in said
    return said


def parquet(path: Path, **columns: str) -> Path:
    """One shop; ``columns`` are in place of, or beside, the usual ones."""
    given = {"shop_id": f"'{path.stem}'", "annual_turnover_cny": "1", "active": "true"} | columns
    places = {name: f"'{place}'" for name, place in zip(NAMES, (*PLACE, "v"), strict=True)}
    listed = ", ".join(f'{value} AS "{name}"' for name, value in (places | given).items())
    duckdb.sql(f"COPY (SELECT {listed}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.mark.parametrize(
    ("column", "one", "two", "types"),
    [
        ("annual_turnover_cny", "9999999::DECIMAL(18, 0)", "0.50::DECIMAL(18, 2)", "DECIMAL(18,2) here, DECIMAL(18,0)"),
        ("annual_turnover_cny", "1::DECIMAL(18, 2)", "0.0049::DECIMAL(18, 4)", "DECIMAL(18,4) here, DECIMAL(18,2)"),
        ("annual_turnover_cny", "1::FLOAT", "16777217::DOUBLE", "DOUBLE here, FLOAT"),
        ("annual_turnover_cny", "1::DOUBLE", "1::BIGINT", "BIGINT here, DOUBLE"),
        ("day", "DATE '2015-01-01'", "TIMESTAMP '2015-01-01 08:00:00'", "TIMESTAMP here, DATE"),
        ("active", "true", "1", "INTEGER here, BOOLEAN"),
        ("shop_id", "1::HUGEINT", "1::BIGINT", "BIGINT here, DOUBLE"),  # parquet has no wider whole number
    ],
)
def test_files_of_other_types_would_be_rounded_and_are_refused(
    column: str, one: str, two: str, types: str, tmp_path: Path
) -> None:
    parquet(tmp_path / "a.parquet", **{column: one})
    parquet(tmp_path / "b.parquet", **{column: two})
    said = refused(tmp_path, tmp_path / "*.parquet")
    assert said == f"b.parquet: column {column}: {types} in a.parquet. Make the files alike."


@pytest.mark.parametrize("kind", ["TINYINT", "INTEGER", "UINTEGER", "UBIGINT"])
def test_whole_numbers_of_any_width_go_together(kind: str, tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", annual_turnover_cny=f"100::{kind}", shop_id=f"7::{kind}", active=f"1::{kind}")
    parquet(tmp_path / "b.parquet", annual_turnover_cny="999999999999", shop_id="9007199254740993", active="1::BIGINT")
    parquet(tmp_path / "c.parquet", annual_turnover_cny=f"1::{kind}", shop_id=f"8::{kind}", active=f"1::{kind}")
    parquet(tmp_path / "d.parquet", annual_turnover_cny="5", shop_id="9007199254740992", active="1::BIGINT")
    result = identify(Job((tmp_path / "*.parquet",), LOW), tmp_path / "out")
    assert list(sums(tables(tmp_path / "out")).values()) == [(100_000_000_010_500, 4)]
    assert result.shop_rows == {"rows": 4}


@pytest.mark.parametrize("column", ["town", "day", "annual_turnover_cny"])
def test_a_column_without_any_value_is_named(column: str) -> None:
    """Arrow writes such a column with a type of its own, which DuckDB reads as NULL and cannot write."""
    with pytest.raises(InputError, match=f"b.parquet: column {column}: without any value, and so of no type"):
        check_type(Path("b.parquet"), column, '"NULL"')


def test_a_village_that_is_a_number_is_named(tmp_path: Path) -> None:
    said = refused(tmp_path, parquet(tmp_path / "a.parquet", village="7"))
    assert said == "a.parquet: column village: INTEGER, where names are text. Write it as text (VARCHAR, string)."


def test_a_column_named_as_the_engine_names_its_own(tmp_path: Path) -> None:
    own = {"filename": "'mine'", "file": "'mine'", "records": "9", "reason": "'mine'"}
    result = identify(Job((parquet(tmp_path / "a.parquet", **own),), LOW), tmp_path / "out")
    assert result.shop_rows == {"rows": 1}
    header = (*SHOP, *own)
    bad, *good = shops_of("v", 200, "10000000")
    shops = write(tmp_path / "a.csv", header, [(*row, *own) for row in ((*bad[:6], "x", "1"), *good)])
    identify(Job((shops,), LOW), tmp_path / "two")
    assert "a.csv" in (tmp_path / "two" / "rejected.csv").read_text("utf-8")


def test_columns_that_differ_by_case_are_named(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", (*SHOP, "ACTIVE"), [])
    assert refused(tmp_path, file) == "a.csv: column 'ACTIVE' and 'active' differ by case only. Keep one."


def test_a_header_with_a_comma_too_many(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", (*SHOP, ""), shops_of("v", 1, "1"))
    assert "a.csv: column 9 has no name (a comma too many?)" in refused(tmp_path, file)


LITERAL = ["a[1].csv", "b*.csv", "c?.csv", "[!a].csv", "{a,b}.csv", "d[x]*/a[1].csv", "it's [1].csv", "back\\slash.csv"]


@pytest.mark.parametrize("name", LITERAL)
def test_a_name_with_signs_of_a_pattern_reads_that_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "d[x]*").mkdir()
    (tmp_path / "dxx").mkdir()
    for other in ("a1.csv", "bz.csv", "cz.csv", "b.csv", "a.csv", "dxx/a1.csv", "it's 1.csv", "backslash.csv"):
        write(tmp_path / other, SHOP, shops_of("wrong", 1, "10000000"))
    write(tmp_path / name, SHOP, shops_of("right", 1, "10000000"))
    identify(Job((tmp_path / name,), LOW), tmp_path / "out")
    assert villages(tables(tmp_path / "out")) == ["right"]


def test_parquet_with_such_a_name(tmp_path: Path) -> None:
    parquet(tmp_path / "a1.parquet", village="'wrong'", annual_turnover_cny="10000000")
    file = parquet(tmp_path / "a.parquet", village="'right'", annual_turnover_cny="10000000")
    file.rename(tmp_path / "a[1].parquet")
    identify(Job((tmp_path / "a[1].parquet",), LOW), tmp_path / "out")
    assert villages(tables(tmp_path / "out")) == ["right"]


def test_values_in_the_names_of_folders_are_no_columns(tmp_path: Path) -> None:
    """Other programs split files by ``active=1/``; what a file holds is what counts."""
    (tmp_path / "active=0").mkdir()
    parquet(tmp_path / "active=0" / "a.parquet", annual_turnover_cny="10000000")
    identify(Job((tmp_path / "active=0",), LOW), tmp_path / "out")
    assert [row["active_shops"] for row in tables(tmp_path / "out")["villages"]] == ["1"]


def test_files_of_one_name_are_told_apart_and_what_is_not_read_is_said(tmp_path: Path) -> None:
    for day, wrong in (("1", "x"), ("2", "y")):
        (tmp_path / "days" / day).mkdir(parents=True)
        row = shops_of(f"v{day}", 1, "1")[0]
        write(tmp_path / "days" / day / "part.csv", SHOP, [row, (*row[:6], wrong, "1")])
    (tmp_path / "days" / "1" / "notes.txt").write_text("no records")
    (tmp_path / "days" / "1" / "_SUCCESS").write_text("")
    folders = [tmp_path / "days" / day for day in "12"]
    result = identify(Job(folders, LOW, max_rejected_share=1), tmp_path / "out")
    assert [row["file"] for row in tables(tmp_path / "out")["rejected"]] == ["1/part.csv", "2/part.csv"]
    assert "1 others in the folders, no .csv or .parquet file, not read: notes.txt" in summary(result, 2015)


def test_spark_refuses_names_that_it_takes_for_patterns() -> None:
    from taobao_research.identify.spark_engine import plain_path

    for name in ("a[1].csv", "b*.csv", "c?.csv", "{a,b}.csv"):
        with pytest.raises(InputError, match="Rename it, or use duckdb"):
            plain_path(Path("/shops") / name)
    assert plain_path(Path("/it's 数据/a b.csv")) == "/it's 数据/a b.csv"


ROWS = [
    ("9 cells", b"1,a,b,c,d,e,1,1,more\r\n", "9 cells, and 8 in the header. Mend it (a comma in a cell needs quotes)."),
    ("7 cells", b"1,a,b,c,d,e,1\r\n", "7 cells, and 8 in the header. Mend it (a comma in a cell needs quotes)."),
    ("quote", b'"1"x,a,b,c,d,e,1,1\r\n', "a quote that is not closed, or letters after the quote that closes."),
    ("open", b'"1,a,b,c,d,e,1,1\n2,a,b,c,d,e,1,1\n', "a quote that is not closed"),
    ("long", b"x" * 2_100_000 + b",a,b,c,d,e,1,1\r\n", "longer than two million bytes"),
]


@pytest.mark.parametrize(("line", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("rows", [5, 60_000])
def test_a_line_that_is_no_row_is_named(rows: int, line: bytes, words: str, tmp_path: Path) -> None:
    good = write(tmp_path / "a.csv", SHOP, shops_of("v", 5, "1"))
    file = write(tmp_path / "b.csv", SHOP, shops_of("w", rows, "1"))
    file.write_bytes(file.read_bytes() + line)
    said = refused(tmp_path, good, file)
    assert said.startswith(f"b.csv: line {rows + 2}: {words}") and said.endswith("Nothing was written.")
    assert "null_padding" not in said and "strict" not in said


def test_lines_that_end_in_two_ways_are_named(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", SHOP, shops_of("v", 5, "1"))
    file.write_bytes(file.read_bytes() + b"1,a,b,c,d,e,1,1\n2,a,b,c,d,e,1,1\r\n")
    assert "a.csv: lines that end in two ways (CR LF and LF)" in refused(tmp_path, file)


def test_a_line_that_is_no_row_of_households_is_named(tmp_path: Path) -> None:
    shops = write(tmp_path / "a.csv", SHOP, shops_of("v", 5, "10000000"))
    houses = write(tmp_path / "h.csv", HOUSEHOLDS, [(*PLACE, "v", "1", "2")])
    assert "h.csv: line 2: 7 cells, and 6 in the header" in refused(tmp_path, shops, households=(houses,))


def test_links_that_go_round_and_names_too_long(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert "round: no such file" in refused(tmp_path, tmp_path / "round")
    for name in ("round/a.csv", "a.csv/b.csv", "/proc/nothing", ""):
        assert "no such file" in refused(tmp_path, name if name[:1] in ("/", "") else tmp_path / name)
    assert len(refused(tmp_path, tmp_path / ("n" * 300))) < 250


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.csv")
    try:
        write(Path(name), SHOP, shops_of("v", 5, "1"))
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert "the name is not UTF-8. Rename the file" in refused(tmp_path, name)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root every file may be read, so the system's answer is given here."""
    (tmp_path / "closed").mkdir()

    def closed(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", closed)
        with pytest.raises(InputError, match=r"closed: cannot be read: Permission denied\."):
            identify(Job((tmp_path / "closed",), Params()), tmp_path / "out")
