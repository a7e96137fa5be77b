"""The report's thresholds as whole numbers, so that no comparison rounds."""

from dataclasses import dataclass
from fractions import Fraction

from taobao_research.params import Params

CLUSTER_TURNOVER_CNY = 100_000_000  # report, section 3.1: joint turnover of a cluster
NEAR = Fraction(9, 10)  # a near miss reaches so much of every threshold


@dataclass(frozen=True)
class Thresholds:
    """Source: report, appendix to section 1 (village, town) and section 3.1 (cluster)."""

    turnover_cny: int
    shops: int
    household_share: Fraction
    town_villages: int
    cluster_villages: int
    large_cluster_villages: int
    cluster_turnover_cny: int = CLUSTER_TURNOVER_CNY

    def enough_shops(self, active: str, households: str, near: Fraction = Fraction(1)) -> str:
        """SQL: enough active shops for their number or for the households; false where households would decide."""
        of_households = self.enough_households(active, households, near)
        return f"({_at_least(active, self.shops, near)} OR coalesce({households} > 0 AND {of_households}, FALSE))"

    def enough_households(self, active: str, households: str, near: Fraction = Fraction(1)) -> str:
        part = self.household_share * near
        return f"{active} * {part.denominator} >= {part.numerator} * {households}"

    def enough_turnover(self, turnover: str, near: Fraction = Fraction(1)) -> str:
        return _at_least(turnover, self.turnover_cny, near)


def _at_least(value: str, threshold: int, near: Fraction) -> str:
    return f"{value} * {near.denominator} >= {threshold * near.numerator}"


def thresholds_of(params: Params, cluster_turnover_cny: int = CLUSTER_TURNOVER_CNY) -> Thresholds:
    """The thresholds of a run; the household share as the decimal that is written, not the nearest binary one.

    >>> thresholds_of(Params()).household_share
    Fraction(1, 10)
    """
    return Thresholds(
        params.min_turnover_cny,
        params.min_active_shops,
        Fraction(str(params.min_household_share)),
        params.town_min_villages,
        params.cluster_min_villages,
        params.large_cluster_min_villages,
        cluster_turnover_cny,
    )
