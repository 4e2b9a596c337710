"""Bids that their providers sealed: nobody looks inside before the close, and then what is wrong is void alone."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction

from auctions.desks import seals as sealing
from auctions.desks.seals import load_seals, load_seals_to_open
from auctions.desks.unsealing import OFFER_NOT_TAKEABLE, OFFER_UNREADABLE
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid
from auctions.models import Transcript as Row
from auctions.offline.documents import read_document
from auctions.offline.inputs import parse
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.place_bids import SealedBidOrder
from auctions.rules.closing import KEY_MISSING
from auctions.rules.encryption import SealBroken
from auctions.rules.provider_sealing import SEALED_OFFER_BYTES, public_key_of
from auctions.rules.sealing import Offer
from auctions.rules.transcript import NotCounted, TranscriptDocument
from auctions.rules.verification import differences
from auctions.tasks import run_stage
from backstop.models import Event
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, keyring, mark_again, order, place, sealed_offer, shown

pytestmark = pytest.mark.django_db

PLAYBOOK: dict[str, Any] = {"sealed_by": "PROVIDER", "cover_percent": 0, "max_reopenings": 0}


@pytest.fixture
def auction(venue):
    """A sealed auction of 100 units of 400 each, whose bids are sealed by their providers."""
    a_playbook(venue, **PLAYBOOK)
    return an_auction(venue)


def sealed(auction, provider, name="b1", units=60, edge="10", max_units=60, max_pay="0", **package) -> SealedBidOrder:
    content = sealed_offer(auction, provider, name, Offer(units, Decimal(edge), **package))
    return SealedBidOrder(auction.id, name, content, max_units, Decimal(max_pay))


def transcript_of(auction) -> TranscriptDocument:
    """The auction's transcript as it was stored; it holds."""
    transcript = read_document(TranscriptDocument, parse(json.dumps(Row.objects.get(auction=auction).document)))
    assert list(differences(transcript, [], [settings.SIGNING_KEY.public_key])) == []
    return transcript


def won() -> dict[str, tuple[int, Decimal]]:
    return {award.provider.name: (award.units, award.edge_bps) for award in Award.objects.all() if award.provider}


class TestTakingIn:
    def test_what_was_sent_is_stored_as_it_came_and_holds_by_its_maxima(self, venue, auction) -> None:
        alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
        one = sealed(auction, alice, max_units=60)
        place(alice, one)
        bid = Bid.objects.get()
        assert (bytes(bid.sealed_offer), shown(bid)) == (one.sealed_offer, (None, None, None, None))
        place(bob, sealed(auction, bob, units=1, max_units=60))
        assert build.provider_account(alice).held == build.provider_account(bob).held > 0
        invariants.hold()

    def test_the_same_bytes_get_the_first_answer_and_others_are_refused(self, venue, auction) -> None:
        alice = a_bidder(venue)
        one = sealed(auction, alice)
        (first,) = place(alice, one)
        assert place(alice, one) == [first]
        for other in (
            sealed(auction, alice),  # the same offer, sealed anew
            replace(one, max_units=61),
            replace(one, max_pay_bps=Decimal(1)),
            order(auction, "b1", 60, "10"),
        ):
            assert place(alice, other)[0].code == "bid_reused"
        assert Bid.objects.count() == 1

    def test_each_auction_takes_bids_in_one_way_only(self, venue, auction) -> None:
        alice = a_bidder(venue)
        a_playbook(venue)
        plain = an_auction(venue, "book-2")
        assert (plain.sealed_by, plain.offer_public_key, plain.offer_private_key) == ("VENUE", None, None)
        placed = place(
            alice,
            order(auction, "b1"),
            replace(sealed(auction, alice, "b2"), auction_id=plain.id),
            sealed(auction, alice, "b3"),
            order(plain, "b4"),
        )
        assert [one.code for one in placed] == ["sealed_offer_missing", "sealed_offer_not_taken", None, None]

    def test_an_improvement_in_plain_is_refused(self, venue, auction) -> None:
        alice = a_bidder(venue)
        place(alice, sealed(auction, alice))
        assert place(alice, replace(order(auction, "b2"), improves="b1"))[0].code == "sealed_offer_missing"

    @pytest.mark.parametrize(
        ("maxima", "code"),
        [
            ({"max_units": 100}, None),
            ({"max_units": 101}, "units_too_many"),
            ({"max_units": 0}, "units_not_positive"),
            ({"max_pay_bps": Decimal("-0.0001")}, "payment_above_maximum"),
        ],
    )
    def test_its_maxima_are_checked_at_once(self, venue, auction, maxima, code) -> None:
        alice = a_bidder(venue)
        assert place(alice, replace(sealed(auction, alice), **maxima))[0].code == code

    def test_a_process_that_took_bids_in_cannot_open_them(self, venue, auction) -> None:
        alice = a_bidder(venue)
        place(alice, sealed(auction, alice))
        seal = load_seals([auction.id])[auction.id]
        assert seal.private_key is None
        with pytest.raises(SealBroken):
            seal.open(Bid.objects.get())
        assert load_seals_to_open([auction])[auction.id].open(Bid.objects.get()) == Offer(60, Decimal(10))
        assert load_seals([auction.id])[auction.id].private_key is None


