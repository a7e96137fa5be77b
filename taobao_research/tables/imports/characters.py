"""Characters that look alike made alike: full width, spaces, invisible signs, dashes, marks."""

import re
import unicodedata
from functools import lru_cache

DASHES = frozenset("-‐‑‒–—―−－/／·") | {"--", "——", "无", "n/a", "na", "none"}
MARKS = dict.fromkeys(map(ord, "∗⁎※★☆"), "*")  # ＊ and ﹡ are told by Unicode itself
SPACE_BETWEEN = re.compile(r"(?<=[\u3400-\u9fff*(（])\s+|\s+(?=[\u3400-\u9fff*)）])")
MEANT = ("<circle>", "<super>", "<sub>", "<square>", "<fraction>", "<font>")  # more than another width
UNREADABLE = {"Cs": "half a character", "Co": "a character that Unicode leaves undefined"}


@lru_cache(4096)  # the names of provinces and cities come again and again
def tidy(text: str) -> str:
    """The text in normal width, without invisible signs and without blanks around it or between Chinese characters.

    >>> tidy("　义乌 市 "), tidy("１２万"), tidy("东村＊"), tidy("东村①")
    ('义乌市', '12万', '东村*', '东村①')
    """
    if text.isascii() and text.isalnum():
        return text
    plain = unicodedata.normalize("NFC", "".join(map(_plain, text)).translate(MARKS))
    return re.sub(r"\s+", " ", SPACE_BETWEEN.sub("", plain)).strip()


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf"):
        return " " if character.isspace() else ""
    decomposition = unicodedata.decomposition(character)
    if not decomposition or decomposition.startswith(MEANT):
        return character
    return unicodedata.normalize("NFKC", character)


def changed_characters(raw: str) -> str:
    """What ``tidy`` takes away from a text, in words."""
    if any(unicodedata.category(each) in ("Cc", "Cf") and not each.isspace() for each in raw):
        return "invisible characters taken out"
    if unicodedata.normalize("NFKC", raw).strip() == raw.strip():
        return "blanks taken out"
    return "characters of another width or form made plain"


def unreadable(text: str) -> str:
    """Why a text is no text: the first broken character, in words; nothing where all are good.

    >>> unreadable("东村"), unreadable("东\\ufffd")
    ('', 'a character lost in an earlier conversion')
    """
    for each in text:
        if each == "\ufffd":
            return "a character lost in an earlier conversion"
        if unicodedata.category(each) in UNREADABLE:
            return UNREADABLE[unicodedata.category(each)]
    return ""


def is_dash(text: str) -> bool:
    """Whether a cell says by a sign that there is nothing."""
    return text.strip().lower() in DASHES
