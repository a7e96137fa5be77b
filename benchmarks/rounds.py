"""Ways of doing the same in this process, in turn in each round, as ratios."""

import statistics
import time
from collections.abc import Callable


def compare(ways: dict[str, Callable[[], object]], rounds: int, yardstick: str, scale: dict[str, float]) -> None:
    """Print the median seconds of each way, and over those of ``yardstick``; ``scale``: of a way that does less."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            begun = time.perf_counter()
            work()
            times[name].append((time.perf_counter() - begun) * scale.get(name, 1))
    middle = {name: statistics.median(each) for name, each in times.items()}
    for name, each in middle.items():
        print(f"{name:<6}{each:10.2f} s   {each / middle[yardstick]:8.2f} of {yardstick}")
