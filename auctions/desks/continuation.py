"""Continuation edges: what units that sealed auctions leave are reckoned to cost, for each product group of a venue.

Guarantees that an auction moves them once, by what takers were given in it, whoever ends it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from accounts.rules.clusters import Clusters
from auctions.desks.work import Remainder
from auctions.events import ContinuationMoved
from auctions.models import Auction, Award, ContinuationEdge
from auctions.rules.continuation import EdgePaid, moved, of_lot
from auctions.rules.valuation import notional
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events

_Ended = tuple[Remainder, Auction, Clusters[UUID]]


def continuation_edges(works: Iterable[Remainder]) -> dict[UUID, Decimal]:
    """The continuation edges of these lots' product groups, where a Dutch auction has moved them, by group."""
    groups = {group for work in works for group in _groups_of(work)}
    return dict(ContinuationEdge.objects.filter(product_group__in=groups).values_list("product_group", "edge_bps"))


def continuation_edge(work: Remainder, marks: Mapping[UUID, Decimal], edges: Mapping[UUID, Decimal]) -> Decimal:
    """What a unit of the lot is reckoned to cost in the next step, at these marks."""
    reserve_bps = work.playbook.sealed_reserve_bps
    groups = {position.instrument_id: position.instrument.product_group_id for position in work.positions}
    parts = [
        EdgePaid(
            notional(leg, marks[leg.instrument_id]), min(edges.get(groups[leg.instrument_id], reserve_bps), reserve_bps)
        )
        for leg in work.free_legs
    ]
    return of_lot([part for part in parts if part.notional])


def follow_takers(ended: Sequence[_Ended]) -> None:
    """Move the continuation edges of these Dutch auctions' lots, which are over and written, in their order; drills
    move none."""
    ended = [each for each in ended if not each[0].book.is_drill]
    taken = _taken_in([auction for _, auction, _ in ended])
    moving = [each for each in ended if taken[each[1].id]]
    if not moving:
        return
    rows = _locked([work for work, _, _ in moving])
    events = []
    for work, auction, clusters in moving:
        by_cluster: dict[UUID, list[EdgePaid]] = {}  # in the order of their first takes
        for award in taken[auction.id]:
            assert award.provider is not None  # who takes is a provider
            if not award.notional:  # so little that it is worth nothing says nothing
                continue
            own = by_cluster.setdefault(clusters.of(award.provider.group_id), [])
            own.append(EdgePaid(award.notional, award.edge_bps))
        for group in sorted(_groups_of(work)):
            row = rows[group]
            row.move(moved(row.edge_bps, list(by_cluster.values()), work.playbook.sealed_reserve_bps))
            events.append(_moved(row, auction))
    save_changes(rows.values())
    record_events(events)


def _taken_in(auctions: Sequence[Auction]) -> dict[UUID, list[Award]]:
    """What takers were given in each, in that order; what was cut back took by itself, and says nothing new."""
    found: dict[UUID, list[Award]] = defaultdict(list)
    given = Award.objects.filter(take__auction__in=[auction.id for auction in auctions], take__cut_bid=None)
    in_order = given.order_by("created_at", "first_unit").select_related("take", "provider")
    for award in in_order if auctions else []:
        assert award.take is not None  # it was found by it
        found[award.take.auction_id].append(award)
    return found


def _locked(works: Sequence[Remainder]) -> dict[UUID, ContinuationEdge]:
    """The rows of these lots' product groups, written where they are not yet: at the sealed reserve of the first."""
    starts: dict[UUID, tuple[UUID, Decimal]] = {}
    for work in works:
        for group in _groups_of(work):
            starts.setdefault(group, (work.book.venue_id, work.playbook.sealed_reserve_bps))
    ContinuationEdge.objects.bulk_create(
        [
            ContinuationEdge(venue_id=venue, product_group_id=group, edge_bps=edge)
            for group, (venue, edge) in sorted(starts.items())
        ],
        ignore_conflicts=True,
    )
    found = ContinuationEdge.objects.filter(product_group__in=starts).select_related("product_group")
    return {row.product_group_id: row for row in lock_rows(Lock.CONTINUATION_ROW, found)}


def _groups_of(work: Remainder) -> set[UUID]:
    return {position.instrument.product_group_id for position in work.positions}


def _moved(row: ContinuationEdge, auction: Auction) -> ContinuationMoved:
    return ContinuationMoved(
        venue_id=row.venue_id,
        subject_id=row.product_group_id,
        product_group=row.product_group.code,
        auction=auction.id,
        edge_bps=row.edge_bps,
    )
