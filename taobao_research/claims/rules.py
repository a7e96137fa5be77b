"""Printed against computed: when a number, an order, a set or a table agrees with the report."""

import itertools
import math
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Self

import pandas as pd

from taobao_research.claims import reasons

BETWEEN_NAMES = " | "
MOST_SHOWN = 10
DIGITS = 5
ABOUT = 0.10  # `about` and `nearly` allow a tenth


class Several(float):
    """A figure that stands for those of several sources: it is compared, ``figures`` are shown."""

    figures: tuple[float, ...]

    def __new__(cls, value: float, figures: Iterable[float]) -> Self:
        several = super().__new__(cls, value)
        several.figures = tuple(figures)
        return several


Computed = float | str | list[str] | pd.Series | pd.DataFrame


def number(printed: str) -> float:
    """The printed number.

    >>> number("11.93")
    11.93
    """
    return float(printed)


def names(printed: str) -> list[str]:
    """The parts of a list as the ledger writes it: printed names, a function's arguments, alternatives.

    >>> names("Zhejiang | Guangdong")
    ['Zhejiang', 'Guangdong']
    """
    return [name.strip() for name in printed.split(BETWEEN_NAMES.strip())] if printed else []


def rounds_to(printed: str, computed: float) -> bool:
    """Whether ``computed``, rounded half up to the printed decimals, is the printed number.

    >>> rounds_to("268", 267.92), rounds_to("268", 267.4)
    (True, False)
    """
    if not math.isfinite(computed):
        return False
    step = Decimal(1).scaleb(-len(printed.partition(".")[2]))
    with localcontext(prec=400):  # as many digits as a float can have
        return Decimal(repr(float(computed))).quantize(step, ROUND_HALF_UP) == Decimal(printed)


def in_order(printed: list[str], computed: pd.Series) -> bool:
    """Whether the printed names are the leading ones, in an order that the computed values allow.

    ``computed``: values by name. Names with equal values may stand in either order, and any of several
    names tied at the last place may be the one printed.

    >>> counts = pd.Series({"A": 3, "B": 2, "C": 2, "D": 1})
    >>> in_order(["A", "C", "B"], counts), in_order(["A", "C"], counts), in_order(["B", "A"], counts)
    (True, True, False)
    """
    if not printed or not set(printed) <= set(computed.index) or len(set(printed)) != len(printed):
        return False
    values = computed.loc[printed].tolist()
    falling = all(first >= second for first, second in itertools.pairwise(values))
    rest = computed.drop(printed)
    return falling and (rest.empty or bool(rest.max() <= values[-1]))


def holds(rule: str, printed: str, computed: Computed) -> bool:
    """Whether the computed value agrees with the printed one under a rule of ``schema.RULES``.

    ``exact`` equal; ``rounds to`` see above; ``more than``, ``at least``, ``less than``, ``up to`` bounds;
    ``about`` within a tenth; ``nearly`` up to a tenth below and not above; ``order`` and ``set`` names;
    ``includes`` the printed names are among the computed ones; ``table`` no cell differs (the function
    returns the differing rows); ``as stated`` the same words; ``implied`` a figure that follows from
    printed ones and that the report does not print: it only has to exist.
    """
    if rule == "table":
        return len(computed) == 0
    if rule == "order":
        return in_order(names(printed), computed) if isinstance(computed, pd.Series) else names(printed) == computed
    if rule in ("set", "includes"):
        found = set(computed.index if isinstance(computed, pd.Series) else computed)
        return set(names(printed)) == found if rule == "set" else set(names(printed)) <= found
    if rule == "as stated":
        return str(computed) == printed
    if rule == "implied":
        return math.isfinite(computed)
    if rule == "rounds to":
        return rounds_to(printed, computed)
    value, target = float(computed), number(printed)
    return {
        "exact": math.isclose(value, target, rel_tol=1e-9),
        "more than": value > target,
        "at least": value >= target or math.isclose(value, target, rel_tol=1e-9),
        "less than": value < target,
        "up to": value <= target or math.isclose(value, target, rel_tol=1e-9),
        "about": abs(value - target) <= ABOUT * abs(target),
        "nearly": (1 - ABOUT) * target <= value <= target,
    }[rule]


def shown(computed: Computed) -> str:
    """The computed value as the ledger prints it: at most ten names of a list, large quotients to five digits.

    >>> shown(780), shown(267.924528), shown(["A", "B"]), shown(pd.DataFrame())
    ('780', '267.92', 'A | B', 'all rows agree')
    >>> shown(2e6 / 3), shown(Several(311, [306, 316]))
    ('666670', '306 to 316 (sources: 2)')
    """
    if isinstance(computed, Several):
        low, high = shown(min(computed.figures)), shown(max(computed.figures))
        figures = low if low == high else reasons.RANGE.format(low=low, high=high)
        return reasons.OF_SOURCES.format(figures=figures, n=len(computed.figures))
    if isinstance(computed, pd.DataFrame):
        if computed.empty:
            return reasons.ALL_AGREE
        rows = ["; ".join(map(str, row)) for row in computed.head(5).itertuples(index=False)]
        return reasons.ROWS_DIFFER.format(count=len(computed), rows=" / ".join(rows))
    if isinstance(computed, pd.Series):
        listed = [
            reasons.VALUE_OF.format(place=name, count=shown(value)) for name, value in computed.head(MOST_SHOWN).items()
        ]
        return BETWEEN_NAMES.join([*listed, "..."] if len(computed) > MOST_SHOWN else listed)
    if isinstance(computed, list):
        return BETWEEN_NAMES.join(computed)
    if isinstance(computed, str):
        return computed
    value = float(computed)
    if abs(value) >= 10 ** (DIGITS - 1):  # the rest of a quotient says nothing: printed figures have fewer digits
        value = round(value) if value.is_integer() else round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))
    if float(value).is_integer():
        return str(int(value))
    text = f"{value:.2f}" if abs(value) >= 10 else f"{value:.3g}"
    return re.sub(r"\.?0+$", "", text) if "." in text and "e" not in text else text
