"""Which places are Taobao villages, and which nearly are, with the reasons."""

from dataclasses import dataclass, field

from taobao_research.errors import InputError
from taobao_research.identify.engines import Engine
from taobao_research.identify.keys import Key, code_of
from taobao_research.identify.records import CODE, NAMES, Records
from taobao_research.identify.thresholds import NEAR, Thresholds
from taobao_research.identify.values import yuan

SHOWN = 5
LISTED = ", ".join(NAMES)


@dataclass(frozen=True)
class Found:
    """How many Taobao villages, near misses and places with shops there are; the table ``found`` has the first two.

    ``undecided``: enough turnover, too few shops by number, and households unknown; ``several_names``: codes with more
    than one name; ``provinces``: of the Taobao villages.
    """

    villages: int
    near: int
    places: int
    undecided: int
    unknown_households: int
    provinces: list[str]
    several_names: list[int] = field(default_factory=list)


def find_villages(engine: Engine, key: Key, shops: Records, register: Records | None, limits: Thresholds) -> Found:
    """Judge every place of the table ``places`` by ``households``; makes the table ``found`` of those that meet or
    nearly meet the criteria: names, code, figures, ``taobao``, and the reason in words. ``register``: records that
    name the codes."""
    same = " AND ".join(f"p.{column} = h.{column}" for column in key.columns)
    columns = ", ".join(f"p.{column}" for column in key.columns)
    enough, nearly = limits.enough_turnover("turnover"), limits.enough_turnover("turnover", NEAR)
    by_shops = limits.enough_shops("active_shops", "households")
    near_shops = limits.enough_shops("active_shops", "households", NEAR)
    some = int(limits.household_share > 0)  # no active shop is no tenth of any households
    undecided = f"({enough} AND households IS NULL AND active_shops >= {some} AND NOT {by_shops})"
    asked = f"(SELECT * FROM places WHERE {nearly})"  # a few: no other place meets the criteria, or nearly
    engine.table(
        "judged",
        f"SELECT {columns}, p.shops, p.turnover, p.active_shops, h.households FROM {asked} AS p "
        f"LEFT JOIN households AS h ON {same}",
    )
    engine.table(
        "chosen",
        f"SELECT *, {enough} AND {by_shops} AS taobao, {undecided} AS undecided FROM judged "
        f"WHERE {near_shops} OR {undecided}",
    )
    several = _label(engine, key, shops, register) if key.by_code else []
    source = f"chosen JOIN labels ON {CODE} = label_code" if key.by_code else "chosen"
    code = CODE if key.by_code else f"CAST(NULL AS BIGINT) AS {CODE}"
    figures = "shops, CAST(turnover AS DECIMAL(38, 2)) AS turnover_cny, active_shops, households"
    named = f"SELECT {LISTED}, {code}, {figures}, taobao FROM {source}"
    engine.table("found", f"SELECT *, {reasons(limits)} AS reason FROM ({named}) AS named")
    if key.by_code:
        _refuse_shared_names(engine)
    places = engine.rows("SELECT count(*) FROM places")[0][0]
    unknown = engine.rows("SELECT count(*) - count(households) FROM judged")[0][0]
    open_cases = engine.rows("SELECT count(*) FROM chosen WHERE undecided")[0][0]
    counted = dict(engine.rows("SELECT taobao, count(*) FROM found GROUP BY taobao"))
    provinces = [row[0] for row in engine.rows("SELECT DISTINCT province FROM found WHERE taobao ORDER BY 1")]
    return Found(counted.get(True, 0), counted.get(False, 0), places, open_cases, unknown, provinces, several)


