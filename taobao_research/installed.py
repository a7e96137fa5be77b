"""What is installed: this package's own name and version, and the versions of the packages that it needs."""

import re
from importlib import metadata

NAME = "taobao-research"
UNKNOWN, ABSENT = "unknown", "absent"


def version() -> str:
    """The version of this package; ``unknown`` where it runs without being installed."""
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def packages() -> dict[str, str]:
    """The direct dependencies, without those of extras, and the version of each that is installed, or ``absent``.

    >>> packages()["pandas"].startswith("3.")
    True
    """
    try:
        requirements = metadata.requires(NAME) or []
    except metadata.PackageNotFoundError:
        return {}
    names = [re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0] for each in requirements if "extra ==" not in each]
    return {name: _version_of(name) for name in names}


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ABSENT
