"""In each figure of each year and language no words cover others, leave the picture, or are too small for a phone."""

import contextlib
import io
import itertools
import re
from collections.abc import Iterator

import matplotlib as mpl
import nbformat
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from taobao_research.charts.style import RESOLUTION, chart_style
from taobao_research.notebook import Section
from taobao_research.params import REPORT_YEAR
from taobao_research.reports.sections import all_notebooks
from tests.checkout import CHECKOUT

pytestmark = pytest.mark.slow
PHONE = 320  # CSS pixels that a phone 375 wide leaves for a picture
PICTURES = {2014: 34, 2015: 35, 2016: 35}  # of a report; before 2014 no list foretells, so calibration has no picture
LEGIBLE = 7  # CSS pixels
ACROSS = 0.5  # words fainter than this stand behind the picture on purpose: CONSTRUCTED, SIMULATED
TOUCH = 1.0  # pixels by which boxes of words may meet, since letters do not fill them


def drawn(year: int, labels: str) -> Iterator[tuple[str, Figure | None]]:
    """Every figure that the notebooks show; each is executed here, so that the figures are at hand, not only pictures.

    None: nothing to draw, which a sentence says.
    """
    figures: list[tuple[str, Figure | None]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Section, "figure", lambda self, chart, name, *_, **__: figures.append((name, chart)))
        for notebook in all_notebooks(CHECKOUT):
            cells = [each for each in nbformat.read(notebook.path, 4).cells if each.cell_type == "code"]
            names: dict = {}
            with contextlib.redirect_stdout(io.StringIO()) as said:
                for cell in cells:
                    exec(compile(cell.source, notebook.name, "exec"), names)
                    if "parameters" in cell.metadata.get("tags", []):
                        names.update(year=year, labels=labels, resamples=199)
            assert said.getvalue(), notebook.name
    yield from figures


def words_of(figure: Figure, labels: str) -> list[tuple[Text, Bbox]]:
    """The words that are seen, with their boxes in pixels of the stored picture."""
    figure.set_dpi(RESOLUTION)
    with chart_style(labels):
        figure.canvas.draw()  # what storing it does, without packing the pixels
    renderer = figure.canvas.get_renderer()
    hidden = {tick for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for tick in unseen_ticks(axis)}
    found = [each for each in figure.findobj(Text) if each.get_text().strip() and each.get_visible()]
    return [(each, Text.get_window_extent(each, renderer)) for each in found if each not in hidden]


def unseen_ticks(axis: mpl.axis.Axis) -> list[Text]:
    if not axis.get_visible() or not axis.axes.axison:
        return [label for tick in (*axis.majorTicks, *axis.minorTicks) for label in (tick.label1, tick.label2)]
    low, high = sorted(axis.get_view_interval())
    room = 1e-9 * (high - low)
    unseen = []
    for tick in (*axis.majorTicks, *axis.minorTicks):
        out = not low - room <= tick.get_loc() <= high + room
        unseen += [label for label in (tick.label1, tick.label2) if out or not tick.get_visible()]
    return unseen


@pytest.mark.filterwarnings("error:.*[Gg]lyph")  # a letter that no font has is drawn as a box
@pytest.mark.parametrize(("year", "labels"), [(2014, "en"), (2015, "en"), (2015, "zh"), (2016, "zh")])
def test_words_of_every_figure_stand_free_and_are_legible_on_a_phone(year: int, labels: str) -> None:
    count, wrong = 0, []
    for name, figure in drawn(year, labels):
        count += 1
        if figure is None:
            assert year != REPORT_YEAR, name
            continue
        words = words_of(figure, labels)
        shown = PHONE / (figure.bbox.width / RESOLUTION * 96)
        for text, box in words:
            said = f"{name}: {text.get_text()!r}"
            if not (figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1):
                wrong.append(f"{said} leaves the picture at a side")
            if not (figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1):
                wrong.append(f"{said} leaves the picture above or below")
            if not re.fullmatch(r"\$.*\$", text.get_text()) and text.get_fontsize() * 96 / 72 * shown < LEGIBLE:
                wrong.append(f"{said} is {text.get_fontsize() * 96 / 72 * shown:.1f} pixels high")
        opaque = [(text, box.padded(-TOUCH)) for text, box in words if (text.get_alpha() or 1) > ACROSS]
        wrong += [
            f"{name}: {one.get_text()!r} covers {other.get_text()!r}"
            for (one, its), (other, others) in itertools.combinations(opaque, 2)
            if its.overlaps(others)
        ]
    assert count == PICTURES[year] and wrong == []
