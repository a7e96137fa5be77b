"""Full names of provinces and cities, as GB/T 2260 writes them."""

import re
from difflib import get_close_matches

import pandas as pd

MUNICIPALITIES = frozenset({"北京市", "天津市", "上海市", "重庆市"})
PLACEHOLDERS = re.compile(r"市辖区|市辖县|县|郊县|市区|直辖|(省|自治区)?(直辖|直管)(县|市|县级|行政|区划|单位|市县)*")
DIRECT = "省直辖县级行政区划"  # what GB/T 2260 calls the city of counties directly under a province
DIRECT_REGION = "自治区直辖县级行政区划"
ENGLISH_TAIL = re.compile(
    r"( (zhuang|hui|uygur|uyghur|uighur))?( (province|municipality|autonomous region|region|city|sar))+$"
)
OTHER_ENGLISH = {"nei mongol": "inner mongolia", "xizang": "tibet", "macau": "macao", "hongkong": "hong kong"}
TRADITIONAL = str.maketrans("廣東蘇遼寧龍陝肅雲貴臺灣內慶門區", "广东苏辽宁龙陕肃云贵台湾内庆门区")
MOST_SUGGESTIONS = 100  # finding near names takes time


class Known:
    """The provinces and county-level units that are known, from ``data/reference``."""

    def __init__(self, provinces: pd.DataFrame, units: pd.DataFrame) -> None:
        """``provinces``: province, name_zh_short, name_en; ``units``: province, city (may be empty), county."""
        self._provinces: dict[str, str] = {}
        for row in provinces.itertuples():
            tails = ("市",) if row.province in MUNICIPALITIES else ("省", "自治区", "特别行政区")
            for name in (row.province, row.name_zh_short, *(f"{row.name_zh_short}{tail}" for tail in tails)):
                self._provinces.setdefault(name, row.province)
            self._provinces.setdefault(row.name_en.lower(), row.province)
        self._near: dict[str, list[str]] = {}
        self._cities: dict[str, set[str]] = {}
        self._city_of: dict[tuple[str, str], set[str]] = {}
        for province, city, county in units[["province", "city", "county"]].itertuples(index=False, name=None):
            self._cities.setdefault(province, set()).add(city or direct(province))
            self._city_of.setdefault((province, county), set()).add(city or direct(province))
        self._province_of = {city: province for province, cities in self._cities.items() for city in cities}

    def province(self, name: str) -> str:
        """The full name of a province, however short; nothing where it is none.

        >>> frame = pd.DataFrame({"province": ["浙江省"], "name_zh_short": ["浙江"], "name_en": ["Zhejiang"]})
        >>> known = Known(frame, pd.DataFrame(columns=["province", "city", "county"]))
        >>> known.province("浙江"), known.province("Zhejiang Province"), known.province("浙")
        ('浙江省', '浙江省', '')
        """
        english = ENGLISH_TAIL.sub("", name.lower())
        return self._provinces.get(name) or self._provinces.get(OTHER_ENGLISH.get(english, english), "")

    def is_traditional(self, name: str) -> bool:
        """Whether the name is that of a province in traditional characters."""
        return bool(self.province(name.translate(TRADITIONAL)))

    def near_provinces(self, name: str) -> list[str]:
        if name not in self._near and len(self._near) < MOST_SUGGESTIONS:
            near = get_close_matches(name, list(self._provinces), n=3, cutoff=0.4)
            self._near[name] = list(dict.fromkeys(self._provinces[each] for each in near))
        return self._near.get(name, [])

    def city(self, province: str, city: str, county: str) -> str:
        """The city's full name; where it is blank, that of the one county of this name in the province."""
        placeholder = not city or bool(PLACEHOLDERS.fullmatch(city))
        if province in MUNICIPALITIES:
            return province if placeholder or city == county or self.province(city) == province else city
        if placeholder or (city == county and direct(province) in self._city_of.get((province, county), set())):
            cities = self._city_of.get((province, county), set())
            return next(iter(cities)) if len(cities) == 1 else ""
        cities = self._cities.get(province, set())
        if city in cities:
            return city
        if f"{city}市" in cities:
            return f"{city}市"
        stem = re.sub(r"(自治州|地区|[市州盟])$", "", city)
        near = [each for each in cities if len(stem) > 1 and each.startswith(stem) and not each.endswith("市")]
        return near[0] if len(near) == 1 else city

    def knows_city(self, province: str, city: str) -> bool:
        return city in self._cities.get(province, set())

    def elsewhere(self, province: str, city: str) -> str:
        """The other province in which the city lies; nothing where it may well lie in this one."""
        known = self._province_of.get(city) or self._province_of.get(f"{city}市", "")
        return known if known != province and not self.knows_city(province, city) else ""


def direct(province: str) -> str:
    """The name that GB/T 2260 gives to the city of counties directly under the province."""
    return DIRECT_REGION if province.endswith("自治区") else DIRECT
