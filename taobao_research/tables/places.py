"""Names and regions of places, joined from ``data/reference``; the list's own names are never changed."""

import pandas as pd

from taobao_research.tables.schema import PLACE

LEVELS = PLACE
COUNTY = list(LEVELS[:3])  # what names a county
SCHEME_COLUMNS = {"four-region": "four_region", "three-belt": "three_belt"}
UNCLASSIFIED = "not classified"


def add_region(villages: pd.DataFrame, provinces: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """The village table with a column ``region`` under the given scheme (``Params.region_scheme``).

    Source: regions of the National Bureau of Statistics (2011) and the three belts of the Seventh Plan.
    """
    regions = provinces.set_index("province")[SCHEME_COLUMNS[scheme]].replace("", UNCLASSIFIED)
    return villages.assign(region=villages["province"].map(regions).fillna(UNCLASSIFIED))


def english_names(provinces: pd.DataFrame, counties: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """The checked English name of every place known, keyed by its names from the province down."""
    names: dict[tuple[str, ...], str] = dict(
        zip(provinces["province"].map(lambda each: (each,)), provinces["name_en"], strict=True)
    )
    for row in counties.itertuples():
        names[row.province, row.city] = row.city_en
        names[row.province, row.city, row.county] = row.county_en
    return names


def mainland_provinces(provinces: pd.DataFrame) -> list[str]:
    """The names of the 31 provinces that ``provinces.csv`` puts into regions."""
    return provinces.loc[provinces["four_region"] != "", "province"].to_list()


def add_names(
    places: pd.DataFrame, english: dict[tuple[str, ...], str], labels: str, scope: bool = True
) -> pd.DataFrame:
    """The table of places with a readable column ``place`` in front, in place of the key columns.

    ``labels`` is ``en`` or ``zh``. A place without a checked English name keeps its Chinese one. With
    ``scope`` the name says where the place lies (``Taizhou, Zhejiang``), since names repeat.
    """
    levels = [level for level in LEVELS if level in places]
    keys = list(places[levels].itertuples(index=False, name=None))
    names = [place_name(key, english, labels, scope) for key in keys]
    kept = places.drop(columns=levels)
    kept.insert(0, "place", names)
    return kept


def place_name(key: tuple[str, ...], english: dict[tuple[str, ...], str], labels: str, scope: bool = True) -> str:
    """The readable name of one place, given its names from the province down.

    >>> place_name(("浙江省", "台州市"), {("浙江省",): "Zhejiang", ("浙江省", "台州市"): "Taizhou"}, "en")
    'Taizhou, Zhejiang'
    >>> place_name(("浙江省", "台州市"), {}, "zh")
    '浙江省台州市'
    """
    key = tuple(part for part in key if part)
    if labels == "zh":
        return "".join(dict.fromkeys(key)) if scope else key[-1]
    name = english.get(key, key[-1])
    if not scope or len(key) == 1:
        return name
    upper = english.get(key[:-1], key[-2])
    return name if upper == name else f"{name}, {upper}"
