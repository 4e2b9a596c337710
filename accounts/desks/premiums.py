"""Premiums of covers: the rate in force by regime and rating, and what has accrued of it, charged to what was paid in
advance; what was charged by an instant is the same however often it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.desks.covers import told_insurers
from accounts.desks.defaults import list_defaulters
from accounts.desks.journal import Journal
from accounts.desks.levels import LevelDesk
from accounts.desks.rates import Rates, midnight_after
from accounts.desks.suspended_covers import told_suspended
from accounts.events import CoverResumed, PremiumCharged, PremiumLow, PremiumOwed, PremiumRated
from accounts.lifecycle import CoverState
from accounts.models import (
    Account,
    AccountKind,
    Cover,
    CoverFactor,
    CoverPremium,
    CoverRate,
    CoverShare,
    CoverSuspension,
    Purpose,
)
from accounts.rules.sharing.contracts import PremiumTerms
from accounts.rules.sharing.covers import by_insurer
from accounts.rules.sharing.premiums import RegimeHistory, Stretch, accrued
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, total

TOLD_BEFORE = timedelta(days=7)


@requires_transaction
def open_premium(cover: Cover, terms: PremiumTerms) -> CoverPremium:
    """The premium of a cover that is drafted, with an account for what is paid in advance."""
    account = Account.objects.create(venue_id=cover.venue_id, asset=cover.asset, kind=AccountKind.PREMIUM)
    tariff, use = terms.tariff, terms.tariff.use
    premium = CoverPremium.objects.create(
        cover=cover,
        account=account,
        base_bps=tariff.base_bps,
        floor_bps=tariff.floor_bps,
        cap_bps=tariff.cap_bps,
        max_step_bps=tariff.max_step_bps,
        kink=use.kink,
        unused=use.unused,
        at_kink=use.at_kink,
        used_up=use.used_up,
        grace_seconds=terms.grace_seconds,
    )
    factors = {**terms.by_regime, **terms.by_rating}
    CoverFactor.objects.bulk_create(
        CoverFactor(premium=premium, name=name, factor=each) for name, each in factors.items()
    )
    return premium


class PremiumDesk:
    """The premiums of these covers, which are locked, and the collateral of their insurers; `regimes` are their
    venues'. What is rated and charged is written once, the journal last."""

    def __init__(self, covers: Sequence[Cover], regimes: Mapping[UUID, RegimeHistory], now: datetime) -> None:
        self._now, self._rates = now, Rates(covers, regimes, now)
        premiums = [cover.premium for cover in covers]
        providers = {share.provider_id for cover in covers for share in cover.shares.all()}
        rows = Account.objects.filter(kind=AccountKind.COLLATERAL, provider__in=providers)
        self._collateral = {(row.provider_id, row.asset_id): row.id for row in rows}
        self._journal = Journal.opened([*self._collateral.values(), *(premium.account_id for premium in premiums)])
        self._covers = list(covers)
        self._added: list[tuple[Cover, CoverRate]] = []
        self._suspensions: list[CoverSuspension] = []
        self._defaulters = list_defaulters(providers)
        self._told: list[DomainEvent] = []
        self._levels = LevelDesk(covers, self._rates.known, now)
        self._levels.count_in(self._journal)

    def begin(self, cover: Cover) -> Decimal:
        """Rate it from now on; the limit that it begins to stand for."""
        self._add_rate(cover, self._now)
        cover.premium.due_at = midnight_after(self._now)
        return self._levels.limit_of(cover)

    def charge(self, cover: Cover) -> None:
        """Rate it anew from each instant on at which something of it changed, or a day began, and charge what has
        accrued. A cover that cannot pay is suspended once its grace is over, until it can and no insurer is in default,
        and waits anew then; what is lacking at the end is owed, until it is there. What insurers lack for it is held as
        far as it is there, after the end too: of events that are open it may have to pay yet."""
        assert cover.ends_at is not None
        until = min(self._now, cover.ends_at)
        for instant in self._instants(cover, until):
            self._add_rate(cover, instant)
        premium, ended = cover.premium, self._now >= cover.ends_at
        lacking = self._pay_accrued(cover)
        premium.empty_at = (premium.empty_at or self._now) if lacking else None
        self._levels.fill(cover)
        if not ended:
            self._suspend_or_resume(cover)
            if self._levels.rise(cover):
                self._rate_now(cover)
        premium.due_at = None if ended else self._due_next(cover)
        if cover.state == CoverState.ACTIVE and not ended:
            self._tell_low(cover)
        if ended and lacking != premium.owed:
            premium.owed = lacking
            said = {"asset": cover.asset.code, "amount": lacking}
            self._told += told_insurers(cover, PremiumOwed, lambda share: said)

    @requires_transaction
    def write(self) -> None:
        """Write rates, what was charged and earned, and last of all what moved."""
        self._levels.write()
        CoverRate.objects.bulk_create(row for _, row in self._added)
        for suspension in self._suspensions:
            suspension.save()
        save_changes(
            [
                *self._covers,
                *(cover.premium for cover in self._covers),
                *(share for cover in self._covers for share in cover.shares.all()),
            ]
        )
        record_events([*self._told, *(told for cover, row in self._added for told in _rated(cover, row))])
        self._journal.write()

    def _suspend_or_resume(self, cover: Cover) -> None:
        assert cover.ends_at is not None
        is_empty = cover.premium.empty_at is not None
        is_unpaid = self._now >= cover.premium.stands_until(cover.ends_at)
        lasting = [each for each in cover.suspensions.all() if each.ends_at is None]
        if cover.state == CoverState.ACTIVE and is_unpaid:
            cover.suspend(self._now)
            self._suspensions.append(CoverSuspension(cover=cover, starts_at=self._now, is_unpaid=True))
            self._told += told_suspended(cover, "its premium is not paid")
            self._rate_now(cover)
        elif cover.state == CoverState.SUSPENDED and is_unpaid:
            self._note_unpaid(lasting)
        elif cover.state == CoverState.SUSPENDED and not is_empty and not self._has_defaulter(cover):
            self._resume(cover, lasting)

    def _note_unpaid(self, lasting: Sequence[CoverSuspension]) -> None:
        """What suspends it, whatever that was, lasts for want of premium too."""
        for suspension in lasting:
            suspension.is_unpaid = True
        self._suspensions += lasting

    def _resume(self, cover: Cover, lasting: Sequence[CoverSuspension]) -> None:
        cover.resume(self._now)
        for suspension in lasting:
            suspension.ends_at = self._now
        self._suspensions += lasting
        self._told += told_insurers(cover, CoverResumed, lambda share: {"stands_from": cover.stands_from})
        self._rate_now(cover)

    def _has_defaulter(self, cover: Cover) -> bool:
        return any(share.provider_id in self._defaulters for share in cover.shares.all())

    def _due_next(self, cover: Cover) -> datetime:
        assert cover.ends_at is not None
        due_at = min(midnight_after(self._now), self._levels.next_fall(cover) or cover.ends_at)
        unpaid_at = cover.premium.stands_until(cover.ends_at)
        return min(due_at, unpaid_at) if unpaid_at > self._now else due_at

    def _rate_now(self, cover: Cover) -> None:
        """Rate it from now on as it stands now, whatever it was rated at this instant before."""
        known = self._rates.known[cover.premium.id]
        if known[-1].starts_at == self._now:
            self._added.remove((cover, known.pop()))
        self._add_rate(cover, self._now)

    def _pay_accrued(self, cover: Cover) -> Decimal:
        """Pay what has accrued, as far as it is there; what is lacking."""
        due = self._rates.due(cover)
        paid = min(due, self._journal.free(cover.premium.account_id))
        self._pay(cover, paid)
        return difference(due, paid)

    def _pay(self, cover: Cover, paid: Decimal) -> None:
        cover.premium.charged = total([cover.premium.charged, paid])
        parts = {share.provider_id: share.parts for share in cover.shares.all()}
        earned = by_insurer(cover.premium.charged, parts, cover.asset.scale)
        for share in cover.shares.all():
            amount = difference(earned[share.provider_id], share.earned)
            own = self._collateral[share.provider_id, cover.asset_id]
            self._journal.move(cover.premium.account_id, own, amount, Purpose.PREMIUM, cover.id)
            share.earned = earned[share.provider_id]
            if amount:
                self._told.append(_charged(cover, share, amount))

    def _instants(self, cover: Cover, until: datetime) -> list[datetime]:
        last = self._rates.known[cover.premium.id][-1].starts_at
        changed = any(last < each < until for each in self._rates.changes(cover))
        return self._rates.instants(cover, until, self._levels.notices_over(cover, changed=changed))

    def _add_rate(self, cover: Cover, at: datetime) -> None:
        self._levels.note(cover, at, *self._rates.inputs_at(cover, at))
        is_suspended = cover.state == CoverState.SUSPENDED if at == self._now else cover.is_suspended_at(at)
        limit = ZERO if is_suspended or cover.is_exhausted_at(at) else self._levels.limit_of(cover)
        self._added.append((cover, self._rates.add(cover, at, limit)))

    def _tell_low(self, cover: Cover) -> None:
        assert cover.ends_at is not None
        left = self._journal.free(cover.premium.account_id)
        last = self._rates.known[cover.premium.id][-1]
        lasting = [Stretch(self._now, last.rate_bps, last.limit)]
        fee = [Stretch(self._now, cover.repo_fee_bps or ZERO, cover.undrawn)]
        if left < accrued(lasting, self._now + TOLD_BEFORE, cover.asset.scale, fee=fee):
            ends_at = cover.premium.stands_until(cover.ends_at)
            is_empty = cover.premium.empty_at is not None
            said = {"asset": cover.asset.code, "left": left, "is_empty": is_empty, "ends_at": ends_at}
            self._told += told_insurers(cover, PremiumLow, lambda share: said)


def _rated(cover: Cover, row: CoverRate) -> list[DomainEvent]:
    said = {"starts_at": row.starts_at, "rate_bps": row.rate_bps, "limit": row.limit, "used": row.used}
    said |= {"regime": row.regime, "bucket": row.bucket}
    return told_insurers(cover, PremiumRated, lambda share: said)


def _charged(cover: Cover, share: CoverShare, amount: Decimal) -> PremiumCharged:
    whose = {"venue_id": cover.venue_id, "subject_id": cover.id, "provider_id": share.provider_id}
    return PremiumCharged(**whose, asset=cover.asset.code, amount=amount)
