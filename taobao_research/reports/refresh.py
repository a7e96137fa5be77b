"""The committed notebooks, executed again in place with their defaults."""

import json
import tempfile
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.files import as_json, write_whole
from taobao_research.params import Params
from taobao_research.paths import Project
from taobao_research.reports import results
from taobao_research.reports.driver import Limits, Record, interruptible, run_all
from taobao_research.reports.processes import KernelPool
from taobao_research.reports.sections import START, Notebook, all_notebooks, titles
from taobao_research.reports.worker import EXECUTED, Job


def refresh(project: Project) -> list[str]:
    """Execute every notebook with no parameter injected; returns their names, raises InputError if one fails."""
    limits, failures, pool = Limits(), [], KernelPool()
    every = [*all_notebooks(project), Notebook(project.notebooks / START, project)]
    with interruptible(), tempfile.TemporaryDirectory() as work:
        jobs = [
            Job(
                project=str(project.root),
                notebook=project.inside(each.path),
                contents=titles(every),
                parameters={},
                inputs=each.declared(Params().year) or ["data/*"],  # the start reads what all sections read
                work=str(Path(work) / each.name),
                cell_seconds=limits.cell,
                memory_mb=limits.memory_mb,
                engine="kernel",
            )
            for each in every
        ]

        def ended(job: Job, record: Record) -> None:
            if record["status"] != "ok":
                failures.append(f"{job.name}: {record['message']}")
                return
            notebook = json.loads((Path(job.work) / EXECUTED).read_text(encoding="utf-8"))
            results.take_vectors(notebook)
            write_whole(project.root / job.notebook, as_json(results.normalise(notebook)))

        try:
            run_all(pool, jobs, 2, limits, lambda job: None, ended)
        finally:
            pool.close()
    if failures:
        raise InputError("\n".join(["notebooks that failed:", *failures]))
    return [job.name for job in jobs]
