"""What section 2.2 prints about shops and turnover of the villages, as constraints on the two margins.

No village's shops and turnover are both printed; what ties the two is that each village meets the definition. Printed
figures that name places are not among the constraints, since rows of a list built have no names: the order of villages
and cities by shops (figure 4, section 2.2, paragraph 1), where the villages of more than 100 million yuan mostly lie,
single villages in case boxes, and Baigou, a town of which shops and an expected turnover are printed. The readings are
the weakest that the words allow: "some have reached billions" is one village of a billion yuan, and a village that
qualifies by its households may have any number of shops.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

MILLION, BILLION = 10**6, 10**9
SOME = 1  # villages that "some" stands for, at least
BOTH = ("active_shops", "turnover_cny")
# Claims of section 2.2, and of the definition, from which the constraints are taken.
CLAIMS = (
    "s22_villages",
    "active_shops",
    "def_turnover",
    "villages_10_to_30m",
    "villages_30_to_100m",
    "villages_over_100m",
    "largest_village_sales",
    "def_shops",
    "def_households",
)
IN_MILLIONS = re.compile(r"(\d+) million")


@dataclass(frozen=True)
class Margins:
    """The constraints: yuan a year, shops, villages; shares are fractions."""

    villages: int
    shops_together: int  # more than
    least_turnover: int
    band_top: int  # of the band that begins with ``least_turnover``
    band_share: Fraction  # more than this share of the villages lies in the band
    high_turnover: int
    high_villages: int  # more than so many lie above ``high_turnover``
    top_turnover: int  # reached by ``SOME``
    least_shops: int
    household_share: Fraction  # enough instead of ``least_shops``

    @property
    def in_band(self) -> int:
        """The least number of villages in the band.

        >>> Margins(780, 0, 0, 0, Fraction(60, 100), 0, 30, 0, 0, Fraction(1, 10)).in_band
        469
        """
        return int(self.band_share * self.villages) + 1

    @property
    def high(self) -> int:
        """The least number of villages above ``high_turnover``."""
        return self.high_villages + 1

    def top(self, largest_turnover: float) -> float:
        """The highest turnover of any village: the report gives no upper end, so ``largest_turnover`` is assumed."""
        return max(float(largest_turnover), float(self.top_turnover))


def published_margins(claims: pd.DataFrame) -> Margins | None:
    """The constraints that a year's claims print; None where one of ``CLAIMS`` is missing (2014, 2016).

    Source: report, section 2.2, paragraphs 1 and 2, and the definition (appendix to section 1). Takes the claims table
    (``id``, ``printed``, ``wording``); the edges of the bands stand in the wording.
    """
    rows = claims.set_index("id")
    if not set(CLAIMS) <= set(rows.index):
        return None
    printed = rows["printed"]
    edges = [int(each) * MILLION for each in IN_MILLIONS.findall(rows.loc["villages_30_to_100m", "wording"])]
    high = [int(each) * MILLION for each in IN_MILLIONS.findall(rows.loc["villages_over_100m", "wording"])]
    billions = printed["largest_village_sales"] == "billions"
    if len(edges) != 2 or len(high) != 1 or edges[0] != int(printed["def_turnover"]) or not billions:
        return None
    return Margins(
        villages=int(printed["s22_villages"]),
        shops_together=int(printed["active_shops"]),
        least_turnover=edges[0],
        band_top=edges[1],
        band_share=Fraction(printed["villages_10_to_30m"]) / 100,
        high_turnover=high[0],
        high_villages=int(printed["villages_over_100m"]),
        top_turnover=BILLION,
        least_shops=int(printed["def_shops"]),
        household_share=Fraction(printed["def_households"]) / 100,
    )


def constraints(margins: Margins | None) -> pd.DataFrame:
    """The constraints as a table: ``constraint``, ``rule``, ``bound``, ``unit``; no rows where nothing is published."""
    if margins is None:
        return pd.DataFrame(columns=["constraint", "rule", "bound", "unit"])
    one = margins
    rows = [
        ("number of villages", "exact", one.villages, "villages"),
        ("active shops of all villages together", "more than", one.shops_together, "shops"),
        ("turnover of the smallest village", "at least", one.least_turnover, "yuan"),
        ("upper edge of the lowest band of turnover", "exact", one.band_top, "yuan"),
        ("villages in the lowest band", "at least", one.in_band, "villages"),
        ("edge of the high band of turnover", "exact", one.high_turnover, "yuan"),
        ("villages above the high edge", "at least", one.high, "villages"),
        ("turnover of the largest village", "at least", one.top_turnover, "yuan"),
        ("active shops of a village", "at least", one.least_shops, "shops"),
        ("or active shops for each hundred households", "at least", float(100 * one.household_share), "shops"),
    ]
    return pd.DataFrame(rows, columns=["constraint", "rule", "bound", "unit"])


def satisfied(villages: pd.DataFrame, margins: Margins | None) -> pd.DataFrame:
    """Whether a table of villages meets each published constraint.

    Takes ``active_shops``, ``turnover_cny`` and, where known, ``households``, one row a village. Returns
    ``constraint``, ``rule``, ``bound``, ``reached``, ``holds``; no rows where nothing is published or no village given.
    """
    columns = ["constraint", "rule", "bound", "reached", "holds"]
    if margins is None or villages.empty:
        return pd.DataFrame(columns=columns)
    shops, turnover = (villages[column].to_numpy(dtype=float) for column in BOTH)
    households = (
        villages["households"].to_numpy(dtype=float) if "households" in villages else np.full(len(shops), np.nan)
    )
    enough = (shops >= margins.least_shops) | (shops >= float(margins.household_share) * households)
    band = (turnover >= margins.least_turnover) & (turnover <= margins.band_top)
    rows = [
        ("number of villages", "exact", margins.villages, len(villages)),
        ("active shops of all villages together", "more than", margins.shops_together, shops.sum()),
        ("turnover of the smallest village", "at least", margins.least_turnover, turnover.min()),
        ("villages in the lowest band", "at least", margins.in_band, band.sum()),
        ("villages above the high edge", "at least", margins.high, (turnover > margins.high_turnover).sum()),
        ("turnover of the largest village", "at least", margins.top_turnover, turnover.max()),
        ("villages with enough shops, or for enough households", "exact", margins.villages, enough.sum()),
    ]
    holds = {
        "exact": lambda reached, bound: reached == bound,
        "more than": lambda reached, bound: reached > bound,
        "at least": lambda reached, bound: reached >= bound,
    }
    return pd.DataFrame(
        [(name, rule, bound, float(reached), bool(holds[rule](reached, bound))) for name, rule, bound, reached in rows],
        columns=columns,
    )


def turnover_box(margins: Margins, largest_turnover: float) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest turnover of the village of each rank, smallest first.

    Villages in order of turnover meet the conditions on it exactly if each lies between the two (edges included): the
    first ``in_band`` up to ``band_top``, the last ``high`` from ``high_turnover``, the last of all from
    ``top_turnover``. The report gives no upper end: ``largest_turnover`` is an assumption.
    """
    n, ends = margins.villages, margins.top(largest_turnover)
    low, high = np.full(n, float(margins.least_turnover)), np.full(n, ends)
    high[: margins.in_band] = margins.band_top
    low[n - margins.high :] = margins.high_turnover
    low[n - SOME :] = margins.top_turnover
    return low, high


def even_turnover(margins: Margins, largest_turnover: float) -> np.ndarray:
    """One turnover margin that fits: the least counts in each band, evenly spaced in logs within it, smallest first."""
    n, ends = margins.villages, margins.top(largest_turnover)
    parts = [
        (margins.least_turnover, margins.band_top, margins.in_band),
        (margins.band_top, margins.high_turnover, n - margins.in_band - margins.high),
        (margins.high_turnover, ends, margins.high),
    ]
    steps = [np.exp(np.linspace(np.log(low), np.log(high), count + 1))[1:] for low, high, count in parts]
    steps[0] = np.exp(np.linspace(np.log(parts[0][0]), np.log(parts[0][1]), margins.in_band))
    return np.concatenate(steps)
