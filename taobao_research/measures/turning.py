"""Whether concentration rises or falls between lists, and how the answer turns on zeros and on the lists' length."""

import numpy as np
import pandas as pd

from taobao_research.measures.change import pairs_of
from taobao_research.measures.concentration import GINI, HHI, THEIL
from taobao_research.measures.redrawing import MAINLAND, PLACES, WITH, ZEROS, centred, redrawn
from taobao_research.measures.series import crossings

FOLLOWED = (HHI, GINI, THEIL)  # one index of each family
RISES, FALLS, UNCLEAR = "rises", "falls", "not told apart"
MOST_CUTS = 999
CHANGES = ["years", "unit", "zeros", "index", "before", "now", "change", "low", "high", "direction", "n_before", "n"]
EQUAL = ["years", "villages", "unit", "zeros", "index", "before", "now", "change", "low", "high", "direction"]
EQUAL_ANSWERS = ["equal_with_villages", "equal_all_mainland"]
ANSWERS = ["years", "unit", "index", "with_villages", "all_mainland", "turns", *EQUAL_ANSWERS]


def compared(lists: dict[int, pd.DataFrame]) -> list[tuple[int, int]]:
    """The pairs of ``change.pairs_of`` between which *Taobao village* means the same (``series.crossings``).

    >>> compared({2014: pd.DataFrame(), 2016: pd.DataFrame(), 2020: pd.DataFrame()})
    [(2014, 2016)]
    """
    return [pair for pair in pairs_of(lists) if not crossings(*pair, "Taobao villages")]


def changes(drawn: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """Change of ``FOLLOWED`` between lists under each choice of zeros.

    Takes ``redrawing.redrawn`` by year. Returns ``years``, ``unit``, ``zeros``, ``index``, ``before``, ``now``,
    ``change``, ``low`` and ``high`` (the middle 95% of the change when both lists are drawn again, its shift taken off
    as in ``redrawing.centred``), ``direction`` (unclear where the interval holds zero), ``n_before`` and ``n``
    (places). All 34 provinces are left out: three more places that have no village multiply a change of Gini by 31/34
    and leave one of Theil's T as it is, so it is the same finding.
    """
    rows = []
    for first, last in compared(drawn):
        for unit, zeros, index in _followed(drawn[first]):
            was, now = (drawn[year][unit, zeros, index].to_numpy() for year in (first, last))
            draws = min(len(was), len(now))
            change, low, high = centred(now[:draws] - was[:draws], -np.inf, np.inf)
            counted = WITH if (unit, zeros, PLACES) not in drawn[first].columns else zeros
            n = (int(drawn[year][unit, counted, PLACES].iloc[0]) for year in (first, last))
            numbers = (float(was[0]), float(now[0]), change, low, high)
            rows.append((f"{first}-{last}", unit, zeros, index, *numbers, direction(low, high), *n))
    return pd.DataFrame(rows, columns=CHANGES)


def equal_lists(
    lists: dict[int, pd.DataFrame], frame: pd.DataFrame, resamples: int, seed: int, drawn: dict[int, pd.DataFrame]
) -> pd.DataFrame:
    """The same when the longer list is cut at random to as many villages as the shorter has.

    The length of a list moves the indices by itself: in a short list each village is a larger share, and fewer places
    have any. Returns ``years``, ``villages`` (of both), ``unit``, ``zeros``, ``index``, ``before``, ``now`` (of the
    list that was cut, the mean of the cuts), ``change``, ``low``, ``high`` and ``direction``. The villages that stay
    are drawn without replacement, at most ``MOST_CUTS`` times. The cuts alone would say nothing of the list that is not
    cut, and little of the other, so the interval is that of ``changes``: both lists are drawn again, with replacement,
    at the length of the shorter, and the shift of the draws is taken off.
    """
    rows = []
    for first, last in compared(lists):
        totals = {year: int(lists[year]["villages"].sum()) for year in (first, last)}
        longer = max(totals, key=lambda year: totals[year])
        fewest = min(totals.values())
        draws = min(resamples, MOST_CUTS)
        shorter = first if longer == last else last
        cut, again = (
            redrawn(lists[longer], frame, 1, draws, seed + longer, fewest, twice).iloc[1:] for twice in (False, True)
        )
        for unit, zeros, index in _followed(drawn[first]):
            whole = {year: float(drawn[year][unit, zeros, index].iloc[0]) for year in (first, last)}
            whole[longer] = float(cut[unit, zeros, index].mean())
            change = whole[last] - whole[first]
            others = drawn[shorter][unit, zeros, index].to_numpy()[1:]
            moved = again[unit, zeros, index].to_numpy()[: len(others)] - others[: len(again)]
            moved = moved if longer == last else -moved
            change, *ends = centred(np.array([change, *moved]), -np.inf, np.inf)
            numbers = (whole[first], whole[last], change, *ends)
            rows.append((f"{first}-{last}", fewest, unit, zeros, index, *numbers, direction(*ends)))
    return pd.DataFrame(rows, columns=EQUAL)


def turning(changed: pd.DataFrame, equal: pd.DataFrame) -> pd.DataFrame:
    """Each conclusion about a change beside itself under the other choice of zeros, and with lists of equal length.

    Takes ``changes`` and ``equal_lists``. Returns ``years``, ``unit``, ``index``, ``with_villages`` and
    ``all_mainland`` (directions), ``turns`` (one rises and the other falls), and the directions between lists of equal
    length, ``equal_with_villages`` and ``equal_all_mainland``; no row where zeros are no choice.
    """
    keys = ["years", "unit", "index"]
    cut = equal.set_index([*keys, "zeros"])["direction"].to_dict()
    rows = []
    for key, sides in changed.groupby(keys, sort=False):
        found = sides.set_index("zeros")["direction"]
        if {WITH, MAINLAND} <= set(found.index):
            turns = {found[WITH], found[MAINLAND]} == {RISES, FALLS}
            rows.append((*key, found[WITH], found[MAINLAND], turns, cut[*key, WITH], cut[*key, MAINLAND]))
    return pd.DataFrame(rows, columns=ANSWERS)


def direction(low: float, high: float) -> str:
    """
    >>> direction(0.1, 0.2), direction(-0.2, -0.1), direction(-0.1, 0.1)
    ('rises', 'falls', 'not told apart')
    """
    return RISES if low > 0 else FALLS if high < 0 else UNCLEAR


def _followed(drawn: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The columns that are followed through the years; of zeros, those that say something of their own."""
    return [key for key in drawn.columns if key[2] in FOLLOWED and key[1] != ZEROS[-1]]
