"""What stands behind a market, without those who give most, and against its largest accounts."""

from decimal import Decimal
from uuid import UUID

import pytest

from accounts.rules.sharing.coverage import Coverage, GivenCapacity


def given(cluster: int, notional: int, room: int | None = None) -> GivenCapacity:
    return GivenCapacity(UUID(int=cluster), Decimal(notional), None if room is None else Decimal(room))


def test_without_the_two_who_give_most_is_what_the_others_give() -> None:
    coverage = Coverage.of([given(1, 10), given(2, 30), given(3, 20), given(4, 5)])
    assert (coverage.capacity, coverage.without_largest) == (65, 15)


def test_related_firms_go_together() -> None:
    coverage = Coverage.of([given(1, 10), given(1, 25), given(2, 30), given(3, 20)])
    assert (coverage.capacity, coverage.without_largest) == (85, 20)


def test_a_cluster_gives_no_more_than_it_may_hold() -> None:
    assert Coverage.of([given(1, 10, 15), given(1, 25, 15)]).capacity == 15


@pytest.mark.parametrize("clusters", [0, 1, 2])
def test_of_two_or_fewer_nothing_is_left(clusters: int) -> None:
    coverage = Coverage.of([given(cluster, 10) for cluster in range(clusters)])
    assert (coverage.capacity, coverage.without_largest) == (10 * clusters, 0)


def test_what_is_exactly_enough_lacks_nothing() -> None:
    coverage = Coverage.of([given(1, 10), given(2, 30), given(3, 20)])
    accounts = {name: Decimal(amount) for name, amount in (("a", 20), ("b", 40), ("c", 1))}
    one, two, five = coverage.shortfalls(accounts)
    assert (one.accounts, one.notional, one.lacking, one.lacking_without_largest) == (1, 40, 0, 30)
    assert (two.accounts, two.notional, two.lacking, two.lacking_without_largest) == (2, 60, 0, 50)
    assert (five.accounts, five.notional, five.lacking, five.lacking_without_largest) == (5, 61, 1, 51)


def test_where_nobody_holds_anything_nothing_lacks() -> None:
    assert {each.lacking for each in Coverage.of([]).shortfalls({})} == {0}
