"""Claims against the report: every verdict on file, every implied figure worked out by hand."""

import re

import pandas as pd
import pytest

from taobao_research.claims import arithmetic, ledger
from taobao_research.claims.ledger import FUNCTIONS, judge, judge_all
from taobao_research.errors import InputError
from taobao_research.measures.poverty import by_combination
from tests.checkout import DATA, PROJECT
from tests.studies import claims_on_file, judged, study_of

YEARS = (2014, 2015, 2016)
CLAIMS = {(year, row["id"]): row for year in YEARS for row in claims_on_file(year)}
REPORT = PROJECT.parent / "shared" / "report" / "taobao-villages-2015.txt"

# Worked out with pencil and paper from the figures that the report prints.
BY_HAND = {
    "villages_per_town": 10.985915, "investment_per_station": 100_000, "stations_per_centre_planned": 100,
    "stations_per_county": 45.930693, "plan_reached": 9.278, "cadres_per_seminar": 34.95,
    "cadres_per_county": 2.7738095, "partners_per_station": 0.63267946, "partners_per_station_planned": 2,
    "ant_loan_per_borrower": 166_666.667, "implied_total_turnover": 7_800_000_000, "implied_total_shops": 78_000,
    "implied_turnover_per_shop": 100_000, "desheng_natives_share": 46.153846, "desheng_sales_per_person": 100_000,
    "shops_per_village": 256.41026, "villages_over_100m_share": 3.8461538, "villages_10_to_30m_count": 468,
    "villages_30_to_100m": 36.153846, "dayuan_ratio": 18.75, "qingyanliu_ratio": 10,
    "xinhua_all_households": 1249.3671, "xinhua_total_sales": 1_000_000_000,
    "xinhua_sales_per_household": 1_013_171.2, "yiwu_parcels_before": 325_203.25, "yiwu_parcels_total": 109_200_000,
    "socks_china_output": 36_857_142_857, "socks_world_output": 86_000_000_000, "socks_china_share": 42.857143,
    "xinhe_loan_per_shop": 75_000, "xinhe_shops_per_supplier": 66.666667, "baigou_per_shop": 466_666.667,
    "baigou_locals": 50_000, "rural_poor_per_county": 8.4134615, "poverty_ratio": 8.4580889,
    "poverty_purchases_per_user": 5_115.1999, "poverty_sales_per_seller": 40_758.456,
    "poverty_sales_per_county": 14_338_942.3, "dinglou_share": 93.333333, "dinglou_people_per_household": 3.69,
    "daji_growth": 150, "daji_sales_per_worker": 31_250, "daji_people_per_household": 2.5925926,
    "daji_people_of_poor": 30, "daji_per_order": 6_250, "daji_peak_against_year": 1,
    "lecong_area_per_tenant": 914.28571,
}  # fmt: skip


@pytest.mark.parametrize("key", CLAIMS, ids=lambda key: f"{key[0]}-{key[1]}")
def test_claim_has_the_verdict_on_file(key: tuple[int, str]) -> None:
    assert judged(*key)["verdict"] == CLAIMS[key]["expected"]
    assert judged(*key)["note"].endswith((".", "?")), "a verdict carries its reason in a sentence"


def test_implied_figures_are_those_worked_out_by_hand() -> None:
    study = study_of(2015)
    implied = study.claims[study.claims["rule"] == "implied"]
    assert set(implied["id"]) == set(BY_HAND)
    for claim in implied.to_dict("records"):
        operands = [part.strip() for part in claim["of"].split("|")]
        assert FUNCTIONS[claim["function"]](study, *operands) == pytest.approx(BY_HAND[claim["id"]], rel=1e-6)


def test_every_function_is_used_and_every_function_named_exists() -> None:
    used = {claim["function"] for claim in CLAIMS.values()} - {""}
    assert used == set(FUNCTIONS)


def exact_claims() -> list[tuple[int, str]]:
    held = ("matches", "arithmetic", "depends")
    return [
        key for key, claim in CLAIMS.items() if claim["rule"] in ("exact", "rounds to") and claim["expected"] in held
    ]


