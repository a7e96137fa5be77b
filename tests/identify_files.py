"""Small files of shop records, and what ``identify`` writes for them. All places and figures are made up."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from taobao_research.identify.run import Identified, Job, identify
from taobao_research.params import Params

NAMES = ("province", "city", "county", "town", "village")
SHOP = ("shop_id", *NAMES, "annual_turnover_cny", "active")
HOUSEHOLDS = (*NAMES, "households")
PLACE = ("甲省", "乙市", "丙县", "丁镇")

Row = tuple[object, ...]


def write(path: Path, header: Iterable[str], rows: Iterable[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def shops_of(village: str, active: int, turnover: str, closed: int = 0, place: tuple[str, ...] = PLACE) -> list[Row]:
    """``active`` shops, the first with all the turnover, and ``closed`` ones without any."""
    name = "/".join((*place, village))
    rows: list[Row] = [
        (f"{name}-{n}", *place, village, turnover if n == 0 else "0", "1" if n < active else "0")
        for n in range(active + closed)
    ]
    return rows


def run(
    folder: Path, rows: Iterable[Row], households: Iterable[Row] | None = None, header: Iterable[str] = SHOP,
    params: Params | None = None, **options: Any,
) -> tuple[Identified, dict[str, list[dict[str, str]]]]:  # fmt: skip
    """The result, and the tables read back by name."""
    shops = write(folder / "shops.csv", header, rows)
    given = (
        {"households": (write(folder / "households.csv", HOUSEHOLDS, households),)} if households is not None else {}
    )
    result = identify(Job((shops,), params or Params(), **given, **options), folder / "out")
    return result, tables(folder / "out")


def tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for path in folder.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def sums(found: dict[str, list[dict[str, str]]]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Fen and active shops of each Taobao village, by names."""
    return {
        tuple(row[name] for name in NAMES): (int(Decimal(row["turnover_cny"]) * 100), int(row["active_shops"]))
        for row in found["reasons"]
    }


def villages(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["village"] for row in found["villages"]]
