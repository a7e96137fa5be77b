"""Shop records of any size, made up and seeded, written file by file, with the answer counted while they are made.

Every village, shop and figure is SIMULATED: names are numbers, and nothing here is data on any place.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

PART = 5_000_000  # rows of a file, all that is in memory at a time
TOWNS_OF_A_COUNTY = 14
LOCAL = "printf('{}-%0{}d', {})"


@dataclass(frozen=True)
class Records:
    """``shops``: the files; ``households``: the file of all villages; ``tally``: one row per village with its code,
    ``county`` and ``town`` (numbers), ``fen``, ``active_shops`` and ``households``, as counted on the way."""

    shops: list[Path]
    households: Path
    tally: pd.DataFrame

    def taobao_villages(self, min_fen: int = 10**9, min_shops: int = 100) -> pd.DataFrame:
        """The villages that meet the report's criteria, by whole numbers alone (a tenth of the households)."""
        enough = (self.tally["active_shops"] >= min_shops) | (
            10 * self.tally["active_shops"] >= self.tally["households"]
        )
        return self.tally[(self.tally["fen"] >= min_fen) & enough]


def make(
    folder: Path, rows: int, villages: int = 600_000, seed: int = 1, part: int = PART, form: str = "parquet",
    fen: bool = False, text_ids: bool = False,
) -> Records:  # fmt: skip
    """Write ``rows`` shops of ``villages`` villages below ``folder``; with ``fen`` the turnover is no whole yuan."""
    random = np.random.default_rng(seed)
    shops = folder / "shops"
    shops.mkdir(parents=True)
    counties = max(1, villages * 2800 // 600_000)
    county = np.sort(random.integers(0, counties, villages))
    town = county * TOWNS_OF_A_COUNTY + random.integers(0, TOWNS_OF_A_COUNTY, villages)
    town.sort()
    county = town // TOWNS_OF_A_COUNTY
    first = np.searchsorted(town, town)
    code = town.astype(np.int64) * 1000 + np.arange(villages) - first
    households = random.integers(150, 2500, villages)
    weights = np.cumsum(random.lognormal(0, 1.6, villages) * random.lognormal(0, 0.8, county.max() + 1)[county])
    weights /= weights[-1]
    sums, active_shops = np.zeros(villages, np.int64), np.zeros(villages, np.int64)
    with duckdb.connect() as database:
        database.execute("SET memory_limit = '1GB'; SET threads = 1; SET preserve_insertion_order = false")
        places = pd.DataFrame({"village_code": code, "county_number": county, "town_number": town % TOWNS_OF_A_COUNTY,
                               "village_number": np.arange(villages) - first, "households": households})  # fmt: skip
        places["city_number"] = places["county_number"] * 340 // 2800
        places["province_number"] = places["city_number"] * 31 // 340
        database.register("places", places)
        names = ", ".join(
            f"{LOCAL.format(level.title(), digits, f'{level}_number')} AS {level}"
            for level, digits in (("province", 2), ("city", 3), ("county", 4), ("town", 2), ("village", 3))
        )
        database.execute(f"CREATE TABLE named AS SELECT village_code, {names}, households FROM places")
        options = "FORMAT parquet, COMPRESSION zstd" if form == "parquet" else "FORMAT csv, HEADER"
        copy = "COPY (SELECT {} FROM {}) TO '{}' ({})"
        village_table = folder / f"households.{form}"
        columns = "village_code, province, city, county, town, village, households"
        database.execute(copy.format(columns, "named", village_table, options))
        files = []
        for number, begin in enumerate(range(0, rows, part)):
            count = min(part, rows - begin)
            at = np.searchsorted(weights, random.random(count)).clip(0, villages - 1)
            turnover = random.lognormal(10.5, 1.5, count) * 100
            turnover = turnover.astype(np.int64) if fen else turnover.astype(np.int64) // 100 * 100
            active = random.random(count) < 0.7
            np.add.at(sums, at, turnover)
            active_shops += np.bincount(at[active], minlength=villages)
            drawn = pd.DataFrame({"shop": np.arange(begin, begin + count), "village_code": code[at],
                                  "turnover": turnover, "active": active})  # fmt: skip
            database.register("drawn", drawn)
            shop = "printf('S%010d', shop) AS shop_id" if text_ids else "shop AS shop_id"
            money = "CAST(turnover AS DECIMAL(18, 0)) / 100" if fen else "turnover // 100"
            money = f"CAST({money} AS {'DECIMAL(18, 2)' if fen else 'BIGINT'}) AS annual_turnover_cny"
            if fen:
                money = "CAST(turnover // 100 AS DECIMAL(18, 2)) + CAST(turnover % 100 AS DECIMAL(18, 2)) * 0.01"
                money = f"CAST({money} AS DECIMAL(18, 2)) AS annual_turnover_cny"
            columns = f"{shop}, province, city, county, town, village, village_code, {money}, active"
            files.append(shops / f"part-{number:03d}.{form}")
            source = "drawn JOIN named USING (village_code)"
            database.execute(copy.format(columns, source, files[-1], options))
    tally = pd.DataFrame({"village_code": code, "county": county, "town": town, "fen": sums,
                          "active_shops": active_shops, "households": households})  # fmt: skip
    return Records(files, village_table, tally)
