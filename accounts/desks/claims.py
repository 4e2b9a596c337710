"""What covers pay of loss events: claims arise by themselves, what insurers may have to pay is held, and what is due of
it is paid out of that.

Guarantees that a cover pays what its contract says of all that its event has cost so far, whatever the order of books;
that among insurers each smallest amount is paid by the one furthest below its part; and that what is held for a cover
is what it may have to pay, as far as its insurers have it. Events' venues are locked for losses.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.desks.covers import IN_FORCE, span_of
from accounts.desks.journal import Journal
from accounts.events import ClaimClosed, ClaimDisputed, ClaimDue, ClaimHeld, ClaimOverdue, ClaimPaid, CoverPledged
from accounts.lifecycle import CLAIM, ClaimState
from accounts.models import Account, AccountKind, Claim, Cover, CoverShare, LossEvent
from accounts.queries import load_clusters
from accounts.rules.sharing.contracts import Performance, Trigger
from accounts.rules.sharing.covers import CoverTerms, by_insurer, pledge_of
from accounts.rules.sharing.plans import asks_covers
from backstop.events import DomainEvent
from backstop.models import Asset
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, divide_down, multiply, total

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
    """What covers pay of an addend now, and what of it they may have to pay yet: that stands as its event's debt."""

    paid: Sequence[Paid]
    waiting: Decimal


