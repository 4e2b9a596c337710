"""Intake: a venue's books arrive, are checked, marked once, and their money comes into the ledger.

Called by `POST /v1/books` and the replay. Guarantees that a reference is taken in once (the same content again answers
the same book), and that of a batch either every book is taken in or none.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import Account, AccountKind, Group, Purpose
from accounts.operations.ledger import Journal, venue_accounts
from auctions.models import Book, Playbook, Position
from auctions.operations.loading import leg_of
from auctions.rules.valuation import LONG, SPOT, BookValue, value_book
from backstop import clock
from backstop.errors import Conflict, DomainError, Fault, Refused
from backstop.models import Asset, Instrument
from backstop.operations.events import NewEvent, record_events
from backstop.queries import ReferenceMark, list_reference_marks, require_fresh
from backstop.transactions import lock_exclusive, operation
from backstop.values.amounts import EXACT, AmountRefused, require_scale


class BooksRefused(Refused):
    """Books that cannot be taken in; nothing of the batch was."""


class PlaybookMissing(Conflict):
    """The venue has no playbook yet."""


class ReferenceReused(Conflict):
    """The reference was used before, for a book with other content."""


@dataclass(frozen=True, slots=True)
class PositionOrder:
    """A position as the venue sends it; spot has no entry price."""

    instrument: str
    side: str
    quantity: Decimal
    entry_price: Decimal | None = None
    accrued: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class BookOrder:
    """A book as the venue sends it. `owner_group` names the group of providers that the account belongs to, if any."""

    reference: str
    positions: tuple[PositionOrder, ...]
    cash: Decimal = Decimal(0)
    account: str = ""
    owner_group: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same content, however its numbers are written."""
        content = json.dumps(asdict(self), sort_keys=True, default=lambda number: str(number.normalize()))
        return hashlib.sha256(content.encode()).hexdigest()


@operation
def receive_books(*, venue_id: UUID, orders: Sequence[BookOrder], owned_by_fund: bool = False) -> list[Book]:
    """Take in a batch of books, in its order; those that are known already are answered as they are.

    Raises `BooksRefused` (with every fault and its JSON pointer), `ReferenceReused`, `PlaybookMissing`.
    """
    # One intake a venue at a time, so that what follows sees the references of the one before.
    lock_exclusive("intake", [venue_id])
    known = {
        book.reference: book
        for book in Book.objects.filter(venue=venue_id, reference__in=[o.reference for o in orders])
    }
    _refuse_reuse(orders, known)
    fresh = list({order.reference: order for order in orders if order.reference not in known}.values())
    if fresh:
        playbook = Playbook.objects.filter(venue=venue_id).order_by("-version").first()
        if playbook is None:
            raise PlaybookMissing("the venue has no playbook: an admin has to add one first")
        drafts = _Drafting(venue_id, playbook, orders, clock.now()).drafts(fresh)
        known |= {book.reference: book for book in _write(drafts, owned_by_fund)}
    return [known[order.reference] for order in orders]


def _refuse_reuse(orders: Sequence[BookOrder], known: Mapping[str, Book]) -> None:
    first: dict[str, str] = {reference: book.fingerprint for reference, book in known.items()}
    for index, order in enumerate(orders):
        if first.setdefault(order.reference, order.fingerprint) != order.fingerprint:
            raise ReferenceReused(
                f"reference {order.reference!r} was used before, for a book with other content",
                pointer=f"/books/{index}/reference",
            )


@dataclass(frozen=True, slots=True)
class _Draft:
    order: BookOrder
    playbook: Playbook
    owner: Group | None
    asset: Asset
    positions: list[Position]
    value: BookValue
    received_at: datetime


