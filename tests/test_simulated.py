"""Simulated lists fit every published figure, and nothing made from them can be taken for evidence."""

import ast
import json
import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import AxLine
from matplotlib.text import Text
from scipy import stats

from taobao_research.charts import bounds
from taobao_research.measures import simulated as s
from taobao_research.measures.margins import satisfied
from taobao_research.translating import package_texts, translate_markdown
from taobao_research.words import heading
from tests.checkout import NOTEBOOKS
from tests.test_margins import LARGEST, PRINTED, SMALL

NOTEBOOK = NOTEBOOKS / "C_shops_and_turnover_bounds.ipynb"
CELLS = [
    cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if "SIMULATED" in str(cell["source"])
]
SHARED = {"label", "constraint", "rule", "bound", "n"}  # columns that hold nothing simulated


def strings(code: str) -> list[str]:
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    return [node.value for node in nodes if isinstance(node.value, str)]


@pytest.mark.parametrize("correlation", [-1.0, 0.0, 0.6, 1.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_list_fits_every_published_figure(correlation: float, seed: int) -> None:
    for margins, largest in ((PRINTED, LARGEST), (PRINTED, 0.0), (SMALL, 5_000)):
        drawn = s.simulated_list(margins, correlation, largest, seed)
        checked = satisfied(drawn.rename(columns=s.AS_CHECKED), margins)
        assert checked["holds"].all(), checked
        assert drawn["simulated_turnover_cny"].max() <= max(largest, margins.top_turnover)


def test_some_villages_qualify_by_their_households_only() -> None:
    drawn = s.simulated_list(PRINTED, 0.5, LARGEST, 1)
    few = drawn["simulated_shops"] < 100
    assert 100 < few.sum() < 400
    assert (drawn["simulated_shops"] >= 0.1 * drawn["simulated_households"])[few].all()


def test_the_correlation_is_the_one_put_in() -> None:
    for correlation in (-1.0, 0.0, 0.6, 1.0):
        drawn = s.simulated_list(PRINTED, correlation, LARGEST, 5)
        rho = stats.spearmanr(drawn["simulated_shops"], drawn["simulated_turnover_cny"]).statistic
        assert rho == pytest.approx(6 / np.pi * np.arcsin(correlation / 2), abs=0.08)  # of a normal copula


def test_the_same_seed_gives_the_same_villages() -> None:
    first, again, other = (s.simulated_list(PRINTED, 0.6, LARGEST, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
    pd.testing.assert_frame_equal(*(s.simulated_estimates(PRINTED, LARGEST, 19, 20, 1) for _ in range(2)))


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "list": cache(lambda: s.simulated_list(PRINTED, 0.6, LARGEST, 1)),
    "check": cache(lambda: s.simulated_check(PRINTED, LARGEST, 1)),
    "estimates": cache(lambda: s.simulated_estimates(PRINTED, LARGEST, 19, 200, 1)),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_carries_the_label_in_each_row_and_column(name: str) -> None:
    table = TABLES[name]()
    assert len(table) and set(table["label"]) == {"SIMULATED"} and table.columns[0] == "label"
    assert [column for column in table if column not in SHARED and not column.startswith("simulated_")] == []


def test_nothing_is_simulated_where_nothing_is_published() -> None:
    assert s.simulated_list(None, 0.6, LARGEST, 1).empty and s.simulated_check(None, LARGEST, 1).empty
    assert s.simulated_estimates(None, LARGEST, 19, 99, 1).empty
    assert s.simulated_estimates(PRINTED, LARGEST, 3, 99, 1).empty  # no interval for three


def test_the_check_counts_every_constraint_of_every_list() -> None:
    check = TABLES["check"]()
    assert len(check) == 7 and (check["simulated_lists"] == 4).all() and (check["simulated_holding"] == 4).all()


def test_power_false_alarms_and_the_bias_of_fame() -> None:
    table = TABLES["estimates"]().set_index(["simulated_input", "simulated_sample"])
    assert table.loc[(0.0, "drawn at random"), "simulated_detected_share"] <= 0.11  # 0.05, and chance in 200 lists
    assert table.loc[(0.9, "drawn at random"), "simulated_detected_share"] == 1
    assert table.loc[(0.3, "all villages"), "simulated_detected_share"] == 1
    assert abs(table.loc[(0.6, "drawn at random"), "simulated_bias"]) < 0.05
    for fame in ("largest by turnover", "largest by shops", "largest by both"):
        assert table.loc[(0.6, fame), "simulated_bias"] < -0.2
    assert table["n"].tolist() == [780, 19, 19, 19, 19] * 4


def test_estimates_equal_those_of_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.array([[10.0, 20.0, 40.0, 80.0, 160.0, 320.0]])
    y = np.array([[300.0, 100.0, 200.0, 500.0, 900.0, 400.0]])
    monkeypatch.setattr(s, "_draw", lambda *_: (x, y))
    table = s.simulated_estimates(PRINTED, LARGEST, 4, 1, 1).set_index("simulated_sample")
    whole = stats.pearsonr(np.log(x[0]), np.log(y[0]))
    first = table.loc["all villages"].iloc[0]
    assert first["simulated_estimate"] == pytest.approx(whole.statistic) and first["n"] == 6
    interval = whole.confidence_interval()
    assert first["simulated_detected_share"] == float(interval.low > 0 or interval.high < 0)
    for name, members in (("largest by turnover", [0, 3, 4, 5]), ("largest by shops", [2, 3, 4, 5]),
                          ("largest by both", [2, 3, 4, 5])):  # fmt: skip
        expected = stats.pearsonr(np.log(x[0][members]), np.log(y[0][members])).statistic
        assert table.loc[name, "simulated_estimate"].iloc[0] == pytest.approx(expected), name


@pytest.mark.parametrize(("labels", "word"), [("en", "SIMULATED"), ("zh", "模拟")])
def test_the_chart_says_so_in_its_title_on_both_axes_and_across(labels: str, word: str) -> None:
    chart = bounds.simulated_chart(TABLES["estimates"](), "SIMULATED: correlation estimated in samples of lists, by "
                                   "correlation put in", labels)  # fmt: skip
    said = [chart.get_suptitle(), chart.get_supxlabel(), chart.get_supylabel()]
    assert [text for text in said if word not in text] == [] and len(chart.axes) == len(s.SAMPLES)
    for axes in chart.axes:
        assert word in [text.get_text() for text in axes.findobj(Text)]


def test_every_estimate_stands_at_the_correlation_put_in_beside_the_diagonal() -> None:
    chart = bounds.simulated_chart(TABLES["estimates"](), "SIMULATED")
    for axes, name in zip(chart.axes, s.SAMPLES, strict=True):
        rows = TABLES["estimates"]()[TABLES["estimates"]()["simulated_sample"] == name]
        points = axes.collections[1].get_offsets()
        assert points.tolist() == rows[["simulated_input", "simulated_estimate"]].to_numpy().tolist()
        assert name in axes.get_title(loc="left") and f"n = {rows['n'].iloc[0]}" in axes.get_title(loc="left")
        (diagonal,) = [line for line in axes.lines if isinstance(line, AxLine)]
        assert diagonal.get_slope() == 1 and diagonal.get_xy1() == (0, 0)


def test_every_name_caption_and_text_of_the_notebook_says_so_in_both_languages() -> None:
    code = ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]
    assert [text for text in code if "simulated." not in text] == []
    names = [name for text in code for name in re.findall(r'section\.(?:table|figure)\(\w+, "(\w+)"', text)]
    assert names == ["simulated_check", "simulated_estimates", "simulated_estimates"]
    texts = [text for text in strings("\n".join(code)) if " " in text]
    assert len(texts) == 5 and all(text.startswith("SIMULATED") for text in texts)
    assert all(package_texts()[text].startswith("模拟") for text in texts)
    headings = ["".join(cell["source"]) for cell in CELLS if "## SIMULATED" in "".join(cell["source"])]
    assert len(headings) == 1 and translate_markdown(headings[0], package_texts()).startswith("## 模拟")


def test_every_simulated_heading_is_translated_as_such() -> None:
    columns = {column for table in TABLES.values() for column in table() if column.startswith("simulated_")}
    for column in columns - set(s.LIST_COLUMNS):  # villages are not shown
        assert heading(column).startswith("SIMULATED") and heading(column, "zh").startswith("模拟"), column
    assert package_texts()["SIMULATED"] == "模拟"
