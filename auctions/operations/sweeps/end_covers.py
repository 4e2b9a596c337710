"""Covers go on by time alone: unsigned they lapse, once claims have used them up they are exhausted, after their term
or notice, or suspended for too long, they run off, and they end with the last loss event that they stand for; what is
held for one is its insurers' own again then, what they would lend of it as soon as nothing may be drawn any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.concentration import tell_concentrated
from accounts.desks.covers import PledgeDesk, lock_covers, told_insurers
from accounts.desks.loss_locks import lock_losses
from accounts.desks.repos import RepoDesk
from accounts.events import CoverEnded, CoverExhausted, CoverInRunoff
from accounts.lifecycle import UNENDED, UNSIGNED, CoverState
from accounts.models import Cover
from accounts.queries import find_used_up, find_waiting
from auctions.queries import get_max_cluster_parts
from backstop import clock
from backstop.events import DomainEvent
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO


@operation
def end_covers(*, ids: Sequence[UUID]) -> int:
    """Move those of these covers on that have somewhere to go; how many there were."""
    rows = Cover.objects.filter(id__in=ids)
    lending = rows.filter(repo_limit__isnull=False)
    lock_losses(list(lending.values_list("venue_id", flat=True)))  # nothing of what is held for these is claimed
    lock(Lock.INTAKE, list(rows.values_list("venue_id", flat=True)))  # no event opens
    covers = lock_covers(ids)
    now = clock.now()
    waiting = find_waiting(rows)
    used_up = set(find_used_up(rows).values_list("id", flat=True))
    lapsed = [cover for cover in covers if cover.state in UNSIGNED and now >= cover.lapses_at]
    over = [cover for cover in covers if cover.state in UNENDED and _is_over(cover, now)]
    told: list[DomainEvent] = []
    for cover in over:
        cover.run_off(now)
        told += told_insurers(cover, CoverInRunoff, lambda share: {})
    exhausted = [cover for cover in covers if cover.state == CoverState.ACTIVE and cover.id in used_up]
    for cover in exhausted:
        cover.move_to(CoverState.EXHAUSTED, now)
        told += _told_of_use(cover)
    ended = [cover for cover in covers if cover.state == CoverState.RUNOFF and cover.id not in waiting]
    lines = [cover for cover in (*over, *exhausted) if cover.repo_limit is not None and cover not in ended]
    pledges, repos = PledgeDesk([*ended, *lines]), RepoDesk(lines, [], now)
    repos.count_in(pledges.journal)
    repos.end_lines()
    for cover in [*lapsed, *ended]:
        cover.move_to(CoverState.ENDED, now)
        told += _told_of_end(cover, pledges.release(cover))
    moved = {cover.id: cover for cover in (*lapsed, *over, *exhausted, *ended)}
    save_changes(moved.values())
    record_events(told)
    repos.write()
    pledges.write()
    for venue_id in sorted({cover.venue_id for cover in over}):
        tell_concentrated(venue_id, get_max_cluster_parts(venue_id))
    return len(moved)


def _is_over(cover: Cover, now: datetime) -> bool:
    assert cover.ends_at is not None
    return now >= min(cover.ends_at, cover.suspended_until or cover.ends_at)


def _told_of_use(cover: Cover) -> list[DomainEvent]:
    said = {"asset": cover.asset.code, "aggregate": cover.aggregate}
    return told_insurers(cover, CoverExhausted, lambda share: said)


def _told_of_end(cover: Cover, released: Mapping[UUID, Decimal]) -> list[DomainEvent]:
    asset = cover.asset.code
    if cover.offered_at is None:
        of_venue = CoverEnded(
            venue_id=cover.venue_id, subject_id=cover.id, provider_id=None, asset=asset, released=ZERO
        )
        return [of_venue]
    return told_insurers(cover, CoverEnded, lambda share: {"asset": asset, "released": released[share.provider_id]})
