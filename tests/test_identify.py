"""Villages, towns and clusters found in shop records: every boundary, counted by hand."""

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from taobao_research.errors import InputError
from taobao_research.files import BEGUN
from taobao_research.identify.engines import opened
from taobao_research.identify.groups import NO_END
from taobao_research.identify.run import Job, identify, summary
from taobao_research.identify.shops import ABOVE, BELOW, CONFLICT, MOVED, REPEAT
from taobao_research.params import Params, check_params
from tests.checkout import PROJECT
from tests.identify_files import HOUSEHOLDS, NAMES, PLACE, SHOP, run, shops_of, sums, tables, villages, write
from tests.memory import PEAK, reads_proc
from tests.project_copy import command, copy_project, program, refusal
from tests.shop_records import make
from tests.waiting import completed

pytestmark = pytest.mark.slow
MEMORY_MIB = 512

# village, active shops, turnover, closed shops, households (None: not in the file), Taobao village, near miss
BOUNDARIES = [
    ("v01", 100, "10000000", 0, 5000, True, False),  # both exactly reached
    ("v02", 100, "9999999.99", 0, 5000, False, True),  # one fen short
    ("v03", 99, "10000000", 0, 990, True, False),  # 99 of 990 is a tenth
    ("v04", 99, "10000000", 0, 991, False, True),  # 99 of 991 is 9.99%
    ("v05", 99, "10000000.00", 0, None, False, True),  # undecided without households
    ("v06", 100, "10000000.00", 0, None, True, False),  # households do not matter
    ("v07", 99, "10000000", 60, 2000, False, True),  # closed shops do not count
    ("v08", 89, "10000000", 0, 2000, False, False),  # below nine tenths of 100 and of 200
    ("v09", 90, "9000000", 0, 2000, False, True),  # nine tenths of both
    ("v10", 90, "8999999.99", 0, 2000, False, False),
    ("v11", 1, "10000000", 0, 10, True, False),
    ("v12", 1, "10000000", 0, 11, False, True),  # 9.09%, which is nine tenths of 10%
    ("v13", 1, "10000000", 0, 12, False, False),  # 8.3%
    ("v14", 0, "10000000", 3, 1, False, False),  # turnover of closed shops counts, but no shop is active
]


def boundary_rows() -> tuple[list[tuple], list[tuple]]:
    shops = [row for name, active, cny, closed, *_ in BOUNDARIES for row in shops_of(name, active, cny, closed)]
    houses = [(*PLACE, name, number) for name, _, _, _, number, *_ in BOUNDARIES if number is not None]
    return shops, houses


def test_every_boundary_of_a_village(tmp_path: Path) -> None:
    result, found = run(tmp_path, *boundary_rows())
    assert villages(found) == ["v01", "v03", "v06", "v11"] == [each[0] for each in BOUNDARIES if each[5]]
    near = [row["village"] for row in found["near_misses"] if row["level"] == "village"]
    assert near == ["v02", "v04", "v05", "v07", "v09", "v12"] == [each[0] for each in BOUNDARIES if each[6]]
    assert result.found.undecided == 1 and "1 villages undecided" in "\n".join(summary(result, 2015))
    reasons = {row["village"]: row["reason"] for row in found["near_misses"]}
    assert reasons["v02"].startswith("turnover 9999999.99 yuan < 10000000; 100 active shops >= 100")
    assert reasons["v05"].endswith("99 active shops < 100; households unknown")
    assert reasons["v04"].endswith("99 shops for 991 households < 0.1 of them")


def test_the_village_table_has_whole_yuan_rounded_down(tmp_path: Path) -> None:
    _, found = run(tmp_path, shops_of("v", 100, "10000000.99"))
    assert [row["turnover_cny"] for row in found["villages"]] == ["10000000"]
    assert [row["turnover_cny"] for row in found["reasons"]] == ["10000000.99"]


def test_without_households_the_second_criterion_is_undecided_and_said(tmp_path: Path) -> None:
    result, found = run(tmp_path, boundary_rows()[0])
    assert villages(found) == ["v01", "v06"]
    said = "\n".join(summary(result, 2015))
    assert "the criterion by households is undecided for every village" in said
    assert result.found.undecided == 8  # v03 v04 v05 v07 v08 v11 v12 v13; v14 has no active shop


