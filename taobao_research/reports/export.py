"""A section as a page: its notebook's text, numbered tables and figures, code folded, where its data come from.

Markup of outputs is cleaned by an allow-list; what stands in notebooks is never trusted.
"""

import copy
import json
import re
import struct
from base64 import b64decode
from dataclasses import dataclass
from functools import cache
from typing import Any

import nh3
from markupsafe import Markup, escape

from taobao_research.paths import Project
from taobao_research.reports.pages import TEMPLATES, claims_markup, identifier, read_ledger, render
from taobao_research.reports.results import TAG
from taobao_research.words import say

TAGS = {
    "a", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr", "i",
    "li", "ol", "p", "pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "th": {"scope"}}
WEB_OR_HERE = re.compile(r"(?:https?://|#)", re.IGNORECASE)
CLASSES = {"td": {"number"}, "th": {"number"}, "table": {"dataframe"}}
PIXELS_SHOWN = 2  # pixels of a picture to each that it takes on a page
HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """What a section's page says besides its notebook: its place among the sections, and its sources."""

    name: str
    title: str
    year: int
    labels: str
    contents: list[tuple[str, str]]  # names and titles of all sections, in order
    sources: list[dict[str, str]]  # rows of data/SOURCES.csv
    project: Project  # whose texts a Chinese page is in


def section_page(notebook: dict[str, Any], page: Page) -> str:
    """An executed notebook as a page of its own."""
    import nbformat

    number = page.name.split("_", 1)[0]
    numbered = _numbered(notebook, number, page)
    body, _ = _exporter().from_notebook_node(
        nbformat.reads(json.dumps(numbered), as_version=4), resources={"code": say("Code", page.labels)}
    )
    body, headings = _anchored(body, number)
    names = [name for name, _ in page.contents]
    here = names.index(page.name)
    return render(
        "section_page.html.j2",
        page.labels,
        page=page,
        prefix=number,
        body=Markup(body),
        headings=headings,
        before=page.contents[here - 1] if here else None,
        after=page.contents[here + 1] if here + 1 < len(names) else None,
    )


def clean(markup: str) -> str:
    """Markup with nothing but text, tables and links: no script, handler, style, frame or picture from afar.

    >>> clean('<td class="number" onclick="x()">1</td><script>x()</script>')
    '1'
    >>> clean('<table><tr><td class="number top" onclick="x()">1</td></tr></table>')
    '<table><tbody><tr><td class="number">1</td></tr></tbody></table>'
    >>> clean('<a href="../data/x.csv">x</a>')
    '<a rel="noopener noreferrer">x</a>'
    """
    return nh3.clean(
        markup,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes={"http", "https"},
        attribute_filter=_web_or_here,
    )


def _web_or_here(tag: str, attribute: str, value: str) -> str | None:
    """Nothing for a link to a file: on another machine, in one file or on paper it would lead nowhere, or say where."""
    return None if attribute == "href" and not WEB_OR_HERE.match(value) else value


def _anchored(body: str, number: str) -> tuple[str, list[tuple[str, str]]]:
    """The body with an id on each heading, and the ids with their text."""
    headings: list[tuple[str, str]] = []

    def anchor(found: re.Match[str]) -> str:
        text = Markup(found[1]).striptags()
        headings.append((f"{number}-{len(headings) + 1}-{identifier(text)}".lower(), text))
        return f'<h2 id="{escape(headings[-1][0])}">{found[1]}</h2>'

    return HEADING.sub(anchor, body), headings


def _numbered(notebook: dict[str, Any], number: str, page: Page) -> dict[str, Any]:
    """A copy in which ``metadata.page`` of each output says how the page shows it, tables and figures numbered."""
    notebook, tables, figures = copy.deepcopy(notebook), 0, 0
    for output in [each for cell in notebook["cells"] for each in cell.get("outputs", []) if "metadata" in each]:
        about, markup = output["metadata"].get(TAG, {}), ""
        if "figure" in about:
            figures += 1
            markup = _figure(about, output, f"{number}-{figures}", page.labels)
        elif about.get("table") == "parameters":
            markup = _parameters(output["data"], page.labels)
        elif {"table", "claims"} & set(about):
            tables += 1
            markup = _table(about, output["data"], f"{number}-{tables}", page)
        output["metadata"]["page"] = {"markup": markup}
    return notebook


def _figure(about: dict[str, str], output: dict[str, Any], number: str, labels: str) -> str:
    picture = "".join(output["data"]["image/png"])
    width, height = struct.unpack(">II", b64decode(picture[:64])[16:24])
    return render(
        "figure.html.j2",
        labels,
        picture=picture.replace("\n", ""),
        alt=output["metadata"].get("image/png", {}).get("alt", ""),
        caption=about.get("caption", ""),
        number=number,
        file=about["figure"],
        width=width // PIXELS_SHOWN,
        height=height // PIXELS_SHOWN,
    )


def _parameters(data: dict[str, Any], labels: str) -> str:
    table = clean("".join(data["text/html"]))
    return f"<details><summary>{escape(say('Parameters', labels))}</summary>{table}</details>"


def _table(about: dict[str, str], data: dict[str, Any], number: str, page: Page) -> str:
    name = about.get("table") or f"claims_{about['claims']}"
    if "claims" in about:
        rows = read_ledger("".join(data["text/csv"]))
        notes = number.split("-")[0]
        table: str = claims_markup(rows, about["caption"], page.project, page.year, page.labels, notes, number)
    else:
        table = clean("".join(data["text/html"]))
    label = escape(say("Table {number}", page.labels, number=number))
    if "<td" not in table:  # nothing but headings
        return f'<p id="table-{number}"><b>{label}.</b> {escape(about["caption"])}</p>'
    if "claims" not in about:
        table = table.replace("<caption>", f'<caption id="table-{number}"><b>{label}.</b> ', 1)
    return render("table.html.j2", page.labels, table=Markup(table), number=number, file=name)


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter  # takes half a second, which the index does not need

    exporter = HTMLExporter(
        template_name="section", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True
    )
    exporter.register_filter("clean_html", clean)
    return exporter
