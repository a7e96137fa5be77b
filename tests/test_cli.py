"""Bad input gives one message (what, where, what to do), exit code 2, and writes nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from taobao_research.commands import app
from tests.project_copy import copy_project, program, refusal

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that may be broken."""
    return copy_project(tmp_path_factory.mktemp("project"))


def refused(project: Path, *arguments: str) -> str:
    return " ".join(refusal(project, *arguments).stderr.split())


def test_check_and_params_and_help(project: Path) -> None:
    checked = program(project, "check", "2014", "2015", "2016")
    assert checked.returncode == 0
    assert [line.split(";")[1].strip() for line in checked.stdout.splitlines() if "data good" in line] == [
        "212 villages", "780 villages", "1,311 villages",
    ]  # fmt: skip
    listed = program(project, "params")
    assert listed.returncode == 0 and "region_scheme" in listed.stdout
    assert program(project, "--help").returncode == 0


def test_the_list_of_commands_has_each_summary_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(app, ["--help"]).output.partition("Commands:")[2]
    words = " ".join(shown.split())
    for each in app.registered_commands:
        summary, _, more = (each.callback.__doc__ or "").partition("\n\n")
        assert (
            summary and f"{each.name or each.callback.__name__} {summary}" in words and (not more or more not in words)
        )
    assert "..." not in words and max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "2017"], "no file params/2017.yaml"),
        (["report", "1999"], "no file params/1999.yaml"),
        (["report"], "give years"),
        (["report", "2015", "--params", "params/2016.yaml"], "one of the two"),
        (["report", "--params", "nowhere.yaml"], "no such parameter file"),
        (["report", "2015", "--only", "9.9"], "no such section"),
        (["report", "2015", "--jobs", "-1"], "--jobs"),
        (["report", "twenty"], "should be a valid integer"),
        (["check", "2017"], "no file params/2017.yaml"),
        (["check"], "give years"),
        (["rapport", "2015"], "rapport"),
    ],
)
def test_bad_arguments(project: Path, arguments: list[str], said: str) -> None:
    assert said in refused(project, *arguments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("year: 2015\nyaer: 2016\n", "yaer: no such parameter; did you mean year?"),
        ("year: two\n", "year: Input should be a valid integer"),
        ("town_min_villages: 2\n", "year: missing"),
        ("year: 2019\n", "data/2019: no such folder"),
        ("year: 2015\n\"x = 5; open('pwned','w') #\": 1\n", "a parameter's name is a plain word"),
        ("year: 2015\nyear: 2016\n", "year is given twice"),
    ],
)
def test_bad_parameter_files(project: Path, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert said in refused(project, "report", "--params", str(path))


def broken(path: Path, old: str, new: str) -> str:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text


def test_a_changed_digit_in_data_is_a_wrong_checksum(project: Path) -> None:
    path = project / "data" / "2015" / "villages.csv"
    text = broken(path, ",1,0\n", ",7,0\n")
    try:
        assert "data/2015/villages.csv: wrong checksum" in refused(project, "report", "2015")
    finally:
        path.write_text(text, encoding="utf-8")


def test_a_changed_digit_in_a_claim_is_a_wrong_checksum(project: Path) -> None:
    path = project / "data" / "2015" / "claims.csv"
    text = broken(path, ",780,", ",781,")
    try:
        assert "data/2015/claims.csv: wrong checksum" in refused(project, "check", "2015")
    finally:
        path.write_text(text, encoding="utf-8")


def test_a_recorded_table_that_breaks_its_schema_names_row_column_value_rule(project: Path) -> None:
    path, sources = project / "data" / "2014" / "villages.csv", project / "data" / "SOURCES.csv"
    text, recorded = broken(path, ",1,0\n", ",-4,0\n"), sources.read_text(encoding="utf-8")
    line = next(number for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if ",-4," in row)
    try:
        result = program(project, "check", "2014", "--record")
        said = " ".join(result.stderr.split())
        assert result.returncode == 2
        assert f"data/2014/villages.csv: 1 problem row {line}, column villages, value -4: at least 1" in said
    finally:
        path.write_text(text, encoding="utf-8")
        sources.write_text(recorded, encoding="utf-8")


def test_a_claim_of_a_section_that_no_notebook_judges_is_refused(project: Path) -> None:
    path, sources = project / "data" / "2014" / "claims.csv", project / "data" / "SOURCES.csv"
    text, recorded = broken(path, ",2.1,", ",2.10,"), sources.read_text(encoding="utf-8")
    try:
        result = program(project, "check", "2014", "--record")
        assert result.returncode == 2 and "column section, value '2.10': no notebook judges" in result.stderr
    finally:
        path.write_text(text, encoding="utf-8")
        sources.write_text(recorded, encoding="utf-8")


def test_check_takes_a_parameter_file(project: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("year: 2015\ncluster_min_villages: 12\n", encoding="utf-8")
    result = program(project, "check", "--params", str(tmp_path / "mine.yaml"))
    assert result.returncode == 0 and "claim clusters has another verdict" in result.stdout


def test_a_missing_data_file(project: Path) -> None:
    path = project / "data" / "series" / "published_series.csv"
    moved = path.rename(path.with_suffix(".away"))
    try:
        assert "data/series/published_series.csv: missing data file" in refused(project, "report", "2015")
    finally:
        moved.rename(path)
