"""Every operation beside every other on one venue: none waits for ever, none fails otherwise than it says it may."""

import itertools
import os
import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection

from accounts.desks.journal import Journal
from accounts.models import Commitment, Group, LossEvent, Provider
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState, BidState, BookState, DrillState, SettlementState
from auctions.models import AtFault, Auction, Bid, Book, Drill, Settlement
from auctions.operations.operator.move_provider import move_provider
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.cancel_bids import cancel_bids
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.operations.provider.reconfirm_bids import reconfirm_bids
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.receive_books import receive_books
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.tasks import STAGES
from backstop import clock
from backstop.database import Overtaken
from backstop.errors import DomainError
from backstop.transactions import was_overtaken
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.operations.test_take_deposit import a_vault, deposit, leave
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db(transaction=True)

WHOLE_SQUARE = "WHOLE_SQUARE" in os.environ  # as .ci/run does: else a sixth of the pairs, the same each time


class Venue:
    """A venue at work; every method is one operation on whatever is there for it."""

    def __init__(self) -> None:
        self.venue = build.a_venue(fund="1000000", notice_seconds=0)
        build.an_instrument(self.venue, "BTC-PERP", price="20000")
        build.an_instrument(self.venue, "ETH-USD", build.SPOT, product_group="COINS", price="200", margin_rate="0")
        build.a_playbook(
            self.venue,
            units_per_lot=10,
            mark_max_age_seconds=86400,
            settlement_mode="CONFIRM",
            confirm_seconds=4,
            contest_seconds=3,
            decide_seconds=3,
            make_whole_seconds=3,
            sealed_seconds=2,
            reopening_seconds=1,
            dutch_seconds=3,
            dutch_curve={"kind": "PIECEWISE", "ramp_seconds": 2},
            retry_seconds=1,
            max_restarts=5,
            reconfirm_after_seconds=0,
            reconfirm_seconds=1,
            fund_draw_limit="5000",
            fund_inventory_limit="20000",
        )
        build.an_instrument(self.venue, "SOL-PERP", product_group="DRILLED", price="200")
        self.practice = market.position("SOL-PERP", "LONG", "10", "200")
        self.people = []
        for name in ("Alice", "Bob"):
            provider = build.a_provider(self.venue, name)
            build.a_provider_key(provider)
            build.a_commitment(provider, min_edge_bps="20", cap_per_assignment="9000")
            self.people.append((provider, provider.api_keys.get().id))
        self.vault = a_vault(self.venue, notice_seconds=1)
        deposit(self.vault, "1000", "Ann")
        build.a_commitment(self.vault.provider, min_edge_bps="20", cap_per_assignment="500")
        build.a_group(self.venue, "Owner")
        self.coins = build.a_group_of_products(self.venue, "COINS")
        self.numbers = itertools.count(1)
        self.cap()

    def operations(self):
        plain = [
            self.receive, self.receive_known, self.drill, self.interrupt, self.bid, self.cancel, self.take,
            self.confirm, self.reject, self.amend, self.withdraw, self.move_collateral, self.fund, self.report,
            self.change, self.suspend, self.suspend_provider, self.move_provider, self.relate_groups, self.cap,
            self.breaker, self.restart, self.reconfirm, self.ready, self.conditions, self.cancel_all, self.arm,
            self.recover, self.deposit, self.leave,
        ]  # fmt: skip
        sweeps = [lambda name=name: self.sweep(name) for name in STAGES]
        return dict(zip([one.__name__ for one in plain] + list(STAGES), plain + sweeps, strict=True))

    def sweep(self, name):
        stage = STAGES[name]
        if ids := stage.due(clock.now()).list_ids()[:20]:
            perform(stage.operation, ids=ids)

    def receive(self, reference=None):
        number = next(self.numbers)
        owner = "Owner" if number % 2 and reference is None else ""
        reference = reference or f"book-{number}"
        positions = (market.position("BTC-PERP", "LONG", "1", "20000"), market.position("ETH-USD", "LONG", "100"))
        order = BookOrder(reference, positions, cash=Decimal(-10000), owner_group=owner)
        perform(receive_books, venue_id=self.venue.id, orders=[order])

    def receive_known(self):
        self.receive("known")

    def drill(self):
        market.a_drill(self.venue, self.practice, reference=f"drill-{next(self.numbers)}")

    def interrupt(self):
        """A real book that drills give way to, and that is gone again."""
        number = next(self.numbers)
        book = market.a_book(self.venue, self.practice, reference=f"real-{number}", cash="1000")
        perform(withdraw_book, venue_id=self.venue.id, book_id=book.id, reason="a test")

    def amendable(self):
        return Book.objects.filter(state__in=[BookState.RECEIVED, BookState.ROUTED]).order_by("-received_at").first()

    def amend(self):
        if book := self.amendable():
            positions = (market.position("BTC-PERP", "LONG", f"1.{next(self.numbers) % 7}", "20000"),)
            order = BookOrder(book.reference, positions, cash=Decimal(500))
            arguments = {"book_id": book.id, "order": order, "expected_version": book.version}
            perform(amend_book, venue_id=self.venue.id, **arguments)

    def withdraw(self):
        if book := self.amendable():
            perform(withdraw_book, venue_id=self.venue.id, book_id=book.id, reason="a test")

    def cap(self):
        turn = next(self.numbers)
        build.a_cap(self.venue, None if turn % 7 == 0 else str(90_000 + turn))
        build.a_cap(self.venue, str(45_000 + turn), product_group=self.coins)

    def breaker(self):
        for level in (1 + next(self.numbers) % 3, 0):
            arguments = {"product_group": "COINS", "level": level, "reason": "a test"}
            perform(set_breaker, venue_id=self.venue.id, **arguments)

    def conditions(self):
        spread = Decimal(next(self.numbers) % 100)
        for group in ("PERPS", "COINS"):
            build.conditions(self.venue, product_group=group, spread_bps=spread)

    def under_way(self):
        return Auction.objects.filter(state__in=[AuctionState.OPEN, AuctionState.HALTED]).order_by("-opens_at").first()

    def restart(self):
        if auction := self.under_way():
            perform(restart_auction, venue_id=self.venue.id, auction_id=auction.id, reason="a test")

    def reconfirm(self):
        if auction := self.under_way():
            whose = {"venue_id": self.venue.id, "provider_id": self.someone()[0].id}
            perform(reconfirm_bids, **whose, auction_id=auction.id)

    def someone(self):
        return self.people[next(self.numbers) % 2]

    def bid(self):
        provider, key = self.someone()
        auctions = Auction.objects.filter(kind="SEALED", state=AuctionState.OPEN).order_by("-closes_at")[:4]
        ends = {"expires_at": clock.now() + timedelta(seconds=1)} if next(self.numbers) % 3 == 0 else {}
        orders = [BidOrder(one.id, f"b{next(self.numbers)}", 3, Decimal(30), 3, **ends) for one in auctions]
        if orders:
            perform(place_bids, key_id=key, provider_id=provider.id, orders=orders)

    def cancel(self):
        bid = Bid.objects.filter(state=BidState.LIVE, commitment=None).order_by("-sequence").first()
        if bid:
            perform(cancel_bid, provider_id=bid.provider_id, bid_id=bid.id)

    def cancel_all(self):
        perform(cancel_bids, provider_id=self.someone()[0].id)

    def arm(self):
        perform(set_cancel_switch, provider_id=self.someone()[0].id, seconds=1)

    def take(self):
        auction = Auction.objects.filter(kind="DUTCH", state=AuctionState.OPEN).order_by("-closes_at").first()
        if auction:
            market.take(self.someone()[0], auction, f"t{next(self.numbers)}", 2)

    def ready(self):
        auction = Auction.objects.filter(kind="DUTCH", state=AuctionState.OPEN).order_by("-closes_at").first()
        if auction:
            market.ready(self.someone()[0], auction, 1, f"r{next(self.numbers)}")

    def confirm(self):
        if one := self.awaiting():
            perform(confirm_settlement, venue_id=self.venue.id, settlement_id=one.id)

    def reject(self):
        if one := self.awaiting():
            arguments = {"venue_id": self.venue.id, "settlement_id": one.id, "reason": "no", "fault": AtFault.PROVIDER}
            perform(reject_settlement, **arguments)

    def awaiting(self):
        return Settlement.objects.filter(state=SettlementState.AWAITING).order_by("?").first()

    def move_collateral(self):
        sign = -1 if next(self.numbers) % 2 else 1
        arguments = {"asset": "USD", "amount": Decimal(10 * sign), "reference": f"m{next(self.numbers)}"}
        perform(move_collateral, venue_id=self.venue.id, provider_id=self.someone()[0].id, **arguments)

    def fund(self):
        arguments = {"asset": "USD", "amount": Decimal(10), "reference": f"f{next(self.numbers)}"}
        perform(fund_venue, venue_id=self.venue.id, **arguments)

    def recover(self):
        event = LossEvent.objects.filter(venue=self.venue).order_by("-opened_at").first()
        if event:
            arguments = {
                "asset": "USD",
                "amount": Decimal(1),
                "reference": f"l{next(self.numbers)}",
                "reason": "a test",
            }
            perform(record_recovery, venue_id=self.venue.id, loss_event_id=event.id, **arguments)

    def deposit(self):
        deposit(self.vault, "10", "Ann", f"d{next(self.numbers)}")

    def leave(self):
        leave(self.vault, 10**12, "Ann", f"w{next(self.numbers)}")

    def report(self):
        quantities = [ReportedQuantity("ETH-USD", Decimal(1)), ReportedQuantity("BTC-PERP", Decimal(1))]
        arguments = {"included_sequence": 0, "quantities": quantities}
        perform(report_holdings, venue_id=self.venue.id, provider_id=self.someone()[0].id, **arguments)

    def change(self):
        provider = self.someone()[0]
        commitment = Commitment.objects.get(provider=provider)
        changes = {"cap_per_assignment": Decimal(9000 + next(self.numbers) % 7)}
        perform(change_commitment, provider=provider, commitment_id=commitment.id, changes=changes)

    def suspend(self):
        commitment = Commitment.objects.get(provider=self.someone()[0])
        if commitment.state == "ACTIVE":
            perform(suspend_commitment, commitment_id=commitment.id, reason="a test")
        else:
            perform(resume_commitment, commitment_id=commitment.id)

    def suspend_provider(self):
        provider = Provider.objects.get(id=self.someone()[0].id)
        if provider.state == "ACTIVE":
            perform(suspend_provider, provider=provider, reason="a test")
        perform(resume_provider, provider=provider, reason="a test")

    def move_provider(self):
        provider = Provider.objects.get(id=self.someone()[0].id)
        owner, own = (Group.objects.get(venue=self.venue, name=name) for name in ("Owner", provider.name))
        group = own if provider.group_id == owner.id else owner
        perform(move_provider, provider=provider, group=group, reason="a test")

    def relate_groups(self):
        group, owner = self.someone()[0].group, Group.objects.get(venue=self.venue, name="Owner")
        build.relate(group, owner, related=not group.related.contains(owner))


