"""The peak of memory of a program that a test starts (Linux)."""

import sys

import pytest

reads_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
# Not getrusage, which counts what the process that started the program held.
PEAK = """
def peak():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024
"""
