"""A published list as a checked village table, with all that was done on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from taobao_research.errors import InputError
from taobao_research.tables import schema
from taobao_research.tables.imports.figures import NO_UNIT
from taobao_research.tables.imports.names import Known
from taobao_research.tables.imports.rows import REFUSED, Reading, find_headings, read_rows, remarks_of
from taobao_research.tables.imports.sheets import Sheet, read_sheets
from taobao_research.tables.load import parse_table

SHOWN = 100  # refusals in a message
LONGEST = 80  # characters shown of a cell


@dataclass(frozen=True)
class PublishedList:
    """``villages``: our village table; ``remarks``: see ``rows.remarks_of``; ``towns``: a table of towns with their
    number of villages from another sheet, or None; ``how``: how the file was read, in words; ``total``: what the list
    prints as its own total, or None; ``unread``: headings of columns and names of sheets that were not read;
    ``read``: the heading that was taken for each column."""

    villages: pd.DataFrame
    remarks: pd.DataFrame
    towns: pd.DataFrame | None
    how: str
    total: int | None = None
    unread: tuple[str, ...] = ()
    read: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The bytes of ``villages.csv``."""
        return self.villages.to_csv(index=False, lineterminator="\n").encode("utf-8")


def read_list(
    path: Path,
    known: Known,
    sheet: str | None = None,
    encoding: str | None = None,
    turnover_unit: str | None = None,
    leave_out_refused: bool = False,
) -> PublishedList:
    """Read a published list.

    ``sheet`` names the sheet of villages where several could be it. Raises InputError for a file that cannot be
    read and, unless ``leave_out_refused``, for any refused row; then all of them are named.
    """
    sheets = read_sheets(path, encoding)
    chosen = _choose(path, sheets, sheet)
    where = f"{path.name}, {chosen.name}" if len(sheets) > 1 else path.name
    reading = read_rows(chosen, where, known, turnover_unit)
    remarks = remarks_of(reading)
    _refuse_missing_unit(remarks, reading, where)
    refused = remarks[remarks["kind"] == REFUSED]
    if len(refused) and not (leave_out_refused and reading.rows):
        raise InputError(_refusal(refused, where))
    if not reading.rows:
        raise InputError(f"{where}: no row under the headings is a village. Nothing was imported.")
    villages = _village_table(reading, where)
    towns = next((found for each in sheets if each is not chosen and (found := _towns(each, path, known))), None)
    hidden = [f"hidden sheet {each.name}" for each in sheets if each.hidden and each is not chosen]
    return PublishedList(
        villages,
        remarks,
        None if towns is None else pd.DataFrame(towns),
        chosen.how,
        reading.total,
        (*(f"column {heading}" for heading in reading.unread), *hidden),
        reading.read,
    )


def _refuse_missing_unit(remarks: pd.DataFrame, reading: Reading, where: str) -> None:
    """A unit that is declared nowhere is one mistake in the heading, not one in every row."""
    cells = remarks[remarks["why"] == NO_UNIT]
    if len(cells):
        first = cells.iloc[0]
        count = f"{len(cells):,} cell{'s' if len(cells) > 1 else ''} under it, such as row {first['row']}"
        raise InputError(
            f"{where}: turnover_cny: unit not declared by the heading {reading.read['turnover_cny']!r}, nor in "
            f"{count}: {first['found']!r}. Say so in the heading, such as 销售额（万元）, or with "
            "--turnover-unit 元, 万 or 亿. Nothing was imported."
        )


def _choose(path: Path, sheets: list[Sheet], name: str | None) -> Sheet:
    """The sheet of villages: the one named, else the only one in sight with names, else the only one with counts."""
    if name is not None:
        by_name = {each.name: each for each in sheets}
        if name not in by_name:
            raise InputError(f"{path.name}: no sheet {name!r} that holds anything. Sheets: {', '.join(by_name)}.")
        return by_name[name]
    found = {each.name: headings for each in sheets if not each.hidden and (headings := find_headings(each))}
    named = [each for each, headings in found.items() if "village" in headings.columns]
    candidates = named or list(found)
    if not candidates:
        looked = ", ".join(
            f"{each.name} (hidden; name it with --sheet)" if each.hidden else each.name for each in sheets
        )
        raise InputError(
            f"{path.name}: no line names the columns province, county and village (looked in: {looked}). "
            "Name them in one line above the first village, in Chinese or English."
        )
    if len(candidates) > 1:
        raise InputError(
            f"{path.name}: {' and '.join(candidates)} each could be the list. Name one with --sheet, "
            "or put all villages into one sheet."
        )
    return next(each for each in sheets if each.name == candidates[0])


def _towns(sheet: Sheet, path: Path, known: Known) -> list[dict[str, object]]:
    """The rows of a sheet that counts villages by town; nothing where the sheet is something else."""
    headings = find_headings(sheet)
    columns = headings.columns if headings else {}
    if sheet.hidden or "village" in columns or not {"town", "villages"} <= set(columns):
        return []
    return read_rows(sheet, f"{path.name}, {sheet.name}", known).rows


def _village_table(reading: Reading, where: str) -> pd.DataFrame:
    """The rows in our columns, held to the schema of ``villages.csv``."""
    optional = [*schema.MEASURES, "main_products", *schema.COORDINATES]
    columns = [*schema.PLACE, "village", "villages", "locally_reported"]
    columns += [column for column in optional if column in reading.columns]
    rows = pd.DataFrame(reading.rows, columns=columns)
    for column in set(schema.MEASURES) & set(columns):
        rows[column] = rows[column].astype("Int64")
    for column in set(schema.COORDINATES) & set(columns):
        rows[column] = rows[column].astype(float)
    content = rows.to_csv(index=False, lineterminator="\n").encode("utf-8")
    return parse_table(content, schema.VILLAGES, f"{where} as villages.csv")


def _refusal(refused: pd.DataFrame, where: str) -> str:
    count = len(refused)
    head = f"{where}: {count:,} row{'s' * (count > 1)} refused, so nothing was imported"
    more = [f"  ... and {count - SHOWN} more"] if count > SHOWN else []
    hint = "Mend them in the file, or import the rest with --leave-out-refused."
    return "\n".join([head, *said(refused.head(SHOWN)), *more, hint])


def said(remarks: pd.DataFrame) -> Iterable[str]:
    """Remarks as lines of a message."""
    for each in remarks.itertuples():
        column = f", {each.column}" if each.column else ""
        found = each.found if len(each.found) <= LONGEST else f"{each.found[:LONGEST]}..."
        became = f" -> {each.became!r}" if each.became else ""
        yield f"  row {each.row}{column}: {found!r}{became}: {each.why}"
