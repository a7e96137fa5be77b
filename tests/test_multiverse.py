"""Conclusions under every combination of definitions: against counting by hand and plain loops over the lists."""

import math
import operator
from collections import Counter, defaultdict
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest

from taobao_research.measures import multiverse, redrawing
from taobao_research.measures.cells import AS_LISTED, DIMENSIONS, EQUAL, NO_LIST_BEFORE, NO_TABLE, Cell, Lists
from taobao_research.measures.change import LEVELS
from taobao_research.measures.conclusions import CONCLUSIONS, Conclusion, described
from taobao_research.measures.definitions import TOWN
from tests.checkout import PROJECT
from tests.studies import study_of

BEFORE = pd.DataFrame([("P", "C", "A", "a1", 4), ("Q", "F", "G", "g1", 1)], columns=[*TOWN, "villages"])
NOW = pd.DataFrame(
    [
        ("P", "C", "A", "a1", 5),
        ("P", "C", "A", "a2", 3),
        ("P", "C", "A", "a2", 1),  # two rows of one town
        ("P", "C", "B", "b1", 8),
        ("P", "D", "E", "e1", 2),
        ("Q", "F", "G", "g1", 1),
    ],
    columns=[*TOWN, "villages"],
)
LAND = pd.DataFrame(
    [tuple(each) for each in ("PCA", "PCB", "PDE", "PDX", "QFG", "QFY", "RHI")],
    columns=["province", "city_id", "county_id"],
)
FOUR = pd.DataFrame({"province": ["P", "Q", "R", "广东省"], "region": ["East", "Northeast", "West", "not classified"]})
THREE = FOUR.assign(region=["East", "East", "West", "not classified"])
SMALL = ({2014: BEFORE, 2015: NOW}, LAND, {"four-region": FOUR, "three-belt": THREE})


@cache
def real() -> tuple[dict[int, pd.DataFrame], pd.DataFrame, dict[str, pd.DataFrame]]:
    """The lists shipped, the counties of the mainland, and the provinces under either scheme of regions."""
    study = study_of(2016)
    schemes = {name: study.moved(region_scheme=name).all_provinces for name in ("four-region", "three-belt")}
    return study.lists, study.mainland, schemes


def named(name: str) -> Conclusion:
    return next(each for each in CONCLUSIONS if each.name == name)


def values(name: str, *by: str, year: int = 2015) -> dict:
    """The values of a conclusion in the small lists, as listed, by the choices named; missing ones left out."""
    rows = multiverse.distinct(multiverse.grid(*SMALL, [named(name)], 99)).dropna(subset=["value"])
    rows = rows[(rows["year"] == year) & (rows["length"] != EQUAL)]
    keys = rows[list(by)].itertuples(index=False, name=None)
    return {key[0] if len(key) == 1 else key: value for key, value in zip(keys, rows["value"], strict=True)}


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        ("Villages multiply fast", [], {(): 20 / 5}),
        ("Taobao towns multiply as fast as villages", ["town_min_villages"], {2: 4 / 4, 3: 3 / 4, 4: 3 / 4}),
        (
            "Villages are widely distributed",
            ["unit", "zeros"],
            {
                ("provinces", "all mainland"): 2 / 3,
                ("provinces", "all 34 provinces"): 2 / 4,
                ("cities", "all mainland"): 3 / 4,
                ("counties", "all mainland"): 4 / 7,
            },
        ),
        (
            "Villages reach more places than a year before",
            ["unit"],
            {"provinces": 1, "cities": 3 / 2, "counties": 4 / 2, "towns": 5 / 2},
        ),
        (
            "Growth lies mostly where villages were before",
            ["unit"],
            {"provinces": 1, "cities": 13 / 15, "counties": 5 / 15, "towns": 1 / 15},
        ),
        ("The East holds nearly all villages", ["region_scheme"], {"four-region": 19 / 20, "three-belt": 1}),
        ("The rest of the country gains on the East", ["region_scheme"], {"four-region": 0.8 - 0.95, "three-belt": 0}),
        (
            "Most villages lie in clusters",
            ["cluster_min_villages"],
            {8: 17 / 20, 9: 9 / 20, **dict.fromkeys(range(10, 16), 0)},
        ),
    ],
)
def test_values_are_those_counted_by_hand(name: str, by: list[str], expected: dict) -> None:
    assert values(name, *by) == pytest.approx(expected)


