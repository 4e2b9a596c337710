"""What is paid for service, who was asked for what and answered, and who took what of books that brought a fee."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from auctions.lifecycle import DECIDED, BidState, ReadinessState, SettlementState, StepKind
from auctions.models import Auction, Award, Beneficiary, Bid, Book, FeeSchedule, Lot, Position, Readiness, Take
from auctions.rules.closing import NOT_COVERED


def list_schedules(venue_id: UUID, month: date) -> list[FeeSchedule]:
    """What the venue pays by in a month, by its first day: of each product group the newest version that is for it,
    where that pays anything."""
    return [
        each for each in _list_newest(FeeSchedule.objects.filter(venue=venue_id, effective_on__lte=month)) if each.pays
    ]


def list_last_schedules(venue_id: UUID) -> list[FeeSchedule]:
    """What holds in the end: of each product group the newest version."""
    return _list_newest(FeeSchedule.objects.filter(venue=venue_id))


def _list_newest(versions: QuerySet[FeeSchedule]) -> list[FeeSchedule]:
    newest = versions.order_by("product_group", "-version").distinct("product_group")
    return list(newest.select_related("product_group", "asset"))


@dataclass(frozen=True, slots=True)
class AskedLot:
    """A lot that ended, of these product groups: the auctions of it that were decided, in their order, and who answered
    in one of them or was assigned some of it."""

    lot_id: UUID
    asset_id: UUID
    product_groups: frozenset[UUID]
    auctions: tuple[Auction, ...]
    answered: frozenset[UUID]


def list_asked_lots(venue_id: UUID, since: datetime, until: datetime) -> list[AskedLot]:
    """The lots of a venue that ended from one instant on until before another, and were auctioned; no drill's."""
    auctions = Auction.objects.filter(
        venue=venue_id,
        state__in=DECIDED,
        step__lot__ended_at__gte=since,
        step__lot__ended_at__lt=until,
        step__lot__book__asset__shadow_of=None,
    )
    by_lot: defaultdict[UUID, list[Auction]] = defaultdict(list)
    for auction in auctions.order_by("opens_at").select_related("step__lot__book"):
        by_lot[auction.step.lot_id].append(auction)
    groups: defaultdict[UUID | None, set[UUID]] = defaultdict(set)
    positions = Position.objects.filter(lot__in=by_lot)
    for lot_id, group_id in positions.values_list("lot", "instrument__product_group").distinct():
        groups[lot_id].add(group_id)
    answered = _load_answered(by_lot)
    return [
        AskedLot(
            lot_id,
            several[0].step.lot.book.asset_id,
            frozenset(groups[lot_id]),
            tuple(several),
            frozenset(answered[lot_id]),
        )
        for lot_id, several in by_lot.items()
    ]


def _load_answered(lot_ids: Collection[UUID]) -> "defaultdict[UUID, set[UUID]]":
    """Who answered for each of these lots: with a bid within the reserve that counted to the end, or a take, or a word
    that it could have kept, none of which gives way to marks sooner than the playbook's would; or by a commitment that
    was given something of it."""
    lot = "auction__step__lot"
    playbook = f"{lot}__book__playbook"
    firm = Q(max_drift_bps__isnull=True) | Q(max_drift_bps__gte=F(f"{playbook}__max_drift_bps"))
    bids = Bid.objects.filter(
        firm,
        state__in=[BidState.WON, BidState.LOST],
        edge_bps__lte=F("auction__reserve_edge_bps"),
    )
    patient = Q(max_drift_bps__isnull=True) | Q(max_drift_bps__gte=F(f"{playbook}__wait_drift_bps"))
    words = Readiness.objects.filter(patient, state=ReadinessState.ENDED).exclude(end_reason=NOT_COVERED)
    answered: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for rows in (bids, Take.objects.all(), words):
        of_lots = rows.filter(**{f"{lot}__in": lot_ids})
        for lot_id, provider_id in of_lots.values_list(lot, "provider").distinct():
            answered[lot_id].add(provider_id)
    assigned = Award.objects.filter(step__lot__in=lot_ids, step__kind=StepKind.ASSIGN, provider__isnull=False)
    for lot_id, provider_id in assigned.values_list("step__lot", "provider").distinct():
        answered[lot_id].add(provider_id)
    return answered


def was_active(schedule: FeeSchedule, since: datetime, until: datetime) -> bool:
    """Whether anything of its product group was for sale that was routed from one instant on until before another."""
    lots = Lot.objects.filter(
        book__venue=schedule.venue_id, created_at__gte=since, created_at__lt=until, book__asset__shadow_of=None
    )
    return lots.filter(positions__instrument__product_group=schedule.product_group_id).exists()


def list_paid_awards(venue_id: UUID, since: datetime, until: datetime) -> list[Award]:
    """What providers took of books that closed from one instant on until before another and brought a fee."""
    books = Book.objects.filter(
        venue=venue_id, closed_at__gte=since, closed_at__lt=until, fee__gt=0, asset__shadow_of=None
    )
    awards = Award.objects.filter(
        settlement__book__in=books, settlement__state=SettlementState.SETTLED, beneficiary=Beneficiary.PROVIDER
    )
    return list(awards.order_by("created_at", "first_unit").select_related("step__lot", "settlement__book"))
