"""The first page of a year's report, the page of all claims, the pages of sections that did not run, and the years."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from taobao_research.errors import InputError
from taobao_research.params import REPORT_YEAR, Params
from taobao_research.reports import sources
from taobao_research.reports.about import about, times
from taobao_research.reports.cache import Run
from taobao_research.reports.manifest import NAME as MANIFEST
from taobao_research.reports.manifest import Manifest, read_manifest
from taobao_research.reports.pages import KEY_SECTION, Ledger, claims_markup, read_ledger, render
from taobao_research.reports.sections import Notebook
from taobao_research.words import say

DOUBTFUL, FINDINGS = "Claims that differ or depend on a definition", "Key findings against data"
TOTALS = "tables/totals.csv"  # of section 1.1
Records = dict[str, dict[str, Any]]


def claims_table(folder: Path, records: Records) -> str:
    """``claims.csv``: the claims of all sections that succeeded, in the order of the report."""
    header, rows = "", []
    for record in records.values():
        for path in sorted(record["files"]):
            if path.startswith("tables/claims_"):
                header, _, body = (folder / path).read_text(encoding="utf-8").partition("\n")
                rows.append(body)
    return f"{header}\n{''.join(rows)}" if header else ""


def index(
    run: Run,
    params: Params,
    notebooks: list[Notebook],
    records: Records,
    made: Manifest,
    single: bool = False,
) -> str:
    """The page: what was run, totals, verdicts, sections, claims that differ with their reasons, sources.

    ``made`` is what it was made from; an edition in one file says that at its end, and when at its beginning.
    """
    labels = params.labels
    ledger = ledger_of(run.folder)
    return render(
        "index_page.html.j2",
        labels,
        year=params.year,
        of_the_report=params.year == REPORT_YEAR,
        moved=_moved(params),
        unfinished=_unfinished(params, notebooks, records),
        totals=_rows(run.folder / TOTALS),
        ledger=ledger,
        counts=Counter(row["verdict"] for row in ledger),
        sections=[_section(each, records.get(each.name), ledger, labels) for each in notebooks],
        doubtful=_claims([row for row in ledger if row["verdict"] in ("differs", "depends")], DOUBTFUL, run, labels),
        findings=_claims([row for row in ledger if row["section"] == KEY_SECTION], FINDINGS, run, labels),
        parameters=[(name, value, say(str(field.description), labels)) for name, value, field in _fields(params)],
        sources=sources.of([pattern for each in notebooks for pattern in each.declared(params.year)], run.project),
        contents=contents_of(notebooks, labels),
        made=made,
        times=times(made) if single else None,
        about=None if single else about(made, run.project, labels, single),
        single=single,
    )


def all_claims(run: Run, params: Params, notebooks: list[Notebook]) -> str:
    """The page of all claims, to be narrowed by verdict and section."""
    ledger, caption = ledger_of(run.folder), say("All claims", params.labels)
    return render(
        "claims_page.html.j2",
        params.labels,
        year=params.year,
        filter_sections=sections_of(ledger),
        counts=Counter(row["verdict"] for row in ledger),
        table=claims_markup(ledger, caption, run.project, params.year, params.labels, "claims"),
        total=len(ledger),
        contents=contents_of(notebooks, params.labels),
    )


def missing_pages(params: Params, notebooks: list[Notebook], records: Records) -> dict[str, str]:
    """A page, by its name, in the place of each section that has none, so that no link leads nowhere."""
    return {
        f"{each.name}.html": render(
            "missing_page.html.j2",
            params.labels,
            year=params.year,
            title=say(each.title, params.labels),
            name=each.name,
            number=each.number,
            status=_status(records.get(each.name)),
            contents=contents_of(notebooks, params.labels),
        )
        for each in notebooks
        if records.get(each.name, {}).get("status") != "ok"
    }


def years(folders: Iterable[Path], place: str = "{year}") -> str:
    """The page above the years: their totals and verdicts side by side.

    ``place`` is where a year's pages are from there. What is no year's report has no row.
    """
    rows = []
    for folder in folders:
        try:
            row = _year(folder, read_manifest((folder / MANIFEST).read_bytes()))
            rows.append({**row, "place": place.format(year=row["year"])})
        except (InputError, KeyError, ValueError, OSError):
            continue  # a damaged year has no row; its own report says what is wrong
    measures = list(dict.fromkeys(measure for row in rows for measure in row["totals"]))
    labels = "zh" if rows and all(row["labels"] == "zh" for row in rows) else "en"
    return render("years_page.html.j2", labels, rows=rows, measures=measures)


def ledger_of(folder: Path) -> Ledger:
    """The claims of a year's report."""
    return read_ledger(_text(folder / "claims.csv"))


def sections_of(ledger: Ledger) -> list[str]:
    """The sections that claims are made in, in order."""
    return list(dict.fromkeys(row["section"] for row in ledger))


def _year(folder: Path, manifest: Manifest) -> dict[str, Any]:
    ledger = ledger_of(folder)
    return {
        "year": folder.name,
        "labels": manifest.parameters["labels"],
        "totals": {row["measure"]: row["now"] for row in _rows(folder / TOTALS)},
        "claims": len(ledger),
        "counts": Counter(row["verdict"] for row in ledger),
    }


def contents_of(notebooks: list[Notebook], labels: str) -> list[tuple[str, str]]:
    """Names of the sections and their titles in the run's language."""
    return [(each.name, say(each.title, labels)) for each in notebooks]


def _fields(params: Params) -> list[tuple[str, Any, Any]]:
    return [(name, value, type(params).model_fields[name]) for name, value in params]


def _moved(params: Params) -> list[tuple[str, Any, Any]]:
    """The definitions that are not the report's: name, value, default."""
    defaults = type(params)()
    chosen = [(name, value, getattr(defaults, name)) for name, value in params if name not in ("year", "labels")]
    return [(name, value, default) for name, value, default in chosen if value != default]


def _claims(rows: Ledger, caption: str, run: Run, labels: str) -> str:
    return claims_markup(rows, say(caption, labels), run.project, run.year, labels, "index") if rows else ""


def _section(notebook: Notebook, record: dict[str, Any] | None, ledger: Ledger, labels: str) -> dict[str, Any]:
    files = sorted(path for path in (record or {}).get("files", {}) if path.startswith(("tables/", "figures/")))
    names = [path.removeprefix("tables/claims_").removesuffix(".csv") for path in files if "/claims_" in path]
    own = {section for name in names for section in name.split("_")}
    return {
        "name": notebook.name,
        "title": say(notebook.title, labels),
        "ok": bool(record) and record["status"] == "ok",
        "status": _status(record),
        "counts": Counter(row["verdict"] for row in ledger if row["section"] in own),
        "files": files,
    }


def _status(record: dict[str, Any] | None) -> str:
    if not record:
        return "not run"
    return f"{record['status']}: {record['message']}" if record.get("message") else record["status"]


def _unfinished(params: Params, notebooks: list[Notebook], records: Records) -> list[tuple[str, str]]:
    """The sections that did not succeed, were not run, or were run with other parameters, and which of these."""
    missing = []
    for notebook in notebooks:
        record = records.get(notebook.name)
        title = say(notebook.title, params.labels)
        if not record or record["status"] != "ok":
            missing.append((title, _status(record)))
        elif record["parameters"] != params.model_dump():
            missing.append((title, "run with other parameters than those below"))
    return missing


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(path))))


def _text(path: Path) -> str:
    """The file's text; nothing where a section that writes it did not run."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""
