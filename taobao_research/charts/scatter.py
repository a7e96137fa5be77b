"""Two quantities of one place, and estimates with their intervals."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from taobao_research.charts.bars import row_names, rows_height
from taobao_research.charts.placing import marks_along, place_labels
from taobao_research.charts.style import (
    BLUE,
    DARK,
    LEVEL_STYLES,
    LINE_SPACING,
    chart_style,
    legend_below,
    new_chart,
    set_title,
)
from taobao_research.words import say


def log_scatter(places: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Active shops against turnover on log axes, one labelled point a place, shape and colour by level.

    ``places``: ``place``, ``level``, ``active_shops``, ``turnover_cny``. The dashed line has elasticity one
    (the same turnover per shop everywhere); it is a guide for the eye and no fit.
    """
    with chart_style(labels):
        if places.empty:
            return None
        figure, (axes,) = new_chart(6.2)
        present = [level for level in LEVEL_STYLES if level in set(places["level"])]
        shown = places.assign(
            x=places["active_shops"].astype(float),
            y=places["turnover_cny"].astype(float),
            level=places["level"].map(lambda level: say(level, labels)),
        )
        names = [say(level, labels) for level in present]
        sns.scatterplot(
            shown,
            x="x",
            y="y",
            hue="level",
            style="level",
            hue_order=names,
            style_order=names,
            s=60,
            ax=axes,
            palette=[LEVEL_STYLES[level][0] for level in present],
            markers=[LEVEL_STYLES[level][1] for level in present],
        )
        axes.set(xscale="log", yscale="log")
        ends = np.array([shown["x"].min() / 1.5, shown["x"].max() * 1.5])
        per_shop = float(np.exp(np.mean(np.log(shown["y"] / shown["x"]))))
        axes.plot(
            ends,
            per_shop * ends,
            color=DARK,
            linestyle="--",
            linewidth=1,
            label=say("elasticity 1 (equal turnover per shop)", labels),
        )
        axes.get_legend().remove()
        legend_below(figure, 2)
        set_title(figure, say(title, labels))
        axes.set(
            xlabel=say("Active shops (log scale)", labels),
            ylabel=say("Turnover, yuan (log scale)", labels),
        )
        figure.canvas.draw()
        guide = marks_along(axes, *zip(ends, per_shop * ends, strict=True))
        place_labels(axes, shown, "x", "y", "place", others=guide)
    return figure


def interval_plot(estimates: pd.DataFrame, title: str, axis: str, labels: str = "en") -> Figure | None:
    """Estimates with intervals, one row each: ``name``, ``estimate``, ``low``, ``high`` (may be missing), ``n``."""
    with chart_style(labels):
        if estimates.empty:
            return None
        names = [
            f"{_translated(name, labels)} (n = {n})" for name, n in zip(estimates["name"], estimates["n"], strict=True)
        ]
        names = row_names(names)
        figure, (axes,) = new_chart(1.3 + rows_height(names))
        positions = list(range(len(estimates)))
        axes.hlines(positions, estimates["low"], estimates["high"], color=BLUE, linewidth=2)
        axes.scatter(estimates["estimate"], positions, color=BLUE, zorder=3)
        axes.set_yticks(positions, names, linespacing=LINE_SPACING)
        axes.invert_yaxis()
        axes.axvline(0, color=DARK, linewidth=1)
        set_title(figure, say(title, labels))
        axes.set(xlabel=say(axis, labels))
        axes.tick_params(axis="y", length=0)
    return figure


def _translated(name: str, labels: str) -> str:
    """``level: measure``, each part in the run's language."""
    return ": ".join(say(part, labels) for part in name.split(": "))
