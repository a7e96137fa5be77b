"""What a cell shows, stored and fresh, compared as a reader would: the one place where the two meet.

On a machine that computes and draws like the one that executed the notebook (``reports.machine.fingerprint``, kept in
the notebook) every output is the same to the byte. Elsewhere

- the outputs of a cell are the same in number, kind, order, name, caption and MIME types, and all that is displayed
  (sentences, tables as HTML and as text, alternative texts) is the same letter by letter;
- the CSV of a table, with ten significant digits where a reader sees three or four, has the same columns, rows, words
  and whole numbers. Every other number may differ by one unit of the tenth digit, or by what ``TOLERANCES`` allows. No
  tolerance is so wide that a displayed digit would turn: a test shows it for each stored figure;
- a picture has the same size, and its letters and edges may be smoothed otherwise, by ``MOST_MEAN``. A label that is
  lost is more than that. A mark that moves by less than half its width may be less; but then a figure has moved too.
"""

import base64
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib.image import imread

from taobao_research.reports.machine import fingerprint
from taobao_research.reports.results import INJECTED, MACHINE, TAG

PNG, CSV = "image/png", "text/csv"
DIGITS = 10  # significant, of a number in a stored table
# Relative difference of two numbers, by table. What is not here is a count, a share, a closed form or a percentile.
TOLERANCES = (
    ("next_list_*", 1e-7),  # count models and logits by maximum likelihood, and what they predict
    ("cited_rows_fits", 1e-7),  # a mixed model among them
    ("constructed_lists", 1e-7),  # vectors from a search that ends where it moves by less than 1e-9
    ("bounds_given_shops", 1e-7),  # likewise
)
# Root mean square difference of two pictures, of 255. At this bound at most 0.4% of the pixels are off by more than 32,
# which is less than a lost label: the number 10 beside a bar moves a picture by 3.9.
MOST_MEAN = 2
SHOWN = 60  # characters of two texts in a message
FRACTION = re.compile(r"-?\d+(\.\d+|e[+-]\d+|\.\d+e[+-]\d+)")

Output = Mapping[str, Any]


