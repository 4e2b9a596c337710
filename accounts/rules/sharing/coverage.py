"""Coverage: what stands behind a market's largest accounts, and what is left of it without the two who give most.

Clusters of firms count once. A shortfall of zero is covered: what is exactly enough is enough. Source: cover-1 and
cover-2 of the Principles for Financial Market Infrastructures (CPMI-IOSCO 2012, principle 4), here of capacity to take
positions over.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from backstop.values.amounts import ZERO, difference, total

LARGEST = (1, 2, 5)  # so many of the largest accounts are asked about
GONE = 2


@dataclass(frozen=True, slots=True)
class GivenCapacity:
    """What a provider's commitments may be given: notional >= 0, within what its cluster may hold (None: no limit)."""

    cluster: UUID
    notional: Decimal
    cluster_room: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Notional that stands behind a market and side, and without the largest clusters of those who give it."""

    capacity: Decimal
    without_largest: Decimal

    @classmethod
    def of(cls, capacities: Iterable[GivenCapacity]) -> "Coverage":
        """Of all providers of one market and side."""
        by_cluster: dict[UUID, list[GivenCapacity]] = defaultdict(list)
        for each in capacities:
            by_cluster[each.cluster].append(each)
        given = sorted((_given(cluster) for cluster in by_cluster.values()), reverse=True)
        return cls(total(given), total(given[GONE:]))

    def shortfalls(self, accounts: Mapping[str, Decimal]) -> "list[Shortfall]":
        """Against what these accounts hold there, their largest together."""
        held = sorted(accounts.values(), reverse=True)
        return [self._shortfall(count, held[:count]) for count in LARGEST]

    def _shortfall(self, count: int, held: Sequence[Decimal]) -> "Shortfall":
        wanted = total(held)
        return Shortfall(
            accounts=count,
            notional=wanted,
            lacking=max(difference(wanted, self.capacity), ZERO),
            lacking_without_largest=max(difference(wanted, self.without_largest), ZERO),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What the largest accounts hold together, and what of it nobody would have to take."""

    accounts: int
    notional: Decimal
    lacking: Decimal
    lacking_without_largest: Decimal


def _given(cluster: Sequence[GivenCapacity]) -> Decimal:
    """Of one cluster: what its providers give, at most what it may hold."""
    sums = [total(each.notional for each in cluster)]
    return min(sums + [each.cluster_room for each in cluster if each.cluster_room is not None])
