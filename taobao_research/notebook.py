"""What a notebook calls besides the measures: ``start`` and the section it returns.

Each displayed table carries its full-precision CSV, each figure its alt sentence, both under a name: the
executed notebook is the one place from which ``reports/`` takes its tables and figures.
"""

import ast
import base64
import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from taobao_research.charts.style import to_png, to_svg
from taobao_research.claims.ledger import COLUMNS, judge, judge_all
from taobao_research.claims.shown import shown_in
from taobao_research.errors import InputError
from taobao_research.measures.series import crossings
from taobao_research.params import REPORT_YEAR, Params, check_params
from taobao_research.reading import as_printed, grouped
from taobao_research.tables.study import Study
from taobao_research.translating import fill, translate
from taobao_research.vectors import vectors_wanted
from taobao_research.words import PATTERNS, heading

SHARES = ("share", "growth")
CHANCES = ("p", "q")
TAG = "taobao_research"
OTHER_YEAR = (
    "The report is that of {report}. Here the list of {year} stands in the place of its list: what only the report "
    "prints is empty, and the claims are what other sources print about the year."
)
NOTHING_DRAWN = "Nothing to draw for this year, so no figure here: {caption}."
MIN_ALT_WORDS = 4
LEAST = 0.0005  # what three decimals show
WORD = re.compile(r"[^\W\u3400-\u9fff]+|[\u3400-\u9fff]{1,2}")  # two Chinese characters make about a word
AS_THEY_ARE = ("id", "name", "source_title")  # columns of identifiers and of titles of sources


