"""The report's definitions of Taobao village, town and cluster as functions of their thresholds."""

from collections.abc import Iterable

import pandas as pd

from taobao_research.measures.counts import count_by, growth

TOWN = ["province", "city", "county", "town"]
COUNTY = ["province", "city", "county"]
CRITERIA = ("enough_turnover", "enough_shops", "enough_household_share", "taobao_village")


def village_criteria(
    places: pd.DataFrame, min_turnover_cny: int, min_active_shops: int, min_household_share: float
) -> pd.DataFrame:
    """Which criteria of a Taobao village each place meets, as far as its figures reach.

    Source: report, appendix to section 1: turnover of 10 million yuan or more, and 100 active shops or more
    *or* active shops for 10% or more of the households.
    Takes ``turnover_cny`` (yuan), ``active_shops`` and ``households`` (counts), each possibly missing.
    Returns the table with the nullable booleans ``enough_turnover``, ``enough_shops``,
    ``enough_household_share`` and ``taobao_village``; missing stays missing unless it cannot matter.

    >>> village = pd.DataFrame({"turnover_cny": [10_000_000], "active_shops": [99], "households": [990]})
    >>> bool(village_criteria(village, 10_000_000, 100, 0.10)["taobao_village"][0])
    True
    """
    turnover, shops, households = (
        places[column].astype("Float64") for column in ("turnover_cny", "active_shops", "households")
    )
    met = places.assign(
        enough_turnover=turnover >= min_turnover_cny,
        enough_shops=shops >= min_active_shops,
        enough_household_share=shops / households.where(households > 0) >= min_household_share,
    )
    met["taobao_village"] = met["enough_turnover"] & (met["enough_shops"] | met["enough_household_share"])
    return met


def count_met(met: pd.DataFrame) -> pd.DataFrame:
    """Places that meet, fail and cannot be judged by each of ``CRITERIA``: ``definition``, counts."""
    rows = [
        (name, int((met[name] == True).sum()), int((met[name] == False).sum()), int(met[name].isna().sum()))  # noqa: E712
        for name in CRITERIA
    ]
    return pd.DataFrame(rows, columns=["definition", "meets", "fails", "unknown"])


def totals(villages: pd.DataFrame, before: pd.DataFrame, town_min: int, cluster_min: int) -> pd.DataFrame:
    """Villages, Taobao towns, clusters and the provinces, cities and counties with villages, in two years.

    Returns ``measure``, ``before`` and ``now`` (counts) and ``growth``
    (fraction; empty where there is no earlier list).
    """

    def counts(table: pd.DataFrame) -> dict[str, int]:
        return {
            "Taobao villages": int(table["villages"].sum()),
            "Taobao towns": len(taobao_towns(table, town_min)),
            "Clusters": len(village_clusters(table, cluster_min)),
            "Provinces": table["province"].nunique(),
            "Prefecture-level cities": len(table.drop_duplicates(COUNTY[:2])),
            "Counties": len(table.drop_duplicates(COUNTY)),
        }

    earlier = counts(before) if len(before) else {}
    rows = [
        (name, earlier.get(name, pd.NA), value, growth(value, earlier[name]) if earlier.get(name) else float("nan"))
        for name, value in counts(villages).items()
    ]
    table = pd.DataFrame(rows, columns=["measure", "before", "now", "growth"])
    return table.astype({"before": "Int64", "now": "Int64"})


def taobao_towns(villages: pd.DataFrame, min_villages: int) -> pd.DataFrame:
    """Towns, townships and subdistricts with at least ``min_villages`` villages; columns as ``count_by``.

    Source: report, appendix to section 1 (three or more). Where the list names no town (Baigou New Town)
    the zone itself counts as the town, as the report's appendix 2 does.
    """
    towns = count_by(villages, *TOWN)
    return towns[towns["villages"] >= min_villages].reset_index(drop=True)


def village_clusters(villages: pd.DataFrame, min_villages: int) -> pd.DataFrame:
    """Counties with at least ``min_villages`` villages; columns as ``count_by``.

    Source: report section 3.1 (ten or more, 30 or more for a large cluster). The report defines a cluster
    by contiguous villages and joint turnover, which no list carries; it prints counties, and so do we.
    """
    counties = count_by(villages, *COUNTY)
    return counties[counties["villages"] >= min_villages].reset_index(drop=True)


def sweep_towns(villages: pd.DataFrame, thresholds: Iterable[int]) -> pd.DataFrame:
    """Towns, and the villages in them, at each threshold; ``share`` is of all villages (0-1)."""
    return _sweep(count_by(villages, *TOWN), thresholds, "towns")


def sweep_clusters(villages: pd.DataFrame, thresholds: Iterable[int]) -> pd.DataFrame:
    """Clusters, and the villages in them, at each threshold; ``share`` is of all villages (0-1)."""
    return _sweep(count_by(villages, *COUNTY), thresholds, "clusters")


def _sweep(counts: pd.DataFrame, thresholds: Iterable[int], name: str) -> pd.DataFrame:
    kept = [(threshold, counts[counts["villages"] >= threshold]) for threshold in thresholds]
    return pd.DataFrame(
        {
            "threshold": [threshold for threshold, _ in kept],
            name: [len(places) for _, places in kept],
            "villages": [int(places["villages"].sum()) for _, places in kept],
            "share": [float(places["share"].sum()) for _, places in kept],
        }
    )
