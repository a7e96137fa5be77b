"""How well the next list was predicted: differences from the best naive forecast, and calibration."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

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

ROW_CHARACTERS = 20  # of a line of a row's name
PANEL_CHARACTERS = 22  # of a line over a panel
SIGNS = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (RED, "^", ":"))
APART = 0.3  # of a row, between two marks of it
LEAST_SHARE = 0.003  # where the axis of shares begins


def score_chart(differences: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Each model's score less that of the best naive forecast, with its interval: a panel for each of two scores.

    ``differences``: ``score``, ``assumed``, ``model``, ``covariates``, ``difference``, ``low``, ``high``; the panels
    are the first two scores.
    """
    with chart_style(labels):
        if differences.empty:
            return None
        scores = list(dict.fromkeys(differences["score"]))[:2]
        models = list(dict.fromkeys(zip(differences["model"], differences["covariates"], strict=True)))
        scales = list(dict.fromkeys(differences["assumed"]))
        figure, panels = new_chart(1.6 + 0.75 * len(models), len(scores), sharey=True)
        for axes, score in zip(panels, scores, strict=True):
            axes.axvline(0, color=GREY, linewidth=1)
            for at, scale in enumerate(scales):
                own = differences[(differences["score"] == score) & (differences["assumed"] == scale)]
                colour, mark, _ = SIGNS[at]
                shift = (at - (len(scales) - 1) / 2) * APART
                rows = [models.index(each) + shift for each in zip(own["model"], own["covariates"], strict=True)]
                axes.hlines(rows, own["low"], own["high"], color=colour, linewidth=2)
                name = say(scale, labels) if axes is panels[0] else None
                axes.scatter(own["difference"], rows, color=colour, marker=mark, s=36, zorder=3, label=name)
            axes.xaxis.set_major_locator(MaxNLocator(3))
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.set(xlabel=say("Below 0: better", labels))
            heading = folded(say(score, labels), PANEL_CHARACTERS)
            axes.set_title(heading, loc="left", fontsize=SMALL, linespacing=LINE_SPACING)
        names = [
            say("{model}: {covariates}", labels, model=say(a, labels), covariates=say(b, labels)) for a, b in models
        ]
        names = [folded(each, ROW_CHARACTERS) for each in names]
        panels[0].set_yticks(range(len(models)), names, linespacing=LINE_SPACING)
        panels[0].set_ylim(len(models) - 0.5, -0.5)
        legend_below(figure, 2)
        set_title(figure, say(title, labels))
    return figure


def calibration_chart(
    transforms: pd.DataFrame, reliability: pd.DataFrame, title: str, labels: str = "en"
) -> Figure | None:
    """The PIT histogram beside the reliability of presence, for the same forecasts; shares on logarithmic axes.

    ``transforms``: ``model``, ``covariates``, ``bin``, ``height``; ``reliability``: the same two, ``predicted_share``,
    ``share``, ``low_share``, ``high_share``. A share of zero is drawn as its interval alone.
    """
    with chart_style(labels):
        if reliability.empty or transforms.empty:
            return None
        figure, (left, right) = new_chart(5.6, 2)
        models = list(dict.fromkeys(zip(reliability["model"], reliability["covariates"], strict=True)))
        for (model, covariates), (colour, mark, dashes) in zip(models, SIGNS, strict=False):
            heights = transforms[(transforms["model"] == model) & (transforms["covariates"] == covariates)]
            edges = [0.0, *heights["bin"]]
            left.stairs(heights["height"], edges, color=colour, linestyle=dashes, linewidth=2, baseline=None)
            own = reliability[(reliability["model"] == model) & (reliability["covariates"] == covariates)]
            right.vlines(own["predicted_share"], own["low_share"].clip(LEAST_SHARE), own["high_share"], color=colour)
            seen = own[own["share"] >= LEAST_SHARE]
            name = _named(model, covariates, labels)
            right.plot(seen["predicted_share"], seen["share"], color=colour, marker=mark, linestyle=dashes, label=name)
        left.axhline(1, color=GREY, linewidth=1)
        left.set_ylim(bottom=0)
        left.set(
            xlim=(0, 1), xlabel=say("Chance of the count or less", labels), ylabel=say("Density (even = 1)", labels)
        )
        left.xaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
        left.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        right.plot([LEAST_SHARE, 1], [LEAST_SHARE, 1], color=GREY, linewidth=1)
        right.set(xscale="log", yscale="log", xlim=(LEAST_SHARE, 1.2), ylim=(LEAST_SHARE, 1.2))
        for axis in (right.xaxis, right.yaxis):
            axis.set_major_locator(FixedLocator([0.01, 0.1, 1]))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(lambda value, _: f"{value:.0%}")
        right.set(xlabel=say("Chance of a village predicted", labels), ylabel=say("Counties with villages", labels))
        panels = {
            left: "PIT, counties with villages before",
            right: "Presence, all counties (log scales)",
        }
        for axes, heading in panels.items():
            words = folded(say(heading, labels), PANEL_CHARACTERS)
            axes.set_title(words, loc="left", fontsize=SMALL, linespacing=LINE_SPACING, color=DARK)
        legend_below(figure, 1)
        set_title(figure, say(title, labels))
    return figure


def _named(model: str, covariates: str, labels: str) -> str:
    if not covariates:
        return say(model, labels)
    return say("{model}: {covariates}", labels, model=say(model, labels), covariates=say(covariates, labels))
