"""A copy of the project that a test may break, and the program run in it, in this process or in one of its own."""

import io
import shutil
import subprocess
import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest

from taobao_research.cli import main
from tests.checkout import PROJECT
from tests.waiting import completed

FOLDERS = ("data", "params", "notebooks")
FILES = ("requirements.lock", "environment.yml", "LICENSE", "CITATION.cff")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def copy_project(folder: Path, *folders: str) -> Path:
    """These folders (by default all) and the files beside them; no fetched file."""
    for name in folders or FOLDERS:
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("published"))
    for name in FILES:
        shutil.copy(PROJECT / name, folder)
    return folder


def program(folder: Path, *arguments: object) -> Ended:
    """Run a command in a folder, in this process: the working folder, the streams and hooks are as they were after it.

    An error that is none of the program's answers is raised, as in any other call.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code = 0
    with pytest.MonkeyPatch.context() as patched, chdir(folder):
        patched.setattr(sys, "stdout", out)
        patched.setattr(sys, "stderr", err)
        patched.setattr(sys, "excepthook", sys.excepthook)
        try:
            main([str(each) for each in arguments])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
    texts = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]  # type: ignore[attr-defined]
    return Ended(code, *texts)


def command(*arguments: object, before: str = "") -> list[str]:
    """How the program is started in a process of its own; ``before`` is Python that is executed first."""
    words = [str(each) for each in arguments]
    code = f"import sys\n{before}\nfrom taobao_research.cli import main\nmain({words!r})"
    return [sys.executable, "-c", code]


def process(folder: Path, *arguments: object, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, for what a process has: limits, signals, streams, code ``before``."""
    words = command(*arguments, before=before)
    return completed(words, folder)


def tree(folder: Path) -> dict[str, bytes]:
    """Every path of the project and what it holds; a folder holds nothing."""
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def refusal(folder: Path, *arguments: object, before: str = "", code: int = 2) -> Ended:
    """A command that ends with this code and without a traceback; nothing is left or changed.

    With ``before`` it has a process of its own.
    """
    untouched = tree(folder)
    if before:
        ended = process(folder, *arguments, before=before)
        result = Ended(ended.returncode, ended.stdout, ended.stderr)
    else:
        result = program(folder, *arguments)
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert tree(folder) == untouched
    return result
