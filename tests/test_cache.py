"""Resume and cache never lie: each ingredient alone is noticed and named; touching is not changing."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from taobao_research.files import sha256, write_json
from taobao_research.paths import Project
from taobao_research.reports import cache, sections
from taobao_research.reports.cache import Run, key_of, reasons
from taobao_research.reports.sections import Notebook
from tests.checkout import CHECKOUT, PACKAGE
from tests.project_copy import copy_project

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of the project in which one year is up to date."""
    copied = Project(copy_project(tmp_path))
    monkeypatch.setattr(cache, "PACKAGE", shutil.copytree(PACKAGE, tmp_path / "taobao_research"))
    monkeypatch.setattr(cache, "_package", cache._package.__wrapped__)
    made = Run(2015, copied.params_of(2015), copied)
    for notebook in sections.all_notebooks(copied):
        (made.folder / "tables").mkdir(parents=True, exist_ok=True)
        result = made.folder / "tables" / f"{notebook.name}.csv"
        result.write_text("villages\n780\n", encoding="utf-8")
        files = {f"tables/{notebook.name}.csv": sha256(result.read_bytes())}
        write_json(made.record_path(notebook.name), {"status": "ok", "key": key_of(made, notebook), "files": files})
    return made


def stale(run: Run) -> dict[str, list[str]]:
    found = {each.number: reasons(run, each, key_of(run, each)) for each in sections.all_notebooks(run.project)}
    return {number: why for number, why in found.items() if why}


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def project(run: Run) -> Path:
    return run.project.root


def test_nothing_changed(run: Run) -> None:
    assert stale(run) == {}


def test_touching_is_not_changing(run: Run) -> None:
    for path in project(run).rglob("*"):
        if path.is_file():
            os.utime(path, (1, 1))
    assert stale(run) == {}


ALL = {each.number for each in sections.all_notebooks(CHECKOUT)}


@pytest.mark.parametrize(
    ("path", "numbers", "why"),
    [
        ("requirements.lock", ALL, "requirements.lock"),
        ("taobao_research/measures/counts.py", ALL, "package"),
        ("taobao_research/reports/templates/style.css", ALL, "package"),
        ("params/2015.yaml", ALL, "parameters"),
        ("data/2015/villages.csv", ALL, "data/2015/villages.csv"),
        ("data/2014/villages.csv", ALL - {"C"}, "data/2014/villages.csv"),
        ("data/reference/county_points.csv", {"2.1", "B", "E", "F"}, "data/reference/county_points.csv"),
        ("data/reference/poverty_provincial.csv", {"4.2"}, "data/reference/poverty_provincial.csv"),
        ("data/2014/products.csv", {"2.3"}, "data/2014/products.csv"),
        ("data/2016/villages.csv", set(), ""),
        ("data/series/transitions.csv", {"B"}, "data/series/transitions.csv"),
        ("data/SOURCES.csv", set(), ""),
    ],
)
def test_a_changed_ingredient_re_runs_exactly_its_sections(run: Run, path: str, numbers: set[str], why: str) -> None:
    append(project(run) / path, "top: 9\n" if path.endswith("yaml") else "\n")
    assert stale(run) == {number: [why] for number in numbers}


def test_tags_and_declared_inputs_count(run: Run) -> None:
    for number, change in (("1.2_visits", "tags"), ("1.3_rural_strategy", "inputs")):
        path = project(run) / "notebooks" / f"{number}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if change == "tags":
            notebook["cells"][1]["metadata"] = {}
        else:
            notebook["metadata"]["taobao_research"]["inputs"].append("data/series/transitions.csv")
        path.write_text(json.dumps(notebook), encoding="utf-8")
    assert set(stale(run)) == {"1.2", "1.3"} and stale(run)["1.2"] == ["notebook"]


def test_a_new_data_file_that_is_declared_is_noticed(run: Run) -> None:
    append_new = project(run) / "data" / "2015" / "figures" / "figure_8.csv"
    append_new.write_text("a\n1\n", encoding="utf-8")
    assert set(stale(run)) == ALL - {"B", "D", "E", "F", "G"}  # they show no table of the report


def test_only_the_source_of_a_notebook_counts(run: Run) -> None:
    path = project(run) / "notebooks" / "1.2_visits.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][2]["outputs"] = []
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert stale(run) == {}
    notebook["cells"][2]["source"] = ["pass"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert stale(run) == {"1.2": ["notebook"]}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("harm", [flip, Path.unlink])
def test_a_harmed_result_is_noticed(run: Run, harm: Callable[[Path], None]) -> None:
    harm(run.folder / "tables" / "1.2_visits.csv")
    assert stale(run) == {"1.2": ["result tables/1.2_visits.csv"]}


@pytest.mark.parametrize("text", ["[1]", "null", "3", '"ok"'])
def test_a_record_of_another_shape_is_none(run: Run, text: str) -> None:
    run.record_path("1.2_visits").write_text(text, encoding="utf-8")
    assert stale(run) == {"1.2": ["not run before"]}


@pytest.mark.parametrize("status", ["failed", "timeout", "kernel-died", "interrupted"])
def test_what_did_not_succeed_runs_again(run: Run, status: str) -> None:
    path = run.record_path("1.2_visits")
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), "status": status})
    assert stale(run) == {"1.2": [f"last time: {status}"]}


def test_a_broken_or_missing_record_runs_again(run: Run) -> None:
    run.record_path("1.2_visits").write_text('{"status": "o', encoding="utf-8")
    run.record_path("1.3_rural_strategy").unlink()
    assert stale(run) == {"1.2": ["not run before"], "1.3": ["not run before"]}


def test_another_python_runs_everything(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.platform, "python_version", lambda: "4.0.0")
    assert stale(run) == {number: ["python"] for number in ALL}


def test_declared_inputs_are_patterns_under_data() -> None:
    for notebook in sections.all_notebooks(CHECKOUT):
        patterns = Notebook(notebook.path, CHECKOUT).declared(2015)
        assert patterns and all(pattern.startswith("data/") and ".." not in pattern for pattern in patterns)
