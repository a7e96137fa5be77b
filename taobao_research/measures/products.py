"""Villages by main product, as a list words them."""

import pandas as pd

BETWEEN_PRODUCTS = "、"
OTHER = "Other"
UNMAPPED = "Not in the crosswalk"


def villages_by_commodity(products: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Villages naming a product of each commodity, most villages first, the rest last.

    Source: main products of the 2014 list; commodities of figure 5; crosswalk
    ``data/reference/product_commodities.csv`` (columns product, commodity).
    A village that names products of two commodities counts under both, so shares (0-1, of all villages)
    add up to more than 1. Returns ``commodity``, ``villages``, ``share``, ``products`` (as worded).

    >>> products = pd.DataFrame({"main_products": ["鞋、茶", "鞋"], "villages": [1, 2]})
    >>> crosswalk = pd.DataFrame({"product": ["鞋"], "commodity": ["Shoes"]})
    >>> villages_by_commodity(products, crosswalk)[["commodity", "villages"]].values.tolist()
    [['Shoes', 3], ['Not in the crosswalk', 1]]
    """
    total = products["villages"].sum()
    rows = products.reset_index(names="row")
    rows["product"] = rows["main_products"].str.split(BETWEEN_PRODUCTS)
    rows = rows.explode("product").merge(crosswalk, on="product", how="left")
    rows["commodity"] = rows["commodity"].fillna(UNMAPPED)
    worded = rows.groupby("commodity")["product"].agg(lambda each: BETWEEN_PRODUCTS.join(sorted(set(each))))
    counts = rows.drop_duplicates(["row", "commodity"]).groupby("commodity", as_index=False)["villages"].sum()
    counts["share"] = (counts["villages"] / total).astype(float)
    counts["products"] = counts["commodity"].map(worded)
    counts["rest"] = counts["commodity"].isin([OTHER, UNMAPPED])
    counts = counts.sort_values(["rest", "villages", "commodity"], ascending=[True, False, True], ignore_index=True)
    return counts.drop(columns="rest")


def compare_rankings(printed: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Rank by turnover as printed beside the villages naming such a product, in the printed order.

    Returns ``commodity``, ``rank_by_turnover``, ``rank_by_villages`` (among the printed groups), ``villages``.
    """
    table = printed[["serial", "commodity"]].merge(listed[["commodity", "villages"]], on="commodity", how="left")
    table["villages"] = table["villages"].fillna(0).astype("Int64")
    table["rank_by_villages"] = table["villages"].rank(method="min", ascending=False).astype("Int64")
    table = table.rename(columns={"serial": "rank_by_turnover"})
    return table[["commodity", "rank_by_turnover", "rank_by_villages", "villages"]]
