"""What insurance funds may pay for the edges of locked books' lots, while a batch is decided.

Guarantees that wishes hold nothing, that an award holds what the fund pays of its edge, and that no hold counts on what
another of the batch has, is free no more, or is beyond a draw limit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from accounts.queries import sum_owed_first
from auctions.desks.draw_limits import DrawLimits
from auctions.models import Book, Lot, Wish
from auctions.rules.fund_draw import fund_part
from backstop.database import Overtaken
from backstop.models.base import save_changes
from backstop.values.amounts import ZERO, difference, total


class FundDesk:
    """The wishes of these books' lots, and what the limits leave: read where the first is asked for.

    `count_in` names the journal by which it is decided; without one, of which nothing is written, it reads its own.
    `write` comes before the journal's, and `confirm` after it.
    """

    def __init__(self, books: Sequence[Book], now: datetime) -> None:
        self.books, self.now = books, now

    @cached_property
    def accounts(self) -> dict[UUID, UUID]:
        """The funds, by asset."""
        rows = Account.objects.filter(asset__in={book.asset_id for book in self.books}, kind=AccountKind.FUND)
        return dict(rows.values_list("asset_id", "id"))

    @cached_property
    def limits(self) -> DrawLimits:
        """What the draw limits leave."""
        return DrawLimits(self.books, self.accounts, self.now)

    @cached_property
    def journal(self) -> Journal:
        return Journal.opened(self.accounts.values())

    def count_in(self, journal: Journal) -> None:
        """Decide by this journal, which holds the funds."""
        self.journal = journal

    def part_of(self, lot: Lot) -> Decimal:
        """What the fund would pay for edges of the lot now: others' wishes do not count."""
        wish = self._wishes.get(lot.id)
        part = self._within(lot, wish.amount, beside_wishes=False) if wish else ZERO
        return total([lot.fund_held, part])

    def wish(self, lot: Lot, need: Decimal) -> None:
        """Wish for what the lot needs of the fund, in place of what was wished before, beside what others wish."""
        wish = self._wishes.setdefault(lot.id, Wish(lot=lot, fund_id=self.accounts[lot.book.asset_id], amount=ZERO))
        self.limits.note_wish(lot, wish.amount.copy_negate())
        wish.amount = self._within(lot, difference(need, lot.fund_held), beside_wishes=True)
        self.limits.note_wish(lot, wish.amount)

    def top_up(self, lot: Lot, need: Decimal) -> None:
        """Wish for no less than before, and more where the lot needs it, as far as there is room."""
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
            self.limits.note_wish(lot, drawn.copy_negate())
        self.limits.note_hold(lot, amount)

    def write(self) -> None:
        """Write the wishes; the journal has what is held."""
        new = [wish for wish in self._wishes.values() if wish._state.adding and wish.amount]
        stored = [wish for wish in self._wishes.values() if not wish._state.adding]
        Wish.objects.bulk_create(new)
        save_changes(wish for wish in stored if wish.amount)
        if gone := [wish.id for wish in stored if not wish.amount]:
            Wish.objects.filter(id__in=gone).delete()
        for fund_id in self.limits.funds_raised:
            self.journal.lock_too(fund_id)

    def confirm(self) -> None:
        """Look again, now that nobody else can, whether the limits hold. Raises `Overtaken`."""
        if not self.limits.funds_raised:
            return
        if exceeded := self.limits.exceeded_by(DrawLimits(self.books, self.accounts, self.now)):
            raise Overtaken(f"others used what {len(exceeded)} draw limits had room for")

    def _within(self, lot: Lot, wanted: Decimal, *, beside_wishes: bool) -> Decimal:
        owed = self._owed_first.get(lot.book.asset_id, ZERO)
        free = max(difference(self.journal.free(self.accounts[lot.book.asset_id]), owed), ZERO)
        return fund_part(wanted, free, self.limits.rooms(lot, beside_wishes=beside_wishes))

    @cached_property
    def _owed_first(self) -> Mapping[UUID, Decimal]:
        """What insurers lent and is due comes before any wish."""
        return sum_owed_first(self.accounts.keys(), self.now)

    @cached_property
    def _wishes(self) -> dict[UUID, Wish]:
        return {wish.lot_id: wish for wish in Wish.objects.filter(lot__book__in=self.books)}


def drop_wishes(lots: Sequence[Lot]) -> None:
    """Nothing of these lots is auctioned next: wish for nothing."""
    Wish.objects.filter(lot__in=lots).delete()
