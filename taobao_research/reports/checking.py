"""What is looked at before a section runs: the year's data, and that every claim has a notebook to stand in."""

import re

import pandas as pd

from taobao_research.claims.ledger import judge_all
from taobao_research.params import Params
from taobao_research.paths import Project
from taobao_research.reports.sections import all_notebooks
from taobao_research.tables.check import check_year, refuse_unknown
from taobao_research.tables.study import Study


def check_run(params: Params, project: Project) -> tuple[Study, pd.DataFrame]:
    """The study of a run whose data and claims are good, and its claims judged (``ledger.judge_all``).

    Raises InputError at the first thing that is not good; a claim that cannot be computed is bad input too.
    """
    study = check_year(params, project)
    shown = judged_sections(project)
    rule = f"no notebook judges this section. Sections: {', '.join(sorted(shown))}."
    refuse_unknown(study.claims["section"], shown, f"data/{params.year}/claims.csv", rule)
    return study, judge_all(study)


def coordinates_said(study: Study) -> list[str]:
    """What the gate says of a list's coordinates, in one line; nothing where the list gives none."""
    if study.coordinates.empty:
        return []
    from taobao_research.measures.coordinates import gate, in_words  # few lists give any, and SciPy takes its time

    tested = gate(study.coordinates, *(study.at_points[each].to_numpy() for each in ("lon", "lat")))
    return [in_words(tested, study.villages)]


def judged_sections(project: Project) -> set[str]:
    """The sections whose claims some notebook sets against the report."""
    return {
        section
        for notebook in all_notebooks(project)
        for cell in notebook.cells
        for call in re.findall(r"against_report\(([^)]*)\)", "".join(cell["source"]))
        for section in re.findall(r'"([^"]+)"', call)
    }
