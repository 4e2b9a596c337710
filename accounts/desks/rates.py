"""Rates of covers: from which instants on another is in force, and what makes it, as it is known by now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Max

from accounts.models import Cover, CoverRate, CoverShare, CoverUse, ProviderRating
from accounts.rules.sharing.contracts import BUCKETS
from accounts.rules.sharing.premiums import RegimeHistory, Stretch, accrued, rate
from accounts.rules.sharing.repos import undrawn
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference

DAY = timedelta(days=1)


def rated_since(covers: Iterable[Cover], now: datetime) -> datetime:
    """Since when one of these covers was not rated anew."""
    rated = CoverRate.objects.filter(premium__cover__in=[cover.id for cover in covers]).values("premium")
    return min(rated.annotate(newest=Max("starts_at")).values_list("newest", flat=True), default=now)


@requires_transaction
def note_uses(used: Mapping[UUID, Decimal], now: datetime) -> None:
    """From now on claims use so much of the aggregates of these covers, of which nobody else notes any."""
    rows = CoverUse.objects.filter(cover__in=used).order_by("cover", "-number").distinct("cover")
    newest = {row.cover_id: row for row in rows}
    CoverUse.objects.bulk_create(
        CoverUse(cover_id=cover_id, number=before.number + 1 if before else 1, since=now, used=amount)
        for cover_id, before, amount in ((cover_id, newest.get(cover_id), amount) for cover_id, amount in used.items())
        if amount != (before.used if before else ZERO)
    )


class Rates:
    """By which rates these covers are paid, the `known` by premium in their order; `regimes` are their venues'."""

    def __init__(self, covers: Sequence[Cover], regimes: Mapping[UUID, RegimeHistory], now: datetime) -> None:
        self._regimes, self._now = regimes, now
        self.known: defaultdict[UUID, list[CoverRate]] = defaultdict(list)
        rows = CoverRate.objects.filter(premium__in=[cover.premium for cover in covers])
        for row in rows.order_by("starts_at"):
            self.known[row.premium_id].append(row)
        self._uses: defaultdict[UUID, list[CoverUse]] = defaultdict(list)
        for use in CoverUse.objects.filter(cover__in=[cover.id for cover in covers]).order_by("number"):
            self._uses[use.cover_id].append(use)
        providers = {share.provider_id for cover in covers for share in cover.shares.all()}
        self._ratings: defaultdict[UUID, list[ProviderRating]] = defaultdict(list)
        for rating in ProviderRating.objects.filter(provider__in=providers).order_by("created_at"):
            self._ratings[rating.provider_id].append(rating)

    def uncharged(self, cover: Cover) -> Decimal:
        """What has accrued by now, rated anew, and is not charged: for its limit then, unless it was suspended or
        exhausted."""
        for instant in self.instants(cover, self._until(cover)) if self.known[cover.premium.id] else ():
            rests = cover.is_suspended_at(instant) or cover.is_exhausted_at(instant)
            self.add(cover, instant, ZERO if rests else cover.limit_at(instant))
        return self.due(cover)

    def due(self, cover: Cover) -> Decimal:
        """What it has cost by now, or by its end, by the rates that are known, and is not charged."""
        until = self._until(cover)
        stretches = [row.stretch for row in self.known[cover.premium.id]]
        cost = accrued(stretches, until, cover.asset.scale, fee=_undrawn(cover), ended=until == cover.ends_at)
        return max(difference(cost, cover.premium.charged), ZERO)

    def changes(self, cover: Cover) -> set[datetime]:
        """When the regime of a market or the rating of an insurer was another than before."""
        ratings = [rating for share in cover.shares.all() for rating in self._ratings[share.provider_id]]
        found = {began_at for began_at, _ in self._regimes[cover.venue_id].changes}
        return found | {at for rating in ratings for at in (rating.created_at, rating.expires_at)}

    def instants(self, cover: Cover, until: datetime, more: Collection[datetime] = ()) -> list[datetime]:
        """Until then, from when on it is to be rated anew: because something of it changed, or a day began, or for
        `more`."""
        newest = self.known[cover.premium.id][-1]
        last = newest.starts_at
        found = {*self.changes(cover), *more, *(each.starts_at for each in cover.suspensions.all())}
        found |= {use.since for use in self._uses[cover.id]}
        midnight = midnight_after(last)
        while midnight <= until:
            found.add(midnight)
            midnight += DAY
        if cover.exhausted_at is not None:
            found.add(cover.exhausted_at)
        known = (*self.inputs_at(cover, last), self._used_at(cover, last))
        if (newest.regime, newest.bucket, newest.used) != known:  # what is known of then is another since
            found.add(self._now)
        return sorted(each for each in found if last < each < until or last < each == until == self._now)

    def inputs_at(self, cover: Cover, at: datetime) -> tuple[str, str]:
        """The worst regime and the worst rating then."""
        return self._regimes[cover.venue_id].at(at), max(self._bucket_of(share, at) for share in cover.shares.all())

    def add(self, cover: Cover, at: datetime, limit: Decimal) -> CoverRate:
        """Rate it anew from then on, for this limit or what is left of its aggregate, where that is less."""
        premium, terms, known = cover.premium, cover.premium.terms, self.known[cover.premium.id]
        regime, bucket = self.inputs_at(cover, at)
        used = self._used_at(cover, at)
        day_before = [row.rate_bps for row in known if row.starts_at <= at - DAY]
        row = CoverRate(
            premium=premium,
            starts_at=at,
            known_at=self._now,
            rate_bps=rate(
                terms.tariff,
                regime=terms.by_regime[regime],
                rating=terms.by_rating[bucket],
                used=used,
                aggregate=cover.aggregate,
                day_before=day_before[-1] if day_before else None,
            ),
            limit=min(limit, difference(cover.aggregate, used)),
            used=used,
            regime=regime,
            regime_factor=terms.by_regime[regime],
            bucket=bucket,
            rating_factor=terms.by_rating[bucket],
        )
        known.append(row)
        return row

    def _used_at(self, cover: Cover, at: datetime) -> Decimal:
        return next((use.used for use in reversed(self._uses[cover.id]) if use.since <= at), ZERO)

    def _until(self, cover: Cover) -> datetime:
        return self._now if cover.ends_at is None else min(self._now, cover.ends_at)

    def _bucket_of(self, share: CoverShare, at: datetime) -> str:
        newest = [rating for rating in self._ratings[share.provider_id] if rating.created_at <= at][-1:]
        return next((rating.bucket for rating in newest if at < rating.expires_at), BUCKETS[-1])


def _undrawn(cover: Cover) -> list[Stretch]:
    """What of what its insurers lend was not drawn since it stands, which they are paid for beside their premium."""
    if cover.repo_limit is None or cover.repo_fee_bps is None or cover.active_at is None:
        return []
    repos = list(cover.repos.prefetch_related("repayments"))
    repaid = [each for repo in repos for each in repo.repayments.all()]
    draws = [(repo.drawn_at, repo.amount) for repo in repos]
    draws += [(each.repaid_at, each.principal.copy_negate()) for each in repaid]
    exhausted = [(cover.exhausted_at, None)] if cover.exhausted_at else []
    return undrawn(cover.repo_limit, cover.repo_fee_bps, cover.active_at, draws, [*cover.gaps, *exhausted])


def midnight_after(instant: datetime) -> datetime:
    """When the next day begins, in UTC."""
    day = instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + DAY
