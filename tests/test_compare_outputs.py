"""The comparator of stored and fresh outputs finds each kind of change, and allows what two machines may differ by."""

import base64
import copy
import csv
import fnmatch
import io
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread, imsave

from taobao_research.charts.bars import ranked_bars
from taobao_research.charts.style import BLUE, ORANGE, new_chart, to_png
from taobao_research.notebook import _cells
from taobao_research.reports.machine import fingerprint
from taobao_research.reports.sections import TAG, all_notebooks
from tests.checkout import CHECKOUT
from tests.compare_outputs import (
    DIGITS,
    FRACTION,
    MOST_MEAN,
    TOLERANCES,
    agree,
    differences,
    differences_of_notebooks,
    executed_here,
    tolerance,
)

Output = dict


@cache
def committed() -> list[Output]:
    """Every output of every committed notebook, to be looked at and not changed."""
    cells = [cell for notebook in all_notebooks(CHECKOUT) for cell in notebook.cells if cell["cell_type"] == "code"]
    return [output for cell in cells for output in cell["outputs"]]


def stored(**about: str) -> Output:
    """A copy of the committed output of this name: ``table="provinces"``, ``claims="2.1"``, ``figure="cities"``."""
    return copy.deepcopy(next(each for each in committed() if about.items() <= each["metadata"].get(TAG, {}).items()))


def sentence() -> Output:
    return copy.deepcopy(next(each for each in committed() if "text/markdown" in each["data"]))


def found(one: Output, other: Output, alike: bool = False) -> list[str]:
    return differences([one], [other], alike)


def estimates() -> list[str]:
    """Names of the tables with a tolerance; each entry on record has at least one."""
    names = sorted({each["metadata"][TAG]["table"] for each in committed() if "table" in each["metadata"].get(TAG, {})})
    for pattern, _ in TOLERANCES:
        assert fnmatch.filter(names, pattern), pattern
    return [name for name in names if tolerance(name)]


def rows_of(output: Output) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(output["data"]["text/csv"]))))


def with_rows(output: Output, rows: list[list[str]]) -> Output:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    output["data"]["text/csv"] = written.getvalue()
    return output


def with_cell(output: Output, column: str, change: Callable[[str], str], where: int = 1) -> Output:
    rows = rows_of(output)
    place = rows[0].index(column)
    before, rows[where][place] = rows[where][place], change(rows[where][place])
    assert rows[where][place] != before
    return with_rows(output, rows)


