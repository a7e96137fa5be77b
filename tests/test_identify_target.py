"""The folder that ``identify`` writes: nothing of others is lost, however a run ends and whoever else runs."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from taobao_research.errors import InputError
from taobao_research.files import BEGUN
from taobao_research.identify import target
from taobao_research.identify.run import Job, identify
from taobao_research.identify.writing import TABLES
from taobao_research.params import Params
from tests.checkout import PROJECT
from tests.identify_files import SHOP, shops_of, tables, villages, write
from tests.project_copy import command, tree
from tests.waiting import cpu_seconds, running, wait_for, wait_for_end, wait_for_line

pytestmark = pytest.mark.slow


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return write(tmp_path / "in" / "shops.csv", SHOP, shops_of("v", 100, "10000000"))


def refused(shops: Path, out: Path, replace: bool = True) -> str:
    """The message; all files are as they were."""
    before = tree(shops.parent.parent)
    with pytest.raises(InputError) as error:
        identify(Job((shops,), Params()), out, replace)
    assert tree(shops.parent.parent) == before
    return str(error.value)


def test_a_result_is_replaced_only_when_asked(shops: Path, tmp_path: Path) -> None:
    identify(Job((shops,), Params()), tmp_path / "out")
    write(shops, SHOP, shops_of("w", 100, "10000000"))
    assert "out: there already. Give another folder, or --replace" in refused(shops, tmp_path / "out", replace=False)
    identify(Job((shops,), Params()), tmp_path / "out", replace=True)
    assert villages(tables(tmp_path / "out")) == ["w"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_an_empty_folder_is_replaced(shops: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    identify(Job((shops,), Params()), tmp_path / "out", replace=True)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(TABLES)


def test_a_folder_with_the_records_is_never_replaced(shops: Path, tmp_path: Path) -> None:
    assert "in: holds shops.csv, which is read" in refused(shops, tmp_path / "in")
    assert f"{tmp_path.name}: holds shops.csv, which is read" in refused(shops, tmp_path)


def test_a_table_of_a_run_that_is_read_stays(shops: Path, tmp_path: Path) -> None:
    identify(Job((shops,), Params()), tmp_path / "out")
    households = tmp_path / "out" / "villages.csv"
    before = tree(tmp_path)
    with pytest.raises(InputError, match=r"out: holds villages\.csv, which is read"):
        identify(Job((shops,), Params(), (households,)), tmp_path / "out", True)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["thesis.txt", "claims.csv", ".hidden", "deep/thesis.txt"])
def test_files_of_others_are_never_replaced(name: str, shops: Path, tmp_path: Path) -> None:
    identify(Job((shops,), Params()), tmp_path / "out")
    (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "out" / name).write_text("years of work")
    said = refused(shops, tmp_path / "out")
    assert f"out: holds {name.split('/')[0]}, which is no table of this command" in said


def test_a_lone_village_table_of_a_year_is_not_replaced(shops: Path, tmp_path: Path) -> None:
    (tmp_path / "2017").mkdir()
    (tmp_path / "2017" / "villages.csv").write_text("province\n")
    assert "so not as a run left it" in refused(shops, tmp_path / "2017")


def test_a_file_that_comes_while_a_run_works_is_kept(
    shops: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from taobao_research.identify import run

    identify(Job((shops,), Params()), tmp_path / "out")
    written = run.write_tables

    def late(*given: object) -> None:
        written(*given)  # type: ignore[arg-type]
        (tmp_path / "out" / "thesis.txt").write_text("years of work")

    monkeypatch.setattr(run, "write_tables", late)
    with pytest.raises(InputError, match=r"out: holds thesis\.txt"):
        identify(Job((shops,), Params()), tmp_path / "out", True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"
    assert villages(tables_only(tmp_path / "out")) == ["v"]


def tables_only(folder: Path) -> dict[str, list[dict[str, str]]]:
    (folder / "thesis.txt").unlink()
    return tables(folder)


@pytest.mark.parametrize("out", ["link", "dangling", "file", "file/x", "/proc/x/y", "n" * 250, "n" * 300, "round/x"])
def test_a_place_that_cannot_be_written_is_one_message(out: str, shops: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "file").write_text("mine")
    said = refused(shops, tmp_path / out)
    assert len(said) < 300 and "\n" not in said


@pytest.mark.parametrize("out", ["**", "k/*", "[a]", "new/..here", 'it\'s "out"'])
def test_a_name_with_signs_of_a_pattern_is_a_name(out: str, shops: Path, tmp_path: Path) -> None:
    identify(Job((shops,), Params()), tmp_path / out)
    assert villages(tables(tmp_path / out)) == ["v"]


def test_a_refused_run_leaves_no_new_parents(shops: Path, tmp_path: Path) -> None:
    write(shops, SHOP, [])
    assert "no rows" in refused(shops, tmp_path / "a" / "b" / "out")


def test_runs_for_other_folders_are_left_alone(shops: Path, tmp_path: Path) -> None:
    with target.working_folder(tmp_path / "out-2") as other:
        (other / "rows").write_text("work")
        identify(Job((shops,), Params()), tmp_path / "out")
        assert (other / "rows").read_text() == "work"
        identify(Job((shops,), Params()), tmp_path / "*")
        assert (other / "rows").read_text() == "work"


def test_a_second_run_for_the_same_folder_is_refused_at_once(shops: Path, tmp_path: Path) -> None:
    with target.working_folder(tmp_path / "out") as working:
        (working / "rows").write_text("work")
        assert "out: another run is writing it" in refused(shops, tmp_path / "out")
    identify(Job((shops,), Params()), tmp_path / "out")


def test_a_folder_of_others_with_the_name_of_ours_is_left_alone(shops: Path, tmp_path: Path) -> None:
    (tmp_path / f"{BEGUN}out").mkdir()
    (tmp_path / f"{BEGUN}out" / "thesis.txt").write_text("years of work")
    assert "holds something else" in refused(shops, tmp_path / "out")


KILL = """
import os, signal
from pathlib import Path
renamed = Path.rename
def rename(path, other):
    result = renamed(path, other)
    if other.name == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    return result
