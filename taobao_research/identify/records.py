"""Files of records: which there are, what columns they have, and that they are all alike, before any work starts."""

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from taobao_research.errors import InputError
from taobao_research.paths import shown

NAMES = ("province", "city", "county", "town", "village")
CODE = "village_code"
SHOP_COLUMNS = ("shop_id", *NAMES, "annual_turnover_cny", "active")
PART_COLUMNS = ("day", "category")  # a row is then a part of a shop's year
HOUSEHOLD_COLUMNS = (*NAMES, "households")
OTHER = "other_"  # how the columns of the second village of a pair begin
PAIRS_BY_CODE = (CODE, OTHER + CODE)
PAIRS_BY_NAMES = (*NAMES, *(OTHER + name for name in NAMES))
FORMS = (".csv", ".parquet")

WORDS, NO_VALUES = "VARCHAR", '"NULL"'  # types, as DuckDB calls them
TEXT, WHOLE, DECIMAL, REAL, FLAG = "text", "whole", "decimal", "real", "flag"


@dataclass(frozen=True)
class Records:
    """``files``, all of one form; ``header``: every column of a CSV file in its order; ``kinds``: the kind of value
    (text, whole, decimal, real, flag) by column that is read; ``groups``: the files by their exact types;
    ``skipped``: what else the folders hold."""

    files: tuple[Path, ...]
    header: tuple[str, ...]
    kinds: dict[str, str]
    groups: tuple[tuple[Path, ...], ...] = ()
    skipped: tuple[Path, ...] = ()

    def alike(self, files: tuple[Path, ...] | None = None) -> tuple[tuple[Path, ...], ...]:
        """The files, or these of them, in groups of the same types: read together they would all get the first's."""
        chosen = set(files or self.files)
        groups = (tuple(file for file in group if file in chosen) for group in self.groups or (self.files,))
        return tuple(group for group in groups if group)

    @property
    def form(self) -> str:
        return self.files[0].suffix.lower()

    def has(self, column: str) -> bool:
        return column in self.kinds

    @property
    def above(self) -> str:
        """What is left out where a row says its file: all folders, or those above every file if names repeat."""
        if len({file.name for file in self.files}) == len(self.files):
            return ""
        return os.path.commonpath([file.absolute().parent for file in self.files]).rstrip("/") + "/"


def find_files(given: Iterable[str | Path]) -> tuple[Path, ...]:
    """The files that paths, folders and patterns name, in the order of their paths; none twice.

    Raises InputError for a path or pattern that names no file.
    """
    found: dict[Path, Path] = {}
    for each in map(str, given):
        try:
            files = [(file, Path(os.path.realpath(file))) for file in _named(each) if file.is_file()]
        except OSError as error:
            raise InputError(f"{shown(Path(each))[:100]}: cannot be read: {error.strerror}.") from None
        if not files:
            raise InputError(
                f"{shown(Path(each))[:100]}: no such file, and no pattern that fits one. Give .csv or .parquet files."
            )
        found |= {real: file for file, real in files}
    for file in found.values():
        path = str(file.absolute())
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in path):
            raise InputError(f"{shown(file)}: the name is not UTF-8. Rename the file, or its folder.")
        if "\\" in path and any(sign in path for sign in "*?["):
            raise InputError(f"{shown(file)}: a name with \\ and one of * ? [. Rename the file, or its folder.")
    return tuple(sorted(found.values()))


def _skipped(given: Iterable[str | Path]) -> tuple[Path, ...]:
    """What folders hold that is not read: other forms, and folders; hidden ones are left unsaid."""
    folders = [Path(each) for each in given if Path(each).is_dir()]
    inside = (file for folder in folders for file in folder.iterdir() if not file.name.startswith((".", "_")))
    return tuple(sorted(file for file in inside if file.is_dir() or file.suffix.lower() not in FORMS))


def _named(each: str) -> list[Path]:
    path = Path(each)
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix.lower() in FORMS)
    if path.is_file():
        return [path]
    return sorted(map(Path, glob(each, recursive=True))) if has_magic(each) else []  # noqa: PTH207 (absolute patterns)


