"""Charts draw what their table holds, whatever its length, without warnings and without touching settings."""

import itertools
import warnings
from collections.abc import Callable, Iterator

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from taobao_research.charts import (
    bars,
    bounds,
    change,
    concentration,
    lines,
    maps,
    multiverse,
    prediction,
    scatter,
    space,
)
from taobao_research.charts.placing import place_labels
from taobao_research.charts.style import BLUE, LEVEL_STYLES, ORANGE, VERDICT_COLOURS, chart_style, new_chart, to_png
from taobao_research.translating import package_texts

pytestmark = pytest.mark.slow
NAMES = {"en": ["Yiwu, Jinhua", "Cao, Heze", "Lin'an, Hangzhou"], "zh": ["金华市义乌市", "菏泽市曹县", "垟墘洺滘漖邠"]}


def whole(*values: object) -> pd.api.extensions.ExtensionArray:
    return pd.array(list(values), dtype="Int64")


def counts(n: int, labels: str) -> pd.DataFrame:
    return pd.DataFrame({"place": NAMES[labels], "villages": whole(37, 34, 3)}).head(n)


def ranked(n: int, labels: str) -> Figure:
    thresholds = {"cluster threshold": 10.0, "large cluster threshold": 30.0}
    return bars.ranked_bars(
        counts(n, labels), "Counties with the most villages", labels, lines=thresholds, highlight=30
    )


def before_and_now(n: int, labels: str) -> Figure:
    changes = counts(n, labels).assign(villages_before=whole(5, 0, 9)[:n])
    return bars.before_and_now(changes, "Villages by province, the year before and now", labels)


def verdicts(n: int, labels: str) -> Figure:
    table = {verdict: [3 + number, 0, 1] for number, verdict in enumerate(VERDICT_COLOURS)}
    return bars.verdict_bars(
        pd.DataFrame({"section": ["1.1", "2.1", "3.1"], **table}).head(n), "Verdicts by section", labels
    )


SERIES = pd.DataFrame(
    {
        "measure": ["Taobao villages"] * 3 + ["Taobao towns"] * 3,
        "year": whole(2018, 2019, 2020, 2018, 2019, 2020),
        "value": whole(3202, 4310, 5425, 363, 1118, 1756),
        "low": whole(3200, 4310, 5425, 363, 1118, 1756),
        "high": whole(3202, 4310, 5425, 363, 1119, 1756),
    }
)


def series(n: int, labels: str) -> Figure:
    rows = SERIES if n > 1 else SERIES.head(n)
    breaks = {"Taobao towns": [2019, 2020], "Taobao villages": [2020]}
    return lines.series_lines(rows, breaks, "Taobao villages and towns, published counts", labels, mark_year=2018)


def sweep(column: str, n: int) -> pd.DataFrame:
    return pd.DataFrame({"threshold": [3, 4, 5], column: [71, 50, 30]}).head(n)


def steps(n: int, labels: str) -> Figure:
    panels = [
        (sweep("towns", n), "towns", "Towns by threshold", "Villages that make a town", 3),
        (sweep("clusters", n), "clusters", "Clusters by threshold", "Villages that make a cluster", 4),
    ]
    return lines.threshold_steps(panels, labels)


EVENTS = pd.DataFrame(
    {"date": ["2014-11-19", "2015-01-20", "2015-08-28"], "visitor": ["Li Keqiang", "Wang Yang", "Li Yuanchao"]}
)


def timeline(n: int, labels: str) -> Figure:
    events = EVENTS.assign(place=NAMES[labels]).head(n)
    return lines.timeline(events, "Visits by leaders of the central government", labels)


POINTS = {"lon": [120.07, 115.54, 119.72], "lat": [29.31, 34.83, 30.23]}
BACKDROP = pd.DataFrame(
    {"lon": [100.0, 87.6, 113.2], "lat": [30.0, 43.8, 23.1], "province": ["Sichuan", "Xinjiang", "Guangdong"]}
)


def dots(n: int, labels: str) -> Figure:
    places = counts(3, labels).assign(**POINTS).head(n)
    return maps.dot_map(places, BACKDROP, "Taobao villages by county", labels, highlight=30)


