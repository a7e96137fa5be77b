"""Villages from shop records: ``identify`` against pandas, Polars, plain DuckDB and the floor, as ratios of one run.

python benchmarks/identify.py [--millions 10] [--rounds 3] [--ways floor,sql_names,...] [--folder DIR]

Each way is a process of its own, from start to exit; the ways take turns in each round. The records are made up.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
NAMES = "province, city, county, town, village"
CODE = "village_code"
MOST_FOR_PANDAS = 20_000_000
REFUSAL = (
    "pandas holds every row in memory: refused above 20 million rows. Use `taobao-research identify`, which does not."
)

DUCKDB = """
import duckdb, sys
shops, households = sys.argv[1:3]
database = duckdb.connect()
database.execute("SET threads = {threads}; SET memory_limit = '512MiB'; SET preserve_insertion_order = false")
database.execute("SET enable_progress_bar = false")
print(len(database.execute(f'''{query}''').fetchall()))
"""
FLOOR = "SELECT {columns} FROM read_parquet('{{shops}}/*.parquet')"
SQL = (
    "SELECT {key}, t, a FROM (SELECT {key}, sum(annual_turnover_cny) AS t, count(*) FILTER (active) AS a "
    "FROM read_parquet('{{shops}}/*.parquet') GROUP BY {key}) JOIN read_parquet('{{households}}') USING ({key}) "
    "WHERE t >= 10000000 AND (a >= 100 OR a * 10 >= households)"
)
POLARS = """
import polars as pl, sys
shops, households = sys.argv[1:3]
key = {key!r}.split(', ')
sums = pl.scan_parquet(shops + '/*.parquet').group_by(key).agg(
    t=pl.col('annual_turnover_cny').sum(), a=pl.col('active').sum().cast(pl.Int64))
found = sums.join(pl.scan_parquet(households).select(*key, 'households'), on=key).filter(
    (pl.col('t') >= 10_000_000) & ((pl.col('a') >= 100) | (pl.col('a') * 10 >= pl.col('households'))))
print(len(found.collect(engine='streaming')))
"""
PANDAS = """
import pandas as pd, sys
shops, households = sys.argv[1:3]
key = {key!r}.split(', ')
rows = pd.read_parquet(shops, columns=[*key, 'annual_turnover_cny', 'active'])
sums = rows.groupby(key).agg(t=('annual_turnover_cny', 'sum'), a=('active', 'sum')).reset_index()
found = sums.merge(pd.read_parquet(households, columns=[*key, 'households']), on=key)
print(((found.t >= 10_000_000) & ((found.a >= 100) | (found.a * 10 >= found.households))).sum())
"""
OURS = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, {project!r})
from taobao_research.identify.run import Job, identify
from taobao_research.params import Params
shops, households = sys.argv[1:3]
with tempfile.TemporaryDirectory(dir={folder!r}) as folder:
    job = Job((shops,), Params(), (households,), threads={threads})
    print(identify(job, Path(folder) / 'out').found.villages)
"""


def ways(folder: Path, threads: int) -> dict[str, tuple[str, bool]]:
    """The program of each way, and whether its files have the code."""

    def maxima(columns: str) -> str:
        return ", ".join(f"max({column.strip()})" for column in columns.split(","))

    def database(query: str) -> str:
        return DUCKDB.format(threads=threads, query=query).replace("{{", "{").replace("}}", "}")

    figures = "annual_turnover_cny, active"
    ours = OURS.format(project=str(PROJECT), folder=str(folder), threads=threads)
    return {
        "floor_code": (database(FLOOR.format(columns=maxima(f"{CODE}, {figures}"))), True),
        "floor_code_ids": (database(FLOOR.format(columns=maxima(f"{CODE}, {figures}, shop_id"))), True),
        "floor_names": (database(FLOOR.format(columns=maxima(f"{NAMES}, {figures}"))), False),
        "sql_code": (database(SQL.format(key=CODE)), True),
        "sql_names": (database(SQL.format(key=NAMES)), False),
        "ours_code": (ours, True),
        "ours_names": (ours, False),
        "polars_code": (POLARS.format(key=CODE), True),
        "polars_names": (POLARS.format(key=NAMES), False),
        "pandas_code": (PANDAS.format(key=CODE), True),
        "pandas_names": (PANDAS.format(key=NAMES), False),
    }


def measure(program: str, shops: Path, households: Path) -> tuple[float, float, float, str]:
    """Seconds, processor seconds, peak memory in MiB, and what was printed."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(shops), str(households)], stdout=subprocess.PIPE, text=True
    )
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed with status {status}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said.strip()


def without_code(source: Path, target: Path) -> None:
    """The same records without the code, file by file, as hard work for whoever has only names."""
    import duckdb

    target.mkdir(parents=True)
    for file in sorted(source.glob("*.parquet")):
        with duckdb.connect() as database:
            database.execute("SET memory_limit = '1GB'; SET threads = 1; SET enable_progress_bar = false")
            query = f"SELECT * EXCLUDE {CODE} FROM read_parquet('{file}')"
            database.execute(f"COPY ({query}) TO '{target / file.name}' (FORMAT parquet, COMPRESSION zstd)")


def of_yardstick(mine: list[float], theirs: list[float]) -> float:
    """The median of the ratios, round by round."""
    return statistics.median(one / other for one, other in zip(mine, theirs, strict=True))


def main() -> None:
    from tests.shop_records import make

    options = argparse.ArgumentParser()
    options.add_argument("--millions", type=int, default=10)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--ways", default="")
    options.add_argument("--threads", type=int, default=os.cpu_count())
    options.add_argument("--folder", type=Path, default=None, help="where the records are kept, and used again")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "shops").is_dir():
            make(folder, given.millions * 1_000_000)
        if not (folder / "names").is_dir():
            without_code(folder / "shops", folder / "names")
        chosen = {
            name: way
            for name, way in ways(folder, given.threads).items()
            if name in given.ways.split(",") or not given.ways
        }
        if given.millions * 1_000_000 > MOST_FOR_PANDAS and any(name.startswith("pandas") for name in chosen):
            print(REFUSAL)
            chosen = {name: way for name, way in chosen.items() if not name.startswith("pandas")}
        taken: dict[str, list[float]] = {name: [] for name in chosen}
        worked: dict[str, list[float]] = {name: [] for name in chosen}
        memory: dict[str, float] = dict.fromkeys(chosen, 0)
        answers: dict[str, str] = {}
        for _ in range(given.rounds):
            for name, (program, coded) in chosen.items():
                seconds, work, peak, answer = measure(
                    program, folder / ("shops" if coded else "names"), folder / "households.parquet"
                )
                taken[name].append(seconds)
                worked[name].append(work)
                memory[name] = max(memory[name], peak)
                answers[name] = answer
        for name, seconds in taken.items():
            ratio = of_yardstick(seconds, taken.get("sql_names", seconds))
            work = of_yardstick(worked[name], worked.get("sql_names", worked[name]))
            print(
                f"{name:16} {statistics.median(seconds):8.2f} s  {ratio:5.2f} of sql_names  {work:5.2f} of its "
                f"processor time  {memory[name]:7.0f} MiB  {answers[name]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
