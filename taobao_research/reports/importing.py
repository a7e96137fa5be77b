"""``taobao-research import``: a published list into ``data/<year>/villages.csv``, and what it means for the claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from taobao_research.claims.ledger import judge_all
from taobao_research.errors import InputError, printable
from taobao_research.files import clear_unfinished, sha256, write_whole
from taobao_research.measures.definitions import taobao_towns
from taobao_research.measures.poverty import bound_in_words, not_on_record
from taobao_research.measures.series import beside_published
from taobao_research.params import Params, params_of
from taobao_research.paths import Project, shown
from taobao_research.reports.checking import check_run, coordinates_said
from taobao_research.tables import schema
from taobao_research.tables.check import recording
from taobao_research.tables.imports.compare import differences, doubts, total_difference, town_differences
from taobao_research.tables.imports.names import Known
from taobao_research.tables.imports.reading import PublishedList, read_list, said
from taobao_research.tables.imports.rows import REFUSED, REPAIRED
from taobao_research.tables.load import parse_table, read_sources
from taobao_research.tables.study import Study

SHOWN_REPAIRS = 3
FROM_REGISTRY = ("producer", "title", "published", "url", "licence", "licence_url")


@dataclass(frozen=True)
class Import:
    """A list that was read, the run it belongs to, and the table that stands in its place now
    (None: none, or none that can be read)."""

    file: Path
    found: PublishedList
    study: Study
    old: pd.DataFrame | None

    @property
    def target(self) -> Path:
        return self.study.project.data_of(self.study.year) / "villages.csv"

    @property
    def changes(self) -> bool:
        """Whether the file's table is another one than the one that is there and on record."""
        sources, key = read_sources(self.study.project), f"{self.study.year}/villages.csv"
        recorded = sources.loc[key, "sha256"] if key in sources.index else ""
        return not self.is_there or recorded != sha256(self.found.content)

    @property
    def is_there(self) -> bool:
        """Whether this very table is there, recorded or not (an import may have been killed between the two)."""
        return self.target.is_file() and self.target.read_bytes() == self.found.content


def prepare(
    year: int,
    file: Path,
    project: Project,
    sheet: str | None = None,
    encoding: str | None = None,
    turnover_unit: str | None = None,
    leave_out_refused: bool = False,
) -> Import:
    """Read the list of a year; nothing is written. See ``reading.read_list`` for the options."""
    study = Study(_params(year, project), project)
    known = Known(study.provinces, study.county_points)
    found = read_list(file, known, sheet, encoding, turnover_unit, leave_out_refused)
    return Import(file, found, study, _table_there(project.data_of(year) / "villages.csv"))


def _table_there(path: Path) -> pd.DataFrame | None:
    """The table that is there; a broken one can be replaced, and is kept, but not compared with."""
    try:
        return parse_table(path.read_bytes(), schema.VILLAGES, shown(path)) if path.is_file() else None
    except InputError:
        return None


def _params(year: int, project: Project) -> Params:
    if not project.params_of(year).is_file() or not (project.data_of(year) / "claims.csv").is_file():
        raise InputError(
            f"{year}: no params/{year}.yaml with data/{year}/claims.csv. First: taobao-research new-year {year}"
        )
    return params_of(year, project)


def remarks_said(plan: Import, every: bool) -> list[str]:
    """Omissions and refusals, and the repairs by kind: every one, or the first rows of each kind."""
    remarks = plan.found.remarks
    repaired = remarks["kind"] == REPAIRED
    lines = []
    for kind, rows in remarks[~repaired].groupby("kind", sort=True):
        lines += [f"{kind}: {len(rows):,} row{'s' * (len(rows) > 1)}", *said(rows)]
    for (column, why), rows in remarks[repaired].groupby(["column", "why"], sort=False):
        lines.append(f"repaired {len(rows):,} x {column}: {why}")
        shown_rows = rows if every else rows.head(SHOWN_REPAIRS)
        lines += said(shown_rows)
        if len(rows) > len(shown_rows):
            lines.append(f"  ... and {len(rows) - SHOWN_REPAIRS:,} more, all in reports/imports/{plan.study.year}.csv")
    return lines


