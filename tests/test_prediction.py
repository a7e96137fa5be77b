"""Scores against sums and closed forms, fits against hand-solved cases; nothing predicted is seen before."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from statsmodels.discrete.discrete_model import Logit, Poisson

from taobao_research.measures import count_models, prediction, prediction_told
from taobao_research.measures import prediction_scores as tables
from taobao_research.measures.count_models import (
    HURDLE,
    LOGIT_HURDLE,
    NEGATIVE_BINOMIAL,
    NOT_CONVERGED,
    POISSON,
    SEPARATED,
    NoFitError,
    fitted,
    logit,
    unsettled,
)
from taobao_research.measures.forecasts import (
    Forecast,
    brier_scores,
    log_scores,
    plain,
    ranked_scores,
    transformed,
)
from taobao_research.measures.likelihoods import Slopes
from taobao_research.measures.neighbours import nearest
from taobao_research.measures.prediction import AS_BEFORE, BOTH, GROWN, LAST, NAIVE, OWN, SAME, TOLD, Case, case_of
from taobao_research.translating import package_texts
from tests.studies import study_of

COUNTS = np.arange(4000)
KINDS = [(0.4, 0.0, None), (3.0, 0.0, 0.5), (0.4, 2.0, None), (6.0, 0.7, 0.1), (2.0, 4.0, 0.9)]


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    return study_of(2016).at_points


@pytest.fixture(scope="module")
def ahead(units: pd.DataFrame) -> Case:
    return case_of(units, [2014, 2015, 2016])


@pytest.fixture(scope="module")
def made(ahead: Case) -> dict:
    return prediction.forecasts(ahead)


@pytest.fixture(scope="module")
def losses(ahead: Case, made: dict) -> dict:
    return tables.scored(ahead, made)


@pytest.fixture(scope="module")
def ratios(ahead: Case) -> pd.DataFrame:
    return tables.coefficients(ahead)


def two_points(chance: float, n: int = 1) -> Forecast:
    """One village with this chance, else none: a truncated Poisson of next to no mean is one."""
    return Forecast(np.full(n, 1e-12), np.zeros(n), np.full(n, math.log(1 - chance)))


def chances(mean: float, alpha: float, zero: float | None) -> np.ndarray:
    """The chance of each of ``COUNTS`` by scipy; with ``zero`` the others share the rest."""
    base = stats.poisson(mean) if alpha == 0 else stats.nbinom(1 / alpha, 1 / (1 + alpha * mean))
    found = base.pmf(COUNTS)
    if zero is not None:
        found = found / (1 - found[0]) * (1 - zero)
        found[0] = zero
    return found


def forecast(mean: float, alpha: float, zero: float | None, n: int = 1) -> Forecast:
    made = plain(np.full(n, mean), alpha)
    return made if zero is None else made._replace(log_zero=np.full(n, math.log(zero)))


def test_scores_of_two_points_by_hand() -> None:
    """None with 0.3, one with 0.7; there are 0, 1, 3."""
    made, counts = two_points(0.7, 3), np.array([0, 1, 3])
    assert ranked_scores(made, counts) == pytest.approx([0.7**2, 0.3**2, 0.3**2 + 1 + 1])
    assert log_scores(made, counts)[:2] == pytest.approx([-math.log(0.3), -math.log(0.7)])
    assert brier_scores(made, counts) == pytest.approx([0.7**2, 0.3**2, 0.3**2])


@pytest.mark.parametrize(("mean", "alpha", "zero"), KINDS)
def test_scores_are_sums_over_the_distribution(mean: float, alpha: float, zero: float | None) -> None:
    chance, counts = chances(mean, alpha, zero), np.array([0, 1, 2, 7, 130])
    made = forecast(mean, alpha, zero, len(counts))
    below = np.cumsum(chance)
    assert log_scores(made, counts)[:4] == pytest.approx(-np.log(chance[counts[:4]]))
    assert ranked_scores(made, counts) == pytest.approx([((below - (each <= COUNTS)) ** 2).sum() for each in counts])
    assert made.presence == pytest.approx(1 - chance[0])
    assert made.expected == pytest.approx(chance @ COUNTS)
    assert made.variance == pytest.approx(chance @ COUNTS**2 - (chance @ COUNTS) ** 2)


@pytest.mark.parametrize("mean", [0.01, 1.0, 40.0, 900.0])
def test_ranked_score_of_a_poisson_is_the_closed_form(mean: float) -> None:
    """Wei and Held 2014, *Test* 23, 787-805: with Bessel functions."""
    counts = np.array([0, 1, 35, 1000])
    bessel = special.ive(0, 2 * mean) + special.ive(1, 2 * mean)
    below, chance = stats.poisson.cdf(counts, mean), stats.poisson.pmf(counts, mean)
    closed = (counts - mean) * (2 * below - 1) + 2 * mean * chance - mean * bessel
    assert ranked_scores(plain(np.full(4, mean)), counts) == pytest.approx(closed, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("score", [log_scores, ranked_scores, brier_scores])
@pytest.mark.parametrize("truth", KINDS)
def test_no_distribution_expects_a_better_score_than_the_true_one(score, truth: tuple) -> None:
    """Expectations over all counts that have a chance; an improper score is told from a proper one."""
    weights = chances(*truth)[:150]

    def expected(kind: tuple) -> float:
        return float(weights @ score(forecast(*kind, 150), COUNTS[:150]))

    true = expected(truth)
    for other in KINDS:
        if other != truth and score is not brier_scores:
            assert expected(other) > true + 1e-4
        assert expected(other) >= true - 1e-6
    sharper = (truth[0], truth[1], 0.99 * math.exp(forecast(*truth).log_zero[0]))
    assert expected(sharper) > true


def test_a_huge_mean_and_no_village_have_a_finite_score() -> None:
    assert log_scores(plain(np.array([5000.0])), np.array([0])) == pytest.approx(5000)
    assert ranked_scores(plain(np.array([5000.0]), 4.0), np.array([0]))[0] < 5000


def test_the_histogram_spreads_each_count_over_its_chance() -> None:
    made = two_points(0.5, 2)
    assert transformed(made, np.array([0, 1]), 4) == pytest.approx([1, 1, 1, 1])
    assert transformed(made, np.array([0, 0]), 4) == pytest.approx([2, 2, 0, 0])
    assert transformed(two_points(0.75, 1), np.array([1]), 2) == pytest.approx([2 / 3, 4 / 3])


def saturated(counts: dict[int, list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Counties by their villages before (0, 1, 2): three groups, three coefficients."""
    before = np.array([each for each, group in counts.items() for _ in group])
    design = np.column_stack([np.ones(len(before)), before > 0, np.log(np.maximum(before, 1))])
    return design, np.array([each for group in counts.values() for each in group])


