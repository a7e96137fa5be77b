"""The two ways in which asking can end without an answer."""


class InputError(ValueError):
    """What the user gave cannot be worked with: says what, where and what to do. Exit code 2."""


class UnavailableError(LookupError):
    """The data at hand do not reach this figure: says which data would."""
