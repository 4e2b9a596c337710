"""What a Vickrey auction pays: each group exactly the externality that it imposes on the rest of the market.

Guarantees exact payments, none below what the provider asked or above the reserve, or refuses.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from auctions.rules.clearing.packages import Costs, OfferStack, PackageOffer, empty_table, with_package
from auctions.rules.clearing.selection import in_whole_numbers
from auctions.rules.clearing.terms import ClearingBid, ClearingRefused, ClearingTerms
from backstop.values import amounts
from backstop.values.bps import EDGE_SCALE
from backstop.values.splitting import split_amount

Payments = dict[str, Decimal]
Packages = list[tuple[str, list[PackageOffer]]]


def externalities(
    terms: ClearingTerms, bids: Sequence[ClearingBid], served: Mapping[str, int], work_limit: int
) -> Payments:
    """Payment by provider with an award, in units x edge: cost(without it) - cost of the others (with it).

    cost() is the least total cost of the lot at the edges bid, unsold units at the reserve edge: Vickrey (1961),
    Clarke (1971) and Groves (1973), as in Krishna, Auction Theory, chapters 12 and 16, turned from selling to buying.
    `served` are units by bid id that have that least cost. Related providers are one bidder: a group has an
    externality, which its providers share, so that it gains nothing by being several.

    Raises `ClearingRefused` where there is no reserve edge and the others could not fill the lot without some
    provider, or where exactness would take more than `work_limit` steps.
    """
    bidders = [replace(bid, provider=bid.group) for bid in bids] if terms.related_as_one else bids
    if any(bid.is_package for bid in bids):
        payments = _by_covering_again(terms, bidders, served, work_limit)
    else:
        payments = _by_replacing(terms, bidders, served)
    return _shared(terms, bids, served, payments) if terms.related_as_one else payments


def _shared(
    terms: ClearingTerms, bids: Sequence[ClearingBid], served: Mapping[str, int], by_group: Payments
) -> Payments:
    """Each group's payment over its providers: to each what it asked, and of what is more in proportion to how far it
    stayed below the reserve, so that nobody is paid more than that; without a reserve in proportion to its units."""
    reserve = terms.reserve_edge_bps
    asked: dict[str, Payments] = {group: {} for group in by_group}
    below: dict[str, Payments] = {group: {} for group in by_group}
    for bid in bids:
        if units := served.get(bid.id, 0):
            room = Decimal(1) if reserve is None else amounts.difference(reserve, bid.edge_bps)
            for sums, edge in ((asked[bid.group], bid.edge_bps), (below[bid.group], room)):
                before = sums.get(bid.provider, amounts.ZERO)
                sums[bid.provider] = amounts.total([before, amounts.multiply(units, edge)])
    payments: Payments = {}
    for group, payment in by_group.items():
        surplus = amounts.difference(payment, *asked[group].values())
        scale = max(EDGE_SCALE, -int(surplus.as_tuple().exponent))
        shares = split_amount(surplus, list(below[group].values()), scale)
        for (provider, own), share in zip(asked[group].items(), shares, strict=True):
            payments[provider] = amounts.total([own, share])
    return payments


def _by_replacing(terms: ClearingTerms, bids: Sequence[ClearingBid], served: Mapping[str, int]) -> Payments:
    """Where every bid can be cut: as many of the cheapest offers of others as it sells, of those that are not served.

    Krishna, Auction Theory, section 12.1.3. What is left of a bid that is served in part is among those offers.
    """
    replacements: list[tuple[Decimal, str | None, int]] = [
        (bid.edge_bps, bid.provider, bid.units - served.get(bid.id, 0))
        for bid in sorted(bids, key=lambda bid: bid.edge_bps)
        if served.get(bid.id, 0) < bid.units
    ]
    if terms.reserve_edge_bps is not None:
        replacements.append((terms.reserve_edge_bps, None, terms.units))
    payments: Payments = {}
    for provider, left in _units_by_provider(bids, served).items():
        payment = amounts.ZERO
        for edge, other, offered in replacements:
            if not left:
                break
            if other != provider:
                number = min(left, offered)
                payment = amounts.total([payment, amounts.multiply(number, edge)])
                left -= number
        if left:
            raise _unreplaceable(provider)
        payments[provider] = payment
    return payments


def _by_covering_again(
    terms: ClearingTerms, bids: Sequence[ClearingBid], served: Mapping[str, int], work_limit: int
) -> Payments:
    """Where a bid is a package: the lot is covered again without each provider, from tables that leave it out."""
    market = in_whole_numbers(bids, terms.units, terms.reserve_edge_bps)
    packages: dict[str, list[PackageOffer]] = {provider: [] for provider in _units_by_provider(bids, served)}
    winners = list(packages)
    losers = {bid.provider for bid in bids} - packages.keys()
    divisible: list[tuple[str, tuple[int, PackageOffer]]] = []
    for place, (bid, offer) in enumerate(zip(bids, market.offers, strict=True)):
        if offer.is_package:
            packages.setdefault(bid.provider, []).append(offer)
        else:
            divisible.append((bid.provider, (place, offer)))
    if sum(map(len, packages.values())) > package_room(terms.units, len(winners), len(divisible), work_limit):
        raise ClearingRefused("/format", "cannot be VICKREY: exact payments for so many packages take too long")
    table = empty_table(terms.units, market.unsold_edge)
    table = _with_all(table, [offer for provider in losers for offer in packages.get(provider, ())])
    everything = _with_all(table, [offer for provider in winners for offer in packages[provider]])
    cost = _least_cost(everything, OfferStack((offer for _, offer in divisible), terms.units, market.unsold_edge))
    payments: Payments = {}
    for provider, others in _tables_leaving_out([(provider, packages[provider]) for provider in winners], table):
        stack = OfferStack((offer for owner, offer in divisible if owner != provider), terms.units, market.unsold_edge)
        replaced = _least_cost(others, stack)
        if terms.reserve_edge_bps is None and replaced >= market.unsold_edge:
            raise _unreplaceable(provider)
        payments[provider] = market.difference(replaced, cost)
    for bid in bids:
        if bid.id in served:
            asked = amounts.multiply(served[bid.id], bid.edge_bps)
            payments[bid.provider] = amounts.total([payments[bid.provider], asked])
    return payments


def package_room(units: int, winners: int, divisible: int, work_limit: int) -> int:
    """For how many packages payments are exact within `work_limit` steps; below zero where not even for none.

    Every winner costs the lot and the bids that can be cut anywhere once more, and every doubling of winners each
    package.
    """
    return (work_limit - winners * (units + divisible)) // (units * (1 + winners.bit_length()))


def _least_cost(table: Costs, stack: OfferStack) -> int:
    return min(packaged + stacked for packaged, stacked in zip(table, reversed(stack.costs()), strict=True))


def _tables_leaving_out(packages: Packages, table: Costs) -> Iterator[tuple[str, Costs]]:
    """For each provider the table with everybody's packages but its: by halves, so that few are added twice."""
    if len(packages) == 1:
        yield packages[0][0], table
        return
    half = len(packages) // 2
    for kept, added in ((packages[:half], packages[half:]), (packages[half:], packages[:half])):
        yield from _tables_leaving_out(kept, _with_all(table, [offer for _, offers in added for offer in offers]))


def _with_all(table: Costs, offers: Sequence[PackageOffer]) -> Costs:
    for offer in offers:
        table, _ = with_package(table, offer)
    return table


def _units_by_provider(bids: Sequence[ClearingBid], served: Mapping[str, int]) -> Counter[str]:
    units: Counter[str] = Counter()
    for bid in bids:
        if bid.id in served:
            units[bid.provider] += served[bid.id]
    return units


def _unreplaceable(provider: str) -> ClearingRefused:
    return ClearingRefused("/reserve_edge_bps", f"is needed: without {provider} the other bids cannot fill the lot")
