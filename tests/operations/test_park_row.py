"""One bad row of a batch stands aside, with its reason and an event; the others go on, and it is tried again."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import ANY, Mock

import pytest
from django.db import InternalError, OperationalError
from psycopg import errors

from auctions import tasks
from auctions.lifecycle import AuctionState, BidState, BookState
from auctions.models import Bid, Book
from auctions.operations.sweeps import expire_bids as expiring
from auctions.operations.sweeps import route_books as routing
from auctions.tasks import run_stage
from backstop.models import Event
from tests import builders as build
from tests import invariants, market

pytestmark = pytest.mark.django_db


def test_one_bad_row_is_parked_and_retried_while_the_others_go_on(travel, monkeypatch):
    travel.freeze()
    venue = build.a_venue()
    build.an_instrument(venue, price="100")
    build.a_playbook(venue)
    books = [
        market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "100"), reference=f"b{number}")
        for number in range(5)
    ]
    honest = routing._form_lots

    def fails_for_one(book, *details):
        if book.reference == "b3":
            raise RuntimeError("nobody thought of this")
        return honest(book, *details)

    monkeypatch.setattr(routing, "_form_lots", fails_for_one)
    assert run_stage("route_books") == 4
    bad = Book.objects.get(reference="b3")
    assert (bad.state, "nobody thought of this" in bad.parked_reason) == (BookState.RECEIVED, True)
    assert Event.objects.get(kind="row_parked", subject_id=bad.id).actor == "sweep:route_books"
    assert Book.objects.filter(state=BookState.ROUTED).count() == len(books) - 1
    assert run_stage("route_books") == 0, "it stands aside"
    monkeypatch.undo()
    travel(seconds=10)
    assert run_stage("route_books") == 1
    bad.refresh_from_db()
    assert (bad.state, bad.parked_reason, bad.retry_at) == (BookState.ROUTED, "", None), "it is healed"
    invariants.hold()


def test_an_auction_whose_bids_cannot_be_taken_back_is_closed_at_its_time(travel, monkeypatch):
    venue = market.a_market(travel)
    market.a_playbook(venue, max_reopenings=0)
    alice, auction = market.a_bidder(venue), market.an_auction(venue)
    soon = auction.closes_at - timedelta(seconds=1)
    market.place(alice, replace(market.order(auction), expires_at=soon))
    monkeypatch.setattr(expiring, "take_back", Mock(side_effect=RuntimeError("nobody thought of this")))
    travel.to(soon)
    assert run_stage("expire_bids") == 0
    assert market.close(auction, travel).state == AuctionState.UNFILLED
    assert (auction.retry_at, Bid.objects.get().state) == (None, BidState.VOID)


def books_of_a_market(count):
    venue = build.a_venue()
    build.an_instrument(venue, price="100")
    build.a_playbook(venue)
    for number in range(count):
        market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "100"), reference=f"b{number}")


@pytest.mark.parametrize("error", [OperationalError("the connection is closed"), errors.AdminShutdown("shutting down")])
def test_no_row_is_parked_because_the_database_is_away(monkeypatch, error):
    books_of_a_market(3)
    tried = []

    def fails(book, *details):
        tried.append(book.reference)
        raise error

    monkeypatch.setattr(routing, "_form_lots", fails)
    with pytest.raises(type(error)):
        run_stage("route_books")
    assert len(tried) == 1, "nor is anything tried again at once"
    assert not Book.objects.exclude(parked_reason="").exists()
    monkeypatch.undo()
    assert run_stage("route_books") == 3


@pytest.mark.parametrize("sqlstate", ["25P03", "53200", "57014"])
def test_what_is_too_much_for_one_transaction_is_halved_and_one_row_passed_over(monkeypatch, sqlstate):
    books_of_a_market(5)
    honest = routing._form_lots

    def fails_for_one(book, *details):
        if book.reference == "b3":
            raise InternalError("too much") from errors.lookup(sqlstate)("too much")
        return honest(book, *details)

    monkeypatch.setattr(routing, "_form_lots", fails_for_one)
    told = Mock()
    monkeypatch.setattr(tasks, "log", told)
    assert [run_stage("route_books") for _ in range(3)] == [4, 0, 0]
    told.exception.assert_called_once_with("row_passed_over", stage="route_books", row=ANY)
    assert not Book.objects.exclude(parked_reason="").exists()
    monkeypatch.undo()
    assert run_stage("route_books") == 1
