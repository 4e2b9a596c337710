"""Whatever people do about losses, each beside every other on one venue: none waits for ever, none fails otherwise than
it says it may."""

import itertools
from decimal import Decimal

import pytest

from accounts.lifecycle import UNSIGNED, CoverState
from accounts.models import (
    AccountKind,
    AllocationFill,
    Assessment,
    Claim,
    Cover,
    Ground,
    LossEvent,
    MarginCall,
    Provider,
    ProviderDefault,
    Repo,
    User,
)
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.operations.collateral.allocate_cash import allocate_cash
from accounts.operations.collateral.collect_fees import collect_fees
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.pay_assessment import pay_assessment
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.operations.collateral.refuse_fill import refuse_fill
from accounts.operations.covers.give_notice import give_notice
from accounts.operations.covers.rate_provider import rate_provider
from accounts.operations.covers.sign_cover import sign_cover
from accounts.operations.people.declare_default import declare_default
from accounts.operations.people.leave_guarantee import leave_guarantee
from accounts.operations.people.rejoin_guarantee import rejoin_guarantee
from accounts.operations.repos.repay_repo import repay_repo
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.operations.vaults.end_vault import end_vault
from accounts.operations.vaults.resume_vault import resume_vault
from accounts.rules.sharing.plans import DEFAULT_PLAN, LayerKind, PlannedLayer
from accounts.rules.sharing.positions import SuppliedAccount
from auctions.models import Book, Lot, Side
from auctions.operations.operator.activate_cover import activate_cover
from auctions.operations.operator.confirm_default import confirm_default
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.take_lot_over import take_lot_over
from auctions.operations.venue.allocate_positions import allocate_positions
from auctions.operations.venue.draw_repo import draw_repo
from auctions.operations.venue.prepay_premium import prepay_premium
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.tasks import STAGES
from backstop import clock
from tests import builders as build
from tests import covers, invariants, margin_calls, market
from tests.builders import perform
from tests.layout.bans import HOUSE
from tests.operations import test_move_contribution, test_take_deposit
from tests.operations.test_move_contribution import contribute
from tests.operations.test_take_deposit import a_vault, deposit, leave
from tests.races import test_all_pairs
from tests.races.test_all_pairs import pairs_of, side_by_side
from tests.repos import LENDS

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal
# Those that a loss goes through, from the book to whoever pays.
SWEEPS = (
    *("route_books", "open_auctions", "settle_awards", "pass_lots_on", "close_books", "end_loss_events"),
    *("settle_claims", "charge_premiums", "expire_assessments", "lapse_fills", "take_overdue", "collect_repos"),
    *("end_margin_calls", "end_covers", "settle_vaults", "watch_tranches", "lapse_defaults", "handle_defaults"),
    *("write_off_assessments", "sell_pledges"),
)