def start(cell: dict[str, Any]) -> "Section":
    """The section that the ``parameters`` cell asks for; call it as ``start(globals())``.

    Names other than the model's parameters are refused: papermill injects a misspelt parameter with no more
    than a warning, and the notebook would silently run with the default.
    """
    strangers = [name for name in _assigned(cell.get("In", [])) if name not in Params.model_fields]
    if strangers:
        close = get_close_matches(strangers[0], Params.model_fields, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise InputError(f"parameters: {', '.join(strangers)}: no such parameter{hint}")
    section = Section(Study(check_params({name: cell[name] for name in Params.model_fields if name in cell})))
    rows = [(name, str(value), unit_of(name)) for name, value in section.study.params]
    section.table(pd.DataFrame(rows, columns=["name", "value", "unit"]), "parameters", "What this notebook ran with")
    if section.study.year != REPORT_YEAR:
        section.say(OTHER_YEAR, report=REPORT_YEAR, year=section.study.year)
    for broken in crossings(section.study.year - 1, section.study.year):
        section.say("Not comparable with the year before: {change}.", change=broken)
    return section


@dataclass(frozen=True)
class Section:
    """One section of the report being recomputed: its study, and how it shows results in the run's language."""

    study: Study

    @property
    def labels(self) -> str:
        return self.study.params.labels

    def named(self, places: pd.DataFrame, scope: bool = True) -> pd.DataFrame:
        """The table of places with readable names in the run's language (see ``places.add_names``)."""
        return self.study.named(places, scope)

    def told(self, text: str, /, **values: object) -> str:
        """A text or template in the run's language, filled with values, of which texts are translated too."""
        if self.labels == "zh":
            values = {name: self._told(value) if isinstance(value, str) else value for name, value in values.items()}
        return fill(self.study.texts.get(text, text), values)

    def cited(self, places: pd.DataFrame) -> pd.DataFrame:
        """Cited places (``measures.cited``) under their names in the run's language."""
        if self.labels != "zh":
            return places
        chinese = dict(zip(self.study.cases["place_en"], self.study.cases["place_zh"], strict=True))
        return places.assign(place=places["place"].map(chinese))

    def in_language(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The table with the words in its cells in the run's language; identifiers and titles of sources stay."""
        if self.labels != "zh":
            return rows
        if "statement" in rows:
            rows = shown_in(rows, self.study)
        kept = {*AS_THEY_ARE, *(["value"] if "name" in rows else [])}  # what a parameter is given
        words = [column for column in rows if column not in kept and not _is_numeric(rows[column])]
        places = [column for column in words if column.endswith("_en")]
        return rows.assign(
            **{column: [self._told(each) for each in rows[column]] for column in words if column not in places},
            **{
                column: rows[column].replace(self.study.chinese_as_printed[column]).map(self._told) for column in places
            },
        )

    def _told(self, value: Any) -> Any:
        if type(value).__name__ in ("bool", "bool_"):
            value = _cell("", value)
        return translate(value, self.study.texts, PATTERNS) if isinstance(value, str) else value

    def table(self, rows: pd.DataFrame, name: str, caption: str, **values: object) -> None:
        """Show a table under a caption, a template that ``values`` fill; ``name`` is its file name in ``tables/``.

        Columns named ``share`` or ``growth`` (or ending so) are fractions, shown in percent; the stored CSV
        keeps the fraction. Cells without a value are empty.
        """
        told = self.in_language(rows)
        shown = pd.DataFrame({column: _cells(column, told[column]) for column in told})
        shown = self._as_read(shown, rows)
        numeric = [column for column in rows if _is_numeric(rows[column])]
        self._display_table(shown, numeric, rows, {"table": name, "caption": self.told(caption, **values)})

    def figure(self, chart: Figure | None, name: str, alt: str, caption: str, **values: object) -> None:
        """Show a chart; ``alt`` says in a sentence what it shows to those who cannot see it; ``values`` fill both.

        Where there is nothing to draw (None), a sentence says so.
        """
        alt, caption = self.told(alt, **values), self.told(caption, **values)
        if len(WORD.findall(alt)) < MIN_ALT_WORDS:
            raise ValueError(f"figure {name}: alt must be a sentence, not {alt!r}")
        if chart is None:
            self.say(NOTHING_DRAWN, caption=caption)
            return
        data = {
            "image/png": base64.b64encode(to_png(chart, self.labels)).decode(),
            "text/plain": f"{caption}\n[{alt}]",
        }
        if vectors_wanted():
            data["image/svg+xml"] = to_svg(chart, self.labels)
        about = {"image/png": {"alt": alt}, TAG: {"figure": name, "caption": caption}}
        display(data, raw=True, metadata=about)

    def say(self, template: str, /, **values: object) -> None:
        """A sentence with computed figures in it, as text of the report: ``values`` fill the template."""
        self.tell([(template, values)])

    def tell(self, sentences: list[tuple[str, dict[str, object]]]) -> None:
        """Several sentences, each a template with the values that fill it, as one paragraph."""
        if sentences:
            told = [self.told(template, **values) for template, values in sentences]
            text = ("" if self.labels == "zh" else " ").join(told)
            display({"text/markdown": text, "text/plain": text}, raw=True)

    def judged(self, *sections: str) -> pd.DataFrame:
        """The ledger, or its part for some sections, with verdicts; columns as in ``reports/<year>/claims.csv``."""
        return judge_all(self.study, sections)

    def verdict_on(self, claim: str) -> str:
        """The verdict on one claim of the year, empty where the year has no such claim."""
        rows = self.study.claims[self.study.claims["id"] == claim].to_dict("records")
        return judge(self.study, rows[0])["verdict"] if rows else ""

    def against_report(self, *sections: str) -> None:
        """Show the verdicts on the claims of these sections."""
        judged = self.judged(*sections)
        caption = self.told("Claims of section {sections} against data", sections=", ".join(sections))
        columns = ["statement", "printed", "computed", "unit", "verdict", "note"]
        told = shown_in(judged, self.study)
        shown = self._as_read(told, judged)[columns]
        about = {"claims": "_".join(sections), "caption": caption}
        self._display_table(shown, [], judged[list(COLUMNS)], about)

    def _as_read(self, told: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
        """The table with claims' figures as they are read: the rule said with what is printed, not in a column."""
        if {"printed", "rule", "unit"} <= {*stored}:
            rows = zip(told["printed"], stored["rule"], stored["unit"], strict=True)
            told = told.assign(printed=[as_printed(*each, self.labels) for each in rows]).drop(columns="rule")
        if {"computed", "unit"} <= {*stored}:
            figures = zip(told["computed"], stored["unit"], strict=True)
            told = told.assign(computed=[grouped(*each, self.labels) for each in figures])
        return told

    def _display_table(
        self, shown: pd.DataFrame, numeric: list[str], stored: pd.DataFrame, about: dict[str, str]
    ) -> None:
        caption = about["caption"]
        if shown.empty:
            caption = self.told("{caption}. None for this year", caption=caption)
            about = {**about, "caption": caption}
        named = shown.rename(columns=lambda column: heading(column, self.labels))
        markup = named.to_html(index=False, border=0, escape=True, na_rep="")
        markup = markup.replace("<thead>", f"<caption>{escape(caption)}</caption>\n  <thead>", 1)
        markup = markup.replace("<th>", '<th scope="col">')
        display(
            {
                "text/html": _align(markup, shown, numeric),
                "text/plain": f"{caption}\n{named.to_string(index=False)}",
                "text/csv": to_csv(stored),
            },
            raw=True,
            metadata={TAG: about},
        )


def unit_of(name: str) -> str:
    """The unit of a parameter."""
    return str((Params.model_fields[name].json_schema_extra or {})["unit"])


def to_csv(rows: pd.DataFrame) -> str:
    """The table as stored: floats to ten significant digits, so that two machines agree."""
    stored = rows.copy()
    for column in stored:
        if pd.api.types.is_float_dtype(stored[column]):
            stored[column] = [_digits(each) for each in stored[column]]
    return stored.to_csv(index=False, lineterminator="\n")


def _assigned(sources: list[str]) -> list[str]:
    """Names given a value by cells that do nothing else: the parameters cell and the one papermill injects."""
    names: list[str] = []
    for source in sources:
        try:
            statements = ast.parse(source).body
        except SyntaxError:  # a cell with magics
            continue
        if statements and all(isinstance(each, ast.Assign) and _is_constant(each.value) for each in statements):
            names += [target.id for each in statements for target in each.targets if isinstance(target, ast.Name)]
    return list(dict.fromkeys(names))


def _is_constant(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError):
        return False
    return True


def _align(markup: str, shown: pd.DataFrame, numeric: list[str]) -> str:
    """Numbers to the right: a class on every cell of a numeric column, and on its heading."""
    columns = list(shown.columns)
    if not numeric or shown.empty:
        return markup
    cells = iter(range(len(columns) * (1 + len(shown))))
    return re.sub(
        r'<(td|th scope="col")>',
        lambda cell: f'<{cell[1]} class="number">' if columns[next(cells) % len(columns)] in numeric else cell[0],
        markup,
    )


def _is_numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _cells(column: str, values: pd.Series) -> list[str]:
    """The cells of a column; where one number needs decimals, small ones all have them."""
    decimals = _is_numeric(values) and bool((values.dropna().astype(float) % 1 != 0).any())
    return [_cell(column, each, decimals) for each in values]


def _cell(column: str, value: object, decimals: bool = False) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("_", " ") if column.endswith("_qualifier") else value
    number = float(value)
    if column == "per_shop":  # a quotient of figures such as "more than 350"
        return f"{float(f'{number:.3g}'):,.0f}"
    if column in CHANCES:
        return f"{number:.4f}" if number >= 0.00005 else "<0.0001"
    if column.endswith(SHARES):
        return f"{100 * number:.1f}%"
    if column in ("lon", "lat"):
        return f"{number:.2f}"
    if column in ("year", "rank", "serial"):
        return f"{number:.0f}"
    if number.is_integer() and not (decimals and abs(number) < 100):
        return f"{number:,.0f}"
    if 0 < abs(number) < LEAST:
        return f"{number:.2g}"
    return f"{number:.3f}" if abs(number) < 100 else f"{number:,.1f}"


def _digits(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
