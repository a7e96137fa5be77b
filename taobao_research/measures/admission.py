"""What a minimum of both quantities, as the definition sets it, does to their correlation among those admitted.

Villages below 10 million yuan or 100 shops are no Taobao villages, so a correlation among Taobao villages is one after
truncation from below in both. The populations here are stated, not estimated.
Nothing is known of villages not admitted.
"""

from functools import cache

import numpy as np
import pandas as pd
from scipy import optimize
from scipy.special import ndtr

Population = tuple[tuple[float, float], ...]  # (share, standard deviation) of each kind of place
POPULATIONS: dict[str, Population] = {
    "one kind of places": ((1.0, 1.0),),
    "two kinds, a tenth three times as spread": ((0.9, 1.0), (0.1, 3.0)),
}
BEFORE = (-0.6, -0.3, 0.0, 0.3, 0.6, 0.9)
REACHING = (0.5, 0.1, 0.01)  # share of places that reach each minimum
NODES, REACH = 400, 12.0  # Gauss-Legendre nodes; standard deviations beyond the minimum
DECIMALS = 10  # of a correlation; five times as many nodes over thirty standard deviations move it by less than 1e-12


def cut_of(kinds: Population, reaching: float) -> float:
    """The minimum that this share of places reaches, in units of the first kind's standard deviation.

    >>> round(cut_of(((1.0, 1.0),), 0.5), 6)
    0.0
    """
    return float(
        optimize.brentq(lambda cut: sum(share * ndtr(-cut / sd) for share, sd in kinds) - reaching, -50.0, 50.0)
    )


def moments_above(cut: float, correlation: float) -> np.ndarray:
    """Of two standard normals with this correlation: P, E[X], E[Y], E[XX], E[YY], E[XY] where both exceed ``cut``.

    Not divided by P. By Gauss-Legendre quadrature over X, with the moments of Y given X in closed form; equals the
    formulas of Rosenbaum (1961, Journal of the Royal Statistical Society B 23), as a test shows.

    >>> moments_above(0.0, 0.0).round(4).tolist()
    [0.25, 0.1995, 0.1995, 0.25, 0.25, 0.1592]
    """
    nodes, weights = _nodes()
    x = cut + REACH * (nodes + 1) / 2
    weights = weights * REACH / 2 * _density(x)
    spread, centre = np.sqrt(1 - correlation**2), correlation * x
    edge = (cut - centre) / spread
    above, density = ndtr(-edge), _density(edge)
    first = centre * above + spread * density
    second = (centre**2 + spread**2) * above + spread * (centre + cut) * density
    return np.array([weights @ each for each in (above, x * above, first, x**2 * above, second, x * first)])


def after_admission(kinds: Population, correlation: float, reaching: float) -> tuple[float, float]:
    """The share admitted and the correlation among the admitted, where both must exceed the same quantile.

    ``correlation`` holds within each kind and, since all kinds have one centre, in all together.
    """
    cut = cut_of(kinds, reaching)
    units = [np.array([1.0, sd, sd, sd**2, sd**2, sd**2]) for _, sd in kinds]
    parts = [w * unit * moments_above(cut / sd, correlation) for (w, sd), unit in zip(kinds, units, strict=True)]
    admitted, x, y, xx, yy, xy = np.sum(parts, axis=0)
    covariance = xy / admitted - x * y / admitted**2
    variances = (xx / admitted - (x / admitted) ** 2) * (yy / admitted - (y / admitted) ** 2)
    return float(admitted), float(covariance / np.sqrt(variances))


def admission_table() -> pd.DataFrame:
    """The correlation before and after admission, for stated populations and minima.

    Returns ``population``, ``reaching_share`` (places that reach each minimum), ``before``, ``after``,
    ``admitted_share``. For the populations stated, so without an n or an interval; ``after`` to ``DECIMALS``.
    """
    rows = []
    for name, kinds in POPULATIONS.items():
        for reaching in REACHING:
            for before in BEFORE:
                admitted, after = after_admission(kinds, before, reaching)
                rows.append((name, reaching, before, round(after, DECIMALS) + 0.0, admitted))  # no -0
    return pd.DataFrame(rows, columns=["population", "reaching_share", "before", "after", "admitted_share"])


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(NODES)


def _density(values: np.ndarray) -> np.ndarray:
    return np.exp(-(values**2) / 2) / np.sqrt(2 * np.pi)
