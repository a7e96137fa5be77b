"""Which counties of a list are poverty counties, as far as that is on record; the rest is unknown, not `no`."""

import pandas as pd

from taobao_research.tables.identity import same_counties
from taobao_research.tables.places import COUNTY


def poverty_of_list(
    villages: pd.DataFrame,
    year: int,
    listed: pd.DataFrame,
    counties: pd.DataFrame,
    codes: pd.DataFrame,
    changes: pd.DataFrame,
) -> pd.DataFrame:
    """``poverty_counties.csv`` with a row for every further county that is on record, and for every one of the list.

    Source: ``poverty_counties.csv`` names the poverty counties among the counties of ``counties.csv``, all of which
    were looked up; nothing is known of others. A county of the list under another name takes the row of the county
    with its code. Returns province, city, county, ``national_832`` (1, 0, missing: not on record) and
    ``provincial_lists`` (keys separated by ``|``; empty where none or not on record).
    """
    known = counties[COUNTY].merge(listed[[*COUNTY, "national_832", "provincial_lists"]], how="outer")
    known = known.fillna({"national_832": 0, "provincial_lists": ""}).astype({"national_832": "Int64"})
    named = villages[COUNTY].drop_duplicates().merge(known[COUNTY], how="left", indicator=True)
    others = named.loc[named["_merge"] == "left_only", COUNTY]
    if others.empty:
        return known
    rows = same_counties(others, known, year, codes, changes).fillna({"provincial_lists": ""})
    return pd.concat([known, rows[known.columns]], ignore_index=True)