def at_work(operation):
    """What went wrong in it, unless it is a refusal that it may answer."""
    try:
        operation()
    except DomainError:
        return None
    except Exception as problem:
        return problem
    return None


def in_threads(*bodies):
    """Run the bodies at once; what each added to its list of problems."""
    problems = []

    def run(body):
        try:
            body(problems)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(body,), daemon=True) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return problems


def pairs_of(operations):
    """Each of these beside each: all of them in the whole square, else a sixth of them, the same each time."""
    pairs = list(itertools.combinations_with_replacement(operations, 2))
    Random(7).shuffle(pairs)
    return pairs if WHOLE_SQUARE else pairs[::6]


def side_by_side(operations, pairs, feed):
    """Carry out the operations of these names pair by pair, and `feed` before every eighth; what went wrong."""
    meet = threading.Barrier(2, timeout=60)

    def one_side(side):
        def body(problems):
            for number, pair in enumerate(pairs):
                if side == 0 and number % 8 == 0:
                    problems += [(problem, "feeding") for problem in [at_work(feed)] if problem]
                meet.wait()
                problem = at_work(operations[pair[side]])
                if problem:
                    problems.append((problem, pair))

        return body

    return in_threads(one_side(0), one_side(1))


def finish(travel):
    for _ in range(60):
        travel(seconds=30)
        market.sweep()
        if not Book.objects.exclude(state__in=invariants.ENDED).exists():
            break
    invariants.everything_ended()
    assert not Drill.objects.filter(state=DrillState.UNDER_WAY).exists()
    tells_everything()


