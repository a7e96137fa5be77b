"""How fast ``taobao-research report`` is against other ways to run the same notebooks, as ratios in one run.

    python benchmarks/run_report.py [--rounds 3]

Whole processes from start to exit, the ways in turn, each round; medians over the rounds. See README.md.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
YEARS = (2014, 2015, 2016)
TARGETS = {"c/a": 0.20, "c/f": 1.10, "e/a3": 0.15, "k/a": 0.38}
SAMPLE_SECONDS = 0.05


def run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def papermill(folder: Path, years: tuple[int, ...]) -> None:
    """One papermill command for each notebook and year, one after the other; no HTML."""
    for year in years:
        for path in NOTEBOOKS:
            out = folder / f"{year}-{path.name}"
            run([str(BIN / "papermill"), f"notebooks/{path.name}", str(out), "-f", f"params/{year}.yaml",
                 "--no-progress-bar", "-k", "python3"], folder / "project")  # fmt: skip


def nbconvert(folder: Path, years: tuple[int, ...]) -> None:
    """``jupyter nbconvert --execute`` on all notebooks (it takes no parameters, so the year is the default)."""
    names = [f"notebooks/{path.name}" for path in NOTEBOOKS]
    for year in years:
        run([str(BIN / "jupyter"), "nbconvert", "--execute", "--to", "html", "--output-dir", str(folder / str(year)),
             *names], folder / "project")  # fmt: skip


def ours(*options: str) -> Callable[[Path, tuple[int, ...]], None]:
    def way(folder: Path, years: tuple[int, ...]) -> None:
        command = [sys.executable, "-m", "taobao_research", "report", *map(str, years), *options]
        run(command, folder / "project")

    return way


def floor(folder: Path, years: tuple[int, ...]) -> None:
    """The code cells as plain Python in copies of a process that imported everything once, one a core; no HTML."""
    run([sys.executable, str(Path(__file__).with_name("floor.py")), *map(str, years)], folder / "project")


WAYS: dict[str, tuple[str, Callable[[Path, tuple[int, ...]], None], tuple[int, ...]]] = {
    "a": ("papermill command, one notebook after the other", papermill, (2015,)),
    "b": ("jupyter nbconvert --execute", nbconvert, (2015,)),
    "c": ("taobao-research report, cold", ours("--fresh"), (2015,)),
    "k": ("the same with --engine kernel", ours("--fresh", "--engine", "kernel"), (2015,)),
    "d": ("taobao-research report, nothing changed", ours(), (2015,)),
    "f": ("floor: the cells as plain Python, warm, one a core", floor, (2015,)),
    "a3": ("papermill command, three years", papermill, YEARS),
    "e": ("taobao-research report, three years in one command", ours("--fresh"), YEARS),
}


def measure(way: Callable[[Path, tuple[int, ...]], None], folder: Path, years: tuple[int, ...]) -> tuple[float, float]:
    """Seconds of wall clock, and the largest proportional memory (MiB) of all processes that worked on it."""
    peak, stop = [0.0], threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], _proportional_mib(os.getpid()))

    sampler = threading.Thread(target=sample)
    sampler.start()
    started = time.perf_counter()
    way(folder, years)
    seconds = time.perf_counter() - started
    stop.set()
    sampler.join()
    return seconds, peak[0]


def _proportional_mib(root: int) -> float:
    """Proportional set size of the descendants of ``root`` (Linux; 0 elsewhere)."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    total = 0
    for pid in parents:
        above = pid
        while above in parents and above != root:
            above = parents[above]
        if above == root and pid != root:
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            except (OSError, StopIteration):
                continue
    return total / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", default=",".join(WAYS), help="some of the ways, such as c,d,f")
    options = parser.parse_args()
    ways = {name: WAYS[name] for name in options.ways.split(",")}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    memory: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        ignored = shutil.ignore_patterns(".venv", ".git", "reports", "__pycache__")
        shutil.copytree(PROJECT, folder / "project", ignore=ignored)
        ours()(folder, (2015,))  # so that `d` finds a report, and no way pays for the first bytecode
        for number in range(options.rounds):
            for name, (title, way, years) in ways.items():
                if name == "d":
                    ours()(folder, years)
                wall, peak = measure(way, folder, years)
                seconds[name].append(wall)
                memory[name].append(peak)
                print(f"round {number + 1}: {name:>2} {wall:8.2f} s {peak:6.0f} MiB  {title}", flush=True)
    print(f"\nmedians of {options.rounds} rounds, {os.cpu_count()} cores")
    median = {name: statistics.median(values) for name, values in seconds.items()}
    for name, (title, _, _) in ways.items():
        print(f"{name:>2} {median[name]:8.3f} s {statistics.median(memory[name]):6.0f} MiB  {title}")
    for pair, target in TARGETS.items():
        upper, lower = pair.split("/")
        if upper in median and lower in median:
            ratios = [one / other for one, other in zip(seconds[upper], seconds[lower], strict=True)]
            print(f"{pair}: {statistics.median(ratios):.3f} (target at most {target})")


if __name__ == "__main__":
    main()
