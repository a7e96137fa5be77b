"""From a file to a checked frame: encoding, shape, checksum, schema. Nothing is dropped, nothing is guessed."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from taobao_research.errors import InputError
from taobao_research.files import differs_by_line_ends, sha256
from taobao_research.paths import Project, shown
from taobao_research.tables import schema as schemas
from taobao_research.translating import parse_po

TEXTS = "zh.po"  # in a year's folder: the Chinese of its claims and figures
MAX_BYTES = 64_000_000
SHOWN_PROBLEMS = 20
_PARSED: dict[tuple[Path, str], pd.DataFrame] = {}  # by content, so that a changed file is read anew


def read_table(path: Path, schema: pa.DataFrameSchema, project: Project | None) -> pd.DataFrame:
    """The checked table of a CSV file (UTF-8, comma, header).

    The file must be the one that the project's ``data/SOURCES.csv`` names: the same SHA-256. With None in the place
    of the project it is compared with no record.
    Raises InputError naming file, row (line of the file), column, value and rule.
    """
    content = _bytes_of(path)
    digest = sha256(content)
    if project is not None:
        _compare_with_record(path, content, project)
    if (path, digest) not in _PARSED:
        _PARSED[path, digest] = parse_table(content, schema, shown(path))
    return _PARSED[path, digest].copy()


def parse_table(content: bytes, schema: pa.DataFrameSchema, where: str) -> pd.DataFrame:
    """The checked table that ``content`` holds; ``where`` is what messages call it."""
    header, rows, lines = _split(content, where)
    frame = pd.DataFrame(rows, columns=header, index=pd.Index(lines, dtype=int), dtype=str)
    for column, expected in schema.columns.items():
        if column in frame and str(expected.dtype) in ("Int64", "float64"):
            frame[column] = _as_numbers(frame[column], expected, where)
    try:
        return schema.validate(frame, lazy=True).reset_index(drop=True)
    except pa.errors.SchemaErrors as error:
        raise InputError(_schema_message(error.failure_cases, frame, where)) from None


def read_texts(path: Path, project: Project) -> dict[str, str]:
    """The Chinese of a year's texts by the English ones (a PO file); nothing where the year has no such file."""
    if not path.is_file():
        return {}
    content = _bytes_of(path)
    _compare_with_record(path, content, project)
    return parse_po(content, shown(path))


def sha256_of(path: Path) -> str:
    return sha256(path.read_bytes())


def read_sources(project: Project) -> pd.DataFrame:
    """``data/SOURCES.csv``: one row per data file, indexed by its path under ``data/``."""
    return read_table(project.sources, schemas.SOURCES, None).set_index("path")


def _bytes_of(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(f"{shown(path)}: missing data file. Restore it (git checkout) or import it.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{shown(path)}: larger than {MAX_BYTES:,} bytes, which no table here is.")
    return path.read_bytes()


def _compare_with_record(path: Path, content: bytes, project: Project) -> None:
    sources, digest = read_sources(project), sha256(content)
    if not path.resolve().is_relative_to(project.data):
        raise InputError(f"{shown(path)}: leads out of data/. Put the file itself there, not a link to it.")
    key = path.resolve().relative_to(project.data).as_posix()
    year = folder if (folder := key.split("/")[0]).isdecimal() else "YEAR"
    if key not in sources.index:
        raise InputError(
            f"{shown(path)}: not listed in data/SOURCES.csv. Record it: taobao-research check {year} --record"
        )
    if differs_by_line_ends(content, sources.loc[key, "sha256"]):
        raise InputError(
            f"{shown(path)}: wrong checksum, by line ends alone: something changed LF to CRLF or back, such as an "
            "editor, or git with core.autocrlf=true where .gitattributes is missing. Delete the file and restore it "
            "(git checkout, with .gitattributes in place), or record an intended change: "
            f"taobao-research check {year} --record"
        )
    if digest != sources.loc[key, "sha256"]:
        raise InputError(
            f"{shown(path)}: wrong checksum: {digest[:12]}... where data/SOURCES.csv has "
            f"{sources.loc[key, 'sha256'][:12]}... Restore the file (git checkout), or record an intended "
            f"change: taobao-research check {year} --record"
        )


def count_rows(path: Path) -> int:
    """Rows of a CSV file below its header, or texts of a PO file; raises InputError where the file is no such table."""
    if path.name == TEXTS:
        return len(re.findall(rb"^msgid ", _bytes_of(path), re.M)) - 1  # the first is the header
    return len(_split(_bytes_of(path), shown(path))[1])


def _split(content: bytes, where: str) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the rows, and the line of the file on which each row ends."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{where}, row {line}: not UTF-8 text. Save the file as UTF-8.") from None
    if text.startswith("\ufeff"):
        raise InputError(f"{where}, row 1: starts with a byte-order mark. Save it as UTF-8 without BOM.")
    reader, rows, lines = csv.reader(io.StringIO(text, newline="")), [], []
    try:
        header = next(reader, [])
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{where}, row {reader.line_num}: not readable as CSV: {error}.") from None
    if not header:
        raise InputError(f"{where}: empty file; expected a header line.")
    if repeated := sorted({each for each in header if header.count(each) > 1}):
        raise InputError(f"{where}, row 1: heading {repeated[0]!r} stands twice; each column needs its own.")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise InputError(f"{where}, row {line}: {len(row)} fields where the header has {len(header)}.")
    return header, rows, lines


