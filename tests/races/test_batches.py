"""Batches that nobody waits for: one venue each, so that others are served meanwhile; no bid waits for one."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from accounts.operations.collateral.move_collateral import move_collateral
from auctions.desks import assigning
from auctions.lifecycle import BookState
from auctions.models import Auction, Award, Book
from auctions.queries import due_to_close
from auctions.queries.due import batches
from auctions.tasks import STAGES, run_stage
from backstop import clock
from backstop.database import Overtaken, sqlstate_of
from backstop.transactions import operation, was_overtaken
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.races.market import a_bidder, a_linear_book, a_playbook, bid
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def a_market_of_its_own(code):
    venue = build.a_venue(code, fund="1000000")
    build.an_instrument(venue, price="20000")
    a_playbook(venue)
    return venue


def test_two_workers_are_inside_batches_of_two_venues_at_once(travel, monkeypatch):
    for code in ("north", "south"):
        a_linear_book(a_market_of_its_own(code))
    inside = threading.Barrier(2)
    honest = STAGES["route_books"].operation

    def both_meet(*, ids):
        inside.wait(20)
        return honest(ids=ids)

    both_meet.__name__ = "route_books"
    monkeypatch.setitem(STAGES, "route_books", replace(STAGES["route_books"], operation=both_meet))
    assert together(*[lambda: run_stage("route_books")] * 2) == [1, 1]
    assert set(Book.objects.values_list("state", flat=True)) == {BookState.ROUTED}


def test_a_second_worker_of_one_venue_finds_nothing_to_do_and_does_not_wait(venue, travel, monkeypatch):
    a_playbook(venue)
    a_linear_book(venue)
    begun, done = threading.Event(), threading.Event()
    honest = STAGES["route_books"].operation

    def slow(*, ids):
        begun.set()
        assert done.wait(20)
        return honest(ids=ids)

    def second():
        assert begun.wait(20)
        try:
            return run_stage("route_books")
        finally:
            done.set()

    slow.__name__ = "route_books"
    monkeypatch.setitem(STAGES, "route_books", replace(STAGES["route_books"], operation=slow))
    assert together(lambda: run_stage("route_books"), second) == [1, 0]


def test_a_venue_whose_locks_do_not_come_keeps_no_other_from_being_served(travel, monkeypatch):
    for code in ("north", "south"):
        a_linear_book(a_market_of_its_own(code))
    north = Book.objects.get(venue__code="north").id
    honest = STAGES["route_books"].operation

    def meets_others(*, ids):
        if north in ids:
            raise Overtaken("as ever")
        return honest(ids=ids)

    meets_others.__name__ = "route_books"
    monkeypatch.setitem(STAGES, "route_books", replace(STAGES["route_books"], operation=meets_others))
    assert run_stage("route_books") == 1
    assert not Book.objects.get(venue__code="north").parked_reason


def test_a_process_serves_the_venues_that_it_is_told_to(travel):
    for code in ("north", "south", "west"):
        a_linear_book(a_market_of_its_own(code))
    assert run_stage("route_books", ["north", "south"], but=["south"]) == 1
    assert Book.objects.get(state=BookState.ROUTED).venue.code == "north"


def test_a_batch_is_bounded_by_its_weight_and_takes_one_row_at_least(venue, travel, monkeypatch):
    travel.freeze()
    a_playbook(venue)
    auctions = [market.an_auction(venue, f"book-{number}") for number in range(3)]
    alice = a_bidder(venue, "Alice", collateral="100000000")
    for number in range(2):
        assert bid(alice, auctions[0], f"b{number}").code is None
    travel.to(auctions[-1].closes_at)
    due, ids = due_to_close(clock.now()), [auction.id for auction in auctions]
    monkeypatch.setattr(batches, "BIDS_PER_WEIGHT", 1)
    for weight, rows in ((1, 1), (3, 1), (4, 2), (5, 3)):
        monkeypatch.setattr(batches, "BATCH_WEIGHT", weight)
        assert due_to_close(clock.now()).list_batch(venue.id) == ids[:rows], weight
    assert due.list_ids() == ids


def test_no_bid_waits_for_a_batch_that_is_assigned(venue, monkeypatch):
    """Each lot of the batch, which holds all of its locks, is decided only once its bidders have placed one bid more:
    did these wait for it, both would wait for ever."""
    a_playbook(venue, sealed_seconds=600)
    bidders = [a_bidder(venue, name, collateral="100000000") for name in ("Alice", "Bob")]
    for provider, _ in bidders:
        build.a_commitment(provider, min_edge_bps="40", cap_per_assignment="400")
    a_linear_book(venue, "open")
    market.sweep()
    auction = Auction.objects.get()
    for number in range(20):
        a_linear_book(venue, f"book-{number}")
    run_stage("route_books")
    meeting, honest = threading.Barrier(3, timeout=60), assigning.assign

    def assign_after_bids(*words):
        meeting.wait()
        meeting.wait()
        return honest(*words)

    def keep_bidding(who):
        for number in range(20):
            meeting.wait()
            assert bid(who, auction, f"b{number}").code is None
            meeting.wait()

    monkeypatch.setattr(assigning, "assign", assign_after_bids)
    bidding = [lambda who=who: keep_bidding(who) for who in bidders]
    assert together(lambda: run_stage("assign_lots"), *bidding, seconds=300) == [20, None, None]
    assert Award.objects.exclude(step__lot__book__reference="open").count() == 40
    invariants.hold()


LAST = ("holding", "settlementcounter", "usedmark")
NUMBERED = ("settlement", "event", "outbox")  # a settlement is told with its number
JOURNALLED = ['INSERT INTO "accounts_transfer"', "UPDATE accounts_account AS", "COMMIT"]


def test_accounts_are_locked_only_while_they_are_written(venue, travel):
    """Whatever the stage, all else is written before: after the lock come the journal's own two statements, what is
    held, the marks that were used, and settlements with their numbers, in as many as for one award."""
    travel.freeze()
    alone = {"min_groups": 1, "cover_percent": 0}
    a_playbook(venue, **alone)
    alice, bob = (a_bidder(venue, name, collateral="100000000") for name in ("Alice", "Bob"))
    build.a_commitment(alice[0], min_edge_bps="40", cap_per_assignment="400")
    build.a_commitment(bob[0], min_edge_bps="250", cap_per_assignment="400")
    a_linear_book(venue)
    late = {}
    for _ in range(8):
        for name in STAGES:
            with CaptureQueriesContext(connection) as captured:
                run_stage(name)
            statements = [query["sql"] for query in captured]
            locks = [
                n for n, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql and '"accounts_account"' in sql
            ]
            if locks:
                (lock,) = locks
                late[name] = [sql.split(maxsplit=3)[:3] for sql in statements[lock + 1 :]]
        travel(seconds=60)
        market.mark_again()
        for auction in Auction.objects.filter(state="OPEN", kind="SEALED"):
            bid(alice, auction, "a")
    assert late.keys() == {
        *("route_books", "assign_lots", "close_auctions", "settle_awards", "pass_lots_on", "close_books"),
    }
    for name, statements in late.items():
        kinds = [" ".join(words) for words in statements]
        after = (*LAST, *NUMBERED) if name == "settle_awards" else LAST
        held = [kind for kind in kinds if any(table in kind for table in after)]
        journal = [kind for kind in kinds if kind not in held]
        assert journal in (JOURNALLED, ["UPDATE accounts_account AS", "COMMIT"]), name
        assert kinds[-1 - len(held) : -1] == held, name
        assert len(held) <= (13 if name == "settle_awards" else 8), name


@pytest.fixture
def alice(venue):
    return build.a_provider(venue, "Alice", collateral="100")


def withdraw(provider, amount):
    perform(
        move_collateral,
        venue_id=provider.venue_id,
        provider_id=provider.id,
        asset="USD",
        amount=-Decimal(amount),
        reference="out",
    )


def holding(provider, amount, meanwhile):
    """An operation that holds so much of a provider's collateral; `meanwhile` happens after its look."""
    tries = []

    @operation
    def hold():
        tries.append(was_overtaken())
        account = Account.objects.get(provider=provider, kind=AccountKind.COLLATERAL)
        journal = Journal.opened([account.id])
        fitting = min(journal.free(account.id), Decimal(amount))
        assert together(lambda: meanwhile(tries)) == [None]
        journal.hold(account.id, fitting)
        journal.write()
        return fitting

    return hold, tries


def test_who_is_overtaken_decides_once_more_by_what_is_left(alice):
    hold, tries = holding(alice, "80", lambda tries: withdraw(alice, "30") if len(tries) == 1 else None)
    assert perform(hold) == 70
    assert tries == [False, True]
    assert Account.objects.get(provider=alice, kind=AccountKind.COLLATERAL).free == 0


def test_nobody_is_overtaken_twice(alice):
    """Whoever keeps its collateral in motion delays no batch: the second time it waits itself."""
    waited = []

    def meanwhile(tries):
        if len(tries) == 1:
            withdraw(alice, "30")
            return
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
            try:
                cursor.execute("SELECT FROM accounts_account WHERE provider_id = %s FOR UPDATE", [alice.id])
            except OperationalError as error:
                waited.append(sqlstate_of(error))

    hold, _ = holding(alice, "80", meanwhile)
    assert perform(hold) == 70
    assert waited == ["55P03"]