def test_the_east_place_for_place_by_hand() -> None:
    found = values("The East is ahead of the rest place for place", "region_scheme", "unit", "zeros")
    assert found == pytest.approx(  # villages 19 and 1; by the three belts no village lies outside the East
        {
            ("four-region", "provinces", "with villages"): 19 / 1 / (1 / 1),
            ("four-region", "cities", "with villages"): 19 / 1 / (2 / 1),
            ("four-region", "counties", "with villages"): 19 / 1 / (3 / 1),
            ("four-region", "towns", "with villages"): 19 / 1 / (4 / 1),
            ("four-region", "provinces", "all mainland"): 19 / 1 / (1 / 2),
            ("four-region", "provinces", "all 34 provinces"): 19 / 1 / (1 / 3),
            ("four-region", "cities", "all mainland"): 19 / 1 / (2 / 2),
            ("four-region", "counties", "all mainland"): 19 / 1 / (4 / 3),
        }
    )


def test_leading_places_and_leads_by_hand() -> None:
    two = Conclusion("Two places lead", lambda cell: cell.leading(2), ">", 0.5, uses=("unit",))
    lead = Conclusion("P leads", lambda cell: cell.lead_in_towns("P"), ">", 1, uses=("town_min_villages",))
    count = Conclusion("Clusters are many", lambda cell: cell.clusters, ">", 1, uses=("cluster_min_villages",))
    towns = Conclusion("Towns hold them", lambda cell: cell.in_towns, ">", 0.9, uses=("town_min_villages",))
    rows = multiverse.distinct(multiverse.grid(*SMALL, [two, lead, count, towns], 99))
    own = {name: each[each["year"] == 2015]["value"].tolist() for name, each in rows.groupby("conclusion")}
    assert own["Two places lead"] == pytest.approx([1, 19 / 20, 17 / 20, 13 / 20])
    assert all(math.isnan(each) for each in own["P leads"])  # no other province has a town
    assert set(rows[rows["conclusion"] == "P leads"]["why"]) == {"divided by zero"}
    assert own["Clusters are many"] == [2, 1, 0, 0, 0, 0, 0, 0]
    assert own["Towns hold them"] == pytest.approx([19 / 20, 17 / 20, 17 / 20])


def test_a_reading_is_met_at_its_border() -> None:
    rows = multiverse.distinct(multiverse.grid(*SMALL, [named("Villages are widely distributed")], 99))
    here = (rows["zeros"] == "all 34 provinces") & (rows["unit"] == "provinces") & (rows["year"] == 2015)
    (half,) = rows[here].to_dict("records")
    assert half["value"] == 0.5 and half["rule"] == ">=" and half["upholds"] is True


def test_every_cell_is_there_once_and_specifications_are_fewer() -> None:
    cells = multiverse.grid(*SMALL, CONCLUSIONS, 99)
    assert len(cells) == 2 * 2 * 3 * 4 * 8 * 3 * 2 * len(CONCLUSIONS)
    assert not cells.duplicated(["conclusion", "year", *DIMENSIONS]).any()
    different = sum(2 * math.prod(len(DIMENSIONS[each]) for each in conclusion.uses) for conclusion in CONCLUSIONS)
    assert cells["specification"].nunique() == different == len(multiverse.distinct(cells))
    one = cells[(cells["conclusion"] == "The East holds nearly all villages") & (cells["year"] == 2015)]
    assert len(one) == 2 * 3 * 4 * 8 * 3 * 2 and one["specification"].nunique() == 2


@pytest.mark.parametrize("conclusion", CONCLUSIONS, ids=lambda each: each.name)
def test_dimensions_that_are_not_declared_do_not_matter(conclusion: Conclusion) -> None:
    """The figure looked up where every choice can be seen: it moves with none that is not declared."""
    known = Lists(*real(), 99, 1)
    free = [each for each in DIMENSIONS if each not in conclusion.uses and each != "length"]  # which is no look-up
    own = {each: DIMENSIONS[each][-1] for each in conclusion.uses if each not in ("zeros", "length")}
    own |= {
        each: choice for each, choice in (("zeros", "all mainland"), ("length", AS_LISTED)) if each in conclusion.uses
    }
    own |= {"unit": "counties"} if "unit" in own else {}
    narrow = np.asarray(conclusion.look(Cell(known, 2016, own, set())), float)
    for choices in product(*(DIMENSIONS[each] for each in free)):
        wide = {**own, **dict(zip(free, choices, strict=True))}
        assert np.array_equal(np.asarray(conclusion.look(Cell(known, 2016, wide, set())), float), narrow)


# Plain loops over the rows of the lists, in which every choice of a cell is at hand.
KEYS = {"provinces": ["province"], "cities": ["province", "city_id"], "counties": ["province", "county_id"]}


