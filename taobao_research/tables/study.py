"""Everything one run reads, loaded when first asked for and checked as it is read."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from taobao_research.errors import InputError
from taobao_research.params import Params, check_params
from taobao_research.paths import Project, current_project, shown
from taobao_research.tables import schema
from taobao_research.tables.lasting import comparable
from taobao_research.tables.links import link_places
from taobao_research.tables.load import TEXTS, read_table, read_texts
from taobao_research.tables.places import COUNTY, LEVELS, add_names, add_region, english_names
from taobao_research.tables.point_counts import counts_at_points
from taobao_research.tables.points import located
from taobao_research.tables.poverty import poverty_of_list
from taobao_research.tables.units import mainland_counties
from taobao_research.tables.unplaced import unplaced
from taobao_research.translating import Texts, package_texts


def list_years(project: Project) -> list[int]:
    """The years that have a village table, in order."""
    return sorted(int(path.parent.name) for path in project.data.glob("20[0-9][0-9]/villages.csv"))


@dataclass(frozen=True)
class Study:
    """One year's data under one set of parameters; ``given`` is a list in the place of the one on disk."""

    params: Params
    project: Project = field(default_factory=current_project)
    given: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    @property
    def year(self) -> int:
        return self.params.year

    def moved(self, **definitions: object) -> "Study":
        """The same year under other definitions."""
        return Study(check_params({**self.params.model_dump(), **definitions}), self.project, self.given)

    def with_villages(self, villages: pd.DataFrame) -> "Study":
        """The same run with another list of the year, such as one that is about to be imported."""
        return Study(self.params, self.project, villages)

    @cached_property
    def villages(self) -> pd.DataFrame:
        """The year's village table with ``region``."""
        return self.villages_of(self.year)

    @cached_property
    def before(self) -> pd.DataFrame:
        """The table of the year before, places under their names in this year's list; no rows where there is none."""
        if self.year - 1 not in list_years(self.project):
            return self.villages.head(0)
        return self.lists_of([self.year - 1, self.year])[self.year - 1][self.villages_of(self.year - 1).columns]

    @cached_property
    def lists(self) -> dict[int, pd.DataFrame]:
        """Every list up to this year (``lists_of``)."""
        return self.lists_of([year for year in list_years(self.project) if year <= self.year])

    def lists_of(self, years: list[int]) -> dict[int, pd.DataFrame]:
        """The lists of these years, each place under its name in the newest of them (``lasting.comparable``)."""
        return comparable({year: self.villages_of(year) for year in years}, self.county_codes, self.place_changes)

    @cached_property
    def last_two(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The list before this year's and this year's, from ``lists``; no rows in either where there is none before."""
        if self.year not in self.lists or len(self.lists) < 2:
            return self.villages.head(0), self.villages.head(0)
        before, now = sorted(self.lists)[-2:]
        return self.lists[before], self.lists[now]

    @cached_property
    def unplaced(self) -> list[str]:
        """The counties of this year's list that no code settles, each with its nearest names."""
        return unplaced(self.villages, self.year, self.county_codes, self.place_changes)

    @cached_property
    def mainland(self) -> pd.DataFrame:
        """Every county of the mainland with ``region``, and those that ``lists`` have besides (``units``)."""
        codes, changes = self.county_codes, self.place_changes
        return self._with_region(mainland_counties(self.lists, self.year, self.provinces, codes, changes))

    @cached_property
    def all_provinces(self) -> pd.DataFrame:
        """All 34 provinces with ``region``."""
        return self._with_region(self.provinces)

    @cached_property
    def at_points(self) -> pd.DataFrame:
        """Every county point of the mainland with the villages of each of ``lists`` (``point_counts``)."""
        known = (self.provinces, self.county_codes, self.place_changes)
        return counts_at_points(self.lists, self.county_points, *known)

    def links(self, years: list[int]) -> pd.DataFrame:
        """Every county and town of each two successive lists, with the rule and confidence of the link.

        Columns ``years``, ``level``, the names in the later list, and those of ``links.link_places``.
        """
        codes, changes = self.county_codes, self.place_changes
        tables = []
        for pair in pairwise(sorted(years)):
            before, now = (self.villages_of(year) for year in pair)
            for level in ("county", "town"):
                found = link_places(before, now, level, pair, codes, changes)
                tables.append(found.assign(years="-".join(map(str, pair)), level=level))
        columns = ["years", "level", *LEVELS, "names_before", "rule", "confidence", "candidates"]
        columns += ["id", "villages_before", "villages"]
        rows = pd.concat(tables, ignore_index=True).fillna({"town": ""}) if tables else pd.DataFrame(columns=columns)
        return rows[columns]

    def villages_of(self, year: int) -> pd.DataFrame:
        """The village table of a year with ``region``, places as that year's list writes them."""
        if year == self.year and self.given is not None:
            return self._with_region(self.given)
        path = self.project.data_of(year) / "villages.csv"
        if not path.is_file():
            raise InputError(
                f"{shown(path)}: missing data file. Make it from the published list: taobao-research import {year} FILE"
            )
        return self._with_region(self._table(path, schema.VILLAGES))

    def _table(self, path: Path, rules: pa.DataFrameSchema) -> pd.DataFrame:
        return read_table(path, rules, self.project)

    def _with_region(self, villages: pd.DataFrame) -> pd.DataFrame:
        return add_region(villages, self.provinces, self.params.region_scheme)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """The year's claims, one printed figure a row."""
        return self._table(self.project.data_of(self.year) / "claims.csv", schema.CLAIMS)

    @cached_property
    def printed(self) -> dict[str, str]:
        """What the report prints, by claim: the data of the report's own arithmetic."""
        return self.claims.set_index("id")["printed"].to_dict()

    def figure(self, name: str) -> pd.DataFrame:
        """A table as the year's report prints it; no rows where that report prints none."""
        path = self.project.data_of(self.year) / "figures" / f"{name}.csv"
        if not path.is_file():
            return pd.DataFrame(columns=list(schema.FIGURES[name].columns))
        return self._table(path, schema.FIGURES[name])

    @cached_property
    def chinese_as_printed(self) -> dict[str, dict[str, str]]:
        """Of places in the year's printed tables the Chinese names by the English ones, for each column ``*_en``."""
        names: dict[str, dict[str, str]] = {f"{level}_en": {} for level in (*schema.PLACE, "village")}
        for table in map(self.figure, schema.FIGURES):
            for column in names.keys() & set(table):
                if (level := column.removesuffix("_en")) in table:
                    pairs = zip(table[column], table[level], strict=True)
                    names[column] |= {english: chinese for english, chinese in pairs if chinese}
        return names

    @cached_property
    def products(self) -> pd.DataFrame:
        """Villages by main product: from the list itself, else from the newest counts up to this year.

        Columns ``year`` (of that list), province, city, county, main_products, villages.
        """
        if "main_products" in self.villages and (self.villages["main_products"] != "").any():
            named = self.villages[self.villages["main_products"] != ""]
            keys = [column for column in schema.PRODUCTS.columns if column != "villages"]
            return named.groupby(keys, as_index=False)["villages"].sum().assign(year=self.year)
        for year in range(self.year, 2008, -1):
            path = self.project.data_of(year) / "products.csv"
            if path.is_file():
                return self._table(path, schema.PRODUCTS).assign(year=year)
        return pd.DataFrame(columns=["year", *schema.PRODUCTS.columns])

    @cached_property
    def product_commodities(self) -> pd.DataFrame:
        return self._table(self.project.reference / "product_commodities.csv", schema.PRODUCT_COMMODITIES)

    @cached_property
    def provinces(self) -> pd.DataFrame:
        return self._table(self.project.reference / "provinces.csv", schema.PROVINCES)

    @cached_property
    def counties(self) -> pd.DataFrame:
        return self._table(self.project.reference / "counties.csv", schema.COUNTIES)

    @cached_property
    def county_points(self) -> pd.DataFrame:
        return self._table(self.project.reference / "county_points.csv", schema.COUNTY_POINTS)

    @cached_property
    def backdrop(self) -> pd.DataFrame:
        """The points of all counties for a map: ``lon``, ``lat`` (degrees), ``province`` (its short readable name)."""
        column = "name_zh_short" if self.params.labels == "zh" else "name_en"
        names = self.provinces.set_index("province")[column]
        return self.county_points[["province", "lon", "lat"]].assign(province=self.county_points["province"].map(names))

    @cached_property
    def county_codes(self) -> pd.DataFrame:
        return self._table(self.project.reference / "county_codes.csv", schema.COUNTY_CODES)

    @cached_property
    def place_changes(self) -> pd.DataFrame:
        return self._table(self.project.reference / "place_changes.csv", schema.PLACE_CHANGES)

    @cached_property
    def poverty_counties(self) -> pd.DataFrame:
        return self._table(self.project.reference / "poverty_counties.csv", schema.POVERTY_COUNTIES)

    def located(self, places: pd.DataFrame) -> pd.DataFrame:
        """The table of counties with ``lon`` and ``lat``, missing where no point is known (``points.located``)."""
        return located(places, self.year, self.counties, self.county_points, self.county_codes, self.place_changes)

    @cached_property
    def coordinates(self) -> pd.DataFrame:
        """The villages of this year's list that come with coordinates, and the point of their county.

        Columns of the place, ``village``, ``lon``, ``lat``, ``county_lon``, ``county_lat`` (degrees); the last two are
        missing where no source has a point. No rows for a list without coordinates.
        """
        given, points = list(schema.COORDINATES), {"lon": "county_lon", "lat": "county_lat"}
        rows = self.villages.reindex(columns=[*schema.PLACE, "village", *given]).dropna(subset=given)
        counties = self.located(rows[COUNTY].drop_duplicates()).rename(columns=points)
        return rows.merge(counties, on=COUNTY, how="left").astype(dict.fromkeys([*points, *points.values()], float))

    @cached_property
    def poverty(self) -> pd.DataFrame:
        """The poverty status of every county of this year's list (``poverty.poverty_of_list``)."""
        return self.poverty_of(self.villages, self.year)

    def poverty_of(self, villages: pd.DataFrame, year: int) -> pd.DataFrame:
        """The same for the counties of another list."""
        codes, changes = self.county_codes, self.place_changes
        return poverty_of_list(villages, year, self.poverty_counties, self.counties, codes, changes)

    @cached_property
    def poverty_provincial(self) -> pd.DataFrame:
        return self._table(self.project.reference / "poverty_provincial.csv", schema.POVERTY_PROVINCIAL)

    @cached_property
    def cases(self) -> pd.DataFrame:
        return self._table(self.project.data / "cases" / "cases.csv", schema.CASES)

    @cached_property
    def series(self) -> pd.DataFrame:
        return self._table(self.project.data / "series" / "published_series.csv", schema.SERIES)

    @cached_property
    def transitions(self) -> pd.DataFrame:
        return self._table(self.project.data / "series" / "transitions.csv", schema.TRANSITIONS)

    @cached_property
    def english(self) -> dict[tuple[str, ...], str]:
        return english_names(self.provinces, self.counties)

    @cached_property
    def texts(self) -> Texts:
        """For a run in Chinese the Chinese texts by the English ones, the package's and the year's; else nothing."""
        if self.params.labels != "zh":
            return {}
        return {**package_texts(), **read_texts(self.project.data_of(self.year) / TEXTS, self.project)}

    def named(self, places: pd.DataFrame, scope: bool = True) -> pd.DataFrame:
        """The table of places with readable names in the run's language."""
        return add_names(places, self.english, self.params.labels, scope)
