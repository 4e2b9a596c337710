"""The fund sells what it had to take over: through the market, as an ordinary book that the fund owns.

No fee, the proceeds to the fund, and what nobody takes stays in the inventory.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.holdings import HoldingAddition, add_holdings, settle_holdings
from accounts.models import Holding
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from auctions.desks.drafts import BookOrder, Drafting, PositionOrder
from auctions.desks.intake import lock_intake, write_books
from auctions.desks.inventory import lock_inventory
from auctions.desks.marks import note_used
from auctions.models import Book, Side
from auctions.queries import get_latest_playbook
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.valuation import LINEAR
from backstop import clock
from backstop.models import Instrument
from backstop.queries import get_reference_marks
from backstop.transactions import operation
from backstop.values.amounts import ZERO, difference, multiply


def _at_stake(*, instrument: Instrument, reference: str, **_: Any) -> Stake | None:
    """What is held, at its newest mark; nothing where there is nothing to sell under this reference."""
    holding = Holding.objects.filter(venue=instrument.venue_id, provider=None, instrument=instrument).first()
    if not holding or Book.objects.filter(venue=instrument.venue_id, reference=reference).exists():
        return None
    mark = instrument.marks.order_by("-marked_at").first()
    return (
        Stake(instrument.settlement_asset_id, multiply(_settled(holding).copy_abs(), mark.price)) if mark else Stake()
    )


def _venue_of(*, instrument: Instrument, **_: Any) -> UUID:
    return instrument.venue_id


@operation
@by_two(_at_stake, venue_of=_venue_of)
def sell_inventory(*, instrument: Instrument, reference: str, reason: str = "") -> Book:
    """Send all that the fund holds of an instrument, and is settled, to the market, as a book.

    Raises `nothing_to_sell`, `reference_reused` (the same again would sell more), `playbook_missing`, `mark_missing`,
    `mark_stale`, `mark_jumped`, `books_refused`.
    """
    venue_id = instrument.venue_id
    lock_inventory([venue_id])
    lock_intake(venue_id)
    holding = Holding.objects.filter(venue=venue_id, provider=None, instrument=instrument).first()
    held = _settled(holding) if holding else ZERO
    if held == 0:
        raise AuctionRefusal.NOTHING_TO_SELL.error(f"the fund holds no {instrument.symbol}")
    if Book.objects.filter(venue=venue_id, reference=reference).exists():
        raise AccountRefusal.REFERENCE_REUSED.error(f"reference {reference!r} was used before, for another book")
    playbook = get_latest_playbook(venue_id)
    if playbook is None:
        raise AuctionRefusal.PLAYBOOK_MISSING.error()
    now = clock.now()
    marks = get_reference_marks([instrument.id], now, playbook.mark_terms)
    position = PositionOrder(
        instrument=instrument.symbol,
        side=Side.LONG if held > 0 else Side.SHORT,
        quantity=held.copy_abs(),
        entry_price=marks[instrument.id] if instrument.kind == LINEAR else None,
    )
    order = BookOrder(reference=reference, positions=(position,), account="insurance fund")
    drafting = Drafting(venue_id, playbook, {"/books/0": order}, now, marks, sells_delisted=True)
    drafts = drafting.drafts()
    drafting.require_no_fault("nothing was taken in")
    (book,) = write_books(drafts, owned_by_fund=True, reason=reason)
    out = HoldingAddition(venue_id, None, instrument.id, held.copy_negate(), book.id)
    add_holdings(additions=[out])
    note_used([(book, marks)], now)
    settle_holdings(holders={book.id: (venue_id, None)})
    return book


def _settled(holding: Holding) -> Decimal:
    """What of it is not about to come in."""
    coming = holding.entries.filter(settlement_sequence=None).values_list("quantity", flat=True)
    return difference(holding.quantity, *coming)