def _as_numbers(values: pd.Series, expected: pa.Column, where: str) -> pd.Series:
    """Text as numbers, every digit kept; empty cells are missing values where the column allows them."""
    whole = str(expected.dtype) == "Int64"
    pattern = re.compile(r"-?[0-9]{1,18}" if whole else r"-?[0-9]{1,18}(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")
    bad = [
        (line, value)
        for line, value in values.items()
        if not (pattern.fullmatch(value) or (value == "" and expected.nullable))
    ]
    if bad:
        kind = "a whole number" if whole else "a number"
        shown = [
            f"  row {line}, column {values.name}, value {value!r}: must be {kind} in plain digits"
            for line, value in bad[:SHOWN_PROBLEMS]
        ]
        raise InputError("\n".join([f"{where}: {len(bad)} value(s) that are not {kind}", *shown]))
    if whole:
        numbers = pd.array([int(value) if value else None for value in values], dtype="Int64")
    else:
        numbers = pd.array([float(value) if value else float("nan") for value in values], dtype="float64")
    return pd.Series(numbers, index=values.index, name=values.name)


def _schema_message(cases: pd.DataFrame, frame: pd.DataFrame, where: str) -> str:
    columns = cases[cases["check"].isin(["column_in_dataframe", "column_in_schema"])]
    if len(columns):  # without its columns the other rules of a table mean nothing
        problems = [(0, f"  column {each.failure_case!r}: {_rule(str(each.check))}") for each in columns.itertuples()]
    else:
        problems = sorted({_problem(case, frame) for case in cases.itertuples()})
    lines = [line for _, line in problems]
    head = f"{where}: {len(lines)} problem{'s' * (len(lines) > 1)}"
    more = [f"  ... and {len(lines) - SHOWN_PROBLEMS} more"] if len(lines) > SHOWN_PROBLEMS else []
    return "\n".join([head, *lines[:SHOWN_PROBLEMS], *more])


def _problem(case: Any, frame: pd.DataFrame) -> tuple[int, str]:
    """A failed check as the line of the file and what is said of it."""
    rule = _rule(str(case.check))
    if pd.isna(case.index):
        return 0, f"  whole table: {rule}"
    line = int(case.index)
    if case.schema_context == "Column":
        return line, f"  row {line}, column {case.column}, value {_plain(case.failure_case)!r}: {rule}"
    return line, f"  row {line}, {', '.join(str(each) for each in frame.loc[line].iloc[:6])}: {rule}"


def _plain(value: object) -> object:
    """A NumPy scalar as the Python value that a person reads."""
    return value.item() if hasattr(value, "item") else value


def _rule(check: str) -> str:
    return {
        "column_in_dataframe": "missing column",
        "column_in_schema": "not a column of this table",
        "multiple_fields_uniqueness": "repeats another row",
        "not_nullable": "must not be empty",
    }.get(check, check)
