"""What a good table is: one schema per kind of file. ``data/README.md`` gives the meaning of each column."""

import pandera.pandas as pa

PLACE = ("province", "city", "county", "town")
MEASURES = ("households", "active_shops", "turnover_cny")

NOT_EMPTY = pa.Check.str_length(min_value=1, error="must not be empty")
NO_BLANKS = pa.Check(lambda text: text == text.str.strip(), error="no spaces around it")
NO_CONTROLS = pa.Check(lambda text: ~text.str.contains(r"[\x00-\x08\x0a-\x1f\x7f]"), error="no control characters")
COUNTABLE = pa.Check.le(1_000_000, error="at most a million")
PLAUSIBLE = pa.Check.le(10**16, error="at most 10 to the 16th")
AT_LEAST_ONE = pa.Check.ge(1, error="at least 1")
NOT_NEGATIVE = pa.Check.ge(0, error="not negative")
ZERO_OR_ONE = pa.Check.isin([0, 1], error="0 or 1")
LONGITUDE = pa.Check.between(73, 136, error="a longitude in China, 73 to 136 E")
LATITUDE = pa.Check.between(3, 54, error="a latitude in China, 3 to 54 N")
SHA256 = pa.Check.str_matches(r"^[0-9a-f]{64}$", error="64 hexadecimal digits")
VERDICTS = ("matches", "differs", "depends", "arithmetic", "no data")
RULES = (
    "exact",
    "rounds to",
    "more than",
    "at least",
    "less than",
    "up to",
    "nearly",
    "about",
    "order",
    "set",
    "includes",
    "table",
    "implied",
    "as stated",
)


def text(*checks: pa.Check, **options: object) -> pa.Column:
    return pa.Column(str, [NO_BLANKS, NO_CONTROLS, *checks], **options)


def name() -> pa.Column:
    return text(NOT_EMPTY)


def whole(*checks: pa.Check, **options: object) -> pa.Column:
    return pa.Column("Int64", list(checks), **options)


def number(*checks: pa.Check, **options: object) -> pa.Column:
    return pa.Column(float, list(checks), **options)


def table(columns: dict[str, pa.Column], unique: list[str] | None = None, *checks: pa.Check) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, unique=unique, checks=list(checks), strict=True, coerce=True, ordered=False)


def _named_is_one(rows):  # a name stands for one village
    return (rows["village"] == "") | (rows["villages"] == 1)


def _named_once(rows):
    named = rows["village"] != ""
    return ~(named & rows.duplicated([*PLACE, "village"], keep=False))


VILLAGES = table(
    {
        "province": name(),
        "city": name(),
        "county": name(),
        "town": text(),
        "village": text(),
        "villages": whole(AT_LEAST_ONE, COUNTABLE),
        "locally_reported": whole(ZERO_OR_ONE),
        **{measure: whole(NOT_NEGATIVE, PLAUSIBLE, nullable=True, required=False) for measure in MEASURES},
        "main_products": text(required=False),
    },
    None,
    pa.Check(_named_is_one, error="a named row is one village"),
    pa.Check(_named_once, error="a named village stands once"),
)

PRODUCTS = table(
    {
        "province": name(),
        "city": name(),
        "county": name(),
        "main_products": name(),
        "villages": whole(AT_LEAST_ONE, COUNTABLE),
    },
    ["province", "city", "county", "main_products"],
)

PRODUCT_COMMODITIES = table({"product": name(), "commodity": name()}, ["product"])

CLAIMS = table(
    {
        "id": text(pa.Check.str_matches(r"^[a-z][a-z0-9_]*$", error="lower-case words joined by _")),
        "section": name(),
        "place": name(),
        "statement": name(),
        "wording": text(),
        "printed": text(),
        "unit": text(),
        "rule": text(pa.Check.isin(RULES, error=f"one of: {', '.join(RULES)}")),
        "function": text(),
        "of": text(),
        "alternatives": text(),
        "expected": text(pa.Check.isin(VERDICTS, error=f"one of: {', '.join(VERDICTS)}")),
        "note": text(),
        "needs": text(),
    },
    ["id"],
    pa.Check(
        lambda rows: (rows["expected"] == "no data") == (rows["function"] == ""),
        error="`no data` has no function, every other verdict has one",
    ),
    pa.Check(
        lambda rows: (rows["expected"] != "no data") | (rows["needs"] != ""),
        error="`no data` says in `needs` which data it would take",
    ),
    pa.Check(
        lambda rows: ~rows["expected"].isin(["differs", "depends"]) | (rows["note"] != ""),
        error="`differs` and `depends` give their reason in `note`",
    ),
)

