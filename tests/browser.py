"""A real browser for tests: Debian's Chromium or any Chrome, driven by playwright; offline, and watched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from taobao_research.reports.paper import BROWSERS
from tests.waiting import LAST_RESORT

FOUND = next(filter(None, map(shutil.which, BROWSERS)), None)
needs_browser = pytest.mark.skipif(FOUND is None, reason="no Chromium or Chrome is installed; install one to run this")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
MILLISECONDS = LAST_RESORT * 1000  # the last resort of whatever waits in a browser


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=FOUND, args=QUIET, timeout=MILLISECONDS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, width: int = 1280, scheme: str = "light", script: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """The page as a reader without network sees it, and a list of what it asked for or complained about."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, java_script_enabled=script
    )
    context.set_default_timeout(MILLISECONDS)
    page, heard = context.new_page(), []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("request", lambda request: heard.append(f"request: {request.url[:80]}"))
    try:
        page.goto(path.as_uri())
        heard[:] = [each for each in heard if not each.startswith((f"request: {path.as_uri()[:80]}", "request: data:"))]
        yield page, heard
    finally:
        context.close()
