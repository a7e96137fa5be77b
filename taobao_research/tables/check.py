"""A year's params, data and claims, looked at before anything runs; and recording an intended change."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from taobao_research.errors import InputError
from taobao_research.files import clear_unfinished, write_whole
from taobao_research.params import Params
from taobao_research.paths import PUBLISHED, Project, shown
from taobao_research.tables import schema
from taobao_research.tables.load import TEXTS, count_rows, read_sources, sha256_of
from taobao_research.tables.study import Study

RECORDED_BY_USER = {"producer": "not stated", "title": "not stated", "licence": "not stated"}


def check_year(params: Params, project: Project) -> Study:
    """Read everything that a report of the year reads; raises InputError at the first file that is not good."""
    if not project.data_of(params.year).is_dir():
        years = ", ".join(sorted(path.name for path in project.data.glob("20*") if path.is_dir()))
        raise InputError(f"data/{params.year}: no such folder. Years with data: {years}.")
    study = Study(params, project)
    for name in ("villages", "before", "claims", "products", "product_commodities", "provinces", "counties",
                 "county_points", "county_codes", "place_changes", "poverty_counties", "poverty_provincial",
                 "cases", "series", "transitions", "lists", "texts"):  # fmt: skip
        getattr(study, name)
    for name in schema.FIGURES:
        study.figure(name)
    _check_provinces(study)
    _check_rows(params.year, project)
    return study


def tables_of(year: int, project: Project) -> list[Path]:
    """The CSV files of a year's folder, and its ``zh.po`` where there is one.

    What lies in its ``published/`` is no table of ours, whatever it is.
    """
    folder = project.data_of(year)
    tables = [path for path in folder.rglob("*.csv") if path.relative_to(folder).parts[0] != PUBLISHED]
    return sorted([*tables, *folder.glob(TEXTS)])


@contextmanager
def recording(year: int, project: Project, origins: dict[str, dict[str, str]] | None = None) -> Iterator[list[str]]:
    """Write size and checksum of the year's files into ``data/SOURCES.csv``; yields the files that changed.

    What is known about a file's origin stays, unless ``origins`` (by path under ``data/``, the columns of
    ``SOURCES.csv``) says otherwise; a new file is entered as `not stated`, to be filled in by hand.
    Beginnings of files that a killed run left there are removed. If what is done within fails (the data turn out not
    to be good), the record is put back as it was.
    """
    clear_unfinished(project.data, project.data_of(year))
    before, sources = project.sources.read_bytes(), read_sources(project).reset_index()
    rows = {row["path"]: row for row in sources.to_dict("records")}
    changed = []
    for path in tables_of(year, project):
        key = path.relative_to(project.data).as_posix()
        old = rows.get(key, {**dict.fromkeys(sources.columns, ""), **RECORDED_BY_USER, "path": key})
        new = {**old, **(origins or {}).get(key, {}), "sha256": sha256_of(path), "rows": count_rows(path)}
        if new != old:
            rows[key] = new
            changed.append(shown(path))
    table = pd.DataFrame(sorted(rows.values(), key=lambda row: row["path"]), columns=sources.columns)
    try:
        write_whole(project.sources, table.to_csv(index=False, lineterminator="\n"))
        yield changed
    except BaseException:
        write_whole(project.sources, before)
        raise


def without_source(year: int, project: Project) -> list[str]:
    """The year's files whose producer is still to be filled in."""
    sources = read_sources(project)
    ours = sources.index.str.startswith(f"{year}/") & ~sources.index.str.startswith(f"{year}/{PUBLISHED}/")
    mine = sources[ours & (sources["producer"] == RECORDED_BY_USER["producer"])]
    return [f"data/{path}" for path in mine.index]


def refuse_unknown(values: pd.Series, known: set[str], where: str, rule: str) -> None:
    """Raise InputError at the first value of a file's column that is not among the known ones."""
    unknown = values[~values.isin(known)]
    if len(unknown):
        raise InputError(
            f"{where}, row {unknown.index[0] + 2}, column {values.name}, value {unknown.iloc[0]!r}: {rule}"
        )


def _check_provinces(study: Study) -> None:
    rule = "not a province of data/reference/provinces.csv (full names, such as 浙江省)"
    known = set(study.provinces["province"])
    refuse_unknown(study.villages["province"], known, f"data/{study.year}/villages.csv", rule)


def _check_rows(year: int, project: Project) -> None:
    sources = read_sources(project)
    for path in tables_of(year, project):
        key, rows = path.relative_to(project.data).as_posix(), count_rows(path)
        if key in sources.index and rows != sources.loc[key, "rows"]:
            raise InputError(f"{shown(path)}: {rows} rows where data/SOURCES.csv has {sources.loc[key, 'rows']}.")