def inspect(given: Iterable[str | Path], needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> Records:
    """The files with the kinds of their columns; ``needed`` must be there, ``optional`` may be.

    Raises InputError where a file is unreadable, lacks a column, names one twice, or differs from the first one in
    more than the width of whole numbers: DuckDB would give every file the types of the first, and so round.
    """
    given = tuple(given)
    files = find_files(given)
    forms = {file.suffix.lower() for file in files}
    if not forms <= set(FORMS):
        wrong = next(file for file in files if file.suffix.lower() not in FORMS)
        raise InputError(f"{shown(wrong)}: neither .csv nor .parquet, which are what is read.")
    if len(forms) > 1:
        raise InputError(f"{shown(files[0])} and others: .csv and .parquet mixed. Give files of one form.")
    columns_of = {file: _csv_columns(file) for file in files} if forms == {".csv"} else _parquet_columns(files)
    first = columns_of[files[0]]
    groups: dict[tuple[str | None, ...], list[Path]] = {}
    for file, found in columns_of.items():
        if missing := [column for column in needed if column not in found]:
            raise InputError(
                f"{shown(file)}: no column {', '.join(missing)}. Columns needed: {', '.join(needed)}; found: "
                f"{', '.join(list(found)[:20])}. Name them so in every file."
            )
        if forms == {".csv"} and list(found) != list(first):
            raise InputError(
                f"{shown(file)}: other columns, or in another order, than {shown(files[0])}. Make them alike."
            )
        columns = [column for column in (*needed, *optional) if column in found]
        for column in columns:
            check_type(file, column, found[column])
        for column in (*needed, *optional):
            if not _may_mix(found.get(column), first.get(column)):
                kinds = f"{found.get(column, 'absent')} here, {first.get(column, 'absent')} in {shown(files[0])}"
                raise InputError(f"{shown(file)}: column {column}: {kinds}. Make the files alike.")
        groups.setdefault(tuple(map(found.get, (*needed, *optional))), []).append(file)
    kinds = {column: _kind(first[column]) for column in columns}
    return Records(files, tuple(first), kinds, tuple(map(tuple, groups.values())), _skipped(given))


def check_type(file: Path, column: str, kind: str) -> None:
    """Refuse a type that no column has, and a place that is no text."""
    where = f"{shown(file)}: column {column}:"
    if kind == NO_VALUES:
        raise InputError(f"{where} without any value, and so of no type. Write it as text, or leave it out if you may.")
    if column.removeprefix(OTHER) in NAMES and kind != WORDS:
        raise InputError(f"{where} {kind}, where names are text. Write it as text (VARCHAR, string).")
    if not _kind(kind):
        raise InputError(f"{where} {kind}: neither text, number nor true/false.")


def _may_mix(one: str | None, other: str | None) -> bool:
    """Whether files of these types lose nothing when they are read group by group."""
    if one == other:
        return True
    return all(kind is not None and _kind(kind) == WHOLE and "HUGE" not in kind for kind in (one, other))


def _csv_columns(file: Path) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines, strict=True), [])
    except UnicodeDecodeError:
        raise InputError(f"{shown(file)}: not UTF-8. Save it as UTF-8.") from None
    except (OSError, csv.Error) as error:
        raise InputError(f"{shown(file)}: cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    header = [name.strip() for name in header]
    lower = [name.lower() for name in header]
    if twice := [name for number, name in enumerate(header) if name and name.lower() in lower[:number]]:
        first = header[lower.index(twice[0].lower())]
        same = "stands twice" if first == twice[0] else f"and {first!r} differ by case only"
        raise InputError(f"{shown(file)}: column {twice[0]!r} {same}. Keep one.")
    if "" in header:
        number = header.index("") + 1
        raise InputError(f"{shown(file)}: column {number} has no name (a comma too many?). Name it, or take it out.")
    return dict.fromkeys(header, WORDS)


def _parquet_columns(files: Iterable[Path]) -> dict[Path, dict[str, str]]:
    import duckdb

    query, found = "DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)", {}
    with duckdb.connect() as database:
        for file in files:
            path = literal(file.absolute())
            try:
                described = database.execute(query, [path]).fetchall()
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                reason = reason.replace(path, shown(file)).replace(str(file.absolute()), shown(file))
                raise InputError(f"{shown(file)}: not a parquet file that can be read: {reason}") from None
            found[file] = {name: str(kind) for name, kind, *_ in described}
    return found


def _kind(name: str) -> str:
    """The kind of a column's values by the name of its type; empty for one that no column here has."""
    if name == "BOOLEAN":
        return FLAG
    if name in ("FLOAT", "DOUBLE"):
        return REAL
    if name.startswith("DECIMAL"):
        return DECIMAL
    if name.endswith("INT") or name == "INTEGER" or name == "UINTEGER":
        return WHOLE
    return TEXT if name == "VARCHAR" or name == "DATE" or name.startswith("TIMESTAMP") else ""


def literal(path: Path) -> str:
    """The path as a pattern that fits it alone: DuckDB takes every path for a pattern.

    >>> literal(Path("shops/a[1]*.csv"))
    'shops/a[[]1][*].csv'
    """
    text = str(path)
    return "".join(f"[{each}]" if each in "*?[" else each for each in text)
