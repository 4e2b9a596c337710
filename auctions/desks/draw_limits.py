"""How much room the draw limits of insurance funds have left, while a batch is decided.

Guarantees that whatever one of the batch holds or wishes for counts for the next. What is limited for one book alone
nobody else changes meanwhile; for the rest, `exceeded_by` looks again once the fund is locked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from accounts.queries import sum_funded
from auctions.models import Book, Lot, Wish
from auctions.queries.draws import (
    list_held_edges,
    load_draws,
    load_product_groups,
    sum_drawn_of_covers,
    sum_edges,
    sum_spent_on_books,
    sum_spent_on_events,
    sum_unfunded,
)
from auctions.rules.fund_draw import DAY, BookDraws, Scope
from backstop.values.amounts import ZERO, difference, round_down, total

Key = tuple[Scope, UUID, UUID]  # what counts together, of which fund, and for what


class DrawLimits:
    """The limits of these books, whose `funds` are by asset; and what of each is used, read where it is first asked."""

    def __init__(self, books: Sequence[Book], funds: Mapping[UUID, UUID], now: datetime) -> None:
        self.books = {book.id: book for book in books}
        self.funds = funds
        self.now = now
        self._raised: dict[tuple[Key, bool], Decimal] = {}

    def rooms(self, lot: Lot, *, beside_wishes: bool) -> list[Decimal]:
        """What each limit leaves for the lot; `beside_wishes` of others, where a wish is made."""
        return [
            difference(self._with_covers(key, limit), self._used[key], self._wished[key] if beside_wishes else ZERO)
            for key, limit in self._limits(lot.book, self._groups_of(lot.id))
        ]

    def rooms_for_debt(self, book: Book, advanced: Decimal) -> list[Decimal]:
        """What each limit but the book's own leaves for its debt, before the estate repays what was `advanced`; wishes
        do not count. Of advances that count no more what is repaid makes no room. No cover raises them: what covers pay
        of a debt they pay before the fund."""
        return [
            difference(limit, self._used[key], difference(advanced, self._of_book(key, book, advanced)))
            for key, limit in self._limits(book, ())
            if key[0] is not Scope.BOOK
        ]

    def pay_at_last(self, book: Book, advances: Decimal, debt: Decimal) -> Decimal:
        """Count what of a book's `advances` covers did not pay at last, which its fund bears; how much of its `debt`
        that they did not pay either each limit leaves beside that, which is counted too."""
        limits = dict(self._limits(book, ()))
        counted = {key: self._counts_unfunded(key, book) for key in limits}
        used = {key: self._spent[book.id] if key[0] is Scope.BOOK else self._used[key] for key in limits}
        rooms = [difference(total([limit, counted[key]]), used[key], advances) for key, limit in limits.items()]
        paid = max(min([debt, *rooms]), ZERO)
        for key in limits:
            self._used[key] = difference(total([self._used[key], advances, paid]), counted[key])
        if paid:
            self._raise(book, (), with_wishes=False)
        return paid

    def note_wish(self, lot: Lot, change: Decimal) -> None:
        """Count more (or less) as wished for the lot."""
        for key in self._keys(lot.book, self._groups_of(lot.id)):
            self._wished[key] = total([self._wished[key], change])
        if change > 0:
            self._raise(lot.book, self._groups_of(lot.id), with_wishes=True)

    def note_hold(self, lot: Lot, amount: Decimal) -> None:
        """Count so much as held for an award."""
        for key in self._keys(lot.book, self._groups_of(lot.id)):
            self._used[key] = total([self._used[key], amount])
        self._raise(lot.book, self._groups_of(lot.id), with_wishes=False)

    def note_close(self, book: Book, advanced: Decimal, repaid: Decimal, covered: Decimal) -> None:
        """Count what a book repaid as its end came, and what was covered of its debt."""
        for key in self._keys(book, ()):
            back = min(repaid, self._of_book(key, book, advanced))
            self._used[key] = total([difference(self._used[key], back), covered])
        if covered:
            self._raise(book, (), with_wishes=False)

    @property
    def funds_raised(self) -> set[UUID]:
        """The funds of which something was counted that others count as well."""
        return {fund_id for (_, fund_id, _), _ in self._raised}

    def exceeded_by(self, now_stored: "DrawLimits") -> list[Key]:
        """The limits that do not hold any more, by all that is stored now."""
        return [
            key
            for (key, with_wishes), limit in self._raised.items()
            if total([now_stored._used[key], now_stored._wished[key] if with_wishes else ZERO])
            > now_stored._with_covers(key, limit)
        ]

    def _raise(self, book: Book, groups: Sequence[UUID], *, with_wishes: bool) -> None:
        for key, limit in self._limits(book, groups):
            if key[0] is not Scope.BOOK:
                self._raised[key, with_wishes] = max(limit, self._raised.get((key, with_wishes), limit))

    def _with_covers(self, key: Key, limit: Decimal) -> Decimal:
        """A limit on a loss event is higher by what insurers have held for it, once for all of its books: of what the
        fund advances covers repay as much. What they hold raises it once over all events, the oldest first: one that
        costs nothing more keeps what it drew of that."""
        return total([limit, self._funded.get(key, ZERO)])

    @cached_property
    def _funded(self) -> dict[Key, Decimal]:
        if not self._is_limited("fund_event_limit"):
            return {}
        limits = [book.playbook.fund_event_limit for book in self.books.values()]
        events = {book.loss_event_id for book in self.books.values() if book.loss_event_id}
        reach = max(limit for limit in limits if limit is not None)
        funded = sum_funded(events, reach, sum_drawn_of_covers(events)) if events else {}
        return {
            (Scope.EVENT, self.funds[asset_id], event_id): amount
            for (event_id, asset_id), amount in funded.items()
            if asset_id in self.funds
        }

    def _limits(self, book: Book, groups: Sequence[UUID]) -> Iterator[tuple[Key, Decimal]]:
        playbook = book.playbook
        limits = {
            Scope.BOOK: playbook.fund_draw_limit,
            Scope.EVENT: playbook.fund_event_limit,
            Scope.GROUP: playbook.fund_group_limit,
            Scope.DAY: playbook.fund_day_limit,
        }
        for key in self._keys(book, groups):
            limit = limits[key[0]]
            if limit is not None:
                yield key, round_down(limit, book.asset.scale)

    def _keys(self, book: Book, groups: Sequence[UUID]) -> list[Key]:
        """Under what something counts that is for the book; none where its fund owns it."""
        if book.owned_by_fund:
            return []
        fund_id = self.funds[book.asset_id]
        events = [book.loss_event_id] if book.loss_event_id else []
        return [
            (Scope.BOOK, fund_id, book.id),
            *((Scope.EVENT, fund_id, event_id) for event_id in events),
            *((Scope.GROUP, fund_id, group_id) for group_id in groups),
            (Scope.DAY, fund_id, fund_id),
        ]

    def _of_book(self, key: Key, book: Book, advanced: Decimal) -> Decimal:
        """What of it is used by the book's own edges."""
        if key[0] is not Scope.DAY:
            return advanced
        return self._draws[key[1]][book.id].outstanding if book.id in self._draws[key[1]] else ZERO

    def _counts_unfunded(self, key: Key, book: Book) -> Decimal:
        """What of advances that covers may have to pay counts as used already, as nothing is held for it."""
        unfunded = self._unfunded.get(book.id, ZERO)
        if key[0] is not Scope.DAY:
            return unfunded
        lately = self._draws[key[1]].get(book.id, BookDraws({}))
        return min(unfunded, difference(lately.outstanding, lately.covered))

    def _is_limited(self, *names: str) -> bool:
        """Whether any of these books has such a limit: what is not limited is not read."""
        return any(getattr(book.playbook, name) is not None for book in self.books.values() for name in names)

    @cached_property
    def _used(self) -> defaultdict[Key, Decimal]:
        used: defaultdict[Key, Decimal] = defaultdict(Decimal)
        for book_id, amount in sum_edges(list(self.books)).items():
            used[Scope.BOOK, self.funds[self.books[book_id].asset_id], book_id] = amount
        for key, amount in [*self._used_by_events(), *self._used_lately()]:
            used[key] = total([used[key], amount])
        return used

    @cached_property
    def _unfunded(self) -> dict[UUID, Decimal]:
        return sum_unfunded(self.books)

    @cached_property
    def _spent(self) -> defaultdict[UUID, Decimal]:
        return defaultdict(Decimal, sum_spent_on_books(self.books))

    def _used_by_events(self) -> Iterator[tuple[Key, Decimal]]:
        if not self._is_limited("fund_event_limit"):
            return
        events = {book.loss_event_id for book in self.books.values() if book.loss_event_id}
        for (event_id, asset_id), amount in sum_spent_on_events(events).items():
            if asset_id in self.funds:
                yield (Scope.EVENT, self.funds[asset_id], event_id), amount

    def _used_lately(self) -> Iterator[tuple[Key, Decimal]]:
        """In 24 hours: what is held counts as well, since whenever."""
        if not self._is_limited("fund_group_limit", "fund_day_limit"):
            return
        for asset_id, fund_id in self.funds.items():
            for _, lot_id, amount in self._held[asset_id]:
                yield (Scope.DAY, fund_id, fund_id), amount
                for group_id in self._groups_of(lot_id):
                    yield (Scope.GROUP, fund_id, group_id), amount
            for draws in self._draws[fund_id].values():
                yield (Scope.DAY, fund_id, fund_id), draws.outstanding
                for lot_id in draws.edges:
                    for group_id in self._groups_of(lot_id):
                        yield (Scope.GROUP, fund_id, group_id), draws.edges_outstanding(lot_id, self._scale(asset_id))

    @cached_property
    def _wished(self) -> defaultdict[Key, Decimal]:
        wished: defaultdict[Key, Decimal] = defaultdict(Decimal)
        for wish in self._live_wishes:
            for key in self._keys(wish.lot.book, self._groups_of(wish.lot_id)):
                wished[key] = total([wished[key], wish.amount])
        return wished

    @cached_property
    def _live_wishes(self) -> list[Wish]:
        shared = self._is_limited("fund_event_limit", "fund_group_limit", "fund_day_limit")
        live = (
            Wish.objects.filter(fund__in=self.funds.values())
            if shared
            else Wish.objects.filter(lot__book__in=self.books)
        )
        return list(live.select_related("lot__book"))

    @cached_property
    def _held(self) -> dict[UUID, list[tuple[UUID, UUID, Decimal]]]:
        return {asset_id: list_held_edges([asset_id]) for asset_id in self.funds}

    @cached_property
    def _draws(self) -> dict[UUID, dict[UUID, BookDraws]]:
        return {fund_id: load_draws(fund_id, self.now - DAY) for fund_id in self.funds.values()}

    def _groups_of(self, lot_id: UUID) -> tuple[UUID, ...]:
        if not self._is_limited("fund_group_limit"):
            return ()
        if lot_id not in self._groups:
            self._groups |= {lot_id: (), **{k: tuple(v) for k, v in load_product_groups([lot_id]).items()}}
        return self._groups[lot_id]

    @cached_property
    def _groups(self) -> dict[UUID, tuple[UUID, ...]]:
        """Of all lots that count, at once."""
        lots = {wish.lot_id for wish in self._live_wishes}
        lots |= {lot_id for held in self._held.values() for _, lot_id, _ in held}
        lots |= {lot_id for by_book in self._draws.values() for draws in by_book.values() for lot_id in draws.edges}
        lots |= set(Lot.objects.filter(book__in=self.books).values_list("id", flat=True))
        return {lot_id: tuple(sorted(groups)) for lot_id, groups in load_product_groups(lots).items()}

    def _scale(self, asset_id: UUID) -> int:
        return next(book.asset.scale for book in self.books.values() if book.asset_id == asset_id)
