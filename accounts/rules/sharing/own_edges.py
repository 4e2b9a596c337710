"""What edges paid to insurers' own clusters add to what a cover pays: these insurers pay it alone, up to their limits.

Nobody earns by an edge what the others insure. Pure arithmetic on amounts of one asset.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from accounts.rules.sharing.covers import CoverTerms, by_insurer
from backstop.values.amounts import ZERO, difference, divide_down, from_smallest, multiply, to_smallest, total
from backstop.values.splitting import split_within

Name = TypeVar("Name", bound=Any)  # of an insurer: anything that has an order
Edges = Mapping[frozenset[Name], Decimal]  # paid to clusters, each told by its members


@dataclass(frozen=True, slots=True)
class OwnEdges(Generic[Name]):
    """Of `insured`, which a cover owes of an event and of which it owes at most `most`, so much is `added` by the
    `edges` that count as paid to its insurers."""

    insured: Decimal
    added: Decimal
    most: Decimal
    edges: Mapping[Name, Decimal]

    def owed(self, paid: Decimal, parts: Mapping[Name, int], scale: int) -> dict[Name, Decimal]:
        """What each insurer has paid of `paid`, its part of what is insured: of what was added, each with edges in
        proportion to these, up to its own limit; what is above it all share by their parts, up to theirs."""
        added = divide_down(multiply(self.added, paid), self.insured, scale) if self.insured else ZERO
        owed = by_insurer(difference(paid, added), parts, scale)
        rooms = {
            name: max(difference(most, owed[name]), ZERO) for name, most in by_insurer(self.most, parts, scale).items()
        }
        alone = {name: min(part, rooms[name]) for name, part in _split(added, self.edges, scale).items()}
        rooms |= {name: difference(rooms[name], part) for name, part in alone.items()}
        shared = _split(difference(added, *alone.values()), parts, scale, within=rooms)
        return {name: total([owed[name], alone.get(name, ZERO), shared.get(name, ZERO)]) for name in parts}


def of_event(terms: CoverTerms, unl: Decimal, edges: Mapping[Name, Decimal]) -> OwnEdges[Name]:
    """What a cover owes of an event that cost so much, of which these edges count as paid to its insurers."""
    return OwnEdges(terms.paid(unl), added_by_edges(terms, unl, edges.values()), terms.most_paid(), edges)


def added_by_edges(terms: CoverTerms, unl: Decimal, edges: Iterable[Decimal]) -> Decimal:
    """What these edges, which `unl` counts, add to what a cover pays of it."""
    return difference(terms.paid(unl), terms.paid(max(difference(unl, *edges), ZERO)))


def owed_by_insurers(
    paid: Decimal, parts: Mapping[Name, int], scale: int, events: Iterable[tuple[Decimal, OwnEdges[Name]]]
) -> dict[Name, Decimal]:
    """What each insurer has paid of `paid`, all that a cover paid so far, of which so much of each of these events: by
    its parts, but for what edges shift between them. Together it is `paid`."""
    owed = by_insurer(paid, parts, scale)
    for amount, event in events:
        shared, shifted = by_insurer(amount, parts, scale), event.owed(amount, parts, scale)
        owed = {name: total([owed[name], difference(shifted[name], shared[name])]) for name in owed}
    return owed


def edges_of_insurers(edges: Edges[Name], parts: Mapping[Name, int], scale: int) -> dict[Name, Decimal]:
    """What of these edges counts as paid to each insurer of a cover that has any: insurers of one cluster share what is
    paid to it by their parts, each edge counting once."""
    counted: dict[Name, Decimal] = {}
    for cluster, amount in edges.items():
        members = {name: count for name, count in parts.items() if name in cluster}
        for name, share in (by_insurer(amount, members, scale) if members else {}).items():
            counted[name] = total([counted.get(name, ZERO), share])
    return counted


def clusters_since(
    known: Iterable[frozenset[Name]],
    insurers: Collection[Name],
    firms: Collection[frozenset[Name]],
    came: Collection[Name],
) -> list[frozenset[Name]]:
    """Those of the clusters `known` of an event's opening that these insurers are of, each with who `came` since and is
    of one of these `firms` with it now, the first of several; and the firms of insurers of whom none was known."""
    clusters: list[frozenset[Name]] = []
    for cluster in known:
        if not cluster.isdisjoint(insurers):
            now = frozenset[Name]().union(*(firm for firm in firms if firm & cluster))
            clusters.append(cluster | now.intersection(came).difference(*clusters))
    unknown = frozenset(insurers).difference(*clusters)
    return [*clusters, *(firm.difference(*clusters) for firm in firms if firm & unknown)]


def counted_edges(edges: Edges[Name], cost: Decimal, scale: int) -> dict[frozenset[Name], Decimal]:
    """What of the edges that a book, or its inventory's sales, paid is in what it cost its event: all of them, or in
    proportion what fits, since the rest came out of the estate, or of what the inventory gained."""
    in_order = {cluster: edges[cluster] for cluster in sorted(edges, key=sorted)}
    return _split(min(cost, total(edges.values())), in_order, scale, within=in_order)


def _split(
    amount: Decimal,
    weights: Mapping[Any, Decimal | int],
    scale: int,
    *,
    within: Mapping[Any, Decimal] | None = None,
) -> dict[Any, Decimal]:
    """By weight with largest remainder, ties in order; nobody above what it is to stay within."""
    limits = dict.fromkeys(weights, amount) if within is None else within
    most = [to_smallest(limits[name], scale) for name in weights]
    parts = split_within(to_smallest(amount, scale), list(weights.values()), most)
    return {name: from_smallest(part, scale) for name, part in zip(weights, parts, strict=True) if part}
