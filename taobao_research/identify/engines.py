"""Two engines that run the same SQL text: DuckDB in this process, out of core; Apache Spark where there is one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from taobao_research.errors import InputError
from taobao_research.identify.records import Records
from taobao_research.paths import shown

ENGINES = ("duckdb", "spark")
MEMORY_MB = 320  # what DuckDB may hold; the process stays below 512 MiB with it
SPILLED = "spilled"
BITS = 1_600_000_000  # 200 MB: what all threads may use to look at a range of whole numbers bit by bit


class Stated(NamedTuple):
    """What files themselves state of a column of whole numbers or truth values: ends of its range, missing values."""

    low: int | None
    high: int | None
    missing: int
    rows: int


class Engine(Protocol):
    """Where the SQL runs. ``stated``, ``unique`` and ``differ`` answer None where they have no quick way to know."""

    def read(self, view: str, records: Records, files: tuple[Path, ...] | None = None) -> None: ...
    def view(self, name: str, query: str) -> None: ...
    def table(self, name: str, query: str) -> None: ...
    def rows(self, query: str) -> list[tuple[Any, ...]]: ...
    def stated(self, view: str, column: str) -> Stated | None: ...
    def unique(self, view: str, column: str) -> bool | None: ...
    def differ(self, view: str, columns: tuple[str, ...]) -> bool | None: ...


class DuckDB:
    """A database in memory that spills to ``folder``."""

    def __init__(self, folder: Path, memory_mb: int, threads: int) -> None:
        import duckdb

        self.failure = duckdb.Error
        self.threads = threads
        self.parquet: dict[str, str] = {}  # files by view
        self.database = duckdb.connect(config={"allow_unsigned_extensions": "false"})
        self.database.execute(f"SET memory_limit = '{memory_mb}MiB'")
        self.database.execute(f"SET threads = {threads}")
        self.database.execute(f"SET temp_directory = {_quoted(folder / SPILLED)}")
        self.database.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
        self.database.execute("CREATE MACRO regexp_like(text, pattern) AS regexp_matches(text, pattern)")

    def read(self, view: str, records: Records, files: tuple[Path, ...] | None = None) -> None:
        paths = ", ".join(_quoted(path) for path in files or records.files)
        if records.form == ".parquet":
            source = f"read_parquet([{paths}], filename = true)"
            self.parquet[view] = paths
        else:
            columns = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in records.header)
            source = (
                f"read_csv([{paths}], header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
                f"columns = {{{columns}}}, filename = true)"
            )
        columns = ", ".join([*records.kinds, "parse_filename(filename) AS file"])
        self.view(view, f"SELECT {columns} FROM {source}")

    def view(self, name: str, query: str) -> None:
        self.database.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")

    def table(self, name: str, query: str) -> None:
        self.database.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.execute(query).fetchall()

    def stated(self, view: str, column: str) -> Stated | None:
        """From the statistics of parquet files, which need not be read for it."""
        if view not in self.parquet:
            return None
        groups = self.rows(
            "SELECT stats_min_value, stats_max_value, stats_null_count, num_values "
            f"FROM parquet_metadata([{self.parquet[view]}]) WHERE path_in_schema = {_quoted(column)}"
        )
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


class Spark:
    """The Spark session there is, or a local one with a thread for each core."""

    def __init__(self, folder: Path, threads: int) -> None:
        try:
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError:
            raise InputError(
                "--engine spark: PySpark is not installed. Install it with the extra: pip install -e '.[spark]'."
            ) from None
        builder = SparkSession.builder.appName("taobao-research identify")
        if SparkSession.getActiveSession() is None and not _cluster_named():
            builder = builder.master(f"local[{threads}]").config("spark.sql.shuffle.partitions", 2 * threads)
            builder = (
                builder.config("spark.ui.enabled", "false")
                .config("spark.ui.showConsoleProgress", "false")
                .config("spark.local.dir", str(folder / SPILLED))
            )
        self.failure = PySparkException
        self.started = SparkSession.getActiveSession() is None
        try:
            self.session = builder.config("spark.log.level", "ERROR").getOrCreate()
        except (PySparkException, OSError) as error:
            raise InputError(
                f"--engine spark: does not start: {_first_line(error)}. It needs Java 17 or newer."
            ) from None
        self.before = self.session.conf.get("spark.sql.ansi.enabled")
        self.session.conf.set("spark.sql.ansi.enabled", "true")
        self.kept: list[Any] = []

    def read(self, view: str, records: Records, files: tuple[Path, ...] | None = None) -> None:
        paths = [str(path.resolve()) for path in files or records.files]
        if records.form == ".parquet":
            frame = self.session.read.parquet(*paths)
        else:
            schema = ", ".join(f"`{name}` STRING" for name in records.header)
            reader = self.session.read.schema(schema).option("header", True).option("mode", "FAILFAST")
            frame = reader.option("escape", '"').option("enforceSchema", True).csv(paths)
        frame.selectExpr(*records.kinds, "_metadata.file_name AS file").createOrReplaceTempView(view)

    def view(self, name: str, query: str) -> None:
        self.session.sql(query).createOrReplaceTempView(name)

    def table(self, name: str, query: str) -> None:
        frame = self.session.sql(query).persist()
        self.kept.append(frame)
        frame.createOrReplaceTempView(name)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.session.sql(query).collect()]

    def stated(self, view: str, column: str) -> Stated | None:
        return None

    def unique(self, view: str, column: str) -> bool | None:
        return None

    def differ(self, view: str, columns: tuple[str, ...]) -> bool | None:
        return None

    def close(self) -> None:
        for frame in self.kept:
            frame.unpersist()
        self.session.conf.set("spark.sql.ansi.enabled", self.before)
        if self.started:
            self.session.stop()


@contextmanager
def opened(name: str, folder: Path, memory_mb: int = MEMORY_MB, threads: int = 0) -> Iterator[Engine]:
    """The engine of that name, closed at the end; what it cannot read or hold becomes an InputError."""
    if name == "pandas":
        raise InputError("--engine pandas: holds all rows in memory. Use duckdb, which does not, or spark.")
    if name not in ENGINES:
        raise InputError(f"--engine {name}: no such engine. Engines: {', '.join(ENGINES)}.")
    threads = threads or os.cpu_count() or 1
    engine = DuckDB(folder, memory_mb, threads) if name == "duckdb" else Spark(folder, threads)
    try:
        yield engine
    except engine.failure as error:
        raise InputError(f"{name} stopped: {_first_line(error)} Nothing was written.") from None
    finally:
        engine.close()


def _cluster_named() -> bool:
    """Whether the environment says where Spark runs: spark-submit, Spark Connect, or arguments of PySpark."""
    named = "PYSPARK_GATEWAY_PORT" in os.environ or "SPARK_REMOTE" in os.environ
    return named or "--master" in os.environ.get("PYSPARK_SUBMIT_ARGS", "")


def _first_line(error: Exception) -> str:
    """What an engine says, in one line, without the folders of this machine."""
    words = " ".join(str(error).split("\n\n")[0].split())
    return " ".join(shown(Path(word.strip("\"'"))) if "/" in word else word for word in words.split())[:400]


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