def many(villages: int, county: str, town: str, turnovers: list[str] | None = None) -> list[tuple]:
    place = ("甲省", "乙市", county, town)
    return [
        row
        for n in range(villages)
        for row in shops_of(f"{town}{n:02d}", 1, turnovers[n] if turnovers else "10000000", 0, place)
    ]


def test_towns_and_clusters_at_their_boundaries(tmp_path: Path) -> None:
    low = check_params({"min_active_shops": 1, "min_turnover_cny": 9_000_000})
    exact = ["9000000", *["10000000"] * 8, "11000000"]  # 100 million
    rows = many(10, "十", "a", exact) + many(10, "缺", "b", [*exact[:9], "10999999.99"]) + many(9, "九", "c")
    rows += many(3, "三", "d") + many(2, "三", "e") + many(1, "三", "f") + many(29, "廿九", "g") + many(30, "三十", "h")
    _, found = run(tmp_path, rows, params=low)
    assert [(row["town"], row["villages"]) for row in found["towns"]] == [
        ("d", "3"), ("h", "30"), ("c", "9"), ("a", "10"), ("g", "29"), ("b", "10"),
    ]  # fmt: skip
    clusters = {row["county"]: (row["villages"], row["turnover_cny"], row["large"]) for row in found["clusters"]}
    assert clusters == {
        "十": ("10", "100000000", "0"),
        "廿九": ("29", "290000000", "0"),
        "三十": ("30", "300000000", "1"),
    }
    near = [(row["level"], row["county"], row["town"]) for row in found["near_misses"]]
    assert near == [("town", "三", "e"), ("cluster", "九", ""), ("cluster", "缺", "")]
    reason = {row["county"]: row["reason"] for row in found["near_misses"]}["缺"]
    assert reason == "10 villages >= 10; turnover 99999999.99 yuan < 100000000"


def test_clusters_of_villages_that_touch_cross_county_lines(tmp_path: Path) -> None:
    rows = many(5, "丙县", "a") + many(5, "戊县", "b") + many(3, "戊县", "c")
    places = [("甲省", "乙市", "丙县", "a", f"a{n:02d}") for n in range(5)]
    places += [("甲省", "乙市", "戊县", "b", f"b{n:02d}") for n in range(5)]
    pairs = [(*one, *two) for one, two in pairwise(places)]
    pairs += [(*places[0], "甲省", "乙市", "戊县", "c", "none"), (*places[0], "", "", "", "", "")]
    header = (*NAMES, *(f"other_{name}" for name in NAMES))
    touching = write(tmp_path / "pairs.csv", header, pairs)
    low = check_params({"min_active_shops": 1})
    result, found = run(tmp_path, rows, params=low, adjacency=(touching,), max_rejected_share=0.1)
    assert result.pair_rows == {"rows": 11, NO_END: 1}  # the one to a village that is not there is no fault
    assert "11 pairs of villages that touch; 9 of Taobao villages" in summary(result, 2015)
    assert [(row["reason"], row["records"], row["village"]) for row in found["rejected"]] == [(NO_END, "1", "a00")]
    with pytest.raises(InputError, match=r"pairs\.csv: 1 of 11 rows rejected, 9\.09%; at most 1\.00%"):
        identify(Job((tmp_path / "shops.csv",), low, adjacency=(touching,)), tmp_path / "no")
    assert [(row["county"], row["villages"]) for row in found["clusters"]] == [("丙县 | 戊县", "10")]
    _, by_county = run_again(tmp_path, low)
    assert by_county["clusters"] == []  # 5 and 8 villages


def run_again(folder: Path, params: Params) -> tuple[object, dict[str, list[dict[str, str]]]]:
    result = identify(Job((folder / "shops.csv",), params), folder / "again")
    return result, tables(folder / "again")


