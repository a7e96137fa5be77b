"""CSV files: the encoding and the separator are declared or found out, and stated either way."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice, pairwise

from taobao_research.errors import InputError
from taobao_research.tables.imports.headings import columns_of, joined
from taobao_research.tables.imports.sheets import MAX_COLUMNS, Sheet, check_row

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with byte-order mark", "utf-16": "UTF-16", "gb18030": "GB18030"}
READ = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "big5hkscs",
    "cp950",
)
SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons"}
ROWS_SEARCHED = 31
PLACE_WORDS = re.compile("[省市县区镇乡村]")
TRY = "Try --encoding utf-8, utf-16, gb18030 or big5."


def read_text(name: str, content: bytes, encoding: str | None) -> Sheet:
    """The one sheet of a CSV file; ``name`` is what messages call it."""
    text, how = _decoded(name, content, encoding)
    if "\0" in text:
        raise InputError(f"{name}: holds NUL characters, so it is no text in {how}. {TRY}")
    named = {each: _headings_found(text, each) for each in SEPARATORS}
    separator = max(SEPARATORS, key=named.__getitem__)
    if not named[separator]:
        raise InputError(
            f"{name}: no line names the columns province, county and village (read as {how}). "
            "Check the headings, or give --encoding."
        )
    rows: list[list[str]] = []
    try:
        for cells in _records(text, separator):
            check_row(name, len(rows) + 1, cells)
            if len(cells) > MAX_COLUMNS:
                raise InputError(f"{name}, row {len(rows) + 1}: {len(cells)} fields, at most {MAX_COLUMNS}.")
            rows.append(cells)
    except csv.Error as error:
        raise InputError(f"{name}, row {len(rows) + 1}: not readable as CSV: {error}. Mend the row.") from None
    return Sheet("text", rows, f"{how}, separated by {SEPARATORS[separator]}")


def _records(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _decoded(name: str, content: bytes, encoding: str | None) -> tuple[str, str]:
    """The text, and how it was read in words."""
    if encoding:
        return _as_declared(name, content, encoding), f"{encoding} (declared)"
    for mark, codec in MARKS.items():
        if content.startswith(mark):
            try:
                return content.decode(codec), f"{NAMES[codec]} (by its mark)"
            except UnicodeDecodeError as error:
                line = content[: error.start].count(b"\n") + 1
                raise InputError(f"{name}, line {line}: not {NAMES[codec]}, though it starts so. {TRY}") from None
    if _reads_as(content, "utf-8"):
        return content.decode("utf-8"), "UTF-8 (detected)"
    if _reads_as(content, "gb18030"):
        text = content.decode("gb18030")
        if _reads_well(text):
            return text, "GB18030 (detected: not UTF-8, and headings and places read well)"
    raise InputError(f"{name}: neither UTF-8 nor GB18030 with headings and places that are known. {TRY}")


def _as_declared(name: str, content: bytes, encoding: str) -> str:
    try:
        codec = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        codec = ""
    if codec not in READ:
        raise InputError(f"--encoding {encoding}: not read. Encodings: {', '.join(READ)}.")
    if not codec.startswith("utf-8") and not content.isascii() and _reads_as(content, "utf-8"):
        raise InputError(f"{name}: its bytes are UTF-8, not {encoding}. Leave --encoding out.")
    if not _reads_as(content, codec):
        raise InputError(f"{name}: is not {encoding}. {TRY}")
    return content.decode("utf-8-sig" if codec == "utf-8" else codec)


def _reads_as(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _reads_well(text: str) -> bool:
    """Whether decoded text is about places: headings are known, and most lines beyond ASCII hold a word for one."""
    lines = [line for line in text.splitlines() if not line.isascii()]
    named = sum(bool(PLACE_WORDS.search(line)) for line in lines)
    return 2 * named > len(lines) and any(_headings_found(text, each) for each in SEPARATORS)


def _headings_found(text: str, separator: str) -> int:
    """The most columns that one of the first lines, or two of them together, name."""
    rows: list[list[str]] = []
    try:
        rows.extend(islice(_records(text[:50_000], separator), ROWS_SEARCHED))
    except csv.Error:  # said later, with its row
        return 0 if not rows else max(len(columns_of(row)) for row in rows)
    pairs = [both for above, below in pairwise(rows) if (both := joined(above, below))]
    return max((len(columns_of(row)) for row in [*rows, *pairs]), default=0)
