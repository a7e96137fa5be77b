"""What was found of the next list, in sentences that follow from the tables and hold for any year.

Each function returns templates with the values that fill them; texts are translated where they are shown.
"""

import pandas as pd

from taobao_research.measures.known import Told
from taobao_research.measures.prediction import Case, told_growth
from taobao_research.measures.prediction_scores import BETTER, UNTOLD, WORSE

NOTHING = (
    "No list before that of {year} is there in which a Taobao village means the same. So there is nothing to predict "
    "it from, and no table here."
)
AHEAD = (
    "Models are fitted on the lists of {first} and {second}, and predict the list of {last} from that of {second}. "
    "Nothing of {last} is used, except its total where a row says so. {n:,} counties, {had:,} with villages before "
    "and {have:,} after; after the first step villages were {learned:.3g} times as many as before, after the second "
    "{told:.3g} times."
)
WITHIN = (
    "No two lists before that of {last} are there to fit on. So models are fitted on the step from {first} to {last} "
    "in nine tenths of the provinces and predict it in the rest, in turn. That shows how alike provinces are in one "
    "step, not how well a later list is predicted. {n:,} counties, {had:,} with villages before and {have:,} after; "
    "after the step villages were {learned:.3g} times as many as before."
)
UNCHANGED = "Between these lists the published series record no change of what a Taobao village is."
KEPT = "Of {had:,} counties with villages in {first}, {lost:,} had none in {second}."
VERDICT = (
    "By the {score}, with {growth}, of {models} models against the best naive forecast ({baseline}): better {better}, "
    "worse {worse}, cannot be told {untold}."
)
BY_ALL = "Better by all {scores} scores, with {growth}: {better} of {models} models."
ADDED = (
    "With neighbours against without, by the {score}, of {rows} comparisons: better {better}, worse {worse}, cannot be "
    "told {untold}."
)


def about(case: Case | None, year: int) -> Told:
    """What is fitted and predicted, or that nothing is.

    >>> about(None, 2014)[0][1]
    {'year': 2014}
    """
    if case is None:
        return [(NOTHING, {"year": year})]
    first, second, last = case.years
    learned, had = case.learned, case.learned.design[:, 1] > 0
    values = {"first": first, "last": last, "n": len(case.after), "learned": learned.growth}
    values |= {"had": int((case.before > 0).sum()), "have": int((case.after > 0).sum())}
    step = (WITHIN, values) if case.by_province else (AHEAD, {**values, "second": second, "told": told_growth(case)})
    lost = {"had": int(had.sum()), "lost": int((learned.counts[had] == 0).sum()), "first": first, "second": second}
    return [step, (UNCHANGED, {}), (KEPT, lost)]


def conclusions(differences: pd.DataFrame) -> Told:
    """What ``prediction_scores.differences`` come to, by score and growth, and by all scores together."""
    told: Told = []
    for (score, growth), rows in differences.groupby(["score", "assumed"], sort=False):
        named = {"score": score, "growth": growth, "baseline": rows["baseline"].iloc[0], "models": len(rows)}
        told.append((VERDICT, {**named, **_counted(rows)}))
    for growth, rows in differences.groupby("assumed", sort=False):
        by_model = rows.groupby(["model", "covariates"])["direction"].agg(lambda each: bool((each == BETTER).all()))
        counts = {"better": int(by_model.sum()), "models": len(by_model)}
        told.append((BY_ALL, {"scores": rows["score"].nunique(), "growth": growth, **counts}))
    return told


def neighbours_told(added: pd.DataFrame) -> Told:
    """What ``prediction_scores.with_neighbours`` come to, by score."""
    by_score = added.groupby("score", sort=False)
    return [(ADDED, {"score": score, "rows": len(rows), **_counted(rows)}) for score, rows in by_score]


def _counted(rows: pd.DataFrame) -> dict[str, int]:
    words = {"better": BETTER, "worse": WORSE, "untold": UNTOLD}
    return {name: int((rows["direction"] == word).sum()) for name, word in words.items()}
