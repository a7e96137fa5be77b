"""A published list is kept only if it is the file expected; whatever else a server does leaves nothing behind."""

import hashlib
import signal
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from taobao_research.errors import InputError
from taobao_research.paths import PUBLISHED, Project
from taobao_research.tables import download, fetch, schema
from tests.checkout import CHECKOUT, DATA
from tests.project_copy import command, copy_project, process, program
from tests.waiting import running, wait_for, wait_for_end

pytestmark = pytest.mark.slow
LIST = b"a list, as published\n" * 5_000
DIGEST = hashlib.sha256(LIST).hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
SLOW, TRICKLE = 0.4, 0.05  # seconds
Answer = Callable[[BaseHTTPRequestHandler], None]


def sends(body: bytes, *, status: int = 200, length: int | None = None, **headers: str) -> Answer:
    """An answer of one piece; ``length`` is what the server declares, by default the truth."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def trickles(piece: bytes, seconds: float) -> Answer:
    """An answer without a declared length that goes on until the other side has had enough."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(piece)
                request.wfile.flush()
                time.sleep(seconds)
        except OSError:
            pass

    return answer


def keeps_silent(request: BaseHTTPRequestHandler) -> None:
    request.rfile.read(1)  # until the other side hangs up


ANSWERS: dict[str, Answer] = {
    "/list.xlsx": sends(LIST),
    "/gone": sends(b"no such page", status=404),
    "/down": sends(b"", status=503),
    "/short": sends(LIST[:-1], length=len(LIST)),
    "/silent": keeps_silent,
    "/trickle": trickles(b"x", TRICKLE),
    "/endless": trickles(b"x" * 100_000, 0),
    "/huge": sends(b"", length=64_000_001),
    "/moved": sends(b"", status=302, Location="/list.xlsx"),
    "/loop": sends(b"", status=302, Location="/loop"),
    "/to-file": sends(b"", status=302, Location="file:///etc/hostname"),
    "/to-ftp": sends(b"", status=301, Location="ftp://example.org/list.xlsx"),
    "/nowhere": sends(b"", status=302),
    "/packed": sends(LIST, **{"Content-Encoding": "gzip"}),
}


@pytest.fixture
def asked() -> list[str]:
    """What the server was asked for, in order."""
    return []


@pytest.fixture
def server(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server on the loopback interface; no proxy stands before it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            ANSWERS.get(self.path.partition("?")[0], sends(LIST))(self)

        def log_message(self, *_: Any) -> None: ...

    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads, running.block_on_close = True, False
        Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder where we are, with the years 2014 and 2017 and a record that names no list."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    for year in ("2014", "2017"):
        (folder / year).mkdir(parents=True)
    record(folder)
    return folder


def record(data: Path, **rows: tuple[str, str]) -> None:
    """Write a record that names these lists of 2014: the stem of the name, checksum and address."""
    columns = list(schema.SOURCES.columns)
    known = {"rows": "1", "producer": "p", "title": "t", "licence": "l"}
    lines = [
        {**known, "path": f"2014/published/{name}.xlsx", "sha256": sha256, "url": url}
        for name, (sha256, url) in rows.items()
    ]
    text = [",".join(columns), *(",".join(line.get(column, "") for column in columns) for line in lines)]
    (data / "SOURCES.csv").write_text("\n".join(text) + "\n", encoding="utf-8")


def fetch_all(year: int, url: str | None = None, sha256: str | None = None) -> list[bool]:
    return [fetch.fetch(each) for each in fetch.wanted(year, Project(Path.cwd()), url, sha256)]


def refusal(year: int, url: str | None = None, sha256: str | None = None) -> str:
    """What is said; a refusal leaves the folders as they were."""
    before = sorted(Path("data").rglob("*"))
    with pytest.raises(InputError) as caught:
        fetch_all(year, url, sha256)
    assert sorted(Path("data").rglob("*")) == before
    return str(caught.value)


def kept(data: Path, year: int = 2017) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / str(year) / PUBLISHED).iterdir()}


def test_the_file_expected_is_kept(data: Path, server: str) -> None:
    assert fetch_all(2017, f"{server}/list.xlsx", DIGEST) == [True]
    assert kept(data) == {"list.xlsx": LIST}
    assert (data / "2017" / PUBLISHED / "list.xlsx").stat().st_mode & 0o777 == 0o644


def test_what_is_there_is_not_downloaded_again(data: Path, server: str, asked: list[str]) -> None:
    assert [fetch_all(2017, f"{server}/list.xlsx", DIGEST) for _ in range(2)] == [[True], [False]]
    assert asked == ["/list.xlsx"]


