"""A check that checked nothing is an error: the checker is shown broken notebooks and must refuse each.

What counts as a difference is shown in ``test_compare_outputs``; here, that nbval asks that comparison.
"""

import base64
import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbval.plugin  # noqa: F401  # stays loaded when pytester forgets what its runs have imported
import pytest

from tests import nbval_guard  # noqa: F401
from tests.checkout import NOTEBOOKS, PROJECT
from tests.waiting import completed

pytest_plugins = "pytester"
Notebook = dict
SUBJECT = NOTEBOOKS / "1.2_visits.ipynb"
NBVAL = ("-q", "--disable-plugin-autoload", "-p", "nbval.plugin", "--nbval", "-p", "no:cacheprovider")
GUARDED = (*NBVAL, "-p", "tests.nbval_guard", "--nbval-current-env")


def run_nbval(path: Path, options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return completed([sys.executable, "-m", "pytest", *options, str(path)], PROJECT)


def code_cells(notebook: Notebook) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def unrun_cell(notebook: Notebook) -> None:
    code_cells(notebook)[-1]["execution_count"] = None


def run_in_another_order(notebook: Notebook) -> None:
    code_cells(notebook)[-1]["execution_count"] += 1


def strip(notebook: Notebook) -> None:
    for cell in code_cells(notebook):
        cell["outputs"], cell["execution_count"] = [], None


def without_outputs(notebook: Notebook) -> None:
    for cell in code_cells(notebook):
        cell["outputs"] = []


def empty(notebook: Notebook) -> None:
    notebook["cells"] = notebook["cells"][:1]


def skip_tag(notebook: Notebook) -> None:
    code_cells(notebook)[-1]["metadata"]["tags"] = ["nbval-ignore-output"]


def skip_comment(notebook: Notebook) -> None:
    code_cells(notebook)[-1]["source"].insert(0, "# NBVAL_IGNORE_OUTPUT\n")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (unrun_cell, "was not executed in order"),
        (run_in_another_order, "was not executed in order"),
        (strip, "was not executed in order"),
        (without_outputs, "no output is stored"),
        (empty, "0 of 0 code cells"),
        (skip_tag, "has tags"),
        (skip_comment, "asks nbval for less"),
    ],
)
def test_a_notebook_that_would_not_be_compared_is_refused(
    tamper: Callable[[Notebook], None], said: str, pytester: pytest.Pytester
) -> None:
    notebook = json.loads(SUBJECT.read_text(encoding="utf-8"))
    copied = pytester.path / SUBJECT.name
    for change in (lambda notebook: None, tamper):
        change(notebook)
        copied.write_text(json.dumps(notebook), encoding="utf-8")
        result = pytester.runpytest_inprocess(*GUARDED, "--collect-only", str(copied))
        if change is not tamper:
            assert result.ret == pytest.ExitCode.OK, "the notebook itself is refused"
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{SUBJECT.name}*{said}*"])


@pytest.mark.parametrize("options", [("--nbval-lax",), ("--deselect", SUBJECT.name)])
def test_less_than_all_cells_is_refused(options: tuple[str, ...], pytester: pytest.Pytester) -> None:
    copied = pytester.path / SUBJECT.name
    copied.write_bytes(SUBJECT.read_bytes())
    assert pytester.runpytest_inprocess(*GUARDED, *options, "--collect-only", str(copied)).ret != pytest.ExitCode.OK


@pytest.mark.process
def test_cells_that_show_something_else_fail_and_no_others(tmp_path: Path) -> None:
    notebook = json.loads(SUBJECT.read_text(encoding="utf-8"))
    before = copy.deepcopy(notebook)
    *_, table, figure, claims = code_cells(notebook)
    lines = table["outputs"][0]["data"]["text/csv"]
    lines[-1] = lines[-1].translate({ord("0"): "1"})
    figure["outputs"][0]["data"]["image/png"] = base64.b64encode(b"not the picture").decode()
    claims["outputs"] = []
    wrong = [number for number, cell in enumerate(code_cells(notebook)) if cell not in code_cells(before)]
    assert len(wrong) == 3
    copied = tmp_path / SUBJECT.name
    copied.write_text(json.dumps(notebook), encoding="utf-8")
    result = run_nbval(copied, GUARDED)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert sorted(map(int, re.findall(r"^FAILED .*::Cell (\d+)", result.stdout, re.M))) == wrong, result.stdout


@pytest.mark.process
def test_plain_nbval_passes_without_the_guard() -> None:
    result = run_nbval(SUBJECT, NBVAL)
    assert result.returncode == pytest.ExitCode.OK, result.stdout[-2000:]
