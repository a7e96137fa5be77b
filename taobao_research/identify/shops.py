"""From shop records to sums by village, as SQL for either engine, with every row that is left out and why.

The records are added up by their place as it is written, in one pass over three columns; names are cleaned, renamed
and merged afterwards, on the few places. Rows of a shop that stands twice are then taken off again.
"""

from dataclasses import dataclass

from taobao_research.identify.engines import Engine
from taobao_research.identify.keys import Key
from taobao_research.identify.records import CODE, FLAG, NAMES, PART_COLUMNS, WHOLE, Records
from taobao_research.identify.values import MONEY, MOST_CNY, cleaned, flag, identity, money

NO_ID = "no shop_id"
REPEAT = "stands twice with the same values; counted once"
CONFLICT = "stands twice with other values; none counted"
MOVED = "parts of a shop in several villages; none counted"
BELOW = "turnover of the year is negative"
ABOVE = f"turnover of the year is above {MOST_CNY:,} yuan"
# sums of whole yuan and of fen become one type, which leaves room for comparisons
SUMS = "sum(shops) AS shops, CAST(sum(turnover) AS DECIMAL(30, 2)) AS turnover, sum(active_shops) AS active_shops"

TURNOVER = "CAST(turnover AS DECIMAL(30, 2)) AS turnover"


@dataclass(frozen=True)
class Shops:
    """How the rows of the view ``shops`` are read."""

    records: Records
    key: Key

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(column for column in PART_COLUMNS if self.records.has(column))

    @property
    def amount(self) -> str:
        return money("annual_turnover_cny", self.records.kinds["annual_turnover_cny"])

    @property
    def active(self) -> str:
        return flag("active", self.records.kinds["active"])

    @property
    def shop(self) -> str:
        return identity("shop_id", self.records.kinds["shop_id"])

    @property
    def least(self) -> int:
        return -MOST_CNY if self.parts else 0  # a refund may exceed a day's sales, not a year's

    @property
    def reason(self) -> str:
        """Why a row cannot be used by itself; NULL for a good one."""
        low = f"turnover is below -{MOST_CNY:,} yuan" if self.parts else "turnover is negative"
        no_place = "no village code" if self.key.by_code else "no province, city, county or village"
        return (
            f"CASE WHEN {self.key.missing(self.records)} THEN '{no_place}' "
            f"WHEN {cleaned('annual_turnover_cny')} = '' THEN 'no turnover' "
            f"WHEN ({self.amount}) IS NULL THEN 'turnover is no number with at most two decimals' "
            f"WHEN ({self.amount}) < {self.least} THEN '{low}' "
            f"WHEN ({self.amount}) > {MOST_CNY} THEN 'turnover is above {MOST_CNY:,} yuan' "
            f"WHEN ({self.active}) IS NULL THEN 'active is neither yes nor no' "
            f"WHEN ({self.shop}) IS NULL THEN '{NO_ID}' END"
        )

    @property
    def raw_key(self) -> str:
        return CODE if self.key.by_code else ", ".join(NAMES)


def add_up(engine: Engine, shops: Shops) -> dict[str, int]:
    """Make the table ``places`` (key, ``shops``, ``turnover``, ``active_shops``) and the view ``rejected``.

    Returns the number of rows by what became of them: ``rows``, ``repeats`` (left out, no fault), and by reason.
    """
    return _add_up_parts(engine, shops) if shops.parts else _add_up_years(engine, shops)


def _add_up_years(engine: Engine, shops: Shops) -> dict[str, int]:
    """One row is one shop's year: add up as written, then take off what stands twice."""
    read = f"SELECT {shops.raw_key}, {shops.amount} AS amount, {shops.active} AS active FROM shops"
    good = f"amount BETWEEN {shops.least} AND {MOST_CNY} AND active IS NOT NULL"
    if _all_good(engine, shops):
        sums = "count(*) AS shops, sum(amount) AS turnover, count(CASE WHEN active THEN 1 END) AS active_shops"
    else:
        sums = (
            f"count(CASE WHEN {good} THEN 1 END) AS shops, sum(CASE WHEN {good} THEN amount END) AS turnover, "
            f"count(CASE WHEN {good} AND active THEN 1 END) AS active_shops"
        )
    engine.table(
        "sums",
        f"SELECT {shops.raw_key}, count(*) AS records, {sums} FROM ({read}) AS rows_read GROUP BY {shops.raw_key}",
    )
    others = "shops, turnover, active_shops"
    suited = shops.key.suited_to(engine, "sums")
    clean = suited.placed("sums", shops.records, others)
    key = shops.key.listed
    if suited.as_written:
        engine.view("clean_sums", f"SELECT {key}, shops, {TURNOVER}, active_shops FROM ({clean}) AS clean")
    else:
        engine.table("clean_sums", f"SELECT {key}, {SUMS} FROM ({clean}) AS clean GROUP BY {key}")
    records = engine.rows("SELECT sum(records) FROM sums")[0][0] or 0
    used = engine.rows("SELECT sum(shops) FROM clean_sums")[0][0] or 0
    counts = {"rows": int(records)}
    twice = _find_twice(engine, shops)
    bad = records != used or twice
    if bad:
        counts |= dict(engine.rows(f"SELECT reason, count(*) FROM ({_reasons(shops)}) AS r GROUP BY reason ORDER BY 1"))
    if twice:
        counts |= _take_off(engine, shops)
    else:
        engine.view("places", "SELECT * FROM clean_sums WHERE shops > 0")
        if bad:
            engine.view("rejected", _rejected(shops, ""))
    return counts


