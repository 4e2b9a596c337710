"""A process that is killed at a commit, just before or just after, leaves all of an operation or nothing of it.

Whoever does the same again, the next sweep or the caller who was not answered, carries on from there.
"""

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Count, F

from accounts.lifecycle import AssessmentState, CommitmentState, LossEventState, RepoState
from accounts.models import (
    Account,
    Assessment,
    Claim,
    Commitment,
    Cover,
    Ground,
    LossEvent,
    MarginCall,
    Obligation,
    Provider,
    ProviderDefault,
    Repo,
    Transfer,
    User,
    Vault,
    VaultWithdrawal,
)
from accounts.operations.collateral.allocate_cash import allocate_cash
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.margin_calls.repay_cure import repay_cure
from accounts.operations.people.declare_default import declare_default
from accounts.operations.repos.repay_repo import repay_repo
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.queries import REPAY_WHEN_DUE
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER
from accounts.rules.sharing.contracts import SIGNED_WITHIN
from accounts.rules.sharing.plans import DEFAULT_PLAN, LayerKind, PlannedLayer
from accounts.rules.sharing.positions import SuppliedAccount
from accounts.rules.sharing.repos import SOLD_AFTER
from auctions.desks.dutch import TakeOrder
from auctions.lifecycle import AlertState, AuctionState, SettlementState, StepKind
from auctions.models import (
    Alert,
    AlertMail,
    AlertRule,
    AtFault,
    Auction,
    Award,
    Bid,
    Book,
    CancelSwitch,
    Markout,
    ProviderFault,
    Readiness,
    ServiceDay,
    ServiceScore,
    Settlement,
    Step,
    Take,
)
from auctions.operations.operator.audit import audit
from auctions.operations.operator.confirm_default import confirm_default
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.cancel_bids import cancel_bids
from auctions.operations.provider.cure_margin_call import cure_margin_call
from auctions.operations.provider.declare_readiness import declare_readiness
from auctions.operations.provider.place_bids import place_bids
from auctions.operations.provider.reconfirm_bid import reconfirm_bid
from auctions.operations.provider.reconfirm_bids import reconfirm_bids
from auctions.operations.provider.reconfirm_readiness import reconfirm_readiness
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from auctions.operations.provider.take_units import take_units
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.draw_repo import draw_repo
from auctions.operations.venue.receive_books import receive_books
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.rules.standing_faults import TOO_MANY
from auctions.tasks import STAGES, run_stage
from backstop import clock, transactions
from backstop.errors import DomainError
from backstop.models import Event
from tests import builders as build
from tests import covers, invariants, market
from tests.alerts import a_rule, reset, trip
from tests.builders import perform
from tests.elsewhere import eventually
from tests.margin_calls import CURES
from tests.operations.test_count_service import schedule
from tests.operations.test_deliver_margin import settled_by_the_release_before
from tests.operations.test_disable_providers import found
from tests.operations.test_move_contribution import contribute
from tests.operations.test_take_deposit import a_vault, deposit, leave
from tests.repos import LENDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

KILLED = 9
ASKED = (
    *(receive_books, amend_book, withdraw_book, confirm_settlement, reject_settlement),
    *(place_bids, cancel_bid, cancel_bids, set_cancel_switch, reconfirm_bid, reconfirm_bids, take_units),
    *(declare_readiness, reconfirm_readiness),
    *(declare_default, confirm_default, cure_margin_call, repay_cure),
    *(draw_repo, repay_repo),
)
PLAYBOOK = {
    "units_per_lot": 10,
    "settlement_mode": "CONFIRM",
    "confirm_seconds": 10,
    "contest_seconds": 20,
    "decide_seconds": 20,
    "make_whole_seconds": 20,
    "mark_max_age_seconds": 60,
    "reconfirm_after_seconds": 30,
    "reconfirm_seconds": 20,
    "sealed_seconds": 20,
    "max_reopenings": 0,
    "dutch_seconds": 20,
    "dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 10},
    "min_groups": 1,
    "cover_percent": 0,
    "fund_draw_limit": "5000",
    "fund_inventory_limit": "6000",
}
POINTS = ("before the commit", "after the commit")