def test_the_record_says_where_and_what(data: Path, server: str) -> None:
    record(data, one=(DIGEST, f"{server}/moved"))
    assert fetch_all(2014) == [True] and kept(data, 2014) == {"one.xlsx": LIST}


def test_another_address_of_the_list_on_record(data: Path, server: str) -> None:
    record(data, one=(DIGEST, ""))
    assert fetch_all(2014, f"{server}/other.xlsx") == [True] and kept(data, 2014) == {"one.xlsx": LIST}
    record(data, one=(DIGEST, ""), two=(OTHER, ""))
    assert fetch_all(2014, f"{server}/other.xlsx", DIGEST.upper()) == [False]
    assert "which checksum the file must have is not known" in refusal(2014, f"{server}/other.xlsx")


def test_a_list_put_there_by_hand_is_compared(data: Path) -> None:
    record(data, one=(DIGEST, ""))
    said = refusal(2014)
    assert "no address of this file is known" in said and "by hand" in said
    path = data / "2014" / PUBLISHED / "one.xlsx"
    path.parent.mkdir()
    path.write_bytes(LIST)
    assert fetch_all(2014) == [False]
    path.write_bytes(b"another")
    said = refusal(2014)
    assert f"expected {DIGEST}, found {OTHER}" in said and "Move it away" in said
    assert path.read_bytes() == b"another"


def test_another_file_is_not_kept(data: Path, server: str) -> None:
    said = refusal(2017, f"{server}/list.xlsx", OTHER)
    assert f"SHA-256 expected {OTHER}, found {DIGEST}" in said and "not kept" in said
    assert said.startswith(f"{server}/list.xlsx: ")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/gone", "the server answers 404 Not Found"),
        ("/down", "the server answers 503 Service Unavailable"),
        ("/short", "the connection broke off before the file was complete"),
        ("/huge", "the server declares 64,000,001 bytes; a list has at most 64,000,000"),
        ("/to-file", "leads to file:///etc/hostname, which is not followed"),
        ("/to-ftp", "leads to ftp://example.org/list.xlsx, which is not followed"),
        ("/loop", "more than 5 redirects"),
        ("/nowhere", "the server answers 302"),
        ("/packed", "the server has packed the file"),
    ],
)
def test_what_a_server_may_do_instead(data: Path, server: str, path: str, said: str) -> None:
    message = refusal(2017, server + path, DIGEST)
    assert message.startswith(f"{server}{path}: ") and said in message
    assert "Give another address with --url, or put the file at" in message


def test_a_server_that_keeps_silent(data: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "READ_SECONDS", SLOW)
    assert "no answer in time" in refusal(2017, f"{server}/silent", DIGEST)


def test_a_server_that_never_ends(data: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 1_000_000)
    assert "more than 1,000,000 bytes" in refusal(2017, f"{server}/endless", DIGEST)
    monkeypatch.setattr(download, "ALL_SECONDS", SLOW)
    assert "not complete after 0.4 seconds" in refusal(2017, f"{server}/trickle", DIGEST)


def test_no_server(data: Path, server: str) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        said = refusal(2017, f"http://127.0.0.1:{taken.getsockname()[1]}/list.xlsx", DIGEST)
    assert "no connection to the server" in said


def test_https_never_becomes_http() -> None:
    """A stand-in for a session, since a server of https needs a certificate."""
    answer = SimpleNamespace(is_redirect=True, headers={"location": "http://example.org/"}, close=lambda: None)
    with pytest.raises(InputError, match=r"leads to http://example\.org/, which is not followed"):
        download._answer(SimpleNamespace(get=lambda url, **_: answer), "https://example.org/")  # type: ignore[arg-type]


def test_the_proxy_of_the_environment_is_used(
    data: Path, server: str, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server)
    assert fetch_all(2017, "http://lists.invalid/list.xlsx", DIGEST) == [True]
    assert asked == ["http://lists.invalid/list.xlsx"]


@pytest.mark.parametrize(
    ("url", "sha256", "said"),
    [
        ("http://127.0.0.1/list.xlsx", None, "which checksum the file must have is not known"),
        (None, DIGEST, "--sha256 without --url"),
        (None, None, "names no published list of 2017"),
        ("http://127.0.0.1/list.xlsx", "abc", "--sha256 abc: not a SHA-256"),
        ("http://127.0.0.1/list.xlsx", DIGEST + "0", "not a SHA-256"),
        ("file:///etc/hostname", DIGEST, "file:///etc/hostname: not an address that can be fetched"),
        ("ftp://example.org/list.xlsx", DIGEST, "not an address that can be fetched"),
        ("list.xlsx", DIGEST, "not an address that can be fetched"),
        ("https://", DIGEST, "not an address that can be fetched"),
        ("http://[::1/list.xlsx", DIGEST, "not an address that can be fetched"),
        ("http://example.org:99999/list.xlsx", DIGEST, "not an address that can be fetched"),
    ],
)
def test_nothing_is_asked_for_without_an_address_and_a_checksum(
    data: Path, server: str, asked: list[str], url: str | None, sha256: str | None, said: str
) -> None:
    assert said in refusal(2017, url, sha256)
    assert asked == []


