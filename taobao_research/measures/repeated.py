"""Shops and turnover with every row that prints both: several rows of one place are kept and not taken as independent.

The estimates describe the places given, which are no sample; an interval says how much they rest on single places.
"""

import warnings
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import optimize
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

from taobao_research.measures.association import METHODS
from taobao_research.measures.definitions import COUNTY
from taobao_research.measures.intervals import CONFIDENCE, Z, middle
from taobao_research.measures.listed import LEAST_LISTED, correlations_of_list, draws_for, with_both

LEAST_PLACES = 5
RATIOS = (1e-8, 1e8)  # of the variance between places to that within
PLACE = ["level", "province", "place_zh"]
COLUMNS = ["fit", "n", "places_count", "elasticity", "low", "high", "interval"]
TESTED = ["measure", "n", "counties", "estimate", "low", "high", "interval"]
FISHER, NO_FISHER = "Fisher z", "Fisher z: none at 1 or -1"
CLUSTERED = "clusters are places, t"


def repeated_fits(rows: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """The elasticity of turnover with respect to shops from all rows, places allowed to differ.

    log turnover on log shops and the level: least squares with errors that treat all rows as independent (HC3, for
    comparison), with errors clustered by place (Liang and Zeger 1986, Biometrika 73; t with places less one degrees of
    freedom), with places drawn again whole, and with the year added; a mixed model with a random mean for each place
    (REML; Laird and Ware 1982, Biometrics 38), without and with the year; and a mean for each place, which leaves
    only differences in time within places. Takes rows of ``cited.comparable``. Returns ``fit``, ``n`` (rows),
    ``places_count``, ``elasticity``, ``low``, ``high``, ``interval``; no rows for fewer than ``LEAST_PLACES`` places.
    """
    logs = _logs(rows)
    if logs["cluster"].nunique() < LEAST_PLACES:
        return pd.DataFrame(columns=COLUMNS)
    level = " + C(level)" if logs["level"].nunique() > 1 else ""
    year = " + years" if logs["years"].nunique() > 1 else ""
    plain, with_year = f"log_turnover ~ log_shops{level}", f"log_turnover ~ log_shops{level}{year}"
    size = (len(logs), logs["cluster"].nunique())
    fits = [
        ("OLS, rows as if independent", *size, *_least_squares(plain, logs, "HC3"), "HC3, t"),
        ("OLS", *size, *_least_squares(plain, logs), CLUSTERED),
        ("OLS", *size, *_redrawn(logs, resamples, seed), "places drawn again"),
        ("OLS with the year", *size, *_least_squares(with_year, logs), CLUSTERED),
        ("mixed model", *size, *_mixed(plain, logs), "REML, normal"),
        ("mixed model with the year", *size, *_mixed(with_year, logs), "REML, normal"),
    ]
    varying = logs[logs.groupby("cluster")["log_shops"].transform("nunique") > 1]
    if varying["cluster"].nunique() > 2:
        within = _least_squares("log_turnover ~ log_shops + C(cluster)", varying)
        fits.append(("within places", len(varying), varying["cluster"].nunique(), *within, CLUSTERED))
    return pd.DataFrame(fits, columns=COLUMNS)


def direct_test(villages: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Correlations and elasticity among the villages of a list that gives both figures.

    Takes a village table. Pearson on logs, Spearman and Kendall (``listed.correlations_of_list``; Fisher's z), and the
    elasticity with errors clustered by county, since neighbours are no independent villages; for Pearson also the
    interval when counties are drawn again whole. Returns ``measure``, ``n``, ``counties`` (in which the n lie),
    ``estimate``, ``low``, ``high``, ``interval``, which says why where there is none; no rows for fewer than
    ``listed.LEAST_LISTED`` villages.
    """
    table = correlations_of_list(villages, resamples, seed).rename(columns={"fisher_low": "low", "fisher_high": "high"})
    table = table.assign(interval=FISHER, counties=0)[TESTED]
    if table.empty:
        return table
    both = list_with_both(villages)
    logs = pd.DataFrame({"log_shops": np.log(both["active_shops"]), "log_turnover": np.log(both["turnover_cny"])})
    logs["cluster"] = both.groupby(COUNTY, dropna=False).ngroup()
    counties = int(logs["cluster"].nunique())
    clustered = counties >= LEAST_PLACES
    found = _least_squares("log_turnover ~ log_shops", logs, "cluster" if clustered else "HC3")
    name = "clusters are counties, t" if clustered else "HC3, t"
    rows = [("Elasticity", len(logs), counties, *found, name)]
    if clustered:
        drawn = _counties_redrawn(logs, draws_for(len(logs), resamples), seed)
        rows.insert(0, (METHODS[0], len(logs), counties, table["estimate"].iloc[0], *drawn, "counties drawn again"))
    table = table.assign(counties=counties, interval=table["interval"].where(table["low"].notna(), NO_FISHER))
    return pd.concat([table, pd.DataFrame(rows, columns=TESTED)], ignore_index=True)


def list_with_both(villages: pd.DataFrame) -> pd.DataFrame:
    """The villages of a list with shops and turnover, both above zero, if they are ``listed.LEAST_LISTED`` or more.

    Returns province, city, county and ``listed.FIGURES`` as numbers, ``households`` missing where not known; no rows
    for fewer. A row that is several villages tells of none.
    """
    figures = with_both(villages)
    kept = villages.reindex(columns=COUNTY).reset_index(drop=True).join(figures, how="right").reset_index(drop=True)
    return kept if len(kept) >= LEAST_LISTED else kept.head(0)


def _counties_redrawn(logs: pd.DataFrame, resamples: int, seed: int) -> tuple[float, float]:
    """The percentile interval of Pearson's r when clusters are drawn again whole: from sums of each cluster."""
    x, y = (logs[name] - logs[name].mean() for name in ("log_shops", "log_turnover"))
    parts = pd.DataFrame({"n": 1.0, "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y})
    sums = parts.groupby(logs["cluster"].to_numpy()).sum()
    equal = np.full(len(sums), 1 / len(sums))
    drawn = np.random.default_rng(seed).multinomial(len(sums), equal, size=resamples) @ sums.to_numpy()
    n, x, y, xx, yy, xy = drawn.T
    with np.errstate(invalid="ignore", divide="ignore"):
        values = (xy - x * y / n) / np.sqrt((xx - x * x / n) * (yy - y * y / n))
    return middle(np.clip(values, -1.0, 1.0))  # sums of a perfect line may exceed 1 by their rounding


def _logs(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "log_shops": np.log(rows["active_shops"].astype(float)),
            "log_turnover": np.log(rows["turnover_cny"].astype(float)),
            "level": rows["level"].astype(str),
            "years": rows["year"].astype(float) - rows["year"].astype(float).mean(),
            "cluster": rows.groupby(PLACE).ngroup() if len(rows) else pd.Series(dtype=int),
        }
    ).reset_index(drop=True)


def _least_squares(formula: str, logs: pd.DataFrame, errors: str = "cluster") -> tuple[float, float, float]:
    keywords = {"groups": logs["cluster"]} if errors == "cluster" else None
    fit = smf.ols(formula, logs).fit(cov_type=errors, cov_kwds=keywords, use_t=True)
    low, high = fit.conf_int(1 - CONFIDENCE).loc["log_shops"]
    return float(fit.params["log_shops"]), float(low), float(high)


def _mixed(formula: str, logs: pd.DataFrame) -> tuple[float, float, float]:
    """The REML estimate and its normal interval, none where no ratio of the two variances is the likeliest.

    With one random mean a place, the likelihood depends on the ratio of the two variances alone, so its maximum is a
    root of the slope, found to the last digits; the search of statsmodels stops earlier. Where it is the likelier the
    smaller the ratio, the smallest of ``RATIOS`` is taken as known. With one row a place the ratio makes no difference.
    """
    if logs["cluster"].is_unique:
        return (np.nan, np.nan, np.nan)
    model = smf.mixedlm(formula, logs, groups=logs["cluster"], use_sqrt=False)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            model.fit(reml=True, maxiter=1)  # for the settings that ``score`` needs
            least, most = np.log(RATIOS)
            known = _slope(model, least) < 0
            found = _at_ratio(
                model, least if known else optimize.brentq(partial(_slope, model), least, most, xtol=1e-14)
            )
            coefficients, _ = model.get_fe_params(found.cov_re, found.vcomp)
            found.fe_params = coefficients
            information = -model.hessian(found)[0]
            covariance = np.linalg.inv(information[: model.k_fe, : model.k_fe] if known else information)
        except (np.linalg.LinAlgError, ValueError):  # a likelihood that is not finite, or rises without end
            return (np.nan, np.nan, np.nan)
    place = model.exog_names.index("log_shops")
    estimate, error = float(coefficients[place]), float(np.sqrt(covariance[place, place]))
    return estimate, estimate - Z * error, estimate + Z * error


def _slope(model: MixedLM, log_ratio: float) -> float:
    """Of the profile likelihood by the ratio of the variance between places to that within."""
    return float(model.score(_at_ratio(model, log_ratio))[0])


def _at_ratio(model: MixedLM, log_ratio: float) -> MixedLMParams:
    return MixedLMParams.from_components(np.zeros(model.k_fe), np.array([[np.exp(log_ratio)]]), vcomp=np.zeros(0))


def _redrawn(logs: pd.DataFrame, resamples: int, seed: int) -> tuple[float, float, float]:
    """The slope with level means removed, and its percentile interval when places are drawn whole in their level."""
    places = logs.drop_duplicates("cluster").sort_values("cluster")
    rng = np.random.default_rng(seed)
    drawn = np.zeros((resamples, len(places)))
    for level in dict.fromkeys(places["level"]):
        members = np.flatnonzero(places["level"] == level)
        drawn[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=resamples)
    weights = np.vstack([np.ones(len(logs)), drawn[:, logs["cluster"].to_numpy()]])
    x, y = logs["log_shops"].to_numpy(), logs["log_turnover"].to_numpy()
    products = squares = 0.0
    for level in dict.fromkeys(logs["level"]):
        inside = (logs["level"] == level).to_numpy()
        w, total = weights[:, inside], weights[:, inside].sum(1)
        means = (w @ x[inside] / total, w @ y[inside] / total)
        products = products + w @ (x[inside] * y[inside]) - total * means[0] * means[1]
        squares = squares + w @ x[inside] ** 2 - total * means[0] ** 2
    values = np.divide(products, squares, out=np.full(len(weights), np.nan), where=squares > 1e-9)
    return (float(values[0]), *middle(values[1:]))
