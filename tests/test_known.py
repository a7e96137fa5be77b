"""What notebook C concludes follows from what was found, in any year and with any list, in both languages."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taobao_research.measures import known
from taobao_research.measures.couplings import fitting_lists
from taobao_research.measures.funnel import TOO_FEW, selection_funnel
from taobao_research.measures.listed import LEAST_LISTED
from taobao_research.measures.margins import satisfied
from taobao_research.measures.repeated import direct_test, list_with_both
from taobao_research.translating import package_texts
from tests.project_copy import copy_project, program
from tests.studies import study_of
from tests.test_margins import LARGEST, PRINTED
from tests.test_repeated import listed

NOTEBOOK = "C_shops_and_turnover_bounds"
TEXTS = {name: text for name, text in vars(known).items() if name.isupper() and isinstance(text, str)}
NONE = pd.DataFrame(columns=["measure"])
BUILT = fitting_lists(PRINTED, LARGEST)


@cache
def rules() -> pd.DataFrame:
    return selection_funnel(study_of(2015).cases, 2015, 99, 1)


def templates(told: known.Told) -> set[str]:
    return {template for template, _ in told}


def test_every_sentence_is_translated() -> None:
    assert len(TEXTS) > 10 and [name for name, text in TEXTS.items() if text not in package_texts()] == []
    assert TOO_FEW in package_texts()


def test_without_anything_published_or_listed_nothing_is_claimed() -> None:
    told = templates(known.conclusions("", BUILT.head(0), NONE, NONE, rules().head(0)))
    assert told == {known.NO_CLAIM, known.UNBOUND, known.NOT_TESTED}
    assert templates(known.margins_told(None)) == {known.NO_CONDITIONS} and known.lists_told(BUILT.head(0)) == []


def test_what_is_published_alone_allows_any_correlation() -> None:
    told = dict(known.conclusions("no data", BUILT, NONE, NONE, rules()))
    assert set(told) == {known.VERDICT, known.ALLOWED, known.NOT_TESTED, known.CITED}
    assert told[known.ALLOWED] == {"lowest": -1.0, "highest": 1.0} and told[known.CITED]["n"] == 19
    assert dict(known.margins_told(PRINTED))[known.CONDITIONS] == {"n": 7}
    (values,) = dict(known.lists_told(BUILT)).values()
    assert values["n"] == values["meeting"] == 15 and values["conditions"] == 7


def test_a_list_that_breaks_a_condition_allows_nothing() -> None:
    broken = BUILT.assign(holding=[6, *BUILT["holding"].iloc[1:]])
    told = dict(known.conclusions("no data", broken, NONE, NONE, rules()))
    assert known.ALLOWED not in told and dict(known.lists_told(broken))[known.BUILT]["meeting"] == 14


def test_a_list_with_both_figures_is_concluded_from() -> None:
    villages = listed(60)
    villages["turnover_cny"] = villages["turnover_cny"].clip(10**7)  # the smallest is large enough ...
    villages.loc[0, "turnover_cny"] = 10**9  # ... and the largest too; 60 villages are neither 780 nor 469
    tested, met = direct_test(villages, 99, 1), satisfied(list_with_both(villages), PRINTED)
    told = dict(known.conclusions("no data", BUILT, tested, met, rules()))
    assert known.NOT_TESTED not in told and known.NOT_CHECKED not in told
    shops, turnover = (np.log(villages[name].astype(float)) for name in ("active_shops", "turnover_cny"))
    assert told[known.TESTED]["r"] == pytest.approx(np.corrcoef(shops, turnover)[0, 1])
    assert told[known.TESTED]["interval"] == "counties drawn again" and told[known.TESTED]["n"] == 60
    assert told[known.LIST_MEETS] == {"conditions": 7, "holding": 2}
    assert known.NOT_CHECKED in dict(known.conclusions("", BUILT.head(0), tested, met.head(0), rules()))


def test_villages_left_out_are_counted_by_reason() -> None:
    more = pd.DataFrame({"villages": [1, 5, 1, 1], "active_shops": [None, 10**6, 0, 7], "turnover_cny": [9, 9, 9, 0]})
    villages = pd.concat([listed(60), more.assign(province="P", city="C", county="z").astype({"villages": "Int64"})])
    (values,) = dict(known.list_told(villages)).values()
    assert values == {"least": LEAST_LISTED, "n": 60, "zero": 2, "several": 1}
    few = dict(known.list_told(listed(LEAST_LISTED - 1)))[known.LISTED]
    assert few["n"] == LEAST_LISTED - 1  # too few to test, and said to be there all the same


def test_a_perfect_line_has_no_interval_and_says_why() -> None:
    villages = listed(60).assign(turnover_cny=lambda rows: rows["active_shops"] * 80_000)
    table = direct_test(villages, 99, 1)
    fisher = table[table["interval"].str.startswith("Fisher")]
    assert fisher["interval"].tolist() == ["Fisher z: none at 1 or -1"] * 3 and fisher["low"].isna().all()
    drawn = table[table["interval"] == "counties drawn again"].iloc[0]
    assert drawn[["low", "high"]].tolist() == pytest.approx([1, 1]) and drawn["high"] <= 1
    three = direct_test(villages.assign(county="one"), 99, 1)  # one county: nothing to draw again
    told = dict(known.conclusions("", BUILT, three, NONE, rules()))
    assert told[known.TESTED_PLAINLY]["interval"] == "Fisher z: none at 1 or -1"


def executed(project: Path, *arguments: object) -> tuple[str, set[str]]:
    """The sentences of notebook C of a run, and the names of its figures."""
    result = program(project, "report", *arguments, "--only", "C")
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = (project / "reports").glob(f"*/{NOTEBOOK}.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    said = "\n".join("".join(output["data"].get("text/markdown", "")) for output in outputs)
    about = [output["metadata"].get("taobao_research", {}) for output in outputs]
    return said, {each["figure"] for each in about if "figure" in each}


@pytest.mark.process
def test_a_year_without_figures_draws_and_claims_nothing(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "mine.yaml").write_text("year: 2014\nresamples: 99\n", encoding="utf-8")
    said, figures = executed(project, "--params", "mine.yaml")
    assert figures == {"selection_funnel", "admission"}
    assert said.count("Nothing to draw for this year") == 2 and known.NO_CLAIM in said and known.UNBOUND in said
    assert "no data" not in said and "15 lists" not in said


@pytest.mark.process
def test_an_imported_list_with_both_figures_changes_the_conclusion(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    file = project / "data" / "2015" / "villages.csv"
    villages = pd.read_csv(file, dtype={"villages": "Int64"}, keep_default_na=False)
    one = (villages["villages"] == 1).to_numpy()
    rng = np.random.default_rng(4)
    shops = pd.Series(rng.integers(100, 900, len(villages)), dtype="Int64").where(one)
    turnover = (shops * rng.integers(60_000, 200_000, len(villages))).where(one)
    shops[np.flatnonzero(one)[:3]] = 0
    villages.assign(active_shops=shops, turnover_cny=turnover).to_csv(file, index=False)
    (project / "mine.yaml").write_text("year: 2015\nlabels: zh\nresamples: 99\n", encoding="utf-8")
    recorded = program(project, "check", "2015", "--record")
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    said, figures = executed(project, "--params", "mine.yaml")
    assert figures == {"selection_funnel", "admission", "constructed_lists", "simulated_estimates"}
    assert f"n = {int(one.sum()) - 3}，对数的皮尔逊系数为" in said and "略去的：3个" in said
    assert package_texts()[known.NOT_TESTED].split("{")[0] not in said
