"""The command compare: its tables, what it prints, and what it refuses."""

from pathlib import Path

import pandas as pd
import pytest

from taobao_research.errors import InputError
from taobao_research.reports.compare import compare, definitions, summary
from tests.checkout import CHECKOUT
from tests.project_copy import copy_project, program

pytestmark = pytest.mark.slow


def test_tables_and_summary_of_the_years_shipped(tmp_path: Path) -> None:
    project = copy_project(tmp_path, "data", "params")
    result = program(project, "compare", "2016", "2014", "2015", "2014")
    assert result.returncode == 0, result.stderr
    said = " ".join(result.stdout.split())
    for words in (
        "villages: 212 to 780 (+267.9%)", "210 kept, 2 left, 570 entered", "747 kept, 33 left, 564 entered",
        "204 kept, 8 left, 1,107 entered", "Taobao towns: 52 formed, 0 dissolved", "provinces: 10 to 17; 7 new, 0 lost",
        "+359 in counties that had villages and gained; +0 in counties",
    ):  # fmt: skip
        assert words in said
    folder = project / "reports" / "compare" / "2014_2015_2016"
    assert not [path.name for path in folder.iterdir() if path.suffix != ".csv"]
    towns = pd.read_csv(folder / "towns_by_year.csv")
    assert towns[["2014", "2015", "2016"]].sum().tolist() == [212, 780, 1311]
    links = pd.read_csv(folder / "links.csv", dtype=str, keep_default_na=False)
    renamed = links[(links["level"] == "county") & (links["rule"] == "renamed")]["county"].tolist()
    assert sorted(renamed) == sorted(["静海区", "庐山市", "南康区", "增城区"])


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ([2015], "two years or more"),
        ([2015, 2015], "two years or more"),
        ([2015, 2099], "no list of 2099"),
        ([], "two"),
    ],
)
def test_what_cannot_be_compared_is_refused(years: list[int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        compare(years, CHECKOUT)


def test_a_skipped_year_is_not_looked_at() -> None:
    tables = compare([2014, 2016], CHECKOUT)
    assert set(tables["places_gained_and_lost"]["years"]) == {"2014-2016"}
    assert any("204 kept" in line for line in summary([2014, 2016], tables))


def test_towns_change_their_meaning_twice() -> None:
    """Wider in 2019, without subdistricts from 2020 (notes of published_series.csv)."""
    named = definitions([2019, 2020])
    assert named["years"].tolist() == ["2019-2020"] * 2
    assert "Taobao towns: no subdistricts from 2020 on" in named["not_comparable"].tolist()
    assert [len(definitions(years)) for years in ([2014, 2016], [2018, 2019], [2018, 2020])] == [0, 1, 3]


def test_definitions_can_be_moved() -> None:
    from taobao_research.params import Params

    tables = compare([2014, 2015], CHECKOUT, Params(town_min_villages=1, labels="zh"))
    sizes = tables["sizes_by_year"].set_index("measure")
    assert sizes.loc["Taobao towns"].tolist() == [128, 369]  # every town of the lists: rows of town_counts per list
    assert tables["provinces_by_year"]["place"].str.contains("浙江省").any()
