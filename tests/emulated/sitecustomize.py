"""What no setting can emulate, done when Python starts: ``tests.portable`` puts this folder on the path."""

import os
from collections.abc import Callable

ELEMENTARY = ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "sin", "cos", "tan"]
ELEMENTARY += ["arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh"]


def move_last_places() -> None:
    """Let NumPy's elementary functions be off by a unit in the last place, up, down or not, as their bits choose."""
    import numpy as np

    def moved(function: Callable) -> Callable:
        def off(*arguments: object, **options: object) -> object:
            result = function(*arguments, **options)
            values = np.asarray(result)
            if values.dtype != np.float64 or options.get("out") is not None:
                return result
            bits = np.ascontiguousarray(values).reshape(-1).view(np.int64)
            steps = (((bits * np.int64(-7046029254386353131)) >> 61) % 3 - 1).reshape(values.shape)
            exact = ~np.isfinite(values) | (values == np.round(values))  # exp(0) is 1 on every machine
            return result * (1 + np.where(exact, 0, steps) * np.finfo(float).eps)

        return off

    for name in ELEMENTARY:
        setattr(np, name, moved(getattr(np, name)))


def forget_fonts() -> None:
    """Leave matplotlib the fonts that come with it."""
    import matplotlib as mpl
    from matplotlib.font_manager import fontManager

    fontManager.ttflist[:] = [font for font in fontManager.ttflist if font.fname.startswith(mpl.get_data_path())]


if os.environ.get("TAOBAO_RESEARCH_EMULATES") == "last places":
    move_last_places()
if os.environ.get("TAOBAO_RESEARCH_EMULATES") == "fonts":
    forget_fonts()
