"""Sales of what a fund holds: through the market, as an ordinary book that the fund owns.

No fee, the proceeds to who lent against it and to the fund, and what nobody takes stays in the inventory.
"""

from decimal import Decimal

from accounts.desks.holdings import HoldingAddition, add_holdings, settle_holdings
from accounts.models import Holding
from accounts.rules.refusals import AccountRefusal
from auctions.desks.drafts import BookOrder, Drafting, PositionOrder
from auctions.desks.intake import write_books
from auctions.desks.marks import note_used
from auctions.models import Book, Side
from auctions.queries import get_latest_playbook
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.valuation import LINEAR
from backstop import clock
from backstop.models import Instrument
from backstop.queries import get_reference_marks
from backstop.values.amounts import ZERO, difference


def get_held(instrument: Instrument) -> Decimal:
    """What the fund holds of an instrument and is settled, below zero where it is short."""
    holding = Holding.objects.filter(venue=instrument.venue_id, provider=None, instrument=instrument).first()
    if holding is None:
        return ZERO
    coming = holding.entries.filter(settlement_sequence=None).values_list("quantity", flat=True)
    return difference(holding.quantity, *coming)


def put_up_for_sale(instrument: Instrument, quantity: Decimal, reference: str, reason: str) -> Book:
    """Send so much of what the fund holds of an instrument (below zero: of what it is short of) to the market, as a
    book. Its venue's inventory and intake are locked.

    Raises `nothing_to_sell`, `reference_reused` (the same again would sell more), `playbook_missing`, `mark_missing`,
    `mark_stale`, `mark_jumped`, `books_refused`.
    """
    venue_id = instrument.venue_id
    if quantity == 0:
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
        side=Side.LONG if quantity > 0 else Side.SHORT,
        quantity=quantity.copy_abs(),
        entry_price=marks[instrument.id] if instrument.kind == LINEAR else None,
    )
    order = BookOrder(reference=reference, positions=(position,), account="insurance fund")
    drafting = Drafting(venue_id, playbook, {"/books/0": order}, now, marks, sells_delisted=True)
    drafts = drafting.drafts()
    drafting.require_no_fault("nothing was taken in")
    (book,) = write_books(drafts, owned_by_fund=True, reason=reason)
    out = HoldingAddition(venue_id, None, instrument.id, quantity.copy_negate(), book.id)
    add_holdings(additions=[out])
    note_used([(book, marks)], now)
    settle_holdings(holders={book.id: (venue_id, None)})
    return book
