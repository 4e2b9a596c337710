"""The verbs of an auction, in memory: what each changes, and which states it may be said in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction, Playbook, Readiness
from backstop.models import Venue
from backstop.values.lifecycles import IllegalMove

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
OPEN, HALTED = AuctionState.OPEN, AuctionState.HALTED


def after(seconds: float) -> datetime:
    return OPENED + timedelta(seconds=seconds)


def an_auction(**fields: Any) -> Auction:
    """Of a venue in which no gap is an outage, so that its auctions ask for no beat."""
    values = {"kind": StepKind.SEALED, "units": 100, "opens_at": OPENED, "closes_at": after(30)}
    return Auction(venue=Venue(), outage_seconds=None, **{**values, **fields})


def halted_after_ten_seconds(**fields: Any) -> Auction:
    auction = an_auction(**fields)
    auction.halt("a test", 300, after(10))
    return auction


PLAYBOOK = Playbook(reconfirm_after_seconds=60, reconfirm_seconds=45)


def test_a_halt_says_why_and_when_it_ends_at_the_latest():
    auction = an_auction()
    auction.halt("x" * 201, 300, after(10))
    assert (auction.state, auction.halted_at, auction.halt_ends_at) == (HALTED, after(10), after(310))
    assert auction.halt_reason == "x" * 200
    with pytest.raises(IllegalMove):
        auction.halt("again", 300, after(11))


def test_it_is_open_from_its_opening_on_and_no_more_at_its_deadline_nor_while_it_is_halted():
    auction = an_auction()
    moments = (after(-0.000001), after(0), after(29.999999), after(30))
    assert [auction.is_open_at(moment) for moment in moments] == [False, True, True, False]
    auction.halt("a test", 300, after(10))
    assert not auction.is_open_at(after(10))


def test_what_becomes_of_a_parked_auction_heals_it():
    for heal in (
        lambda auction: auction.halt("a test", 300, after(10)),
        lambda auction: auction.reopen(15, after(31)),
        lambda auction: auction.withdraw(after(10)),
    ):
        auction = an_auction(parked_reason="a test", retry_at=after(40))
        heal(auction)
        assert (auction.parked_reason, auction.retry_at) == ("", None)


def test_after_a_halt_the_deadline_is_later_by_as_long_as_it_stood():
    auction = halted_after_ten_seconds()
    auction.resume(PLAYBOOK, after(14.5))
    assert (auction.state, auction.closes_at, auction.halted_seconds) == (OPEN, after(34.5), Decimal("4.5"))
    assert (auction.halted_at, auction.halt_ends_at, auction.halt_reason) == (None, None, "")
    auction.halt("again", 300, after(20))
    auction.resume(PLAYBOOK, after(21))
    assert (auction.closes_at, auction.halted_seconds) == (after(35.5), Decimal("5.5"))


def test_bids_are_to_be_reconfirmed_after_more_than_the_playbooks_seconds_not_after_these_exactly():
    auction = halted_after_ten_seconds()
    auction.resume(PLAYBOOK, after(70))
    assert (auction.reconfirm_since, auction.closes_at) == (None, after(90))
    auction = halted_after_ten_seconds()
    auction.resume(PLAYBOOK, after(70.000001))
    assert (auction.reconfirm_since, auction.closes_at) == (after(70.000001), after(115.000001))


def test_readiness_is_reconfirmed_as_bids_are_and_takes_are_not():
    auction = halted_after_ten_seconds(kind=StepKind.DUTCH)
    auction.take(40, after(5))
    auction.resume(PLAYBOOK, after(70))
    assert (auction.reconfirm_since, auction.closes_at) == (None, after(90))
    auction.halt("again", 300, after(80))
    auction.resume(PLAYBOOK, after(200))
    assert (auction.reconfirm_since, auction.closes_at) == (after(200), after(245))
    stands = [Readiness(auction=auction, created_at=given) for given in (after(79), after(200))]
    assert [one.must_reconfirm for one in stands] == [True, False]
    assert auction.units_taken == 40, "what was taken stays taken"


def test_a_reopening_is_another_round_with_a_window_of_its_own():
    auction = an_auction()
    auction.reopen(15, after(31))
    assert (auction.state, auction.round, auction.closes_at) == (OPEN, 2, after(46))


def test_with_its_last_unit_an_auction_is_awarded():
    auction = an_auction(kind=StepKind.DUTCH)
    auction.take(99, after(1))
    assert (auction.state, auction.units_taken, auction.awarded_at) == (OPEN, 99, None)
    auction.take(1, after(2))
    assert (auction.state, auction.units_taken, auction.awarded_at) == (AuctionState.AWARDED, 100, after(2))


@pytest.mark.parametrize(
    ("taken", "won", "state", "reason"),
    [
        (0, False, AuctionState.UNFILLED, "a test"),
        (0, True, AuctionState.AWARDED, ""),
        (1, False, AuctionState.AWARDED, ""),
    ],
)
def test_an_auction_is_awarded_where_anything_was_won_or_taken(taken, won, state, reason):
    auction = an_auction(units_taken=taken)
    auction.close(after(30), won=won, undecided="a test")
    assert (auction.state, auction.unfilled_reason) == (state, reason)
    assert after(30) in (auction.awarded_at, auction.unfilled_at)
    with pytest.raises(IllegalMove):
        auction.withdraw(after(31))


@pytest.mark.parametrize("auction", [an_auction(), halted_after_ten_seconds()], ids=["open", "halted"])
def test_an_auction_under_way_is_withdrawn_halted_or_not(auction):
    auction.withdraw(after(11))
    assert (auction.state, auction.withdrawn_at) == (AuctionState.WITHDRAWN, after(11))