@cache
def rows_of(year: int) -> list[dict]:
    return study_of(2016).lists[year][[*TOWN, "villages"]].to_dict("records")


@cache
def regions(scheme: str) -> dict[str, str]:
    provinces = real()[2][scheme]
    return dict(zip(provinces["province"], provinces["region"], strict=True))


@cache
def counted(year: int, unit: str) -> Counter:
    counts: Counter = Counter()
    for row in rows_of(year):
        counts[tuple(row[key] for key in LEVELS[unit])] += row["villages"]
    return counts


def enough(year: int, unit: str, least: int) -> dict:
    return {place: count for place, count in counted(year, unit).items() if count >= least}


@cache
def all_places(unit: str, zeros: str) -> set | None:
    if zeros == "all mainland" and unit in KEYS:
        return {tuple(row[key] for key in KEYS[unit]) for row in study_of(2016).mainland.to_dict("records")}
    if zeros == "all 34 provinces" and unit == "provinces":
        return {(province,) for province in regions("four-region")}
    return None


def in_the_east(year: int, scheme: str) -> int:
    return sum(row["villages"] for row in rows_of(year) if regions(scheme)[row["province"]] == "East")


def by_loops(name: str, cell: dict) -> float | None:
    """The value of a conclusion in a cell of lists as they are; None where it has none."""
    year, unit, scheme = cell["year"], cell["unit"], cell["region_scheme"]
    total, places, east = counted(year, unit).total(), counted(year, unit), in_the_east(year, scheme)
    clustered = sum(enough(year, "counties", cell["cluster_min_villages"]).values()) / total
    frame = all_places(unit, cell["zeros"])
    if name == "Six leading places hold most of the villages":
        return sum(count for _, count in places.most_common(6)) / total
    if name == "The East holds nearly all villages":
        return east / total
    if name == "Most villages lie in clusters":
        return clustered
    if name == "Guangdong has the most Taobao towns":
        by_province = Counter(place[0] for place in enough(year, "towns", cell["town_min_villages"]))
        return by_province.pop("广东省") / max(by_province.values())
    if name == "Villages are widely distributed":
        return len(places) / len(frame) if frame else None
    if name == "The East is ahead of the rest place for place":
        counting = set(places) if cell["zeros"] == "with villages" else frame
        if counting is None:
            return None
        inside = sum(regions(scheme)[place[0]] == "East" for place in counting)
        return (east / inside) / ((total - east) / (len(counting) - inside))
    if year - 1 not in study_of(2016).lists:
        return None
    places_was = counted(year - 1, unit)
    total_was = places_was.total()
    clustered_was = sum(enough(year - 1, "counties", cell["cluster_min_villages"]).values()) / total_was
    towns, towns_was = (len(enough(each, "towns", cell["town_min_villages"])) for each in (year, year - 1))
    return {
        "Villages multiply fast": total / total_was,
        "Taobao towns multiply as fast as villages": towns / towns_was / (total / total_was),
        "Villages reach more places than a year before": len(places) / len(places_was),
        "Growth lies mostly where villages were before": (sum(places[each] for each in places_was) - total_was)
        / (total - total_was),
        "The rest of the country gains on the East": in_the_east(year - 1, scheme) / total_was - east / total,
        "Clustering becomes more prominent": clustered - clustered_was,
    }[name]


def test_cells_of_the_lists_are_those_of_plain_loops() -> None:
    cells = multiverse.grid(*real(), CONCLUSIONS, 99)
    listed = cells[cells["length"] == AS_LISTED]
    compared: dict[str, int] = defaultdict(int)
    for row in listed.sample(600, random_state=1).to_dict("records"):
        expected = by_loops(row["conclusion"], row)
        if expected is None:
            assert math.isnan(row["value"]) and pd.isna(row["upholds"]) and row["why"]
            continue
        compared[row["conclusion"]] += 1
        assert row["value"] == pytest.approx(expected, abs=1e-12), row
        rule = {">": operator.gt, ">=": operator.ge}[row["rule"]]
        assert row["upholds"] == rule(row["value"], row["reading"])
    assert set(compared) == {each.name for each in CONCLUSIONS} and min(compared.values()) >= 10