CITED = {
    "level": ["village", "town", "county"],
    "active_shops": whole(100, 2_000, 30_000),
    "turnover_cny": whole(10**7, 5 * 10**8, 10**10),
}


def cited(n: int, labels: str) -> Figure:
    places = pd.DataFrame({"place": NAMES[labels], **CITED}).head(n)
    return scatter.log_scatter(places, "Shops and turnover of cited places", labels)


ESTIMATES = {"estimate": [0.9, 0.5, -0.2], "low": [0.8, np.nan, -0.6], "high": [0.95, np.nan, 0.3], "n": [19, 3, 8]}


def intervals(n: int, labels: str) -> Figure:
    rows = pd.DataFrame({"name": NAMES[labels], **ESTIMATES}).head(n)
    return scatter.interval_plot(rows, "Correlation of shops and turnover, cited places", "Correlation", labels)


def slopes(n: int, labels: str) -> Figure:
    table = counts(3, labels).rename(columns={"villages": "2016"}).assign(**{"2014": [0, 4, 3], "2015": [5, 4, 0]})
    return change.slope_chart(table.head(n), ["2014", "2015", "2016"], "Villages by province in each list", labels)


def states(n: int, labels: str) -> Figure:
    moves = [(was, now, 4 * (was == now)) for was in "012"[:n] for now in "012"[:n]]
    table = pd.DataFrame(moves, columns=["before", "now", "counties"])
    return change.state_matrix(table, "Counties by number of villages in two lists", labels)


def changed(n: int, labels: str) -> Figure:
    places = counts(3, labels).assign(**POINTS, state=["kept", "new", "lost"]).head(n)
    return change.change_map(places, BACKDROP, "Counties with villages in two lists", labels)


FUNNEL = {"selection": ["as stated", "villages only", "towns only"], "n": [19, 8, 3]} | {
    f"{name}{end}": [0.9 + shift, 0.5 + shift, np.nan]
    for name in ("pearson", "spearman", "elasticity")
    for end, shift in (("", 0.0), ("_low", -0.2), ("_high", 0.1))
}


def funnel(n: int, labels: str) -> Figure:
    title = "Correlation and elasticity of cited places by selection rule"
    return bounds.funnel_chart(pd.DataFrame(FUNNEL).head(n), title, labels)


def fitting(n: int, labels: str) -> Figure:
    points = pd.DataFrame(
        {"wanted": [-1.0, 0.0, 1.0], "active_shops": [100, 900, 250], "turnover_cny": [1e7, 1e9, 3e7]}
    )
    return bounds.fitting_chart(
        points.head(n), "CONSTRUCTED lists that meet the conditions checked, by correlation", labels
    )


def admitted(n: int, labels: str) -> Figure:
    kinds = ["one kind of places", "one kind of places", "two kinds, a tenth three times as spread"]
    rows = pd.DataFrame({"population": kinds, "reaching_share": [0.5, 0.1, 0.5]}).assign(before=0.6, after=0.2)
    return bounds.admission_chart(
        rows.head(n), "What a minimum of both does to a correlation, stated populations", labels
    )


def simulation(n: int, labels: str) -> Figure:
    rows = pd.DataFrame(
        {"simulated_sample": ["all villages", "drawn at random", "largest by both"], "n": [780, 19, 19]}
    )
    rows = rows.assign(simulated_input=0.6, simulated_estimate=0.5, simulated_low=0.1, simulated_high=0.7)
    title = "SIMULATED: correlation estimated in samples of lists, by correlation put in"
    return bounds.simulated_chart(rows.head(n), title, labels)


def curves(n: int, labels: str) -> Figure:
    units = pd.DataFrame({"unit": ["provinces", "cities", "towns"], "zeros": ["with villages", "all mainland", "any"]})
    points = units.head(n).merge(pd.DataFrame({"places_share": [0, 0.5, 1], "share": [0, 0.1, 1]}), how="cross")
    return concentration.lorenz_chart(points, "Lorenz curves of the villages over places", labels)


BY_YEAR = pd.DataFrame(
    [
        ("counties", "with villages", 2018, 0, 0.5),
        ("counties", "all mainland", 2018, 0, 0.97),
        ("counties", "with villages", 2019, 0, 0.6),
        ("counties", "with villages", 2020, 1, 0.7),
    ],
    columns=["unit", "zeros", "year", "era", "value"],
)


