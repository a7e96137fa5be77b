"""`taobao-research import`: everything it does is said, it writes whole or not at all, and the year then runs."""

import csv
import hashlib
import io
import itertools
import shutil
import signal
from pathlib import Path

import openpyxl
import pytest

from taobao_research.errors import InputError
from taobao_research.reports import importing
from tests.project_copy import copy_project, process, program, refusal, tree

pytestmark = pytest.mark.process
HEADER = [
    "序号",
    "省份",
    "市（州）",
    "县（市、区）",
    "乡镇（街道）",
    "村名",
    "主营产品",
    "活跃网店数",
    "年销售额（万元）",
    "户数",
]
PLACES = [
    ("浙江", "金华", "义乌市", "江东街道"),
    ("新疆", "喀什地区", "莎车县", "城关镇"),
    ("黑龙江", "哈尔滨", "五常市", "河西乡"),
    ("内蒙古", "呼伦贝尔市", "满洲里市", ""),
    ("北京", "", "房山区", "长阳镇"),
]
BESIDE = Path(__file__).parents[2] / "shared" / "data" / "lists"
PUBLISHED = {  # file, villages, marked ones: as published
    2014: ("taobao-village-list-2014.xlsx", 212, 0),
    2015: ("taobao-village-list-2015.xlsx", 780, 88),
    2016: ("taobaovillage_list_2016.xlsx", 1311, 0),
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the year 2017 has been begun."""
    folder = copy_project(tmp_path_factory.mktemp("begun") / "project")
    assert program(folder, "new-year", "2017").returncode == 0
    return folder


@pytest.fixture(scope="module")
def filled(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a list imported, and nothing that the import wrote beside it."""
    base = tmp_path_factory.mktemp("filled")
    folder = shutil.copytree(begun, base / "project")
    assert program(folder, "import", 2017, list_of_2017(base)).returncode == 0
    shutil.rmtree(folder / "reports")
    return folder


@pytest.fixture
def project(begun: Path, tmp_path: Path) -> Path:
    return shutil.copytree(begun, tmp_path / "project")


def refused(project: Path, *arguments: object, code: int = 2) -> str:
    """What the command says on its way out; nothing is left or changed."""
    return refusal(project, *arguments, code=code).stderr


def list_of_2017(folder: Path, rows: int = 15, **changes: str) -> Path:
    """An invented list: a title, three villages a place with the names of the first alone, a total, a note."""
    lines: list[list[str]] = [["2017年中国淘宝村名单"], HEADER]
    for number in range(rows):
        place = PLACES[number // 3 % 5] if number % 3 == 0 else ("", "", "", "")
        lines.append(
            [str(number + 1), *place, f"{'甲乙丙'[number % 3]}村{'*' * (number == 4)}", "袜子", "120", "1,500", "900"]
        )
    lines += [["合计", "", "", "", "", str(rows)], ["注：*为地方上报数据。"]]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    path = folder / "list 2017.csv"
    content = text.getvalue()
    for old, new in changes.items():
        assert old in content
        content = content.replace(old, new, 1)
    path.write_bytes(content.encode("gb18030"))
    return path


def sources(project: Path) -> dict[str, dict[str, str]]:
    with (project / "data" / "SOURCES.csv").open(encoding="utf-8", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def test_an_invented_year_is_imported_checked_and_reported(project: Path, tmp_path: Path) -> None:
    path = list_of_2017(tmp_path)
    result = program(project, "import", 2017, path)
    assert result.returncode == 0, result.stderr
    said = result.stdout
    assert "read as GB18030 (detected" in said and "15 villages in 15 rows" in said
    assert "5 provinces, 5 cities, 5 counties, 5 towns (1 without a name" in said and "; 1 locally reported" in said
    assert "poverty counties: at least 0; not on record: 3 of 5 counties, with 9 of 15 villages" in said
    assert "columns: 省份 = province, 市（州） = city, 县（市、区） = county, 乡镇（街道） = town" in said
    assert "年销售额（万元） = turnover_cny" in said and "not read" not in said
    assert "the list's own total is 15, as read" in said
    assert "published for 2017: 2,118 Taobao villages (2 sources); in this list 15, 2,103 fewer" in said
    assert "published for 2017: 242 Taobao towns (2 sources); in this list 5, 237 fewer" in said
    assert "left out: 2 rows" in said and "a total, not a place" in said and "a note under the table" in said
    assert "row 7, village: '乙村*' -> '乙村': asterisk read as locally_reported" in said
    assert "wrote data/2017/villages.csv" in said and "wrote reports/imports/2017.csv" in said

    table = project / "data" / "2017" / "villages.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [rows[4][each] for each in ("province", "city", "county", "town", "village", "locally_reported")] == [
        "新疆维吾尔自治区", "喀什地区", "莎车县", "城关镇", "乙村", "1",
    ]  # fmt: skip
    assert {(row["turnover_cny"], row["active_shops"], row["households"]) for row in rows} == {
        ("15000000", "120", "900")
    }
    record = sources(project)["2017/villages.csv"]
    assert record["sha256"] == hashlib.sha256(table.read_bytes()).hexdigest() and record["rows"] == "15"
    assert record["producer"] == "not stated" and "imported from list 2017.csv" in record["note"]
    remarks = (project / "reports" / "imports" / "2017.csv").read_text(encoding="utf-8").splitlines()
    assert remarks[0] == "row,kind,column,found,became,why"
    assert "7,repaired,village,乙村*,乙村,asterisk read as locally_reported" in remarks

    again = program(project, "import", 2017, path)
    assert again.returncode == 0 and "holds this very table already" in again.stdout
    checked = program(project, "check", 2017)
    assert checked.returncode == 0 and "data good; 15 villages" in checked.stdout
    reported = program(project, "report", 2017, "--only", "1.1", "--only", "2.1", "--only", "B")
    assert reported.returncode == 0, reported.stdout + reported.stderr
    assert (project / "reports" / "2017" / "index.html").is_file()


def test_a_dry_run_writes_nothing_and_lists_every_repair(project: Path, tmp_path: Path) -> None:
    untouched = tree(project)
    result = program(project, "import", 2017, list_of_2017(tmp_path), "--dry-run")
    assert result.returncode == 0 and "nothing written (--dry-run)" in result.stdout
    assert result.stdout.count("blank, so as in the row above") == 4 + 2 * (4 + 4 + 4 + 3 + 3)  # kinds, then cells
    assert tree(project) == untouched


def test_nothing_is_replaced_unless_asked_and_the_old_table_is_kept(project: Path, tmp_path: Path) -> None:
    assert program(project, "import", 2017, list_of_2017(tmp_path)).returncode == 0
    old = (project / "data" / "2017" / "villages.csv").read_bytes()
    other = list_of_2017(tmp_path, rows=14)
    said = refused(project, "import", 2017, other)
    kept = project / "data" / "2017" / f"villages_{hashlib.sha256(old).hexdigest()[:8]}.csv.kept"
    assert f"--replace the new table takes its place, and the old one is kept as data/2017/{kept.name}" in " ".join(
        said.split()
    )
    result = program(project, "import", 2017, other, "--replace")
    assert result.returncode == 0, result.stderr
    assert "towns with another number of villages than in data/2017/villages.csv: 1" in result.stdout
    assert kept.read_bytes() == old
    assert sources(project)["2017/villages.csv"]["rows"] == "14"
    assert program(project, "check", 2017).returncode == 0


def test_refused_rows_stop_the_import_or_are_left_out_and_listed(project: Path, tmp_path: Path) -> None:
    path = list_of_2017(tmp_path, 喀什地区="=cmd|'/c calc'!A1")
    said = refused(project, "import", 2017, path)
    assert "row 6, city" in said and "Mend them in the file, or import the rest with --leave-out-refused." in said
    dry = refusal(project, "import", 2017, path, "--dry-run")
    assert "3 rows are refused, so without --dry-run nothing would be imported" in " ".join(dry.stderr.split())
    assert "refused: 3 rows" in dry.stdout and "12 villages in 12 rows" in dry.stdout
    result = program(project, "import", 2017, path, "--leave-out-refused")
    assert result.returncode == 0 and "12 villages in 12 rows" in result.stdout
    assert "the list's own total is 15, but 12 were read" in result.stdout
    remarks = (project / "reports" / "imports" / "2017.csv").read_text(encoding="utf-8")
    assert "6,refused,city,'=cmd|'/c calc'!A1,," in remarks  # no cell starts a formula


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", 2019, "x.csv"], "First: taobao-research new-year 2019"),
        (["import", 2017, "none.csv"], "none.csv: no such file"),
        (["import", 2017, "."], "not an ordinary file"),
        (["import", 2017, "x" * 3000], "Give the path of an .xlsx or .csv file"),
        (["import", "soon", "x.csv"], "should be a valid integer"),
        (["import", 2017], "Missing argument"),
    ],
)
def test_bad_arguments(begun: Path, arguments: list[object], said: str) -> None:
    said_now = refused(begun, *arguments)
    assert (
        said in " ".join(said_now.replace("│", " ").replace("valid int", "valid integer").split()) or said in said_now
    )


