"""What tables and charts call things; their Chinese stands in ``translations/zh.po``."""

from taobao_research.translating import fill, package_texts

HEADINGS: dict[str, str] = {
    "province_en": "Province",
    "city_en": "City",
    "county_en": "County",
    "town_en": "Town",
    "village_en": "Village",
    "list_name": "Name of the list",
    "shops_qualifier": "Shops are",
    "turnover_qualifier": "Turnover is",
    "before": "Before",
    "now": "Now",
    "rank_by_turnover": "Rank by turnover (report)",
    "rank_by_villages": "Rank by villages",
    "remark": "Remark",
    "visits": "Visits",
    "place": "Place",
    "province": "Province",
    "region": "Region",
    "rank": "Rank",
    "villages": "Villages",
    "share": "Share",
    "villages_before": "Villages before",
    "change": "Change",
    "growth": "Growth",
    "towns": "Towns",
    "clusters": "Clusters",
    "threshold": "Threshold",
    "year": "Year",
    "date": "Date",
    "visitor": "Visitor",
    "office": "Office",
    "statement": "Statement",
    "printed": "Printed",
    "computed": "Computed",
    "unit": "Unit",
    "rule": "Rule",
    "verdict": "Verdict",
    "note": "Reason",
    "section": "Section",
    "id": "Claim",
    "claims": "Claims",
    "value": "Value",
    "low": "Low",
    "high": "High",
    "sources": "Sources",
    "n": "n",
    "places": "Places",
    "measure": "Measure",
    "estimate": "Estimate",
    "fisher_low": "Fisher z, low",
    "fisher_high": "Fisher z, high",
    "bootstrap_low": "Bootstrap, low",
    "bootstrap_high": "Bootstrap, high",
    "fit": "Fit",
    "elasticity": "Elasticity",
    "interval": "Interval",
    "level": "Level",
    "active_shops": "Active shops",
    "turnover_cny": "Turnover, yuan",
    "households": "Households",
    "commodity": "Commodity",
    "products": "Products as worded",
    "serial": "No.",
    "problem": "Problem",
    "suggestion": "Suggestion",
    "list": "List",
    "lists": "Lists counted",
    "coverage": "Coverage",
    "counties": "Counties",
    "wording_in_text": "Wording in the text",
    "without_it_r": "r without it",
    "without_it_elasticity": "Elasticity without it",
    "shift": "Shift",
    "selection": "Selection rule",
    "source_title": "Source",
    "enough_turnover": "Turnover enough",
    "enough_shops": "Shops enough",
    "enough_household_share": "Household share enough",
    "taobao_village": "Taobao village",
    "definition": "Definition",
    "meets": "Meets it",
    "fails": "Fails it",
    "unknown": "Unknown",
    "figure": "Report's table",
    "rows_printed": "Rows printed",
    "rows_agreeing": "Rows agreeing",
    "named": "Named",
    "nameless": "Count only",
    "locally_reported": "Locally reported",
    "legible_towns": "Towns legible",
    "towns_counted": "Towns counted",
    "listed_villages": "Villages there",
    "operand": "Printed figure",
    "name": "Parameter",
    "per_shop": "Turnover per shop, yuan",
    "qualifier": "Qualifier",
    "years": "Years",
    "kept": "Kept",
    "new": "New",
    "lost": "Lost",
    "left": "Left",
    "entered": "Entered",
    "entered_names": "Villages that entered",
    "left_as_written": "Left, names as written",
    "stayed": "Stayed",
    "ambiguous": "Name not unique",
    "way": "Matched by",
    "basis": "Basis",
    "group": "Group",
    "part": "Part",
    "state": "State",
    "names_before": "Names before",
    "confidence": "Confidence",
    "candidates": "Candidates",
    "city": "City",
    "county": "County",
    "town": "Town",
    "within": "Change within counties kept",
    "spread": "In new counties",
    "crossing": "Crossing",
    "tipping": "Needed, of those gained",
}

# Texts that measures and notebooks put together from numbers and words, by which they are recognised in cells.
PATTERNS: tuple[str, ...] = ()


def heading(column: str, labels: str = "en") -> str:
    """What a column is called.

    >>> heading("villages"), heading("villages", "zh"), heading("some_column")
    ('Villages', '淘宝村数', 'Some column')
    """
    return say(HEADINGS.get(column, column.replace("_", " ").capitalize()), labels)


def say(text: str, labels: str = "en", /, **values: object) -> str:
    """A text or template in the run's language, then filled with values; what has no translation stays as it is.

    >>> say("Villages by region, {scheme} scheme", scheme="three-belt")
    'Villages by region, three-belt scheme'
    >>> say("Towns", "zh")
    '淘宝镇'
    """
    return fill(package_texts().get(text, text) if labels == "zh" else text, values)