def _label(engine: Engine, key: Key, shops: Records, register: Records | None) -> list[int]:
    """Make the table ``labels``: the names of the chosen codes, from the register of households, else from the first
    file that has the code. Returns codes that have several names there.

    Of several names the one of most rows is taken, the first by order of those alike.
    """
    engine.table("wanted", f"SELECT {CODE} AS label_code FROM chosen")
    wanted = engine.rows("SELECT count(*) FROM wanted")[0][0]
    sources = [(register, register.files)] if register else []
    sources += [(shops, (file,)) for file in shops.files]
    parts: list[str] = []
    nameless = "SELECT label_code FROM wanted"
    for number, (records, files) in enumerate(sources):
        engine.read("labelling", records, files)
        few = f"SELECT *, {code_of(records)} AS label_code FROM labelling"
        few = f"(SELECT * FROM ({few}) AS labelled WHERE label_code IN ({nameless})) AS few"
        counted = f"SELECT label_code, {LISTED}, count(*) AS often FROM ({key.named(few, 'label_code')}) AS named "
        counted += f"GROUP BY label_code, {LISTED}"
        over = "OVER (PARTITION BY label_code"
        ranked = f"SELECT *, row_number() {over} ORDER BY often DESC, {LISTED}) AS place, count(*) {over}) AS others"
        part = f"labels_{number}"
        engine.table(part, f"SELECT * FROM ({ranked} FROM ({counted}) AS counted) AS ranked WHERE place = 1")
        parts.append(f"SELECT label_code, {LISTED}, others FROM {part}")
        engine.view("labels", " UNION ALL ".join(parts))
        nameless = "SELECT label_code FROM wanted WHERE label_code NOT IN (SELECT label_code FROM labels)"
        if engine.rows("SELECT count(*) FROM labels")[0][0] == wanted:
            break
    else:
        codes = [row[0] for row in engine.rows(f"{nameless} ORDER BY 1")]
        raise InputError(
            f"{CODE}: {len(codes):,} codes without names, such as {', '.join(map(str, codes[:SHOWN]))}. "
            f"Give their names in a file of --households with the column {CODE}. Nothing was written."
        )
    return [row[0] for row in engine.rows("SELECT label_code FROM labels WHERE others > 1 ORDER BY 1")]


def _refuse_shared_names(engine: Engine) -> None:
    alike = f"SELECT {LISTED}, min({CODE}), max({CODE}) FROM found GROUP BY {LISTED} HAVING count(*) > 1"
    for *names, one, other in engine.rows(f"{alike} ORDER BY {LISTED} LIMIT 1"):
        raise InputError(
            f"{CODE}: {one} and {other} have the same names, {'/'.join(names)}. "
            "Tell them apart by name, or leave the code out to count them as one. Nothing was written."
        )


def reasons(limits: Thresholds) -> str:
    """SQL: each criterion with the figure and how it compares, in words for a table.

    >>> import duckdb
    >>> from taobao_research.identify.thresholds import thresholds_of
    >>> from taobao_research.params import Params
    >>> place = "SELECT 9999999.99 AS turnover_cny, 99 AS active_shops, 990 AS households"
    >>> duckdb.sql(f"SELECT {reasons(thresholds_of(Params()))} FROM ({place})").fetchall()[0][0]
    'turnover 9999999.99 yuan < 10000000; 99 active shops < 100; 99 shops for 990 households >= 0.1 of them'
    """
    share, active = limits.household_share, "CAST(active_shops AS STRING)"
    of_households = limits.enough_households("active_shops", "households")
    houses = f"{active}, ' shops for ', CAST(households AS STRING), ' households ', {_sign(of_households)}"
    return (
        f"concat('turnover ', {yuan('turnover_cny')}, ' yuan ', {_sign(limits.enough_turnover('turnover_cny'))}, "
        f"' {limits.turnover_cny}; ', {active}, ' active shops ', {_sign(f'active_shops >= {limits.shops}')}, "
        f"' {limits.shops}; ', CASE WHEN households IS NULL THEN 'households unknown' "
        f"ELSE concat({houses}, ' {float(share):.15g} of them') END)"
    )


def _sign(reached: str) -> str:
    return f"CASE WHEN {reached} THEN '>=' ELSE '<' END"