def test_nothing_in_a_file_reaches_the_terminal_raw(project: Path, tmp_path: Path) -> None:
    path = list_of_2017(tmp_path, 莎车县="\x1b[31m莎车县\x9b2J\u202e", 五常市="[red]五常市")
    named = path.rename(tmp_path / "a\x1b[2J\u202e.csv")
    for line in (refused(project, "import", 2017, named), refused(project, "import", 2017, f"{named}x")):
        assert line.replace("\n", "").isprintable()
    result = program(project, "import", 2017, named, "--leave-out-refused")
    assert result.returncode == 0 and result.stdout.replace("\n", "").isprintable()
    assert program(project, "check", 2017).returncode == 0


def break_at(patch: pytest.MonkeyPatch, function: str, step: int, error: Exception | signal.Signals) -> None:
    """Let a call of a function fail, or be interrupted, the ``step``-th time."""
    real, calls = getattr(importing, function), itertools.count(1)

    def stop(*arguments: object) -> object:
        if next(calls) == step:
            if isinstance(error, Exception):
                raise error
            signal.raise_signal(error)
        return real(*arguments)

    patch.setattr(importing, function, stop)


@pytest.mark.parametrize(
    ("function", "step", "error", "code"),
    [
        ("write_whole", 1, OSError(28, "No space left on device", "villages.csv"), 2),
        ("write_whole", 2, OSError(28, "No space left on device", "villages.csv"), 2),
        ("write_whole", 3, OSError(13, "Permission denied", "villages.csv"), 2),
        ("check_run", 1, InputError("broken after all"), 2),
        ("write_whole", 1, signal.SIGINT, 130),
        ("write_whole", 2, signal.SIGINT, 130),
        ("write_whole", 3, signal.SIGTERM, 130),
        ("check_run", 1, signal.SIGINT, 130),
        ("recording", 1, signal.SIGINT, 130),
    ],
)
def test_a_failure_at_any_step_leaves_everything_as_it_was(
    filled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    step: int,
    error: Exception | signal.Signals,
    code: int,
) -> None:
    break_at(monkeypatch, function, step, error)
    said = refused(filled, "import", 2017, list_of_2017(tmp_path, rows=12), "--replace", code=code)
    assert said.strip()


