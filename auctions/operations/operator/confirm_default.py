"""A provider's default is confirmed by a second person: in one piece it is out of everything that is under way.

Its awards that are not settled fail by its fault, its bids are void, its commitments, its covers and itself suspended,
its keys only read. What is held of its money for others stays held. The venue sends its book, and what that costs is
one event.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.desks.approvals import names_behind, names_of_deciders
from accounts.desks.commitments import record_commitment
from accounts.desks.defaults import event_of_default, lock_default, require_another
from accounts.desks.keys import narrow_keys
from accounts.desks.losses import open_events
from accounts.desks.people import lock_provider, save_provider
from accounts.desks.suspended_covers import suspend_covers
from accounts.events import CommitmentSuspended, DefaultConfirmed
from accounts.lifecycle import CommitmentState, DefaultState
from accounts.models import Commitment, LossEvent, LossEventKind, Provider, ProviderDefault
from accounts.queries import get_loss_plan, load_clusters
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from auctions.desks.settlements import fail_settlements, with_award
from auctions.lifecycle import SETTLEMENT
from auctions.models import AtFault, Book, Settlement
from auctions.queries import get_latest_playbook
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.database import Overtaken
from backstop.locks import Lock, lock, lock_rows
from backstop.models.base import save_changes
from backstop.queries import get_venue_terms
from backstop.record import record_events
from backstop.transactions import current_actor, operation

IN_DEFAULT = "its provider is in default"


@operation
def confirm_default(*, provider: Provider) -> ProviderDefault:
    """Confirm what another person declared; confirming twice confirms once.

    Raises `person_unknown`, `approval_same_person`, `default_not_declared` (or lapsed), `playbook_missing`.
    """
    lock(Lock.BREAKER, [provider.venue_id])
    lock(Lock.INTAKE, [provider.venue_id])  # no contribution leaves meanwhile
    locked = lock_rows(Lock.BOOK_ROW, Book.objects.filter(id__in=_under_way(provider).values("book")))
    participants = ParticipantDesk.of_default(provider)
    lock(Lock.TAKER, [provider.id])  # whoever takes for it waits, and finds it suspended
    settlements = list(with_award(_under_way(provider)))
    if not {settlement.book_id for settlement in settlements} <= {book.id for book in locked}:
        raise Overtaken("it was awarded something meanwhile")
    commitments = lock_rows(Lock.COMMITMENT_ROW, Commitment.objects.filter(provider=provider))
    provider = lock_provider(provider)
    default = lock_default(provider)
    now = clock.now()
    if default is None or (default.state == DefaultState.DECLARED and now >= default.confirm_by):
        raise AccountRefusal.DEFAULT_NOT_DECLARED.error()
    require_another(default)
    if default.state != DefaultState.DECLARED:
        return default
    default.confirm(current_actor(), _open_loss(provider, now), now)
    _suspend(provider, commitments, now)
    suspend_covers(provider, IN_DEFAULT, now)
    narrow_keys(provider)
    save_changes([default])
    said = {"book_by": default.book_by, "loss_event": default.loss_event_id}
    record_events([event_of_default(default, DefaultConfirmed, **said)])
    for settlement in settlements:
        settlement.reject(IN_DEFAULT, AtFault.PROVIDER, now)
    fail_settlements(settlements, now, participants, names_of_deciders() | names_behind(default.declared_by))
    return default


def _under_way(provider: Provider) -> QuerySet[Settlement]:
    """What has to fail: all but what a drill settles by itself, since nothing changes hands there."""
    own = Settlement.objects.filter(award__provider=provider, book__asset__shadow_of=None)
    return own.filter(state__in=SETTLEMENT.under_way)


def _open_loss(provider: Provider, now: datetime) -> LossEvent:
    playbook = get_latest_playbook(provider.venue_id)
    if playbook is None:
        raise AuctionRefusal.PLAYBOOK_MISSING.error()
    book_seconds = get_venue_terms(provider.venue, now).default_book_seconds
    clusters = load_clusters([provider.venue_id])
    groups = sorted(clusters.members(provider.group_id))
    takes_until = now + timedelta(seconds=book_seconds)
    event = LossEvent(
        venue_id=provider.venue_id,
        kind=LossEventKind.PROVIDER,
        cluster_id=groups[0],
        groups=groups,
        opened_at=now,
        hours_clause_seconds=playbook.hours_clause_seconds,
        plan=get_loss_plan(provider.venue_id),
        takes_until=takes_until,
        final_by=max(takes_until, now + timedelta(seconds=playbook.max_event_seconds)),
    )
    open_events([event])
    return event


def _suspend(provider: Provider, commitments: Sequence[Commitment], now: datetime) -> None:
    provider.suspend(IN_DEFAULT, now, bids_stand=False)
    save_provider(provider)
    stood = [each for each in commitments if each.state != CommitmentState.SUSPENDED]
    for commitment in stood:
        commitment.suspend(IN_DEFAULT, now)
    save_changes(stood)
    for commitment in stood:
        record_commitment(commitment, CommitmentSuspended, reason=IN_DEFAULT)
