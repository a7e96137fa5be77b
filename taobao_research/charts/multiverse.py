"""Conclusions under many definitions: how many specifications uphold each, and the curve of one."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from taobao_research.charts.style import (
    BLUE,
    DARK,
    GREY,
    LINE_SPACING,
    ORANGE,
    SMALL,
    chart_style,
    folded,
    legend_below,
    new_chart,
    new_figure,
    set_title,
)
from taobao_research.words import heading, say

LAST = 3  # lists of which the overview has room for
NAME = 27  # characters of a line of a conclusion's name
STATES = {  # edge, face and height of what a specification says
    "upheld": (BLUE, BLUE, 0.52),
    "upheld_bare": (BLUE, "white", 0.52),
    "upheld_near": ("#9CCBE8", "#9CCBE8", 0.26),
    "not_upheld_near": ("#F6DCA3", "#F6DCA3", 0.26),
    "not_upheld_bare": (ORANGE, "white", 0.52),
    "not_upheld": (ORANGE, ORANGE, 0.52),
}
MARKS = {True: (BLUE, "o"), False: (ORANGE, "s")}
DIMENSIONS = ("year", "region_scheme", "zeros", "unit", "cluster_min_villages", "town_min_villages", "length")


def overview_chart(counts: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """A bar for each conclusion and each of the last lists: the parts of its specifications by what they say.

    ``counts``: ``conclusion``, ``year`` and the keys of ``STATES``, as ``multiverse.by_year`` gives them.
    """
    with chart_style(labels):
        if counts.empty:
            return None
        names = list(dict.fromkeys(counts["conclusion"]))
        years = sorted(set(counts["year"]))[-LAST:]
        figure, panels = new_chart(1.5 + 0.47 * len(names), len(years), sharey=True)
        for axes, year in zip(panels, years, strict=True):
            for row in counts[counts["year"] == year].to_dict("records"):
                _stacked(axes, names.index(row["conclusion"]), row, labels)
            axes.set_title(str(year), loc="left", fontsize=SMALL)
            axes.set(xlim=(0, 1.75), ylim=(len(names) - 0.5, -0.5), xticks=[])
            axes.tick_params(axis="y", length=0)
            for side in axes.spines.values():
                side.set_visible(False)
        shown = [folded(say(name, labels), NAME) for name in names]
        panels[0].set_yticks(range(len(names)), shown, linespacing=LINE_SPACING - 0.25)
        found = {state: each for state, each in STATES.items() if counts[state].any()}
        keys = [Patch(edgecolor=edge, facecolor=face) for edge, face, _ in found.values()]
        legend_below(figure, 1, handles=keys, labels=[heading(state, labels) for state in found])
        set_title(figure, say(title, labels))
    return figure


def specification_curve(rows: pd.DataFrame, labels: str = "en") -> Figure | None:
    """One conclusion: its value in every specification, in order, and below which choices make each specification.

    ``rows``: specifications with a value, as ``multiverse.distinct`` gives them. The dashed line is the reading.
    """
    with chart_style(labels):
        if rows.empty:
            return None
        used = [each for each in DIMENSIONS if rows[each].astype(str).replace("<NA>", "").any()]
        lines = [(each, one) for each in used for one in (None, *_in_order(rows, each))]
        rows = rows.sort_values("value", kind="stable").reset_index(drop=True)
        figure = new_figure(3.4 + 0.2 * len(lines))
        curve, panel = figure.subplots(2, 1, sharex=True, height_ratios=[2.3, 0.2 * len(lines)])
        curve.axhline(rows["reading"].iloc[0], color=DARK, linewidth=1, linestyle="--")
        states = list(zip(rows["upholds"].astype(bool), rows["near"].fillna(False).astype(bool), strict=True))
        for at, (upheld, near) in enumerate(states):
            colour, mark = MARKS[upheld]
            curve.vlines(at, rows["low"][at], rows["high"][at], color=colour, linewidth=1.5, alpha=0.5)
            curve.plot(at, rows["value"][at], mark, color=colour, markersize=5, markerfacecolor=_face(colour, near))
        curve.tick_params(axis="x", length=0, labelbottom=False)
        curve.set_ylabel(say("Value", labels))
        _choices(panel, rows, lines, [MARKS[upheld][0] for upheld, _ in states], labels)
        present = [key for key in ((True, False), (True, True), (False, True), (False, False)) if key in states]
        legend_below(
            figure, 1, handles=[_key(*key) for key in present], labels=[_said(*key, labels) for key in present]
        )
        set_title(figure, say(str(rows["conclusion"].iloc[0]), labels))
    return figure


def _stacked(axes: Axes, at: int, row: dict[str, object], labels: str) -> None:
    total = sum(int(row[state]) for state in STATES)  # type: ignore[call-overload]
    left = 0.0
    for state, (edge, face, height) in STATES.items():
        part = int(row[state]) / total  # type: ignore[call-overload]
        if part:
            axes.barh(at, part, left=left, height=height, facecolor=face, edgecolor=edge)
        left += part
    upheld = sum(int(row[state]) for state in STATES if state.startswith("upheld"))  # type: ignore[call-overload]
    axes.text(1.06, at, f"{upheld}/{total}", va="center", fontsize=SMALL)


def _in_order(rows: pd.DataFrame, dimension: str) -> list[object]:
    """The choices of a dimension that the specifications have: numbers by size, words as they first come."""
    given = list(rows[dimension].unique())
    return sorted(given) if dimension in ("year", "cluster_min_villages", "town_min_villages") else given


def _choices(panel: Axes, rows: pd.DataFrame, lines: list[tuple[str, object]], colours: list[str], labels: str) -> None:
    """A row for each choice, with a mark under each specification that has it; the name of its dimension above."""
    for height, (dimension, choice) in enumerate(lines):
        if choice is not None:
            at = [place for place, one in enumerate(rows[dimension]) if one == choice]
            panel.axhline(height, color=GREY, linewidth=0.4, zorder=0)
            panel.scatter(at, [height] * len(at), c=[colours[place] for place in at], s=14, marker="s")
    words = [heading(name, labels) if one is None else say(str(one), labels) for name, one in lines]
    panel.set_yticks(range(len(lines)), words)
    for tick, (_, choice) in zip(panel.get_yticklabels(), lines, strict=True):
        tick.set_fontweight("bold" if choice is None else "normal")
    panel.set(ylim=(len(lines) - 0.5, -0.5), xlim=(-0.7, len(rows) - 0.3), xticks=[])
    panel.tick_params(axis="y", length=0)
    panel.set_xlabel(say("Specifications, by value", labels))


def _face(colour: str, near: bool) -> str:
    return "white" if near else colour


def _key(upheld: bool, near: bool) -> Line2D:
    colour, mark = MARKS[upheld]
    return Line2D([], [], color=colour, marker=mark, linestyle="", markerfacecolor=_face(colour, near))


def _said(upheld: bool, near: bool, labels: str) -> str:
    return heading(("upheld" if upheld else "not_upheld") + ("_near" if near else ""), labels)
