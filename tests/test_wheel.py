"""An installed package: what the wheel brings, and that ``init`` makes a project of it, far from any checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from taobao_research import new_project
from taobao_research.files import BEGUN
from taobao_research.paths import Project
from tests.checkout import PROJECT
from tests.project_copy import program, refusal, tree
from tests.waiting import LAST_RESORT

pytestmark = pytest.mark.process
NOT_TRACKED = (
    "data/2014/published/list.xlsx", "data/2015/villages_0123abcd.csv.kept", "data/2017/villages.csv",
    "notebooks/.ipynb_checkpoints/1.2_visits-checkpoint.ipynb", "notebooks/draft.ipynb", "params/mine.yaml",
    "reports/2015/index.html",
)  # fmt: skip
DRAFT = '{"metadata": {}, "cells": []}'


def call(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it as where no checkout is known: nothing of this one's package is on the path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["JUPYTER_PATH"] = str(Path(sys.prefix) / "share" / "jupyter")  # templates of nbconvert
    return subprocess.run(
        [str(word) for word in words], cwd=folder, env=environment, capture_output=True, text=True, timeout=LAST_RESORT
    )


def good(*words: object, folder: Path) -> str:
    result = call(*words, folder=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def tracked(folder: Path) -> list[str]:
    return good("git", "-c", "core.quotepath=off", "ls-files", folder=folder).splitlines()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the files that Git tracks here, as they are now, with files beside them that it does not."""
    if not (PROJECT / ".git").exists():
        pytest.skip("no Git repository: what it tracks is not known")
    folder = tmp_path_factory.mktemp("checkout") / "project"
    for name in (name for name in tracked(PROJECT) if (PROJECT / name).is_file()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((PROJECT / name).read_bytes())
    good("git", "init", "--quiet", folder=folder)
    good("git", "add", "--all", folder=folder)
    for name in NOT_TRACKED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(DRAFT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own that finds the packages of this one, but not this project."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    there = sysconfig.get_path("purelib", "venv", vars={"base": str(folder)})
    (Path(there) / "beside.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip builds without isolation: it asks setuptools in this way."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from setuptools.build_meta import build_wheel; build_wheel({str(folder)!r})"
    good(sys.executable, "-P", "-c", code, folder=checkout)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def program_installed(wheel: Path, python: Path) -> Path:
    good(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, folder=wheel.parent)
    return python.with_name("taobao-research")


def of_a_project(names: list[str]) -> list[str]:
    """What of the tracked files a project begins with."""
    plain = (".gitignore", "CITATION.cff", "LICENSE")
    folders = ("notebooks/", "params/", "data/")
    return [
        name for name in names if name in plain or (name.startswith(folders) and not name.startswith("data/build/"))
    ]


def test_the_wheel_holds_what_git_tracks_and_nothing_else(checkout: Path, wheel: Path) -> None:
    names = tracked(checkout)
    package = [name for name in names if name.startswith("taobao_research/")]
    template = {f"taobao_research/template/{name}": name for name in of_a_project(names)}
    with zipfile.ZipFile(wheel) as archive:
        inside = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert sorted(inside) == sorted([*package, *template])
        for name in inside:
            assert archive.read(name) == (checkout / template.get(name, name)).read_bytes(), name
    kept = {name.split("/")[0] for name in template.values()}
    assert {"notebooks", "params", "data", "LICENSE", "CITATION.cff"} <= kept


def test_an_installed_package_makes_a_project_checks_and_reports(program_installed: Path, tmp_path: Path) -> None:
    here = tmp_path / "我的 文件夹"
    here.mkdir()
    name = "数据 与 报告"
    assert "no project" in call(program_installed, "check", 2015, folder=here).stderr
    said = good(program_installed, "init", name, folder=here)
    assert said == f"made a project in {name}\nnext: cd '{name}', and taobao-research report 2015\n"
    project = here / name
    assert not list(here.rglob(f"{BEGUN}*")) and not (project / "reports").exists()
    assert "2015: data good; 780 villages" in good(program_installed, "check", 2015, folder=project)
    report = ("report", 2015, "--only", "1.2")
    assert good(program_installed, *report, folder=project).endswith("reports/2015/index.html\n")
    assert (project / "reports" / "2015" / "1.2_visits.html").is_file()
    again = good(program_installed, "--project", name, *report, folder=here)
    assert again == "reports/2015/index.html\n"  # and no section ran


def test_in_a_checkout_the_installed_package_runs_itself(checkout: Path, program_installed: Path) -> None:
    begin = checkout / "taobao_research" / "__init__.py"
    before = begin.read_text(encoding="utf-8")
    begin.write_text("raise RuntimeError('the package of the checkout')\n", encoding="utf-8")
    try:
        options = ("--only", "1.2", "--engine", "kernel")  # three processes, of which each could take the wrong one
        assert "1.2" in good(program_installed, "report", 2015, *options, folder=checkout)
    finally:
        begin.write_text(before, encoding="utf-8")


def test_a_checkout_makes_a_project_too(checkout: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(checkout)!r}); "
             "from taobao_research.cli import main; main(['init', 'mine'])"]  # fmt: skip
    good(*words, folder=tmp_path)
    made = [path.relative_to(tmp_path / "mine").as_posix() for path in (tmp_path / "mine").rglob("*") if path.is_file()]
    assert sorted(made) == sorted(of_a_project(tracked(checkout)))


@pytest.mark.skipif(not (PROJECT / ".git").exists(), reason="no Git repository")
def test_without_git_the_files_that_are_there_are_taken(checkout: Path, tmp_path: Path) -> None:
    for name in (*tracked(checkout), *NOT_TRACKED[:2], *NOT_TRACKED[3:4]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert new_project.project_files(tmp_path) == sorted(of_a_project(tracked(checkout)))


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    (tmp_path / "file").touch()
    assert "init full: not empty" in refusal(tmp_path, "init", "full").stderr
    assert "init file: there already, and no folder" in refusal(tmp_path, "init", "file").stderr
    assert "init file/project: " in refusal(tmp_path, "init", "file/project").stderr


@pytest.mark.parametrize("folder", ["new", "a/b/new", "empty"])
@pytest.mark.parametrize("step", ["copyfile", "rename"])
def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, step: str) -> None:
    (tmp_path / "empty").mkdir()
    untouched, calls = tree(tmp_path), []
    where = new_project.shutil if step == "copyfile" else Path
    real = getattr(where, step)

    def fails(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(where, step, fails)
    result = program(tmp_path, "init", folder)
    assert result.returncode == 2 and "No space left on device. Nothing was made" in result.stderr
    assert tree(tmp_path) == untouched


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "mine" / f"{BEGUN}ab12" / "data").mkdir(parents=True)
    assert program(tmp_path, "init", "mine").returncode == 0
    assert not list((tmp_path / "mine").glob(f"{BEGUN}*")) and Project(tmp_path / "mine").sources.is_file()
