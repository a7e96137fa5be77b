"""The folder of the tables: whole or not at all, never in place of what is not ours, one run at a time."""

import os
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.files import BEGUN
from taobao_research.identify.writing import TABLES
from taobao_research.paths import shown
from taobao_research.stopping import STOPPING

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK, BEFORE = "lock", "before"
WORDS = "Nothing was written."


def check_target(folder: Path, replace: bool, inputs: Iterable[Path]) -> None:
    """Refuse a folder that must not be written or replaced: with ``replace`` it may hold this command's tables only.

    Raises InputError; ``inputs`` are the files that are read.
    """
    if folder.is_symlink():
        raise InputError(f"{shown(folder)}: a link. Give the folder itself, or another one.")
    place = Path(os.path.realpath(folder))  # unlike ``resolve`` it puts up with links that go round
    for file in (Path(os.path.realpath(each)) for each in inputs):
        if place == file or place in file.parents:
            raise InputError(f"{shown(folder)}: holds {file.name}, which is read. Give another folder to --out.")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{shown(folder)}: there already, and no folder. Give another one.")
    if not replace:
        raise InputError(f"{shown(folder)}: there already. Give another folder, or --replace.")
    if place == Path.cwd() or place in Path.cwd().parents:
        raise InputError(f"{shown(folder)}: the folder you are in. Give another one to --out.")
    _refuse_others(folder)


def _refuse_others(folder: Path) -> None:
    """Refuse to replace a folder unless it is empty or holds the tables of a run, all of them, and nothing else."""
    names = {path.name for path in folder.iterdir() if path.is_file() and not path.is_symlink()}
    others = sorted({path.name for path in folder.iterdir()} - (names & set(TABLES)))
    if others:
        raise InputError(
            f"{shown(folder)}: holds {others[0]}, which is no table of this command, so --replace would lose it. "
            f"Give another folder. {WORDS}"
        )
    if names and names != set(TABLES):
        absent = ", ".join(sorted(set(TABLES) - names))
        raise InputError(
            f"{shown(folder)}: without {absent}, so not as a run left it, and not replaced. "
            f"Give another folder, or remove this one yourself. {WORDS}"
        )


@contextmanager
def working_folder(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder``, for this run alone while it lasts, removed at the end.

    What a run that was killed left there goes; an older result that it had moved aside goes back to its place.
    Raises InputError where another run works for the same folder.
    """
    absent = [parent for parent in folder.parents if not parent.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    working = folder.parent / f"{BEGUN}{folder.name}"
    lock = None
    try:
        lock = _locked(working, folder)
        _clear(working, folder)
        yield working
    finally:
        if lock is not None:
            shutil.rmtree(working, ignore_errors=True)
            os.close(lock)
        for parent in absent:
            with suppress(OSError):  # not empty: it has the tables
                parent.rmdir()


def _locked(working: Path, folder: Path) -> int:
    """The open lock file in the working folder, which ends with this process however it ends."""
    while True:
        with suppress(FileExistsError):
            working.mkdir()
        if working.is_symlink() or not working.is_dir() or not _ours(working):
            raise InputError(f"{shown(working)}: needed to work in, but holds something else. Move it. {WORDS}")
        try:
            lock = os.open(working / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        except FileNotFoundError:  # another run has just removed it
            continue
        if not _alone(lock):
            os.close(lock)
            raise InputError(f"{shown(folder)}: another run is writing it. Wait, or give another folder. {WORDS}")
        with suppress(OSError):
            if os.path.samestat(os.fstat(lock), (working / LOCK).stat()):
                return lock
        os.close(lock)  # of a folder that another run removed when it ended


def _ours(working: Path) -> bool:
    with suppress(FileNotFoundError):
        names = {path.name for path in working.iterdir()}
        return not names or LOCK in names
    return True


def _alone(lock: int) -> bool:
    """Whether no other process holds the lock, which goes with its process."""
    try:
        if fcntl is None:
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _clear(working: Path, folder: Path) -> None:
    before = working / BEFORE
    if before.exists() and not folder.exists():
        before.rename(folder)
    for left in working.iterdir():
        if left.name != LOCK:
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def put(tables: Path, folder: Path, working: Path) -> None:
    """Rename the finished tables into their place; what was there goes only after, and only if it is a run's."""
    with _uninterrupted():
        if folder.exists():
            _refuse_others(folder)
            folder.rename(working / BEFORE)
            try:
                tables.rename(folder)
            except BaseException:
                (working / BEFORE).rename(folder)
                raise
        else:
            tables.rename(folder)
        shutil.rmtree(working, ignore_errors=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no signal stop the few steps at the end, after which "nothing was written" would be untrue."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
