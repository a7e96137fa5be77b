"""Two lists compared, place by place: frames small enough to count by eye, and what was published."""

import pandas as pd
import pytest

from taobao_research.measures import change
from taobao_research.measures.definitions import COUNTY, TOWN
from tests.studies import study_of


def lists() -> dict[int, pd.DataFrame]:
    """The lists shipped, each place under its newest name."""
    return study_of(2016).lists


def villages(*rows: tuple[str, str, str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*TOWN, "villages"])


BEFORE = villages(
    ("P", "C", "A", "a1", 2),
    ("P", "C", "A", "a2", 3),
    ("P", "C", "B", "b1", 9),
    ("P", "D", "E", "e1", 1),
)
NOW = villages(
    ("P", "C", "A", "a1", 4),
    ("P", "C", "A", "a2", 1),
    ("P", "C", "A", "a3", 1),
    ("P", "C", "B", "b1", 12),
    ("Q", "F", "G", "g1", 3),
)


def test_places_gained_and_lost() -> None:
    table = change.places_gained_and_lost(BEFORE, NOW).set_index("level")
    assert table.loc["provinces"].tolist() == [1, 2, 1, 1, 0]
    assert table.loc["cities"].tolist() == [2, 2, 1, 1, 1]
    assert table.loc["counties"].tolist() == [3, 3, 2, 1, 1]
    assert table.loc["towns"].tolist() == [4, 5, 3, 2, 1]


def test_deepening_and_spread_add_up_to_the_change() -> None:
    table = change.deepening_and_spread(BEFORE, NOW)
    assert table["counties"].tolist() == [2, 0, 1, 1, 4]
    assert table["change"].tolist() == [1 + 3, 0, 3, -1, 6]  # A 5 to 6, B 9 to 12, G 3 new, E 1 lost; 15 to 21
    assert table["share"].tolist() == pytest.approx([4 / 6, 0, 3 / 6, -1 / 6, 1])


def test_where_nothing_changed_there_is_no_share() -> None:
    assert change.deepening_and_spread(BEFORE, BEFORE)["share"].isna().all()


def test_deepening_by_province() -> None:
    table = change.deepening_by_province(BEFORE, NOW)
    assert table.to_numpy().tolist() == [["P", 15, 18, 4, 0, 1], ["Q", 0, 3, 0, 3, 0]]


def test_a_town_that_reaches_three_is_formed_and_one_that_falls_below_dissolved() -> None:
    table = change.thresholds_crossed(BEFORE, NOW, TOWN, 3).set_index("town")
    assert table["crossing"].to_dict() == {"a1": "formed", "g1": "formed", "a2": "dissolved", "b1": "kept"}
    assert table.loc["a1", "tipping"] == "1 of 2"  # from 2 to 4: the first one gained made three
    assert table.loc["g1", "tipping"] == "3 of 3" and table.loc["a2", "tipping"] == ""


def test_a_cluster_at_the_border() -> None:
    table = change.thresholds_crossed(BEFORE, NOW, COUNTY, 10)
    assert table[["county", "crossing", "tipping"]].to_numpy().tolist() == [["B", "formed", "1 of 3"]]
    assert change.thresholds_crossed(BEFORE, NOW, COUNTY, 12)["county"].tolist() == ["B"]
    assert change.thresholds_crossed(BEFORE, NOW, COUNTY, 13).empty


def test_states_of_counties() -> None:
    moves = change.states_of_counties(BEFORE, NOW, cluster_min=10, large_min=30)
    found = {(row.before, row.now): row.counties for row in moves.itertuples() if row.counties}
    assert found == {("3-9", "3-9"): 1, ("3-9", "10-29"): 1, ("0", "3-9"): 1, ("1-2", "0"): 1}
    assert len(moves) == 25 and list(dict.fromkeys(moves["now"])) == ["0", "1-2", "3-9", "10-29", "30+"]


def test_equal_thresholds_make_fewer_states() -> None:
    moves = change.states_of_counties(BEFORE, NOW, cluster_min=2, large_min=2)
    assert list(dict.fromkeys(moves["now"])) == ["0", "1", "2+"]
    assert moves["counties"].sum() == 4


def test_sizes_and_villages_by_year() -> None:
    sizes = change.sizes_by_year({2001: BEFORE, 2002: NOW}, 3, 10).set_index("measure")
    assert sizes.loc["Taobao villages"].tolist() == [15, 21]
    assert sizes.loc["Taobao towns"].tolist() == [2, 3] and sizes.loc["Clusters"].tolist() == [0, 1]
    counties = change.villages_by_year({2001: BEFORE, 2002: NOW}, "counties").set_index("county")
    assert counties["2001"].to_dict() == {"A": 5, "B": 9, "E": 1, "G": 0}


def test_a_single_list_has_no_pairs() -> None:
    table = change.over_pairs({2001: BEFORE}, change.places_gained_and_lost)
    assert table.empty and "years" in table


def test_every_pair_of_lists_is_named() -> None:
    lists = {2001: BEFORE, 2002: NOW, 2005: NOW}
    years = change.over_pairs(lists, change.deepening_and_spread)["years"]
    assert list(dict.fromkeys(years)) == ["2001-2002", "2002-2005", "2001-2005"]


@pytest.mark.parametrize(("first", "last", "formed", "kept", "dissolved"), [(2014, 2015, 52, 19, 0)])
def test_the_towns_published(first: int, last: int, formed: int, kept: int, dissolved: int) -> None:
    """Published: 19 towns in 2014, 71 in 2015; a town of 2014 that is no more would make more formed than 52."""
    crossing = change.thresholds_crossed(lists()[first], lists()[last], TOWN, 3)["crossing"].value_counts()
    assert (crossing.get("formed", 0), crossing.get("kept", 0), crossing.get("dissolved", 0)) == (
        formed,
        kept,
        dissolved,
    )
    assert kept + dissolved == 19 and kept + formed == 71


def test_the_towns_of_2016_are_those_published() -> None:
    crossing = change.thresholds_crossed(lists()[2015], lists()[2016], TOWN, 3)["crossing"].value_counts()
    assert crossing["kept"] + crossing.get("dissolved", 0) == 71
    assert crossing["kept"] + crossing["formed"] == 135


def test_counties_that_only_changed_their_name_are_not_new() -> None:
    """Jinghai, Nankang, Zengcheng and Xingzi (now Lushan) stand in the lists of 2015 and 2016 under two names."""
    states = change.both_counts(lists()[2015], lists()[2016], COUNTY).set_index("county")["state"]
    for name in ("静海区", "南康区", "增城区", "庐山市"):
        assert states[name] == "kept"
    assert not {"静海县", "南康市", "增城市", "星子县"} & set(states.index)
