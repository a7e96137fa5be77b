"""JupyterLab, and Binder after it, opens on a notebook from which every section is reached."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from taobao_research.reports.sections import START, Notebook, all_notebooks
from tests.browser import MILLISECONDS, chromium, needs_browser
from tests.checkout import CHECKOUT, NOTEBOOKS, PROJECT
from tests.waiting import LAST_RESORT, wait_for, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.process]
DEFAULT = re.search(r"default_url=(\S+)", (PROJECT / "Makefile").read_text(encoding="utf-8"))[1]


def test_the_start_leads_to_every_section_in_order() -> None:
    start, sections = Notebook(NOTEBOOKS / START, CHECKOUT), all_notebooks(CHECKOUT)
    text = "\n".join("".join(cell["source"]) for cell in start.cells if cell["cell_type"] == "markdown")
    assert re.findall(r"- \[(.+)\]\((.+\.ipynb)\)", text) == [(each.title, each.path.name) for each in sections]
    assert f"/lab/tree/{CHECKOUT.inside(start.path)}" == DEFAULT


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
        yield wait_for(lambda: _address(tmp_path / "runtime"), "an answer of JupyterLab", process)
    finally:
        process.kill()  # asked to end while it starts a kernel, it may wait for ever; the kernel ends without it
        wait_for_end(process)


def _address(runtime: Path) -> str:
    """The address on record, once the server answers there; empty before."""
    for file in runtime.glob("jpserver-*.json"):
        try:
            url = json.loads(file.read_text(encoding="utf-8"))["url"].rstrip("/")
            with urlopen(f"{url}/api?token=x", timeout=LAST_RESORT):
                return url
        except (OSError, ValueError):
            pass  # the file is not whole yet, or nobody listens
    return ""


@needs_browser
def test_jupyterlab_shows_the_start_and_opens_a_section(server: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.goto(f"{server}{DEFAULT}?token=x")
        page.get_by_role("heading", name="Start here").wait_for()
        page.get_by_role("link", name="1.2 How hot are Taobao villages?").click()
        page.get_by_role("heading", name="1.2 How hot are Taobao villages?").first.wait_for()
