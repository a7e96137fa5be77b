"""A page on paper: printed to a PDF with outline and tags by the Chromium or Chrome that is installed."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.reports.worker import die_with_parent

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 120
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)  # fmt: skip
DATES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}[+-]\d\d'\d\d'\)")
CREATOR = re.compile(rb"/Creator \((?:[^()\\]|\\.)*\)")  # the browser, and the system that it runs on


def find_browser() -> str:
    """The path of the browser. Raises InputError where none is installed."""
    for path in filter(None, map(shutil.which, BROWSERS)):
        return path
    raise InputError("--pdf takes Chromium or Chrome, and none is found. Install one, or print the page by hand.")


def to_pdf(page: bytes, browser: str) -> bytes:
    """Print a page that stands alone; no part of this machine's folders gets into the PDF.

    Raises InputError where the browser fails, takes too long, or writes an address of a file.
    """
    name = Path(browser).name
    with tempfile.TemporaryDirectory(prefix="taobao-research-") as folder:
        source, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_bytes(page)
        command = [browser, *OPTIONS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", source.as_uri()]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses its sandbox to the superuser
        code = _run(command, name)
        content = printed.read_bytes() if printed.is_file() else b""
    if code or not content.startswith(b"%PDF-") or b"%%EOF" not in content[-64:]:
        raise InputError(f"--pdf: {name} printed no PDF (exit code {code}).")
    if b"file:" in content or folder.encode() in content:
        raise InputError("--pdf: the PDF would hold an address of a file on this machine. Take such links out.")
    return content


def stated(pdf: bytes, made: str, authors: str) -> bytes:
    """The PDF with time and authors of the report in place of those of the printing.

    So the same page, printed by the same browser, gives the same bytes. ``made`` is UTC. Every byte keeps its place,
    since a PDF counts them: where the browser's name leaves too little room for the authors, it stays.

    >>> stated(b"/ModDate (D:20261124162100+00'00')", "2015-12-24T08:00:00Z", "")
    b"/ModDate (D:20151224080000+00'00')"
    """
    time = datetime.strptime(made, "%Y-%m-%dT%H:%M:%SZ").strftime("D:%Y%m%d%H%M%S+00'00'").encode()
    pdf = DATES.sub(lambda date: b"/%b (%b)" % (date[1], time), pdf, count=2)
    about = b"/Creator (taobao-research)\n/Author " + _as_text(authors)
    return CREATOR.sub(lambda old: about.ljust(len(old[0])) if len(about) <= len(old[0]) else old[0], pdf, count=1)


def _as_text(text: str) -> bytes:
    """A text as a PDF holds it.

    >>> _as_text("A (B)"), _as_text("村")
    (b'(A \\\\(B\\\\))', b'<FEFF6751>')
    """
    if text.isascii():
        return b"(" + re.sub(rb"([()\\])", rb"\\\1", text.encode("ascii")) + b")"
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode("ascii") + b">"


def _run(command: list[str], name: str) -> int:
    """The exit code of a program; whatever it started ends with it."""
    try:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent if os.name == "posix" else None,
        )
    except OSError as error:
        raise InputError(f"--pdf: {name} cannot be started ({error.strerror}).") from None
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise InputError(f"--pdf: {name} took longer than {SECONDS} seconds.") from None
    finally:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
