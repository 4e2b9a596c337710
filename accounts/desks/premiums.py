"""Premiums of covers: the rate in force by regime and rating, and what has accrued of it, charged to what was paid in
advance; what was charged by an instant is the same however often it was."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Max

from accounts.desks.covers import told_insurers
from accounts.desks.defaults import list_defaulters
from accounts.desks.journal import Journal
from accounts.desks.levels import LevelDesk
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
    ProviderRating,
    Purpose,
)
from accounts.rules.sharing.contracts import BUCKETS, PremiumTerms
from accounts.rules.sharing.covers import by_insurer
from accounts.rules.sharing.premiums import RegimeHistory, Stretch, accrued, rate
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, total

DAY = timedelta(days=1)
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


def owed_uncharged(cover: Cover, now: datetime) -> Decimal:
    """What has accrued of a cover's premium by the rates that are known, and is not charged yet."""
    rates = cover.premium.rates.order_by("starts_at")
    return max(difference(_accrued(cover, rates, now), cover.premium.charged), ZERO)


def rated_since(covers: Iterable[Cover], now: datetime) -> datetime:
    """Since when one of these covers was not rated anew."""
    rated = CoverRate.objects.filter(premium__cover__in=[cover.id for cover in covers]).values("premium")
    return min(rated.annotate(newest=Max("starts_at")).values_list("newest", flat=True), default=now)


