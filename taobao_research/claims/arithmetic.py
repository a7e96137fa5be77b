"""Claims that only the report itself reaches: total against parts, sentence against sentence, implied figures.

Operands are other claims of the ledger, named by their id, or plain numbers. A claim that holds here has
the verdict `arithmetic`: the report agrees with itself, which does not make it true.
"""

import datetime as dt
import math

import pandas as pd

from taobao_research.claims import rules
from taobao_research.tables.study import Study


def printed_ratio(study: Study, numerator: str, denominator: str) -> float:
    return _value(study, numerator) / _value(study, denominator)


def printed_percent(study: Study, part: str, whole: str) -> float:
    return 100 * _value(study, part) / _value(study, whole)


def printed_growth(study: Study, now: str, before: str) -> float:
    """Percent."""
    return 100 * (_value(study, now) / _value(study, before) - 1)


def printed_sum(study: Study, *terms: str) -> float:
    return math.fsum(_value(study, term) for term in terms)


def printed_product(study: Study, *factors: str) -> float:
    return math.prod(_value(study, factor) for factor in factors)


def printed_difference(study: Study, first: str, *others: str) -> float:
    return _value(study, first) - printed_sum(study, *others)


def printed_part(study: Study, whole: str, percent: str) -> float:
    """The part of a whole that a printed percentage is."""
    return _value(study, whole) * _value(study, percent) / 100


def printed_whole(study: Study, part: str, percent: str) -> float:
    """The whole of which a part is the printed percentage."""
    return 100 * _value(study, part) / _value(study, percent)


def printed_before(study: Study, now: str, growth_percent: str) -> float:
    """The earlier value from the later one and its growth in percent."""
    return _value(study, now) / (1 + _value(study, growth_percent) / 100)


def printed_value(study: Study, claim: str) -> str:
    """What the report prints at another place."""
    return study.printed[claim]


def printed_order(study: Study, claim: str) -> list[str]:
    """The names that the report prints at another place, in their order there."""
    return rules.names(study.printed[claim])


def printed_names_count(study: Study, claim: str) -> int:
    """How many names the report prints at another place."""
    return len(rules.names(study.printed[claim]))


def figure_total(study: Study, figure: str, column: str) -> int:
    return int(study.figure(figure)[column].sum())


def figure_rows(study: Study, figure: str, place: str = "") -> int:
    """Rows of a printed table, or those with ``column=value``."""
    table = study.figure(figure)
    if place:
        column, name = place.split("=")
        table = table[table[column] == name]
    return len(table)


def figure_column(study: Study, figure: str, column: str, first: str = "1", last: str = "") -> list[str]:
    """A column of a printed table as a list, from row ``first`` to row ``last``."""
    values = study.figure(figure)[column].to_list()
    return values[int(first) - 1 : int(last) if last else None]


def visits_count(study: Study) -> int:
    return len(study.figure("visits"))


def visitors_count(study: Study) -> int:
    return study.figure("visits")["visitor"].nunique()


def visits_span_days(study: Study) -> int:
    """Days from the first to the last visit."""
    dates = study.figure("visits")["date"].map(dt.date.fromisoformat)
    return (max(dates) - min(dates)).days


def visit_month(study: Study, visitor: str) -> str:
    """Year and month of a visitor's first visit, as printed in section 1.2."""
    visits: pd.DataFrame = study.figure("visits")
    return str(visits.loc[visits["visitor"] == visitor, "date"].min())[:7]


def _value(study: Study, operand: str) -> float:
    """A printed figure, an implied one worked out first, or a plain number."""
    claims = study.claims.set_index("id")
    if operand not in claims.index:
        return rules.number(operand)
    claim = claims.loc[operand]
    if claim["rule"] == "implied":
        return globals()[claim["function"]](study, *rules.names(claim["of"]))
    return rules.number(claim["printed"])
