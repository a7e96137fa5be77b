"""One identity for a place through the years, whatever its lists call it. Ambiguous names are listed, never guessed."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import pandas as pd

from taobao_research.stems import stem
from taobao_research.tables.places import COUNTY, LEVELS
from taobao_research.tables.register import (
    Names,
    Register,
    joined,
    lasting_id,
    locate,
    nearest,
    newest,
    register,
    spellings,
)

CONFIDENCE = {
    "exact": "high",  # these names in the revision of the list's year
    "municipality": "high",  # the same, where the list repeats the municipality as city
    "under province": "high",  # the same, where the list repeats the county as city
    "older revision": "high",  # the names were official before
    "newer revision": "medium",  # the names became official after the list
    "renamed": "high",  # place_changes.csv names the newer names
    "zone": "medium",  # no code; its land may also be counted in a county
    "stem": "medium",  # the same but for 市, 区 or 县, and only one fits
    "ambiguous": "none",
    "unknown": "none",
    "as listed": "high",  # towns have no code to compare with
    "no town": "high",
}
STRENGTH = ("none", "low", "medium", "high")


@dataclass(frozen=True)
class Found:
    """What one place of a list was found to be."""

    id: str
    rule: str
    code: str = ""
    revision: str = ""
    candidates: tuple[Names, ...] = ()

    @property
    def confidence(self) -> str:
        return CONFIDENCE[self.rule]


def weaker(*confidences: str) -> str:
    """The weakest of several confidences.

    >>> weaker("high", "medium")
    'medium'
    """
    return min(confidences, key=STRENGTH.index)


def identify_counties(places: pd.DataFrame, year: int, codes: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """What each county of a list is, by the names and codes of the list's year.

    Source: ``county_codes.csv`` (GB/T 2260) and ``place_changes.csv``. Takes any table with province, city and county.
    Returns one row for each county, sorted: ``code`` and ``revision`` (where the names, or the newer names, stand),
    ``county_id`` (newest code; names joined by ``/`` where there is none), ``rule``, ``confidence``, ``candidates``
    (at most three, as province/city/county, separated by `` | ``).

    >>> codes = pd.DataFrame(
    ...     [["330782", "浙江省", "金华市", "义乌市", "201312", "201904"]],
    ...     columns=["code", "province", "city", "county", "first_revision", "last_revision"],
    ... )
    >>> none = pd.DataFrame(columns=["level"])
    >>> listed = pd.DataFrame({"province": "浙江省", "city": "金华市", "county": ["义乌", "义乌市"]})
    >>> identify_counties(listed.tail(1), 2015, codes, none)[["county_id", "rule"]].values.tolist()
    [['330782', 'exact']]
    >>> identify_counties(listed.head(1), 2015, codes, none)[["county_id", "rule"]].values.tolist()
    [['330782', 'stem']]
    """
    known = register(codes, changes, year)
    rows = [
        [*names, each.code, each.revision, each.id, each.rule, each.confidence, _listed(each.candidates)]
        for names, each in _counties(_distinct(places, 3), known).items()
    ]
    columns = [*LEVELS[:3], "code", "revision", "county_id", "rule", "confidence", "candidates"]
    return pd.DataFrame(rows, columns=columns, dtype=str)


def same_counties(
    places: pd.DataFrame, reference: pd.DataFrame, year: int, codes: pd.DataFrame, changes: pd.DataFrame
) -> pd.DataFrame:
    """What ``reference`` says of the counties of a list, also of those that stand in it under other names.

    Both tables have province, city and county. Returns one row for each county of ``places``, with the other columns
    of ``reference``; missing where no county of it has the same identity.
    """
    known = identify_counties(reference, year, codes, changes)
    known = known.loc[known["confidence"] != "none", [*COUNTY, "county_id"]].merge(reference, on=COUNTY)
    said = known.drop(columns=COUNTY).drop_duplicates("county_id")
    found = identify_counties(places, year, codes, changes)[[*COUNTY, "county_id"]]
    return found.merge(said, on="county_id", how="left").drop(columns="county_id")


def identify_cities(places: pd.DataFrame, year: int, codes: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """What each city of a list is, by the newest codes; source and columns as for counties, with ``city_id``.

    A county directly under a province that stands as its own city has the county's code; no city has an empty id.
    """
    return _cities(places, register(codes, changes, year))


def _cities(places: pd.DataFrame, known: Register) -> pd.DataFrame:
    found = {names: _city(names, known) for names in _distinct(places, 2)}
    _withdraw_shared_stems(found)
    rows = [[*names, each.id, each.rule, each.confidence, _listed(each.candidates)] for names, each in found.items()]
    return pd.DataFrame(rows, columns=[*LEVELS[:2], "city_id", "rule", "confidence", "candidates"], dtype=str)


def identify_towns(
    places: pd.DataFrame, year: int, codes: pd.DataFrame, changes: pd.DataFrame, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What each town of a list is. GB/T 2260 has no towns: ``town_id`` is the county's id and the town's newest name.

    Takes any table with province, city, county and town (may be empty), and, as ``known``, the result for another
    list: a town then takes the id of the one known town of its county that is the same but for 镇, 乡 or 街道, if
    neither list has another such town. Returns one row for each town: ``county_id``, ``town_id``, ``rule``,
    ``confidence`` (not more than the county's), ``candidates``.

    >>> from taobao_research.params import params_of
    >>> from taobao_research.tables.study import Study
    >>> study = Study(params_of(2015))
    >>> towns = identify_towns(study.villages, 2015, study.county_codes, study.place_changes)
    >>> towns.loc[towns["town"] == "青菏办事处", ["town_id", "rule", "confidence"]].values.tolist()
    [['371721/青菏街道', 'renamed', 'high']]
    """
    return _towns(places, register(codes, changes, year), known)


