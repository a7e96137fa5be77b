"""Hostile and broken files end in one clear message before they cost memory or time; encodings are never guessed."""

import csv
import io
import os
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from taobao_research.errors import InputError, printable
from taobao_research.tables.imports.reading import PublishedList, read_list
from tests.checkout import PROJECT
from tests.memory import PEAK, reads_proc
from tests.studies import known
from tests.waiting import completed

pytestmark = pytest.mark.slow
HEADER = ["省", "市", "县", "镇", "村"]
ROW = ["浙江省", "金华市", "义乌市", "江东街道", "甲村"]
LINES = "\n".join([",".join(HEADER), ",".join(ROW), "广东省,揭阳市,普宁市,池尾街道,乙村", ""])
ENGLISH = "province,city,county,town,village\nZhejiang,金华市,义乌市,江东街道,甲村\n"
SHEET, STRINGS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
Parts = dict[str, bytes]


def read_bytes(folder: Path, content: bytes, name: str = "list.csv", **options: str) -> PublishedList:
    path = folder / name
    path.write_bytes(content)
    return read_list(path, known(), **options)


def refusal(folder: Path, content: bytes, name: str = "list.csv", **options: str) -> str:
    with pytest.raises(InputError) as refused:
        read_bytes(folder, content, name, **options)
    return str(refused.value)


def villages(found: PublishedList) -> list[str]:
    return found.villages["village"].tolist()


