"""``identify`` against brute force on random small inputs, hostile files, and being stopped at any moment."""

import signal
import tempfile
from collections import defaultdict
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobao_research.errors import InputError
from taobao_research.identify.run import Job, identify
from taobao_research.params import Params, check_params
from tests.checkout import PROJECT
from tests.identify_files import PLACE, SHOP, Row, run, shops_of, sums, villages, write
from tests.project_copy import command
from tests.waiting import FOREVER, running, wait_for_end, wait_for_line

pytestmark = pytest.mark.slow
LOW = check_params(
    {
        "min_turnover_cny": 100,
        "min_active_shops": 3,
        "min_household_share": 0.3,
        "town_min_villages": 2,
        "cluster_min_villages": 2,
        "large_cluster_min_villages": 3,
    }
)
CLUSTER_CNY = 250

shop_rows = st.tuples(
    st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8", "9", " 9", ""]),
    st.just("甲省"),
    st.just("乙市"),
    st.sampled_from(["丙县", "戊县", " 丙县"]),
    st.sampled_from(["丁镇", ""]),
    st.sampled_from(["a", "b", "ａ", "c", ""]),
    st.sampled_from(["0", "33.33", "33.34", "50", "100", "99.99", "100.00", "-1", "x", ""]),
    st.sampled_from(["1", "0", "true", "?"]),
)
household_rows = st.tuples(
    st.just("甲省"), st.just("乙市"), st.sampled_from(["丙县", "戊县"]), st.sampled_from(["丁镇", ""]),
    st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "3", "4", "10", "0", "x"]),
)  # fmt: skip


def plain(text: str) -> str:
    return text.replace("ａ", "a").strip()


def usable(row: Row) -> tuple[str, tuple[str, ...], Decimal, bool] | None:
    """A row of shops as it counts, or None for one that is rejected by itself; in plain Python."""
    shop, *place, cny, active = map(plain, map(str, row))
    try:
        amount = Decimal(cny)
    except InvalidOperation:
        return None
    names_given = all(name for name, level in zip(place, range(5), strict=True) if level != 3)
    if not shop or amount < 0 or active not in ("1", "0", "true") or not names_given:
        return None
    return shop, tuple(place), amount, active in ("1", "true")


def by_brute_force(shops: list[Row], houses: list[Row]) -> tuple[dict, dict, dict, int]:
    """Taobao villages with turnover and active shops, towns, clusters, and rejected rows."""
    good = [read for row in shops if (read := usable(row))]
    values = defaultdict(set)
    for shop, *rest in good:
        values[shop].add(tuple(rest))
    kept = [(shop, *next(iter(found))) for shop, found in values.items() if len(found) == 1]
    conflicting = sum(1 for shop, *_ in good if len(values[shop]) > 1)
    known = defaultdict(set)
    for *place, number in houses:
        if str(number).isdigit() and int(str(number)):
            known[tuple(place)].add(int(str(number)))
    sums: dict[tuple, list] = defaultdict(lambda: [Decimal(0), 0])
    for _, place, amount, active in kept:
        sums[place][0] += amount
        sums[place][1] += active
    found = {}
    for place, (amount, active) in sums.items():
        number = next(iter(known[place])) if len(known[place]) == 1 else None
        enough = active >= 3 or (number is not None and Fraction(active, number) >= Fraction(3, 10))
        if amount >= 100 and enough:
            found[place] = (amount, active)
    towns, counties = defaultdict(int), defaultdict(list)
    for place, (amount, _) in found.items():
        towns[place[:4]] += 1
        counties[place[:3]].append(amount)
    return (
        found,
        {town: count for town, count in towns.items() if count >= 2},
        {county: len(each) for county, each in counties.items() if len(each) >= 2 and sum(each) >= CLUSTER_CNY},
        len(shops) - len(good) + conflicting,
    )


@settings(max_examples=30)
@given(st.lists(shop_rows, min_size=1, max_size=14), st.lists(household_rows, min_size=1, max_size=6))
def test_random_records_give_what_plain_python_gives(shops: list[Row], houses: list[Row]) -> None:
    expected, towns, clusters, rejected = by_brute_force(shops, houses)
    with tempfile.TemporaryDirectory() as folder:
        result, written = run(
            Path(folder), shops, houses, params=LOW, max_rejected_share=1, cluster_turnover_cny=CLUSTER_CNY
        )
    assert sums(written) == {names: (int(amount * 100), active) for names, (amount, active) in expected.items()}
    assert {each.names: each.villages for each in result.towns} == towns
    assert {each.names: each.villages for each in result.clusters} == clusters
    faults = {reason: count for reason, count in result.shop_rows.items() if "same values" not in reason}
    assert faults.pop("rows") == len(shops) and sum(faults.values()) == rejected


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=14))
def test_codes_give_what_plain_python_gives(records: list[tuple[int, int, int]]) -> None:
    rows = [(shop, *PLACE, f"v{code}", cny, 1) for shop, code, cny in records]
    expected, *_, rejected = by_brute_force(rows, [])
    with tempfile.TemporaryDirectory() as folder:
        coded = [(*row, code) for row, (_, code, _) in zip(rows, records, strict=True)]
        result, written = run(Path(folder), coded, header=(*SHOP, "village_code"), params=LOW, max_rejected_share=1)
    assert sums(written) == {names: (int(amount * 100), active) for names, (amount, active) in expected.items()}
    assert all(row["village"] == f"v{row['village_code']}" for row in written["reasons"])
    assert sum(count for reason, count in result.shop_rows.items() if "other values" in reason) == rejected


