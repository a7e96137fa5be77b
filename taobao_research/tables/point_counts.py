"""Villages of each list at the points of all counties, those without villages too."""

import pandas as pd

from taobao_research.tables.identity import identify_counties
from taobao_research.tables.places import COUNTY, mainland_provinces

POINTS_YEAR = 2016  # of whose December county_points.csv is


def counts_at_points(
    lists: dict[int, pd.DataFrame],
    points: pd.DataFrame,
    provinces: pd.DataFrame,
    codes: pd.DataFrame,
    changes: pd.DataFrame,
) -> pd.DataFrame:
    """The county points of the mainland with the villages of each list.

    Source: ``county_points.csv``; the mainland: ``places.mainland_provinces``. Takes lists by year with
    ``county_id`` (``identity.with_ids``). Returns ``code``, ``province``, ``city``, ``county``,
    ``lon``, ``lat`` (degrees) and one column a list, named by its year (villages). A zone without a code has no point,
    and its villages are in no column: the lists less the sums of the columns.
    """
    known = identify_counties(points, POINTS_YEAR, codes, changes)[[*COUNTY, "county_id"]]
    inside = points["province"].isin(mainland_provinces(provinces))
    units = points[inside].merge(known, on=COUNTY).reset_index(drop=True)
    for year, rows in sorted(lists.items()):
        of_county = rows.groupby("county_id")["villages"].sum()
        units[str(year)] = units["county_id"].map(of_county).fillna(0).astype(int)
        named = rows.drop_duplicates("county_id").set_index("county_id")
        for column in ("city", "county"):
            units[column] = units["county_id"].map(named[column]).fillna(units[column])
    return units.drop(columns="county_id")
