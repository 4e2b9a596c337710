"""Sealed bids: stored encrypted until the close opens all of them, whatever happens to keys and to what is stored."""

import pytest
from django.conf import settings
from django.db import IntegrityError

from auctions.desks import seals as sealing
from auctions.desks.seals import load_seals
from auctions.desks.unsealing import SEAL_BROKEN, untold
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.closing import KEY_MISSING
from auctions.tasks import run_stage
from backstop.models import Event
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, an_auction, close, keyring, mark_again, order, place, shown

pytestmark = pytest.mark.django_db


def test_what_is_offered_is_stored_sealed_until_the_close_and_then_shown_but_for_what_was_taken_back(venue, travel):
    alice, bob, auction = a_bidder(venue), a_bidder(venue, "Bob"), an_auction(venue)
    for provider in (alice, bob):
        place(
            provider, order(auction, f"{provider.name}-1", 100, "100"), order(auction, f"{provider.name}-2", 100, "140")
        )
    (taken_back,) = Bid.objects.filter(client_bid_id="Bob-2")
    perform(cancel_bid, provider_id=bob.id, bid_id=taken_back.id)
    assert all(shown(bid) == (None, None, None, None) for bid in Bid.objects.all())
    assert len({len(bid.sealed_offer) for bid in Bid.objects.all()}) == 1
    close(auction, travel)
    assert {bid.client_bid_id: shown(bid) for bid in Bid.objects.all()} == {
        "Alice-1": (100, 100, False, 1),
        "Alice-2": (100, 140, False, 1),
        "Bob-1": (100, 100, False, 1),
        "Bob-2": (None, None, None, None),
    }
    assert set(Bid.objects.filter(state=BidState.CANCELLED)) == {taken_back}
    invariants.hold()


def test_a_bid_whose_seal_is_broken_is_void_and_holds_nothing_up(venue, travel):
    alice, bob, carol, auction = a_bidder(venue), a_bidder(venue, "Bob"), a_bidder(venue, "Carol"), an_auction(venue)
    for provider in (alice, bob, carol):
        place(provider, order(auction, provider.name, 100, "100"))
    swapped = Bid.objects.get(client_bid_id="Bob").sealed_offer
    Bid.objects.filter(client_bid_id="Alice").update(sealed_offer=swapped)
    close(auction, travel)
    bid = Bid.objects.get(client_bid_id="Alice")
    assert (bid.state, bid.void_reason, shown(bid)[0]) == (BidState.VOID, SEAL_BROKEN, None)
    assert build.provider_account(alice).held == 0
    assert Event.objects.filter(kind="bid_voided", provider_id=alice.id).exists()
    assert auction.state == AuctionState.AWARDED
    assert {award.provider_id for award in Award.objects.all()} == {bob.id, carol.id}
    invariants.hold()


def test_without_its_master_key_an_auction_halts_and_goes_on_when_the_key_is_back(venue, travel, settings, forgotten):
    auction = an_auction(venue)
    for name in ("Alice", "Bob"):
        place(a_bidder(venue, name), order(auction, name, 100, "100"))
    kept, settings.SEALING_KEYS = settings.SEALING_KEYS, keyring("another")
    sealing._kept.clear()
    assert place(a_bidder(venue, "Carol"), order(auction, "Carol"))[0].code == "auction_not_open"
    close(auction, travel)
    assert (auction.state, auction.halt_reason) == (AuctionState.HALTED, KEY_MISSING)
    settings.SEALING_KEYS = kept
    run_stage("close_auctions")
    close(auction, travel)
    assert auction.state == AuctionState.AWARDED
    invariants.hold()


def test_without_its_master_key_an_auction_ends_unfilled_at_the_longest_halt(venue, travel, settings, forgotten):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    settings.SEALING_KEYS = keyring("another")
    sealing._kept.clear()
    close(auction, travel)
    travel.to(auction.halt_ends_at)
    mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.UNFILLED
    bid = Bid.objects.get()
    assert (bid.state, bid.void_reason, bid.units) == (BidState.VOID, KEY_MISSING, None)
    assert build.provider_account(alice).held == 0
    invariants.hold()


def test_a_process_remembers_a_bounded_number_of_keys(venue, monkeypatch, forgotten):
    monkeypatch.setattr(sealing, "KEPT", 2)
    for number in range(4):
        an_auction(venue, f"book-{number}")
    for auction in Auction.objects.all():
        load_seals([auction.id])
    assert len(sealing._kept) == 2


def test_what_the_database_refuses_while_bids_are_opened_is_told_without_the_row():
    with pytest.raises(IntegrityError) as told, untold():
        raise IntegrityError("it violates a constraint\nDETAIL: Failing row contains (12.5)")
    assert str(told.value) == "it violates a constraint"
    assert told.value.__suppress_context__


def test_the_key_of_an_auction_is_stored_under_the_current_master_key_only(venue):
    auction = an_auction(venue)
    assert auction.sealing_key == settings.SEALING_KEYS.current
    assert load_seals([auction.id])[auction.id].key not in bytes(auction.sealed_key)