def refusals_said(plan: Import) -> str:
    """What a dry run ends with where rows are refused; nothing where none is."""
    count = int((plan.found.remarks["kind"] == REFUSED).sum())
    if not count:
        return ""
    rows = f"{count:,} row{' is' if count == 1 else 's are'} refused"
    hint = "Mend them in the file, or import the rest, as shown here, with --leave-out-refused."
    return f"{plan.file.name}: {rows}, so without --dry-run nothing would be imported. {hint}"


def findings(plan: Import) -> list[str]:
    """What a reader has to know before the table is used, in sentences: totals, comparisons, verdicts, doubts."""
    villages, study = plan.found.villages, plan.study
    starred = int((villages["villages"] * villages["locally_reported"]).sum())
    lines = [f"read as {plan.found.how}: {int(villages['villages'].sum()):,} villages in {len(villages):,} rows"]
    places = [villages[list(schema.PLACE[:depth])].drop_duplicates() for depth in (1, 2, 3, 4)]
    words = ("provinces", "cities", "counties", "towns")
    counts = ", ".join(f"{len(rows):,} {word}" for rows, word in zip(places, words, strict=True))
    no_town = int((places[3]["town"] == "").sum())
    counts += f" ({no_town:,} without a name: a county's villages listed under no town)" if no_town else ""
    lines.append(f"{counts}; {starred:,} locally reported")
    lines.append("columns: " + ", ".join(f"{heading} = {column}" for column, heading in plan.found.read.items()))
    lines += [f"not read: {', '.join(plan.found.unread)}"] if plan.found.unread else []
    lines += [*total_difference(villages, plan.found.total), *_beside_published(plan)]
    if plan.found.towns is not None:
        lines += town_differences(villages, plan.found.towns, study.params.town_min_villages)
    if plan.old is not None:
        lines += differences(villages, plan.old, shown(plan.target))
    elif plan.target.is_file():
        lines.append(f"{shown(plan.target)} cannot be read, so nothing is compared with it")
    imported = study.with_villages(villages)
    if len(not_on_record(villages, imported.poverty)):
        lines.append(f"villages in national poverty counties: {bound_in_words(villages, imported.poverty)}")
    lines += [*_verdicts(plan), *coordinates_said(imported), *imported.unplaced]
    return [*lines, *doubts(villages, study.params.min_turnover_cny)]


def _beside_published(plan: Import) -> list[str]:
    """The list's villages and towns beside what sources print for its year (``data/series``)."""
    villages, study = plan.found.villages, plan.study
    towns = len(taobao_towns(villages, study.params.town_min_villages))
    counts = pd.Series({"Taobao villages": int(villages["villages"].sum()), "Taobao towns": towns})
    lines = []
    for each in beside_published(counts, study.series, study.year).itertuples():
        published = f"{each.published:,} {each.measure} ({each.sources} source{'' if each.sources == 1 else 's'})"
        apart = each.listed - each.published
        how = f"{abs(apart):,} {'more' if apart > 0 else 'fewer'}" if apart else "the same"
        lines.append(f"published for {study.year}: {published}; in this list {each.listed:,}, {how}")
    return lines or [f"data/series has no number of villages or towns of {study.year} to compare the list with"]


