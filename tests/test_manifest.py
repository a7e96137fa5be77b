"""Provenance travels with the result: the manifest has a schema, no path and no name, and old ones still load."""

import json
import platform
import re
import socket
from pathlib import Path

import pytest
import yaml

from taobao_research.errors import InputError
from taobao_research.files import sha256
from taobao_research.reports.cache import Run, key_of
from taobao_research.reports.manifest import Manifest, bare_notebook, environment, manifest, now, read_manifest
from taobao_research.reports.sections import all_notebooks
from tests.checkout import CHECKOUT, PROJECT

SCHEMA = PROJECT / "taobao_research" / "sharing" / "manifest.schema.json"
OLD = sorted((Path(__file__).parent / "manifests").glob("*.json"))
RUN = Run(2015, CHECKOUT.params_of(2015), CHECKOUT)
NOTEBOOK = all_notebooks(CHECKOUT)[1]


def record(**changes: object) -> dict:
    """What a run records of a section that succeeded."""
    return {
        "status": "ok",
        "message": "",
        "seconds": 1.25,
        "start": "2026-11-24T12:00:00Z",
        "title": NOTEBOOK.title,
        "source": sha256(bare_notebook(NOTEBOOK)),
        "parameters": {"year": 2015},
        "files": {"tables/a.csv": "0" * 64},
        "key": key_of(RUN, NOTEBOOK),
        **changes,
    }


def made(**changes: object) -> dict:
    found = manifest(RUN, {"year": 2015}, {NOTEBOOK.name: record(**changes)})
    return found.model_copy(update={"outputs": {"claims.csv": "1" * 64}}).model_dump(by_alias=True)


def test_the_schema_that_is_shipped_is_the_models() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Manifest.model_json_schema()


def test_a_manifest_says_what_a_section_was_made_from() -> None:
    section = made()["sections"][NOTEBOOK.name]
    assert section["start"] == "2026-11-24T12:00:00Z" and section["seconds"] == 1.25
    assert set(section["inputs"]) == set(NOTEBOOK.inputs(2015)) and section["outputs"] == {"tables/a.csv": "0" * 64}
    for path, digest in section["inputs"].items():
        assert sha256((PROJECT / path).read_bytes()) == digest
    assert section["params"] == sha256((PROJECT / "params" / "2015.yaml").read_bytes())
    assert section["lock"] == made()["environment"]["lock"] == sha256((PROJECT / "requirements.lock").read_bytes())
    assert made()["schema"] == 2 and made()["outputs"] == {"claims.csv": "1" * 64}


def test_the_environment_names_python_system_and_the_locked_packages() -> None:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    found = environment(RUN)
    assert found.python == platform.python_version() and found.system == platform.system()
    assert found.packages["pandas"] == re.search(r"^pandas==(\S+)", lock, re.M)[1]
    assert set(found.packages) == set(re.findall(r'^    "([a-z0-9]+)', _dependencies(), re.M))


def _dependencies() -> str:
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    return text[text.index("dependencies = [") : text.index("[project.optional-dependencies]")]


def test_no_path_host_user_or_message_is_in_it() -> None:
    text = json.dumps(made(status="failed", message="cell 3: no such file: /srv/list.csv"))
    assert "/srv" not in text and str(PROJECT) not in text and str(Path.home()) not in text
    assert f'"{socket.gethostname()}"' not in text and '"message"' not in text


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_old_manifests_still_load(path: Path) -> None:
    content = path.read_bytes()
    found = read_manifest(content)
    assert found.version == json.loads(content)["schema"] == int(path.stem)
    assert found.year == 2015 and found.sections["1.2_visits"].status == "ok"
    assert found.sections["5_problems_and_suggestions"].outputs == {}
    inputs = found.sections["1.2_visits"].inputs
    assert len(inputs) == 19 and all(name.startswith("data/") for name in inputs)
    assert found.sections["1.2_visits"].start is None


def test_there_is_an_old_manifest() -> None:
    assert [path.name for path in OLD] == ["1.json"]


def test_what_is_written_is_read_again() -> None:
    assert read_manifest(json.dumps(made())).model_dump(by_alias=True) == made()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 3}, "schema"),
        ({"schema": None}, "schema"),
        ({"year": "2015"}, "year"),
        ({"more": 1}, "more"),
        ({"outputs": {"claims.csv": "abc"}}, "claims.csv"),
        ({"outputs": {"/claims.csv": "1" * 64}}, "outputs./claims.csv"),
        ({"outputs": {"a/../../claims.csv": "1" * 64}}, "outputs.a/../../claims.csv"),
        ({"outputs": {"C:\\claims.csv": "1" * 64}}, "outputs"),
        ({"sections": {"a": {}}}, "sections.a.status"),
    ],
)
def test_a_wrong_field_is_named(change: dict, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        read_manifest(json.dumps({**made(), **change}))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"schema": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_manifest_is_said(content: bytes) -> None:
    with pytest.raises(InputError, match="not a manifest"):
        read_manifest(content)


def test_a_bare_notebook_holds_the_source_alone() -> None:
    for notebook in all_notebooks(CHECKOUT):
        bare = json.loads(bare_notebook(notebook))
        sources = ["".join(cell["source"]) for cell in notebook.cells]
        assert [cell["source"] for cell in bare["cells"]] == sources
        assert all(cell["outputs"] == [] for cell in bare["cells"] if cell["cell_type"] == "code")
        assert bare["metadata"]["taobao_research"]["inputs"]
        tags = [cell["metadata"].get("tags") for cell in bare["cells"]]
        assert tags.count(["parameters"]) == 1


def test_times_are_utc_to_the_second() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())


def test_the_citation_has_what_its_format_demands() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0" and citation["message"] and citation["title"] and citation["authors"]
    assert all("name" in author or "family-names" in author for author in citation["authors"])
    assert citation["license"] == "MIT" and citation["version"]
    assert all({"type", "title", "authors"} <= set(each) for each in citation["references"])
