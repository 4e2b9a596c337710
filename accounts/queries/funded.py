"""What insurers have held for what covers may have to pay yet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import Subquery

from accounts.lifecycle import CLAIM, IN_FORCE
from accounts.models import Claim, Cover, LossEvent
from accounts.queries.claims import NO_CLAIMS, ClaimSums, sum_claims
from accounts.queries.covers import asking_covers
from accounts.rules.sharing.contracts import Trigger
from accounts.rules.sharing.covers import funded_of, pledge_of
from backstop.values.amounts import ZERO, difference, total


def sum_funded(
    event_ids: Collection[UUID], reach: Decimal, drawn: Mapping[UUID, Mapping[UUID, Decimal]]
) -> dict[tuple[UUID, UUID], Decimal]:
    """What insurers have held for what covers may have to pay yet of these loss events, by event and asset: beside what
    is claimed already, and what older events may take of it. Those that cost nothing more take what was `drawn` of it,
    by event and asset. An event that is final is paid nothing, and a cover counts only where so much more than `reach`
    as it has funded would be above its attachment: beyond that it pays nothing of what it let be spent."""
    asked = LossEvent.under_way().filter(id__in=event_ids)
    venues, newest = asked.values("venue"), asked.order_by("-opened_at").values("opened_at")[:1]
    in_force = Cover.objects.filter(venue__in=venues, state__in=IN_FORCE, triggers__contains=[Trigger.SHORTFALL.value])
    rows_of = in_force.select_related("asset").prefetch_related("shares", "suspensions", "covered_limits")
    covers = list(rows_of.order_by("attachment", "created_at"))
    if not covers:
        return {}
    rows = LossEvent.under_way().filter(venue__in=venues, opened_at__lte=Subquery(newest))
    rows = rows.exclude(id__in=[event_id for event_id, by_asset in drawn.items() if not any(by_asset.values())])
    rows = rows.select_related("plan").prefetch_related("plan__layers")
    events = sorted(asking_covers(rows), key=lambda event: (event.opened_at, event.id))
    sums = sum_claims([cover.id for cover in covers], but_of=())
    claims = Claim.objects.filter(cover__in=covers, loss_event__in=events)
    counted = {(cover, event): amount for cover, event, amount in claims.values_list("cover", "loss_event", "counted")}
    funded: defaultdict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    left = {event_id: {**by_asset} for event_id, by_asset in drawn.items()}
    for cover in covers:
        for event_id, amount in _funded(cover, events, counted, sums.get(cover.id, NO_CLAIMS), left):
            if event_id in event_ids and total([reach, amount]) > cover.attachment:
                funded[event_id, cover.asset_id] = total([funded[event_id, cover.asset_id], amount])
    return funded


def sum_held_for_claims(event_ids: Collection[UUID]) -> defaultdict[tuple[UUID, UUID], Decimal]:
    """What insurers have held for what is open of the claims of these loss events, by event and asset: what each has
    held of a cover counts once, for the older claim first."""
    under_way = Claim.objects.filter(state__in=CLAIM.under_way)
    beside = under_way.filter(cover__in=under_way.filter(loss_event__in=event_ids).values("cover"))
    rows = beside.select_related("cover__asset").prefetch_related("cover__shares").order_by("created_at", "loss_event")
    left: dict[UUID, Decimal] = {}
    sums: defaultdict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for claim in rows:
        cover = claim.cover
        key = claim.loss_event_id, cover.asset_id
        for share in cover.shares.all():
            held = left.get(share.id, share.held)
            given = funded_of(held, claim.open, cover.undrawn, share.parts, cover.funding_rate, cover.asset.scale)
            left[share.id] = difference(held, given)
            sums[key] = total([sums[key], given])
    return sums


def _funded(
    cover: Cover,
    events: Iterable[LossEvent],
    counted: Mapping[tuple[UUID, UUID], Decimal],
    claims: ClaimSums,
    drawn: Mapping[UUID, dict[UUID, Decimal]],
) -> Iterator[tuple[UUID, Decimal]]:
    """Of each of the events that it stands for, the oldest first, until nothing is left: its money counts once, for the
    older as far as that may take it, or has `drawn` of it, which is counted down."""
    shares, rate, scale = cover.shares.all(), cover.funding_rate, cover.asset.scale
    beside = total([claims.open, cover.undrawn])
    free = {share.id: difference(share.held, pledge_of(beside, share.parts, rate, scale)) for share in shares}
    for event in events:
        if max(free.values()) <= 0:
            return
        claimed = counted.get((cover.id, event.id))
        if claimed is None and not cover.stands_for(event):
            continue
        limit = difference(cover.limit_at(event.opened_at), claimed or ZERO)
        most, given = cover.terms_at(limit, claims.used).most_paid(), ZERO
        for share in shares:
            own = funded_of(free[share.id], most, ZERO, share.parts, rate, scale)
            if event.id in drawn:
                left = drawn[event.id].get(cover.asset_id, ZERO)
                own = min(own, left)
                drawn[event.id][cover.asset_id] = difference(left, own)
            free[share.id] = difference(free[share.id], own)
            given = total([given, own])
        yield event.id, given
