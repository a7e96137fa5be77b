"""Two engines that run the same SQL text: DuckDB in this process, out of core; Apache Spark where there is one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from taobao_research.errors import InputError
from taobao_research.identify.duckdb_engine import MEMORY_MB, DuckDB, Stated
from taobao_research.identify.records import Records
from taobao_research.identify.spark_engine import Spark

ENGINES = ("duckdb", "spark")


class Engine(Protocol):
    """Where the SQL runs. ``write`` makes a CSV file of a query, in its order. ``stated``, ``unique`` and ``differ``
    answer None where they have no quick way to know."""

    def read(self, view: str, records: Records, files: tuple[Path, ...] | None = None) -> None: ...
    def view(self, name: str, query: str) -> None: ...
    def table(self, name: str, query: str) -> None: ...
    def rows(self, query: str) -> list[tuple[Any, ...]]: ...
    def write(self, path: Path, query: str) -> None: ...
    def stated(self, view: str, column: str) -> Stated | None: ...
    def unique(self, view: str, column: str) -> bool | None: ...
    def differ(self, view: str, columns: tuple[str, ...]) -> bool | None: ...


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
        raise InputError(engine.explain(error)) from None
    finally:
        engine.close()
