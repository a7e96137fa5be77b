"""Derivatives against differences with sixty digits, errors against statsmodels, maxima in other orders and units."""

from decimal import Decimal, localcontext
from functools import partial

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson

from taobao_research.measures import count_models, likelihoods
from taobao_research.measures.count_models import (
    ALPHAS,
    HURDLE,
    NEGATIVE_BINOMIAL,
    NOT_CONVERGED,
    POISSON,
    Fit,
    NoFitError,
    fitted,
    logit,
)
from taobao_research.measures.likelihoods import NoMaximumError, clustered_errors, maximum, of_counts, of_presence
from taobao_research.measures.prediction import Case, case_of
from taobao_research.params import params_of
from taobao_research.tables.study import Study

DESIGN = [[1, 0.3, 0.7], [1, 1.1, 0], [1, -0.4, 0.2], [1, 0.9, 1.3], [1, 0.2, 0.1], [1, 0.5, 2]]
STEP = Decimal("1e-15")


@pytest.fixture(scope="module")
def ahead() -> Case:
    return case_of(Study(params_of(2016)).at_points, [2014, 2015, 2016])


def chance_of(count: int, mean: Decimal, alpha: Decimal | None) -> Decimal:
    """From the chance of none upwards, each by the ratio to the one before it."""
    if alpha is None:
        chance, size = (-mean).exp(), None
    else:
        chance, size = (-(1 + alpha * mean).ln() / alpha).exp(), 1 / alpha
    for k in range(1, count + 1):
        chance *= mean / k if size is None else (k - 1 + size) / k * mean / (size + mean)
    return chance


def log_likelihood(at: list[Decimal], counts: list[int], without_zeros: bool) -> Decimal:
    alpha, total = at[3].exp() if len(at) > 3 else None, Decimal(0)
    for row, count in zip(DESIGN, counts, strict=True):
        mean = sum((Decimal(repr(x)) * b for x, b in zip(row, at[:3], strict=True)), Decimal(0)).exp()
        chance = chance_of(count, mean, alpha)
        total += (chance / (1 - chance_of(0, mean, alpha)) if without_zeros else chance).ln()
    return total


def moved(at: list[Decimal], *places: int, by: Decimal) -> list[Decimal]:
    return [each + by * places.count(place) for place, each in enumerate(at)]


@pytest.mark.parametrize("without_zeros", [False, True])
@pytest.mark.parametrize("log_alpha", [None, 0.7, -1.3, -6.0])
def test_derivatives_equal_differences_of_the_likelihood(log_alpha: float | None, without_zeros: bool) -> None:
    at = np.array([0.4, -0.2, 0.6, *([] if log_alpha is None else [log_alpha])])
    counts = [1, 3, 2, 14, 1, 6] if without_zeros else [0, 3, 1, 14, 0, 6]
    found = of_counts(at, np.array(DESIGN), np.array(counts), without_zeros)
    with localcontext() as context:
        context.prec = 60
        exact, places = [Decimal(repr(float(each))) for each in at], range(len(at))
        look = partial(log_likelihood, counts=counts, without_zeros=without_zeros)
        middle = look(exact)
        for i in places:
            slope = (look(moved(exact, i, by=STEP)) - look(moved(exact, i, by=-STEP))) / (2 * STEP)
            assert found.scores.sum(0)[i] == pytest.approx(float(slope), rel=1e-11, abs=1e-12)
        curve = {
            (i, j): (look(moved(exact, i, j, by=STEP)) - 2 * middle + look(moved(exact, i, j, by=-STEP))) / STEP**2
            for i in places
            for j in places
        }
        alone = {i: (look(moved(exact, i, by=STEP)) - 2 * middle + look(moved(exact, i, by=-STEP))) / STEP**2
                 for i in places}  # fmt: skip
        for i in places:
            assert found.information[i, i] == pytest.approx(-float(alone[i]), rel=1e-9)
            for j in set(places) - {i}:
                both = (curve[i, j] - alone[i] - alone[j]) / 2
                assert found.information[i, j] == pytest.approx(-float(both), rel=1e-9)
        other = [*exact[:-1], exact[-1] + Decimal("0.01")]
        rise = of_counts(np.array([float(each) for each in other]), np.array(DESIGN), np.array(counts), without_zeros)
        assert rise.value - found.value == pytest.approx(float(look(other) - middle), rel=1e-10)


def test_a_mean_by_hand() -> None:
    """0, 1, 3, 0: mean 1, information 4. Scores -1, 0, 2, -1, each its own cluster: (1 + 4 + 1) / 16 * 4/3 * 3/3."""
    design, counts = np.ones((4, 1)), np.array([0, 1, 3, 0])
    at = maximum(partial(of_counts, design=design, counts=counts), np.array([2.0]), design)
    slopes = of_counts(at, design, counts)
    assert at == pytest.approx([0], abs=1e-14) and slopes.information == pytest.approx(np.array([[4.0]]))
    assert clustered_errors(slopes, np.arange(4)) == pytest.approx([np.sqrt(0.5)])
    for few in (np.zeros(4), np.array([0, 0, 0, 0])):
        with pytest.raises(NoMaximumError):
            clustered_errors(slopes, few)


