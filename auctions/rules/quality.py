"""Who bid how well: what a provider offered of the lots that it was asked for, beside what it had to offer at least.

Source: the obligations of clearing members in auctions of a defaulter's book, where who bids badly loses its
contribution first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.rules.sharing.quality import Quality
from backstop.values.amounts import ZERO, divide_up, multiply, total

OVERSIZE = Decimal("1.5")  # so much more than its share has everybody to bid for, since somebody will not
GOOD_BPS = Decimal(50)  # above the clearing edge, at most; equal is good
EXEMPT_AFTER = timedelta(days=30)  # without activity


@dataclass(frozen=True, slots=True)
class Offered:
    """Units that somebody offered to take at an edge."""

    units: int
    edge_bps: Decimal


@dataclass(frozen=True, slots=True)
class Asked:
    """A lot that a provider was asked for in an auction of `units`: nobody is paid more than the reserve edge, and what
    was given went for the clearing edge at most (None: nothing was given). Where it `may_pass` nothing was to be bid:
    what it was assigned may show that it bid well, never that it did not."""

    units: int
    reserve_edge_bps: Decimal
    clearing_edge_bps: Decimal | None
    offers: tuple[Offered, ...]
    may_pass: bool = False

    @property
    def good_units(self) -> int:
        """What was offered within the reserve, and at most `GOOD_BPS` above the clearing edge."""
        near = self.reserve_edge_bps
        if self.clearing_edge_bps is not None:
            near = min(near, total([self.clearing_edge_bps, GOOD_BPS]))
        return sum(offer.units for offer in self.offers if offer.edge_bps <= near)


def minimum_units(units: int, own: Decimal, of_all: Decimal) -> int:
    """How many of a lot's units a provider has to bid for that stands behind `own` of what all do: its share, times
    `OVERSIZE`, rounded up; never more than there are."""
    return min(units, int(divide_up(multiply(units, own, OVERSIZE), of_all, 0)))


def is_exempt(active_at: datetime | None, drill: Quality | None, opened_at: datetime) -> bool:
    """Whether a provider need not bid for what it does not trade: where it was last active so in a product group
    (None: never), did so in the group's newest drill (None: in none), and a loss event opened then.

    Exactly `EXEMPT_AFTER` ago it was active yet.
    """
    return drill == Quality.GOOD and (active_at is None or opened_at - active_at > EXEMPT_AFTER)


def quality_of(lots: Sequence[Sequence[Asked]], own: Decimal, of_all: Decimal) -> Quality:
    """How well a provider bid, who was asked for each of these lots in its auctions: as well as for the lot that it bid
    worst for, where in each its best auction counts. Without anything to stand behind it is asked for nothing."""

    def is_good(auction: Asked) -> bool:
        return auction.good_units >= minimum_units(auction.units, own, of_all)

    asked = [lot for lot in lots if any(not auction.may_pass or is_good(auction) for auction in lot)]
    if not asked or own <= ZERO:
        return Quality.EXEMPT
    if not any(auction.offers for lot in asked for auction in lot):
        return Quality.NONE
    good = all(any(map(is_good, lot)) for lot in asked)
    return Quality.GOOD if good else Quality.POOR
