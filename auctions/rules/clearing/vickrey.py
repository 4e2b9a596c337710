"""What a Vickrey auction pays: each provider exactly the externality that he imposes on the rest of the market.

Called by the formats once the bids with the least total cost are served. Guarantees exact payments, none below what
the provider asked or above the reserve, or refuses.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from auctions.rules.clearing.packages import Costs, Offer, Stack, empty_table, with_package
from auctions.rules.clearing.selection import in_whole_numbers
from auctions.rules.clearing.terms import Bid, ClearingRefused, Terms
from backstop.values import amounts

Payments = dict[str, Decimal]
Packages = list[tuple[str, list[Offer]]]


def externalities(terms: Terms, bids: Sequence[Bid], served: Mapping[str, int], work_limit: int) -> Payments:
    """Payment by provider with an award, in units x edge: cost(without him) - cost of the others (with him).

    cost() is the least total cost of the lot at the edges bid, unsold units at the reserve edge: Vickrey (1961),
    Clarke (1971) and Groves (1973), as in Krishna, Auction Theory, chapters 12 and 16, turned from selling to buying.
    `served` are units by bid id that have that least cost. The externality is the provider's, not his group's: offers
    of related providers stay in, where they can only lower what he is paid.

    Raises `ClearingRefused` where there is no reserve edge and the others could not fill the lot without some
    provider, or where exactness would take more than `work_limit` steps.
    """
    if any(bid.is_package for bid in bids):
        return _by_covering_again(terms, bids, served, work_limit)
    return _by_replacing(terms, bids, served)


def _by_replacing(terms: Terms, bids: Sequence[Bid], served: Mapping[str, int]) -> Payments:
    """Where every bid can be cut: as many of the cheapest offers of others as he sells, of those that are not served.

    Krishna, Auction Theory, section 12.1.3. What is left of a bid that is served in part is among those offers.
    """
    rejected = [(bid, bid.units - served.get(bid.id, 0)) for bid in bids if served.get(bid.id, 0) < bid.units]
    rejected.sort(key=lambda offer: offer[0].edge_bps)
    payments: Payments = {}
    for provider, left in _units_by_provider(bids, served).items():
        replacements: list[Decimal] = []
        for bid, offered in rejected:
            if left and bid.provider != provider:
                replacements.append(amounts.multiply(min(left, offered), bid.edge_bps))
                left -= min(left, offered)
            elif not left:
                break
        if left:
            replacements.append(amounts.multiply(left, _reserve(terms, provider)))
        payments[provider] = amounts.total(replacements)
    return payments


def _by_covering_again(terms: Terms, bids: Sequence[Bid], served: Mapping[str, int], work_limit: int) -> Payments:
    """Where a bid is a package: the lot is covered again without each provider, from tables that leave him out."""
    market = in_whole_numbers(bids, terms.units, terms.reserve_edge_bps)
    offers = list(zip(bids, market.offers, strict=True))
    winners = _units_by_provider(bids, served)
    packages: dict[str, list[Offer]] = {}
    for bid, offer in offers:
        if offer.is_package:
            packages.setdefault(bid.provider, []).append(offer)
    halvings = len(packages).bit_length()
    work = terms.units * (sum(map(len, packages.values())) * (1 + halvings) + len(winners))
    if work > work_limit:
        raise ClearingRefused("/format", "cannot be VICKREY: too many packages for exact payments on so many units")

    def cost_without(provider: str | None, table: Costs) -> int:
        others = ((place, offer) for place, (bid, offer) in enumerate(offers) if bid.provider != provider)
        stack = Stack(
            ((place, offer) for place, offer in others if not offer.is_package), terms.units, market.unsold_edge
        )
        return min(map(int.__add__, table, reversed(stack.costs())))

    nothing = empty_table(terms.units, market.unsold_edge)
    everything = _with_all(nothing, [offer for offers_of in packages.values() for offer in offers_of])
    leaving_out = dict(_tables_leaving_out(list(packages.items()), nothing))
    cost = cost_without(None, everything)
    payments: Payments = {}
    for provider in winners:
        replaced = cost_without(provider, leaving_out.get(provider, everything))
        if terms.reserve_edge_bps is None and replaced >= market.unsold_edge:
            _reserve(terms, provider)
        asked = [
            amounts.multiply(served[bid.id], bid.edge_bps)
            for bid in bids
            if bid.provider == provider and bid.id in served
        ]
        payments[provider] = amounts.total([market.difference(replaced, cost), *asked])
    return payments


def _tables_leaving_out(packages: Packages, table: Costs) -> Iterator[tuple[str, Costs]]:
    """The table of everybody's packages but his, for each provider: by halves, so that few packages are added twice."""
    if len(packages) == 1:
        yield packages[0][0], table
        return
    half = len(packages) // 2
    for kept, added in ((packages[:half], packages[half:]), (packages[half:], packages[:half])):
        yield from _tables_leaving_out(kept, _with_all(table, [offer for _, offers in added for offer in offers]))


def _with_all(table: Costs, offers: Sequence[Offer]) -> Costs:
    for offer in offers:
        table, _ = with_package(table, offer)
    return table


def _units_by_provider(bids: Sequence[Bid], served: Mapping[str, int]) -> Counter[str]:
    units: Counter[str] = Counter()
    for bid in bids:
        if bid.id in served:
            units[bid.provider] += served[bid.id]
    return units


def _reserve(terms: Terms, provider: str) -> Decimal:
    if terms.reserve_edge_bps is None:
        raise ClearingRefused("/reserve_edge_bps", f"is needed: without {provider} the other bids cannot fill the lot")
    return terms.reserve_edge_bps
