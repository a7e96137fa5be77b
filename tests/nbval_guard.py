"""nbval made unable to pass in silence: loaded with ``-p tests.nbval_guard``.

nbval skips cells that were never executed, does not look at pictures, captions and the order of outputs, and asks for
each digit of a number. Here a notebook without compared cells, a cell without an execution count, or a cell that may be
skipped ends the run as an error, and ``tests.compare_outputs`` compares.
"""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from taobao_research.reports.worker import without_web_grammar
from tests.compare_outputs import Output, differences, executed_here
from tests.waiting import LAST_RESORT

with without_web_grammar():
    import jsonschema  # noqa: F401

ALLOWED_TAGS = {"parameters"}


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    compared: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if hasattr(item, "cell"):
            compared.setdefault(Path(item.path), []).append(item)
            item.compare_outputs = partial(compare, item)  # type: ignore[attr-defined]
            item.output_timeout = LAST_RESORT  # type: ignore[attr-defined]
    for path in _notebooks(session.config.args):
        check(json.loads(path.read_text(encoding="utf-8")), path.name, compared.get(path, []))


def compare(item: pytest.Item, fresh: Sequence[Output], stored: Sequence[Output]) -> bool:
    """In place of nbval's own comparison; what differs goes where nbval looks for it."""
    found = differences(stored, fresh, executed_here(item.parent.nb))  # type: ignore[union-attr]
    item.comparison_traceback = found  # type: ignore[attr-defined]
    return not found


def _notebooks(arguments: list[str]) -> list[Path]:
    found: list[Path] = []
    for argument in arguments:
        path = Path(argument.split("::")[0]).resolve()
        found += sorted(path.glob("*.ipynb")) if path.is_dir() else [path]
    if not found:
        raise pytest.UsageError("no notebook to compare")
    return found


def check(notebook: dict, name: str, compared: Sequence[pytest.Item]) -> None:
    """Raise UsageError where a code cell of the notebook would not be compared with what it has shown."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if not code or len(compared) != len(code):
        raise pytest.UsageError(f"{name}: {len(compared)} of {len(code)} code cells would be compared")
    for position, (cell, item) in enumerate(zip(code, compared, strict=True), start=1):
        if cell["execution_count"] != position:
            raise pytest.UsageError(f"{name}: code cell {position} was not executed in order")
        if tags := set(cell["metadata"].get("tags", [])) - ALLOWED_TAGS:
            raise pytest.UsageError(f"{name}: code cell {position} has tags {sorted(tags)}")
        if dict(item.options) != {"check": True}:  # type: ignore[attr-defined]
            raise pytest.UsageError(f"{name}: code cell {position} asks nbval for less than a comparison")
    if not any(cell["outputs"] for cell in code):
        raise pytest.UsageError(f"{name}: no output is stored, nothing would be compared")
