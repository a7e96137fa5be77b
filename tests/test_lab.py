"""JupyterLab, and Binder after it, opens on a notebook from which every section is reached."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from taobao_research.paths import PROJECT
from taobao_research.reports.sections import START, Notebook, all_notebooks
from tests.browser import chromium, needs_browser

pytestmark = [pytest.mark.browser, pytest.mark.process]
SECONDS = 90
DEFAULT = re.search(r"default_url=(\S+)", (PROJECT / "Makefile").read_text(encoding="utf-8"))[1]


def test_the_start_leads_to_every_section_in_order() -> None:
    text = "\n".join("".join(cell["source"]) for cell in Notebook(START).cells if cell["cell_type"] == "markdown")
    assert re.findall(r"- \[(.+)\]\((.+\.ipynb)\)", text) == [(each.title, each.path.name) for each in all_notebooks()]
    assert f"/lab/tree/{START.relative_to(PROJECT).as_posix()}" == DEFAULT


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """JupyterLab on the loopback interface; its address without the token."""
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=x",
        "--allow-root", f"--ServerApp.root_dir={PROJECT}", f"--LabApp.workspaces_dir={tmp_path}/workspaces",
    ]  # fmt: skip
    runtime = {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    environment = {**os.environ, **runtime}
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield _address(tmp_path / "runtime")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _address(runtime: Path) -> str:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for file in runtime.glob("jpserver-*.json"):
            url = json.loads(file.read_text(encoding="utf-8"))["url"].rstrip("/")
            try:
                with urlopen(f"{url}/api?token=x", timeout=5):
                    return url
            except OSError:
                pass
        time.sleep(0.3)
    raise TimeoutError("JupyterLab did not start")


@needs_browser
def test_jupyterlab_shows_the_start_and_opens_a_section(server: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{server}{DEFAULT}?token=x")
        page.get_by_role("heading", name="Start here").wait_for()
        page.get_by_role("link", name="1.2 How hot are Taobao villages?").click()
        page.get_by_role("heading", name="1.2 How hot are Taobao villages?").first.wait_for()
