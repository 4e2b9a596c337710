"""What of a commitment's window is used, and what providers hold."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from accounts.desks.holdings import HoldingAddition, add_holdings, drop_holdings, settle_holdings
from accounts.desks.standing import Taking, load_standing_commitments, return_capacity, take_capacity
from accounts.models import CommitmentUsage, CommitmentUse, Holding
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from accounts.queries import LegDemand
from accounts.rules.terms import Window
from backstop import clock
from backstop.models import Event, Instrument
from backstop.transactions import acting
from tests.builders import a_commitment, a_provider, a_venue, an_instrument, perform
from tests.market import award_to, holding_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def alice(venue):
    return a_provider(venue)


@pytest.fixture
def commitment(alice):
    return a_commitment(alice, window_capacity="1000", window_seconds=60)


def take_offered(commitment, notional: int, now, received_at=None) -> UUID:
    """Take what the commitment offers at that moment, as an award does; fails where it offers nothing."""
    instrument = Instrument.objects.filter(venue=commitment.venue).first() or an_instrument(commitment.venue)
    legs = [LegDemand(instrument.id, instrument.product_group_id, "LONG", Decimal(1))]
    standing = load_standing_commitments([commitment.venue_id], received_at or now, now)
    (offer,) = standing.offers(
        venue_id=commitment.venue_id,
        legs=legs,
        unit_hold=Decimal(0),
        free_collateral={},
        received_at=received_at or now,
        max_units=notional,
    )
    assert offer.units == notional
    (draw,) = offer.draws
    award = uuid4()
    perform(take_capacity, takings=[Taking(draw.commitment_id, draw.window_starts_at, award, Decimal(notional))])
    return award


def used(commitment) -> dict:
    return dict(CommitmentUse.objects.filter(commitment=commitment).values_list("window_starts_at", "used"))


def test_the_first_taking_begins_the_first_window_and_later_ones_follow_it(commitment, travel) -> None:
    start = travel.freeze()
    for seconds, notional in ((0, 10), (59, 5), (60, 7), (185, 1)):
        take_offered(commitment, notional, start + timedelta(seconds=seconds))
    commitment.refresh_from_db()
    assert commitment.window_anchor_at == start
    assert used(commitment) == {
        start: 15,
        start + timedelta(seconds=60): 7,
        start + timedelta(seconds=180): 1,
    }


def test_takings_of_many_commitments_are_counted_in_a_fixed_number_of_queries(
    venue, commitment, django_assert_num_queries
) -> None:
    others = [a_commitment(a_provider(venue, f"Bob {n}"), window_capacity="9", window_seconds=9) for n in range(5)]
    now = clock.now()
    takings = [Taking(one.id, now, uuid4(), Decimal(2)) for one in [commitment, *others, commitment]]
    with acting("test"), django_assert_num_queries(8):
        take_capacity(takings=takings)
    assert list(used(commitment).values()) == [4]
    assert CommitmentUsage.objects.count() == 7


def test_what_is_returned_goes_to_the_window_that_it_came_from_and_only_once(commitment, travel) -> None:
    start = travel.freeze()
    later = start + timedelta(seconds=90)
    award = take_offered(commitment, 10, start)
    take_offered(commitment, 1, start)
    take_offered(commitment, 3, later)
    for _ in range(2):
        perform(return_capacity, subject_ids=[award], now=later)
    assert used(commitment) == {start: 1, start + timedelta(seconds=60): 3}
    told = Event.objects.filter(kind="capacity_moved", subject_id=commitment.id, provider_id=commitment.provider_id)
    moves = [(each["window_starts_at"], each["used"]) for each in told.order_by("id").values_list("payload", flat=True)]
    first, second = (moment.isoformat() for moment in (start, start + timedelta(seconds=60)))
    assert moves == [(first, "10"), (first, "11"), (second, "3"), (first, "1")]


def test_books_of_before_and_after_a_change_of_the_window_share_what_is_used(commitment, alice, travel) -> None:
    start = travel.freeze()
    take_offered(commitment, 900, start)
    change = {"window": Window(Decimal(1000), 600)}
    change_commitment(provider=alice, commitment_id=commitment.id, changes=change)
    later = start + timedelta(seconds=3660)
    take_offered(commitment, 600, later, received_at=start)
    take_offered(commitment, 400, later, received_at=start)
    assert used(commitment) == {start: 900, start + timedelta(seconds=3660): 1000}
    with pytest.raises(ValueError, match="not enough values"):
        take_offered(commitment, 1, later, received_at=later)


def test_an_award_is_held_at_once_and_until_it_fails(venue, alice) -> None:
    bitcoin = an_instrument(venue)
    award_to(alice, bitcoin, 5)
    failed = award_to(alice, bitcoin, -2)
    assert holding_of(alice, bitcoin) == 3
    for _ in range(2):
        drop_holdings(subject_ids=[failed])
    assert holding_of(alice, bitcoin) == 5


def test_the_fund_holds_what_nobody_else_took(venue) -> None:
    bitcoin = an_instrument(venue)
    award_to(None, bitcoin, 5)
    award_to(None, bitcoin, 2)
    assert holding_of(None, bitcoin) == 7


def test_a_settled_award_cannot_be_dropped(venue, alice) -> None:
    bitcoin = an_instrument(venue)
    award = award_to(alice, bitcoin, 5)
    settle_holdings(holders={award: (venue.id, alice.id)})
    drop_holdings(subject_ids=[award])
    assert holding_of(alice, bitcoin) == 5


LONG = Decimal("12345678901.123456789012345678")  # 29 digits: Python's own context would round it


def test_what_is_used_of_a_window_is_exact_to_the_last_digit(commitment) -> None:
    now = clock.now()
    takings = [Taking(commitment.id, now, uuid4(), LONG) for _ in range(2)]
    perform(take_capacity, takings=takings)
    assert CommitmentUse.objects.get().used == Decimal("24691357802.246913578024691356")
    perform(return_capacity, subject_ids=[takings[0].subject_id], now=now)
    assert CommitmentUse.objects.get().used == LONG


def test_what_is_held_is_exact_to_the_last_digit(venue, alice) -> None:
    instrument = an_instrument(venue)
    first, second = (HoldingAddition(venue.id, alice.id, instrument.id, LONG, uuid4()) for _ in range(2))
    add_holdings(additions=[first])
    add_holdings(additions=[second])
    assert Holding.objects.get().quantity == Decimal("24691357802.246913578024691356")
    drop_holdings(subject_ids=[first.subject_id])
    assert Holding.objects.get().quantity == LONG
    report_holdings(
        venue_id=venue.id, provider_id=alice.id, included_sequence=0, quantities=[ReportedQuantity("BTC-PERP", LONG)]
    )
    assert Holding.objects.get().quantity == Decimal("24691357802.246913578024691356")
