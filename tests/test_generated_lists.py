"""Any list inside the schema runs through every section; a list outside it never gets past the check."""

import contextlib
import io
import itertools
import json
from functools import cache
from types import CodeType

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from taobao_research import notebook
from taobao_research.errors import InputError
from taobao_research.notebook import Section
from taobao_research.reports.sections import all_notebooks
from taobao_research.tables import schema
from taobao_research.tables.load import parse_table, read_table
from taobao_research.tables.study import Study
from tests.checkout import CHECKOUT, DATA

pytestmark = pytest.mark.slow
PATHS = [each.path for each in all_notebooks(CHECKOUT)]
PROVINCES = read_table(DATA / "reference" / "provinces.csv", schema.PROVINCES, CHECKOUT)["province"].to_list()
UNITS = read_table(DATA / "reference" / "county_points.csv", schema.COUNTY_POINTS, CHECKOUT)
LISTED = read_table(DATA / "2015" / "villages.csv", schema.VILLAGES, CHECKOUT)
LISTED = LISTED[["province", "city", "county"]].drop_duplicates()
OFFICIAL = UNITS[UNITS["city"] != ""][["province", "city", "county"]]

invented = st.text("东西南北上下大小新河山水田石村镇庄店", min_size=1, max_size=4)
triples = st.one_of(
    st.sampled_from(list(LISTED.itertuples(index=False, name=None))),
    st.sampled_from(list(OFFICIAL.itertuples(index=False, name=None))),
    st.tuples(st.sampled_from(PROVINCES), invented, invented),
)
figures = st.one_of(st.none(), st.integers(0, 10**12))


def millionths(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least * 10**6, most * 10**6).map(lambda number: number / 10**6)


degrees = st.one_of(  # in China, or anywhere
    st.none(),
    st.tuples(millionths(100, 122), millionths(22, 40)),
    st.tuples(millionths(-180, 180), millionths(-90, 90)),
)
rows = st.fixed_dictionaries(
    {
        "place": triples,
        "town": st.one_of(st.just(""), invented),
        "village": st.one_of(st.just(""), invented),
        "villages": st.integers(1, 300),
        "locally_reported": st.integers(0, 1),
        "measures": st.tuples(figures, figures, figures),
        "coordinates": degrees,
        "main_products": st.sampled_from(["", "服装", "家具、鞋", "从未见过的产品"]),
    }
)


def village_table(drawn: list[dict], optional: bool) -> bytes:
    """The rows as a ``villages.csv``: a name is one village, and stands once."""
    table: dict[tuple, dict] = {}
    for number, row in enumerate(drawn):
        key = (*row["place"], row["town"], row["village"])
        record = dict(zip((*schema.PLACE, "village"), key, strict=True))
        record["villages"] = 1 if row["village"] else row["villages"]
        record["locally_reported"] = row["locally_reported"]
        if optional:
            record.update(zip(schema.MEASURES, row["measures"], strict=True), main_products=row["main_products"])
            given = row["coordinates"] if row["village"] and row["coordinates"] else (None, None)
            record.update(zip(schema.COORDINATES, given, strict=True))
        table[key if row["village"] else (number,)] = record
    frame = pd.DataFrame(list(table.values()), dtype=object)
    return frame.to_csv(index=False, lineterminator="\n").encode()


def two_lists(drawn: list[dict], lost: list[dict]) -> tuple[bytes, bytes]:
    """A list and the one before, whose every fourth row is alike, has grown, has shrunk, or is new; others are lost."""
    now, earlier = [], [*lost]
    for row, gained in zip(drawn, itertools.cycle((0, 1, -1, None)), strict=False):
        if gained:
            row = row | {"village": "", "villages": row["villages"] + 1}
        now.append(row)
        if gained is not None:
            earlier.append(row | {"villages": row["villages"] - gained})
    return village_table(now, True), village_table(earlier, False)


def of_every_kind(drawn: list[dict]) -> bool:
    """Whether villages have coordinates and others none, and a place is on no official list."""
    placed = {row["coordinates"] is not None for row in drawn if row["village"]}
    return placed == {True, False} and any(row["place"] not in KNOWN for row in drawn)


KNOWN = {*LISTED.itertuples(index=False, name=None), *OFFICIAL.itertuples(index=False, name=None)}
many = st.lists(rows, min_size=8, max_size=12, unique_by=lambda row: row["place"]).filter(of_every_kind)
pairs = st.builds(two_lists, many, st.lists(rows, min_size=1, max_size=3))
ONE = b"province,city,county,town,village,villages,locally_reported\n" + "浙江省,金华市,义乌市,,,1,0\n".encode()


@cache
def sections() -> dict[str, list[CodeType]]:
    """The code of every section, a cell each."""
    return {
        path.stem: [
            compile("".join(cell["source"]), path.stem, "exec")
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
        ]
        for path in PATHS
    }


