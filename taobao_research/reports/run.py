"""The ``report`` command: check, execute what is not up to date, publish what succeeded, write the index last."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.files import BEGUN, sha256, write_json, write_whole
from taobao_research.params import Params, read_params
from taobao_research.paths import Project, shown
from taobao_research.reports.cache import YEAR_RECORD, Run, damaged, key_of, reasons
from taobao_research.reports.driver import Limits, Record, interruptible, run_all
from taobao_research.reports.index import all_claims, claims_table, index, missing_pages, years
from taobao_research.reports.manifest import NAME as MANIFEST
from taobao_research.reports.manifest import bare_notebook, manifest, now
from taobao_research.reports.processes import ForkPool, KernelPool, NotSingleThreadedError, Pool
from taobao_research.reports.sections import Notebook, all_notebooks, titles
from taobao_research.reports.worker import EXECUTED, Job
from taobao_research.reports.zygote import possible

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

WORK = ".work-"
ENGINES = ("fork", "kernel")


@dataclass(frozen=True)
class Task:
    """One section of one year that has to run, and why."""

    run: Run
    notebook: Notebook
    key: dict[str, str]
    why: list[str]


@dataclass(frozen=True)
class Outcome:
    """What became of one year's report: its folder and each section's record."""

    folder: Path
    sections: dict[str, Record]

    @property
    def failed(self) -> dict[str, Record]:
        return {name: record for name, record in self.sections.items() if record["status"] != "ok"}


def plan(runs: list[Run], notebooks: list[Notebook], fresh: bool) -> list[Task]:
    """The sections to run: those not up to date, or all of them where ``fresh``; the longest first."""
    tasks = []
    for run in runs:
        for notebook in notebooks:
            key = key_of(run, notebook)
            why = ["--fresh"] if fresh else reasons(run, notebook, key)
            if why:
                tasks.append(Task(run, notebook, key, why))
    return sorted(tasks, key=lambda task: -_expected_seconds(task))


def report(
    runs: list[Run],
    tasks: list[Task],
    at_once: int,
    limits: Limits,
    engine: str | None,
    started: Callable[[Task], None],
    ended: Callable[[Task, Record], None],
) -> list[Outcome]:
    """Execute the tasks and publish them; all years, of one project, share one pool of processes."""
    project = runs[0].project
    params = {run: read_params(run.params_file) for run in runs}
    with (
        interruptible(),
        _pool(engine, [params[run] for run in runs], project) as (pool, used),
        _locked(project.reports),
        _work(project.reports) as work,
    ):
        jobs, starts = {}, {}
        for task in tasks:
            job = _job(task, params[task.run], work, limits, used)
            jobs[job.work] = (job, task)

        def on_start(job: Job) -> None:
            starts[job.work] = now()
            started(jobs[job.work][1])

        def on_end(job: Job, record: Record) -> None:
            task, record = jobs[job.work][1], {**record, "start": starts[job.work]}
            ended(task, _publish(task, Path(job.work), record, params[task.run]))

        try:
            to_run = [job for job, _ in jobs.values()]
            run_all(pool, to_run, at_once or _at_once(used), limits, on_start, on_end)
        finally:
            outcomes = [_finish(run, params[run]) for run in runs]
            write_whole(project.reports / "index.html", years(sorted(project.reports.glob("[0-9][0-9][0-9][0-9]"))))
    return outcomes


@contextmanager
def _pool(engine: str | None, runs: list[Params], project: Project) -> Iterator[tuple[Pool, str]]:
    """The pool of an engine, its data checked; where copying is not possible or not safe, kernels."""
    values = [run.model_dump() for run in runs]
    if engine != "kernel" and possible():
        pool: Pool = ForkPool()
        try:
            pool.check(values, project)
            yield pool, "fork"
            return
        except NotSingleThreadedError:
            if engine == "fork":
                raise InputError("--engine fork: the warm process has more than one thread here.") from None
        finally:
            pool.close()
    elif engine == "fork":
        raise InputError("--engine fork: only on Linux. Leave the option out, or use --engine kernel.")
    pool = KernelPool()
    try:
        pool.check(values, project)
        yield pool, "kernel"
    finally:
        pool.close()


@contextmanager
def _locked(reports: Path) -> Iterator[None]:
    """One run at a time; what killed runs left behind is removed."""
    try:
        reports.mkdir(exist_ok=True)
        with (reports / ".lock").open("w") as lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in reports.glob(f"{WORK}*"):
                shutil.rmtree(left, ignore_errors=True)
            for left in reports.rglob(f"{BEGUN}*"):
                left.unlink(missing_ok=True)
            yield
    except BlockingIOError:
        raise InputError("reports: another run is at work there. Wait for it to end.") from None
    except OSError as error:
        name = f" ({Path(error.filename).name})" if error.filename else ""
        raise InputError(
            f"{shown(reports)}: {error.strerror}{name}. Free the disk or the folder, then run again."
        ) from None


@contextmanager
def _work(reports: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=WORK, dir=reports))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _expected_seconds(task: Task) -> float:
    """How long the section took last time; by its length where it never ran."""
    return task.run.record(task.notebook.name).get("seconds") or len(task.notebook.cells) / 10


def _job(task: Task, params: Params, work: Path, limits: Limits, engine: str) -> Job:
    project = task.run.project
    return Job(
        project=str(project.root),
        notebook=project.inside(task.notebook.path),
        contents=titles(all_notebooks(project)),
        parameters=params.model_dump(),
        inputs=task.notebook.declared(params.year),
        work=str(work / str(params.year) / task.notebook.name),
        cell_seconds=limits.cell,
        memory_mb=limits.memory_mb,
        engine=engine,
        vectors=True,
    )


def _publish(task: Task, work: Path, record: Record, params: Params) -> Record:
    """Move a section's files to their places and write its record last; or put the failed notebook aside."""
    folder, name = task.run.folder, task.notebook.name
    place = task.run.record_path(name)
    before = task.run.record(name)
    if record["status"] == "interrupted" and before.get("status") == "ok" and before["key"] == task.key:
        return before  # an earlier result of the very same ingredients is as good as this one would have been
    place.unlink(missing_ok=True)
    files: dict[str, str] = {}
    if record["status"] == "ok" and (taken := _taken(task.run, name, work / "out")):
        record = {**record, "status": "failed", "message": taken}
    if record["status"] == "ok":
        for source in sorted(path for path in (work / "out").rglob("*") if path.is_file()):
            target = folder / source.relative_to(work / "out")
            target.parent.mkdir(parents=True, exist_ok=True)
            files[target.relative_to(folder).as_posix()] = sha256(source.read_bytes())
            source.replace(target)
        (folder / "failed" / f"{name}.ipynb").unlink(missing_ok=True)
    elif (work / EXECUTED).is_file():
        (folder / "failed").mkdir(parents=True, exist_ok=True)
        (work / EXECUTED).replace(folder / "failed" / f"{name}.ipynb")
    for stale in set(before.get("files", {})) - set(files):
        (folder / stale).unlink(missing_ok=True)
    complete = {
        **record,
        "section": name,
        "title": task.notebook.title,
        "files": files,
        "source": sha256(bare_notebook(task.notebook)),
        "key": task.key,
        "parameters": params.model_dump(),
    }
    write_json(place, complete)
    return complete


