"""Correlation, slopes and intervals against scipy, statsmodels and plain linear algebra."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.robust.norms import HuberT
from statsmodels.robust.robust_linear_model import RLM
from statsmodels.tools.tools import add_constant

from taobao_research.measures import association
from taobao_research.measures.association import (
    METHODS,
    POOLED,
    bootstrap_interval,
    centre,
    correlations,
    elasticities,
    fisher_interval,
    huber_slope,
    kendall,
    leave_one_out,
    pearson,
    slope,
    spearman,
)
from taobao_research.measures.tallied import pearson_of_tallies, spearman_of_tallies, tallies

STATISTICS = (pearson, spearman, kendall, slope)
SCIPY = {
    pearson: lambda x, y: stats.pearsonr(x, y).statistic,
    spearman: lambda x, y: stats.spearmanr(x, y).statistic,
    kendall: lambda x, y: stats.kendalltau(x, y, variant="b").statistic,
    slope: lambda x, y: stats.linregress(x, y).slope,
}


def sample(seed: int, n: int, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = 0.7 * x + rng.normal(size=n)
    return (np.round(x), np.round(y)) if ties else (x, y)


def places(seed: int = 5, sizes: tuple[int, ...] = (8, 6, 7)) -> pd.DataFrame:
    """Cited places of three levels, counties a hundred times as large as villages."""
    rng = np.random.default_rng(seed)
    rows = []
    for scale, (level, size) in zip((1, 10, 100), zip(("village", "town", "county"), sizes, strict=True), strict=True):
        for number in range(size):
            shops = int(scale * rng.lognormal(5, 1))
            rows.append((f"{level} {number}", level, shops, int(shops * rng.lognormal(11, 0.6))))
    table = pd.DataFrame(rows, columns=["place", "level", "active_shops", "turnover_cny"])
    return table.astype({"active_shops": "Int64", "turnover_cny": "Int64"})


def design(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Log turnover, and the columns: log shops, one dummy a level."""
    logs = np.log(table[["active_shops", "turnover_cny"]].to_numpy(dtype=float))
    dummies = pd.get_dummies(table["level"]).to_numpy(dtype=float)
    return logs[:, 1], np.column_stack([logs[:, 0], dummies])