@contextmanager
def killed(point: str, durable: bool) -> Iterator[None]:
    """A transaction whose process ends at this point of it, by itself and without a word."""
    with transaction.atomic(durable=durable):
        yield
        if point == POINTS[0]:
            os._exit(KILLED)
    os._exit(KILLED)


def die(point: str, carry_out: Callable[[], Any]) -> None:
    """Carries it out in a process of its own, as far as this point."""
    connections.close_all()  # two processes on one connection would be two voices in one conversation
    if not (child := os.fork()):
        try:
            transactions.transaction = SimpleNamespace(atomic=partial(killed, point))
            carry_out()
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED, f"it never came to {point}"
    assert eventually(lambda: not others())


def others() -> int:
    """How many other sessions this database has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0]


class Walk:
    """One venue's way through everything that may happen to a book, where nothing is done but by way of two deaths."""

    def __init__(self, travel: Any) -> None:
        self.travel = travel
        travel.freeze()
        self.venue = market.a_market(fund="10000000")
        build.a_playbook(self.venue, **PLAYBOOK)
        self.people = [market.a_bidder(self.venue, name, collateral="20000000") for name in ("Alice", "Bob", "Charlie")]
        for provider in self.people:
            build.a_commitment(provider, min_edge_bps="40", cap_per_assignment="8000")
        self.survived: set[str] = set()

    def survive(self, name: str, carry_out: Callable[[], Any]) -> None:
        """Who is killed before the commit did nothing; who is killed after it did all, and nothing is done again."""
        if name in self.survived:
            carry_out()
            return
        before = traces()
        die(POINTS[0], carry_out)
        assert traces() == before, f"{name} was killed before its commit, and left something"
        die(POINTS[1], carry_out)
        after = traces()
        assert after != before, f"{name} was killed after its commit, and left nothing"
        with suppress(DomainError):
            carry_out()
        assert traces() == after, f"{name} was done twice"
        self.survived.add(name)

    def ask(self, operation: Callable[..., Any], **arguments: Any) -> None:
        """Its `actor` is the test itself unless it is named."""
        # What is one statement commits by itself: in a transaction it comes to a commit that somebody may be killed at.
        self.survive(operation.__name__, lambda: perform(partial(operation), **arguments))

    def sweep(self) -> None:
        """Until nothing is due at this instant."""
        while due := [name for name, stage in STAGES.items() if stage.due(clock.now()).get_oldest()]:
            for name in due:
                if STAGES[name].due(clock.now()).get_oldest():
                    self.survive(name, partial(run_stage, name))

    def go_on(self, seconds: float, price: str = "20000") -> None:
        self.travel(seconds=seconds)
        market.mark_again(price)
        self.sweep()

    def receive(self) -> None:
        orders = [market.FIRST, replace(market.FIRST, reference="book-2")]
        self.ask(receive_books, venue_id=self.venue.id, orders=orders)
        first, second = Book.objects.order_by("reference")
        whose = {"venue_id": self.venue.id}
        self.ask(amend_book, **whose, book_id=first.id, order=market.LARGER, expected_version=1)
        self.ask(withdraw_book, **whose, book_id=second.id, reason="margin came in")

    def decide(self) -> None:
        """One of three settlements is confirmed, one rejected, and one forgotten."""
        confirmed, rejected, _ = Settlement.objects.filter(state=SettlementState.AWAITING)
        self.ask(confirm_settlement, venue_id=self.venue.id, settlement_id=confirmed.id)
        why = {"reason": "no margin", "fault": AtFault.VENUE}
        self.ask(reject_settlement, venue_id=self.venue.id, settlement_id=rejected.id, **why)

    def bid(self) -> None:
        """Three bids, of which one is taken back and two are asked for again after a halt."""
        auction = Auction.objects.get(kind=StepKind.SEALED, state=AuctionState.OPEN)
        for number, provider in enumerate(self.people):
            who = {"key_id": provider.api_keys.get().id, "provider_id": provider.id}
            self.ask(place_bids, **who, orders=[market.order(auction, f"b{number}", units=1)])
        kept, again, cancelled = Bid.objects.filter(auction=auction, commitment=None).order_by("sequence")
        self.ask(cancel_bid, provider_id=cancelled.provider_id, bid_id=cancelled.id)
        market.place(cancelled.provider, market.order(auction, "b3", units=1))
        self.ask(cancel_bids, provider_id=cancelled.provider_id)
        self.ask(set_cancel_switch, provider_id=cancelled.provider_id, seconds=1)
        expiring = replace(market.order(auction, "b4", units=1), expires_at=clock.now() + timedelta(seconds=1))
        market.place(kept.provider, expiring)
        self.travel(seconds=PLAYBOOK["mark_max_age_seconds"] + 1)
        self.sweep()
        self.go_on(PLAYBOOK["reconfirm_after_seconds"] + 1)
        self.ask(reconfirm_bid, provider_id=kept.provider_id, bid_id=kept.id)
        whose = {"venue_id": self.venue.id, "provider_id": again.provider_id}
        self.ask(reconfirm_bids, **whose, auction_id=auction.id)

    def take(self) -> None:
        """One stands ready, is asked for it again after a halt, and another takes."""
        auction = Auction.objects.get(kind=StepKind.DUTCH, state=AuctionState.OPEN)
        ready = self.people[1]
        said = {"key_id": ready.api_keys.get().id, "provider_id": ready.id, "auction_id": auction.id}
        self.ask(declare_readiness, **said, client_bid_id="r1", units=1)
        self.travel(seconds=PLAYBOOK["mark_max_age_seconds"] + 1)
        self.sweep()
        self.go_on(PLAYBOOK["reconfirm_after_seconds"] + 1)
        self.ask(reconfirm_readiness, venue_id=self.venue.id, provider_id=ready.id, auction_id=auction.id)
        who = {"key_id": self.people[0].api_keys.get().id, "provider_id": self.people[0].id}
        self.ask(take_units, **who, auction_id=auction.id, order=TakeOrder("t1", 1))
        failed = Settlement.objects.get(award__take__client_bid_id="t1")
        why = {"reason": "no margin", "fault": AtFault.PROVIDER}
        self.ask(reject_settlement, venue_id=self.venue.id, settlement_id=failed.id, **why)

    def drill(self) -> None:
        """A book for practice goes the same way, and its drill ends with it."""
        market.mark_again()
        market.a_drill(self.venue)
        while Book.objects.exclude(state__in=invariants.ENDED).exists():
            self.go_on(PLAYBOOK["confirm_seconds"])

    def vault(self) -> None:
        """A withdrawal from a vault falls due."""
        vault = a_vault(self.venue, notice_seconds=0)
        deposit(vault, "100")
        leave(vault, 1)
        self.sweep()

    def cover(self) -> None:
        """A cover that nobody signs lapses, as does a margin call that nobody answers; another is paid, and repaid."""
        charlie = self.people[2]
        whose = {"venue": self.venue, "cover": covers.drafted(self.venue, {charlie: 10_000}, **CURES)}
        asked = {"account": "nobody's", "amount": 1, "answer_by": clock.now() + timedelta(seconds=1)}
        _, called = (MarginCall.objects.create(**whose, **asked, reference=name) for name in ("silent", "answered"))
        who = {"key_id": charlie.api_keys.get().id, "provider_id": charlie.id}
        self.ask(cure_margin_call, **who, margin_call_id=called.id)
        said = {"amount": Decimal(1), "reference": "back", "reason": "the owner paid"}
        self.ask(repay_cure, venue_id=self.venue.id, margin_call_id=called.id, **said)
        self.go_on(SIGNED_WITHIN.total_seconds())

    def lend(self) -> None:
        """The fund takes spot over that nobody wants, against which an insurer lends: some is repaid, the rest as it is
        due."""
        for commitment in Commitment.objects.filter(state=CommitmentState.ACTIVE):
            perform(suspend_commitment, commitment_id=commitment.id, reason="a test")
        build.an_instrument(self.venue, "ETH-USD", build.SPOT, price="200", margin_rate="0")
        build.a_playbook(self.venue, fund_inventory_limit="1000000", mark_max_age_seconds=10**7, max_reopenings=0)
        market.a_book(self.venue, market.position("ETH-USD", "LONG", "100"), cash="-15000", reference="coins")
        while Book.objects.exclude(state__in=invariants.ENDED).exists():
            self.travel(seconds=61)
            self.sweep()
        insurer = build.a_provider(self.venue, "Ines", collateral="20000")
        cover = covers.activate(covers.signed(self.venue, {insurer: 10_000}, **{**LENDS, "repo_seconds": 1}))
        drawn = {"instrument": "ETH-USD", "amount": Decimal(100), "reference": "drawn", "reason": "edges to pay"}
        self.ask(draw_repo, venue_id=self.venue.id, cover_id=cover.id, **drawn)
        back = {"amount": Decimal(1), "reference": "returned", "reason": "not needed"}
        self.ask(repay_repo, venue_id=self.venue.id, repo_id=Repo.objects.get().id, **back)
        self.travel(seconds=1)
        self.sweep()

    def sell_pledges(self) -> None:
        """What the fund has is bound as it is to repay again, and for a week after."""
        drawn = {"instrument": "ETH-USD", "amount": Decimal(100), "reference": "again", "reason": "edges to pay"}
        repo = perform(draw_repo, venue_id=self.venue.id, cover_id=Cover.objects.latest("created_at").id, **drawn)
        own = Account.objects.filter(venue=self.venue, kind__in=REPAY_WHEN_DUE, asset=repo.cover.asset)
        own.update(held=F("posted"))
        self.travel(seconds=1)
        self.sweep()
        self.travel(seconds=SOLD_AFTER.total_seconds())
        self.sweep()

    def serve(self) -> None:
        """A market's first day with a fee schedule is over."""
        schedule(self.venue)
        day_is_over = clock.now().replace(hour=0, minute=6, second=0, microsecond=0) + timedelta(days=1)
        self.go_on((day_is_over - clock.now()).total_seconds())

    def fail(self) -> None:
        """A provider let five awards fail, all found now."""
        kept = Award.objects.exclude(provider=None).exclude(id__in=ProviderFault.objects.values("award"))
        (most,) = kept.values("provider").annotate(count=Count("id")).order_by("-count", "provider")[:1]
        found(list(kept.filter(provider=most["provider"])[:TOO_MANY]), *[timedelta()] * TOO_MANY)
        self.sweep()

    def deliver(self) -> None:
        """Margin that release 0.2.0 kept goes to the venue, and what the fund took over is marked at another price."""
        settled_by_the_release_before(self.people[0], "4000")
        self.go_on(1, "19000")

    def alert(self) -> None:
        """A breaker is in force for a minute, which somebody wants to be told of, and then no more."""
        a_rule(self.venue, mail_to=["risk@venue.example"])
        trip(self.venue)
        self.go_on(0)
        self.go_on(60)
        assert Alert.objects.get().state == AlertState.RAISED
        reset()
        self.go_on(10)
        assert Alert.objects.get().state == AlertState.ENDED

    def assess(self) -> None:
        """A book owes more than anybody contributed: a cover pays unanswered, and who is called for the rest, and has
        nothing then, late."""
        contribute(self.people[1], "10")
        layers = (PlannedLayer(LayerKind.FIRST_TRANCHE, per_event=Decimal(1), target=Decimal(1)), *DEFAULT_PLAN[1:])
        perform(set_loss_plan, venue_id=self.venue.id, layers=layers, reason="a cover stands behind it")
        amounts = {"attachment": "1", "limit": "100", "aggregate": "100"}
        covers.activate(covers.signed(self.venue, {self.people[0]: 10_000}, **amounts))
        market.mark_again()
        position = market.position("BTC-PERP", "LONG", "1", "90000")
        market.a_book(self.venue, position, reference="dear", account="dear")
        while Book.objects.exclude(state__in=invariants.ENDED).exists():
            self.go_on(PLAYBOOK["confirm_seconds"])
        free = build.provider_account(self.people[1]).free
        build.pay_in(self.people[1], str(-free))
        while LossEvent.objects.exclude(state=LossEventState.FINAL).exists():
            self.go_on(86400)
        while Assessment.objects.filter(state=AssessmentState.DUE).exists():
            self.go_on(86400)
        self.allocate(LossEvent.objects.get(account="dear"))
        build.pay_in(self.people[1], str(free))
        self.sweep()

    def allocate(self, event: LossEvent) -> None:
        """What nobody paid of it is allocated to an account, of which the venue says nothing."""
        given = {"asset": "USD", "quantity": Decimal(1), "reference": "allocated", "reason": "nobody paid it"}
        accounts = (SuppliedAccount("anna", Decimal(1), Decimal(1)),)
        perform(allocate_cash, venue_id=self.venue.id, loss_event_id=event.id, accounts=accounts, **given)
        self.go_on(86400)

    def write_off(self) -> None:
        """Somebody with nothing here was called for a part of a loss too long ago, and nothing is left of a pledge."""
        too_long_ago = clock.now() - WRITTEN_OFF_AFTER
        Repo.objects.filter(state=RepoState.OVERDUE).update(pledged=0, overdue_at=too_long_ago)
        called = Assessment.objects.filter(state=AssessmentState.PAID)[0]
        whose = {"provider": build.a_provider(self.venue, "Dora", collateral="0"), "asset": called.asset}
        of = {"loss_event": called.obligation.loss_event, "contribution": 1, "quality": called.obligation.quality}
        obligation = Obligation.objects.create(**whose, **of)
        since = {"called_at": called.called_at, "due_by": called.due_by, "overdue_at": too_long_ago}
        overdue = {"state": AssessmentState.OVERDUE, "amount": 1, "obligation": obligation, **since}
        Assessment.objects.create(venue=self.venue, **whose, **overdue)
        self.sweep()
        assert Repo.objects.filter(state=RepoState.WRITTEN_OFF).exists()

    def default(self) -> None:
        """Of two that are declared in default one is confirmed, and sends no book; every loss is final at last."""
        for name in ("olivia", "peter"):
            User.objects.create(username=name)
        missed = {"ground": Ground.PAYMENT_MISSED, "reason": "no payment", "actor": "user:olivia"}
        for provider in self.people[:2]:
            self.ask(declare_default, provider=provider, **missed)
        self.ask(confirm_default, provider=self.people[0], actor="user:peter")
        while LossEvent.objects.exclude(state=LossEventState.FINAL).exists():
            self.go_on(86400)


