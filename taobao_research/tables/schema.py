"""What a good table is: one schema per kind of file. ``data/README.md`` gives the meaning of each column."""

import pandera.pandas as pa

PLACE = ("province", "city", "county", "town")
MEASURES = ("households", "active_shops", "turnover_cny")
COORDINATES = ("lon", "lat")

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
ANYWHERE = {  # of villages: what lies outside China is flagged (``measures.coordinates``), not refused
    "lon": pa.Check.between(-180, 180, error="a longitude in degrees, -180 to 180"),
    "lat": pa.Check.between(-90, 90, error="a latitude in degrees, -90 to 90; are lon and lat exchanged?"),
}
SHA256 = pa.Check.str_matches(r"^[0-9a-f]{64}$", error="64 hexadecimal digits")
CODE = pa.Check.str_matches(r"^\d{6}$", error="six digits")
REVISION = pa.Check.str_matches(r"^\d{6}$", error="a revision, YYYYMM")
CHANGED_LEVELS = ("city", "county", "town")
CHANGES = ("upgraded", "renamed", "moved", "abolished into", "listed differently", "zone")
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


WEB = pa.Check.str_matches(r"^(https?://|$)", error="an address begins with http:// or https://")


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


def _both_or_neither(rows):
    given = rows.reindex(columns=list(COORDINATES)).notna()
    return given["lon"] == given["lat"]


def _located_is_named(rows):
    return (rows["village"] != "") | ~rows.reindex(columns=list(COORDINATES)).notna().any(axis=1)


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
        **{column: number(ANYWHERE[column], nullable=True, required=False) for column in COORDINATES},
    },
    None,
    pa.Check(_named_is_one, error="a named row is one village"),
    pa.Check(_named_once, error="a named village stands once"),
    pa.Check(_both_or_neither, error="lon and lat stand together; give both, or leave both empty"),
    pa.Check(_located_is_named, error="lon and lat are of one named village; name it, or leave both empty"),
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

COUNTY_CODES = table(
    {
        "code": text(CODE),
        "province": name(),
        "city": text(),
        "county": name(),
        "first_revision": text(REVISION),
        "last_revision": text(REVISION),
    },
    ["code", "first_revision"],
    pa.Check(
        lambda rows: rows["first_revision"] <= rows["last_revision"],
        error="the last revision is not before the first",
    ),
)

PLACE_CHANGES = table(
    {
        "level": text(pa.Check.isin(CHANGED_LEVELS, error=f"one of: {', '.join(CHANGED_LEVELS)}")),
        "kind": text(pa.Check.isin(CHANGES, error=f"one of: {', '.join(CHANGES)}")),
        "province": name(),
        **{level: text() for level in PLACE[1:]},
        **{f"new_{level}": text() for level in PLACE[1:]},
        "year": text(pa.Check.str_matches(r"^(\d{4})?$", error="a year or empty")),
        "source_title": name(),
        "source_url": text(),
        "note": text(),
    },
    ["level", *PLACE],
    pa.Check(
        lambda rows: (rows["level"] == "city") == (rows["county"] == ""),
        error="a city has no county, every other place has one",
    ),
    pa.Check(lambda rows: (rows["county"] == "") == (rows["new_county"] == ""), error="old and new are of one level"),
    pa.Check(
        lambda rows: (rows["level"] == "town") | (rows["town"] + rows["new_town"] == ""),
        error="only a town has names in `town` and `new_town`",
    ),
    pa.Check(lambda rows: (rows["kind"] != "zone") | (rows["level"] == "county"), error="a zone is of level county"),
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

TRANSITIONS = table(
    {
        "from_year": whole(),
        "to_year": whole(),
        "province": name(),
        "city": name(),
        "county": name(),
        **{state: whole(NOT_NEGATIVE, COUNTABLE) for state in ("stayed", "left", "entered")},
    },
    ["from_year", "to_year", "province", "city", "county"],
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
        "url": text(WEB),
        "licence": name(),
        "licence_url": text(WEB),
        "note": text(),
    },
    ["path"],
)
