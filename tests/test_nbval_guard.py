"""A check that checked nothing is an error: the checker is shown broken notebooks and must refuse each."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkout import NOTEBOOKS, PROJECT
from tests.waiting import completed

pytestmark = pytest.mark.process
Notebook = dict
SUBJECT = NOTEBOOKS / "1.2_visits.ipynb"


def run_nbval(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--disable-plugin-autoload", "-p", "tests.nbval_guard"]
    options = ["-p", "nbval.plugin", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", str(path)]
    return completed([*command, *options], PROJECT)


def outputs(notebook: Notebook, kind: str) -> list[dict]:
    return [
        output["data"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if kind in output.get("data", {})
    ]


def code_cells(notebook: Notebook) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def change_a_digit(notebook: Notebook) -> None:
    data = outputs(notebook, "text/csv")[-1]
    data["text/csv"] = [line.replace("340", "341").replace("338", "339") for line in data["text/csv"]]


def junk_picture(notebook: Notebook) -> None:
    outputs(notebook, "image/png")[0]["image/png"] = base64.b64encode(b"not the picture").decode()


def remove_an_output(notebook: Notebook) -> None:
    next(cell for cell in reversed(code_cells(notebook)) if cell["outputs"])["outputs"] = []


def unrun_cell(notebook: Notebook) -> None:
    code_cells(notebook)[-1]["execution_count"] = None


def strip(notebook: Notebook) -> None:
    for cell in code_cells(notebook):
        cell["outputs"], cell["execution_count"] = [], None


def empty(notebook: Notebook) -> None:
    notebook["cells"] = notebook["cells"][:1]


def skip_tag(notebook: Notebook) -> None:
    code_cells(notebook)[-1]["metadata"]["tags"] = ["nbval-ignore-output"]


def test_the_untouched_notebook_passes(tmp_path: Path) -> None:
    copy = tmp_path / SUBJECT.name
    copy.write_bytes(SUBJECT.read_bytes())
    result = run_nbval(copy)
    assert result.returncode == 0, result.stdout[-2000:]


@pytest.mark.parametrize("tamper", [change_a_digit, junk_picture, remove_an_output, unrun_cell, strip, empty, skip_tag])
def test_a_tampered_notebook_is_refused(tamper: Callable[[Notebook], None], tmp_path: Path) -> None:
    notebook = json.loads(SUBJECT.read_text(encoding="utf-8"))
    before = json.dumps(notebook)
    tamper(notebook)
    assert json.dumps(notebook) != before, "the notebook was not changed"
    copy = tmp_path / SUBJECT.name
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    assert run_nbval(copy).returncode != 0
