"""Households by village, from a register of villages; a number that is missing or disputed is unknown, not zero."""

from taobao_research.identify.engines import Engine
from taobao_research.identify.keys import Key
from taobao_research.identify.records import CODE, NAMES, PART_COLUMNS, Records
from taobao_research.identify.values import cleaned, whole

NO_NUMBER = "households is no whole number from 1 to 999,999,999"
DISPUTED = "another number of households for the same village; taken as unknown"


def count_households(engine: Engine, records: Records | None, key: Key) -> dict[str, int]:
    """Make the table ``households`` (key, ``households``, NULL where unknown) and the view ``households_rejected``.

    Returns the number of rows read and of those that could not be used, by reason.
    """
    if records is None:
        empty = ", ".join(f"CAST('' AS STRING) AS {name}" for name in key.columns)
        empty = f"CAST(0 AS BIGINT) AS {CODE}" if key.by_code else empty
        engine.table("households", f"SELECT {empty}, CAST(NULL AS BIGINT) AS households WHERE 1 = 0")
        return {"rows": 0}
    number = f"nullif({whole('households', records.kinds['households'], 9)}, 0)"
    no_place = key.missing(records)
    words = "no village code" if key.by_code else "no province, city, county or village"
    reason = f"CASE WHEN {no_place} THEN '{words}' WHEN {number} IS NULL THEN '{NO_NUMBER}' END"
    engine.view("read_households", f"SELECT *, {number} AS number, {reason} AS reason FROM household_rows")
    good = f"(SELECT *, {number} AS number FROM household_rows WHERE {number} IS NOT NULL) AS good"
    suited = key.suited_to(engine, "household_rows")
    engine.view("clean_households", suited.placed(good, records, "number, file"))
    if (suited.as_written or key.by_code) and engine.differ("clean_households", key.columns):
        once = f"SELECT {key.listed}, number AS low, number AS high, 1 AS records, file FROM clean_households"
        engine.view("counted", once)
    else:
        engine.table(
            "counted",
            f"SELECT {key.listed}, min(number) AS low, max(number) AS high, count(*) AS records, min(file) AS file "
            f"FROM clean_households GROUP BY {key.listed}",
        )
    engine.view("households", f"SELECT {key.listed}, CASE WHEN low = high THEN low END AS households FROM counted")
    rows = engine.rows("SELECT count(*) FROM household_rows")[0][0]
    used = engine.rows("SELECT coalesce(sum(records), 0) FROM counted")[0][0]
    counts = {"rows": rows}
    if rows != used:
        found = engine.rows(
            "SELECT reason, count(*) FROM read_households WHERE reason IS NOT NULL GROUP BY reason ORDER BY 1"
        )
        counts |= dict(found)
    disputed = engine.rows("SELECT sum(records) FROM counted WHERE low <> high")[0][0]
    if disputed:
        counts[DISPUTED] = int(disputed)
    engine.view("households_rejected", _rejected(records, key))
    return counts


def _rejected(records: Records, key: Key) -> str:
    def place(known: tuple[str, ...]) -> str:
        return ", ".join(
            f"coalesce(CAST({name} AS STRING), '') AS {name}" if name in known else f"'' AS {name}"
            for name in (*NAMES, CODE, *PART_COLUMNS)
        )

    known = tuple(name for name in (*NAMES, CODE) if records.has(name))
    bad = (
        f"SELECT reason, file, '' AS shop_id, {place(known)}, '' AS annual_turnover_cny, '' AS active, 1 AS records, "
        f"{cleaned('households')} AS households FROM read_households WHERE reason IS NOT NULL"
    )
    disputed = (
        f"SELECT '{DISPUTED}' AS reason, file, '' AS shop_id, {place(key.columns)}, '' AS annual_turnover_cny, "
        "'' AS active, records, concat(CAST(low AS STRING), ' to ', CAST(high AS STRING)) AS households "
        "FROM counted WHERE low <> high"
    )
    return f"{bad} UNION ALL {disputed}"