def traces() -> Sequence[object]:
    """All that an operation may leave: what has happened, and where everything stands."""
    moving = (
        *(Book, Step, Auction, Settlement, ProviderDefault, LossEvent, VaultWithdrawal, Assessment, Claim, Cover),
        *(MarginCall, Provider, Repo),
    )
    states = [sorted(model.objects.values_list("id", "state")) for model in moving]
    bids = sorted(Bid.objects.values_list("id", "state", "reconfirmed_at"))
    vaults = sorted(Vault.objects.values_list("id", "look_at"))
    switches = sorted(CancelSwitch.objects.values_list("id", "cancels_at"))
    ready = sorted(Readiness.objects.values_list("id", "state", "units_left", "reconfirmed_at"))
    markouts = sorted(Markout.objects.filter(judged_at=None).values_list("id"))
    counts = [model.objects.count() for model in (Alert, AlertMail, Event, Transfer, Take, Award, ServiceScore)]
    days = sorted(ServiceDay.objects.values_list("id", "counted_at"))
    rules = sorted(AlertRule.objects.values_list("id", "look_at"))
    faults = list(ProviderFault.objects.order_by("id").values_list())
    return *states, bids, vaults, switches, ready, markouts, faults, rules, days, counts


def test_whoever_is_killed_at_a_commit_leaves_all_or_nothing_and_others_go_on(travel):
    walk = Walk(travel)
    walk.receive()
    walk.sweep()
    walk.decide()
    walk.go_on(PLAYBOOK["confirm_seconds"])
    walk.bid()
    walk.go_on(PLAYBOOK["sealed_seconds"])
    while not Auction.objects.filter(kind=StepKind.DUTCH, state=AuctionState.OPEN):
        walk.go_on(PLAYBOOK["confirm_seconds"])
    walk.take()
    while Book.objects.exclude(state__in=invariants.ENDED).exists():
        walk.go_on(PLAYBOOK["confirm_seconds"])
    walk.drill()
    walk.vault()
    walk.deliver()
    walk.assess()
    walk.default()
    walk.cover()
    walk.serve()
    walk.alert()
    invariants.everything_ended()
    assert perform(audit) == []
    walk.fail()
    walk.lend()
    walk.sell_pledges()
    walk.write_off()
    assert walk.survived == {*STAGES, *(operation.__name__ for operation in ASKED)}
