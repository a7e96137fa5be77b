"""Begin a year: its parameter file, its data folder with an empty ledger, and the record of it; all or nothing."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.params import params_text
from taobao_research.paths import Project, shown
from taobao_research.tables import schema
from taobao_research.tables.check import recording
from taobao_research.tables.load import read_sources

HEADER = ",".join(schema.CLAIMS.columns) + "\n"


def new_year(year: int, project: Project) -> list[Path]:
    """Make ``params/<year>.yaml`` and ``data/<year>/claims.csv`` (a header), and record the latter.

    Source: the defaults of ``Params`` and the columns of ``schema.CLAIMS``.
    Returns the two files made. Raises InputError for a year out of bounds, for one that is there already, and where
    the disk does not take a file; then, and when interrupted, nothing is left or changed.
    """
    params_file, folder = project.params_of(year), project.data_of(year)
    text = params_text(year)
    if f"{year}/claims.csv" not in read_sources(project).index:
        _clear_half_made(params_file, folder, text)
    for path in (params_file, folder):
        if path.exists() or path.is_symlink():
            raise InputError(
                f"{shown(path)}: there already; new-year changes no year that has begun. Go on with it "
                f"(taobao-research import {year} FILE), or move {shown(params_file)} and {shown(folder)} away first."
            )
    made: list[Path] = []
    claims = folder / "claims.csv"
    try:
        _make(made, folder, folder.mkdir)
        _make(made, claims, partial(_write_new, claims, HEADER))
        _make(made, params_file, partial(_write_new, params_file, text))
        with recording(year, project):
            pass
    except BaseException as error:
        _remove(made)
        if isinstance(error, OSError):
            name = f" ({shown(Path(error.filename))})" if error.filename else ""
            raise InputError(
                f"new-year {year}: {error.strerror}{name}. Nothing was made. Free the disk or the folder, then "
                "run again."
            ) from None
        raise
    return [params_file, claims]


def _clear_half_made(params_file: Path, folder: Path, text: str) -> None:
    """Remove what a ``new-year`` left that was killed before the record: beginnings of its own two files."""
    if params_file.is_symlink() or folder.is_symlink():
        return
    inside = list(folder.iterdir()) if folder.is_dir() else []
    if [path.name for path in inside] not in ([], ["claims.csv"]):
        return
    beginnings = [(path, HEADER) for path in inside] + ([(params_file, text)] if params_file.is_file() else [])
    if all(path.is_file() and whole.encode().startswith(path.read_bytes()) for path, whole in beginnings):
        _remove([*([folder] if folder.is_dir() else []), *(path for path, _ in beginnings)])


def _make(made: list[Path], path: Path, make: Callable[[], None]) -> None:
    """Make a path that is to be removed again if the rest fails, unless someone else made it meanwhile."""
    made.append(path)  # first, so that an interrupt finds it on the list
    try:
        make()
    except FileExistsError:
        made.remove(path)
        raise


def _write_new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _remove(made: list[Path]) -> None:
    for path in reversed(made):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
