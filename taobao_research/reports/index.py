"""The first page of a year's report, the page of all claims, and the ledger they stand on."""

import csv
import io
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from taobao_research.params import Params
from taobao_research.reports.export import index_page
from taobao_research.reports.sections import Notebook

VERDICTS = {
    "matches": "recomputed from data",
    "arithmetic": "the report agrees with itself, or a figure follows from printed ones",
    "depends": "holds under one named definition and not under another",
    "differs": "data, or the report elsewhere, say otherwise",
    "no data": "no data at hand reach it; the reason says which would",
}
KEY_SECTION = "key"
REPORT_YEAR = 2015
COLUMNS = {
    "section": "Section",
    "statement": "Statement",
    "printed": "Printed",
    "computed": "Computed",
    "unit": "Unit",
    "verdict": "Verdict",
    "note": "Reason",
}
Records = dict[str, dict[str, Any]]
Ledger = list[dict[str, str]]


def claims_table(folder: Path, records: Records) -> str:
    """``claims.csv``: the claims of all sections that succeeded, in the order of the report."""
    header, rows = "", []
    for record in records.values():
        for path in sorted(record["files"]):
            if path.startswith("tables/claims_"):
                header, _, body = (folder / path).read_text(encoding="utf-8").partition("\n")
                rows.append(body)
    return f"{header}\n{''.join(rows)}" if header else ""


def read_ledger(claims: str) -> Ledger:
    return list(csv.DictReader(io.StringIO(claims)))


def index(params: Params, notebooks: list[Notebook], records: Records, claims: str) -> str:
    """The page: what was run, verdicts, sections, key findings, claims that differ with their reasons."""
    ledger = read_ledger(claims)
    title = f"Taobao villages {params.year}: the report recomputed"
    doubtful = [row for row in ledger if row["verdict"] in ("differs", "depends")]
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{_subject(params)} {len(ledger)} claims, each with a verdict: <a href='claims.html'>all claims</a>.</p>",
        _moved(params),
        _unfinished(params, notebooks, records),
        "<h2>Verdicts</h2>",
        _counts(ledger),
        "<h2>Sections</h2>",
        _sections(notebooks, records, ledger),
        "<h2>Claims that differ or depend on a definition</h2>",
        _claims(doubtful, "Claims that differ or depend"),
        "<h2>Key findings</h2>",
        _claims([row for row in ledger if row["section"] == KEY_SECTION], "Key findings against data"),
        "<h2>Parameters</h2>",
        _parameters(params),
        '<p>The ledger as a table: <a href="claims.csv">claims.csv</a>. What was computed from what: '
        '<a href="manifest.json">manifest.json</a>.</p>',
    ]
    return index_page(title, "\n".join(part for part in parts if part))


def all_claims(params: Params, claims: str) -> str:
    """The page of all claims, a table for each verdict."""
    ledger = read_ledger(claims)
    title = f"Taobao villages {params.year}: all claims"
    parts = ['<nav aria-label="Report"><a href="index.html">Report</a></nav>', f"<h1>{title}</h1>"]
    for verdict, meaning in VERDICTS.items():
        rows = [row for row in ledger if row["verdict"] == verdict]
        parts += [f"<h2>{verdict} ({len(rows)})</h2>", f"<p>{meaning[:1].upper()}{meaning[1:]}.</p>"]
        parts.append(_claims(rows, f"Claims with the verdict: {verdict}"))
    return index_page(title, "\n".join(parts))


def _subject(params: Params) -> str:
    sections = "The sections of AliResearch's report on China's Taobao villages (2015), recomputed from data"
    return f"{sections}." if params.year == REPORT_YEAR else f"{sections} of the list of {params.year}."


def _moved(params: Params) -> str:
    """Says on top which definitions are not the report's."""
    defaults = type(params)()
    moved = [
        f"{name} is {value} (by default {getattr(defaults, name)})"
        for name, value in params
        if name != "year" and value != getattr(defaults, name)
    ]
    if not moved:
        return ""
    text = "; ".join(map(escape, moved))
    return (
        f'<p class="moved">This run moves definitions: {text}. Verdicts below are under these, not the report\'s.</p>'
    )


