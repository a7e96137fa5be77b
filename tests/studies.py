"""The shipped years, read once in a process of tests and only when a test asks; their tables are not to be changed."""

import csv
from functools import cache

import pandas as pd

from taobao_research.claims.ledger import judge_all
from taobao_research.params import params_of
from taobao_research.tables.imports.names import Known
from taobao_research.tables.study import Study
from tests.checkout import DATA


@cache
def study_of(year: int) -> Study:
    """The data of a year under the parameters of its file."""
    return Study(params_of(year))


def codes() -> pd.DataFrame:
    """The codes of counties, of every revision."""
    return study_of(2015).county_codes


def changes() -> pd.DataFrame:
    """Places that changed their names or their city."""
    return study_of(2015).place_changes


@cache
def ledger_of(year: int) -> pd.DataFrame:
    """Its claims as the program judges them."""
    return judge_all(study_of(year))


@cache
def judged(year: int, claim: str) -> pd.Series:
    """One of them."""
    return ledger_of(year).set_index("id").loc[claim]


@cache
def known() -> Known:
    """The names of places by which a published list is read."""
    return Known(study_of(2015).provinces, study_of(2015).county_points)


def claims_on_file(year: int) -> list[dict[str, str]]:
    """The rows of its ``claims.csv``, read without checks, so that collecting the tests costs nothing."""
    with (DATA / str(year) / "claims.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
