"""Names without the word for their kind, which lists write or leave out. Imports nothing of the project."""

SUFFIXES = {
    "province": (),
    "city": ("地区", "市"),
    "county": ("市", "区", "县"),
    "town": ("街道", "镇", "乡", "街"),
    "village": ("居委会", "社区", "村"),
}


def stem(name: str, level: str) -> str:
    """The name without 市/区/县, 镇/乡/街道/街, 村/社区/居委会 and ``*``; one that is nothing but such a word stays.

    ``level`` is a key of ``SUFFIXES``.

    >>> stem("义乌市", "county"), stem("大集乡", "town"), stem("培斜村*", "village"), stem("村", "village")
    ('义乌', '大集', '培斜', '村')
    """
    if level == "village":
        name = name.rstrip("* ")
    suffix = next((each for each in SUFFIXES[level] if name.endswith(each) and name != each), "")
    return name.removesuffix(suffix)
