"""The floor: the notebooks' cells as plain Python, in copies of one warm process, as many at a time as cores."""

import gc
import json
import os
import sys
from pathlib import Path

from taobao_research.params import params_of
from taobao_research.paths import find_project
from taobao_research.reports.zygote import preload

SLOWEST_FIRST = ("2.2", "2.1", "0", "4.2", "1.1", "3.1", "A", "1.A", "2.3")


def cells_of(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def execute(path: Path, year: int) -> None:
    names: dict = {}
    first, *rest = cells_of(path)
    exec(first, names)
    names.update(params_of(year).model_dump())
    for source in rest:
        exec(source, names)


def main() -> None:
    gc.disable()
    preload()
    gc.freeze()
    gc.enable()
    order = {number: place for place, number in enumerate(SLOWEST_FIRST)}
    paths = sorted(find_project().notebooks.glob("*.ipynb"), key=lambda path: order.get(path.stem.split("_")[0], 99))
    waiting = [(path, int(year)) for path in paths for year in sys.argv[1:]]
    running = 0
    while waiting or running:
        while waiting and running < len(os.sched_getaffinity(0)):
            job = waiting.pop(0)
            if os.fork() == 0:
                execute(*job)
                sys.stdout.flush()
                os._exit(0)
            running += 1
        _, status = os.wait()
        running -= 1
        if status:
            sys.exit("a notebook failed")


if __name__ == "__main__":
    main()
