"""Which project is meant: the nearest one upwards, or the one that is named; nothing else is read or written."""

import json
import shutil
from pathlib import Path

import pytest

from taobao_research import installed, paths
from taobao_research.errors import InputError
from taobao_research.params import Params
from taobao_research.paths import TOLD, Project, current_project, find_project, shown
from taobao_research.reports import cache
from taobao_research.reports.cache import Run, key_of, reasons
from taobao_research.reports.sections import all_notebooks
from taobao_research.tables.study import Study
from tests.checkout import CHECKOUT
from tests.project_copy import copy_project, program, refusal, tree
from tests.test_engine import make_project

pytestmark = pytest.mark.process
COUNTS = [
    "from taobao_research.notebook import start\nsection = start(globals())",
    "section.say('{n} villages of the list.', n=int(section.study.villages['villages'].sum()))",
]


def empty_project(folder: Path) -> Project:
    """The least that is a project: nothing in it can be reported."""
    for name in ("params", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "data" / "SOURCES.csv").touch()
    return Project(folder.resolve())


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose folder has Chinese and a blank in its name, with one notebook and its report of 2015."""
    folder = make_project(tmp_path_factory.mktemp("counted") / "数据 与 报告", {"1_counts": COUNTS})
    for name in ("requirements.lock", "environment.yml"):  # which a project made by init has not
        (folder / name).unlink()
    notebook = folder / "notebooks" / "1_counts.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["metadata"]["taobao_research"]["inputs"].append("data/{year}/zh.po")
    notebook.write_text(json.dumps(content), encoding="utf-8")
    del content["metadata"]["taobao_research"]
    notebook.with_name("start.ipynb").write_text(json.dumps(content), encoding="utf-8")
    assert program(folder, "report", 2015).stdout.splitlines()[-1] == "reports/2015/index.html"
    return folder


def test_the_nearest_project_upwards_is_the_one(tmp_path: Path) -> None:
    outer = empty_project(tmp_path / "outer")
    inner = empty_project(outer.root / "reports" / "inner")
    (inner.data / "2015" / "figures").mkdir(parents=True)
    assert find_project(outer.root) == find_project(outer.data) == outer
    assert find_project(inner.data / "2015" / "figures") == inner
    assert find_project(outer.reports) == outer


@pytest.mark.parametrize("missing", ["params", "data/SOURCES.csv"])
def test_a_folder_without_one_of_its_marks_is_no_project(tmp_path: Path, missing: str) -> None:
    made = empty_project(tmp_path / "project")
    (made.root / missing).rename(made.root / "away")
    with pytest.raises(InputError, match="no project: neither data nor a folder above it has params/ and data/SOURCES"):
        find_project(made.data)


def test_a_command_outside_any_project_says_what_to_do(tmp_path: Path) -> None:
    for call in (["report", 2015], ["check", 2015], ["compare", 2014, 2015], ["new-year", 2017], ["share", 2015],
                 ["fetch", 2014], ["import", 2015, "a.csv"], ["notebooks"]):  # fmt: skip
        result = refusal(tmp_path, *call)
        assert result.stdout == "" and result.stderr.count("\n") == 1
        for way in ("cd", "--project DIR", "taobao-research init DIR"):
            assert way in result.stderr
        assert str(tmp_path.parent) not in result.stderr


def test_a_folder_behind_a_link_is_where_it_leads(tmp_path: Path) -> None:
    made = empty_project(tmp_path / "project")
    (tmp_path / "link").symlink_to(made.root)
    (tmp_path / "elsewhere").symlink_to(made.data)
    assert find_project(tmp_path / "link" / "params") == find_project(tmp_path / "elsewhere") == made
    assert shown(tmp_path / "link" / "params" / "2015.yaml") == "params/2015.yaml"


def test_a_path_is_shown_from_its_own_project(tmp_path: Path) -> None:
    made = empty_project(tmp_path / "project")
    assert shown(made.data / "2015" / "none.csv") == "data/2015/none.csv"
    assert shown(CHECKOUT.sources) == "data/SOURCES.csv"
    assert shown(tmp_path / "mine.yaml") == "mine.yaml"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--project", "nowhere", "check", "2015"], "--project nowhere: no project; it needs params/ and data/SOURCES"),
        (["report", "2015", "--project", "data"], "--project data: no project"),
        (["report", "2015", "--project=data"], "--project data: no project"),
        (["report", "2015", "--project", "a" * 300], "no project"),
        (["report", "2015", "--project"], "--project: without a folder"),
    ],
)
def test_a_folder_that_is_no_project_is_refused(counted: Path, arguments: list[str], said: str) -> None:
    result = refusal(counted, *arguments)
    assert result.stdout == "" and result.stderr.count("\n") == 1 and said in result.stderr


def test_a_project_is_named_before_or_after_the_command(counted: Path, tmp_path: Path) -> None:
    for call in (["--project", counted, "report", 2015], ["report", "--project", counted, 2015],
                 ["report", 2015, f"--project={counted}"]):  # fmt: skip
        assert program(tmp_path, *call).stdout == "reports/2015/index.html (nothing changed)\n"
    assert program(counted / "data" / "2015", "report", 2015).stdout == "reports/2015/index.html (nothing changed)\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_a_section_reads_the_project_that_is_named(counted: Path, tmp_path: Path, engine: str) -> None:
    """Also where the folder we are in is another project, and where the notebooks are a link to elsewhere."""
    project = Path(shutil.copytree(counted, tmp_path / "one two"))
    (project / "notebooks").rename(tmp_path / "notebooks")
    (project / "notebooks").symlink_to(tmp_path / "notebooks")
    here = empty_project(tmp_path / "here")
    untouched = tree(here.root)
    call = ["report", 2015, "--fresh", "--engine", engine, "--project", project]
    result = program(here.root, *call)
    assert result.returncode == 0, result.stdout + result.stderr
    executed = (project / "reports" / "2015" / "1_counts.ipynb").read_text(encoding="utf-8")
    assert "780 villages of the list." in executed
    assert tree(here.root) == untouched


def test_every_command_works_on_the_project_that_is_named(
    counted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package's own checkout stands in for nothing that is missing."""
    monkeypatch.setattr(paths, "checkout", lambda: None)
    project = shutil.copytree(counted, tmp_path / "project")
    here = empty_project(tmp_path / "here")
    (here.root / "list.csv").write_text("province,city,county,town,village\n浙江省,金华市,义乌市,江东街道,甲村\n")
    (here.root / "zh.yaml").write_text("year: 2015\nlabels: zh\n", encoding="utf-8")
    untouched = tree(here.root)
    calls = [
        ["check", 2015], ["check", "--params", "zh.yaml", "--record"], ["new-year", 2017],
        ["import", 2017, "list.csv"], ["import", 2017, "list.csv", "--dry-run"], ["compare", 2014, 2015],
        ["share", 2015, "--out", tmp_path / "bundle.zip"], ["verify", tmp_path / "bundle.zip"],
        ["report", "--params", "zh.yaml"], ["share", 2015, "--params", "zh.yaml", "--out", tmp_path / "zh.zip"],
        ["notebooks"],
    ]  # fmt: skip
    for call in calls:
        result = program(here.root, "--project", project, *call)
        assert result.returncode == 0, (call, result.stdout, result.stderr)
    assert tree(here.root) == untouched
    for made in ("params/2017.yaml", "data/2017/villages.csv", "reports/imports/2017.csv", "reports/compare/2014_2015"):
        assert (project / made).exists()
    notebook = json.loads((project / "notebooks" / "1_counts.ipynb").read_text(encoding="utf-8"))
    assert notebook["cells"][2]["execution_count"] == 2
    assert "淘宝村" in (project / "reports" / "2015" / "index.html").read_text(encoding="utf-8")


