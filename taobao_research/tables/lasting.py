"""One name for a place in every list compared, so that a renamed place is not lost and found anew."""

import pandas as pd

from taobao_research.tables.identity import with_ids
from taobao_research.tables.places import LEVELS

LISTED = ("listed_city", "listed_county", "listed_town")
IDS = ("city_id", "county_id", "town_id")
Key = tuple[str, ...]


def comparable(lists: dict[int, pd.DataFrame], codes: pd.DataFrame, changes: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Village tables by year as tables that can be compared: each place identified, under one name in all of them.

    A town is also sought among those of the earlier lists (``identity.identify_towns``). Takes and returns what
    ``identity.with_ids`` takes and ``one_name_each`` returns, oldest list first.
    """
    found: dict[int, pd.DataFrame] = {}
    for year, villages in sorted(lists.items()):
        earlier = [rows[[*LEVELS, "county_id", "town_id"]].drop_duplicates() for rows in found.values()]
        found[year] = with_ids(villages, year, codes, changes, pd.concat(earlier) if earlier else None)
    return one_name_each(found)


def one_name_each(lists: dict[int, pd.DataFrame]) -> dict[int, pd.DataFrame]:
    """The lists with every city, county and town under the name that the newest list having it uses.

    Takes village tables with the columns of ``identity.with_ids``, by year. Returns them in the same order,
    with what each list itself writes in ``listed_city``, ``listed_county`` and ``listed_town``. A county that
    moved stands under its newer city in all lists. Where two identities have one name (a list wrote a name that
    could be several places), those without a code get a question mark, so that they are not added together.

    >>> one = pd.DataFrame({"province": "广东省", "city": "广州市", "county": "增城市", "town": "", "city_id": "440100",
    ...                     "county_id": "440118", "town_id": "440118/"}, index=[0])
    >>> both = one_name_each({2014: one, 2016: one.assign(county="增城区")})
    >>> both[2014][["county", "listed_county"]].values.tolist()
    [['增城区', '增城市']]
    """
    cities: dict[Key, Key] = {}
    counties: dict[Key, Key] = {}
    towns: dict[Key, Key] = {}
    for _, villages in sorted(lists.items()):
        for province, city, county, town, *ids in _rows(villages):
            cities[province, ids[0]] = (province, city)
            counties[province, ids[1]] = (province, ids[0], county)
            towns[province, ids[1], ids[2]] = (province, ids[1], town)
    city_names = _told_apart(cities)
    city_of = {key: city_names[names[:2]] for key, names in counties.items()}
    county_names = _told_apart({key: (key[0], city_of[key], names[2]) for key, names in counties.items()})
    town_names = _told_apart(towns)
    renamed = {}
    for year, villages in lists.items():
        keys = [(province, *ids) for province, _, _, _, *ids in _rows(villages)]
        renamed[year] = villages.assign(
            **dict(zip(LISTED, (villages[level] for level in ("city", "county", "town")), strict=True)),
            city=[city_of[province, county] for province, _, county, _ in keys],
            county=[county_names[province, county] for province, _, county, _ in keys],
            town=[town_names[province, county, town] for province, _, county, town in keys],
        )
    return renamed


def _rows(villages: pd.DataFrame) -> list[Key]:
    columns = ["province", "city", "county", "town", *IDS]
    return list(villages[columns].itertuples(index=False, name=None))


def _told_apart(names: dict[Key, Key]) -> dict[Key, str]:
    """The last name of each identity; a second identity of equal names gets a question mark, codes come first.

    >>> _told_apart({("P", "130407"): ("P", "C", "肥乡"), ("P", "河北省/肥乡"): ("P", "C", "肥乡")})
    {('P', '130407'): '肥乡', ('P', '河北省/肥乡'): '肥乡?'}
    """
    taken: set[Key] = set()
    told: dict[Key, str] = {}
    for key in sorted(names):
        *above, name = names[key]
        while name and (*above, name) in taken:
            name += "?"
        taken.add((*above, name))
        told[key] = name
    return {key: told[key] for key in names}
