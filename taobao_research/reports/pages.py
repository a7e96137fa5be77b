"""Pages from templates: one dress for the section pages, the index, the claims and the edition in one file.

Every value is escaped by the template engine; ready markup is marked as such where it is made. No page holds a
script or loads anything.
"""

import csv
import io
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from taobao_research.params import Params
from taobao_research.paths import Project
from taobao_research.reading import as_printed, grouped
from taobao_research.words import say

TEMPLATES = Path(__file__).parent / "templates"
VERDICTS = {
    "matches": "recomputed from data, or as other sources print it",
    "arithmetic": "printed figures agree with each other, or a figure follows from printed ones",
    "depends": "holds under one named definition and not under another",
    "differs": "data, or the report elsewhere, say otherwise",
    "no data": "no data at hand reach it; the reason says which would",
}
CLAIM_COLUMNS = {
    "section": "Section",
    "statement": "Statement",
    "printed": "Printed",
    "computed": "Computed",
    "unit": "Unit",
    "verdict": "Verdict",
    "note": "Reason",
}
SOURCE_COLUMNS = {
    "path": "File",
    "producer": "Producer",
    "title": "Title",
    "published": "Published",
    "licence": "Licence",
}
KEY_SECTION = "key"
Ledger = list[dict[str, str]]


def render(template: str, labels: str = "en", **values: Any) -> str:
    """A page or a part of one, its own words in the run's language."""
    values = {"single": False, **values}
    return (
        _environment()
        .get_template(template)
        .render(
            say=lambda text, **filling: say(text, labels, **filling),
            labels=labels,
            lang="zh-Hans" if labels == "zh" else "en",
            verdicts=VERDICTS,
            claim_columns=CLAIM_COLUMNS,
            source_columns=SOURCE_COLUMNS,
            style=Markup(style()),
            grouped=partial(grouped, labels=labels),
            as_printed=partial(as_printed, labels=labels),
            **values,
        )
    )


def claims_markup(
    rows: Ledger, caption: str, project: Project, year: int, labels: str, notes: str, number: str = ""
) -> Markup:
    """The table of claims as every page shows it; its badges lead to the footnotes whose ids begin with ``notes``."""
    told = rows
    if rows and labels == "zh":
        from taobao_research.claims.shown import shown_in  # loads pandas, which a page in English does not need
        from taobao_research.tables.study import Study

        told = shown_in(rows, Study(Params(year=year, labels="zh"), project))
    pairs = list(zip(rows, told, strict=True))
    return Markup(render("claims_table.html.j2", labels, rows=pairs, caption=caption, notes=notes, number=number))


def read_ledger(claims: str) -> Ledger:
    """The rows of a stored table of claims."""
    return list(csv.DictReader(io.StringIO(claims)))


@cache
def style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["identifier"] = identifier
    environment.filters["section_number"] = section_number
    return environment


def section_number(section: str) -> str:
    """The number of a section of the ledger; that of the key findings is 0.

    >>> section_number("2.1"), section_number("key")
    ('2.1', '0')
    """
    return "0" if section == KEY_SECTION else section


def identifier(text: str) -> str:
    """The text as part of an id or a class.

    >>> identifier("no data")
    'no-data'
    """
    return "-".join(text.split())
