"""What a fund pays of what is wished: never more than there is, more where there is more, and equal fits."""

from decimal import Decimal as D
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.fund_draw import BookDraws, fund_need, fund_part

money = st.decimals(0, 10**6, places=3)
rooms = st.lists(st.decimals(-(10**6), 10**6, places=3), max_size=4)
LOTS = [UUID(int=number) for number in range(4)]


@given(wished=money, free=money, rooms=rooms, more=money)
def test_a_fund_pays_within_everything_and_more_room_never_pays_less(wished, free, rooms, more) -> None:
    part = fund_part(wished, free, rooms)
    assert 0 <= part <= min(wished, free)
    assert all(part <= max(room, 0) for room in rooms)
    assert fund_part(wished + more, free, rooms) >= part
    assert fund_part(wished, free + more, rooms) >= part
    assert fund_part(wished, free, [room + more for room in rooms]) >= part
    assert part in {wished, free, 0, *rooms}, "nothing is kept back without need"


@given(wishes=st.lists(money, max_size=6), free=money, limit=money)
def test_of_one_batch_all_together_are_within_the_limit_and_what_is_free(wishes, free, limit) -> None:
    held = D(0)
    for wish in wishes:
        held += fund_part(wish, free - held, [limit - held])
    assert held == min(sum(wishes), free, limit)


@pytest.mark.parametrize("cap", ["100", "100.0001"])
def test_what_the_account_pays_exactly_needs_nothing_of_the_fund(cap) -> None:
    assert fund_need(D(40_000), D(cap), D(400), 2) == (0 if cap == "100" else D("0.01"))


@given(edges=st.lists(money, min_size=1, max_size=4), share=st.integers(0, 100), covered=money)
def test_what_was_repaid_counts_for_all_lots_alike_and_no_fraction_is_forgotten(edges, share, covered) -> None:
    repaid = (sum(edges) * share / 100).quantize(D("0.001"))
    draws = BookDraws(dict(zip(LOTS, edges, strict=False)), repaid, covered)
    assert draws.outstanding == sum(edges) - repaid + covered
    left = [draws.edges_outstanding(lot, 3) for lot in draws.edges]
    assert 0 <= sum(left) - (sum(edges) - repaid) < D("0.001") * len(edges)
    assert all(one <= edge for one, edge in zip(left, edges, strict=False))
    assert draws.edges_outstanding(UUID(int=9), 3) == 0
