"""Coverage levels: what of their limits covers stand for, and what their insurers have held for that.

Guarantees that a limit falls once its cover's notice is over, for loss events that open later, and rises only with all
that its insurers have to hold for it. Covers are locked, their venues for losses, and no loss event opens meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from accounts.desks.covers import told_insurers
from accounts.desks.journal import Journal
from accounts.desks.pledges import Pledges, most_paid
from accounts.events import CoverLimitFalling, CoverLimitMoved
from accounts.models import Cover, CoveredLimit, CoverRate
from accounts.queries import NO_CLAIMS, ClaimSums, list_open_limits, sum_claims
from accounts.rules.sharing.covers import pledge_of
from accounts.rules.sharing.levels import AskedLimit, most_asked, moves_of, next_fall
from backstop.events import DomainEvent
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference


class LevelDesk:
    """Those of these covers whose limits move, or whose insurers lack something; `rates` are what they were rated by so
    far, by premium. What is held for them goes into the journal that `count_in` names, which holds their insurers'
    collateral."""

    def __init__(self, covers: Sequence[Cover], rates: Mapping[UUID, Sequence[CoverRate]], now: datetime) -> None:
        self._now = now
        self._covers = {cover.id: cover for cover in covers if cover.levels is not None}
        self._asked = {
            cover.id: [
                _asked(cover, row.starts_at, row.told_at, row.regime, row.bucket)
                for row in rates.get(cover.premium.id, ())
            ]
            for cover in self._covers.values()
        }
        self._limits = {cover.id: cover.limit_at(now) for cover in self._covers.values()}
        lacking = [cover for cover in covers if cover.is_lacking]
        self._pledged = {cover.id: cover for cover in (*self._covers.values(), *lacking)}
        self._pledges = Pledges(list(self._pledged.values()), ())
        self._added: list[CoveredLimit] = []
        self._leveled = False
        self._told: list[DomainEvent] = []

    def count_in(self, journal: Journal) -> None:
        """Decide by this journal."""
        self._pledges.count_in(journal)

    def limit_of(self, cover: Cover) -> Decimal:
        """What it covers by now of an event to come."""
        return self._limits.get(cover.id, cover.limit)

    def note(self, cover: Cover, at: datetime, regime: str, bucket: str) -> None:
        """From that instant on, after all that is known, the regime and the worst rating are these: where less was
        told of a whole notice before, it falls. As it begins it covers what they ask for."""
        if cover.id not in self._covers:
            return
        asked, now_asked = self._asked[cover.id], _asked(cover, at, self._now, regime, bucket)
        before = asked[-1].limit if asked else None
        if asked and asked[-1].since == at:
            asked.pop()
        asked.append(now_asked)
        if before is None:
            self._move(cover, at, now_asked)
            return
        most = most_asked(asked, at, _notice(cover))
        if most.limit < self.limit_of(cover):
            self._move(cover, at, most)
            self._level(cover)
        if now_asked.limit < min(before, self.limit_of(cover)):
            self._tell_falling(cover, now_asked)

    def rise(self, cover: Cover) -> bool:
        """Cover all that is asked for now, where that is more than it does, once insurers have it; whether it does."""
        if cover.id not in self._covers:
            return False
        asked = self._asked[cover.id][-1]
        rises = asked.limit > self.limit_of(cover)
        needed = self._needed(cover, asked.limit) if rises else {}
        rises = rises and all(self._pledges.has(share) >= needed[share.provider_id] for share in cover.shares.all())
        for share in cover.shares.all():
            lacking = difference(needed.get(share.provider_id, ZERO), share.held)
            share.wanted = ZERO if rises else max(lacking, ZERO)
        if rises:
            self._move(cover, self._now, asked)
            self._level(cover)
        return rises

    def fill(self, cover: Cover) -> None:
        """Have held what its insurers lack, as far as they have it by now."""
        if cover.is_lacking:
            self._level(cover)

    def notices_over(self, cover: Cover, *, changed: bool) -> set[datetime]:
        """When notices of what was asked for are over; where it `changed`, of what is told now too."""
        if cover.id not in self._covers:
            return set()
        told = [*moves_of(self._asked[cover.id]), *([self._now] if changed else [])]
        return {at + _notice(cover) for at in told}

    def next_fall(self, cover: Cover) -> datetime | None:
        """When it falls next by what is asked for now."""
        if cover.id not in self._covers:
            return None
        return next_fall(self.limit_of(cover), self._asked[cover.id], self._now, _notice(cover))

    @requires_transaction
    def write(self) -> None:
        """Write how limits moved, and what is held by that; the journal is written after."""
        CoveredLimit.objects.bulk_create(self._added)
        record_events([*self._told, *(self._pledges.write() if self._leveled else ())])

    def _move(self, cover: Cover, at: datetime, asked: AskedLimit) -> None:
        assert cover.levels is not None
        before = self.limit_of(cover) if self._asked[cover.id][1:] else ZERO
        level = cover.levels[asked.regime][asked.bucket]
        made = {"limit": asked.limit, "level": level, "regime": asked.regime, "bucket": asked.bucket, "starts_at": at}
        self._added.append(CoveredLimit(cover=cover, known_at=self._now, **made))
        self._limits[cover.id] = asked.limit
        said = {**made, "asset": cover.asset.code, "before": before}
        self._told += told_insurers(cover, CoverLimitMoved, lambda share: said)

    def _level(self, cover: Cover) -> None:
        self._pledges.level(cover, self._most_paid(cover, self.limit_of(cover)))
        self._leveled = True

    def _tell_falling(self, cover: Cover, asked: AskedLimit) -> None:
        said = {"asset": cover.asset.code, "limit": asked.limit, "falls_at": asked.told_at + _notice(cover)}
        said |= {"regime": asked.regime, "bucket": asked.bucket}
        self._told += told_insurers(cover, CoverLimitFalling, lambda share: said)

    def _needed(self, cover: Cover, limit: Decimal) -> dict[UUID, Decimal]:
        """What each insurer has to have held for it at that limit."""
        most, scale = self._most_paid(cover, limit), cover.asset.scale
        return {
            share.provider_id: pledge_of(most, share.parts, cover.funding_rate, scale) for share in cover.shares.all()
        }

    def _most_paid(self, cover: Cover, limit: Decimal) -> Decimal:
        """What it may have to pay yet: of an event at that limit or at that of one that is open, and of claims."""
        return most_paid(cover, limit, self._open_limits, self._claimed.get(cover.id, NO_CLAIMS))

    @cached_property
    def _open_limits(self) -> dict[UUID, Decimal]:
        return list_open_limits(self._covers.values())

    @cached_property
    def _claimed(self) -> dict[UUID, ClaimSums]:
        return sum_claims(self._pledged, but_of=())


def _asked(cover: Cover, since: datetime, told_at: datetime, regime: str, bucket: str) -> AskedLimit:
    return AskedLimit(since, told_at, cover.asked_limit(regime, bucket), regime, bucket)


def _notice(cover: Cover) -> timedelta:
    return timedelta(seconds=cover.notice_seconds)
