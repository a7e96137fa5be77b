"""Which places are Taobao villages, and which nearly are, with the reasons."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from taobao_research.errors import InputError
from taobao_research.identify.engines import Engine
from taobao_research.identify.keys import Key, code_of
from taobao_research.identify.records import CODE, NAMES, Records
from taobao_research.identify.thresholds import NEAR, Thresholds

Names = tuple[str, ...]
SHOWN = 5


class Village(NamedTuple):
    """A place with its figures: ``fen`` is exact, ``households`` None where unknown."""

    names: Names
    code: int | None
    shops: int
    fen: int
    active_shops: int
    households: int | None


@dataclass(frozen=True)
class Found:
    """Taobao villages and near misses, by names, and how many places there were; ``undecided``: enough turnover, too
    few shops by number, and households unknown; ``renamed_codes``: codes with more than one name."""

    villages: list[Village]
    near: list[Village]
    places: int
    undecided: int
    unknown_households: int
    several_names: list[int] = field(default_factory=list)


def find_villages(engine: Engine, key: Key, shops: Records, register: Records | None, limits: Thresholds) -> Found:
    """Judge every place of the table ``places`` by ``households``; makes the table ``chosen`` of those that meet or
    nearly meet the criteria. ``register``: records that name the codes."""
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
    places = engine.rows("SELECT count(*) FROM places")[0][0]
    unknown = engine.rows("SELECT count(*) - count(households) FROM judged")[0][0]
    open_cases = engine.rows("SELECT count(*) FROM chosen WHERE undecided")[0][0]
    labels, several = _labels(engine, key, shops, register) if key.by_code else ({}, [])
    rows = engine.rows(f"SELECT {key.listed}, shops, turnover, active_shops, households, taobao FROM chosen")
    villages, near = [], []
    for *place, number, turnover, active, households, taobao in rows:
        names = labels[place[0]] if key.by_code else tuple(place)
        code = int(place[0]) if key.by_code else None
        village = Village(names, code, int(number), int(turnover * 100), int(active), households)
        (villages if taobao else near).append(village)
    for group in (villages, near):
        group.sort(key=lambda village: village.names)
    _refuse_shared_names([*villages, *near])
    return Found(villages, near, places, open_cases, unknown, several)


def _labels(engine: Engine, key: Key, shops: Records, register: Records | None) -> tuple[dict[int, Names], list[int]]:
    """The names of the chosen codes: from the register of households, else from the first file that has the code.

    Of several names for a code in one source the first by order is taken; such codes are returned too.
    """
    engine.table("wanted", f"SELECT {CODE} AS wanted_code FROM chosen")
    labels: dict[int, Names] = {}
    several: list[int] = []
    wanted = engine.rows("SELECT count(*) FROM wanted")[0][0]
    sources = [(register, register.files)] if register else []
    sources += [(shops, (file,)) for file in shops.files]
    for records, files in sources:
        if len(labels) == wanted:
            break
        engine.read("labelling", records, files)
        few = f"SELECT *, {code_of(records)} AS label_code FROM labelling"
        few = f"(SELECT * FROM ({few}) AS labelled WHERE label_code IN (SELECT wanted_code FROM wanted)) AS few"
        named = key.named(few, "label_code")
        found: dict[int, list[Names]] = {}
        for label, *names in engine.rows(f"SELECT DISTINCT label_code, {', '.join(NAMES)} FROM ({named}) AS named"):
            found.setdefault(label, []).append(tuple(names))
        several += sorted(label for label, names in found.items() if len(names) > 1 and label not in labels)
        labels = {label: min(names) for label, names in found.items()} | labels
    if len(labels) < wanted:
        nameless = [row[0] for row in engine.rows("SELECT wanted_code FROM wanted ORDER BY 1") if row[0] not in labels]
        raise InputError(
            f"{CODE}: {len(nameless):,} codes without names, such as {', '.join(map(str, nameless[:SHOWN]))}. "
            f"Give their names in a file of --households with the column {CODE}. Nothing was written."
        )
    return labels, several


def _refuse_shared_names(villages: Iterable[Village]) -> None:
    seen: dict[Names, Village] = {}
    for village in villages:
        if (other := seen.setdefault(village.names, village)) is not village:
            raise InputError(
                f"{CODE}: {other.code} and {village.code} have the same names, {'/'.join(village.names)}. "
                "Tell them apart by name, or leave the code out to count them as one. Nothing was written."
            )


def yuan(fen: int) -> str:
    """Fen as yuan, exactly.

    >>> yuan(1_000_000_000), yuan(999_999_999)
    ('10000000', '9999999.99')
    """
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def reasons(village: Village, limits: Thresholds) -> str:
    """Each criterion with the figure and how it compares, in words for a table.

    >>> from taobao_research.identify.thresholds import thresholds_of
    >>> from taobao_research.params import Params
    >>> reasons(Village((), None, 120, 999_999_999, 99, 990), thresholds_of(Params()))
    'turnover 9999999.99 yuan < 10000000; 99 active shops < 100; 99 shops for 990 households >= 0.1 of them'
    """
    share, active, households = limits.household_share, village.active_shops, village.households
    enough = village.fen >= limits.turnover_cny * 100
    words = f"turnover {yuan(village.fen)} yuan {_sign(enough)} {limits.turnover_cny}"
    words += f"; {active} active shops {_sign(active >= limits.shops)} {limits.shops}; "
    if households is None:
        return f"{words}households unknown"
    enough = active * share.denominator >= share.numerator * households
    return f"{words}{active} shops for {households} households {_sign(enough)} {float(share):g} of them"


def _sign(reached: bool) -> str:
    return ">=" if reached else "<"
