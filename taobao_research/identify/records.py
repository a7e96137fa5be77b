"""Files of records: which there are, what columns they have, and that they are all alike, before any work starts."""

import csv
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

TEXT, WHOLE, DECIMAL, REAL, FLAG = "text", "whole", "decimal", "real", "flag"


@dataclass(frozen=True)
class Records:
    """``files``, all of one form; ``header``: every column of a CSV file in its order; ``kinds``: the kind of value
    (text, whole, decimal, real, flag) by column that is read."""

    files: tuple[Path, ...]
    header: tuple[str, ...]
    kinds: dict[str, str]

    @property
    def form(self) -> str:
        return self.files[0].suffix.lower()

    def has(self, column: str) -> bool:
        return column in self.kinds


def find_files(given: Iterable[str | Path]) -> tuple[Path, ...]:
    """The files that paths, folders and patterns name, in the order of their paths; none twice.

    Raises InputError for a path or pattern that names no file.
    """
    found: dict[Path, Path] = {}
    for each in map(str, given):
        path = Path(each)
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if file.suffix.lower() in FORMS)
        elif path.is_file():
            files = [path]
        else:
            files = sorted(map(Path, glob(each, recursive=True))) if has_magic(each) else []  # noqa: PTH207 (absolute patterns)
        files = [file for file in files if file.is_file()]
        if not files:
            raise InputError(
                f"{shown(Path(each))}: no such file, and no pattern that fits one. Give .csv or .parquet files."
            )
        found |= {file.resolve(): file for file in files}
    return tuple(sorted(found.values()))


def inspect(given: Iterable[str | Path], needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> Records:
    """The files with the kinds of their columns; ``needed`` must be there, ``optional`` may be.

    Raises InputError where a file is unreadable, lacks a column, names one twice, or differs from the first one.
    """
    files = find_files(given)
    forms = {file.suffix.lower() for file in files}
    if not forms <= set(FORMS):
        wrong = next(file for file in files if file.suffix.lower() not in FORMS)
        raise InputError(f"{shown(wrong)}: neither .csv nor .parquet, which are what is read.")
    if len(forms) > 1:
        raise InputError(f"{shown(files[0])} and others: .csv and .parquet mixed. Give files of one form.")
    read = _csv_columns if forms == {".csv"} else _parquet_columns
    first = read(files[0])
    columns = [column for column in (*needed, *optional) if column in first]
    for file in files:
        found = first if file == files[0] else read(file)
        if missing := [column for column in needed if column not in found]:
            raise InputError(
                f"{shown(file)}: no column {', '.join(missing)}. Columns needed: {', '.join(needed)}; found: "
                f"{', '.join(list(found)[:20])}. Name them so in every file."
            )
        if forms == {".csv"} and list(found) != list(first):
            raise InputError(
                f"{shown(file)}: other columns, or in another order, than {shown(files[0])}. Make them alike."
            )
        if odd := [name for name in (*needed, *optional) if found.get(name) != first.get(name)]:
            kinds = f"{found.get(odd[0], 'absent')} here, {first.get(odd[0], 'absent')} in {shown(files[0])}"
            raise InputError(f"{shown(file)}: column {odd[0]}: {kinds}. Make the files alike.")
    if strange := [column for column in columns if first[column] == ""]:
        raise InputError(f"{shown(files[0])}: column {strange[0]}: neither text, number nor true/false.")
    return Records(files, tuple(first), {column: first[column] for column in columns})


def _csv_columns(file: Path) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines, strict=True), [])
    except UnicodeDecodeError:
        raise InputError(f"{shown(file)}: not UTF-8. Save it as UTF-8.") from None
    except (OSError, csv.Error) as error:
        raise InputError(f"{shown(file)}: cannot be read: {error}.") from None
    header = [name.strip() for name in header]
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise InputError(f"{shown(file)}: column {twice[0]!r} stands twice. Keep one.")
    return dict.fromkeys(header, TEXT)


def _parquet_columns(file: Path) -> dict[str, str]:
    import duckdb

    try:
        with duckdb.connect() as database:
            described = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(file), shown(file))
        raise InputError(f"{shown(file)}: not a parquet file that can be read: {reason}") from None
    return {name: _kind(str(kind)) for name, kind, *_ in described}


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