FIGURES = {
    "figure_2_provinces": table({"serial": whole(), "province_en": name(), "villages": whole(AT_LEAST_ONE, COUNTABLE)}),
    "figure_3_cities": table(
        {"serial": whole(), "city_en": name(), "province_en": name(), "villages": whole(AT_LEAST_ONE, COUNTABLE)}
    ),
    "figure_4_shops": table(
        {
            "serial": whole(),
            **{f"{level}_en": name() for level in ("city", "county", "town", "village")},
            "province": name(),
            "city": name(),
            "county": name(),
            "town": text(),
            "village": text(),
        }
    ),
    "figure_5_products": table({"serial": whole(), "commodity": name(), "wording_in_text": name()}),
    "figure_6_clusters": table({"county_en": name(), "city_en": name(), "villages": whole(AT_LEAST_ONE, COUNTABLE)}),
    "figure_7_poverty": table(
        {
            **{f"{level}_en": name() for level in (*PLACE, "village")},
            "province": name(),
            "city": name(),
            "county": name(),
            "town": text(),
            "village": text(),
        }
    ),
    "appendix_2_towns": table(
        {
            "province": name(),
            "city": name(),
            "county": name(),
            "town": text(),
            "villages": whole(AT_LEAST_ONE, COUNTABLE),
        }
    ),
    "visits": table(
        {
            "date": text(pa.Check.str_matches(r"^\d{4}-\d{2}-\d{2}$", error="a date, YYYY-MM-DD")),
            "visitor": name(),
            "office": name(),
            "place": name(),
            "province": name(),
            "city": name(),
            "county": name(),
            "town": text(),
        }
    ),
    "problems": table({"serial": whole(), "problem": name(), "suggestion": name()}),
}

PROVINCES = table(
    {
        "code": name(),
        "province": name(),
        "name_en": name(),
        "name_zh_short": name(),
        "four_region": text(),
        "three_belt": text(),
        "lon": number(LONGITUDE),
        "lat": number(LATITUDE),
    },
    ["province"],
)

COUNTIES = table(
    {
        "province": name(),
        "city": name(),
        "county": name(),
        "code": text(),
        "gb2260_revision": text(),
        "lon": number(LONGITUDE, nullable=True),
        "lat": number(LATITUDE, nullable=True),
        "city_en": name(),
        "county_en": name(),
    },
    ["province", "city", "county"],
)

COUNTY_POINTS = table(
    {
        "code": name(),
        "province": name(),
        "city": text(),
        "county": name(),
        "lon": number(LONGITUDE),
        "lat": number(LATITUDE),
    },
    ["code"],
)

POVERTY_COUNTIES = table(
    {
        "province": name(),
        "city": name(),
        "county": name(),
        "national_832": whole(ZERO_OR_ONE),
        "provincial_lists": text(),
        "source": text(),
        "coverage": text(),
    },
    ["province", "city", "county"],
)

POVERTY_PROVINCIAL = table(
    {
        "list": name(),
        "province": name(),
        "county": name(),
        "list_name": name(),
        "source_title": text(),
        "source_url": text(),
        "coverage": name(),
    },
    ["list", "province", "county"],
)

CASES = table(
    {
        "place_en": name(),
        "place_zh": name(),
        "level": name(),
        "province": text(),
        "city": text(),
        "county": text(),
        "year": whole(nullable=True),
        "active_shops": whole(NOT_NEGATIVE, nullable=True),
        "shops_qualifier": text(),
        "turnover_cny": whole(NOT_NEGATIVE, nullable=True),
        "turnover_qualifier": text(),
        **{column: whole(NOT_NEGATIVE, nullable=True) for column in ("households", "population", "employees")},
        "main_product": text(),
        "source_title": name(),
        "source_url": text(),
        "note": text(),
    }
)

SERIES = table(
    {
        "year": whole(),
        "scope": name(),
        "measure": name(),
        "value": number(),
        "unit": name(),
        "qualifier": name(),
        "source_title": name(),
        "source_url": text(),
        "note": text(),
    }
)

SOURCES = table(
    {
        "path": name(),
        "sha256": text(SHA256),
        "rows": whole(NOT_NEGATIVE),
        "producer": name(),
        "title": name(),
        "published": text(),
        "retrieved": text(),
        "url": text(),
        "licence": name(),
        "licence_url": text(),
        "note": text(),
    },
    ["path"],
)