DIRTY = [
    ("r1", *PLACE, "w", "4000000", "1"),
    ("r1", *PLACE, "w", "4000000.00", "yes"),  # the same shop with the same values: counted once
    ("r2", *PLACE, "w", "1", "1"),
    ("r2", *PLACE, "w", "2", "1"),  # two turnovers: neither is counted
    ("r3", *PLACE, "w", "1", "1"),
    ("r3", *PLACE, "moved", "1", "1"),  # two villages: neither is counted
    ("r4", *PLACE, "w", "-5", "1"),
    ("r5", *PLACE, "", "5", "1"),
    ("r6", *PLACE, "w", "1e7", "1"),
    ("r7", *PLACE, "w", "1.005", "1"),
    ("r8", *PLACE, "w", "", "1"),
    ("r9", *PLACE, "w", "7", "perhaps"),
    ("", *PLACE, "w", "8", "1"),
    ("r10", *PLACE, "w", "1000000000000.01", "1"),
    ("=r11", *PLACE, "w", "12,5", "1"),
    ("r12", "　甲省 ", "乙市", "丙县\u200b", "丁镇", "ｗ", "６０００000.50", "是"),  # full-width, and spaces
    ("r13", *PLACE, "w", "0", "否"),
]
LEFT_OUT = {
    "turnover is negative": 1,
    "no province, city, county or village": 1,
    "turnover is no number with at most two decimals": 3,
    "no turnover": 1,
    "active is neither yes nor no": 1,
    "no shop_id": 1,
    "turnover is above 1,000,000,000,000 yuan": 1,
    CONFLICT: 4,
    REPEAT: 1,
}


def dirty_rows() -> list[tuple]:
    return [*DIRTY, *((f"c{n}", *PLACE, "w", "0", "1") for n in range(98))]


def test_every_row_left_out_is_counted_and_written_aside_with_its_reason(tmp_path: Path) -> None:
    result, found = run(tmp_path, dirty_rows(), max_rejected_share=0.2)
    assert result.shop_rows == {"rows": 115, **LEFT_OUT}
    listed: dict[str, int] = {}
    for row in found["rejected"]:
        listed[row["reason"]] = listed.get(row["reason"], 0) + int(row["records"])
    assert listed == LEFT_OUT
    assert {row["shop_id"] for row in found["rejected"] if row["reason"] == CONFLICT} == {"r2", "r3"}
    assert "'=r11" in {row["shop_id"] for row in found["rejected"]}  # no formula for a spreadsheet
    [village] = found["reasons"]
    assert (village["village"], village["turnover_cny"]) == ("w", "10000000.50")  # r1 once and r12
    assert (village["shops"], village["active_shops"]) == ("101", "100")  # 98, r1, r12; r13 is not active


def test_too_many_rejected_rows_stop_with_their_reasons_and_leave_nothing(tmp_path: Path) -> None:
    shops = write(tmp_path / "shops.csv", SHOP, dirty_rows())
    result = refusal(tmp_path, "identify", shops, "--out", tmp_path / "out")
    assert "shops.csv: 13 of 115 rows rejected, 11.30%; at most 1.00%" in result.stderr
    assert f"4 x {CONFLICT}, such as shops.csv: shop_id r2, " in result.stderr
    assert "1 x active is neither yes nor no, such as shops.csv: shop_id r9, " in result.stderr.replace("\n", " ")
    assert str(tmp_path) not in result.stderr


def test_just_as_many_rejected_rows_as_are_put_up_with(tmp_path: Path) -> None:
    rows = [*shops_of("v", 99, "10000000"), ("bad", *PLACE, "v", "-1", "1")]
    result, _ = run(tmp_path, rows)
    assert result.shop_rows == {"rows": 100, "turnover is negative": 1}


def test_a_village_of_two_numbers_of_households_has_none(tmp_path: Path) -> None:
    houses = [(*PLACE, "u", "10.0"), (*PLACE, "v", 10), (*PLACE, "v", 11), (*PLACE, "w", 10), (*PLACE, "w", "10"),
              (*PLACE, "x", 0), (*PLACE, "y", "10.5"), ("", "", "", "", "z", 5)]  # fmt: skip
    rows = [row for name in "uvwxy" for row in shops_of(name, 1, "10000000")]
    result, found = run(tmp_path, rows, houses, max_rejected_share=1)
    assert villages(found) == ["u", "w"] and result.found.undecided == 3
    assert sorted(result.household_rows.values()) == [1, 2, 2, 8]
    assert "10 to 11" in {row["households"] for row in found["rejected"]}


