"""Neighbours, permutations and hot spots against plain loops, enumeration, closed forms and another program."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobao_research.measures import autocorrelation, hotspots
from taobao_research.measures.autocorrelation import BOTH, GEARY, LOG, MORAN, ONE, PRESENCE, RAW, geary, moran, p_value
from taobao_research.measures.neighbours import EARTH_KM, Weights, distance_km, joins, nearest
from tests.studies import study_of

# esda 2.9.0 with libpysal 4.14.1 on `Study.at_points` (2,847 counties) and the neighbours of `nearest`: Moran's I and
# Geary's C of villages, the same of log(1 + villages), and joins of the union of neighbours, both ends and one end.
ESDA = {
    (2014, 4): (0.1307157034631784, 0.8526324332419647, 0.1764399866908199, 0.7993818793992227, 42, 301),
    (2014, 6): (0.14649277819337878, 0.8795933235184191, 0.1986678814379979, 0.811418612662257, 70, 444),
    (2014, 8): (0.1517462381679177, 0.8861390065566754, 0.1971171097487109, 0.8241441484934513, 90, 580),
    (2015, 4): (0.13940163708652137, 0.8239538042899233, 0.2971607025731532, 0.6618330897578679, 150, 585),
    (2015, 6): (0.18461868573095244, 0.8730977361883803, 0.3249936548590842, 0.6891472564263293, 238, 846),
    (2015, 8): (0.17797918391399142, 0.8664245599131278, 0.31769809464550813, 0.705073887164794, 303, 1122),
    (2016, 4): (0.15695818421411864, 0.8079821047132042, 0.3579971566612163, 0.6065122643815363, 217, 634),
    (2016, 6): (0.1919011643114591, 0.8476680266393908, 0.3759472809165147, 0.6373749104127607, 321, 942),
    (2016, 8): (0.19938355924966158, 0.8372069110801678, 0.37019599427610506, 0.652835547685826, 413, 1253),
}
ESDA_LOCAL = {  # 2015, six neighbours: Moran_Local.Is, which divides by n - 1, and G_Local(star=True).Zs
    "320324": (2.427996419257185, 4.853146056372172),
    "321322": (4.479793927605421, 5.255988945200885),
    "330782": (56.12834571407687, 13.91711105501819),
    "371721": (-2.601012045489137, 6.464517611687019),
    "445281": (34.28699623094244, 10.895789388802852),
}
LINE = np.array([0.0, 1.0, 3.0, 4.0, 7.5])


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    return study_of(2016).at_points


def points(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(75, 134, n), rng.uniform(19, 53, n)


def matrix(weights: Weights) -> np.ndarray:
    """The weights as a table of every place by every other."""
    n = len(weights.neighbours)
    full = np.zeros((n, n))
    each = np.broadcast_to(weights.each, weights.neighbours.shape)
    for place, neighbours in enumerate(weights.neighbours):
        for number, neighbour in enumerate(neighbours):
            if neighbour < n:
                full[place, neighbour] = each[place, number]
    return full


def moran_by_pairs(values: np.ndarray, full: np.ndarray) -> float:
    n, deviation = len(values), values - values.mean()
    crossed = sum(full[i, j] * deviation[i] * deviation[j] for i in range(n) for j in range(n))
    return n / full.sum() * crossed / (deviation**2).sum()


def geary_by_pairs(values: np.ndarray, full: np.ndarray) -> float:
    n = len(values)
    crossed = sum(full[i, j] * (values[i] - values[j]) ** 2 for i in range(n) for j in range(n))
    return (n - 1) * crossed / (2 * full.sum() * ((values - values.mean()) ** 2).sum())


def test_every_village_of_the_lists_is_at_a_point_but_those_of_zones(units: pd.DataFrame) -> None:
    assert len(units) == 2850 - 3  # Hong Kong, Macau and Taiwan have one point each
    zones = {"2014": 5, "2015": 5, "2016": 5 + 5 + 1 + 1}  # Baigou; Quanzhou Taiwanese Investment, Heze, Luoyang
    for year, printed in (("2014", 212), ("2015", 780), ("2016", 1311)):
        assert units[year].sum() == printed - zones[year]
    named = units.set_index("county")
    assert named.loc["义乌市", "2015"] == 37 and named.loc["曹县", "2015"] == 34  # the report, figure 6
    renamed = units[units["code"] == "440118"].iloc[0]  # a city in the older lists, a district at the points
    assert renamed["county"].startswith("增城") and renamed[["2014", "2015", "2016"]].astype(bool).all()


def test_distances_are_those_of_the_sphere() -> None:
    assert distance_km(0, 0, 180, 0) == pytest.approx(math.pi * EARTH_KM)
    assert distance_km(100, 60, 101, 60) == pytest.approx(
        EARTH_KM * math.acos(math.sin(math.pi / 3) ** 2 + math.cos(math.pi / 3) ** 2 * math.cos(math.pi / 180))
    )


@pytest.mark.parametrize("k", [1, 4, 7])
def test_neighbours_are_those_of_trying_every_pair(k: int) -> None:
    lon, lat = points(k, 60)
    weights = nearest(lon, lat, k)
    away = distance_km(lon[:, None], lat[:, None], lon, lat)
    np.fill_diagonal(away, np.inf)
    for place, row in enumerate(weights.neighbours):
        assert row.tolist() == sorted(np.argsort(away[place])[:k].tolist())
    assert matrix(weights).sum(1) == pytest.approx(1)


@pytest.mark.parametrize("copies", [3, 30])
def test_ties_are_all_neighbours_whatever_the_order(copies: int) -> None:
    """A place away from many that share one point: no order can choose among them."""
    lon, lat = np.array([100.0, *[101.0] * copies]), np.array([0.0, *[0.0] * copies])
    weights = nearest(lon, lat, 2)
    assert weights.counts[0] == copies and matrix(weights)[0].tolist() == pytest.approx([0, *[1 / copies] * copies])
    turned = nearest(lon[::-1], lat[::-1], 2)
    assert matrix(turned)[::-1, ::-1] == pytest.approx(matrix(weights))


def test_few_places_have_fewer_neighbours() -> None:
    assert nearest(LINE[:2], np.zeros(2), 6).neighbours.tolist() == [[1], [0]]
    assert nearest(LINE[:1], np.zeros(1), 6).counts.tolist() == [0]


def test_moran_and_geary_by_hand() -> None:
    """The nearest of each: 0-1, 1-0, 2-3, 3-2, 4-3. Mean 2, squares 0, 4, 1, 1, 16."""
    values, weights = np.array([2, 0, 1, 1, 6]), nearest(LINE, np.zeros(5), 1)
    assert moran(values, weights) == pytest.approx((0 + 0 + 1 + 1 - 4) / 22)
    assert geary(values, weights) == pytest.approx(4 / (2 * 5) * (4 + 4 + 0 + 0 + 25) / 22)


@given(st.integers(0, 1000), st.integers(4, 25), st.integers(1, 6))
@settings(max_examples=25)
def test_moran_and_geary_are_sums_over_all_pairs(seed: int, n: int, k: int) -> None:
    values = np.random.default_rng(seed).poisson(0.7, n)
    values[0] += 1 + values.max()
    weights = nearest(*points(seed, n), k)
    assert moran(values, weights) == pytest.approx(moran_by_pairs(values, matrix(weights)))
    assert geary(values, weights) == pytest.approx(geary_by_pairs(values, matrix(weights)))


@pytest.mark.parametrize("year", [2014, 2015, 2016])
def test_indices_of_the_lists_are_those_of_another_program(units: pd.DataFrame, year: int) -> None:
    counts = units[str(year)].to_numpy()
    table = autocorrelation.autocorrelation(counts, units["lon"].to_numpy(), units["lat"].to_numpy(), 19, 1)
    found = table.set_index(["weights", "transform", "index"])["value"]
    columns = [(RAW, MORAN), (RAW, GEARY), (LOG, MORAN), (LOG, GEARY), (PRESENCE, BOTH), (PRESENCE, ONE)]
    for k in (4, 6, 8):
        assert [found[f"{k} nearest", *each] for each in columns] == pytest.approx(list(ESDA[year, k]), rel=1e-12)
    assert len(table) == len(found) == 18


@pytest.mark.parametrize(("year", "k"), ESDA)
def test_the_other_program_says_so_itself(units: pd.DataFrame, year: int, k: int) -> None:
    esda = pytest.importorskip("esda", reason="esda is not installed: its values stand in ESDA")
    from libpysal.weights import W

    n, counts = len(units), units[str(year)].to_numpy(float)
    rows = nearest(units["lon"].to_numpy(), units["lat"].to_numpy(), k).neighbours
    weights = W(
        {place: [int(each) for each in row if each < n] for place, row in enumerate(rows)}, silence_warnings=True
    )
    found = []
    for values in (counts, np.log1p(counts)):
        found += [esda.Moran(values, weights, permutations=0).I, esda.Geary(values, weights, permutations=0).C]
    assert list(map(float, found)) == pytest.approx(list(ESDA[year, k][:4]), rel=1e-9)


def test_joins_count_each_pair_once(units: pd.DataFrame) -> None:
    lon, lat = units["lon"].to_numpy()[:300], units["lat"].to_numpy()[:300]
    weights, held = nearest(lon, lat, 4), units["2016"].to_numpy()[:300] > 0
    pairs = {tuple(sorted((i, int(j)))) for i, row in enumerate(weights.neighbours) for j in row if j < 300}
    assert joins(weights).touching.sum() / 2 == len(pairs)
    table = autocorrelation.autocorrelation(held.astype(int), lon, lat, 9, 1, (4,)).set_index(["transform", "index"])
    assert table["value"][PRESENCE, BOTH] == sum(held[i] and held[j] for i, j in pairs)
    assert table["value"][PRESENCE, ONE] == sum(held[i] != held[j] for i, j in pairs)


def test_expected_values_are_means_over_every_permutation() -> None:
    """All 720 orders of six values, written out."""
    lon, lat = points(3, 6)
    values, weights = np.array([5, 2, 0, 0, 1, 0]), nearest(lon, lat, 2)
    full, pairs = matrix(weights), joins(weights)
    union = (matrix(pairs) + matrix(pairs).T) > 0
    orders = [np.array(each) for each in itertools.permutations(values.tolist())]
    table = autocorrelation.autocorrelation(values, lon, lat, 9, 1, (2,)).set_index(["transform", "index"])["expected"]
    assert table[RAW, MORAN] == pytest.approx(np.mean([moran_by_pairs(each, full) for each in orders]))
    assert table[RAW, GEARY] == pytest.approx(np.mean([geary_by_pairs(each, full) for each in orders]))
    both = [(union * np.outer(each > 0, each > 0)).sum() / 2 for each in orders]
    one = [(union * np.not_equal.outer(each > 0, each > 0)).sum() / 2 for each in orders]
    assert (table[PRESENCE, BOTH], table[PRESENCE, ONE]) == pytest.approx((np.mean(both), np.mean(one)))


def test_p_is_the_share_of_all_orders() -> None:
    """Of all 5,040 orders of seven values; permutations estimate it to 0.01."""
    lon, lat = points(4, 7)
    values = np.array([4, 3, 1, 0, 0, 0, 2])
    full = matrix(nearest(lon, lat, 2))
    orders = [np.array(each) for each in itertools.permutations(values.tolist())]
    table = autocorrelation.autocorrelation(values, lon, lat, 9999, 1, (2,)).set_index(["transform", "index"])["p"]
    mine = moran_by_pairs(values, full)
    assert table[RAW, MORAN] == pytest.approx(
        np.mean([moran_by_pairs(each, full) >= mine - 1e-12 for each in orders]), abs=0.01
    )
    mine = geary_by_pairs(values, full)
    assert table[RAW, GEARY] == pytest.approx(
        np.mean([geary_by_pairs(each, full) <= mine + 1e-12 for each in orders]), abs=0.01
    )


def test_permutations_are_those_of_a_loop_over_all_counties(units: pd.DataFrame) -> None:
    """A part of the country where villages are no rarity, and where p is neither 0 nor 1."""
    part = units[units["province"] == "河北省"]
    counts, lon, lat = (part[each].to_numpy() for each in ("2015", "lon", "lat"))
    weights, rng = nearest(lon, lat, 4), np.random.default_rng(8)
    full, deviation = matrix(weights), counts - counts.mean()
    draws = np.array([each @ full @ each for each in (rng.permutation(deviation) for _ in range(9999))])
    expected = ((draws >= deviation @ full @ deviation - 1e-9).sum() + 1) / 10000
    table = autocorrelation.autocorrelation(counts, lon, lat, 9999, 1, (4,)).set_index(["transform", "index"])["p"]
    assert 0.001 < expected < 0.999 and table[RAW, MORAN] == pytest.approx(expected, abs=0.01)


def test_p_counts_the_list_itself_and_ties() -> None:
    assert p_value(np.array([1.0, *[0.0] * 9999])) == 1 / 10000
    assert p_value(np.array([0.1 + 0.2, 0.3, 0.0, 0.0])) == 2 / 4  # the same number, added up in another order
    assert p_value(np.array([2.0, 1.0, 3.0, 3.0]), upper=False) == 2 / 4


def test_the_same_seed_gives_the_same_draws_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    lon, lat = points(5, 40)
    values, weights = np.random.default_rng(5).poisson(0.5, 40), nearest(lon, lat, 3)
    whole = autocorrelation.permuted_sums([values], [weights], 99, 7)
    monkeypatch.setattr(autocorrelation, "MOST_CELLS", 1)
    assert autocorrelation.permuted_sums([values], [weights], 99, 7) == pytest.approx(whole, rel=1e-12)
    assert autocorrelation.permuted_sums([values], [weights], 99, 8)[0, 0, 0] != pytest.approx(whole[0, 0, 0])


@pytest.mark.parametrize("counts", [[], [3], [1, 2], [0, 0, 0, 0], [2, 2, 2, 2]])
def test_lists_that_say_nothing_have_no_rows(counts: list[int]) -> None:
    lon, lat = points(1, len(counts))
    assert autocorrelation.autocorrelation(np.array(counts, int), lon, lat, 9, 1).empty
    places = pd.DataFrame({"county": ["A"] * len(counts)})
    spots = hotspots.hot_spots(places, np.array(counts, int), nearest(lon, lat, 2), RAW)
    assert spots.empty and list(spots) == ["county", *hotspots.SPOTS]
    assert hotspots.swept_spots(np.array(counts, int), lon, lat).empty


def test_where_every_county_has_villages_there_are_no_joins_to_count() -> None:
    lon, lat = points(2, 9)
    table = autocorrelation.autocorrelation(np.arange(1, 10), lon, lat, 99, 1, (3,))
    assert set(table["transform"]) == {RAW, LOG} and table["p"].between(0.01, 1).all()


@given(st.integers(0, 1000), st.integers(4, 11), st.integers(1, 4))
@settings(max_examples=20)
def test_chances_are_counted_over_every_choice_of_neighbours(seed: int, n: int, k: int) -> None:
    counts = np.random.default_rng(seed).poisson(1.0, n)
    weights = nearest(*points(seed, n), k)
    as_many, as_few = hotspots.chances(counts, weights)
    for place in range(n):
        neighbours = [each for each in weights.neighbours[place] if each < n]
        others = [int(counts[each]) for each in range(n) if each != place]
        sums = [sum(each) for each in itertools.combinations(others, len(neighbours))]
        own = counts[neighbours].sum()
        assert as_many[place] == pytest.approx(sum(each >= own for each in sums) / len(sums))
        assert as_few[place] == pytest.approx(sum(each <= own for each in sums) / len(sums))


def test_chances_of_the_list_are_those_of_drawing(units: pd.DataFrame) -> None:
    """Yiwu's six neighbours had 34 villages together in 2015, as Cao County alone had: ties are part of the chance."""
    counts = units["2015"].to_numpy()
    yiwu = units.index[units["county"] == "义乌市"][0]
    weights = nearest(units["lon"].to_numpy(), units["lat"].to_numpy(), 6)
    own = counts[weights.neighbours[yiwu]].sum()
    assert own == 34 == counts[units["county"] == "曹县"][0]
    rest, rng = np.delete(counts, yiwu), np.random.default_rng(3)
    draws = np.array([rest[rng.choice(len(rest), 6, replace=False)].sum() for _ in range(20000)])
    as_many, _ = hotspots.chances(counts, weights)
    assert as_many[yiwu] == pytest.approx((draws >= own).mean(), abs=0.001)
    assert as_many[yiwu] > 6 / 2846 > (draws > own).mean()  # one of six is Cao County: that alone is more


