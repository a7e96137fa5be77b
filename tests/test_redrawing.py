"""Lists drawn again: draws against plain loops and every outcome, intervals, changes, and which places count."""

import itertools
import math
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest

from taobao_research.measures import concentration as index_of
from taobao_research.measures import redrawing, turning
from taobao_research.measures.change import LEVELS
from taobao_research.measures.definitions import TOWN
from taobao_research.tables.load import read_table
from taobao_research.tables.schema import COUNTY_CODES
from taobao_research.tables.units import mainland_counties
from tests.checkout import CHECKOUT
from tests.studies import study_of


@cache
def frame() -> pd.DataFrame:
    """The places of the mainland that could have villages."""
    return redrawing.frames(study_of(2016).mainland, study_of(2016).all_provinces)


SMALL = pd.DataFrame(
    [
        ("P", "C", "A", "a1", 2, "East"),
        ("P", "C", "A", "a2", 1, "East"),
        ("P", "C", "B", "b1", 3, "East"),
        ("P", "D", "E", "e1", 1, "East"),
        ("Q", "F", "G", "g1", 4, "West"),
    ],
    columns=[*TOWN, "villages", "region"],
)
SMALL_FRAME = pd.DataFrame(
    [
        ("provinces", "all mainland", "East", 2),
        ("provinces", "all mainland", "West", 3),
        ("cities", "all mainland", "East", 4),
        ("cities", "all mainland", "West", 6),
        ("counties", "all mainland", "East", 9),
        ("counties", "all mainland", "West", 11),
    ],
    columns=["unit", "zeros", "region", "places"],
)


@pytest.fixture(scope="module")
def drawn() -> dict[int, pd.DataFrame]:
    return redrawing.redrawn_lists(study_of(2016).lists, frame(), 10, 999, 2015)


def by_loops(villages: pd.DataFrame, frame: pd.DataFrame, counts: list[int]) -> dict[tuple[str, str, str], float]:
    """Every index of one draw in plain Python: places without villages are written out as zeros."""
    found: dict[tuple[str, str, str], float] = {}
    for unit, keys in LEVELS.items():
        places: Counter = Counter()
        region_of = {}
        for row, count in zip(villages.to_dict("records"), counts, strict=True):
            key = tuple(row[each] for each in keys)
            places[key] += count
            region_of[key] = row["region"]
        total = sum(places.values())
        found[unit, "any", "HHI"] = sum((each / total) ** 2 for each in places.values())
        found[unit, "any", "CR-1"] = max(places.values()) / total
        held = Counter(region_of[key] for key, count in places.items() if count)
        choices = {"with villages": held}
        for zeros, rows in frame[frame["unit"] == unit].groupby("zeros"):
            choices[str(zeros)] = Counter(dict(zip(rows["region"], rows["places"], strict=True)))
        for zeros, sizes in choices.items():
            n = sum(sizes.values())
            values = [count for count in places.values() if count]
            values += [0] * (n - len(values))
            found[unit, zeros, "Gini"] = sum(abs(a - b) for a in values for b in values) / (2 * n * total)
            found[unit, zeros, "Theil T"] = sum(v / total * math.log(v * n / total) for v in values if v)
            between = 0.0
            for region, size in sizes.items():
                share = sum(count for key, count in places.items() if region_of[key] == region) / total
                between += share * math.log(share / (size / n)) if share else 0.0
            found[unit, zeros, "Theil T, between regions"] = between
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("length", "twice"), [(None, True), (5, True), (5, False)])
def test_every_draw_is_what_plain_loops_make_of_it(length: int | None, twice: bool) -> None:
    found = redrawing.redrawn(SMALL, SMALL_FRAME, 1, 99, 7, length, twice)
    counts, rng = SMALL["villages"].to_numpy(), np.random.default_rng(7)
    if twice:
        draws = rng.multinomial(length or 11, counts / 11, size=99)
    else:
        draws = rng.multivariate_hypergeometric(counts, length, size=99, method="marginals")
    assert set(draws.sum(axis=1)) == {length or 11}
    for position, draw in enumerate([counts, *draws]):
        for key, value in by_loops(SMALL, SMALL_FRAME, draw.tolist()).items():
            assert found[key].iloc[position] == pytest.approx(value, abs=1e-12), (position, key)


