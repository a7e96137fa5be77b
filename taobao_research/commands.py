"""The commands, each a few lines. Nothing heavy is imported until a command needs it."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from taobao_research.commands_data import begin_project, begin_year, fetch_list, import_list
from taobao_research.commands_identify import identify_villages
from taobao_research.console import EXIT_FAILED, EXIT_INTERRUPTED, err, out, project_of, stoppable
from taobao_research.errors import InputError, printable
from taobao_research.files import sha256
from taobao_research.paths import project_at, shown

DAY = 86_400  # seconds

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The Research Report on China's Taobao Villages (2015), recomputed and audited; runs for other years too. "
    "Exit codes: 0 done, 1 a section failed (or something private, or changed), 2 bad input, 130 interrupted.",
)

Years = Annotated[list[int] | None, typer.Argument(help="Years, such as 2015 2016.", show_default=False)]


def _say_version(asked: bool) -> None:
    if asked:
        from taobao_research.installed import NAME, version

        out.print(NAME, version())
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    project: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The project; by default the one you are in.")
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Version.")] = False,
) -> None:
    """What stands before every command."""
    context.obj = None if project is None else project_at(project)


@app.command()
def report(
    context: typer.Context,
    years: Years = None,
    params: Annotated[Path | None, typer.Option(help="A parameter file of your own, in place of years.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="A section, such as 2.1; may be given again.")] = None,
    jobs: Annotated[int, typer.Option(min=0, max=64, help="Sections at a time; 0: as many as suit the machine.")] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run everything, up to date or not.")] = False,
    why: Annotated[bool, typer.Option("--why", help="Say why each section runs.")] = False,
    engine: Annotated[str | None, typer.Option(help="fork or kernel; by default fork where it is safe.")] = None,
    cell_seconds: Annotated[int, typer.Option(min=1, max=DAY, help="Limit for one cell.")] = 120,
    section_seconds: Annotated[int, typer.Option(min=1, max=DAY, help="Limit for one section.")] = 600,
    run_seconds: Annotated[int, typer.Option(min=1, max=7 * DAY, help="Limit for the whole run.")] = 3600,
    memory_mb: Annotated[int, typer.Option(min=2000, max=1_000_000, help="Memory a section may address.")] = 6000,
) -> None:
    """Execute the notebooks of one or several years into reports/<year>/."""
    from taobao_research.params import params_of, read_params
    from taobao_research.reports.cache import Run
    from taobao_research.reports.driver import Interrupted, Limits
    from taobao_research.reports.processes import EngineError
    from taobao_research.reports.progress import Progress
    from taobao_research.reports.run import ENGINES, plan
    from taobao_research.reports.run import report as run_report
    from taobao_research.reports.sections import chosen

    if bool(years) == bool(params):
        raise InputError("report: give years (such as 2015) or --params FILE, one of the two.")
    if engine not in (None, *ENGINES):
        raise InputError(f"--engine {engine}: no such engine. Engines: {', '.join(ENGINES)}.")
    project = project_of(context)
    if params:
        runs = [Run(read_params(params).year, params, project)]
    else:
        known = [params_of(year, project).year for year in dict.fromkeys(years or [])]
        runs = [Run(year, project.params_of(year), project) for year in known]
    tasks = plan(runs, chosen(only or [], project), fresh)
    if why:
        for task in tasks:
            out.print(f"{task.run.year} {task.notebook.name}: {', '.join(task.why)}", markup=False, soft_wrap=True)
    limits = Limits(cell_seconds, section_seconds, run_seconds, memory_mb)
    try:
        with Progress(out, len(tasks)) as progress:
            outcomes = run_report(runs, tasks, jobs, limits, engine, progress.started, progress.ended)
    except Interrupted:
        err.print("Interrupted; finished sections are kept. Run the command again for the rest.")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except EngineError as error:
        err.print(f"{error}. Finished sections are kept; run again, if need be with --engine kernel.", soft_wrap=True)
        raise typer.Exit(EXIT_FAILED) from None
    progress.summary(outcomes)
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def check(
    context: typer.Context,
    years: Years = None,
    params: Annotated[Path | None, typer.Option(help="A parameter file of your own, in place of years.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Record intended changes in data/SOURCES.csv.")] = False,
) -> None:
    """Look at the params, data and claims of years before anything runs."""
    from taobao_research.claims.ledger import count_verdicts
    from taobao_research.params import params_of, read_params
    from taobao_research.reports.checking import check_run, coordinates_said
    from taobao_research.tables.check import recording, without_source

    if bool(years) == bool(params):
        raise InputError("check: give years (such as 2015) or --params FILE, one of the two.")
    project = project_of(context)
    runs = [read_params(params)] if params else [params_of(year, project) for year in dict.fromkeys(years or [])]
    for run in runs:
        with recording(run.year, project) if record else nullcontext([]) as recorded:
            study, judged = check_run(run, project)
        for path in recorded:
            out.print(f"recorded {path}", soft_wrap=True)
        counts = count_verdicts(judged).drop(columns=["section", "claims"]).sum()
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        total = int(study.villages["villages"].sum())
        out.print(f"{run.year}: data good; {total:,} villages; {len(judged)} claims: {verdicts}", soft_wrap=True)
        for claim in judged[judged["verdict"] != study.claims["expected"]]["id"]:
            out.print(f"{run.year}: claim {claim} has another verdict than its column expected says", soft_wrap=True)
        for line in [*coordinates_said(study), *study.unplaced]:
            out.print(f"{run.year}: {line}", markup=False, soft_wrap=True)
        for path in without_source(run.year, project):
            out.print(f"{run.year}: {path}: producer not stated in data/SOURCES.csv; fill it in", soft_wrap=True)


@app.command()
def compare(
    context: typer.Context,
    years: Annotated[list[int], typer.Argument(help="Two years or more, such as 2014 2015 2016.")],
    params: Annotated[Path | None, typer.Option(help="Definitions of your own; the year in it is ignored.")] = None,
) -> None:
    """Compare the lists of several years; writes tables to reports/compare/<years>/."""
    from taobao_research.params import read_params
    from taobao_research.reports.compare import compare as compare_lists
    from taobao_research.reports.compare import save, summary

    project = project_of(context)
    tables = compare_lists(years, project, read_params(params) if params else None)
    folder = save(years, project, tables)
    for line in summary(years, tables):
        out.print(line, markup=False, soft_wrap=True)
    out.print(f"wrote {len(tables)} tables to {shown(folder)}", soft_wrap=True)


@app.command()
def share(
    context: typer.Context,
    year: Annotated[int, typer.Argument(help="The year of a finished report.", show_default=False)],
    to: Annotated[
        Path | None, typer.Option("--out", help="The archive; taobao-villages-YEAR.zip by default (Chinese: YEAR-zh).")
    ] = None,
    params: Annotated[Path | None, typer.Option(help="The parameter file of the report, if it is your own.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print it too, with the Chromium or Chrome installed.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of files that are there.")] = False,
) -> None:
    """Pack a finished report into one archive and one page; exit code 1 and no file if something private is in it."""
    from taobao_research.params import params_of, read_params
    from taobao_research.reports.cache import Run
    from taobao_research.reports.paper import find_browser, stated, to_pdf
    from taobao_research.sharing.bundle import packed, page, places, prepare, stem, write

    project = project_of(context)
    asked = read_params(params) if params else params_of(year, project)
    archive, alone, printed = places(to or Path(f"{stem(year, asked.labels)}.zip"), pdf, replace)
    if asked.year != year:
        raise InputError(f"share {year}: {shown(params)} is of another year. Give that year, or another file.")
    run = Run(year, params or project.params_of(year), project)
    with stoppable("nothing was written"):
        browser = find_browser() if pdf else ""
        bundle, found = prepare(run)
        for leak in found:
            err.print(printable(str(leak)), markup=False, soft_wrap=True)
        if found:
            err.print(
                f"Nothing was written. Change these {len(found)}, run the report and share again.", soft_wrap=True
            )
            raise typer.Exit(EXIT_FAILED)
        files = {archive: packed(bundle), alone: page(bundle)}
        if pdf:
            files[printed] = stated(to_pdf(page(bundle), browser), bundle.made, bundle.authors)
        write(files)
    for path, reason in bundle.not_shared.items():
        out.print(f"not shared: {path}: {reason}; results hold what was computed from it", markup=False, soft_wrap=True)
    for path, content in files.items():
        out.print(f"wrote {path.name}: {len(content):,} bytes, SHA-256 {sha256(content)}", markup=False, soft_wrap=True)


@app.command("verify")
def verify_bundle(
    bundle: Annotated[Path, typer.Argument(help="An archive made by share, or its folder.", show_default=False)],
) -> None:
    """Compare a bundle with its checksums, manifest and crate; runs and extracts nothing."""
    from taobao_research.sharing.verify import verify

    said, wrong = verify(bundle)
    for line in wrong:
        out.print(printable(line), markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(EXIT_FAILED)
    out.print(printable(said), markup=False, soft_wrap=True)


app.command("identify")(identify_villages)
app.command("import")(import_list)
app.command("new-year")(begin_year)
app.command("fetch")(fetch_list)
app.command("init")(begin_project)


@app.command("params")
def list_params() -> None:
    """List every parameter with its default, unit, bounds and meaning."""
    from taobao_research.params import describe

    for name, default, unit, allowed, meaning in describe():
        out.print(f"{name}: {default} ({unit}; {allowed})\n    {meaning}", markup=False, soft_wrap=True)


@app.command()
def notebooks(context: typer.Context) -> None:
    """Execute the notebooks in notebooks/ again with their defaults and keep the outputs in them."""
    from taobao_research.reports.refresh import refresh

    for name in refresh(project_of(context)):
        out.print(f"executed {name}")


for each in app.registered_commands:  # whole in the list of commands, where click would cut each at one line
    each.short_help = (each.callback.__doc__ or "").split("\n\n")[0] if each.callback else None
