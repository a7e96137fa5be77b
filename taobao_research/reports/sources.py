"""Where the data come from: the rows of ``data/SOURCES.csv`` for what a section reads."""

import csv

from taobao_research.paths import Project


def of(patterns: list[str], project: Project) -> list[dict[str, str]]:
    """The rows of the files that match patterns such as ``data/2015/*.csv`` and exist, in order of path.

    Every row has the columns of ``data/SOURCES.csv``; ``path`` begins with ``data/``. An address that is none of the
    web is left out.
    """
    paths = {project.inside(path) for pattern in patterns for path in project.root.glob(pattern)}
    with project.sources.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "path": f"data/{row['path']}", "url": _web(row["url"])} for row in csv.DictReader(file)]
    return [row for row in rows if row["path"] in paths]


def _web(url: str) -> str:
    return url if url.lower().startswith(("http://", "https://")) else ""
