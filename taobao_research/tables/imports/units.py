"""Units of figures, as headings and options declare them."""

import re
import unicodedata

from taobao_research.errors import InputError

UNITS: dict[str, int] = {
    "十亿": 10**9, "亿": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "千": 1000, "元": 1,
}  # fmt: skip
ENGLISH = {
    "100 million": "亿", "hundred million": "亿", "10 million": "千万", "10 thousand": "万", "ten thousand": "万",
    "10,000": "万", "10000": "万", "10k": "万", "100m": "亿", "billion": "十亿", "million": "百万", "thousand": "千",
    "wan": "万", "yi": "亿", "yuan": "元", "cny": "元", "rmb": "元",
}  # fmt: skip
DECLARED = "|".join(
    [*(f"{unit}元?" for unit in UNITS), *(words.replace(" ", "").replace(",", "") for words in ENGLISH)]
)
FOREIGN = re.compile(r"美元|美金|欧元|港元|港币|日元|台币|usd|us\$|\$|dollar|euro|eur\b|hkd")


def unit_of(heading: str) -> str:
    """The unit a heading declares: 元, 万, 亿 and the like, or nothing. Two, or a foreign one, is an InputError.

    >>> unit_of("销售额（万元）"), unit_of("turnover_cny"), unit_of("Turnover (100 million yuan)"), unit_of("销售额")
    ('万', '元', '亿', '')
    >>> unit_of("销售额（百万元）"), unit_of("Sales, RMB million")
    ('百万', '百万')
    """
    text = unicodedata.normalize("NFKC", heading).lower().replace("萬", "万").replace("億", "亿").replace("_", " ")
    if FOREIGN.search(text):
        raise InputError(f"the heading {heading!r} is not in yuan. Convert the column, and say how in your notes.")
    found = set()
    for unit in UNITS:
        if unit in text:
            found.add(unit)
            text = text.replace(unit + "元", "").replace(unit, "")
    for words, unit in ENGLISH.items():
        if re.search(rf"(?<![a-z\d]){re.escape(words)}(?![a-z\d])", text):
            found.add(unit)
            text = text.replace(words, "")
    larger = found - {"元"}
    if len(larger) > 1:
        raise InputError(f"the heading {heading!r} names several units ({', '.join(sorted(larger))}). Leave one.")
    return next(iter(larger or found), "")


def declared_unit(option: str) -> str:
    """The unit that ``--turnover-unit`` declares.

    >>> declared_unit("万"), declared_unit("亿元"), declared_unit("yuan")
    ('万', '亿', '元')
    """
    unit = {"yuan": "元", "cny": "元", "rmb": "元"}.get(option.lower(), option.removesuffix("元") or option)
    if unit not in UNITS:
        raise InputError(f"--turnover-unit {option}: no such unit. Units: 元, 万, 亿.")
    return unit
