"""Labels of points, moved until none covers another."""

import itertools

import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

DISTANCES = (4, 10, 18, 28, 40)  # points between the mark and its label
DIRECTIONS = ((1, 0), (-1, 0), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8), (0, 1), (0, -1))
HALO = [patheffects.withStroke(linewidth=2, foreground="white")]


def place_labels(
    axes: Axes, points: pd.DataFrame, x: str, y: str, name: str, radii: list[float] | None = None, fontsize: float = 8
) -> None:
    """Write ``name`` beside each point: the nearest position that covers no label, no mark and no edge.

    ``radii`` are those of the marks, in points. The figure must have been drawn once, so that its layout
    is settled.
    """
    renderer = axes.figure.canvas.get_renderer()
    pixel = axes.figure.dpi / 72
    frame = axes.get_window_extent(renderer)
    sizes = radii or [4.0] * len(points)
    centres = axes.transData.transform(points[[x, y]].astype(float).to_numpy())
    marks = [
        Bbox.from_bounds(px - r * pixel, py - r * pixel, 2 * r * pixel, 2 * r * pixel)
        for (px, py), r in zip(centres, sizes, strict=True)
    ]
    taken: list[Bbox] = []
    for row, radius in zip(points.to_dict("records"), sizes, strict=True):
        at = (float(row[x]), float(row[y]))
        for distance, (right, up) in itertools.product(DISTANCES, DIRECTIONS):
            reach = radius + distance
            label = axes.annotate(
                row[name],
                at,
                (right * reach, up * reach),
                textcoords="offset points",
                fontsize=fontsize,
                va="center",
                ha="left" if right > 0 else "right" if right < 0 else "center",
                path_effects=HALO,
                arrowprops={"arrowstyle": "-", "color": "#888888", "linewidth": 0.6}
                if distance > 10 or radii
                else None,
            )
            label.set_in_layout(False)  # a label must not move the axes it was placed in
            box = _text_box(label, renderer).padded(1)
            free = not any(box.overlaps(other) for other in (*taken, *marks))
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if (free and inside) or (distance, (right, up)) == (DISTANCES[-1], DIRECTIONS[-1]):
                taken.append(box)
                break
            label.remove()


def _text_box(label: Annotation, renderer: RendererBase) -> Bbox:
    """The box of the words alone, without the line that leads to the point."""
    label.update_positions(renderer)
    return Text.get_window_extent(label, renderer)