def test_older_names_of_a_place_count_with_the_newer_ones(tmp_path: Path) -> None:
    old, new = ("广东省", "广州市", "增城市", "新塘镇"), ("广东省", "广州市", "增城区", "新塘镇")
    rows = shops_of("v", 50, "5000000", place=old) + shops_of("v", 50, "5000000", place=new)
    houses = [(*old, "v", 3000)]
    _, found = run(tmp_path, rows, houses)
    assert [(row["county"], row["active_shops"], row["households"]) for row in found["villages"]] == [
        ("增城区", "100", "3000")
    ]
    _, before = run_again(tmp_path, check_params({"year": 2013, "min_active_shops": 50, "min_turnover_cny": 5_000_000}))
    assert [row["county"] for row in before["villages"]] == ["增城区", "增城市"]  # the change is of 2014


def test_days_and_categories_of_a_shop_add_up_and_refunds_are_taken_off(tmp_path: Path) -> None:
    header = (*SHOP, "day", "category")
    rows = [(*row, "2015-01-01", "a") for row in shops_of("v", 99, "9000000")]
    rows += [
        ("two", *PLACE, "v", "1500000", "0", "2015-01-01", "a"),
        ("two", *PLACE, "v", "1500000", "0", "2015-01-01", "a"),  # the same day and category again
        ("two", *PLACE, "v", "-500000", "1", "2015-01-02", "a"),  # a refund; active on one day is active
        ("two", *PLACE, "v", "0.01", "0", "2015-01-02", "b"),
        ("two", *PLACE, "v", "1", "0", "2015-01-03", "b"),
        ("two", *PLACE, "v", "2", "0", "2015-01-03", "b"),  # two values for one part: neither counts
    ]
    result, found = run(tmp_path, rows, header=header, max_rejected_share=0.02)
    assert result.shop_rows == {"rows": 105, REPEAT: 1, CONFLICT: 2}
    [village] = found["reasons"]
    assert (village["shops"], village["active_shops"], village["turnover_cny"]) == ("100", "100", "10000000.01")


PARTS = [
    *((*row, "2015-01-01") for row in shops_of("v", 99, "10000000")),
    ("refunded", *PLACE, "v", "100", "1", "2015-01-01"),
    ("refunded", *PLACE, "v", "-100.01", "1", "2015-01-02"),  # its year is negative
    ("moved", *PLACE, "v", "1", "1", "2015-01-01"),
    ("moved", *PLACE, "v", "2", "1", "2015-01-02"),
    ("moved", *PLACE, "w", "3", "1", "2015-01-03"),
    ("moved", *PLACE, "w", "3", "1", "2015-01-03"),  # again the same: a repeat, which is no fault
    ("huge", *PLACE, "v", "900000000000", "1", "2015-01-01"),
    ("huge", *PLACE, "v", "100000000000.01", "1", "2015-01-02"),
    ("nought", *PLACE, "x", "5", "1", "2015-01-01"),
    ("nought", *PLACE, "x", "-5", "0", "2015-01-02"),  # exactly nothing is a year
]


@pytest.mark.parametrize("by_code", [True, False])
def test_a_year_of_parts_is_judged_as_a_year_of_one_row(by_code: bool, tmp_path: Path) -> None:
    code = {"v": 1, "w": 2, "x": 3}
    rows = [(*row, code[str(row[5])]) for row in PARTS] if by_code else PARTS
    header = (*SHOP, "day", *(["village_code"] if by_code else []))
    result, found = run(tmp_path, rows, header=header, max_rejected_share=0.5)
    left = {BELOW: 2, MOVED: 3, ABOVE: 2}
    assert result.shop_rows == {"rows": 109, REPEAT: 1} | left
    assert {row["reason"]: 0 for row in found["rejected"]} == dict.fromkeys((REPEAT, *left), 0)
    sums = {(row["reason"], row["shop_id"], row["annual_turnover_cny"], row["records"]) for row in found["rejected"]}
    assert {(BELOW, "refunded", "-0.01", "2"), (MOVED, "moved", "3.00", "2"), (MOVED, "moved", "3.00", "1")} <= sums
    assert result.found.places == 2  # v and x
    [near] = [row for row in found["near_misses"] if row["level"] == "village"]
    assert (near["village"], near["active_shops"], near["turnover_cny"]) == ("v", "99", "10000000")


