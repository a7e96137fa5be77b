"""A bundle holds the report and what it was made from; a byte that changes is noticed; hostile files cost nothing."""

import csv
import errno
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
from typer.testing import CliRunner

from taobao_research.commands import app
from taobao_research.errors import InputError
from taobao_research.reports import paper
from taobao_research.reports.manifest import read_manifest
from taobao_research.reports.sections import all_notebooks
from taobao_research.sharing import opening
from taobao_research.sharing.bundle import Bundle, write
from taobao_research.sharing.bundle import packed as as_archive
from taobao_research.sharing.contents import Contents
from taobao_research.sharing.instructions import instructions
from taobao_research.sharing.licences import shipped, why_not_shared
from taobao_research.sharing.verify import verify
from taobao_research.tables.load import read_sources
from tests.browser import needs_browser
from tests.checkout import CHECKOUT, PROJECT
from tests.project_copy import command, process, program, refusal, tree
from tests.test_engine import CELLS, make_project
from tests.waiting import FOREVER, LAST_RESORT, running, wait_for_end, wait_for_line

pytestmark = pytest.mark.process
TOP = "taobao-villages-2015/"
SCHEMA = PROJECT / "taobao_research" / "sharing" / "manifest.schema.json"
START = CELLS["good"][0]
CHART = (
    "from matplotlib.figure import Figure\n"
    "section.figure(Figure(figsize=(1, 1)), 'empty', 'A chart with nothing in it at all', 'Nothing')"
)
NOTEBOOKS = {"1_good": CELLS["good"], "2_more": [START, CHART]}
OF_THE_REPORT = {
    "1_good.html", "1_good.ipynb", "2_more.html", "2_more.ipynb", "figures/empty.png", "figures/empty.svg",
    "claims.csv", "claims.html", "index.html", "manifest.json",
}  # fmt: skip
PLAIN = {
    "CITATION.cff", "LICENSE", "README.txt", "SHA256SUMS", "data/README.md", "data/SOURCES.csv", "environment.yml",
    "index.html",
    "notebooks/1_good.ipynb", "notebooks/2_more.ipynb", "params/2015.yaml", "requirements.lock",
    "ro-crate-metadata.json", "verify.py",
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with a finished report; tests leave it as it is."""
    project = make_project(tmp_path_factory.mktemp("share") / "project", NOTEBOOKS)
    result = program(project, "report", "2015")
    assert result.returncode == 0, result.stdout + result.stderr
    return project


@pytest.fixture(scope="module")
def archive(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "bundle.zip"
    result = program(project, "share", "2015", "--out", path)
    assert result.returncode == 0, result.stdout + result.stderr
    for each in (path, path.with_suffix(".html")):
        content = each.read_bytes()
        said = f"wrote {each.name}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}"
        assert said in result.stdout
    assert path.with_suffix(".html").read_bytes() == files(path)["report/report.html"]
    return path


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as bundle:
        return [name.removeprefix(TOP) for name in bundle.namelist()]


def files(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as bundle:
        return {name.removeprefix(TOP): bundle.read(name) for name in bundle.namelist()}


def packed(path: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, each in content.items():
            bundle.writestr(TOP + name, each)
    return path


def unpacked(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive) as bundle:
        bundle.extractall(folder)
    return folder / TOP


def script(folder: Path) -> subprocess.CompletedProcess[str]:
    """The script of the bundle, in a Python without packages and without ours."""
    return subprocess.run([sys.executable, "-I", "-S", folder / "verify.py"], capture_output=True, text=True, cwd="/")


def test_a_bundle_holds_the_report_and_what_it_was_made_from(project: Path, archive: Path) -> None:
    inputs = {
        path.relative_to(project).as_posix()
        for pattern in ("data/2015/*.csv", "data/2014/villages.csv", "data/reference/*.csv")
        for path in project.glob(pattern)
    }
    page = files(archive)["index.html"].decode()
    assert 'href="report/index.html"' in page  # where "All years" leads
    assert set(names(archive)) == PLAIN | {f"report/{name}" for name in OF_THE_REPORT} | inputs | {"report/report.html"}
    content = files(archive)
    for name in inputs | {"LICENSE", "CITATION.cff", "requirements.lock", "params/2015.yaml", "data/README.md"}:
        assert content[name] == (project / name).read_bytes()
    for name in OF_THE_REPORT - {"manifest.json"}:
        assert content[f"report/{name}"] == (project / "reports" / "2015" / name).read_bytes()


def test_the_archive_is_plain(archive: Path) -> None:
    with zipfile.ZipFile(archive) as bundle:
        entries = bundle.infolist()
    assert all(entry.filename.startswith(TOP) and entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in entries)
    assert all(stat.S_ISREG(entry.external_attr >> 16) and not entry.extra for entry in entries)
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_the_same_report_gives_the_same_bytes(project: Path, archive: Path, tmp_path: Path) -> None:
    before = "import os, time\nos.environ['TZ'] = 'Asia/Shanghai'\ntime.tzset()\nos.umask(0o77)"
    result = process(project, "share", "2015", "--out", tmp_path / "again.zip", before=before)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_source_date_epoch_sets_the_time_and_no_other_byte(
    monkeypatch: pytest.MonkeyPatch, archive: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1448236800")  # 2015-11-23
    (tmp_path / "dated.zip").write_bytes(as_archive(Bundle(TOP.rstrip("/"), files(archive), {})))
    with zipfile.ZipFile(tmp_path / "dated.zip") as bundle:
        assert {entry.date_time for entry in bundle.infolist()} == {(2015, 11, 23, 0, 0, 0)}
    assert files(tmp_path / "dated.zip") == files(archive)
    for far in ("99999999999", "9" * 25):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", far)
        assert (
            zipfile.ZipFile(io.BytesIO(as_archive(Bundle(TOP.rstrip("/"), {"a": b""}, {})))).infolist()[0].date_time[0]
            == 2107
        )


def test_an_untouched_bundle_is_as_recorded(archive: Path, tmp_path: Path) -> None:
    folder = unpacked(tmp_path, archive)
    for path in (archive, folder):
        said, wrong = verify(path)
        assert wrong == [] and said.startswith(f"{len(names(archive))} files, all as recorded; computed from: ")
        assert "2 notebooks of 2015" in said
    assert script(folder).stdout == f"{len(names(archive))} files, all as recorded\n"
    assert verify(folder) == verify(archive)


def test_the_system_s_own_program_agrees(archive: Path, tmp_path: Path) -> None:
    if not shutil.which("sha256sum"):
        pytest.skip("no sha256sum here")
    folder = unpacked(tmp_path, archive)
    result = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0 and len(result.stdout.splitlines()) == len(names(archive)) - 1


def test_one_byte_changed_anywhere_is_noticed_and_named(archive: Path, tmp_path: Path) -> None:
    content, chance = files(archive), random.Random(2015)
    for name, original in content.items():
        place = chance.randrange(max(len(original), 1))
        changed = original[:place] + bytes([(original[place] ^ 1) if original else 32]) + original[place + 1 :]
        said = verify(packed(tmp_path / "changed.zip", {**content, name: changed}))[1]
        assert any(line.startswith(f"{name}: ") for line in said) or (name == "SHA256SUMS" and said), name


def test_a_file_missing_or_added_is_named(archive: Path, tmp_path: Path) -> None:
    content = files(archive)
    for name in content:
        without = {other: each for other, each in content.items() if other != name}
        assert any(line.startswith(f"{name}: missing") for line in verify(packed(tmp_path / "a.zip", without))[1]), name
    for name in ("report/extra.html", "data/extra.csv", "extra"):
        wrong = verify(packed(tmp_path / "a.zip", {**content, name: b"x"}))[1]
        assert f"{name}: added; SHA256SUMS does not name it" in wrong


def test_new_checksums_do_not_hide_a_change(archive: Path, tmp_path: Path) -> None:
    """Whoever writes the sums anew has the manifest and the crate against him."""
    for name, teller in (("report/figures/empty.png", "manifest"), ("data/2015/villages.csv", "manifest"),
                         ("notebooks/1_good.ipynb", "manifest"), ("params/2015.yaml", "manifest"),
                         ("LICENSE", "ro-crate")):  # fmt: skip
        content = files(archive)
        content[name] += b" "
        sums = (f"{hashlib.sha256(each).hexdigest()}  {at}\n" for at, each in content.items() if at != "SHA256SUMS")
        content["SHA256SUMS"] = "".join(sums).encode()
        wrong = verify(packed(tmp_path / "a.zip", content))[1]
        assert any(line.startswith(f"{name}: not the file of which {teller}") for line in wrong), name


def test_the_script_in_the_bundle_names_the_same_files(archive: Path, tmp_path: Path) -> None:
    folder, content = unpacked(tmp_path, archive), files(archive)
    for name in ("report/2_more.html", "data/2015/villages.csv", "README.txt", "params/2015.yaml"):
        (folder / name).write_bytes(content[name] + b" ")
    (folder / "report" / "1_good.ipynb").unlink()
    (folder / "more.txt").write_bytes(b"")
    result = script(folder)
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "changed: README.txt",
        "changed: data/2015/villages.csv",
        "not listed: more.txt",
        "changed: params/2015.yaml",
        "missing: report/1_good.ipynb",
        "changed: report/2_more.html",
    ]
    assert [line.split(": ")[1] for line in result.stdout.splitlines()] == sorted(
        {line.split(": ")[0] for line in verify(folder)[1]}
    )


def test_a_change_of_line_ends_alone_is_named_as_such(archive: Path, tmp_path: Path) -> None:
    folder, content = unpacked(tmp_path, archive), files(archive)
    (folder / "LICENSE").write_bytes(content["LICENSE"].replace(b"\n", b"\r\n"))
    (folder / "params" / "2015.yaml").write_bytes(content["params/2015.yaml"].replace(b"\n", b"\r\n") + b"#\r\n")
    assert script(folder).stdout.splitlines() == ["changed by line ends alone: LICENSE", "changed: params/2015.yaml"]
    wrong = verify(folder)[1]
    assert "LICENSE: changed, by line ends alone (LF and CRLF), as the checksum in SHA256SUMS shows" in wrong
    assert "params/2015.yaml: changed; SHA256SUMS has another checksum" in wrong


def test_new_checksums_do_not_hide_a_change_from_the_script(archive: Path, tmp_path: Path) -> None:
    folder = unpacked(tmp_path, archive)
    sums = folder / "SHA256SUMS"
    lines = sums.read_text(encoding="utf-8").splitlines()
    (folder / "LICENSE").unlink()
    for name in ("report/figures/empty.png", "notebooks/1_good.ipynb"):
        (folder / name).write_bytes(b"another")
        lines = [line for line in lines if not line.endswith(f"  {name}")]
        lines.append(f"{hashlib.sha256(b'another').hexdigest()}  {name}")
    sums.write_text("\n".join(lines), encoding="utf-8")
    told = ["missing: LICENSE", "changed: notebooks/1_good.ipynb", "changed: report/figures/empty.png"]
    assert script(folder).stdout.splitlines() == told


def test_the_commands_answer_with_their_exit_codes(archive: Path, tmp_path: Path) -> None:
    changed = packed(tmp_path / "changed.zip", {**files(archive), "LICENSE": b"none"})
    for path, code, words in (
        (archive, 0, "all as recorded"),
        (changed, 1, "LICENSE: changed"),
        (PROJECT / "LICENSE", 2, "not a zip archive"),
        (PROJECT / "tests", 2, "not a bundle"),
        (tmp_path / "absent.zip", 2, "no such file"),
    ):
        result = CliRunner().invoke(app, ["verify", str(path)])
        found = 2 if isinstance(result.exception, InputError) else result.exit_code
        assert found == code and words in result.output + str(result.exception)


@pytest.mark.parametrize(
    ("name", "begun", "kind"),
    [
        ("report.html", b"<!DOCTYPE html>\n<html lang='en'>", "a page by itself"),
        ("page", b"\xef\xbb\xbf\n <html>", "a page by itself"),
        ("report.pdf", b"%PDF-1.4\n", "a PDF by itself"),
    ],
)
def test_a_page_by_itself_is_told_from_an_archive(name: str, begun: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(begun)
    with pytest.raises(InputError, match=f"^verify {name}: {kind} .* Verify the .zip that share wrote with it"):
        verify(tmp_path / name)
    (tmp_path / name).with_suffix(".zip").write_bytes(b"")
    with pytest.raises(InputError, match=r"Verify \w+\.zip beside it: it holds .* page .*, with its hash\.$"):
        verify(tmp_path / name)


def test_a_page_by_itself_ends_with_exit_code_2(project: Path, archive: Path) -> None:
    result = program(project, "verify", archive.with_suffix(".html"))
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr == (
        "verify bundle.html: a page by itself carries no checksums to be compared with. "
        "Verify bundle.zip beside it: it holds this page as report/report.html, with its hash.\n"
    )


def test_the_manifest_is_by_its_schema_and_its_times_are_there(archive: Path) -> None:
    manifest = json.loads(files(archive)["report/manifest.json"])
    jsonschema.validate(manifest, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert all(section["start"] and section["seconds"] for section in manifest["sections"].values())
    assert manifest["not_shared"] == {}


def test_the_crate_keeps_the_rules_of_its_format(archive: Path) -> None:
    """The MUST rules of RO-Crate 1.1 and of Process Run Crate 0.5, as far as they need no network."""
    content = files(archive)
    crate = json.loads(content["ro-crate-metadata.json"])
    assert crate["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(graph) == len(crate["@graph"]) and all(entity["@type"] for entity in graph.values())
    descriptor, root = graph["ro-crate-metadata.json"], graph["./"]
    assert descriptor["@type"] == "CreativeWork" and descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert root["@type"] == "Dataset" and root["name"] and root["description"] and root["license"]
    assert root["datePublished"] == max(each["startTime"] for each in graph.values() if "startTime" in each)
    parts = {unquote(part["@id"]) for part in root["hasPart"]}
    assert parts == set(content) - {"ro-crate-metadata.json"}
    found = {key for key, entity in graph.items() if "File" in entity["@type"]}
    assert {unquote(key) for key in found} == parts
    for entity in graph.values():
        for value in entity.values():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    assert set(each) == {"@id"} and (each["@id"] in graph or each["@id"].startswith("https://")), each
    actions = [entity for entity in graph.values() if entity["@type"] == "CreateAction"]
    assert len(actions) == 2 and all({"instrument", "object", "result", "name"} <= set(each) for each in actions)
    kinds = {"SoftwareApplication", "SoftwareSourceCode"}
    for action in actions:
        assert all(kinds & {*_listed(graph[each["@id"]]["@type"])} for each in action["instrument"])
    assert graph["data/2015/claims.csv"]["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert graph[graph["data/2015/villages.csv"]["license"]["@id"]]["name"] == "not stated"


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_instructions_name_what_is_there(archive: Path) -> None:
    text = files(archive)["README.txt"].decode()
    for words in ("report/index.html", "sha256sum -c SHA256SUMS", "python3 verify.py", "taobao-research verify"):
        assert words in text
    assert "Every data file that was used is here" in text and "MIT" in text


def test_a_report_in_chinese_has_names_and_instructions_of_its_own(project: Path, tmp_path: Path) -> None:
    copy = altered(project, tmp_path)
    assert program(copy, "share", "2015").returncode == 0
    english = {path.name: path.read_bytes() for path in copy.glob("taobao-villages-*")}
    assert set(english) == {"taobao-villages-2015.zip", "taobao-villages-2015.html"}
    (copy / "zh.yaml").write_text("year: 2015\nlabels: zh\n", encoding="utf-8")
    for path in (copy / "notebooks").glob("*.ipynb"):  # a report in Chinese reads the Chinese of its claims too
        told = path.read_text(encoding="utf-8").replace(
            '"data/{year}/*.csv"', '"data/{year}/*.csv", "data/{year}/zh.po"'
        )
        path.write_text(told, encoding="utf-8")
    made = program(copy, "report", "--params", "zh.yaml")
    assert made.returncode == 0, made.stdout
    result = program(copy, "share", "2015", "--params", "zh.yaml")
    assert result.returncode == 0, result.stderr
    assert {path.name for path in copy.glob("taobao-villages-*")} - set(english) == {
        "taobao-villages-2015-zh.zip", "taobao-villages-2015-zh.html"
    }  # fmt: skip
    assert all((copy / name).read_bytes() == content for name, content in english.items())
    with zipfile.ZipFile(copy / "taobao-villages-2015-zh.zip") as bundle:
        assert {name.split("/")[0] for name in bundle.namelist()} == {"taobao-villages-2015-zh"}
        text = bundle.read("taobao-villages-2015-zh/README.txt").decode("utf-8")
    assert text.startswith("2015年淘宝村：报告重算\n\n阅读：用浏览器打开 report/index.html。")
    for words in ("sha256sum -c SHA256SUMS", "python3 verify.py", "taobao-research verify", "用到的数据文件都在这里。"):
        assert words in text
    assert verify(copy / "taobao-villages-2015-zh.zip")[1] == []


@pytest.mark.parametrize(
    ("licence", "english", "chinese"),
    [
        ("", "its licence is not stated (state it in", "许可未注明（如已知，请写入 data/SOURCES.csv）"),
        ("all rights reserved", 'its licence, "all rights reserved", is not', "不确定其许可“all rights reserved”是否"),
    ],
)
def test_what_stays_behind_is_told_in_the_language_of_the_report(
    licence: str, english: str, chinese: str, archive: Path
) -> None:
    manifest = read_manifest(files(archive)["report/manifest.json"])
    reason = why_not_shared("data/2015/x.csv", "0" * 64, licence)
    for labels, words in (("en", english), ("zh", chinese)):
        changes = {"not_shared": {"data/2015/x.csv": reason}, "parameters": {**manifest.parameters, "labels": labels}}
        found = Contents({}, manifest.model_copy(update=changes), {}, {"license": "MIT"})
        assert f"\n  data/2015/x.csv: {words}" in instructions(found, "ro-crate-metadata.json")


@needs_browser
def test_the_same_report_is_printed_to_the_same_bytes(project: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        patient = f"from taobao_research.reports import paper\npaper.SECONDS = {LAST_RESORT}"
        result = process(project, "share", "2015", "--pdf", "--out", tmp_path / f"{name}.zip", before=patient)
        assert result.returncode == 0 and f"wrote {name}.pdf: " in result.stdout, result.stderr
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert pdf == (tmp_path / "b.pdf").read_bytes()
    sections = json.loads(files(tmp_path / "a.zip")["report/manifest.json"])["sections"].values()
    made = re.sub(r"\D", "", max(section["start"] for section in sections)).encode()
    about = pdf[: pdf.index(b"endobj")]
    assert b"/Title (Taobao villages 2015: the report recomputed)" in about
    assert b"/Author (The taobao-research developers)" in about and b"/Creator (taobao-research)" in about
    assert re.findall(rb"/(?:CreationDate|ModDate) \(D:(\d{14})", about) == [made, made]
    place = int(re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf)[1])
    assert pdf[place:].startswith(b"xref")  # every object is still where the table says


def test_a_pdf_keeps_its_length_whatever_its_authors_are_called() -> None:
    printed = b"<</Creator (A browser \\(X11\\) whose name is longer)\n/CreationDate (D:20261124162100+08'00')>>"
    for authors, words in (("A", b"/Author (A)"), ("村", b"/Author <FEFF6751>"), ("A" * 99, b"/Creator (A browser")):
        pdf = paper.stated(printed, "2015-12-24T08:00:00Z", authors)
        assert len(pdf) == len(printed) and words in pdf
        assert pdf.endswith(b"\n/CreationDate (D:20151224080000+00'00')>>")


# What may not leave


def altered(project: Path, folder: Path) -> Path:
    return Path(shutil.copytree(project, folder / "project"))


def test_data_that_may_not_be_passed_on_stay_and_are_named(project: Path, tmp_path: Path) -> None:
    copy = altered(project, tmp_path)
    sources = copy / "data" / "SOURCES.csv"
    rows = list(csv.reader(io.StringIO(sources.read_text(encoding="utf-8"))))
    column = rows[0].index("licence")
    for row in rows:
        if row[0] == "reference/provinces.csv":
            row[column] = "all rights reserved"
    with sources.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    result = program(copy, "share", "2015", "--out", tmp_path / "a.zip")
    assert result.returncode == 0, result.stderr
    assert 'not shared: data/reference/provinces.csv: its licence, "all rights reserved"' in result.stdout
    content = files(tmp_path / "a.zip")
    assert "data/reference/provinces.csv" not in content
    assert "data/reference/provinces.csv" in content["README.txt"].decode().partition("Not here")[2]
    manifest = json.loads(content["report/manifest.json"])
    assert list(manifest["not_shared"]) == ["data/reference/provinces.csv"]
    digest = hashlib.sha256((copy / "data/reference/provinces.csv").read_bytes()).hexdigest()
    assert manifest["sections"]["1_good"]["inputs"]["data/reference/provinces.csv"] == digest
    said, wrong = verify(tmp_path / "a.zip")
    assert wrong == [] and "(1 not in the bundle)" in said
    assert script(unpacked(tmp_path / "open", tmp_path / "a.zip")).returncode == 0
    crate = json.loads(content["ro-crate-metadata.json"])["@graph"]
    (absent,) = (each for each in crate if each["@id"].startswith("#not-shared/"))
    assert absent["sha256"] == digest and "all rights reserved" in absent["description"]
    added = {**content, "data/reference/provinces.csv": b"x"}
    assert any("is not shared" in line for line in verify(packed(tmp_path / "b.zip", added))[1])


@pytest.mark.parametrize(
    ("path", "digest", "licence", "leaves"),
    [
        ("data/2017/villages.csv", "0" * 64, "not stated", False),  # a full list that was imported
        ("data/2015/villages.csv", "0" * 64, "not stated", False),  # one in the place of the table that is shipped
        ("data/2017/villages.csv", "0" * 64, "", False),
        ("data/2017/villages.csv", "0" * 64, "CC BY-NC-ND 4.0", False),
        ("data/2017/villages.csv", "0" * 64, "MITigated", False),
        ("data/2017/published/list.xlsx", "0" * 64, "MIT", False),
        ("data/2017/villages.csv", "0" * 64, "CC BY-SA 4.0", True),
        ("data/2017/villages.csv", "0" * 64, "CC0 1.0", True),
        ("data/2017/claims.csv", "0" * 64, "MIT", True),
        ("data/cases/cases.csv", "0" * 64, "facts; not stated", True),
    ],
)
def test_which_data_may_leave(path: str, digest: str, licence: str, leaves: bool) -> None:
    assert (why_not_shared(path, digest, licence) == "") == leaves


def test_files_without_a_licence_that_leave_are_those_this_project_publishes() -> None:
    """If a data file changed on purpose, change its line in sharing/shipped.csv."""
    sources = read_sources(CHECKOUT)
    rows = sources[(sources["licence"] == "not stated") & ~sources.index.str.contains("/published/")]
    assert shipped() == {(f"data/{path}", digest) for path, digest in rows["sha256"].items()}


def test_a_leak_is_refused_with_file_cell_and_line_and_nothing_is_written(tmp_path: Path) -> None:
    leaking = [START, "for place in ('here', '/srv/collected/list.csv'):\n    print(place)"]
    project = make_project(tmp_path / "project", {"1_good": CELLS["good"], "2_leak": leaking})
    assert program(project, "report", "2015").returncode == 0
    result = refusal(project, "share", "2015", code=1)
    assert "Nothing was written. Change these" in result.stderr, result.stderr
    assert "report/2_leak.ipynb, cell 5, output 1, stdout, line 2: absolute path" in result.stderr
    assert "report/2_leak.ipynb, cell 5, source, line 1: absolute path" in result.stderr
    assert "notebooks/2_leak.ipynb, cell 4, source, line 1: absolute path" in result.stderr
    assert "report/2_leak.html" in result.stderr and "/srv/collected/list.csv" not in result.stderr


def test_names_and_values_of_this_very_machine_are_refused(project: Path, tmp_path: Path) -> None:
    """The page of the report says 'It is good'; on a machine where that is a secret it does not leave."""
    before = "import os\nos.environ['SECRET_PHRASE'] = 'It is good.'"
    result = process(project, "share", "2015", "--out", tmp_path / "a.zip", before=before)
    assert result.returncode == 1 and not (tmp_path / "a.zip").exists()
    assert "value of the environment variable SECRET_PHRASE" in result.stderr and "It is good." not in result.stderr


def test_what_is_not_a_finished_report_is_refused(project: Path, tmp_path: Path) -> None:
    copy = altered(project, tmp_path)
    assert "no finished report of 2016" in refusal(copy, "share", "2016").stderr
    assert "params" in refusal(copy, "share", "2031").stderr
    page = copy / "reports" / "2015" / "index.html"
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    said = refusal(copy, "share", "2015").stderr
    assert "not complete and up to date (result index.html)" in said and "taobao-research report 2015" in said
    data = copy / "data" / "2015" / "figures" / "visits.csv"
    data.write_text(data.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    params = copy / "params" / "2015.yaml"
    params.write_text(params.read_text(encoding="utf-8").replace("top: 10", "top: 9"), encoding="utf-8")
    assert "1: parameters" in refusal(copy, "share", "2015").stderr


def test_a_report_with_parameters_of_ones_own_is_shared_with_them(project: Path, tmp_path: Path) -> None:
    copy = altered(project, tmp_path)
    own = copy / "mine.yaml"
    own.write_text("year: 2015\ntop: 7\n", encoding="utf-8")
    assert program(copy, "report", "--params", own).returncode == 0
    assert refusal(copy, "share", "2015").stderr == (
        "share 2015: the report was made with another parameter file than params/2015.yaml (top: 7). "
        "Run: taobao-research share 2015 --params FILE, with the file that it was made with; "
        "or taobao-research report 2015, which replaces it.\n"
    )
    assert "another year" in refusal(copy, "share", "2016", "--params", own).stderr
    result = program(copy, "share", "2015", "--params", own, "--out", tmp_path / "a.zip")
    assert result.returncode == 0, result.stderr
    assert files(tmp_path / "a.zip")["params/2015.yaml"] == own.read_bytes()
    assert verify(tmp_path / "a.zip")[1] == []
    lock = copy / "requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with_file = "report --params FILE, and share 2015 --params FILE (or report 2015, which replaces"
    assert f"Run: taobao-research {with_file}" in refusal(copy, "share", "2015").stderr
    said = refusal(copy, "share", "2015", "--params", own).stderr
    assert "Run: taobao-research report --params mine.yaml, and share 2015 --params mine.yaml\n" in said


def test_an_archive_is_overwritten_only_when_asked(archive: Path, tmp_path: Path) -> None:
    there = tmp_path / "a.zip"
    there.write_bytes(b"mine")
    bundle = Bundle(TOP.rstrip("/"), files(archive), {})
    folder = tmp_path / "folder.zip"
    folder.mkdir()
    for place, words in (
        (there, "--replace"),
        (folder, "is a folder"),
        (tmp_path / "no" / "a.zip", "no such folder"),
        (tmp_path / "a.html", "ends in .zip"),
        (tmp_path / "a.pdf", "ends in .zip"),
        ("", "ends in .zip"),
        ("/", "ends in .zip"),
        (f"{'a' * 300}.zip", "File name too long"),
    ):
        result = CliRunner().invoke(app, ["share", "2015", "--out", str(place)])
        assert isinstance(result.exception, InputError) and words in str(result.exception), (place, result.exception)
    assert there.read_bytes() == b"mine" and sorted(tmp_path.iterdir()) == [there, folder]
    write({there: as_archive(bundle)})
    assert there.read_bytes() == archive.read_bytes() and sorted(tmp_path.iterdir()) == [there, folder]


@pytest.mark.parametrize(
    ("program_text", "words"),
    [
        (None, "none is found"),
        ("exit 0", "printed no PDF"),
        ("exit 3", r"printed no PDF \(exit code 3\)"),
        (
            "for each; do case $each in --print-to-pdf=*)"
            ' printf "%%PDF-1.4 (file:///a) %%%%EOF" > "${each#*=}";; esac; done',
            "address of a file",
        ),
        ("sleep 1000000 & wait", "took longer than 2 seconds"),
    ],
)  # fmt: skip
def test_a_browser_that_fails_leaves_no_file(
    program_text: str | None, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    if program_text is not None:
        (programs / "chromium").write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{program_text}\n", encoding="utf-8")
        (programs / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(paper, "SECONDS", 2 if "2 seconds" in words else LAST_RESORT)
    with pytest.raises(InputError, match=words):
        paper.to_pdf(b"<!DOCTYPE html><title>a</title>", paper.find_browser())
    assert list(tmp_path.iterdir()) == [programs]


def test_archive_page_and_pdf_are_written_together_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = []

    def full(file: int) -> None:
        written.append(file)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        write({tmp_path / "a.zip": b"1", tmp_path / "a.html": b"2"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stopped_share_leaves_nothing(number: int, project: Path, tmp_path: Path) -> None:
    before = (
        "from taobao_research.sharing import bundle\n"
        f"def slow(*_):\n    print('begun', flush=True); {FOREVER}\nbundle.leaks = slow"
    )
    with running(command("share", "2015", "--out", tmp_path / "a.zip", before=before), project) as run:
        wait_for_line(run, "begun")
        untouched = tree(project)
        run.send_signal(number)
        _, said = wait_for_end(run)
    assert run.returncode == (-9 if number == signal.SIGKILL else 130)
    assert list(tmp_path.iterdir()) == [] and tree(project) == untouched
    assert "Traceback" not in said and ("nothing was written" in said or number == signal.SIGKILL)


def test_a_full_disk_leaves_nothing(monkeypatch: pytest.MonkeyPatch, archive: Path, tmp_path: Path) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        write({tmp_path / "a.zip": archive.read_bytes()})
    assert list(tmp_path.iterdir()) == []


# Hostile archives


def entry(name: str, content: bytes = b"x", mode: int = 0o100644, **more: object) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr, info.create_system, info.compress_type = mode << 16, 3, zipfile.ZIP_DEFLATED
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


HOSTILE = {
    "an absolute name": ([entry("/srv/a")], "leads out"),
    "a way up": ([entry(f"{TOP}../../a")], "leads out"),
    "a backslash": ([entry(f"{TOP}..\\a")], "leads out"),
    "a drive": ([entry("C:/a")], "leads out"),
    "a control character": ([entry(f"{TOP}a\x1b[31m")], "leads out"),
    "a link": ([entry(f"{TOP}a", b"/srv/a", stat.S_IFLNK | 0o777)], "is a folder, a link"),
    "a folder": ([entry(f"{TOP}a"), entry(f"{TOP}b/", b"hidden")], "is a folder"),
    "another system": ([entry(f"{TOP}a", create_system=0)], "another program packed it"),
    "a device": ([entry(f"{TOP}a", b"", stat.S_IFBLK | 0o600)], "a link or a device"),
    "one name twice": ([entry(f"{TOP}a"), entry(f"{TOP}a", b"y")], "one name"),
    "one name in two cases": ([entry(f"{TOP}a"), entry(f"{TOP}A", b"y")], "one name"),
    "two folders": ([entry("a/a"), entry("b/a")], "one folder"),
    "no folder": ([entry("SHA256SUMS")], "one folder"),
    "a bomb": ([entry(f"{TOP}a", bytes(20_000_000))], "grows more than"),
    "a comment of a file": ([entry(f"{TOP}a", comment=b"zora")], "carries a comment"),
    "another packing": ([entry(f"{TOP}a", compress_type=zipfile.ZIP_BZIP2)], "packed in a way"),
    "nothing": ([], "empty"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_one_message(kind: str, tmp_path: Path) -> None:
    entries, words = HOSTILE[kind]
    path = tmp_path / "a.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as bundle:
        warnings.simplefilter("ignore")
        for info, content in entries:
            bundle.writestr(info, content)
    with pytest.raises(InputError, match=words) as refused:
        verify(path)
    assert str(refused.value).isprintable() and list(tmp_path.iterdir()) == [path]


def _bits(content: bytes, flag: int) -> bytes:
    """The archive with a bit set in the flags of every header."""
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            flags = struct.unpack_from("<H", content, place + offset)[0] | flag
            content = content[: place + offset] + struct.pack("<H", flags) + content[place + offset + 2 :]
            place = content.find(mark, place + 4)
    return content


def _with_bytes_between(content: bytes) -> bytes:
    """The archive with bytes between its files and its directory, whose place is stated anew."""
    start = content.find(b"PK\x01\x02")
    place = content.rfind(b"PK\x05\x06") + 16
    return content[:start] + b"hidden" + content[start:place] + struct.pack("<I", start + 6) + content[place + 4 :]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: _bits(content, 1), "encrypted"),
        (lambda content: b"#!/bin/sh\n" + content, "bytes that are in no file"),
        (lambda content: content + b"hidden", "bytes that are in no file|not a zip archive"),
        (_with_bytes_between, "bytes that are in no file"),
        (lambda content: content[: len(content) // 2], "not a zip archive"),
        (lambda content: b"PK\x03\x04", "not a zip archive"),
        (lambda content: b"", "not a zip archive"),
    ],
)
def test_a_broken_archive_is_one_message(change: Callable[[bytes], bytes], words: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a": b"text"})
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=words):
        verify(path)


def test_a_file_that_cannot_be_unpacked_is_named(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as bundle:
        info = bundle.getinfo(f"{TOP}report/index.html")
    content[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 255
    (tmp_path / "a.zip").write_bytes(content)
    assert "report/index.html: cannot be unpacked" in verify(tmp_path / "a.zip")[1]


def test_limits_hold_for_archives_and_folders(monkeypatch: pytest.MonkeyPatch, archive: Path, tmp_path: Path) -> None:
    folder = unpacked(tmp_path, archive)
    for limit in ("MAX_FILES", "MAX_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(opening, limit, 10)
            for path in (archive, folder):
                with pytest.raises(InputError, match="10"):
                    verify(path)


def test_a_link_in_a_folder_is_not_followed(archive: Path, tmp_path: Path) -> None:
    folder = unpacked(tmp_path, archive)
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match="link is a link"):
        verify(folder)
    (folder / "link").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(InputError, match="no ordinary file"):
        verify(folder)


# The report as it is


def test_the_report_of_2015_is_shared_and_verified(report_of_2015: Callable[[str], Path], tmp_path: Path) -> None:
    archive = tmp_path / "taobao-villages-2015.zip"
    result = program(report_of_2015("en"), "share", "2015", "--out", archive)
    assert result.returncode == 0, result.stderr
    assert "not shared" not in result.stdout
    said, wrong = verify(archive)
    assert wrong == [] and f"{len(all_notebooks(CHECKOUT))} notebooks of 2015" in said
    assert script(unpacked(tmp_path, archive)).returncode == 0
    assert not any(name.endswith(".xlsx") or "published/" in name for name in names(archive))
    assert archive.stat().st_size < 20_000_000
