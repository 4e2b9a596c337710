"""Short ways to write bids, terms and outcomes in tests of the market rules."""

from decimal import Decimal
from typing import Any

from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, Outcome


def bid(name: str, units: int, edge: str | int | Decimal, sequence: int, **more: Any) -> ClearingBid:
    """A bid called `name`, of a provider and group of the same name unless said otherwise."""
    provider = more.pop("provider", name)
    group = more.pop("group", provider)
    return ClearingBid(name, provider, group, units, Decimal(edge), sequence, **more)


def in_order(*bids: tuple[Any, ...]) -> list[ClearingBid]:
    """Bids of (name, units, edge), in the sequence in which they are written."""
    return [bid(name, units, edge, sequence) for sequence, (name, units, edge) in enumerate(bids, 1)]


def selling(auction_format: Format, units: int, reserve: str | int | None = None, **more: Any) -> ClearingTerms:
    """Terms with the reserve written as text or a whole number."""
    return ClearingTerms(auction_format, units, None if reserve is None else Decimal(reserve), **more)


def units_of(outcome: Outcome) -> dict[str, int]:
    """Units awarded, by bid."""
    return {award.bid: award.units for award in outcome.awards}


def edges_of(outcome: Outcome) -> dict[str, Decimal]:
    """Edges paid, by bid."""
    return {award.bid: award.edge_bps for award in outcome.awards}


def units_of_providers(outcome: Outcome) -> dict[str, int]:
    """Units awarded, by provider."""
    units: dict[str, int] = {}
    for award in outcome.awards:
        units[award.provider] = units.get(award.provider, 0) + award.units
    return units
