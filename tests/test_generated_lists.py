"""Any list inside the schema runs through every section; a list outside it never gets past the check."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from taobao_research.errors import InputError
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


tables = st.builds(village_table, st.lists(rows, min_size=1, max_size=12), st.booleans())


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def code(request: pytest.FixtureRequest) -> Iterator[object]:
    cells = json.loads(request.param.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    yield [compile(source, request.param.stem, "exec") for source in sources]


@pytest.mark.parametrize("year", [2015, 2017])
@settings(
    max_examples=2,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],  # a section takes a second; a smaller failing list would take an hour to find
)
@given(now=tables, earlier=tables, labels=st.sampled_from(["en", "zh"]))
def test_a_list_inside_the_schema_runs_through_every_section(
    code: list, year: int, now: bytes, earlier: bytes, labels: str
) -> None:
    lists = {year: now, year - 1: earlier}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as said:
        _serve(patch, lists)
        cell: dict[str, object] = {}
        exec(code[0], cell)
        cell.update(year=year, labels=labels, resamples=99)
        for each in code[1:]:
            exec(each, cell)
    assert said.getvalue()


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


def test_paths_are_read() -> None:
    assert len(PATHS) >= 14 and all(isinstance(path, Path) for path in PATHS)