class TestClosing:
    def test_the_close_opens_decides_and_releases_the_key(self, venue, auction, travel) -> None:
        """60 at 10 and 40 of 60 at 20.5: the uniform edge is 20.5. What Carol took back stays sealed."""
        people = {name: a_bidder(venue, name) for name in ("Alice", "Bob", "Carol")}
        for (name, who), edge in zip(people.items(), ("10", "20.5", "5"), strict=True):
            place(who, sealed(auction, who, name, edge=edge))
        perform(cancel_bid, provider_id=people["Carol"].id, bid_id=Bid.objects.get(client_bid_id="Carol").id)
        assert close(auction, travel).state == AuctionState.AWARDED
        assert won() == {"Alice": (60, Decimal("20.5")), "Bob": (40, Decimal("20.5"))}
        assert {bid.client_bid_id: shown(bid)[:2] for bid in Bid.objects.all()} == {
            "Alice": (60, 10),
            "Bob": (60, Decimal("20.5")),
            "Carol": (None, None),
        }
        transcript = transcript_of(auction)
        assert public_key_of(transcript.terms.offer_private_key) == bytes(auction.offer_public_key)
        assert [bid.not_counted for bid in transcript.bids] == [None, None, NotCounted.CANCELLED]
        invariants.hold()

    def test_what_is_hostile_is_void_alone(self, venue, auction, travel) -> None:
        alice, bob, mallory = a_bidder(venue), a_bidder(venue, "Bob"), a_bidder(venue, "Mallory")
        mine = sealed(auction, alice, "b1")
        place(alice, mine)
        place(bob, sealed(auction, bob, edge="30"))
        sent = [
            sealed(auction, mallory, "more", units=61, edge="1"),
            sealed(auction, mallory, "pays", edge="-1.0001", max_pay="1"),
            sealed(auction, mallory, "huge", edge="900000000000000"),
            sealed(auction, mallory, "many", units=2**64 - 1, edge="1"),
            replace(mine, client_bid_id="copy"),
            replace(sealed(auction, mallory, "other"), client_bid_id="name"),
            replace(mine, client_bid_id="zero", sealed_offer=bytes(SEALED_OFFER_BYTES)),
            replace(mine, client_bid_id="noise", sealed_offer=b"\xff" * SEALED_OFFER_BYTES),
            replace(mine, client_bid_id="short", sealed_offer=b"short"),
        ]
        assert [one.code for one in place(mallory, *sent)] == [None] * len(sent)
        taken_back = sealed(auction, mallory, "back", units=61)
        (placed,) = place(mallory, taken_back)
        perform(cancel_bid, provider_id=mallory.id, bid_id=placed.bid_id)
        assert close(auction, travel).state == AuctionState.AWARDED
        assert won() == {"Alice": (60, 30), "Bob": (40, 30)}
        reasons = dict(Bid.objects.filter(provider=mallory).values_list("client_bid_id", "void_reason"))
        assert reasons == dict.fromkeys(("more", "pays", "huge", "many"), OFFER_NOT_TAKEABLE) | dict.fromkeys(
            ("copy", "name", "zero", "noise", "short"), OFFER_UNREADABLE
        ) | {"back": ""}
        assert {shown(bid) for bid in Bid.objects.filter(provider=mallory)} == {(None, None, None, None)}
        assert build.provider_account(mallory).held == 0
        told = Event.objects.filter(kind="bid_voided", provider_id=mallory.id)
        assert {event.payload["reason"] for event in told} == {OFFER_UNREADABLE, OFFER_NOT_TAKEABLE}
        bids = transcript_of(auction).bids
        assert [(bid.state, bid.not_counted, bid.offer) for bid in bids[2:-1]] == [
            (BidState.VOID, NotCounted.VOID, None)
        ] * len(sent)
        invariants.hold()

    def test_what_is_equal_to_its_maxima_counts(self, venue, auction, travel) -> None:
        alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
        place(alice, sealed(auction, alice, units=60, edge="-1", max_units=60, max_pay="1"))
        place(bob, sealed(auction, bob, units=40, edge="-1", max_units=40, max_pay="1"))
        close(auction, travel)
        assert won() == {"Alice": (60, -1), "Bob": (40, -1)}

    @pytest.mark.parametrize(("price_rule", "counts"), [("LAST_ACCEPTED", True), ("FIRST_REJECTED", False)])
    def test_a_package_is_void_where_none_are_taken(self, venue, travel, price_rule, counts) -> None:
        a_playbook(venue, **PLAYBOOK, price_rule=price_rule)
        auction = an_auction(venue)
        alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
        place(alice, sealed(auction, alice, all_or_none=True))
        place(bob, sealed(auction, bob, units=40, max_units=40, min_units=1))
        close(auction, travel)
        assert set(won()) == ({"Alice", "Bob"} if counts else {"Bob"})
        assert Bid.objects.filter(state=BidState.VOID, void_reason=OFFER_NOT_TAKEABLE).count() == (not counts)
        transcript_of(auction)

    def test_commitments_firm_bids_are_sealed_by_the_venue_beside_them(self, venue, travel) -> None:
        alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
        a_playbook(venue, **PLAYBOOK, assign_cap_bps="100", uncontested_caps_bps=["300"])
        build.a_commitment(alice, min_edge_bps="250", window_capacity="30000", window_seconds=3600)
        auction = an_auction(venue)
        place(bob, sealed(auction, bob, units=40, edge="100"))
        close(auction, travel)
        assert won() == {"Alice": (60, 250), "Bob": (40, 250)}
        firm, bid = transcript_of(auction).bids
        assert (firm.is_commitment, firm.sealed_offer, bid.is_commitment) == (True, None, False)
        invariants.hold()

    def test_a_reopening_keeps_the_bids_and_the_secret(self, venue, travel) -> None:
        a_playbook(venue, **PLAYBOOK | {"max_reopenings": 1})
        auction = an_auction(venue)
        alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
        place(alice, sealed(auction, alice))
        assert close(auction, travel).round == 2
        assert shown(Bid.objects.get()) == (None, None, None, None)
        assert not Row.objects.exists()
        place(bob, sealed(auction, bob, units=40, edge="30"))
        close(auction, travel)
        assert won() == {"Alice": (60, 10), "Bob": (40, 30)}, "only what the first bids could not fill is paid more"
        assert transcript_of(auction).terms.rounds == 2

    def test_what_stays_undecided_is_opened_all_the_same(self, venue, auction, travel) -> None:
        alice = a_bidder(venue)
        place(alice, sealed(auction, alice))
        travel.to(auction.closes_at)
        mark_again("30000")
        run_stage("close_auctions")
        (bid,) = transcript_of(auction).bids
        assert (bid.not_counted, bid.offer) == (NotCounted.UNDECIDED, Offer(60, Decimal(10)))


