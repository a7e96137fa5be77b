"""Promises 19 and 20 in a real browser: the report opened offline makes no request, and everyone can read it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from taobao_research.params import params_of
from taobao_research.paths import Project
from taobao_research.reports import paper
from taobao_research.reports.cache import Run
from taobao_research.reports.manifest import read_manifest
from taobao_research.reports.one_file import one_file
from taobao_research.reports.paper import find_browser, to_pdf
from taobao_research.reports.sections import all_notebooks
from tests.browser import chromium, needs_browser, opened
from tests.checkout import CHECKOUT, PROJECT
from tests.studies import claims_on_file
from tests.waiting import LAST_RESORT

pytestmark = [pytest.mark.browser, pytest.mark.process, needs_browser]
PAGES = ["index.html", "claims.html", *(f"{each.name}.html" for each in all_notebooks(CHECKOUT))]
SPECIMENS = (  # one style sheet colours all pages: on these axe-core looks at contrast, and at a phone, too
    "index.html", "claims.html", "2.1_geography.html", "C_shops_and_turnover_bounds.html", "G_definitions.html",
)  # fmt: skip
NO_CONTRAST = {"color-contrast": {"enabled": False}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module", params=["en", "zh"])
def site(request: pytest.FixtureRequest, report_of_2015: Callable[[str], Path]) -> Path:
    """The whole report of 2015 in one language."""
    return report_of_2015(request.param) / "reports" / "2015"


@pytest.fixture(scope="module")
def english(report_of_2015: Callable[[str], Path]) -> Path:
    """The same in English, for what no language changes."""
    return report_of_2015("en") / "reports" / "2015"


@pytest.fixture(scope="module")
def whole(english: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report in one file."""
    project = Project(english.parents[1])
    manifest = read_manifest((english / "manifest.json").read_bytes())
    run, notebooks = Run(2015, project.params_of(2015), project), all_notebooks(project)
    records = {each.name: run.record(each.name) for each in notebooks}
    page = one_file(run, params_of(2015, project), notebooks, records, manifest)
    path = tmp_path_factory.mktemp("whole") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def violations(page: Page, **rules: dict) -> list[str]:
    """What axe-core finds wrong: the rule, and the first place."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "rules": rules}).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_still_and_as_wide_as_the_screen(site: Path, browser: Browser, name: str) -> None:
    with opened(browser, site / name) as (page, heard):
        for width, scheme in ((1280, "light"), (390, "dark")):  # on a desk and on a phone
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            if name in SPECIMENS:
                assert violations(page) == [], scheme
            elif scheme == "light" and site_language(site) == "en":  # the templates of both languages are the same
                assert violations(page, **NO_CONTRAST) == []
            assert heard == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_claims_fit_the_screen_with_every_column(site: Path, browser: Browser) -> None:
    for name in ("claims.html", "4.1_case_boxes.html"):
        with opened(browser, site / name) as (page, _):
            for width in (390, 768, 1024, 1280, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                region = page.locator(".table:has(table.claims)").first
                assert region.evaluate("each => each.scrollWidth - each.clientWidth") <= 0, (name, width)


def test_a_printed_bound_is_shown_with_its_verdict(site: Path, browser: Browser) -> None:
    more = "多于50" if site_language(site) == "zh" else "more than 50"
    with opened(browser, site / "2.1_geography.html") as (page, _):
        rows = page.locator("table.claims tr", has_text=more)
        assert rows.filter(has_text="66.2").count() == 1  # "more than half of them in Quanzhou"


def test_one_page_alone_says_what_it_was_made_from(english: Path, whole: Path, browser: Browser) -> None:
    manifest = read_manifest((english / "manifest.json").read_bytes())
    inputs = {path: digest for each in manifest.sections.values() for path, digest in each.inputs.items()}
    with opened(browser, whole) as (page, _):
        told = page.locator("#about").inner_text()
        named = manifest.project.name, manifest.project.version, manifest.environment.python
        assert [each for each in named if each not in told] == []
        assert min(each.start for each in manifest.sections.values()) in told
        for section in manifest.sections.values():
            assert {section.notebook, section.lock, section.params, section.package} <= set(told.split())
        lines = page.locator("#about table").last.inner_text().splitlines()
        rows = dict(line.split() for line in lines if line.startswith("data/"))
        assert rows == inputs and len(rows) > 15


def site_language(site: Path) -> str:
    return str(read_manifest((site / "manifest.json").read_bytes()).parameters["labels"])


def test_the_page_of_years_is_accessible(site: Path, browser: Browser) -> None:
    with opened(browser, site.parent / "index.html") as (page, heard):
        assert violations(page) == [] and heard == []


def test_claims_are_narrowed_without_any_script(english: Path, browser: Browser) -> None:
    with opened(browser, english / "claims.html", script=False) as (page, _):
        claims = claims_on_file(2015)
        assert page.locator("table.claims tbody tr").count() == len(claims)
        assert page.locator("table.claims tbody tr:visible").count() == len(claims)
        for verdict in ("matches", "arithmetic", "depends", "no-data"):
            page.locator(f"#show-{verdict}").uncheck()
        differing = [claim for claim in claims if claim["expected"] == "differs"]
        assert page.locator("table.claims tbody tr:visible").count() == len(differing)
        page.get_by_role("radio", name=re.compile(r"^3\.4$")).check()
        visible = page.locator("table.claims tbody tr:visible")
        assert visible.count() == 1 and "10" in visible.inner_text() and "11" in visible.inner_text()  # Xinhe Town


def test_a_screen_reader_finds_tables_by_caption_and_figures_by_their_sentence(english: Path, browser: Browser) -> None:
    with opened(browser, english / "2.1_geography.html") as (page, _):
        table = page.get_by_role("table", name=re.compile("2.1-1"))
        assert table.get_by_role("columnheader").count() == 4
        assert table.get_by_role("row").count() == 18  # seventeen provinces and the headings
        assert table.get_by_role("row").nth(1).get_by_role("cell").nth(2).inner_text() == "280"  # Zhejiang, figure 2
        figures = page.get_by_role("figure")
        asked = (CHECKOUT.notebooks / "2.1_geography.ipynb").read_text(encoding="utf-8").count("section.figure(")
        assert figures.count() == asked
        for position in range(asked):
            picture = figures.nth(position).get_by_role("img")
            assert len(picture.get_attribute("alt")) > 15
            assert picture.evaluate("img => img.complete && img.naturalWidth == 2 * img.getAttribute('width')")


def test_a_keyboard_reaches_the_text_first_and_every_wide_table(english: Path, browser: Browser) -> None:
    with opened(browser, english / "claims.html") as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        reached = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert {"show-matches", "section-0", "table"} <= reached


def test_the_one_file_needs_nothing_beside_it(english: Path, whole: Path, browser: Browser) -> None:
    with opened(browser, whole) as (page, heard):
        assert heard == []
        assert violations(page, **NO_CONTRAST) == []  # contrast: on the pages that hold each kind of part
        ids = set(page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)"))
        links = page.evaluate("[...document.querySelectorAll('a')].map(each => each.getAttribute('href'))")
        assert {each[1:] for each in links if each.startswith("#")} <= ids
        assert not [each for each in links if not each.startswith(("#", "data:text/csv", "http"))]
        articles = page.locator("article.section").count()  # for the first page, what it was made from
        assert page.locator("h1").count() == 1 and articles == len(PAGES)
        with page.expect_download() as saved:
            page.locator("a[download='provinces.csv']").click()
        stored = (english / "tables" / "provinces.csv").read_bytes()
        assert Path(saved.value.path()).read_bytes() == stored


def test_every_link_of_every_page_leads_to_a_file(site: Path) -> None:
    for name in PAGES:
        page = (site / name).read_text(encoding="utf-8")
        for link in re.findall(r'href="([^"#:]+)"', page):
            assert (site / link).is_file(), (name, link)


def test_the_report_is_printed_with_an_outline(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "SECONDS", LAST_RESORT)
    content = to_pdf(whole.read_bytes(), find_browser())
    assert content.startswith(b"%PDF") and b"/Outlines" in content and b"/StructTreeRoot" in content
    assert str(PROJECT).encode() not in content and b"file:" not in content
