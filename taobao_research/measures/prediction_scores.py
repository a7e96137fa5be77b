"""How well a list was predicted: scores, differences from the best naive forecast, calibration, and choices swept."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from taobao_research.measures import forecasts as distributions
from taobao_research.measures.count_models import (
    CONVERGED,
    HURDLE,
    NEGATIVE_BINOMIAL,
    NoFitError,
    Part,
    fitted,
    unsettled,
)
from taobao_research.measures.forecasts import Forecast, brier_scores, log_scores, ranked_scores
from taobao_research.measures.intervals import CONFIDENCE, middle, wilson_interval
from taobao_research.measures.prediction import (
    BASELINES,
    BOTH,
    FORMS,
    GROWN,
    KINDS,
    MODELS,
    NAIVE,
    NEIGHBOURS,
    NO_GROWTH,
    OWN,
    RELATIVE,
    Case,
    Key,
    case_of,
    columns_of,
    floor_of,
    grown,
)

Scored = dict[Key, dict[str, np.ndarray]]  # by score, the loss of each county
LOG_SCORE, RANKED, BRIER = "log score", "ranked probability score", "Brier score of presence"
SCORES: dict[str, Callable] = {LOG_SCORE: log_scores, RANKED: ranked_scores, BRIER: brier_scores}
BETTER, WORSE, UNTOLD = "better", "worse", "cannot be told"
LISTED = "the list itself"
NAMES = ["assumed", "model", "covariates"]
DIFFERENCES = ["score", *NAMES, "baseline", "difference", "low", "high", "direction", "n", "provinces"]
MODEL_COLUMNS = ["model", "covariates", "part", "term", "ratio", "low", "high", "n", "provinces", "status"]
VILLAGES, WHERE_ANY, PRESENCE = "villages", "villages, where there are any", "presence"
UNSETTLED = "not settled by the lists"
TERMS = ("any villages before", "own villages, doubled", "1 + neighbours over the mean, doubled")
EDGES = (0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)  # of chances of presence put together
FLOORS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
SWEPT_NEIGHBOURS = (4, 6, 8)
SHOWN = ((GROWN, NAIVE), (NEGATIVE_BINOMIAL, BOTH), (HURDLE, BOTH))  # whose calibration is shown
BINS = 10
DECIMALS, OF_SMALLEST = 3, 4  # of differences: as many as tables show, so that none is rounded twice


def scored(case: Case | None, made: dict[Key, Forecast | str]) -> Scored:
    """The loss of each county under each proper score (``SCORES``), for the forecasts that there are."""
    if case is None:
        return {}
    there = {key: each for key, each in made.items() if isinstance(each, Forecast)}
    return {key: {name: score(each, case.after) for name, score in SCORES.items()} for key, each in there.items()}


def scores(case: Case, made: dict[Key, Forecast | str], losses: Scored) -> pd.DataFrame:
    """Mean scores over all counties, lower is better, with ``villages`` predicted together, ``n`` and ``status``.

    The first row says how many villages the list has.
    """
    rows = [("", LISTED, "", np.nan, np.nan, np.nan, float(case.after.sum()), len(case.after), "")]
    for key, each in made.items():
        if isinstance(each, Forecast):
            means = [float(losses[key][score].mean()) for score in SCORES]
            status = "" if key[1:] in BASELINES else CONVERGED
            rows.append((*key, *means, float(each.expected.sum()), len(case.after), status))
        else:
            rows.append((*key, np.nan, np.nan, np.nan, np.nan, len(case.after), each))
    return pd.DataFrame(rows, columns=[*NAMES, "log_score", "ranked_score", "brier_score", "villages", "n", "status"])


def differences(case: Case | None, losses: Scored, resamples: int, seed: int) -> pd.DataFrame:
    """Each model's mean score less that of the naive forecast with the best one, with intervals: ``DIFFERENCES``.

    The best of ``BASELINES`` under the same growth, or none, is found from the scores themselves, which favours it.
    Below 0 the model is better. Intervals: ``drawn_again``. All three are rounded to three decimals, or to four where
    that leaves nothing; ``direction`` is read off the ends as rounded.
    """
    if case is None:
        return pd.DataFrame(columns=DIFFERENCES)
    draws, rows = drawn_again(case.groups, resamples, seed), []
    for score in SCORES:
        for growth in case.growths:
            naive = [key for key in losses if key[1:] in BASELINES and key[0] in (growth, NO_GROWTH)]
            if naive:
                best = min(naive, key=lambda key: losses[key][score].mean())
                for model in MODELS:
                    if (key := (growth, *model)) in losses:
                        ends = _difference(losses[key][score] - losses[best][score], case.groups, draws)
                        rows.append((score, *key, best[1], *ends, len(case.after), len(draws[0])))
    return pd.DataFrame(rows, columns=DIFFERENCES)


def with_neighbours(case: Case, losses: Scored, resamples: int, seed: int) -> pd.DataFrame:
    """The same for each model with neighbours, less the same model without."""
    draws, rows = drawn_again(case.groups, resamples, seed), []
    for score in SCORES:
        for growth in case.growths:
            for kind in KINDS:
                key, without = (growth, kind, BOTH), (growth, kind, OWN)
                if key in losses and without in losses:
                    ends = _difference(losses[key][score] - losses[without][score], case.groups, draws)
                    rows.append((score, growth, kind, *ends, len(case.after), len(draws[0])))
    return pd.DataFrame(rows, columns=[each for each in DIFFERENCES if each not in ("covariates", "baseline")])


def drawn_again(groups: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """How often each province is drawn, with replacement, as many as there are; shape (resamples, provinces)."""
    several = len(np.unique(groups))
    return np.random.default_rng(seed).multinomial(several, np.full(several, 1 / several), size=resamples)


def coefficients(case: Case) -> pd.DataFrame:
    """Ratios fitted to all that is learned, intervals clustered by province (t with G - 1): ``MODEL_COLUMNS``.

    ``ratio``: how many times as many villages (or, in the part on presence, as high odds) go with any villages before
    against none, and with each doubling. Where no data settle a coefficient there is no ratio.
    """
    rows, learned, provinces = [], case.learned, len(np.unique(case.groups))
    for kind, covariates in MODELS:
        design = learned.design[:, : columns_of(covariates)]
        try:
            fit = fitted(kind, design, learned.counts, case.groups, learned.growth)
        except NoFitError as reason:
            rows.append((kind, covariates, "", "", *[np.nan] * 3, len(design), provinces, str(reason)))
            continue
        settled = np.full(design.shape[1], True)
        if fit.presence is None:
            rows += _ratios(kind, covariates, VILLAGES, fit.count, settled)
        else:
            rows += _ratios(kind, covariates, WHERE_ANY, fit.count, settled)
            rows += _ratios(kind, covariates, PRESENCE, fit.presence, ~unsettled(design, learned.counts > 0))
    return pd.DataFrame(rows, columns=MODEL_COLUMNS)


def dispersion(case: Case, made: dict[Key, Forecast | str]) -> pd.DataFrame:
    """Variance over mean, and share of counties without villages: of the list, and as each forecast has them."""
    counts = case.after
    mean = max(float(counts.mean()), 1e-300)
    rows = [("", LISTED, "", float(counts.var()) / mean, float((counts == 0).mean()), len(counts))]
    for key, each in made.items():
        if isinstance(each, Forecast):
            spread = float(each.variance.mean() + each.expected.var())
            rows.append((*key, spread / float(each.expected.mean()), float(1 - each.presence.mean()), len(counts)))
    return pd.DataFrame(rows, columns=[*NAMES, "variance_over_mean", "zeros_share", "n"])


def transforms(case: Case | None, made: dict[Key, Forecast | str]) -> pd.DataFrame:
    """The PIT histogram of counties with villages before: ``NAMES``, ``bin`` (its upper end), ``height``, ``n``."""
    columns = [*NAMES, "bin", "height", "n"]
    if case is None:
        return pd.DataFrame(columns=columns)
    held, rows = case.before > 0, []
    for key in _shown(case, made):
        part = Forecast(*(values[held] for values in made[key]))
        if held.any():
            heights = distributions.transformed(part, case.after[held], BINS)
            rows += [(*key, (at + 1) / BINS, float(height), int(held.sum())) for at, height in enumerate(heights)]
    return pd.DataFrame(rows, columns=columns)


def reliability(case: Case | None, made: dict[Key, Forecast | str]) -> pd.DataFrame:
    """Counties put together by the chance of presence predicted: its mean, their share with villages, Wilson's ends."""
    columns = [*NAMES, "predicted_share", "share", "low_share", "high_share", "n"]
    if case is None:
        return pd.DataFrame(columns=columns)
    rows, held = [], case.after > 0
    for key in _shown(case, made):
        chance = made[key].presence
        bins = np.clip(np.digitize(chance, EDGES) - 1, 0, len(EDGES) - 2)
        for each in np.unique(bins):
            own = bins == each
            low, high = wilson_interval(held[own].sum(), own.sum())
            share = (float(chance[own].mean()), float(held[own].mean()), float(low), float(high))
            rows.append((*key, *share, int(own.sum())))
    return pd.DataFrame(rows, columns=columns)


