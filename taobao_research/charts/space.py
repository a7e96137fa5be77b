"""Where villages lie: hot spots, smoothed densities and ellipses over the points of all counties, and how far off."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from taobao_research.charts.maps import DEGREE_RATIO, EAST_COAST, map_legend, map_panels, name_provinces
from taobao_research.charts.placing import place_labels
from taobao_research.charts.style import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    LINE_SPACING,
    ORANGE,
    RED,
    SMALL,
    chart_style,
    folded,
    legend_below,
    new_chart,
    set_title,
)
from taobao_research.words import say

EAST = (107.0, 124.0, 20.0, 42.0)
RADIUS = 4.0  # points: of a mark on the enlarged map
HEADING_CHARACTERS = 26  # of a line over one of two panels
KINDS = {  # colour, mark, and whether it is filled, so that no two are told by colour alone
    "many among many": (RED, "o", True),
    "many among few": (ORANGE, "D", True),
    "few among many": (BLUE, "s", False),
    "few among few": (GREEN, "v", False),
}
OUTCOMES = {  # of coordinates, as ``KINDS``
    "passed": (BLUE, "o", True),
    "flagged: a repeated, coarse or county's point": (ORANGE, "s", False),
    "flagged: far, exchanged or outside": (RED, "^", True),
}
YEARS = ((BLUE, "-", "o"), (ORANGE, "--", "s"), (RED, ":", "^"), (GREEN, "-.", "D"))
DENSITIES = (1, 3, 10, 30, 100)  # villages per 10,000 square kilometres


def hot_spot_map(
    spots: pd.DataFrame, backdrop: pd.DataFrame, title: str, labels: str = "en", named: int = 8
) -> Figure | None:
    """Counties that are called, by kind: the country, and the east enlarged, where the ``named`` first carry a name.

    Only counties with villages are named. ``spots``: ``place``, ``lon``, ``lat``, ``villages``, ``kind``; ``backdrop``:
    ``lon``, ``lat`` of all counties and ``province``, the name written amid its counties.
    """
    with chart_style(labels):
        if spots.empty:
            return None
        figure, country, coast = map_panels(backdrop, title, labels)
        for axes, size in ((country, 1.2), (coast, 4)):
            for kind, (colour, mark, filled) in KINDS.items():
                own = spots[spots["kind"] == kind]
                face = colour if filled else "none"
                marks = {"s": 9 * size, "marker": mark, "facecolor": face, "edgecolor": colour, "linewidths": 1.1}
                name = f"{say(kind, labels)} ({len(own):,})" if len(own) and axes is country else None
                axes.scatter(own["lon"], own["lat"], label=name, **marks)
        map_legend(figure, country, labels)
        figure.canvas.draw()
        points = [(lon, lat, RADIUS) for lon, lat in zip(spots["lon"], spots["lat"], strict=True)]
        name_provinces(country, backdrop, points, enlarged=False)
        written = name_provinces(coast, backdrop, points, enlarged=True)
        west, east, south, north = EAST_COAST
        inside = spots["lon"].between(west, east) & spots["lat"].between(south, north) & (spots["villages"] > 0)
        first = spots[inside].head(named)
        place_labels(coast, first, "lon", "lat", "place", [RADIUS] * len(first), points, written)
    return figure


def density_maps(
    surfaces: dict[float, pd.DataFrame], backdrop: pd.DataFrame, title: str, labels: str = "en"
) -> Figure | None:
    """Smoothed densities of villages, a panel for each bandwidth (kilometres), over the points of all counties.

    ``surfaces``: villages per 10,000 square kilometres, latitudes as rows and longitudes as columns.
    """
    with chart_style(labels):
        if not surfaces:
            return None
        figure, panels = new_chart(4.6, len(surfaces))
        for axes, (width, surface) in zip(panels, surfaces.items(), strict=False):
            _counties(axes, backdrop, EAST, 1.5, framed=True)
            grid = (surface.columns.to_numpy(float), surface.index.to_numpy(float), surface.to_numpy())
            options = {"levels": DENSITIES, "cmap": "YlOrRd", "alpha": 0.75, "extend": "max"}
            shades = axes.contourf(*grid, **options, norm="log")
            axes.contour(*grid, levels=DENSITIES, colors=DARK, linewidths=0.5)
            axes.set_title(say("Bandwidth {km:g} km", labels, km=width), fontsize=SMALL)
        bar = figure.colorbar(shades, ax=panels, location="bottom", shrink=0.8, aspect=40)
        bar.set_label(say("Villages per 10,000 square kilometres", labels))
        bar.ax.xaxis.set_minor_locator(NullLocator())
        bar.set_ticks(list(DENSITIES), labels=[f"{each:,}" for each in DENSITIES])
        set_title(figure, say(title, labels))
    return figure


def ellipse_map(
    outlines: pd.DataFrame, centres: pd.DataFrame, backdrop: pd.DataFrame, title: str, labels: str = "en"
) -> Figure | None:
    """The standard deviational ellipse of each list and its middle, over the points of all counties.

    ``outlines``: ``year``, ``lon``, ``lat`` in order around each; ``centres``: the same with ``villages``.
    """
    with chart_style(labels):
        if centres.empty:
            return None
        figure, (axes,) = new_chart(7.4)
        _counties(axes, backdrop, EAST, 4, framed=True)
        keys, names = [], []
        for row, (colour, dashes, mark) in zip(centres.to_dict("records"), YEARS, strict=False):
            line = outlines[outlines["year"] == row["year"]]
            axes.plot(line["lon"], line["lat"], color=colour, linestyle=dashes, linewidth=2)
            axes.plot(row["lon"], row["lat"], color=colour, marker=mark, markersize=8, markeredgecolor="white")
            keys.append(Line2D([], [], color=colour, linestyle=dashes, linewidth=2, marker=mark, markersize=8))
            names.append(say("{year} ({villages:,} villages)", labels, year=row["year"], villages=row["villages"]))
        if keys:
            axes.legend(keys, names, loc="upper left", frameon=True, edgecolor=DARK, handlelength=3)
        set_title(figure, say(title, labels))
    return figure


def reach_chart(areas: pd.DataFrame, drawn: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Ripley's K over what is expected by distance: a line for each study area and edge, and one for drawn counties.

    ``areas``: as ``spacing.study_areas`` gives them; ``drawn``: ``transform``, ``reach`` (kilometres), ``value``.
    """
    with chart_style(labels):
        if areas.empty:
            return None
        points = {"presence": "Counties with villages", "villages": "Villages, each at its county's point"}
        figure, panels = new_chart(5.6, 2, sharey=True)
        reaches = [int(each.removeprefix("k_")) for each in areas if each.startswith("k_")]
        shapes = list(dict.fromkeys(areas["area"]))
        for axes, (transform, name) in zip(panels, points.items(), strict=True):
            for row in areas[areas["transform"] == transform].to_dict("records"):
                colour, _, mark = YEARS[shapes.index(row["area"])]
                heights = [row[f"k_{reach}"] for reach in reaches]
                dashes = "-" if row["edge"] == "none" else "--"
                axes.plot(reaches, heights, color=colour, linestyle=dashes, marker=mark, markersize=5)
            own = drawn[drawn["transform"] == transform]
            axes.plot(own["reach"], own["value"], color=DARK, linewidth=2.5, marker="D", markersize=5)
            axes.axhline(1, color=GREY, linewidth=1)
            axes.set(xscale="log", yscale="log")
            axes.xaxis.set_major_locator(FixedLocator(reaches))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.yaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            heading = folded(say(name, labels), HEADING_CHARACTERS)
            axes.set_title(heading, loc="left", fontsize=SMALL, linespacing=LINE_SPACING)
            axes.set(xlabel=say("Distance, kilometres", labels))
        panels[0].set(ylabel=say("Pairs within it, over the expected", labels))
        keys = [Line2D([], [], color=YEARS[at][0], marker=YEARS[at][2], markersize=5) for at in range(len(shapes))]
        keys.append(Line2D([], [], color=DARK, linewidth=2.5, marker="D", markersize=5))
        keys.append(Line2D([], [], color=GREY, linestyle="--"))
        names = [say(each, labels) for each in (*shapes, "counties drawn from all", "dashed: edge corrected")]
        legend_below(figure, 2, handles=keys, labels=names)
        set_title(figure, say(title, labels))
    return figure


