"""What the insurance fund of a venue holds: one at a time decides about it."""

from decimal import Decimal
from uuid import UUID

from accounts.models import Holding
from backstop.locks import Lock, lock
from backstop.queries import list_known_prices
from backstop.values.amounts import multiply, total
from backstop.values.marks import estimate_of


def lock_inventory(venue_ids: list[UUID]) -> None:
    """One at a time decides what these venues' funds hold."""
    lock(Lock.INVENTORY, venue_ids)


def get_inventory_notional(venue_id: UUID) -> Decimal:
    """The gross notional of what a venue's fund holds or is about to get, at the last marks, however old."""
    holdings = list(Holding.objects.filter(venue=venue_id, provider__isnull=True).exclude(quantity=0))
    prices = list_known_prices([holding.instrument_id for holding in holdings])
    estimates = {instrument_id: estimate_of(known.sources) for instrument_id, known in prices.items()}
    return total(multiply(holding.quantity.copy_abs(), estimates[holding.instrument_id]) for holding in holdings)
