"""One name for a place in every list compared, so that a renamed place is not lost and found anew."""

import pandas as pd

LISTED = ("listed_city", "listed_county", "listed_town")
IDS = {"city": ("city_id",), "county": ("county_id",), "town": ("county_id", "town_id")}


def one_name_each(lists: dict[int, pd.DataFrame]) -> dict[int, pd.DataFrame]:
    """The lists with every city, county and town under the name that the newest list having it uses.

    Takes village tables with the columns of ``identity.with_ids``, by year. Returns them in the same order,
    with what each list itself writes in ``listed_city``, ``listed_county`` and ``listed_town``.

    >>> one = pd.DataFrame({"city": "广州市", "county": "增城市", "town": "", "city_id": "440100",
    ...                     "county_id": "440118", "town_id": "440118/"}, index=[0])
    >>> both = one_name_each({2014: one, 2016: one.assign(county="增城区")})
    >>> both[2014][["county", "listed_county"]].values.tolist()
    [['增城区', '增城市']]
    """
    names: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {level: {} for level in IDS}
    for _, villages in sorted(lists.items()):
        for level, ids in IDS.items():
            names[level].update(zip(_keys(villages, ids), villages[level], strict=True))
    renamed = {}
    for year, villages in lists.items():
        listed = villages.assign(**dict(zip(LISTED, (villages[level] for level in IDS), strict=True)))
        newest = {level: [names[level][key] for key in _keys(villages, ids)] for level, ids in IDS.items()}
        # A county that moved to another city has the newer city's name too.
        renamed[year] = listed.assign(**newest)
    return renamed


def _keys(villages: pd.DataFrame, ids: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(villages[list(ids)].itertuples(index=False, name=None))
