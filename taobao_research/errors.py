"""The two ways in which asking can end without an answer, and how text of others is shown."""


class InputError(ValueError):
    """What the user gave cannot be worked with: says what, where and what to do. Exit code 2."""


class UnavailableError(LookupError):
    """The data at hand do not reach this figure: says which data would."""


def printable(text: str) -> str:
    """The text as a terminal may show it: what is no visible character is written as an escape.

    >>> printable("义乌\\x1b[31m")
    '义乌\\\\x1b[31m'
    """
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)
