"""What stands for loss events when claims are made: covers, with all there is of claims for them, whom they insure and
what their insurers owe. Nothing is decided here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import product
from uuid import UUID

from accounts.lifecycle import CLAIM, IN_FORCE
from accounts.models import Account, AccountKind, Claim, Cover, LossEvent
from accounts.queries import (
    NO_CLAIMS,
    ClaimSums,
    EdgesOfEvents,
    list_arrivals,
    list_firms,
    load_edges,
    owed_of,
    sum_claims,
)
from accounts.rules.sharing.contracts import Trigger
from accounts.rules.sharing.covers import CoverTerms
from accounts.rules.sharing.own_edges import clusters_since
from accounts.rules.sharing.plans import asks_covers
from backstop.models import Asset
from backstop.values.amounts import difference, total


class ClaimedCovers:
    """The covers that stand for these of the `events` whose plans ask covers, and their claims: each is read once."""

    def __init__(self, events: Iterable[LossEvent]) -> None:
        self.events = {event.id: event for event in events if asks_covers(event.planned.layers)}
        self._firms: dict[UUID, tuple[list[frozenset[UUID]], dict[UUID, datetime]]] = {}

    def standing_for(self, event: LossEvent, asset_id: UUID | None = None) -> list[Cover]:
        """Those that do, or have a claim of it already, by attachment; in that asset alone, or in any."""
        if event.id not in self.events or not self.by_id:
            return []
        claimed = {claim.cover_id for claim in self.claims.values() if claim.loss_event_id == event.id}
        covers = [cover for cover in self.by_id.values() if asset_id in (None, cover.asset_id)]
        return [cover for cover in covers if cover.id in claimed or cover.stands_for(event)]

    def insurers_of(self, event: LossEvent, asset: Asset) -> set[UUID]:
        """Who insures it in that asset."""
        return {share.provider_id for cover in self.standing_for(event, asset.id) for share in cover.shares.all()}

    def clusters_of(self, event: LossEvent, asset: Asset) -> list[frozenset[UUID]]:
        """The clusters of who insures it in that asset, each told by its providers: as it opened, with those that came
        since where they belong now, and of whom it did not know then as they are now."""
        insurers = self.insurers_of(event, asset)
        return clusters_since(event.insuring, insurers, *self._firms_of(event)) if insurers else []

    def of(self, cover: Cover) -> list[Claim]:
        """Its claims for these events."""
        return [claim for claim in self.claims.values() if claim.cover_id == cover.id]

    def claimed(self, cover: Cover, but: Claim | None = None) -> ClaimSums:
        """What there is of its claims, for these events and others, but for one."""
        terms, others = cover.terms_at(cover.limit), self._of_others.get(cover.id, NO_CLAIMS)
        here = [claim for claim in self.of(cover) if claim is not but]
        return ClaimSums(
            used=total([others.used, *(terms.used(claim.counted, claim.spared) for claim in here)]),
            open=total([others.open, *(claim.open for claim in here if claim.state in CLAIM.under_way)]),
        )

    def terms(self, cover: Cover, limit: Decimal, claim: Claim | None = None) -> CoverTerms:
        """What the cover pays of one event by this limit beside what others have used of its aggregate; what counts of
        this event already goes on counting, whatever others used since of what was refused of it."""
        used = self.claimed(cover, claim).used
        return cover.terms_at(limit, min(used, difference(cover.aggregate, claim.counted)) if claim else used)

    def owed(self, cover: Cover, claim: Claim, amount: Decimal) -> Mapping[UUID, Decimal]:
        """What each insurer owes of all that the cover pays, once that is so much more of this claim."""
        others = [each for each in (*self.of(cover), *self._added[cover.id]) if each is not claim]
        of_claims = [(claim, total([claim.paid, amount])), *((each, each.paid) for each in others)]
        return owed_of(cover, total([amount, *(share.paid for share in cover.shares.all())]), of_claims, self.edges)

    @cached_property
    def by_id(self) -> dict[UUID, Cover]:
        """All of the events' venues that may have something to pay, by attachment."""
        venues = {event.venue_id for event in self.events.values()}
        rows = Cover.objects.filter(venue__in=venues, state__in=IN_FORCE, triggers__contains=[Trigger.SHORTFALL.value])
        covers = rows.select_related("asset", "venue")
        covers = covers.prefetch_related("shares__provider", "suspensions", "covered_limits")
        return {cover.id: cover for cover in covers.order_by("attachment", "created_at")} if venues else {}

    @cached_property
    def claims(self) -> dict[tuple[UUID, UUID], Claim]:
        """By cover and event."""
        own = Claim.objects.filter(cover__in=self.by_id, loss_event__in=self.events)
        rows = own.select_related("cover") if self.by_id else Claim.objects.none()
        return {(claim.cover_id, claim.loss_event_id): claim for claim in rows}

    @cached_property
    def edges(self) -> EdgesOfEvents:
        """What was paid to clusters of insurers, of these events and others with claims to which that added."""
        others = {claim.loss_event_id for claims in self._added.values() for claim in claims}
        return load_edges({*self.events, *others})

    @cached_property
    def protected(self) -> dict[tuple[UUID, UUID], tuple[UUID, UUID]]:
        """By event and asset, the one of its providers that has most free of its collateral, and that; ties by id."""
        providers = {provider_id for event in self.events.values() for provider_id in event.providers}
        assets = {cover.asset_id for cover in self.by_id.values() if cover.group_id}
        rows = Account.objects.filter(kind=AccountKind.COLLATERAL, provider__in=providers, asset__in=assets)
        accounts = {(row.provider_id, row.asset_id): row for row in rows} if providers and assets else {}
        found: dict[tuple[UUID, UUID], tuple[UUID, UUID]] = {}
        for event, asset_id in product(self.events.values(), assets):
            having = [each for each in event.providers if (each, asset_id) in accounts]
            if having:
                richest = max(having, key=lambda each: accounts[each, asset_id].free)
                found[event.id, asset_id] = (richest, accounts[richest, asset_id].id)
        return found

    @cached_property
    def _of_others(self) -> dict[UUID, ClaimSums]:
        """What there is of claims for other events, by cover."""
        return sum_claims(self.by_id, self.events) if self.by_id else {}

    @cached_property
    def _added(self) -> defaultdict[UUID, list[Claim]]:
        """Claims for other events to which edges added something, by cover."""
        added: defaultdict[UUID, list[Claim]] = defaultdict(list)
        for claim in Claim.objects.filter(cover__in=self.by_id, added__gt=0).exclude(loss_event__in=self.events):
            added[claim.cover_id].append(claim)
        return added

    def _firms_of(self, event: LossEvent) -> tuple[list[frozenset[UUID]], set[UUID]]:
        """The clusters of its venue as they are now, and the providers that came since it opened."""
        if event.venue_id not in self._firms:
            self._firms[event.venue_id] = (list_firms(event.venue_id), list_arrivals(event.venue_id))
        firms, arrivals = self._firms[event.venue_id]
        return firms, {provider_id for provider_id, came_at in arrivals.items() if came_at > event.opened_at}
