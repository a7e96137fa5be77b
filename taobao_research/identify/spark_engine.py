"""Apache Spark: the session there is, or a local one."""

import os
from pathlib import Path
from typing import Any

from taobao_research.errors import InputError
from taobao_research.identify.cells import write_rows
from taobao_research.identify.duckdb_engine import SPILLED, Stated
from taobao_research.identify.mishaps import NOTHING, first_line
from taobao_research.identify.records import Records
from taobao_research.paths import shown

PATTERN = "*?[]{}\\,:%"  # signs in a path that Spark takes for a pattern or an address


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
                f"--engine spark: does not start: {first_line(str(error))}. It needs Java 17 or newer."
            ) from None
        self.before = self.session.conf.get("spark.sql.ansi.enabled")
        self.session.conf.set("spark.sql.ansi.enabled", "true")
        self.kept: list[Any] = []

    def read(self, view: str, records: Records, files: tuple[Path, ...] | None = None) -> None:
        from pyspark.sql import functions

        frames = []
        for group in records.alike(files):
            paths = [plain_path(path.resolve()) for path in group]
            if records.form == ".parquet":
                frame = self.session.read.parquet(*paths)
            else:
                schema = ", ".join(f"`{name.replace('`', '``')}` STRING" for name in records.header)
                reader = self.session.read.schema(schema).option("header", True).option("mode", "FAILFAST")
                frame = reader.option("escape", '"').option("enforceSchema", True).csv(paths)
            name = functions.col("_metadata.file_name")
            if records.above:
                path = functions.url_decode(functions.col("_metadata.file_path"))
                name = functions.substring_index(path, f"{Path(records.above).resolve()}/", -1)
            frames.append(frame.select(*records.kinds, name.alias("file")))
        frame = frames[0]
        for other in frames[1:]:
            frame = frame.union(other)
        frame.createOrReplaceTempView(view)

    def view(self, name: str, query: str) -> None:
        self.session.sql(query).createOrReplaceTempView(name)

    def table(self, name: str, query: str) -> None:
        frame = self.session.sql(query).persist()
        self.kept.append(frame)
        frame.createOrReplaceTempView(name)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.session.sql(query).collect()]

    def write(self, path: Path, query: str) -> None:
        frame = self.session.sql(query)
        write_rows(path, frame.columns, frame.toLocalIterator())

    def stated(self, view: str, column: str) -> Stated | None:
        return None

    def unique(self, view: str, column: str) -> bool | None:
        return None

    def differ(self, view: str, columns: tuple[str, ...]) -> bool | None:
        return None

    def explain(self, error: Exception) -> str:
        return f"spark stopped: {first_line(str(error))} {NOTHING}"

    def close(self) -> None:
        for frame in self.kept:
            frame.unpersist()
        self.session.conf.set("spark.sql.ansi.enabled", self.before)
        if self.started:
            self.session.stop()


def plain_path(path: Path) -> str:
    """The path, refused where Spark would read other files in its place.

    >>> plain_path(Path("/data/a[1].csv"))
    Traceback (most recent call last):
    taobao_research.errors.InputError: a[1].csv: Spark takes [ in a path for a pattern. Rename it, or use duckdb.
    """
    if odd := [sign for sign in str(path) if sign in PATTERN]:
        raise InputError(f"{shown(path)}: Spark takes {odd[0]} in a path for a pattern. Rename it, or use duckdb.")
    return str(path)


def _cluster_named() -> bool:
    """Whether the environment says where Spark runs: spark-submit, Spark Connect, or arguments of PySpark."""
    named = "PYSPARK_GATEWAY_PORT" in os.environ or "SPARK_REMOTE" in os.environ
    return named or "--master" in os.environ.get("PYSPARK_SUBMIT_ARGS", "")