def test_outputs_are_their_own_equal_as_lists_of_lines_and_whole() -> None:
    lines = committed()
    whole = [{**each, "data": {kind: "".join(text) for kind, text in each["data"].items()}} for each in lines]
    assert differences(lines, whole, alike=True) == differences(whole, lines, alike=False) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [["name", *rows[0][1:]], *rows[1:]],
        lambda rows: [[row[1], row[0], *row[2:]] for row in rows],
        lambda rows: [row[:-1] for row in rows],
        lambda rows: [rows[0], rows[2], rows[1], *rows[3:]],
        lambda rows: [*rows[:3], *rows[4:]],
        lambda rows: [*rows, rows[-1]],
        lambda rows: [*rows[:-1], rows[-1][:-1]],
        lambda rows: [],
    ],
    ids=["name", "order of columns", "column", "order of rows", "row", "row twice", "cell", "all"],
)
def test_another_skeleton_of_a_table_is_found(change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    table = stored(table="provinces")
    assert found(table, with_rows(stored(table="provinces"), change(rows_of(table))))
    assert found(with_rows(stored(table="provinces"), change(rows_of(table))), table)


@pytest.mark.parametrize(
    ("about", "column", "change"),
    [
        ({"table": "provinces"}, "villages", lambda cell: str(int(cell) + 1)),
        ({"table": "next_list_models"}, "n", lambda cell: str(int(cell) - 1)),
        ({"table": "provinces"}, "place", lambda cell: cell + "省"),
        ({"table": "xinhe"}, "growth", lambda cell: cell + "0"),
        ({"claims": "2.1"}, "verdict", lambda cell: "differs" if cell == "matches" else "matches"),
        ({"claims": "2.1"}, "section", lambda cell: "2.2"),
        ({"table": "provinces"}, "share", lambda cell: ""),
        ({"table": "provinces"}, "share", lambda cell: "nan"),
        ({"table": "provinces"}, "share", lambda cell: f"-{cell}"),
        ({"table": "provinces"}, "share", lambda cell: f"{float(cell):.3f}"),
    ],
)
def test_another_word_or_whole_number_is_found(about: dict, column: str, change: Callable[[str], str]) -> None:
    table = stored(**about)
    assert found(table, with_cell(stored(**about), column, change))
    assert found(with_cell(stored(**about), column, change), table)


def moved(cell: str, units: float) -> str:
    """The number moved by so many units of the tenth digit, which is written out even where it is 0."""
    digit = 10.0 ** (np.floor(np.log10(abs(float(cell)))) - DIGITS + 1)
    return f"{float(cell) + units * digit:.{DIGITS + 2}g}"


def test_the_tenth_digit_may_be_off_by_one_and_no_more() -> None:
    shares = stored(table="provinces")
    for units, same in ((1, True), (-1, True), (2, False), (-2, False)):
        other = with_cell(stored(table="provinces"), "share", lambda cell, by=units: moved(cell, by))
        assert (found(shares, other) == []) == same, units
        assert found(shares, other, alike=True), units


@pytest.mark.parametrize("table", estimates())
def test_an_estimate_may_move_by_its_tolerance_and_no_more(table: str) -> None:
    columns, *rows = rows_of(stored(table=table))
    where, column = next(
        (number, column)
        for number, row in enumerate(rows, start=1)
        for column, cell in zip(columns, row, strict=True)
        if FRACTION.fullmatch(cell)
    )
    for share, same in ((0.9, True), (-0.9, True), (1.1, False), (-1.1, False)):
        change = 1 + share * tolerance(table)
        other = with_cell(stored(table=table), column, lambda cell, by=change: f"{float(cell) * by:.{DIGITS}g}", where)
        assert (found(stored(table=table), other) == []) == same, share
        assert found(stored(table=table), other, alike=True), share


@pytest.mark.parametrize("table", estimates())
def test_each_displayed_figure_is_the_same_whatever_its_tolerance_lets_it_be(table: str) -> None:
    """So that all that is displayed can be compared letter by letter."""
    columns, *rows = rows_of(stored(table=table))
    for column, *cells in zip(columns, *rows, strict=True):
        numbers = pd.Series([float(cell) for cell in cells if FRACTION.fullmatch(cell)])
        shown = {tuple(_cells(column, numbers * (1 + sign * tolerance(table)))) for sign in (-1, 0, 1)}
        assert len(shown) == 1, column


def one_more(text: str) -> str:
    """The text with its last digit raised, 9 lowered."""
    place = max(at for at, letter in enumerate(text) if letter.isdigit())
    return f"{text[:place]}{8 if text[place] == '9' else int(text[place]) + 1}{text[place + 1 :]}"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: stored(table="provinces"), "text/html"),
        (lambda: stored(table="provinces"), "text/plain"),
        (lambda: stored(table="next_list_models"), "text/html"),
        (lambda: stored(claims="2.1"), "text/html"),
        (lambda: stored(figure="next_list_differences"), "text/plain"),
        (sentence, "text/markdown"),
    ],
)
def test_a_displayed_digit_or_word_is_found(make: Callable[[], Output], kind: str) -> None:
    for change in (one_more, lambda text: text.replace("e", "c", 1), lambda text: text + " "):
        other = make()
        other["data"][kind] = change("".join(other["data"][kind]))
        assert found(make(), other) and found(other, make())


@pytest.mark.parametrize(
    ("make", "keys"),
    [
        (lambda: stored(table="provinces"), (TAG, "table")),
        (lambda: stored(table="provinces"), (TAG, "caption")),
        (lambda: stored(claims="2.1"), (TAG, "claims")),
        (lambda: stored(figure="cities"), (TAG, "figure")),
        (lambda: stored(figure="cities"), ("image/png", "alt")),
    ],
)
def test_another_name_caption_or_alternative_text_is_found(make: Callable[[], Output], keys: tuple[str, str]) -> None:
    other = make()
    other["metadata"][keys[0]][keys[1]] += "s"
    assert found(make(), other)


def test_another_number_kind_or_order_of_outputs_is_found() -> None:
    table, figure, words = stored(table="provinces"), stored(figure="cities"), sentence()
    assert differences([table, words], [table], True) and differences([table], [table, words], True)
    assert differences([], [words], True) and differences([words], [], True)
    assert differences([table, figure], [figure, table], True)
    assert differences([stored(table="cities"), table], [table, stored(table="cities")], True)
    assert found(table, {**table, "output_type": "execute_result"})
    assert found(table, {"output_type": "stream", "name": "stdout", "text": "a"})
    for name, text in (("stdout", "b"), ("stderr", "a")):
        one = {"output_type": "stream", "name": "stdout", "text": "a"}
        assert found(one, one) == [] and found(one, {**one, "name": name, "text": text})
    for output in (table, figure, words):
        for kind in output["data"]:
            other = copy.deepcopy(output)
            del other["data"][kind]
            assert found(output, other) and found(other, output), kind