class PremiumDesk:
    """The premiums of these covers, which are locked, and the collateral of their insurers; `regimes` are their
    venues'. What is rated and charged is written once, the journal last."""

    def __init__(self, covers: Sequence[Cover], regimes: Mapping[UUID, RegimeHistory], now: datetime) -> None:
        self._regimes, self._now = regimes, now
        premiums = [cover.premium for cover in covers]
        self._rates: defaultdict[UUID, list[CoverRate]] = defaultdict(list)
        for row in CoverRate.objects.filter(premium__in=premiums).order_by("starts_at"):
            self._rates[row.premium_id].append(row)
        providers = {share.provider_id for cover in covers for share in cover.shares.all()}
        self._ratings: defaultdict[UUID, list[ProviderRating]] = defaultdict(list)
        for rating in ProviderRating.objects.filter(provider__in=providers).order_by("created_at"):
            self._ratings[rating.provider_id].append(rating)
        rows = Account.objects.filter(kind=AccountKind.COLLATERAL, provider__in=providers)
        self._collateral = {(row.provider_id, row.asset_id): row.id for row in rows}
        self._journal = Journal.opened([*self._collateral.values(), *(premium.account_id for premium in premiums)])
        self._covers = list(covers)
        self._added: list[tuple[Cover, CoverRate]] = []
        self._suspensions: list[CoverSuspension] = []
        self._defaulters = list_defaulters(providers)
        self._told: list[DomainEvent] = []
        self._levels = LevelDesk(covers, self._rates, now)
        self._levels.count_in(self._journal)

    def begin(self, cover: Cover) -> Decimal:
        """Rate it from now on; the limit that it begins to stand for."""
        self._add_rate(cover, self._now)
        cover.premium.due_at = _midnight_after(self._now)
        return self._levels.limit_of(cover)

    def charge(self, cover: Cover) -> None:
        """Rate it anew from each instant on at which something of it changed, or a day began, and charge what has
        accrued. Where that is not there, the cover is suspended after its grace, unless it is by then, and until it is
        and no insurer is in default; what is lacking at the end is owed, until it is there."""
        assert cover.ends_at is not None
        until = min(self._now, cover.ends_at)
        for instant in self._instants(cover, until):
            self._add_rate(cover, instant)
        premium, ended = cover.premium, self._now >= cover.ends_at
        lacking = self._pay_accrued(cover)
        premium.empty_at = (premium.empty_at or self._now) if lacking else None
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
            is_over = suspension.cover.state != CoverState.SUSPENDED
            suspension.ends_at = self._now if is_over else None
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
        if cover.state == CoverState.ACTIVE and self._now >= cover.premium.stands_until(cover.ends_at):
            cover.suspend(self._now)
            self._suspensions.append(CoverSuspension(cover=cover, starts_at=self._now))
            self._told += told_suspended(cover, "its premium is not paid")
            self._rate_now(cover)
        elif cover.state == CoverState.SUSPENDED and not is_empty and not self._has_defaulter(cover):
            cover.resume(self._now)
            self._suspensions += [each for each in cover.suspensions.all() if each.ends_at is None]
            self._told += told_insurers(cover, CoverResumed, lambda share: {})
            self._rate_now(cover)

    def _has_defaulter(self, cover: Cover) -> bool:
        return any(share.provider_id in self._defaulters for share in cover.shares.all())

    def _due_next(self, cover: Cover) -> datetime:
        assert cover.ends_at is not None
        due_at = min(_midnight_after(self._now), self._levels.next_fall(cover) or cover.ends_at)
        return min(due_at, cover.premium.stands_until(cover.ends_at)) if cover.state == CoverState.ACTIVE else due_at

    def _rate_now(self, cover: Cover) -> None:
        """Rate it from now on as it stands now, whatever it was rated at this instant before."""
        known = self._rates[cover.premium.id]
        if known[-1].starts_at == self._now:
            self._added.remove((cover, known.pop()))
        self._add_rate(cover, self._now)

    def _pay_accrued(self, cover: Cover) -> Decimal:
        """Pay what has accrued, as far as it is there; what is lacking."""
        owed = _accrued(cover, self._rates[cover.premium.id], self._now)
        due = max(difference(owed, cover.premium.charged), ZERO)
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
        newest = self._rates[cover.premium.id][-1]
        last = newest.starts_at
        found = {began_at for began_at, _ in self._regimes[cover.venue_id].changes}
        for share in cover.shares.all():
            for rating in self._ratings[share.provider_id]:
                found |= {rating.created_at, rating.expires_at}
        found |= self._levels.notices_over(cover, changed=any(last < each < until for each in found))
        midnight = _midnight_after(last)
        while midnight <= until:
            found.add(midnight)
            midnight += DAY
        found |= {each.starts_at for each in cover.suspensions.all()}
        if cover.exhausted_at is not None:
            found.add(cover.exhausted_at)
        if (newest.regime, newest.bucket) != self._inputs_at(cover, last):  # what is known of then is another since
            found.add(self._now)
        return sorted(each for each in found if last < each < until or last < each == until == self._now)

    def _add_rate(self, cover: Cover, at: datetime) -> None:
        premium, terms, known = cover.premium, cover.premium.terms, self._rates[cover.premium.id]
        name, bucket = self._inputs_at(cover, at)
        is_suspended = cover.state == CoverState.SUSPENDED if at == self._now else cover.is_suspended_at(at)
        self._levels.note(cover, at, name, bucket)
        day_before = [row.rate_bps for row in known if row.starts_at <= at - DAY]
        row = CoverRate(
            premium=premium,
            starts_at=at,
            known_at=self._now,
            rate_bps=rate(
                terms.tariff,
                regime=terms.by_regime[name],
                rating=terms.by_rating[bucket],
                used=ZERO,
                aggregate=cover.aggregate,
                day_before=day_before[-1] if day_before else None,
            ),
            limit=ZERO if is_suspended or cover.is_exhausted_at(at) else self._levels.limit_of(cover),
            regime=name,
            regime_factor=terms.by_regime[name],
            bucket=bucket,
            rating_factor=terms.by_rating[bucket],
        )
        known.append(row)
        self._added.append((cover, row))

    def _inputs_at(self, cover: Cover, at: datetime) -> tuple[str, str]:
        """The regime and the worst rating, as they are known by now."""
        return self._regimes[cover.venue_id].at(at), max(self._bucket_of(share, at) for share in cover.shares.all())

    def _bucket_of(self, share: CoverShare, at: datetime) -> str:
        newest = [rating for rating in self._ratings[share.provider_id] if rating.created_at <= at][-1:]
        return next((rating.bucket for rating in newest if at < rating.expires_at), BUCKETS[-1])

    def _tell_low(self, cover: Cover) -> None:
        assert cover.ends_at is not None
        left = self._journal.free(cover.premium.account_id)
        last = self._rates[cover.premium.id][-1]
        lasting = [Stretch(self._now, last.rate_bps, last.limit)]
        if left < accrued(lasting, self._now + TOLD_BEFORE, cover.asset.scale):
            ends_at = cover.premium.stands_until(cover.ends_at)
            is_empty = cover.premium.empty_at is not None
            said = {"asset": cover.asset.code, "left": left, "is_empty": is_empty, "ends_at": ends_at}
            self._told += told_insurers(cover, PremiumLow, lambda share: said)


def _accrued(cover: Cover, rates: Iterable[CoverRate], now: datetime) -> Decimal:
    until, ended = (now, False) if cover.ends_at is None or now < cover.ends_at else (cover.ends_at, True)
    return accrued([row.stretch for row in rates], until, cover.asset.scale, ended=ended)


def _rated(cover: Cover, row: CoverRate) -> list[DomainEvent]:
    said = {"starts_at": row.starts_at, "rate_bps": row.rate_bps, "limit": row.limit}
    said |= {"regime": row.regime, "bucket": row.bucket}
    return told_insurers(cover, PremiumRated, lambda share: said)


def _charged(cover: Cover, share: CoverShare, amount: Decimal) -> PremiumCharged:
    whose = {"venue_id": cover.venue_id, "subject_id": cover.id, "provider_id": share.provider_id}
    return PremiumCharged(**whose, asset=cover.asset.code, amount=amount)


def _midnight_after(instant: datetime) -> datetime:
    day = instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + DAY
