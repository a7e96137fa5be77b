"""DuckDB in this process, out of core."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from taobao_research.identify.mishaps import explained
from taobao_research.identify.records import Records, literal

MEMORY_MB = 320  # what DuckDB may hold; the process stays below 512 MiB with it
MB_PER_THREAD = 64  # each thread holds blocks of its own: with less, a machine of many cores runs out of memory
SPILLED = "spilled"
BITS = 1_600_000_000  # 200 MB: what all threads may use to look at a range of whole numbers bit by bit
PATH = "taobao_research_file"  # a column that no file has
ANSWER_SECONDS = 0.05

Answer = TypeVar("Answer")


class Stated(NamedTuple):
    """What files themselves state of a column of whole numbers or truth values: ends of its range, missing values."""

    low: int | None
    high: int | None
    missing: int
    rows: int


class DuckDB:
    """A database in memory that spills to ``folder``; at most a thread for each 64 MiB."""

    def __init__(self, folder: Path, memory_mb: int, threads: int) -> None:
        import duckdb

        self.failure = duckdb.Error
        self.memory_mb = memory_mb
        self.threads = max(1, min(threads, memory_mb // MB_PER_THREAD))
        self.parquet: dict[str, str] = {}  # files by view
        self.statistics: dict[str, list[tuple[Any, ...]]] = {}  # what those files state, by view
        self.database = duckdb.connect(config={"allow_unsigned_extensions": "false"})
        self.database.execute(f"SET memory_limit = '{memory_mb}MiB'")
        self.database.execute(f"SET threads = {self.threads}")
        self.database.execute(f"SET temp_directory = {quoted(folder / SPILLED)}")
        self.database.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
        self.database.execute("CREATE MACRO regexp_like(text, pattern) AS regexp_matches(text, pattern)")

    def read(self, view: str, records: Records, files: tuple[Path, ...] | None = None) -> None:
        file = f"substr({PATH}, {len(records.above) + 1})" if records.above else f"parse_filename({PATH})"
        columns = ", ".join([*records.kinds, f"{file} AS file"])
        groups = [", ".join(quoted(literal(path.absolute())) for path in group) for group in records.alike(files)]
        if records.form == ".parquet":
            sources = [f"read_parquet([{paths}], filename = '{PATH}', hive_partitioning = false)" for paths in groups]
            self.parquet[view] = ", ".join(groups)
            self.statistics.pop(view, None)
        else:
            header = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in records.header)
            sources = [
                f"read_csv([{paths}], header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
                f"columns = {{{header}}}, filename = '{PATH}', hive_partitioning = false)"
                for paths in groups
            ]
        self.view(view, " UNION ALL ".join(f"SELECT {columns} FROM {source}" for source in sources))

    def view(self, name: str, query: str) -> None:
        self._ask(lambda: self.database.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}"))

    def table(self, name: str, query: str) -> None:
        self._ask(lambda: self.database.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._ask(lambda: self.database.execute(query).fetchall())

    def write(self, path: Path, query: str) -> None:
        options = "FORMAT csv, HEADER, COMMENT '', USE_TMP_FILE false"  # no comments: nothing is quoted for a #
        self._ask(lambda: self.database.execute(f"COPY ({query}) TO {quoted(path)} ({options})"))

    def stated(self, view: str, column: str) -> Stated | None:
        """From the statistics of parquet files, which need not be read for it."""
        if view not in self.parquet:
            return None
        if view not in self.statistics:
            self.statistics[view] = self.rows(
                "SELECT path_in_schema, stats_min_value, stats_max_value, stats_null_count, num_values "
                f"FROM parquet_metadata([{self.parquet[view]}])"
            )
        groups = [group[1:] for group in self.statistics[view] if group[0] == column]
        if not groups or any(None in group for group in groups):
            return None
        missing, rows = sum(group[2] for group in groups), sum(group[3] for group in groups)
        try:
            ends = [int(end) for group in groups for end in group[:2]]
        except ValueError:
            return Stated(None, None, missing, rows)
        return Stated(min(ends), max(ends), missing, rows)

    def unique(self, view: str, column: str) -> bool | None:
        """Whether no whole number is missing or stands twice, by one bit for each in their range."""
        found = self.stated(view, column)
        if found is None or found.low is None or found.high is None:
            query = f"SELECT min({column}), max({column}), count(*) - count({column}), count(*) FROM {view}"
            found = Stated(*self.rows(query)[0])
        low, high, missing, all_rows = found
        if missing:
            return False
        if low is None or high is None:
            return True
        if high - low >= BITS // self.threads or not -(2**63) <= low <= high < 2**63:
            return None
        if all_rows > high - low + 1:
            return False
        bits = f"bit_count(bitstring_agg(CAST({column} AS BIGINT), CAST({low} AS BIGINT), CAST({high} AS BIGINT)))"
        return self.rows(f"SELECT {bits} FROM {view}")[0][0] == all_rows

    def differ(self, view: str, columns: tuple[str, ...]) -> bool | None:
        """Whether no two rows are alike in the columns: sure where all hashes differ."""
        different, all_rows = self.rows(f"SELECT count(DISTINCT hash({', '.join(columns)})), count(*) FROM {view}")[0]
        return True if different == all_rows else None

    def close(self) -> None:
        self.database.close()

    def explain(self, error: Exception) -> str:
        return explained(str(error), self.threads, self.memory_mb)

    def _ask(self, work: Callable[[], Answer]) -> Answer:
        """Work in another thread: Python hears signals in this one only, and not while DuckDB has it."""
        answers: list[Answer] = []
        failures: list[BaseException] = []
        done = threading.Event()

        def ask() -> None:
            try:
                answers.append(work())
            except BaseException as failure:
                failures.append(failure)
            done.set()

        threading.Thread(target=ask, daemon=True).start()
        try:
            done.wait()
        except BaseException:
            while not done.wait(ANSWER_SECONDS):
                self.database.interrupt()
            raise
        if failures:
            raise failures[0]
        return answers[0]


def quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
