"""Begin a project: notebooks as executed, parameters and data, from the package or the checkout; all or nothing.

Imports the standard library only, since the build of the package (``setup.py``) asks it which files a project has.
"""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.files import BEGUN
from taobao_research.paths import PUBLISHED, Project, shipped_project

PARTS = (".gitignore", "CITATION.cff", "LICENSE", "notebooks", "params", "data")
NOT_OF_A_PROJECT = {PUBLISHED, "build", "__pycache__", ".ipynb_checkpoints"}
KEPT = ".kept"  # the ending of tables that an import has replaced


def new_project(folder: Path) -> Project:
    """Make a project in a folder that is empty or not there yet.

    Raises InputError where something is there, and where the disk does not take a file; then, and when interrupted,
    nothing is left.
    """
    source = shipped_project()
    folders: list[Path] = []
    try:
        _refuse_or_clear(folder)
        for each in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
            folders.append(each)
            each.mkdir()
        with tempfile.TemporaryDirectory(prefix=BEGUN, dir=folder) as work:
            _fill(Path(work), source.root)
            _move_parts(Path(work), folder)
    except BaseException as error:
        for each in reversed(folders):
            with suppress(OSError):
                each.rmdir()
        if isinstance(error, OSError):
            raise InputError(f"init {folder}: {error.strerror}. Nothing was made; choose another place.") from None
        raise
    return Project(folder.resolve())


def _fill(work: Path, source: Path) -> None:
    for name in project_files(source):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, work / name)


def _move_parts(work: Path, folder: Path) -> None:
    """Move the parts to their places, the data last, with which the folder is a project; or take them back."""
    try:
        for name in PARTS:
            (work / name).rename(folder / name)
    except BaseException:
        for name in PARTS:
            with suppress(OSError):
                (folder / name).rename(work / name)
        raise


def project_files(root: Path) -> list[str]:
    """The files of a project that a new one begins with, by their path under ``root``: no list as published, no report.

    In a clone they are those that Git tracks, without what its owner has added; elsewhere (in the package, in an
    archive of its source) all that are there.
    """
    names = _tracked(root) if (root / ".git").exists() else None
    if names is None:
        found = (path for part in PARTS for path in (root / part, *(root / part).rglob("*")))
        names = [path.relative_to(root).as_posix() for path in found]
    return sorted(name for name in names if _is_part(name) and (root / name).is_file())


def _tracked(root: Path) -> list[str] | None:
    """What Git tracks of the parts; None where it cannot be asked."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--", *PARTS]
    try:
        return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8").split("\0")
    except (OSError, subprocess.CalledProcessError):
        return None


def _is_part(name: str) -> bool:
    return not NOT_OF_A_PROJECT & set(name.split("/")) and not name.endswith(KEPT)


def _refuse_or_clear(folder: Path) -> None:
    """Refuse a folder with anything in it but the work of an ``init`` that was killed, which is removed."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"init {folder}: there already, and no folder. Name a new folder.")
    inside = list(folder.iterdir()) if folder.is_dir() else []
    if not all(each.name.startswith(BEGUN) and each.is_dir() and not each.is_symlink() for each in inside):
        raise InputError(f"init {folder}: not empty. Name a new or an empty folder; nothing was changed.")
    for each in inside:
        shutil.rmtree(each)
