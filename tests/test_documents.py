"""README and codebook say what the program says."""

import re
from collections import Counter

import pytest

from taobao_research.claims.ledger import FUNCTIONS
from taobao_research.commands import app
from taobao_research.measures.series import DEFINITION_CHANGES
from taobao_research.tables.schema import RULES, VERDICTS
from tests.checkout import PROJECT
from tests.studies import ledger_of

README = (PROJECT / "README.md").read_text(encoding="utf-8")
CODEBOOK = (PROJECT / "data" / "README.md").read_text(encoding="utf-8")
COLUMNS = ("matches", "arithmetic", "depends", "differs", "no data")


def table_rows() -> dict[str, list[int]]:
    rows = re.findall(r"^\| ([^|]+) \| \[[^|]+\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", README, re.M)
    return {section: list(map(int, counts)) for section, *counts in rows}


def test_the_table_of_sections_is_the_ledger() -> None:
    counts = Counter(zip(ledger_of(2015)["section"], ledger_of(2015)["verdict"], strict=True))
    assert set(table_rows()) == set(ledger_of(2015)["section"])
    for section, printed in table_rows().items():
        assert printed == [counts[section, verdict] for verdict in COLUMNS], section


def test_the_totals_are_the_ledger() -> None:
    counts = Counter(ledger_of(2015)["verdict"])
    said = f"{len(ledger_of(2015))} claims: " + ", ".join(f"{counts[verdict]} `{verdict}`" for verdict in COLUMNS)
    assert said in README


def test_the_counts_of_the_other_years_are_their_ledgers() -> None:
    for year in (2014, 2016):
        judged = ledger_of(year)
        counts = Counter(judged["verdict"])
        parts = [f"{counts[verdict]} `{verdict}`" for verdict in COLUMNS if counts[verdict]]
        assert f"{year}: {len(judged)} claims, {', '.join(parts)}" in " ".join(README.split())


@pytest.mark.slow
def test_the_changelog_counts_the_claims_of_each_year() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    for year, words in ((2014, "For 2014, {} claims: {} match"), (2015, "Of {} claims of the 2015 report, {} match"),
                        (2016, "For 2016, {} claims: {} match")):  # fmt: skip
        verdicts = ledger_of(year)["verdict"]
        assert words.format(len(verdicts), Counter(verdicts)["matches"]) in changelog


def test_every_change_of_definition_is_in_the_codebook() -> None:
    for measure, changes in DEFINITION_CHANGES.items():
        for year, words in changes.items():
            assert f"| `{measure.lower().replace(' ', '_')}` | {year} | {words} |" in CODEBOOK


def test_as_many_differences_are_listed_as_the_ledger_has() -> None:
    section = README[README.index("These claims differ:") : README.index("These depend on a definition:")]
    assert len(re.findall(r"^- ", section, re.M)) == Counter(ledger_of(2015)["verdict"])["differs"]


def test_every_path_named_exists() -> None:
    for text, folder in ((README, PROJECT), (CODEBOOK, PROJECT / "data")):
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (folder / link).exists(), link


def test_every_test_module_is_named_once_in_the_promises_or_shows_data() -> None:
    promised = set(re.findall(r"tests/(test_\w+)\.py", README))
    present = {path.stem for path in (PROJECT / "tests").glob("test_*.py")}
    assert promised == present


def test_every_command_is_documented() -> None:
    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    documents = README + CODEBOOK + (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in names if f"taobao-research {name}" not in documents] == []


def test_the_codebook_names_every_function_rule_and_verdict() -> None:
    assert [name for name in (*FUNCTIONS, *RULES, *VERDICTS) if f"`{name}`" not in CODEBOOK] == []
