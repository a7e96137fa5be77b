"""One list under one choice of definitions, and what a conclusion may look at there.

Figures of a cell are arrays: first that of the list, then those of lists drawn from it (``redrawing.drawn_again``), so
that a conclusion written for one figure gives its interval too. Of lists of equal length, one half of the array is of
lists cut, and the other of lists drawn again. Numbers of places that hold a village are the list's
alone, since drawing again only loses places.
"""

from collections.abc import Callable, Hashable
from difflib import get_close_matches

import numpy as np
import pandas as pd

from taobao_research.measures import concentration as index_of
from taobao_research.measures.change import LEVELS
from taobao_research.measures.definitions import TOWN
from taobao_research.measures.listed import draws_for
from taobao_research.measures.redrawing import WITH, ZEROS, drawn_again, frames
from taobao_research.measures.series import crossings
from taobao_research.measures.turning import MOST_CUTS

AS_LISTED, EQUAL = "as listed", "equal"
DIMENSIONS: dict[str, tuple[object, ...]] = {  # besides the year
    "region_scheme": ("four-region", "three-belt"),
    "zeros": ZEROS,
    "unit": tuple(LEVELS),
    "cluster_min_villages": tuple(range(8, 16)),
    "town_min_villages": (2, 3, 4),
    "length": (AS_LISTED, EQUAL),
}
NO_LIST_BEFORE = "no list of the year before"
NO_TABLE = "no table of all such places"
NO_ZEROS = "places without villages are not counted"


class NoValueError(Exception):
    """A cell in which a conclusion has no value, and why."""


