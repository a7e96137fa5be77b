"""A bundle read into memory, as far as that is safe: nothing is extracted, nothing is run."""

import os
import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from taobao_research.errors import InputError, printable
from taobao_research.sharing.contents import ONE_PAGE, REPORT

MAX_FILES, MAX_BYTES, MAX_RATIO = 5_000, 500_000_000, 300
LOCAL_HEADER, CENTRAL_HEADER, END_RECORD, UNIX = 30, 46, 22, 3  # bytes that a zip archive adds; the system of share
LEAST_FOR_RATIO = 1_000_000  # bytes; a small file may compress to nothing
PDF, PAGE = b"%PDF-", re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)\b", re.IGNORECASE)
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


def open_bundle(path: Path) -> tuple[dict[str, bytes], list[str]]:
    """The files of an archive or folder by their path, and the names of those that cannot be read.

    Raises InputError where it is no archive, or one that is not safe to read.
    """
    try:
        if path.is_dir():
            return _of_folder(path), []
        there = path.is_file()
    except OSError as error:
        raise InputError(f"verify {path.name[:80]}: {error.strerror}.") from None
    if not there:
        raise InputError(f"verify {path.name}: there is no such file.")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if problem := _unsafe(entries) or _beside(archive, entries):
                raise InputError(f"verify {path.name}: {printable(problem)}. It is no bundle made by share.")
            return _of_archive(archive, entries)
    except UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"verify {path.name}: {_no_archive(path)}") from None


def _no_archive(path: Path) -> str:
    """What a file is that is no zip archive, and what to verify in its place."""
    try:
        with path.open("rb") as file:
            begun = file.read(1024)
    except OSError as error:
        return f"{error.strerror}."
    if begun.startswith(PDF):
        kind, held = "a PDF", "the page that it was printed from"
    elif PAGE.match(begun):
        kind, held = "a page", f"this page as {REPORT}/{ONE_PAGE}"
    else:
        return "not a zip archive, or a broken one. Get the file again."
    archive = path.with_suffix(".zip")
    which = f"{archive.name} beside it" if archive.is_file() else "the .zip that share wrote with it"
    return f"{kind} by itself carries no checksums to be compared with. Verify {which}: it holds {held}, with its hash."


def _unsafe(entries: list[zipfile.ZipInfo]) -> str:
    """Why an archive is not read; empty where it may be."""
    if not entries:
        return "the archive is empty"
    if len(entries) > MAX_FILES:
        return f"the archive has {len(entries):,} files; at most {MAX_FILES:,} are read"
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) != len(names):
        return "two files of the archive have one name"
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        return f"the archive would grow to more than {MAX_BYTES:,} bytes"
    for entry in entries:
        name, path = entry.orig_filename, PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not name.isprintable():
            return f"the name {name[:80]!r} leads out of the folder or cannot be shown"
        mode = entry.external_attr >> 16
        if entry.is_dir() or entry.create_system != UNIX or stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            return f"{name[:80]} is a folder, a link or a device, or another program packed it"
        if entry.flag_bits & 0x1:
            return f"{name[:80]} is encrypted; a bundle is not"
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return f"{name[:80]} is packed in a way that is not read"
        if entry.file_size > LEAST_FOR_RATIO and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            return f"{name[:80]} grows more than {MAX_RATIO} times"
    if len({name.split("/")[0] for name in names}) > 1 or any("/" not in name for name in names):
        return "its files do not stand in one folder"
    return ""


def _beside(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> str:
    """Whether the archive carries anything that is in no file of it."""
    if archive.comment or any(entry.comment or entry.extra for entry in entries):
        return "the archive carries a comment"
    place, directory = 0, 0
    for entry in entries:
        if entry.header_offset != place:
            return "the archive carries bytes that are in no file"
        name = len(entry.orig_filename.encode("utf-8"))
        place, directory = place + LOCAL_HEADER + name + entry.compress_size, directory + CENTRAL_HEADER + name
    size = place + directory + END_RECORD
    if archive.start_dir != place or os.fstat(archive.fp.fileno()).st_size != size:  # type: ignore[union-attr]
        return "the archive carries bytes that are in no file"
    return ""


def _of_archive(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> tuple[dict[str, bytes], list[str]]:
    files, broken = {}, []
    for entry in entries:
        name = entry.filename.partition("/")[2]
        try:
            with archive.open(entry) as file:
                files[name] = file.read(entry.file_size + 1)
        except UNREADABLE:
            broken.append(name)
    return files, broken


def _of_folder(folder: Path) -> dict[str, bytes]:
    files, total = {}, 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise InputError(f"verify {folder.name}: {printable(name)} is a link. A bundle has none.")
        if path.is_dir():
            continue
        if not path.is_file():
            raise InputError(f"verify {folder.name}: {printable(name)} is no ordinary file. A bundle has no other.")
        total += path.stat().st_size
        if len(files) >= MAX_FILES or total > MAX_BYTES:
            raise InputError(f"verify {folder.name}: more than {MAX_FILES:,} files or {MAX_BYTES:,} bytes: no bundle.")
        files[name] = path.read_bytes()
    return files