@pytest.mark.parametrize("key", exact_claims(), ids=lambda key: f"{key[0]}-{key[1]}")
def test_a_printed_figure_moved_by_one_is_noticed(key: tuple[int, str]) -> None:
    claim = dict(CLAIMS[key])
    decimals = len(claim["printed"].partition(".")[2])
    moved = [f"{float(claim['printed']) + step * 10**-decimals:.{decimals}f}" for step in (1, -1)]
    verdicts = [judge(study_of(key[0]), {**claim, "printed": printed})["verdict"] for printed in moved]
    kept = verdicts.count(claim["expected"])
    assert kept == 0 or (claim["expected"] == "depends" and kept == 1)  # what another definition gives


def test_the_hallmark_seventeen_villages() -> None:
    villages = study_of(2015).moved(region_scheme="three-belt").villages
    assert villages.loc[villages["region"].isin(["Central", "West"]), "villages"].sum() == 17
    assert judged(2015, "central_west")["computed"] == "16"
    assert judged(2015, "outside_the_east")["verdict"] == "differs"


def test_provincial_poverty_counties_are_never_settled() -> None:
    assert judged(2015, "poverty_provincial")["verdict"] == "no data"
    assert judged(2015, "key_poverty_provincial")["verdict"] == "no data"


@pytest.mark.slow
def test_the_language_of_the_labels_changes_no_verdict() -> None:
    chinese = judge_all(study_of(2015).moved(labels="zh"))
    pd.testing.assert_frame_equal(chinese, judge_all(study_of(2015)))


def test_the_figures_in_the_reason_for_166_are_those_of_the_table() -> None:
    study = study_of(2015)
    readings = by_combination(study.villages, study.poverty_counties)["villages"].tolist()
    assert readings == [137, 164, 166, 169, 171, 110, 112]  # added up by hand, list by list
    note = CLAIMS[2015, "poverty_provincial"]["note"]
    assert all(str(figure) in note for figure in (164, min(readings), max(readings), 166))


def test_a_moved_definition_is_named_in_the_reason() -> None:
    moved = study_of(2015).moved(cluster_min_villages=12)
    claim = judge(moved, CLAIMS[2015, "clusters"])
    assert claim["verdict"] == "differs" and "Under these parameters" in claim["note"]


