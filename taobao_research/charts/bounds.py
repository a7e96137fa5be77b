"""Charts of what is known of shops and turnover: selection rules, lists built to fit, admission, simulation.

What is built or simulated says so across the chart as well as in the title, so that a copied picture says it too.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from taobao_research.charts.style import BLUE, DARK, GREY, ORANGE, RED, chart_style, new_chart, set_title
from taobao_research.words import say

MARKERS = ("o", "D", "s", "^", "v")
PANELS = {"pearson": "Pearson (logs)", "spearman": "Spearman", "elasticity": "Elasticity"}


def funnel_chart(rows: pd.DataFrame, title: str, labels: str = "en") -> Figure:
    """Three estimates with intervals by selection rule: columns as ``funnel.selection_funnel`` gives them.

    The dashed lines stand at the first row's estimate.
    """
    with chart_style(labels):
        figure, panels = new_chart(10, 1.6 + 0.27 * len(rows), columns=3, sharey=True)
        positions = list(range(len(rows)))
        for axes, (name, heading) in zip(panels, PANELS.items(), strict=True):
            axes.hlines(positions, rows[f"{name}_low"], rows[f"{name}_high"], color=BLUE, linewidth=2)
            axes.scatter(rows[name], positions, color=BLUE, zorder=3, s=22)
            if len(rows):
                axes.axvline(float(rows[name].iloc[0]), color=DARK, linewidth=1, linestyle="--")
            axes.axvline(0, color=DARK, linewidth=1)
            axes.set(xlabel=say(heading, labels))
            axes.tick_params(axis="y", length=0)
        names = [f"{say(name, labels)} (n = {n})" for name, n in zip(rows["selection"], rows["n"], strict=True)]
        panels[0].set_yticks(positions, names)
        panels[0].invert_yaxis()
        set_title(figure, say(title, labels))
    return figure


def fitting_chart(points: pd.DataFrame, title: str, labels: str = "en") -> Figure:
    """Small scatters of lists built to fit, one a correlation: ``wanted``, ``active_shops``, ``turnover_cny``."""
    with chart_style(labels):
        wanted = sorted(set(points["wanted"]))
        figure, panels = new_chart(10, 3.1, columns=max(len(wanted), 1), sharex=True, sharey=True)
        for axes, each in zip(panels, wanted, strict=False):
            shown = points[points["wanted"] == each]
            axes.scatter(shown["active_shops"].astype(float), shown["turnover_cny"].astype(float), s=4, color=GREY)
            axes.set(xscale="log", yscale="log")
            axes.set_title(f"r = {each:g}", loc="left", fontsize=10)
            _across(axes, say("CONSTRUCTED", labels))
            axes.tick_params(axis="x", which="both", labelsize=8)
        figure.supxlabel(say("Active shops (log scale)", labels), fontsize=10)
        panels[0].set(ylabel=say("Turnover, yuan (log scale)", labels))
        set_title(figure, say(title, labels))
    return figure


def admission_chart(rows: pd.DataFrame, title: str, labels: str = "en") -> Figure:
    """Correlation after admission against that before, a panel for each population, a line for each minimum."""
    with chart_style(labels):
        populations = list(dict.fromkeys(rows["population"]))
        figure, panels = new_chart(9, 4.2, columns=max(len(populations), 1), sharex=True, sharey=True)
        for axes, population in zip(panels, populations, strict=False):
            inside = rows[rows["population"] == population]
            for number, (share, line) in enumerate(inside.groupby("reaching_share", sort=False)):
                style = {"color": (BLUE, ORANGE, RED)[number % 3], "marker": MARKERS[number % 5], "markersize": 5}
                axes.plot(line["before"], line["after"], label=f"{100 * float(share):g}%", **style)
            axes.axline((0, 0), slope=1, color=DARK, linestyle="--", linewidth=1)
            axes.axhline(0, color=DARK, linewidth=0.5)
            axes.set(xlabel=say("Correlation before admission", labels))
            axes.set_title(say(population, labels), loc="left", fontsize=10)
        panels[0].set(ylabel=say("Correlation among the admitted", labels))
        if populations:
            panels[0].legend(title=say("Places that reach each minimum", labels), title_fontsize=9, loc="upper left")
        set_title(figure, say(title, labels))
    return figure


def simulated_chart(rows: pd.DataFrame, title: str, labels: str = "en") -> Figure:
    """Mean and middle 95% of SIMULATED estimates against the correlation put in, a panel for each sample.

    One panel a sample, so that nothing is moved sideways from the value put in and the diagonal means "equal".
    """
    with chart_style(labels):
        names = list(dict.fromkeys(rows["simulated_sample"]))
        figure, panels = new_chart(10, 3.4, columns=max(len(names), 1), sharex=True, sharey=True)
        for axes, name in zip(panels, names, strict=False):
            inside = rows[rows["simulated_sample"] == name]
            at = inside["simulated_input"].astype(float)
            axes.vlines(at, inside["simulated_low"], inside["simulated_high"], color=BLUE, linewidth=2)
            axes.scatter(at, inside["simulated_estimate"], color=BLUE, s=22, zorder=3)
            axes.axhline(0, color=DARK, linewidth=1)
            axes.axline((0, 0), slope=1, color=DARK, linestyle="--", linewidth=1)
            axes.set_xticks(sorted(set(rows["simulated_input"])))
            axes.set_title(f"{say(name, labels)}\nn = {inside['n'].iloc[0]}", loc="left", fontsize=10)
        for axes in panels:
            _across(axes, say("SIMULATED", labels))
        figure.supxlabel(say("Correlation put in (SIMULATED)", labels), fontsize=10)
        panels[0].set(ylabel=say("Pearson (logs), SIMULATED lists", labels))
        set_title(figure, say(title, labels))
    return figure


def _across(axes: Axes, word: str) -> None:
    """The word in grey across the axes, behind what is drawn."""
    width = axes.get_position().width
    size = 30 if width > 0.4 else 12
    axes.text(0.5, 0.5, word, transform=axes.transAxes, rotation=25, ha="center", va="center", fontsize=size,
              color=DARK, alpha=0.22, zorder=0)  # fmt: skip
