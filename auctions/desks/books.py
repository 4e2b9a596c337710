"""One book that its venue may still correct or take back, and the end of the version that it was.

What the old version had under way ends with nothing held, and its money goes back as it came.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal, venue_accounts
from accounts.models import AccountKind, Purpose
from auctions.desks.bids import accounts_of_bids, void_bids
from auctions.desks.caps import CapDesk
from auctions.desks.work import load_work
from auctions.lifecycle import UNDER_WAY, BookState, StepState
from auctions.models import Auction, Award, Book, Lot, Step
from auctions.rules.refusals import AuctionRefusal
from backstop.models.base import save_changes
from backstop.record import NewEvent, record_events
from backstop.transactions import lock_exclusive
from backstop.values.amounts import total


def lock_book(venue_id: UUID, book_id: UUID) -> Book:
    books = Book.objects.filter(id=book_id, venue=venue_id).select_for_update(no_key=True, of=("self",))
    book = books.select_related("playbook", "asset").first()
    if book is None:
        raise AuctionRefusal.BOOK_UNKNOWN.error(f"there is no book {book_id}")
    return book


def require_no_award(book: Book) -> None:
    if book.state == BookState.WITHDRAWN:
        raise AuctionRefusal.BOOK_WITHDRAWN.error()
    if book.owned_by_fund:
        raise AuctionRefusal.BOOK_OWNED_BY_FUND.error()
    if Award.objects.filter(step__lot__book=book).exists():
        raise AuctionRefusal.BOOK_AWARDED.error()


class VersionEnd:
    """The end of a book's version: what was under way is over, what was held is released, its money goes back.

    Nothing was awarded, so estate and debt hold what came in with it and nothing else. The caller writes the journal.
    """

    def __init__(self, book: Book, reason: str, caps: CapDesk, now: datetime) -> None:
        self.book = book
        self.caps = caps
        self.now = now
        self.lots = list(Lot.objects.filter(book=book, book_version=book.version))
        under_way = Auction.objects.filter(step__lot__in=self.lots, state__in=UNDER_WAY).order_by("id")
        # Bids share this lock: once it is held alone, every bid is committed, or will find the auction withdrawn.
        lock_exclusive("auction", list(under_way.values_list("id", flat=True)))
        self.auctions = list(under_way)
        ids = [auction.id for auction in self.auctions]
        accounts = venue_accounts(book.venue_id, book.asset)
        self.clearing_id, self.fund_id = accounts[AccountKind.CLEARING], accounts[AccountKind.FUND]
        self.journal = Journal.opened(
            [self.clearing_id, self.fund_id, book.estate_id, book.debt_id, *accounts_of_bids(ids).values()]
        )
        void_bids(auction_ids=ids, reason=reason, journal=self.journal, now=now)
        self._end_auctions(reason)
        self._end_lots()
        self._move_out()

    def _end_auctions(self, reason: str) -> None:
        steps = Step.objects.filter(auction__in=self.auctions)
        works = {work.step.id: work for work in load_work(steps, [self.book])}
        for auction in self.auctions:
            self.caps.release(works[auction.step_id], auction, auction.lot_units_left)
            auction.withdraw(self.now)
        self.caps.write()
        save_changes(self.auctions)
        payload = {"reason": reason}
        record_events([NewEvent(a.venue_id, "auction_withdrawn", a.id, None, payload) for a in self.auctions])

    def _end_lots(self) -> None:
        steps = list(Step.objects.filter(lot__in=self.lots).exclude(state=StepState.ENDED))
        for step in steps:
            step.move_to(StepState.ENDED, self.now)
        for lot in self.lots:
            self.journal.release(self.book.estate_id, lot.estate_held)
            self.journal.release(self.fund_id, lot.fund_held)
            lot.end(self.now)
        save_changes([*steps, *self.lots])

    def _move_out(self) -> None:
        held, owed = self.journal.posted(self.book.estate_id), self.journal.posted(self.book.debt_id)
        own = self.book.estate_id if held else self.book.debt_id
        self.journal.move(own, self.clearing_id, total([held, owed]), Purpose.INTAKE_REVERSED, self.book.id)


def move_in(journal: Journal, clearing_id: UUID, book: Book, settled: Decimal) -> None:
    """Bring a book's money in: what is positive into its estate; what is negative stands in its debt."""
    own = book.estate_id if settled > 0 else book.debt_id
    journal.move(clearing_id, own, settled, Purpose.INTAKE, book.id)
