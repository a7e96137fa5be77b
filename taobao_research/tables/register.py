"""What is known of places: names and codes of GB/T 2260 over the years, and which names are one place."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import pandas as pd

from taobao_research.errors import InputError
from taobao_research.stems import stem

Names = tuple[str, ...]  # province, city, county, town, as far down as the level goes

CANDIDATES = 3
ALIKE = 0.5  # share of equal characters from which a name is offered as a candidate


@dataclass(frozen=True)
class Register:
    """``county_codes.csv`` and ``place_changes.csv`` as look-ups."""

    revision: str  # the newest one up to December of the list's year, or the oldest there is
    spells: dict[Names, list[tuple[str, str, str]]]  # names -> first revision, last revision, code
    cities: dict[Names, str]  # province, city -> newest code
    stems: dict[Names, list[Names]]  # province, city, stem -> names
    changed: dict[Names, Names]  # older names of a city or county -> newer names
    zones: dict[Names, Names]  # names of a zone -> the names that its id is made of
    towns: list[tuple[Names, Names]]  # older and newer names of towns

    @cached_property
    def current(self) -> dict[str, list[Names]]:
        """The counties of the revision by province."""
        counties = defaultdict(list)
        for names, found in self.spells.items():
            if any(first <= self.revision <= last for first, last, _ in found):
                counties[names[0]].append(names)
        return counties

    @cached_property
    def namesakes(self) -> dict[str, list[Names]]:
        """The counties of the revision by name."""
        counties = defaultdict(list)
        for names in (each for own in self.current.values() for each in own):
            counties[names[2]].append(names)
        return counties


def register(codes: pd.DataFrame, changes: pd.DataFrame, year: int) -> Register:
    """The look-ups for the list of one year."""
    spells: dict[Names, list[tuple[str, str, str]]] = defaultdict(list)
    columns = [
        codes[name].tolist() for name in ("province", "city", "county", "first_revision", "last_revision", "code")
    ]
    for *names, first, last, code in zip(*columns, strict=True):
        spells[tuple(names)].append((first, last, code))
    cities, stems = {}, defaultdict(list)
    for names, found in sorted(spells.items(), key=lambda item: max(spell[1] for spell in item[1])):
        province, city, county = names
        stems[province, city, stem(county, "county")].append(names)
        if city:
            code = max(found, key=lambda spell: spell[1])[2]
            cities[province, city] = code[:2] + "0000" if city == province else code[:4] + "00"
    changed, zones, towns = {}, {}, []
    for row in changes.itertuples():
        if row.level == "city":
            changed[row.province, row.city] = (row.province, row.new_city)
        elif row.kind == "zone":
            newer = (row.province, row.new_city, row.new_county)
            zones[row.province, row.city, row.county] = zones[newer] = newer
        elif row.level == "county":
            changed[row.province, row.city, row.county] = (row.province, row.new_city, row.new_county)
        else:
            newer = (row.province, row.new_city, row.new_county, row.new_town)
            towns.append(((row.province, row.city, row.county, row.town), newer))
    return Register(_revision_of(codes, year), dict(spells), cities, dict(stems), changed, zones, towns)


def joined(names: Names) -> str:
    """Names as one readable text that no other names give.

    >>> joined(("河北省", "保定市", "白沟新城"))
    '河北省/保定市/白沟新城'
    """
    return "/".join(name.replace("%", "%25").replace("/", "%2F") for name in names)


def newest(names: Names, known: Register) -> Names:
    """The last names of a city or county, following ``place_changes``; raises InputError if they go in a circle."""
    seen = [names]
    while (newer := _next(seen[-1], known)) is not None:
        if newer in seen:
            path = " -> ".join(joined(each) for each in [*seen, newer])
            raise InputError(f"data/reference/place_changes.csv: changes go in a circle: {path}. Remove one of them.")
        seen.append(newer)
    return seen[-1]


def lasting_id(names: Names, known: Register) -> str:
    """The identity of a county or zone: the newest code of its last names, or those names joined if there is none."""
    last = newest(names, known)
    found = known.spells.get(last, [])
    return max(found, key=lambda spell: spell[1])[2] if found else joined(known.zones.get(last, last))


def locate(names: Names, known: Register) -> tuple[str, str, str] | None:
    """Code, revision and rule of a county: the year's revision, else the newest older, else the next newer one."""
    found = known.spells.get(names, [])
    for first, last, code in found:
        if first <= known.revision <= last:
            return code, known.revision, "exact"
    if older := [(last, code) for _, last, code in found if last < known.revision]:
        revision, code = max(older)
        return code, revision, "older revision"
    if found:
        revision, code = min((first, code) for first, _, code in found)
        return code, revision, "newer revision"
    return None


def spellings(names: Names, known: Register) -> Iterator[tuple[Names, str]]:
    """A county's names as listed, and as GB/T 2260 may write them, each with its rule."""
    province, city, county = names
    yield names, "exact"
    city_now = newest((province, city), known)[1]
    if city_now != city:
        yield (province, city_now, county), "renamed"
    if city_now == county:
        yield (province, "", county), "under province"


def nearest(names: Names, known: Register) -> list[Names]:
    """At most three counties that may be meant: the same name, the same stem, a similar name; own province first."""
    province, city, county = names
    own = known.current.get(province, [])
    core = stem(county, "county")
    ranked = [each for each in own if each[2] == county]
    ranked += [each for each in own if stem(each[2], "county") == core]
    alike = get_close_matches(county, {each[2] for each in own}, n=CANDIDATES, cutoff=ALIKE)
    similar = [each for name in alike for each in own if each[2] == name]
    ranked += sorted(similar, key=lambda each: each[1] != city)
    ranked += known.namesakes.get(county, [])
    return list(dict.fromkeys(ranked))[:CANDIDATES]


def _next(names: Names, known: Register) -> Names | None:
    if names in known.changed:
        return known.changed[names]
    if len(names) == 3 and names[:2] in known.changed:
        return (*known.changed[names[:2]], names[2])
    return None


def _revision_of(codes: pd.DataFrame, year: int) -> str:
    revisions = sorted({*codes["first_revision"], *codes["last_revision"]})
    if not revisions or not all(re.fullmatch(r"\d{6}", each) for each in revisions):
        raise InputError("data/reference/county_codes.csv: no revisions, or not all of the form YYYYMM.")
    return max((each for each in revisions if each <= f"{year}12"), default=revisions[0])
