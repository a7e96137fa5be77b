"""Location quotients: villages of a place against what else there is of it."""

import numpy as np
import pandas as pd
from scipy import stats

from taobao_research.measures.intervals import CONFIDENCE


def location_quotients(villages: pd.DataFrame, counties: pd.DataFrame) -> pd.DataFrame:
    """A province's share of all villages over its share of all counties: above one, more villages than counties tell.

    Counties are the one thing that the data at hand count in every province. They differ much in people and in
    administrative villages, which would be the better denominators; so a quotient says nothing of a village's chance
    to be listed. Takes a village table and the counties of the mainland (``province``, one row each). Returns
    ``province``, ``villages``, ``n`` (counties), ``share``, ``counties_share``, ``quotient``, ``low``, ``high``,
    highest first; the interval is that of drawing all villages again without end (binomial), missing for none.

    >>> rows = pd.DataFrame({"province": ["A", "B"], "villages": [3, 1]})
    >>> location_quotients(rows, pd.DataFrame({"province": ["A", "B", "B", "C"]}))["quotient"].tolist()
    [3.0, 0.5, 0.0]
    """
    counted = counties.groupby("province").size().rename("n")
    held = villages.groupby("province")["villages"].sum().reindex(counted.index, fill_value=0)
    total, tail = int(held.sum()), (1 - CONFIDENCE) / 2
    table = pd.DataFrame({"villages": held.astype(int), "n": counted})
    table["share"] = (table["villages"] / total).astype(float)
    table["counties_share"] = table["n"] / table["n"].sum()
    table["quotient"] = table["share"] / table["counties_share"]
    for name, at in (("low", tail), ("high", 1 - tail)):
        drawn = stats.binom.ppf(at, total, table["share"]) / total / table["counties_share"]
        table[name] = np.where(table["villages"] > 0, drawn, np.nan)
    order = {"by": ["quotient", "n", "province"], "ascending": [False, False, True]}
    return table.reset_index().sort_values(**order, ignore_index=True)
