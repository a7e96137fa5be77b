"""Promises 19 and 20, as far as a parser sees them: pages hold no script, load nothing, and can be read by everyone."""

import base64
import json
import re
from html.parser import HTMLParser
from itertools import combinations, count, pairwise
from pathlib import Path

import numpy as np
import pytest

from taobao_research.charts.style import DARK, VERDICT_COLOURS
from taobao_research.paths import Project
from taobao_research.reports import results, sources
from taobao_research.reports.cache import Run
from taobao_research.reports.export import Page, section_page
from taobao_research.reports.index import years
from taobao_research.reports.manifest import manifest
from taobao_research.reports.pages import VERDICTS, claims_markup, render, style
from taobao_research.reports.results import TAG
from tests.checkout import CHECKOUT

pytestmark = pytest.mark.slow
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000002000000020806000000"
        "72b60d240000001149444154789c63f8cfc0f01f84a1140019f203fd9e2d0c"
        "c20000000049454e44ae426082"
    )
).decode()
PAGE = Page(
    "2.1_x",
    "2.1 A section",
    2015,
    "en",
    [("1_a", "1 Before"), ("2.1_x", "2.1 A section"), ("3_b", "3 After")],
    [],
    CHECKOUT,
)
NUMBERS = count()
HEADER = "id,section,statement,printed,computed,unit,rule,verdict,note\n"
PAYLOADS = {
    "script": "<script>window.harm = 1</script>",
    "handler": '<img src="x" onerror="window.harm = 1">',
    "link": '<a href="javascript:window.harm=1">read</a>',
    "svg": '<svg onload="window.harm = 1"><script>window.harm = 1</script></svg>',
    "frame": '<iframe src="http://127.0.0.1:9/"></iframe>',
    "refresh": '<meta http-equiv="refresh" content="0; url=http://127.0.0.1:9/">',
    "style": '<style>body { background: url("http://127.0.0.1:9/a") }</style><p style="background:url(//127.0.0.1:9)">',
    "form": '<form action="http://127.0.0.1:9/"><input autofocus onfocus="window.harm = 1"></form>',
    "object": '<object data="http://127.0.0.1:9/"></object><embed src="http://127.0.0.1:9/">',
}


