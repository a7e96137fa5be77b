"""Lists of several years side by side: slopes, a matrix of states, a map of what came and went."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from taobao_research.charts.maps import map_legend, map_panels, name_provinces
from taobao_research.charts.placing import Mark, spread
from taobao_research.charts.style import BLUE, DARK, GREY, RED, SMALL, chart_style, new_chart, set_title
from taobao_research.words import say

NAMED_STEP = 0.21  # inches: least distance between two names beside their lines
HIGHLIGHTED = 5
STATE_STYLES = {"kept": (GREY, "o", DARK), "new": (BLUE, "^", BLUE), "lost": (RED, "X", RED)}

STATE_WORDS = {
    "kept": "villages in both lists",
    "new": "villages in the later list only",
    "lost": "villages in the earlier list only",
}


def slope_chart(counts: pd.DataFrame, years: list[str], title: str, labels: str = "en") -> Figure | None:
    """One line a place over the years, on a log axis, named at its right end.

    ``counts``: ``place`` and one column of villages for each of ``years``. A year without villages is drawn
    at the foot. The places with the most villages in the last year are blue.
    """
    with chart_style(labels):
        if counts.empty or len(years) < 2:
            return None
        figure, (axes,) = new_chart(max(6.4, 1.2 + 1.1 * NAMED_STEP * len(counts)))
        set_title(figure, say(title, labels))
        positions = range(len(years))
        rows = counts.sort_values(years[-1], ascending=False, kind="stable")
        for rank, row in enumerate(rows.to_dict("records")):
            values = [max(float(row[year]), 0.5) for year in years]
            colour = BLUE if rank < HIGHLIGHTED else DARK
            axes.plot(positions, values, color=colour, marker="o", markersize=4, linewidth=1.4, alpha=0.85)
        axes.set_yscale("log")
        top = float(counts[years].to_numpy().max())
        axes.set_ylim(0.4, top * 1.5)
        ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000) if tick <= top * 1.5]
        axes.set_yticks([0.5, *ticks], ["0", *map(str, ticks)])
        axes.minorticks_off()
        _name_ends(axes, rows, years[-1])
        axes.set_xticks(list(positions), years)
        axes.set_xlim(-0.1, len(years) - 0.9)
        axes.set_ylabel(say("Villages (log scale)", labels))
    return figure


def _name_ends(axes: Axes, rows: pd.DataFrame, year: str) -> None:
    """Names to the right of the axes, each as near to its line's end as the others leave room."""
    step = NAMED_STEP / (axes.figure.get_figheight() - 1)  # as a fraction of the axes, which the title shortens
    ends = axes.transLimits.transform([(0, each) for each in _logs(axes, rows[year])])[:, 1]
    heights = spread(list(ends), step)
    for (_, row), end, height in zip(rows.iterrows(), ends, heights, strict=True):
        axes.annotate(
            f"{row['place']}  {row[year]:,.0f}",
            (1, end),
            (1.06, height),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=SMALL,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "relpos": (0, 0.5), "shrinkA": 0},
        )


def _logs(axes: Axes, values: pd.Series) -> list[float]:
    transform = axes.yaxis.get_transform()
    return [float(transform.transform(max(float(each), 0.5))) for each in values]


def state_matrix(moves: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """How many counties moved from which state (rows) to which (columns), a square for each pair.

    ``moves``: ``before``, ``now`` (names of states, in order) and ``counties``.
    """
    with chart_style(labels):
        if moves.empty:
            return None
        figure, (axes,) = new_chart(5.0)
        set_title(figure, say(title, labels))
        states = list(dict.fromkeys(moves["now"]))
        table = moves.pivot(index="before", columns="now", values="counties").reindex(index=states, columns=states)
        values = table.to_numpy(float)
        most = max(values.max(), 1) * 1.6
        axes.imshow(values**0.5, cmap="Blues", vmin=0, vmax=most**0.5)
        for row in range(len(states)):
            for column in range(len(states)):
                count = values[row, column]
                word = "·" if row == column == 0 else f"{count:.0f}" if count else ""
                weight = "bold" if row == column else "normal"
                colour = "white" if count > most / 3 else DARK
                axes.text(column, row, word, color=colour, fontsize=11, fontweight=weight, ha="center", va="center")
        axes.set_xticks(range(len(states)), states)
        axes.set_yticks(range(len(states)), states)
        axes.tick_params(length=0)
        axes.set_xlabel(say("Villages of a county in the later list", labels))
        axes.set_ylabel(say("Villages of a county in the earlier list", labels))
        for spine in axes.spines.values():
            spine.set_visible(False)
    return figure


def change_map(places: pd.DataFrame, backdrop: pd.DataFrame, title: str, labels: str = "en") -> Figure | None:
    """Counties whose villages are kept, new or lost between two lists: the country, and the east coast enlarged.

    ``places``: ``lon``, ``lat``, ``state`` (``kept``, ``new``, ``lost``); ``backdrop``: see ``maps.dot_map``.
    """
    with chart_style(labels):
        if places.empty:
            return None
        figure, country, coast = map_panels(backdrop, title, labels)
        for axes, size in ((country, 12), (coast, 30)):
            for state, (colour, marker, edge) in STATE_STYLES.items():
                rows = places[places["state"] == state]
                axes.scatter(
                    rows["lon"],
                    rows["lat"],
                    s=size,
                    color="white" if state == "kept" else colour,
                    edgecolors=edge,
                    marker=marker,
                    linewidths=0.8,
                    label=f"{say(STATE_WORDS[state], labels)} ({len(rows)})",
                )
        map_legend(figure, country, labels)
        figure.canvas.draw()
        name_provinces(country, backdrop, _marks(places, 12), enlarged=False)
        name_provinces(coast, backdrop, _marks(places, 30), enlarged=True)
    return figure


def _marks(places: pd.DataFrame, area: float) -> list[Mark]:
    return [(lon, lat, area**0.5 / 2) for lon, lat in zip(places["lon"], places["lat"], strict=True)]
