"""A new year is made whole or not at all, and what comes next is said."""

import errno
import hashlib
import shutil
import signal
import sys
from pathlib import Path

import pytest

from taobao_research.params import Params, params_text, read_params
from taobao_research.tables import schema
from tests.checkout import DATA, PARAMS
from tests.project_copy import command, copy_project, program, refusal, tree
from tests.waiting import FOREVER, running, wait_for_end, wait_for_line

pytestmark = pytest.mark.process
CLAIMS_COLUMNS = (DATA / "2016" / "claims.csv").read_text(encoding="utf-8").partition("\n")[0]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project")


def refused(project: Path, *arguments: str, before: str = "") -> str:
    """What the command says when it refuses; nothing is left or changed."""
    result = refusal(project, *arguments, before=before)
    assert result.stdout == ""
    return result.stderr


def test_a_year_is_made(project: Path) -> None:
    untouched = tree(project)
    result = program(project, "new-year", "2017")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "made params/2017.yaml", "made data/2017/claims.csv", "recorded in data/SOURCES.csv. Next:",
        "  taobao-research import 2017 FILE", "  taobao-research report 2017",
    ]  # fmt: skip
    like = (project / "params" / "2016.yaml").read_text(encoding="utf-8").replace("year: 2016", "year: 2017")
    assert (project / "params" / "2017.yaml").read_text(encoding="utf-8") == like
    assert (project / "data" / "2017" / "claims.csv").read_text(encoding="utf-8") == CLAIMS_COLUMNS + "\n"
    new = set(tree(project)) - set(untouched)
    assert {Path(path).name for path in new} == {"2017.yaml", "2017", "claims.csv"}
    old, rows = (files[str(project / "data" / "SOURCES.csv")].splitlines() for files in (untouched, tree(project)))
    assert [row for row in rows if row in old] == old  # the other rows stand as they stood
    digest = hashlib.sha256(f"{CLAIMS_COLUMNS}\n".encode()).hexdigest()
    assert [row.decode() for row in rows if row not in old] == [
        f"2017/claims.csv,{digest},0,not stated,not stated,,,,not stated,,"
    ]


def test_the_columns_of_the_ledger_are_those_of_the_schema() -> None:
    assert ",".join(schema.CLAIMS.columns) == CLAIMS_COLUMNS