def test_draws_have_the_distribution_of_all_outcomes() -> None:
    """Three villages, one in each of three towns: all 27 ways to draw them again, each as likely."""
    rows = SMALL.head(3).assign(villages=1)
    outcomes = [Counter(each) for each in itertools.product(range(3), repeat=3)]
    likely = Counter(round(sum((n / 3) ** 2 for n in each.values()), 9) for each in outcomes)
    values = redrawing.redrawn(rows, SMALL_FRAME.head(0), 1, 9999, 1)["towns", "any", "HHI"].round(9)
    assert values.iloc[0] == round(1 / 3, 9)
    shares = values.iloc[1:].value_counts(normalize=True)
    assert set(shares.index) == set(likely)
    for value, ways in likely.items():
        p = ways / 27
        assert abs(shares[value] - p) < 4 * math.sqrt(p * (1 - p) / 9999)


def test_chunks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = redrawing.redrawn(SMALL, SMALL_FRAME, 1, 199, 3)
    monkeypatch.setattr(redrawing, "MOST_CELLS", 35)
    pd.testing.assert_frame_equal(whole, redrawing.redrawn(SMALL, SMALL_FRAME, 1, 199, 3))


def test_the_same_list_has_the_same_draws_in_every_run(drawn: dict[int, pd.DataFrame]) -> None:
    study = study_of(2014)
    frame = redrawing.frames(study.mainland, study.all_provinces)
    alone = redrawing.redrawn_lists(study.lists, frame, 10, 999, 2015)[2014]
    key = ("counties", "with villages", "Gini")
    assert alone[key].tolist() == drawn[2014][key].tolist()


def test_an_interval_is_the_middle_of_the_draws_around_the_figure() -> None:
    draws = np.random.default_rng(1).normal(5, 1, size=100_000)
    value, low, high = redrawing.centred(np.concatenate([[3.0], draws]), 0.0, 10.0)
    assert value == 3.0 and (low, high) == (pytest.approx(3 - 1.96, abs=0.03), pytest.approx(3 + 1.96, abs=0.03))
    assert redrawing.centred(np.concatenate([[3.0], draws]), 2.0, 4.0)[1:] == (2.0, 4.0)


def test_an_interval_holds_its_figure_however_skewed_the_draws() -> None:
    draws = np.concatenate([[1.0], np.zeros(990), np.full(9, 1000.0)])  # their middle lies below their mean
    value, low, high = redrawing.centred(draws, 0.0, 2000.0)
    assert low <= value <= high


def test_an_interval_ends_where_the_index_ends() -> None:
    rows = SMALL.assign(villages=1)
    for row in redrawing.intervals(redrawing.redrawn(rows, SMALL_FRAME, 4, 999, 1)).to_dict("records"):
        n, index = row["n"], row["index"]
        least = {"HHI": 1 / n, "CR-1": 1 / n, "CR-4": 4 / n}.get(index, 0)
        most = (n - 1) / n if index == "Gini" else math.log(n) if index.startswith("Theil") else 1
        assert least - 1e-12 <= row["low"] <= row["value"] <= row["high"] <= most + 1e-12, row


def test_the_table_has_each_number_once_and_every_interval_holds_its_figure(drawn: dict[int, pd.DataFrame]) -> None:
    for year, rows in drawn.items():
        table = redrawing.concentration(rows, study_of(2016).lists[year])
        assert table.columns.tolist() == ["unit", "zeros", "index", "value", "low", "high", "n"]
        assert set(table["unit"]) == set(LEVELS) and not table.isna().any(axis=None)
        assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
        assert not set(table["index"]) & {"G", "S", "CV", "equal places"}
        for _, unit in table.groupby("unit"):
            gaps = np.diff(np.sort(unit["value"].to_numpy()))
            assert gaps.min() > 1e-9, "the same number twice"
        assert not table.duplicated(["unit", "zeros", "index"]).any()


def test_an_index_that_zeros_do_not_move_stands_once(drawn: dict[int, pd.DataFrame]) -> None:
    table = redrawing.concentration(drawn[2015], study_of(2016).lists[2015]).set_index(["unit", "index"])
    assert table.loc[("provinces", "HHI"), "zeros"] == "any"
    within = table.loc[("provinces", "Theil T, within regions"), ["zeros", "n"]]
    assert within.to_numpy().tolist() == [["with villages", 17], ["all mainland or all 34 provinces", 31]]
    assert table.loc[("provinces", "Gini"), "n"].tolist() == [17, 31, 34]
    assert table.loc[("towns", "Gini"), "zeros"] == "with villages"