def test_the_interval_is_that_of_redrawing() -> None:
    """With one list the draws are the same, so the share of four leading places has the interval of notebook D."""
    four = Conclusion("Four lead", lambda cell: cell.leading(4), ">", 0.5, uses=("unit",))
    rows = multiverse.distinct(multiverse.grid({2015: study_of(2016).lists[2015]}, *real()[1:], [four], 199, 7))
    frame = redrawing.frames(study_of(2016).mainland, study_of(2016).all_provinces)
    drawn = redrawing.intervals(redrawing.redrawn(study_of(2016).lists[2015], frame, 10, 199, 7 + 2015))
    expected = drawn[drawn["index"] == "CR-4"].set_index("unit")[["value", "low", "high"]]
    assert rows.set_index("unit")[["value", "low", "high"]].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-12)
    assert rows["near"].tolist() == ((rows["low"] <= 0.5) & (rows["high"] >= 0.5)).tolist()


def test_lists_of_equal_length_are_cut_as_chance_would() -> None:
    """The mean number of places held after cutting 20 villages to 5, by the hypergeometric law."""
    (name,) = [each.name for each in CONCLUSIONS if set(each.uses) == {"unit", "length"}]
    rows = multiverse.distinct(multiverse.grid(*SMALL, [named(name)], 999, 3))
    rows = rows[(rows["year"] == 2015) & (rows["length"] == EQUAL)].set_index("unit")
    counts = {"provinces": [19, 1], "cities": [17, 2, 1], "counties": [9, 8, 2, 1], "towns": [5, 4, 8, 2, 1]}
    for unit, places in counts.items():
        held = sum(1 - math.comb(20 - count, 5) / math.comb(20, 5) for count in places)
        assert rows.loc[unit, "value"] == pytest.approx(held / 2, abs=0.06)  # four standard errors at most
        assert np.isnan(rows.loc[unit, "low"])  # drawing again only loses places


def test_of_two_lists_the_longer_is_cut() -> None:
    shorter = ({2014: NOW, 2015: BEFORE}, *SMALL[1:])
    rows = multiverse.distinct(multiverse.grid(*shorter, [named("Clustering becomes more prominent")], 99))
    equal = rows[(rows["year"] == 2015) & (rows["length"] == EQUAL)]
    assert (equal["value"] == 0).all()  # five villages make no cluster of eight; the 20 as they are do
    listed = rows[(rows["year"] == 2015) & (rows["length"] == AS_LISTED)]
    assert listed["value"].tolist() == pytest.approx([-17 / 20, -9 / 20, 0, 0, 0, 0, 0, 0])


def test_what_cannot_be_said_says_why() -> None:
    years = {2017: BEFORE, 2018: NOW, 2019: NOW, 2020: NOW}
    rows = multiverse.distinct(multiverse.grid(years, *SMALL[1:], CONCLUSIONS, 99))
    why = {key: set(each["why"]) for key, each in rows.groupby(["conclusion", "year"])}
    towns, villages = "Taobao towns multiply as fast as villages", "Villages multiply fast"
    assert why[villages, 2017] == {NO_LIST_BEFORE} and why[villages, 2018] == why[villages, 2019] == {""}
    assert why[villages, 2020] == {"Taobao villages: stricter rural definition from 2020 on"}
    assert why[towns, 2019] == {"Taobao towns: wider definition from 2019 on"}
    assert why["Six leading places hold most of the villages", 2020] == {""}
    assert why["Villages are widely distributed", 2020] == {"", NO_TABLE, "places without villages are not counted"}
    missing = rows[rows["why"] != ""]
    assert missing["value"].isna().all() and missing["upholds"].isna().all() and rows["why"].notna().all()
    apart = multiverse.distinct(multiverse.grid({2014: BEFORE, 2016: NOW}, *SMALL[1:], [named(villages)], 99))
    assert set(apart["why"]) == {NO_LIST_BEFORE}


def test_the_summary_counts_specifications_and_not_cells() -> None:
    asked = [named("Most villages lie in clusters"), named("The East holds nearly all villages")]
    cells = multiverse.grid(*SMALL, asked, 99)
    first, second = multiverse.summary(cells, asked).to_dict("records")
    assert (first["specifications"], first["upheld"], first["upheld_share"]) == (16, 1, 1 / 16)
    assert (first["lowest"], first["highest"], first["uses"]) == (0, 0.85, "cluster threshold")
    assert first["margin"] == pytest.approx(0.05) and first["missing"] == 0  # nine twentieths against one half
    assert (second["specifications"], second["upheld"]) == (4, 3)  # 0.8 in the year before by the four regions
    readings = multiverse.other_readings(cells, asked)
    assert readings[readings["conclusion"] == first["conclusion"]]["upheld"].tolist() == [1, 1, 1]
    years = multiverse.by_year(cells)
    assert years.drop(columns=["conclusion", "year"]).sum(axis=1).tolist() == [8, 8, 2, 2]
    assert multiverse.most_divided(cells)["conclusion"].unique().tolist() == [first["conclusion"]]
    assert multiverse.most_divided(cells.head(0)).empty


