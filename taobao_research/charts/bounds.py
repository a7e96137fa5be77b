"""Charts of what is known of shops and turnover: selection rules, lists built to fit, admission, simulation.

What is built or simulated says so across the chart as well as in the title, so that a copied picture says it too.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from taobao_research.charts.bars import row_names, rows_height
from taobao_research.charts.style import (
    BLUE,
    DARK,
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

MARKERS = ("o", "D", "s", "^", "v")
ABREAST = 3  # small panels in a row
HEADING_CHARACTERS = 28  # of a line over one of two panels
PANELS = {"pearson": "Pearson (logs)", "spearman": "Spearman", "elasticity": "Elasticity"}


def funnel_chart(rows: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Three estimates with intervals by selection rule: columns as ``funnel.selection_funnel`` gives them.

    The dashed lines stand at the first row's estimate.
    """
    with chart_style(labels):
        if rows.empty:
            return None
        names = [f"{say(name, labels)} (n = {n})" for name, n in zip(rows["selection"], rows["n"], strict=True)]
        names = row_names(names)
        figure, panels = new_chart(1.3 + rows_height(names), columns=3, sharey=True)
        positions = list(range(len(rows)))
        for axes, (name, heading) in zip(panels, PANELS.items(), strict=True):
            axes.hlines(positions, rows[f"{name}_low"], rows[f"{name}_high"], color=BLUE, linewidth=2)
            axes.scatter(rows[name], positions, color=BLUE, zorder=3, s=22)
            axes.axvline(float(rows[name].iloc[0]), color=DARK, linewidth=1, linestyle="--")
            axes.axvline(0, color=DARK, linewidth=1)
            axes.set(xlabel=say(heading, labels))
            axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 5, 10]))
            axes.tick_params(axis="y", length=0)
        panels[0].set_yticks(positions, names, linespacing=LINE_SPACING)
        panels[0].invert_yaxis()
        set_title(figure, say(title, labels))
    return figure


def fitting_chart(points: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Small scatters of lists built to fit, one a correlation: ``wanted``, ``active_shops``, ``turnover_cny``."""
    with chart_style(labels):
        if points.empty:
            return None
        wanted = sorted(set(points["wanted"]))
        figure, panels = _abreast(len(wanted), 2.1)
        for axes, each in zip(panels, wanted, strict=True):
            shown = points[points["wanted"] == each]
            axes.scatter(shown["active_shops"].astype(float), shown["turnover_cny"].astype(float), s=4, color=GREY)
            axes.set(xscale="log", yscale="log")
            axes.set_title(f"r = {each:g}", loc="left", fontsize=SMALL)
            _across(axes, say("CONSTRUCTED", labels), 14)
        figure.supxlabel(say("Active shops (log scale)", labels), fontsize=SMALL)
        figure.supylabel(say("Turnover, yuan (log scale)", labels), fontsize=SMALL)
        set_title(figure, say(title, labels))
    return figure


def admission_chart(rows: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Correlation after admission against that before, a panel for each population, a line for each minimum."""
    with chart_style(labels):
        if rows.empty:
            return None
        populations = list(dict.fromkeys(rows["population"]))
        figure, panels = new_chart(4.4, columns=len(populations), sharex=True, sharey=True)
        for axes, population in zip(panels, populations, strict=False):
            inside = rows[rows["population"] == population]
            for number, (share, line) in enumerate(inside.groupby("reaching_share", sort=False)):
                style = {"color": (BLUE, ORANGE, RED)[number % 3], "marker": MARKERS[number % 5], "markersize": 5}
                axes.plot(line["before"], line["after"], label=f"{100 * float(share):g}%", **style)
            axes.axline((0, 0), slope=1, color=DARK, linestyle="--", linewidth=1)
            axes.axhline(0, color=DARK, linewidth=0.5)
            axes.set(xlabel=say("Correlation before admission", labels))
            heading = folded(say(population, labels), HEADING_CHARACTERS)
            axes.set_title(heading, loc="left", fontsize=SMALL, linespacing=LINE_SPACING)
        panels[0].set(ylabel=say("Correlation among the admitted", labels))
        lines, minima = panels[0].get_legend_handles_labels()
        heading = say("Places that reach each minimum", labels)
        legend_below(figure, len(minima), handles=lines, labels=minima, title=heading)
        set_title(figure, say(title, labels))
    return figure


def simulated_chart(rows: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Mean and middle 95% of SIMULATED estimates against the correlation put in, a panel for each sample.

    One panel a sample, so that nothing is moved sideways from the value put in and the diagonal means "equal".
    """
    with chart_style(labels):
        if rows.empty:
            return None
        names = list(dict.fromkeys(rows["simulated_sample"]))
        figure, panels = _abreast(len(names), 2.3)
        for axes, name in zip(panels, names, strict=True):
            inside = rows[rows["simulated_sample"] == name]
            at = inside["simulated_input"].astype(float)
            axes.vlines(at, inside["simulated_low"], inside["simulated_high"], color=BLUE, linewidth=2)
            axes.scatter(at, inside["simulated_estimate"], color=BLUE, s=22, zorder=3)
            axes.axhline(0, color=DARK, linewidth=1)
            axes.axline((0, 0), slope=1, color=DARK, linestyle="--", linewidth=1)
            axes.set_xticks(sorted(set(rows["simulated_input"])))
            heading = f"{folded(say(str(name), labels), HEADING_CHARACTERS)}\nn = {inside['n'].iloc[0]}"
            axes.set_title(heading, loc="left", fontsize=SMALL, linespacing=LINE_SPACING)
            _across(axes, say("SIMULATED", labels), 14)
        figure.supxlabel(say("Correlation put in (SIMULATED)", labels), fontsize=SMALL)
        figure.supylabel(say("Pearson (logs), SIMULATED lists", labels), fontsize=SMALL)
        set_title(figure, say(title, labels))
    return figure


def _abreast(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """So many small panels, ``ABREAST`` in a row of ``height`` inches, with the same axes."""
    rows = -(-count // ABREAST)
    figure, panels = new_chart(0.9 + height * rows, ABREAST, rows, sharex=True, sharey=True)
    for axes, above in zip(panels[count:], panels[max(count - ABREAST, 0) :], strict=False):
        axes.remove()
        above.tick_params(labelbottom=True)
    return figure, panels[:count]


def _across(axes: Axes, word: str, size: float) -> None:
    """The word in grey across the axes, behind what is drawn."""
    axes.text(0.5, 0.5, word, transform=axes.transAxes, rotation=25, ha="center", va="center", fontsize=size,
              color=DARK, alpha=0.22, zorder=0)  # fmt: skip