def floors(case: Case) -> pd.DataFrame:
    """The naive forecast *own villages times growth* with other floors: ``floor``, ``fitted``, and two mean scores.

    ``fitted`` marks the floor that is likeliest where models are fitted, the one used; with provinces left out it is
    found for each group of them, and the mean of all counties stands here.
    """
    likeliest, growth, own = floor_of(case.learned), np.empty(len(case.before)), np.empty(len(case.before))
    for fold in case.folds:
        growth[fold.rows], own[fold.rows] = fold.growth, floor_of(fold)
    rows = []
    for floor in sorted({*FLOORS, likeliest}):
        made = grown(case.before, growth, own if floor == likeliest else floor)
        means = (float(log_scores(made, case.after).mean()), float(ranked_scores(made, case.after).mean()))
        rows.append((floor, floor == likeliest, *means, len(case.after)))
    return pd.DataFrame(rows, columns=["floor", "fitted", "log_score", "ranked_score", "n"])


def choices(units: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """How many neighbours there are and how they count (``FORMS``), swept in the hurdle: mean log score where fitted.

    One choice is moved at a time. With three lists also both scores of the list predicted, growth as before. Lower is
    better.
    """
    swept = [(RELATIVE, k) for k in SWEPT_NEIGHBOURS] + [(form, NEIGHBOURS) for form in FORMS if form != RELATIVE]
    rows = []
    for form, k in swept:
        case = case_of(units, years, k, form)
        if case is not None:
            rows.append((form, f"{k} nearest", *_swept(case), len(case.after)))
    table = pd.DataFrame(rows, columns=["transform", "weights", "fitted_log_score", "log_score", "ranked_score", "n"])
    return table.dropna(axis=1, how="all")


def _swept(case: Case) -> tuple[float, float, float]:
    learned = case.learned
    try:
        fit = fitted(HURDLE, learned.design, learned.counts, None, learned.growth)
    except NoFitError:
        return np.nan, np.nan, np.nan
    inside = float(log_scores(fit.forecast(learned.design), learned.counts).mean())
    if case.by_province:
        return inside, np.nan, np.nan
    ahead = fit.forecast(case.design)
    return inside, float(log_scores(ahead, case.after).mean()), float(ranked_scores(ahead, case.after).mean())


def _difference(loss: np.ndarray, groups: np.ndarray, draws: np.ndarray) -> tuple[float, float, float, str]:
    """The mean difference, the middle 95% of means over provinces drawn again, and what can be told: rounded."""
    sums, sizes = np.bincount(groups, loss), np.bincount(groups)
    ends = middle((draws @ sums) / (draws @ sizes))
    mean, low, high = (_rounded(float(each)) for each in (loss.mean(), *ends))
    return mean, low, high, BETTER if high < 0 else WORSE if low > 0 else UNTOLD


def _rounded(value: float) -> float:
    return (round(value, DECIMALS) or round(value, OF_SMALLEST)) + 0.0  # and not -0.0


def _ratios(kind: str, covariates: str, name: str, part: Part, settled: np.ndarray) -> list[tuple]:
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, part.clusters - 1))
    rows = []
    for at, term in enumerate(TERMS[: len(settled) - 1], start=1):
        unit = 1.0 if at == 1 else np.log(2)
        value, half = part.coefficients[at] * unit, reach * part.errors[at] * unit
        ends = [float(np.exp(each)) for each in (value, value - half, value + half)] if settled[at] else [np.nan] * 3
        status = CONVERGED if settled[at] else UNSETTLED
        rows.append((kind, covariates, name, term, *ends, part.n, part.clusters, status))
    return rows


def _shown(case: Case, made: dict[Key, Forecast | str]) -> list[Key]:
    keys = [(growth, *model) for growth in case.growths[:1] for model in SHOWN]
    return [key for key in keys if isinstance(made.get(key), Forecast)]