def differences_of_notebooks(stored: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[str]:
    """What the cells of a notebook show otherwise, when executed here, than is stored; a sentence each."""
    cells, made = _code(stored), _code(fresh)
    if [_text(each["source"]) for each in cells] != [_text(each["source"]) for each in made]:
        return ["the cells of code are not the same"]
    return [
        f"code cell {number}, {what}"
        for number, (one, other) in enumerate(zip(cells, made, strict=True), start=1)
        for what in differences(one["outputs"], other["outputs"], executed_here(stored))
    ]


def _code(notebook: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [cell for cell in code if INJECTED not in cell["metadata"].get("tags", [])]


def executed_here(notebook: Mapping[str, Any]) -> bool:
    """Whether the stored notebook was executed on a machine like this one; without a record it is taken to be so."""
    return notebook["metadata"].get(TAG, {}).get(MACHINE, fingerprint()) == fingerprint()


def differences(stored: Sequence[Output], fresh: Sequence[Output], alike: bool) -> list[str]:
    """What a reader of the fresh outputs of a cell would miss or not know from the stored ones; a sentence each."""
    if len(stored) != len(fresh):
        return [f"{_kinds(stored)} are stored, {_kinds(fresh)} were made"]
    return [
        f"output {number}{_named(one)}: {what}"
        for number, (one, other) in enumerate(zip(stored, fresh, strict=True), start=1)
        for what in _of_output(one, other, alike)
    ]


def _kinds(outputs: Sequence[Output]) -> list[str]:
    return [f"{each['output_type']}{_named(each)}{_text(each.get('text', ''))[:SHOWN]}" for each in outputs]


def _named(output: Output) -> str:
    about = output.get("metadata", {}).get(TAG, {})
    return "".join(f" ({kind} {about[kind]})" for kind in ("table", "figure", "claims") if kind in about)


def _of_output(stored: Output, fresh: Output, alike: bool) -> Iterator[str]:
    for key in sorted({*stored, *fresh} - {"data", "execution_count"}):  # the count is the guard's matter
        one, other = _text(stored.get(key)), _text(fresh.get(key))
        if one != other:
            yield f"{key}: {one!r} is stored, {other!r} was made"
    data, made = stored.get("data", {}), fresh.get("data", {})
    if {*data} != {*made}:
        yield f"{sorted(data)} are stored, {sorted(made)} were made"
        return
    for kind in sorted(data):
        one, other = _text(data[kind]), _text(made[kind])
        if one == other:
            continue
        if kind == PNG and not alike:
            yield from _of_pictures(one, other)
        elif kind == PNG:
            yield "the picture is not the same to the byte"
        elif kind == CSV:
            relative = None if alike else tolerance(stored["metadata"][TAG].get("table", ""))
            yield from _of_tables(one, other, relative)
        else:
            yield f"{kind}: {_first_difference(one, other)}"


def _text(value: Any) -> Any:
    """A text that a file keeps as a list of lines, whole."""
    return "".join(value) if isinstance(value, list) else value


def _first_difference(stored: str, fresh: str) -> str:
    at = next(place for place, (one, other) in enumerate(zip_longest(stored, fresh)) if one != other)
    start = max(at - SHOWN // 2, 0)
    return f"{stored[start : start + SHOWN]!r} is stored, {fresh[start : start + SHOWN]!r} was made"


def _of_tables(stored: str, fresh: str, relative: float | None) -> Iterator[str]:
    (columns, *rows), (columns_made, *rows_made) = (_rows(each) for each in (stored, fresh))
    if columns != columns_made or len(rows) != len(rows_made):
        yield f"{len(rows)} rows of {columns} are stored, {len(rows_made)} of {columns_made} were made"
        return
    for number, (row, made) in enumerate(zip(rows, rows_made, strict=True), start=1):
        for column, one, other in zip_longest(columns, row, made, fillvalue=""):
            if one != other and (relative is None or not agree(one, other, relative)):
                yield f"row {number}, {column}: {one!r} is stored, {other!r} was made"


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text))) or [[]]


def tolerance(table: str) -> float:
    """The relative difference by which two numbers of a table may differ beyond a unit of the tenth digit."""
    return next((relative for tables, relative in TOLERANCES if fnmatchcase(table, tables)), 0)


def agree(stored: str, fresh: str, relative: float) -> bool:
    """Whether two different texts are one number, computed on two machines; a whole number never is.

    >>> agree("0.358974359", "0.3589743591", 0), agree("0.358974359", "0.3589743592", 0), agree("3.1", "3.10", 0)
    (True, False, False)
    >>> agree("17", "18", 0.5), agree("1.119135097", "1.119135387", 1e-6), agree("1.119135097", "1.119135387", 1e-7)
    (False, True, False)
    """
    if not FRACTION.fullmatch(stored) or not FRACTION.fullmatch(fresh):
        return False
    one, other = Decimal(stored), Decimal(fresh)
    last_digit = Decimal(1).scaleb(one.adjusted() - DIGITS + 1)
    return 0 < abs(one - other) <= max(last_digit, abs(one) * Decimal(relative))


def _of_pictures(stored: str, fresh: str) -> Iterator[str]:
    try:
        one, other = _pixels(stored), _pixels(fresh)
    except (OSError, ValueError, SyntaxError):  # what readers of pictures raise
        yield "one of the two is no picture"
        return
    if one.shape != other.shape:
        yield f"a picture of {one.shape} pixels is stored, one of {other.shape} was made"
        return
    apart = np.abs(one - other).max(axis=2)  # of each pixel the colour that differs most
    if (mean := np.sqrt((apart**2).mean())) > MOST_MEAN:
        yield f"the pictures differ by {mean:.2f} of 255 (root mean square)"


def _pixels(picture: str) -> np.ndarray:
    """Height, width, and red, green, blue and opacity from 0 to 255."""
    return 255 * imread(io.BytesIO(base64.b64decode(picture)), format="png").astype(float)