class ClaimDesk:
    """The claims of these events (`final` now: all that is not refused is due), and the covers that stand for them.
    What is paid, held and released goes into the journal that `count_in` names, which holds `accounts`."""

    def __init__(self, events: Iterable[LossEvent], now: datetime, *, final: bool = False) -> None:
        self._now, self._final = now, final
        self._events = {event.id: event for event in events if asks_covers(event.planned.layers)}
        self._told: list[DomainEvent] = []
        self._touched: set[UUID] = set()
        self._lacked: set[UUID] = set()  # claims of which an insurer had less than it owes
        self._leaving: defaultdict[UUID, Decimal] = defaultdict(Decimal)  # what was paid just now, and not moved yet

    @cached_property
    def accounts(self) -> dict[tuple[UUID, UUID], UUID]:
        """The collateral of insurers, and of who is protected, by provider and asset."""
        covers = self._covers.values()
        providers = {share.provider_id for cover in covers for share in cover.shares.all()}
        providers |= {provider_id for provider_id, _ in self._protected.values()}
        assets = {cover.asset_id for cover in covers}
        rows = Account.objects.filter(kind=AccountKind.COLLATERAL, provider__in=providers, asset__in=assets)
        return {(row.provider_id, row.asset_id): row.id for row in rows if row.provider_id} if providers else {}

    @property
    def assets(self) -> list[Asset]:
        """Those in which claims of these events are open."""
        open_claims = [claim for event in self._events.values() for claim in self.claims_of(event)]
        return [self._covers[claim.cover_id].asset for claim in open_claims]

    def count_in(self, journal: Journal, funds: Mapping[UUID, UUID]) -> None:
        """Decide by this journal; `funds` are the venues' funds, by asset."""
        self._journal, self._funds = journal, funds

    def has_any(self, event: LossEvent, asset: Asset) -> bool:
        """Whether a cover in that asset stands for it."""
        return any(cover.asset_id == asset.id for cover in self._standing_for(event))

    def ask(
        self,
        event: LossEvent,
        asset: Asset,
        unl: Decimal,
        advances: Decimal,
        debt: Decimal,
        leaving: Iterable[tuple[UUID, Decimal]] = (),
    ) -> OfCovers:
        """What covers pay, by attachment, of what others left of an addend: of `advances` of the fund, and a `debt`;
        `unl` is all that the event has cost with it, and what these pay of it is `leaving` their accounts."""
        self._leaving.clear()
        for account, amount in leaving:
            self._leaving[account] = total([self._leaving[account], amount])
        paid: list[Paid] = []
        waiting = ZERO
        for cover in self._standing_for(event):
            if cover.asset_id != asset.id:
                continue
            claim = self._claim_at(cover, event, unl)
            if claim is None:
                continue
            paid_now = self._pay(claim, advances, debt)
            paid += paid_now
            for each in paid_now:
                if each.of_debt:
                    debt = difference(debt, each.amount)
                else:
                    advances, debt = _less(advances, debt, each.amount)
            held_back = min(claim.open, total([advances, debt]))
            waiting = total([waiting, held_back])
            advances, debt = _less(advances, debt, held_back)
        return OfCovers(paid, waiting)

    def pay_due(self, event: LossEvent, asset: Asset, owed: Decimal) -> list[Paid]:
        """What covers pay of what stands as the event's debt, by attachment: what is due of their claims."""
        self._leaving.clear()
        paid: list[Paid] = []
        for cover in self._standing_for(event):
            claim = self._claims.get((cover.id, event.id))
            if claim is not None and cover.asset_id == asset.id:
                now = self._pay(claim, ZERO, difference(owed, *(each.amount for each in paid)))
                paid += now
        return paid

    def let_be_due(self, claim: Claim, refused: Decimal = ZERO, decision: str = "") -> None:
        """Nobody has anything to say of a claim any more: what is not refused is due."""
        if claim.state in (ClaimState.HELD, ClaimState.DISPUTED):
            claim.decide(refused, decision, self._now + PAID_WITHIN, self._now)
            self._tell(claim, ClaimDue, refused=refused, amount=claim.due, due_by=claim.due_by)

    def claims_of(self, event: LossEvent) -> list[Claim]:
        """Those that are not closed."""
        found = [claim for claim in self._claims.values() if claim.loss_event_id == event.id]
        return [claim for claim in found if claim.state in CLAIM.under_way]

    def dispute(self, claim: Claim, amount: Decimal, reason: str) -> None:
        """So much of it is not owed, an insurer or its contract says: an arbiter decides that; the rest is due."""
        claim.dispute(amount, reason, self._now + DECIDED_WITHIN, self._now)
        self._tell(claim, ClaimDisputed, disputed_amount=amount, reason=reason, decide_by=claim.decide_by)

    def answer_by_contract(self, claim: Claim) -> None:
        """No insurer has answered in time, or no arbiter decided: what the contract says then."""
        default = self._covers[claim.cover_id].default_answer
        if claim.state == ClaimState.HELD and claim.insured and default == Performance.DISPUTE:
            self.dispute(claim, claim.insured, "the contract's default answer")
        else:
            self.let_be_due(claim)

    def settle(self, claim: Claim, *, final: bool = False) -> None:
        """Say where it stands after what was paid: paid, overdue, or closed with its event."""
        cover = self._covers[claim.cover_id]
        is_late = claim.due_by is not None and self._now >= claim.due_by
        if claim.state in (ClaimState.DUE, ClaimState.OVERDUE) and not claim.due:
            claim.move_to(ClaimState.PAID, self._now)
        elif claim.state == ClaimState.DUE and claim.id in self._lacked and (final or is_late):
            claim.move_to(ClaimState.OVERDUE, self._now)
            self._tell(claim, ClaimOverdue, amount=claim.due)
        elif claim.state == ClaimState.DUE and is_late:
            claim.due_by = self._now + PAID_WITHIN  # nobody lacks it: nothing of it is owed now, or who protected does
        if final:
            claim.move_to(ClaimState.CLOSED, self._now)
            self._tell(claim, ClaimClosed, paid=claim.paid, unpaid=claim.due)
        self._touched.add(cover.id)

    @requires_transaction
    def write(self) -> None:
        """Set what insurers have held, and write that and the claims; the journal has what moved, and is written
        after."""
        self._leaving.clear()
        for cover_id in self._touched:
            self._level(self._covers[cover_id])
        claims, shares = list(self._claims.values()), [s for cover in self._covers.values() for s in cover.shares.all()]
        self._told += [self._pledged(share) for share in shares if "held" in share.changes]
        Claim.objects.bulk_create([claim for claim in claims if claim._state.adding])
        save_changes([claim for claim in claims if not claim._state.adding])
        save_changes(shares)
        record_events(self._told)

    @cached_property
    def _covers(self) -> dict[UUID, Cover]:
        venues = {event.venue_id for event in self._events.values()}
        rows = Cover.objects.filter(venue__in=venues, state__in=IN_FORCE, triggers__contains=[Trigger.SHORTFALL.value])
        covers = rows.select_related("asset", "venue").prefetch_related("shares__provider", "suspensions")
        found = list(covers.order_by("attachment", "created_at")) if venues else []
        self._before = {share.id: share.held for cover in found for share in cover.shares.all()}
        return {cover.id: cover for cover in found}

    @cached_property
    def _claims(self) -> dict[tuple[UUID, UUID], Claim]:
        rows = Claim.objects.filter(cover__in=self._covers) if self._covers else Claim.objects.none()
        return {(claim.cover_id, claim.loss_event_id): claim for claim in rows.select_related("cover")}

    @cached_property
    def _clusters(self) -> Any:
        return load_clusters({event.venue_id for event in self._events.values()})

    def _standing_for(self, event: LossEvent) -> list[Cover]:
        if event.id not in self._events or not self._covers:
            return []
        claimed = {claim.cover_id for claim in self._claims.values() if claim.loss_event_id == event.id}
        return [cover for cover in self._covers.values() if cover.id in claimed or self._stands_for(cover, event)]

    def _stands_for(self, cover: Cover, event: LossEvent) -> bool:
        if cover.covers_from is None or cover.ends_at is None or cover.venue_id != event.venue_id:
            return False
        if not cover.covers_from <= event.opened_at < cover.ends_at or cover.is_suspended_at(event.opened_at):
            return False
        span = span_of(cover, self._clusters)
        if span.cluster is not None:
            return event.cluster_id is not None and self._clusters.of(event.cluster_id) == span.cluster
        return not span.account or span.account == event.account

    def _claim_at(self, cover: Cover, event: LossEvent, unl: Decimal) -> Claim | None:
        """The claim of the cover for an event that has cost so much by now; None where it is not reached."""
        claim = self._claims.get((cover.id, event.id))
        terms = self._terms(cover, claim)
        if claim is None:
            if not terms.layer(unl):
                return None
            answer_by = self._now + timedelta(seconds=cover.answer_seconds)
            whose: dict[str, Any] = {"venue_id": cover.venue_id, "cover": cover, "loss_event": event}
            claim = Claim(**whose, trigger=Trigger.SHORTFALL.value, answer_by=answer_by)
            self._claims[cover.id, event.id] = claim
            self._tell(claim, ClaimHeld, loss_event=event.id, insured=terms.paid(unl), answer_by=answer_by)
        claim.counted, claim.insured = terms.layer(unl), terms.paid(unl)
        claim.copay = max(claim.copay, terms.copaid(unl))  # a part that is rounded may be less of more
        if claim.state == ClaimState.PAID and claim.due:
            claim.move_to(ClaimState.DUE, self._now)
            claim.due_by = self._now + PAID_WITHIN
        if self._final:
            self.let_be_due(claim)
        self._touched.add(cover.id)
        return claim

    def _terms(self, cover: Cover, claim: Claim | None) -> CoverTerms:
        """What the cover pays of one event beside what others have used of its aggregate."""
        used = total(each.counted for each in self._of(cover) if each is not claim)
        return replace(cover.terms, aggregate_left=difference(cover.aggregate, used))

    def _of(self, cover: Cover) -> list[Claim]:
        return [claim for claim in self._claims.values() if claim.cover_id == cover.id]

    def _pay(self, claim: Claim, advances: Decimal, debt: Decimal) -> list[Paid]:
        """Pay what is due of it, of advances first, and beside it what the protected party bears of that."""
        cover = self._covers[claim.cover_id]
        amount = min(claim.due, total([advances, debt]))
        if not amount:
            return []
        amounts = self._by_insurer(cover, amount)
        if total(amounts.values()) < amount:
            self._lacked.add(claim.id)
        copayment = self._copayment(claim, total(amounts.values()), advances, debt)
        if copayment is None or not any(amounts.values()):
            return []
        paid = []
        for share in cover.shares.all():
            if amounts[share.provider_id]:
                paid.append(self._take(claim, share, amounts[share.provider_id]))
        claim.paid = total([claim.paid, *amounts.values()])
        if copayment.amount:
            claim.copaid = total([claim.copaid, copayment.amount])
            self._leaving[copayment.account_id] = total([self._leaving[copayment.account_id], copayment.amount])
            paid.append(copayment)
        self._tell(claim, ClaimPaid, amount=total(amounts.values()), copaid=copayment.amount)
        if claim.state in (ClaimState.DUE, ClaimState.OVERDUE) and not claim.due:
            claim.move_to(ClaimState.PAID, self._now)
        self._touched.add(cover.id)
        return paid

    def _by_insurer(self, cover: Cover, amount: Decimal) -> dict[UUID, Decimal]:
        shares = sorted(cover.shares.all(), key=lambda share: share.provider_id)
        parts = {share.provider_id: share.parts for share in shares}
        before = total(share.paid for share in shares)
        owed = by_insurer(total([before, amount]), parts, cover.asset.scale)
        below = {share.provider_id: max(difference(owed[share.provider_id], share.paid), ZERO) for share in shares}
        paying: dict[UUID, Decimal] = {}
        for share in sorted(shares, key=lambda each: below[each.provider_id], reverse=True):
            left = difference(amount, *paying.values())
            paying[share.provider_id] = min(below[share.provider_id], self._has(cover, share), left)
        return paying

    def _copayment(self, claim: Claim, paid: Decimal, advances: Decimal, debt: Decimal) -> Paid | None:
        """What the protected party pays beside that: its part of all that insurers have paid, as far as what they leave
        of the debt. Without that money (None) the insurers pay nothing."""
        cover = self._covers[claim.cover_id]
        entitled = total([claim.paid, paid])
        part = divide_down(multiply(claim.copay, entitled), claim.insured, cover.asset.scale)
        left_of_advances, left_of_debt = _less(advances, debt, paid)
        provider_id, account = self._copayer(cover)
        owes, of_fund = max(difference(part, claim.copaid), ZERO), provider_id is None
        amount = min(owes, total([left_of_advances, left_of_debt]))
        if of_fund and left_of_advances:
            amount = ZERO  # the fund bears these; what it owes beyond is caught up with the next addend
        if self._free(account) < amount:
            return None
        return Paid(claim, account, provider_id, amount, is_copayment=True, of_debt=of_fund)

    def _copayer(self, cover: Cover) -> tuple[UUID | None, UUID]:
        """Whose account the protected party's is: a provider's of its cluster, or without one the venue's fund."""
        return self._protected.get(cover.id, (None, self._funds[cover.asset_id]))

    @cached_property
    def _protected(self) -> dict[UUID, tuple[UUID, UUID]]:
        found = {}
        for cover in self._covers.values():
            if cover.group_id is not None:
                cluster = self._clusters.members(cover.group_id)
                rows = Account.objects.filter(kind=AccountKind.COLLATERAL, asset=cover.asset)
                own = rows.filter(provider__group__in=cluster).order_by("provider").first()
                if own is not None and own.provider_id is not None:
                    found[cover.id] = (own.provider_id, own.id)
        return found

    def _take(self, claim: Claim, share: CoverShare, amount: Decimal) -> Paid:
        account = self.accounts[share.provider_id, self._covers[claim.cover_id].asset_id]
        of_pledge = min(share.held, amount)
        self._journal.release(account, of_pledge)
        share.held = difference(share.held, of_pledge)
        share.paid = total([share.paid, amount])
        self._leaving[account] = total([self._leaving[account], amount])
        return Paid(claim, account, share.provider_id, amount)

    def _has(self, cover: Cover, share: CoverShare) -> Decimal:
        account = self.accounts.get((share.provider_id, cover.asset_id))
        return total([share.held, self._free(account)]) if account else ZERO

    def _free(self, account: UUID) -> Decimal:
        return max(difference(self._journal.free(account), self._leaving[account]), ZERO)

    def _level(self, cover: Cover) -> None:
        """Have insurers hold what the cover may have to pay, as far as they have it, and no more."""
        most = total(
            [self._terms(cover, None).most_paid(), *(claim.open for claim in self._of(cover) if _is_open(claim))]
        )
        for share in cover.shares.all():
            account = self.accounts.get((share.provider_id, cover.asset_id))
            if account is None:
                continue
            needed = pledge_of(most, share.parts, cover.funding_rate, cover.asset.scale)
            if needed < share.held:
                self._journal.release(account, difference(share.held, needed))
                share.held = needed
            else:
                more = min(difference(needed, share.held), self._free(account))
                self._journal.hold(account, more)
                share.held = total([share.held, more])

    def _pledged(self, share: CoverShare) -> CoverPledged:
        cover = self._covers[share.cover_id]
        return CoverPledged(
            venue_id=cover.venue_id,
            subject_id=cover.id,
            provider_id=share.provider_id,
            asset=cover.asset.code,
            held=share.held,
            before=self._before[share.id],
        )

    def _tell(self, claim: Claim, kind: Callable[..., DomainEvent], **said: Any) -> None:
        cover = self._covers[claim.cover_id]
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


def _less(advances: Decimal, debt: Decimal, amount: Decimal) -> tuple[Decimal, Decimal]:
    of_advances = min(advances, amount)
    return difference(advances, of_advances), difference(debt, amount, of_advances.copy_negate())


def _is_open(claim: Claim) -> bool:
    return claim.state in CLAIM.under_way