def bars() -> Figure:
    table = pd.DataFrame({"place": ["Zhejiang", "Guangdong", "Hebei", "Fujian"], "villages": [280, 157, 59, 10]})
    chart = ranked_bars(table, "place")
    assert chart is not None
    return chart


def marks() -> Figure:
    chart, (axes,) = new_chart(3)
    axes.plot(range(12), range(12), "o", color=BLUE)
    axes.plot([5], [8], "o", color=BLUE)
    return chart


CHANGES: dict[str, tuple[Callable[[], Figure], Callable[[Figure], object]]] = {
    "lost label": (bars, lambda chart: chart.axes[0].texts[-1].set_visible(False)),
    "lost name": (bars, lambda chart: chart.axes[0].get_yticklabels()[2].set_visible(False)),
    "longer bar": (bars, lambda chart: chart.axes[0].patches[1].set_width(158)),
    "other colour": (bars, lambda chart: chart.axes[0].patches[3].set_facecolor(ORANGE)),
    "moved mark": (marks, lambda chart: chart.axes[0].lines[1].set_xdata([5.1])),
    "mark of another colour": (marks, lambda chart: chart.axes[0].lines[1].set_color(ORANGE)),
}


def picture(png: bytes) -> Output:
    output = stored(figure="cities")
    output["data"]["image/png"] = base64.b64encode(png).decode()
    return output


@cache
def drawn(make: Callable[[], Figure]) -> bytes:
    return to_png(make())


@pytest.mark.parametrize("name", CHANGES)
def test_a_picture_that_shows_something_else_is_found(name: str) -> None:
    make, change = CHANGES[name]
    chart = make()
    change(chart)
    other = picture(to_png(chart))
    for alike in (True, False):
        assert found(picture(drawn(make)), other, alike) and found(other, picture(drawn(make)), alike)


def test_pixels_may_differ_a_little_on_another_machine_alone() -> None:
    pixels = imread(io.BytesIO(drawn(marks)), format="png")[:, :, :3]
    for apart, same in ((0, True), (0.9 * MOST_MEAN, True), (1.1 * MOST_MEAN, False)):
        written, high = io.BytesIO(), 10 * apart / 255  # one pixel in a hundred
        changed = pixels.copy()
        changed[::10, ::10] = np.abs(changed[::10, ::10] - high)
        imsave(written, changed, format="png")
        other = picture(written.getvalue())
        assert found(picture(drawn(marks)), other, alike=True), apart
        assert (found(picture(drawn(marks)), other, alike=False) == []) == same, apart


@pytest.mark.parametrize("junk", ["text", "nothing", "half", "another size"])
def test_junk_in_place_of_a_picture_is_found(junk: str) -> None:
    png = drawn(marks)
    other = picture({"text": b"not the picture", "nothing": b"", "half": png[: len(png) // 2]}.get(junk, drawn(bars)))
    for alike in (True, False):
        assert found(picture(png), other, alike) and found(other, picture(png), alike)


def test_pictures_are_held_to_the_byte_where_the_notebook_was_executed() -> None:
    notebook = copy.deepcopy(all_notebooks(CHECKOUT)[0].content)
    for machine, here in ((fingerprint(), True), ("0" * 16, False)):
        notebook["metadata"][TAG]["machine"] = machine
        assert executed_here(notebook) == here
    del notebook["metadata"][TAG]["machine"]
    assert executed_here(notebook)


def test_each_committed_notebook_says_where_it_was_executed() -> None:
    assert all(len(each.content["metadata"][TAG]["machine"]) == len(fingerprint()) for each in all_notebooks(CHECKOUT))


def test_notebooks_are_compared_cell_by_cell() -> None:
    notebook = all_notebooks(CHECKOUT)[0].content
    other = copy.deepcopy(notebook)
    assert differences_of_notebooks(notebook, other) == []
    last = [cell for cell in other["cells"] if cell["cell_type"] == "code"][-1]
    last["outputs"] = []
    assert differences_of_notebooks(notebook, other)
    last["outputs"], last["source"] = [], "1"
    assert differences_of_notebooks(notebook, other) == ["the cells of code are not the same"]


def test_a_whole_number_or_word_is_no_estimate() -> None:
    assert not agree("3", "3.000000001", 0.1) and not agree("3.000000001", "3", 0.1)
    assert not agree("converged", "settled", 0.1) and not agree("inf", "1.5", 0.1)