@pytest.mark.parametrize("path", sorted(PARAMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_parameter_file_is_written_as_the_shipped_ones_are(path: Path) -> None:
    assert params_text(int(path.stem)) == path.read_text(encoding="utf-8")


def test_a_parameter_file_says_every_default(tmp_path: Path) -> None:
    (tmp_path / "2042.yaml").write_text(params_text(2042), encoding="utf-8")
    assert read_params(tmp_path / "2042.yaml") == Params(year=2042)


@pytest.mark.parametrize(
    ("year", "said"),
    [
        ("2008", "year 2008: 1 problem\n  year: Input should be greater than or equal to 2009, got 2008"),
        ("2101", "year 2101: 1 problem\n  year: Input should be less than or equal to 2100, got 2101"),
        ("2014", "params/2014.yaml: there already"),
        ("two", "should be a valid integer"),
    ],
)
def test_a_year_that_cannot_be_begun(project: Path, year: str, said: str) -> None:
    assert said in refused(project, "new-year", year)


def test_a_folder_or_a_parameter_file_with_work_in_it_is_in_the_way(project: Path) -> None:
    (project / "data" / "2017").mkdir()
    (project / "data" / "2017" / "notes.txt").write_text("mine")
    assert "data/2017: there already" in refused(project, "new-year", "2017")
    shutil.rmtree(project / "data" / "2017")
    (project / "params" / "2017.yaml").write_text("year: 2017\ntop: 5\n")
    assert "params/2017.yaml: there already" in refused(project, "new-year", "2017")
    (project / "params" / "2017.yaml").unlink()
    (project / "params" / "2017.yaml").symlink_to("nowhere")
    assert "there already" in refused(project, "new-year", "2017")


@pytest.mark.parametrize(("claims", "params"), [(None, None), ("id,section", None), ("", "year: 20")])
def test_what_a_killed_run_left_is_cleared(project: Path, claims: str | None, params: str | None) -> None:
    """Only beginnings of its own files, not yet on record: nothing that anyone could have written into."""
    whole = (project / "params" / "2016.yaml").read_text(encoding="utf-8")
    (project / "data" / "2017").mkdir()
    if claims is not None:
        (project / "data" / "2017" / "claims.csv").write_text(claims)
    if params is not None:
        start = whole[: whole.index("2016")] + "20"
        (project / "params" / "2017.yaml").write_text(start, encoding="utf-8")
    result = program(project, "new-year", "2017")
    assert result.returncode == 0, result.stderr
    assert (project / "params" / "2017.yaml").read_text(encoding="utf-8") == whole.replace("2016", "2017", 1)


@pytest.mark.parametrize("size", [0, len(CLAIMS_COLUMNS) + 1, 2000], ids=["claims.csv", "2017.yaml", "SOURCES.csv"])
@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
def test_a_disk_that_takes_no_more(project: Path, size: int) -> None:
    """The kernel refuses bytes beyond ``size``: in the first file, the second, and the record."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    assert len(params_text(2017)) < 2000 < (DATA / "SOURCES.csv").stat().st_size
    said = refused(project, "new-year", "2017", before=limit)
    assert said.startswith("new-year 2017: File too large") and "Nothing was made" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("method", ["mkdir", "open", "replace"])
def test_a_folder_that_may_not_be_written(project: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = getattr(Path, method)

    def denied(path: Path, *arguments: object, **options: object) -> object:
        if method == "open" and not arguments:  # to read
            return real(path, **options)
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, method, denied)
    assert "Read-only file system" in refused(project, "new-year", "2017")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", ["recording", "_write_new"])
def test_an_interrupt_leaves_nothing(project: Path, number: signal.Signals, where: str) -> None:
    untouched = tree(project)
    slow = (
        "import taobao_research.tables.new_year as module\n"
        f"def slow(*_):\n    print('there', flush=True); {FOREVER}\nmodule.{where} = slow\n"
    )
    with running(command("new-year", "2017", before=slow), project) as process:
        wait_for_line(process, "there")
        assert tree(project) != untouched
        process.send_signal(number)
        _, said = wait_for_end(process)
    assert process.returncode == 130 and said == "Interrupted; nothing was made.\n"
    assert tree(project) == untouched


def test_someone_else_making_it_meanwhile_keeps_theirs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.mkdir

    def after_another(path: Path) -> None:
        real(path)
        (path / "theirs").touch()
        real(path)

    monkeypatch.setattr(Path, "mkdir", after_another)
    result = program(project, "new-year", "2017")
    assert result.returncode == 2 and "File exists (data/2017)" in result.stderr
    assert [path.name for path in (project / "data" / "2017").iterdir()] == ["theirs"]
    assert not (project / "params" / "2017.yaml").exists()


def test_before_the_import_the_next_step_is_said(project: Path) -> None:
    unknown = refused(project, "report", "2017")
    assert "no file params/2017.yaml" in unknown and "taobao-research new-year" in unknown
    assert program(project, "new-year", "2017").returncode == 0
    for words in (["check", "2017"], ["check", "2017", "--record"]):
        said = refused(project, *words)
        assert said.startswith("data/2017/villages.csv: missing") and "taobao-research import 2017 FILE" in said
    said = refused(project, "report", "2017")
    assert said.startswith("data/2017/villages.csv: missing") and "taobao-research import 2017 FILE" in said
    (project / "params" / "2017.yaml").unlink()
    shutil.rmtree(project / "data" / "2017")
    assert refused(project, "report", "2017") == unknown
    assert program(project, "new-year", "2017").returncode == 0  # and it can be begun again


def test_with_a_list_the_year_runs(project: Path) -> None:
    assert program(project, "new-year", "2017").returncode == 0
    shutil.copy(project / "data" / "2016" / "villages.csv", project / "data" / "2017" / "villages.csv")
    checked = program(project, "check", "2017", "--record")
    assert checked.returncode == 0, checked.stderr
    assert "2017: data good; 1,311 villages; 0 claims" in checked.stdout
    result = program(project, "report", "2017", "--only", "1.1")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (project / "reports" / "2017" / "index.html").is_file()


def test_nothing_in_published_is_taken_for_a_table(project: Path) -> None:
    folder = project / "data" / "2014" / "published" / "deeper"
    folder.mkdir(parents=True)
    (folder / "list.csv").write_bytes(b"\xff\xfe not a table\n\n")
    before = (project / "data" / "SOURCES.csv").read_bytes()
    result = program(project, "check", "2014", "--record")
    assert result.returncode == 0 and "published" not in result.stdout, result.stderr
    assert (project / "data" / "SOURCES.csv").read_bytes() == before
