"""Files that are complete or absent: written beside their place, flushed, and renamed."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BEGUN = ".writing-"  # how the name of a file begins that is not yet whole


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file so that its path never holds a part of it."""
    write_all({path: content.encode("utf-8") if isinstance(content, str) else content})


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write several files, each whole, and none of them where one cannot be written."""
    begun: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=BEGUN, dir=path.parent)
            begun[Path(temporary)] = path
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
        for temporary_path, path in begun.items():
            temporary_path.replace(path)
    except BaseException:
        for left in begun:
            left.unlink(missing_ok=True)
        raise


def differs_by_line_ends(content: bytes, digest: str) -> bool:
    """Whether the content would have this SHA-256 if its lines all ended in LF, or all in CRLF."""
    plain = content.replace(b"\r\n", b"\n")
    return digest != sha256(content) and digest in (sha256(plain), sha256(plain.replace(b"\n", b"\r\n")))


def clear_unfinished(*folders: Path) -> None:
    """Remove what a run that was killed while it wrote left beside its files."""
    for folder in folders:
        for left in folder.glob(f"{BEGUN}*"):
            if left.is_file() and not left.is_symlink():
                left.unlink(missing_ok=True)


def as_json(value: Any) -> str:
    """The value as a file holds it: equal values give equal bytes."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_json(path: Path, value: Any) -> None:
    write_whole(path, as_json(value))


def read_json(path: Path) -> Any | None:
    """What the file holds; None where it is absent or not JSON (a file of another version, say)."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
