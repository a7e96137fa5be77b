"""Where the counties of a list lie, found by code where they stand under another name than in the reference."""

import pandas as pd

from taobao_research.tables.identity import same_counties
from taobao_research.tables.places import COUNTY


def located(
    places: pd.DataFrame,
    year: int,
    counties: pd.DataFrame,
    points: pd.DataFrame,
    codes: pd.DataFrame,
    changes: pd.DataFrame,
) -> pd.DataFrame:
    """The table with ``lon`` and ``lat`` (degrees) of each county; missing where no source has a point.

    Source: ``counties.csv`` by name, else ``county_points.csv`` by the code that identifies the county in the list of
    ``year`` (``identity.same_counties``). Takes any table with province, city and county; rows and order stay.

    >>> from taobao_research.params import params_of
    >>> from taobao_research.tables.study import Study
    >>> study = Study(params_of(2015))
    >>> listed = pd.DataFrame({"province": "贵州省", "city": "遵义市", "county": ["湄潭县", "湄"]})
    >>> study.located(listed)["lon"].tolist()
    [107.47, nan]
    """
    known = places.merge(counties[[*COUNTY, "lon", "lat"]], on=COUNTY, how="left")
    without = known["lon"].isna()
    if not without.any():
        return known
    others = known.loc[without, COUNTY]
    found = same_counties(others, points[[*COUNTY, "lon", "lat"]], year, codes, changes).set_index(COUNTY)
    keys = pd.Series(list(others.itertuples(index=False, name=None)), index=others.index)
    for column in ("lon", "lat"):
        known.loc[without, column] = keys.map(found[column].to_dict())
    return known
