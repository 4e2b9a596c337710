"""Which loss plans there may be, what counts within 24 hours, and that a book's close pays what the layers would."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.losses import Layer, allocate
from accounts.rules.sharing.plans import (
    BY_CONTRACT,
    DEFAULT_PLAN,
    OF_CONTRIBUTIONS,
    LayerKind,
    PlannedLayer,
    layers_to_return,
    most_used_in_a_day,
    require_plan,
)
from auctions.rules.residual import close_book
from backstop.errors import DomainError

TRANCHE, FUND = PlannedLayer(LayerKind.FIRST_TRANCHE), PlannedLayer(LayerKind.FUND)
SECOND = PlannedLayer(LayerKind.SECOND_TRANCHE)
NONE, POOR, GOOD = map(PlannedLayer, OF_CONTRIBUTIONS)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("layers", "pointer"),
    [
        ([FUND, TRANCHE], "/layers"),
        ([TRANCHE], "/layers"),
        ([FUND], "/layers"),
        ([], "/layers"),
        ([TRANCHE, FUND, FUND], "/layers"),
        ([TRANCHE, FUND, SECOND, SECOND], "/layers"),
        ([TRANCHE, SECOND, FUND], "/layers/1"),
        ([SECOND, TRANCHE, FUND], "/layers"),
        ([TRANCHE, FUND, PlannedLayer(LayerKind.ASSESSMENTS), SECOND], "/layers/2"),
        ([TRANCHE, FUND, PlannedLayer(LayerKind.ASSESSMENTS, D(1))], "/layers/2"),
        ([TRANCHE, FUND, PlannedLayer(LayerKind.ESTATE)], "/layers"),
        ([TRANCHE, FUND, GOOD], "/layers/2"),
        ([TRANCHE, FUND, NONE, POOR], "/layers/2"),
        ([TRANCHE, FUND, GOOD, POOR, NONE], "/layers/2"),
        ([TRANCHE, FUND, NONE, POOR, SECOND, GOOD], "/layers/2"),
        ([TRANCHE, PlannedLayer(LayerKind.FUND, per_24h=D(0))], "/layers/1"),
    ],
)
def test_what_is_no_plan_is_refused(layers, pointer) -> None:
    with pytest.raises(DomainError) as refused:
        require_plan(layers)
    assert refused.value.refusal == AccountRefusal.LOSS_PLAN_REFUSED
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_the_default_is_a_plan_and_so_is_one_with_limits_of_the_tranche() -> None:
    require_plan(DEFAULT_PLAN)
    require_plan([PlannedLayer(LayerKind.FIRST_TRANCHE, D(0), D(10)), FUND])
    require_plan([TRANCHE, FUND, SECOND, PlannedLayer(LayerKind.CONTRIBUTIONS_NONE, D(5)), POOR, GOOD])


@pytest.mark.parametrize(
    ("hours", "used"),
    [([0], 10), ([-23, 0], 20), ([-24, 0], 10), ([0, 24], 10), ([0, 23], 20), ([-12, 0, 13], 20), ([-12, 0, 11], 30)],
)
def test_the_fullest_day_that_an_event_counts_in(hours, used) -> None:
    """Exactly 24 hours apart count in no day together."""
    uses = [(NOON + timedelta(hours=each), D(10)) for each in hours]
    assert most_used_in_a_day(uses, NOON) == used


RANKED = [kind for each in DEFAULT_PLAN for kind in (BY_CONTRACT if each.kind == LayerKind.COVERS else (each.kind,))]
CENTS = st.integers(0, 20_000).map(lambda cents: D(cents) / 100)


@given(loss=CENTS, part=st.integers(0, 10_000), has=st.lists(CENTS, min_size=len(RANKED), max_size=len(RANKED)))
def test_recoveries_after_a_loss_leave_what_the_loss_net_of_them_would_have_cost(loss, part, has) -> None:
    """In every layer, and of nobody's part, which comes back first."""
    layers = [Layer(kind.value, available=each) for kind, each in zip(RANKED, has, strict=True)]
    back = (loss * part / 10_000).quantize(D("0.01"), ROUND_DOWN)

    def borne(amount: D) -> dict[str, D]:
        allocation = allocate(amount, layers, 2)
        return {payment.layer: payment.amount for payment in allocation.paid} | {
            LayerKind.UNALLOCATED.value: allocation.unallocated
        }

    before = borne(loss)
    bearing = {kind: {None: each} for kind, each in before.items()}
    of_one_cover = [(kind.value, bearing[kind.value]) for kind in BY_CONTRACT]
    returned = allocate(back, layers_to_return(DEFAULT_PLAN, bearing, of_one_cover), 2)
    assert not returned.unallocated
    given_back = {payment.layer: payment.amount for payment in returned.paid}
    assert {kind: each - given_back[kind] for kind, each in before.items()} == borne(loss - back)


AMOUNT = st.integers(0, 200).map(D)


@given(estate=AMOUNT, debt=AMOUNT, advanced=AMOUNT, limit=AMOUNT, free=AMOUNT, in_front=AMOUNT)
def test_a_close_pays_what_the_layers_would(estate, debt, advanced, limit, free, in_front) -> None:
    """The fund has what it advanced already, and of the rest what is free, within its limit for the book."""
    close = close_book(
        estate=estate,
        debt=debt,
        advanced=advanced,
        fund_limit=max(limit, advanced),
        fund_free=free,
        fee=D(0),
        in_front=in_front,
    )
    loss = advanced + debt - close.advances_repaid - close.debt_repaid
    fund = Layer("FUND", available=advanced + free, per_event=max(limit, advanced))
    paid = allocate(loss, [Layer("FIRST_TRANCHE", available=in_front), fund], 0)
    borne = advanced - close.advances_repaid - close.advances_shared
    assert [payment.amount for payment in paid.paid] == [close.shared, borne + close.debt_covered]
    assert paid.unallocated == close.debt_lost
    assert not close.debt_shared or not borne, "the fund is repaid first"
