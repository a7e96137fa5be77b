"""Everything readable inside a file: text, cells and outputs of a notebook, what a picture carries beside itself."""

import base64
import binascii
import html
import json
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

PNG = b"\x89PNG\r\n\x1a\n"
OF_THE_PICTURE = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
MAX_TEXT = 1_000_000  # bytes of a compressed text in a picture
DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.=+-]+)*),([^\"'\s)>]*)", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/\\\"'])|([nrt]))")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?((?:[0-9a-fA-F]{2}){10,})(?![0-9A-Za-z])")
LEAST_ASCII = 1 / 8  # of the characters, before any bytes are taken for UTF-16
ROUNDS = 3  # of taking a coat off: JSON in HTML in an address
FONTS = ("font/", "application/font", "application/x-font")


@dataclass(frozen=True)
class Piece:
    """A text and where it stands; ``escaped`` text (JSON) is looked at with its escapes undone only."""

    where: str
    text: str
    escaped: bool = False


class CannotLookError(ValueError):
    """What a file holds cannot be read, so nobody can say what is in it."""


def pieces(name: str, content: bytes) -> Iterator[Piece]:
    """The texts of a file. Raises CannotLookError where a part of it cannot be looked into."""
    yield Piece("name of the file", name)
    if content.startswith(PNG) or name.endswith(".png"):
        yield from _png(content, "")
    elif name.endswith(".ipynb"):
        yield from _notebook(_text(content))
    else:
        yield from _with_data(Piece("", _text(content), escaped=name.endswith(".json")))


def views(piece: Piece) -> Iterator[str]:
    """The text as it stands, and with one coat after another taken off; lines keep their numbers."""
    text = ANSI.sub("", piece.text)
    seen: list[str] = []
    for start in dict.fromkeys((text, TAG.sub("", text) if "<" in text else text)):
        coats = [start]
        while len(coats) <= ROUNDS and (bare := _bare(coats[-1])) != coats[-1]:
            coats.append(bare)
        seen += coats[1:] if piece.escaped and len(coats) > 1 else coats
    yield from dict.fromkeys(seen)
    for hidden, said in _hidden(seen).items():
        if said is not None:
            yield "\n" * text[: max(text.find(hidden), 0)].count("\n") + said


def _bare(text: str) -> str:
    """The text without escapes of JSON, entities of HTML, and percent signs of addresses."""
    if "\\" in text:
        text = ESCAPE.sub(_unescape, text)
    if "&" in text:
        text = re.sub(r"&(?:#\w+;?|\w+;)", lambda match: html.unescape(match.group()).replace("\n", " "), text)
    if "%" in text:
        text = re.sub(r"(?:%[0-9a-fA-F]{2})+", _unpercent, text)
    return text


def _unescape(match: re.Match[str]) -> str:
    unicode, byte, plain, space = match.groups()
    character = plain or (" " if space else chr(int(unicode or byte, 16)))
    return " " if character in "\n\r" else character


def _unpercent(match: re.Match[str]) -> str:
    return unquote_to_bytes(match.group()).decode("utf-8", errors="replace").replace("\n", " ")


def _hidden(seen: list[str]) -> dict[str, str | None]:
    """Each run of base64 and of hexadecimal digits, and the sentence that it spells, if it spells one."""
    in_base64 = dict.fromkeys(match.group() for view in seen for match in BASE64.finditer(view))
    in_digits = dict.fromkeys(match[1] for view in seen for match in HEXADECIMAL.finditer(view))
    spelt: dict[str, str | None] = {each: _of_base64(each) for each in in_base64 if each not in in_digits}
    return spelt | {each: _sentence(bytes.fromhex(each)) for each in in_digits}


def _of_base64(hidden: str) -> str | None:
    standard = hidden.rstrip("=").translate(str.maketrans("-_", "+/"))
    standard = standard[: len(standard) - (len(standard) % 4 == 1)]
    try:
        return _sentence(base64.b64decode(standard + "=" * (-len(standard) % 4)))
    except binascii.Error:
        return None


def _sentence(content: bytes) -> str | None:
    """What bytes say in UTF-8 or UTF-16; nothing where they are no text."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        try:
            said = content.decode(encoding).removeprefix("\ufeff")
        except ValueError:
            continue
        likely = encoding == "utf-8" or sum(map(str.isascii, said)) >= LEAST_ASCII * len(said)
        if likely and all(each.isprintable() or each in "\n\r\t" for each in said):
            return said
    return None


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise CannotLookError("is not UTF-8 text") from None
    if "\0" in text:
        raise CannotLookError("holds NUL bytes")
    return text


def _with_data(piece: Piece) -> Iterator[Piece]:
    """The text without its data: addresses, and what those hold."""
    inner: list[Piece] = []

    def take(match: re.Match[str]) -> str:
        kind, how, data = (match[1] or "text/plain").casefold(), match[2].casefold(), match[3]
        line = piece.text.count("\n", 0, match.start()) + 1
        where = f"{piece.where}{', ' if piece.where else ''}line {line}, data address ({kind})"
        content = unquote_to_bytes(html.unescape(data))
        if "base64" in how:
            content = _decode(content.decode("latin-1"))
        inner.extend(_of_type(kind, content, where))
        return "data:"

    text = DATA_URI.sub(take, piece.text) if "data:" in piece.text.casefold() else piece.text
    yield Piece(piece.where, text, piece.escaped)
    yield from inner


def _decode(data: str) -> bytes:
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except binascii.Error:
        raise CannotLookError("holds broken base64") from None


def _of_type(kind: str, content: bytes, where: str) -> Iterator[Piece]:
    if kind == "image/png":
        yield from _png(content, where)
    elif kind.startswith(FONTS):
        printed = re.findall(rb"[\x20-\x7e]{6,}", content)
        yield Piece(where, "\n".join(each.decode() for each in printed))
    elif kind.startswith("text/") or kind.endswith(("json", "xml", "javascript", "x-latex")):
        yield from _with_data(Piece(where, _text(content), escaped=kind.endswith("json")))
    else:
        raise CannotLookError(f"holds {kind}, which is not looked into; use PNG pictures and tables")


def _notebook(text: str) -> Iterator[Piece]:
    try:
        notebook = json.loads(text, object_pairs_hook=_once)
        for number, cell in enumerate(notebook.pop("cells"), start=1):
            yield from _cell(cell, f"cell {number}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise error if isinstance(error, CannotLookError) else CannotLookError("is not a notebook") from None
    yield Piece("metadata of the notebook", _as_json(notebook), escaped=True)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise CannotLookError("repeats a key")
    return dict(pairs)


def _cell(cell: dict[str, Any], where: str) -> Iterator[Piece]:
    yield from _with_data(Piece(f"{where}, source", "".join(cell.pop("source"))))
    for name, bundle in cell.pop("attachments", {}).items():
        yield Piece(f"{where}, name of an attachment", name)
        yield from _bundle(bundle, f"{where}, attachment {name}")
    for number, output in enumerate(cell.pop("outputs", []), start=1):
        place = f"{where}, output {number}"
        yield from _bundle(output.pop("data", {}), place)
        if "traceback" in output:
            yield Piece(f"{place}, traceback", "\n".join(output.pop("traceback")))
        if "text" in output:
            stream = output.get("name", "text")
            yield from _with_data(Piece(f"{place}, {stream}", "".join(output.pop("text"))))
        yield Piece(f"{place}, metadata", _as_json(output), escaped=True)
    yield Piece(f"{where}, metadata", _as_json(cell), escaped=True)


def _bundle(bundle: dict[str, Any], where: str) -> Iterator[Piece]:
    for kind, data in bundle.items():
        place = f"{where} ({kind})"
        yield Piece(f"{where}, kind of data", kind)
        if kind.endswith("json") and not isinstance(data, str):
            yield Piece(place, _as_json(data), escaped=True)
            continue
        text = "".join(data)
        is_binary = kind.startswith(("image/", "audio/", "video/", "application/")) and not kind.endswith(
            ("xml", "json", "javascript")
        )
        yield from _of_type(kind, _decode(text) if is_binary else text.encode("utf-8"), place)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _png(content: bytes, where: str) -> Iterator[Piece]:
    """The texts of a picture: every chunk that is not the picture itself, and what follows its end."""
    if not content.startswith(PNG):
        raise CannotLookError("is called a PNG picture and is none")
    place, lead = len(PNG), f"{where}, " if where else ""
    try:
        while True:
            length, kind = struct.unpack_from(">I4s", content, place)
            data = content[place + 8 : place + 8 + length]
            place += 12 + length
            if len(data) < length or place > len(content):
                raise CannotLookError("is a broken PNG picture")
            if kind == b"IEND":
                break
            if kind not in OF_THE_PICTURE:
                yield Piece(f"{lead}chunk {kind.decode('latin-1')}", _chunk(kind, data))
    except struct.error:
        raise CannotLookError("is a broken PNG picture") from None
    if place < len(content):
        raise CannotLookError(f"has {len(content) - place} bytes after the end of the picture")


def _chunk(kind: bytes, data: bytes) -> str:
    if kind == b"zTXt":
        keyword, _, packed = data.partition(b"\0")
        data = keyword + b"\n" + _unpacked(packed[1:])
    elif kind == b"iTXt":
        keyword, _, rest = data.partition(b"\0")
        language, _, rest2 = rest[2:].partition(b"\0")
        translated, _, text = rest2.partition(b"\0")
        data = b"\n".join([keyword, language, translated, _unpacked(text) if rest[:1] == b"\1" else text])
    elif kind == b"iCCP":
        name, _, packed = data.partition(b"\0")
        data = name + b"\n" + _unpacked(packed[1:])
    text = data.replace(b"\0", b"\n")  # between a keyword and what it says
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1") + "\n" + data.replace(b"\0", b"").decode("latin-1")  # UTF-16 of plain letters


def _unpacked(packed: bytes) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, MAX_TEXT)
    except zlib.error:
        raise CannotLookError("is a picture with a broken text") from None
    if unpacker.unconsumed_tail:
        raise CannotLookError(f"is a picture with a text of more than {MAX_TEXT:,} bytes")
    return text
