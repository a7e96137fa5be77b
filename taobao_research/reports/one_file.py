"""The whole report of a year as one page: nothing beside it is needed to read it."""

import base64
import re
from pathlib import Path
from typing import Any

from markupsafe import Markup

from taobao_research.errors import InputError
from taobao_research.params import Params
from taobao_research.reports.about import about
from taobao_research.reports.cache import Run
from taobao_research.reports.index import all_claims, contents_of, index, ledger_of, sections_of
from taobao_research.reports.manifest import Manifest
from taobao_research.reports.pages import render
from taobao_research.reports.sections import Notebook

ARTICLE = re.compile(r'<article id="[^"]+">\n(.*)</article>', re.DOTALL)
TABLE_LINK = re.compile(r'<a [^>]*href="(tables/[\w.-]+\.csv)"[^>]*>')
PAGE_LINK = re.compile(r'href="([\w.-]+)\.html(?:#([^"]+))?"')
FIGURE_LINKS = re.compile(r'<span class="files">[^<]*<a [^>]*href="figures/.*?</span>', re.DOTALL)
HEADING = re.compile(r"<(/?)h([1-4])\b")


def one_file(run: Run, params: Params, notebooks: list[Notebook], records: dict[str, Any], made: Manifest) -> str:
    """The overview, every section, all claims and what it was made from on one page; tables can be saved as CSV.

    Raises InputError where a section has no result.
    """
    missing = [each.title for each in notebooks if records.get(each.name, {}).get("status") != "ok"]
    if missing:
        raise InputError(f"reports/{run.year}: no result of {missing[0]}. Run: taobao-research report {run.year}")
    first = _article(index(run, params, notebooks, records, made, single=True))
    names = [each.name for each in notebooks]
    parts = [(name, _lowered(_article((run.folder / f"{name}.html").read_text(encoding="utf-8")))) for name in names]
    parts.append(("claims", _lowered(_article(all_claims(run, params, notebooks)))))
    page = render(
        "one_file.html.j2",
        params.labels,
        year=params.year,
        first=Markup(first),
        parts=[(name, Markup(part)) for name, part in parts],
        contents=contents_of(notebooks, params.labels),
        single=True,
        about=about(made, run.project, params.labels, single=True),
        filter_sections=sections_of(ledger_of(run.folder)),
    )
    page = FIGURE_LINKS.sub("", page)
    page = TABLE_LINK.sub(lambda link: _as_data(run.folder / link[1], link[1]), page)
    return PAGE_LINK.sub(lambda link: f'href="#{link[2] or link[1]}"', page)


def _article(page: str) -> str:
    found = ARTICLE.search(page)
    if not found:
        raise InputError("a page of the report holds no article. Run: taobao-research report --fresh")
    return found[1]


def _lowered(article: str) -> str:
    """The article with every heading one level lower, since the page has a heading of its own."""
    return HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) + 1}", article)


def _as_data(path: Path, name: str) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    return f'<a href="data:text/csv;charset=utf-8;base64,{content}" download="{Path(name).name}">'
