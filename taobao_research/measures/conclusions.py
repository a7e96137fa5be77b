"""Qualitative conclusions of the report that lists can speak to, each as a figure, a rule and a reading.

The report gives its vague words (fast, widely, most) no number. The number that a figure is compared with is our
reading of them; ``readings`` names others, and ``multiverse.summary`` says how far the number could be moved.
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pandas as pd

from taobao_research.measures.cells import DIMENSIONS, Cell

RULES = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
WORDS = {  # what the dimensions are called in tables
    "region_scheme": "region scheme",
    "zeros": "places counted",
    "unit": "unit",
    "cluster_min_villages": "cluster threshold",
    "town_min_villages": "town rule",
    "length": "length of lists",
}
BETWEEN = " | "
OF_THE_READER = "a reader's own"
HALF, TWO_THIRDS, THREE_QUARTERS = 1 / 2, 2 / 3, 3 / 4


@dataclass(frozen=True)
class Conclusion:
    """A sentence, the figure of a cell that it speaks of, and what the figure is compared with.

    ``uses`` are the dimensions that the figure depends on (keys of ``cells.DIMENSIONS``); it can look at no others.
    ``measure`` says in words what the figure is, ``in_report`` where the sentence stands, with a few words to find it.
    Raises ValueError for a rule or dimension that there is not.

    >>> Conclusion("A province stands out", lambda cell: cell.leading(1), ">", 0.5, uses=("units",))
    Traceback (most recent call last):
    ValueError: conclusion 'A province stands out': no such dimension: units; did you mean unit?
    """

    name: str
    look: Callable[[Cell], Any]
    rule: str
    reading: float
    uses: tuple[str, ...] = ()
    measure: str = ""
    in_report: str = OF_THE_READER
    readings: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.uses, str):
            raise ValueError(f"conclusion {self.name!r}: uses is a tuple, such as ({self.uses!r},)")
        for kind, known, given in (("rule", RULES, [self.rule]), ("dimension", DIMENSIONS, self.uses)):
            for name in given:
                if name not in known:
                    close = get_close_matches(name, known, n=1)
                    hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
                    raise ValueError(f"conclusion {self.name!r}: no such {kind}: {name}{hint}")

    def upheld(self, value: float, reading: float | None = None) -> bool:
        """Whether the value keeps the rule.

        >>> Conclusion("Villages multiply", lambda cell: cell.villages, ">=", 2).upheld(2.0)
        True
        """
        return bool(RULES[self.rule](value, self.reading if reading is None else reading))


def times_before(cell: Cell) -> Any:
    """How many times the villages of the year before the list has."""
    return cell.villages / cell.before.villages


def east_over_rest(cell: Cell) -> Any:
    """Villages for each place in the East, over villages for each place elsewhere."""
    villages, places = cell.share("East"), cell.places_share("East")
    return villages / (1 - villages) / (places / (1 - places))


CONCLUSIONS = (
    Conclusion(
        "Villages multiply fast",
        times_before,
        ">=",
        2,
        measure="villages over those of the year before",
        in_report="section 1.1, paragraph 1: extraordinary speed",
        readings=(1.5, 2, 3),
    ),
    Conclusion(
        "Taobao towns multiply as fast as villages",
        lambda cell: cell.towns / cell.before.towns / times_before(cell),
        ">=",
        1,
        uses=("town_min_villages",),
        measure="Taobao towns over those of the year before, over the same for villages",
        in_report="section 1.1, paragraph 3: a similar trend",
        readings=(0.8, 0.9, 1),
    ),
    Conclusion(
        "Villages are widely distributed",
        lambda cell: cell.held / cell.all_places,
        ">=",
        HALF,
        uses=("unit", "zeros"),
        measure="places with villages over all places",
        in_report="section 2.1, heading: widely distributed",
        readings=(1 / 4, HALF, THREE_QUARTERS),
    ),
    Conclusion(
        "Villages reach more places than a year before",
        lambda cell: cell.held / cell.before.held,
        ">",
        1,
        uses=("unit", "length"),
        measure="places with villages over those of the year before",
        in_report="section 1, introduction: wider territory",
    ),
    Conclusion(
        "Growth lies mostly where villages were before",
        lambda cell: cell.growth_where_before,
        ">",
        HALF,
        uses=("unit",),
        measure="share of the change in villages in places that had villages",
        in_report="section 3.1, paragraph 5: reproduction toward the surroundings",
        readings=(HALF, TWO_THIRDS, THREE_QUARTERS),
    ),
    Conclusion(
        "Six leading places hold most of the villages",
        lambda cell: cell.leading(6),
        ">",
        HALF,
        uses=("unit",),
        measure="share of the six leading places",
        in_report="section 2.1, paragraph 1: the six provinces",
        readings=(HALF, TWO_THIRDS, THREE_QUARTERS),
    ),
    Conclusion(
        "The East holds nearly all villages",
        lambda cell: cell.share("East"),
        ">",
        0.9,
        uses=("region_scheme",),
        measure="share of the East",
        in_report="section 2.1, paragraph 3, implied: noticeable",
        readings=(0.9, 0.95, 0.98),
    ),
    Conclusion(
        "The East is ahead of the rest place for place",
        east_over_rest,
        ">=",
        2,
        uses=("region_scheme", "unit", "zeros"),
        measure="villages per place in the East over villages per place elsewhere",
        in_report="section 3.2, paragraph 4, implied: from coastal areas to the inland",
        readings=(2, 5, 10),
    ),
    Conclusion(
        "The rest of the country gains on the East",
        lambda cell: cell.before.share("East") - cell.share("East"),
        ">",
        0,
        uses=("region_scheme",),
        measure="share outside the East, less that of the year before",
        in_report="section 2.1, paragraph 3, implied: found for the first time",
    ),
    Conclusion(
        "Most villages lie in clusters",
        lambda cell: cell.in_clusters,
        ">",
        HALF,
        uses=("cluster_min_villages",),
        measure="share of the villages that lie in clusters",
        in_report="section 3.1, paragraph 1, implied: the starry stage",
        readings=(HALF, TWO_THIRDS, THREE_QUARTERS),
    ),
    Conclusion(
        "Clustering becomes more prominent",
        lambda cell: cell.in_clusters - cell.before.in_clusters,
        ">",
        0,
        uses=("cluster_min_villages", "length"),
        measure="share of the villages that lie in clusters, less that of the year before",
        in_report="section 3.1, paragraph 1: increasingly prominent",
    ),
    Conclusion(
        "Guangdong has the most Taobao towns",
        lambda cell: cell.lead_in_towns("广东省"),
        ">",
        1,
        uses=("town_min_villages",),
        measure="Taobao towns of Guangdong over those of the next province",
        in_report="section 2.1, paragraph 4: towns by province",
    ),
)


def described(conclusions: Iterable[Conclusion] = CONCLUSIONS) -> pd.DataFrame:
    """What each conclusion is: ``conclusion``, ``in_report``, ``measure``, ``rule``, ``reading``, ``uses``."""
    rows = [
        (each.name, each.in_report, each.measure, each.rule, each.reading, in_words(each.uses)) for each in conclusions
    ]
    return pd.DataFrame(rows, columns=["conclusion", "in_report", "measure", "rule", "reading", "uses"])


def in_words(dimensions: Iterable[str]) -> str:
    """
    >>> in_words(("unit", "zeros"))
    'unit | places counted'
    """
    return BETWEEN.join(WORDS[each] for each in dimensions)
