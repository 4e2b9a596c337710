"""Every kind of event of a distressed book and of what becomes of it.

Amounts and notionals are in units of the book's settlement asset, edges in basis points of notional. What a book is
called and how large it is concerns its venue alone: providers are told of auctions, and of what is theirs.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from backstop.events import InternalEvent, ProviderEvent, PublicEvent, VenueEvent, catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReceived(VenueEvent):
    """A book was taken in and marked."""

    reference: str
    notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BookAmended(VenueEvent):
    """The venue corrected a book, which is marked and routed anew as `version`."""

    reference: str
    version: int
    notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BookWithdrawn(VenueEvent):
    """The venue took a book back before its first award."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRouted(VenueEvent):
    """A book was cut into so many lots, each with its budget."""

    lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookClosed(VenueEvent):
    """All lots of a book have ended and its money was brought to an end: the `fee` went to the venue, the `residual`
    to the account's owner (below zero: the owner made it good)."""

    residual: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StepQueued(VenueEvent):
    """A step waits to be auctioned, since a cap has no room for its lot."""

    waits_for: str
    limit: Decimal
    outstanding: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded(VenueEvent):
    """A step of the waterfall (`kind`) ended with so many of its lot's units placed and settled."""

    kind: str
    units_in: int
    units_placed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionOpened(PublicEvent):
    """An auction opened, SEALED or DUTCH (`kind`). Its size is said by units and notional, or where the lot is not
    shown by the band of its notional: above `band_above`, up to `band_up_to` exactly."""

    kind: str
    closes_at: datetime
    units: int | None = None
    notional: Decimal | None = None
    band_above: Decimal | None = None
    band_up_to: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionHalted(PublicEvent):
    """An auction's clock stands still, until `halt_ends_at` at the latest."""

    state: str
    reason: str
    halt_ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionResumed(PublicEvent):
    """The clock of a halted auction goes on; its deadline is later by as long as it stood."""

    state: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionReopened(PublicEvent):
    """A sealed auction that was not contested takes bids for another round."""

    state: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionRestarted(PublicEvent):
    """An auction started anew at fresh marks; the bids of before are void."""

    reason: str
    restarts: int
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionClosed(PublicEvent):
    """An auction ended, AWARDED or UNFILLED (`state`)."""

    state: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionWithdrawn(PublicEvent):
    """An auction ended since its book was amended or withdrawn."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BidVoided(ProviderEvent):
    """So many bids of a provider in an auction, the subject, count no more and hold nothing."""

    bids: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardMade(ProviderEvent):
    """Units of a lot were awarded in a step of the waterfall: to a provider, or without one to the fund or the venue.
    `notional` is at the award's marks."""

    step: str
    units: int
    edge_bps: Decimal
    notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardSettled(ProviderEvent):
    """An award's positions and money changed hands, in the settlement that is the subject; `edge` is what was earned,
    as an amount."""

    award: UUID
    sequence: int | None
    edge: Decimal
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRejected(ProviderEvent):
    """The venue rejected a settlement: its award is void, and `fault` says whose fault that is."""

    award: UUID
    reason: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementExpired(ProviderEvent):
    """The venue let the time for confirming a settlement pass: its award is void."""

    award: UUID
    reason: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookAdded(VenueEvent):
    """The venue's parameters have a new version, for books that are received from now on."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapSet(VenueEvent):
    """What of the venue, or of a product group of it, may be in auctions at once was limited; with None it is not any
    more."""

    product_group: str | None
    asset: str
    limit: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerTripped(VenueEvent):
    """A circuit breaker stops part of what happens at the venue, in a product group or in an auction. Providers hear of
    the auctions that it halts, not of who set it."""

    product_group: str | None
    auction: UUID | None
    level: int
    reason: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerReset(VenueEvent):
    """A circuit breaker stops nothing any more."""

    product_group: str | None
    auction: UUID | None
    level: int
    reason: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowParked(InternalEvent):
    """A sweep failed unexpectedly on a row of this model, which stands aside until it is tried again."""

    row: str
    retry_at: datetime


CATALOGUE = catalogue(globals())
