"""The fund sells what it had to take over: through the market, as an ordinary book that the fund owns.

No fee, the proceeds to the fund, and what nobody takes stays in the inventory.
"""

from accounts.desks.holdings import HoldingAddition, add_holdings, settle_holdings
from accounts.models import Holding
from auctions.desks.accounts import next_sequences
from auctions.desks.drafts import BookOrder, PositionOrder
from auctions.desks.inventory import lock_inventory
from auctions.models import Book
from auctions.operations.venue.receive_books import receive_books
from auctions.queries import get_mark_terms_of_new_books
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.valuation import LINEAR, LONG
from backstop import clock
from backstop.models import Instrument
from backstop.queries import get_reference_marks
from backstop.transactions import operation

SHORT = "SHORT"


@operation
def sell_inventory(*, instrument: Instrument, reference: str) -> Book:
    """Send all that the fund holds of an instrument to the market, as a book.

    Raises `nothing_to_sell`, `mark_missing`, `mark_stale`, `books_refused`.
    """
    lock_inventory([instrument.venue_id])
    holding = Holding.objects.filter(venue=instrument.venue_id, provider=None, instrument=instrument).first()
    if holding is None or holding.quantity == 0:
        raise AuctionRefusal.NOTHING_TO_SELL.error(f"the fund holds no {instrument.symbol}")
    marks = get_reference_marks([instrument.id], clock.now(), get_mark_terms_of_new_books(instrument.venue_id))
    position = PositionOrder(
        instrument=instrument.symbol,
        side=LONG if holding.quantity > 0 else SHORT,
        quantity=abs(holding.quantity),
        entry_price=marks[instrument.id] if instrument.kind == LINEAR else None,
    )
    order = BookOrder(reference=reference, positions=(position,), account="insurance fund")
    (book,) = receive_books(venue_id=instrument.venue_id, orders=[order], owned_by_fund=True)
    out = HoldingAddition(instrument.venue_id, None, instrument.id, -holding.quantity, book.id)
    add_holdings(additions=[out])
    settle_holdings(sequences={book.id: next_sequences(1)[0]})
    return book
