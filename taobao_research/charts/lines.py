"""Years, thresholds and dates along an axis."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from taobao_research.charts.style import BLUE, DARK, ORANGE, chart_style, new_chart, set_title
from taobao_research.words import say

MEASURE_STYLES = [(BLUE, "o"), (ORANGE, "s")]
CHANGED = {
    "Taobao towns": "definition of towns changed",
    "Taobao villages": "definition of villages changed",
}
BREAK_HEIGHTS = (0.26, 0.16, 0.06)  # of the axes, so that words do not meet


def series_lines(
    series: pd.DataFrame,
    breaks: Mapping[str, Collection[int]],
    title: str,
    labels: str = "en",
    mark_year: int | None = None,
) -> Figure:
    """Published counts by year on a log axis, one line a measure, cut where a definition changed.

    ``series``: columns ``year``, ``measure`` (``Taobao villages`` or ``Taobao towns``), ``value``, ``low``,
    ``high`` (where sources disagree). ``breaks``: years in which each measure's definition changed.
    """
    with chart_style(labels):
        figure, (axes,) = new_chart(8, 4.6)
        styles = zip(series.groupby("measure", sort=False), MEASURE_STYLES, strict=False)
        for (measure, rows), (colour, marker) in styles:
            _cut_line(axes, rows, breaks.get(str(measure), ()), colour, marker, say(str(measure), labels))
        set_title(figure, say(title, labels))
        axes.set(xlabel=say("Year", labels), ylabel=say("Count (log scale)", labels))
        if len(series):
            first, last = int(series["year"].min()), int(series["year"].max())
            changes = sorted((year, measure) for measure, years in breaks.items() for year in years)
            for height, (year, measure) in zip(BREAK_HEIGHTS, changes, strict=False):
                if first < year <= last:
                    word = say(CHANGED[str(measure)], labels)
                    _mark_break(axes, year, height, f"{word} ({year})")
            if mark_year is not None and first <= mark_year <= last:
                axes.axvspan(mark_year - 0.25, mark_year + 0.25, color=BLUE, alpha=0.08)
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            axes.set_xticks(range(first, last + 1), [str(year) for year in range(first, last + 1)])
            axes.set_xlim(first - 0.5, last + 0.9)
            axes.legend(loc="upper left")
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
        fontsize=9,
        color=colour,
    )


def _mark_break(axes: Axes, year: int, height: float, words: str) -> None:
    axes.axvline(year - 0.5, color=DARK, linestyle=":", linewidth=1)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # where words cross another mark
    axes.text(year - 0.6, height, words, transform=axes.get_xaxis_transform(), fontsize=8, ha="right", bbox=box)


def threshold_steps(sweeps: Sequence[tuple[pd.DataFrame, str, str, str, int]], labels: str = "en") -> Figure:
    """Places by threshold, one panel a sweep: (table, column counted, title, axis words, the report's threshold)."""
    with chart_style(labels):
        figure, panels = new_chart(4.6 * len(sweeps), 3.8, len(sweeps))
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
                        fontsize=10,
                        fontweight="bold",
                    )
            axes.set_title(say(title, labels))
            axes.set(xlabel=say(words, labels), ylabel=say(column.capitalize(), labels))
            axes.set_ylim(bottom=0)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.legend(loc="upper right")
    return figure


def timeline(events: pd.DataFrame, title: str, labels: str = "en") -> Figure:
    """Dated events on a line, labelled above and below in turn; columns ``date``, ``visitor``, ``place``."""
    with chart_style(labels):
        figure, (axes,) = new_chart(9, 3.4)
        dates = [dt.date.fromisoformat(each) for each in events["date"]]
        axes.axhline(0, color=DARK, linewidth=1)
        for number, (date, event) in enumerate(zip(dates, events.itertuples(), strict=True)):
            height = (1, -1)[number % 2] * (1, 1, 1.9, 1.9)[number % 4]
            axes.vlines(date, 0, height, color=BLUE, linewidth=1)
            axes.plot([date], [0], marker="o", color=BLUE)
            axes.text(
                date,
                height * 1.08,
                f"{date.isoformat()}\n{event.visitor}\n{event.place}",
                ha="center",
                va="bottom" if height > 0 else "top",
                fontsize=9,
            )
        axes.set_ylim(-3.4, 3.4)
        if dates:
            margin = dt.timedelta(days=45)
            axes.set_xlim(min(dates) - margin, max(dates) + margin)
        axes.xaxis.set_major_locator(mdates.MonthLocator(interval=2))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        set_title(figure, say(title, labels))
    return figure
