"""Whatever a reader of a Chinese run reads is Chinese: every text has a translation, every translation a text."""

import ast
import csv
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from taobao_research import words
from taobao_research.claims import reasons
from taobao_research.claims.ledger import COLUMNS
from taobao_research.claims.shown import shown_in
from taobao_research.errors import InputError
from taobao_research.headings import HEADINGS
from taobao_research.params import Params
from taobao_research.reports import pages
from taobao_research.reports.results import translated
from taobao_research.reports.sections import all_notebooks
from taobao_research.tables import load, study
from taobao_research.tables.check import check_year
from taobao_research.tables.schema import VERDICTS
from taobao_research.tables.study import Study
from taobao_research.translating import FILE, PLACEHOLDER, blocks, package_texts, parse_po, translate
from tests.checkout import CHECKOUT, DATA, PACKAGE, PROJECT
from tests.project_copy import copy_project, program
from tests.studies import ledger_of

pytestmark = pytest.mark.slow
YEARS = (2014, 2015, 2016)
PO_FILES = [FILE, *(DATA / str(year) / "zh.po" for year in YEARS)]
PATHS = [each.path for each in all_notebooks(CHECKOUT)]
CHINESE = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"(?<!\d)[A-Za-z][A-Za-z'-]+")  # not the exponent of 2.9e-06
each_file = pytest.mark.parametrize("path", PO_FILES, ids=lambda path: path.relative_to(PROJECT).as_posix())
each_year = pytest.mark.parametrize("year", YEARS)

# English that a Chinese report shows, and why.
IDENTIFIERS = {  # what a reader types or looks up as it is
    *Params.model_fields, "four-region", "zh", "taobao-research",
    "ZJ26", "JS12", "SD20", "SD52", "HE17", "HNp", "GD",  # keys of data/reference/poverty_provincial.csv
}  # fmt: skip
TAGS = re.compile(r"\[[a-z -]+\]")  # tags of sources, explained in data/README.md
FILES = re.compile(r"[\w/<>*.-]+\.(csv|py|yaml)")
INTERNATIONAL = {"HC", "GB", "B2B", "PIT"}  # standard errors, a standard, a kind of trade, an integral transform
NOT_IN_CHINESE_HERE = {  # villages whose Chinese name is on no page that the project shows
    "Shifosi Village", "Xiaying Village", "Changbai Village", "Longling",
}  # fmt: skip


def read(path: Path) -> dict[str, str]:
    return parse_po(path.read_bytes(), path.name)


def sources(path: Path, kind: str) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def in_markdown(path: Path) -> list[str]:
    return [block.lstrip("# ") for cell in sources(path, "markdown") for block in blocks(cell)]


def strings(code: str) -> list[str]:
    """The string literals, without the parts of f-strings and without docstrings."""
    tree = ast.parse(code)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in parts]
    return [node.value for node in constants if isinstance(node.value, str)]


def told(code: str) -> list[ast.expr]:
    """The arguments that are shown to a reader: of ``say`` and ``told``, captions and alternative texts."""
    places = {"say": (0,), "told": (0,), "table": (2,), "figure": (2, 3)}
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found += [node.args[place] for place in places.get(name, ()) if place < len(node.args)]
    return found


def in_templates() -> set[str]:
    """What the templates of pages say, and the lists of words that they are given."""
    paths = (PACKAGE / "reports" / "templates").glob("*.j2")
    said = {text for path in paths for text in re.findall(r'say\("([^"]+)"', path.read_text(encoding="utf-8"))}
    assert len(said) > 40
    return {*said, *pages.VERDICTS.values(), *pages.CLAIM_COLUMNS.values(), *pages.SOURCE_COLUMNS.values()}


def data_words() -> set[str]:
    """Every cell of the data, and the parts of lists in them."""
    found = set()
    for path in DATA.rglob("*.csv"):
        if "published" not in path.parts:
            with path.open(encoding="utf-8", newline="") as lines:
                found |= {
                    part.strip() for row in csv.reader(lines) for cell in row for part in (cell, *cell.split("|"))
                }
    return found