def test_local_indices_are_those_of_another_program(units: pd.DataFrame) -> None:
    weights = nearest(units["lon"].to_numpy(), units["lat"].to_numpy(), 6)
    spots = hotspots.hot_spots(units[["code"]], units["2015"].to_numpy(), weights, RAW).set_index("code")
    n = len(units)
    for code, (local, star) in ESDA_LOCAL.items():
        assert spots["local_moran"][code] * (n - 1) / n == pytest.approx(local)
        assert spots["g_star"][code] == pytest.approx(star)
    assert spots["local_moran"].mean() == pytest.approx(ESDA[2015, 6][0])


def test_g_star_by_hand() -> None:
    """Values 2, 0, 1, 1, 6, the nearest: mean 2, variance 22/5. The last and its neighbour hold 7 of 2 times 2."""
    values, weights = np.array([2, 0, 1, 1, 6]), nearest(LINE, np.zeros(5), 1)
    assert hotspots.g_star(values, weights)[4] == pytest.approx((7 - 4) / math.sqrt(22 / 5 * (5 * 2 - 4) / 4))


def test_no_more_counties_are_called_than_benjamini_and_hochberg_allow(units: pd.DataFrame) -> None:
    weights = nearest(units["lon"].to_numpy(), units["lat"].to_numpy(), 6)
    spots = hotspots.hot_spots(units[["code"]], units["2016"].to_numpy(), weights, PRESENCE)
    ordered = np.sort(spots["p"].to_numpy())
    allowed = np.flatnonzero(ordered <= hotspots.FALSE_SHARE * np.arange(1, len(ordered) + 1) / len(ordered))
    assert spots["called"].sum() == allowed.max() + 1 > 0
    assert (spots["p"] <= 0.05).sum() > spots["called"].sum()