def test_a_longer_list_may_be_less_even_with_villages_and_more_even_over_all_places() -> None:
    """One village in each of two counties; then 3, 1, 1 in three, of 20. Gini by hand: 0 and 4/15; 0.9 and 0.89."""
    before, now = SMALL.iloc[[0, 2]].assign(villages=1), SMALL.iloc[[0, 2, 3]].assign(villages=[3, 1, 1])
    lists = {2014: before, 2015: now}
    found = turning.changes(redrawing.redrawn_lists(lists, SMALL_FRAME, 1, 99, 1)).set_index(["unit", "zeros", "index"])
    columns = ["before", "now", "change", "n_before", "n"]
    with_villages, over_all = ([0, 4 / 15, 4 / 15, 2, 3], [0.9, 0.89, -0.01, 20, 20])
    assert found.loc[("counties", "with villages", "Gini"), columns].tolist() == pytest.approx(with_villages)
    assert found.loc[("counties", "all mainland", "Gini"), columns].tolist() == pytest.approx(over_all)


def test_the_conclusion_on_cities_and_counties_turns_on_zeros(drawn: dict[int, pd.DataFrame]) -> None:
    """Another program (tests/test_concentration.py) has 0.504 and 0.682 for cities; 0.418 and 0.641 for counties."""
    changed = turning.changes(drawn)
    equal = turning.equal_lists(study_of(2016).lists, frame(), 199, 1, drawn)
    answers = turning.turning(changed, equal).set_index(["years", "unit", "index"])
    for unit, before, now in (("cities", 0.50448113, 0.68232901), ("counties", 0.41816038, 0.64107741)):
        row = answers.loc[("2014-2016", unit, "Gini")]
        assert (row["with_villages"], row["all_mainland"], row["turns"]) == ("rises", "falls", True)
        n = frame()[(frame()["unit"] == unit)]["places"].sum()
        held = {"cities": (40, 75), "counties": (80, 221)}[unit]
        over_all = [1 - given / n * (1 - gini) for given, gini in zip(held, (before, now), strict=True)]
        assert over_all[0] > over_all[1] and before < now
    assert set(answers.index.get_level_values("unit")) == {"provinces", "cities", "counties"}


def test_lists_of_equal_length_are_compared_with_what_was_kept(drawn: dict[int, pd.DataFrame]) -> None:
    equal = turning.equal_lists(study_of(2016).lists, frame(), 199, 1, drawn)
    equal = equal.set_index(["years", "unit", "zeros", "index"])
    assert equal["villages"].groupby(level=0).first().to_dict() == {
        "2014-2015": 212, "2014-2016": 212, "2015-2016": 780
    }  # fmt: skip
    hhi, kept, of = float(drawn[2015]["towns", "any", "HHI"].iloc[0]), 212, 780
    expected = (hhi * of * of - of) / (of * (of - 1)) * (kept - 1) / kept + 1 / kept  # pairs kept are pairs of the list
    assert equal.loc[("2014-2015", "towns", "any", "HHI"), "now"] == pytest.approx(expected, rel=0.01)


def test_lists_of_equal_length_are_both_drawn_again() -> None:
    """Each list alone moves by its own multinomial law; of two independent lists the squares of the widths add up."""
    rng, counts = np.random.default_rng(5), {2014: [30, 20, 10], 2015: [90, 60, 50]}
    rows = SMALL.drop_duplicates("province").head(1)
    assert len(rows) == 1
    lists = {year: pd.concat([rows.assign(town=str(n), villages=each) for n, each in enumerate(own)])
             for year, own in counts.items()}  # fmt: skip
    drawn = redrawing.redrawn_lists(lists, SMALL_FRAME, 1, 999, 1)
    equal = turning.equal_lists(lists, SMALL_FRAME, 999, 1, drawn).set_index(["unit", "index"])
    row = equal.loc[("towns", "HHI")].iloc[0] if equal.loc[("towns", "HHI")].ndim > 1 else equal.loc[("towns", "HHI")]
    moved = [(rng.multinomial(60, np.array(each) / sum(each), 20_000) ** 2).sum(1) / 3600 for each in counts.values()]
    low, high = np.percentile(moved[1] - moved[0], [2.5, 97.5])
    assert row["high"] - row["low"] == pytest.approx(high - low, rel=0.1)  # 999 draws know a width to a twentieth


def test_a_list_cut_to_its_own_length_is_itself() -> None:
    found = redrawing.redrawn(SMALL, SMALL_FRAME, 1, 9, 1, 11, twice=False)
    assert (found.nunique() == 1).all()


def test_a_shorter_list_later_is_compared_too() -> None:
    lists = {2014: SMALL, 2015: SMALL.assign(villages=1)}
    drawn = redrawing.redrawn_lists(lists, SMALL_FRAME, 1, 99, 1)
    equal = turning.equal_lists(lists, SMALL_FRAME, 99, 1, drawn)
    assert set(equal["villages"]) == {5}
    own = equal.set_index(["unit", "zeros", "index"])["now"]
    assert own[("towns", "with villages", "Gini")] == pytest.approx(0)  # five towns with one each, as listed