class _Drafting:
    """Turns orders into books that can be written, or says all that is wrong with them."""

    def __init__(self, venue_id: UUID, playbook: Playbook, orders: Sequence[BookOrder], now: datetime) -> None:
        symbols = {position.instrument for order in orders for position in order.positions}
        found = Instrument.objects.filter(venue=venue_id, symbol__in=symbols).select_related("settlement_asset")
        self.instruments = {instrument.symbol: instrument for instrument in found}
        self.marks: dict[UUID, ReferenceMark] = list_reference_marks([i.id for i in self.instruments.values()])
        self.groups = {
            group.name: group
            for group in Group.objects.filter(venue=venue_id, name__in={o.owner_group for o in orders})
        }
        self.playbook = playbook
        self.places = {order.reference: index for index, order in reversed(list(enumerate(orders)))}
        self.now = now
        self.faults: list[Fault] = []

    def drafts(self, orders: Sequence[BookOrder]) -> list[_Draft]:
        """A draft of each order. Raises `BooksRefused`."""
        drafts = [self._draft(order) for order in orders]
        if self.faults:
            raise BooksRefused(f"{self.faults[0].message}; nothing was taken in", faults=self.faults)
        return [draft for draft in drafts if draft is not None]

    def _draft(self, order: BookOrder) -> _Draft | None:
        where = f"/books/{self.places[order.reference]}"
        before = len(self.faults)
        if order.owner_group and order.owner_group not in self.groups:
            self._fault(f"{where}/owner_group", "group_unknown", f"no group is named {order.owner_group!r}")
        if not order.positions:
            self._fault(f"{where}/positions", "positions_missing", "a book needs at least one position")
        for index, position in enumerate(order.positions):
            self._check(position, f"{where}/positions/{index}")
        if len(self.faults) > before:
            return None
        assets = {self.instruments[position.instrument].settlement_asset for position in order.positions}
        if len(assets) > 1:
            codes = " and ".join(sorted(asset.code for asset in assets))
            self._fault(f"{where}/positions", "settlement_assets_mixed", f"a book settles in one asset, not in {codes}")
            return None
        return self._valued(order, assets.pop(), where)

    def _check(self, position: PositionOrder, where: str) -> None:
        instrument = self.instruments.get(position.instrument)
        if instrument is None:
            self._fault(
                f"{where}/instrument", "instrument_unknown", f"the venue has no instrument {position.instrument!r}"
            )
            return
        if position.quantity <= 0:
            self._fault(
                f"{where}/quantity", "quantity_not_positive", "a quantity is above zero; the side gives its sign"
            )
        elif EXACT.remainder(position.quantity, instrument.quantity_step):
            step = f"{instrument.quantity_step.normalize():f}"
            self._fault(f"{where}/quantity", "quantity_off_step", f"a quantity is a multiple of {step}")
        if instrument.kind == SPOT and position.side != LONG:
            self._fault(f"{where}/side", "spot_not_long", "spot is long only: what is borrowed is negative cash")
        if (instrument.kind == SPOT) != (position.entry_price is None):
            wants = "has no entry price" if instrument.kind == SPOT else "needs its entry price"
            self._fault(f"{where}/entry_price", "entry_price_mismatch", f"{instrument.symbol} {wants}")
        elif position.entry_price is not None and position.entry_price <= 0:
            self._fault(f"{where}/entry_price", "price_not_positive", "a price is above zero")
        try:
            require_fresh(self.marks, [instrument.id], self.now, self.playbook.mark_max_age_seconds)
        except DomainError as error:
            self._fault(f"{where}/instrument", error.code, error.message)

    def _valued(self, order: BookOrder, asset: Asset, where: str) -> _Draft | None:
        positions = [
            Position(
                ordinal=ordinal,
                instrument=self.instruments[position.instrument],
                side=position.side,
                quantity=position.quantity,
                entry_price=position.entry_price,
                accrued=position.accrued,
                mark_price=self.marks[self.instruments[position.instrument].id].price,
            )
            for ordinal, position in enumerate(order.positions)
        ]
        marks = {position.instrument_id: position.mark_price for position in positions}
        value = value_book(order.cash, [leg_of(position) for position in positions], marks, asset.scale)
        try:
            require_scale(order.cash, asset.scale, "cash")
            for name, amount in (("notional", value.notional), ("equity", value.equity), ("money", value.settled)):
                require_scale(amount, asset.scale, name)
        except AmountRefused as refusal:
            self._fault(where, "amount_refused", str(refusal))
            return None
        if min(value.notionals) <= 0:
            self._fault(f"{where}/positions", "notional_too_small", f"a position is worth nothing in {asset.code}")
            return None
        for position, notional in zip(positions, value.notionals, strict=True):
            position.notional = notional
        owner = self.groups.get(order.owner_group)
        return _Draft(order, self.playbook, owner, asset, positions, value, self.now)

    def _fault(self, pointer: str, code: str, message: str) -> None:
        self.faults.append(Fault(pointer, code, message))


def _write(drafts: Sequence[_Draft], owned_by_fund: bool) -> list[Book]:
    books = [_book(draft, owned_by_fund) for draft in drafts]
    Account.objects.bulk_create([account for book in books for account in (book.estate, book.debt)])
    Book.objects.bulk_create(books)
    for book, draft in zip(books, drafts, strict=True):
        for position in draft.positions:
            position.book = book
    Position.objects.bulk_create([position for draft in drafts for position in draft.positions])
    clearing = {
        asset.id: venue_accounts(asset.venue_id, asset)[AccountKind.CLEARING]
        for asset in {draft.asset.id: draft.asset for draft in drafts}.values()
    }
    journal = Journal.opened([*clearing.values(), *(a for book in books for a in (book.estate_id, book.debt_id))])
    for book, draft in zip(books, drafts, strict=True):
        settled = draft.value.settled
        own = book.estate_id if settled > 0 else book.debt_id
        journal.move(clearing[book.asset_id], own, settled, Purpose.INTAKE, book.id)
    journal.write()
    record_events(
        [
            NewEvent(b.venue_id, "book_received", b.id, None, {"reference": b.reference, "notional": b.notional})
            for b in books
        ]
    )
    return books


def _book(draft: _Draft, owned_by_fund: bool) -> Book:
    venue_id = draft.playbook.venue_id
    return Book(
        venue_id=venue_id,
        playbook=draft.playbook,
        reference=draft.order.reference,
        fingerprint=draft.order.fingerprint,
        account=draft.order.account,
        owner_group=draft.owner,
        owned_by_fund=owned_by_fund,
        asset=draft.asset,
        received_at=draft.received_at,
        cash=draft.order.cash,
        equity=draft.value.equity,
        notional=draft.value.notional,
        estate=Account(venue_id=venue_id, asset=draft.asset, kind=AccountKind.ESTATE),
        debt=Account(venue_id=venue_id, asset=draft.asset, kind=AccountKind.DEBT, floor=None),
    )
