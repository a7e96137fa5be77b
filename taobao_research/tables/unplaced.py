"""Counties of a list that GB/T 2260 does not settle: named, with the nearest names, and never guessed."""

import pandas as pd

from taobao_research.tables.identity import identify_counties


def unplaced(villages: pd.DataFrame, year: int, codes: pd.DataFrame, changes: pd.DataFrame) -> list[str]:
    """A sentence for each county that is unknown, ambiguous, known by its stem alone, or listed under two names.

    Such a county is counted under its own name; it is not found again in a list that spells it otherwise.

    >>> from taobao_research.params import params_of
    >>> from taobao_research.tables.study import Study
    >>> study = Study(params_of(2015))
    >>> listed = pd.DataFrame([("浙江省", "金华市", "义务市")], columns=["province", "city", "county"])
    >>> unplaced(listed, 2017, study.county_codes, study.place_changes)
    ['浙江省金华市义务市: no county of GB/T 2260 or place_changes.csv; nearest: 浙江省/金华市/义乌市']
    """
    found = identify_counties(villages, year, codes, changes)
    what = {
        "unknown": "no county of GB/T 2260 or place_changes.csv",
        "ambiguous": "could be several counties",
        "stem": "taken for the one county with this name but for 市, 区 or 县",
    }
    sentences = []
    for each in found[found["rule"].isin(what)].itertuples():
        nearest = f"; nearest: {each.candidates}" if each.candidates else "; nothing near it"
        place = "".join(dict.fromkeys((each.province, each.city, each.county)))
        sentences.append(f"{place}: {what[each.rule]}{nearest if each.rule != 'stem' else ''}")
    for county_id, rows in found[found["confidence"] != "none"].groupby("county_id"):
        if len(rows) > 1:
            names = " and ".join(rows["county"])
            sentences.append(f"{rows['province'].iloc[0]}: {names} are one county ({county_id}), and count as one")
    return sentences
