"""How every chart looks: fonts, colours, size. Charts are Figure objects; no global state is touched."""

import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
BOLD = 700

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
WIDTH = 6.0  # inches, of every chart: on a phone, 320 pixels wide, letters of ``SMALL`` are 7 pixels high
SMALL = 10  # points: the smallest letters
TITLE_CHARACTERS = 52  # of a line of the title
LINE_SPACING = 1.35  # of words on several lines, so that Chinese characters do not touch
PHRASE = re.compile(r"[^\s，。；：、）]*(?:[，。；：、）]+[:;,.]*\s*|\s+)|.[^\s，。；：、）]*")
LETTERS = re.compile(r"[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+")


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
                "axes.labelsize": SMALL,
                "xtick.labelsize": SMALL,
                "ytick.labelsize": SMALL,
                "legend.fontsize": SMALL,
                "legend.title_fontsize": SMALL,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "legend.frameon": False,
            },
        )
        yield


def new_chart(height: float, columns: int = 1, rows: int = 1, **options: object) -> tuple[Figure, list[Axes]]:
    """A figure as wide as every chart, ``height`` inches high, and its axes, left to right and down."""
    figure = new_figure(height)
    return figure, list(figure.subplots(rows, columns, squeeze=False, **options).flat)


def new_figure(height: float) -> Figure:
    """The same without axes."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)  # measures text, which the placing of labels needs
    return figure


def set_title(figure: Figure, title: str) -> None:
    """The title over the whole figure: long row names would leave a title over the axes too little room."""
    title = folded(title, TITLE_CHARACTERS)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", linespacing=LINE_SPACING)


def legend_below(figure: Figure, columns: int, **options: object) -> None:
    """One legend for the whole figure under the axes, where it covers nothing that is drawn."""
    figure.legend(loc="outside lower center", ncols=columns, **options)


def folded(words: str, most: int) -> str:
    """The words in as few lines of at most ``most`` characters as they need, about equally long.

    A Chinese character counts two; Chinese is broken after punctuation, elsewhere only where it must be.

    >>> print(folded("villages in both lists and more", 16))
    villages in both
    lists and more
    >>> folded("加广东名单，不计浙江，另加两县", 24)
    '加广东名单，\\n不计浙江，另加两县'
    >>> folded("中国淘宝村研究报告", 10)
    '中国淘宝村\\n研究报告'
    """
    parts = [part for phrase in PHRASE.findall(words) for part in _parts(phrase, most)]
    fewest = len(_lines(parts, most))
    while most > 1 and len(_lines(parts, most - 1)) == fewest:
        most -= 1
    return "\n".join(_lines(parts, most))


def _parts(phrase: str, most: int) -> list[str]:
    return [phrase] if _width(phrase.rstrip()) <= most else LETTERS.findall(phrase)


def _lines(parts: list[str], most: int) -> list[str]:
    lines = [""]
    for part in parts:
        if lines[-1] and _width(lines[-1] + part.rstrip()) > most:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WFA" and ord(each) > 255 else 1 for each in words)


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
    """Make the font known, as bold too: it has one weight, and without a bold one matplotlib warns in a section."""
    font_manager.fontManager.addfont(FONT_FILE)
    entry = font_manager.fontManager.ttflist[-1]
    font_manager.fontManager.ttflist.append(replace(entry, weight=BOLD))