@pytest.mark.parametrize(("kind", "model"), [(POISSON, Poisson), (NEGATIVE_BINOMIAL, NegativeBinomial)])
def test_errors_of_counts_are_clustered_as_statsmodels_does(ahead: Case, kind: str, model: type) -> None:
    learned = ahead.learned
    found = fitted(kind, learned.design, learned.counts, ahead.groups, learned.growth).count
    how = {"cov_type": "cluster", "cov_kwds": {"groups": ahead.groups}, "method": "newton", "disp": 0}
    theirs = model(learned.counts, learned.design).fit(start_params=found.coefficients, **how)
    assert found.coefficients == pytest.approx(theirs.params, rel=1e-9)
    assert found.errors == pytest.approx(theirs.bse, rel=1e-7)


def parts(fit: Fit) -> list[np.ndarray]:
    return [each for part in (fit.count, fit.presence) if part is not None for each in (part.coefficients, part.errors)]


@pytest.mark.parametrize("kind", [POISSON, NEGATIVE_BINOMIAL, HURDLE])
@pytest.mark.parametrize("columns", [3, 4])
def test_no_slope_is_left_but_rounding(ahead: Case, kind: str, columns: int) -> None:
    learned, design = ahead.learned, ahead.learned.design[:, :columns]
    fit = fitted(kind, design, learned.counts, None, learned.growth)
    at, held = fit.count.coefficients.copy(), learned.counts > 0
    at[columns:] = np.log(at[columns:])
    inside = held if kind == HURDLE else np.full(len(held), True)
    left = [of_counts(at, design[inside], learned.counts[inside], kind == HURDLE)]
    if fit.presence is not None:
        left.append(of_presence(fit.presence.coefficients, design, held.astype(float), penalised=True))
    for slopes in left:
        assert (np.abs(slopes.scores.sum(0)) < 1e-11 * np.abs(slopes.scores).sum(0)).all()
        assert np.linalg.eigvalsh(slopes.information).min() > 0


@pytest.mark.parametrize("kind", [POISSON, NEGATIVE_BINOMIAL, HURDLE])
def test_other_orders_and_units_move_no_stored_digit(ahead: Case, kind: str) -> None:
    learned, rng = ahead.learned, np.random.default_rng(3)
    units = np.array([1.0, 2.0, 0.5, 1_000.0])
    plain = parts(fitted(kind, learned.design, learned.counts, ahead.groups, learned.growth))
    for _ in range(3):
        order = rng.permutation(len(learned.counts))
        other = learned.design[order] * units
        again = fitted(kind, other, learned.counts[order], ahead.groups[order], learned.growth)
        for one, two in zip(plain, parts(again), strict=True):
            assert two[:4] * units == pytest.approx(one[:4], rel=1e-11)
            assert two[4:] == pytest.approx(one[4:], rel=1e-11)


def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Filled by each evaluation of a likelihood of counts."""
    seen: list[int] = []
    real = likelihoods.of_counts

    def counted(*given: object, **named: object) -> object:
        seen.append(1)
        return real(*given, **named)

    monkeypatch.setattr(count_models, "of_counts", counted)
    return seen


@pytest.mark.parametrize("kind", [NEGATIVE_BINOMIAL, HURDLE])
def test_growth_that_spreads_as_a_poisson_ends_soon(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The likeliest alpha is then 0 about as often as not, where digamma functions once were without end."""
    seen, ended = looks(monkeypatch), {True: 0, False: 0}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        before = rng.poisson(2.0, 400)
        design = np.column_stack([np.ones(400), before > 0, np.log(np.maximum(before, 1))])
        counts = rng.poisson(np.where(before > 0, 3.0 * before, 0.4))
        try:
            fit = fitted(kind, design, counts, np.arange(400) % 20, 3.0)
        except NoFitError as reason:
            assert str(reason) == NOT_CONVERGED
            ended[False] += 1
        else:
            assert ALPHAS[0] < fit.count.coefficients[-1] < 0.2 and np.isfinite(fit.count.errors).all()
            ended[True] += 1
        assert 0 < len(seen) <= 2 * likelihoods.MOST_STEPS
        seen.clear()
    assert min(ended.values()) >= 4


def test_a_likelihood_that_rises_without_end_is_left_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven counties whose counts rise without end along the design; and a column that leads counts to zero."""
    seen = looks(monkeypatch)
    before, counts = np.append(np.zeros(300, int), [1, 2, 5, 9, 20]), np.append(np.zeros(298, int), [1, 400, *[1] * 5])
    design = np.column_stack([np.ones(305), before > 0, np.log(np.maximum(before, 1))])
    with pytest.raises(NoFitError, match=NOT_CONVERGED):
        fitted(HURDLE, design, counts)
    apart = np.column_stack([design, np.arange(305) < 200])  # none of these has any
    with pytest.raises(NoFitError, match=NOT_CONVERGED):
        fitted(POISSON, apart, counts)
    assert 0 < len(seen) <= 6 * likelihoods.MOST_STEPS


def test_a_logit_without_a_maximum_is_no_maximum() -> None:
    design, held = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]), np.array([0.0, 1, 0, 1, 1, 1])
    with pytest.raises(NoMaximumError):
        maximum(partial(of_presence, design=design, held=held, penalised=False), np.zeros(2), design)
    assert np.isfinite(logit(design, held).coefficients).all()
