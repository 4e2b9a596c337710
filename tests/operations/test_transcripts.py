"""Transcripts at the close: every way in which a sealed auction ends is written down so that it verifies."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from auctions.lifecycle import AuctionState
from auctions.models import Auction, Award, Bid
from auctions.models import Transcript as Row
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.transcript import NotCounted, TranscriptDocument
from auctions.tasks import run_stage
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, mark_again, order, place, transcript_of

pytestmark = pytest.mark.django_db

BIDS = (("Alice", 60, "10"), ("Bob", 50, "20"), ("Charlie", 30, "34"))


def sell(venue, travel, *bids, **playbook):
    a_playbook(venue, **{"cover_percent": 0, **playbook})
    auction = an_auction(venue)
    for name, units, edge in bids:
        place(a_bidder(venue, name), order(auction, name, units, edge))
    return close(auction, travel)


def awarded(transcript: TranscriptDocument) -> list[tuple[int, Decimal]]:
    return [(award.given_units, award.edge_bps) for award in transcript.outcome.awards]


@pytest.mark.parametrize(
    "playbook",
    [
        {"sealed_format": "PAY_AS_BID"},
        {"sealed_format": "UNIFORM"},
        {"price_rule": "FIRST_REJECTED", "first_rejected_cap_bps": "7"},
        {"sealed_format": "VICKREY"},
        {"rationing": "SEQUENCE"},
    ],
    ids=lambda playbook: "-".join(map(str, playbook.values())),
)
def test_what_every_format_awards_is_what_its_transcript_says(venue, travel, playbook) -> None:
    auction = sell(venue, travel, *BIDS, **playbook)
    transcript = transcript_of(auction)
    rows = [(award.units, award.edge_bps) for award in Award.objects.order_by("first_unit")]
    assert awarded(transcript) == rows != []
    assert transcript.terms.format == auction.format
    assert (transcript.outcome.contested, transcript.outcome.optimal) == (True, auction.optimal)
    rows = Bid.objects.order_by(*Bid.IN_ORDER).values_list("created_at", "state")
    assert [(bid.received_at, bid.state) for bid in transcript.bids] == list(rows)


def test_every_bid_stands_in_it_and_every_one_that_counts_with_what_it_hid(venue, travel) -> None:
    alice, auction = a_bidder(venue), an_auction(venue)
    placed = place(alice, order(auction, "a1", 10, "10", max_units=20), order(auction, "a2", 5, "-3", max_pay="4"))
    perform(cancel_bid, provider_id=alice.id, bid_id=placed[0].bid_id)
    close(auction, travel)
    close(auction, travel)  # nobody else: it was reopened once
    first, second = transcript_of(auction).bids
    assert (first.offer, first.max_units) == (None, 20), "what was taken back stays sealed"
    assert (first.state, first.not_counted, first.counted_units) == ("CANCELLED", NotCounted.CANCELLED, 0)
    assert (second.offer.units, second.offer.edge_bps, second.max_pay_bps) == (5, -3, 4)
    assert (second.state, second.counted_units) == ("WON", 5)
    assert first.provider == second.provider != first.group
    for bid in Bid.objects.all():
        assert bytes(bid.digest) in {first.digest, second.digest}


def test_without_competition_the_uncontested_cap_and_the_rounds_are_in_it(venue, travel) -> None:
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction, "a1", 10, "200"), order(auction, "a2", 10, "150"))
    assert close(auction, travel).round == 2
    assert not Row.objects.exists()
    close(auction, travel)
    transcript = transcript_of(auction)
    assert (transcript.terms.rounds, transcript.outcome.contested) == (2, False)
    assert awarded(transcript) == [(10, 150)]


def test_a_commitments_bid_counts_with_what_it_still_offers(venue, travel) -> None:
    """30 000 of capacity are 75 units of 400 USD, offered in both auctions; the first decided takes 60."""
    alice = a_bidder(venue)
    a_playbook(venue, max_reopenings=0, uncontested_caps_bps=["300"], assign_cap_bps="100")
    build.a_commitment(alice, min_edge_bps="150", window_capacity="30000", window_seconds=3600)
    auctions = [an_auction(venue, reference) for reference in ("book-1", "book-2")]
    for name, auction in zip(("Bob", "Charlie"), auctions, strict=True):
        place(a_bidder(venue, name), order(auction, name, 40, "100"))
    travel.to(max(auction.closes_at for auction in auctions))
    mark_again()
    run_stage("close_auctions")
    firm = [bid for auction in auctions for bid in transcript_of(auction).bids if bid.is_commitment]
    assert [bid.offer.units for bid in firm if bid.offer] == [75, 75]
    assert sorted(bid.counted_units for bid in firm) == [15, 75]


def test_who_may_not_take_part_is_in_it_and_not_counted(venue, travel) -> None:
    olga, auction = a_bidder(venue, "Olga"), an_auction(venue)
    place(olga, order(auction, "o1", 50, "1"))
    place(a_bidder(venue, "Bob"), order(auction, "b1", 50, "20"))
    Auction.objects.filter(id=auction.id).update(excluded_providers=[olga.id])
    close(auction, travel)
    close(auction, travel)
    excluded, counted = transcript_of(auction).bids
    assert (excluded.not_counted, excluded.counted_units, excluded.state) == (NotCounted.EXCLUDED, 0, "LOST")
    assert (counted.not_counted, counted.counted_units, counted.state) == (None, 50, "WON")


def test_marks_that_moved_too_far_leave_all_bids_undecided_and_say_so(venue, travel) -> None:
    auction = an_auction(venue)
    for name in ("Alice", "Bob"):
        place(a_bidder(venue, name), order(auction, name, 60, "10"))
    travel.to(auction.closes_at)
    mark_again("30000")
    run_stage("close_auctions")
    auction.refresh_from_db()
    transcript = transcript_of(auction)
    assert auction.state == AuctionState.UNFILLED
    assert transcript.outcome.undecided == auction.unfilled_reason == "marks moved further than any bid allows"
    assert {bid.not_counted for bid in transcript.bids} == {NotCounted.UNDECIDED}


def test_a_halt_that_lasts_too_long_is_written_down_too(venue, travel) -> None:
    auction = an_auction(venue)
    place(a_bidder(venue), order(auction))
    travel(seconds=61)
    run_stage("close_auctions")
    assert not Row.objects.exists()
    travel(seconds=300)
    run_stage("close_auctions")
    assert transcript_of(auction).outcome.undecided == "it was halted for too long"


def test_an_auction_without_bids_has_a_transcript_without_bids(venue, travel) -> None:
    auction = an_auction(venue)
    close(auction, travel)
    close(auction, travel)
    transcript = transcript_of(auction)
    assert (transcript.bids, transcript.outcome.unfilled_units) == ((), 100)


def test_what_was_bid_again_in_another_auction_is_under_another_name(venue, travel) -> None:
    alice = a_bidder(venue)
    names = set()
    for reference in ("book-1", "book-2"):
        auction = an_auction(venue, reference)
        place(alice, order(auction, reference))
        for _ in range(2):
            close(auction, travel)
        (bid,) = transcript_of(auction).bids
        names |= {bid.provider, bid.group}
    assert len(names) == 4


@pytest.mark.parametrize("attack", ["update", "delete"])
def test_a_transcript_is_never_changed(venue, travel, database_owner, attack: str) -> None:
    auction = sell(venue, travel, *BIDS)
    rows = Row.objects.filter(auction=auction)
    attacks: dict[str, Any] = {"update": lambda: rows.update(document={}), "delete": rows.delete}
    with pytest.raises(DatabaseError, match="transcript_append_only"), transaction.atomic():
        attacks[attack]()


def test_a_dutch_auction_has_no_transcript(venue, travel) -> None:
    auction = an_auction(venue)
    close(auction, travel)
    close(auction, travel)
    market.sweep()
    assert Row.objects.count() == 1
