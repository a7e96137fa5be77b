"""Which data files may leave: those with an open licence, facts, and what this project itself publishes."""

import csv
import re
from pathlib import Path

import pandas as pd

from taobao_research.paths import PUBLISHED, Project
from taobao_research.tables.load import read_sources

SHIPPED = Path(__file__).with_name("shipped.csv")
OPEN = re.compile(
    r"MIT|BSD\b.*|Apache\b.*|CC0\b.*|CC[ -]BY(?:[ -]SA)?(?:[ -]\d\.\d)?|ODbL\b.*|PDDL\b.*|SIL Open Font License\b.*"
    r"|public domain|facts\b.*",
    re.IGNORECASE,
)
AS_PUBLISHED = "it is a list as published"
NO_LICENCE = "its licence is not stated (state it in data/SOURCES.csv, if you know it)"
OTHER_LICENCE = 'its licence, "{licence}", is not known to allow it'


def data_licences(project: Project) -> pd.DataFrame:
    """``data/SOURCES.csv`` by path under the project, with the columns of ``read_sources``."""
    sources = read_sources(project)
    return sources.set_axis([f"data/{path}" for path in sources.index])


def why_not_shared(path: str, digest: str, licence: str) -> str:
    """Why a data file stays here; empty where it may leave.

    A file without a licence leaves only if it is, byte for byte, one that this project publishes (``shipped.csv``:
    counts, facts and short wordings; see *Origins and licences* in ``data/README.md``). A full list that was
    imported never is.

    >>> why_not_shared("data/2017/villages.csv", "0" * 64, "CC BY 4.0")
    ''
    >>> why_not_shared("data/2017/villages.csv", "0" * 64, "not stated")
    'its licence is not stated (state it in data/SOURCES.csv, if you know it)'
    >>> why_not_shared("data/2017/villages.csv", "0" * 64, "all rights reserved")
    'its licence, "all rights reserved", is not known to allow it'
    """
    if f"/{PUBLISHED}/" in path:
        return AS_PUBLISHED
    if OPEN.fullmatch(licence) or (path, digest) in shipped():
        return ""
    if licence in ("", "not stated"):
        return NO_LICENCE
    return OTHER_LICENCE.format(licence=licence)


def shipped() -> set[tuple[str, str]]:
    """Path and SHA-256 of the files without a licence that this project publishes itself."""
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        return {(row["path"], row["sha256"]) for row in csv.DictReader(lines)}
