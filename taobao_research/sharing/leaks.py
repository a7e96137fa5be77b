"""The leak check: what is private in files that are about to leave, with file, place, kind and a short excerpt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from taobao_research.sharing.patterns import by_form
from taobao_research.sharing.private import Literal
from taobao_research.sharing.texts import CannotLookError, Piece, pieces, views

SHOWN = 8  # characters of what was found


@dataclass(frozen=True, order=True)
class Leak:
    """One thing that must not leave."""

    file: str
    where: str
    kind: str
    excerpt: str

    def __str__(self) -> str:
        place = f"{self.file}, {self.where}" if self.where else self.file
        return f"{place}: {self.kind}{f' {self.excerpt}' if self.excerpt else ''}"


def leaks(files: Mapping[str, bytes], private: Iterable[Literal], addresses: Iterable[str] = ()) -> list[Leak]:
    """Everything private in files (name to content); ``addresses`` are the e-mail addresses that are public.

    Looks into cells, outputs, metadata, pictures' texts, data addresses and names of files, and through JSON
    escapes, entities, percent signs, base64 and hexadecimal digits. A file that cannot be looked into is a leak too.

    >>> [str(each) for each in leaks({"a.txt": b"x\\nread from /srv/data/list.csv"}, [])]
    ['a.txt, line 2: absolute path "/srv/dat..." (18 characters)']
    """
    words, public = list(private), frozenset(each.casefold() for each in addresses)
    found: dict[Leak, None] = {}
    for name, content in files.items():
        try:
            for piece in pieces(name, content):
                for each in _in_piece(name, piece, words, public):
                    found.setdefault(each)
        except CannotLookError as error:
            found.setdefault(Leak(name, "", f"{error}, so it cannot be checked", ""))
    return list(found)


def _in_piece(name: str, piece: Piece, words: list[Literal], public: frozenset[str]) -> Iterable[Leak]:
    file = _short(name) if piece.where == "name of the file" else name
    for view in views(piece):
        folded = view.casefold()
        hits = [*by_form(view, public)]
        hits += [(each.kind, place, text) for each in words for place, text in _literally(each, view, folded)]
        for kind, place, text in hits:
            line = f"line {view.count(chr(10), 0, place) + 1}"
            where = ", ".join(part for part in (piece.where, line) if part)
            yield Leak(file, where, kind, _short(text))


def _literally(word: Literal, view: str, folded: str) -> Iterable[tuple[int, str]]:
    if word.text.casefold() in folded:
        for match in word.pattern.finditer(view):
            yield match.start(), match.group()
    for form in word.encoded:
        if form in view:
            yield view.index(form), form


def _short(text: str) -> str:
    """The beginning and the length: enough to find it, too little to use it."""
    shown = text[: min(SHOWN, len(text) // 2)].replace("\n", " ")
    return f'"{shown}..." ({len(text)} characters)'
