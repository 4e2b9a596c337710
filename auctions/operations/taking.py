"""Taking: a provider takes units of a Dutch auction at the edge of this instant.

Called by `POST /v1/auctions/{id}/takes`. Guarantees that an auction is never oversold and keeps no dust, that a take
never gets less than it asked for, and that the same take again answers the first one.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.lifecycle import ProviderState
from accounts.models import Account, AccountKind, Provider
from accounts.operations.keys import require_live_key
from accounts.operations.ledger import Journal
from accounts.operations.providers import ProviderSuspended
from auctions.lifecycle import AuctionState, StepKind, StepState
from auctions.models import Auction, Take
from auctions.operations.awarding import Awarding, Winner
from auctions.operations.bidding import AuctionNotOpen
from auctions.operations.caps import CapDesk
from auctions.operations.loading import Work, lock_auction
from auctions.operations.price_clock import access_from, edge_of, may_take
from auctions.rules.takes import take_size, valid_sizes
from auctions.rules.valuation import drift_bps, notional_of
from auctions.rules.waterfall import reserve_edge
from backstop import clock
from backstop.errors import Conflict, NotAllowed, Refused
from backstop.transactions import lock_exclusive, operation


class BidReused(Conflict):
    """The client_bid_id was used before, with other content."""


class ProviderExcluded(NotAllowed):
    """The provider may not take part in the auction of this account."""


class EdgeBelowFloor(Conflict):
    """The edge of this instant is below what the taker asks for."""


class MarginInsufficient(Conflict):
    """The taker's free collateral does not cover what he would get."""


class UnitsNotPositive(Refused):
    """A take is of at least one unit."""


class MinUnitsAboveUnits(Refused):
    """Nothing can be at least `min_units` and at most `units`."""


class UnitsBelowMinimum(Conflict):
    """Fewer units than can be taken at once."""


class MinUnitsNotMet(Conflict):
    """The take would get fewer units than its taker wants at least."""


class TakeTooEarly(Conflict):
    """Better tiers take alone for a while."""


class BookVersionChanged(Conflict):
    """The book is not of the version that the taker has seen."""


class DriftTooLarge(Conflict):
    """Marks moved further since the opening than the playbook allows."""


@dataclass(frozen=True, slots=True)
class TakeOrder:
    """Up to `units`, but `min_units` or more, at `edge_floor_bps` or more (None: at any edge), of the book as it is in
    `book_version` (None: in any)."""

    client_bid_id: str
    units: int
    edge_floor_bps: Decimal | None = None
    min_units: int = 1
    book_version: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The edge of an instant: the price clock's, at most `cap_bps`, which the lot affords at the marks in force."""

    edge_bps: Decimal
    cap_bps: Decimal
    marks: dict[UUID, Decimal]


@operation
def take_units(*, key_id: UUID, provider_id: UUID, auction_id: UUID, order: TakeOrder) -> Take:
    """Take as many of `order.units` as can be taken at once, at the edge of this instant.

    Raises KeyRevoked, AuctionUnknown, BidReused, AuctionNotOpen, ProviderExcluded, ProviderSuspended, TakeTooEarly,
    BookVersionChanged, UnitsNotPositive, MinUnitsAboveUnits, UnitsBelowMinimum, MinUnitsNotMet, MarkStale,
    DriftTooLarge, EdgeBelowFloor, MarginInsufficient.
    """
    venue_id = Provider.objects.values_list("venue", flat=True).get(id=provider_id)
    caps = CapDesk([venue_id])
    work, auction = lock_auction(venue_id, auction_id)
    lock_exclusive("taker", [provider_id])  # his client_bid_id may be on its way in another auction too
    provider = Provider.objects.get(id=provider_id)
    require_live_key(key_id=key_id, provider_id=provider_id)
    known = Take.objects.filter(provider=provider, client_bid_id=order.client_bid_id).first()
    if known is not None:
        return _same(known, auction_id, order)
    now = clock.now()
    require_open(auction, now)
    require_eligible(work, provider, auction)
    if not may_take(auction, provider_id, now):
        begins = access_from(auction, provider_id)
        raise TakeTooEarly(
            f"better tiers take alone until {begins.isoformat()}", members={"access_from": begins.isoformat()}
        )
    if order.book_version not in (None, work.book.version):
        raise BookVersionChanged(f"the book is in version {work.book.version} now", pointer="/book_version")
    units = size_of(auction, order)
    offered = price(work, auction, now)
    if order.edge_floor_bps is not None and offered.edge_bps < order.edge_floor_bps:
        raise EdgeBelowFloor(f"the edge is {offered.edge_bps} bps now, below the floor of {order.edge_floor_bps}")
    caps.release(work, auction, units)
    caps.write()
    return _award(work, auction, provider, order, units, offered, now)


