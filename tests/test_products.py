"""Villages by main product: each village once under each commodity it names."""

import pandas as pd
import pytest

from taobao_research.measures.products import OTHER, UNMAPPED, compare_rankings, villages_by_commodity

CROSSWALK = pd.DataFrame(
    [("鞋", "Shoes"), ("女鞋", "Shoes"), ("家具", "Furniture"), ("箱包", "Bags"), ("茶", OTHER)],
    columns=["product", "commodity"],
)


def products(*rows: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["main_products", "villages"]).astype({"villages": "Int64"})


def test_a_village_counts_once_under_each_commodity_it_names() -> None:
    counts = villages_by_commodity(products(("鞋、女鞋", 2), ("鞋、家具", 3), ("家具", 5)), CROSSWALK)
    assert counts[["commodity", "villages"]].to_numpy().tolist() == [["Furniture", 8], ["Shoes", 5]]
    assert counts["share"].tolist() == [0.8, 0.5]
    assert counts["products"].tolist() == ["家具", "女鞋、鞋"]


def test_other_and_unknown_products_stand_last_whatever_their_size() -> None:
    counts = villages_by_commodity(products(("茶", 9), ("玉", 7), ("鞋", 1), ("箱包", 1)), CROSSWALK)
    assert counts["commodity"].tolist() == ["Bags", "Shoes", OTHER, UNMAPPED]
    assert counts["villages"].tolist() == [1, 1, 9, 7]


def test_no_list_with_products_gives_no_commodities() -> None:
    for nothing in (
        products(),
        pd.DataFrame(columns=["year", "province", "city", "county", "main_products", "villages"]),
    ):
        assert villages_by_commodity(nothing, CROSSWALK).empty


def test_rankings_beside_each_other() -> None:
    printed = pd.DataFrame({"serial": [1, 2, 3, 4], "commodity": ["Shoes", "Furniture", "Bags", "Toys"]})
    listed = villages_by_commodity(products(("鞋", 2), ("家具", 5), ("箱包", 2), ("茶", 90)), CROSSWALK)
    ranking = compare_rankings(printed, listed)
    assert ranking["commodity"].tolist() == ["Shoes", "Furniture", "Bags", "Toys"]
    assert ranking["rank_by_turnover"].tolist() == [1, 2, 3, 4]
    assert ranking["rank_by_villages"].tolist() == [2, 1, 2, 4]
    assert ranking["villages"].tolist() == [2, 5, 2, 0]


@pytest.mark.parametrize("text", ["鞋", "鞋、鞋"])
def test_a_product_named_twice_counts_once(text: str) -> None:
    assert villages_by_commodity(products((text, 4)), CROSSWALK)["villages"].tolist() == [4]
