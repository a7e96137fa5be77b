"""``taobao-research identify``: shop records in, Taobao villages, towns and clusters out, with the reasons."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from taobao_research.errors import InputError, printable
from taobao_research.identify.duckdb_engine import MEMORY_MB
from taobao_research.identify.engines import Engine, opened
from taobao_research.identify.groups import Group, Touching, count_pairs, find_clusters, find_towns, touching_villages
from taobao_research.identify.households import count_households
from taobao_research.identify.keys import Key
from taobao_research.identify.records import (
    CODE,
    HOUSEHOLD_COLUMNS,
    OTHER,
    PART_COLUMNS,
    SHOP_COLUMNS,
    Records,
    inspect,
)
from taobao_research.identify.renames import newer_names, unknown_provinces
from taobao_research.identify.shops import REPEAT, Shops, add_up
from taobao_research.identify.target import check_target, put, working_folder
from taobao_research.identify.thresholds import CLUSTER_TURNOVER_CNY, thresholds_of
from taobao_research.identify.villages import Found, find_villages
from taobao_research.identify.writing import write_tables
from taobao_research.params import Params
from taobao_research.paths import Project, found_or_shipped, shown

MAX_REJECTED = 0.01
EXAMPLE = ("shop_id", "annual_turnover_cny", "active", "households", "village", CODE)  # what is shown of a bad row
LONGEST = 160


@dataclass(frozen=True)
class Job:
    """What to read and how; ``households`` and ``adjacency`` may be empty. ``project`` knows the names of places."""

    shops: Iterable[str | Path]
    params: Params
    households: tuple[str | Path, ...] = ()
    adjacency: tuple[str | Path, ...] = ()
    engine: str = "duckdb"
    max_rejected_share: float = MAX_REJECTED
    cluster_turnover_cny: int = CLUSTER_TURNOVER_CNY
    memory_mb: int = MEMORY_MB
    threads: int = 0
    project: Project = field(default_factory=found_or_shipped)


@dataclass(frozen=True)
class Identified:
    """What was found; ``shop_rows``, ``household_rows`` and ``pair_rows``: rows, by reason where left out."""

    found: Found
    towns: list[Group]
    near_towns: list[Group]
    clusters: list[Group]
    near_clusters: list[Group]
    skipped: tuple[Path, ...]
    shop_rows: dict[str, int]
    household_rows: dict[str, int]
    pair_rows: dict[str, int]
    touching: Touching | None = None
    unknown_provinces: tuple[str, ...] = ()


def identify(job: Job, folder: Path, replace: bool = False, tell: Callable[[str], object] = str) -> Identified:
    """Identify Taobao villages, towns and clusters, and write the tables into ``folder``, whole or not at all.

    Source: the report's criteria, appendix to section 1 and section 3.1. Money is exact to the fen. Raises InputError
    for files that cannot be used, and where more than ``max_rejected_share`` of the rows are rejected. ``tell`` is
    called with the step that begins.
    """
    shops = inspect(job.shops, SHOP_COLUMNS, (CODE, *PART_COLUMNS))
    register = inspect(job.households, HOUSEHOLD_COLUMNS, (CODE,)) if job.households else None
    by_code = shops.has(CODE) and (register is None or register.has(CODE))
    key = Key(by_code, newer_names(job.params.year, job.project))
    pairs = _pairs(job, key)
    inputs = [file for records in (shops, register, pairs) if records is not None for file in records.files]
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 ("x/.." has a name)
    try:
        check_target(folder, replace, inputs)
        with working_folder(folder) as working:
            check_target(folder, replace, inputs)  # an older result may be back in its place
            with opened(job.engine, working, job.memory_mb, job.threads) as engine:
                result = _compute(engine, job, key, shops, register, pairs, tell)
                tables = working / "tables"
                tell("writing the tables")
                write_tables(engine, result, tables)
            put(tables, folder, working)
    except OSError as error:
        where = shown(Path(error.filename)) if error.filename else shown(folder)
        raise InputError(f"{where[:100]}: cannot be written: {error.strerror}. Nothing was written.") from None
    return result


def _pairs(job: Job, key: Key) -> Records | None:
    return inspect(job.adjacency, (*key.columns, *(OTHER + name for name in key.columns))) if job.adjacency else None


def _compute(
    engine: Engine, job: Job, key: Key, shops: Records, register: Records | None, pairs: Records | None,
    tell: Callable[[str], object],
) -> Identified:  # fmt: skip
    tell(f"adding up {len(shops.files):,} files of shops")
    limits = thresholds_of(job.params, job.cluster_turnover_cny)
    engine.read("shops", shops)
    shop_rows = add_up(engine, Shops(shops, key))
    refuse_many(engine, "rejected", shop_rows, job.max_rejected_share, shown(shops.files[0]))
    tell("judging the places")
    if register is not None:
        engine.read("household_rows", register)
    household_rows = count_households(engine, register, key)
    if register is not None:
        where = shown(register.files[0])
        refuse_many(engine, "households_rejected", household_rows, job.max_rejected_share, where)
    found = find_villages(engine, key, shops, register, limits)
    touching, pair_rows = None, {"rows": 0}
    if pairs is not None:
        pair_rows = count_pairs(engine, pairs, key)
        refuse_many(engine, "pairs_rejected", pair_rows, job.max_rejected_share, shown(pairs.files[0]))
        touching = touching_villages(engine, pairs, key)
    towns, near_towns = find_towns(engine, limits)
    clusters, near_clusters = find_clusters(engine, limits, touching)
    skipped = tuple(path for records in (shops, register, pairs) if records is not None for path in records.skipped)
    rows = (shop_rows, household_rows, pair_rows)
    unknown = tuple(unknown_provinces(found.provinces, job.project))
    return Identified(found, towns, near_towns, clusters, near_clusters, skipped, *rows, touching, unknown)


def refuse_many(engine: Engine, view: str, counts: dict[str, int], most: float, where: str) -> None:
    """Stop where more than the share ``most`` of the rows is rejected, with an example from ``view`` for each reason;
    repeats that say the same are no fault."""
    rejected = {reason: count for reason, count in counts.items() if reason not in ("rows", REPEAT)}
    total = sum(rejected.values())
    if not counts["rows"]:
        raise InputError(f"{where}: no rows. Nothing was written.")
    if total > Fraction(str(most)) * counts["rows"]:  # the decimal that was written, not the nearest binary number
        cells = [f"CASE WHEN {cell} <> '' THEN concat('{cell} ', {cell}) END" for cell in EXAMPLE]
        example = f"min(concat(file, ': ', concat_ws(', ', {', '.join(cells)})))"
        examples = dict(engine.rows(f"SELECT reason, {example} FROM {view} GROUP BY reason"))
        listed = "".join(
            f"\n  {count:,} x {reason}, such as {printable(examples[reason])[:LONGEST]}"
            for reason, count in sorted(rejected.items())
        )
        raise InputError(
            f"{where}: {total:,} of {counts['rows']:,} rows rejected, {total / counts['rows']:.2%}; at most {most:.2%} "
            f"are put up with. Nothing was written. Mend them, or raise --max-rejected-share.{listed}"
        )


def summary(result: Identified, key_year: int) -> list[str]:
    """What a reader has to know, in sentences."""
    found, rows = result.found, result.shop_rows
    lines = [f"{rows['rows']:,} rows of shops; {found.places:,} villages with shops; names of places as of {key_year}"]
    if result.skipped:
        names = ", ".join(printable(path.name) for path in result.skipped[:5])
        lines.append(f"{len(result.skipped):,} others in the folders, no .csv or .parquet file, not read: {names}")
    lines += [f"left out: {count:,} x {reason}" for reason, count in sorted(rows.items()) if reason != "rows"]
    houses = result.household_rows
    lines += [
        f"households left out: {count:,} x {reason}" for reason, count in sorted(houses.items()) if reason != "rows"
    ]
    if houses["rows"]:
        lines.append(
            f"{houses['rows']:,} rows of households; unknown for {found.unknown_households:,} of the villages "
            "with enough turnover, or nearly"
        )
    else:
        lines.append("no households given: the criterion by households is undecided for every village")
    if result.touching is not None:
        pairs, taobao = result.pair_rows, len(result.touching.pairs)
        lines.append(f"{pairs['rows']:,} pairs of villages that touch; {taobao:,} of Taobao villages")
        lines += [f"pairs left out: {count:,} x {reason}" for reason, count in pairs.items() if reason != "rows"]
    if found.undecided:
        lines.append(
            f"{found.undecided:,} villages undecided: enough turnover, too few shops by number, households unknown"
        )
    if found.several_names:
        codes = ", ".join(map(str, found.several_names[:5]))
        lines.append(f"{len(found.several_names):,} codes with several names, the most frequent taken: {codes}")
    if unknown := result.unknown_provinces:
        named = ", ".join(map(printable, unknown[:5]))
        lines.append(
            f"{len(unknown):,} names of provinces not in data/reference/provinces.csv, as a report needs: {named}"
        )
    large = sum(cluster.large for cluster in result.clusters)
    clusters = f"{len(result.clusters):,} clusters ({large:,} large)"
    lines.append(f"{found.villages:,} Taobao villages, {len(result.towns):,} Taobao towns, {clusters}")
    near = f"{found.near:,} villages, {len(result.near_towns):,} towns, {len(result.near_clusters):,} clusters"
    return [*lines, f"near misses: {near}"]