class TestKeys:
    def test_the_private_key_is_stored_wrapped_and_for_this_auction_only(
        self, venue, auction, travel, forgotten
    ) -> None:
        key = load_seals_to_open([auction])[auction.id].private_key
        assert key not in bytes(auction.offer_private_key)
        other = an_auction(venue, "book-2")
        Auction.objects.filter(id=auction.id).update(offer_private_key=other.offer_private_key)
        auction.refresh_from_db()
        assert load_seals_to_open([auction]) == {}
        Auction.objects.filter(id=auction.id).update(offer_private_key=auction.sealed_key)
        close(auction, travel)
        assert (auction.state, auction.halt_reason) == (AuctionState.HALTED, KEY_MISSING)

    def test_without_its_master_key_it_halts_though_the_other_key_is_remembered(
        self, venue, auction, travel, settings, forgotten
    ) -> None:
        alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
        for who in (alice, bob):
            place(who, sealed(auction, who))
        assert auction.id in sealing._kept
        kept, settings.SEALING_KEYS = settings.SEALING_KEYS, keyring("another")
        close(auction, travel)
        assert (auction.state, auction.halt_reason) == (AuctionState.HALTED, KEY_MISSING)
        settings.SEALING_KEYS = kept
        run_stage("close_auctions")
        assert close(auction, travel).state == AuctionState.AWARDED
        transcript_of(auction)
        invariants.hold()

    def test_without_it_the_auction_ends_unfilled_at_the_longest_halt(
        self, venue, auction, travel, settings, forgotten
    ) -> None:
        alice = a_bidder(venue)
        place(alice, sealed(auction, alice))
        settings.SEALING_KEYS = keyring("another")
        close(auction, travel)
        travel.to(auction.halt_ends_at)
        mark_again()
        run_stage("close_auctions")
        auction.refresh_from_db()
        bid = Bid.objects.get()
        assert (auction.state, bid.state, bid.void_reason) == (AuctionState.UNFILLED, BidState.VOID, KEY_MISSING)
        assert build.provider_account(alice).held == 0
        invariants.hold()

    def test_rotation_wraps_both_keys_anew(self, venue, travel, settings, forgotten, capsys) -> None:
        settings.SEALING_KEYS = keyring("old")
        a_playbook(venue, **PLAYBOOK)
        auction = an_auction(venue)
        before = load_seals_to_open([auction])[auction.id]
        settings.SEALING_KEYS = keyring("new", "old")
        call_command("rotate_sealing_keys")
        settings.SEALING_KEYS = keyring("new")
        sealing._kept.clear()
        auction.refresh_from_db()
        assert load_seals_to_open([auction])[auction.id] == before

    @pytest.mark.parametrize("field", ["offer_public_key", "offer_private_key"])
    def test_the_database_holds_both_keys_or_none(self, venue, auction, field) -> None:
        def spoil(**values: Any) -> None:
            with pytest.raises(IntegrityError, match="auction_sealed_by_provider_has_keys"), transaction.atomic():
                Auction.objects.filter(id=auction.id).update(**values)

        spoil(**{field: None})
        spoil(sealed_by="VENUE")


def test_providers_seal_their_bids_only_where_the_lot_is_shown() -> None:
    with pytest.raises(IntegrityError, match="playbook_providers_seal_where_lots_are_shown"):
        build.a_playbook(build.a_venue(), sealed_by="PROVIDER", disclosure="SIZE_BAND")
