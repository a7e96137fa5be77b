"""Labels beside points, moved until none covers another label, a mark or a line; and names beside line ends."""

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from taobao_research.charts.style import SMALL

DISTANCES = (4, 8, 14, 20, 28, 38, 50, 64, 80, 100, 125)  # points between the mark and its label
DIRECTIONS = tuple((math.cos(math.radians(turn)), math.sin(math.radians(turn))) for turn in (
    0, 180, 30, 150, 330, 210, 60, 120, 300, 240, 90, 270, 15, 165, 345, 195))  # fmt: skip
NEAR = 40  # points: up to here a line that crosses marks is better than a place farther off
LED = 8  # points: from here on a thin line leads from the label to its mark
LEADER = {"color": "#555555", "linewidth": 0.7}
HALO = [patheffects.withStroke(linewidth=2, foreground="white")]
APART = 3  # pixels at least between two labels
NEARBY = (0, 8, 16, 26)  # points from where a name of an area would stand best
EASTWARD = (40, 55, 70, 85)  # where areas along an east coast have the sea
BACKGROUND_INK = "#6B6B6B"
ALONG = 60  # marks that stand for a line
ALIGNED = {"left": 0.0, "center": 0.5, "right": 1.0, "bottom": 0.0, "top": 1.0}  # where words lie to their point
Mark = tuple[float, float, float]  # x and y in the data's units, radius in points


class Place(NamedTuple):
    """Where words may stand: shift from the point in points, alignment, box and leading line in pixels."""

    distance: float
    shift: tuple[float, float]
    ha: str
    va: str
    box: Bbox
    leader: Path | None


def place_labels(
    axes: Axes, points: pd.DataFrame, x: str, y: str, name: str, radii: list[float] | None = None,
    others: Iterable[Mark] = (), written: Iterable[Bbox] = (),
) -> None:  # fmt: skip
    """Write ``name`` beside each point, as near as it covers no label, no mark, no leading line and no edge.

    ``radii`` are those of the points' marks, in points; ``others`` are marks without a name, ``written`` the
    boxes of words that stand already. The figure must have been drawn once, so that its layout is settled.
    Where no place is free, the last one tried is taken.
    """
    renderer = axes.figure.canvas.get_renderer()
    pixel = axes.figure.dpi / 72
    frame = axes.get_window_extent(renderer)
    sizes = radii or [4.0] * len(points)
    own = zip(points[x].astype(float), points[y].astype(float), sizes, strict=True)
    marks = _on_screen(axes, [*own, *others], pixel)
    taken = list(written)
    leaders: list[Path] = []
    rows = points.to_dict("records")
    for position in sorted(range(len(rows)), key=lambda each: -len(str(rows[each][name]))):  # the longest is hardest
        row, here = rows[position], marks[position, :2]
        label = axes.annotate(row[name], (row[x], row[y]), (0, 0), textcoords="offset points", fontsize=SMALL,
                              path_effects=HALO)  # fmt: skip
        label.set_in_layout(False)  # a label must not move the axes it was placed in
        apart = marks[np.hypot(*(marks[:, :2] - here).T) > marks[:, 2]]  # which a line to this point need not cross
        places = _places_around(here, sizes[position], _text_box(label, renderer), pixel)
        free = [each for each in places if _holds(frame, each.box) and not _covers(each.box, marks)]
        free = [each for each in free if not any(map(each.box.overlaps, taken))]
        free = [each for each in free if not any(line.intersects_bbox(each.box, filled=False) for line in leaders)]
        chosen = _first_free(free, taken, leaders, apart) or places[-1]
        label.set(position=chosen.shift, ha=chosen.ha, va=chosen.va)
        if chosen.leader is not None:
            axes.add_line(Line2D(*axes.transData.inverted().transform(chosen.leader.vertices).T, **LEADER))
            leaders.append(chosen.leader)
        taken.append(chosen.box)


def write_amid(
    axes: Axes, points: pd.DataFrame, x: str, y: str, name: str, marks: Iterable[Mark],
    reach: float, written: Iterable[Bbox] = (),
) -> list[Bbox]:  # fmt: skip
    """Write ``name`` in grey at each point or close by, and leave out what no place is free for.

    ``reach`` is how far off in points it may stand; ``written`` are boxes of words that stand already.
    Returns them with the boxes of what was written, in pixels.
    """
    renderer = axes.figure.canvas.get_renderer()
    frame, pixel = axes.get_window_extent(renderer), axes.figure.dpi / 72
    circles = _on_screen(axes, list(marks), pixel)
    boxes = list(written)
    tries = [*itertools.product(NEARBY, DIRECTIONS), *((each, (1.0, 0.0)) for each in EASTWARD)]
    tries = [(distance, direction) for distance, direction in tries if distance <= reach]
    for row in points.to_dict("records"):
        for distance, (right, up) in tries:
            words = axes.annotate(
                row[name], (row[x], row[y]), (right * distance, up * distance), textcoords="offset points",
                ha="center", va="center", fontsize=SMALL, color=BACKGROUND_INK, style="italic", path_effects=HALO,
            )  # fmt: skip
            words.set_in_layout(False)
            box = _text_box(words, renderer).padded(1)
            if _holds(frame, box) and not any(map(box.overlaps, boxes)) and not _covers(box, circles):
                boxes.append(box)
                break
            words.remove()
    return boxes


