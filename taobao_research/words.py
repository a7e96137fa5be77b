"""What tables and charts call things; their Chinese stands in ``translations/zh.po``."""

from taobao_research.headings import HEADINGS
from taobao_research.translating import fill, package_texts

# Texts that measures and notebooks put together from numbers and words, by which they are recognised in cells.
PATTERNS = (
    "{measure}: {kind} from {year:d} on",
    "{kind} from {year:d} on; {other} from {later:d} on",
    "{kind} from {year:d} on",
    "at least {inside}; not on record: {counties} of {all} counties, with {count} of {total} villages",
    "list of {year:d}",
    "{needed:d} of {gained:d}",
    "{lists}, and two counties no list names",
    "CR-{k:d}",
    "{k:d} nearest",
    "Ripley's K at {reach:d} km",
)


def heading(column: str, labels: str = "en") -> str:
    """What a column is called.

    >>> heading("villages"), heading("villages", "zh"), heading("some_column")
    ('Villages', '淘宝村数', 'Some column')
    """
    return say(HEADINGS.get(column, column.replace("_", " ").capitalize()), labels)


def say(text: str, labels: str = "en", /, **values: object) -> str:
    """A text or template in the run's language, then filled with values; what has no translation stays as it is.

    >>> say("Villages by region, {scheme} scheme", scheme="three-belt")
    'Villages by region, three-belt scheme'
    >>> say("Towns", "zh")
    '淘宝镇'
    """
    return fill(package_texts().get(text, text) if labels == "zh" else text, values)
