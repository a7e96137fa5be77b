"""Printed against computed: every rule at its borders."""

import math

import pandas as pd
import pytest

from taobao_research.claims.rules import holds, in_order, names, number, rounds_to, shown
from taobao_research.tables.schema import RULES


@pytest.mark.parametrize(
    ("printed", "computed", "agrees"),
    [
        ("268", 267.5, True),
        ("268", 267.4999, False),
        ("268", 268.4999, True),
        ("268", 268.5, False),
        ("268", 268, True),
        ("2.68", 2.675, True),
        ("2.7", 2.65, True),
        ("2.70", 2.65, False),
        ("11.93", 11.925, True),
        ("11.93", 11.9249, False),
        ("0", 0.4, True),
        ("0", 0.5, False),
        ("-3", -2.5, True),
        ("268", math.nan, False),
        ("268", math.inf, False),
        ("268", 1e30, False),
    ],
)
def test_rounding_is_half_up_to_the_printed_decimals(printed: str, computed: float, agrees: bool) -> None:
    assert rounds_to(printed, computed) is agrees
    assert holds("rounds to", printed, computed) is agrees


COUNTS = pd.Series({"A": 5, "B": 3, "C": 3, "D": 2, "E": 2})


@pytest.mark.parametrize(
    ("printed", "agrees"),
    [
        (["A"], True),
        (["A", "B"], True),
        (["A", "C"], True),
        (["A", "C", "B"], True),
        (["A", "B", "C", "E"], True),
        (["A", "B", "C", "D", "E"], True),
        (["B", "A"], False),
        (["B"], False),
        (["A", "D"], False),
        (["A", "B", "D"], False),
        (["A", "X"], False),
        (["A", "A"], False),
        ([], False),
    ],
)
def test_order_allows_ties_and_nothing_else(printed: list[str], agrees: bool) -> None:
    assert in_order(printed, COUNTS) == agrees
    assert holds("order", " | ".join(printed), COUNTS) == agrees


def test_order_of_a_list_is_the_list() -> None:
    assert holds("order", "A | B", ["A", "B"])
    assert not holds("order", "A | B", ["B", "A"])
    assert not holds("order", "A | B", ["A", "B", "C"])


@pytest.mark.parametrize("found", [["B", "A", "C"], pd.Series({"C": 1, "A": 2, "B": 3})], ids=["list", "series"])
def test_sets_and_inclusion(found: object) -> None:
    assert holds("set", "A | B | C", found)
    assert not holds("set", "A | B", found)
    assert not holds("set", "A | B | C | D", found)
    assert holds("includes", "C | A", found)
    assert not holds("includes", "A | D", found)


@pytest.mark.parametrize(
    ("rule", "printed", "computed", "agrees"),
    [
        ("exact", "780", 780, True),
        ("exact", "780", 780.0000001, True),
        ("exact", "780", 780.001, False),
        ("exact", "780", 779, False),
        ("exact", "0.1", 0.1, True),
        ("more than", "97", 97.2, True),
        ("more than", "97", 97, False),
        ("at least", "10", 10, True),
        ("at least", "0.3", 0.1 + 0.2, True),
        ("at least", "10", 9.99, False),
        ("less than", "1500", 1499, True),
        ("less than", "1500", 1500, False),
        ("up to", "56", 56, True),
        ("up to", "0.3", 0.1 + 0.2, True),
        ("up to", "56", 57, False),
        ("about", "50", 45, True),
        ("about", "50", 55, True),
        ("about", "50", 44.9, False),
        ("about", "50", 55.1, False),
        ("about", "0", 0, True),
        ("about", "-10", -10, True),
        ("nearly", "200", 200, True),
        ("nearly", "200", 180, True),
        ("nearly", "200", 179.9, False),
        ("nearly", "200", 200.1, False),
        ("as stated", "2014-11", "2014-11", True),
        ("as stated", "2014-11", "2014-12", False),
        ("implied", "", 3.5, True),
        ("implied", "", math.nan, False),
        ("implied", "", math.inf, False),
        ("implied", "", -math.inf, False),
        ("exact", "780", math.nan, False),
        ("about", "780", math.nan, False),
    ],
)
def test_numbers_at_their_borders(rule: str, printed: str, computed: object, agrees: bool) -> None:
    assert holds(rule, printed, computed) is agrees


def test_a_table_agrees_when_no_row_differs() -> None:
    rows = pd.DataFrame({"city": ["A"], "printed": [5], "computed": [6]})
    assert not holds("table", "", rows)
    assert holds("table", "", rows.head(0))


AGREEING = {
    "exact": ("5", 5),
    "rounds to": ("5", 4.9),
    "more than": ("5", 6),
    "at least": ("5", 5),
    "less than": ("5", 4),
    "up to": ("5", 5),
    "nearly": ("5", 4.9),
    "about": ("5", 5.1),
    "order": ("A | B", COUNTS),
    "set": ("A", ["A"]),
    "includes": ("A", COUNTS),
    "table": ("", COUNTS.head(0).to_frame()),
    "implied": ("", 5.0),
    "as stated": ("five", "five"),
}


def test_every_rule_of_the_schema_is_known() -> None:
    assert set(AGREEING) == set(RULES)
    assert [rule for rule, (printed, computed) in AGREEING.items() if not holds(rule, printed, computed)] == []
    with pytest.raises(KeyError):
        holds("roughly", "5", 5.0)


def test_printed_names_and_numbers() -> None:
    assert names("Zhejiang | Guangdong|Jiangsu") == ["Zhejiang", "Guangdong", "Jiangsu"]
    assert names("") == []
    assert number("11.93") == 11.93
    with pytest.raises(ValueError, match="1,311"):
        number("1,311")


@pytest.mark.parametrize(
    ("computed", "text"),
    [
        (780, "780"),
        (780.0, "780"),
        (0, "0"),
        (-3.0, "-3"),
        (267.924528, "267.92"),
        (10.5, "10.5"),
        (99.999, "100"),
        (9.1234, "9.12"),
        (0.12345, "0.123"),
        (1_000_000_000, "1000000000"),
        ("as it stands", "as it stands"),
        (["A", "B"], "A | B"),
        ([], ""),
        (COUNTS.head(2), "A 5 | B 3"),
        (pd.Series({"A": 1_234_567}), "A 1234567"),
        (pd.DataFrame({"a": []}), "all rows agree"),
        (pd.DataFrame({"a": ["x", "y"], "b": [1, 2]}), "2 row(s) differ: x; 1 / y; 2"),
    ],
)
def test_how_a_computed_value_is_shown(computed: object, text: str) -> None:
    assert shown(computed) == text


def test_long_results_are_shortened() -> None:
    many = pd.Series({f"p{n}": 20 - n for n in range(15)})
    assert shown(many).endswith("p9 11 | ...") and shown(many.head(10)).endswith("p9 11")
    rows = pd.DataFrame({"a": range(7)})
    assert shown(rows) == "7 row(s) differ: 0 / 1 / 2 / 3 / 4"
