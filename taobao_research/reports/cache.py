"""What a section was made from, as hashes: whether it is still up to date, and if not, why.

Imports the standard library only, so that a run in which nothing changed is over before pandas would be loaded.
"""

import hashlib
import json
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from taobao_research.files import read_json, sha256
from taobao_research.paths import PACKAGE, TEMPLATE, Project
from taobao_research.reports.sections import Notebook, all_notebooks, titles

YEAR_RECORD = "report"


@dataclass(frozen=True)
class Run:
    """One year to report, the parameter file that says how, and the project in which it lies."""

    year: int
    params_file: Path
    project: Project

    @property
    def folder(self) -> Path:
        return self.project.reports / str(self.year)

    def record_path(self, section: str) -> Path:
        return self.folder / "records" / f"{section}.json"

    def record(self, section: str) -> dict[str, Any]:
        """What is recorded of a section, or of the year's own files under ``YEAR_RECORD``."""
        record = read_json(self.record_path(section))
        return record if isinstance(record, dict) else {}


def key_of(run: Run, notebook: Notebook) -> dict[str, str]:
    """The hash of everything the section is made from, by name."""
    project = run.project
    data = {path: _hash(project.root / path) for path in notebook.inputs(run.year)}
    cells = [(cell["cell_type"], cell["source"], cell["metadata"].get("tags")) for cell in notebook.cells]
    return {
        "notebook": sha256(json.dumps([cells, notebook.declared(run.year)]).encode()),
        "parameters": _hash(run.params_file),
        "package": _package(),
        "list of sections": sha256(repr(titles(all_notebooks(project))).encode()),
        "requirements.lock": _hash(project.lock),
        **({} if project.lock.is_file() else {"packages": _packages()}),
        "python": platform.python_version(),
        **data,
    }


def reasons(run: Run, notebook: Notebook, key: dict[str, str]) -> list[str]:
    """Why the section has to run: the names of what changed; nothing if it is up to date."""
    record = run.record(notebook.name)
    if not record:
        return ["not run before"]
    if record.get("status") != "ok":
        return [f"last time: {record.get('status')}"]
    old = record.get("key", {})
    changed = [name for name in {**old, **key} if old.get(name) != key.get(name)]
    return changed or damaged(run, record)


def damaged(run: Run, record: dict[str, Any]) -> list[str]:
    """Recorded files that are missing or are not what was written."""
    return [f"result {path}" for path, digest in record.get("files", {}).items() if _hash(run.folder / path) != digest]


def up_to_date(runs: list[Run], notebooks: list[Notebook]) -> bool:
    """Whether nothing at all is to be done for these runs."""
    return all(
        not damaged(run, record) and not any(reasons(run, each, key_of(run, each)) for each in notebooks)
        if (record := run.record(YEAR_RECORD))
        else False
        for run in runs
    )


def _hash(path: Path) -> str:
    try:
        status = path.stat()
        return _hash_of_content(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return "absent"


@cache
def _hash_of_content(path: Path, changed: int, size: int) -> str:
    """The hash; read once by a process, since fourteen sections share most of their data."""
    return sha256(path.read_bytes())


@cache
def _package() -> str:
    """The package's own files, names and contents, without the project that comes with it."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.is_relative_to(TEMPLATE):
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + _hash(path).encode())
    return digest.hexdigest()


@cache
def _packages() -> str:
    """The packages installed that this one needs: what stands for a lock in a project that has none."""
    from taobao_research.installed import packages  # takes 30 ms, which a project with a lock need not spend

    return sha256(json.dumps(packages(), sort_keys=True).encode())