GROUPS = {0: [0, 0, 1, 0, 3, 0, 0, 0], 1: [1, 2, 0, 9, 1, 0], 2: [4, 0, 7, 1, 12]}


@pytest.mark.parametrize("kind", [POISSON, NEGATIVE_BINOMIAL])
def test_saturated_means_are_those_of_the_groups(kind: str) -> None:
    design, counts = saturated(GROUPS)
    made = fitted(kind, design, counts).forecast(design)
    assert made.expected == pytest.approx([np.mean(group) for group in GROUPS.values() for _ in group])


def test_a_saturated_hurdle_has_the_shares_and_means_of_the_groups() -> None:
    design, counts = saturated(GROUPS)
    made = fitted(LOGIT_HURDLE, design, counts).forecast(design)
    assert made.presence == pytest.approx([np.mean(np.array(group) > 0) for group in GROUPS.values() for _ in group])
    penalised = fitted(HURDLE, design, counts).forecast(design)
    shares = [(np.sum(np.array(group) > 0) + 0.5) / (len(group) + 1) for group in GROUPS.values() for _ in group]
    assert penalised.presence == pytest.approx(shares)


def test_a_group_that_always_has_villages_has_no_plain_logit_but_a_penalised_one() -> None:
    """79 of 79, and 101 of 2,768: (79 + 1/2) of 80 and (101 + 1/2) of 2,769 under Jeffreys' prior."""
    held = np.concatenate([np.ones(79), np.ones(101), np.zeros(2667)])
    design = np.column_stack([np.ones(2847), np.arange(2847) < 79])
    with pytest.raises(NoFitError, match=SEPARATED):
        logit(design, held, penalised=False)
    found = special.expit(np.array([[1.0, 1.0], [1.0, 0.0]]) @ logit(design, held).coefficients)
    assert found == pytest.approx([79.5 / 80, 101.5 / 2769])
    assert unsettled(design, held).tolist() == [False, True]


