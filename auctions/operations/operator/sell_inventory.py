"""The fund sells what it had to take over."""

from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.rules.approvals import Stake
from auctions.desks.intake import lock_intake
from auctions.desks.inventory import lock_inventory
from auctions.desks.sales import get_held, put_up_for_sale
from auctions.models import Book
from backstop.models import Instrument
from backstop.transactions import operation
from backstop.values.amounts import multiply


def _at_stake(*, instrument: Instrument, reference: str, **_: Any) -> Stake | None:
    """What is held, at its newest mark; nothing where there is nothing to sell under this reference."""
    held = get_held(instrument)
    if not held or Book.objects.filter(venue=instrument.venue_id, reference=reference).exists():
        return None
    mark = instrument.marks.order_by("-marked_at").first()
    return Stake(instrument.settlement_asset_id, multiply(held.copy_abs(), mark.price)) if mark else Stake()


def _venue_of(*, instrument: Instrument, **_: Any) -> UUID:
    return instrument.venue_id


@operation
@by_two(_at_stake, venue_of=_venue_of)
def sell_inventory(*, instrument: Instrument, reference: str, reason: str = "") -> Book:
    """Send all that the fund holds of an instrument, and is settled, to the market, as a book.

    Raises `nothing_to_sell`, `reference_reused` (the same again would sell more), `playbook_missing`, `mark_missing`,
    `mark_stale`, `mark_jumped`, `books_refused`.
    """
    lock_inventory([instrument.venue_id])
    lock_intake([instrument.venue_id])
    return put_up_for_sale(instrument, get_held(instrument), reference, reason)
