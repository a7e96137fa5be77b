"""Notes which files under ``data/`` a process opens: a section may read only what it declares."""

import fnmatch
import os
import sys
from pathlib import Path

from taobao_research.paths import Project

READS = "reads.txt"
ALWAYS = ["data/SOURCES.csv"]  # says what the other files must be; is no input itself


def watch(log: str, data: str) -> None:
    """From now on, write every path under the folder ``data`` that this process opens to the file ``log``."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    folder = f"{os.path.realpath(data)}{os.sep}"

    def note(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if path.startswith(folder):
                os.write(descriptor, os.fsencode(path) + b"\n")

    sys.addaudithook(note)


def undeclared(log: Path, patterns: list[str], project: Project) -> list[str]:
    """Files that were opened, by the log, and that no pattern declares."""
    if not log.is_file():
        return ["something, and removed the log of what"]
    opened = sorted({os.fsdecode(line) for line in log.read_bytes().splitlines()})
    paths = [project.inside(Path(each)) for each in opened]
    return [path for path in paths if not any(fnmatch.fnmatch(path, pattern) for pattern in (*patterns, *ALWAYS))]