def full_slope(table: pd.DataFrame) -> float:
    y, columns = design(table)
    return float(np.linalg.lstsq(columns, y, rcond=None)[0][0])


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("seed", "n", "ties"), [(1, 5, False), (2, 30, False), (3, 30, True), (4, 12, True)])
def test_estimates_equal_scipy(statistic: Callable, seed: int, n: int, ties: bool) -> None:
    x, y = sample(seed, n, ties)
    assert float(statistic(x, y)) == pytest.approx(SCIPY[statistic](x, y), abs=1e-12)


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda each: each.__name__)
def test_batches_equal_single_samples(statistic: Callable) -> None:
    pairs = [sample(seed, 15, ties=seed % 2 == 0) for seed in range(6)]
    batch = statistic(np.stack([x for x, _ in pairs]), np.stack([y for _, y in pairs]))
    assert batch == pytest.approx([SCIPY[statistic](x, y) for x, y in pairs], abs=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_deviations_that_rounding_tells_apart_are_tied(seed: int) -> None:
    """At three levels one place has twice the shops of the other, and at two of them twice the turnover, at one half.

    All deviations are half the logarithm of two, up or down. Four places have the same sign in both and two have not:
    r = rho = (4 - 2) / 6. Four pairs of places agree and one does not, of nine that are tied in neither:
    tau-b = (4 - 1) / 9.
    """
    rng = np.random.default_rng(seed)
    least = rng.integers(1, 10_000, (2, 3))
    levels = np.array(["a", "a", "b", "b", "c", "c"])
    x = np.log(least[0][:, None] * [1, 2]).ravel()
    y = np.log(least[1][:, None] * np.array([[1, 2], [1, 2], [2, 1]])).ravel()
    for statistic in (pearson, spearman, kendall):
        found = statistic(centre(x, levels), centre(y, levels))
        assert float(found) == pytest.approx(1 / 3, abs=1e-9), statistic.__name__


@pytest.mark.parametrize("figure", [100, 350, 1_486, 16_200, 7 * 10**7])
def test_equal_places_have_no_correlation_and_no_slope(figure: int) -> None:
    equal, levels = np.full(7, np.log(figure)), np.array(["a"] * 4 + ["b"] * 3)
    y = np.log([3.0, 1, 4, 1, 5, 9, 2])
    for statistic in (pearson, spearman, kendall, slope):
        for groups in (levels, np.full(7, "a")):
            with np.errstate(invalid="ignore"):
                assert np.isnan(statistic(centre(equal, groups), centre(y, groups))), statistic.__name__


def outlying(seed: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = sample(seed, 25)
    y[:3] += 8
    return x, y


def rlm_slope(x: np.ndarray, y: np.ndarray) -> float:
    model = RLM(y, add_constant(x), M=HuberT())
    return float(model.fit(maxiter=500, tol=1e-13).params[1])


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_huber_equals_statsmodels(seed: int) -> None:
    x, y = outlying(seed)
    assert float(huber_slope(x, y)) == pytest.approx(rlm_slope(x, y), abs=1e-6)


def test_huber_for_many_samples_at_once() -> None:
    pairs = [outlying(seed) for seed in range(5)]
    batch = huber_slope(np.stack([x for x, _ in pairs]), np.stack([y for _, y in pairs]))
    assert batch == pytest.approx([rlm_slope(x, y) for x, y in pairs], abs=1e-6)


def test_huber_of_points_on_a_line_is_the_line() -> None:
    x = np.arange(8.0)
    assert float(huber_slope(x, 3 - 2 * x)) == pytest.approx(-2)


# z = 0.549306, half-widths 1.959964 times 0.2, sqrt(1.125/25) = 0.212132 and sqrt(0.437/24) = 0.134938.
@pytest.mark.parametrize(
    ("method", "low", "high"),
    [("Pearson (logs)", 0.1560, 0.7358), ("Spearman", 0.1327, 0.7465), ("Kendall", 0.2773, 0.6716)],
)
def test_fisher_intervals_worked_by_hand(method: str, low: float, high: float) -> None:
    assert fisher_interval(0.5, 28, method) == pytest.approx((low, high), abs=1e-4)


def test_fisher_equals_scipy_for_pearson() -> None:
    x, y = sample(9, 20)
    interval = stats.pearsonr(x, y).confidence_interval(0.95)
    assert fisher_interval(float(pearson(x, y)), 20, METHODS[0]) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize(("method", "n"), [("Pearson (logs)", 3), ("Spearman", 3), ("Kendall", 4)])
def test_fisher_needs_enough_places(method: str, n: int) -> None:
    assert np.isnan(fisher_interval(0.5, n, method)).all()
    assert not np.isnan(fisher_interval(0.5, n + 1, method)).any()
    assert np.isnan(fisher_interval(1.0, 30, method)).all()


def test_ols_interval_is_hc3_with_the_t_distribution() -> None:
    table = places()
    y, columns = design(table)
    inverse = np.linalg.inv(columns.T @ columns)
    residual = y - columns @ (inverse @ columns.T @ y)
    leverage = np.einsum("ij,jk,ik->i", columns, inverse, columns)
    meat = columns.T @ (columns * ((residual / (1 - leverage)) ** 2)[:, None])
    half = stats.t.ppf(0.975, len(y) - columns.shape[1]) * np.sqrt((inverse @ meat @ inverse)[0, 0])
    ols = elasticities(table, 99, 1).set_index("fit").loc["OLS"]
    estimate = full_slope(table)
    assert ols[["elasticity", "low", "high"]].tolist() == pytest.approx([estimate, estimate - half, estimate + half])


def test_the_slope_without_level_means_equals_the_full_fit() -> None:
    table = places(8, (9, 5, 6))
    y, columns = design(table)
    hat = columns[:, 1:] @ np.linalg.pinv(columns[:, 1:])
    x_left, y_left = columns[:, 0] - hat @ columns[:, 0], y - hat @ y
    assert float(slope(x_left, y_left)) == pytest.approx(full_slope(table))
    pooled = correlations(table, 99, 1).iloc[-3]
    assert pooled["estimate"] == pytest.approx(stats.pearsonr(x_left, y_left).statistic)


def test_robust_elasticities_against_other_programs() -> None:
    table = places(6, (9, 7, 8))
    fits = elasticities(table, 199, 3).set_index("fit")
    logs = pd.DataFrame(np.log(table[["active_shops", "turnover_cny"]].to_numpy(dtype=float)), columns=["x", "y"])
    centred = logs - logs.groupby(table["level"]).transform("mean")
    x, y = centred["x"].to_numpy(), centred["y"].to_numpy()
    assert fits.loc["Huber", "elasticity"] == pytest.approx(rlm_slope(x, y), abs=1e-6)
    pairs = [(y[j] - y[i]) / (x[j] - x[i]) for i in range(len(x)) for j in range(i) if x[i] != x[j]]
    assert fits.loc["Theil-Sen", "elasticity"] == pytest.approx(np.median(pairs))
    assert (fits["low"] < fits["elasticity"]).all() and (fits["elasticity"] < fits["high"]).all()
    assert (fits["n"] == len(table)).all()


def test_one_level_alone_has_an_elasticity_too() -> None:
    table = places(7, (12, 0, 0))
    assert elasticities(table, 99, 1).loc[0, "elasticity"] == pytest.approx(full_slope(table))


GROUPS = np.repeat(["a", "b"], 10)
ONE = np.repeat(["a"], 20)


@pytest.mark.parametrize("groups", [ONE, GROUPS], ids=["one level", "two levels"])
def test_the_seed_alone_decides_the_bootstrap(groups: np.ndarray) -> None:
    x, y = sample(11, 20)
    first = bootstrap_interval(pearson, x, y, groups, 500, 1)
    assert bootstrap_interval(pearson, x, y, groups, 500, 1) == first
    assert bootstrap_interval(pearson, x, y, groups, 500, 2) != first


@pytest.mark.parametrize("groups", [ONE, GROUPS], ids=["one level", "two levels"])
def test_resampling_in_chunks_does_not_change_the_interval(groups: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = sample(12, 20)
    whole = bootstrap_interval(kendall, x, y, groups, 300, 4)
    monkeypatch.setattr(association, "MAX_CELLS", 7 * 20**2)
    assert bootstrap_interval(kendall, x, y, groups, 300, 4) == whole


@pytest.mark.parametrize("statistic", [*STATISTICS, huber_slope], ids=lambda each: each.__name__)
def test_a_bootstrap_interval_holds_the_estimate(statistic: Callable) -> None:
    x, y = sample(13, 40)
    low, high = bootstrap_interval(statistic, x, y, np.repeat("a", 40), 999, 1)
    assert low < float(statistic(x, y)) < high


@pytest.mark.slow
@pytest.mark.parametrize("statistic", [pearson, slope], ids=lambda each: each.__name__)
def test_the_bootstrap_agrees_with_scipy(statistic: Callable) -> None:
    x, y = sample(14, 25)
    theirs = stats.bootstrap(
        (x, y), statistic, paired=True, method="percentile", n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    ours = bootstrap_interval(statistic, x, y, np.repeat("a", 25), 20_000, 2)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.02)


@pytest.mark.parametrize(
    ("of_tallies", "one_by_one"), [(pearson_of_tallies, stats.pearsonr), (spearman_of_tallies, stats.spearmanr)]
)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.filterwarnings("ignore:An input array is constant")
def test_counting_how_often_a_place_is_drawn_gives_what_scipy_gives_draw_by_draw(
    of_tallies: Callable, one_by_one: Callable, tied: bool
) -> None:
    x, y = sample(15, 6)
    if tied:
        x, y = np.array([1.0, 1, 2, 2, 2, 3]), np.array([5.0, 4, 4, 4, 5, 1])
    draws = np.random.default_rng(3).integers(0, 6, (400, 6))
    draws[0] = 2  # one place alone has no correlation
    expected = [one_by_one(x[draw], y[draw]).statistic for draw in draws]
    assert of_tallies(x, y, tallies(draws, 6)) == pytest.approx(expected, abs=1e-9, nan_ok=True)
    assert np.isnan(expected[0])


def test_places_are_drawn_within_their_level() -> None:
    x, y = np.array([1.0, 2, 3, 50, 70]), np.array([1.0, 2, 3, 90, 40])
    groups = np.array(["a", "a", "a", "b", "b"])
    seen = []

    def kept(drawn_x: np.ndarray, drawn_y: np.ndarray) -> np.ndarray:
        seen.append((drawn_x, drawn_y))
        return slope(drawn_x, drawn_y)

    bootstrap_interval(kept, x, y, groups, 200, 1)
    drawn_x, drawn_y = (np.concatenate(each) for each in zip(*seen, strict=True))
    for drawn in (drawn_x, drawn_y):
        assert drawn.shape == (200, 5)
        assert np.abs(drawn[:, :3].sum(1)).max() < 1e-9 and np.abs(drawn[:, 3:].sum(1)).max() < 1e-9
    assert np.abs(drawn_x[:, :3]).max() <= 2 and set(np.abs(drawn_x[:, 3:]).ravel()) == {0.0, 10.0}
    assert drawn_x[:, :3] == pytest.approx(drawn_y[:, :3]), "shops and turnover of a place stay together"


def test_draws_without_a_value_are_left_out() -> None:
    x, y = np.array([0.0, 0, 0, 0, 1]), np.array([0.0, 1, 2, 1, 5])
    assert np.isfinite(bootstrap_interval(pearson, x, y, np.repeat("a", 5), 200, 1)).all()


def test_correlations_of_each_level_and_pooled() -> None:
    table = places(15, (8, 4, 2))
    rows = correlations(table, 199, 1)
    assert rows["places"].tolist() == ["village"] * 3 + ["town"] * 3 + [POOLED] * 3
    assert rows["measure"].tolist() == list(METHODS) * 3
    assert rows["n"].tolist() == [8] * 3 + [4] * 3 + [14] * 3
    town = rows[rows["places"] == "town"]
    assert town[["bootstrap_low", "bootstrap_high"]].isna().all(axis=None)
    assert rows.drop(town.index)[["bootstrap_low", "bootstrap_high"]].notna().all(axis=None)
    village = np.log(table[table["level"] == "village"][["active_shops", "turnover_cny"]].to_numpy(dtype=float))
    assert rows["estimate"].head(3).tolist() == pytest.approx([SCIPY[each](*village.T) for each in STATISTICS[:3]])


def test_five_places_get_a_bootstrap() -> None:
    rows = correlations(places(16, (5, 0, 0)), 99, 1)
    assert rows.loc[rows["places"] == "village", "bootstrap_low"].notna().all()


def test_each_removed_level_mean_costs_fisher_one_place() -> None:
    pooled = correlations(places(17, (6, 5, 5)), 99, 1).iloc[-3]
    z, half = np.arctanh(pooled["estimate"]), stats.norm.ppf(0.975) / np.sqrt(16 - 2 - 3)
    assert (pooled["fisher_low"], pooled["fisher_high"]) == pytest.approx((np.tanh(z - half), np.tanh(z + half)))


def test_pooling_does_not_count_the_size_of_levels_as_agreement() -> None:
    shops, turnover = [100, 110, 120, 10_000, 11_000, 12_000], [120, 110, 100, 12_000, 11_000, 10_000]
    table = pd.DataFrame({"level": ["village"] * 3 + ["county"] * 3, "active_shops": shops, "turnover_cny": turnover})
    assert correlations(table.assign(place="x"), 99, 1)["estimate"].iloc[-3] < -0.9


def test_leave_one_out_equals_dropping_by_hand() -> None:
    table = places(18, (5, 4, 3))
    full = full_slope(table)
    expected = {}
    for index, place in table.iterrows():
        rest = table.drop(index)
        y, columns = design(rest)
        keep = columns[:, 1:]
        hat = keep @ np.linalg.pinv(keep)
        r = stats.pearsonr(columns[:, 0] - hat @ columns[:, 0], y - hat @ y).statistic
        expected[place["place"]] = (r, full_slope(rest), full_slope(rest) - full)
    found = leave_one_out(table)
    assert len(found) == 12
    for row in found.itertuples():
        assert (row.without_it_r, row.without_it_elasticity, row.shift) == pytest.approx(expected[row.place])
    assert found["shift"].abs().is_monotonic_decreasing
