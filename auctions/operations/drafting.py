"""Drafting: what a venue sends becomes a book that can be written, or all that is wrong with it.

Called by intake and by amendments, which write the drafts. Guarantees that a draft is priced with fresh marks, exactly,
and in one asset.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import Group
from auctions.models import Book, Playbook, Position
from auctions.operations.loading import leg_of
from auctions.rules.valuation import LONG, SPOT, BookValue, value_book
from backstop.errors import DomainError, Fault, Refused
from backstop.models import Asset, Instrument
from backstop.queries import list_source_prices, reference_marks
from backstop.values.amounts import EXACT, AmountRefused, require_scale


class BooksRefused(Refused):
    """Books that cannot be taken in; nothing of the batch was."""


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


@dataclass(frozen=True, slots=True)
class Draft:
    """A book that can be written: its positions are priced, but belong to no book yet."""

    order: BookOrder
    playbook: Playbook
    owner: Group | None
    asset: Asset
    positions: list[Position]
    value: BookValue
    drafted_at: datetime

    def describe(self, book: Book) -> None:
        """Let the book be what was drafted: all that comes from its venue and is priced, of which nothing is saved."""
        book.account = self.order.account
        book.owner_group = self.owner
        book.cash = self.order.cash
        book.equity = self.value.equity
        book.notional = self.value.notional
        for position in self.positions:
            position.book = book
            position.book_version = book.version


class Drafting:
    """Turns orders, by the JSON pointer to each, into drafts, or says all that is wrong with them."""

    def __init__(self, venue_id: UUID, playbook: Playbook, orders: Mapping[str, BookOrder], now: datetime) -> None:
        self.orders = orders
        symbols = {position.instrument for order in orders.values() for position in order.positions}
        found = Instrument.objects.filter(venue=venue_id, symbol__in=symbols).select_related("settlement_asset")
        self.instruments = {instrument.symbol: instrument for instrument in found}
        self.prices = list_source_prices([instrument.id for instrument in self.instruments.values()])
        self.marks: dict[UUID, Decimal] = {}
        self.groups = {
            group.name: group
            for group in Group.objects.filter(venue=venue_id, name__in={o.owner_group for o in orders.values()})
        }
        self.playbook = playbook
        self.now = now
        self.faults: list[Fault] = []

    def drafts(self) -> list[Draft]:
        """A draft of each order. Raises `BooksRefused`."""
        drafts = [self._draft(order, where) for where, order in self.orders.items()]
        if self.faults:
            raise BooksRefused(f"{self.faults[0].message}; nothing was taken in", faults=self.faults)
        return [draft for draft in drafts if draft is not None]

    def _draft(self, order: BookOrder, where: str) -> Draft | None:
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
            self.marks |= reference_marks(self.prices, [instrument.id], self.now, self.playbook.mark_terms)
        except DomainError as error:
            self._fault(f"{where}/instrument", error.code, error.message)

    def _valued(self, order: BookOrder, asset: Asset, where: str) -> Draft | None:
        positions = [
            Position(
                ordinal=ordinal,
                instrument=self.instruments[position.instrument],
                side=position.side,
                quantity=position.quantity,
                entry_price=position.entry_price,
                accrued=position.accrued,
                mark_price=self.marks[self.instruments[position.instrument].id],
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
        return Draft(order, self.playbook, owner, asset, positions, value, self.now)

    def _fault(self, pointer: str, code: str, message: str) -> None:
        self.faults.append(Fault(pointer, code, message))