def test_a_share_that_is_just_reached_is_put_up_with(tmp_path: Path) -> None:
    """0.29 as a binary number is less than 29 hundredths."""
    rows = [*shops_of("v", 71, "1"), *((f"bad{n}", *PLACE, "v", "-1", "1") for n in range(29))]
    result, _ = run(tmp_path, rows, max_rejected_share=0.29)
    assert result.shop_rows == {"rows": 100, "turnover is negative": 29}
    with pytest.raises(InputError, match=r"29 of 100 rows rejected, 29\.00%; at most 28\.00%"):
        identify(Job((tmp_path / "shops.csv",), Params(), max_rejected_share=0.28), tmp_path / "no")


def test_many_cores_do_not_use_up_the_memory(tmp_path: Path) -> None:
    with opened("duckdb", tmp_path, memory_mb=320, threads=128) as engine:
        assert engine.rows("SELECT current_setting('threads')") == [(5,)]  # 64 MiB for each


@pytest.mark.parametrize(
    ("threads", "words"), [(128, "Lower --threads or raise --memory-mb"), (1, "Raise --memory-mb")]
)
def test_memory_that_does_not_suffice_says_what_to_change(threads: int, words: str, tmp_path: Path) -> None:
    pairs = "range(3000000) AS a(n), range(3) AS b(m)"
    with (
        pytest.raises(InputError, match=rf"duckdb: out of memory, with .* in 128 MiB\. {words}\. Nothing was written"),
        opened("duckdb", tmp_path, memory_mb=128, threads=threads) as engine,
    ):
        engine.rows(f"SELECT length(string_agg(concat(n, '-----------------------', m))) FROM {pairs}")


def parquet(path: Path, query: str) -> Path:
    duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


PLACED = ", ".join(f"'{place}' AS {name}" for name, place in zip(NAMES, (*PLACE, "v"), strict=True))
KINDS = ["BIGINT", "INTEGER", "DECIMAL(12, 2)", "DECIMAL(20, 4)", "DOUBLE", "VARCHAR", "HUGEINT"]


@pytest.mark.parametrize("kind", KINDS)
def test_money_of_any_kind_is_exact(kind: str, tmp_path: Path) -> None:
    money = f"CAST(100000 AS {kind}) AS annual_turnover_cny"
    query = f"SELECT i AS shop_id, {PLACED}, {money}, true AS active FROM range(100) t(i)"
    identify(Job((parquet(tmp_path / "a.parquet", query),), Params()), tmp_path / "out")
    assert list(sums(tables(tmp_path / "out")).values()) == [(1_000_000_000, 100)]


def test_a_real_number_that_is_no_fen_is_rejected(tmp_path: Path) -> None:
    cells = "(0.1::DOUBLE), (1.005), ('nan'), ('infinity'), (-0.5), (19.99), (10000000.01)"
    shops = "row_number() OVER () AS shop_id, v AS annual_turnover_cny, 1 AS active"
    file = parquet(tmp_path / "a.parquet", f"SELECT {shops}, {PLACED} FROM (VALUES {cells}) t(v)")
    low = check_params({"min_active_shops": 1})
    result = identify(Job((file,), low, max_rejected_share=1), tmp_path / "out")
    assert list(sums(tables(tmp_path / "out")).values()) == [(10 + 1999 + 1_000_000_001, 3)]
    assert sum(result.shop_rows.values()) == 7 + 4