def test_a_conclusion_is_added_in_one_line() -> None:
    asked = [*CONCLUSIONS, Conclusion("Three hold a fifth", lambda cell: cell.leading(3), ">=", 0.2, uses=("unit",))]
    row = multiverse.summary(multiverse.grid(*real(), asked, 99), asked).to_dict("records")[-1]
    assert row["conclusion"] == "Three hold a fifth" and row["specifications"] == 12
    towns = study_of(2016).lists[2016].groupby(TOWN)["villages"].sum().nlargest(3).sum() / 1311
    assert row["lowest"] == pytest.approx(towns)
    assert described(asked)["in_report"].tolist()[-1] == "a reader's own"


def asked(look: object, uses: tuple[str, ...] = (), rule: str = ">") -> Conclusion:
    return Conclusion("Mine", look, rule, 1, uses=uses)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("conclusion", "message"),
    [
        (lambda: asked(lambda cell: 1, uses=("units",)), "no such dimension: units; did you mean unit?"),
        (lambda: asked(lambda cell: 1, uses="unit"), "uses is a tuple, such as ('unit',)"),
        (lambda: asked(lambda cell: 1, rule="=="), "no such rule: =="),
        (
            lambda: asked(lambda cell: cell.leading(3)),
            "cell of year 2014: it looks at unit, which its uses do not declare",
        ),
        (lambda: asked(lambda cell: 1, uses=("zeros",)), "declares zeros and never looks at it"),
        (
            lambda: asked(lambda cell: cell.share("Est"), uses=("region_scheme",)),
            "cell of year 2014, region_scheme four-region: no such region: Est; did you mean East?",
        ),
        (lambda: asked(lambda cell: cell.vilages), "cell of year 2014: a cell has no vilages; did you mean villages?"),
        (lambda: asked(lambda cell: cell.lead_in_towns("Pp"), uses=("town_min_villages",)), "no such province: Pp"),
        (lambda: asked(lambda cell: [][0]), "cell of year 2014: list index out of range"),
        (lambda: asked(lambda cell: "many"), "cell of year 2014: could not convert string to float: 'many'"),
        (lambda: asked(lambda cell: cell.places, uses=("unit",)), "not one for each list"),
        (
            lambda: asked(lambda cell: cell.before.before.villages, uses=("length",)),
            "lists of equal length are two lists, not three",
        ),
    ],
)
def test_one_message_names_the_conclusion_and_the_cell(conclusion: object, message: str) -> None:
    three = ({2014: NOW, 2015: NOW, 2016: NOW}, *SMALL[1:])
    with pytest.raises(ValueError) as raised:
        multiverse.grid(*three, [conclusion()], 99)  # type: ignore[operator]
    assert "conclusion 'Mine'" in str(raised.value) and message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_two_conclusions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two are called 'Villages multiply fast'"):
        multiverse.grid(*SMALL, [*CONCLUSIONS, CONCLUSIONS[0]], 99)


@pytest.mark.slow
def test_the_readme_says_what_the_grid_says() -> None:
    said = " ".join((PROJECT / "README.md").read_text(encoding="utf-8").split())
    cells = multiverse.grid(*real(), CONCLUSIONS, 999, 2015)
    found = multiverse.distinct(cells)
    valued = int(found["value"].notna().sum())
    count = f"these are {len(cells) // len(CONCLUSIONS):,} cells, but {len(found)} specifications"
    assert count in said and f"{valued} have a value" in said
    here = found[found["year"] == 2015].set_index("conclusion")
    clusters = here.loc["Most villages lie in clusters"]
    assert clusters["upholds"].tolist() == [each <= 11 for each in range(8, 16)]
    assert "up to a threshold of 11, not from 12 on" in said
    assert here.loc["Guangdong has the most Taobao towns"]["upholds"].tolist() == [False, True, True]
    assert found[found["conclusion"] == "The East holds nearly all villages"]["upholds"].all()
    prominent = found[(found["conclusion"] == "Clustering becomes more prominent") & (found["year"] > 2014)]
    listed, equal = (prominent[prominent["length"] == each] for each in (AS_LISTED, EQUAL))
    assert len(listed) == len(equal) == 16 and "32 specifications, 16 of each kind" in said
    assert listed["upholds"].all() and not listed["near"].any() and equal["near"].all()
