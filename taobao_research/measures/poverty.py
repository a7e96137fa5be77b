"""Villages in counties that were on a national or provincial poverty list."""

import pandas as pd

COUNTY = ["province", "city", "county"]
SEPARATOR = "|"


def in_national_counties(villages: pd.DataFrame, poverty_counties: pd.DataFrame) -> pd.DataFrame:
    """The rows of the village table that lie in one of the 832 national poverty counties.

    Source: report section 4.2 and figure 7. Counties are matched by the names the lists use. Those whose status is
    not on record (``not_on_record``) are not among them, so the count is a lower bound where there are any.
    """
    national = poverty_counties[poverty_counties["national_832"].eq(1).fillna(False)]
    return villages.merge(national[COUNTY], on=COUNTY)


def not_on_record(villages: pd.DataFrame, poverty_counties: pd.DataFrame) -> pd.DataFrame:
    """The rows of the village table in counties of which nobody looked up whether they are poverty counties.

    Takes ``poverty_counties`` with ``national_832`` missing where that is not on record; a county without a row is
    not on record either.

    >>> one = pd.DataFrame({"province": "P", "city": "C", "county": ["A", "B"], "villages": [2, 1]})
    >>> status = one[["province", "city", "county"]].assign(national_832=pd.array([0, None], dtype="Int64"))
    >>> not_on_record(one, status)["villages"].tolist()
    [1]
    """
    known = poverty_counties.loc[poverty_counties["national_832"].notna(), COUNTY].assign(on_record=True)
    both = villages.merge(known, on=COUNTY, how="left")
    return both[both["on_record"].isna()].drop(columns="on_record")


def bound_in_words(villages: pd.DataFrame, poverty_counties: pd.DataFrame) -> str:
    """The number of villages in national poverty counties as far as it is known, as part of a sentence.

    >>> one = pd.DataFrame({"province": "P", "city": "C", "county": ["A", "B"], "villages": [2, 1]})
    >>> status = one[["province", "city", "county"]].assign(national_832=pd.array([1, None], dtype="Int64"))
    >>> bound_in_words(one.head(1), status), bound_in_words(one, status)
    ('2', 'at least 2; not on record: 1 of 2 counties, with 1 of 3 villages')
    """
    inside = int(in_national_counties(villages, poverty_counties)["villages"].sum())
    unknown = not_on_record(villages, poverty_counties)
    if unknown.empty:
        return f"{inside:,}"
    counties, count = _size(unknown)
    all_counties, total = _size(villages)
    found = f"not on record: {counties:,} of {all_counties:,} counties, with {count:,} of {total:,} villages"
    return f"at least {inside:,}; {found}"


def on_provincial_lists(villages: pd.DataFrame, poverty_counties: pd.DataFrame, lists: tuple[str, ...]) -> pd.DataFrame:
    """The rows of the village table in counties on any of the provincial ``lists``, each counted once."""
    listed = poverty_counties["provincial_lists"].str.split(SEPARATOR)
    chosen = poverty_counties[listed.map(lambda keys: bool(set(keys) & set(lists)))]
    return villages.merge(chosen[COUNTY], on=COUNTY)


# Two counties of Guangdong are only said to hold 70 and 68 "relatively poor villages"; no list names them.
HOLDING_POOR_VILLAGES = [("广东省", "河源市", "龙川县"), ("广东省", "汕尾市", "陆丰市")]
COMPLETE = ("ZJ26", "JS12", "SD20", "HE17", "HNp")
COMBINATIONS: dict[str, tuple[str, ...]] = {
    "complete or derived lists": COMPLETE,
    "with Guangdong as found": (*COMPLETE, "GD", "FJ"),
    "with Guangdong, Shandong's 52 for its 20": ("ZJ26", "JS12", "SD52", "HE17", "HNp", "GD", "FJ"),
    "with Guangdong, without Zhejiang": ("JS12", "SD20", "HE17", "HNp", "GD", "FJ"),
}
MORE = ", and two counties no list names"


def by_list(villages: pd.DataFrame, poverty_counties: pd.DataFrame) -> pd.DataFrame:
    """Counties with villages, and villages, of each provincial list alone; a county may be on two lists."""
    keys = sorted({key for cell in poverty_counties["provincial_lists"] for key in cell.split(SEPARATOR) if key})
    rows = [(key, *_size(on_provincial_lists(villages, poverty_counties, (key,)))) for key in keys]
    return pd.DataFrame(rows, columns=["list", "counties", "villages"])


def by_combination(villages: pd.DataFrame, poverty_counties: pd.DataFrame) -> pd.DataFrame:
    """Villages in provincial poverty counties under each reading of which lists count.

    Source: report section 4.2 prints 166 and no list. Returns ``lists``, ``counties``, ``villages``, and
    the last reading again with two counties of Guangdong that no list names.
    """
    rows = []
    holding = pd.DataFrame(HOLDING_POOR_VILLAGES, columns=COUNTY)
    for reading, lists in COMBINATIONS.items():
        listed = on_provincial_lists(villages, poverty_counties, lists)
        rows.append((reading, *_size(listed)))
        if "GD" in lists:
            counties = pd.concat([listed[COUNTY], holding]).drop_duplicates()
            rows.append((reading + MORE, *_size(villages.merge(counties, on=COUNTY))))
    return pd.DataFrame(rows, columns=["lists", "counties", "villages"])


def _size(villages: pd.DataFrame) -> tuple[int, int]:
    return len(villages.drop_duplicates(COUNTY)), int(villages["villages"].sum())
