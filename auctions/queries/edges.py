"""What was paid in edges above what commitments were given, and to whom: by books, and as funds sold what they had
taken over."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db.models import Max

from accounts.rules.sharing.own_edges import Edges
from auctions.lifecycle import FIRST_STEP, SettlementState
from auctions.models import Award, Book, InventorySale
from backstop.values.amounts import ZERO, difference, round_down, total
from backstop.values.bps import of_notional

Subject = TypeVar("Subject")
Clusters = Mapping[Subject, Collection[frozenset[UUID]]]  # to which edges are asked for, each told by its providers
_WITH_BOOKS = ("step__lot__book__playbook", "step__lot__book__asset")
_SETTLED = Award.objects.filter(settlement__state=SettlementState.SETTLED)


def sum_edges_of_books(clusters: Clusters[UUID]) -> dict[UUID, Edges[UUID]]:
    """By book, to each of these clusters: its settled edges above the highest that commitments were given of the same
    lot (none were: the assign cap), rounded down in favour of whoever insures."""
    books = [book_id for book_id, asked in clusters.items() if asked]
    awards = _SETTLED.filter(settlement__book__in=books).select_related(*_WITH_BOOKS) if books else ()
    return _sum_above(((award.step.lot.book_id, award, award.notional) for award in awards), clusters)


def sum_edges_of_sales(clusters: Clusters[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Edges[UUID]]:
    """The same by loss event and asset, of what funds sold of what they had taken over of the event's books."""
    events = {event_id for (event_id, _), asked in clusters.items() if asked}
    sales = InventorySale.objects.filter(take_over__book__loss_event__in=events)
    related = ("take_over__book", *(f"award__{each}" for each in _WITH_BOOKS))
    paid = []
    for sale in sales.select_related(*related) if events else ():
        event_id = sale.take_over.book.loss_event_id
        assert event_id is not None
        paid.append(((event_id, sale.take_over.asset_id), sale.award, sale.notional))
    return _sum_above(paid, clusters)


def _sum_above(
    paid: Iterable[tuple[Subject, Award, Decimal]], clusters: Clusters[Subject]
) -> dict[Subject, Edges[UUID]]:
    """By subject, of awards that so much of was for it."""
    paid = list(paid)
    given = _given({award.step.lot_id for _, award, _ in paid})
    edges: defaultdict[Subject, defaultdict[frozenset[UUID], list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    scales: dict[Subject, int] = {}
    for subject, award, notional in paid:
        book: Book = award.step.lot.book
        scales[subject] = book.asset.scale
        above = difference(award.edge_bps, given.get(award.step.lot_id, book.playbook.assign_cap_bps))
        for cluster in clusters[subject]:
            if award.provider_id in cluster:
                edges[subject][cluster].append(of_notional(notional, max(above, ZERO)))
    return {
        subject: {
            cluster: rounded
            for cluster, amounts in found.items()
            if (rounded := round_down(total(amounts), scales[subject]))
        }
        for subject, found in edges.items()
    }


def _given(lot_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """The highest edge that commitments were given of each of these lots, where they were any."""
    first = _SETTLED.filter(step__lot__in=lot_ids, step__kind=FIRST_STEP, commitment__isnull=False)
    rows = first.values_list("step__lot").annotate(Max("edge_bps")).order_by() if lot_ids else ()
    return dict(rows)