@pytest.mark.parametrize(
    ("codec", "option", "how"),
    [
        ("utf-8", None, "UTF-8 (detected)"),
        ("utf-8-sig", None, "UTF-8 with byte-order mark (by its mark)"),
        ("gb18030", None, "GB18030 (detected"),
        ("utf-16", None, "UTF-16 (by its mark)"),
        ("utf-8", "utf-8", "utf-8 (declared)"),
        ("utf-8-sig", "UTF8", "UTF8 (declared)"),
        ("gb18030", "gbk", "gbk (declared)"),
        ("utf-16-le", "utf-16-le", "utf-16-le (declared)"),
        ("utf-16-be", "utf-16-be", "utf-16-be (declared)"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_line_ends_and_separators(
    codec: str, option: str | None, how: str, newline: str, separator: str, tmp_path: Path
) -> None:
    content = LINES.replace("\n", newline).replace(",", separator).encode(codec)
    found = read_bytes(tmp_path, content, encoding=option)
    assert (villages(found), found.how.startswith(how)) == (["甲村", "乙村"], True)


@pytest.mark.parametrize(
    ("content", "option", "said"),
    [
        ("省,市,縣,鎮,村\n浙江省,金華市,義烏市,江東街道,甲村\n".encode("big5"), None, "neither UTF-8 nor GB18030"),
        (ENGLISH.encode("big5", "replace").replace(b"?", b"\xa4\xa4"), None, "neither UTF-8 nor GB18030"),
        (ENGLISH.encode("shift-jis", "replace").replace(b"?", b"\x88\x9f"), None, "neither UTF-8 nor GB18030"),
        ("Prövince,Cïty,Coünty\né,è,ê\n".encode("latin-1"), None, "neither UTF-8 nor GB18030"),
        (LINES.encode("utf-16-le"), None, "neither UTF-8 nor GB18030"),
        (LINES.encode(), "gb18030", "its bytes are UTF-8, not gb18030"),
        (ENGLISH.encode(), "big5", "its bytes are UTF-8, not big5"),
        (LINES.encode(), "utf-16", "its bytes are UTF-8, not utf-16"),
        (LINES.encode("gb18030"), "utf-8", "is not utf-8"),
        (LINES.encode("gb18030"), "big5", "no line names the columns"),
        (LINES.encode(), "latin-1", "--encoding latin-1: not read"),
        (LINES.encode(), "punycode", "--encoding punycode: not read"),
        (LINES.encode(), "rot13", "--encoding rot13: not read"),
        (LINES.encode(), "no such", "--encoding no such: not read"),
        (b"\xef\xbb\xbf" + LINES.encode("gb18030"), None, "line 1: not UTF-8 with byte-order mark"),
        (LINES.encode() + b"\xff", None, "neither UTF-8 nor GB18030"),
        (LINES.replace("甲", "甲\0").encode(), None, "NUL characters"),
    ],
)
def test_an_encoding_is_never_guessed(content: bytes, option: str | None, said: str, tmp_path: Path) -> None:
    assert said in refusal(tmp_path, content, encoding=option)


def test_big5_is_read_where_declared_and_its_provinces_are_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, "省,市,縣,鎮,村\n廣東省,揭陽市,普寧市,池尾街道,甲村\n".encode("big5"), encoding="big5")
    assert "row 2, province: '廣東省': traditional characters; convert the list to simplified ones" in said


def test_quoted_headings_with_separators_and_line_breaks(tmp_path: Path) -> None:
    head = '"省\n(市,区)",市,"县(市,\n区)",镇,村,\n'
    assert villages(read_bytes(tmp_path, (head + ",".join([*ROW, ""]) + "\n").encode())) == ["甲村"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b" \n\n", "empty file"),
        (",".join(HEADER).encode(), "no row under the headings is a village"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a picture, not a list"),
        (b"%PDF-1.7\n", "a PDF, not a list"),
        ((LINES + '浙江省,"金华市\n').encode(), "row 4: not readable as CSV"),
        ((LINES + f"浙江省,金华市,义乌市,江东街道,{'村' * 1001}\n").encode(), "row 4: a cell of 1,001 characters"),
        ((",".join(HEADER) + "," * 60 + "\n" + ",".join(["x"] * 65) + "\n").encode(), "65 fields, at most 64"),
        ((LINES + ",,,,\n" * 100_000).encode(), "more than 100,000 rows"),
        (b"a,b,c\n1,2,3\n", "no line names the columns province, county and village"),
        (b"x" * 33_000_000, "more than 32,000,000 bytes"),
        ("市,县,镇,村\n金华市,义乌市,江东街道,甲村\n".encode(), "no line names the columns"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_broken_text_files(content: bytes, said: str, tmp_path: Path) -> None:
    assert said in refusal(tmp_path, content)


def test_what_is_no_ordinary_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    for path in (tmp_path, tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(InputError, match="not an ordinary file"):
            read_list(path, known())
    for path in (tmp_path / "none.csv", tmp_path / ("x" * 5000), tmp_path / "loop.csv", tmp_path / "list.csv" / "y"):
        with pytest.raises(InputError, match=r"no such file|cannot be read|not an ordinary file"):
            read_list(path, known())
    (tmp_path / "real.csv").write_text(LINES, encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert villages(read_list(tmp_path / "link.csv", known())) == ["甲村", "乙村"]


def parts(change: Callable[[openpyxl.Workbook], object] | None = None) -> Parts:
    """The parts of a good workbook, after a change to it."""
    book = openpyxl.Workbook()
    for row in (HEADER, ROW):
        book.active.append(row)
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_sheet(old: bytes, new: bytes, part: str = SHEET) -> bytes:
    members = parts()
    assert old in members[part]
    return packed({**members, part: members[part].replace(old, new, 1)})


def lying(content: bytes, name: bytes, size: int, crc: int) -> bytes:
    """The archive with another size and checksum for a part, in both places that state them."""
    changed = bytearray(content)
    for start, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        at = changed.find(start)
        while at >= 0:
            header = 30 if start.endswith(b"\x04") else 46
            if changed[at + header : at + header + len(name)] == name:
                changed[at + offset : at + offset + 4] = crc.to_bytes(4, "little")
                changed[at + offset + 8 : at + offset + 12] = size.to_bytes(4, "little")
            at = changed.find(start, at + 4)
    return bytes(changed)


def doubled() -> bytes:
    buffer = io.BytesIO(packed(parts()))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, b"<other/>")
    return buffer.getvalue()


def encrypted() -> bytes:
    content = bytearray(packed(parts()))
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def formula(book: openpyxl.Workbook) -> None:
    book.active["E2"] = '=HYPERLINK("http://x","y")'


def dated(book: openpyxl.Workbook) -> None:
    book.active["E2"] = date(2017, 5, 1)


def wide(book: openpyxl.Workbook) -> None:
    book.active.cell(2, 16384, "x")


def deep(book: openpyxl.Workbook) -> None:
    book.active.cell(1048576, 1, "x")


GOOD = parts()
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (lambda: packed({**GOOD, SHEET: b"<sheetData>" + b"<row/>" * 30_000_000}), "expands to"),
    "bomb that lies": (
        lambda: lying(packed({**GOOD, STRINGS: b"a" * 200_000_000}), STRINGS.encode(), 100, zlib.crc32(b"a" * 100)),
        "not as the archive says",
    ),
    "bomb in a small part": (
        lambda: lying(packed({**GOOD, BOOK: b"a" * 200_000_000}), BOOK.encode(), 100, zlib.crc32(b"a" * 100)),
        "not as the archive says",
    ),
    "styled empty rows": (
        lambda: with_sheet(
            b"</sheetData>",
            b"".join(b'<row r="%d"><c r="A%d"/></row>' % (n, n) for n in range(3, 600_000)) + b"</sheetData>",
        ),
        "more than 100,000 rows",
    ),
    "rows of no number": (
        lambda: with_sheet(b"</sheetData>", b"<row/>" * 1_500_000 + b"</sheetData>"),
        "more than 100,000 rows",
    ),
    "last row alone": (lambda: packed(parts(deep)), "more than 100,000 rows"),
    "last column": (lambda: packed(parts(wide)), "row 2: more than 64 columns"),
    "styled to the last column": (
        lambda: with_sheet(
            b"</sheetData>",
            b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(3, 90_000)) + b"</sheetData>",
        ),
        "formatted far beyond a list",
    ),
    "crowded row": (lambda: with_sheet(b"</row>", b"<c/>" * 5_000_000 + b"</row>"), "crowded XML"),
    "merged cells": (
        lambda: with_sheet(
            b"</sheetData>",
            b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:ZZ9"/>' * 300_000 + b"</mergeCells>",
        ),
        "merged cells",
    ),
    "deep XML": (lambda: with_sheet(b"<sheetData>", b"<a>" * 7_000_000), "nested or crowded"),
    "deep workbook part": (lambda: packed({**GOOD, BOOK: b"<a>" * 7_000_000}), "nested or crowded"),
    "many strings": (
        lambda: packed({**GOOD, STRINGS: b"<sst>" + b"<si><t/></si>" * 1_800_000 + b"</sst>"}),
        "elements, which no list needs",
    ),
    "document type": (lambda: with_sheet(b"<worksheet", DOCTYPE + b"<worksheet"), "declares a document type"),
    "document type of strings": (
        lambda: packed({**GOOD, STRINGS: DOCTYPE + b"<sst>&b;</sst>"}),
        "declares a document type",
    ),
    "UTF-16 part": (lambda: packed({**GOOD, SHEET: GOOD[SHEET].decode().encode("utf-16")}), "not UTF-8"),
    "part in Latin-1": (
        lambda: with_sheet(b"<worksheet", b'<?xml version="1.0" encoding="iso-8859-1"?><worksheet'),
        "not UTF-8",
    ),
    "rows out of order": (lambda: with_sheet(b'<row r="2">', b'<row r="1">'), "row 1: stands after row 1"),
    "formula": (lambda: packed(parts(formula)), "cell E2: a formula"),
    "date": (lambda: packed(parts(dated)), "row 2, village: '2017-05-01T00:00:00': a date, not a name"),
    "macros": (lambda: packed({**GOOD, "xl/vbaProject.bin": b"x"}), "holds macros"),
    "macros by type": (
        lambda: with_sheet(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main", "[Content_Types].xml"),
        "holds macros",
    ),
    "external links": (
        lambda: packed({**GOOD, "xl/externalLinks/externalLink1.xml": b"<x/>"}),
        "links to other workbooks",
    ),
    "data sources": (lambda: packed({**GOOD, "xl/connections.xml": b"<x/>"}), "links to data sources"),
    "embedded objects": (lambda: packed({**GOOD, "xl/embeddings/oleObject1.bin": b"x"}), "embedded objects"),
    "way out": (lambda: packed({**GOOD, "../../evil.xml": b"<x/>"}), "parts lead out of it"),
    "absolute path": (lambda: packed({**GOOD, "/etc/evil.xml": b"<x/>"}), "parts lead out of it"),
    "many parts": (
        lambda: packed({**GOOD, **{f"xl/x{n}.xml": b"<x/>" for n in range(600)}}),
        "very many or repeated parts",
    ),
    "repeated part": (doubled, "very many or repeated parts"),
    "part that differs in case": (
        lambda: packed({**GOOD, SHEET.upper(): b"<x/>"}),
        "very many or repeated parts",
    ),
    "password": (encrypted, "protected by a password"),
    "password or .xls": (
        lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
        "with a password, or of the old .xls kind",
    ),
    "cut off": (lambda: packed(GOOD)[:-400], "broken or cut-off"),
    "cut in half": (lambda: packed(GOOD)[:1500], "broken or cut-off"),
    "damaged": (
        lambda: packed(GOOD, zipfile.ZIP_STORED).replace("义乌市".encode(), b"xxxxxxxxx"),
        "not as the archive says",
    ),
    "packed otherwise": (lambda: packed(GOOD, zipfile.ZIP_LZMA), "unusual archive"),
    "text document": (
        lambda: packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
        "no .xlsx workbook",
    ),
    "word document": (
        lambda: packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
        "no .xlsx workbook",
    ),
    "no workbook": (lambda: LINES.encode(), "not a workbook in spite of its name"),
    "broken XML": (lambda: with_sheet(b"</sheetData>", b""), "broken XML"),
    "string that is not there": (
        lambda: with_sheet(b'<row r="2">', b'<row r="2"><c t="s"><v>99</v></c>'),
        "not a workbook that can be read",
    ),
    "string before the first": (
        lambda: with_sheet(b'<row r="2">', b'<row r="2"><c t="s"><v>-1</v></c>'),
        "not a workbook that can be read",
    ),
}


COSTLY = (  # made once, where memory is measured too
    "bomb", "bomb that lies", "bomb in a small part", "styled empty rows", "rows of no number", "crowded row",
    "deep XML", "deep workbook part", "merged cells", "many strings", "styled to the last column",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in COSTLY])
def test_hostile_workbooks_end_in_one_message(name: str, tmp_path: Path) -> None:
    make, said = HOSTILE[name]
    message = refusal(tmp_path, make(), "list.xlsx")
    assert said in message
    assert printable(message) == message


def test_the_good_workbook_of_these_tests_is_good(tmp_path: Path) -> None:
    assert villages(read_bytes(tmp_path, packed(GOOD), "list.xlsx")) == ["甲村"]
    assert villages(read_bytes(tmp_path, packed(GOOD), "list.csv")) == ["甲村"]  # told by content, not by name
    assert "a workbook has no --encoding" in refusal(tmp_path, packed(GOOD), "list.xlsx", encoding="utf-8")


def test_overlapping_parts_are_refused(tmp_path: Path) -> None:
    content = bytearray(packed(GOOD))
    first = content.find(b"PK\x01\x02")
    second = content.find(b"PK\x01\x02", first + 4)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    assert "not as the archive says" in refusal(tmp_path, bytes(content), "list.xlsx")


def test_hidden_and_empty_sheets(tmp_path: Path) -> None:
    def hide(book: openpyxl.Workbook) -> None:
        book.create_sheet("Sheet2")
        book.create_sheet("old").append(HEADER)
        book["old"].append([*ROW[:4], "丙村"])
        book["old"].sheet_state = "hidden"

    found = read_bytes(tmp_path, packed(parts(hide)), "list.xlsx")
    assert (villages(found), found.unread) == (["甲村"], ("hidden sheet old",))
    assert villages(read_bytes(tmp_path, packed(parts(hide)), "list.xlsx", sheet="old")) == ["丙村"]
    assert "no sheet 'none'" in refusal(tmp_path, packed(parts(hide)), "list.xlsx", sheet="none")


def test_two_sheets_that_could_be_the_list_need_a_name(tmp_path: Path) -> None:
    def add(book: openpyxl.Workbook) -> None:
        book.create_sheet("二").append(HEADER)
        book["二"].append(ROW)

    assert "each could be the list. Name one with --sheet" in refusal(tmp_path, packed(parts(add)), "list.xlsx")


def test_numbers_and_truth_values_in_name_cells_are_refused(tmp_path: Path) -> None:
    for value, said in ((2017, "a number, not a name"), (2.5, "a number, not a name"), (True, "an empty value")):

        def change(book: openpyxl.Workbook, value: object = value) -> None:
            book.active["E2"] = value

        assert said in refusal(tmp_path, packed(parts(change)), "list.xlsx")


MEMORY = f"""{PEAK}
import sys
from pathlib import Path
import openpyxl, pandas
from taobao_research.errors import InputError
from taobao_research.tables.imports.sheets import read_sheets
before = peak()
try:
    read_sheets(Path(sys.argv[1]))
except InputError as error:
    print(error)
print(peak() - before)
"""


@pytest.mark.process
@reads_proc
@pytest.mark.parametrize("name", COSTLY)
def test_a_refused_file_costs_less_than_100_megabytes(name: str, tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(HOSTILE[name][0]())
    command = [sys.executable, "-c", MEMORY, str(tmp_path / "list.xlsx")]
    result = completed(command, PROJECT)
    assert result.returncode == 0, result.stderr
    said, megabytes = result.stdout.strip().rsplit("\n", 1)
    assert HOSTILE[name][1] in said and printable(said) == said
    assert int(megabytes) < 100


def listed(number: int, province: str = ROW[0]) -> tuple[list[str], bytes]:
    """Names of so many villages, and a list of them."""
    letters = "东西南北上下大小前后"
    names = ["".join(letters[int(digit)] for digit in f"{each:05}") + "村" for each in range(number)]
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *([province, *ROW[1:4], name] for name in names)])
    return names, text.getvalue().encode()


def test_fifty_thousand_rows_are_read_and_each_is_refused(tmp_path: Path) -> None:
    names, content = listed(50_000)
    assert villages(read_bytes(tmp_path, content)) == names
    assert "50,000 rows refused" in refusal(tmp_path, listed(50_000, "某省")[1])


@pytest.mark.parametrize("province", [ROW[0], "某省"])
def test_four_times_the_rows_take_at_most_five_times_the_calls(province: str, tmp_path: Path) -> None:
    calls = Counter()

    def read(number: int) -> int:
        before = calls.total()
        sys.setprofile(lambda frame, event, argument: calls.update([event]) if "call" in event else None)
        try:
            with suppress(InputError):
                read_bytes(tmp_path, listed(number, province)[1])
        finally:
            sys.setprofile(None)
        return calls.total() - before

    read(1)  # what is read once
    assert read(4_000) < 5 * read(1_000)
