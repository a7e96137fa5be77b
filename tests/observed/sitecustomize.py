"""Writes down where the words of every figure are: loaded by the processes that make a report for the tests.

Python imports ``sitecustomize`` when it starts, from whichever folder is on its path (``WHERE``). The figure is shown
first and looked at afterwards, so that nothing shown depends on it.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = "WORDS_OF_FIGURES"  # the variable that names where to write; one JSON file a figure
NOTEBOOK = "taobao_research.notebook"


class Observer:
    """Finds the module of ``Section`` as Python itself does, and has its figures written down."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name != NOTEBOOK:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec and spec.loader
        load = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (load(module), observe(module))  # type: ignore[method-assign]
        return spec


def observe(module: ModuleType) -> None:
    show = module.Section.figure

    def figure(section: Any, chart: Any, name: str, *arguments: object, **values: object) -> None:
        show(section, chart, name, *arguments, **values)
        seen = json.dumps(chart and drawing(chart, section.labels), ensure_ascii=False)
        (Path(os.environ[FOLDER]) / f"{name}.json").write_text(seen, encoding="utf-8")

    module.Section.figure = figure


def drawing(figure: Any, labels: str) -> dict[str, Any]:
    """Width and box of the stored picture (pixels) and the words seen in it: text, size (points), opacity, box."""
    from matplotlib.text import Text

    from taobao_research.charts.style import RESOLUTION, chart_style

    figure.set_dpi(RESOLUTION)
    with chart_style(labels):
        figure.canvas.draw()  # what storing it does, without packing the pixels
    renderer = figure.canvas.get_renderer()
    hidden = {tick for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for tick in unseen_ticks(axis)}
    words = [
        (each.get_text(), each.get_fontsize(), each.get_alpha() or 1, Text.get_window_extent(each, renderer).extents)
        for each in figure.findobj(Text)
        if each.get_text().strip() and each.get_visible() and each not in hidden
    ]
    return {"box": list(figure.bbox.extents), "words": [(*about, list(box)) for *about, box in words]}


def unseen_ticks(axis: Any) -> Iterator[Any]:
    ticks = (*axis.majorTicks, *axis.minorTicks)
    if not axis.get_visible() or not axis.axes.axison:
        return (label for tick in ticks for label in (tick.label1, tick.label2))
    low, high = sorted(axis.get_view_interval())
    room = 1e-9 * (high - low)
    out = [tick for tick in ticks if not low - room <= tick.get_loc() <= high + room]
    return (label for tick in ticks for label in (tick.label1, tick.label2) if tick in out or not tick.get_visible())


if FOLDER in os.environ:
    sys.meta_path.insert(0, Observer())
