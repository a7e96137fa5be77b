"""Whether figures are drawn as vectors beside the pictures: where a report is published, and nowhere else.

An environment variable says it, so that a kernel which this process starts knows it too. Imports nothing of the
project.
"""

import os

WANTED = "TAOBAO_RESEARCH_VECTORS"


def want_vectors(wanted: bool) -> None:
    """From now on, this process and those it starts draw vectors or do not."""
    os.environ[WANTED] = "1" if wanted else ""


def vectors_wanted() -> bool:
    return bool(os.environ.get(WANTED))