def test_nothing_is_compared_across_a_change_of_definition() -> None:
    """From 2020 on a Taobao village is something else (measures.series)."""
    lists = {2018: SMALL, 2019: SMALL, 2020: SMALL, 2021: SMALL}
    drawn = redrawing.redrawn_lists(lists, SMALL_FRAME, 1, 99, 1)
    pairs = ["2018-2019", "2020-2021"]
    assert turning.changes(drawn)["years"].unique().tolist() == pairs
    assert turning.equal_lists(lists, SMALL_FRAME, 99, 1, drawn)["years"].unique().tolist() == pairs
    eras = redrawing.by_year(drawn).groupby("year")["era"].unique().map(list)
    assert eras.tolist() == [[0], [0], [1], [1]]


def test_one_list_alone_has_no_change() -> None:
    drawn = redrawing.redrawn_lists({2015: SMALL}, SMALL_FRAME, 1, 99, 1)
    changed, equal = turning.changes(drawn), turning.equal_lists({2015: SMALL}, SMALL_FRAME, 99, 1, drawn)
    assert changed.empty and equal.empty and turning.turning(changed, equal).columns.tolist() == turning.ANSWERS


def test_one_village_alone_has_every_index_that_exists() -> None:
    rows = SMALL.head(1).assign(villages=1)
    table = redrawing.concentration(redrawing.redrawn(rows, SMALL_FRAME, 10, 99, 1), rows)
    found = table.set_index(["unit", "zeros", "index"])["value"]
    assert found["counties", "any", "HHI"] == 1 and found["towns", "with villages", "Gini"] == 0
    assert found["counties", "all mainland", "Gini"] == pytest.approx(19 / 20)
    assert not {"CR-1", "rank-size slope"} & set(table["index"])  # the one place has all; no tail to fit


def test_places_of_the_mainland() -> None:
    """31 provinces. Of 2016: 334 prefectures, 4 municipalities and 29 counties under no city (9 in Xinjiang, 15 in
    Hainan, 4 in Hubei, 1 in Henan) are cities. Counties: those of GB/T 2260 and four zones that the list names."""
    codes = read_table(CHECKOUT.reference / "county_codes.csv", COUNTY_CODES, CHECKOUT)
    in_force = codes[(codes["first_revision"] <= "201612") & (codes["last_revision"] >= "201612")]
    mainland = in_force[~in_force["code"].str.startswith(("7", "8"))]
    places = frame().groupby(["unit", "zeros"])["places"].sum()
    assert places["provinces", "all mainland"] == 31 and places["provinces", "all 34 provinces"] == 34
    assert places["cities", "all mainland"] == 334 + 4 + 29
    assert places["counties", "all mainland"] == len(mainland) + 4
    assert "towns" not in places.index.get_level_values("unit")


def test_a_renamed_county_is_no_further_place() -> None:
    """Zengcheng was a city in the list of 2014 and is a district since; a place that no source knows is added."""
    codes, changes, provinces = study_of(2016).county_codes, study_of(2016).place_changes, study_of(2016).provinces
    without = mainland_counties({}, 2016, provinces, codes, changes)
    zengcheng = pd.DataFrame([("广东省", "440100", "440118")], columns=["province", "city_id", "county_id"])
    unknown = zengcheng.assign(county_id="广东省/广州市/新区")
    assert len(mainland_counties({2014: zengcheng}, 2016, provinces, codes, changes)) == len(without)
    assert len(mainland_counties({2014: unknown}, 2016, provinces, codes, changes)) == len(without) + 1
    assert not without["province"].isin(["台湾省", "香港特别行政区", "澳门特别行政区"]).any()


def test_every_place_with_villages_is_counted_whatever_the_frame_says() -> None:
    found = redrawing.redrawn(SMALL, SMALL_FRAME.assign(places=1), 1, 9, 1).iloc[0]
    assert found["counties", "all mainland", "places"] == found["counties", "with villages", "places"] == 4
    assert found["counties", "all mainland", "Gini"] == pytest.approx(
        float(index_of.gini(np.array([3, 3, 1, 4])))
    )  # A, B, E, G


def test_places_counted_by_list(drawn: dict[int, pd.DataFrame]) -> None:
    table = redrawing.places_counted(drawn).set_index(["unit", "zeros"])
    assert table.loc[("towns", "with villages")].tolist() == [128, 369, 499]
    assert table.loc[("provinces", "all mainland")].tolist() == [31, 31, 31]