class Parsed(HTMLParser):
    """Elements of a page with their attributes, headings and text, as a reader's program sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def cell(kind: str, source: str, **data: object) -> dict:
    made = {"cell_type": kind, "id": f"cell-{next(NUMBERS)}", "metadata": {}, "source": source}
    return made if kind == "markdown" else {**made, "execution_count": 1, "outputs": [data] if data else []}


def notebook(*cells: dict) -> dict:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell("markdown", "# A title"), *cells]}


def shown(about: dict, **data: str) -> dict:
    kinds = {
        "html": "text/html",
        "csv": "text/csv",
        "png": "image/png",
        "plain": "text/plain",
        "markdown": "text/markdown",
    }
    content = {kinds[kind]: value for kind, value in data.items()}
    metadata = {TAG: about, "image/png": {"alt": "Two points, one above the other."}}
    return {"output_type": "display_data", "data": content, "metadata": metadata}


def harmless(page: str) -> None:
    parsed = Parsed(page)
    forbidden = {
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "svg",
        "link",
        "base",
        "frame",
        "video",
        "audio",
        "input",
    }
    assert forbidden.isdisjoint(name for name, _ in parsed.elements)
    for name, attributes in parsed.elements:
        assert not [each for each in attributes if each.startswith("on") or each == "style"], (name, attributes)
        for link in (attributes.get("href", ""), attributes.get("src", "")):
            assert not link.lower().startswith(("javascript", "//", "http://127")), (name, link)
        assert attributes.get("http-equiv") is None
    assert len(parsed.all("style")) == 1 and "127.0.0.1" not in page.split("</style>")[0]


@pytest.mark.parametrize("name", PAYLOADS)
def test_what_a_notebook_brings_cannot_harm_the_reader(name: str) -> None:
    payload = PAYLOADS[name]
    table = f"<table><thead><tr><th>{payload}</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    for page in (
        section_page(notebook(cell("markdown", f"## A heading {payload}\n\n{payload}")), PAGE),
        section_page(notebook(cell("code", "a", **shown({}, html=payload))), PAGE),
        section_page(
            notebook(cell("code", "a", **shown({"table": "t", "caption": payload}, html=table, csv="a\n"))), PAGE
        ),
        section_page(notebook(cell("code", "a", **shown({}, markdown=payload))), PAGE),
        section_page(notebook(cell("code", "a", **shown({}, plain=payload))), PAGE),
        section_page(notebook(cell("code", "a", **shown({"figure": "f", "caption": payload}, png=PIXEL))), PAGE),
        section_page(notebook(cell("code", f"a = '''{payload}'''")), PAGE),
    ):
        harmless(page)


def test_markup_a_notebook_claims_to_be_ready_is_not_believed() -> None:
    output = shown({}, plain="text")
    output["metadata"]["page"] = {"markup": "<script>window.harm = 1</script>"}
    harmless(section_page(notebook(cell("code", "a", **output)), PAGE))


def test_cells_of_a_stored_table_of_claims_are_text() -> None:
    row = dict.fromkeys(["section", "statement", "printed", "computed", "unit", "rule", "note"], "<script>x</script>")
    markup = claims_markup([{**row, "verdict": "matches"}], "<b>Claims</b>", CHECKOUT, 2015, "en", "index")
    assert Parsed(markup).all("script") == [] and "&lt;b&gt;Claims" in markup


def test_a_page_has_one_title_ordered_headings_and_a_language() -> None:
    page = section_page(notebook(cell("markdown", "## First\n\ntext\n\n### Below\n\n## Second")), PAGE)
    levels = [int(name[1]) for name, _ in Parsed(page).elements if re.fullmatch(r"h[1-6]", name)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert Parsed(page).all("html") == [{"lang": "en"}]
    chinese = section_page(notebook(), Page(**{**vars(PAGE), "labels": "zh"}))
    assert Parsed(chinese).all("html") == [{"lang": "zh-Hans"}]


def test_tables_and_figures_are_numbered_captioned_and_can_be_downloaded() -> None:
    table = (
        "<table><caption>Villages</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    )
    claims = HEADER + "1,2.1,Villages,12000,12000,villages,exact,matches,-\n"
    page = section_page(
        notebook(
            cell("code", "a", **shown({"table": "one", "caption": "Villages"}, html=table, csv="a\n1\n")),
            cell("code", "b", **shown({"figure": "two", "caption": "A drawing"}, png=PIXEL)),
            cell("code", "c", **shown({"claims": "2.1", "caption": "Claims"}, html=table, csv=claims)),
        ),
        PAGE,
    )
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page))
    assert "Table 2.1-1. Villages" in text and "Figure 2.1-1. A drawing" in text and "Table 2.1-2. Claims" in text
    links = {each.get("href") for each in Parsed(page).all("a")}
    assert {"tables/one.csv", "figures/two.png", "figures/two.svg", "tables/claims_2.1.csv", "#2.1-sources"} <= links
    assert {"1_a.html", "3_b.html", "index.html", "claims.html"} <= links
    (picture,) = Parsed(page).all("img")
    assert picture["alt"] == "Two points, one above the other." and picture["width"] == "1"
    assert "12,000" in page and 'href="#2.1-matches"' in page and 'id="2.1-matches"' in page


def test_every_link_within_a_page_leads_somewhere() -> None:
    claims = HEADER + "1,2.1,A,1,,a,exact,no data,-\n"
    page = section_page(
        notebook(cell("code", "c", **shown({"claims": "2.1", "caption": "Claims"}, html="", csv=claims))), PAGE
    )
    ids = [attributes["id"] for _, attributes in Parsed(page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {each["href"][1:] for each in Parsed(page).all("a") if each["href"].startswith("#")} <= set(ids)


def test_the_page_of_years_sets_them_side_by_side(tmp_path: Path) -> None:
    for year, villages in (("2014", "212"), ("2015", "780")):
        (tmp_path / year / "tables").mkdir(parents=True)
        run = Run(int(year), CHECKOUT.params_of(int(year)), CHECKOUT)
        content = manifest(run, {"labels": "en"}, {}).model_dump(by_alias=True)
        (tmp_path / year / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
        (tmp_path / year / "tables" / "totals.csv").write_text(
            f"measure,now\nTaobao villages,{villages}\n", encoding="utf-8"
        )
    page = years(sorted(tmp_path.iterdir()))
    assert page.index("2014/index.html") < page.index("2015/index.html")
    assert re.search(r"Taobao villages</th><td class=\"number\">212</td><td class=\"number\">780</td>", page)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(scheme: str) -> dict[str, str]:
    """The colours of the style sheet in a scheme: long form, by name."""
    roots = re.findall(r":root \{(.*?)\}", style(), re.DOTALL)
    named = dict(re.findall(r"--([\w-]+): (#\w+);", roots[0]))
    if scheme == "dark":
        named |= dict(re.findall(r"--([\w-]+): (#\w+);", roots[1]))
    return {
        name: each if len(each) == 7 else "#" + "".join(2 * digit for digit in each[1:]) for name, each in named.items()
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    named = colours(scheme)
    for text in ("ink", "link", "quiet"):
        for ground in ("paper", "soft"):
            assert contrast(named[text], named[ground]) >= 4.5, (text, ground)


def test_known_contrasts_are_measured_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # WCAG's well-known smallest grey on white


def test_a_verdict_is_a_word_and_never_a_colour_alone() -> None:
    rows = [
        dict.fromkeys(["section", "statement", "printed", "computed", "unit", "rule", "note"], "a") | {"verdict": each}
        for each in VERDICTS
    ]
    text = re.sub("<[^>]+>", " ", claims_markup(rows, "Claims", CHECKOUT, 2015, "en", "index"))
    assert all(verdict in text for verdict in VERDICTS)
    assert set(VERDICT_COLOURS) == set(VERDICTS) and DARK not in VERDICT_COLOURS.values()


# Machado, Oliveira and Fernandes (2009), severity 1: what linear RGB becomes for an eye without one kind of cone.
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = (0.9505, 1.0, 1.089)
SEEN_APART = 10  # CIE 1976; 2.3 is the least that is seen at all


def lab(colour: str, matrix: list[list[float]]) -> np.ndarray:
    """CIELAB of a colour as an eye with this matrix sees it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    xyz = np.array(TO_XYZ) @ np.clip(np.array(matrix) @ np.array(linear), 0, 1) / np.array(WHITE)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_lightness_and_colour_are_measured_right() -> None:
    assert lab("#ffffff", np.eye(3).tolist()) == pytest.approx([100, 0, 0], abs=0.1)
    assert lab("#ff0000", np.eye(3).tolist()) == pytest.approx([53.2, 80.1, 67.2], abs=0.3)  # known for sRGB red


