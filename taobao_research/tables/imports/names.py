"""Full names of provinces and cities, as GB/T 2260 writes them."""

from difflib import get_close_matches

import pandas as pd

MUNICIPALITIES = frozenset({"北京市", "天津市", "上海市", "重庆市"})
PLACEHOLDERS = frozenset({"市辖区", "县", "市辖县", "郊县"})
DIRECT = "省直辖县级行政区划"  # what GB/T 2260 calls the city of counties directly under a province


class Known:
    """The provinces and county-level units that are known, from ``data/reference``."""

    def __init__(self, provinces: pd.DataFrame, units: pd.DataFrame) -> None:
        """``provinces``: province, name_zh_short, name_en; ``units``: province, city (may be empty), county."""
        self._provinces: dict[str, str] = {}
        for row in provinces.itertuples():
            for name in (row.province, row.name_zh_short, f"{row.name_zh_short}省", f"{row.name_zh_short}市"):
                self._provinces.setdefault(name, row.province)
            self._provinces.setdefault(row.name_en.lower(), row.province)
        self._cities = set(zip(units["province"], units["city"], strict=True))
        self._city_of: dict[tuple[str, str], set[str]] = {}
        for province, city, county in units[["province", "city", "county"]].itertuples(index=False, name=None):
            self._city_of.setdefault((province, county), set()).add(city or DIRECT)

    def province(self, name: str) -> str:
        """The full name of a province, however short; nothing where it is none.

        >>> frame = pd.DataFrame({"province": ["浙江省"], "name_zh_short": ["浙江"], "name_en": ["Zhejiang"]})
        >>> known = Known(frame, pd.DataFrame(columns=["province", "city", "county"]))
        >>> known.province("浙江"), known.province("Zhejiang"), known.province("浙")
        ('浙江省', '浙江省', '')
        """
        return self._provinces.get(name) or self._provinces.get(name.lower(), "")

    def near_provinces(self, name: str) -> list[str]:
        near = get_close_matches(name, list(self._provinces), n=3, cutoff=0.4)
        return list(dict.fromkeys(self._provinces[each] for each in near))

    def city(self, province: str, city: str, county: str) -> str:
        """The city's full name; where it is blank, that of the one county of this name in the province."""
        if province in MUNICIPALITIES and (not city or city in PLACEHOLDERS or self.province(city) == province):
            return province
        if city and (province, city) not in self._cities and (province, f"{city}市") in self._cities:
            return f"{city}市"
        if city and city not in PLACEHOLDERS:
            return city
        cities = self._city_of.get((province, county), set())
        return next(iter(cities)) if len(cities) == 1 else ""
