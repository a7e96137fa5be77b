"""The ledger as a reader of a run sees it: stored in English, shown in the run's language."""

from collections.abc import Mapping
from typing import TypeVar

import pandas as pd

from taobao_research.claims import reasons
from taobao_research.claims.rules import BETWEEN_NAMES
from taobao_research.tables.study import Study
from taobao_research.translating import Texts, fill, translate

FIGURES = ("printed", "computed")
Rows = TypeVar("Rows", pd.DataFrame, list[dict[str, str]])


def shown_in(rows: Rows, study: Study) -> Rows:
    """Rows of ``reports/<year>/claims.csv`` with statement, printed, computed, unit, verdict and note in its language.

    Source: the package's ``zh.po`` and ``data/<year>/zh.po``; names of places by ``data/reference``. Takes any of the
    columns of the ledger, as a frame or as read from the file, and gives the same; for ``en``, and where a text has no
    Chinese, they are unchanged.

    >>> from taobao_research.params import Params
    >>> shown_in([{"verdict": "matches", "note": "Recomputed from data."}], Study(Params(labels="zh")))
    [{'verdict': '一致', 'note': '由数据重算得出。'}]
    """
    if study.params.labels != "zh":
        return rows
    if isinstance(rows, list):
        return shown_in(pd.DataFrame(rows), study).to_dict("records")
    texts, places = study.texts, _chinese_places(study)
    shown = {column: [translate(each, texts) for each in rows[column]]
             for column in ("statement", "unit", "rule", "verdict") if column in rows}  # fmt: skip
    figures = {column: [_figure(each, texts, places) for each in rows[column]] for column in FIGURES if column in rows}
    if "note" in rows:
        verdicts = rows["verdict"] if "verdict" in rows else [""] * len(rows)
        shown["note"] = [_note(*each, texts, places) for each in zip(rows["note"], verdicts, strict=True)]
    return rows.assign(**shown, **figures)


def _chinese_places(study: Study) -> dict[str, str]:
    """The Chinese of each English place name that only one place has."""
    chinese: dict[str, set[str]] = {}
    for names, english in study.english.items():
        chinese.setdefault(english, set()).add(names[-1])
    return {english: next(iter(names)) for english, names in chinese.items() if len(names) == 1}


def _figure(value: str, texts: Texts, places: Mapping[str, str]) -> str:
    """A printed or computed figure: a number, a word, or names of places with or without their numbers."""
    if value == reasons.ALL_AGREE or BETWEEN_NAMES not in value:
        return _name(value, texts, places)
    return BETWEEN_NAMES.join(_name(each, texts, places) for each in value.split(BETWEEN_NAMES))


def _name(value: str, texts: Texts, places: Mapping[str, str]) -> str:
    if value in texts or value in places:
        return texts.get(value) or places[value]
    name, space, number = value.rpartition(" ")
    if space and number.replace(".", "").isdigit():
        place = _name(name, texts, places)
        return fill(texts.get(reasons.VALUE_OF, reasons.VALUE_OF), {"place": place, "count": number})
    return translate(value, texts, (reasons.ROWS_DIFFER, reasons.OF_SOURCES, reasons.RANGE))


def _note(note: str, verdict: str, texts: Texts, places: Mapping[str, str]) -> str:
    """A reason: on file, one of ``reasons.PATTERNS``, or what is found under each definition with the one on file."""
    told = translate(note, {**places, **texts}, reasons.PATTERNS[:-1])
    if told == note and verdict == "depends":
        found, _, rest = note.partition(". ")
        parts = [_under(each, texts, places) for each in found.split("; ")]
        return "；".join(parts) + "。" + texts.get(rest, rest)
    return told


def _under(part: str, texts: Texts, places: Mapping[str, str]) -> str:
    found, _, name = part.partition(" under ")
    template = texts.get(reasons.UNDER, reasons.UNDER)
    return fill(template, {"found": _figure(found, texts, places), "name": texts.get(name, name)})
