"""How a stored figure is read: thousands apart, and what is printed with the bound it stands for."""

import re

from taobao_research.words import say

BOUNDS = ("more than", "at least", "less than", "up to", "about", "nearly")  # rules that are words of the report
WHOLE = re.compile(r"(?<![\w.\-])\d{4,}(?![\w\-])")
NO_COUNTS = ("year", "date")  # units of figures that are not counted


def grouped(value: str, unit: str = "", labels: str = "en") -> str:
    """A stored figure: thousands apart, and names or figures of a list with commas between.

    >>> grouped("200000", "shops"), grouped("31580.08", "yuan"), grouped("2015", "year"), grouped("12 | 5")
    ('200,000', '31,580.08', '2015', '12, 5')
    """
    shown = value if unit in NO_COUNTS else WHOLE.sub(lambda found: f"{int(found[0]):,}", value)
    return shown.replace(" | ", "、" if labels == "zh" else ", ")


def as_printed(printed: str, rule: str, unit: str = "", labels: str = "en") -> str:
    """A printed figure with what the report says of it: the bound, or that it is a table.

    ``rule`` is one of ``schema.RULES``.

    >>> as_printed("50", "more than"), as_printed("780", "exact"), as_printed("figure_2_provinces.csv", "table")
    ('more than 50', '780', "the report's table")
    """
    if rule == "table":
        return say("the report's table", labels)
    figure = grouped(printed, unit, labels)
    return say("{bound} {figure}", labels, bound=say(rule, labels), figure=figure) if rule in BOUNDS else figure
