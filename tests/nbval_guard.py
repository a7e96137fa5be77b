"""nbval made unable to pass in silence: loaded with ``-p tests.nbval_guard``.

nbval skips cells that were never executed and does not look at pictures. Here a notebook without compared
cells, a cell without an execution count, or a cell that may be skipped ends the run as an error, and pictures
are compared byte by byte, on the platform where the committed ones were drawn.
"""

import json
import platform
import sys
from pathlib import Path

import pytest

from taobao_research.reports.worker import without_web_grammar

with without_web_grammar():
    import jsonschema  # noqa: F401

VECTORS = "image/svg+xml"  # drawn beside each picture, and not kept in committed notebooks
DRAWN_ON = ("linux", "x86_64")
ALLOWED_TAGS = {"parameters"}


def pytest_collectstart(collector: pytest.Collector) -> None:
    if hasattr(collector, "skip_compare"):
        drawn_here = (sys.platform, platform.machine()) == DRAWN_ON
        kept = tuple(kind for kind in collector.skip_compare if kind != "image/png" or not drawn_here)
        collector.skip_compare = (*kept, VECTORS)


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    cells: dict[Path, list] = {}
    for item in items:
        if hasattr(item, "cell"):
            cells.setdefault(Path(item.path), []).append(item.cell)
    for path in _notebooks(session.config.args):
        _check(path, cells.get(path, []))


def _notebooks(arguments: list[str]) -> list[Path]:
    found: list[Path] = []
    for argument in arguments:
        path = Path(argument.split("::")[0]).resolve()
        found += sorted(path.glob("*.ipynb")) if path.is_dir() else [path]
    if not found:
        raise pytest.UsageError("no notebook to compare")
    return found


def _check(path: Path, compared: list) -> None:
    code = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    if not code or len(compared) != len(code):
        raise pytest.UsageError(f"{path.name}: {len(compared)} of {len(code)} code cells would be compared")
    for position, cell in enumerate(code, start=1):
        if cell["execution_count"] != position:
            raise pytest.UsageError(f"{path.name}: code cell {position} was not executed in order")
        if tags := set(cell["metadata"].get("tags", [])) - ALLOWED_TAGS:
            raise pytest.UsageError(f"{path.name}: code cell {position} has tags {sorted(tags)}")
    if not any(cell["outputs"] for cell in code):
        raise pytest.UsageError(f"{path.name}: no output is stored, nothing would be compared")