def test_a_year_without_a_folder_and_a_name_that_is_taken(data: Path, server: str) -> None:
    assert "taobao-research new-year 2018" in refusal(2018, f"{server}/list.xlsx", DIGEST)
    record(data, list=(OTHER, ""))
    assert f"another checksum for a file of this name ({OTHER})" in refusal(2014, f"{server}/list.xlsx", DIGEST)


def test_an_address_on_record_is_looked_at_too(data: Path) -> None:
    record(data, one=(DIGEST, "file:///etc/hostname"))
    assert "an address begins with http:// or https://" in refusal(2014)


@pytest.mark.parametrize(
    ("end", "name"),
    [
        ("a/b/list.xlsx", "list.xlsx"),
        ("..%2F..%2Fparams%2F2015.yaml", "2015.yaml"),
        ("%2e%2e", "list-2017"),
        ("..%5C..%5Cx.csv", "x.csv"),
        ("a%00b%0Ac.xlsx", "a_b_c.xlsx"),
        ("-rf.xlsx", "rf.xlsx"),
        ("%E5%90%8D%E5%8D%95.xlsx?raw=1#top", "名单.xlsx"),
        ("x" * 500 + ".xlsx", "x" * 75 + ".xlsx"),
    ],
)
def test_names_of_files_are_plain(data: Path, server: str, end: str, name: str) -> None:
    assert fetch_all(2017, f"{server}/{end}", DIGEST) == [True]
    assert set(kept(data)) == {name} and [path.name for path in data.parent.iterdir()] == ["data"]


def test_messages_show_no_password(data: Path, server: str) -> None:
    said = refusal(2017, f"{server.replace('//', '//me:secret@')}/gone?token=abc", DIGEST)
    assert "secret" not in said and "abc" not in said


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project", "data", "params")


def paths(project: Path) -> list[Path]:
    return sorted(path for path in project.rglob("*") if "__pycache__" not in path.parts)


@pytest.mark.process
def test_the_command(project: Path, server: str) -> None:
    call = ["fetch", "2014", "--url", f"{server}/a.xlsx", "--sha256", DIGEST]
    place = "data/2014/published/a.xlsx"
    for said in (f"fetched {place}", f"already there, with the right checksum: {place}"):
        result = program(project, *call)
        assert result.returncode == 0 and result.stderr == ""
        assert result.stdout == f"{said}. Next:\n  taobao-research import 2014 {place}\n"
    assert (project / place).read_bytes() == LIST


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "before", "said"),
    [
        ("gone", "", "the server answers 404 Not Found"),
        ("list.xlsx", "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))", "File too large"),
    ],
)
def test_the_command_refuses_with_one_message(project: Path, server: str, path: str, before: str, said: str) -> None:
    untouched = paths(project)
    result = process(project, "fetch", "2014", "--url", f"{server}/{path}", "--sha256", DIGEST, before=before)
    assert result.returncode == 2 and result.stdout == "" and result.stderr.count("\n") == 1
    assert said in result.stderr
    assert paths(project) == untouched


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(project: Path, server: str, number: signal.Signals) -> None:
    untouched = paths(project)
    call = command("fetch", "2014", "--url", f"{server}/trickle", "--sha256", DIGEST)
    begun = (project / "data" / "2014").glob
    with running(call, project) as process:
        wait_for(lambda: list(begun("published/.fetching-*/*")), "the beginning of the file", process)
        process.send_signal(number)
        _, said = wait_for_end(process)
    assert process.returncode == 130 and said == "Interrupted; nothing was kept.\n"
    assert paths(project) == untouched


def test_the_addresses_on_record_can_be_fetched() -> None:
    known = {year: fetch.published_lists(year, CHECKOUT) for year in (2014, 2015, 2016)}
    assert [len(each) for each in known.values()] == [1, 1, 1]
    for (listed,) in known.values():
        assert listed.path.parent.parent.parent == DATA and (
            listed.url == "" or fetch.check_address(listed.url) is None
        )
