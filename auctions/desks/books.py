"""Books that their venue may still correct or take back, and the end of the versions that they were.

What an old version had under way ends with nothing held, and its money goes back as it came.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.desks.journal import Journal, venue_accounts
from accounts.models import AccountKind, Purpose
from accounts.rules.approvals import Stake
from auctions.desks import news
from auctions.desks.bids import accounts_of_offers, live_bids, write_voided
from auctions.desks.caps import CapDesk
from auctions.desks.cut_bids import accounts_of_cut, lock_between, waiting_in, write_ended
from auctions.desks.funds import drop_wishes
from auctions.desks.offers import Offer, void_offers
from auctions.desks.readiness import live_readiness, write_void
from auctions.desks.work import load_work
from auctions.events import AuctionWithdrawn, BookWithdrawn
from auctions.lifecycle import UNDER_WAY, BookState, StepState
from auctions.models import Auction, Award, Book, Lot, Step
from auctions.rules.disclosure import WITHDRAWN
from auctions.rules.refusals import AuctionRefusal
from backstop.locks import Lock, lock, lock_row
from backstop.models.base import save_changes
from backstop.record import record_events


def lock_book(venue_id: UUID, book_id: UUID) -> Book:
    books = Book.objects.filter(id=book_id, venue=venue_id).select_related("playbook", "asset")
    book = lock_row(Lock.BOOK_ROW, books)
    if book is None:
        raise AuctionRefusal.BOOK_UNKNOWN.error(f"there is no book {book_id}")
    return book


def stake_of_book(*, venue_id: UUID, book_id: UUID, **_: Any) -> Stake | None:
    """What whoever takes a book back puts at stake: its notional; nothing where that is done already."""
    book = Book.objects.filter(id=book_id, venue=venue_id).exclude(state=BookState.WITHDRAWN).first()
    return Stake(book.asset_id, book.notional) if book else None


def require_no_award(*books: Book) -> None:
    if any(book.state == BookState.WITHDRAWN for book in books):
        raise AuctionRefusal.BOOK_WITHDRAWN.error()
    if any(book.owned_by_fund for book in books):
        raise AuctionRefusal.BOOK_OWNED_BY_FUND.error()
    if Award.objects.filter(step__lot__book__in=books).exists():
        raise AuctionRefusal.BOOK_AWARDED.error()


class VersionEnd:
    """The end of the versions of locked books, one or more of a venue and asset: what was under way is over, what was
    held is released, their money goes back.

    Nothing was awarded, unless in a drill, so estates and debts hold what came in with the books and nothing else.
    `journal` may have more moves until `write`, as of what comes in with a next version, and holds the accounts of
    `others` too.
    """

    def __init__(self, books: Sequence[Book], caps: CapDesk, now: datetime, others: Collection[UUID] = ()) -> None:
        self.books = books
        self.caps = caps
        self.now = now
        self.lots = list(Lot.objects.filter(book__in=books, book_version=F("book__version")).select_related("book"))
        under_way = Auction.objects.filter(step__lot__in=self.lots, state__in=UNDER_WAY)
        # Bids share this lock: once it is held alone, every bid is committed, or will find the auction withdrawn.
        lock(Lock.AUCTION, list(under_way.values_list("id", flat=True)))
        self.auctions = {auction.step_id: auction for auction in under_way.select_related("step__lot__book__asset")}
        between = lock_between(lot__in=self.lots)
        self.steps = list(Step.objects.filter(lot__in=self.lots).exclude(state=StepState.ENDED))
        self.works = load_work([step for step in self.steps if step.id in self.auctions], books, now)
        ids = [auction.id for auction in self.auctions.values()]
        self.bids = live_bids(ids)
        self.readiness = live_readiness(ids)
        self.cut_bids = [*between, *waiting_in(ids)]
        self.bidders = accounts_of_offers(ids) | accounts_of_cut(between)
        accounts = venue_accounts(books[0].venue_id, books[0].asset)
        self.clearing_id, self.fund_id = accounts[AccountKind.CLEARING], accounts[AccountKind.FUND]
        own = [account for book in books for account in (book.estate_id, book.debt_id)]
        self.journal = Journal.opened([self.clearing_id, self.fund_id, *own, *self.bidders.values(), *others])
        self.events: list[AuctionWithdrawn | BookWithdrawn] = []

    def end(self, reason: str) -> None:
        """End them, for this reason."""
        self.stop(reason)
        for lot in self.lots:
            self.journal.release(lot.book.estate_id, lot.estate_held)
            self.journal.release(self.fund_id, lot.fund_held)
            lot.end(self.now)
        self._move_out()

    def take_back(self, reason: str) -> None:
        """End them because the books go back to their venue, for this reason."""
        self.end(WITHDRAWN)
        for book in self.books:
            book.withdraw(reason, self.now)
            self.events.append(BookWithdrawn(**book.whose, subject_id=book.id, reason=reason))

    def stop(self, reason: str) -> None:
        """Let nothing more of them be offered or awarded, for this reason."""
        offers: list[Offer] = [*self.bids, *self.readiness, *self.cut_bids]
        void_offers(offers, reason, self.journal, self.bidders, self.now)
        for work in self.works:
            auction = self.auctions[work.step.id]
            self.caps.release(work, auction, auction.lot_units_left)
            auction.withdraw(self.now)
            self.events.append(news.withdrawn(auction, reason))
        for step in self.steps:
            step.move_to(StepState.ENDED, self.now)

    def _move_out(self) -> None:
        for book in self.books:
            for own in (book.estate_id, book.debt_id):
                self.journal.move(own, self.clearing_id, self.journal.posted(own), Purpose.INTAKE_REVERSED, book.id)

    def write(self) -> None:
        """Write all of it and tell everybody; the journal last."""
        self.write_rows()
        self.journal.write()

    def write_rows(self) -> None:
        """Write all of it but the journal, and tell everybody."""
        write_voided(self.bids)
        write_void(self.readiness)
        write_ended(self.cut_bids)
        self.caps.write()
        save_changes([*self.auctions.values(), *self.steps, *self.lots, *self.books])
        drop_wishes(self.lots)
        record_events(self.events)


def move_in(journal: Journal, clearing_id: UUID, book: Book, settled: Decimal) -> None:
    """Bring a book's money in: what is positive into its estate; what is negative stands in its debt."""
    own = book.estate_id if settled > 0 else book.debt_id
    journal.move(clearing_id, own, settled, Purpose.INTAKE, book.id)