def run_sections(names: list[str], lists: dict[int, bytes], labels: str) -> None:
    """Run these sections on lists of two years: all with one study, and every chart made, but no picture of it.

    Raises the errors of all sections together.
    """
    year, errors = max(lists), []
    with pytest.MonkeyPatch.context() as patch:
        _serve(patch, lists)
        patch.setattr(notebook, "Study", cache(Study))
        patch.setattr(Section, "figure", lambda *_, **__: None)
        for name in names:
            cell: dict[str, object] = {}
            with contextlib.redirect_stdout(io.StringIO()) as said:
                try:
                    exec(sections()[name][0], cell)
                    cell.update(year=year, labels=labels, resamples=99)
                    for code in sections()[name][1:]:
                        exec(code, cell)
                except Exception as error:
                    error.add_note(f"in section {name}")
                    errors.append(error)
            assert said.getvalue(), name
    if errors:
        raise ExceptionGroup(f"lists of {', '.join(map(str, lists))}", errors)


one_pair = settings(
    max_examples=1,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a list takes a quarter of a minute; to find a smaller one, an hour
)


@one_pair
@given(lists=pairs, labels=st.sampled_from(["en", "zh"]))
@example(lists=(ONE, ONE), labels="en")
def test_a_list_inside_the_schema_runs_through_every_section(lists: tuple[bytes, bytes], labels: str) -> None:
    """In a year without a ledger."""
    now, earlier = lists
    run_sections([*sections()], {2016: earlier, 2017: now}, labels)


@one_pair
@given(lists=pairs, labels=st.sampled_from(["en", "zh"]))
def test_another_list_of_the_reports_year_runs_through_every_section_that_reads_the_report(
    lists: tuple[bytes, bytes], labels: str
) -> None:
    """Its ledger, or its printed tables: to the others one year is as another."""
    now, earlier = lists
    names = [each.name for each in all_notebooks(CHECKOUT) if "data/2015/claims.csv" in each.declared(2015)]
    assert set(names) < set(sections())
    run_sections(names, {2014: earlier, 2015: now}, labels)


def _serve(patch: pytest.MonkeyPatch, lists: dict[int, bytes]) -> None:
    """Let a study find these lists, and no claims where no ledger of the year is shipped."""
    real = Study.villages_of

    def villages_of(study: Study, year: int) -> pd.DataFrame:
        if year not in lists:
            return real(study, year)
        return study._with_region(parse_table(lists[year], schema.VILLAGES, f"{year}"))

    patch.setattr(Study, "villages_of", villages_of)
    patch.setattr("taobao_research.tables.study.list_years", lambda _: sorted({2014, *lists}))
    if not (DATA / str(max(lists)) / "claims.csv").is_file():
        patch.setattr(Study, "claims", pd.DataFrame(columns=list(schema.CLAIMS.columns), dtype=str))


breaks = st.sampled_from(
    [
        lambda row: row | {"villages": 0},
        lambda row: row | {"villages": -3},
        lambda row: row | {"villages": "3.5"},
        lambda row: row | {"villages": "many"},
        lambda row: row | {"villages": ""},
        lambda row: row | {"villages": 10**7},
        lambda row: row | {"village": "东村", "villages": 2},
        lambda row: row | {"province": ""},
        lambda row: row | {"county": ""},
        lambda row: row | {"city": " 市"},
        lambda row: row | {"town": "镇\u0007"},
        lambda row: row | {"locally_reported": 2},
        lambda row: row | {"locally_reported": ""},
        lambda row: row | {"extra": "x"},
        lambda row: row | {"lon": "120.1"},
        lambda row: row | {"lon": "29.3", "lat": "120.1"},
        lambda row: {key: value for key, value in row.items() if key != "county"},
    ]
)


@settings(max_examples=60, derandomize=True)
@given(drawn=st.lists(rows, min_size=1, max_size=6), broken=breaks, at=st.integers(0, 5))
def test_a_list_outside_the_schema_is_refused_with_file_and_rule(drawn: list[dict], broken: object, at: int) -> None:
    good = pd.read_csv(io.BytesIO(village_table(drawn, False)), dtype=str, keep_default_na=False).to_dict("records")
    position = at % len(good)
    changed = broken(good[position])
    columns = list(dict.fromkeys([*changed, *(good[0] if len(changed) > len(good[0]) else changed)]))
    good[position] = changed
    content = pd.DataFrame([{key: row.get(key, "") for key in columns} for row in good]).to_csv(index=False).encode()
    with pytest.raises(InputError, match=r"data/2017/villages\.csv"):
        parse_table(content, schema.VILLAGES, "data/2017/villages.csv")