def test_a_first_import_that_fails_leaves_no_table(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, "check_run", 1, InputError("broken"))
    assert "broken" in refused(project, "import", 2017, list_of_2017(tmp_path))


def test_an_import_killed_before_its_record_is_taken_up_again(project: Path, tmp_path: Path) -> None:
    record = project / "data" / "SOURCES.csv"
    before = record.read_bytes()
    file = list_of_2017(tmp_path)
    assert program(project, "import", 2017, file).returncode == 0
    after = record.read_bytes()
    record.write_bytes(before)  # as if the run had been killed between the table and its record
    again = program(project, "import", 2017, file)
    assert again.returncode == 0 and record.read_bytes() == after
    assert not list((project / "data" / "2017").glob("*.kept"))
    assert "holds this very table already" in program(project, "import", 2017, file).stdout


def test_what_a_run_killed_while_writing_left_is_removed_by_the_next(project: Path, tmp_path: Path) -> None:
    data = project / "data"
    left = [data / ".writing-ab12", data / "2017" / ".writing-cd34", project / "reports" / "imports" / ".writing-ef56"]
    left[2].parent.mkdir(parents=True)
    for command in (("import", 2017, list_of_2017(tmp_path)), ("check", 2017, "--record"), ("new-year", 2018)):
        for path in left:
            path.write_text("half a", encoding="utf-8")
        assert program(project, *command).returncode == 0
        removed = left if command[0] == "import" else left[:2] if command[0] == "check" else left[:1]
        assert [path for path in removed if path.exists()] == []
        assert (data / "2017" / "claims.csv").is_file()


