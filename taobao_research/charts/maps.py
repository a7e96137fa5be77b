"""Dot maps. The points of all counties draw the country, so no boundary file is needed."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from taobao_research.charts.placing import place_labels
from taobao_research.charts.style import BLUE, DARK, GREY, ORANGE, chart_style, new_chart, set_title
from taobao_research.words import say

MAINLAND = (73, 136, 17.5, 54.5)
EAST_COAST = (111.4, 123.3, 21.0, 41.0)
DEGREE_RATIO = 1.22  # a degree of latitude against one of longitude at 35 N
AREA_OF_ONE = 9.0  # points squared for one village


def dot_map(
    places: pd.DataFrame,
    backdrop: pd.DataFrame,
    title: str,
    labels: str = "en",
    highlight: int | None = None,
    named: int = 10,
) -> Figure:
    """Counties as discs whose area grows with ``villages``: the country, and the east coast enlarged.

    ``places``: ``place``, ``lon``, ``lat``, ``villages``; ``backdrop``: ``lon``, ``lat`` of all counties.
    Counties with at least ``highlight`` villages are orange; the ``named`` largest carry their name.
    """
    with chart_style(labels):
        figure, country, coast = map_panels(backdrop, title, labels)
        for axes in (country, coast):
            _discs(axes, places, highlight, 0.55 if axes is country else 1.0)
        country.set_xlabel(say("All counties (grey) and counties with villages", labels))
        _size_legend(country, highlight, labels)
        figure.canvas.draw()
        largest = places.sort_values("villages", ascending=False).head(named)
        radii = (largest["villages"].astype(float) * AREA_OF_ONE).pow(0.5) / 2
        place_labels(coast, largest, "lon", "lat", "place", radii.to_list())
    return figure


def map_panels(backdrop: pd.DataFrame, title: str, labels: str) -> tuple[Figure, Axes, Axes]:
    """A figure with the country and the east coast enlarged, both drawn by the points of all counties."""
    figure, (country, coast) = new_chart(12, 6.6, 2, width_ratios=[1.75, 1])
    for axes, box, size in ((country, MAINLAND, 1.2), (coast, EAST_COAST, 4)):
        axes.scatter(backdrop["lon"], backdrop["lat"], s=size, color=GREY, linewidths=0)
        axes.set(xlim=box[:2], ylim=box[2:], xticks=[], yticks=[], aspect=DEGREE_RATIO)
        for spine in axes.spines.values():
            spine.set_visible(axes is coast)
    set_title(figure, say(title, labels))
    coast.set_title(say("East coast", labels))
    return figure, country, coast


def _discs(axes: Axes, places: pd.DataFrame, highlight: int | None, scale: float) -> None:
    ordered = places.sort_values("villages", ascending=False)
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


def _size_legend(axes: Axes, highlight: int | None, labels: str) -> None:
    for count in (1, 10, 30):
        axes.scatter([], [], s=count * AREA_OF_ONE * 0.55, color=BLUE, alpha=0.65, label=str(count))
    if highlight is not None:
        axes.scatter([], [], s=30 * AREA_OF_ONE * 0.55, color=ORANGE, alpha=0.65, label=say("cluster", labels))
    axes.legend(loc="lower left", labelspacing=1.2, title_fontsize=9, edgecolor=DARK)
