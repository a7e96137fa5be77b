"""A published list from where the record says it lies, kept only if it is the file that is recorded."""

import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from taobao_research.errors import InputError
from taobao_research.paths import PUBLISHED, Project, shown
from taobao_research.tables.download import download, shown_url
from taobao_research.tables.load import read_sources, sha256_of

NAME_LENGTH = 80  # of a file's name, in characters; some systems allow 255 bytes


@dataclass(frozen=True)
class Listed:
    """A published list: where it is kept, what its SHA-256 must be, where it lies (empty: not known)."""

    path: Path
    sha256: str
    url: str


def published_lists(year: int, project: Project) -> list[Listed]:
    """The lists of a year that ``data/SOURCES.csv`` names under ``<year>/published/``."""
    sources = read_sources(project)
    rows = sources[sources.index.str.startswith(f"{year}/{PUBLISHED}/")]
    return [Listed(project.data / path, row["sha256"], row["url"]) for path, row in rows.iterrows()]


def wanted(year: int, project: Project, url: str | None = None, sha256: str | None = None) -> list[Listed]:
    """What ``fetch`` is asked for: the lists on record, or the one at ``url`` whose checksum is ``sha256``.

    The checksum may be left out where the record names exactly one list of the year: it is then another address of
    that one. Raises InputError where no address or no checksum is known, and for a year that has no data folder.
    """
    if not project.data_of(year).is_dir():
        raise InputError(f"data/{year}: no such folder. Begin the year: taobao-research new-year {year}")
    known = published_lists(year, project)
    if url is None:
        if sha256 is not None:
            raise InputError("--sha256 without --url: give the address of that file too.")
        if not known:
            raise InputError(
                f"fetch {year}: data/SOURCES.csv names no published list of {year}. Give its address and checksum: "
                f"taobao-research fetch {year} --url URL --sha256 HASH"
            )
        for each in known:
            if each.url:
                check_address(each.url)
        return known
    check_address(url)
    if sha256 is None:
        if len(known) != 1:
            raise InputError(f"--url: which checksum the file must have is not known. Give it: --sha256 HASH ({year}).")
        return [Listed(known[0].path, known[0].sha256, url)]
    digest = sha256.lower().removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise InputError(f"--sha256 {sha256}: not a SHA-256, which has 64 hexadecimal digits.")
    for each in known:
        if each.sha256 == digest:
            return [Listed(each.path, digest, url)]
    path = project.data_of(year) / PUBLISHED / file_name(url, year)
    if other := next((each for each in known if each.path == path), None):
        raise InputError(
            f"{shown(path)}: data/SOURCES.csv has another checksum for a file of this name ({other.sha256}). "
            "Correct --sha256, or rename the file at its source."
        )
    return [Listed(path, digest, url)]


def check_address(url: str) -> None:
    """Raise InputError unless the address is one of http or https with a host."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise InputError(f"{url}: not an address that can be fetched; give one that begins with https:// or http://.")


def file_name(url: str, year: int) -> str:
    """A plain file name from the end of an address; letters of any script, digits, ``.``, ``_`` and ``-`` stay.

    >>> file_name("https://example.org/lists/2017%20list.xlsx?raw=1", 2017)
    '2017_list.xlsx'
    >>> file_name("https://example.org/..%2F..%2F.bashrc", 2017), file_name("https://example.org/", 2017)
    ('bashrc', 'list-2017')
    """
    end = re.split(r"[/\\]", unquote(urlsplit(url).path))[-1]
    return re.sub(r"[^\w.-]", "_", end)[-NAME_LENGTH:].strip(".-") or f"list-{year}"


def fetch(wanted: Listed) -> bool:
    """Put the list in its place, and say whether it had to be downloaded (it may be there already).

    Nothing but the file with the checksum is ever kept. Raises InputError, saying what to do, where the address gives
    another file or none, where another file is in its place, and where the disk does not take it.
    """
    try:
        return _fetch(wanted)
    except OSError as error:
        raise InputError(
            f"{shown(wanted.path)}: {error.strerror or error}. Nothing was kept. Free the disk or the folder, then "
            "run again."
        ) from None


def _fetch(wanted: Listed) -> bool:
    path, by_hand = wanted.path, f"or put the file at {shown(wanted.path)} by hand; its checksum is compared"
    if path.exists():
        found = sha256_of(path)
        if found != wanted.sha256:
            raise InputError(
                f"{shown(path)}: another file is there. SHA-256 expected {wanted.sha256}, found {found}. "
                "Move it away, then run again."
            )
        return False
    if not wanted.url:
        raise InputError(f"{shown(path)}: no address of this file is known. Give one with --url, {by_hand}.")
    folder = path.parent
    folder.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as work:
            try:
                file = download(wanted.url, wanted.sha256, Path(work) / path.name)
            except InputError as error:
                raise InputError(
                    f"{shown_url(wanted.url)}: {error} Give another address with --url, {by_hand}."
                ) from None
            file.chmod(0o644)
            file.replace(path)
    finally:
        with suppress(OSError):  # it holds files
            folder.rmdir()
    return True
