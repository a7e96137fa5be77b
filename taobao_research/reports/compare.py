"""``taobao-research compare``: any lists of several years, as tables, without running a report."""

from pathlib import Path

import pandas as pd

from taobao_research.errors import InputError
from taobao_research.files import write_whole
from taobao_research.measures import change, persistence
from taobao_research.measures.definitions import COUNTY
from taobao_research.measures.series import crossings
from taobao_research.params import Params
from taobao_research.paths import Project
from taobao_research.tables.study import Study, list_years


def compare(years: list[int], project: Project, params: Params | None = None) -> dict[str, pd.DataFrame]:
    """The tables of the notebook on change, by name, for the lists of these years alone.

    ``params`` gives the definitions of town and cluster and the language of names; its ``year`` does not matter.
    Raises InputError for fewer than two years, and for years without a list.
    """
    chosen = sorted(set(years))
    if len(chosen) < 2:
        raise InputError("compare: give two years or more, such as 2014 2016.")
    there = list_years(project)
    if missing := [str(year) for year in chosen if year not in there]:
        known = ", ".join(map(str, there))
        raise InputError(f"compare: no list of {', '.join(missing)}. Years with a list: {known}.")
    study = Study((params or Params()).model_copy(update={"year": chosen[-1]}), project)
    lists = study.lists_of(chosen)
    towns, clusters = study.params.town_min_villages, study.params.cluster_min_villages
    return {
        "sizes_by_year": change.sizes_by_year(lists, towns, clusters),
        **{f"{level}_by_year": study.named(change.villages_by_year(lists, level)) for level in change.LEVELS},
        "places_gained_and_lost": change.over_pairs(lists, change.places_gained_and_lost),
        "deepening": change.over_pairs(lists, change.deepening_and_spread),
        "deepening_by_province": study.named(change.over_pairs(lists, change.deepening_by_province)),
        "states_of_counties": change.over_pairs(
            lists, change.states_of_counties, clusters, study.params.large_cluster_min_villages
        ),
        "towns_formed": study.named(change.over_pairs(lists, persistence.towns_formed, towns)),
        "clusters_formed": study.named(change.over_pairs(lists, change.thresholds_crossed, COUNTY, clusters)),
        "persistence": (found := persistence.persistence(lists, study.transitions)),
        "spelling": persistence.spelling_by_pair(found),
        "survival": persistence.survival_by_group(lists, study.transitions, clusters),
        "survival_by_province": study.named(persistence.survival_by_province(lists, study.transitions)),
        "definitions": definitions(chosen),
        "links": study.links(chosen),
    }


def definitions(years: list[int]) -> pd.DataFrame:
    """What is no growth between two of the lists: ``years``, ``not_comparable``; no rows where all is comparable."""
    rows = [(f"{first}-{last}", each) for first, last in change.pairs_of(years) for each in crossings(first, last)]
    return pd.DataFrame(rows, columns=["years", "not_comparable"])


def save(years: list[int], project: Project, tables: dict[str, pd.DataFrame]) -> Path:
    """Write the tables as ``reports/compare/<years>/<name>.csv``; returns the folder."""
    folder = project.reports / "compare" / "_".join(map(str, sorted(set(years))))
    for name, table in tables.items():
        write_whole(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n", float_format="%.10g"))
    return folder


def summary(years: list[int], tables: dict[str, pd.DataFrame]) -> list[str]:
    """What a reader looks for first, a few lines for each pair of lists."""
    lines = []
    for pair in dict.fromkeys(tables["places_gained_and_lost"]["years"]):
        rows = {name: table[table["years"] == pair] for name, table in tables.items() if "years" in table}
        lines += [f"{pair}:", *_of_pair(pair, tables["sizes_by_year"], rows)]
    return lines


def _of_pair(pair: str, sizes: pd.DataFrame, rows: dict[str, pd.DataFrame]) -> list[str]:
    first, last = pair.split("-")
    villages = sizes[sizes["measure"] == "Taobao villages"].iloc[0]
    grown = villages[last] / villages[first] - 1
    lines = [f"  villages: {villages[first]:,} to {villages[last]:,} ({grown:+.1%})"]
    for each in rows["places_gained_and_lost"].itertuples():
        lines.append(f"  {each.level}: {each.before:,} to {each.now:,}; {each.new:,} new, {each.lost:,} lost")
    parts = rows["deepening"].set_index("part")["change"]
    lines.append("  change in villages: " + "; ".join(f"{count:+,} in {part}" for part, count in parts.items()))
    for name, word in (("towns_formed", "Taobao towns"), ("clusters_formed", "clusters")):
        crossed = rows[name]["crossing"].value_counts()
        lines.append(f"  {word}: {crossed.get('formed', 0):,} formed, {crossed.get('dissolved', 0):,} dissolved")
    for each in rows["persistence"].itertuples():
        numbers = f"{each.kept:,} kept, {each.left:,} left, {each.entered:,} entered"
        lines.append(f"  {numbers}: {each.way} ({each.basis})")
    return lines + [f"  not comparable: {each}" for each in rows["definitions"]["not_comparable"]]