def test_verdict_of_a_claim_whose_list_is_missing() -> None:
    claim = {**CLAIMS[2015, "villages_growth"], "id": "growth"}
    judged = judge(study_of(2014), claim)
    assert judged["verdict"] == "no data" and "2013" in judged["note"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"function": "no_such"}, "no function 'no_such'"),
        ({"of": "a | b | c | d | e | f"}, "cannot work with"),
        ({"function": "villages_in", "of": "planet=Mars"}, "cannot work with"),
        ({"function": "printed_ratio", "of": "villages_2015 | nothing"}, "cannot work with"),
        ({"function": "printed_ratio", "of": "villages_2015 | 0"}, "cannot work with"),
        ({"printed": "1,311"}, "cannot compare"),
        ({"printed": ""}, "cannot compare"),
        ({"rule": "table"}, "cannot compare"),
        ({"rule": "set"}, "cannot compare"),
        ({"alternatives": "nonsense"}, "not of the form name=value"),
        ({"alternatives": "colour=red"}, "cannot work with"),
        ({"alternatives": "region_scheme=two-belt"}, "region_scheme"),
        ({"alternatives": "town_min_villages=many"}, "town_min_villages"),
    ],
)
def test_a_claim_that_cannot_be_computed_names_itself(change: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        judge(study_of(2015), {**CLAIMS[2015, "villages_2015"], **change})


def test_an_alternative_may_move_a_number() -> None:
    judged = judge(study_of(2015), {**CLAIMS[2015, "towns_2015"], "alternatives": "town_min_villages=4"})
    assert judged["verdict"] == "depends"


def test_operands_of_arithmetic_are_claims_or_numbers() -> None:
    study = study_of(2015)
    for claim in study.claims.to_dict("records"):
        if claim["function"].startswith("printed_") and claim["function"] not in ("printed_value", "printed_order",
                                                                                  "printed_names_count"):  # fmt: skip
            for operand in claim["of"].split("|"):
                assert isinstance(arithmetic._value(study, operand.strip()), float)


def test_ledger_columns_are_those_promised() -> None:
    promised = ["id", "section", "statement", "printed", "computed", "unit", "rule", "verdict", "note"]
    assert list(ledger.COLUMNS) == promised and list(judge_all(study_of(2015)).columns) == promised


def report_text() -> str:
    if not REPORT.is_file():
        pytest.skip("the report's text is not beside the project")
    return REPORT.read_text(encoding="utf-8")


def test_every_wording_stands_in_the_report() -> None:
    text = report_text()
    assert [claim["id"] for key, claim in CLAIMS.items() if key[0] == 2015 and claim["wording"] not in text] == []


# Numbers that claim nothing: the name of a web site, versions of a pattern or mode, the number of a congress.
NO_CLAIM = {"1688", "1.0", "2.0", "3.0", "18"}


def test_every_number_of_the_report_is_in_the_ledger() -> None:
    text = report_text()
    body = text[text.index("Key Findings\n\n-") : text.index("Appendix 1: 2015 China Taobao Villages List\n\n•")]
    body = re.sub(r"\d*Zhejiang\d.*|^\d[A-Z][a-z]+\d+[A-Z].*?\t", "", body, flags=re.M)  # rows the scan ran together
    body = re.sub(r"https?://\S+|^[¹²³⁴].*$|Figure \d|^\d\.\d? .*$|^\d+\. .*$|^- \d\. ", "", body, flags=re.M)
    registered = " ".join(claim["wording"] for key, claim in CLAIMS.items() if key[0] == 2015)
    figures = " ".join(path.read_text(encoding="utf-8") for path in (DATA / "2015" / "figures").glob("*.csv"))
    known = set(re.findall(r"\d[\d,.]*\d|\d", f"{registered} {figures}"))
    numbers = set(re.findall(r"\d[\d,.]*\d|\d", body))
    years = {str(year) for year in range(1980, 2021)}
    missing = sorted(number for number in numbers if number not in known | years | NO_CLAIM)
    assert missing == []


def test_names_of_places_in_claims_are_in_the_list_or_explained() -> None:
    villages: pd.DataFrame = study_of(2015).villages
    for claim in CLAIMS.values():
        for place in re.findall(r"(province|city|county|town)=([^|]+)", claim["of"]):
            level, name = place[0], place[1].strip()
            assert name in set(villages[level]) | set(study_of(2016).villages[level]), (claim["id"], name)


# Every figure that a source of the series prints about 2014 and 2016 stands in that year's ledger.

SCOPES = {
    "Central and West China": "Central | West",
    "Inland China": "Central | West | Northeast",
    "Northeast China": "Northeast",
}
PLACES = {
    "Guangdong": "广东省", "Jiangsu": "江苏省", "Zhejiang": "浙江省", "Fujian": "福建省", "Hebei": "河北省",
    "Shandong": "山东省", "Jiangxi": "江西省", "Fujian/Quanzhou": "泉州市", "Zhejiang/Wenling": "温岭市",
    "Zhejiang/Yiwu": "义乌市",
}  # fmt: skip
COMPUTED_BY = {  # measure of the series -> functions that reach it; none: no data do
    "taobao_villages": {"villages_total", "villages_in", "villages_in_regions"},
    "taobao_villages_in_city": {"villages_in"},
    "taobao_villages_in_county": {"villages_in"},
    "taobao_towns": {"towns_total"},
    "provinces_with_taobao_villages": {"places_with_villages"},
    "villages_in_national_poverty_counties": {"poverty_villages"},
    "share_of_villages_in_clusters": {"clusters_share"},
    "active_online_shops": {""},
    "enterprise_registered_shops": {""},
    "shops_sales_over_1m_cny": {""},
    "jobs": {""},
    "villages_in_provincial_poverty_counties": {""},
}
RULE_OF = {"exact": {"exact", "rounds to"}, "more_than": {"more than"}, "about": {"about"}}


@pytest.mark.parametrize(("year", "printed_rows"), [(2014, 22), (2016, 26)])  # counted in the file by hand
def test_each_published_figure_of_the_year_is_a_claim(year: int, printed_rows: int) -> None:
    study = study_of(year)
    series = study.series[(study.series["year"] == year)]
    printed = series[~series["note"].str.match("COUNTED|DERIVED|MISREADING")]
    assert len(printed) == printed_rows
    for row in printed.itertuples():
        claims = study.claims[
            (study.claims["printed"] == f"{row.value:.0f}")
            & study.claims["function"].isin(COMPUTED_BY[row.measure])
            & study.claims["rule"].isin(RULE_OF[row.qualifier])
        ]
        where = SCOPES.get(row.scope) or PLACES.get(row.scope, "")
        found = claims[claims["of"].str.contains(where, regex=False)] if where else claims
        assert len(found), f"{year}: {row.scope}, {row.measure}, {row.value}: in no claim"
