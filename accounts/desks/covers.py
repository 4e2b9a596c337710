"""Covers, locked, their parties, and what insurers have held for them; covers of a venue change one at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.journal import Journal
from accounts.desks.pledges import most_paid
from accounts.lifecycle import IN_FORCE, CoverState
from accounts.models import Account, AccountKind, Cover, CoverShare, PublicKey
from accounts.queries import NO_CLAIMS, load_clusters
from accounts.rules.clusters import Clusters
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.covers import pledge_of
from accounts.rules.sharing.placing import CoverSpan
from backstop.events import DomainEvent
from backstop.locks import Lock, lock, lock_row, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference


@requires_transaction
def lock_cover(venue_id: UUID, cover_id: UUID) -> Cover:
    """The venue's cover, locked, and no other of the venue changes meanwhile. Raises `cover_unknown`."""
    lock(Lock.COVERS, [venue_id])
    cover = lock_row(Lock.COVER_ROW, with_parties().filter(id=cover_id, venue=venue_id))
    if cover is None:
        raise AccountRefusal.COVER_UNKNOWN.error()
    return cover


@requires_transaction
def lock_covers(ids: Sequence[UUID]) -> list[Cover]:
    """These covers, locked, and no other of their venues changes meanwhile."""
    lock(Lock.COVERS, list(Cover.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    return lock_rows(Lock.COVER_ROW, with_parties().filter(id__in=ids))


def with_parties() -> QuerySet[Cover]:
    """Covers with all that their contracts name."""
    covers = Cover.objects.select_related("asset", "venue", "premium")
    return covers.prefetch_related(
        "shares__provider", "signatures", "premium__factors", "suspensions", "covered_limits"
    )


def require_cover_state(cover: Cover, *states: CoverState) -> None:
    """Raises `cover_not_in_state` unless it is in one of these."""
    if cover.state not in states:
        raise AccountRefusal.COVER_NOT_IN_STATE.error(
            f"the cover is {cover.state}; for this it is to be {' or '.join(states)}"
        )


def require_share(cover: Cover, provider_id: UUID | None) -> None:
    """Raises `cover_unknown` for a provider that does not insure it, or that it was not offered to yet; the venue
    (None) is a party of each."""
    insurers = {share.provider_id for share in cover.shares.all()} if cover.offered_at else set()
    if provider_id is not None and provider_id not in insurers:
        raise AccountRefusal.COVER_UNKNOWN.error()


def find_public_key(cover: Cover, provider_id: UUID | None, text: str) -> PublicKey | None:
    """The live key of a party that this public key is registered for; None where there is none."""
    keys = PublicKey.objects.filter(key__venue=cover.venue_id, key__provider=provider_id, key__revoked_at=None)
    return keys.filter(text=text).select_related("key").first()


def spans_beside(cover: Cover, now: datetime) -> tuple[CoverSpan, list[CoverSpan]]:
    """What the cover would stand for, active from now on, and what others in force stand for."""
    clusters = load_clusters([cover.venue_id])
    rows = Cover.objects.filter(venue=cover.venue_id, asset=cover.asset, state__in=IN_FORCE).exclude(id=cover.id)
    return cover.span_from(now, clusters), [row.span(clusters) for row in rows.prefetch_related("suspensions")]


def require_apart(cover: Cover) -> None:
    """Raises `cover_of_one_cluster` where an insurer is of the protected cluster."""
    if is_of_one_cluster(cover, load_clusters([cover.venue_id])):
        raise AccountRefusal.COVER_OF_ONE_CLUSTER.error()


def is_of_one_cluster(cover: Cover, clusters: Clusters[UUID]) -> bool:
    """Whether an insurer of it is of the cluster that it protects."""
    protected = clusters.members(cover.group_id) if cover.group_id else frozenset()
    return any(share.provider.group_id in protected for share in cover.shares.all())


def pledges_of(cover: Cover, limit: Decimal) -> list[tuple[CoverShare, Decimal]]:
    """What each of its insurers has to have held as it begins to stand with this limit."""
    most = most_paid(cover, limit, {}, NO_CLAIMS)
    return [
        (share, pledge_of(most, share.parts, cover.funding_rate, cover.asset.scale)) for share in cover.shares.all()
    ]


def require_free(share: CoverShare, needed: Decimal, free: Decimal | None) -> None:
    """Raises `collateral_insufficient` where less than what is needed is held already or `free` (None: it has no
    account)."""
    if free is None or free < difference(needed, share.held):
        raise AccountRefusal.COLLATERAL_INSUFFICIENT.error(
            f"{share.provider} has less free collateral than its pledge", pointer=""
        )


class PledgeDesk:
    """The collateral of these covers' insurers, in a journal of its own: what they have held is set, and written."""

    def __init__(self, covers: Sequence[Cover]) -> None:
        self._shares = [share for cover in covers for share in cover.shares.all()]
        rows = Account.objects.filter(
            kind=AccountKind.COLLATERAL,
            provider__in={share.provider_id for share in self._shares},
            asset__in={cover.asset_id for cover in covers},
        )
        self._accounts = {(row.provider_id, row.asset_id): row.id for row in rows}
        self.journal = Journal.opened(self._accounts.values())

    def pledge(self, cover: Cover, limit: Decimal) -> None:
        """Have each insurer hold what the cover with this limit asks of it. Raises `collateral_insufficient`."""
        for share, needed in pledges_of(cover, limit):
            account = self._accounts.get((share.provider_id, cover.asset_id))
            require_free(share, needed, None if account is None else self.journal.free(account))
            assert account is not None
            self.journal.hold(account, difference(needed, share.held))
            share.held = needed

    def release(self, cover: Cover) -> dict[UUID, Decimal]:
        """Let go of all that is held for it; how much of whose."""
        released = {share.provider_id: share.held for share in cover.shares.all()}
        for share in cover.shares.all():
            if share.held:
                self.journal.release(self._accounts[share.provider_id, cover.asset_id], share.held)
                share.held = ZERO
            share.lacking = ZERO
        return released

    @requires_transaction
    def write(self) -> None:
        """Write what is held, last of all."""
        save_changes(self._shares)
        self.journal.write()


def told_insurers(
    cover: Cover, kind: Callable[..., DomainEvent], said_of: Callable[[CoverShare], Mapping[str, Any]]
) -> list[DomainEvent]:
    """What became of it, to be recorded, for each of its insurers; `said_of` is what this kind says of one."""
    return [
        kind(venue_id=cover.venue_id, subject_id=cover.id, provider_id=share.provider_id, **said_of(share))
        for share in cover.shares.all()
    ]


@requires_transaction
def record_cover(
    cover: Cover,
    kind: Callable[..., DomainEvent],
    said_of: Callable[[CoverShare], Mapping[str, Any]] = lambda share: {},
) -> None:
    """Record what became of it."""
    record_events(told_insurers(cover, kind, said_of))
