"""How fast Moran's I is permuted over all counties, as ratios in one run.

    python benchmarks/space.py [--year 2015] [--permutations 9999] [--rounds 3]

The floor is drawing the permutations alone; the loop multiplies a sparse matrix by each. See README.md.
"""

import argparse
from collections.abc import Callable

import numpy as np
from rounds import compare
from scipy.sparse import csr_matrix

from taobao_research.measures.autocorrelation import permuted_sums
from taobao_research.measures.neighbours import Weights, nearest
from taobao_research.params import params_of
from taobao_research.tables.study import Study


def floor(counts: np.ndarray, permutations: int) -> None:
    rng = np.random.default_rng(1)
    for _ in range(permutations):
        rng.permutation(counts)


def loop(counts: np.ndarray, weights: Weights, permutations: int) -> None:
    n, place = len(counts), np.nonzero(weights.neighbours < len(counts))
    values = np.broadcast_to(weights.each, weights.neighbours.shape)[place]
    matrix = csr_matrix((values, (place[0], weights.neighbours[place])), (n, n))
    rng, deviation = np.random.default_rng(1), counts - counts.mean()
    for _ in range(permutations):
        drawn = rng.permutation(deviation)
        drawn @ (matrix @ drawn)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", type=int, default=2015)
    parser.add_argument("--permutations", type=int, default=9999)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    units = Study(params_of(given.year)).at_points
    counts = units[str(given.year)].to_numpy()
    weights = nearest(units["lon"].to_numpy(), units["lat"].to_numpy(), 6)
    ways: dict[str, Callable[[], object]] = {
        "floor": lambda: floor(counts, given.permutations),
        "ours": lambda: permuted_sums([counts], [weights], given.permutations, 1),
        "loop": lambda: loop(counts, weights, given.permutations),
    }
    compare(ways, given.rounds, "floor", {})


if __name__ == "__main__":
    main()
