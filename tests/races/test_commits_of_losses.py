"""Whoever is killed at a commit of what people do about losses leaves all of it or nothing, as in test_commits.py."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.lifecycle import LossEventState
from accounts.models import AccountKind, AllocationFill, Assessment, Claim, Cover, LossEvent
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.operations.collateral.allocate_cash import allocate_cash
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_contribution import move_contribution
from accounts.operations.collateral.pay_assessment import pay_assessment
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.operations.collateral.refuse_fill import refuse_fill
from accounts.operations.covers.draft_cover import draft_cover
from accounts.operations.covers.give_notice import give_notice
from accounts.operations.covers.rate_provider import rate_provider
from accounts.operations.covers.sign_cover import sign_cover
from accounts.operations.people.leave_guarantee import leave_guarantee
from accounts.operations.people.rejoin_guarantee import rejoin_guarantee
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.operations.vaults.queue_withdrawal import queue_withdrawal
from accounts.operations.vaults.take_deposit import take_deposit
from accounts.rules.sharing.plans import DEFAULT_PLAN, LayerKind, PlannedLayer
from accounts.rules.sharing.positions import SuppliedAccount
from auctions.lifecycle import BookState
from auctions.models import Book, Lot, Side
from auctions.operations.operator.activate_cover import activate_cover
from auctions.operations.operator.audit import audit
from auctions.operations.provider.take_lot_over import take_lot_over
from auctions.operations.venue.allocate_positions import allocate_positions
from auctions.operations.venue.prepay_premium import prepay_premium
from auctions.tasks import STAGES
from backstop import clock
from backstop.transactions import Request, perform_once
from tests import builders as build
from tests import covers, market
from tests.builders import perform
from tests.operations.test_take_deposit import a_vault
from tests.races.test_commits import PLAYBOOK, Walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

ASKED = (
    *(take_lot_over, answer_claim, dispute_claim, decide_claim, pay_assessment, give_notice, prepay_premium),
    *(allocate_cash, confirm_fill, refuse_fill, record_recovery, fund_venue, move_contribution),
    *(leave_guarantee, rejoin_guarantee, take_deposit, queue_withdrawal),
    *(draft_cover, sign_cover, activate_cover, rate_provider, allocate_positions),
)


def said_of(row) -> str:
    return str(row.pk)


class LossWalk(Walk):
    """Through everything that people may do about a loss; sweeps are killed elsewhere."""

    def __init__(self, travel):
        super().__init__(travel)
        self.survived = {*STAGES}
        said = {"assign": "AS_BIDS", "settlement_mode": "AUTO", "fund_draw_limit": "0"}
        build.a_playbook(self.venue, **{**PLAYBOOK, **said})
        self.insurer, self.obliged, _ = self.people
        self.whose = {"venue_id": self.venue.id}

    def known_as(self, reference, amount="1"):
        return {"asset": "USD", "amount": Decimal(amount), "reference": reference, "reason": "a test"}

    def insure(self):
        """Who is obliged pays in and is in again after a notice; a cover stands, and its premium is there."""
        self.ask(move_contribution, **self.whose, provider_id=self.obliged.id, **self.known_as("in", "10"))
        self.ask(leave_guarantee, provider=self.obliged)
        self.ask(rejoin_guarantee, provider=self.obliged)
        layers = (PlannedLayer(LayerKind.FIRST_TRANCHE, per_event=Decimal(1), target=Decimal(1)), *DEFAULT_PLAN[1:])
        perform(set_loss_plan, **self.whose, layers=layers, reason="a cover stands behind it")
        amounts = {"attachment": "1", "limit": "100", "aggregate": "1000"}
        taking = {"take_edge_bps": Decimal(50), "take_seconds": 60}
        self.cover = self.contract(covers.terms(self.venue, {self.insurer: 10_000}, **amounts, **taking))
        prepaid = {"amount": Decimal(10), "reference": "premium", "reason": "a test"}
        self.ask(prepay_premium, **self.whose, cover_id=self.cover.id, **prepaid)

    def ask_once(self, operation, **arguments):
        """As over HTTP, where whoever asks again under a key has the first answer again."""
        request = Request("test", "POST", operation.__name__, "one", "the same")
        self.survive(operation.__name__, lambda: perform_once(request, said_of, operation, actor="test", **arguments))

    def contract(self, terms) -> Cover:
        """A cover of these terms: drafted, signed by its parties, and active; its insurer is rated."""
        self.ask_once(draft_cover, terms=terms, text=covers.TEXT)
        cover = Cover.objects.get()
        for provider in (None, self.insurer):
            private_key, public_key = covers.private_key_of(self.venue, provider)
            said = {"public_key": public_key, "signature": covers.signature_of(private_key, cover.content_hash)}
            whose = {**self.whose, "provider_id": provider and provider.id}
            self.ask(sign_cover, **whose, cover_id=cover.id, **said)
        self.ask(activate_cover, **self.whose, cover_id=cover.id, reason="all signed")
        times = {"rated_at": clock.now(), "expires_at": clock.now() + timedelta(days=365)}
        rated = {**self.whose, "provider_id": self.insurer.id, "bucket": "2", "source": "an agency"}
        self.ask_once(rate_provider, **rated, **times)
        self.travel(seconds=1)  # its premium is rated anew from an instant of its own
        return cover

    def close_out(self):
        """What went back to the venue of a book that nobody took is closed against accounts on the other side."""
        market.a_hasty_playbook(self.venue, fund_draw_limit="0", fund_inventory_limit="0")
        market.mark_again()
        legs = market.position("BTC-PERP", "LONG", "1", "20000")
        book = market.a_book(self.venue, legs, reference="back", account="back")
        while not Book.objects.filter(id=book.id, state=BookState.CLOSED).exists():
            self.go_on(1)
        given = {"instrument": "BTC-PERP", "side": Side.LONG, "quantity": Decimal(1), "price": Decimal(19000)}
        accounts = (SuppliedAccount("anna", Decimal(1), Decimal(300), Decimal(2)),)
        event = {**self.whose, "loss_event_id": book.loss_event_id, "reference": "closed", "reason": "nobody took it"}
        self.ask(allocate_positions, **event, **given, accounts=accounts)

    def lose(self, account: str) -> Claim:
        """A book that its insurer takes over whole, and that owes 500; what of it is claimed."""
        market.mark_again()
        market.a_book(self.venue, market.position("BTC-PERP", "LONG", "1", "20500"), reference=account, account=account)
        self.sweep()
        who = {"key_id": self.insurer.api_keys.first().id, "provider_id": self.insurer.id}
        self.ask(take_lot_over, **who, lot_id=Lot.objects.get(book__reference=account).id, units=10)
        self.sweep()
        return Claim.objects.get(loss_event__account=account)

    def claim(self):
        """One claim is answered, and of another a part disputed, of which an arbiter refuses some."""
        answered, disputed = self.lose("one"), self.lose("other")
        theirs = {**self.whose, "provider_id": self.insurer.id}
        self.ask(answer_claim, **theirs, claim_id=answered.id)
        self.ask(dispute_claim, **theirs, claim_id=disputed.id, disputed_amount=Decimal(10), reason="it was late")
        self.ask(decide_claim, **self.whose, claim_id=disputed.id, refused=Decimal(3), reason="it was, in part")
        self.ask(give_notice, **theirs, cover_id=self.cover.id, reason="enough")

    def share(self):
        """Once all of it is final: who is called pays, what nobody paid is allocated, and something comes back."""
        while LossEvent.objects.exclude(state=LossEventState.FINAL).exists():
            self.go_on(86400)
        self.ask(pay_assessment, **self.whose, assessment_id=Assessment.objects.first().id)
        event = {**self.whose, "loss_event_id": LossEvent.objects.get(account="one").id}
        accounts = tuple(SuppliedAccount(name, Decimal(5), Decimal(5)) for name in ("anna", "ben"))
        given = {"asset": "USD", "quantity": Decimal(10), "reference": "given", "reason": "nobody paid it"}
        self.ask(allocate_cash, **event, accounts=accounts, **given)
        taken, spared = AllocationFill.objects.order_by("account")
        self.ask(confirm_fill, **self.whose, fill_id=taken.id)
        self.ask(refuse_fill, **self.whose, fill_id=spared.id, reason="it has closed")
        self.ask(record_recovery, **event, **self.known_as("back"))
        self.ask(fund_venue, **self.whose, **self.known_as("refill"), account=AccountKind.FIRST_TRANCHE)

    def pool(self):
        """Somebody puts something into a vault, and asks for some of it back."""
        vault = a_vault(self.venue, notice_seconds=3600)
        theirs = {**self.whose, "vault_id": vault.id, "depositor": "Ann"}
        self.ask(take_deposit, **theirs, amount=Decimal(100), reference="in")
        self.ask(queue_withdrawal, **theirs, shares=1, reference="out")


def test_whoever_is_killed_as_a_loss_is_shared_leaves_all_or_nothing(travel):
    walk = LossWalk(travel)
    walk.insure()
    walk.claim()
    walk.share()
    walk.pool()
    walk.close_out()
    assert perform(audit) == []
    assert walk.survived == {*STAGES, *(operation.__name__ for operation in ASKED)}
