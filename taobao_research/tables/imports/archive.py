"""The parts of a workbook, taken out of its archive within limits, before any spreadsheet code sees them."""

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from taobao_research.errors import InputError

MAX_MEMBERS = 500
MAX_EXPANDED = 24_000_000  # bytes; a list of ten thousand villages takes about five million
MAX_DEPTH = 40  # elements within elements
MAX_ELEMENTS = 2_000_000  # of a sheet; a list of 50,000 villages with eight columns has 900,000
MAX_SMALL = 100_000  # elements of any other part, and of one row
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
FORBIDDEN = {
    "vbaproject": "macros",
    "macroenabled": "macros",
    "macrosheet": "macros",
    "externallink": "links to other workbooks",
    "embeddings/": "embedded objects",
    "oleobject": "embedded objects",
    "activex": "controls",
    "ctrlprops/": "controls",
    "xl/connections": "links to data sources",
    "querytable": "links to data sources",
}
READ = re.compile(r"\.(xml|rels)$", re.IGNORECASE)
UNREAD = re.compile(
    r"^xl/(drawings|charts|media|printerSettings|comments|threadedComments|persons|theme)", re.IGNORECASE
)
BIG = re.compile(r"(worksheets/[^/]*|sharedStrings)\.xml$", re.IGNORECASE)
ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)""")
NO_PROGRAM = "which no spreadsheet program writes. Save the list again as .xlsx."


def parts_of(name: str, content: bytes) -> dict[str, bytes]:
    """The XML parts of a workbook by name, each whole, in UTF-8, without document type, and of fair size.

    ``name`` is what messages call the file. Raises InputError for macros, links, passwords, bombs and broken archives.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(name, members)
            parts = {each.filename: _expanded(name, content, each) for each in members if READ.search(each.filename)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: a broken or cut-off workbook ({error}). Save or fetch it again.") from None
    if "[Content_Types].xml" not in parts or "xl/workbook.xml" not in parts:
        raise InputError(f"{name}: an archive, but no .xlsx workbook. Save the list as .xlsx or .csv.")
    _refuse_forbidden(name, parts["[Content_Types].xml"].decode("utf-8", "replace"))
    parts = {part: xml for part, xml in parts.items() if not UNREAD.search(part)}
    for part, xml in parts.items():
        _check_xml(f"{name}, {part}", xml, bool(BIG.search(part)))
    return parts


def _check_members(name: str, members: list[zipfile.ZipInfo]) -> None:
    names = [each.filename.lower() for each in members]
    if len(members) > MAX_MEMBERS or len(set(names)) < len(names):
        raise InputError(f"{name}: an archive with very many or repeated parts, {NO_PROGRAM}")
    if any(each.startswith(("/", "\\")) or ".." in each.split("/") for each in names):
        raise InputError(f"{name}: an archive whose parts lead out of it, {NO_PROGRAM}")
    if any(each.flag_bits & 1 for each in members):
        raise InputError(f"{name}: protected by a password. Save it without one.")
    expanded = sum(each.file_size for each in members)
    if expanded > MAX_EXPANDED:
        raise InputError(
            f"{name}: expands to {expanded:,} bytes, which no list needs; at most {MAX_EXPANDED:,} are read. "
            "Copy the list alone into a new workbook."
        )
    for each in names:
        _refuse_forbidden(name, each)


def _refuse_forbidden(name: str, text: str) -> None:
    for part, what in FORBIDDEN.items():
        if part in text.lower():
            raise InputError(f"{name}: holds {what}. Copy the list alone into a new workbook.")


def _expanded(name: str, content: bytes, member: zipfile.ZipInfo) -> bytes:
    """A part, unpacked here so that it can never become larger than the archive says."""
    header = content[member.header_offset : member.header_offset + 30]
    if len(header) < 30 or not header.startswith(b"PK\x03\x04") or member.compress_type not in PACKED:
        raise InputError(f"{name}: a broken or unusual archive. Save or fetch it again.")
    start = (
        member.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    )
    packed = content[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        part, whole = packed, True
    else:
        unpacker = zlib.decompressobj(-15)
        part = unpacker.decompress(packed, member.file_size + 1)
        whole = unpacker.eof
    if not whole or len(part) != member.file_size or zlib.crc32(part) != member.CRC:
        raise InputError(f"{name}: {member.filename} is cut off, or not as the archive says. Save or fetch it again.")
    return part


def _check_xml(where: str, xml: bytes, big: bool) -> None:
    """Refuse a part that is not plain UTF-8 XML, or that would cost memory or time beyond its size."""
    declared = ENCODING.match(xml.removeprefix(b"\xef\xbb\xbf"))
    if b"\0" in xml or (declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")):
        raise InputError(f"{where}: not UTF-8, {NO_PROGRAM}")
    if b"<!DOCTYPE" in xml:
        raise InputError(f"{where}: declares a document type, {NO_PROGRAM}")
    counts = {"depth": 0, "all": 0, "row": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        counts["depth"] += 1
        counts["all"] += 1
        counts["row"] = 0 if counts["depth"] <= 3 else counts["row"] + 1
        if counts["depth"] > MAX_DEPTH or counts["row"] > MAX_SMALL:
            raise InputError(f"{where}: nested or crowded XML, {NO_PROGRAM}")
        if counts["all"] > (MAX_ELEMENTS if big else MAX_SMALL):
            raise InputError(f"{where}: {counts['all']:,} elements, which no list needs. Keep only the list in it.")

    def end(tag: str) -> None:
        counts["depth"] -= 1

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise InputError(f"{where}: broken XML ({error}). Save or fetch the file again.") from None


def packed(parts: dict[str, bytes]) -> io.BytesIO:
    """The parts as an archive again, with nothing else in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, xml in parts.items():
            archive.writestr(name, xml)
    buffer.seek(0)
    return buffer