def _same(known: Take, auction_id: UUID, order: TakeOrder) -> Take:
    before = TakeOrder(known.client_bid_id, known.max_units, known.edge_floor_bps, known.min_units, known.book_version)
    if (known.auction_id, before) != (auction_id, order):
        raise BidReused(f"client_bid_id {order.client_bid_id!r} was used before, with other content")
    return known


def require_open(auction: Auction, now: datetime) -> None:
    """Raises AuctionNotOpen."""
    if auction.kind != StepKind.DUTCH:
        raise AuctionNotOpen("this auction is sealed: it takes bids, not takes")
    if auction.state != AuctionState.OPEN or not auction.opens_at <= now < auction.closes_at:
        raise AuctionNotOpen("the auction is not open")


def require_eligible(work: Work, provider: Provider, auction: Auction) -> None:
    """Raises ProviderSuspended, ProviderExcluded."""
    if provider.state != ProviderState.ACTIVE:
        raise ProviderSuspended("you are suspended and may take nothing new")
    # The auction names who was there when it opened; others may have come, or failed, since.
    excluded = provider.id in auction.excluded_providers or provider.id in work.faulty_providers
    if excluded or provider.group_id in work.owner_groups:
        raise ProviderExcluded("you may not take part in the auction of this account")


def size_of(auction: Auction, order: TakeOrder) -> int:
    """How many units the take gets. Raises UnitsNotPositive, MinUnitsAboveUnits, UnitsBelowMinimum, MinUnitsNotMet."""
    if min(order.units, order.min_units) < 1:
        raise UnitsNotPositive("units must be at least 1", pointer="/units")
    if order.min_units > order.units:
        raise MinUnitsAboveUnits("must be at most units", pointer="/min_units")
    left = auction.units - auction.units_taken
    size = take_size(order.units, left, auction.min_take_units)
    if not size:
        least = valid_sizes(left, auction.min_take_units)[0][0]
        raise UnitsBelowMinimum(f"{least} units have to be taken at least", pointer="/units")
    if size < order.min_units:
        raise MinUnitsNotMet(f"{size} units could be taken, not {order.min_units}", pointer="/min_units")
    return size


def price(work: Work, auction: Auction, now: datetime) -> Price:
    """What a unit is sold at now. Raises MarkMissing, MarkStale, DriftTooLarge."""
    marks = work.marks(now)
    drift = drift_bps({UUID(key): Decimal(price) for key, price in auction.marks.items()}, marks)
    if drift > work.playbook.max_drift_bps:
        raise DriftTooLarge(f"marks moved by {drift} bps since the opening: nothing is sold at them")
    notional = notional_of(work.free_legs, marks, work.asset.scale)
    cap = reserve_edge(auction.reserve_edge_bps, work.budget, notional)
    return Price(edge_of(auction, now, cap), cap, marks)


def _award(
    work: Work,
    auction: Auction,
    provider: Provider,
    order: TakeOrder,
    units: int,
    offered: Price,
    now: datetime,
) -> Take:
    account = Account.objects.filter(provider=provider, asset=work.asset, kind=AccountKind.COLLATERAL).first()
    journal = Journal.opened([account.id] if account else [])
    awarding = Awarding(journal, now)
    take = Take(
        auction=auction,
        provider=provider,
        client_bid_id=order.client_bid_id,
        max_units=order.units,
        min_units=order.min_units,
        edge_floor_bps=order.edge_floor_bps,
        book_version=order.book_version,
        units=units,
        edge_bps=offered.edge_bps,
    )
    winner = Winner(
        units, offered.edge_bps, provider_id=provider.id, payer_id=account.id if account else None, take_id=take.id
    )
    if account is None or awarding.award(work, winner, offered.marks) < units:
        raise MarginInsufficient(f"your free collateral does not cover {units} units", pointer="/units")
    take.save(force_insert=True)
    awarding.write()
    auction.units_taken += units
    if auction.units_taken == auction.units:
        auction.move_to(AuctionState.AWARDED, now)
        work.step.move_to(StepState.SETTLING, now)
        work.step.save(update_fields=["state"])
    auction.save(update_fields=["units_taken", "state", "awarded_at"])
    return take