def by_year(n: int, labels: str) -> Figure:
    rows = BY_YEAR.assign(index="Gini", low=BY_YEAR["value"] - 0.1, high=BY_YEAR["value"] + 0.02)
    return concentration.years_chart(rows.head(n + (n == 3)), "Gini", "Concentration from list to list", labels)


def quotients(n: int, labels: str) -> Figure:
    rows = counts(3, labels).assign(quotient=[11.4, 1.0, 0.1], low=[10.3, 0.5, np.nan], high=[12.5, 1.6, np.nan])
    return concentration.quotient_chart(rows.head(n), "Location quotients of provinces", labels)


def hot_spots(n: int, labels: str) -> Figure:
    spots = counts(3, labels).assign(lon=[120.1, 115.5, 119.7], lat=[29.3, 34.8, 30.2], kind=list(space.KINDS)[:3])
    return space.hot_spot_map(spots.head(n), BACKDROP, "Counties called, by their neighbours", labels)


def densities(n: int, labels: str) -> Figure:
    grid = pd.DataFrame([[0.0, 2.0], [5.0, 40.0]], index=[22.0, 40.0], columns=[108.0, 123.0])
    widths = {37.5: grid, 75.0: grid / 3, 150.0: grid * 0}
    return space.density_maps(dict(list(widths.items())[:n]), BACKDROP, "Villages per area, smoothed", labels)


def ellipses(n: int, labels: str) -> Figure:
    middles = pd.DataFrame(
        {"year": [2014, 2015, 2016], "lon": [117.0, 118, 119], "lat": 29.0, "villages": [207, 775, 1299]}
    )
    outlines = pd.concat([middles.assign(lat=29.0 + each) for each in (-2, 2)])
    return space.ellipse_map(outlines, middles.head(n), BACKDROP, "The middle of the villages by list", labels)


def reaches(n: int, labels: str) -> Figure:
    areas = pd.DataFrame({"transform": ["presence", "presence", "villages"], "area": ["hull of all counties"] * 3})
    areas = areas.assign(edge=["none", "corrected", "none"], k_50=[9.0, 8.0, 20.0], k_100=[7.0, np.nan, 10.0])
    drawn = pd.DataFrame({"transform": ["presence"] * 2, "reach": [50, 100], "value": [3.0, 2.0]})
    return space.reach_chart(areas.head(n), drawn.head(n), "Pairs within a distance, by study area", labels)


def far_off(n: int, labels: str) -> Figure:
    rows = {"county_km": [12.0, 300, 1], "other_km": [30.0, 250, 9], "group": list(space.OUTCOMES)}
    return space.distance_chart(pd.DataFrame(rows).head(n), "Villages by distance to county points", labels)


NAMED = {"model": ["Poisson", "Poisson", "negative binomial"], "covariates": ["own villages", "", "own villages"]}


def scored(n: int, labels: str) -> Figure:
    rows = pd.DataFrame(NAMED).assign(score="log score", assumed=["growth as before", "total told", "total told"])
    rows = rows.assign(difference=[-0.1, 0.0, 0.4], low=[-0.2, -0.1, 0.1], high=[0.0, 0.1, 0.9])
    both = pd.concat([rows.head(n), rows.head(n).assign(score="ranked probability score")])
    return prediction.score_chart(both, "Scores less that of the best naive forecast", labels)


def calibrated(n: int, labels: str) -> Figure:
    rows = pd.DataFrame(NAMED).assign(predicted_share=[0.01, 0.3, 0.9], share=[0.0, 0.2, 1.0])
    rows = rows.assign(low_share=[0.0, 0.1, 0.8], high_share=[0.02, 0.3, 1.0])
    heights = pd.concat([pd.DataFrame(NAMED).assign(bin=end, height=2 * end) for end in (0.5, 1.0)])
    return prediction.calibration_chart(heights.head(n), rows.head(n), "Chances predicted, and what came", labels)


BOUNDS = (funnel, fitting, admitted, simulation)


