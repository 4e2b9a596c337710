"""What covers pay of loss events: claims arise by themselves, what insurers may have to pay is held, and what is due of
it is paid out of that.

Guarantees that a cover pays what its contract says of all that its event has cost so far, whatever the order of books;
and that among insurers each smallest amount is paid by the one furthest below its part. Events' venues are locked for
losses.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.desks.claimed_covers import ClaimedCovers
from accounts.desks.journal import Journal
from accounts.desks.pledges import Pledges, most_paid
from accounts.desks.rates import note_uses
from accounts.events import ClaimClosed, ClaimDisputed, ClaimDue, ClaimHeld, ClaimOverdue, ClaimPaid
from accounts.lifecycle import CLAIM, ClaimState
from accounts.models import Claim, Cover, LossEvent
from accounts.queries import list_open_limits, note_edges
from accounts.rules.sharing.contracts import Performance, Trigger
from accounts.rules.sharing.losses import Unpaid
from accounts.rules.sharing.own_edges import Edges, added_by_edges, edges_of_insurers
from backstop.events import DomainEvent
from backstop.models import Asset
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, total

DECIDED_WITHIN = timedelta(days=2)
PAID_WITHIN = timedelta(days=3)  # what an insurer lacks, before it is overdue


@dataclass(frozen=True, slots=True)
class Paid:
    """What one insurer pays of a claim out of an account, or beside them as a co-payment the protected party; the fund,
    which bears advances anyway, `of_debt` alone."""

    claim: Claim
    account_id: UUID
    provider_id: UUID | None
    amount: Decimal
    is_copayment: bool = False
    of_debt: bool = False


@dataclass(frozen=True, slots=True)
class OfCovers:
    """What covers pay of an addend now, and what of it waits until they do, co-payments too: that stands as its event's
    debt."""

    paid: Sequence[Paid]
    waiting: Decimal


class ClaimDesk:
    """The claims of these events (`final` now: all that is not refused is due), by the `covers` that stand for them.
    What is paid, held and released goes into the journal that `count_in` names, which holds `accounts`."""

    def __init__(self, events: Iterable[LossEvent], now: datetime, *, final: bool = False) -> None:
        self._now, self._final = now, final
        self.covers = ClaimedCovers(events)
        self._told: list[DomainEvent] = []
        self._touched: set[UUID] = set()
        self._lacked: dict[UUID, list[UUID]] = {}  # by claim, insurers that had less than they owe of it

    @property
    def accounts(self) -> Mapping[tuple[UUID, UUID], UUID]:
        """The collateral of insurers, and of who is protected, by provider and asset."""
        return self._pledges.accounts

    @property
    def assets(self) -> list[Asset]:
        """Those in which claims of these events are open, or that are final now and of covers whose limits move."""
        open_claims = [claim for event in self.covers.events.values() for claim in self.claims_of(event)]
        return [self.covers.by_id[each].asset for each in {*self._moving, *(claim.cover_id for claim in open_claims)}]

    def count_in(self, journal: Journal, funds: Mapping[UUID, UUID]) -> None:
        """Decide by this journal; `funds` are the venues' funds, by asset."""
        self._funds = funds
        self._pledges.count_in(journal)

    def ask(
        self,
        event: LossEvent,
        asset: Asset,
        unl: Decimal,
        left: Unpaid,
        standing: Decimal,
        leaving: Iterable[tuple[UUID, Decimal]],
        edges: Edges[UUID],
    ) -> OfCovers:
        """What covers pay, by attachment, of what others `left` of an addend; `unl` is all that the event has cost with
        it, of which these `edges` to insurers' clusters, and what these pay of it is `leaving` their accounts. So much
        is `standing` as the event's debt already: what waits of that for claims is paid apart, and waits once."""
        self._pledges.begin(leaving)
        note_edges(self.covers.edges[event.id, asset.id], edges)
        paid: list[Paid] = []
        waiting = ZERO
        for cover in self.covers.standing_for(event, asset.id):
            before = self.covers.claims.get((cover.id, event.id))
            already = min(self._waiting(before), standing)
            due_already = min(before.due, already) if before else ZERO
            standing = difference(standing, already)
            claim = self._claim_at(cover, event, unl)
            if claim is None:
                continue
            paid_now = self._pay(claim, min(max(difference(claim.due, due_already), ZERO), left.amount), left)
            paid += paid_now
            for each in paid_now:
                left = left.less(each.amount, of_debt=each.of_debt)
            held_back = self._held_back(claim, left, already)
            waiting = total([waiting, held_back])
            left = left.less(held_back)
        return OfCovers(paid, waiting)

    def pay_due(self, event: LossEvent, asset: Asset, owed: Decimal) -> list[Paid]:
        """What covers pay of what stands as the event's debt, by attachment: what is due of their claims."""
        self._pledges.begin()
        paid: list[Paid] = []
        for cover in self.covers.standing_for(event, asset.id):
            claim = self.covers.claims.get((cover.id, event.id))
            if claim is not None:
                left = Unpaid(ZERO, difference(owed, *(each.amount for each in paid)))
                paid += self._pay(claim, min(claim.due, left.amount), left)
        return paid

    def owed_by_fund(self, event: LossEvent, asset: Asset) -> Decimal:
        """What the fund may have to pay yet beside the claims of the event, where nobody else is protected: without it
        they are not paid."""
        claims = [claim for claim in self.claims_of(event) if self.covers.by_id[claim.cover_id].asset_id == asset.id]
        return total(self._owed_beside(claim, claim.open) for claim in claims if self._is_fund_protected(claim))

    def let_be_due(self, claim: Claim, refused: Decimal = ZERO, decision: str = "") -> None:
        """Nobody has anything to say of a claim any more: what is not refused is due."""
        if claim.state in (ClaimState.HELD, ClaimState.DISPUTED):
            claim.decide(refused, decision, self._now + PAID_WITHIN, self._now)
            self._tell(claim, ClaimDue, refused=refused, amount=claim.due, due_by=claim.due_by, reason=decision)

    def claims_of(self, event: LossEvent) -> list[Claim]:
        """Those that are not closed."""
        found = [claim for claim in self.covers.claims.values() if claim.loss_event_id == event.id]
        return [claim for claim in found if claim.state in CLAIM.under_way]

    def dispute(self, claim: Claim, amount: Decimal, reason: str) -> None:
        """So much of it is not owed, an insurer or its contract says: an arbiter decides that; the rest is due."""
        claim.dispute(amount, reason, self._now + DECIDED_WITHIN, self._now)
        self._tell(claim, ClaimDisputed, disputed_amount=amount, reason=reason, decide_by=claim.decide_by)

    def answer_by_contract(self, claim: Claim) -> None:
        """No insurer has answered in time, or no arbiter decided: what the contract says then."""
        default = self.covers.by_id[claim.cover_id].default_answer
        if claim.state == ClaimState.HELD and claim.insured and default == Performance.DISPUTE:
            self.dispute(claim, claim.insured, "the contract's default answer")
        else:
            self.let_be_due(claim)

    def settle(self, claim: Claim, *, final: bool = False) -> None:
        """Say where it stands after what was paid: paid, overdue, or closed with its event."""
        cover = self.covers.by_id[claim.cover_id]
        claim.lacked_by = self._lacked.get(claim.id, ())
        is_late = claim.due_by is not None and self._now >= claim.due_by
        if claim.state in (ClaimState.DUE, ClaimState.OVERDUE) and not claim.due:
            claim.move_to(ClaimState.PAID, self._now)
        elif claim.state == ClaimState.DUE and claim.lacked_by and (final or is_late):
            claim.move_to(ClaimState.OVERDUE, self._now)
            self._tell(claim, ClaimOverdue, amount=claim.due)
        elif claim.state in (ClaimState.DUE, ClaimState.OVERDUE) and is_late and not claim.lacked_by:
            self._put_off(claim)
        if final:
            claim.move_to(ClaimState.CLOSED, self._now)
            self._tell(claim, ClaimClosed, paid=claim.paid, unpaid=claim.due)
        self._touched.add(cover.id)

    @requires_transaction
    def write(self) -> None:
        """Set what insurers have held, and write that and the claims; the journal has what moved, and is written
        after."""
        self._touched |= self._moving
        if not self._touched:
            return
        self._pledges.begin()
        for cover_id in self._touched:
            self._pledges.level(self.covers.by_id[cover_id], self._most_paid(self.covers.by_id[cover_id]))
        claims = list(self.covers.claims.values())
        Claim.objects.bulk_create([claim for claim in claims if claim._state.adding])
        save_changes([claim for claim in claims if not claim._state.adding])
        note_uses(
            {cover_id: self.covers.claimed(self.covers.by_id[cover_id]).used for cover_id in self._touched}, self._now
        )
        record_events([*self._told, *self._pledges.write()])

    @cached_property
    def _moving(self) -> set[UUID]:
        """Of events that are final now, covers that may have had a higher limit for them than for those to come."""
        final = self.covers.events.values() if self._final else ()
        standing = (cover for event in final for cover in self.covers.standing_for(event))
        return {cover.id for cover in standing if cover.levels is not None}

    @cached_property
    def _open_limits(self) -> dict[UUID, Decimal]:
        touched = [self.covers.by_id[cover_id] for cover_id in self._touched]
        return list_open_limits(touched, but_for=self.covers.events if self._final else ())

    @cached_property
    def _pledges(self) -> Pledges:
        return Pledges(
            list(self.covers.by_id.values()), {provider_id for provider_id, _ in self.covers.protected.values()}
        )

    def _claim_at(self, cover: Cover, event: LossEvent, unl: Decimal) -> Claim | None:
        """The claim of the cover for an event that has cost so much by now; None where it is not reached."""
        claim = self.covers.claims.get((cover.id, event.id))
        terms = self.covers.terms(cover, cover.limit_at(event.opened_at), claim)
        if claim is None:
            if not terms.layer(unl):
                return None
            answer_by = self._now + timedelta(seconds=cover.answer_seconds)
            whose: dict[str, Any] = {"venue_id": cover.venue_id, "cover": cover, "loss_event": event}
            claim = Claim(**whose, trigger=Trigger.SHORTFALL.value, answer_by=answer_by)
            self.covers.claims[cover.id, event.id] = claim
            self._tell(claim, ClaimHeld, loss_event=event.id, insured=terms.paid(unl), answer_by=answer_by)
        claim.counted, claim.insured = terms.layer(unl), terms.paid(unl)
        parts = {share.provider_id: share.parts for share in cover.shares.all()}
        own = edges_of_insurers(self.covers.edges[event.id, cover.asset_id], parts, cover.asset.scale)
        claim.added, claim.most = added_by_edges(terms, unl, own.values()), terms.most_paid()
        claim.copay = max(claim.copay, terms.copaid(unl))  # a part that is rounded may be less of more
        if claim.state == ClaimState.PAID and claim.due:
            claim.move_to(ClaimState.DUE, self._now)
            claim.due_by = self._now + PAID_WITHIN
        if self._final:
            self.let_be_due(claim)
        self._touched.add(cover.id)
        return claim

    def _most_paid(self, cover: Cover) -> Decimal:
        """What it may have to pay yet: of an event to come, and of claims that are open."""
        return most_paid(cover, cover.limit_at(self._now), self._open_limits, self.covers.claimed(cover))

    def _pay(self, claim: Claim, amount: Decimal, left: Unpaid) -> list[Paid]:
        """Pay so much of what is left, and beside it what the protected party bears of that."""
        if not amount:
            return []
        cover = self.covers.by_id[claim.cover_id]
        amounts, lacking = self._by_insurer(cover, claim, amount)
        copayment = self._copayment(claim, total(amounts.values()), left)
        if copayment is None:
            return []
        self._lacked[claim.id] = lacking
        if not any(amounts.values()):
            return []
        paid = []
        for share in cover.shares.all():
            if amounts[share.provider_id]:
                account = self._pledges.take(share, amounts[share.provider_id])
                paid.append(Paid(claim, account, share.provider_id, amounts[share.provider_id]))
        claim.paid = total([claim.paid, *amounts.values()])
        if copayment.amount:
            claim.copaid = total([claim.copaid, copayment.amount])
            self._pledges.leave(copayment.account_id, copayment.amount)
            paid.append(copayment)
        self._tell(claim, ClaimPaid, amount=total(amounts.values()), copaid=copayment.amount)
        if claim.state in (ClaimState.DUE, ClaimState.OVERDUE) and not claim.due:
            claim.move_to(ClaimState.PAID, self._now)
        self._touched.add(cover.id)
        return paid

    def _put_off(self, claim: Claim) -> None:
        """No insurer lacks what is due of it: nothing of that is owed now, or who is protected lacks its part."""
        was_overdue = claim.state == ClaimState.OVERDUE
        claim.put_off(self._now + PAID_WITHIN, self._now)
        if was_overdue:
            self._tell(claim, ClaimDue, refused=claim.refused, amount=claim.due, due_by=claim.due_by)

    def _by_insurer(self, cover: Cover, claim: Claim, amount: Decimal) -> tuple[dict[UUID, Decimal], list[UUID]]:
        """What of so much each insurer pays, and those that lack of it what they owe."""
        shares = sorted(cover.shares.all(), key=lambda share: share.provider_id)
        owed = self.covers.owed(cover, claim, amount)
        below = {share.provider_id: max(difference(owed[share.provider_id], share.paid), ZERO) for share in shares}
        paying: dict[UUID, Decimal] = {}
        for share in sorted(shares, key=lambda each: below[each.provider_id], reverse=True):
            left = difference(amount, *paying.values())
            paying[share.provider_id] = min(below[share.provider_id], self._pledges.can_pay(share), left)
        is_lacking = total(paying.values()) < amount
        return paying, sorted(whose for whose in paying if is_lacking and paying[whose] < below[whose])

    def _waiting(self, claim: Claim | None) -> Decimal:
        """What waits for a claim, and for the co-payment beside it."""
        return total([claim.open, self._owed_beside(claim, claim.open)]) if claim else ZERO

    def _held_back(self, claim: Claim, left: Unpaid, already: Decimal) -> Decimal:
        """What of what is left of an addend waits for a claim, where so much of the event's debt does already."""
        of_insurers = min(max(difference(claim.open, already), ZERO), left.amount)
        if self._is_borne_by_fund(claim, left.less(of_insurers)):
            return of_insurers
        return min(max(difference(self._waiting(claim), already), ZERO), left.amount)

    def _copayment(self, claim: Claim, paid: Decimal, left: Unpaid) -> Paid | None:
        """What the protected party pays beside that, as far as what insurers leave of the debt. Without that money
        (None) the insurers pay nothing."""
        left = left.less(paid)
        provider_id, account = self._copayer(claim)
        is_borne = self._is_borne_by_fund(claim, left)
        amount = ZERO if is_borne else min(self._owed_beside(claim, paid), left.amount)
        if self._pledges.free(account) < amount:
            return None
        return Paid(claim, account, provider_id, amount, is_copayment=True, of_debt=provider_id is None)

    def _owed_beside(self, claim: Claim, paid: Decimal) -> Decimal:
        """What the protected party owes beside so much that insurers pay: a cluster its part of all that they have paid
        then, so that it catches up; the fund its part of that alone, since what it did not pay before may be advances
        that it bore. Parts that are rounded one by one never come to more than the co-payment."""
        scale = self.covers.by_id[claim.cover_id].asset.scale
        part = claim.copaid_beside(total([claim.paid, paid]), scale)
        before = claim.copaid_beside(claim.paid, scale) if self._is_fund_protected(claim) else claim.copaid
        return max(min(difference(part, before), difference(claim.copay, claim.copaid)), ZERO)

    def _is_borne_by_fund(self, claim: Claim, left: Unpaid) -> bool:
        """Whether the fund is protected, and advanced what insurers leave: it bears that anyway."""
        return self._is_fund_protected(claim) and left.advances > 0

    def _is_fund_protected(self, claim: Claim) -> bool:
        provider_id, _ = self._copayer(claim)
        return provider_id is None

    def _copayer(self, claim: Claim) -> tuple[UUID | None, UUID]:
        """Whose account the protected party's is: a provider's of the event's cluster, or without one, and where the
        venue is protected, its fund."""
        cover = self.covers.by_id[claim.cover_id]
        found = self.covers.protected.get((claim.loss_event_id, cover.asset_id)) if cover.group_id else None
        return found or (None, self._funds[cover.asset_id])

    def _tell(self, claim: Claim, kind: Callable[..., DomainEvent], **said: Any) -> None:
        cover = self.covers.by_id[claim.cover_id]
        self._told += [
            kind(
                venue_id=claim.venue_id,
                subject_id=claim.id,
                provider_id=share.provider_id,
                cover=cover.id,
                asset=cover.asset.code,
                **said,
            )
            for share in cover.shares.all()
        ]
