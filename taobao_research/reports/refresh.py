"""The committed notebooks, executed again in place with their defaults."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from taobao_research.errors import InputError
from taobao_research.files import as_json, write_whole
from taobao_research.params import Params
from taobao_research.paths import Project
from taobao_research.reports import results
from taobao_research.reports.driver import Limits, Record, interruptible, run_all
from taobao_research.reports.machine import fingerprint
from taobao_research.reports.processes import KernelPool, Pool
from taobao_research.reports.sections import START, Notebook, all_notebooks, titles
from taobao_research.reports.worker import EXECUTED, Job


def refresh(project: Project) -> list[str]:
    """Execute every notebook with no parameter injected; returns their names, raises InputError if one fails."""
    notebooks = [*all_notebooks(project), Notebook(project.notebooks / START, project)]
    pool = KernelPool()

    def store(notebook: Notebook, executed: dict[str, Any]) -> None:
        if results.TAG in executed["metadata"]:  # a section
            executed["metadata"][results.TAG][results.MACHINE] = fingerprint()
        write_whole(notebook.path, as_json(executed))

    try:
        execute_as_committed(notebooks, pool, "kernel", store)
    finally:
        pool.close()
    return [each.name for each in notebooks]


def execute_as_committed(
    notebooks: list[Notebook], pool: Pool, engine: str, ended: Callable[[Notebook, dict[str, Any]], None]
) -> None:
    """Execute notebooks with their defaults; ``ended`` receives each, normalised. Raises InputError if one fails."""
    limits, failures, by_name = Limits(), [], {each.name: each for each in notebooks}
    with interruptible(), tempfile.TemporaryDirectory() as work:
        jobs = [
            Job(
                project=str(each.project.root),
                notebook=each.project.inside(each.path),
                contents=titles(notebooks),
                parameters={},
                inputs=each.declared(Params().year) or ["data/*"],  # the start reads what all sections read
                work=str(Path(work) / each.name),
                cell_seconds=limits.cell,
                memory_mb=limits.memory_mb,
                engine=engine,
                vectors=False,
            )
            for each in notebooks
        ]

        def on_end(job: Job, record: Record) -> None:
            if record["status"] != "ok":
                failures.append(f"{job.name}: {record['message']}")
                return
            executed = json.loads((Path(job.work) / EXECUTED).read_text(encoding="utf-8"))
            ended(by_name[job.name], results.normalise(executed))

        run_all(pool, jobs, 2, limits, lambda job: None, on_end)
    if failures:
        raise InputError("\n".join(["notebooks that failed:", *failures]))