def overview(n: int, labels: str) -> Figure | None:
    rows = pd.DataFrame(
        {
            "conclusion": ["Villages multiply fast", "Most villages lie in clusters", "Most villages lie in clusters"],
            "year": [2015, 2014, 2015],
            "upheld": [0, 0, 3],
            "upheld_bare": [1, 0, 0],
            "upheld_near": [0, 0, 1],
            "not_upheld_near": [0, 0, 3],
            "not_upheld_bare": [0, 1, 0],
            "not_upheld": [0, 7, 1],
        }
    )
    return multiverse.overview_chart(rows.head(n), "Specifications that uphold each conclusion", labels)


def specifications(n: int, labels: str) -> Figure | None:
    rows = pd.DataFrame({"conclusion": "Clustering becomes more prominent", "year": [2015, 2015, 2016], "zeros": ""})
    rows = rows.assign(region_scheme="", unit="", length=["as listed", "equal", "equal"], reading=0.0)
    rows = rows.assign(cluster_min_villages=whole(10, 8, 10), town_min_villages=whole(None, None, None))
    rows = rows.assign(value=[0.5, 0.1, -0.1], low=[0.4, -0.1, np.nan], high=[0.6, 0.2, np.nan])
    rows = rows.assign(upholds=pd.array([True, True, False]), near=pd.array([False, True, None], dtype="boolean"))
    return multiverse.specification_curve(rows.head(n), labels)


