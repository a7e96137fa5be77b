"""Nothing private leaves with a bundle: each kind is planted in each place; ordinary words are left alone."""

import base64
import html
import json
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

import pytest

from taobao_research.sharing.leaks import leaks
from taobao_research.sharing.patterns import EMAIL
from taobao_research.sharing.private import Literal, private, private_here, public_text
from tests.checkout import CHECKOUT, PROJECT

pytestmark = pytest.mark.slow
VALUE = "gX7-quince-orchard"
MACHINE = private({"SERVICE_LOGIN": VALUE}, "zoraneale", "/home/zoraneale", ["mirabelle-7"], "a root of a public word")
SECRETS = {  # put together here, so that no scanner of sources takes them for real ones
    "absolute path": "/srv/collected/list.csv",
    "home folder": "/home/zoraneale/notes.txt",
    "folder at the root of a machine": "/datasets",
    "path with spaces": "/My Files/list.csv",
    "path below a home folder": "~/collected/list.csv",
    "Windows path": "D:\\collected\\list.csv",
    "network path": "\\\\archive\\collected\\list.csv",
    "file address": "file:///collected/list.csv",
    "user name": "zoraneale",
    "host name": "Mirabelle-7",
    "value of the environment variable SERVICE_LOGIN": VALUE,
    "AWS key": "AKIA" + "QUINCE7ORCHARD42",
    "GitHub token": "ghp_" + "a1B2" * 9,
    "GitLab token": "glpat-" + "a1B2-" * 4,
    "Slack token": "xoxb-" + "123456789012-abcdef",
    "Google key": "AIza" + "a1B2c" * 7,
    "key of a service": "sk-" + "a1B2c3D4" * 4,
    "JSON web token": "eyJhbGciOiJI.eyJzdWIiOiIx.sig-nature",
    "private key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
    "bearer token": "Authorization: Bearer a1B2c3D4e5F6g7H8",
    "name and password in base64": "Authorization: Basic em9yYTpxdWluY2U=",
    "cookie": "Set-Cookie: session=a1B2c3D4",
    "key of a storage account": "AccountKey=" + "a1B2c3D4" * 5 + "==",
    "password or token": "db_password=quince42",
    "password in an address": "postgresql://reader:quince@db.example.org/list",
    "e-mail address": "zora@example.org",
    "address of a private network": "192.168.7.20",
    "address of a private network (IPv6)": "fd12:3456:789a::1",
    "public IPv4 address": "203.0.113.7:8443",
    "address of a network card": "02:42:ac:11:00:02",
    "public key of SSH": "ssh-rsa " + "AAAAB3NzaC1yc2EAAAADAQABAAABgQ zora@mirador",
    "traceback": "Traceback (most recent call last):",
}
BETWEEN_WORDS = ["folder at the root of a machine", "path with spaces"]  # after Chinese a slash is one between words


