"""How fast a correlation is drawn again, as ratios in one run.

    python benchmarks/bootstrap.py [--places 780] [--resamples 10000] [--rounds 3]

The loop asks scipy for the correlation of each draw; all ways take the same draws. See README.md.
"""

import argparse
from collections.abc import Callable

import numpy as np
from rounds import compare
from scipy import stats

from taobao_research.measures.bivariate import pearson, spearman
from taobao_research.measures.intervals import bootstrap_interval


def loop(statistic: Callable, x: np.ndarray, y: np.ndarray, resamples: int) -> None:
    rng = np.random.default_rng(1)
    values = []
    for _ in range(resamples):
        draw = (rng.random(len(x)) * len(x)).astype(int)
        values.append(statistic(x[draw], y[draw]).statistic)
    np.percentile(values, [2.5, 97.5])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=780)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rng = np.random.default_rng(2)
    x = rng.normal(size=given.places)
    y = x + rng.normal(size=given.places)
    one = np.repeat("a", given.places)
    for name, ours, theirs in (("Pearson", pearson, stats.pearsonr), ("Spearman", spearman, stats.spearmanr)):
        print(name)
        ways: dict[str, Callable[[], object]] = {
            "ours": lambda ours=ours: bootstrap_interval(ours, x, y, one, given.resamples, 1),
            "loop": lambda theirs=theirs: loop(theirs, x, y, given.resamples),
        }
        compare(ways, given.rounds, "ours", {})


if __name__ == "__main__":
    main()
