"""Years, thresholds and dates along an axis."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from taobao_research.charts.placing import spread
from taobao_research.charts.style import (
    BLUE,
    DARK,
    GREY,
    LINE_SPACING,
    ORANGE,
    SMALL,
    chart_style,
    legend_below,
    new_chart,
    set_title,
)
from taobao_research.words import say

MEASURE_STYLES = [(BLUE, "o"), (ORANGE, "s")]
CHANGED = {
    "Taobao towns": "definition of towns changed",
    "Taobao villages": "definition of villages changed",
}
BREAK_STYLES = {"Taobao villages": (BLUE, "--", -0.54), "Taobao towns": (ORANGE, ":", -0.46)}  # both years' lines seen
YEARS_NAMED = 9  # of more years on the axis, every other is named
MONTHS_NAMED = 8  # at most
EVENT_STEP = 0.6  # inches between two events in words
EVENT_WORDS = 0.06  # of the axes: how far from the dates the words begin


def series_lines(
    series: pd.DataFrame,
    breaks: Mapping[str, Collection[int]],
    title: str,
    labels: str = "en",
    mark_year: int | None = None,
) -> Figure | None:
    """Published counts by year on a log axis, one line a measure, cut where a definition changed.

    ``series``: columns ``year``, ``measure`` (``Taobao villages`` or ``Taobao towns``), ``value``, ``low``,
    ``high`` (where sources disagree). ``breaks``: years in which each measure's definition changed.
    """
    with chart_style(labels):
        if series.empty:
            return None
        figure, (axes,) = new_chart(5.0)
        styles = zip(series.groupby("measure", sort=False), MEASURE_STYLES, strict=False)
        for (measure, rows), (colour, marker) in styles:
            _cut_line(axes, rows, breaks.get(str(measure), ()), colour, marker, say(str(measure), labels))
        set_title(figure, say(title, labels))
        axes.set(xlabel=say("Year", labels), ylabel=say("Count (log scale)", labels))
        first, last = int(series["year"].min()), int(series["year"].max())
        if mark_year is not None and first <= mark_year <= last:
            inside = say("this year", labels)
            axes.axvspan(mark_year - 0.25, mark_year + 0.25, color=BLUE, alpha=0.08, linewidth=0, label=inside)
        for measure, years in breaks.items():
            shown = [year for year in sorted(years) if first < year <= last]
            _mark_breaks(axes, str(measure), shown, say(CHANGED[str(measure)], labels))
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        every = range(last, first - 1, -1 if last - first < YEARS_NAMED else -2)
        axes.set_xticks(every, [str(year) for year in every])
        axes.set_xlim(first - 0.5, last + 1.4)
        legend_below(figure, 2)
    return figure


def _cut_line(axes: Axes, rows: pd.DataFrame, cuts: Collection[int], colour: str, marker: str, name: str) -> None:
    """A measure's line, in parts where its definition changed, with its last value."""
    passed = [sum(cut <= year for cut in cuts) for year in rows["year"]]
    for number, (_, part) in enumerate(rows.groupby(passed)):
        label = name if number == 0 else None
        axes.plot(part["year"], part["value"], color=colour, marker=marker, markersize=5, label=label)
    axes.vlines(rows["year"], rows["low"], rows["high"], color=colour, linewidth=3, alpha=0.4)
    last = rows.iloc[-1]
    axes.annotate(
        f"{last['value']:,.0f}",
        (last["year"], last["value"]),
        (6, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=colour,
    )


def _mark_breaks(axes: Axes, measure: str, years: list[int], words: str) -> None:
    colour, style, shift = BREAK_STYLES[measure]
    for number, year in enumerate(years):
        label = words if number == 0 else None
        axes.axvline(year + shift, color=colour, linestyle=style, linewidth=1.6, label=label, zorder=1)


def threshold_steps(sweeps: Sequence[tuple[pd.DataFrame, str, str, str, int]], labels: str = "en") -> Figure:
    """Places by threshold, one panel a sweep: (table, column counted, title, axis words, the report's threshold)."""
    with chart_style(labels):
        figure, panels = new_chart(3.8, len(sweeps))
        for axes, (table, column, title, words, threshold) in zip(panels, sweeps, strict=True):
            axes.plot(table["threshold"], table[column], marker="o", markersize=4, color=BLUE)
            axes.axvline(
                threshold,
                color=DARK,
                linestyle="--",
                linewidth=1,
                label=say("the report's threshold", labels),
            )
            for row in table.itertuples():
                if row.threshold == threshold:
                    axes.annotate(
                        f"{getattr(row, column):,}",
                        (threshold, getattr(row, column)),
                        (6, 6),
                        textcoords="offset points",
                        fontsize=SMALL,
                        fontweight="bold",
                    )
            axes.set_title(say(title, labels))
            axes.set(xlabel=say(words, labels), ylabel=say(column.capitalize(), labels))
            axes.set_ylim(bottom=0)
            axes.xaxis.get_major_locator().set_params(integer=True)
        drawn, words = panels[0].get_legend_handles_labels()
        legend_below(figure, 1, handles=drawn, labels=words)
    return figure


def timeline(events: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Dated events down a line, each in words beside its date; columns ``date``, ``visitor``, ``place``."""
    with chart_style(labels):
        if events.empty:
            return None
        figure, (axes,) = new_chart(max(3.4, 1.2 + 1.1 * EVENT_STEP * len(events)))
        set_title(figure, say(title, labels))
        rows = events.sort_values("date", kind="stable")
        dates = [dt.date.fromisoformat(each) for each in rows["date"]]
        axes.axvline(0, color=DARK, linewidth=1)
        axes.plot([0] * len(dates), dates, marker="o", color=BLUE, linestyle="none")
        axes.set_xlim(-0.03, 1)
        margin = dt.timedelta(days=30)
        axes.set_ylim(max(dates) + margin, min(dates) - margin)  # time runs downwards
        months = (max(dates) - min(dates)).days // 30 + 2
        axes.yaxis.set_major_locator(mdates.MonthLocator(interval=-(-months // MONTHS_NAMED)))
        axes.yaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
        axes.xaxis.set_visible(False)
        axes.spines[["left", "bottom"]].set_visible(False)
        _name_events(axes, rows, mdates.date2num(dates))
    return figure


def _name_events(axes: Axes, events: pd.DataFrame, dates: Sequence[float]) -> None:
    step = EVENT_STEP / (axes.figure.get_figheight() - 1)  # as a fraction of the axes, which the title shortens
    heights = axes.transLimits.transform([(0, date) for date in dates])[:, 1].tolist()
    for event, end, height in zip(events.itertuples(), heights, spread(heights, step), strict=True):
        axes.annotate(
            f"{event.date}\n{event.visitor}, {event.place}",
            (0, end),
            (EVENT_WORDS, height),
            xycoords=("data", "axes fraction"),
            textcoords="axes fraction",
            va="center",
            fontsize=SMALL,
            linespacing=LINE_SPACING,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 1, "relpos": (0, 0.5), "shrinkA": 1},
        )
