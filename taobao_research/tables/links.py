"""Places of one list found again in another: what was the same, renamed, alike, or only in one of them."""

from difflib import get_close_matches

import pandas as pd

from taobao_research.errors import InputError
from taobao_research.tables.identity import (
    identify_cities,
    identify_counties,
    identify_towns,
    weaker,
)
from taobao_research.tables.places import LEVELS
from taobao_research.tables.register import CANDIDATES, Names, joined

DEPTHS = {"city": 2, "county": 3, "town": 4}
ALIKE = 0.6  # share of equal characters from which a place only in the list before is offered


def link_places(
    before: pd.DataFrame,
    now: pd.DataFrame,
    level: str,
    years: tuple[int, int],
    codes: pd.DataFrame,
    changes: pd.DataFrame,
) -> pd.DataFrame:
    """Each place of two lists once, with its names and villages in both.

    Source: ``county_codes.csv`` and ``place_changes.csv``. Takes two village tables, a level (``city``, ``county`` or
    ``town``) and the years of the lists. Returns, by id: the place's names (of the list now, else of the one before),
    ``names_before`` (joined by ``/``; several spellings of one place separated by `` | ``), ``id``, ``rule``,
    ``confidence``, ``villages_before``, ``villages`` (counts, 0 where the place is not listed), ``candidates``.

    ``rule``: ``exact`` (same names), ``renamed`` (other names, one identity), ``stem`` (other ending, one fits),
    ``ambiguous`` (several fit; not linked), ``only before``, ``only now`` (with the nearest places only before).
    ``confidence`` is the weaker of both sides; places that no source knows but both lists write alike are ``low``.

    >>> from taobao_research.params import params_of
    >>> from taobao_research.tables.study import Study
    >>> study = Study(params_of(2015))
    >>> links = link_places(
    ...     study.villages_of(2014), study.villages, "town", (2014, 2015), study.county_codes, study.place_changes
    ... )
    >>> links.loc[links["rule"] == "renamed", ["names_before", "town"]].values.tolist()
    [['浙江省/丽水市/缙云县/壶镇', '壶镇镇'], ['山东省/菏泽市/曹县/大集乡', '大集镇']]
    """
    if level not in DEPTHS:
        raise InputError(f"level {level!r}: places are linked by {', '.join(DEPTHS)}.")
    found_before = _identified(before, level, years[0], codes, changes)
    found_now = _identified(now, level, years[1], codes, changes, found_before)
    sides = [_by_id(frame, found, level) for frame, found in ((before, found_before), (now, found_now))]
    left = [names for id_, (all_names, *_) in sides[0].items() if id_ not in sides[1] for names in all_names]
    rows = [_row(id_, sides[0].get(id_), sides[1].get(id_), left) for id_ in sorted({*sides[0], *sides[1]})]
    columns = [*LEVELS[: DEPTHS[level]], "names_before", "id", "rule", "confidence", "villages_before", "villages"]
    return pd.DataFrame(rows, columns=[*columns, "candidates"]).astype({"villages_before": int, "villages": int})


Side = tuple[list[Names], str, str, int, str]  # names, rule, confidence, villages, candidates


def _identified(
    villages: pd.DataFrame,
    level: str,
    year: int,
    codes: pd.DataFrame,
    changes: pd.DataFrame,
    known: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The identified places of a list with a column ``id``; a city without an id of its own is its names."""
    if level == "town":
        towns = identify_towns(villages, year, codes, changes, known)
        return towns.assign(id=towns["town_id"])
    if level == "county":
        counties = identify_counties(villages, year, codes, changes)
        return counties.assign(id=counties["county_id"])
    cities = identify_cities(villages, year, codes, changes)
    own = [joined((province, city)) for province, city in zip(cities["province"], cities["city"], strict=True)]
    return cities.assign(id=cities["city_id"].where(cities["city_id"] != "", pd.Series(own, dtype=str)))


def _by_id(villages: pd.DataFrame, found: pd.DataFrame, level: str) -> dict[str, Side]:
    """Names, weakest rule, villages and candidates of each identity in a list."""
    columns = list(LEVELS[: DEPTHS[level]])
    counts = villages.groupby(columns, as_index=False)["villages"].sum()
    sides: dict[str, Side] = {}
    rows = found.merge(counts, on=columns, validate="one_to_one").to_dict("records")
    for row in rows:
        names = tuple(row[column] for column in columns)
        same, rule, confidence, count, candidates = sides.get(row["id"], ([], row["rule"], row["confidence"], 0, ""))
        rule = row["rule"] if weaker(row["confidence"], confidence) != confidence else rule
        confidence = weaker(row["confidence"], confidence)
        sides[row["id"]] = ([*same, names], rule, confidence, count + row["villages"], candidates or row["candidates"])
    return sides


def _row(id_: str, before: Side | None, now: Side | None, left: list[Names]) -> list[object]:
    sides = [side for side in (before, now) if side is not None]
    rules, confidence = {side[1] for side in sides}, weaker(*(side[2] for side in sides))
    if before is None or now is None:
        rule = "ambiguous" if "ambiguous" in rules else "only before" if now is None else "only now"
    elif before[0] == now[0]:
        rule, confidence = "exact", "low" if confidence == "none" else confidence
    else:
        rule = "stem" if "stem" in rules else "renamed"
    candidates = next((side[4] for side in sides if rule == "ambiguous"), "")
    if rule == "only now":
        candidates = " | ".join(joined(names) for names in _alike(now[0][0], left))
    names_before = " | ".join(joined(names) for names in before[0]) if before else ""
    counts = [side[3] if side else 0 for side in (before, now)]
    return [*sides[-1][0][-1], names_before, id_, rule, confidence, *counts, candidates]


def _alike(names: Names, left: list[Names]) -> list[Names]:
    """Places only in the list before, under the same names but the last, that are called alike."""
    beside = {each[-1]: each for each in left if each[:-1] == names[:-1] and each[-1]}
    return [beside[name] for name in get_close_matches(names[-1], beside, n=CANDIDATES, cutoff=ALIKE)]