def test_presence_among_neighbours_is_hypergeometric(units: pd.DataFrame) -> None:
    from scipy.stats import hypergeom

    weights, counts = nearest(units["lon"].to_numpy(), units["lat"].to_numpy(), 6), units["2016"].to_numpy()
    as_many, _ = hotspots.chances(hotspots.whole_values(counts, PRESENCE), weights)
    held = counts > 0
    near = held[weights.neighbours].sum(1)
    expected = hypergeom.sf(near - 1, len(counts) - 1, held.sum() - held, 6)
    assert as_many == pytest.approx(expected, abs=1e-12)


def test_kinds_are_told_by_the_county_and_its_neighbours() -> None:
    """Two groups far apart, one with villages but for a county in it, one without but for a county in it."""
    lon = np.concatenate([100 + 0.1 * np.arange(12), 120 + 0.1 * np.arange(60)])
    counts = np.concatenate([[4] * 5, [0], [4] * 6, [0] * 30, [4], [0] * 29])
    spots = hotspots.hot_spots(pd.DataFrame({"at": lon}), counts, nearest(lon, np.zeros(72), 4), RAW)
    assert spots["kind"][0] == hotspots.HIGH_HIGH and spots["called"][0]
    assert spots["kind"][5] == hotspots.LOW_HIGH and spots["called"][5]
    assert spots["kind"][42] == hotspots.HIGH_LOW and not spots["called"][42]
    assert spots["kind"][70] == hotspots.LOW_LOW
    table = hotspots.swept_spots(counts, lon, np.zeros(72))
    row = table[(table["transform"] == RAW) & (table["weights"] == "4 nearest") & (table["kind"] == hotspots.HIGH_HIGH)]
    assert row["counties"].item() == 7  # those whose four neighbours all have villages: the first and last three, and 8
    assert row["villages"].item() == 28
