"""A stage needs as many statements for twelve books as for two, whatever becomes of them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LossEvent, User
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState, BookState, SettlementState, StepKind
from auctions.models import Auction, Book, ProviderFault, Settlement
from auctions.tasks import STAGES, run_stage
from tests import builders as build
from tests import market
from tests.operations.test_confirm_default import in_default
from tests.operations.test_declare_default import declare
from tests.operations.test_deliver_margin import settled_by_the_release_before

pytestmark = pytest.mark.django_db

BOOKS = (1, 2, 12)  # the first, so that the others find what it left: holdings, windows, keys remembered


class Counting:
    """Sweeps some books, and counts the statements of each run of a stage that found work, in order."""

    def __init__(self, travel: Any, books: list[Book]) -> None:
        self.travel = travel
        self.books = books
        self.statements: dict[str, list[int]] = {stage: [] for stage in STAGES}

    def sweep(self) -> None:
        while sum(self._run(stage) for stage in STAGES):
            pass

    def _run(self, stage: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            worked = run_stage(stage)
        if worked:
            self.statements[stage].append(len(queries))
        return worked

    def under_way(self, kind: StepKind) -> list[Auction]:
        """The auctions of these books, one each."""
        mine = Auction.objects.filter(step__lot__book__in=self.books, kind=kind)
        found = list(mine.filter(state__in=[AuctionState.OPEN, AuctionState.HALTED]))
        assert len(found) == len(self.books)
        return found

    def close(self, kind: StepKind, price: str | None = "20000") -> None:
        """To the end of their windows, where marks are at this price; None: where they are stale."""
        self.travel.to(self.under_way(kind)[0].closes_at)
        if price is None:
            self.travel(seconds=61)
        else:
            market.mark_again(price)
        self.sweep()


def count(travel: Any, venue: Any, books: int, story: Callable[[Counting], None]) -> dict[str, list[int]]:
    """The statements of each stage for so many books of this story, from the intake to the end of each."""
    orders = [
        BookOrder(f"{books}-{number}", (market.position("BTC-PERP", "LONG", "2", "20000"),)) for number in range(books)
    ]
    market.mark_again()
    counting = Counting(travel, market.receive(venue, orders))
    counting.sweep()
    story(counting)
    assert set(Book.objects.values_list("state", flat=True)) == {BookState.CLOSED}
    return counting.statements


def test_books_that_meet_everything_in_auctions(travel):
    """Assigned in part, bid for, reopened, halted, resumed, restarted, awarded, taken, taken by the fund, returned."""
    venue = market.a_market(travel, fund="1000000")
    terms = {"fund_draw_limit": "100", "fund_inventory_limit": "16000", "max_restarts": 1}
    market.a_playbook(venue, **terms)
    alice, bob = (market.a_bidder(venue, name, collateral="100000000") for name in ("Alice", "Bob"))
    build.a_commitment(alice, min_edge_bps="50", cap_per_assignment="4000")

    def story(counting: Counting) -> None:
        bid(counting, "before")
        counting.close(StepKind.SEALED)
        counting.close(StepKind.SEALED, price=None)
        market.mark_again("21000")
        counting.sweep()
        bid(counting, "after")
        for _ in range(2):
            counting.close(StepKind.SEALED, "21000")
        for auction in counting.under_way(StepKind.DUTCH):
            market.take(bob, auction, f"{auction.id}")
        counting.close(StepKind.DUTCH, "21000")
        travel.to(max(LossEvent.objects.values_list("final_by", flat=True)))
        counting.sweep()

    def bid(counting: Counting, when: str) -> None:
        for auction in counting.under_way(StepKind.SEALED):
            market.place(bob, market.order(auction, f"{auction.id} {when}", edge="40"))

    _, two, twelve = (count(travel, venue, books, story) for books in BOOKS)
    assert twelve == two
    assert {stage for stage, runs in two.items() if not runs} == {
        *("charge_premiums", "collect_repos", "count_faults", "count_service", "deliver_margin", "disable_providers"),
        *("end_covers", "end_drills", "end_faults", "expire_assessments", "expire_bids", "expire_settlements"),
        *("handle_defaults", "lapse_defaults", "lapse_fills", "settle_claims", "settle_vaults", "trip_cancel_switches"),
        *("end_margin_calls", "take_overdue", "watch_alerts", "watch_tranches", "write_off_assessments"),
        "sell_pledges",
    }


def test_books_that_wait(travel):
    """For a cap, and for the word of a venue that gives none."""
    venue = market.a_market(travel, fund="1000000")
    market.a_playbook(venue, settlement_mode="CONFIRM", max_queue_seconds=30)
    build.a_cap(venue, "0")
    build.a_commitment(build.a_provider(venue), cap_per_assignment="4000")

    def story(counting: Counting) -> None:
        travel(seconds=60)
        market.mark_again()
        counting.sweep()
        for _ in range(2):
            travel(seconds=30)
            counting.sweep()

    _, two, twelve = (count(travel, venue, books, story) for books in BOOKS)
    assert twelve == two
    assert two["expire_settlements"]
    assert len(two["open_auctions"]) > 1


def test_awards_that_fail_by_the_fault_of_a_provider_each(travel):
    """Drift ends by time; some contest, and nobody decides."""
    venue = market.a_market(travel, fund="1000000")
    market.a_playbook(venue, settlement_mode="CONFIRM", make_whole_seconds=1)
    zoe = market.a_bidder(venue, "Zoe", collateral="100000000")

    def story(counting: Counting) -> None:
        for number, auction in enumerate(counting.under_way(StepKind.SEALED)):
            bidder = market.a_bidder(venue, f"{len(counting.books)}-{number}")
            market.place(bidder, market.order(auction, units=100, edge="40"))
        for _ in range(2):
            counting.close(StepKind.SEALED)
        awaited = Settlement.objects.filter(book__in=counting.books, state=SettlementState.AWAITING)
        for settlement in awaited:
            market.reject(venue, settlement)
        travel(seconds=2)
        market.mark_again("19000")
        counting.sweep()
        for auction in counting.under_way(StepKind.DUTCH):
            market.take(zoe, auction, f"{auction.id}", units=100)
        for settlement in awaited.all():
            market.confirm(venue, settlement)
        counting.sweep()
        faults = ProviderFault.objects.filter(book__in=counting.books)
        for fault in faults[: len(counting.books) // 2]:
            market.contest(fault)
        for seconds in (3600, 86400):
            travel(seconds=seconds)
            counting.sweep()
        contested = len(counting.books) // 2
        states = Counter(faults.values_list("state", flat=True))
        assert states == Counter(UPHELD=len(counting.books) - contested, DISMISSED=contested)

    _, two, twelve = (count(travel, venue, books, story) for books in BOOKS)
    for stage in ("count_faults", "end_faults"):
        assert twelve[stage] == two[stage]
        assert len(two[stage]) == 2


def test_providers_in_default_and_what_they_cost(travel):
    """Confirmed by nobody; without a book in time, and with loss events that are final then; with margin kept here."""
    for name in ("olivia", "peter"):
        User.objects.create(username=name)
    venue = market.a_market(travel)
    market.a_playbook(venue)

    def story(providers: int) -> dict[str, int]:
        statements: dict[str, int] = {}

        def sweep(stage: str) -> None:
            with CaptureQueriesContext(connection) as queries:
                assert run_stage(stage) == providers
            statements[stage] = len(queries)

        lapsing, failing = (
            [build.a_provider(venue, f"{kind} {number} of {providers}") for number in range(providers)]
            for kind in ("Lapsing", "Failing")
        )
        for provider in lapsing:
            settled_by_the_release_before(provider, "4000")
            declare(provider)
        sweep("deliver_margin")
        for provider in failing:
            market.report_held(provider, "BTC-PERP", "1.5", included=0)
            in_default(provider)
        travel(seconds=3600)
        sweep("lapse_defaults")
        travel(hours=24)
        sweep("handle_defaults")
        sweep("end_loss_events")
        return statements

    _, two, twelve = (story(providers) for providers in BOOKS)
    assert twelve == two


def test_a_round_that_finds_nothing_asks_one_thing_of_each_stage(travel):
    """Beside the instant: whether anything may be due. Clocks do so twice a second, whatever is under way."""
    venue = market.a_market(travel)
    market.a_playbook(venue)
    market.an_auction(venue)
    for stage in STAGES:
        with CaptureQueriesContext(connection) as queries:
            assert run_stage(stage) == 0
        assert len(queries) == 2, stage
