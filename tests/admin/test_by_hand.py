"""What a desk does by hand: books and settlements, marks, commitments for their providers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Approval, Commitment, Provider
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.terms.set_mark_by_hand import hand_of
from auctions.models import Book, Position, Settlement
from auctions.operations.sweeps.park_row import park_row
from backstop.models import Event, Mark
from tests import builders as build
from tests import market
from tests.admin.test_deeds import do, text
from tests.admin.test_money import client_of
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(venue) -> Book:
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="3000")


def why_of(kind: str) -> tuple[str, str]:
    event = Event.objects.get(kind=kind)
    return event.actor, event.payload["reason"]


def test_a_book_is_amended_with_its_cash_and_quantities(client, book):
    sent = {"cash": "3500", "quantity_0": "1.5", "version": "1", "reason": "a typo"}
    answer = do(client, "auctions_book", "amend", book, **sent)
    assert "Amend: " in text(answer)
    book.refresh_from_db()
    assert (book.version, book.cash, Position.objects.get(book_version=2).quantity) == (2, 3500, Decimal("1.5"))
    assert why_of("book_amended") == ("user:operator", "a typo")
    assert "in version 2 now" in text(do(client, "auctions_book", "amend", book, **{**sent, "cash": "3501"}))


def test_a_book_is_withdrawn(client, book):
    do(client, "auctions_book", "withdraw", book, reason="margin came in")
    book.refresh_from_db()
    assert book.state == "WITHDRAWN"
    assert why_of("book_withdrawn") == ("user:operator", "margin came in")


@pytest.fixture
def settlement(venue, travel) -> Settlement:
    travel.freeze()
    market.a_confirming_playbook(venue)
    return market.awaited(venue)[1]


def test_a_settlement_is_confirmed_by_hand(client, settlement):
    do(client, "auctions_settlement", "confirm", settlement, reason="the engine is down")
    settlement.refresh_from_db()
    assert settlement.state == "CONFIRMED"
    assert why_of("award_confirmed") == ("user:operator", "the engine is down")


def test_a_settlement_is_rejected_by_hand_with_whose_fault_it_is(client, settlement):
    do(client, "auctions_settlement", "reject", settlement, reason="no account", fault="PROVIDER")
    settlement.refresh_from_db()
    assert (settlement.state, settlement.fault) == ("REJECTED", "PROVIDER")


def test_above_the_limit_a_hand_needs_another_and_a_key_of_the_engine_does_not(client, venue, settlement):
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(1), reason="four eyes")
    answer = do(client, "auctions_settlement", "confirm", settlement, reason="the engine is down")
    assert "another person" in text(answer)
    settlement.refresh_from_db()
    assert settlement.state == "AWAITING"
    do(client_of("change_approval", "view_approval"), "accounts_approval", "confirm", Approval.objects.get())
    settlement.refresh_from_db()
    assert settlement.state == "CONFIRMED"


def test_an_engine_confirms_alone(venue, settlement):
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(1), reason="four eyes")
    key = build.api_client(build.a_venue_key(venue, ["settlements"]))
    assert key.post(f"/v1/settlements/{settlement.id}/confirm", {}).json()["state"] == "CONFIRMED"


def test_an_instrument_is_marked_by_hand(client, venue):
    instrument = venue.instruments.get()
    do(client, "backstop_instrument", "mark", instrument, price="19000", reason="the feed is down")
    assert Mark.objects.get(source=hand_of("user:operator")).price == 19000


def test_terms_are_set_on_their_pages(client, venue):
    instrument = venue.instruments.get()
    do(client, "backstop_instrument", "terms", instrument, margin_rate="0.2", is_listed="no", reason="wound down")
    terms = instrument.terms.get()
    assert (terms.margin_rate, terms.is_listed, terms.quantity_step) == (Decimal("0.2"), False, Decimal("0.001"))
    do(client, "backstop_venue", "terms", venue, notice_seconds="60", reason="faster")
    assert venue.terms.get().notice_seconds == 60


def test_a_commitment_is_proposed_changed_and_withdrawn_for_its_provider(client, venue, people):
    alice = people["Alice"]
    sent = {"min_edge_bps": "20", "cap_held": "90000", "reason": "by telephone"}
    do(client, "accounts_provider", "propose", alice, **sent)
    commitment = Commitment.objects.get(provider=alice)
    assert (commitment.state, commitment.terms.get().terms.cap_held) == ("PROPOSED", 90000)
    do(client, "accounts_commitment", "change", commitment, **{**sent, "cap_held": ""})
    assert commitment.terms.latest("effective_at").terms.cap_held is None
    do(client, "accounts_commitment", "withdraw", commitment, reason="by telephone")
    for what in ("proposed", "changed", "withdrawn"):
        assert why_of(f"commitment_{what}") == ("user:operator", "by telephone")


def test_a_provider_applies_is_approved_and_ends(client, venue):
    sent = {"venue": venue.pk, "name": "Carol", "group": "", "applies": "on", "reason": "recommended"}
    client.post(reverse("admin:accounts_provider_create"), sent)
    carol = Provider.objects.get(name="Carol")
    assert carol.state == "APPLIED"
    do(client, "accounts_provider", "accept", carol, version="2026-1")
    do(client, "accounts_provider", "approve", carol, reason="all is there")
    do(client, "accounts_provider", "end", carol, reason="leaves")
    carol.refresh_from_db()
    assert (carol.state, carol.terms_version, carol.state_reason) == ("ENDED", "2026-1", "leaves")


def test_a_book_is_tried_again(client, book):
    perform(park_row, model=Book, row_id=book.id, reason="a bug", retry_after=timedelta(hours=1))
    do(client, "auctions_book", "retry", book, reason="mended")
    assert why_of("book_retried") == ("user:operator", "mended")