@pytest.mark.parametrize("by_code", [True, False])
@pytest.mark.parametrize("text_ids", [True, False])
def test_made_up_records_give_the_answer_counted_while_they_were_made(
    by_code: bool, text_ids: bool, tmp_path: Path
) -> None:
    made = make(tmp_path, 100_000, villages=2_000, part=40_000, fen=True, text_ids=text_ids)
    files = [str(path) for path in made.shops]
    if not by_code:
        files = [str(parquet(tmp_path / "names.parquet", f"SELECT * EXCLUDE village_code FROM read_parquet({files})"))]
    result = identify(Job(files, Params(), (made.households,), threads=2), tmp_path / "out")
    expected = made.taobao_villages()
    assert len(expected) > 100
    found = tables(tmp_path / "out")["reasons"]
    assert result.found.villages == len(found)
    assert sorted(int(Decimal(row["turnover_cny"]) * 100) for row in found) == sorted(expected["fen"])
    if by_code:
        written = {
            int(row["village_code"]): (Decimal(row["turnover_cny"]), int(row["active_shops"]), int(row["households"]))
            for row in found
        }
        assert written == {
            row.village_code: (Decimal(row.fen) / 100, row.active_shops, row.households)
            for row in expected.itertuples()
        }
    sizes = expected.groupby("town").size()
    assert len(result.towns) == (sizes >= 3).sum()
    assert len(result.clusters) == (expected.groupby("county").size() >= 10).sum()


def test_codes_take_their_names_from_the_shops_where_no_register_has_them(tmp_path: Path) -> None:
    made = make(tmp_path, 50_000, villages=500, part=20_000)
    low = check_params({"min_turnover_cny": 1_000_000})
    with_register = identify(Job(made.shops, low, (made.households,)), tmp_path / "one")
    alone = identify(Job(made.shops, low), tmp_path / "two")
    assert with_register.found.villages >= alone.found.villages > 0
    named, unregistered = (
        {row["village_code"]: [row[name] for name in NAMES] for row in tables(tmp_path / each)["reasons"]}
        for each in ("one", "two")
    )
    assert all(named[code] == names for code, names in unregistered.items())


def test_of_several_names_of_a_code_the_one_of_most_rows_is_taken(tmp_path: Path) -> None:
    rows = [(*row, 7) for row in (*shops_of("often", 2, "10000000"), *shops_of("an early one", 1, "1"))]
    rows += [(*row, 8) for row in (*shops_of("b", 1, "10000000"), *shops_of("a", 1, "10000000"))]
    low = check_params({"min_active_shops": 1})
    result, found = run(tmp_path, rows, header=(*SHOP, "village_code"), params=low)
    assert [(row["village_code"], row["village"]) for row in found["reasons"]] == [("8", "a"), ("7", "often")]
    assert "2 codes with several names, the most frequent taken: 7, 8" in summary(result, 2015)


def test_spaces_and_signs_that_no_one_sees_are_mended_in_names(tmp_path: Path) -> None:
    names = ["a\u2003", "\u2028b", "c\x07d", "e\x0bf", "\x85g"]
    rows = [row for name in names for row in shops_of(name, 1, "10000000")]
    _, found = run(tmp_path, [*rows, ("x", *PLACE, "\x85", "1", "1")], params=check_params({"min_active_shops": 1}),
                   max_rejected_share=0.5)  # fmt: skip
    assert villages(found) == ["a", "b", "cd", "e f", "g"]
    assert [row["reason"] for row in found["rejected"]] == ["no province, city, county or village"]


def test_names_with_signs_of_csv_and_of_formulas(tmp_path: Path) -> None:
    names = ["=1+1", "-x", "-5.2", "a,b", 'say "c"', "#d", " '"]
    rows = [row for name in names for row in shops_of(name, 1, "10000000")]
    _, found = run(tmp_path, rows, params=check_params({"min_active_shops": 1}))
    kept = sorted(name.strip() for name in names)
    assert villages(found) == kept  # a table to read again has them as they are
    assert [row["village"] for row in found["reasons"]] == [
        f"'{name}" if name in ("=1+1", "-x") else name for name in kept
    ]


