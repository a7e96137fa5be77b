"""The notebooks: which there are, what they are called, which data they declare to read."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from taobao_research.errors import InputError
from taobao_research.paths import Project, shown

TAG = "taobao_research"
START = "start.ipynb"  # where a reader in JupyterLab lands; no section
FIRST_YEAR = 2009  # of the first Taobao villages


@dataclass(frozen=True)
class Notebook:
    """One section notebook of a project."""

    path: Path
    project: Project

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def number(self) -> str:
        """The number in the file name, as in the report: ``2.1``, ``1.A``, ``A`` for the appendices."""
        return self.name.split("_", 1)[0]

    @property
    def content(self) -> dict[str, Any]:
        """The whole notebook, to be read only: every look at the same file gets the same one."""
        status = self.path.stat()
        return _parsed(self.path, status.st_mtime_ns, status.st_size)

    @property
    def cells(self) -> list[dict[str, Any]]:
        return self.content["cells"]

    @property
    def title(self) -> str:
        return "".join(self.cells[0]["source"]).splitlines()[0].lstrip("# ")

    def inputs(self, year: int) -> list[str]:
        """The files under ``data/`` that the notebook declares to read for a year, as far as they exist."""
        return sorted(
            self.project.inside(path)
            for pattern in self.declared(year)
            for path in self.project.root.glob(pattern)
            if path.is_file()
        )

    def declared(self, year: int) -> list[str]:
        """The patterns of ``metadata.taobao_research.inputs``, with years for ``{year}``, ``{before}``, ``{earlier}``.

        ``{earlier}`` is each year before ``year``.
        """
        patterns = self.content["metadata"].get(TAG, {}).get("inputs", [])
        return [
            pattern.format(year=year, before=year - 1, earlier=earlier)
            for pattern in patterns
            for earlier in (range(FIRST_YEAR, year) if "{earlier}" in pattern else [year])
        ]


@cache
def _parsed(path: Path, changed: int, size: int) -> dict[str, Any]:
    """Read once by a process as long as the file stays: a run asks for the list of sections again and again."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError(f"{shown(path)}: not a notebook. Restore it or remove it.") from None
    if not isinstance(content, dict) or not isinstance(content.get("metadata"), dict):
        raise InputError(f"{shown(path)}: not a notebook. Restore it or remove it.")
    return content


def all_notebooks(project: Project) -> list[Notebook]:
    """Every section notebook, in the order of the report; drafts without our metadata are no section."""
    notebooks = [Notebook(path, project) for path in sorted(project.notebooks.glob("*.ipynb"))]
    return [each for each in notebooks if TAG in each.content["metadata"]]


def titles(notebooks: list[Notebook]) -> list[tuple[str, str]]:
    """Name and title of each."""
    return [(each.name, each.title) for each in notebooks]


def chosen(only: list[str], project: Project) -> list[Notebook]:
    """The notebooks asked for by number (``2.1``) or name; all where none is asked for."""
    notebooks = all_notebooks(project)
    if not only:
        return notebooks
    known = {key for each in notebooks for key in (each.number, each.name)}
    if unknown := [key for key in only if key not in known]:
        numbers = ", ".join(each.number for each in notebooks)
        raise InputError(f"--only {unknown[0]}: no such section. Sections: {numbers}.")
    return [each for each in notebooks if {each.number, each.name} & set(only)]
