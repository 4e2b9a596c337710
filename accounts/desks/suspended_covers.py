"""Covers of a provider that is in default: they stand for no later loss event, and what it has held for them stays."""

from datetime import datetime

from accounts.desks.covers import told_insurers, with_parties
from accounts.events import CoverSuspended
from accounts.lifecycle import CoverState
from accounts.models import Cover, CoverSuspension, Provider
from backstop.events import DomainEvent
from backstop.locks import Lock, lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction


@requires_transaction
def suspend_covers(provider: Provider, reason: str, now: datetime) -> None:
    """Suspend those that it insures and that stand."""
    lock(Lock.COVERS, [provider.venue_id])
    insured = Cover.objects.filter(shares__provider=provider, state=CoverState.ACTIVE).values("id")
    covers = lock_rows(Lock.COVER_ROW, with_parties().filter(id__in=insured))
    for cover in covers:
        cover.suspend(now)
    save_changes(covers)
    CoverSuspension.objects.bulk_create(CoverSuspension(cover=cover, starts_at=now) for cover in covers)
    record_events([told for cover in covers for told in told_suspended(cover, reason)])


def told_suspended(cover: Cover, reason: str) -> list[DomainEvent]:
    """That it is, to be recorded, for each of its insurers."""
    said = {"reason": reason, "until": cover.suspended_until}
    return told_insurers(cover, CoverSuspended, lambda share: said)