def claims_of(year: int) -> list[dict[str, str]]:
    with (DATA / str(year) / "claims.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@each_file
def test_a_file_says_each_text_once_and_leaves_none_untranslated(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = Counter(line for line in lines if line.startswith("msgid "))
    assert [text for text, count in texts.items() if count > 1] == []
    assert not any(line.startswith(("#~", "#,", "msgctxt", "msgid_plural")) for line in lines)
    assert len(read(path)) == len(texts) - 1 == load.count_rows(path)  # the first is the header


@each_file
def test_placeholders_are_the_same_in_both_languages(path: Path) -> None:
    different = [
        english
        for english, chinese in read(path).items()
        if Counter(name for name, _ in PLACEHOLDER.findall(english))
        != Counter(name for name, _ in PLACEHOLDER.findall(chinese))
    ]
    assert different == []


@each_file
def test_translations_are_chinese(path: Path) -> None:
    same = {"n", "[mirror]", "[expected]", "[mirror] [households-as-shops]", "percent"}
    signs = {
        "{needed:d} of {gained:d}",
        "{place} {count}",
        "{model}: {covariates}",
        "{first}-{last}: {what}.",
        "{bound} {figure}",
    }
    without = {english for english, chinese in read(path).items() if not CHINESE.search(chinese)}
    assert without <= same | signs
    beside = re.compile(r"[\u3400-\u9fff][,;:?()]|[,;:?()][\u3400-\u9fff]")  # Chinese has signs of its own width
    assert [chinese for chinese in read(path).values() if beside.search(re.sub(r"`[^`]*`", "", chinese))] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_text_of_a_notebook_has_a_translation(path: Path) -> None:
    code = "\n".join(sources(path, "code"))
    sentences = [text for text in strings(code) if re.search(r"\w \w", text)]
    assert [text for text in (*in_markdown(path), *sentences) if text not in package_texts()] == []
    assert [ast.unparse(each) for each in told(code) if isinstance(each, ast.JoinedStr)] == []


def test_every_text_of_the_package_has_a_translation() -> None:
    literal = [
        argument.value
        for path in PACKAGE.rglob("*.py")
        for argument in told(path.read_text(encoding="utf-8"))
        if isinstance(argument, ast.Constant) and re.search("[a-z]", str(argument.value))
    ]
    assert len(literal) > 15
    fields = Params.model_fields.values()
    described = [str(each.description) for each in fields]
    units = [str((each.json_schema_extra or {})["unit"]) for each in fields]
    told_why = [text for name, text in vars(reasons).items() if name.isupper() and isinstance(text, str)]
    told_why += reasons.DEFINITIONS.values()
    listed = [*HEADINGS.values(), *words.PATTERNS, *VERDICTS, *in_templates()]
    every = [*literal, *listed, *described, *units, *told_why]
    assert [text for text in every if text not in package_texts()] == []


def test_no_translation_is_left_without_a_text() -> None:
    used = {text for path in PACKAGE.rglob("*.py") for text in strings(path.read_text(encoding="utf-8"))}
    for path in PATHS:
        used |= {*in_markdown(path), *strings("\n".join(sources(path, "code")))}
    assert package_texts().keys() - used - in_templates() - data_words() == set()


def test_every_source_of_data_has_a_translation() -> None:
    with (DATA / "SOURCES.csv").open(encoding="utf-8", newline="") as lines:
        about = [
            row[column] for row in csv.DictReader(lines) for column in ("producer", "title", "published", "licence")
        ]
    told_in_words = {text for text in about if re.search("[a-z]", text)}
    assert len(told_in_words) > 20 and told_in_words - package_texts().keys() == set()


@each_year
def test_every_claim_has_a_translation(year: int) -> None:
    texts = read(DATA / str(year) / "zh.po")
    for column in ("statement", "note", "needs"):
        assert [claim["id"] for claim in claims_of(year) if claim[column] and claim[column] not in texts] == [], column
    assert [claim["unit"] for claim in claims_of(year) if claim["unit"] and claim["unit"] not in package_texts()] == []


@each_year
def test_no_translation_of_a_year_is_left_without_a_text(year: int) -> None:
    used = {claim[column] for claim in claims_of(year) for column in ("statement", "note", "needs")}
    used |= {part.strip() for claim in claims_of(year) for part in claim["printed"].split("|")}
    for path in (DATA / str(year)).glob("figures/*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            used |= {cell for row in csv.reader(lines) for cell in row}
    assert read(DATA / str(year) / "zh.po").keys() - used == set()


def english_in(text: str) -> list[str]:
    """The English words that are not on the lists above."""
    text = re.sub(r"`[^`]*`", "", text)
    for pattern in (TAGS, FILES):
        text = pattern.sub("", text)
    for name in sorted({*NOT_IN_CHINESE_HERE, *IDENTIFIERS}, key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", "", text)
    return [word for word in WORD.findall(text) if word not in INTERNATIONAL]


def test_english_is_found_where_it_is() -> None:
    assert english_in("按 `top` 的 region_scheme,见 figure_3_cities.csv [mirror]") == []
    assert english_in("Longling村:Recomputed from data。") == ["Recomputed", "from", "data"]


@each_year
def test_the_ledger_is_shown_in_chinese(year: int) -> None:
    judged = ledger_of(year)
    chinese = shown_in(judged, Study(Params(year=year, labels="zh")))
    assert list(chinese.columns) == list(COLUMNS) and len(chinese) == len(judged)
    told_columns = ["statement", "printed", "computed", "unit", "rule", "verdict", "note"]
    assert [text for column in told_columns for text in chinese[column] if english_in(text)] == []
    assert shown_in(judged, Study(Params(year=year))) is judged


def test_a_reason_of_several_parts_is_told_part_by_part() -> None:
    average = "An average is one number; a range of averages is not explained."
    rows = [
        ("differs", "Under these parameters 19; under the report's own definitions the verdict is `matches`."),
        ("no data", f"{average} It would take the company statement."),
        ("no data", "No list of 2013 is shipped."),
        ("no data", "衢州市 is not in the list of 2014, so it has no rank."),
    ]
    assert shown_in(pd.DataFrame(rows, columns=["verdict", "note"]), Study(Params(labels="zh")))["note"].tolist() == [
        "在本次参数下为19；在报告自身的定义下，结论为“一致”。",
        "平均数是一个数；报告没有解释平均数的范围。需要公司的声明。",
        "未附2013年的名单。",
        "衢州市不在2014年的名单中，因此没有排名。",
    ]


def test_names_in_a_figure_are_those_of_the_places() -> None:
    rows = pd.DataFrame({"printed": ["Zhejiang | Guangdong", "780"], "computed": ["Taizhou 43 | Cao 34", ""]})
    chinese = shown_in(rows, Study(Params(labels="zh")))
    assert chinese["printed"].tolist() == ["浙江省 | 广东省", "780"]
    assert chinese["computed"].tolist() == ["台州市 43 | 曹县 34", ""]  # Taizhou of Zhejiang, not of Jiangsu


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("list of 2014", "2014年名单"),
        ("3 of 12", "3/12"),
        ("brand of choice", "brand of choice"),  # no number, so not one of the patterns
        ("no subdistricts from 2020 on", "2020年起不含街道"),
        ("Taobao towns: wider definition from 2019 on", "淘宝镇：2019年起定义放宽"),
    ],
)
def test_texts_put_together_are_recognised(text: str, chinese: str) -> None:
    assert translate(text, package_texts(), words.PATTERNS) == chinese


def test_templates_are_translated_and_then_filled() -> None:
    template = "{clusters} clusters hold {share:.1%} of the villages."
    assert words.say(template, clusters=25, share=0.54) == "25 clusters hold 54.0% of the villages."
    assert words.say(template, "zh", clusters=25, share=0.54) == "25个集群拥有54.0%的淘宝村。"
    assert words.say("no such {text}", "zh") == "no such {text}"


def test_a_markdown_cell_is_translated_block_by_block() -> None:
    cells = [{"cell_type": "markdown", "source": ["## Limits\n", "\n", "Not\n", "known."]}, {"cell_type": "code"}]
    told_cells = translated({"cells": cells}, {"Limits": "局限", "Not known.": "未知。"})["cells"]
    assert told_cells == [{"cell_type": "markdown", "source": ["## 局限\n", "\n", "未知。"]}, {"cell_type": "code"}]


@pytest.mark.parametrize("content", [b"msgid \xff", b'msgid "a"\nmsgstr b\n', b"id,section\nx,1.1\n"])
def test_a_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^data/2017/zh\.po: not a PO file in UTF-8"):
        parse_po(content, "data/2017/zh.po")


def test_a_year_without_the_file_shows_its_texts_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "TEXTS", "absent.po")
    rows = [{"statement": "Villages in Zhejiang", "unit": "villages", "note": "It would take a list."}]
    told_rows = [{"statement": "Villages in Zhejiang", "unit": "村", "note": "需要a list。"}]
    assert shown_in(rows, Study(Params(year=2016, labels="zh"))) == told_rows
    assert load.read_texts(DATA / "2016" / "absent.po", CHECKOUT) == {}
    check_year(Params(year=2016, labels="zh"), CHECKOUT)


@pytest.mark.process
def test_a_changed_file_of_translations_is_refused_until_it_is_recorded(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "zh.yaml").write_text("year: 2016\nlabels: zh\n", encoding="utf-8")
    file = project / "data" / "2016" / "zh.po"
    file.write_text(file.read_text(encoding="utf-8").replace("浙江的淘宝村", "浙江淘宝村"), encoding="utf-8")
    result = program(project, "check", "--params", "zh.yaml")
    assert result.returncode == 2 and "data/2016/zh.po: wrong checksum" in result.stderr
    assert "recorded data/2016/zh.po" in program(project, "check", "2016", "--record").stdout
    assert program(project, "check", "--params", "zh.yaml").returncode == 0


@pytest.mark.process
def test_an_english_run_does_not_load_the_reader_of_translations() -> None:
    code = (
        "import sys; from taobao_research import notebook; from taobao_research.params import params_of\n"
        "from taobao_research.paths import current_project; from taobao_research.tables.check import check_year\n"
        "check_year(params_of(2015), current_project()); print('babel' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


@pytest.fixture
def chinese_report(report_of_2015: Callable[[str], Path]) -> Path:
    return report_of_2015("zh") / "reports" / "2015"


def shown_texts(notebook: dict, titles: set[str]) -> list[str]:
    """What a reader of the executed notebook reads, but for code and for titles of sources."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            found.append("".join(cell["source"]))
        for output in cell.get("outputs", []):
            data, about = output["data"], output["metadata"]
            markup = "".join(data.get("text/html", ""))
            found += [unescape(part).strip() for part in re.split(r"<[^>]+>", markup)]
            found += ["".join(data.get("text/markdown", "")), about.get("taobao_research", {}).get("caption", "")]
            found.append(about.get("image/png", {}).get("alt", ""))
    return [text for text in found if text and text not in titles]


@pytest.mark.process
def test_a_chinese_report_holds_no_english(chinese_report: Path) -> None:
    titles = set(Study(Params()).cases["source_title"])
    paths = sorted(chinese_report.glob("*.ipynb"))
    assert [path.name for path in paths] == [path.name for path in PATHS]
    left = {}
    for path in paths:
        texts = shown_texts(json.loads(path.read_text(encoding="utf-8")), titles)
        assert sum(bool(CHINESE.search(text)) for text in texts) > 10, path.name
        left |= {text: path.name for text in texts if english_in(text)}
    assert left == {}


@pytest.mark.process
def test_the_pages_of_a_chinese_report_carry_the_translated_titles(chinese_report: Path) -> None:
    for path in PATHS:
        page = (chinese_report / f"{path.stem}.html").read_text(encoding="utf-8")
        title = package_texts()[in_markdown(path)[0]]
        assert f"<title>{title} - 2015年淘宝村</title>" in page.replace("&#39;", "'") and '<html lang="zh' in page


@pytest.mark.process
def test_what_a_chinese_report_stores_for_programs_stays_english(chinese_report: Path) -> None:
    with (chinese_report / "claims.csv").open(encoding="utf-8", newline="") as lines:
        stored = {row["id"]: row for row in csv.DictReader(lines)}
    statements = {claim["id"]: claim["statement"] for claim in claims_of(2015)}
    assert {name: row["statement"] for name, row in stored.items()} == statements
    assert {row["verdict"] for row in stored.values()} <= set(VERDICTS)
    verdicts = (chinese_report / "tables" / "verdicts.csv").read_text(encoding="utf-8").splitlines()[0]
    assert verdicts == ",".join(["section", *VERDICTS, "claims"])
