"""Loss events at intake: which one a book joins, or that it opens one. One intake a venue at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from accounts.events import LossEventOpened
from accounts.lifecycle import IN_FORCE
from accounts.models import Contribution, CoverShare, Guarantee, LossEvent, LossEventKind, LossPlan, Provider
from accounts.queries import get_loss_plan, list_firms, load_clusters, sum_contributed
from accounts.rules.clusters import Clusters
from accounts.rules.sharing.plans import asks_covers, asks_the_obliged
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction


@dataclass(frozen=True, slots=True)
class LossTerms:
    """How long books join an event, and after how long it is final in any case."""

    hours_clause: timedelta
    longest: timedelta


@dataclass
class LossDesk:
    """The events of a venue that take books at `now`, each those of its account, or of the groups that were its cluster
    as it opened."""

    venue_id: UUID
    now: datetime
    _taking: list[LossEvent]
    _clusters: Clusters[UUID]
    _plan: LossPlan | None
    _opened: list[LossEvent] = field(default_factory=list)

    def event_for(self, group_id: UUID | None, account: str, terms: LossTerms) -> LossEvent:
        """What a book of this owner's group or, without one, of this account joins: a provider's default before any
        other; with neither an event of its own."""
        for event in self._taking if group_id or account else ():
            if event.is_of(group_id, account):
                return event
        groups = sorted(self._clusters.members(group_id)) if group_id else []
        event = LossEvent(
            venue_id=self.venue_id,
            kind=LossEventKind.ACCOUNT,
            cluster_id=min(groups, default=None),
            account="" if group_id else account,
            groups=groups,
            opened_at=self.now,
            hours_clause_seconds=int(terms.hours_clause.total_seconds()),
            plan=self._plan,
            takes_until=self.now + terms.hours_clause,
            final_by=self.now + terms.longest,
        )
        self._opened.append(event)
        self._taking.append(event)
        return event

    @requires_transaction
    def write(self) -> None:
        """Write the events that were opened, before the books that join them."""
        open_events(self._opened)


def open_losses(venue_id: UUID, now: datetime) -> LossDesk:
    """The venue's events, whose intake is locked; a provider's own first, then the oldest."""
    under_way = LossEvent.under_way()
    taking = under_way.filter(venue=venue_id, opened_at__lte=now, takes_until__gt=now)
    rows = sorted(taking, key=lambda event: (event.kind != LossEventKind.PROVIDER, event.opened_at))
    return LossDesk(venue_id, now, rows, load_clusters([venue_id]), get_loss_plan(venue_id))


@requires_transaction
def put_off_losses(since: Mapping[UUID, datetime], now: datetime) -> None:
    """Let the events of these venues that were not final yet at an instant be so as much later as has passed since
    then: their books have that time too."""
    rows = LossEvent.under_way().filter(venue__in=since)
    late = [event for event in lock_rows(Lock.LOSS_EVENT_ROW, rows) if event.final_by > since[event.venue_id]]
    for event in late:
        event.put_off(since[event.venue_id], now)
    save_changes(late)


@requires_transaction
def open_events(events: Sequence[LossEvent]) -> None:
    """Write these new events of one venue with the providers of their groups, and tell of them; where their plan asks
    covers, with the clusters of who insures, and where it asks for something of who stands behind the venue, with who
    does now. The intake is locked, so that no contribution leaves meanwhile."""
    of_groups = _providers_of({group for event in events for group in event.groups})
    for event in events:
        event.providers = sorted(chain.from_iterable(of_groups[group] for group in event.groups))
    covered = [event for event in events if asks_covers(event.planned.layers)]
    if covered:
        insurers = _insurers_of(covered[0].venue_id)
        for event in covered:
            event.insurers = insurers
    asking = [event for event in events if asks_the_obliged(event.planned.layers)]
    if asking:
        guarantee = _stand_behind(asking[0].venue_id)
        for event in asking:
            event.guarantee = guarantee
    LossEvent.objects.bulk_create(events)
    record_events([_opened(event) for event in events])


def _providers_of(groups: Collection[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    of_groups: dict[UUID, list[UUID]] = {group: [] for group in groups}
    rows = Provider.objects.filter(group__in=groups).values_list("group", "id") if groups else ()
    for group_id, provider_id in rows:
        of_groups[group_id].append(provider_id)
    return of_groups


def _insurers_of(venue_id: UUID) -> list[list[str]]:
    """The clusters of who insures something, each told by its providers."""
    shares = CoverShare.objects.filter(cover__venue=venue_id, cover__state__in=IN_FORCE)
    insuring = set(shares.values_list("provider__group", flat=True))
    firms = list_firms(venue_id, insuring) if insuring else ()
    return sorted(sorted(map(str, firm)) for firm in firms)


def _stand_behind(venue_id: UUID) -> Guarantee | None:
    """The guarantee of a venue as it is now, written where it is another than the newest; None: nobody contributes."""
    contributed = sum_contributed(venue_id)
    if not contributed:
        return None
    newest = Guarantee.objects.filter(venue=venue_id).order_by("-version").first()
    stood = newest.contributions.values_list("asset", "provider", "amount") if newest else ()
    if newest and contributed == {(asset_id, provider_id): amount for asset_id, provider_id, amount in stood}:
        return newest
    guarantee = Guarantee.objects.create(venue_id=venue_id, version=newest.version + 1 if newest else 1)
    Contribution.objects.bulk_create(
        [
            Contribution(guarantee=guarantee, asset_id=asset_id, provider_id=provider_id, amount=amount)
            for (asset_id, provider_id), amount in contributed.items()
        ]
    )
    return guarantee


def _opened(event: LossEvent) -> LossEventOpened:
    return LossEventOpened(
        venue_id=event.venue_id,
        subject_id=event.id,
        loss=event.kind,
        cluster=event.cluster_id,
        account=event.account,
        groups=event.groups,
        takes_until=event.takes_until,
        final_by=event.final_by,
    )
