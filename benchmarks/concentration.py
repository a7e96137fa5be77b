"""How fast lists are drawn again for the intervals of concentration, as ratios in one run.

    python benchmarks/concentration.py [--year 2016] [--resamples 9999] [--rounds 3]

The floor is drawing the villages alone; the loop computes the same indices draw by draw on tables. Its draws are fewer
and the time is scaled up. See README.md.
"""

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd
from rounds import compare

from taobao_research.measures import concentration as index_of
from taobao_research.measures import redrawing
from taobao_research.measures.change import LEVELS
from taobao_research.measures.definitions import TOWN
from taobao_research.params import params_of
from taobao_research.tables.study import Study

LOOPED = 100  # draws of the loop


def floor(villages: pd.DataFrame, resamples: int) -> None:
    counts = villages.groupby(TOWN)["villages"].sum().to_numpy()
    np.random.default_rng(1).multinomial(counts.sum(), counts / counts.sum(), size=resamples)


def loop(villages: pd.DataFrame, frame: pd.DataFrame, resamples: int) -> None:
    """Draw by draw: villages as rows drawn with replacement, counted by place, every index of ``redrawing``."""
    rng = np.random.default_rng(1)
    rows = villages.loc[villages.index.repeat(villages["villages"])].assign(villages=1)
    names = sorted({*rows["region"], *frame["region"]})
    for _ in range(resamples):
        drawn = rows.iloc[rng.integers(len(rows), size=len(rows))]
        for unit, keys in LEVELS.items():
            places = drawn.groupby(keys).agg(villages=("villages", "sum"), region=("region", "first"))
            counts, regions = places["villages"].to_numpy(), np.searchsorted(names, places["region"])
            own = frame[frame["unit"] == unit]
            sizes = [own[own["zeros"] == zeros].groupby("region")["places"].sum() for zeros in own["zeros"].unique()]
            for size in (places["region"].value_counts(), *sizes):
                of_region = size.reindex(names, fill_value=0).to_numpy()
                index_of.gini(counts, of_region.sum())
                index_of.theil(counts, of_region.sum())
                index_of.theil_between(counts, regions, of_region)
            index_of.herfindahl(counts)
            for k in (1, 4, 10):
                index_of.leading_share(counts, k)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", type=int, default=2016)
    parser.add_argument("--resamples", type=int, default=9999)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    study = Study(params_of(given.year))
    villages, frame = study.lists[given.year], redrawing.frames(study.mainland, study.all_provinces)
    ways: dict[str, Callable[[], object]] = {
        "floor": lambda: floor(villages, given.resamples),
        "ours": lambda: redrawing.redrawn(villages, frame, 10, given.resamples, 1),
        "loop": lambda: loop(villages, frame, LOOPED),
    }
    compare(ways, given.rounds, "ours", {"loop": given.resamples / LOOPED})


if __name__ == "__main__":
    main()