def test_errors_are_clustered_as_statsmodels_does() -> None:
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(300), rng.normal(size=300)])
    held, groups = (rng.random(300) < 0.4).astype(float), rng.integers(0, 12, 300)
    found = logit(design, held, groups, penalised=False)
    theirs = Logit(held, design).fit(disp=0, cov_type="cluster", cov_kwds={"groups": groups})
    assert found.coefficients == pytest.approx(theirs.params, rel=1e-6)
    assert found.errors == pytest.approx(theirs.bse, rel=1e-6)
    assert (found.n, found.clusters) == (300, 12)


def simulated(kind: str, n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Counts with known coefficients: -1, 1.5, 0.8, 0.6; alpha 0.5; a hurdle's presence -1, 2, 0.5, 1."""
    rng = np.random.default_rng(7)
    before = np.where(rng.random(n) < 0.5, 0, rng.poisson(3, n) + 1)
    design = np.column_stack([np.ones(n), before > 0, np.log(np.maximum(before, 1)), rng.random(n)])
    mean = np.exp(design @ [-1, 1.5, 0.8, 0.6])
    counts = rng.poisson(mean) if kind == POISSON else rng.negative_binomial(2, 1 / (1 + 0.5 * mean))
    if kind == HURDLE:
        while (none := counts == 0).any():
            counts[none] = rng.negative_binomial(2, 1 / (1 + 0.5 * mean[none]))
        counts = counts * (rng.random(n) < special.expit(design @ [-1, 2, 0.5, 1]))
    return design, counts


@pytest.mark.parametrize("kind", [POISSON, NEGATIVE_BINOMIAL, HURDLE])
def test_known_coefficients_are_found_within_their_errors(kind: str) -> None:
    design, counts = simulated(kind)
    fit = fitted(kind, design, counts, np.arange(len(counts)) % 100, 3.0)
    known = [-1, 1.5, 0.8, 0.6, *([] if kind == POISSON else [0.5])]
    assert (np.abs(fit.count.coefficients - known) < 4 * fit.count.errors).all()
    assert (fit.count.errors < 0.5).all()
    if kind == HURDLE:
        assert (np.abs(fit.presence.coefficients - [-1, 2, 0.5, 1]) < 4 * fit.presence.errors).all()


@pytest.mark.parametrize("kind", [NEGATIVE_BINOMIAL, LOGIT_HURDLE])
def test_no_coefficient_near_by_is_likelier(kind: str) -> None:
    """By the chances of ``forecasts``, which scipy checks above: the same mean and alpha are meant."""
    design, counts = simulated(HURDLE, 800)
    fit = fitted(kind, design, counts, None, 3.0)
    best = log_scores(fit.forecast(design), counts).sum()
    for part in ("count", "presence"):
        own = getattr(fit, part)
        for at in range(0 if own is None else len(own.coefficients)):
            for step in (-0.02, 0.02):
                moved = own.coefficients.copy()
                moved[at] += step
                other = fit._replace(**{part: own._replace(coefficients=moved)})
                assert log_scores(other.forecast(design), counts).sum() > best


def test_growth_is_an_offset() -> None:
    design, counts = simulated(POISSON, 500)
    offset = Poisson(counts, design, offset=np.full(500, math.log(3))).fit(disp=0)
    ours = fitted(POISSON, design, counts, None, 3.0).forecast(design, 0.5)  # fitted at 3, predicted at 1.5
    assert ours.mean == pytest.approx(np.exp(design @ offset.params) * 1.5)


@pytest.mark.slow
def test_what_does_not_converge_has_no_numbers_and_no_warning(
    ahead: Case, made: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = count_models.of_counts

    def astray(at: np.ndarray, design: np.ndarray, **named: object) -> Slopes:
        found = real(at, design, **named)
        return found if len(at) == design.shape[1] else Slopes(*(each / np.float64(0) for each in found))

    monkeypatch.setattr(count_models, "of_counts", astray)
    monkeypatch.setattr(prediction, "MODELS", ((NEGATIVE_BINOMIAL, OWN), (POISSON, OWN)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stopped = prediction.forecasts(ahead)
    assert stopped[prediction.NOT_FITTED, NEGATIVE_BINOMIAL, OWN] == NOT_CONVERGED
    losses = tables.scored(ahead, stopped)
    rows = tables.scores(ahead, stopped, losses).set_index("model").loc[NEGATIVE_BINOMIAL]
    assert rows["status"] == NOT_CONVERGED
    assert rows[["log_score", "ranked_score", "brier_score", "villages"]].isna().all()
    assert NEGATIVE_BINOMIAL not in set(tables.differences(ahead, losses, 9, 1)["model"])


def test_counts_that_spread_less_than_a_poisson_have_no_negative_binomial() -> None:
    design, counts = saturated({0: [0, 1, 0, 1] * 5, 1: [2, 2, 3] * 5, 2: [5, 5, 6] * 5})
    with pytest.raises(NoFitError, match=NOT_CONVERGED):
        fitted(NEGATIVE_BINOMIAL, design, counts)


@pytest.mark.parametrize("held", [2, 4])
def test_too_few_counties_are_not_searched_for_a_maximum(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = np.repeat([0, 3], [200, 5]) + np.append(np.zeros(200, int), [0, 1, 4, 7, 9])
    counts = np.zeros(205, int)
    counts[[0, 203, 204, 202][:held]] = [1, 5, 40, 7][:held]
    around = np.random.default_rng(1).random(205)
    design = np.column_stack([np.ones(205), before > 0, np.log(np.maximum(before, 1)), around])
    monkeypatch.setattr(count_models, "of_counts", lambda *given, **named: pytest.fail("searched"))
    with pytest.raises(NoFitError, match=NOT_CONVERGED):
        count_models.fitted(HURDLE, design, counts)


def test_lists_without_a_mean_for_each_kind_of_county_are_not_fitted() -> None:
    design, counts = saturated({0: [0, 0, 0], 1: [1, 2], 2: [3]})
    with pytest.raises(NoFitError, match=NOT_CONVERGED):
        fitted(POISSON, design, counts)


def test_the_design_by_hand() -> None:
    """On a line at 0, 1, 3, 4 the nearest are 1, 0, 3, 2. Villages 2, 0, 0, 6: mean 2."""
    weights = nearest(np.array([0.0, 1.0, 3.0, 4.0]), np.zeros(4), 1)
    before = np.array([2, 0, 0, 6])
    design = prediction.design_of(before, weights)
    assert design[:, :3] == pytest.approx(np.array([[1, 1, math.log(2)], [1, 0, 0], [1, 0, 0], [1, 1, math.log(6)]]))
    assert design[:, 3] == pytest.approx([0, math.log(2), math.log(4), 0])
    assert prediction.design_of(before, weights, prediction.LOGGED)[:, 3] == pytest.approx(np.log([1, 3, 7, 1]))
    assert prediction.design_of(before, weights, prediction.PRESENT)[:, 3].tolist() == [0, 1, 1, 0]


def test_naive_forecasts_by_hand(ahead: Case, made: dict) -> None:
    """Of 2015: 207 villages became 775 at the points, 209 of them in the 2,768 counties that had none; 1,299 came."""
    none = ahead.before == 0
    floor, growth = 209 / 2768, 775 / 207
    assert made[prediction.NO_GROWTH, LAST, NAIVE].mean == pytest.approx(np.where(none, floor, ahead.before))
    grown = made[AS_BEFORE, GROWN, NAIVE].mean
    assert grown == pytest.approx(np.where(none, floor, ahead.before * growth))
    shares = made[TOLD, GROWN, NAIVE].mean[~none]
    assert shares == pytest.approx(ahead.before[~none] / 775 * 1299)
    same = made[prediction.NO_GROWTH, SAME, NAIVE]
    assert len(set(same.mean)) == 1 and same.mean[0] == pytest.approx(775 / 2847)


def test_the_same_for_all_is_the_likeliest(units: pd.DataFrame) -> None:
    counts = units["2015"].to_numpy()
    one = count_models.constant(counts)
    best = log_scores(Forecast(*(np.repeat(each, len(counts)) for each in one)), counts).sum()
    for factor in (0.9, 1.1):
        other = plain(np.full(len(counts), one.mean[0]), one.alpha[0] * factor)
        assert log_scores(other, counts).sum() > best


def test_nothing_of_the_list_predicted_is_used(
    units: pd.DataFrame, made: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction, "MODELS", ((POISSON, BOTH), (HURDLE, BOTH)))
    changed = units.assign(**{"2016": units["2016"] * 3 + 1})
    again = prediction.forecasts(case_of(changed, [2014, 2015, 2016]))
    for key in ((AS_BEFORE, POISSON, BOTH), (AS_BEFORE, HURDLE, BOTH), (AS_BEFORE, GROWN, NAIVE)):
        assert all(np.array_equal(one, other) for one, other in zip(again[key], made[key], strict=True)), key
    told = (TOLD, POISSON, BOTH)
    assert again[told].mean == pytest.approx(made[told].mean * changed["2016"].sum() / units["2016"].sum())


def test_a_province_left_out_is_never_seen(units: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its villages of the later list are changed: what is predicted of it stays, and of others moves."""
    monkeypatch.setattr(prediction, "MODELS", ((POISSON, BOTH),))
    case = case_of(units, [2014, 2015])
    assert case.by_province and len(case.folds) == prediction.GROUPS
    assert sorted(np.concatenate([fold.rows for fold in case.folds])) == list(range(len(units)))
    out = next(fold.rows for fold in case.folds if (units["province"].to_numpy()[fold.rows] == "浙江省").any())
    assert not set(units["province"].iloc[out]) & set(units["province"].drop(units.index[out]))
    later = units["2015"].to_numpy().copy()
    later[out] = later[out] * 2 + 3
    one, other = (
        prediction.forecasts(case),
        prediction.forecasts(case_of(units.assign(**{"2015": later}), [2014, 2015])),
    )
    rest = np.setdiff1d(np.arange(len(units)), out)
    for key in one:
        same = [mine[out] == theirs[out] for mine, theirs in zip(one[key], other[key], strict=True)]
        assert np.all(same), key
        assert not np.array_equal(one[key].log_zero[rest], other[key].log_zero[rest]), key


def test_the_first_list_and_one_after_a_change_of_meaning_have_nothing_before(units: pd.DataFrame) -> None:
    assert case_of(units, [2014]) is None
    later = units.rename(columns={"2014": "2018", "2015": "2019", "2016": "2020"})
    assert case_of(later, [2018, 2019, 2020]) is None  # stricter from 2020 on
    assert case_of(later, [2018, 2019]).years == (2018, 2019, 2019)
    assert prediction.forecasts(None) == {} == tables.scored(None, {})
    for empty in (tables.differences(None, {}, 9, 1), tables.transforms(None, {}), tables.reliability(None, {})):
        assert empty.empty
    (said,) = prediction_told.about(None, 2014)
    assert said == (prediction_told.NOTHING, {"year": 2014})


def test_differences_are_from_the_best_naive_forecast_and_drawn_by_province(ahead: Case, losses: dict) -> None:
    table = tables.differences(ahead, losses, 40, 3)
    assert len(table) == 3 * 2 * 6
    row = table[(table["score"] == tables.RANKED) & (table["assumed"] == TOLD) & (table["model"] == POISSON)].iloc[0]
    naive = {model: losses[growth, model, NAIVE][tables.RANKED].mean() for growth, model in
             ((prediction.NO_GROWTH, SAME), (prediction.NO_GROWTH, LAST), (TOLD, GROWN))}  # fmt: skip
    assert row["baseline"] == min(naive, key=naive.get)
    best = losses[TOLD, row["baseline"], NAIVE][tables.RANKED]
    loss = losses[TOLD, POISSON, OWN][tables.RANKED] - best
    assert row["difference"] == round(loss.mean(), 3)
    rng, means = np.random.default_rng(3), []
    for times in rng.multinomial(31, np.full(31, 1 / 31), size=40):
        drawn = [each for province, often in enumerate(times) for each in [*loss[ahead.groups == province]] * often]
        means.append(np.mean(drawn))
    assert (row["low"], row["high"]) == tuple(np.percentile(means, [2.5, 97.5]).round(3))


@pytest.mark.parametrize(
    ("loss", "shown", "direction"),
    [
        (0.05646, 0.056, tables.WORSE),  # not 0.0565, which tables would show as 0.057
        (-0.00016, -0.0002, tables.BETTER),
        (-0.00004, 0.0, tables.UNTOLD),  # rounds to nothing, so nothing is told
        (0.00004, 0.0, tables.UNTOLD),
        (0.00006, 0.0001, tables.WORSE),
    ],
)
def test_differences_are_rounded_once_and_told_as_rounded(
    ahead: Case, loss: float, shown: float, direction: str
) -> None:
    """All counties differ alike, so that every draw of provinces has the same mean."""
    n = len(ahead.after)
    losses = {
        (AS_BEFORE, POISSON, covariates): dict.fromkeys(tables.SCORES, np.full(n, value))
        for covariates, value in ((OWN, 0.5), (BOTH, 0.5 + loss))
    }
    table = tables.with_neighbours(ahead, losses, 9, 1)
    ends = table[["difference", "low", "high"]].to_numpy()
    assert ends.tolist() == [[shown] * 3] * 3 and not np.signbit(ends[ends == 0]).any()
    assert table["direction"].tolist() == [direction] * 3


def test_what_was_not_fitted_has_no_growth_that_does_not_matter(ahead: Case, made: dict, losses: dict) -> None:
    table = tables.scores(ahead, made, losses)
    assert set(table.loc[table["assumed"] == prediction.NO_GROWTH, "model"]) == {SAME, LAST}
    plain_logit = table[table["model"] == LOGIT_HURDLE]
    assert plain_logit["assumed"].tolist() == ["not fitted"] * 2 and plain_logit["log_score"].isna().all()


def test_what_is_said_counts_the_rows() -> None:
    found = {("log", "own"): tables.BETTER, ("log", "both"): tables.WORSE}
    found |= {("Brier", "own"): tables.BETTER, ("Brier", "both"): tables.UNTOLD}
    rows = [(score, "g", "m", covariates, "b", direction) for (score, covariates), direction in found.items()]
    table = pd.DataFrame(rows, columns=["score", "assumed", "model", "covariates", "baseline", "direction"])
    one, two, both = (values for _, values in prediction_told.conclusions(table))
    assert (one["better"], one["worse"], one["untold"], one["models"]) == (1, 1, 0, 2)
    assert (two["better"], two["worse"], two["untold"]) == (1, 0, 1)
    assert (both["better"], both["models"], both["scores"]) == (1, 2, 2)


def test_ratios_are_shown_where_the_lists_settle_them(ahead: Case, ratios: pd.DataFrame) -> None:
    table = ratios
    plain_logit = table[table["model"] == LOGIT_HURDLE]
    assert plain_logit["status"].tolist() == [SEPARATED] * 2 and plain_logit["ratio"].isna().all()
    presence = table[(table["model"] == HURDLE) & (table["part"] == tables.PRESENCE)]
    assert presence["ratio"].notna().tolist() == [False, False, False, False, True]
    known = table.dropna(subset=["ratio"])
    assert ((known["low"] < known["ratio"]) & (known["ratio"] < known["high"])).all()
    own = table[(table["model"] == POISSON) & (table["covariates"] == OWN)].set_index("term")["ratio"]
    theirs = Poisson(ahead.learned.counts, ahead.learned.design[:, :3]).fit(
        start_params=[-2.6, 3.6, 1.0], disp=0, method="newton"
    )
    assert own["any villages before"] == pytest.approx(math.exp(theirs.params[1]))
    assert own["own villages, doubled"] == pytest.approx(2 ** theirs.params[2])


def test_the_floor_used_is_the_likeliest_where_it_was_fitted(ahead: Case, made: dict, losses: dict) -> None:
    table = tables.floors(ahead)
    (row,) = table[table["fitted"]].to_dict("records")
    assert row["floor"] == pytest.approx(209 / 2768)
    assert row["log_score"] == pytest.approx(losses[AS_BEFORE, GROWN, NAIVE][tables.LOG_SCORE].mean())
    learned, held = ahead.learned, ahead.learned.design[:, 1] > 0
    before = np.where(held, np.exp(learned.design[:, 2]), 0)
    fits = {
        each: log_scores(prediction.grown(before, learned.growth, each), learned.counts).sum()
        for each in table["floor"]
    }
    assert min(fits, key=fits.get) == row["floor"]


def test_counties_are_put_together_by_the_chance_predicted(ahead: Case, made: dict) -> None:
    table = tables.reliability(ahead, made)
    rows = table[table["model"] == GROWN]
    assert rows["n"].tolist() == [2667, 180]  # none before, some before; of them 49 and 168 had some
    assert rows["share"].tolist() == pytest.approx([49 / 2667, 168 / 180])
    assert ((table["low_share"] <= table["share"]) & (table["share"] <= table["high_share"])).all()
    assert (table.groupby("model")["n"].sum() == 2847).all()


def test_dispersion_of_the_list_and_of_a_forecast(ahead: Case, made: dict) -> None:
    table = tables.dispersion(ahead, made).set_index(["assumed", "model", "covariates"])
    listed = table.loc["", tables.LISTED, ""]
    assert listed["variance_over_mean"] == pytest.approx(ahead.after.var() / ahead.after.mean())
    assert listed["zeros_share"] == pytest.approx(1 - 217 / 2847)
    draws = np.random.default_rng(2).poisson(made[TOLD, GROWN, NAIVE].mean, size=(300, 2847))
    row = table.loc[TOLD, GROWN, NAIVE]
    assert row["variance_over_mean"] == pytest.approx(draws.var() / draws.mean(), rel=0.02)
    assert row["zeros_share"] == pytest.approx((draws == 0).mean(), rel=0.002)


def test_choices_move_one_thing_at_a_time(units: pd.DataFrame) -> None:
    within = tables.choices(units, [2014, 2015])
    assert list(within) == ["transform", "weights", "fitted_log_score", "n"]
    assert within["weights"].tolist() == ["4 nearest", "6 nearest", "8 nearest", "6 nearest", "6 nearest"]
    assert tables.choices(units, [2014]).empty


def test_every_sentence_and_word_has_its_chinese(ahead: Case, made: dict, losses: dict, ratios: pd.DataFrame) -> None:
    texts = package_texts()
    differences = tables.differences(ahead, losses, 9, 1)
    told = [*prediction_told.about(ahead, 2016), *prediction_told.about(None, 2014)]
    told += prediction_told.conclusions(differences)
    told += prediction_told.neighbours_told(tables.with_neighbours(ahead, losses, 9, 1))
    assert [template for template, _ in told if template not in texts] == []
    shown = [tables.scores(ahead, made, losses), differences, ratios]
    words = {each for table in shown for column in table.select_dtypes(exclude="number") for each in table[column]}
    assert words - texts.keys() == {""}
