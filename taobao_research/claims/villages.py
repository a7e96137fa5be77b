"""Claims that the village lists reach: one function for each kind of printed figure.

Every function takes the study and, from the ledger's column ``of``, the places or names it is about. It
computes from data and never sees the printed value.
"""

import pandas as pd

from taobao_research.claims import reasons
from taobao_research.errors import UnavailableError
from taobao_research.measures.counts import count_by, growth, leading, new_places, total_villages
from taobao_research.measures.definitions import COUNTY, TOWN, taobao_towns, village_clusters
from taobao_research.measures.poverty import bound_in_words, in_national_counties, not_on_record
from taobao_research.tables.places import LEVELS, place_name
from taobao_research.tables.study import Study


def villages_total(study: Study) -> int:
    return total_villages(study.villages)


def villages_before(study: Study) -> int:
    return total_villages(_before(study))


def villages_growth(study: Study) -> float:
    """Percent."""
    return 100 * _growth(study, total_villages(study.villages), total_villages(_before(study)))


def villages_in(study: Study, *places: str) -> int:
    """Villages in the places given as ``level=name``; all must hold."""
    return total_villages(_within(study.villages, places))


def villages_in_before(study: Study, *places: str) -> int:
    return total_villages(_within(_before(study), places))


def villages_listed(study: Study, *names: str) -> int:
    """How many of the villages given as ``county/village`` the list names; unnamed remainders cannot count."""
    listed = set(study.villages["county"] + "/" + study.villages["village"])
    return sum(name in listed for name in names)


def counties_with_villages(study: Study, *counties: str) -> int:
    """How many of the named counties hold at least one village."""
    return len(set(counties) & set(study.villages["county"]))


def villages_in_regions(study: Study, *regions: str) -> int:
    return total_villages(_in_regions(study.villages, regions))


def villages_in_regions_before(study: Study, *regions: str) -> int:
    return total_villages(_in_regions(_before(study), regions))


def share_of_places(study: Study, *places: str) -> float:
    """Percent of all villages in the places given as ``level=name``; one must hold."""
    return 100 * total_villages(_within_any(study.villages, places)) / total_villages(study.villages)


def share_of_increase(study: Study, *places: str) -> float:
    """Percent of the increase over the year before (now less then) in the places given; one must hold."""
    before = _before(study)
    increase = total_villages(study.villages) - total_villages(before)
    if increase <= 0:
        raise UnavailableError(reasons.NO_INCREASE.format(year=study.year - 1))
    inside = total_villages(_within_any(study.villages, places)) - total_villages(_within_any(before, places))
    return 100 * inside / increase


def share_of_leading(study: Study, level: str, count: str) -> float:
    """Percent of all villages in the ``count`` places with the most."""
    return 100 * float(count_by(study.villages, level)["share"].head(int(count)).sum())


def share_within_province(study: Study, province: str, city: str) -> float:
    """Percent of the province's villages that lie in the city."""
    inside = _within(study.villages, (f"province={province}",))
    if inside.empty:
        raise UnavailableError(reasons.NO_SHARE.format(place=province, year=study.year))
    return 100 * total_villages(_within(inside, (f"city={city}",))) / total_villages(inside)


def places_with_villages(study: Study, level: str) -> int:
    return len(count_by(study.villages, *_levels_to(level)))


def places_with_villages_before(study: Study, level: str) -> int:
    return len(count_by(_before(study), *_levels_to(level)))


def new_provinces(study: Study) -> list[str]:
    return [study.english[(name,)] for name in new_places(study.villages, _before(study), "province")]


def new_provinces_count(study: Study) -> int:
    return len(new_provinces(study))


def ranking(study: Study, level: str, first: str = "1", last: str = "") -> pd.Series:
    """Villages by English place name, best rank first, from place ``first`` to place ``last`` (ties kept)."""
    counts = count_by(study.villages, *_levels_to(level))
    cut = leading(counts, int(last)) if last else counts
    cut = cut[cut["rank"] >= int(first)]
    return pd.Series(cut["villages"].astype(int).to_list(), index=_english(study, cut, level))


