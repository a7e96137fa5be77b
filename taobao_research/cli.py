"""The command line. Nothing heavy is imported until a command needs it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from taobao_research.errors import InputError

EXIT_FAILED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The Research Report on China's Taobao Villages (2015), recomputed and audited; runs for other years too. "
    "Exit codes: 0 done, 1 a section failed, 2 bad input, 130 interrupted.",
)
out, err = Console(highlight=False), Console(stderr=True, highlight=False)

Years = Annotated[list[int] | None, typer.Argument(help="Years to report, such as 2015 2016.", show_default=False)]


@app.command()
def report(
    years: Years = None,
    params: Annotated[Path | None, typer.Option(help="A parameter file of your own, in place of years.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="A section, such as 2.1; may be given again.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Sections at a time.")] = os.cpu_count() or 1,
    cell_seconds: Annotated[int, typer.Option(min=1, help="Limit for one cell.")] = 120,
    section_seconds: Annotated[int, typer.Option(min=1, help="Limit for one section.")] = 600,
    run_seconds: Annotated[int, typer.Option(min=1, help="Limit for the whole run.")] = 3600,
) -> None:
    """Execute the notebooks of one or several years into reports/<year>/."""
    from taobao_research.params import params_of, read_params

    if bool(years) == bool(params):
        raise InputError("report: give years (such as 2015) or --params FILE, one of the two.")
    runs = [read_params(params)] if params else [params_of(year) for year in dict.fromkeys(years or [])]

    from taobao_research.reports.driver import Interrupted, Limits
    from taobao_research.reports.progress import Progress
    from taobao_research.reports.run import report as run_report
    from taobao_research.reports.sections import chosen
    from taobao_research.tables.check import check_year

    sections = chosen(only or [])
    for run in runs:
        check_year(run)
    limits = Limits(cell_seconds, section_seconds, run_seconds)
    try:
        with Progress(out, len(sections) * len(runs)) as progress:
            outcomes = run_report(runs, only or [], jobs, limits, progress.started, progress.ended)
    except Interrupted:
        err.print("Interrupted; finished sections are kept. Run the command again for the rest.")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    progress.summary(outcomes)
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def check(
    years: Years = None,
    record: Annotated[bool, typer.Option("--record", help="Record intended changes in data/SOURCES.csv.")] = False,
) -> None:
    """Look at the params, data and claims of years before anything runs."""
    from taobao_research.claims.ledger import count_verdicts, judge_all
    from taobao_research.params import params_of
    from taobao_research.tables.check import check_year, record_year

    for year in years or []:
        params = params_of(year)
        if record:
            for path in record_year(year):
                out.print(f"recorded {path}")
        study = check_year(params)
        judged = judge_all(study)
        counts = count_verdicts(judged).drop(columns=["section", "claims"]).sum()
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        total = int(study.villages["villages"].sum())
        out.print(f"{year}: data good; {total:,} villages; {len(judged)} claims: {verdicts}")
    if not years:
        raise InputError("check: give one or more years, such as 2015.")


@app.command("params")
def list_params() -> None:
    """List every parameter with its type, default, unit, bounds and meaning."""
    from rich.table import Table

    from taobao_research.params import describe

    table = Table("parameter", "default", "unit", "allowed", "meaning", box=None)
    for row in describe():
        table.add_row(*row)
    out.print(table)


@app.command()
def notebooks() -> None:
    """Execute the notebooks in notebooks/ again with their defaults and keep the outputs in them."""
    from taobao_research.reports.refresh import refresh

    for name in refresh():
        out.print(f"executed {name}")


def main() -> None:
    """Run a command; bad input ends with one message and exit code 2."""
    try:
        app(standalone_mode=True)
    except InputError as error:
        err.print(str(error), markup=False, soft_wrap=True)
        sys.exit(EXIT_BAD_INPUT)
