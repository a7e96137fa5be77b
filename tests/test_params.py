"""Parameters are typed, bounded and complete; a message lists every problem."""

from pathlib import Path

import pytest

from taobao_research.errors import InputError
from taobao_research.params import Params, check_params, describe, params_of, read_params
from taobao_research.paths import Project
from tests.checkout import PARAMS, PROJECT

FILES = sorted(PARAMS.glob("*.yaml"))
DEFINITIONS = {  # report, appendix to section 1 and section 3.1
    "town_min_villages": 3,
    "cluster_min_villages": 10,
    "large_cluster_min_villages": 30,
    "min_turnover_cny": 10_000_000,
    "min_active_shops": 100,
    "min_household_share": 0.10,
}


def refusal(**values: object) -> str:
    with pytest.raises(InputError) as caught:
        check_params(values)
    return str(caught.value)


def test_the_defaults_are_the_reports_definitions() -> None:
    defaults = Params().model_dump()
    assert {name: defaults[name] for name in DEFINITIONS} == DEFINITIONS
    assert defaults["year"] == 2015


def test_every_problem_is_listed_at_once() -> None:
    lines = refusal(yaer=2016, top=0, labels="fr", seed=1.5, region_scheme="two").splitlines()
    assert lines[0] == "parameters: 5 problems"
    assert sorted(line.split(":")[0].strip() for line in lines[1:]) == [
        "labels",
        "region_scheme",
        "seed",
        "top",
        "yaer",
    ]


def test_an_unknown_key_comes_with_a_suggestion() -> None:
    assert refusal(cluster_min_vilages=9).endswith(
        "cluster_min_vilages: no such parameter; did you mean cluster_min_villages?"
    )
    assert refusal(colour=1).endswith("colour: no such parameter")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year", "2015"),
        ("year", 2015.0),
        ("year", True),
        ("year", None),
        ("year", 2008),
        ("year", 2101),
        ("top", False),
        ("top", 0),
        ("resamples", 98),
        ("resamples", 1_000_001),
        ("seed", -1),
        ("seed", 2**32),
        ("min_household_share", True),
        ("min_household_share", "0.1"),
        ("min_household_share", float("nan")),
        ("min_household_share", float("inf")),
        ("min_household_share", -0.01),
        ("min_household_share", 1.01),
        ("min_turnover_cny", -1),
        ("labels", "EN"),
        ("labels", "../../x"),
        ("labels", "e\x00n"),
        ("region_scheme", "{year.__class__}"),
    ],
)
def test_wrong_types_and_values_are_refused(name: str, value: object) -> None:
    lines = refusal(**{name: value}).splitlines()
    assert lines[0] == "parameters: 1 problem"
    assert len(lines) == 2 and lines[1].startswith(f"  {name}: ") and repr(value) in lines[1]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("year", 2009, 2100), ("min_household_share", 0, 1), ("top", 1, 1000), ("seed", 0, 2**32 - 1)],
)
def test_the_bounds_themselves_are_allowed(name: str, low: float, high: float) -> None:
    assert [getattr(check_params({name: value}), name) for value in (low, high)] == [low, high]


def test_a_large_cluster_is_a_cluster() -> None:
    message = refusal(cluster_min_villages=20, large_cluster_min_villages=19)
    assert "large_cluster_min_villages: 19 is below cluster_min_villages (20)" in message
    assert check_params({"cluster_min_villages": 30}).large_cluster_min_villages == 30


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="parameters: "):
        check_params({1: 2})  # type: ignore[dict-item]


def test_parameters_do_not_change_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Params().top = 3  # type: ignore[misc]


def test_a_file_names_its_year(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("top: 5\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.yaml: 1 problem\n  year: missing"):
        read_params(path)
    path.write_text("year: 2016\ntop: 5\n", encoding="utf-8")
    assert read_params(path) == Params(year=2016, top=5)


def test_file_name_and_year_agree(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.params.mkdir()
    project.params_of(2016).write_text("year: 2014\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"2016\.yaml: says year 2014; the file's name says 2016"):
        params_of(2016, project)
    with pytest.raises(InputError, match=r"2015: no file params/2015\.yaml\. Years with one: 2016\."):
        params_of(2015, project)


def test_years_are_shipped() -> None:
    assert {path.stem for path in FILES} >= {"2014", "2015", "2016"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_differs_from_the_defaults_in_its_year_only(path: Path) -> None:
    assert read_params(path) == Params(year=int(path.stem))
    assert params_of(int(path.stem)).year == int(path.stem)


def test_messages_show_no_folder_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_params(tmp_path / "none.yaml")
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(InputError, match=r"^params/1900\.yaml: no such parameter file"):
        read_params(PROJECT / "params" / "1900.yaml")


def test_describe_covers_every_field_with_unit_and_meaning() -> None:
    rows = {name: rest for name, *rest in describe()}
    assert list(rows) == list(Params.model_fields)
    for name, (default, unit, allowed, meaning) in rows.items():
        assert default == str(getattr(Params(), name))
        assert unit and allowed and "None" not in allowed
        assert len(meaning.split()) >= 2
    assert rows["year"][2] == "2009 to 2100"
    assert rows["labels"][2] == "en | zh"
    assert rows["min_turnover_cny"][1:3] == ["yuan", "0 to 1,000,000,000,000"]
