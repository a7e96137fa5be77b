"""Dot maps. The points of all counties draw the country, so no boundary file is needed.

Names of provinces amid their counties and lines of degrees say where one is.
"""

import itertools
import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from taobao_research.charts.placing import Mark, marks_along, place_labels, write_amid
from taobao_research.charts.style import (
    BLUE,
    DARK,
    GREY,
    LINE_SPACING,
    ORANGE,
    chart_style,
    folded,
    new_figure,
    set_title,
)
from taobao_research.words import say

MAINLAND = (73, 136, 17.5, 54.5)
EAST_COAST = (107.5, 127.5, 21.3, 41.3)
DEGREE_RATIO = 1.22  # a degree of latitude against one of longitude at 35 N
AREA_OF_ONE = 9.0  # points squared for one village
SMALLER = 0.45  # discs of the country against those of the coast
HEIGHT = 9.7  # inches: the country and its legend above, the coast below
ROWS, COLUMNS = (3.05, 6.0), (4.3, 1.6)
LEGEND_CHARACTERS = 19  # of a line
LARGE = 10  # counties of a province whose name may stand farther off, as in the sea
REACH = {"country": 16, "coast": 85, "small": 0}  # points
LINES = "#E2E2E2"


def dot_map(
    places: pd.DataFrame,
    backdrop: pd.DataFrame,
    title: str,
    labels: str = "en",
    highlight: int | None = None,
    named: int = 10,
) -> Figure:
    """Counties as discs whose area grows with ``villages``: the country, and the east coast enlarged.

    ``places``: ``place``, ``lon``, ``lat``, ``villages``; ``backdrop``: ``lon``, ``lat`` of all counties and
    ``province``, the name written amid its counties. Counties with at least ``highlight`` villages are
    orange; the ``named`` largest carry their name.
    """
    with chart_style(labels):
        figure, country, coast = map_panels(backdrop, title, labels)
        for axes, scale in ((country, SMALLER), (coast, 1.0)):
            _discs(axes, places, highlight, scale)
        for count in (1, 10, 30):
            country.scatter([], [], s=count * AREA_OF_ONE, color=BLUE, alpha=0.65, label=str(count))
        if highlight is not None:
            country.scatter([], [], s=30 * AREA_OF_ONE, color=ORANGE, alpha=0.65, label=say("cluster", labels))
        map_legend(figure, country, labels, say("Villages of a county", labels))
        figure.canvas.draw()
        name_provinces(country, backdrop, _marks(places, SMALLER), enlarged=False)
        written = name_provinces(coast, backdrop, _marks(places, 1.0), enlarged=True)
        largest = places.sort_values("villages", ascending=False, kind="stable").head(named)
        radii = [radius for _, _, radius in _marks(largest, 1.0)]
        place_labels(coast, largest, "lon", "lat", "place", radii, _marks(places, 1.0), written)
    return figure


def map_panels(backdrop: pd.DataFrame, title: str, labels: str) -> tuple[Figure, Axes, Axes]:
    """A figure with the country and, below, the east coast enlarged, both drawn by the points of all counties."""
    figure = new_figure(HEIGHT)
    grid = figure.add_gridspec(2, 2, height_ratios=ROWS, width_ratios=COLUMNS)
    country, coast = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, :])
    for axes, box, size, step in ((country, MAINLAND, 1.2, 20), (coast, EAST_COAST, 4, 5)):
        axes.scatter(backdrop["lon"], backdrop["lat"], s=size, color=GREY, linewidths=0)
        axes.set(xlim=box[:2], ylim=box[2:], aspect=DEGREE_RATIO)
        axes.set_xticks(_every(step, *box[:2]), [f"{each}°E" for each in _every(step, *box[:2])])
        axes.set_yticks(_every(step, *box[2:]), [f"{each}°N" for each in _every(step, *box[2:])])
        axes.grid(color=LINES, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        axes.spines[:].set(visible=True, color=GREY)
    west, east, south, north = EAST_COAST
    country.add_patch(Rectangle((west, south), east - west, north - south, fill=False, edgecolor=DARK, linewidth=0.8))
    set_title(figure, say(title, labels))
    coast.set_title(say("East coast", labels))
    return figure, country, coast


def map_legend(figure: Figure, country: Axes, labels: str, title: str = "") -> None:
    """What the marks of the country mean, to its right."""
    beside = figure.add_subplot(country.get_gridspec()[0, 1])
    beside.set_axis_off()
    country.scatter([], [], s=6, color=GREY, linewidths=0, label=say("all counties", labels))
    marks, words = country.get_legend_handles_labels()
    title = folded(title, LEGEND_CHARACTERS)
    words = [folded(each, LEGEND_CHARACTERS) for each in words]
    legend = beside.legend(
        marks, words, title=title, loc="center left", labelspacing=1.1, borderpad=0, handletextpad=0.3
    )
    for words in (*legend.get_texts(), legend.get_title()):
        words.set_linespacing(LINE_SPACING)


def name_provinces(axes: Axes, backdrop: pd.DataFrame, marks: list[Mark], enlarged: bool) -> list[Bbox]:
    """Names of provinces amid their counties in grey, where no mark stands in the way; returns their boxes.

    On the map of the country, those whose middle is enlarged below are left out.
    """
    areas = backdrop.groupby("province", sort=False).agg(lon=("lon", "mean"), lat=("lat", "mean"), n=("lon", "size"))
    inside = _in_box(areas, EAST_COAST) if enlarged else ~_in_box(areas, EAST_COAST)
    areas, west, east, south, north = areas[inside].reset_index(), *EAST_COAST
    if not enlarged:
        corners = [(west, south), (west, north), (east, north), (east, south), (west, south)]
        marks = [*marks, *(mark for side in itertools.pairwise(corners) for mark in marks_along(axes, *side))]
    boxes, reach = [], REACH["coast" if enlarged else "country"]
    for large in (True, False):
        rows = areas[(areas["n"] >= LARGE) == large].sort_values("lon", ascending=large, kind="stable")
        boxes = write_amid(axes, rows, "lon", "lat", "province", marks, reach if large else REACH["small"], boxes)
    return boxes


def _in_box(points: pd.DataFrame, box: tuple[float, float, float, float]) -> pd.Series:
    west, east, south, north = box
    return points["lon"].between(west, east) & points["lat"].between(south, north)


def _every(step: int, low: float, high: float) -> range:
    return range(step * math.ceil(low / step), math.floor(high) + 1, step)


def _marks(places: pd.DataFrame, scale: float) -> list[Mark]:
    radii = (places["villages"].astype(float) * AREA_OF_ONE * scale).pow(0.5) / 2
    return list(zip(places["lon"], places["lat"], radii, strict=True))


def _discs(axes: Axes, places: pd.DataFrame, highlight: int | None, scale: float) -> None:
    ordered = places.sort_values("villages", ascending=False, kind="stable")
    villages = ordered["villages"].astype(float)
    colours = [ORANGE if highlight is not None and each >= highlight else BLUE for each in villages]
    axes.scatter(
        ordered["lon"],
        ordered["lat"],
        s=villages * AREA_OF_ONE * scale,
        c=colours,
        alpha=0.65,
        edgecolors="white",
        linewidths=0.5,
    )