class Losses:
    """A venue whose losses a cover pays up to 100 each, the fund nothing, who is obliged little, and nobody the rest;
    every method is one operation on whatever is there for it."""

    def __init__(self, travel):
        self.venue = market.a_market(travel, fund="100000", coins=True)
        said = {"assign": "AS_BIDS", "fund_draw_limit": "0", "mark_max_age_seconds": 10**7, "units_per_lot": 10}
        market.a_playbook(self.venue, **said)
        self.numbers = itertools.count(1)
        coins = market.position("ETH-USD", "LONG", "100")
        market.a_book(self.venue, coins, cash="-15000", reference="coins", account="coins")
        while Book.objects.exclude(state="CLOSED").exists():
            travel(seconds=61)
            market.sweep()
        self.people = [build.a_provider(self.venue, name, collateral="10000000") for name in ("Alice", "Bob")]
        tranche = PlannedLayer(LayerKind.FIRST_TRANCHE, per_event=D(1), target=D(1000))
        perform(set_loss_plan, venue_id=self.venue.id, layers=(tranche, *DEFAULT_PLAN[1:]), reason="a test")
        amounts = {"attachment": "1", "limit": "100", "aggregate": "100000"}
        taking = {"take_edge_bps": D(50), "take_seconds": 300}
        self.cover = covers.activate(covers.signed(self.venue, dict.fromkeys(self.people, 5000), **amounts, **taking))
        lending = {**LENDS, "repo_seconds": 1, "attachment": "10000"}
        self.line = covers.activate(covers.signed(self.venue, dict.fromkeys(self.people, 5000), **lending))
        curing = {**margin_calls.CURES, "attachment": "20000"}
        self.curing = covers.activate(covers.signed(self.venue, dict.fromkeys(self.people, 5000), **curing))
        self.keys = {each: covers.private_key_of(self.venue, each) for each in (None, *self.people)}
        self.persons = [User.objects.create(username=name) for name in ("olivia", "peter")]
        for cover in (self.cover, self.line, self.curing):
            self.prepay("1000", cover)
        self.vault = a_vault(self.venue, notice_seconds=1)
        deposit(self.vault, "1000", "Ann")
        for each in self.people:
            contribute(each, "10", each.name)
        self.lose()
        travel(seconds=self.cover.hours_clause_seconds)
        market.sweep()
        assert LossEvent.objects.exclude(account="coins").get().state == "FINAL"
        for _ in range(3):
            self.lose()
            self.receive()

    def operations(self):
        plain = [
            self.take_over, self.answer, self.dispute, self.decide, self.prepay, self.rate, self.notice, self.pay,
            self.contribute, self.leave_guarantee, self.rejoin_guarantee, self.refill, self.recover, self.allocate,
            self.confirm, self.refuse, self.deposit, self.leave_vault, self.receive, self.withdraw, self.breaker,
            self.suspend_provider, self.draw, self.repay, self.draft, self.sign, self.activate, self.call, self.cure,
            self.repay_cure, self.declare, self.confirm_default, self.plan, self.close_out, self.resume_vault,
            self.end_vault, self.collect,
        ]  # fmt: skip
        sweeps = {name: lambda name=name: self.sweep(name) for name in SWEEPS}
        return {one.__name__: one for one in plain} | sweeps

    def sweep(self, name):
        stage = STAGES[name]
        if ids := stage.due(clock.now()).list_ids()[:20]:
            perform(stage.operation, ids=ids)

    def someone(self) -> Provider:
        return self.people[next(self.numbers) % 2]

    def known_as(self):
        return {"asset": "USD", "reference": f"l{next(self.numbers)}", "reason": "a test"}

    def receive(self):
        number = next(self.numbers)
        position = market.position("BTC-PERP", "LONG", "1", "20500")
        market.a_book(self.venue, position, reference=f"book-{number}", account=f"account-{number}")

    def lose(self):
        """A book that an insurer takes over, and that ends owing 500."""
        self.receive()
        self.sweep("route_books")
        self.take_over(10)
        for name in ("settle_awards", "pass_lots_on", "close_books"):
            self.sweep(name)

    def take_over(self, units=3):
        if lot := Lot.objects.filter(steps__state="READY").order_by("-created_at").first():
            provider = self.someone()
            who = {"key_id": provider.api_keys.first().id, "provider_id": provider.id}
            perform(take_lot_over, **who, lot_id=lot.id, units=units)

    def withdraw(self):
        if book := Book.objects.filter(state__in=["RECEIVED", "ROUTED"]).order_by("received_at").first():
            perform(withdraw_book, venue_id=self.venue.id, book_id=book.id, reason="a test")

    def breaker(self):
        for level in (1 + next(self.numbers) % 3, 0):
            said = {"product_group": "PERPS", "level": level, "reason": "a test"}
            perform(set_breaker, venue_id=self.venue.id, **said)

    def suspend_provider(self):
        provider = Provider.objects.get(id=self.someone().id)
        if provider.state == "ACTIVE":
            perform(suspend_provider, provider=provider, reason="a test")
        perform(resume_provider, provider=provider, reason="a test")

    def say(self, operation, state, **said):
        claim = Claim.objects.filter(state=state).order_by("?").first()
        if claim:
            perform(operation, venue_id=self.venue.id, claim_id=claim.id, **said)

    def answer(self):
        self.say(answer_claim, "HELD", provider_id=self.someone().id)

    def dispute(self):
        said = {"disputed_amount": D(10), "reason": "a test"}
        self.say(dispute_claim, "HELD", provider_id=self.someone().id, **said)

    def decide(self):
        self.say(decide_claim, "DISPUTED", refused=D(next(self.numbers) % 3), reason="a test")

    def prepay(self, amount="1", cover=None):
        said = {"amount": D(amount), "reference": f"p{next(self.numbers)}", "reason": "a test"}
        perform(prepay_premium, venue_id=self.venue.id, cover_id=(cover or self.cover).id, **said)

    def draw(self):
        said = {"instrument": "ETH-USD", "amount": D(2), "reference": f"d{next(self.numbers)}", "reason": "a test"}
        perform(draw_repo, venue_id=self.venue.id, cover_id=self.line.id, **said)

    def repay(self):
        if repo := Repo.objects.exclude(state="REPAID").order_by("?").first():
            said = {"amount": D(1), "reference": f"b{next(self.numbers)}", "reason": "a test"}
            perform(repay_repo, venue_id=self.venue.id, repo_id=repo.id, **said)

    def draft(self):
        number = next(self.numbers)
        said = {"attachment": str(30_000 + 10 * number), "limit": "10", "aggregate": "100"}
        covers.drafted(self.venue, dict.fromkeys(self.people, 5000), **said)

    def sign(self):
        """The newest draft, by whoever comes next."""
        if cover := Cover.objects.filter(state__in=UNSIGNED).order_by("-created_at").first():
            party = (None, *self.people)[next(self.numbers) % 3]
            private_key, public_key = self.keys[party]
            said = {"public_key": public_key, "signature": covers.signature_of(private_key, cover.content_hash)}
            whose = {"venue_id": self.venue.id, "provider_id": party and party.id}
            perform(sign_cover, **whose, cover_id=cover.id, **said)

    def activate(self):
        if cover := Cover.objects.filter(state=CoverState.SIGNED).first():
            perform(activate_cover, venue_id=self.venue.id, cover_id=cover.id, reason="a test")

    def call(self):
        number = next(self.numbers)
        margin_calls.call(self.curing, "1", account=f"margin-{number}", reference=f"call-{number}")

    def cure(self):
        if called := MarginCall.objects.filter(state="CALLED").order_by("?").first():
            margin_calls.cure(called, self.someone().name)

    def repay_cure(self):
        if called := MarginCall.objects.filter(state="CURED").order_by("?").first():
            margin_calls.repay(called, "0.5", f"k{next(self.numbers)}")

    def declare(self):
        """A firm that insures nothing and has contributed."""
        firm = build.a_provider(self.venue, f"Firm {next(self.numbers)}", collateral="10")
        contribute(firm, "1", firm.name)
        said = {"ground": Ground.PAYMENT_MISSED, "reason": "a test"}
        perform(declare_default, actor="user:olivia", provider=firm, **said)

    def confirm_default(self):
        if declared := ProviderDefault.objects.filter(state="DECLARED").order_by("?").first():
            perform(confirm_default, actor="user:peter", provider=declared.provider)

    def plan(self):
        tranche = PlannedLayer(LayerKind.FIRST_TRANCHE, per_event=D(1), target=D(1000 + next(self.numbers) % 2))
        perform(set_loss_plan, venue_id=self.venue.id, layers=(tranche, *DEFAULT_PLAN[1:]), reason="a test")

    def close_out(self):
        """Nothing of these books goes back: it is refused, after all that is locked for it."""
        event = LossEvent.objects.filter(state="FINAL").order_by("?").first()
        said = {"instrument": "BTC-PERP", "side": Side.LONG, "quantity": D(1), "price": D(19000), "reason": "a test"}
        accounts = (SuppliedAccount("anna", D(1), D(1), D(1)),)
        whose = {"venue_id": self.venue.id, "loss_event_id": event.id, "reference": f"o{next(self.numbers)}"}
        perform(allocate_positions, **whose, **said, accounts=accounts)

    def resume_vault(self):
        perform(resume_vault, venue_id=self.venue.id, vault_id=self.vault.id, reason="a test")

    def end_vault(self):
        perform(end_vault, venue_id=self.venue.id, vault_id=self.vault.id, reason="a test")

    def rate(self):
        now = clock.now()
        times = {"rated_at": now, "expires_at": now.replace(year=now.year + 1)}
        said = {"bucket": str(1 + next(self.numbers) % 5), "source": "a test"}
        perform(rate_provider, venue_id=self.venue.id, provider_id=self.someone().id, **said, **times)

    def notice(self):
        perform(give_notice, venue_id=self.venue.id, provider_id=None, cover_id=self.cover.id, reason="a test")

    def pay(self):
        if called := Assessment.objects.order_by("?").first():
            perform(pay_assessment, venue_id=self.venue.id, assessment_id=called.id)

    def contribute(self):
        contribute(self.someone(), "1" if next(self.numbers) % 3 else "-1", f"c{next(self.numbers)}")

    def leave_guarantee(self):
        perform(leave_guarantee, provider=self.someone())

    def rejoin_guarantee(self):
        perform(rejoin_guarantee, provider=self.someone())

    def refill(self):
        said = {**self.known_as(), "amount": D(1), "account": AccountKind.FIRST_TRANCHE}
        perform(fund_venue, venue_id=self.venue.id, **said)

    def collect(self):
        perform(collect_fees, venue_id=self.venue.id, **self.known_as(), account=AccountKind.FEES, amount=D("0.01"))

    def recover(self):
        event = LossEvent.objects.order_by("?").first()
        perform(record_recovery, venue_id=self.venue.id, loss_event_id=event.id, **self.known_as(), amount=D(1))

    def allocate(self):
        event = LossEvent.objects.filter(addends__payments__layer="UNALLOCATED").order_by("?").first()
        accounts = tuple(SuppliedAccount(name, D(1), D(1)) for name in ("anna", "ben"))
        said = {**self.known_as(), "quantity": D(2), "accounts": accounts}
        perform(allocate_cash, venue_id=self.venue.id, loss_event_id=event.id, **said)

    def confirm(self):
        if fill := AllocationFill.objects.order_by("state", "?").first():  # those that wait come first
            perform(confirm_fill, venue_id=self.venue.id, fill_id=fill.id)

    def refuse(self):
        if fill := AllocationFill.objects.order_by("?").first():
            perform(refuse_fill, venue_id=self.venue.id, fill_id=fill.id, reason="a test")

    def deposit(self):
        deposit(self.vault, "10", "Ann", f"d{next(self.numbers)}")

    def leave_vault(self):
        leave(self.vault, 10**12, "Ann", f"w{next(self.numbers)}")