Path.rename = rename
"""


@pytest.mark.process
@pytest.mark.parametrize("replace", [True, False])
def test_an_older_result_survives_a_kill_between_the_two_renames(replace: bool, shops: Path, tmp_path: Path) -> None:
    identify(Job((shops,), Params()), tmp_path / "out")
    older = tree(tmp_path / "out")
    write(shops, SHOP, shops_of("w", 100, "10000000"))
    words = command("identify", shops, "--out", tmp_path / "out", "--replace", before=KILL)
    assert subprocess.run(words, cwd=PROJECT, capture_output=True).returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    if replace:
        write(shops, SHOP, [])  # the next run fails, and what it found is what there was
        with pytest.raises(InputError, match="no rows"):
            identify(Job((shops,), Params()), tmp_path / "out", True)
    else:
        with pytest.raises(InputError, match="there already"):
            identify(Job((shops,), Params()), tmp_path / "out")
    assert tree(tmp_path / "out") == older
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_what_a_killed_run_left_goes(shops: Path, tmp_path: Path) -> None:
    left = tmp_path / f"{BEGUN}out"
    shutil.copytree(shops.parent, left / "tables")
    (left / target.LOCK).touch()
    identify(Job((shops,), Params()), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(shops: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert "cannot be written: Permission denied" in refused(shops, tmp_path / "closed" / "out")


ASKING = """
from taobao_research.identify import run
def add_up(engine, shops):
    print("asking", flush=True)
    return engine.rows("SELECT sum(hash(a.range + b.range) % 2) FROM range(1000000000000000) a, range(3000) b")
run.add_up = add_up
"""


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_query_that_would_take_years_is_stopped(number: signal.Signals, shops: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    words = command("identify", shops, "--out", tmp_path / "new" / "out", before=ASKING)
    with running(words, PROJECT) as process:
        wait_for_line(process, "asking")
        computed = cpu_seconds(process)
        wait_for(lambda: cpu_seconds(process) > computed + 0.5, "half a second of work on the query", process)
        process.send_signal(number)
        _, said = wait_for_end(process)
    assert (process.returncode, said) == (130, "Interrupted; nothing was written.\n")
    assert tree(tmp_path) == before


@pytest.mark.process
def test_a_run_under_nohup_goes_on_when_the_terminal_closes(shops: Path, tmp_path: Path) -> None:
    ignoring = (
        "import os, signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nfrom taobao_research.identify import run"
    )
    hung = "computed = run._compute\nrun._compute = lambda *given: (signal.raise_signal(1), computed(*given))[1]"
    words = command("identify", shops, "--out", tmp_path / "out", before=f"{ignoring}\n{hung}")
    assert subprocess.run(words, cwd=PROJECT, capture_output=True).returncode == 0
    assert villages(tables(tmp_path / "out")) == ["v"]
