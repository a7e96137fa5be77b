"""Characters that look alike made alike: full width, spaces, invisible signs, dashes."""

import re
import unicodedata

INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060\ufeff\x00-\x08\x0b-\x1f\x7f\xad]")
DASHES = frozenset("-‐‑‒–—―−－/／·") | {"--", "——", "无", "n/a", "na", "none"}
SPACE_BETWEEN = re.compile(r"(?<=[\u3400-\u9fff*(（])\s+|\s+(?=[\u3400-\u9fff*)）])")


def tidy(text: str) -> str:
    """The text in normal width, without invisible signs and without blanks around it or between Chinese characters.

    >>> tidy("　义乌 市 "), tidy("１２万"), tidy("东村＊")
    ('义乌市', '12万', '东村*')
    """
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    return re.sub(r"\s+", " ", SPACE_BETWEEN.sub("", plain)).strip()


def changed_characters(raw: str) -> str:
    """What ``tidy`` takes away from a text, in words."""
    if INVISIBLE.search(raw):
        return "invisible characters taken out"
    if unicodedata.normalize("NFKC", raw).strip() == raw.strip():
        return "blanks taken out"
    return "characters of another width or form made plain"


def is_dash(text: str) -> bool:
    """Whether a cell says by a sign that there is nothing."""
    return text.strip().lower() in DASHES