def test_a_broken_claims_file_stops_the_import(project: Path, tmp_path: Path) -> None:
    path = project / "data" / "2017" / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8") + "x\n", encoding="utf-8")
    assert "data/2017/claims.csv" in refused(project, "import", 2017, list_of_2017(tmp_path))


def test_a_broken_table_can_be_replaced_and_is_kept(project: Path, tmp_path: Path) -> None:
    (project / "data" / "2017" / "villages.csv").write_text("rubbish\n", encoding="utf-8")
    result = program(project, "import", 2017, list_of_2017(tmp_path), "--replace")
    assert result.returncode == 0, result.stderr
    assert "cannot be read, so nothing is compared with it" in result.stdout
    assert [path.read_text(encoding="utf-8") for path in (project / "data" / "2017").glob("*.kept")] == ["rubbish\n"]


def test_a_terminal_without_chinese_gets_escapes_not_a_traceback(project: Path, tmp_path: Path) -> None:
    before = "import io\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='ascii')"
    result = process(project, "import", 2017, list_of_2017(tmp_path), "--dry-run", before=before)
    assert result.returncode == 0 and "Traceback" not in result.stderr and "15 villages" in result.stdout


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_published_lists_give_the_counts_shipped(year: int, tmp_path: Path) -> None:
    name, total, marked = PUBLISHED[year]
    if not (BESIDE / name).is_file():
        pytest.skip("the published lists are not beside the project")
    folder = copy_project(tmp_path / "project")
    result = program(folder, "import", year, BESIDE / name, "--dry-run")
    assert result.returncode == 0, result.stderr
    assert f"{total:,} villages in {total:,} rows" in result.stdout
    assert f"{marked} locally reported" in result.stdout
    assert f"the same villages in every town as in data/{year}/villages.csv" in result.stdout
    towns = {2014: 128, 2015: 369, 2016: 499}[year]  # counted with cut and sort -u in the tables shipped
    assert f" {towns:,} towns{'' if year == 2016 else ' (1 without a name'}" in result.stdout  # 白沟新城
    assert result.stdout.count(f"published for {year}") == 2 == result.stdout.count(", the same\n")
    if year == 2016:
        assert (
            "table of towns in the file: 135 towns with 864 villages; 135 in the list, the same ones" in result.stdout
        )
    replaced = program(folder, "import", year, BESIDE / name, "--replace")
    assert replaced.returncode == 0, replaced.stderr
    assert program(folder, "check", year).returncode == 0


def test_a_workbook_with_merged_cells_is_imported(project: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Province", "City", "County", "Town", "Village"], ["Zhejiang", "金华市", "义乌市", "江东街道", "甲村"],
                [None, None, None, None, "乙村"]):  # fmt: skip
        book.active.append(row)
    for span in ("A2:A3", "B2:B3", "C2:C3", "D2:D3"):
        book.active.merge_cells(span)
    book.save(tmp_path / "list.xlsx")
    result = program(project, "import", 2017, tmp_path / "list.xlsx")
    assert result.returncode == 0 and "2 villages in 2 rows" in result.stdout
    assert "merged with the row above" in result.stdout
