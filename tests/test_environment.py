"""environment.yml, pyproject.toml and requirements.lock say the same."""

import re
import tomllib

import yaml

from taobao_research.paths import PROJECT

PROJECT_FILE = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
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


def test_no_registry_host_is_named() -> None:
    hosts = re.compile(r"py" + r"pi\.org|python" + r"hosted|npm" + r"js\.|--index" + r"-url")
    named = [path for path in ("requirements.lock", "pyproject.toml", "environment.yml", "README.md", "CONTRIBUTING.md")
             if hosts.search((PROJECT / path).read_text(encoding="utf-8"))]  # fmt: skip
    assert named == []
