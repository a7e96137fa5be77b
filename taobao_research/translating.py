"""From the English texts of the project to Chinese ones, by gettext PO files: msgid is the English text.

Babel reads the files; it is loaded with the first Chinese run and never by an English one.
"""

import io
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from taobao_research.errors import InputError

FILE = Path(__file__).parent / "translations" / "zh.po"
LETTERS = re.compile(r"[A-Za-z]")
PLACEHOLDER = re.compile(r"\{(\w+)(:[^}]*)?\}")
LINE = re.compile(r'(?:(?:msgid |msgstr )?"(?:[^"\\]|\\.)*"|#.*)?')
WHOLE = r"\d+"
BETWEEN_PARTS = " | "
Texts = Mapping[str, str]


@cache
def package_texts() -> Texts:
    """The Chinese of the package's and the notebooks' texts, by the English ones."""
    return parse_po(FILE.read_bytes(), "taobao_research/translations/zh.po")


def parse_po(content: bytes, where: str) -> dict[str, str]:
    """Chinese by English text; ``where`` is what messages call the file. Texts without a translation are left out.

    Raises InputError where the file is no PO file in UTF-8, or not as simple as ours (comments, msgid, msgstr).

    >>> parse_po('msgid "Town"\\nmsgstr "镇"\\n'.encode(), "zh.po")
    {'Town': '镇'}
    """
    from babel.messages.pofile import PoFileError, read_po

    try:
        for row, line in enumerate(content.decode("utf-8").splitlines(), start=1):
            if not LINE.fullmatch(line):
                raise ValueError(f"row {row}")
        catalog = read_po(io.BytesIO(content), locale="zh", charset="utf-8", abort_invalid=True)
    except (PoFileError, ValueError, IndexError) as error:
        raise InputError(f"{where}: not a PO file in UTF-8 ({error}). Restore it (git checkout) or mend it.") from None
    return {str(each.id): str(each.string) for each in catalog if each.id and each.string}


def translate(text: str, texts: Texts, patterns: Iterable[str] = ()) -> str:
    """The text in Chinese; what is not known stays as it is.

    A text that was put together is recognised by the ``patterns``, templates such as ``{found} with {name}``
    (``{count:d}`` is a whole number), of which the first that fits is taken, and its parts are translated in turn.
    So are parts between `` | ``.

    >>> texts = {"town": "镇", "{n} of {what}": "{what}的{n}"}
    >>> translate("3 of town", texts, ["{n} of {what}"]), translate("town | other", texts)
    ('镇的3', '镇 | other')
    """
    if text in texts or not LETTERS.search(text):
        return texts.get(text, text)
    patterns = tuple(patterns)
    for template in patterns:
        if template in texts and (found := _pattern(template).fullmatch(text)):
            parts = {name: translate(part, texts, patterns) for name, part in found.groupdict().items()}
            return fill(texts[template], parts)
    if BETWEEN_PARTS in text:
        return BETWEEN_PARTS.join(translate(part, texts, patterns) for part in text.split(BETWEEN_PARTS))
    return text


def translate_markdown(source: str, texts: Texts) -> str:
    """A markdown cell in Chinese: heading by heading and paragraph by paragraph, lines of a paragraph joined.

    >>> translate_markdown("## Town\\n\\nOne\\ntown.", {"Town": "镇", "One town.": "一个镇。"})
    '## 镇\\n\\n一个镇。'
    """
    return "\n\n".join(_block(each, texts) for each in blocks(source))


def blocks(source: str) -> list[str]:
    """The headings and paragraphs of a markdown cell, without line breaks.

    >>> blocks("# A title\\n\\nTwo\\nlines.")
    ['# A title', 'Two lines.']
    """
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", source.strip())]


def fill(template: str, values: Mapping[str, object]) -> str:
    """The template with its ``{names}`` filled in; without values it is no template and stays as it is."""
    return template.format(**values) if values else template


def _block(block: str, texts: Texts) -> str:
    marks, text = re.fullmatch(r"(#+ )?(.*)", block, re.S).groups(default="")  # type: ignore[union-attr]
    return marks + texts.get(text, text)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    literal, *rest = PLACEHOLDER.split(template)
    parts = [
        f"(?P<{name}>{WHOLE if kind == ':d' else '.+?'}){re.escape(after)}"
        for name, kind, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    ]
    return re.compile(re.escape(literal) + "".join(parts), re.S)