def test_every_pair_of_operations_goes_on_side_by_side(travel):
    travel.freeze()
    here = Venue()
    here.receive_known()
    operations = here.operations()
    pairs = pairs_of(operations)

    def feed():
        travel(seconds=1)
        here.receive()

    assert side_by_side(operations, pairs, feed) == []
    assert len(pairs) > (490 if WHOLE_SQUARE else 80)
    assert {name for pair in pairs for name in pair} == operations.keys()
    assert Drill.objects.exists()
    invariants.hold()
    finish(travel)


def test_whoever_is_overtaken_locks_in_order_too(travel, monkeypatch):
    """The second time, accounts are locked before anything is decided: whatever comes after them would be refused."""
    travel.freeze()
    write, tries = Journal.write, Counter()

    def write_the_second_time(journal):
        tries[was_overtaken()] += 1
        if not was_overtaken():
            raise Overtaken
        write(journal)

    here = Venue()
    operations = here.operations()
    monkeypatch.setattr(Journal, "write", write_the_second_time)
    for _ in range(4):
        here.receive()
        for name, operation in operations.items():
            assert at_work(operation) is None, name
        travel(seconds=1)
    assert tries[True] > 20
    invariants.hold()


def test_all_operations_at_once_leave_the_money_right(travel):
    travel.freeze()
    here = Venue()
    operations = here.operations()

    def somebody(seed):
        def body(problems):
            random = Random(seed)
            for turn in range(30):
                if seed == 0 and turn % 5 == 0:
                    travel(seconds=1)
                name = random.choice(list(operations))
                problem = at_work(operations[name])
                if problem:
                    problems.append((problem, name))

        return body

    assert in_threads(*[somebody(seed) for seed in range(6)]) == []
    invariants.hold()
    finish(travel)
