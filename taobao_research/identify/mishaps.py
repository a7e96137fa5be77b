"""What an engine says when it stops, as one message of ours: what, where, what to do."""

import re
from pathlib import Path

from taobao_research.paths import shown

NOTHING = "Nothing was written."
FULL_DISK = re.compile("No space left|max_temp_directory_size|offload data block|write all bytes", re.I)


def explained(words: str, threads: int, memory_mb: int) -> str:
    """DuckDB's words on a file it cannot read, or on what it cannot hold.

    >>> explained("CSV Error on Line: 7\\nExpected Number of Columns: 8 Found: 9\\n\\n  file = /a/shops.csv\\n", 2, 320)
    'shops.csv: line 7: 9 cells, and 8 in the header. Mend it (a comma in a cell needs quotes). Nothing was written.'
    """
    named = re.search(r"^  file = (.+)$", words, re.M)
    where = f"{shown(Path(named[1]))}: " if named else ""
    if line := re.search(r"CSV Error on Line: (\d+)", words):
        return f"{where}line {line[1]}: {_of_a_line(words)} {NOTHING}"
    if "CSV Parser state machine" in words:
        return f"{where}lines that end in two ways (CR LF and LF), or a quote out of place. Save it anew. {NOTHING}"
    if "Out of Memory" in words or "could not allocate" in words:
        with_threads = f"with {threads} threads in {memory_mb} MiB. Lower --threads or raise --memory-mb."
        alone = f"with one thread in {memory_mb} MiB. Raise --memory-mb."
        return f"duckdb: out of memory, {with_threads if threads > 1 else alone} {NOTHING}"
    if FULL_DISK.search(words):
        return f"duckdb: no room left for what does not fit in memory. Make room on the disk of --out. {NOTHING}"
    return f"duckdb stopped: {first_line(words)} {NOTHING}"


def _of_a_line(words: str) -> str:
    if cells := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", words):
        return f"{cells[2]} cells, and {cells[1]} in the header. Mend it (a comma in a cell needs quotes)."
    if "unterminated quote" in words:
        return 'a quote that is not closed, or letters after the quote that closes. Mend it (a quote in a cell is "").'
    if "Invalid unicode" in words:
        return "not UTF-8. Save the file as UTF-8."
    if "Maximum line size" in words:
        return "longer than two million bytes. Look for a quote that is not closed."
    return "cannot be read as a row of cells with commas between them. Mend it."


def first_line(words: str) -> str:
    """In one line, without the folders of this machine."""
    line = " ".join(words.split("\n\n")[0].split())
    return " ".join(shown(Path(word.strip("\"'"))) if "/" in word else word for word in line.split())[:400]
