"""What the insurance fund pays for the edges of a lot: as much as is wished, while nothing else needs it.

What it may have to pay for edges that are not awarded yet is a wish, no hold: a debt comes before it. Draw limits bound
what it spends: on a book and on a loss event for good, on the edges of a product group and in all for 24 hours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from backstop.values.amounts import ZERO, difference, divide_up, multiply, round_up, total
from backstop.values.bps import of_notional

DAY = timedelta(hours=24)


class Scope(StrEnum):
    """What a draw limit counts together."""

    BOOK = "BOOK"
    EVENT = "EVENT"
    GROUP = "GROUP"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class BookDraws:
    """What a fund spent on a book: on edges, by lot, of which the estate has `repaid` some; and on its debt."""

    edges: Mapping[UUID, Decimal]
    repaid: Decimal = ZERO
    covered: Decimal = ZERO

    @property
    def outstanding(self) -> Decimal:
        """What of it did not come back."""
        return total([self._edges_outstanding, self.covered])

    def edges_outstanding(self, lot_id: UUID, scale: int) -> Decimal:
        """What did not come back of a lot's edges: what was repaid counts for all lots alike, rounded up."""
        if not self.edges.get(lot_id):
            return ZERO
        return divide_up(multiply(self.edges[lot_id], self._edges_outstanding), total(self.edges.values()), scale)

    @property
    def _edges_outstanding(self) -> Decimal:
        return max(difference(total(self.edges.values()), self.repaid), ZERO)


def fund_need(notional: Decimal, cap_bps: Decimal, own: Decimal, scale: int) -> Decimal:
    """What the fund has to pay so that `cap_bps` can be paid on all of `notional`, beyond the lot's `own` money."""
    return max(round_up(difference(of_notional(notional, cap_bps), own), scale), ZERO)


def fund_part(wanted: Decimal, free: Decimal, rooms: Iterable[Decimal]) -> Decimal:
    """What of it the fund pays: at most what is free in it, and what each draw limit has room for; equal fits."""
    return max(min([wanted, free, *rooms]), ZERO)
