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
from taobao_research.reports.cache import Run
from taobao_research.reports.manifest import NAME as MANIFEST
from taobao_research.sharing.contents import ONE_PAGE, REPORT, Contents, contents
from taobao_research.sharing.crate import NAME as CRATE
from taobao_research.sharing.crate import crate
from taobao_research.sharing.leaks import Leak, leaks
from taobao_research.sharing.patterns import EMAIL
from taobao_research.sharing.private import private_here

SUMS, README, SCRIPT = "SHA256SUMS", "README.txt", "verify.py"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip archive can hold
LAST, LAST_SECOND = (2107, 12, 31, 23, 59, 58), 4_354_819_198
FILE_MODE = 0o100644 << 16
UNIX = 3


@dataclass(frozen=True)
class Bundle:
    """The files of a bundle by their path below ``folder``, and what stays behind, with the reason."""

    folder: str
    files: dict[str, bytes]
    not_shared: dict[str, str]


def prepare(run: Run) -> tuple[Bundle, list[Leak]]:
    """The bundle of a year's report and the leaks in it; writes nothing.

    Raises InputError where the report is not complete and up to date.
    """
    found = contents(run)
    bundle = Bundle(f"taobao-villages-{run.year}", complete(found), found.manifest.not_shared)
    addresses = EMAIL.findall(found.files["CITATION.cff"].decode("utf-8"))
    return bundle, leaks(bundle.files, private_here(), addresses)


def complete(found: Contents) -> dict[str, bytes]:
    """The contents with manifest, crate, instructions, script and checksums."""
    files = dict(found.files)
    files[f"{REPORT}/{MANIFEST}"] = as_json(found.manifest.model_dump(by_alias=True)).encode("utf-8")
    files[README] = _readme(found).encode("utf-8")
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


def _readme(found: Contents) -> str:
    """How to read and how to verify; what stays behind; licences."""
    manifest = found.manifest
    licences = sorted({f'"{source["licence"]}"' for path, source in found.sources.items() if path in found.files})
    return f"""Taobao villages {manifest.year}: the report recomputed

Read: open {REPORT}/index.html in a browser. No network is needed, and nothing runs.
The whole report in one file, to be passed on by itself: {REPORT}/{ONE_PAGE}

Verify, any of these:
  taobao-research verify BUNDLE       the archive or this folder
  python3 {SCRIPT}                   in this folder; needs nothing but Python
  sha256sum -c {SUMS}             in this folder
They show that no file changed since its hash was written. They do not show who wrote it.
Two bundles of equal reports differ in the times of {REPORT}/{MANIFEST}; compare its hashes.

What is here:
  {REPORT}/     executed notebooks, pages, tables, figures, claims; {MANIFEST}: made from what, as hashes
  notebooks/  the notebooks before they ran
  data/, params/, requirements.lock  what they were run on; data/README.md explains every column
  {CRATE}  the same for machines (RO-Crate 1.1)
{_left_out(found)}
Licences: software, notebooks and computed results {found.citation["license"]} (LICENSE). Data: {", ".join(licences)},
file by file in data/SOURCES.csv; what "not stated" covers says data/README.md. Cite by CITATION.cff.
"""


def _left_out(found: Contents) -> str:
    if not found.manifest.not_shared:
        return "\nEvery data file that was used is here.\n"
    lines = [f"  {path}: {reason}" for path, reason in found.manifest.not_shared.items()]
    return (
        f"\nNot here, but named with their hashes in {REPORT}/{MANIFEST}:\n"
        + "\n".join(lines)
        + "\nNotebooks and tables hold what was computed from them, which may be names in them.\n"
    )
