"""Where a project's folders are, and which project is meant."""

import os
from dataclasses import dataclass
from pathlib import Path

from taobao_research.errors import InputError

PACKAGE = Path(__file__).resolve().parent
TEMPLATE = PACKAGE / "template"  # in an installed package: the project that ``init`` copies
PUBLISHED = "published"  # in a year's data folder: lists as published, which are not shipped
TOLD = "TAOBAO_RESEARCH_PROJECT"  # the environment variable by which the engine tells a section its project


@dataclass(frozen=True)
class Project:
    """A folder with ``params/``, ``data/`` and ``notebooks/``, in which ``reports/`` are made."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def sources(self) -> Path:
        return self.data / "SOURCES.csv"

    @property
    def reference(self) -> Path:
        return self.data / "reference"

    @property
    def params(self) -> Path:
        return self.root / "params"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def lock(self) -> Path:
        return self.root / "requirements.lock"

    def data_of(self, year: int) -> Path:
        return self.data / str(year)

    def params_of(self, year: int) -> Path:
        return self.params / f"{year}.yaml"

    def inside(self, path: Path) -> str:
        """The path from the project folder, with ``/``.

        >>> Project(Path("p")).inside(Path("p/data/2015/villages.csv"))
        'data/2015/villages.csv'
        """
        return path.relative_to(self.root).as_posix()


def find_project(start: Path | None = None) -> Project:
    """The project of a folder (by default the working folder): the nearest one at or above it.

    Raises InputError where there is none.
    """
    folder = _working_folder() if start is None else start
    if found := _nearest(folder):
        return found
    raise InputError(
        f"no project: neither {folder.resolve().name or 'this folder'} nor a folder above it has params/ and "
        "data/SOURCES.csv. Go into a project (cd), name one (--project DIR), or make one: taobao-research init DIR"
    )


def project_at(folder: Path) -> Project:
    """The project that lies in this very folder. Raises InputError where none does."""
    if not _is_project(folder):
        raise InputError(
            f"--project {folder}: no project; it needs params/ and data/SOURCES.csv. Make one: taobao-research init DIR"
        )
    return Project(folder.resolve())


def current_project() -> Project:
    """The project that a notebook or a program means where it names none; commands do not ask for it.

    It is the one that the engine told a section, else the nearest at or above the working folder (a notebook is
    executed in its own folder), else the checkout from which the package is imported. Raises InputError without any.
    """
    if told := os.environ.get(TOLD):
        return project_at(Path(told))
    return _nearest(_working_folder()) or checkout() or find_project()


def found_or_shipped() -> Project:
    """The project at or above the working folder, else the one that comes with the package: for names of places."""
    return _nearest(_working_folder()) or shipped_project()


def checkout() -> Project | None:
    """The project in which the package itself lies, as it does in a clone or an editable install."""
    return Project(PACKAGE.parent) if _is_project(PACKAGE.parent) else None


def shipped_project() -> Project:
    """The project that comes with the package: in the installed package, or the checkout."""
    shipped = Project(TEMPLATE) if _is_project(TEMPLATE) else checkout()
    if shipped is None:
        raise InputError("taobao_research: installed without its project. Install it again.")
    return shipped


def shown(path: Path) -> str:
    """The path as messages and reports print it: from its project's folder, never from the machine's root.

    >>> shown(shipped_project().data / "2015" / "villages.csv")
    'data/2015/villages.csv'
    """
    try:
        resolved = path.resolve()
        found = _nearest(resolved.parent)
        return found.inside(resolved) if found else path.name
    except (OSError, RuntimeError):  # too long a name, or links that go round
        return path.name


def _nearest(start: Path) -> Project | None:
    folder = start.resolve()
    return next((Project(each) for each in (folder, *folder.parents) if _is_project(each)), None)


def _is_project(folder: Path) -> bool:
    try:
        return (folder / "params").is_dir() and (folder / "data" / "SOURCES.csv").is_file()
    except OSError:  # closed to us, or no name that a folder can have
        return False


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:
        raise InputError("the working folder is gone. Go into a project (cd), or name one: --project DIR") from None