def png(chunks: list[tuple[bytes, bytes]] = (), after: bytes = b"") -> bytes:
    """A picture of one point, with further chunks."""
    own = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), *chunks, (b"IDAT", zlib.compress(b"\0\0"))]
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [*own, (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed) + after


def notebook(cell: dict | None = None, metadata: dict | None = None) -> bytes:
    """A notebook whose second cell is the one given."""
    first = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Title"}
    usual = {"cell_type": "code", "id": "b", "metadata": {}, "source": "1", "outputs": [], "execution_count": 1}
    whole = {
        "cells": [first, {**usual, **(cell or {})}],
        "metadata": metadata or {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole).encode()


def output(kind: str, data: object) -> bytes:
    return notebook({"outputs": [{"output_type": "display_data", "metadata": {}, "data": {kind: data}}]})


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def commented(text: str) -> str:
    """A picture with a comment, as base64."""
    return base64_of(png([(b"tEXt", f"Comment\0{text}".encode())]))


PLACES: dict[str, tuple[str, str, Callable[[str], bytes]]] = {
    "source": ("a.ipynb", "cell 2, source, line 2", lambda s: notebook({"source": ["x = 1\n", f"y = ' {s} '"]})),
    "text": ("a.ipynb", "cell 2, output 1 (text/plain), line 2", lambda s: output("text/plain", ["a\n", f" {s} "])),
    "html": ("a.ipynb", "cell 2, output 1 (text/html), line 1", lambda s: output("text/html", f"<td>{s}</td>")),
    "json": ("a.ipynb", "cell 2, output 1 (application/json)", lambda s: output("application/json", {"a": [s]})),
    "csv": ("a.ipynb", "cell 2, output 1 (text/csv), line 2", lambda s: output("text/csv", f"a,b\n1,{s} ")),
    "svg": ("a.ipynb", "cell 2, output 1 (image/svg+xml)", lambda s: output("image/svg+xml", f"<!-- {s} -->")),
    "svg metadata": ("a.svg", "line 1", lambda s: f"<svg><metadata> {s} </metadata></svg>".encode()),
    "traceback": (
        "a.ipynb", "cell 2, output 1, traceback, line 2",
        lambda s: notebook({"outputs": [{"output_type": "error", "ename": "E", "evalue": "", "traceback": ["a", s]}]}),
    ),
    "error": (
        "a.ipynb", "cell 2, output 1, metadata",
        lambda s: notebook({"outputs": [{"output_type": "error", "ename": "E", "evalue": s, "traceback": []}]}),
    ),
    "stderr": (
        "a.ipynb", "cell 2, output 1, stderr, line 1",
        lambda s: notebook({"outputs": [{"output_type": "stream", "name": "stderr", "text": [f"warning: {s} "]}]}),
    ),
    "metadata of a cell": ("a.ipynb", "cell 2, metadata", lambda s: notebook({"metadata": {"a": {"b": s}}})),
    "id of a cell": ("a.ipynb", "cell 2, metadata", lambda s: notebook({"id": s})),
    "metadata": ("a.ipynb", "metadata of the notebook", lambda s: notebook(metadata={"papermill": {"input_path": s}})),
    "attachment": (
        "a.ipynb", "cell 2, attachment a.png (image/png), chunk tEXt",
        lambda s: notebook({"attachments": {"a.png": {"image/png": commented(s)}}}),
    ),
    "picture in a notebook": (
        "a.ipynb", "cell 2, output 1 (image/png), chunk tEXt",
        lambda s: output("image/png", commented(s)),
    ),
    "tEXt": ("a.png", "chunk tEXt", lambda s: png([(b"tEXt", f"Comment\0{s}".encode())])),
    "zTXt": ("a.png", "chunk zTXt", lambda s: png([(b"zTXt", b"Comment\0\0" + zlib.compress(s.encode()))])),
    "iTXt": ("a.png", "chunk iTXt", lambda s: png([(b"iTXt", b"Comment\0\1\0zh\0\0" + zlib.compress(s.encode()))])),
    "plain iTXt": ("a.png", "chunk iTXt", lambda s: png([(b"iTXt", b"Comment\0\0\0\0\0" + s.encode())])),
    "eXIf": ("a.png", "chunk eXIf", lambda s: png([(b"eXIf", b"MM\0*\0\x08\xff\xfe\0" + f" {s}\0".encode())])),
    "unknown chunk": ("a.png", "chunk prVt", lambda s: png([(b"prVt", s.encode())])),
    "page": ("a.html", "line 2", lambda s: f"<p>\n<b>{html.escape(s)}</b></p>".encode()),
    "comment of a page": ("a.html", "line 2", lambda s: f"<p>\n<!-- {s} --></p>".encode()),
    "attribute": ("a.html", "line 1", lambda s: f"<p title='{s}'></p>".encode()),
    "split by tags": ("a.html", "line 1", lambda s: f"<p><b>{s[:4]}</b><i>{s[4:]}</i></p>".encode()),
    "data address": (
        "a.html", "line 2, data address (image/png), chunk tEXt",
        lambda s: f"\n<img src='data:image/png;base64,{commented(s)}'>".encode(),
    ),
    "page in an address": (
        "a.html", "line 1, data address (text/html)",
        lambda s: f"<a href='data:text/html;base64,{base64_of(f'<b>{s}</b>'.encode())}'>".encode(),
    ),
    "table": ("tables/a.csv", "line 2", lambda s: f"a,b\n1,{s}\n".encode()),
    "manifest": ("manifest.json", "line 3", lambda s: json.dumps({"a": 1, "b": s}, indent=1).encode()),
    "parameters": ("params/a.yaml", "line 2", lambda s: f"year: 2015\n# {s}\n".encode()),
    "after Chinese": ("a.csv", "line 1", lambda s: f"村庄{s}".encode()),
    "Chinese": ("a.csv", "line 1", lambda s: f"村庄,{s},村庄".encode()),
}  # fmt: skip
ENCODED: dict[str, Callable[[str], str]] = {
    "JSON": lambda s: json.dumps(s).replace("/", "\\/"),
    "escapes": lambda s: "".join(f"\\u{ord(each):04x}" for each in s),
    "percent signs": lambda s: quote(s, safe=""),
    "all percent signs": lambda s: "".join(f"%{ord(each):02X}" for each in s),
    "entities that do not end": lambda s: "".join(f"&#x{ord(each):x} " for each in s).replace(" ", ";")[:-1],
    "entities": lambda s: "".join(f"&#{ord(each)};" for each in s),
    "JSON in entities": lambda s: html.escape(json.dumps(s)),
    "base64": lambda s: base64_of(f"see {s} and".encode()),
    "base64 for addresses": lambda s: base64.urlsafe_b64encode(f"?? {s} ??".encode()).decode().rstrip("="),
    "UTF-16 in base64": lambda s: base64_of(f"see {s} and".encode("utf-16-le")),
    "UTF-16 with its mark in base64": lambda s: base64_of(f"见 {s} 村庄".encode("utf-16")),
    "UTF-16, the other order, in base64": lambda s: base64_of(f"see {s} and".encode("utf-16-be")),
    "hexadecimal digits": lambda s: f"see {s} and".encode().hex(),
    "hexadecimal digits of UTF-16": lambda s: "0x" + f"see {s} and".encode("utf-16-le").hex().upper(),
    "colours of a terminal": lambda s: f"{s[:4]}\x1b[0;31m{s[4:]}",
}


def kinds(name: str, content: bytes, machine: list[Literal] = MACHINE) -> dict[str, str]:
    """Kind of each leak, and where it is."""
    return {leak.kind: leak.where for leak in leaks({name: content}, machine)}


def with_three(kinds: list[str], others: list[str]) -> list[tuple[str, str]]:
    """Every kind with three of the others and every other with three kinds: a row meets the row of its number in the
    other list, and those a third and two thirds of that list farther; the shorter list begins again."""
    thirds = [step * (len(others) // 3) for step in range(3)]
    rows = range(max(len(kinds), len(others)))
    pairs = ((kinds[row % len(kinds)], others[(row + far) % len(others)]) for row in rows for far in thirds)
    return list(dict.fromkeys(pairs))


def test_every_kind_is_planted_three_times_and_every_place_and_encoding_has_three() -> None:
    for others in (PLACES, ENCODED):
        pairs = with_three([*SECRETS], [*others])
        assert set(SECRETS) | set(others) == {name for name, count in Counter(sum(pairs, ())).items() if count >= 3}


@pytest.mark.parametrize(("kind", "place"), with_three([*SECRETS], [*PLACES]))
def test_each_kind_is_found_in_places_of_each_sort(kind: str, place: str) -> None:
    name, where, plant = PLACES[place]
    assert kinds(name, plant("3.1.4")) == {}
    found = kinds(name, plant(SECRETS[kind]))
    assert kind in found, found
    assert found[kind].startswith(where)


@pytest.mark.parametrize("kind", BETWEEN_WORDS)
def test_a_slash_after_chinese_is_one_between_words(kind: str) -> None:
    name, _, plant = PLACES["after Chinese"]
    assert kinds(name, plant(SECRETS[kind])) == {}


@pytest.mark.parametrize(("kind", "form"), with_three([*SECRETS], [*ENCODED]))
def test_each_kind_is_found_in_encodings_of_each_sort(kind: str, form: str) -> None:
    for name in ("a.html", "a.csv"):
        assert kind in kinds(name, f"first\n<p>{ENCODED[form](SECRETS[kind])}</p>\n".encode()), form


@pytest.mark.parametrize("before", ["", "x", "xy"])
@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be"])
def test_known_words_are_found_inside_longer_base64(code: str, before: str) -> None:
    packed = base64_of(b"\xff\xfe\xfd" + before.encode() + VALUE.encode(code) + b"\xff\xfe\xfd")
    assert "value of the environment variable SERVICE_LOGIN" in kinds("a.txt", packed.encode())


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_known_words_are_found_inside_longer_hexadecimal_digits(change: Callable[[str], str]) -> None:
    packed = change((b"\xff\xfe\xfd" + VALUE.encode() + b"\xff\xfe\xfd").hex())
    assert "value of the environment variable SERVICE_LOGIN" in kinds("a.txt", packed.encode())


def test_a_message_names_file_cell_line_kind_and_never_the_secret() -> None:
    for kind, secret in SECRETS.items():
        for leak in leaks({"report/a.ipynb": notebook({"source": f"a\nb = '{secret}'"})}, MACHINE):
            assert secret not in str(leak) and str(leak).startswith("report/a.ipynb, cell 2, source, line 2: "), kind
    (leak,) = leaks({"a.csv": SECRETS["AWS key"].encode()}, MACHINE)
    assert str(leak) == 'a.csv, line 1: AWS key "AKIAQUIN..." (20 characters)'


def test_names_of_files_are_looked_at_and_not_repeated() -> None:
    (leak,) = leaks({"tables/zoraneale.csv": b"a\n1\n"}, MACHINE)
    assert leak.kind == "user name" and "zoraneale" not in str(leak)


@pytest.mark.parametrize(
    "text",
    [
        "root mean square", "the user of the host", "km/h, 1/2, 2014/15 and/or n/a", "yuan/shop/year", "浙江/金华/义乌",
        "text/html; charset=utf-8", "<td>1</td><br/></table>", "https://example.org/home/news/id/20805.html",
        "see data/2015/villages.csv and ../LICENSE", "data/<year>/figures/visits.csv", "at 10:30, ratio 3:4, s: 1",
        "password: not stated", "token: str", "secrets = os.environ[key]", "a ~ b, ~20/30",
        "version 10.2.1 of 2.0.10.1",
        "127.0.0.1", "git@example.org:a/b", "@property", "§ 3.1, p. 7", "C: 3", "name:\\n", "sha256:" + "ab" * 32,
        "MDAwMDAwMDAwMDAwMDAwMDAw", "map /data, table/data and/or app/src", "input (1) /data", "数据/data, 应用/app",
        "<b>list</b>/data", "https://example.org/data and example.org/app", "./data, ../app/, *.csv/data, {year}/data",
        "/database, /apples, /data-driven", "12/My Files/x", "east/West Lake/North", "text /two words/and more",
        "version 2.0.10.1, host 4.11.2, 1.2.3.4.5:80, host 3.1.2.1.7, host 300.1.2.3, 4.2.1.3", "http://127.0.0.1:8888",
        "0.0.0.0:8080", "10:20:30:40:50", "20-15-11-23-10-20", "2015-11-23-10-20-30", "AB:CD:EF:01:23:45:67:89",
        "ssh-rsa keys", "2020202020202020202020202020", "deadbeef" * 8, "FF00" * 16,
        "50% of 80%20", "R&D &amp; AT&T", "the public word",
    ],
)  # fmt: skip
def test_ordinary_text_is_left_alone(text: str) -> None:
    usual = private(
        {"EDITOR": "nano", "COLUMNS": "123456789", "DOC": "a public word"}, "root", "/root", ["vm"], "a public word"
    )
    for name in ("a.csv", "a.html", "a.json"):
        content = json.dumps({"a": text}, ensure_ascii=False) if name == "a.json" else text
        assert kinds(name, content.encode(), usual) == {}, name


@pytest.mark.parametrize("user", ["root", "user", "li", "runner", "villages", "Zhejiang"])
def test_a_usual_name_is_found_only_where_it_is_one(user: str) -> None:
    machine = private({}, user, f"/home/{user}", ["vm"], public_text(CHECKOUT))
    assert kinds("a.csv", f"{user} mean square of {user}s; a vm".encode(), machine) == {}
    for text in (f"/home/{user}/x", f"user={user}", f'"username": "{user}"', f"{user}@vm", f"C:\\Users\\{user}\\x"):
        assert "user name" in kinds("a.csv", text.encode(), machine), text
    assert "host name" in kinds("a.csv", b"https://vm:8888/tree, hostname: vm", machine)


def test_the_home_folder_is_found_by_itself() -> None:
    machine = private({}, "root", "/data1", [], "")
    assert "home folder" in kinds("a.csv", b"in /data1", machine) and kinds("a.csv", b"data1, /data12x", machine) == {}


def test_only_values_that_say_something_are_looked_for() -> None:
    values = {"SHORT": "12345678", "NUMBER": "1234567890", "PUBLIC": "requirements", "LINES": f"first\n{VALUE}\nx"}
    found = private(values, "", "/", [], "see requirements.lock")
    assert [(each.kind, each.text) for each in found] == [("value of the environment variable LINES", VALUE)]


def test_addresses_of_the_citation_are_public() -> None:
    content = {"a.csv": b"Zora@example.org, other@example.org"}
    assert [leak.kind for leak in leaks(content, [], ["zora@example.org"])] == ["e-mail address"]
    assert EMAIL.findall("mail zora@example.org.") == ["zora@example.org"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.png", png(after=b"PK"), "2 bytes after the end"),
        ("a.png", png()[:40], "broken PNG"),
        ("a.png", b"GIF89a", "is none"),
        ("a.png", png([(b"zTXt", b"a\0\0nonsense")]), "broken text"),
        ("a.png", png([(b"zTXt", b"a\0\0" + zlib.compress(bytes(2_000_000)))]), "more than 1,000,000 bytes"),
        ("a.ipynb", b"{}", "not a notebook"),
        ("a.ipynb", b'{"cells": [], "a": 1, "a": 2}', "repeats a key"),
        ("a.ipynb", output("image/jpeg", base64_of(b"\xff\xd8")), "image/jpeg, which is not looked into"),
        ("a.ipynb", output("application/pdf", base64_of(b"%PDF")), "application/pdf, which is not looked into"),
        ("a.ipynb", output("image/png", "no base64!"), "broken base64"),
        ("a.html", b"<img src='data:image/jpeg;base64,/9g='>", "image/jpeg, which is not looked into"),
        ("a.csv", b"\xff\xfea\0", "not UTF-8"),
        ("a.csv", b"a\0b", "NUL"),
    ],
)
def test_what_cannot_be_looked_into_does_not_leave(name: str, content: bytes, words: str) -> None:
    (leak,) = leaks({name: content}, MACHINE)
    assert words in leak.kind and "cannot be checked" in leak.kind


USUAL_ENVIRONMENT = {
    "GITHUB_SERVER_URL": "https://github.com", "LC_ALL": "zh_CN.UTF-8", "COLORTERM": "truecolor", "TZ": "Asia/Shanghai",
    "CONDA_DEFAULT_ENV": "taobao-research", "DEBIAN_FRONTEND": "noninteractive", "SHELL": "/bin/bash",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline", "XDG_CURRENT_DESKTOP": "ubuntu:GNOME",
    "GITHUB_WORKFLOW": "Taobao villages",
}  # fmt: skip


def test_a_font_in_a_page_is_no_leak() -> None:
    font = base64_of(b"wOF2\0\1\0\0" + bytes(range(256)))
    assert kinds("a.html", f"<style>src: url(data:font/woff2;base64,{font})</style>".encode()) == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-I/usr/include/x", "absolute path"), ("../../home/li/x", "absolute path"), ("cd /root", "absolute path"),
        ("PATH=/opt/x:/opt/y", "absolute path"), ("<td>/collected/list.csv</td>", "absolute path"),
        ("c:/collected", "Windows path"), ("C:\\\\collected\\\\x", "Windows path"),
        ("~li/list.csv", "path below a home folder"),
        ("密码：quince42", "password or token"), ('"api_key": "quince"', "password or token"),
        ("https://x.org/?token=quince42", "password or token"), ("secret: 'correct horse'", "password or token"),
        ("fe80::1", "address of a private network (IPv6)"), ("10.0.0.7", "address of a private network"),
        ("172.20.1.2", "address of a private network"), ("cd /app", "folder at the root of a machine"),
        ("mounted at /data.", "folder at the root of a machine"),
        ("see\n/workspace/", "folder at the root of a machine"),
        ("path='/content'", "folder at the root of a machine"), ("位于 /data 中", "folder at the root of a machine"),
        ("from /my own files/x", "path with spaces"), ("'/Shared Files 2/x.csv'", "path with spaces"),
        ("https://203.0.113.7/list", "public IPv4 address"), ("ssh zora@203.0.113.7", "public IPv4 address"),
        ("host: 203.0.113.7", "public IPv4 address"), ('"ip_address": "203.0.113.7"', "public IPv4 address"),
        ("主机：203.0.113.7", "public IPv4 address"), ("https://a:b@203.0.113.7/", "public IPv4 address"),
        ("02-42-AC-11-00-02", "address of a network card"), ("00:16:12:34:56:78", "address of a network card"),
        ("ssh-ed25519 " + "AAAAC3NzaC1lZDI1NTE5AAAAIA zora@mirador", "public key of SSH"),
        ("ecdsa-sha2-nistp256 " + "AAAAE2VjZHNhLXNoYTItbmlzdHA=", "public key of SSH"),
        ("-----BEGIN " + "PRIVATE KEY-----", "private key"),
    ],
)  # fmt: skip
def test_other_spellings(text: str, kind: str) -> None:
    assert kind in kinds("a.csv", f"see {text}".encode())


def test_what_is_committed_passes_on_this_machine_and_on_another() -> None:
    paths = [path for folder in ("notebooks", "data", "params") for path in (PROJECT / folder).rglob("*.*")]
    files = {path.name: path.read_bytes() for path in paths if path.suffix in (".ipynb", ".csv", ".yaml", ".md")}
    files = {name: content for name, content in files.items() if "published" not in name}
    assert len(files) > 40
    usual = private(USUAL_ENVIRONMENT, "runner", "/home/runner", ["fv-az1234-567"], public_text(CHECKOUT))
    found = leaks(files, [*MACHINE, *usual, *private_here(CHECKOUT)])
    assert [str(leak) for leak in found] == []
