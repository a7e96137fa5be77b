"""Which places there are, with villages or without: the zeros of a list."""

import pandas as pd

from taobao_research.tables.identity import with_ids
from taobao_research.tables.places import mainland_provinces


def mainland_counties(
    lists: dict[int, pd.DataFrame], year: int, provinces: pd.DataFrame, codes: pd.DataFrame, changes: pd.DataFrame
) -> pd.DataFrame:
    """Every county-level unit of the mainland at the end of a year, and those that the lists have besides.

    Source: ``county_codes.csv`` (GB/T 2260) in the revision of December of the year, or the nearest one there is; the
    mainland: ``places.mainland_provinces``. Takes lists by year with the columns of
    ``identity.with_ids``. Zones without a code are added, though their land may also be counted in a county. One set
    for all lists, so that comparing them adds no zeros. Returns ``province``, ``city_id``, ``county_id``, one row each.
    """
    revision = min(max(f"{year}12", codes["first_revision"].min()), codes["last_revision"].max())
    in_force = codes[(codes["first_revision"] <= revision) & (codes["last_revision"] >= revision)]
    inside = in_force["province"].isin(mainland_provinces(provinces))
    units = in_force.loc[inside, ["province", "city", "county"]].assign(town="")
    columns = ["province", "city_id", "county_id"]
    known = with_ids(units, year, codes, changes)[columns]
    listed = [rows[columns] for rows in lists.values()]
    return pd.concat([known, *listed]).drop_duplicates(["province", "county_id"], ignore_index=True)
