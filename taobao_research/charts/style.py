"""How every chart looks: fonts, colours, size. Charts are Figure objects; no global state is touched."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

FONT_FILE = Path(__file__).parent / "fonts" / "NotoSansSC-Subset.otf"
CHINESE_FONT = "Noto Sans CJK SC"
LATIN_FONT = "DejaVu Sans"

# Okabe and Ito's colours, told apart with any colour vision; every use adds a second sign (shape, label, order).
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#B8B8B8"
DARK = "#333333"
VERDICT_COLOURS = {
    "matches": BLUE,
    "arithmetic": "#56B4E9",
    "depends": ORANGE,
    "differs": RED,
    "no data": GREY,
}
LEVEL_STYLES = {"village": (BLUE, "o"), "town": (ORANGE, "s"), "county": (GREEN, "^")}
DOCTYPE = re.compile(r"<!DOCTYPE[^>]*>\s*")  # names a file on another machine
PICTURE_INSIDE = re.compile(r"(?<=;base64,)[^\"]*")  # broken into lines, which an address is not
RESOLUTION = 192  # dots per inch: two to each of the 96 pixels in which browsers measure


@contextmanager
def chart_style(labels: str = "en") -> Iterator[None]:
    """The settings under which a chart is drawn and saved."""
    _register_font()
    family = [CHINESE_FONT, LATIN_FONT] if labels == "zh" else [LATIN_FONT, CHINESE_FONT]
    with mpl.rc_context():
        sns.set_theme(
            style="ticks",
            rc={
                "font.family": family,
                "axes.unicode_minus": False,
                "axes.titlesize": 12,
                "axes.titleweight": "bold",
                "axes.titlelocation": "left",
                "axes.labelsize": 10,
                "xtick.labelsize": 9,
                "ytick.labelsize": 9,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "legend.frameon": False,
                "legend.fontsize": 9,
            },
        )
        yield


def new_chart(width: float, height: float, columns: int = 1, **options: object) -> tuple[Figure, list[Axes]]:
    """A figure of ``width`` by ``height`` inches and its axes, left to right."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # measures text, which the placing of labels needs
    axes = figure.subplots(1, columns, squeeze=False, **options)
    return figure, list(axes[0])


def set_title(figure: Figure, title: str) -> None:
    """The title over the whole figure: long row names would leave a title over the axes too little room."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")


def to_png(figure: Figure, labels: str = "en") -> bytes:
    """The picture as it is shown and stored: the same bytes for the same chart."""
    with chart_style(labels):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=RESOLUTION, metadata={"Software": None})
    return buffer.getvalue()


def to_svg(figure: Figure, labels: str = "en") -> str:
    """The picture as vectors, letters as outlines so that no font is needed: the same text for the same chart."""
    with chart_style(labels), mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "taobao-research"}):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Creator": None, "Date": None})
    drawing = DOCTYPE.sub("", buffer.getvalue())
    return PICTURE_INSIDE.sub(lambda found: "".join(found[0].split()), drawing)


@cache
def _register_font() -> None:
    font_manager.fontManager.addfont(FONT_FILE)
