"""The commands that bring a project, a year and its list; like the others they import what is heavy when they run."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from taobao_research.console import out, project_of, stoppable
from taobao_research.errors import InputError, printable
from taobao_research.paths import shown


def begin_project(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.", show_default=False)],
) -> None:
    """Make a project of your own: notebooks, parameters and data, as they come with this package."""
    from taobao_research.new_project import new_project

    with stoppable("nothing was made"):
        new_project(folder)
    out.print(f"made a project in {folder}", markup=False, soft_wrap=True)
    out.print(f"next: cd {shlex.quote(str(folder))}, and taobao-research report 2015", markup=False, soft_wrap=True)


def begin_year(
    context: typer.Context,
    year: Annotated[int, typer.Argument(help="The year of a list, such as 2017.")],
) -> None:
    """Make the parameter file and the data folder of another year, all or nothing."""
    from taobao_research.tables.new_year import new_year

    with stoppable("nothing was made"):
        made = new_year(year, project_of(context))
    for path in made:
        out.print(f"made {shown(path)}", soft_wrap=True)
    out.print("recorded in data/SOURCES.csv. Next:")
    out.print(f"  taobao-research import {year} FILE\n  taobao-research report {year}", soft_wrap=True)


def fetch_list(
    context: typer.Context,
    year: Annotated[int, typer.Argument(help="The year of a published list, such as 2014.")],
    url: Annotated[str | None, typer.Option(help="Another address than the one on record.")] = None,
    sha256: Annotated[
        str | None, typer.Option(help="The checksum the file must have, where none is on record.")
    ] = None,
) -> None:
    """Download a year's published list into data/<year>/published/, if its checksum is the one known."""
    from taobao_research.tables.fetch import fetch, wanted

    with stoppable("nothing was kept"):
        for each in wanted(year, project_of(context), url, sha256):
            said = "fetched" if fetch(each) else "already there, with the right checksum:"
            out.print(f"{said} {shown(each.path)}. Next:", markup=False, soft_wrap=True)
            out.print(f"  taobao-research import {year} {shown(each.path)}", markup=False, soft_wrap=True)


def import_list(
    context: typer.Context,
    year: Annotated[int, typer.Argument(help="Year of the list.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="The list, .xlsx or .csv.", show_default=False)],
    sheet: Annotated[str | None, typer.Option(help="Sheet of villages, where several could be it.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a .csv; by default found out and said.")] = None,
    turnover_unit: Annotated[str | None, typer.Option(help="元, 万 or 亿, where the heading does not say.")] = None,
    leave_out_refused: Annotated[bool, typer.Option("--leave-out-refused", help="Import the good rows.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a table; the old one is kept.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say everything, write nothing.")] = False,
) -> None:
    """Turn a published list into data/<year>/villages.csv; says what was repaired, left out or refused."""
    from taobao_research.reports.importing import findings, prepare, refusals_said, remarks_said, save

    plan = prepare(year, file, project_of(context), sheet, encoding, turnover_unit, leave_out_refused or dry_run)
    for line in [*remarks_said(plan, every=dry_run), *findings(plan)]:
        out.print(printable(line), markup=False, soft_wrap=True)
    if dry_run:
        out.print("nothing written (--dry-run)")
        if not leave_out_refused and (refusals := refusals_said(plan)):
            raise InputError(refusals)
    elif not plan.changes:
        out.print(f"data/{year}/villages.csv holds this very table already")
    else:
        with stoppable("everything is as it was"):
            written = save(plan, replace)
        for path in written:
            out.print(f"wrote {shown(path)}", soft_wrap=True)
        out.print(f"next: taobao-research report {year}")
