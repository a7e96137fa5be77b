"""Concentration of lists with intervals: every village drawn again, at all levels at once, under each choice of zeros.

A list is a census of the villages that it lists, and no sample. An interval says how far a figure would move if as many
villages fell on places independently, each place with the share that it has now. It says nothing of villages that no
list has, and neighbours are not independent, so it is rather too narrow than too wide.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from taobao_research.measures import concentration as index_of
from taobao_research.measures.change import LEVELS
from taobao_research.measures.concentration import BETWEEN, GINI, HHI, THEIL, WITHIN
from taobao_research.measures.definitions import TOWN
from taobao_research.measures.intervals import middle
from taobao_research.measures.listed import draws_for
from taobao_research.measures.series import crossings

WITH, MAINLAND, ALL, ANY = "with villages", "all mainland", "all 34 provinces", "any"
ZEROS = (WITH, MAINLAND, ALL)
SEVERAL = {  # choices of zeros under which an index is the same number
    (WITH, MAINLAND): "with villages or all mainland",
    (MAINLAND, ALL): "all mainland or all 34 provinces",
    ZEROS: ANY,
}
RANK_SIZE = "rank-size slope"
PLACES = "places"  # not an index: how many places are counted
MOST_CELLS = 1_000_000  # counts of places held at once while resampling
COLUMNS = ["unit", "zeros", "index", "value", "low", "high", "n"]


def frames(mainland: pd.DataFrame, provinces: pd.DataFrame) -> pd.DataFrame:
    """How many places of each unit there are in each region, by choice of zeros.

    Takes the counties of the mainland (``province``, ``city_id``, ``county_id``, ``region``) and all provinces
    (``province``, ``region``). Returns ``unit``, ``zeros``, ``region``, ``places``. Towns have none: no table of all
    towns is shipped, so that only towns with villages can be counted.
    """
    keys = {"provinces": ["province"], "cities": ["province", "city_id"], "counties": ["province", "county_id"]}
    parts = [(unit, MAINLAND, mainland.drop_duplicates(columns)) for unit, columns in keys.items()]
    parts.append(("provinces", ALL, provinces.drop_duplicates("province")))
    tables = [
        rows.groupby("region").size().rename("places").reset_index().assign(unit=unit, zeros=zeros)
        for unit, zeros, rows in parts
    ]
    return pd.concat(tables, ignore_index=True)[["unit", "zeros", "region", "places"]]


def redrawn(
    villages: pd.DataFrame, frame: pd.DataFrame, top: int, resamples: int, seed: int, length: int | None = None,
    twice: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """Every index of a list, in the first row, and of as many lists drawn from it as there are further rows.

    Villages are drawn with replacement (multinomial), as many as there are or ``length``, and added up to towns,
    counties, cities and provinces. Without ``twice``, none is drawn twice (hypergeometric). Takes a village table with
    ``region`` and ``frames``; CR-k is given for k of 1, 4 and ``top``. A long list gets fewer draws
    (``listed.draws_for``). The columns are tuples of unit, zeros and index (``COLUMNS``), and of unit, zeros and
    ``PLACES``. Indices that zeros do not move have zeros ``ANY``. *With villages* means in each draw the places with
    villages in that draw.
    """
    towns = villages.groupby(TOWN).agg(villages=("villages", "sum"), region=("region", "first")).reset_index()
    names = sorted({*towns["region"], *frame["region"]})
    counts = towns["villages"].to_numpy(np.int64)
    draws = draws_for(len(towns), resamples)
    leading = sorted({1, 4, top})
    levels = []
    for unit, keys in LEVELS.items():
        starts = np.flatnonzero(~towns.duplicated(keys))
        regions = np.searchsorted(names, towns["region"].to_numpy()[starts])
        own = frame[frame["unit"] == unit]
        sizes = {zeros: _by_region(own[own["zeros"] == zeros], names) for zeros in own["zeros"].unique()}
        given = [k for k in leading if k < len(starts)]
        levels.append((unit, starts, regions, sizes, given))
    parts = []
    for chunk in drawn_again(counts, draws, seed, length, twice):
        found: dict[tuple[str, str, str], np.ndarray] = {}
        for unit, starts, regions, sizes, given in levels:
            places = np.add.reduceat(chunk, starts, axis=1)
            found |= {(unit, *key): value for key, value in _indices(places, regions, sizes, names, given).items()}
        parts.append(pd.DataFrame(found))
    return pd.concat(parts, ignore_index=True)


def redrawn_lists(
    lists: dict[int, pd.DataFrame], frame: pd.DataFrame, top: int, resamples: int, seed: int
) -> dict[int, pd.DataFrame]:
    """``redrawn`` for each list; a list has the same draws in every run with the same seed."""
    return {year: redrawn(rows, frame, top, resamples, seed + year) for year, rows in sorted(lists.items())}


def concentration(drawn: pd.DataFrame, villages: pd.DataFrame) -> pd.DataFrame:
    """The indices of one list with intervals, each number once.

    Takes ``redrawn`` and the list. Returns ``COLUMNS``; ``n`` counts places. An index that is the same under several
    choices of zeros has one row, with ``any`` or the choices joined by *or*. ``low`` and ``high`` are the middle 95% of
    the draws (``centred``); of the rank-size slope, the slope plus and minus 1.96 times its standard error
    (``concentration.rank_size``).
    """
    table = _merged(intervals(drawn))
    slopes = index_of.rank_sizes(villages, [1]).assign(zeros=WITH, index=RANK_SIZE).rename(columns={"slope": "value"})
    table = pd.concat([table, slopes[COLUMNS]], ignore_index=True)
    order = {unit: place for place, unit in enumerate(LEVELS)}
    return table.sort_values("unit", key=lambda each: each.map(order), kind="stable", ignore_index=True)


def intervals(drawn: pd.DataFrame) -> pd.DataFrame:
    """The same with a row for every unit, choice of zeros and index, without the rank-size slope."""
    rows = []
    for unit, zeros, index in drawn.columns:
        if index != PLACES:
            n = int(drawn[unit, WITH if zeros == ANY else zeros, PLACES].iloc[0])
            value, low, high = centred(drawn[unit, zeros, index].to_numpy(), *_limits(index, n))
            rows.append((unit, zeros, index, value, low, high, n))
    return pd.DataFrame(rows, columns=COLUMNS)


def places_counted(drawn: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """How many places are counted in each list: ``unit``, ``zeros``, one column a year.

    Takes ``redrawn`` by year.
    """
    years = {
        str(year): {
            (unit, zeros): int(rows[unit, zeros, index].iloc[0]) for unit, zeros, index in rows if index == PLACES
        }
        for year, rows in sorted(drawn.items())
    }
    return pd.DataFrame(years).rename_axis(["unit", "zeros"]).reset_index()


def by_year(drawn: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """``intervals`` of each list with ``year`` and ``era``, which begins where *Taobao village* changed its meaning."""
    years = sorted(drawn)
    tables = [
        intervals(drawn[year]).assign(year=year, era=len(crossings(years[0], year, "Taobao villages")))
        for year in years
    ]
    return pd.concat(tables, ignore_index=True)[["year", "era", *COLUMNS]]


def centred(values: np.ndarray, least: float, most: float) -> tuple[float, float, float]:
    """A figure and its 95% percentile interval: the first value, and the middle of the others less their mean shift.

    Drawing again makes a distribution look more concentrated by itself: places with one village drop out or double.
    With many small places the draws lie beside the figure, and hardly any near it. That shift is no doubt about the
    figure, and is taken off. The interval ends at ``least`` and ``most``, between which the index lies.

    >>> [round(each, 9) for each in centred(np.array([2.0, *np.linspace(2, 4, 201)]), 0.0, 2.5)]
    [2.0, 1.05, 2.5]
    """
    value, draws = float(values[0]), values[1:]
    low, high = middle(draws - (draws.mean() - value))
    return value, min(max(low, least), value), max(min(high, most), value)


def drawn_again(
    counts: np.ndarray, draws: int, seed: int, length: int | None = None, twice: bool = True
) -> Iterator[np.ndarray]:
    """The counts themselves, then draws of them: chunks of shape (draws, towns). Chunks do not change the draws.

    ``length`` villages are drawn, or as many as there are; without ``twice``, none of them twice.

    >>> [chunk.sum(1).tolist() for chunk in drawn_again(np.array([3, 2]), 2, 2015, 4, twice=False)]
    [[5], [4, 4]]
    """
    yield counts[None, :]
    rng, total = np.random.default_rng(seed), int(counts.sum())
    length = total if length is None else length
    step = max(1, MOST_CELLS // len(counts))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        if twice:
            yield rng.multinomial(length, counts / total, size=size)
        else:
            yield rng.multivariate_hypergeometric(counts, length, size=size, method="marginals")


def _limits(index: str, n: int) -> tuple[float, float]:
    """The least and the most that an index can be over n places."""
    if index.startswith(THEIL):
        return 0.0, float(np.log(n))
    if index == GINI:
        return 0.0, (n - 1) / n
    return 1 / n * (1 if index == HHI else int(index.removeprefix("CR-"))), 1.0


def _by_region(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    return frame.groupby("region")["places"].sum().reindex(names, fill_value=0).to_numpy()


def _indices(
    counts: np.ndarray, regions: np.ndarray, sizes: dict[str, np.ndarray], names: list[str], leading: list[int]
) -> dict[tuple[str, str], np.ndarray]:
    """Every index of one unit, by zeros and index; ``counts`` has shape (draws, places)."""
    held = np.stack([(counts[:, regions == each] > 0).sum(-1) for each in range(len(names))], axis=-1)
    found = {(ANY, f"CR-{k}"): index_of.leading_share(counts, k) for k in leading}
    found[ANY, HHI] = index_of.herfindahl(counts)
    for zeros, frame in {WITH: held, **sizes}.items():
        of_region = np.maximum(frame, held)  # a place with villages is a place
        n = of_region.sum(-1)
        total, between = index_of.theil(counts, n), index_of.theil_between(counts, regions, of_region)
        found[zeros, GINI] = index_of.gini(counts, n)
        found[zeros, THEIL], found[zeros, BETWEEN] = total, between
        found[zeros, WITHIN] = index_of.excess(total - between)
        found[zeros, PLACES] = n
    return found


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """One row for an index that is the same number under several choices of zeros."""
    rows: list[dict[str, object]] = []
    for row in table.to_dict("records"):
        key = (row["unit"], row["index"])
        of_index = [each for each in rows if (each["unit"], each["index"]) == key]
        same = [each for each in of_index if np.isclose(each["value"], row["value"], rtol=1e-12, atol=1e-14)]
        if same:
            choices = (*same[0].pop("choices", (same[0]["zeros"],)), row["zeros"])
            same[0] |= {"choices": choices, "zeros": SEVERAL.get(choices, " or ".join(choices))}
        else:
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)