def test_a_bundle_of_a_project_without_a_lock_is_whole(counted: Path, tmp_path: Path) -> None:
    assert program(counted, "share", 2015, "--out", tmp_path / "a.zip").returncode == 0
    verified = program(tmp_path, "verify", "a.zip")
    assert verified.returncode == 0 and "lock" not in verified.stdout
    shutil.unpack_archive(tmp_path / "a.zip", tmp_path / "open")
    (folder,) = (tmp_path / "open").iterdir()
    assert "requirements.lock" not in (folder / "README.txt").read_text(encoding="utf-8")
    crate = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    assert "requirements.lock" not in json.dumps(crate)
    manifest = json.loads((folder / "report" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["environment"]["lock"] == "absent" and manifest["environment"]["packages"] == installed.packages()


def test_without_a_lock_an_upgraded_package_makes_sections_run(counted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(counted)
    run, (notebook,) = Run(2015, project.params_of(2015), project), all_notebooks(project)
    assert reasons(run, notebook, key_of(run, notebook)) == []
    monkeypatch.setattr(installed, "packages", lambda: {"pandas": "99.0"})
    monkeypatch.setattr(cache, "_packages", cache._packages.__wrapped__)
    assert reasons(run, notebook, key_of(run, notebook)) == ["packages"]
    assert "packages" not in key_of(Run(2015, CHECKOUT.params_of(2015), CHECKOUT), notebook)


def test_a_notebook_means_the_project_it_lies_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner, told = empty_project(tmp_path / "inner"), empty_project(tmp_path / "told")
    monkeypatch.delenv(TOLD, raising=False)
    monkeypatch.chdir(tmp_path)
    assert Study(Params()).project == CHECKOUT  # no project here: the checkout that the package is imported from
    monkeypatch.chdir(inner.params)
    assert Study(Params()).project == inner
    assert Study(Params()).moved(top=3).project == inner
    monkeypatch.setenv(TOLD, str(told.root))  # as the engine does
    assert current_project() == told
    monkeypatch.delenv(TOLD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "checkout", lambda: None)
    with pytest.raises(InputError, match="no project"):
        Study(Params())


def test_the_working_folder_may_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    with pytest.raises(InputError, match="the working folder is gone"):
        find_project()


def test_a_list_is_identified_anywhere(tmp_path: Path) -> None:
    """Names of places come from the project here, or from the one that comes with the package."""
    header = "shop_id,province,city,county,town,village,annual_turnover_cny,active\n"
    rows = "".join(f"{number},广东省,广州市,增城市,某镇,某村,200000,true\n" for number in range(100))
    (tmp_path / "shops.csv").write_text(header + rows, encoding="utf-8")
    result = program(tmp_path, "identify", "shops.csv")
    assert result.returncode == 0, result.stderr
    assert "增城区" in (tmp_path / "identified" / "villages.csv").read_text(encoding="utf-8")


def test_the_version_is_said(tmp_path: Path) -> None:
    result = program(tmp_path, "--version")
    assert (result.returncode, result.stdout) == (0, f"taobao-research {installed.version()}\n")


def test_a_year_that_is_none_is_said_as_before(tmp_path: Path) -> None:
    project = copy_project(tmp_path, "data", "params", "notebooks")
    said = refusal(project, "report", 20155).stderr
    assert said.startswith("20155: no file params/20155.yaml. Years with one: 2014, 2015, 2016.")
