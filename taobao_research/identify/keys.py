"""What a village is known by: its code, or its five names, cleaned and as of the year."""

from dataclasses import dataclass, replace

from taobao_research.identify.engines import Engine
from taobao_research.identify.records import CODE, NAMES, Records
from taobao_research.identify.renames import Names, renamed
from taobao_research.identify.values import cleaned, odd, whole

CODE_DIGITS = 18


def code_of(records: Records) -> str:
    """The village code of a row as a whole number."""
    return whole(CODE, records.kinds[CODE], CODE_DIGITS)


@dataclass(frozen=True)
class Key:
    """``newer``: the names of the year by older ones (``renames.newer_names``); ``tidy``: nothing is to be cleaned."""

    by_code: bool
    newer: dict[Names, Names]
    tidy: bool = False

    @property
    def as_written(self) -> bool:
        """Whether the rows of a table need neither cleaning nor new names, so none of them merge."""
        return self.tidy and not self.newer and not self.by_code

    def suited_to(self, engine: Engine, source: str) -> "Key":
        """This key for the rows of one table: cleaning and renaming cost time, and most tables need neither."""
        if self.by_code:
            return self
        upper, lower = NAMES[:3], NAMES[3:]
        found = engine.rows(
            f"SELECT *, {odd(upper)} AS untidy FROM (SELECT DISTINCT {', '.join(upper)} FROM {source}) AS counties"
        )
        if any(untidy for *_, untidy in found):
            return self
        if engine.rows(f"SELECT max(CASE WHEN {odd(lower)} THEN 1 ELSE 0 END) FROM {source}")[0][0]:
            return self
        counties = {tuple(row[:3]) for row in found}
        there = counties | {county[:2] for county in counties}
        return replace(self, tidy=True, newer={old: new for old, new in self.newer.items() if old[:3] in there})

    @property
    def columns(self) -> tuple[str, ...]:
        return (CODE,) if self.by_code else NAMES

    @property
    def listed(self) -> str:
        return ", ".join(self.columns)

    def missing(self, records: Records) -> str:
        """The condition that a row says no place. A town may be empty: some villages stand right under a county."""
        if self.by_code:
            return f"({code_of(records)}) IS NULL"
        return " OR ".join(f"{cleaned(name)} = ''" for name in NAMES if name != "town")

    def placed(self, source: str, records: Records, others: str) -> str:
        """The rows of ``source`` that say a place, with the key and ``others`` (column names, with commas)."""
        if not self.by_code:
            return self.named(source, others)
        code = code_of(records)
        return f"SELECT * FROM (SELECT {code} AS {CODE}, {others} FROM {source}) AS coded WHERE {CODE} IS NOT NULL"

    def named(self, source: str, others: str) -> str:
        """The rows of ``source`` with names, cleaned and newer, and ``others``."""
        names = ", ".join(NAMES if self.tidy else (f"{cleaned(name)} AS {name}" for name in NAMES))
        full = " AND ".join(f"{name} <> ''" for name in NAMES if name != "town")
        clean = f"SELECT * FROM (SELECT {names}, {others} FROM {source}) AS written WHERE {full}"
        if not self.newer:
            return clean
        now = "province, new_city AS city, new_county AS county, new_town AS town, village"
        return f"SELECT {now}, {others} FROM ({renamed(clean, self.newer)}) AS renamed_places"
