"""What insurance funds may pay for the edges of locked books' lots, while a batch is decided.

Guarantees that wishes hold nothing, that an award holds what the fund pays of its edge, and that no hold counts on what
another of the batch has, is free no more, or is beyond a draw limit.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from auctions.lifecycle import FAILED
from auctions.models import Award, Book, Lot, Wish
from auctions.rules.fund_draw import fund_part
from backstop.models.base import save_changes
from backstop.values.amounts import ZERO, difference, total


class FundDesk:
    """The wishes of these books' lots, and what the funds have paid for them: read where the first is asked for.

    `count_in` names the journal by which it is decided; without one, of which nothing is written, it reads its own.
    """

    def __init__(self, books: Sequence[Book]) -> None:
        self.books = {book.id: book for book in books}

    @cached_property
    def accounts(self) -> dict[UUID, UUID]:
        """The funds, by asset."""
        assets = {book.asset_id for book in self.books.values()}
        rows = Account.objects.filter(asset__in=assets, kind=AccountKind.FUND)
        return dict(rows.values_list("asset_id", "id"))

    @cached_property
    def journal(self) -> Journal:
        return Journal.opened(self.accounts.values())

    def count_in(self, journal: Journal) -> None:
        """Decide by this journal, which holds the funds."""
        self.journal = journal

    def part_of(self, lot: Lot) -> Decimal:
        """What the fund would pay for edges of the lot now."""
        wish = self._wishes.get(lot.id)
        return total([lot.fund_held, self._within(lot, wish.amount if wish else ZERO)])

    def wish(self, lot: Lot, need: Decimal) -> None:
        """Wish for what the lot needs of the fund, in place of what was wished before."""
        amount = self._within(lot, difference(need, lot.fund_held))
        wish = self._wishes.setdefault(lot.id, Wish(lot=lot, fund_id=self.accounts[lot.book.asset_id], amount=ZERO))
        wish.amount = amount

    def top_up(self, lot: Lot, need: Decimal) -> None:
        """Wish for no less than before, and more where the lot needs it."""
        before = self._wishes[lot.id].amount if lot.id in self._wishes else ZERO
        self.wish(lot, max(need, total([before, lot.fund_held])))

    def hold(self, lot: Lot, amount: Decimal) -> None:
        """Hold what the fund pays of an award's edge. What a program of 0.2.0 held for the lot is held already."""
        before = min(amount, lot.fund_held)
        lot.fund_held = difference(lot.fund_held, before)
        drawn = difference(amount, before)
        if drawn:
            wish = self._wishes[lot.id]
            wish.amount = difference(wish.amount, drawn)
            self.journal.hold(self.accounts[lot.book.asset_id], drawn)
        self._used[lot.book_id] = total([self._used[lot.book_id], amount])

    def write(self) -> None:
        """Write the wishes; the journal has what is held."""
        new = [wish for wish in self._wishes.values() if wish._state.adding and wish.amount]
        stored = [wish for wish in self._wishes.values() if not wish._state.adding]
        Wish.objects.bulk_create(new)
        save_changes(wish for wish in stored if wish.amount)
        if gone := [wish.id for wish in stored if not wish.amount]:
            Wish.objects.filter(id__in=gone).delete()

    def _within(self, lot: Lot, wanted: Decimal) -> Decimal:
        return fund_part(wanted, self.journal.free(self.accounts[lot.book.asset_id]), self._rooms(lot.book))

    def _rooms(self, book: Book) -> list[Decimal]:
        if book.owned_by_fund:
            return []
        return [difference(book.playbook.fund_draw_limit, self._used[book.id])]

    @cached_property
    def _wishes(self) -> dict[UUID, Wish]:
        return {wish.lot_id: wish for wish in Wish.objects.filter(lot__book__in=self.books)}

    @cached_property
    def _used(self) -> defaultdict[UUID, Decimal]:
        """What was drawn for each book, or is held for awards."""
        lots = list(Lot.objects.filter(book__in=self.books).values_list("id", "book", "fund_paid"))
        not_counted = {lot_id: book_id for lot_id, book_id, paid in lots if paid is None}
        standing = Award.objects.filter(step__lot__in=not_counted).exclude(settlement__state__in=FAILED)
        paid = [(book_id, amount) for _, book_id, amount in lots if amount is not None]
        paid += [(not_counted[lot_id], part) for lot_id, part in standing.values_list("step__lot", "fund_part")]
        used: defaultdict[UUID, Decimal] = defaultdict(Decimal)
        for book_id, amount in paid:
            used[book_id] = total([used[book_id], amount])
        return used


def drop_wishes(lots: Sequence[Lot]) -> None:
    """Nothing of these lots is auctioned next: wish for nothing."""
    Wish.objects.filter(lot__in=lots).delete()
