"""HTML pages: one a section and the index. No script, no request, markup of outputs cleaned by an allow-list."""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import nh3

TEMPLATES = Path(__file__).parent / "templates"
TAGS = {
    "a", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr", "i",
    "li", "ol", "p", "pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "table": {"class"},
    "td": {"class"},
    "th": {"scope"},
    "h1": {"id"},
    "h2": {"id"},
    "h3": {"id"},
}


def section_page(notebook: dict[str, Any], title: str, year: int, lang: str) -> str:
    """An executed notebook as a page of its own."""
    page = {"title": f"{title} - {year}", "year": year, "lang": "zh" if lang == "zh" else "en", "style": style()}
    import nbformat

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    body, _ = _exporter().from_notebook_node(node, resources={"page": page})
    return body


def index_page(title: str, body: str, lang: str = "en") -> str:
    """A page of ready markup in the same dress."""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style()}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


@cache
def style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def clean(markup: str) -> str:
    """Markup with nothing but text, tables and links: no script, handler, style, frame or picture from afar.

    >>> clean('<td class="number" onclick="x()">1</td><script>x()</script>')
    '1'
    >>> clean('<table><tr><td class="number" onclick="x()">1</td></tr></table>')
    '<table><tbody><tr><td class="number">1</td></tr></tbody></table>'
    """
    return nh3.clean(markup, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https"})


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter  # takes half a second, which the index does not need

    exporter = HTMLExporter(
        template_name="section", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True
    )
    exporter.register_filter("clean_html", clean)
    return exporter
