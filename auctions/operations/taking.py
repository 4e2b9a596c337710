"""Taking: a provider takes units of a Dutch auction at the edge of this instant.

Called by `POST /v1/auctions/{id}/takes`. Guarantees that an auction is never oversold, that a take never gets less than
its floor, and that the same take again answers the first one.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.lifecycle import ProviderState
from accounts.models import Account, AccountKind, Provider
from accounts.operations.ledger import Journal
from auctions.lifecycle import AuctionState, StepKind, StepState
from auctions.models import Auction, Book, Step, Take
from auctions.operations.awarding import Awarding, Winner
from auctions.operations.bidding import AuctionNotOpen
from auctions.operations.halting import elapsed_seconds
from auctions.operations.loading import Work, load_work
from auctions.rules.curves import Piecewise, edge_at
from auctions.rules.valuation import drift_bps, notional_of
from auctions.rules.waterfall import reserve_edge
from backstop import clock
from backstop.errors import Conflict, NotAllowed, NotFound, Refused
from backstop.transactions import lock_exclusive, operation
from backstop.values.bps import floor_edge


class AuctionUnknown(NotFound):
    """No such auction at this provider's venue."""


class BidReused(Conflict):
    """The client_bid_id was used before, with other content."""


class ProviderExcluded(NotAllowed):
    """The provider may not take part in the auction of this account."""


class ProviderSuspended(NotAllowed):
    """The provider is suspended."""


class EdgeBelowFloor(Conflict):
    """The edge of this instant is below what the taker asks for."""


class MarginInsufficient(Conflict):
    """The taker's free collateral does not cover what he would get."""


class UnitsNotPositive(Refused):
    """A take is of at least one unit."""


class DriftTooLarge(Conflict):
    """Marks moved further since the opening than the playbook allows."""


@dataclass(frozen=True, slots=True)
class TakeOrder:
    """Up to `units` at `edge_floor_bps` or more."""

    client_bid_id: str
    units: int
    edge_floor_bps: Decimal


@operation
def take_units(*, provider_id: UUID, auction_id: UUID, order: TakeOrder) -> Take:
    """Take up to `order.units` at the edge of this instant.

    Raises AuctionUnknown, AuctionNotOpen, BidReused, ProviderExcluded, ProviderSuspended, EdgeBelowFloor,
    MarginInsufficient, UnitsNotPositive, MarkStale, DriftTooLarge.
    """
    provider = Provider.objects.get(id=provider_id)
    work, auction = _lock(provider, auction_id)
    lock_exclusive("taker", [provider.id])  # his client_bid_id may be on its way in another auction too
    known = Take.objects.filter(provider=provider, client_bid_id=order.client_bid_id).first()
    if known is not None:
        return _same(known, auction_id, order)
    now = clock.now()
    _require_open(auction, now)
    _require_eligible(work, provider, auction)
    if order.units <= 0:
        raise UnitsNotPositive("units must be at least 1", pointer="/units")
    marks = work.marks(now)
    _require_little_drift(work, auction, marks)
    edge = _edge_now(work, auction, marks, now)
    if edge < order.edge_floor_bps:
        raise EdgeBelowFloor(f"the edge is {edge} bps now, below the floor of {order.edge_floor_bps}")
    return _award(work, auction, provider, order, edge, marks, now)


def _lock(provider: Provider, auction_id: UUID) -> tuple[Work, Auction]:
    """The book, then the auction, both locked, and only then read."""
    books = list(
        Book.objects.filter(
            id__in=Auction.objects.filter(id=auction_id).values("step__lot__book"), venue=provider.venue_id
        )
        .select_for_update(no_key=True, of=("self",))
        .select_related("playbook", "asset")
    )
    if not books:
        raise AuctionUnknown("there is no such auction")
    lock_exclusive("auction", [auction_id])
    auction = Auction.objects.get(id=auction_id)
    (work,) = load_work([Step.objects.get(id=auction.step_id)], books)
    return work, auction


def _same(known: Take, auction_id: UUID, order: TakeOrder) -> Take:
    if (known.auction_id, known.max_units, known.edge_floor_bps) != (auction_id, order.units, order.edge_floor_bps):
        raise BidReused(f"client_bid_id {order.client_bid_id!r} was used before, with other content")
    return known


def _require_open(auction: Auction, now: datetime) -> None:
    if auction.kind != StepKind.DUTCH:
        raise AuctionNotOpen("this auction is sealed: it takes bids, not takes")
    if auction.state != AuctionState.OPEN or not auction.opens_at <= now < auction.closes_at:
        raise AuctionNotOpen("the auction is not open")


def _require_eligible(work: Work, provider: Provider, auction: Auction) -> None:
    if provider.state != ProviderState.ACTIVE:
        raise ProviderSuspended("you are suspended and may take nothing new")
    # The auction names who was there when it opened; others may have come, or failed, since.
    excluded = provider.id in auction.excluded_providers or provider.id in work.faulty_providers
    if excluded or provider.group_id in work.owner_groups:
        raise ProviderExcluded("you may not take part in the auction of this account")


def _require_little_drift(work: Work, auction: Auction, marks: dict[UUID, Decimal]) -> None:
    drift = drift_bps({UUID(key): Decimal(price) for key, price in auction.marks.items()}, marks)
    if drift > work.playbook.max_drift_bps:
        raise DriftTooLarge(f"marks moved by {drift} bps since the opening: nothing is sold at them")


def _edge_now(work: Work, auction: Auction, marks: dict[UUID, Decimal], now: datetime) -> Decimal:
    """The edge of this instant: the price clock's, at most what the lot affords at the marks in force."""
    curve = Piecewise(tuple((Decimal(seconds), Decimal(edge)) for seconds, edge in auction.curve or []))
    cap = reserve_edge(auction.reserve_edge_bps, work.budget, notional_of(work.free_legs, marks, work.asset.scale))
    return floor_edge(edge_at(curve, elapsed_seconds(auction, now), cap))


def _award(
    work: Work,
    auction: Auction,
    provider: Provider,
    order: TakeOrder,
    edge_bps: Decimal,
    marks: dict[UUID, Decimal],
    now: datetime,
) -> Take:
    units = min(order.units, auction.units - auction.units_taken)
    account = Account.objects.filter(provider=provider, asset=work.asset, kind=AccountKind.COLLATERAL).first()
    journal = Journal.opened([account.id] if account else [])
    awarding = Awarding(journal, now)
    take = Take(
        auction=auction,
        provider=provider,
        client_bid_id=order.client_bid_id,
        max_units=order.units,
        edge_floor_bps=order.edge_floor_bps,
        units=units,
        edge_bps=edge_bps,
    )
    winner = Winner(units, edge_bps, provider_id=provider.id, payer_id=account.id if account else None, take_id=take.id)
    if account is None or awarding.award(work, winner, marks) < units:
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
