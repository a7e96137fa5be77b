"""Bars and points: one place, commodity or section a row."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from taobao_research.charts.placing import HALO
from taobao_research.charts.style import (
    BLUE,
    DARK,
    GREY,
    LINE_SPACING,
    ORANGE,
    SMALL,
    VERDICT_COLOURS,
    chart_style,
    folded,
    legend_below,
    new_chart,
    set_title,
)
from taobao_research.words import say

ROW_HEIGHT = 0.27
LINE_HEIGHT = 0.16  # inches: of each further line of a row's name
NAME_CHARACTERS = 32  # of a line of a row's name
DARK_BELOW = 1.4  # sum of red, green and blue, each 0 to 1


def ranked_bars(
    counts: pd.DataFrame,
    title: str,
    labels: str = "en",
    name: str = "place",
    value: str = "villages",
    axis: str = "Villages",
    lines: dict[str, float] | None = None,
    highlight: float | None = None,
) -> Figure | None:
    """Horizontal bars in the table's order, each with its value.

    ``lines`` are named vertical lines; bars of at least ``highlight`` are drawn in orange.
    """
    with chart_style(labels):
        if counts.empty:
            return None
        names = row_names([say(each, labels) for each in counts[name]])
        figure, (axes,) = new_chart(1.3 + (0.4 if lines else 0) + rows_height(names))
        values = counts[value].astype(float)
        colours = [ORANGE if highlight is not None and each >= highlight else BLUE for each in values]
        positions = list(range(len(counts)))
        sns.barplot(
            x=values.to_list(),
            y=positions,
            orient="h",
            hue=positions,
            palette=colours,
            legend=False,
            saturation=1,
            errorbar=None,
            ax=axes,
            width=0.75,
        )
        axes.set_yticks(positions, names, linespacing=LINE_SPACING)
        for position, each in zip(positions, values, strict=True):
            axes.annotate(
                f"{each:,.0f}",
                (each, position),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize=SMALL,
                path_effects=HALO,
            )
        for word, where in (lines or {}).items():
            _vertical_line(axes, where, say(word, labels))
        if lines:
            legend_below(figure, len(lines))
        set_title(figure, say(title, labels))
        axes.set(xlabel=say(axis, labels), ylabel="")
        axes.margins(x=0.08)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        axes.tick_params(axis="y", length=0)
    return figure


def before_and_now(changes: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Two points a place, joined: villages of the year before and of this year, on a log axis from one."""
    with chart_style(labels):
        if changes.empty:
            return None
        figure, (axes,) = new_chart(1.6 + ROW_HEIGHT * max(len(changes), 3))
        positions = range(len(changes))
        before, now = changes["villages_before"].astype(float), changes["villages"].astype(float)
        axes.hlines(positions, before, now, color=GREY, linewidth=2)
        axes.scatter(
            before, positions, s=70, facecolor="white", edgecolor=DARK, label=say("year before", labels), zorder=3
        )
        axes.scatter(now, positions, color=BLUE, label=say("this year", labels), zorder=3)
        axes.set_xscale("symlog", linthresh=1)
        ticks = [tick for tick in (0, 1, 3, 10, 30, 100, 300, 1000, 3000) if tick <= max(now.max(), before.max()) * 2]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_xlim(left=-0.3)
        axes.set_yticks(list(positions), changes["place"].to_list())
        axes.invert_yaxis()
        set_title(figure, say(title, labels))
        axes.set(xlabel=say("Villages (logarithmic scale; places with none at the left edge)", labels))
        legend_below(figure, 2)
        axes.tick_params(axis="y", length=0)
    return figure


def verdict_bars(verdicts: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Claims of each section by verdict, stacked; ``verdicts`` has ``section`` and a column for each verdict."""
    with chart_style(labels):
        if verdicts.empty:
            return None
        figure, (axes,) = new_chart(1.8 + ROW_HEIGHT * len(verdicts))
        positions, start = range(len(verdicts)), pd.Series(0.0, index=verdicts.index)
        for verdict, colour in VERDICT_COLOURS.items():
            counts = verdicts[verdict].astype(float)
            axes.barh(positions, counts, left=start, color=colour, label=say(verdict, labels), height=0.75)
            for position, (left, count) in enumerate(zip(start, counts, strict=True)):
                if count >= 2:
                    axes.text(
                        left + count / 2,
                        position,
                        f"{count:.0f}",
                        ha="center",
                        va="center",
                        fontsize=SMALL,
                        color=_ink(colour),
                    )
            start = start + counts
        axes.set_yticks(list(positions), verdicts["section"].to_list())
        axes.set_ylim(len(verdicts) - 0.4, -0.6)
        set_title(figure, say(title, labels))
        axes.set(xlabel=say("Claims", labels))
        legend_below(figure, len(VERDICT_COLOURS), columnspacing=1.2, handlelength=1.4)
        axes.tick_params(axis="y", length=0)
    return figure


def row_names(names: list[str]) -> list[str]:
    """Names of rows, long ones on several lines."""
    return [folded(name, NAME_CHARACTERS) for name in names]


def rows_height(names: list[str]) -> float:
    """Inches for rows that are as high as the highest name asks for, and for three rows at least."""
    lines = max((name.count("\n") for name in names), default=0)
    return (ROW_HEIGHT + LINE_HEIGHT * lines) * max(len(names), 3)


def _ink(background: str) -> str:
    """Black or white, whichever is read better on the colour."""
    return "white" if sum(to_rgb(background)) < DARK_BELOW else "black"


def _vertical_line(axes: Axes, where: float, word: str) -> None:
    styles = ["--", ":"]
    axes.axvline(where, color=DARK, linestyle=styles[len(axes.get_legend_handles_labels()[0]) % 2], label=word)
