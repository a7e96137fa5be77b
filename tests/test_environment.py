"""environment.yml, pyproject.toml and requirements.lock say the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.checkout import PROJECT

PROJECT_FILE = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")


def requirements() -> list[str]:
    return [*PROJECT_FILE["dependencies"], *PROJECT_FILE["optional-dependencies"]["test"]]


def name(requirement: str) -> str:
    return re.split(r"[\[<>=]", requirement)[0].lower()


def test_conda_environment_names_the_same_packages() -> None:
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
    pip = next(each["pip"] for each in environment["dependencies"] if isinstance(each, dict))
    assert sorted(pip) == sorted([*requirements(), "--editable ."])
    python = next(each for each in environment["dependencies"] if str(each).startswith("python"))
    version = re.fullmatch(r"python=(\d+)\.(\d+)", python)  # repo2docker reads no other form, and would take 3.10
    assert version and PROJECT_FILE["requires-python"] == ">=3.11" and tuple(map(int, version.groups())) >= (3, 11)


def test_every_requirement_is_locked_with_a_hash() -> None:
    locked = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", LOCK, re.M))
    assert {name(each) for each in requirements()} <= set(locked)
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block.splitlines()[0])


def test_one_version_of_each_package_for_all_pythons() -> None:
    pinned = re.findall(r"^([a-z0-9._-]+)==", LOCK, re.M)
    assert len(pinned) == len(set(pinned))


def test_each_dependency_earns_its_place() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = [each for each in map(name, requirements()) if not re.search(rf"^[-|] *`{re.escape(each)}", text, re.M)]
    assert missing == []


def test_every_target_of_make_has_its_line_of_help() -> None:
    targets = re.findall(r"^([a-z]+):", MAKEFILE, re.M)
    assert targets and set(targets) == set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[1].split())
    assert set(targets) == set(re.findall(r"^([a-z]+):.*## \w", MAKEFILE, re.M))


def test_documents_name_targets_that_make_has() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))
    for document in ("README.md", "CONTRIBUTING.md"):
        named = re.findall(r"(?:^|`)make ([a-z]+)", (PROJECT / document).read_text(encoding="utf-8"), re.M)
        assert named and set(named) <= targets, document


UNSAID = """
import subprocess, sys
import pytest

def test_unsaid():
    subprocess.run([sys.executable, "-c", ""])

@pytest.mark.process
def test_said():
    subprocess.run([sys.executable, "-c", ""])

def test_skipped():
    pytest.skip("nothing to compare with")
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("options", "ended"), [([], "1 failed, 1 passed, 1 skipped"), (["--no-skips"], "2 failed, 1 passed")]
)
def test_an_unsaid_process_fails_and_a_skip_where_none_is_allowed(
    tmp_path: Path, options: list[str], ended: str
) -> None:
    (tmp_path / "test_unsaid.py").write_text(UNSAID, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = process\n", encoding="utf-8")
    words = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-q", "--rootdir", tmp_path, *options, tmp_path]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=PROJECT, capture_output=True, text=True)
    assert f"{ended} in" in done.stdout and "needs the marker process: it started subprocess.Popen" in done.stdout


def test_no_registry_host_is_named() -> None:
    hosts = re.compile(r"py" + r"pi\.org|python" + r"hosted|npm" + r"js\.|--index" + r"-url")
    files = ("requirements.lock", "pyproject.toml", "environment.yml", "README.md", "CONTRIBUTING.md", "Makefile",
             ".github/workflows/tests.yml")  # fmt: skip
    assert [path for path in files if hosts.search((PROJECT / path).read_text(encoding="utf-8"))] == []
