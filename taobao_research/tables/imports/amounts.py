"""Numbers as lists write them: 1,200 or 1200万 or 1.2亿元."""

import re
from decimal import ROUND_HALF_UP, Decimal

from taobao_research.tables.imports.units import UNITS

NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,17})?(亿|万)?")
MONEY, COUNT = re.compile(r"(元|人民币|元人民币)$"), re.compile(r"[家户个]$")


class NotANumberError(ValueError):
    """Says why a cell is not read as a number."""


def amount(text: str, unit: str = "", money: bool = False) -> tuple[int, str]:
    """The number a cell holds, in whole units, and a remark on what was done to it, if anything.

    ``unit`` (元, 万, 亿 ...) is that of the column; a cell that names 万 or 亿 itself goes by its own.

    >>> amount("1,200"), amount("1200", "万"), amount("1200万", "元", money=True)
    ((1200, ''), (12000000, ''), (12000000, "the cell's own unit 万"))
    """
    bare = text.replace(" ", "")
    words = (MONEY if money else COUNT).search(bare)
    found = NUMBER.fullmatch(bare[: words.start()] if words else bare)
    if not found:
        raise NotANumberError(
            "not a plain number, such as 1200 or 1,200 or 1200万; words and signs around it are not read"
        )
    digits, decimals, own = found.groups()
    if words and money and not own and unit not in ("", "元"):
        raise NotANumberError(f"the cell says 元, the column says {unit}; write the number alone")
    value = Decimal(digits.replace(",", "") + (decimals or "")) * UNITS[own or unit or "元"]
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    if whole != value and not money:
        raise NotANumberError("a count is a whole number")
    remarks = [f"the cell's own unit {own}"] if own and own != unit else []
    remarks += ["rounded to a whole number"] if whole != value else []
    return int(whole), "; ".join(remarks)