def distance_chart(distances: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Kilometres to the county's own point against those to the nearest other county's, on log axes, by outcome.

    ``distances``: ``county_km``, ``other_km``, ``group`` (a key of ``OUTCOMES``). Below the dashed line another
    county's point is nearer.
    """
    with chart_style(labels):
        if distances.empty:
            return None
        figure, (axes,) = new_chart(5.8)
        for group, (colour, mark, filled) in OUTCOMES.items():
            own = distances[distances["group"] == group]
            name = f"{say(group, labels)} ({len(own):,})"
            face = {"facecolor": colour if filled else "none", "edgecolor": "white" if filled else colour}
            size = 18 if group == "passed" else 48
            axes.scatter(own["county_km"], own["other_km"], s=size, marker=mark, linewidths=0.8, label=name, **face)
        both = distances[["county_km", "other_km"]]
        ends = [both.min(axis=None) / 1.3, both.max(axis=None) * 1.3]
        axes.plot(
            ends, ends, color=DARK, linestyle="--", linewidth=1, label=say("as far from one as the other", labels)
        )
        axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1.0, 3.0) if ends[1] / ends[0] < 3000 else (1.0,)))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(lambda value, _: f"{value:,g}")
        axes.set(
            xlabel=say("Kilometres to the point of its county (log scale)", labels),
            ylabel=say("Kilometres to the nearest other county's point (log scale)", labels),
        )
        legend_below(figure, 1)
        set_title(figure, say(title, labels))
    return figure


def _counties(axes: Axes, backdrop: pd.DataFrame, box: tuple[float, ...], size: float, framed: bool) -> None:
    axes.scatter(backdrop["lon"], backdrop["lat"], s=size, color=GREY, linewidths=0)
    axes.set(xlim=box[:2], ylim=box[2:], xticks=[], yticks=[], aspect=DEGREE_RATIO)
    for spine in axes.spines.values():
        spine.set_visible(framed)