@pytest.mark.process
def test_the_result_is_a_village_table_that_the_notebooks_run_on(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    assert program(project, "new-year", 2017).returncode == 0
    place = ("浙江省", "金华市", "义乌市", "丁镇")
    rows, houses = boundary_rows()
    shops = write(tmp_path / "shops.csv", SHOP, [(row[0], *place, *row[5:]) for row in rows])
    households = write(tmp_path / "households.csv", HOUSEHOLDS, [(*place, *row[4:]) for row in houses])
    done = program(project, "identify", shops, "--households", households, "--out", tmp_path / "out")
    assert done.returncode == 0 and "4 Taobao villages" in done.stdout, done.stderr
    shutil.copy(tmp_path / "out" / "villages.csv", project / "data" / "2017")
    checked = program(project, "check", 2017, "--record")
    assert checked.returncode == 0 and "2017: data good; 4 villages" in checked.stdout, checked.stdout + checked.stderr
    report = program(project, "report", 2017, "--only", "1.A")
    assert report.returncode == 0, report.stdout + report.stderr
    met = (project / "reports" / "2017" / "tables" / "village_criteria_listed.csv").read_text("utf-8")
    assert "taobao_village,4,0,0" in met and "enough_household_share,2,1,1" in met


@pytest.mark.process
@reads_proc
def test_memory_stays_below_half_a_gibibyte(tmp_path: Path) -> None:
    made = make(tmp_path, 3_000_000, villages=300_000, part=1_000_000, text_ids=True)
    code = f"import sys\nfrom taobao_research.cli import main{PEAK}try: main()\nfinally: print(peak(), file=sys.stderr)"
    words = ["identify", str(tmp_path / "shops"), "--households", str(made.households), "--out", str(tmp_path / "out")]
    done = completed([sys.executable, "-c", code, *words], PROJECT)
    assert done.returncode == 0, done.stderr
    assert f"{len(made.taobao_villages()):,} Taobao villages" in done.stdout
    assert int(done.stderr.split()[-1]) < MEMORY_MIB


def test_a_province_that_no_report_would_take_is_said(tmp_path: Path) -> None:
    result, _ = run(tmp_path, shops_of("v", 100, "10000000"))
    assert "1 names of provinces not in data/reference/provinces.csv, as a report needs: 甲省" in summary(result, 2015)


def test_spark_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shops = write(tmp_path / "shops.csv", SHOP, shops_of("v", 1, "1"))
    monkeypatch.setitem(sys.modules, "pyspark", None)
    done = refusal(tmp_path, "identify", shops, "--engine", "spark", "--out", tmp_path / "out")
    assert "PySpark is not installed. Install it with the extra" in done.stderr


@pytest.mark.process
def test_spark_without_java_is_said(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed (extra spark)")
    shops = write(tmp_path / "shops.csv", SHOP, shops_of("v", 1, "1"))
    words = command("identify", shops, "--engine", "spark", "--out", tmp_path / "out")
    environment = {**os.environ, "JAVA_HOME": str(tmp_path / "no-java")}
    done = subprocess.run(words, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and "It needs Java 17 or newer" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["shops.csv"]


JAVA = shutil.which("java") or os.environ.get("JAVA_HOME")


@pytest.mark.process
@pytest.mark.skipif(not JAVA, reason="no Java, which Spark needs")
def test_spark_gives_the_same_tables_to_the_last_fen(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed (extra spark)")
    rows, houses = boundary_rows()
    shops = write(tmp_path / "shops.csv", SHOP, [*rows, *dirty_rows()])
    households = write(tmp_path / "households.csv", HOUSEHOLDS, [*houses, (*PLACE, "v01", 1), (*PLACE, "v99", "x")])
    words = [str(shops), "--households", str(households), "--max-rejected-share", "0.5"]
    quick = "--conf spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": quick}
    for engine in ("duckdb", "spark"):
        started = command("identify", *words, "--engine", engine, "--out", tmp_path / engine)
        done = subprocess.run(started, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / each).iterdir()} for each in ("duckdb", "spark"))
    assert one == two and len(one["rejected.csv"].splitlines()) > 10
    assert not list(tmp_path.glob(f"{BEGUN}*"))
