"""Parameter files without YAML's surprises: what each snippet becomes, or where and why it is refused."""

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from taobao_research.errors import InputError
from taobao_research.params import Params, check_params
from taobao_research.strict_yaml import MAX_BYTES, parse_mapping, read_mapping

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")  # no cache in the project's folder

TEXT_AND_NUMBERS = [
    ("", {}),
    ("# a comment only", {}),
    ("year: 2016", {"year": 2016}),
    ("year: 2016  # a comment", {"year": 2016}),
    ("n: 10_000_000", {"n": 10_000_000}),
    ("n: -7", {"n": -7}),
    ("n: 0", {"n": 0}),
    ("share: 0.10", {"share": 0.1}),
    ("share: .5", {"share": 0.5}),
    ("share: 1e-3", {"share": 0.001}),
    ("share: 1.5E+2", {"share": 150.0}),
    ("labels: NO", {"labels": "NO"}),
    ("labels: yes", {"labels": "yes"}),
    ("labels: on", {"labels": "on"}),
    ("flag: true", {"flag": True}),
    ("flag: false", {"flag": False}),
    ("flag: True", {"flag": "True"}),
    ("n: null", {"n": "null"}),
    ("n: ~", {"n": "~"}),
    ("n:", {"n": ""}),
    ("code: 0012", {"code": "0012"}),
    ("code: 0x10", {"code": "0x10"}),
    ("code: 0o17", {"code": "0o17"}),
    ("time: 12:30", {"time": "12:30"}),
    ("day: 2015-12-24", {"day": "2015-12-24"}),
    ("x: .nan", {"x": ".nan"}),
    ("x: .inf", {"x": ".inf"}),
    ("x: １２", {"x": "１２"}),
    ("n: '5'", {"n": "5"}),
    ('flag: "true"', {"flag": "true"}),
    ("n: |\n  5", {"n": "5"}),
    ("'n': 5", {"n": 5}),
    ("地区: 浙江", {"地区": "浙江"}),
    ("\ufeffyear: 2016", {"year": 2016}),
    ("%YAML 1.1\n---\nlabels: off", {"labels": "off"}),
]

REFUSED = [
    ("year: 2015\nyear: 2016", "p.yaml, line 2, column 1: year is given twice; keep one."),
    ("year: 2015\n  top: 3", "p.yaml, line 2, column 6: not readable as YAML"),
    ("a: &x 1\nb: *x", "p.yaml, line 1, column 4: anchors and aliases (& and *) are not allowed."),
    ("a: 1\nb: *x", "p.yaml, line 2, column 4: anchors and aliases (& and *) are not allowed."),
    ("a: !!python/object/apply:os.system ['ls']", "p.yaml, line 1, column 4: tags (tag:yaml.org,2002:python/object"),
    ("a: !!str 5", "p.yaml, line 1, column 4: tags (tag:yaml.org,2002:str) are not allowed."),
    ("a: !local 5", "p.yaml, line 1, column 4: tags (!local) are not allowed."),
    ("a: {b: 1}", "p.yaml, line 1, column 1: a must be a single value, not a list or a mapping."),
    ("a:\n  b: 1", "p.yaml, line 1, column 1: a must be a single value"),
    ("top: 3\na: [1, 2]", "p.yaml, line 2, column 1: a must be a single value"),
    ("- 1\n- 2", "p.yaml, line 1, column 1: expected lines of the form `name: value`."),
    ("2015", "p.yaml, line 1, column 1: expected lines of the form `name: value`."),
    ("\"x = 5; open('pwned','w') #\": 1", "p.yaml, line 1, column 1: a parameter's name is a plain word, not"),
    ("x = 5; open('pwned','w') #", "p.yaml, line 1, column 1: expected lines of the form `name: value`."),
    ("top rows: 1", "p.yaml, line 1, column 1: a parameter's name is a plain word, not 'top rows'."),
    ("../../x: 1", "p.yaml, line 1, column 1: a parameter's name is a plain word"),
    ("{year.__class__}: 1", "p.yaml, line 1, column 1: a parameter's name is a plain word, not 'a list or mapping'."),
    ("? [1]\n: 2", "p.yaml, line 1, column 3: a parameter's name is a plain word"),
    ("a:\t1", "p.yaml, line 1, column 3: not readable as YAML"),
    ("a: 1\n\tb: 2", "p.yaml, line 2, column 1: not readable as YAML"),
    ("a: 1\n---\nb: 2", "p.yaml, line 2, column 1: not readable as YAML"),
    ("a: 'open", "p.yaml, line 1, column 9: not readable as YAML"),
    ("a: \x00", "p.yaml: not readable as YAML: unacceptable character #x0000"),
    ("<<: {a: 1}", "p.yaml, line 1, column 1: a parameter's name is a plain word, not '<<'."),
]


@pytest.mark.parametrize(("text", "values"), TEXT_AND_NUMBERS)
def test_a_value_is_what_is_written(text: str, values: dict) -> None:
    found = parse_mapping(text)
    assert found == values
    assert [type(each) for each in found.values()] == [type(each) for each in values.values()]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_refused_says_where_and_why(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_mapping(text, "p.yaml")
    assert message in str(caught.value)


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(InputError, match=r"p\.yaml, line 1, column 4: anchors and aliases"):
        parse_mapping("\n".join(lines), "p.yaml")


@pytest.mark.parametrize("text", ["a: " + "[" * 5000 + "]" * 5000, "a: " + "{a: " * 3000 + "1" + "}" * 3000])
def test_deep_nesting_is_refused_like_any_other(text: str) -> None:
    with pytest.raises(InputError, match=r"p\.yaml, line 1, column"):
        parse_mapping(text, "p.yaml")


def test_a_number_of_thousands_of_digits_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match=r"p\.yaml.*n"):
        parse_mapping("n: " + "9" * 5000, "p.yaml")


def test_files_are_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes("\ufeffyear: 2016\r\nlabels: zh\r\n".encode())
    assert read_mapping(path) == {"year": 2016, "labels": "zh"}
    path.write_text("year: 2016\nyear: 2017\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"^mine\.yaml, line 2, column 1: year is given twice"):
        read_mapping(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("labels: 中".encode("gb18030"), r"mine\.yaml: not UTF-8 text \(byte 8\)\. Save it as UTF-8\."),
        ("year: 2016".encode("utf-16"), r"mine\.yaml: not UTF-8 text \(byte 0\)"),
        (b"#" * (MAX_BYTES + 1), r"mine\.yaml: larger than 64,000 bytes"),
    ],
)
def test_files_that_are_no_short_list_in_utf8(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_mapping(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(InputError, match=f"{path.name}: no such parameter file"):
            read_mapping(path)


models = st.builds(
    Params,
    year=st.integers(2009, 2100),
    region_scheme=st.sampled_from(["four-region", "three-belt"]),
    town_min_villages=st.integers(1, 100),
    cluster_min_villages=st.integers(2, 100),
    large_cluster_min_villages=st.integers(100, 1000),
    min_turnover_cny=st.integers(0, 10**12),
    min_active_shops=st.integers(0, 10**6),
    min_household_share=st.floats(0, 1),
    top=st.integers(1, 1000),
    resamples=st.integers(99, 10**6),
    seed=st.integers(0, 2**32 - 1),
    labels=st.sampled_from(["en", "zh"]),
)


@given(models)
@settings(max_examples=150, database=None)
def test_what_is_written_is_read_back(model: Params) -> None:
    assert check_params(parse_mapping(yaml.safe_dump(model.model_dump()))) == model