def _counts(ledger: Ledger) -> str:
    if not ledger:
        return "<p>No claims are registered for this year.</p>"
    counts = Counter(row["verdict"] for row in ledger)
    items = [
        f"<li><strong>{counts[verdict]}</strong> {verdict}<br><small>{meaning}</small></li>"
        for verdict, meaning in VERDICTS.items()
    ]
    return f'<ul class="counts">{"".join(items)}</ul>'


def _claims(rows: Ledger, caption: str) -> str:
    if not rows:
        return "<p>None.</p>"
    lines = [
        "<tr>"
        + "".join(f'<td data-label="{name}">{_cell(column, row[column])}</td>' for column, name in COLUMNS.items())
        + "</tr>"
        for row in rows
    ]
    return _table(caption, list(COLUMNS.values()), lines, "claims")


def _sections(notebooks: list[Notebook], records: Records, ledger: Ledger) -> str:
    lines = []
    for notebook in notebooks:
        record = records.get(notebook.name)
        sections = _sections_of(record)
        counts = Counter(row["verdict"] for row in ledger if row["section"] in sections)
        verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
        lines.append(f"<tr><td>{_link(notebook, record)}</td><td>{verdicts}</td><td>{_files(record)}</td></tr>")
    return _table("Sections of the report", ["Section", "Verdicts", "Tables and figures"], lines)


def _sections_of(record: dict[str, Any] | None) -> set[str]:
    names = [
        path.removeprefix("tables/claims_").removesuffix(".csv")
        for path in (record or {}).get("files", {})
        if path.startswith("tables/claims_")
    ]
    return {section for name in names for section in name.split("_")}


def _link(notebook: Notebook, record: dict[str, Any] | None) -> str:
    title = escape(notebook.title)
    if record is None:
        return f"{title} (not run)"
    if record["status"] != "ok":
        return f"{title} ({escape(record['status'])})"
    return f'<a href="{escape(notebook.name)}.html">{title}</a> (<a href="{escape(notebook.name)}.ipynb">notebook</a>)'


def _files(record: dict[str, Any] | None) -> str:
    paths = [path for path in (record or {}).get("files", {}) if path.startswith(("tables/", "figures/"))]
    links = [f'<a href="{escape(path)}">{escape(Path(path).name)}</a>' for path in sorted(paths)]
    if not links:
        return ""
    return f"<details><summary>{len(links)} files</summary>{', '.join(links)}</details>"


def _parameters(params: Params) -> str:
    lines = [
        f"<tr><td>{name}</td><td>{escape(str(value))}</td>"
        f"<td>{escape(str(type(params).model_fields[name].description))}</td></tr>"
        for name, value in params
    ]
    return _table("Parameters of the run", ["Parameter", "Value", "Meaning"], lines)


def _unfinished(params: Params, notebooks: list[Notebook], records: Records) -> str:
    """Lists the sections that did not succeed, were not run, or were run with other parameters."""
    missing = []
    for notebook in notebooks:
        record = records.get(notebook.name, {"status": "not run", "message": ""})
        if record["status"] == "ok" and record["parameters"] != params.model_dump():
            missing.append(f"<li>{escape(notebook.title)}: run with other parameters than those below</li>")
        if record["status"] != "ok":
            note = f"{record['status']}{': ' if record['message'] else ''}{record['message']}"
            missing.append(f"<li>{escape(notebook.title)}: {escape(note)}</li>")
    if not missing:
        return ""
    return f'<div class="failed"><p>This report is not complete.</p><ul>{"".join(missing)}</ul></div>'


def _cell(column: str, value: str) -> str:
    if column == "verdict":
        return f'<span class="badge">{escape(value)}</span>'
    number = column in ("printed", "computed") and value.isascii() and value.isdigit() and len(value) > 4
    return f"{int(value):,}" if number else escape(value).replace(" | ", ", ")


def _table(caption: str, headings: list[str], lines: list[str], kind: str = "plain") -> str:
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    return (
        f'<div class="table"><table class="{kind}"><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