class Lists:
    """The lists of several years over one set of towns, each also drawn again and cut to a shorter length.

    ``lists``: village tables by year in which a place has one name (``lasting.comparable``). ``mainland`` and
    ``schemes``: the counties (``units.mainland_counties``), and by region scheme all provinces with ``region``.
    """

    def __init__(
        self,
        lists: dict[int, pd.DataFrame],
        mainland: pd.DataFrame,
        schemes: dict[str, pd.DataFrame],
        resamples: int,
        seed: int,
    ) -> None:
        rows = pd.concat([each[[*TOWN, "villages"]].assign(year=year) for year, each in sorted(lists.items())])
        table = rows.groupby([*TOWN, "year"])["villages"].sum().unstack(fill_value=0)
        self.towns = table.index.to_frame(index=False)
        self.listed = {int(year): table[year].to_numpy(np.int64) for year in table}
        self.total = {year: int(counts.sum()) for year, counts in self.listed.items()}
        self.draws, self.seed = draws_for(len(self.towns), min(resamples, MOST_CUTS)), seed
        regions = {scheme: rows.set_index("province")["region"] for scheme, rows in schemes.items()}
        self.regions = {scheme: self.towns["province"].map(each).to_numpy() for scheme, each in regions.items()}
        self.frames = {
            scheme: frames(mainland.assign(region=mainland["province"].map(each)), schemes[scheme])
            for scheme, each in regions.items()
        }
        self.provinces = sorted({province for each in regions.values() for province in each.index})
        self._kept: dict[Hashable, np.ndarray] = {}

    def starts(self, unit: str) -> np.ndarray:
        """The first town of each place of the unit; towns stand in order of their places."""
        return self._once(("starts", unit), lambda: np.flatnonzero(~self.towns.duplicated(LEVELS[unit])))

    def counts(self, year: int, unit: str, cut_to: int | None = None) -> np.ndarray:
        """Villages of each place: shape (1 + draws, places), the list first.

        With ``cut_to``, shape (2 draws, places): so many villages of the list, none twice, and then drawn again.
        """
        if unit != "towns":
            towns = self.counts(year, "towns", cut_to)
            return self._once((year, unit, cut_to), lambda: np.add.reduceat(towns, self.starts(unit), axis=1))
        drawn = (self.listed[year], self.draws, self.seed + year)
        if cut_to is None:
            return self._once((year, unit, None), lambda: np.concatenate(list(drawn_again(*drawn))))
        both = (np.concatenate(list(drawn_again(*drawn, cut_to, twice))[1:]) for twice in (False, True))
        return self._once((year, unit, cut_to), lambda: np.concatenate(list(both)))

    def _once(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


class Cell:
    """A list under one specification. Only the dimensions in ``choices`` can be looked at; ``seen`` collects them."""

    def __init__(
        self, lists: Lists, year: int, choices: dict[str, object], seen: set[str], later: int | None = None
    ) -> None:
        self._lists, self.year, self._choices, self._seen = lists, year, choices, seen
        self._later = year if later is None else later  # the year of the cell from which this one is the year before

    def __str__(self) -> str:
        return ", ".join([f"year {self._later}", *(f"{name} {value}" for name, value in self._choices.items())])

    @property
    def before(self) -> "Cell":
        """The same specification in the list of the year before; missing where there is none, or it means else."""
        measures = ["Taobao villages", *(["Taobao towns"] if "town_min_villages" in self._choices else [])]
        if self.year - 1 not in self._lists.listed:
            raise NoValueError(NO_LIST_BEFORE)
        for changed in crossings(self.year - 1, self.year, *measures):
            raise NoValueError(changed)
        if self.year < self._later and self.of_equal_lists:
            raise ValueError("lists of equal length are two lists, not three")
        return Cell(self._lists, self.year - 1, self._choices, self._seen, self._later)

    @property
    def villages(self) -> int:
        """Villages of the list."""
        return int(self._counts("provinces")[0].sum())

    @property
    def places(self) -> np.ndarray:
        """Villages of each place of ``unit`` that any of the lists has, shape (draws, places)."""
        return self._counts(str(self._choice("unit")))

    @property
    def held(self) -> float:
        """How many places of ``unit`` hold a village; of a list that is cut, the mean of the cuts."""
        held = (self.places > 0).sum(-1)
        return float(held[: len(held) // 2].mean()) if self.of_equal_lists else int(held[0])

    @property
    def all_places(self) -> int:
        """How many places of ``unit`` there are under ``zeros``, where those without villages count."""
        if self._choice("zeros") == WITH:
            raise NoValueError(NO_ZEROS)
        return max(int(self._frame(next(iter(self._lists.frames))).sum()), int((self.places[0] > 0).sum()))

    def leading(self, k: int) -> np.ndarray:
        """The share of the k leading places of ``unit`` in all villages."""
        return index_of.leading_share(self.places, k)

    def share(self, region: str) -> np.ndarray:
        """The share of a region of ``region_scheme`` in all villages."""
        counts, inside = self._counts("towns"), self._in_region(region, "towns")
        return counts[:, inside].sum(-1) / counts.sum(-1)

    def places_share(self, region: str) -> float:
        """The share of a region of ``region_scheme`` in the places of ``unit`` that count under ``zeros``."""
        unit, zeros = str(self._choice("unit")), self._choice("zeros")
        held = self.places[0] > 0
        inside = self._in_region(region, unit)
        if zeros == WITH:
            return float((held & inside).sum() / held.sum())
        frame = self._frame(str(self._choice("region_scheme")))
        return float(frame.get(region, 0) / frame.sum())

    @property
    def clusters(self) -> np.ndarray:
        """The number of counties with at least ``cluster_min_villages`` villages."""
        return (self._counts("counties") >= self._choice("cluster_min_villages")).sum(-1)

    @property
    def in_clusters(self) -> np.ndarray:
        """The share of the villages that lie in clusters."""
        return self._share_above("counties", "cluster_min_villages")

    @property
    def towns(self) -> np.ndarray:
        """The number of towns with at least ``town_min_villages`` villages."""
        return (self._counts("towns") >= self._choice("town_min_villages")).sum(-1)

    @property
    def in_towns(self) -> np.ndarray:
        """The share of the villages that lie in Taobao towns."""
        return self._share_above("towns", "town_min_villages")

    def lead_in_towns(self, province: str) -> np.ndarray:
        """Taobao towns of a province over those of the province that has most among the others."""
        _known(province, self._lists.provinces, "province")
        enough = (self._counts("towns") >= self._choice("town_min_villages")).astype(int)
        starts = self._lists.starts("provinces")
        own = self._lists.towns["province"].to_numpy()[starts] == province
        of_province = np.add.reduceat(enough, starts, axis=1)
        return of_province[:, own].sum(-1) / of_province[:, ~own].max(-1, initial=0)

    @property
    def growth_where_before(self) -> np.ndarray:
        """The share of the change in villages that lies in places of ``unit`` that had one the year before."""
        was = self.before.places
        change = self.places - was
        return (change * (was > 0)).sum(-1) / change.sum(-1)

    @property
    def of_equal_lists(self) -> bool:
        """Whether the longer of two lists is cut to the length of the shorter."""
        return self._choices.get("length") == EQUAL

    @property
    def _cut_to(self) -> int | None:
        """The length to which lists are cut: that of the shorter of the year's and the year before's."""
        if "length" not in self._choices or self._choice("length") == AS_LISTED:
            return None
        if self._later - 1 not in self._lists.total:
            raise NoValueError(NO_LIST_BEFORE)
        return min(self._lists.total[self._later - 1], self._lists.total[self._later])

    def _counts(self, unit: str) -> np.ndarray:
        return self._lists.counts(self.year, unit, self._cut_to)

    def _share_above(self, unit: str, threshold: str) -> np.ndarray:
        counts = self._counts(unit)
        return (counts * (counts >= self._choice(threshold))).sum(-1) / counts.sum(-1)

    def _in_region(self, region: str, unit: str) -> np.ndarray:
        scheme = str(self._choice("region_scheme"))
        _known(region, sorted({*self._lists.frames[scheme]["region"]}), "region")
        return self._lists.regions[scheme][self._lists.starts(unit)] == region

    def _frame(self, scheme: str) -> pd.Series:
        """The places of ``unit`` in each region under ``zeros``."""
        frame = self._lists.frames[scheme]
        rows = frame[(frame["unit"] == self._choice("unit")) & (frame["zeros"] == self._choice("zeros"))]
        if rows.empty:
            raise NoValueError(NO_TABLE)
        return rows.set_index("region")["places"]

    def _choice(self, name: str) -> object:
        if name not in self._choices:
            raise LookupError(f"it looks at {name}, which its uses do not declare")
        self._seen.add(name)
        return self._choices[name]


def _known(name: str, names: list[str], kind: str) -> None:
    if name not in names:
        close = get_close_matches(name, names, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"
        raise LookupError(f"no such {kind}: {name}{hint}")