def _towns(places: pd.DataFrame, of_year: Register, known: pd.DataFrame | None) -> pd.DataFrame:
    towns = _distinct(places, 4)
    named = [names[:3] for pair in of_year.towns for names in pair]  # counties of place_changes
    counties = {**_counties(named, of_year), **_counties([names[:3] for names in towns], of_year)}
    confidences = {each.id: each.confidence for each in counties.values()}
    changed = {(counties[old[:3]].id, old[3]): (counties[new[:3]].id, new[3]) for old, new in of_year.towns}
    rows = []
    for names in towns:
        county = counties[names[:3]]
        key, seen = (county.id, names[3]), set()
        while key in changed and key not in seen:
            seen.add(key)
            key = changed[key]
        rule = "renamed" if seen else "as listed" if key[1] else "no town"
        if county.confidence == "none" and key[0] == county.id:
            rule = county.rule
        confidence = weaker(CONFIDENCE[rule], confidences[key[0]])
        rows.append([*names, key[0], f"{key[0]}/{joined(key[1:])}", rule, confidence, ""])
    columns = [*LEVELS, "county_id", "town_id", "rule", "confidence", "candidates"]
    found = pd.DataFrame(rows, columns=columns, dtype=str)
    return found if known is None else _match_stems(found, known)


def with_ids(
    villages: pd.DataFrame, year: int, codes: pd.DataFrame, changes: pd.DataFrame, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The village table with ``city_id``, ``county_id`` and ``town_id``; rows, order and names stay as they are.

    A county without a city (directly under a province) is its own city. ``known`` is as in ``identify_towns``.

    >>> from taobao_research.params import params_of
    >>> from taobao_research.tables.study import Study
    >>> study = Study(params_of(2015))
    >>> places = with_ids(study.villages, 2015, study.county_codes, study.place_changes)
    >>> places.loc[places["county"] == "增城市", ["city_id", "county_id"]].drop_duplicates().values.tolist()
    [['440100', '440118']]
    """
    of_year = register(codes, changes, year)
    towns = _towns(villages, of_year, known).set_index(list(LEVELS))
    cities = _cities(villages, of_year).set_index(list(LEVELS[:2]))["city_id"].to_dict()
    keys = list(villages[list(LEVELS)].itertuples(index=False, name=None))
    county_ids, town_ids = (towns[column].to_dict() for column in ("county_id", "town_id"))
    no_city = {names: not cities[names] for names in cities}
    return villages.assign(
        city_id=[county_ids[key] if no_city[key[:2]] else cities[key[:2]] for key in keys],
        county_id=[county_ids[key] for key in keys],
        town_id=[town_ids[key] for key in keys],
    )


def _distinct(places: pd.DataFrame, depth: int) -> list[Names]:
    columns = [places[level] for level in LEVELS[:depth]]
    return sorted(set(zip(*columns, strict=True)))


def _listed(candidates: tuple[Names, ...]) -> str:
    return " | ".join(joined(names) for names in candidates)


def _counties(counties: list[Names], known: Register) -> dict[Names, Found]:
    found = {names: _county(names, known) for names in counties}
    _withdraw_shared_stems(found)
    return found


def _county(names: Names, known: Register) -> Found:
    for spelled, spelling in spellings(names, known):
        if place := locate(spelled, known):
            code, revision, rule = place
            if rule == "exact":
                under_municipality = spelled[0] == spelled[1] != spelled[2]
                rule = "municipality" if under_municipality else spelling
            return Found(lasting_id(spelled, known), rule, code, revision)
    for spelled, _ in spellings(names, known):
        if spelled in known.zones:
            return Found(lasting_id(spelled, known), "zone")
        last = newest(spelled, known)
        place = locate(last, known)
        if (place and last != spelled) or last in known.changed.values():  # the codes end before the changes do
            return Found(lasting_id(last, known), "renamed", *(place or ("", ""))[:2])
    return _by_stem(names, known)


def _by_stem(names: Names, known: Register) -> Found:
    province, city = newest(names[:2], known)
    fitting = known.stems.get((province, city, stem(names[2], "county")), [])
    ids = {lasting_id(each, known) for each in fitting}
    if len(ids) == 1:
        code, revision, _ = max((locate(each, known) for each in fitting), key=lambda place: place[1])
        return Found(ids.pop(), "stem", code, revision, tuple(fitting[:3]))
    if ids:
        return Found(joined(names), "ambiguous", candidates=tuple(fitting[:3]))
    return Found(joined(names), "unknown", candidates=tuple(nearest(names, known)))


def _city(names: Names, known: Register) -> Found:
    last = newest(names, known)
    rule = "exact" if last == names else "renamed"
    if not last[1]:
        return Found("", rule)
    if last in known.cities:
        return Found(known.cities[last], rule)
    if (last[0], "", last[1]) in known.spells:
        return Found(lasting_id((last[0], "", last[1]), known), "under province")
    core = stem(last[1], "city")
    fitting = [each for each in known.cities if each[0] == last[0] and stem(each[1], "city") == core]
    ids = {known.cities.get(newest(each, known), "") for each in fitting}
    if len(ids) == 1:
        return Found(ids.pop(), "stem", candidates=tuple(fitting[:3]))
    return Found(joined(names), "ambiguous" if fitting else "unknown", candidates=tuple(fitting[:3]))


def _withdraw_shared_stems(found: dict[Names, Found]) -> None:
    """An id reached by the stem alone is not given to two places of a list, nor to one beside the place itself."""
    holders = Counter(each.id for each in found.values())
    for names, each in found.items():
        if each.rule == "stem" and holders[each.id] > 1:
            found[names] = replace(each, id=joined(names), rule="ambiguous", code="", revision="")


def _match_stems(towns: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Towns that no known town equals take the id of the one known town with their stem; several are listed."""
    before, now = _by_county_and_stem(known), _by_county_and_stem(towns)
    known_ids, rows = set(known["town_id"]), []
    for row in towns.to_dict("records"):
        key = (row["county_id"], stem(_town_of(row["town_id"]), "town"))
        fitting = before.get(key, {})
        if row["town_id"] not in known_ids and key[1] and fitting:
            if len(fitting) == 1 and len(now[key]) == 1:
                row |= {"town_id": next(iter(fitting)), "rule": "stem"}
                row["confidence"] = weaker(CONFIDENCE["stem"], row["confidence"])
            else:
                row |= {"rule": "ambiguous", "confidence": "none"}
            row["candidates"] = _listed(tuple(fitting.values())[:3])
        rows.append(row)
    return pd.DataFrame(rows, columns=towns.columns, dtype=str)


def _by_county_and_stem(towns: pd.DataFrame) -> dict[Names, dict[str, Names]]:
    grouped: dict[Names, dict[str, Names]] = defaultdict(dict)
    for row in towns.itertuples():
        names = (row.province, row.city, row.county, row.town)
        grouped[row.county_id, stem(_town_of(row.town_id), "town")][row.town_id] = names
    return grouped


def _town_of(town_id: str) -> str:
    return town_id.rsplit("/", 1)[1]