def _all_good(engine: Engine, shops: Shops) -> bool:
    """Whether the files state that every turnover and flag can be used, so that no row needs a look."""
    kinds = shops.records.kinds
    if (kinds["annual_turnover_cny"], kinds["active"]) != (WHOLE, FLAG):
        return False
    money, flags = engine.stated("shops", "annual_turnover_cny"), engine.stated("shops", "active")
    if money is None or flags is None or money.low is None or money.high is None:
        return False
    return not money.missing and not flags.missing and shops.least <= money.low and money.high <= MOST_CNY


def _find_twice(engine: Engine, shops: Shops) -> bool:
    """Make the table ``twice`` of the identities that stand twice, NULL among them; returns whether there are any."""
    if shops.records.kinds["shop_id"] == WHOLE and engine.unique("shops", "shop_id"):
        return False
    engine.table(
        "twice",
        f"SELECT shop FROM (SELECT {shops.shop} AS shop FROM shops) AS identities GROUP BY shop "
        "HAVING count(*) > 1 OR shop IS NULL",
    )
    return bool(engine.rows("SELECT count(*) FROM twice")[0][0])


def _take_off(engine: Engine, shops: Shops) -> dict[str, int]:
    """Take rows off ``clean_sums`` that stand twice or without an identity, and count them by reason."""
    key = shops.key.listed
    read = (
        f"SELECT {shops.shop} AS shop, {shops.amount} AS amount, {shops.active} AS yes, file, {shops.raw_key}, "
        f"{shops.reason} AS reason FROM shops"
    )
    met = (
        f"SELECT * FROM ({read}) AS r WHERE (reason IS NULL AND shop IN (SELECT shop FROM twice)) OR reason = '{NO_ID}'"
    )
    clean = shops.key.placed(f"({met}) AS met", shops.records, "shop, amount, yes, file")
    engine.table(
        "taken",
        f"SELECT shop, {key}, CAST(amount AS {MONEY}) AS amount, yes, count(*) AS times, min(file) AS file "
        f"FROM ({clean}) AS clean GROUP BY shop, {key}, CAST(amount AS {MONEY}), yes",
    )
    engine.table(
        "excess",
        "SELECT *, CASE WHEN shop IS NULL OR kinds > 1 THEN times ELSE times - 1 END AS n "
        "FROM (SELECT *, count(*) OVER (PARTITION BY shop) AS kinds FROM taken) AS counted",
    )
    less = (
        f"SELECT {key}, sum(n) AS shops, sum(CAST(n AS DECIMAL(12, 0)) * amount) AS turnover, "
        f"sum(CASE WHEN yes THEN n ELSE 0 END) AS active_shops FROM excess WHERE n > 0 GROUP BY {key}"
    )
    names = ", ".join(f"s.{column}" for column in shops.key.columns)
    same = " AND ".join(f"s.{column} = x.{column}" for column in shops.key.columns)
    rest = ", ".join(f"s.{name} - coalesce(x.{name}, 0) AS {name}" for name in ("shops", "turnover", "active_shops"))
    engine.table(
        "places",
        f"SELECT * FROM (SELECT {names}, {rest} FROM clean_sums AS s LEFT JOIN ({less}) AS x ON {same}) AS corrected "
        "WHERE shops > 0",
    )
    kinds = dict(
        engine.rows(
            f"SELECT CASE WHEN kinds > 1 THEN '{CONFLICT}' ELSE '{REPEAT}' END, sum(n) FROM excess "
            "WHERE shop IS NOT NULL AND n > 0 GROUP BY 1"
        )
    )
    taken = (
        f"SELECT CASE WHEN kinds > 1 THEN '{CONFLICT}' ELSE '{REPEAT}' END AS reason, file, "
        f"CAST(shop AS STRING) AS shop_id, {_shown(shops.key.columns)}, "
        f"CAST(amount AS STRING) AS annual_turnover_cny, CAST(yes AS STRING) AS active, n AS records "
        "FROM excess WHERE shop IS NOT NULL AND n > 0"
    )
    engine.view("rejected", _rejected(shops, taken))
    return {reason: int(count) for reason, count in kinds.items()}


