"""Numbers as lists write them: 1,200 or 1200万 or 1.2亿元."""

import re
from decimal import ROUND_HALF_UP, Decimal

from taobao_research.tables.imports.headings import UNITS

NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,8})?(亿|万)?(?:元|人民币|家|户|个)?")


class NotANumberError(ValueError):
    """Says why a cell is not read as a number."""


def amount(text: str, unit: str = "") -> tuple[int, bool]:
    """The number a cell holds, in whole units, and whether it had to be rounded.

    ``unit`` (元, 万 or 亿) is that of the column; a cell that names 万 or 亿 itself overrides it.

    >>> amount("1,200"), amount("1.5亿元"), amount("1200", "万"), amount("1200万", "元")
    ((1200, False), (150000000, False), (12000000, False), (12000000, False))
    """
    found = NUMBER.fullmatch(text.replace(" ", ""))
    if not found:
        raise NotANumberError(
            "not a plain number, such as 1200 or 1,200 or 1200万; words and signs around it are not read"
        )
    digits, decimals, own = found.groups()
    value = Decimal(digits.replace(",", "") + (decimals or "")) * UNITS[own or unit or "元"]
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    return int(whole), whole != value
