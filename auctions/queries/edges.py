"""What books paid in edges above what commitments were given, and to whom."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from accounts.models import Provider
from accounts.queries import load_clusters
from auctions.lifecycle import FIRST_STEP, SettlementState
from auctions.models import Award, Book
from backstop.values.amounts import ZERO, difference, round_down, total
from backstop.values.bps import of_notional


def sum_edges_above_assign(books: Collection[Book]) -> dict[UUID, dict[frozenset[UUID], Decimal]]:
    """By book, to each cluster, told by its providers: its settled edges above the highest that commitments were given
    of the same lot (none were: the assign cap), rounded down in favour of whoever insures."""
    rows = Award.objects.filter(
        settlement__book__in=books, settlement__state=SettlementState.SETTLED, provider__isnull=False
    )
    awards = list(rows.select_related("step__lot", "provider")) if books else []
    given: defaultdict[UUID, list[Decimal]] = defaultdict(list)
    for award in awards:
        if award.step.kind == FIRST_STEP and award.commitment_id:
            given[award.step.lot_id].append(award.edge_bps)
    by_id, members = {book.id: book for book in books}, _members({book.venue_id for book in books} if awards else ())
    edges: defaultdict[UUID, defaultdict[frozenset[UUID], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for award in awards:
        book = by_id[award.step.lot.book_id]
        above = difference(award.edge_bps, max(given[award.step.lot_id], default=book.playbook.assign_cap_bps))
        cluster = members[award.provider_id]
        edges[book.id][cluster] = total([edges[book.id][cluster], of_notional(award.notional, max(above, ZERO))])
    return {
        book_id: {
            cluster: rounded
            for cluster, amount in found.items()
            if (rounded := round_down(amount, by_id[book_id].asset.scale))
        }
        for book_id, found in edges.items()
    }


def _members(venue_ids: Collection[UUID]) -> dict[UUID | None, frozenset[UUID]]:
    """The providers of each provider's cluster."""
    clusters = load_clusters(venue_ids)
    firms: defaultdict[UUID, set[UUID]] = defaultdict(set)
    groups = dict(Provider.objects.filter(venue__in=venue_ids).values_list("id", "group"))
    for provider_id, group_id in groups.items():
        firms[clusters.of(group_id)].add(provider_id)
    return {provider_id: frozenset(firms[clusters.of(group_id)]) for provider_id, group_id in groups.items()}
