"""Every conclusion under every combination of definitions, and how many of the combinations are different evidence.

A cell is a year and one value of each of ``cells.DIMENSIONS``. A conclusion depends on a few of them only, so most
cells repeat one another: what counts is a specification, the year and the values of the dimensions that the conclusion
uses.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import product

import numpy as np
import pandas as pd

from taobao_research.measures.cells import DIMENSIONS, Cell, Lists, NoValueError
from taobao_research.measures.conclusions import BETWEEN, CONCLUSIONS, Conclusion, in_words
from taobao_research.measures.redrawing import centred

FOUND = ["rule", "reading", "value", "low", "high", "upholds", "near", "why"]
SPECIFICATIONS = ["conclusion", "year", *DIMENSIONS, *FOUND]
GRID = ["specification", "uses", *SPECIFICATIONS]
SUMMARY = ["conclusion", "uses", "specifications", "different", "upheld", "upheld_share", "near"]
SUMMARY += ["lowest", "highest", "rule", "reading", "margin", "missing"]
WHOLE = ["cluster_min_villages", "town_min_villages"]
NO_QUOTIENT = "divided by zero"


def grid(
    lists: dict[int, pd.DataFrame],
    mainland: pd.DataFrame,
    schemes: dict[str, pd.DataFrame],
    conclusions: Sequence[Conclusion] = CONCLUSIONS,
    resamples: int = 199,
    seed: int = 2015,
) -> pd.DataFrame:
    """Every conclusion in every cell: a row for each year and each combination of ``cells.DIMENSIONS``.

    Takes lists by year in which a place has one name (``lasting.comparable``), the mainland's counties with
    ``province``, ``city_id``, ``county_id`` (``units.mainland_counties``), and by region scheme all provinces with
    ``region``. Returns ``GRID``. ``specification`` numbers what is evaluated: rows with the same number are one
    finding, repeated for dimensions that the conclusion does not use. ``value`` is what it looks at, and
    ``low`` and ``high`` are those of ``redrawing.centred``: none for numbers of places, and none where a draw has no
    value. Where lists are cut to equal length, ``value`` is the mean of the cuts, and both are drawn again at that
    length. ``upholds`` says whether the value keeps the rule; it is missing, and ``why`` says why, where there is no
    value. ``near`` says whether the interval holds the reading. Lists are drawn ``turning.MOST_CUTS`` times at most.

    Raises ValueError, naming conclusion and cell, where a conclusion fails, looks at a dimension that it does not
    declare, or declares one that it never looks at.
    """
    names = [each.name for each in conclusions]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"conclusions: two are called {repeated[0]!r}")
    known = Lists(lists, mainland, schemes, resamples, seed)
    years = sorted(known.listed)
    cells = pd.MultiIndex.from_product([years, *DIMENSIONS.values()], names=["year", *DIMENSIONS]).to_frame(index=False)
    tables, first = [], 0
    for conclusion in conclusions:
        rows = _specifications(conclusion, known, years)
        rows.insert(0, "specification", range(first, first + len(rows)))
        tables.append(cells.merge(rows, on=["year", *conclusion.uses]))
        first += len(rows)
    return pd.concat(tables, ignore_index=True)[GRID] if tables else pd.DataFrame(columns=GRID)


def distinct(cells: pd.DataFrame) -> pd.DataFrame:
    """Each specification of ``grid`` once: ``SPECIFICATIONS``, empty where the conclusion does not use a dimension."""
    rows = cells.drop_duplicates("specification").reset_index(drop=True)
    used = rows["uses"].str.split(BETWEEN, regex=False)
    for dimension in DIMENSIONS:
        kept = np.array([dimension in each for each in used], dtype=bool)
        kind = "Int64" if dimension in WHOLE else object
        rows[dimension] = rows[dimension].astype(kind).where(kept, pd.NA if dimension in WHOLE else "")
    return rows[SPECIFICATIONS]


def summary(cells: pd.DataFrame, conclusions: Iterable[Conclusion] = CONCLUSIONS) -> pd.DataFrame:
    """One row for each conclusion. Takes ``grid``, or its rows of one year, and the conclusions that it was asked for.

    Returns ``SUMMARY``: ``uses`` (dimensions besides the year), ``specifications`` with a value, how many of these
    values are ``different`` (of two specifications with the same places the figure is the same), how many are
    ``upheld``, how many are ``near`` (their interval holds the reading), the ``lowest`` and ``highest`` value, the
    ``margin`` by which the reading can be moved before the first specification turns, and how many have no value.
    With the rule ``>=`` every reading up to the lowest value is upheld everywhere, and none above the highest anywhere.
    """
    rows = []
    for conclusion, own in _by_conclusion(cells, conclusions):
        found = own.dropna(subset=["value"])
        different = found["value"].round(12).nunique()
        counts = (len(found), different, int(found["upholds"].sum()), len(found) and found["upholds"].mean())
        near, margin = int(found["near"].sum()), (found["value"] - conclusion.reading).abs().min()
        values = (found["value"].min(), found["value"].max(), conclusion.rule, conclusion.reading, margin)
        rows.append((conclusion.name, in_words(conclusion.uses), *counts, near, *values, len(own) - len(found)))
    table = pd.DataFrame(rows, columns=SUMMARY)
    return table.assign(upheld_share=table["upheld_share"].astype(float).where(table["specifications"] > 0))


def by_year(cells: pd.DataFrame) -> pd.DataFrame:
    """Specifications of each conclusion in each year that have a value, by what they say.

    Takes ``grid``. Returns ``conclusion``, ``year``, ``upheld``, ``upheld_bare``, ``upheld_near``, ``not_upheld_near``,
    ``not_upheld_bare``, ``not_upheld`` (counts); near are those whose interval holds the reading, bare those that have
    no interval.
    """
    rows = distinct(cells).dropna(subset=["value"])
    bare, near = rows["near"].isna(), rows["near"].fillna(False).astype(bool)
    kinds = {"": ~bare & ~near, "_bare": bare, "_near": near}
    upheld = rows["upholds"].astype(bool)
    states = {f"upheld{kind}": upheld & which for kind, which in kinds.items()}
    states |= {f"not_upheld{kind}": ~upheld & which for kind, which in reversed(kinds.items())}
    counts = rows[["conclusion", "year"]].assign(**states).groupby(["conclusion", "year"], sort=False)
    return counts[list(states)].sum().astype(int).reset_index()


def other_readings(cells: pd.DataFrame, conclusions: Iterable[Conclusion] = CONCLUSIONS) -> pd.DataFrame:
    """How many specifications uphold a conclusion under other readings of its words: one row for each reading.

    Returns ``conclusion``, ``rule``, ``reading``, ``upheld``, ``specifications``.
    """
    rows = []
    for conclusion, own in _by_conclusion(cells, conclusions):
        values = own["value"].dropna()
        for reading in conclusion.readings:
            upheld = sum(conclusion.upheld(value, reading) for value in values)
            rows.append((conclusion.name, conclusion.rule, float(reading), upheld, len(values)))
    return pd.DataFrame(rows, columns=["conclusion", "rule", "reading", "upheld", "specifications"])


def most_divided(cells: pd.DataFrame) -> pd.DataFrame:
    """The specifications of the conclusion that most of them uphold while most do not; no rows where none turns.

    Of two numbers, those that uphold it and those that do not, the smaller is compared. Takes ``grid``; returns
    ``SPECIFICATIONS``, rows with a value.
    """
    rows = distinct(cells).dropna(subset=["value"])
    upheld = rows["upholds"].astype(int).groupby(rows["conclusion"], sort=False)
    fewer = np.minimum(upheld.sum(), upheld.count() - upheld.sum())
    divided = fewer.idxmax() if len(fewer) and fewer.max() else ""
    return rows[rows["conclusion"] == divided].reset_index(drop=True)


def _by_conclusion(cells: pd.DataFrame, conclusions: Iterable[Conclusion]) -> Iterable[tuple[Conclusion, pd.DataFrame]]:
    rows = distinct(cells)
    return [(each, rows[rows["conclusion"] == each.name]) for each in conclusions]


def _specifications(conclusion: Conclusion, known: Lists, years: list[int]) -> pd.DataFrame:
    """The conclusion in each year and for each combination of the dimensions that it uses."""
    seen: set[str] = set()
    rows = []
    for year in years:
        for values in product(*(DIMENSIONS[each] for each in conclusion.uses)):
            cell = Cell(known, year, dict(zip(conclusion.uses, values, strict=True)), seen)
            rows.append((year, *values, *_found(conclusion, cell)))
    table = pd.DataFrame(rows, columns=["year", *conclusion.uses, *FOUND])
    unseen = [each for each in conclusion.uses if each not in seen]
    if unseen and table["value"].notna().any():
        raise ValueError(f"conclusion {conclusion.name!r} declares {unseen[0]} and never looks at it")
    ends = {column: table[column].astype(float) for column in ("value", "low", "high", "reading")}
    answers = {column: table[column].astype("boolean") for column in ("upholds", "near")}
    return table.assign(conclusion=conclusion.name, uses=BETWEEN.join(conclusion.uses), **ends, **answers)


def _found(conclusion: Conclusion, cell: Cell) -> tuple[object, ...]:
    """``FOUND`` in one cell."""
    asked = (conclusion.rule, conclusion.reading)
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            value, low, high = _estimate(conclusion.look(cell), cell.of_equal_lists)
    except (NoValueError, ZeroDivisionError) as missing:
        why = NO_QUOTIENT if isinstance(missing, ZeroDivisionError) else str(missing)
        return (*asked, np.nan, np.nan, np.nan, pd.NA, pd.NA, why)
    except Exception as error:  # a conclusion is a reader's own code, and anything may be wrong with it
        raise ValueError(f"conclusion {conclusion.name!r}, cell of {cell}: {_said(error)}") from error
    near = pd.NA if np.isnan(low) else low <= conclusion.reading <= high
    return (*asked, value, low, high, conclusion.upheld(value), near, "")


def _estimate(figures: object, equal: bool) -> tuple[float, float, float]:
    """The value and the ends of its interval, not numbers where there are no draws."""
    values = np.atleast_1d(np.asarray(figures, dtype=float))
    if values.ndim > 1 or not len(values):
        raise ValueError(f"it gives figures of shape {values.shape}, not one for each list")
    draws = values[len(values) // 2 :] if equal and len(values) > 1 else values[1:]
    value = float(values[: len(values) - len(draws)].mean())  # of the list, or the mean of the cuts
    if not np.isfinite(value):
        raise NoValueError(NO_QUOTIENT)
    if not len(draws) or not np.isfinite(values).all():
        return value, np.nan, np.nan
    least = 0.0 if values.min() >= 0 else -np.inf  # ends stay between 0 and 1 where all figures do
    most = 1.0 if least == 0 and values.max() <= 1 else np.inf
    return centred(np.array([value, *draws]), least, most)


def _said(error: Exception) -> str:
    """What is wrong, in one line; of a figure that a cell does not have, those that it has."""
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, AttributeError) and isinstance(error.obj, Cell):
        figures = [each for each in dir(Cell) if not each.startswith("_")]
        close = get_close_matches(str(error.name), figures, n=1)
        return f"a cell has no {error.name}" + (f"; did you mean {close[0]}?" if close else f", but {figures}")
    return words
