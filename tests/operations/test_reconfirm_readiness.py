"""After a long halt whoever stands ready says so again, or does no more."""

import pytest

from auctions.lifecycle import AuctionState, ReadinessState
from auctions.models import Auction, Readiness, Take
from auctions.operations.provider.reconfirm_readiness import reconfirm_readiness
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from tests import invariants, market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel)


@pytest.fixture
def alice(venue):
    return market.a_bidder(venue)


def again(provider, auction):
    who = {"venue_id": provider.venue_id, "provider_id": provider.id, "auction_id": auction.id}
    return perform(reconfirm_readiness, **who)


@pytest.mark.parametrize("reconfirmed", [False, True])
def test_after_a_long_halt_it_is_reconfirmed_or_void(venue, alice, travel, reconfirmed) -> None:
    market.a_dutch_playbook(venue, reconfirm_after_seconds=60, max_halt_seconds=600)
    auction = market.a_dutch_auction(venue, travel)
    market.ready(alice, auction, 100)
    travel(seconds=61)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED, "at its end marks are stale, and somebody is to be given what is left"
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        again(alice, auction)
    travel(seconds=61)
    market.mark_again()
    market.sweep()
    auction.refresh_from_db()
    assert auction.state == AuctionState.OPEN
    if reconfirmed:
        assert again(alice, auction) == again(alice, auction) == 100
    market.close(auction, travel)
    assert Readiness.objects.get().state == (ReadinessState.ENDED if reconfirmed else ReadinessState.VOID)
    assert Take.objects.exists() is reconfirmed
    invariants.hold()


def test_an_unknown_auction_has_nothing_to_reconfirm(alice) -> None:
    with refused(AuctionRefusal.AUCTION_UNKNOWN):
        again(alice, Auction())