def ranking_within(study: Study, place: str, level: str) -> pd.Series:
    """Villages by English place name within the place given as ``level=name``, best rank first."""
    counts = count_by(_within(study.villages, (place,)), *_levels_to(level))
    return pd.Series(counts["villages"].astype(int).to_list(), index=_english(study, counts, level))


def rank_of(study: Study, level: str, name: str, method: str = "min") -> int:
    """Rank by villages: ``min`` skips places after a tie (1 1 3), ``dense`` does not (1 1 2)."""
    counts = count_by(study.villages, *_levels_to(level))
    counts["rank"] = counts["villages"].rank(method=method, ascending=False).astype(int)
    found = counts.loc[counts[level] == name, "rank"]
    if found.empty:
        raise UnavailableError(reasons.NO_RANK.format(place=name, year=study.year))
    return int(found.iloc[0])


def towns_total(study: Study, province: str = "") -> int:
    return towns_in(study, *([f"province={province}"] if province else []))


def towns_before(study: Study) -> int:
    return towns_in_before(study)


def towns_in(study: Study, *places: str) -> int:
    """Taobao towns in the places given as ``level=name``; all must hold."""
    return len(_within(_towns(study, study.villages), places))


def towns_in_before(study: Study, *places: str) -> int:
    return len(_within(_towns(study, _before(study)), places))


def towns_in_regions_before(study: Study, *regions: str) -> int:
    return len(_towns(study, _in_regions(_before(study), regions)))


def towns_ranking(study: Study, level: str, *places: str) -> pd.Series:
    """Taobao towns by English place name, most first, within the places given as ``level=name``."""
    towns = _within(_towns(study, study.villages), places)
    counts = towns.groupby(list(_levels_to(level))).size().sort_values(ascending=False, kind="stable")
    return pd.Series(counts.to_list(), index=_english(study, counts.index.to_frame(), level))


def towns_growth(study: Study) -> float:
    """Percent."""
    return 100 * _growth(study, towns_total(study), towns_before(study))


def clusters_total(study: Study) -> int:
    return len(village_clusters(study.villages, study.params.cluster_min_villages))


def clusters_share(study: Study) -> float:
    """Percent of all villages that lie in clusters."""
    clusters = village_clusters(study.villages, study.params.cluster_min_villages)
    return 100 * total_villages(clusters) / total_villages(study.villages)


def large_clusters(study: Study) -> list[str]:
    return _english(study, village_clusters(study.villages, study.params.large_cluster_min_villages), "county")


def cluster_provinces(study: Study) -> list[str]:
    """Provinces that hold a cluster."""
    clusters = village_clusters(study.villages, study.params.cluster_min_villages)
    return [study.english[(name,)] for name in dict.fromkeys(clusters["province"])]


def poverty_villages(study: Study) -> int:
    """Villages in national poverty counties."""
    return _poverty_villages(study, study.villages, study.year)


def poverty_villages_before(study: Study) -> int:
    _before(study)  # says what is missing
    return _poverty_villages(study, study.villages_of(study.year - 1), study.year - 1)


def provincial_list_count(study: Study, county: str) -> int:
    """On how many of the provincial poverty lists found the county stands."""
    rows = study.poverty[study.poverty["county"] == county]
    if rows.empty or rows["national_832"].isna().any():
        raise UnavailableError(reasons.NOT_ON_RECORD.format(county=county))
    return int(rows["provincial_lists"].str.count(r"[^|]+").sum())


def figure_2_differences(study: Study) -> pd.DataFrame:
    """Rows of figure 2 whose count is not the list's, and provinces that only one of them has."""
    counts = count_by(study.villages, "province")
    counts["province_en"] = [study.english[(name,)] for name in counts["province"]]
    return _differences(study.figure("figure_2_provinces"), counts, ["province_en"])


def figure_3_differences(study: Study) -> pd.DataFrame:
    counts = count_by(study.villages, "province", "city")
    counts["province_en"] = [study.english[(name,)] for name in counts["province"]]
    counts["city_en"] = _english(study, counts, "city")
    return _differences(study.figure("figure_3_cities"), leading(counts, 10), ["province_en", "city_en"])