# What is beside no other, and why.
ALONE = {
    "create_group": "it locks nothing but what it writes",
    "set_member": "a user's place in a venue, with the locks of keys",
    "accept_terms": "a provider's word about a text, which no money hangs on",
    "open_vault": "of a provider that has nothing yet",
}


def test_no_operation_about_losses_is_forgotten():
    """Whoever takes part in losses by an operation of accounts meets the others, here or in test_all_pairs.py."""
    topics = ("claims", "collateral", "covers", "margin_calls", "people", "repos", "vaults")
    folders = [HOUSE / "accounts" / "operations" / topic for topic in topics]
    operations = {path.stem for folder in folders for path in folder.glob("[a-z]*.py")}
    helpers = (test_all_pairs, covers, margin_calls, test_take_deposit, test_move_contribution)
    met = {name for module in helpers for name in vars(module)} | globals().keys()
    assert operations - met == ALONE.keys() - met


def test_every_pair_of_what_people_do_about_losses_goes_on_side_by_side(travel):
    here = Losses(travel)
    operations = here.operations()
    pairs = pairs_of(operations)

    def feed():
        travel(seconds=1)
        here.lose()

    assert side_by_side(operations, pairs, feed) == []
    assert {name for pair in pairs for name in pair} == operations.keys()
    assert Claim.objects.filter(state="PAID").exists()
    assert Assessment.objects.filter(state="PAID").exists()
    assert AllocationFill.objects.filter(state="CONFIRMED").exists()
    assert Repo.objects.filter(state="REPAID").exists()
    assert MarginCall.objects.filter(cured_at__isnull=False).exists()
    assert ProviderDefault.objects.filter(confirmed_at__isnull=False).exists()
    invariants.hold()
