"""What a minimum of both does to a correlation: Rosenbaum's formulas, two-dimensional integrals, and drawing."""

import numpy as np
import pytest
from scipy import integrate, stats

from taobao_research.measures import admission
from taobao_research.measures.admission import POPULATIONS, admission_table, after_admission, cut_of, moments_above

ONE, TWO = POPULATIONS.values()


def rosenbaum(cut: float, r: float) -> list[float]:
    """P, E[X], E[XX] and E[XY] where both exceed ``cut`` (Rosenbaum 1961), times P."""
    root = np.sqrt(1 - r**2)
    p = stats.multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([-cut, -cut])
    density, beyond = stats.norm.pdf(cut), stats.norm.sf((cut - r * cut) / root)
    both = root / np.sqrt(2 * np.pi) * stats.norm.pdf(np.sqrt(2 * cut**2 * (1 - r) / (1 - r**2)))
    first = (1 + r) * density * beyond
    return [p, first, p + (1 + r**2) * cut * density * beyond + r * both, r * p + 2 * r * cut * density * beyond + both]


@pytest.mark.parametrize("cut", [-1.0, 0.0, 0.7, 1.5])
@pytest.mark.parametrize("r", [-0.5, 0.0, 0.3, 0.9])
def test_moments_equal_the_closed_form(cut: float, r: float) -> None:
    found = moments_above(cut, r)
    assert [found[0], found[1], found[3], found[5]] == pytest.approx(rosenbaum(cut, r), abs=2e-6)
    assert found[2] == pytest.approx(found[1]) and found[4] == pytest.approx(found[3])


def test_the_quadrant_of_positive_values() -> None:
    for r in (-0.6, 0.0, 0.5):
        assert moments_above(0.0, r)[0] == pytest.approx(0.25 + np.arcsin(r) / (2 * np.pi))


def test_a_correlation_equals_a_two_dimensional_integral() -> None:
    cut, r = 0.5, 0.6
    law = stats.multivariate_normal([0, 0], [[1, r], [r, 1]])
    p, x, xx, xy = (
        integrate.dblquad(lambda y, x, f=f: f(x, y) * law.pdf([x, y]), cut, 9, cut, 9, epsabs=1e-7)[0]
        for f in (lambda x, y: 1.0, lambda x, y: x, lambda x, y: x * x, lambda x, y: x * y)
    )
    expected = (xy / p - (x / p) ** 2) / (xx / p - (x / p) ** 2)
    assert after_admission(ONE, r, stats.norm.sf(cut)) == pytest.approx((p, expected), abs=1e-5)


def test_the_decimals_kept_are_those_that_more_nodes_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    table = admission_table()
    monkeypatch.setattr(admission, "NODES", 2_000)
    monkeypatch.setattr(admission, "REACH", 30.0)
    admission._nodes.cache_clear()
    pairs = table[["population", "before", "reaching_share", "after"]].itertuples(index=False)
    finer = [(after_admission(POPULATIONS[name], before, share)[1], after) for name, before, share, after in pairs]
    admission._nodes.cache_clear()
    assert max(abs(fine - kept) for fine, kept in finer) < 0.5 * 10**-admission.DECIMALS + 1e-12
    assert (table["after"] == table["after"].round(10)).all()


@pytest.mark.parametrize("r", [-0.3, 0.0, 0.6])
def test_two_kinds_of_places_equal_drawing_them(r: float) -> None:
    rng = np.random.default_rng(3)
    n = 2_000_000
    wide = np.where(rng.random(n) < 0.1, 3.0, 1.0)
    x = rng.standard_normal(n)
    y = r * x + np.sqrt(1 - r**2) * rng.standard_normal(n)
    x, y, cut = wide * x, wide * y, cut_of(TWO, 0.1)
    assert (x > cut).mean() == pytest.approx(0.1, abs=0.001)
    kept = (x > cut) & (y > cut)
    admitted, after = after_admission(TWO, r, 0.1)
    assert admitted == pytest.approx(kept.mean(), abs=0.001)
    assert after == pytest.approx(np.corrcoef(x[kept], y[kept])[0, 1], abs=0.03)


def test_admission_weakens_in_one_kind_and_makes_a_correlation_in_two() -> None:
    table = admission_table()
    one, two = (table[table["population"] == name] for name in POPULATIONS)
    assert (one["after"].abs() <= one["before"].abs() + 1e-9).all()
    assert one[one["before"] == 0]["after"].tolist() == [0.0] * 3
    assert not any(np.signbit(one[one["before"] == 0]["after"]))
    assert two[(two["before"] == 0) & (two["reaching_share"] >= 0.1)]["after"].min() > 0.2
    assert two[(two["before"] == -0.6) & (two["reaching_share"] == 0.5)]["after"].item() > 0
    assert len(table) == 36 and table["admitted_share"].between(0, 1).all()