def figure_6_differences(study: Study) -> pd.DataFrame:
    counts = leading(count_by(study.villages, *COUNTY), 10)
    counts = counts.assign(county_en=_english(study, counts, "county"))
    printed = study.figure("figure_6_clusters")
    printed["county_en"] = printed["county_en"].str.removesuffix(" County")
    return _differences(printed, counts, ["county_en"])


def figure_4_towns_with_room(study: Study) -> int:
    """Rows of figure 4 in towns that hold at least as many listed villages as figure 4 places there."""
    return _rows_with_room(study, "figure_4_shops")


def figure_7_towns_with_room(study: Study) -> int:
    return _rows_with_room(study, "figure_7_poverty")


def figure_7_differences(study: Study) -> pd.DataFrame:
    """Counties whose villages in figure 7 are not the list's villages in national poverty counties."""
    printed = study.figure("figure_7_poverty").assign(villages=1).groupby(COUNTY, as_index=False)["villages"].sum()
    _poverty_villages(study, study.villages, study.year)  # says what is not on record
    return _differences(printed, count_by(in_national_counties(study.villages, study.poverty), *COUNTY), COUNTY)


def appendix_2_differences(study: Study) -> pd.DataFrame:
    """Legible rows of appendix 2 whose count is not that of the town's rows in appendix 1."""
    printed = study.figure("appendix_2_towns")
    return _differences(printed, printed[TOWN].merge(_towns(study, study.villages), on=TOWN), TOWN)


def _before(study: Study) -> pd.DataFrame:
    if study.before.empty:
        raise UnavailableError(reasons.NO_LIST.format(year=study.year - 1))
    return study.before


def _poverty_villages(study: Study, villages: pd.DataFrame, year: int) -> int:
    poverty = study.poverty_of(villages, year)
    if len(not_on_record(villages, poverty)):
        raise UnavailableError(reasons.ONLY_A_BOUND.format(year=year, bound=bound_in_words(villages, poverty)))
    return total_villages(in_national_counties(villages, poverty))


def _towns(study: Study, villages: pd.DataFrame) -> pd.DataFrame:
    return taobao_towns(villages, study.params.town_min_villages)


def _growth(study: Study, now: int, before: int) -> float:
    if before == 0:
        raise UnavailableError(reasons.NONE_IN_LIST.format(year=study.year - 1))
    return growth(now, before)


def _levels_to(level: str) -> tuple[str, ...]:
    return LEVELS[: LEVELS.index(level) + 1]


def _within(villages: pd.DataFrame, places: tuple[str, ...]) -> pd.DataFrame:
    for place in places:
        level, name = place.split("=")
        villages = villages[villages[level] == name]
    return villages


def _in_regions(villages: pd.DataFrame, regions: tuple[str, ...]) -> pd.DataFrame:
    return villages[villages["region"].isin(regions)]


def _within_any(villages: pd.DataFrame, places: tuple[str, ...]) -> pd.DataFrame:
    return villages.loc[sorted({row for place in places for row in _within(villages, (place,)).index})]


def _english(study: Study, places: pd.DataFrame, level: str) -> list[str]:
    """The names as the report prints them, whatever language the run is in."""
    keys = places[list(_levels_to(level))].itertuples(index=False, name=None)
    return [place_name(key, study.english, "en", scope=False) for key in keys]


def _differences(printed: pd.DataFrame, counts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    columns = [*keys, "villages"]
    both = pd.merge(printed[columns], counts[columns], on=keys, how="outer", suffixes=("_printed", "_counted"))
    both = both.fillna({"villages_printed": 0, "villages_counted": 0})
    return both[both["villages_printed"] != both["villages_counted"]]


def _rows_with_room(study: Study, figure: str) -> int:
    printed = study.figure(figure).groupby(TOWN, as_index=False).size()
    listed = printed.merge(count_by(study.villages, *TOWN), on=TOWN)
    return int(listed.loc[listed["villages"] >= listed["size"], "size"].sum())