def _add_up_parts(engine: Engine, shops: Shops) -> dict[str, int]:
    """A row is a day or category of a shop: repeats out, then a shop's year in each village, then the village."""
    key, part = shops.key.listed, ", ".join(f"{cleaned(name)} AS {name}" for name in shops.parts)
    parts = ", ".join(shops.parts)
    read = (
        f"SELECT {shops.shop} AS shop, {part}, {shops.amount} AS amount, {shops.active} AS yes, file, {shops.raw_key}"
    )
    met = f"SELECT * FROM ({read}, {shops.reason} AS reason FROM shops) AS r WHERE reason IS NULL"
    clean = shops.key.placed(f"({met}) AS met", shops.records, f"shop, {parts}, amount, yes, file")
    engine.table(
        "taken",
        f"SELECT shop, {parts}, {key}, CAST(amount AS {MONEY}) AS amount, yes, count(*) AS times, min(file) AS file "
        f"FROM ({clean}) AS clean GROUP BY shop, {parts}, {key}, CAST(amount AS {MONEY}), yes",
    )
    counted = f"SELECT *, count(*) OVER (PARTITION BY shop, {parts}) AS kinds FROM taken"
    engine.table("judged_parts", counted)
    years = (
        f"SELECT {key}, shop, sum(amount) AS amount, max(CASE WHEN yes THEN 1 ELSE 0 END) AS yes, "
        f"count(*) AS records, min(file) AS file FROM judged_parts WHERE kinds = 1 GROUP BY {key}, shop"
    )
    engine.table("years", years)
    many = "SELECT shop FROM years GROUP BY shop HAVING count(*) > 1"
    fault = (
        f"CASE WHEN shop IN ({many}) THEN '{MOVED}' WHEN amount < 0 THEN '{BELOW}' "
        f"WHEN amount > {MOST_CNY} THEN '{ABOVE}' END"
    )
    engine.table("faulty_years", f"SELECT *, {fault} AS reason FROM years WHERE {fault} IS NOT NULL")
    engine.table(
        "places",
        f"SELECT {key}, count(*) AS shops, sum(amount) AS turnover, sum(yes) AS active_shops FROM years "
        f"WHERE shop NOT IN (SELECT shop FROM faulty_years) GROUP BY {key}",
    )
    n = "CASE WHEN kinds > 1 THEN times ELSE times - 1 END"
    kind = f"CASE WHEN kinds > 1 THEN '{CONFLICT}' ELSE '{REPEAT}' END"
    counts = {"rows": engine.rows("SELECT count(*) FROM shops")[0][0]}
    counts |= dict(engine.rows(f"SELECT reason, count(*) FROM ({_reasons(shops)}) AS r GROUP BY reason ORDER BY 1"))
    counts |= {
        reason: int(count)
        for reason, count in engine.rows(f"SELECT {kind}, sum({n}) FROM judged_parts WHERE {n} > 0 GROUP BY 1")
    }
    counts |= {
        reason: int(count)
        for reason, count in engine.rows("SELECT reason, sum(records) FROM faulty_years GROUP BY reason")
    }
    taken = (
        f"SELECT {kind} AS reason, file, CAST(shop AS STRING) AS shop_id, {_shown(shops.key.columns, shops.parts)}, "
        f"CAST(amount AS STRING) AS annual_turnover_cny, CAST(yes AS STRING) AS active, {n} AS records "
        f"FROM judged_parts WHERE {n} > 0"
    )
    taken += (
        f" UNION ALL SELECT reason, file, CAST(shop AS STRING) AS shop_id, {_shown(shops.key.columns)}, "
        f"CAST(amount AS STRING) AS annual_turnover_cny, CAST(yes = 1 AS STRING) AS active, records FROM faulty_years"
    )
    engine.view("rejected", _rejected(shops, taken))
    return counts


def _reasons(shops: Shops) -> str:
    return f"SELECT * FROM (SELECT *, {shops.reason} AS reason FROM shops) AS r WHERE reason IS NOT NULL"


def _rejected(shops: Shops, taken: str) -> str:
    """Every row left out: ``reason``, ``records`` (how many such rows) and the cells as they are written."""
    cells = ", ".join(f"coalesce(CAST({name} AS STRING), '') AS {name}" for name in ("annual_turnover_cny", "active"))
    known = tuple(column for column in (*NAMES, CODE) if shops.records.has(column))
    bad = (
        f"SELECT reason, file, coalesce(CAST(shop_id AS STRING), '') AS shop_id, {_shown(known, shops.parts)}, "
        f"{cells}, 1 AS records FROM ({_reasons(shops)}) AS bad"
    )
    return f"{bad} UNION ALL {taken}" if taken else bad


def _shown(known: tuple[str, ...], parts: tuple[str, ...] = ()) -> str:
    """The columns of a place and a part as text, empty where the rows have none; a shop has no households."""
    columns = [
        f"coalesce(CAST({name} AS STRING), '') AS {name}" if name in (*known, *parts) else f"'' AS {name}"
        for name in (*NAMES, CODE, *PART_COLUMNS)
    ]
    return ", ".join([*columns, "'' AS households"])
