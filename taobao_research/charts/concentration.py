"""Concentration over places: Lorenz curves, indices from list to list, location quotients."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from taobao_research.charts.style import BLUE, DARK, GREEN, GREY, ORANGE, RED, chart_style, new_chart, set_title
from taobao_research.words import say

UNITS = {
    "provinces": "Provinces",
    "cities": "Prefecture-level cities",
    "counties": "Counties",
    "towns": "Towns and subdistricts",
}
STYLES = {  # colour, line and mark of each choice of zeros
    "with villages": (BLUE, "-", "o"),
    "all mainland": (ORANGE, "--", "s"),
    "all 34 provinces": (GREEN, ":", "^"),
    "any": (RED, "-", "D"),
}


def lorenz_chart(curves: pd.DataFrame, title: str, labels: str = "en") -> Figure:
    """Lorenz curves, a panel for each unit, a line for each choice of zeros; the straight line is an equal share.

    ``curves``: ``unit``, ``zeros``, ``places_share``, ``share``, as ``lorenz.lorenz_curves`` gives them.
    """
    with chart_style(labels):
        units = list(dict.fromkeys(curves["unit"]))
        figure, panels = new_chart(11, 3.7, columns=max(len(units), 1), sharex=True, sharey=True)
        for axes, unit in zip(panels, units, strict=False):
            for zeros, line in curves[curves["unit"] == unit].groupby("zeros", sort=False):
                colour, dashes, _ = STYLES[str(zeros)]
                axes.plot(line["places_share"], line["share"], color=colour, linestyle=dashes, linewidth=2)
            axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
            axes.set_title(say(UNITS[unit], labels), loc="left", fontsize=10)
            axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
            axes.set(xlabel=say("Share of the places", labels))
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
                axis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
        panels[0].set(ylabel=say("Share of the villages", labels))
        _legend(figure, [each for each in STYLES if each in set(curves["zeros"])], labels, marks=False)
        set_title(figure, say(title, labels))
    return figure


def years_chart(rows: pd.DataFrame, index: str, title: str, labels: str = "en") -> Figure:
    """One index from list to list with intervals, a panel for each unit, a line for each choice of zeros.

    ``rows``: ``year``, ``era``, ``unit``, ``zeros``, ``index``, ``value``, ``low``, ``high``, as ``redrawing.by_year``
    gives them. A line is cut where a new era begins: what is counted has changed.
    """
    with chart_style(labels):
        rows = rows[rows["index"] == index]
        units = list(dict.fromkeys(rows["unit"]))
        years = sorted(set(rows["year"]))
        figure, panels = new_chart(11, 3.7, columns=max(len(units), 1), sharex=True)
        for axes, unit in zip(panels, units, strict=False):
            inside = rows[rows["unit"] == unit]
            _lines(axes, inside, years)
            axes.set_title(say(UNITS[unit], labels), loc="left", fontsize=10)
            axes.set_xticks(range(len(years)), [str(year) for year in years])
            axes.set_xlim(-0.5, max(len(years) - 1, 0) + 0.5)
            axes.set_ylim(0, 1.08 * float(inside[["value", "high"]].max(axis=None)))
        panels[0].set(ylabel=say(index, labels))
        _legend(figure, [each for each in STYLES if each in set(rows["zeros"]) - {"any"}], labels)
        set_title(figure, say(title, labels))
    return figure


def quotient_chart(quotients: pd.DataFrame, title: str, labels: str = "en") -> Figure:
    """Location quotients with intervals: ``place``, ``villages``, ``quotient``, ``low``, ``high``; the first on top."""
    with chart_style(labels):
        figure, (axes,) = new_chart(8, 1.4 + 0.28 * len(quotients))
        positions = list(range(len(quotients)))
        axes.hlines(positions, quotients["low"], quotients["high"], color=BLUE, linewidth=2)
        axes.scatter(quotients["quotient"], positions, color=BLUE, zorder=3)
        names = [f"{place} ({n:,})" for place, n in zip(quotients["place"], quotients["villages"], strict=True)]
        axes.set_yticks(positions, names)
        axes.invert_yaxis()
        axes.axvline(1, color=DARK, linewidth=1, linestyle="--")
        axes.set_xlim(left=-0.015 * axes.get_xlim()[1])  # room for the marks
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel=say("Share of the villages over share of the counties; dashed: the same", labels))
        set_title(figure, say(title, labels))
    return figure


def _lines(axes: Axes, rows: pd.DataFrame, years: list[int]) -> None:
    choices = [each for each in STYLES if each in set(rows["zeros"])]
    for number, zeros in enumerate(choices):
        colour, dashes, mark = STYLES[zeros]
        line = rows[rows["zeros"] == zeros].sort_values("year")
        shift = 0.12 * (number - (len(choices) - 1) / 2)  # intervals beside each other, not on each other
        at = pd.Series([years.index(year) + shift for year in line["year"]], index=line.index)
        axes.vlines(at, line["low"], line["high"], color=colour, linewidth=2, alpha=0.6)
        for _, part in line.groupby("era"):
            axes.plot(at[part.index], part["value"], color=colour, linestyle=dashes, marker=mark, markersize=5)


def _legend(figure: Figure, choices: list[str], labels: str, marks: bool = True) -> None:
    """The choices of zeros under the panels, where nothing is drawn."""
    if choices:
        keys = [
            figure.axes[0].plot([], [], color=colour, linestyle=dashes, marker=mark if marks else None)[0]
            for colour, dashes, mark in (STYLES[each] for each in choices)
        ]
        names = [say(each, labels) for each in choices]
        names[0] = say("Places counted: {choice}", labels, choice=names[0])
        figure.legend(keys, names, loc="outside lower center", ncols=len(choices))
