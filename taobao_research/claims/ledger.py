"""The ledger: every claim judged, with the reason for its verdict in one sentence."""

from collections.abc import Callable
from types import ModuleType

import pandas as pd

from taobao_research.claims import arithmetic, observations, reasons, rules, villages
from taobao_research.errors import InputError, UnavailableError
from taobao_research.params import Params
from taobao_research.strict_yaml import parse_mapping
from taobao_research.tables.schema import VERDICTS
from taobao_research.tables.study import Study

COLUMNS = ("id", "section", "statement", "printed", "computed", "unit", "rule", "verdict", "note")


def _functions_of(module: ModuleType) -> dict[str, Callable]:
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }


FUNCTIONS: dict[str, Callable] = {
    **_functions_of(villages),
    **_functions_of(observations),
    **_functions_of(arithmetic),
}
ONLY_ARITHMETIC = frozenset(_functions_of(arithmetic))


def judge_all(study: Study, sections: tuple[str, ...] = ()) -> pd.DataFrame:
    """The year's claims, or those of some sections, judged: the columns ``COLUMNS``, in the file's order.

    ``section`` is text: 3.1 is not 3.10.
    """
    claims = study.claims
    if sections:
        claims = claims[claims["section"].isin(sections)]
    judged = [judge(study, claim) for claim in claims.to_dict("records")]
    return pd.DataFrame(judged, columns=list(COLUMNS))


def count_verdicts(judged: pd.DataFrame) -> pd.DataFrame:
    """Claims of each section by verdict: ``section``, a column for each of ``schema.VERDICTS``, ``claims``."""
    counts = pd.crosstab(judged["section"], judged["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)
    counts["claims"] = counts.sum(axis=1)
    order = list(dict.fromkeys(judged["section"]))
    return counts.loc[order].rename_axis(columns=None).reset_index()


def implied_figures(judged: pd.DataFrame) -> pd.DataFrame:
    """The figures that follow from printed ones and that the report does not print."""
    implied = judged[(judged["rule"] == "implied") & (judged["verdict"] == "arithmetic")]
    return implied[["section", "statement", "computed", "unit", "note"]].reset_index(drop=True)


def printed_figures(judged: pd.DataFrame) -> pd.DataFrame:
    """The printed figures that no data at hand reach, with the data it would take."""
    unchecked = judged[judged["verdict"] == "no data"]
    return unchecked[["section", "statement", "printed", "rule", "unit", "note"]].reset_index(drop=True)


def judge(study: Study, claim: dict[str, str]) -> dict[str, str]:
    """One claim with ``computed``, ``verdict`` and ``note`` (its reason)."""
    if not claim["function"]:
        return _row(claim, "", "no data", _needed(claim["note"], claim["needs"]))
    try:
        computed = _compute(study, claim, {})
        held = _holds(study, claim, computed)
        under = {each: _under(study, claim, each) for each in rules.names(claim["alternatives"])}
    except UnavailableError as missing:
        return _row(claim, "", "no data", str(missing))
    verdict = _verdict(claim, held, [agrees for _, agrees in under.values()])
    return _row(claim, rules.shown(computed), verdict, _reason(claim, computed, under, verdict))


BROKEN = (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)


def _compute(study: Study, claim: dict[str, str], options: dict[str, str]) -> rules.Computed:
    if claim["function"] not in FUNCTIONS:
        raise _bad(study, claim, f"no function {claim['function']!r}. Functions: {', '.join(sorted(FUNCTIONS))}")
    try:
        return FUNCTIONS[claim["function"]](study, *rules.names(claim["of"]), **options)
    except InputError:
        raise
    except BROKEN as error:
        raise _bad(study, claim, f"{claim['function']} cannot work with of={claim['of']!r}: {error}") from error


def _holds(study: Study, claim: dict[str, str], computed: rules.Computed) -> bool:
    try:
        return rules.holds(claim["rule"], claim["printed"], computed)
    except BROKEN as error:
        what = f"rule {claim['rule']!r} cannot compare printed={claim['printed']!r} with {rules.shown(computed)!r}"
        raise _bad(study, claim, f"{what}: {error}") from error


def _under(study: Study, claim: dict[str, str], alternative: str) -> tuple[rules.Computed, bool]:
    """The claim under one named definition: a parameter (``region_scheme=...``) or an option of its function."""
    name, equals, value = alternative.partition("=")
    if not equals:
        raise _bad(study, claim, f"alternative {alternative!r} is not of the form name=value")
    if name in Params.model_fields:
        moved = parse_mapping(f"{name}: {value}", f"data/{study.year}/claims.csv, claim {claim['id']}")
        study = study.moved(**moved)
        computed = _compute(study, claim, {})
    else:
        computed = _compute(study, claim, {name: value})
    return computed, _holds(study, claim, computed)


def _bad(study: Study, claim: dict[str, str], what: str) -> InputError:
    return InputError(f"data/{study.year}/claims.csv, claim {claim['id']}: {what}.")


def _verdict(claim: dict[str, str], held: bool, alternatives: list[bool]) -> str:
    if len({held, *alternatives}) == 2:
        return "depends"
    if not held:
        return "differs"
    return "arithmetic" if claim["function"] in ONLY_ARITHMETIC else "matches"


def _reason(
    claim: dict[str, str],
    computed: rules.Computed,
    under: dict[str, tuple[rules.Computed, bool]],
    verdict: str,
) -> str:
    if verdict != claim["expected"]:
        return reasons.MOVED.format(found=rules.shown(computed), expected=claim["expected"])
    if verdict == "depends":
        found = "; ".join(
            reasons.UNDER.format(found=rules.shown(value), name=reasons.DEFINITIONS.get(name, name))
            for name, (value, _) in under.items()
        )
        return f"{found}. {claim['note']}"
    if claim["note"]:
        return claim["note"]
    if verdict == "arithmetic" and claim["rule"] == "implied":
        return reasons.IMPLIED
    if verdict == "arithmetic":
        return reasons.AGREES
    return reasons.RECOMPUTED


def _needed(note: str, needs: str) -> str:
    return reasons.NOTE_AND_NEEDS.format(note=note, needs=needs) if note else reasons.NEEDS.format(needs=needs)


def _row(claim: dict[str, str], computed: str, verdict: str, note: str) -> dict[str, str]:
    return {
        **{column: claim.get(column, "") for column in COLUMNS},
        "computed": computed,
        "verdict": verdict,
        "note": note,
    }
