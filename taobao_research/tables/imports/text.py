"""CSV files: the encoding and the separator are declared or found out, and stated either way."""

import codecs
import csv
import io
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.tables.imports.headings import columns_of
from taobao_research.tables.imports.sheets import MAX_COLUMNS, Sheet, check_row

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with byte-order mark", "utf-16": "UTF-16", "gb18030": "GB18030"}
SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons"}
LINES_SEARCHED = 30


def read_text(path: Path, encoding: str | None) -> Sheet:
    """The one sheet of a CSV file."""
    content = path.read_bytes()
    text, how = _decoded(path, content, encoding)
    if "\0" in text:
        raise InputError(f"{path.name}: holds NUL characters, so it is no text file. Save the list as .csv or .xlsx.")
    separator = max(SEPARATORS, key=lambda each: _headings_found(text, each))
    if not _headings_found(text, separator):
        raise InputError(
            f"{path.name}: no line names the columns province, county and village (read as {how}). "
            "Check the headings, or give --encoding."
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    try:
        for cells in reader:
            check_row(path, "text", len(rows) + 1, cells)
            if len(cells) > MAX_COLUMNS:
                raise InputError(f"{path.name}, row {len(rows) + 1}: {len(cells)} fields, at most {MAX_COLUMNS}.")
            rows.append(cells)
    except csv.Error as error:
        raise InputError(f"{path.name}, row {len(rows) + 1}: not readable as CSV: {error}.") from None
    return Sheet("text", rows, f"{how}, separated by {SEPARATORS[separator]}")


def _decoded(path: Path, content: bytes, encoding: str | None) -> tuple[str, str]:
    """The text, and how it was read in words."""
    if encoding:
        try:
            name = codecs.lookup(encoding).name
            return content.decode("utf-8-sig" if name == "utf-8" else name), f"{encoding} (declared)"
        except LookupError:
            raise InputError(f"--encoding {encoding}: no such encoding. Try utf-8, utf-16 or gb18030.") from None
        except (UnicodeError, AssertionError, TypeError):  # codecs that are no text encodings raise what they like
            raise InputError(f"{path.name}: is not {encoding}. Try --encoding utf-8, utf-16 or gb18030.") from None
    for mark, name in MARKS.items():
        if content.startswith(mark):
            try:
                return content.decode(name), f"{NAMES[name]} (by its mark)"
            except UnicodeDecodeError as error:
                line = content[: error.start].count(b"\n") + 1
                raise InputError(f"{path.name}, line {line}: not {NAMES[name]}, though it starts so.") from None
    for name in ("utf-8", "gb18030"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or any(_headings_found(text, each) for each in SEPARATORS):
            found = "detected" if name == "utf-8" else "detected: not UTF-8, and the headings read well"
            return text, f"{NAMES[name]} ({found})"
    raise InputError(f"{path.name}: neither UTF-8 nor GB18030 with headings that are known. Give --encoding.")


def _headings_found(text: str, separator: str) -> int:
    """The most columns that one of the first lines names."""
    lines = text[:20_000].splitlines()[:LINES_SEARCHED]
    return max((len(columns_of(line.replace('"', "").split(separator))) for line in lines), default=0)