def _taken(run: Run, name: str, out: Path) -> str:
    """Says so if another section of the year has written a file of the same path."""
    mine = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    for other in all_notebooks(run.project):
        if other.name != name and (both := mine & set(run.record(other.name).get("files", {}))):
            return f"{min(both)} is already written by {other.name}; give the table or figure another name"
    return ""


def _finish(run: Run, params: Params) -> Outcome:
    """Claims, manifest and index from the records that are there, if anything changed; their record last."""
    notebooks = all_notebooks(run.project)
    records = {each.name: run.record(each.name) for each in notebooks}
    known = {name: record for name, record in records.items() if record}
    state = sha256(repr((sorted(known.items()), params)).encode())
    old = run.record(YEAR_RECORD)
    if known and (old.get("state") != state or damaged(run, old)):
        run.record_path(YEAR_RECORD).unlink(missing_ok=True)
        write_whole(run.folder / "claims.csv", claims_table(run.folder, known))
        made = manifest(run, params.model_dump(), known)
        pages = {
            "claims.html": all_claims(run, params, notebooks),
            **missing_pages(params, notebooks, known),
            "index.html": index(run, params, notebooks, known, made),
        }
        for name, page in pages.items():
            write_whole(run.folder / name, page)
        files = {name: sha256((run.folder / name).read_bytes()) for name in ("claims.csv", *pages)}
        write_json(run.folder / MANIFEST, made.model_copy(update={"outputs": files}).model_dump(by_alias=True))
        files[MANIFEST] = sha256((run.folder / MANIFEST).read_bytes())
        of_sections = {path for record in known.values() for path in record["files"]}
        for stale in set(old.get("files", {})) - set(files) - of_sections:
            (run.folder / stale).unlink(missing_ok=True)
        write_json(run.record_path(YEAR_RECORD), {"files": files, "state": state})
    return Outcome(run.folder, known)


def _at_once(engine: str) -> int:
    """As many sections as cores; one more with kernels, which spend a part of their time waiting."""
    return free_cores() + (engine == "kernel")


def free_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
