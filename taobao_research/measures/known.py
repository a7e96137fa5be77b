"""What was found of shops and turnover, in sentences that follow from the tables and hold for any year and list.

Each function returns templates with the values that fill them; texts are translated where they are shown.
"""

import pandas as pd

from taobao_research.measures.listed import LEAST_LISTED, both_counted
from taobao_research.measures.margins import Margins, satisfied

Told = list[tuple[str, dict[str, object]]]
CONDITIONS = (
    "From these rows follow {n} conditions that a list of villages meets or does not. Lists constructed or simulated "
    "below are checked on these {n} and on nothing else."
)
NO_CONDITIONS = (
    "No figures of the shops and turnover of all villages are among the claims of this year, so below nothing is "
    "constructed, bounded or simulated."
)
BUILT = (
    "Of {n} lists constructed, {meeting} meet all {conditions} conditions; Pearson's r runs from {lowest:.2f} to "
    "{highest:.2f}, the elasticity from {falling:.1f} to {rising:.1f}."
)
LISTED = (
    "Villages of the list with both figures above zero, of which a test takes {least} or more: {n:,}. Left out because "
    "one of the figures is zero, which has no logarithm: {zero:,}. Rows with both figures that are several villages "
    "and tell of none: {several:,}."
)
VERDICT = (
    "The verdict on the claim (section 2.2): {verdict}. It is on the printed words, which give no coefficient and no "
    'value from which a correlation is "highly" positive.'
)
NO_CLAIM = "The claims of this year hold none on the correlation of shops and turnover."
TESTED = "Villages of this list: n = {n:,}, Pearson's r of the logs {r:.3f}, {low:.3f} to {high:.3f} ({interval})."
TESTED_PLAINLY = "Villages of this list: n = {n:,}, Pearson's r of the logs {r:.3f} ({interval})."
LIST_MEETS = "Of {conditions} conditions that the published figures set, these villages together meet {holding}."
NOT_CHECKED = "No figures of all villages are published for the year, against which this list could be checked."
NOT_TESTED = (
    "This list gives both figures for fewer than {least} villages, so the correlation among its villages is not known."
)
ALLOWED = (
    "The conditions that the published figures set allow, by themselves, any correlation from {lowest:.0f} to "
    "{highest:.0f}."
)
UNBOUND = "No figures of all villages bound the correlation in this year."
CITED = (
    "Cited places, level means removed: n = {n}, Pearson's r of the logs {r:.3f}, {low:.3f} to {high:.3f}. They are no "
    "sample of Taobao villages."
)


def margins_told(margins: Margins | None) -> Told:
    """How many conditions the published figures set, or that there are none.

    >>> [values for _, values in margins_told(None)]
    [{}]
    """
    if margins is None:
        return [(NO_CONDITIONS, {})]
    nobody = pd.DataFrame({"active_shops": [0], "turnover_cny": [0]})
    return [(CONDITIONS, {"n": len(satisfied(nobody, margins))})]


def lists_told(built: pd.DataFrame) -> Told:
    """How many of the lists of ``couplings.fitting_lists`` meet all conditions; nothing where none was built."""
    if built.empty:
        return []
    values = {
        "n": len(built),
        "meeting": int((built["holding"] == built["constraints"]).sum()),
        "conditions": int(built["constraints"].iloc[0]),
        "lowest": built["reached"].min(),
        "highest": built["reached"].max(),
        "falling": built["elasticity"].min(),
        "rising": built["elasticity"].max(),
    }
    return [(BUILT, values)]


def list_told(villages: pd.DataFrame) -> Told:
    """How many villages of a list a test takes, and how many it leaves out, by reason."""
    return [(LISTED, {"least": LEAST_LISTED, **both_counted(villages)})]


def conclusions(
    verdict: str, built: pd.DataFrame, tested: pd.DataFrame, met: pd.DataFrame, rules: pd.DataFrame
) -> Told:
    """What the verdict is, and what the published figures, this list and the cited places say, each only if it does.

    Takes the verdict on the claim, empty where the year has none, and the tables of ``couplings.fitting_lists``,
    ``repeated.direct_test``, ``margins.satisfied`` for the list, and ``funnel.selection_funnel``.
    """
    told: Told = [(VERDICT, {"verdict": verdict})] if verdict else [(NO_CLAIM, {})]
    all_met = len(built) > 0 and bool((built["holding"] == built["constraints"]).all())
    ends = {"lowest": built["wanted"].min(), "highest": built["wanted"].max()} if all_met else {}
    told.append((ALLOWED, ends) if all_met else (UNBOUND, {}))
    told += _of_list(tested, met)
    if len(rules) and pd.notna(rules["pearson"].iloc[0]):
        first = rules.iloc[0]
        ends = {"low": first["pearson_low"], "high": first["pearson_high"]}
        told.append((CITED, {"n": int(first["n"]), "r": first["pearson"], **ends}))
    return told


def _of_list(tested: pd.DataFrame, met: pd.DataFrame) -> Told:
    if tested.empty:
        return [(NOT_TESTED, {"least": LEAST_LISTED})]
    rows = tested[tested["measure"] == "Pearson (logs)"]
    row = rows.iloc[-1]  # by counties where there are enough of them
    values = {"n": int(row["n"]), "r": row["estimate"], "interval": row["interval"]}
    known = pd.notna(row["low"])
    told: Told = [(TESTED, {**values, "low": row["low"], "high": row["high"]}) if known else (TESTED_PLAINLY, values)]
    if met.empty:
        return [*told, (NOT_CHECKED, {})]
    return [*told, (LIST_MEETS, {"conditions": len(met), "holding": int(met["holds"].sum())})]