CHARTS = (
    slopes,
    states,
    changed,
    ranked,
    before_and_now,
    verdicts,
    series,
    steps,
    timeline,
    dots,
    cited,
    intervals,
    *BOUNDS,
    curves,
    by_year,
    quotients,
    hot_spots,
    densities,
    ellipses,
    reaches,
    far_off,
    scored,
    calibrated,
    overview,
    specifications,
)
chart = pytest.mark.parametrize("draw", CHARTS, ids=lambda each: each.__name__)


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    """A missing glyph or a squeezed layout is a warning; here it fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@chart
@pytest.mark.parametrize(("rows", "labels"), [(3, "en"), (3, "zh"), (1, "zh"), (0, "en")])
def test_a_chart_of_any_length_draws_without_warnings(draw: Callable, rows: int, labels: str) -> None:
    figure = draw(rows, labels)
    assert to_png(figure, labels).startswith(b"\x89PNG") if figure else rows == 0


@chart
def test_the_same_table_gives_the_same_bytes_under_any_settings_and_leaves_them_alone(draw: Callable) -> None:
    drawn = to_png(draw(3, "zh"), "zh")
    with mpl.rc_context({"font.family": ["monospace"], "axes.titlesize": 7, "legend.frameon": True}):
        before = dict(mpl.rcParams)
        assert to_png(draw(3, "zh"), "zh") == drawn
        assert dict(mpl.rcParams) == before


@chart
def test_words_of_a_chinese_chart_are_translated(draw: Callable) -> None:
    texts = {text.get_text() for text in draw(3, "zh").findobj(Text)}
    assert not texts & {english for english, chinese in package_texts().items() if english != chinese}


def test_bars_are_as_long_as_the_table_says() -> None:
    axes = ranked(3, "en").axes[0]
    bars_down = sorted(axes.patches, key=lambda bar: bar.get_y())
    assert [bar.get_width() for bar in bars_down] == [37, 34, 3]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == NAMES["en"]
    assert [text.get_text() for text in axes.texts] == ["37", "34", "3"]
    assert [mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in bars_down] == [ORANGE, ORANGE, BLUE]
    assert [line.get_xdata()[0] for line in axes.lines] == [10, 30]
    assert axes.yaxis_inverted()


def test_two_years_of_a_place_stand_on_one_row() -> None:
    before, now = (each.get_offsets() for each in before_and_now(3, "en").axes[0].collections[1:])
    assert before.tolist() == [[5, 0], [0, 1], [9, 2]]
    assert now.tolist() == [[37, 0], [34, 1], [3, 2]]


def test_verdicts_are_stacked_without_gaps() -> None:
    axes = verdicts(3, "en").axes[0]
    spans = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    assert [width for _, width in spans] == [width for n in range(5) for width in (3 + n, 0, 1)]
    for row in range(3):
        reached = [0.0, *itertools.accumulate(width for _, width in spans[row::3])]
        assert [left for left, _ in spans[row::3]] == reached[:-1]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["1.1", "2.1", "3.1"]
    assert axes.yaxis_inverted()


def test_a_line_is_cut_where_its_definition_changed() -> None:
    figure = series(3, "en")
    axes = figure.axes[0]
    drawn = [line.get_xydata().tolist() for line in axes.lines if len(line.get_xdata()) and line.get_marker() in "os"]
    assert drawn == [[[2018, 3202], [2019, 4310]], [[2020, 5425]], [[2018, 363]], [[2019, 1118]], [[2020, 1756]]]
    assert axes.get_yscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "Taobao villages", "Taobao towns", "this year", "definition of towns changed", "definition of villages changed"
    ]  # fmt: skip
    cuts: dict[str, list[int]] = {}
    for line in [each for each in axes.lines if each.get_marker() == "None"]:
        cuts.setdefault(line.get_color(), []).append(round(line.get_xdata()[0] + 0.5))
    assert cuts == {ORANGE: [2019, 2020], BLUE: [2020]}


def test_a_series_that_ends_before_the_change_is_drawn_too() -> None:
    early = SERIES[SERIES["year"] == 2018].assign(year=whole(2015, 2015))
    to_png(lines.series_lines(early, {"Taobao towns": [2019, 2020], "Taobao villages": [2020]}, "x"))


def test_thresholds_and_the_reports_own() -> None:
    towns, clusters = steps(3, "en").axes
    assert towns.lines[0].get_xydata().tolist() == [[3, 71], [4, 50], [5, 30]]
    assert [axes.lines[1].get_xdata()[0] for axes in (towns, clusters)] == [3, 4]
    assert [axes.texts[0].get_text() for axes in (towns, clusters)] == ["71", "50"]


def test_events_stand_at_their_dates() -> None:
    axes = timeline(3, "en").axes[0]
    dates = mpl.dates.num2date(mpl.dates.date2num(axes.lines[1].get_ydata()))
    assert [date.date().isoformat() for date in dates] == EVENTS["date"].to_list()
    said = [text.get_text().splitlines() for text in axes.texts]
    assert [date for date, _ in said] == EVENTS["date"].to_list()
    assert [words.split(", ")[0] for _, words in said] == EVENTS["visitor"].to_list()
    assert axes.yaxis_inverted()


def test_discs_have_areas_in_proportion_to_villages() -> None:
    for axes in dots(3, "en").axes[:2]:
        backdrop, discs = axes.collections[:2]
        assert backdrop.get_offsets().tolist() == BACKDROP[["lon", "lat"]].to_numpy().tolist()
        assert discs.get_offsets().tolist() == [list(each) for each in zip(*POINTS.values(), strict=True)]
        assert discs.get_sizes() / discs.get_sizes()[2] == pytest.approx([37 / 3, 34 / 3, 1])
        colours = [mpl.colors.to_hex(each).upper() for each in discs.get_facecolor()]
        assert colours == [ORANGE, ORANGE, BLUE]


def test_only_the_largest_counties_are_named() -> None:
    places = counts(3, "en").assign(**POINTS)
    figure = maps.dot_map(places, BACKDROP, "x", named=2)
    named = [text.get_text() for text in figure.axes[1].texts if text.get_text() in NAMES["en"]]
    assert sorted(named) == sorted(NAMES["en"][:2])


def test_provinces_are_named_amid_their_counties_once() -> None:
    country, coast, _ = dots(3, "en").axes
    assert sorted(text.get_text() for text in country.texts) == ["Sichuan", "Xinjiang"]
    assert [text.xy for text in coast.texts if text.get_text() == "Guangdong"] == [(113.2, 23.1)]


def test_points_are_shops_and_turnover() -> None:
    axes = cited(3, "en").axes[0]
    assert axes.collections[0].get_offsets().tolist() == [[100, 1e7], [2000, 5e8], [30_000, 1e10]]
    colours = [mpl.colors.to_hex(each).upper() for each in axes.collections[0].get_facecolor()]
    assert colours == [LEVEL_STYLES[level][0] for level in CITED["level"]]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    guide = next(line for line in axes.lines if line.get_linestyle() == "--").get_xydata()
    assert guide[1, 1] / guide[0, 1] == pytest.approx(guide[1, 0] / guide[0, 0])
    assert sorted(text.get_text() for text in axes.texts) == sorted(NAMES["en"])


def test_estimates_and_their_intervals() -> None:
    axes = intervals(3, "en").axes[0]
    spans, points = axes.collections
    assert points.get_offsets().tolist() == [[0.9, 0], [0.5, 1], [-0.2, 2]]
    drawn = [segment[:, 0].tolist() for segment in spans.get_segments() if len(segment)]
    assert [each for each in drawn if not np.isnan(each).any()] == [[0.8, 0.95], [-0.6, 0.3]]
    assert [tick.get_text() for tick in axes.get_yticklabels()][1] == "Cao, Heze (n = 3)"


@pytest.mark.parametrize("labels", ["en", "zh"])
def test_labels_cover_neither_each_other_nor_a_point(labels: str) -> None:
    grid = [(x, y) for x in (0.1, 0.3, 0.5, 0.7, 0.9) for y in (0.3, 0.7)]
    names = [f"{NAMES[labels][n % 3]} {n}" for n in range(10)]
    points = pd.DataFrame(grid, columns=["x", "y"]).assign(name=names)
    with chart_style(labels):
        figure, (axes,) = new_chart(5)
        axes.scatter(points["x"], points["y"])
        axes.set(xlim=(0, 1), ylim=(0, 1))
        figure.canvas.draw()
        place_labels(axes, points, "x", "y", "name")
        renderer = figure.canvas.get_renderer()
        boxes = [Text.get_window_extent(label, renderer) for label in axes.texts]
        frame = axes.get_window_extent(renderer)
    assert sorted(label.get_text() for label in axes.texts) == sorted(names)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    marks = axes.transData.transform(points[["x", "y"]].to_numpy())
    assert not any(box.contains(*mark) for box in boxes for mark in marks)
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
    assert all(frame.y0 <= box.y0 and box.y1 <= frame.y1 for box in boxes)


def test_a_label_moved_away_is_led_to_its_own_mark_past_the_others() -> None:
    points = pd.DataFrame({"x": [0.5], "y": [0.5], "name": ["in a crowd"]})
    around = [(0.5 + 0.08 * x, 0.5 + 0.08 * y, 12.0) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
    around = [mark for mark in around if mark[:2] != (0.5, 0.58)]  # one way out, upwards
    with chart_style():
        figure, (axes,) = new_chart(4)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        figure.canvas.draw()
        place_labels(axes, points, "x", "y", "name", others=around)
        (leader,) = axes.lines
        box = Text.get_window_extent(axes.texts[0])
    ends = axes.transData.transform(leader.get_xydata())
    assert axes.transData.inverted().transform(ends[0]) == pytest.approx([0.5, 0.5])
    assert box.padded(4).contains(*ends[1])
    pixel = figure.dpi / 72
    along = ends[0] + np.linspace(0, 1, 200)[:, None] * (ends[1] - ends[0])
    for x, y, radius in around:
        centre = axes.transData.transform((x, y))
        assert np.hypot(*(along - centre).T).min() >= radius * pixel


def test_every_label_of_crowded_points_is_written() -> None:
    points = pd.DataFrame({"x": [0.5] * 30, "y": [0.5] * 30, "name": [f"label {n}" for n in range(30)]})
    with chart_style():
        figure, (axes,) = new_chart(3)
        figure.canvas.draw()
        place_labels(axes, points, "x", "y", "name")
    assert {label.get_text() for label in axes.texts} == set(points["name"])


def test_a_place_without_villages_is_drawn_on_both_log_axes_and_marked_zero() -> None:
    table = pd.DataFrame({"place": ["A", "B"], "2014": whole(0, 3), "2015": whole(30, 1)})
    axes = change.slope_chart(table, ["2014", "2015"], "x").axes[0]
    drawn = {tuple(line.get_ydata()) for line in axes.lines}
    foot = dict(zip([label.get_text() for label in axes.get_yticklabels()], axes.get_yticks(), strict=True))["0"]
    assert (foot, 30) in drawn and (3, 1) in drawn and axes.get_ylim()[0] < foot < 1
    both = pd.DataFrame({"place": ["A"], "villages_before": whole(0), "villages": whole(30)})
    axes = bars.before_and_now(both, "x").axes[0]
    assert "0" in [label.get_text() for label in axes.get_xticklabels()] and axes.get_xlim()[0] < 0


@pytest.mark.parametrize("labels", ["en", "zh"])
@pytest.mark.parametrize("ends", [[1] * 34, [300, 299, 298, 1, 1, 1, 0, 0], list(range(30, 0, -1))])
def test_names_beside_slopes_do_not_cover_each_other(ends: list[int], labels: str) -> None:
    table = pd.DataFrame({"place": [f"{NAMES[labels][0]} {number}" for number in range(len(ends))], "2016": ends})
    figure = change.slope_chart(
        table.assign(**{"2015": 1}), ["2015", "2016"], "Villages by province in each list", labels
    )
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in figure.axes[0].texts]
    assert len(boxes) == len(ends)
    assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    assert all(figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1 for box in boxes)


def test_the_matrix_writes_each_number_of_counties() -> None:
    axes = states(3, "en").axes[0]
    assert [text.get_text() for text in axes.texts if text.get_text()] == ["·", "4", "4"]


def test_the_map_tells_states_by_shape_and_number() -> None:
    legend = changed(3, "en").axes[2].get_legend()
    assert [text.get_text().replace("\n", " ") for text in legend.get_texts()] == [
        "villages in both lists (1)", "villages in the later list only (1)", "villages in the earlier list only (1)",
        "all counties",
    ]  # fmt: skip


@pytest.mark.parametrize("draw", [each for each in CHARTS if each not in (steps, dots)])
def test_there_is_no_chart_of_nothing(draw: Callable) -> None:
    assert draw(0, "en") is None


def test_estimates_of_each_rule_stand_on_one_row() -> None:
    panels = funnel(3, "en").axes
    assert [axes.get_xlabel() for axes in panels] == ["Pearson (logs)", "Spearman", "Elasticity"]
    assert [tick.get_text() for tick in panels[0].get_yticklabels()][1] == "villages only (n = 8)"
    for axes in panels:
        assert axes.collections[1].get_offsets()[:2].tolist() == [[0.9, 0], [0.5, 1]]
        assert [line.get_xdata()[0] for line in axes.lines] == [0.9, 0]


@pytest.mark.parametrize(("labels", "word"), [("en", "CONSTRUCTED"), ("zh", "构造")])
def test_lists_built_to_fit_say_so_in_the_title_and_across_each_panel(labels: str, word: str) -> None:
    drawn = fitting(3, labels)
    assert word in drawn.get_suptitle() and len(drawn.axes) == 3
    for axes in drawn.axes:
        assert word in [text.get_text() for text in axes.findobj(Text)]


def test_each_unit_has_a_panel_of_lorenz_curves() -> None:
    panels = [axes for axes in curves(3, "en").axes if axes.get_visible()]
    assert [axes.get_title("left") for axes in panels] == [
        "Provinces", "Prefecture-level cities", "Towns and subdistricts"
    ]  # fmt: skip
    for axes in panels:
        assert axes.lines[0].get_xydata().tolist() == [[0, 0], [0.5, 0.1], [1, 1]]
        assert axes.lines[1].get_xydata().tolist() == [[0, 0], [1, 1]]


def test_an_index_is_cut_where_the_definition_changed_and_told_by_choice_of_zeros() -> None:
    drawn = by_year(3, "en")
    axes = drawn.axes[0]
    heights = [line.get_ydata().tolist() for line in axes.lines if len(line.get_ydata())]
    assert heights == [[0.5, 0.6], [0.7], [0.97]]
    assert len({line.get_marker() for line in axes.lines}) == len({line.get_color() for line in axes.lines}) == 2
    spans = [segment[:, 1].tolist() for each in axes.collections for segment in each.get_segments()]
    assert spans == [pytest.approx([value - 0.1, value + 0.02]) for value in (0.5, 0.6, 0.7, 0.97)]
    assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 0.99
    legend = drawn.legends[0]
    assert legend.get_title().get_text() == "Places counted"
    assert [text.get_text() for text in legend.get_texts()] == ["with villages", "all mainland"]


@pytest.mark.parametrize("labels", ["en", "zh"])
@pytest.mark.parametrize("draw", [curves, by_year])
def test_the_legend_of_zeros_covers_nothing(draw: Callable, labels: str) -> None:
    figure = draw(3, labels)
    figure.canvas.draw()
    box = figure.legends[0].get_window_extent()
    assert not any(box.overlaps(axes.get_tightbbox()) for axes in figure.axes if axes.get_visible())


def test_quotients_stand_beside_the_line_of_one() -> None:
    axes = quotients(3, "en").axes[0]
    assert axes.collections[1].get_offsets().tolist() == [[11.4, 0], [1.0, 1], [0.1, 2]]
    assert [line.get_xdata()[0] for line in axes.lines] == [1]
    assert axes.get_yticklabels()[0].get_text() == "Yiwu, Jinhua (37)"


def test_counties_called_are_told_by_mark_and_counted() -> None:
    figure = hot_spots(3, "en")
    _, east, beside = figure.axes
    names = [text.get_text().replace("\n", " ") for text in beside.get_legend().get_texts()]
    assert names == ["many among many (1)", "many among few (1)", "few among many (1)", "all counties"]
    drawn = [each.get_offsets().tolist() for each in east.collections[1:4]]
    assert drawn == [[[120.1, 29.3]], [[115.5, 34.8]], [[119.7, 30.2]]]
    assert {text.get_text() for text in east.texts} >= set(NAMES["en"])


def test_pairs_within_a_distance_by_study_area_and_edge() -> None:
    left, right = reaches(3, "en").axes
    assert left.lines[0].get_ydata().tolist() == [9, 7] and left.lines[0].get_linestyle() == "-"
    assert left.lines[1].get_linestyle() == "--" and left.lines[2].get_ydata().tolist() == [3, 2]
    assert right.lines[0].get_ydata().tolist() == [20, 10]


def test_each_list_has_its_ellipse_and_middle() -> None:
    axes = ellipses(3, "en").axes[0]
    middles = [line.get_xydata().tolist() for line in axes.lines if len(line.get_xdata()) == 1]
    assert middles == [[[117, 29]], [[118, 29]], [[119, 29]]]
    assert len({line.get_linestyle() for line in axes.lines if len(line.get_xdata()) == 2}) == 3


def test_villages_are_told_by_outcome_and_counted() -> None:
    figure = far_off(3, "en")
    axes = figure.axes[0]
    assert [each.get_offsets().tolist() for each in axes.collections] == [[[12, 30]], [[300, 250]], [[1, 9]]]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [*(f"{group} (1)" for group in space.OUTCOMES), "as far from one as the other"]
    assert axes.lines[0].get_xdata().tolist() == axes.lines[0].get_ydata().tolist()


def test_a_conclusion_has_its_specifications_by_list_and_by_what_they_say() -> None:
    earlier, later = overview(3, "en").axes
    assert [earlier.get_title("left"), later.get_title("left")] == ["2014", "2015"]
    assert [text.get_text() for text in earlier.texts] == ["0/8"]
    assert [text.get_text() for text in later.texts] == ["1/1", "4/8"]
    widths = [round(bar.get_width(), 3) for bar in later.patches if bar.get_y() > 0.5]
    assert widths == [0.375, 0.125, 0.375, 0.125]  # upheld, near, not upheld and near, not upheld
    faces = [bar.get_facecolor()[:3] for bar in earlier.patches]
    assert [face == (1, 1, 1) for face in faces] == [True, False]  # without an interval an outline alone


def test_a_curve_orders_values_and_marks_the_choices_below_them() -> None:
    curve, panel = specifications(3, "en").axes
    values = [float(line.get_ydata()[0]) for line in curve.lines if line.get_marker() in ("o", "s")]
    assert values == [-0.1, 0.1, 0.5]
    faces = [line.get_markerfacecolor() for line in curve.lines if line.get_marker() in ("o", "s")]
    assert faces == [ORANGE, "white", BLUE]  # the interval of the second holds the reading
    words = [label.get_text() for label in panel.get_yticklabels()]
    assert words == ["Year", "2015", "2016", "Cluster threshold", "8", "10", "Length of lists", "as listed", "equal"]
    marks = {words[int(row.get_offsets()[0][1])]: row.get_offsets()[:, 0].tolist() for row in panel.collections}
    assert marks == {"2015": [1, 2], "2016": [0], "8": [1], "10": [0, 2], "as listed": [2], "equal": [0, 1]}
