"""What a taker meets in a Dutch auction at an instant: whether it may take, which sizes, and at what edge.

The price clock starts when everybody may take; until then better tiers take alone, at the edge of its start. While the
auction is halted it stands.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.vaults import require_no_vault
from accounts.models import Provider
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import candidate_of
from auctions.desks.work import Remainder
from auctions.lifecycle import StepKind
from auctions.models import Auction
from auctions.rules.eligibility import Bar, why_not
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.takes import take_size, valid_sizes


def may_take(auction: Auction, provider_id: UUID, now: datetime) -> bool:
    """Whether it is this provider's time."""
    return auction.price_clock.has_started(now) or str(provider_id) in auction.tiers


def access_from(auction: Auction, provider_id: UUID) -> datetime:
    """From when on this provider may take, unless the auction is halted before."""
    return auction.opens_at if str(provider_id) in auction.tiers else auction.price_clock.starts_at


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


def require_same(client_bid_id: str, is_same: bool) -> None:
    """What is sent again under a name has the first answer, where it says the same. Raises `bid_reused`."""
    if not is_same:
        raise AuctionRefusal.BID_REUSED.error(f"client_bid_id {client_bid_id!r} was used before, with other content")


def require_open(auction: Auction, now: datetime) -> None:
    """Raises `auction_not_open`."""
    if auction.kind != StepKind.DUTCH:
        raise AuctionRefusal.AUCTION_NOT_OPEN.error("this auction is sealed: it takes bids, not takes")
    if not auction.is_open_at(now):
        raise AuctionRefusal.AUCTION_NOT_OPEN.error("the auction is not open")


def require_eligible(provider: Provider, auction: Auction) -> None:
    """Raises `provider_suspended`, `provider_excluded`, `vault_automatic`."""
    bar = why_not(candidate_of(provider), auction.exclusions)
    if bar is Bar.SUSPENDED:
        raise AccountRefusal.PROVIDER_SUSPENDED.error("you are suspended and may take nothing new")
    if bar is Bar.EXCLUDED:
        raise AuctionRefusal.PROVIDER_EXCLUDED.error()
    require_no_vault(provider.id)


def size_of(auction: Auction, left: int, units: int, min_units: int = 1) -> int:
    """How many of the units that are `left` a take of up to `units`, but `min_units` or more, gets.

    Raises `units_not_positive`, `min_units_above_units`, `auction_not_open` (none are), `units_below_minimum`,
    `min_units_not_met`.
    """
    if min(units, min_units) < 1:
        raise AuctionRefusal.UNITS_NOT_POSITIVE.error()
    if min_units > units:
        raise AuctionRefusal.MIN_UNITS_ABOVE_UNITS.error()
    if not left:
        raise AuctionRefusal.AUCTION_NOT_OPEN.error("what is left is for bids that were cut back")
    size = take_size(units, left, auction.min_take_units)
    if not size:
        least = valid_sizes(left, auction.min_take_units)[0][0]
        raise AuctionRefusal.UNITS_BELOW_MINIMUM.error(f"{least} units have to be taken at least")
    if size < min_units:
        raise AuctionRefusal.MIN_UNITS_NOT_MET.error(f"{size} units could be taken, not {min_units}")
    return size


def price(work: Remainder, auction: Auction, now: datetime) -> Price:
    """What a unit is sold at now, however far marks moved. Raises `mark_missing`, `mark_stale`, `mark_jumped`."""
    marks = work.marks(now)
    cap = work.reserve_edge(auction.cap_bps, marks)
    return Price(auction.price_clock.edge_at(now, cap), cap, marks)