@pytest.mark.parametrize("eye", BLIND)
def test_colours_of_verdicts_are_told_apart_by_every_eye(eye: str) -> None:
    on_pages = [colours("light")[verdict.replace(" ", "-")] for verdict in VERDICTS]
    for palette in (list(VERDICT_COLOURS.values()), on_pages):
        for one, other in combinations(palette, 2):
            assert np.linalg.norm(lab(one, BLIND[eye]) - lab(other, BLIND[eye])) > SEEN_APART, (one, other)


def drawn(body: str) -> dict:
    output = {"output_type": "display_data", "metadata": {TAG: {"figure": "f"}}, "data": {results.SVG: body}}
    return {"cells": [{"outputs": [output]}]}


def test_a_drawing_leaves_the_notebook_and_becomes_a_file() -> None:
    body = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
    taken = drawn(body)
    assert results.take_vectors(taken) == {"figures/f.svg": body.encode()}
    assert results.SVG not in json.dumps(taken)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>window.harm = 1</script>",
        '<path onclick="x()"/>',
        '<a href="javascript:x()"/>',
        '<image href="http://127.0.0.1:9/a.png"/>',
        "<foreignObject/>",
        "<style>@import 'http://127.0.0.1:9/a.css';</style>",
        '<style>path { fill: url("http://127.0.0.1:9/") }</style>',
        "<path>",
        '<rect fill="url(http://127.0.0.1:9/a#b)"/>',
        '<rect style="fill:URL(http://127.0.0.1:9/)"/>',
        "<style>@\\69mport 'http://127.0.0.1:9/a.css';</style>",
        "<style>path { fill: u\\72l(http://127.0.0.1:9/) }</style>",
        '<style>path { fill: image-set("http://127.0.0.1:9/a.png" 1x) }</style>',
        '<g xml:base="http://127.0.0.1:9/"/>',
        '<?xml-stylesheet href="http://127.0.0.1:9/x.css"?>',
    ],
)
def test_a_drawing_that_does_more_is_refused(inside: str) -> None:
    with pytest.raises(ValueError, match=r"figures/f\.svg holds more than a drawing"):
        results.take_vectors(drawn(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'))


def test_a_drawing_may_not_name_a_document_type() -> None:
    with pytest.raises(ValueError, match="a document type"):
        results.take_vectors(drawn('<!DOCTYPE svg SYSTEM "http://127.0.0.1:9/a"><svg/>'))


def test_links_to_files_are_taken_out_of_what_a_notebook_brings() -> None:
    text = "[a](../data/x.csv) [b](//127.0.0.1:9/x) [c](tables/missing.csv) [d](https://example.org/) [e](#2.1-sources)"
    parsed = Parsed(section_page(notebook(cell("markdown", text)), PAGE))
    links = [each.get("href", "") for each in parsed.all("a")]
    assert not [each for each in links if each.startswith(("../data", "//", "tables/"))]
    assert "https://example.org/" in links and "#2.1-sources" in links


def test_an_address_of_a_source_is_one_of_the_web(tmp_path: Path) -> None:
    header = "path,sha256,rows,producer,title,published,retrieved,url,licence,licence_url,note\n"
    row = "2015/claims.csv,a,1,b,c,,,javascript:window.harm=1,MIT,,\n"
    project = Project(tmp_path)
    project.data_of(2015).mkdir(parents=True)
    (project.data_of(2015) / "claims.csv").touch()
    project.sources.write_text(header + row, encoding="utf-8")
    (source,) = sources.of(["data/2015/claims.csv"], project)
    assert source["url"] == "" and source["path"] == "data/2015/claims.csv"


def test_a_damaged_year_is_left_out_of_the_page_of_years(tmp_path: Path) -> None:
    (tmp_path / "1999").mkdir()
    (tmp_path / "1999" / "manifest.json").write_text("{", encoding="utf-8")
    assert "1999" not in years(sorted(tmp_path.iterdir()))


def test_a_value_in_a_template_is_escaped() -> None:
    page = render("missing_page.html.j2", year=2015, title="<i>a</i>", name="a", number="1", status="<b>", contents=[])
    assert "&lt;i&gt;a" in page and "&lt;b&gt;" in page and "<i>" not in page
