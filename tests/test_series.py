"""Published national figures: the value most sources print, and what they disagree about."""

import pandas as pd

from taobao_research.measures.series import DEFINITION_CHANGES, beside_published, crossings, published_counts
from tests.checkout import DATA


def series(*rows: tuple[int, str, str, float, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["year", "scope", "measure", "value", "qualifier"])


def test_the_value_most_sources_print_with_the_lowest_and_highest() -> None:
    counts = published_counts(
        series(
            (2014, "national", "taobao_villages", 212, "exact"),
            (2014, "national", "taobao_villages", 213, "exact"),
            (2014, "national", "taobao_villages", 212, "exact"),
            (2014, "national", "taobao_villages", 211, "exact"),
            (2013, "national", "taobao_villages", 20, "exact"),
            (2014, "national", "taobao_towns", 19, "exact"),
        )
    )
    assert counts.columns.tolist() == ["measure", "year", "value", "low", "high", "sources", "definition"]
    assert counts.to_numpy().tolist() == [
        ["Taobao villages", 2013, 20, 20, 20, 1, "as in the report"],
        ["Taobao villages", 2014, 212, 211, 213, 4, "as in the report"],
        ["Taobao towns", 2014, 19, 19, 19, 1, "as in the report"],
    ]


def test_other_scopes_measures_and_qualifiers_are_left_out() -> None:
    counts = published_counts(
        series(
            (2015, "national", "taobao_villages", 780, "exact"),
            (2015, "national", "taobao_villages", 700, "more_than"),
            (2015, "Zhejiang", "taobao_villages", 280, "exact"),
            (2015, "national", "provinces_with_taobao_villages", 17, "exact"),
        )
    )
    assert counts[["value", "low", "high", "sources"]].to_numpy().tolist() == [[780, 780, 780, 1]]


def test_nothing_published_is_an_empty_table() -> None:
    assert published_counts(series()).empty


TOWNS_2019, TOWNS_2020 = "wider definition from 2019", "no subdistricts from 2020"
VILLAGES_2020 = "stricter rural definition from 2020"


def test_the_changes_are_those_that_the_sources_state() -> None:
    published = pd.read_csv(DATA / "series" / "published_series.csv", keep_default_na=False)
    noted = published[published["note"].str.contains("definition|subdistricts")]
    noted = {(row.measure.replace("taobao_", "Taobao "), row.year) for row in noted.itertuples()}
    assert noted == {(measure, year) for measure, changes in DEFINITION_CHANGES.items() for year in changes}


def test_a_year_after_a_change_of_definition_says_so() -> None:
    """AliResearch widened towns in 2019, narrowed towns and villages in 2020 (notes of published_series.csv)."""
    counts = published_counts(
        series(
            *[(year, "national", "taobao_villages", 1, "exact") for year in (2019, 2020)],
            *[(year, "national", "taobao_towns", 1, "exact") for year in (2018, 2019, 2020)],
        )
    )
    assert counts["definition"].tolist() == [
        "as in the report", f"{VILLAGES_2020} on", "as in the report", f"{TOWNS_2019} on",
        f"{TOWNS_2019} on; {TOWNS_2020} on",
    ]  # fmt: skip


def test_a_list_stands_beside_what_is_printed_for_its_year() -> None:
    """2016: four sources print 1,311 villages and two 135 towns; a fifth and a third row are counted from the list."""
    published = pd.read_csv(DATA / "series" / "published_series.csv", keep_default_na=False)
    table = beside_published(pd.Series({"Taobao towns": 127, "Taobao villages": 1300, "Clusters": 9}), published, 2016)
    assert table.to_numpy().tolist() == [
        ["Taobao villages", 1300, 1311, 1311, 1311, 4], ["Taobao towns", 127, 135, 135, 135, 2]
    ]  # fmt: skip
    assert beside_published(pd.Series({"Taobao villages": 9}), published, 2008).empty


def test_crossings_name_what_is_no_growth() -> None:
    assert crossings(2014, 2018) == [] and crossings(2020, 2022) == []
    villages, towns = f"Taobao villages: {VILLAGES_2020} on", f"Taobao towns: {TOWNS_2020} on"
    assert crossings(2019, 2020) == [villages, towns]
    assert crossings(2018, 2019) == [f"Taobao towns: {TOWNS_2019} on"]
    assert crossings(2016, 2022, "Taobao villages") == [villages] and crossings(2019, 2019) == []
