"""The command ``share``: a year's report as one archive that was looked through for anything private."""

import io
import os
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.files import as_json, sha256, write_all
from taobao_research.reports.about import name_of, times
from taobao_research.reports.cache import Run
from taobao_research.reports.manifest import NAME as MANIFEST
from taobao_research.sharing.contents import ONE_PAGE, REPORT, Contents, contents
from taobao_research.sharing.crate import NAME as CRATE
from taobao_research.sharing.crate import crate
from taobao_research.sharing.instructions import README, SCRIPT, SUMS, instructions
from taobao_research.sharing.leaks import Leak, leaks
from taobao_research.sharing.patterns import EMAIL
from taobao_research.sharing.private import private_here

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip archive can hold
LAST, LAST_SECOND = (2107, 12, 31, 23, 59, 58), 4_354_819_198
FILE_MODE = 0o100644 << 16
UNIX = 3


@dataclass(frozen=True)
class Bundle:
    """The files of a bundle by their path below ``folder``; what stays behind, with the reason; when made, by whom."""

    folder: str
    files: dict[str, bytes]
    not_shared: dict[str, str]
    made: str = ""  # UTC, as the manifest has it
    authors: str = ""


def stem(year: int, labels: str) -> str:
    """How archive, page and PDF are called before their endings.

    >>> stem(2015, "en"), stem(2015, "zh")
    ('taobao-villages-2015', 'taobao-villages-2015-zh')
    """
    return f"taobao-villages-{year}{'-zh' if labels == 'zh' else ''}"


def prepare(run: Run) -> tuple[Bundle, list[Leak]]:
    """The bundle of a year's report and the leaks in it; writes nothing.

    Raises InputError where the report is not complete and up to date.
    """
    found = contents(run)
    manifest, folder = found.manifest, stem(run.year, str(found.manifest.parameters["labels"]))
    made = (times(manifest) or ("", ""))[1]
    authors = ", ".join(map(name_of, found.citation["authors"]))
    bundle = Bundle(folder, complete(found), manifest.not_shared, made, authors)
    addresses = EMAIL.findall(found.files["CITATION.cff"].decode("utf-8"))
    return bundle, leaks(bundle.files, private_here(run.project), addresses)


def complete(found: Contents) -> dict[str, bytes]:
    """The contents with manifest, crate, instructions, script and checksums."""
    files = dict(found.files)
    files[f"{REPORT}/{MANIFEST}"] = as_json(found.manifest.model_dump(by_alias=True)).encode("utf-8")
    files[README] = instructions(found, CRATE).encode("utf-8")
    files[SCRIPT] = Path(__file__).with_name("independent.py").read_bytes()
    names = sorted([*files, SUMS])
    described = crate(Contents(files, found.manifest, found.sources, found.citation), names)
    files[CRATE] = as_json(described).encode("utf-8")
    files[SUMS] = "".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files)).encode("utf-8")
    return dict(sorted(files.items()))


def packed(bundle: Bundle) -> bytes:
    """The archive; equal bundles give equal bytes."""
    archive = io.BytesIO()
    when = _time()
    with zipfile.ZipFile(archive, "w") as target:
        for name, content in bundle.files.items():
            entry = zipfile.ZipInfo(f"{bundle.folder}/{name}", when)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, UNIX, FILE_MODE
            target.writestr(entry, content, compresslevel=9)
    return archive.getvalue()


def page(bundle: Bundle) -> bytes:
    """The report in one file."""
    return bundle.files[f"{REPORT}/{ONE_PAGE}"]


def write(files: Mapping[Path, bytes]) -> None:
    """Write what is shared, all or nothing."""
    try:
        write_all(files)
    except OSError as error:
        name = next(iter(files)).name
        raise InputError(f"--out {name}: {error.strerror}. Nothing was written; choose another place.") from None


def places(archive: Path, pdf: bool, replace: bool) -> tuple[Path, Path, Path]:
    """Where archive, page and PDF go. Raises InputError where they may not be written."""
    if archive.suffix.lower() != ".zip":
        raise InputError(f"--out {archive.name[:80]}: name an archive that ends in .zip, such as bundle.zip.")
    found = (archive, archive.with_suffix(".html"), archive.with_suffix(".pdf"))
    try:
        for path in found if pdf else found[:2]:
            _refuse_place(path, replace)
    except OSError as error:
        raise InputError(f"--out {archive.name[:80]}: {error.strerror}. Choose another name.") from None
    return found


def _refuse_place(path: Path, replace: bool) -> None:
    if not path.parent.is_dir():
        raise InputError(f"--out {path.name}: there is no such folder. Make it, or choose another.")
    if path.is_dir():
        raise InputError(f"--out {path.name}: is a folder. Name a file, such as bundle.zip.")
    if not replace and (path.exists() or path.is_symlink()):
        raise InputError(f"--out {path.name}: is there already. Choose another name, or add --replace.")


def _time() -> tuple[int, int, int, int, int, int]:
    """The time of every file in the archive: as ``SOURCE_DATE_EPOCH`` says, within what an archive can hold."""
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not stated.isdecimal():
        return EPOCH
    return min(max(EPOCH, time.gmtime(min(int(stated), LAST_SECOND))[:6]), LAST)
