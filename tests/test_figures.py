"""In each figure of each year and language no words cover others, leave the picture, or are too small for a phone."""

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from taobao_research.charts.style import RESOLUTION
from taobao_research.params import REPORT_YEAR
from taobao_research.reports.sections import all_notebooks
from tests.checkout import CHECKOUT
from tests.conftest import REPORTS, WORDS

pytestmark = [pytest.mark.process, pytest.mark.slow]
Box = tuple[float, float, float, float]  # left, bottom, right, top in pixels of the stored picture
PHONE = 320  # CSS pixels that a phone 375 wide leaves for a picture
LEGIBLE = 7  # CSS pixels
ACROSS = 0.5  # words fainter than this stand behind the picture on purpose: CONSTRUCTED, SIMULATED
TOUCH = 1.0  # pixels by which boxes of words may meet, since letters do not fill them
FIGURE = re.compile(r"section\.figure\(")


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes of words share more than the margin that letters leave in each."""
    (left, bottom, right, top), (x0, y0, x1, y1) = one, other
    return min(right, x1) - max(left, x0) >= 2 * TOUCH and min(top, y1) - max(bottom, y0) >= 2 * TOUCH


def wrong_in(figure: dict) -> list[str]:
    """What is wrong with the words of a figure, a sentence each."""
    (x0, y0, x1, y1), wrong = figure["box"], []
    shown = PHONE / ((x1 - x0) / RESOLUTION * 96)
    for text, size, _, (left, bottom, right, top) in figure["words"]:
        if not (x0 <= left and right <= x1):
            wrong.append(f"{text!r} leaves the picture at a side")
        if not (y0 <= bottom and top <= y1):
            wrong.append(f"{text!r} leaves the picture above or below")
        if not re.fullmatch(r"\$.*\$", text) and size * 96 / 72 * shown < LEGIBLE:
            wrong.append(f"{text!r} is {size * 96 / 72 * shown:.1f} pixels high")
    opaque = [(text, box) for text, _, opacity, box in figure["words"] if opacity > ACROSS]
    pairs = itertools.combinations(opaque, 2)
    return wrong + [f"{one!r} covers {other!r}" for (one, its), (other, others) in pairs if overlap(its, others)]


@pytest.mark.parametrize(("year", "labels"), REPORTS)
def test_words_of_every_figure_stand_free_and_are_legible_on_a_phone(
    report_of: Callable[[int, str], Path], year: int, labels: str
) -> None:
    project = report_of(year, labels)
    seen = {each.stem: json.loads(each.read_text(encoding="utf-8")) for each in (project / WORDS).iterdir()}
    assert {name: wrong for name, figure in seen.items() if figure and (wrong := wrong_in(figure))} == {}
    asked = "".join("".join(cell["source"]) for each in all_notebooks(CHECKOUT) for cell in each.cells)
    assert len(seen) >= len(FIGURE.findall(asked))  # a cell may draw several
    stored = {each.stem for each in (project / "reports" / str(year) / "figures").glob("*.png")}
    assert stored == {name for name, figure in seen.items() if figure}
    if year == REPORT_YEAR:  # another may leave nothing to draw, as a sentence says
        assert stored == set(seen)


def test_words_that_are_covered_cut_or_too_small_are_found() -> None:
    """Boxes of 20 by 10 pixels in a picture of 6 inches at 192 dots each, 1152 pixels wide."""
    far, near, touching = [100, 100, 120, 110], [110, 105, 130, 115], [100, 108.5, 120, 118.5]
    figure = {"box": [0, 0, 1152, 600], "words": [["a", 10, 1, far], ["b", 10, 1, near], ["c", 10, 0.4, near]]}
    assert wrong_in(figure) == ["'a' covers 'b'"]
    figure["words"] = [["a", 10, 1, far], ["b", 10, 1, touching]]
    assert wrong_in(figure) == []
    figure["words"] = [["a", 9, 1, far], ["$b$", 9, 1, [-1, 0, 19, 10]], ["c", 10, 1, [200, 595, 220, 605]]]
    assert wrong_in(figure) == [
        "'a' is 6.7 pixels high", "'$b$' leaves the picture at a side", "'c' leaves the picture above or below",
    ]  # fmt: skip
