"""A copy of the project that a test may break, and its commands; the program finds the copy from where it lies."""

import shutil
import subprocess
import sys
from pathlib import Path

from taobao_research.paths import PROJECT
from tests.waiting import completed

FOLDERS = ("taobao_research", "data", "params", "notebooks")
FILES = ("requirements.lock", "pyproject.toml", "environment.yml", "LICENSE", "CITATION.cff")


def copy_project(folder: Path, *folders: str) -> Path:
    """These folders (by default all that a run needs) and the files beside them; no fetched file.

    Compiled files come along, with the times of their sources, so that no command compiles the package again.
    """
    for name in folders or FOLDERS:
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("published"))
    for name in FILES:
        shutil.copy(PROJECT / name, folder)
    return folder


def command(*arguments: object, before: str = "") -> list[str]:
    """How a command of the copy is started; ``before`` is Python that is executed first."""
    words = [str(each) for each in arguments]
    code = f"import sys\n{before}\nfrom taobao_research.cli import main\nsys.argv[1:] = {words!r}\nmain()"
    return [sys.executable, "-c", code]


def program(project: Path, *arguments: object, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of the copy."""
    return completed(command(*arguments, before=before), project)


def tree(folder: Path) -> dict[str, bytes]:
    """Every path of the project and what it holds; a folder holds nothing."""
    paths = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in paths}


def refusal(project: Path, *arguments: object, before: str = "", code: int = 2) -> subprocess.CompletedProcess[str]:
    """A command that ends with this code and without a traceback; nothing is left or changed."""
    untouched = tree(project)
    result = program(project, *arguments, before=before)
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert tree(project) == untouched
    return result