def refused(folder: Path, *shops: object, **options: object) -> str:
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError) as error:
        identify(Job([str(each) for each in shops], Params(), **options), folder / "out")  # type: ignore[arg-type]
    assert sorted(folder.rglob("*")) == before
    assert str(folder) not in str(error.value)
    return str(error.value)


def parquet(path: Path, columns: str) -> Path:
    duckdb.sql(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)")
    return path


GOOD = "1 AS shop_id, 'a' AS province, 'b' AS city, 'c' AS county, 'd' AS town, 'e' AS village, true AS active, "


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "shops.csv", SHOP[:-1], [])
    assert "shops.csv: no column active. Columns needed: shop_id" in refused(tmp_path, file)


def test_a_column_that_stands_twice_is_named(tmp_path: Path) -> None:
    assert "column 'active' stands twice" in refused(tmp_path, write(tmp_path / "shops.csv", (*SHOP, "active"), []))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path, tmp_path / "*.csv")


def test_files_of_two_forms(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", SHOP, [])
    other = parquet(tmp_path / "b.parquet", GOOD + "1 AS annual_turnover_cny")
    assert ".csv and .parquet mixed" in refused(tmp_path, file, other)


def test_files_with_other_types(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", GOOD + "1 AS annual_turnover_cny")
    parquet(tmp_path / "b.parquet", GOOD + "'1' AS annual_turnover_cny")
    said = refused(tmp_path, tmp_path / "*.parquet")
    assert "b.parquet: column annual_turnover_cny: VARCHAR here, INTEGER in a.parquet" in said


def test_files_with_their_columns_in_another_order(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", SHOP, [])
    write(tmp_path / "b.csv", SHOP[::-1], [])
    assert "b.csv: other columns, or in another order, than a.csv" in refused(tmp_path, tmp_path)


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing PAR1")
    assert "a.parquet: not a parquet file that can be read" in refused(tmp_path, tmp_path / "a.parquet")


def test_a_column_of_lists(tmp_path: Path) -> None:
    file = parquet(tmp_path / "a.parquet", GOOD + "[1] AS annual_turnover_cny")
    assert "annual_turnover_cny: INTEGER[]: neither text, number nor true/false" in refused(tmp_path, file)


def test_a_file_of_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(",".join(SHOP).encode() + "\n1,甲省,乙市,丙县,丁镇,村,1,1\n".encode("gbk"))
    assert "a.csv: not UTF-8" in refused(tmp_path, tmp_path / "a.csv")
    later = write(tmp_path / "b.csv", SHOP, shops_of("v", 2000, "1"))
    later.write_bytes(later.read_bytes() + "1,甲省,乙市,丙县,丁镇,村,1,1\r\n".encode("gbk"))
    assert "b.csv: line 2002: not UTF-8. Save the file as UTF-8. Nothing was written." in refused(tmp_path, later)


@pytest.mark.parametrize("rows", [[], None])
def test_no_rows_at_all(rows: list[Row] | None, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("") if rows is None else write(file, SHOP, rows)
    assert ("no column shop_id" if rows is None else "no rows") in refused(tmp_path, file)


@pytest.mark.parametrize(("engine", "words"), [("pandas", "Use duckdb, which does not"), ("ibis", "Engines: duckdb")])
def test_another_engine(engine: str, words: str, tmp_path: Path) -> None:
    assert words in refused(tmp_path, write(tmp_path / "a.csv", SHOP, shops_of("v", 1, "1")), engine=engine)


def test_names_that_look_like_code_are_names(tmp_path: Path) -> None:
    odd = "'); DROP TABLE sums; --"
    _, found = run(tmp_path, shops_of(odd, 100, "10000000"), [(*PLACE, odd, 5)])
    assert villages(found) == [odd]


def test_a_path_with_quotes_and_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "it's 数据"
    folder.mkdir()
    _, found = run(folder, shops_of("v", 100, "10000000"))
    assert villages(found) == ["v"]


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", SHOP, shops_of("v", 100, "10000000"))
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert identify(Job((file,), Params()), tmp_path / "out").found.villages == 1


def test_pairs_without_the_columns_of_the_second_village(tmp_path: Path) -> None:
    pairs = write(tmp_path / "pairs.csv", PLACE, [])
    file = write(tmp_path / "a.csv", SHOP, shops_of("v", 1, "1"))
    assert "pairs.csv: no column province" in refused(tmp_path, file, adjacency=(pairs,))


SLOW = "from taobao_research.identify import writing\nwritten = writing.write_rows\ndef slow(*each):\n"
SLOW += " written(*each); print('writing', flush=True); " + FOREVER + "\nwriting.write_rows = slow"


@pytest.mark.process
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 130), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_run_that_is_stopped_leaves_no_result(number: int, code: int, tmp_path: Path) -> None:
    shops = write(tmp_path / "shops.csv", SHOP, shops_of("v", 100, "10000000"))
    words = command("identify", shops, "--out", tmp_path / "out", before=SLOW)
    with running(words, PROJECT) as process:
        wait_for_line(process, "writing")
        process.send_signal(number)
        _, said = wait_for_end(process)
    assert process.returncode == code
    assert not (tmp_path / "out").exists()
    if number != signal.SIGKILL:
        assert said == "Interrupted; nothing was written.\n"
        assert [path.name for path in tmp_path.iterdir()] == ["shops.csv"]
    identify(Job((shops,), Params()), tmp_path / "out")  # what a killed run left does not stand in the way, and goes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "shops.csv"]
