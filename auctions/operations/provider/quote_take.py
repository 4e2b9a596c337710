"""Quoting: what a take of a Dutch auction would get and need at this instant, and where its price goes from here.

Reads only, and says no where a take would; but whose time has not come is told when it does, and how much collateral is
free is told too, be it enough or not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Provider
from accounts.queries import get_free_collateral, load_clusters
from auctions.desks.awards import collateral_needed, pieces_of
from auctions.desks.competition import judge_if_due
from auctions.desks.cutting import reached_units
from auctions.desks.dutch import access_from, may_take, price, require_eligible, require_open, size_of
from auctions.desks.work import load_remainder
from auctions.models import Auction
from auctions.queries import get_exposures
from auctions.rules.curves import schedule
from auctions.rules.price_clock import seconds_between
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.takes import Sizes, valid_sizes
from backstop import clock
from backstop.transactions import operation
from backstop.values.bps import floor_edge


@dataclass(frozen=True, slots=True)
class TakeQuote:
    """`units` is what a take of as many as were asked for would get, at `edge_bps`, holding `margin_needed`.

    `schedule` is where the edge goes, at the marks of now: instants and the edges that takes get at them.
    """

    at: datetime
    book_version: int
    units: int
    units_left: int
    valid_sizes: Sizes
    edge_bps: Decimal
    margin_needed: Decimal
    margin_free: Decimal
    access: bool
    access_from: datetime
    closes_at: datetime
    schedule: tuple[tuple[datetime, Decimal], ...]


@operation
def quote_take(*, provider_id: UUID, auction_id: UUID, units: int | None = None) -> TakeQuote:
    """The quote for a take of up to `units`; None: for all that is left.

    Raises `auction_unknown`, `auction_not_open`, `provider_excluded`, `vault_automatic`, `provider_suspended`,
    `units_not_positive`, `units_below_minimum`, `mark_stale`, `mark_jumped`.
    """
    provider = Provider.objects.get(id=provider_id)
    auctions = Auction.objects.select_related("venue__heartbeat", "step__lot__book__playbook", "step__lot__book__asset")
    auction = auctions.filter(id=auction_id, venue=provider.venue_id).first()
    if auction is None:
        raise AuctionRefusal.AUCTION_UNKNOWN.error()
    now = clock.now()
    require_open(auction, now)
    require_eligible(provider, auction)
    left = auction.units_left
    size = size_of(auction, left, left if units is None else units)
    book = auction.step.lot.book
    work = load_remainder(auction, book, now)
    judge_if_due(auction, work.playbook, load_clusters([provider.venue_id]), now)  # as a take would; it is not written
    offered = price(work, auction, now)
    if reached := reached_units(work, auction, offered.edge_bps, offered.marks):
        left = auction.units_left - reached
        size = size_of(auction, left, left if units is None else units)
    lot = pieces_of(work.positions, work.legs, offered.marks)
    size = get_exposures(provider).fitting_of(provider_id, work.asset, lot, work.lot.units, size, auction.step_id)
    return TakeQuote(
        at=now,
        book_version=book.version,
        units=size,
        units_left=left,
        valid_sizes=valid_sizes(left, auction.min_take_units),
        edge_bps=offered.edge_bps,
        margin_needed=collateral_needed(work, min(size, work.units_left), offered.edge_bps, offered.marks),
        margin_free=get_free_collateral(provider, work.asset),
        access=may_take(auction, provider.id, now),
        access_from=access_from(auction, provider.id),
        closes_at=auction.closes_at,
        schedule=_schedule(auction, now, offered.cap_bps),
    )


def _schedule(auction: Auction, now: datetime, cap_bps: Decimal) -> tuple[tuple[datetime, Decimal], ...]:
    price_clock = auction.price_clock
    until = seconds_between(price_clock.starts_at, auction.closes_at)
    ahead = schedule(price_clock.curve, price_clock.seconds_at(now), until, cap_bps)
    return tuple(
        (price_clock.starts_at + timedelta(seconds=float(seconds)), floor_edge(edge)) for seconds, edge in ahead
    )
