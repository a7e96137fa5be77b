"""Parameter files without YAML's surprises: one flat mapping of plain names to plain values.

YAML 1.1 turns ``NO`` into false, ``0012`` into 10 and ``12:30`` into 750, keeps the last of two equal
keys and expands aliases. Here these are refused or stay text, each with its line and column.
"""

import re
from pathlib import Path

import yaml

from taobao_research.errors import InputError
from taobao_research.paths import shown

MAX_BYTES = 64_000
MAX_DEPTH = 2
MAX_DIGITS = 30
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def read_mapping(path: Path) -> dict[str, int | float | bool | str]:
    """The keys and values of a parameter file; raises InputError with file, line and column."""
    if not path.is_file():
        raise InputError(f"{shown(path)}: no such parameter file. Existing ones are in params/.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{shown(path)}: larger than {MAX_BYTES:,} bytes; a parameter file is a short list.")
    try:
        return parse_mapping(path.read_text(encoding="utf-8-sig"), shown(path))
    except UnicodeDecodeError as error:
        raise InputError(f"{shown(path)}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None


def parse_mapping(text: str, where: str = "parameters") -> dict[str, int | float | bool | str]:
    """The mapping that ``text`` holds.

    >>> parse_mapping("year: 2015\\nlabels: en\\nmin_household_share: 1e-1")
    {'year': 2015, 'labels': 'en', 'min_household_share': 0.1}
    >>> parse_mapping("labels: NO")
    {'labels': 'NO'}
    """
    try:
        _refuse_aliases_tags_and_depth(text, where)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise InputError(f"{_at(error.problem_mark, where)}: not readable as YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not readable as YAML: {str(error).splitlines()[0]}") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise InputError(f"{_at(root.start_mark, where)}: expected lines of the form `name: value`.")
    values: dict[str, int | float | bool | str] = {}
    for key, value in root.value:
        at = _at(key.start_mark, where)
        if not isinstance(key, yaml.ScalarNode) or not key.value.isidentifier():
            raise InputError(f"{at}: a parameter's name is a plain word, not {_text(key)!r}.")
        if key.value in values:
            raise InputError(f"{at}: {key.value} is given twice; keep one.")
        if not isinstance(value, yaml.ScalarNode):
            raise InputError(f"{at}: {key.value} must be a single value, not a list or a mapping.")
        if len(value.value) > MAX_DIGITS and value.style is None and INTEGER.fullmatch(value.value):
            raise InputError(f"{at}: {key.value} has {len(value.value)} digits, which no parameter needs.")
        values[key.value] = _plain(value)
    return values


def _refuse_aliases_tags_and_depth(text: str, where: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InputError(
                f"{_at(event.start_mark, where)}: expected lines of the form `name: value`, not nested ones."
            )
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError(f"{_at(event.start_mark, where)}: anchors and aliases (& and *) are not allowed.")
        if getattr(event, "tag", None):
            raise InputError(f"{_at(event.start_mark, where)}: tags ({event.tag}) are not allowed.")


def _plain(node: yaml.ScalarNode) -> int | float | bool | str:
    if node.style is not None:  # quoted: the user says that it is text
        return node.value
    if node.value in ("true", "false"):
        return node.value == "true"
    if INTEGER.fullmatch(node.value):
        return int(node.value.replace("_", ""))
    if any(map(str.isdigit, node.value)) and NUMBER.fullmatch(node.value):
        return float(node.value)
    return node.value


def _at(mark: yaml.Mark | None, where: str) -> str:
    return where if mark is None else f"{where}, line {mark.line + 1}, column {mark.column + 1}"


def _text(node: yaml.Node) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else "a list or mapping"