def _verdicts(plan: Import) -> list[str]:
    """How the year's claims come out with the new table, and which do not as expected."""
    after = judge_all(plan.study.with_villages(plan.found.villages))
    if after.empty:
        return [f"data/{plan.study.year}/claims.csv holds no claims yet, so nothing is compared with print"]
    counts = after["verdict"].value_counts()
    lines = ["claims: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())]
    before = plan.study.claims.set_index("id")["expected"]
    for each in after[after["verdict"] != after["id"].map(before)].itertuples():
        lines.append(f"  {each.verdict}, where {before[each.id]} is expected: {each.statement}")
        lines.append(f"    printed {each.printed} {each.unit}, this list {each.computed or 'does not say'}")
    return lines


def save(plan: Import, replace: bool) -> list[Path]:
    """Put the table in its place, record it, keep the one it replaces, write the remarks; returns the files written.

    If anything fails, or the year's data do not hold together with the new table, everything is as it was.
    """
    kept = _kept(plan)
    if plan.target.is_file() and not (replace or plan.is_there):
        raise InputError(
            f"{shown(plan.target)}: there already. With --replace the new table takes its place, and the old one is "
            f"kept as {shown(kept)}."
        )
    contents = {kept: plan.target.read_bytes()} if plan.target.is_file() and not plan.is_there else {}
    contents |= {plan.target: plan.found.content, _remarks_path(plan): _remarks_table(plan).encode("utf-8")}
    clear_unfinished(*{path.parent for path in contents})
    with _all_or_nothing(list(contents)):
        for path, content in contents.items():
            write_whole(path, content)
        with recording(plan.study.year, plan.study.project, {f"{plan.study.year}/villages.csv": _origin(plan)}):
            check_run(plan.study.params, plan.study.project)
    return list(contents)


@contextmanager
def _all_or_nothing(paths: list[Path]) -> Iterator[None]:
    """Put the files back as they were, absent ones and their folders too, if what is done within fails."""
    before = {path: path.read_bytes() if path.is_file() else None for path in paths}
    new_folders = [folder for path in paths for folder in path.parents if not folder.exists()]
    try:
        yield
    except BaseException as error:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != content:
                write_whole(path, content)
        for folder in new_folders:  # the innermost first
            if folder.is_dir():
                folder.rmdir()
        if isinstance(error, OSError):
            where = shown(Path(error.filename)) if error.filename else "a file"
            raise InputError(f"{where}: cannot be written: {error.strerror}. Nothing was changed.") from None
        raise


def _remarks_path(plan: Import) -> Path:
    return plan.study.project.reports / "imports" / f"{plan.study.year}.csv"


def _remarks_table(plan: Import) -> str:
    """Every repair, omission and refusal as CSV; no cell is one that a spreadsheet program would execute or hide."""
    remarks = plan.found.remarks.copy()
    for column in ("found", "became"):
        shown_as = remarks[column].map(printable).str.replace("\n", "\\n")
        remarks[column] = shown_as.where(~shown_as.str.match(r"[=+@\-]."), "'" + shown_as)
    return remarks.to_csv(index=False, lineterminator="\n")


def _kept(plan: Import) -> Path:
    """Where the table that is there now is kept; the name says which it is. Not a .csv, so it is no data file."""
    digest = sha256(plan.target.read_bytes())[:8] if plan.target.is_file() else "none"
    return plan.target.with_name(f"villages_{digest}.csv.kept")


def _origin(plan: Import) -> dict[str, str]:
    """The record's columns on origin: those of the registered list with this checksum, else `not stated`."""
    digest = sha256(plan.file.read_bytes())
    registered = read_sources(plan.study.project)
    same = registered[registered["sha256"] == digest]
    known = {column: same.iloc[0][column] for column in FROM_REGISTRY} if len(same) else {}
    stated = {"producer": "not stated", "title": "not stated", "published": "", "url": "", "licence": "not stated",
              "licence_url": ""}  # fmt: skip
    kinds = plan.found.remarks["kind"].value_counts().to_dict()
    done = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "nothing repaired"
    name = printable(plan.file.name)[:80].strip()
    note = f"imported from {name} (sha256 {digest[:12]}...): {done}"
    return {**stated, **known, "retrieved": date.today().isoformat(), "note": note}
