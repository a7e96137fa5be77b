"""Rows of a list that are no places: totals, notes, page numbers, page breaks, headings of groups."""

import re

from taobao_research.tables.imports.names import Known

TOTAL = re.compile(
    r".*(合计|总计|共计|小计)[:：]?(\d[\d,]*(个|村|个村)?)?|(grand |sub)?-?totals?\b.*|sum", re.IGNORECASE
)
GRAND = re.compile(r"(全国|全部)?(合计|总计|共计)[:：]?(\d[\d,]*)?.*|(grand )?total\b.*", re.IGNORECASE)
NOTE = re.compile(
    r"(附?注|备注|说明|资料来源|数据来源|来源|注释|notes?|sources?|remarks?)\s*\d*[:：.,、;)].*|\*+\s?(为|表示|指|注|[:：=]|[a-z]{2,}).*",
    re.IGNORECASE | re.DOTALL,
)
PAGE = re.compile(
    r"[-—–·]*\s*\d{1,4}\s*[-—–·]*|第?\s*\d{1,4}\s*页?[,，\s]*([/共]|of)?\s*[共/]?\s*\d{0,4}\s*页?|page\s*\d+.*|p\.?\s*\d+",
    re.IGNORECASE,
)
CONTINUED = re.compile(
    r".*[(（]续(表|上表|前表|上页)?\d*[)）]|.*续表\s*\d*|(接上页|续上表).*|.*\(?continued\)?|.*\(cont\.?\)",
    re.IGNORECASE,
)
NUMBERS = re.compile(r"\d[\d,]*")


def aside(texts: list[str], read: dict[str, str], known: Known) -> str:
    """Why a row is no place of the list; nothing where it may be one.

    ``texts`` are the row's filled cells, tidied; ``read`` is what stands in the columns that are read.
    """
    first, alone = texts[0], len(texts) == 1
    if not (read.get("county") and read.get("village")) and any(TOTAL.fullmatch(text) for text in texts):
        return "a total, not a place"
    if CONTINUED.fullmatch(first) and alone:
        return "a line that says the table goes on"
    if NOTE.fullmatch(first) and len(set(texts)) == 1:
        return "a note under the table"
    if alone and PAGE.fullmatch(first):
        return "a page number"
    if alone and known.province(first):
        return "a province alone (page break, or heading of a group)"
    if not any(read.values()):
        return "nothing in the columns that are read"
    return ""


def total_in(texts: list[str]) -> int | None:
    """The grand total that a row of totals prints; None where it prints none, or several figures."""
    if not any(GRAND.fullmatch(text) for text in texts):
        return None
    figures = [each for text in texts for each in NUMBERS.findall(text)]
    return int(figures[0].replace(",", "")) if len(figures) == 1 else None
