"""The notebook contract: anatomy, parameters, executed in order, nothing private, every year runs."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from taobao_research.params import REPORT_YEAR, Params
from taobao_research.reports.sections import all_notebooks
from tests.checkout import CHECKOUT, NOTEBOOKS, PARAMS
from tests.conftest import REPORTS
from tests.studies import study_of
from tests.waiting import LAST_RESORT, completed

PATHS = [each.path for each in all_notebooks(CHECKOUT)]
SECTIONS_WITH_STATISTICS = {
    "0", "1.1", "1.2", "1.3", "1.A", "2.1", "2.2", "2.3", "3.1", "3.2", "4.1", "4.2", "5", "A",
}  # fmt: skip
# change between years; bounds of shops and turnover; concentration; space; the next list; definitions
BEYOND_THE_REPORT = {"B", "C", "D", "E", "F", "G"}
OTHER_YEAR = {"en": "The report is that of 2015.", "zh": "报告为2015年的报告。"}  # where another year is in its place
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell: dict) -> str:
    return "".join(cell["source"])


def cells(path: Path, kind: str) -> list[dict]:
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == kind]


def outputs(path: Path) -> list[dict]:
    return [output for cell in cells(path, "code") for output in cell["outputs"]]


def test_there_is_one_notebook_for_each_section_that_prints_statistics() -> None:
    assert {each.number for each in all_notebooks(CHECKOUT)} == SECTIONS_WITH_STATISTICS | BEYOND_THE_REPORT
    assert len(PATHS) == len(SECTIONS_WITH_STATISTICS | BEYOND_THE_REPORT)


@each_notebook
def test_parameters_cell_is_the_models_defaults(path: Path) -> None:
    tagged = [cell for cell in cells(path, "code") if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1 and tagged[0] is not None
    given: dict = {}
    exec(source(tagged[0]), given)
    given.pop("__builtins__")
    assert given == Params().model_dump()
    assert source(cells(path, "code")[0]) == source(tagged[0])
    assert source(tagged[0]) == source(cells(PATHS[0], "code")[0]), "the same lines in every notebook"


@each_notebook
def test_anatomy(path: Path) -> None:
    every = read(path)["cells"]
    code = [source(cell) for cell in cells(path, "code")[1:]]
    text = [source(cell) for cell in cells(path, "markdown")]
    assert len(every) <= 25
    assert sum(len(cell.splitlines()) for cell in code) <= 60
    assert max(len(cell.splitlines()) for cell in code) <= 8
    assert text[0].startswith("# ") and sum(line.startswith("# ") for cell in text for line in cell.splitlines()) == 1
    assert any(cell.startswith("## Against the report") for cell in text)
    assert text[-1].startswith("## Limits") and len(text[-1].split()) > 20
    assert every[-1]["cell_type"] == "markdown"


@each_notebook
def test_code_asks_calls_and_shows_only(path: Path) -> None:
    code = "\n".join(source(cell) for cell in cells(path, "code"))
    for forbidden in (
        r"^\s*(def|class) ",
        r"\.style\b",
        r"read_csv|open\(|Path\(|https?:",
        r"statsmodels\.api",
        r"^%|^!",
    ):
        assert not re.search(forbidden, code, re.M), forbidden
    assert "start(globals())" in code


@each_notebook
def test_text_holds_no_figure_that_another_year_would_change(path: Path) -> None:
    for cell in cells(path, "markdown"):
        assert re.findall(r"(?<![\d.])\d{2,}", source(cell)) == []


@each_notebook
def test_executed_in_order_without_warnings_or_errors(path: Path) -> None:
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))
    assert {output["output_type"] for output in outputs(path)} <= {"display_data"}
    assert OTHER_YEAR["en"] not in path.read_text(encoding="utf-8")


@each_notebook
def test_nothing_private_and_nothing_volatile_is_stored(path: Path) -> None:
    notebook = read(path)
    assert set(notebook["metadata"]) == {"kernelspec", "language_info", "taobao_research"}
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"tags"}
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|Users|tmp|work|usr)/|[A-Z]:\\\\|site-packages|0x[0-9a-f]{8}", text)


@each_notebook
def test_shown_things_are_named_captioned_and_described(path: Path) -> None:
    names = []
    for output in outputs(path):
        about = output["metadata"].get("taobao_research")
        if about is None:
            assert set(output["data"]) == {"text/markdown", "text/plain"}
            continue
        names.append(about.get("table") or about.get("figure") or about.get("claims"))
        assert about["caption"]
        if "figure" in about:
            assert len(output["metadata"]["image/png"]["alt"].split()) >= 4
        else:
            assert "<caption>" in "".join(output["data"]["text/html"]) and "text/csv" in output["data"]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names)


def test_names_of_tables_and_figures_are_unique_across_notebooks() -> None:
    for kind in ("table", "figure"):
        names = [
            output["metadata"]["taobao_research"][kind]
            for path in PATHS
            for output in outputs(path)
            if kind in output["metadata"].get("taobao_research", {})
        ]
        named = [name for name in names if name != "parameters"]
        assert len(named) == len(set(named))


def test_every_claim_is_judged_in_exactly_one_notebook() -> None:
    calls = [
        section
        for path in PATHS
        for cell in cells(path, "code")
        for call in re.findall(r"against_report\(([^)]*)\)", source(cell))
        for section in re.findall(r'"([^"]+)"', call)
    ]
    assert len(calls) == len(set(calls))
    assert set(calls) == set(study_of(2015).claims["section"])


@pytest.mark.process
@pytest.mark.parametrize(("year", "labels"), REPORTS)
def test_every_notebook_runs_for_each_year_also_with_other_parameters(
    report_of: Callable[[int, str], Path], year: int, labels: str
) -> None:
    folder = report_of(year, labels) / "reports" / str(year)
    assert {path.stem for path in folder.glob("*.ipynb")} == {path.stem for path in PATHS}
    assert (folder / "index.html").is_file() and (folder / "manifest.json").is_file()
    for path in folder.glob("*.ipynb"):
        assert {output["output_type"] for output in outputs(path)} <= {"display_data"}, path.name  # no warning either
        assert (OTHER_YEAR[labels] in path.read_text(encoding="utf-8")) == (year != REPORT_YEAR), path.name
    with (folder / "claims.csv").open(encoding="utf-8", newline="") as lines:
        judged = list(csv.DictReader(lines))
    assert list(judged[0]) == ["id", "section", "statement", "printed", "computed", "unit", "rule", "verdict", "note"]
    assert sorted(each["id"] for each in judged) == sorted(study_of(year).claims["id"])
    assert list(folder.parent.glob(".work-*")) == []


def papermill(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Execute a notebook from a folder that is no project: it finds the one that the package is imported from."""
    options = ["--no-progress-bar", f"--start-timeout={LAST_RESORT}"]
    command = [sys.executable, "-m", "papermill", *options, str(NOTEBOOKS / f"{name}.ipynb"), "out.ipynb", *arguments]
    return completed(command, folder)


@pytest.mark.process
def test_plain_papermill_runs_a_notebook_for_another_year(tmp_path: Path) -> None:
    result = papermill(tmp_path, "A_appendices", "-f", str(PARAMS / "2016.yaml"))
    assert result.returncode == 0, result.stderr[-1500:]
    assert "1,311" in (tmp_path / "out.ipynb").read_text(encoding="utf-8")


@pytest.mark.process
def test_plain_papermill_with_a_misspelt_parameter_fails(tmp_path: Path) -> None:
    result = papermill(tmp_path, "5_problems_and_suggestions", "-p", "yaer", "2016")
    assert result.returncode != 0 and "yaer: no such parameter; did you mean year?" in result.stderr
