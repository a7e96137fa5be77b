"""The notebooks show the same on an emulated machine; ``make portable`` asks all of them on all such machines."""

import sys

import pytest

from taobao_research.reports.machine import fingerprint
from tests import portable

FITS = ("2.2", "C", "F")  # regressions, mixed models, robust and count models


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or not {"X86_V3", "AVX2"} & {*portable.SIMD.get("found", [])},
    reason="emulates a processor without AVX2 on Linux on one with it",
)
def test_fits_show_the_same_on_an_old_processor() -> None:
    computes_as, found = portable.run("an old processor", FITS)
    assert computes_as != fingerprint(), "nothing was emulated"
    assert found == []