def marks_along(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> list[Mark]:
    """Small marks along a straight line, which keep labels off it."""
    ends = axes.transData.transform([start, end])
    steps = np.linspace(ends[0], ends[1], ALONG)
    return [(float(x), float(y), 1.0) for x, y in axes.transData.inverted().transform(steps)]


def spread(heights: list[float], step: float) -> list[float]:
    """Heights at least ``step`` apart, in falling order, near the wished ones: moved down, at the foot up.

    >>> spread([9.0, 8.5, 1.0], 1.0)
    [9.0, 8.0, 1.0]
    >>> spread([0.5, 0.5], 1.0)
    [1.0, 0.0]
    """
    placed: list[float] = []
    for height in heights:
        placed.append(min(height, placed[-1] - step) if placed else height)
    floor = 0.0
    for position in reversed(range(len(placed))):
        placed[position] = max(placed[position], floor)
        floor = placed[position] + step
    return placed


def _places_around(here: np.ndarray, radius: float, words: Bbox, pixel: float) -> list[Place]:
    """Places for words around a point, the nearest first."""
    places = []
    for distance, (right, up) in itertools.product(DISTANCES, DIRECTIONS):
        shift = ((radius + distance) * right, (radius + distance) * up)
        ha = "center" if abs(right) < 0.3 else "left" if right > 0 else "right"
        va = "bottom" if up > 0.8 else "top" if up < -0.8 else "center"
        corner = here + np.array(shift) * pixel - [ALIGNED[ha] * words.width, ALIGNED[va] * words.height]
        box = Bbox.from_bounds(*corner, words.width, words.height).padded(APART)
        leader = Path([here, _nearest(box, here)]) if distance >= LED else None
        places.append(Place(distance, shift, ha, va, box, leader))
    return places


def _first_free(places: list[Place], boxes: list[Bbox], lines: list[Path], marks: np.ndarray) -> Place | None:
    """The nearest place whose leading line meets nothing; else one near by that crosses marks, else farther ones."""
    crossing = [each for each in places if not _meets(each.leader, boxes, lines, marks[:0])]
    clear = [each for each in crossing if not _meets(each.leader, [], [], marks)]
    near = [[each for each in some if each.distance <= NEAR] for some in (clear, crossing)]
    return next(itertools.chain(*near, clear, crossing, places), None)


def _on_screen(axes: Axes, marks: list[Mark], pixel: float) -> np.ndarray:
    """Centres and radii of marks in pixels, a row each."""
    table = np.array(marks, dtype=float).reshape(-1, 3)
    return np.column_stack([axes.transData.transform(table[:, :2]), table[:, 2] * pixel])


def _covers(box: Bbox, marks: np.ndarray) -> bool:
    """Whether the box meets the circle of any mark."""
    away = marks[:, :2] - np.clip(marks[:, :2], [box.x0, box.y0], [box.x1, box.y1])
    return bool((np.hypot(away[:, 0], away[:, 1]) < marks[:, 2]).any())


def _meets(line: Path | None, boxes: list[Bbox], lines: list[Path], marks: np.ndarray) -> bool:
    """Whether the straight line meets a box, another line, or the circle of any mark."""
    if line is None:
        return False
    if any(line.intersects_bbox(box, filled=False) for box in boxes) or any(map(line.intersects_path, lines)):
        return True
    start, way = line.vertices[0], line.vertices[1] - line.vertices[0]
    along = np.clip((marks[:, :2] - start) @ way / max(way @ way, 1e-9), 0, 1)
    away = marks[:, :2] - start - along[:, None] * way
    return bool((np.hypot(away[:, 0], away[:, 1]) < marks[:, 2]).any())


def _holds(frame: Bbox, box: Bbox) -> bool:
    return frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1


def _nearest(box: Bbox, point: np.ndarray) -> np.ndarray:
    return np.clip(point, [box.x0, box.y0], [box.x1, box.y1])


def _text_box(label: Annotation, renderer: RendererBase) -> Bbox:
    label.update_positions(renderer)
    return Text.get_window_extent(label, renderer)
