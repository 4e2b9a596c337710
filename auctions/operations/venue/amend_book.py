"""Until its first award a venue may correct a book: it is marked and routed anew, as its next version."""

from datetime import datetime
from uuid import UUID

from accounts.desks.approvals import by_people, by_two
from accounts.rules.approvals import unmeasured
from auctions.desks.books import VersionEnd, lock_book, move_in, require_no_award
from auctions.desks.caps import CapDesk
from auctions.desks.drafts import BookOrder, Draft, Drafting, write_lines
from auctions.desks.drills import let_give_way, require_quiet
from auctions.desks.intake import lock_intake
from auctions.desks.marks import note_used
from auctions.events import BookAmended
from auctions.models import Book, Drill
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models import Instrument
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(by_people(unmeasured))
def amend_book(*, venue_id: UUID, book_id: UUID, order: BookOrder, expected_version: int, reason: str = "") -> Book:
    """Put the book's next version in the place of `expected_version`; the same again answers the same.

    What is the book's content already changes nothing, and whose failure it is stays. Raises `book_unknown`,
    `book_withdrawn`, `book_owned_by_fund`, `book_awarded`, `book_version_changed`, `books_refused` with every fault,
    and `drill_not_now` where a drill would come beside a book of its product groups.
    """
    caps = CapDesk([venue_id])
    lock_intake([venue_id])
    giving_way = _giving_way(venue_id, book_id, order)
    book = lock_book(venue_id, book_id)
    same = order.fingerprint == (book.amended_fingerprint or book.fingerprint)
    if same and expected_version in (book.version, book.version - 1):
        return book
    require_no_award(book)
    if expected_version != book.version:
        raise AuctionRefusal.BOOK_VERSION_CHANGED.error(
            f"the book is in version {book.version} now", pointer="/expected_version"
        )
    now = clock.now()
    draft = _draft(book, order, now)
    if book.is_drill:
        require_quiet(venue_id, draft.product_groups, own=book)
    ending = VersionEnd([book], caps, now)
    ending.end(f"the book was amended to version {book.version + 1}")
    book.amend(order.fingerprint, now)
    draft.fill(book)
    move_in(ending.journal, ending.clearing_id, book, draft.value.settled)
    ending.write()
    write_lines([draft])
    save_changes([book, *giving_way])
    amended = BookAmended(
        **book.whose,
        subject_id=book.id,
        reference=book.reference,
        version=book.version,
        notional=book.notional,
        money=draft.value.settled,
        reason=reason,
    )
    record_events([amended])
    note_used([(book, draft.marks)], now)
    return book


def _giving_way(venue_id: UUID, book_id: UUID, order: BookOrder) -> list[Drill]:
    """The drills that give way to a real book which is to be so; locked before any book, and not yet written."""
    book = Book.objects.filter(id=book_id, venue=venue_id).select_related("asset").first()
    if book is None or book.is_drill:
        return []
    symbols = {position.instrument for position in order.positions}
    instruments = Instrument.objects.filter(venue=venue_id, symbol__in=symbols)
    return let_give_way(dict.fromkeys(instruments.values_list("product_group", flat=True), book))


def _draft(book: Book, order: BookOrder, now: datetime) -> Draft:
    drafting = Drafting(book.venue_id, book.playbook, {"": order}, now, terms_at=book.received_at)
    if order.reference != book.reference:
        differs = f"the book's reference is {book.reference!r}"
        drafting.faults.append(AuctionRefusal.REFERENCE_DIFFERS.at("/reference", differs))
    drafts = drafting.drafts()
    if drafts and drafts[0].asset.id != book.asset.real_id:
        differs = f"the book settles in {book.asset}"
        drafting.faults.append(AuctionRefusal.SETTLEMENT_ASSET_DIFFERS.at("/positions", differs))
    event, owner = book.loss_event, drafts[0].owner if drafts else None
    if drafts and event and not event.is_of(owner.id if owner else None, order.account):
        where = "/owner_group" if order.owner_group else "/account"
        differs = f"the book is of the loss event {event}: withdraw it, and send it anew"
        drafting.faults.append(AuctionRefusal.OWNER_DIFFERS.at(where, differs))
    drafting.require_no_fault("nothing was amended")
    return drafts[0]
