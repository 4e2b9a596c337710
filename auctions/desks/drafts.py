"""Drafting: what a venue sends becomes a book that can be written, or all that is wrong with it.

A draft is priced with fresh marks, exactly, and in one asset.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from accounts.models import Group
from accounts.rules.refusals import AccountRefusal
from auctions.desks.legs import leg_of
from auctions.models import Book, KeptPosition, Playbook, Position
from auctions.rules.partial_liquidation import Part, restoring_part
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.valuation import LONG, SPOT, BookValue, Leg, notional, value_book
from backstop.errors import DomainError, Fault
from backstop.models import Asset, Instrument
from backstop.queries import get_instrument_terms, list_known_prices, reference_marks
from backstop.refusals import GroundRefusal
from backstop.values.amounts import EXACT, ZERO, AmountRefused, require_takeable, round_down, to_text
from backstop.values.documents import content_of

L = TypeVar("L", Position, KeptPosition)


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
    """A book as the venue sends it. `owner_group` names the group of providers that the account belongs to, if any.

    With a `target_margin_ratio` only so much is sold as brings the account's equity to that multiple of its margin
    requirement; the whole book where less does not suffice.
    """

    reference: str
    positions: tuple[PositionOrder, ...]
    cash: Decimal = Decimal(0)
    account: str = ""
    owner_group: str = ""
    target_margin_ratio: Decimal | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same content, however its numbers are written."""
        return hashlib.sha256(content_of(self)).hexdigest()


@dataclass(frozen=True, slots=True)
class Draft:
    """A book that can be written: its lines are priced, but belong to no book yet. `part` is there where less than the
    whole is sold; then positions and value are the part's."""

    order: BookOrder
    playbook: Playbook
    owner: Group | None
    asset: Asset
    positions: list[Position]
    kept: list[KeptPosition]
    part: Part | None
    value: BookValue
    drafted_at: datetime

    @property
    def marks(self) -> dict[UUID, Decimal]:
        """What it is priced with."""
        return _marks_of([*self.positions, *self.kept])

    @property
    def product_groups(self) -> set[UUID]:
        """Those that it sells something of."""
        return {position.instrument.product_group_id for position in self.positions}

    def fill(self, book: Book) -> None:
        """Put into the book, and its lines into it, all that comes from its venue and is priced; does not save."""
        book.account = self.order.account
        book.owner_group = self.owner
        book.target_margin_ratio = self.order.target_margin_ratio
        book.cash = self.part.cash if self.part else self.order.cash
        book.kept_cash = self.part.kept_cash if self.part else ZERO
        book.kept_equity = self.part.kept_equity if self.part else ZERO
        book.equity = self.value.equity
        book.notional = self.value.notional
        lines: list[Position | KeptPosition] = [*self.positions, *self.kept]
        for line in lines:
            line.book = book
            line.book_version = book.version


class DrillOrder(BookOrder):
    """A book that is to go through the market as a drill."""

    @property
    def fingerprint(self) -> str:
        """Another than that of the same content for real."""
        return hashlib.sha256(b"drill" + content_of(self)).hexdigest()


def write_lines(drafts: Sequence[Draft]) -> None:
    """Write the positions of these drafts, sold and kept; their books are written."""
    Position.objects.bulk_create([position for draft in drafts for position in draft.positions])
    KeptPosition.objects.bulk_create([position for draft in drafts for position in draft.kept])


class Drafting:
    """Turns orders, by the JSON pointer to each, into drafts, or says all that is wrong with them.

    `marks` are those that are known already; the others are read. The terms of instruments are those at `terms_at`
    (None: now), at which they have to be listed, unless `sells_delisted`.
    """

    def __init__(
        self,
        venue_id: UUID,
        playbook: Playbook,
        orders: Mapping[str, BookOrder],
        now: datetime,
        marks: Mapping[UUID, Decimal] | None = None,
        *,
        terms_at: datetime | None = None,
        sells_delisted: bool = False,
    ) -> None:
        self.orders = orders
        symbols = {position.instrument for order in orders.values() for position in order.positions}
        found = Instrument.objects.filter(venue=venue_id, symbol__in=symbols).select_related("settlement_asset")
        self.instruments = {instrument.symbol: instrument for instrument in found}
        self.terms = get_instrument_terms(self.instruments.values(), terms_at or now)
        self.sells_delisted = sells_delisted
        self.marks: dict[UUID, Decimal] = dict(marks or {})
        self.prices = list_known_prices({each.id for each in self.instruments.values()} - self.marks.keys())
        self.groups = {
            group.name: group
            for group in Group.objects.filter(venue=venue_id, name__in={o.owner_group for o in orders.values()})
        }
        self.playbook = playbook
        self.now = now
        self.faults: list[Fault] = []

    def drafts(self) -> list[Draft]:
        """A draft of each order in which nothing is wrong; what is in the others joins `faults`."""
        drafts = [self._draft(order, where) for where, order in self.orders.items()]
        return [draft for draft in drafts if draft is not None]

    def require_no_fault(self, so: str) -> None:
        """Raises `books_refused` with every fault, and what that means, in words."""
        if self.faults:
            raise AuctionRefusal.BOOKS_REFUSED.error(f"{self.faults[0].message}; {so}", faults=self.faults)

    def _draft(self, order: BookOrder, where: str) -> Draft | None:
        before = len(self.faults)
        if order.owner_group and order.owner_group not in self.groups:
            self.faults.append(
                AccountRefusal.GROUP_UNKNOWN.at(f"{where}/owner_group", f"no group is named {order.owner_group!r}")
            )
        if not order.positions:
            self.faults.append(AuctionRefusal.POSITIONS_MISSING.at(f"{where}/positions"))
        if order.target_margin_ratio is not None and order.target_margin_ratio <= 0:
            self.faults.append(AuctionRefusal.RATIO_NOT_POSITIVE.at(f"{where}/target_margin_ratio"))
        for index, position in enumerate(order.positions):
            self._check(position, f"{where}/positions/{index}")
        if len(self.faults) > before:
            return None
        assets = {self.instruments[position.instrument].settlement_asset for position in order.positions}
        if len(assets) > 1:
            codes = " and ".join(sorted(asset.code for asset in assets))
            self.faults.append(
                AuctionRefusal.SETTLEMENT_ASSETS_MIXED.at(
                    f"{where}/positions", f"a book settles in one asset, not in {codes}"
                )
            )
            return None
        return self._valued(order, assets.pop(), where)

    def _check(self, position: PositionOrder, where: str) -> None:
        instrument = self.instruments.get(position.instrument)
        if instrument is None:
            self.faults.append(
                GroundRefusal.INSTRUMENT_UNKNOWN.at(
                    f"{where}/instrument", f"the venue has no instrument {position.instrument!r}"
                )
            )
            return
        terms = self.terms[instrument.id]
        if not (terms.is_listed or self.sells_delisted):
            delisted = f"{instrument.symbol} is not listed any more"
            self.faults.append(AuctionRefusal.INSTRUMENT_DELISTED.at(f"{where}/instrument", delisted))
        if position.quantity <= 0:
            self.faults.append(AuctionRefusal.QUANTITY_NOT_POSITIVE.at(f"{where}/quantity"))
        elif EXACT.remainder(position.quantity, terms.quantity_step):
            step = to_text(terms.quantity_step)
            self.faults.append(
                AuctionRefusal.QUANTITY_OFF_STEP.at(f"{where}/quantity", f"a quantity is a multiple of {step}")
            )
        if instrument.kind == SPOT and position.side != LONG:
            self.faults.append(AuctionRefusal.SPOT_NOT_LONG.at(f"{where}/side"))
        if (instrument.kind == SPOT) != (position.entry_price is None):
            wants = "has no entry price" if instrument.kind == SPOT else "needs its entry price"
            self.faults.append(
                AuctionRefusal.ENTRY_PRICE_MISMATCH.at(f"{where}/entry_price", f"{instrument.symbol} {wants}")
            )
        elif position.entry_price is not None and position.entry_price <= 0:
            self.faults.append(GroundRefusal.PRICE_NOT_POSITIVE.at(f"{where}/entry_price"))
        if instrument.id in self.marks:
            return
        try:
            self.marks |= reference_marks(self.prices, [instrument.id], self.now, self.playbook.mark_terms)
        except DomainError as error:
            self.faults.append(error.refusal.at(f"{where}/instrument", error.message))

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
        self._put_terms(positions)
        value = value_book(order.cash, [leg_of(position) for position in positions], _marks_of(positions), asset.scale)
        if faults := _faults_of(value, {"cash": order.cash}, asset, where):
            self.faults += faults
            return None
        for position, worth in zip(positions, value.notionals, strict=True):
            position.notional = worth
        owner = self.groups.get(order.owner_group)
        draft = Draft(order, self.playbook, owner, asset, positions, [], None, value, self.now)
        return draft if order.target_margin_ratio is None else self._in_part(draft, order.target_margin_ratio, where)

    def _put_terms(self, lines: Sequence[Position]) -> None:
        for line in lines:
            terms = self.terms[line.instrument_id]
            line.quantity_step, line.margin_rate = terms.quantity_step, terms.margin_rate

    def _in_part(self, draft: Draft, target_ratio: Decimal, where: str) -> Draft | None:
        """The draft of as much as restores the account at what a sale is reckoned to cost."""
        lines, scale = draft.positions, draft.asset.scale
        legs = [leg_of(line) for line in lines]
        cost_bps = self.playbook.partial_cost_bps
        part = restoring_part(draft.order.cash, legs, _marks_of(lines), target_ratio, cost_bps, scale)
        if part is None:
            return draft
        if part.is_empty:
            self.faults.append(AuctionRefusal.ACCOUNT_HEALTHY.at(f"{where}/target_margin_ratio"))
            return None
        sold = _lines(Position, lines, part.sold, scale)
        self._put_terms(sold)
        kept = _lines(KeptPosition, lines, part.kept, scale)
        amounts = {"cash": part.cash, "kept cash": part.kept_cash, "kept equity": part.kept_equity}
        value = value_book(part.cash, [leg_of(line) for line in sold], _marks_of(sold), scale)
        if faults := _faults_of(value, amounts, draft.asset, where):
            self.faults += faults
            return None
        return replace(draft, positions=sold, kept=kept, part=part, value=value)


def _faults_of(value: BookValue, amounts: Mapping[str, Decimal], asset: Asset, where: str) -> list[Fault]:
    """Why this value, or one of these amounts beside it, cannot be stored in the asset; nothing where all can."""
    stored = {**amounts, "notional": value.notional, "equity": value.equity, "money": value.settled}
    try:
        for name, amount in stored.items():
            require_takeable(amount, asset.scale, name)
    except AmountRefused as refusal:
        return [AuctionRefusal.AMOUNT_REFUSED.at(where, str(refusal))]
    if min(value.notionals) <= 0:
        nothing = f"a position is worth nothing in {asset.code}"
        return [AuctionRefusal.NOTIONAL_TOO_SMALL.at(f"{where}/positions", nothing)]
    return []


def _marks_of(positions: Sequence[Position | KeptPosition]) -> dict[UUID, Decimal]:
    return {position.instrument_id: position.mark_price for position in positions}


def _lines(kind: type[L], lines: Sequence[Position], legs: Sequence[Leg], scale: int) -> list[L]:
    """So much of each line as its leg says, numbered anew; nothing of a line whose leg is empty."""
    left = [(line, leg) for line, leg in zip(lines, legs, strict=True) if leg.quantity]
    return [
        kind(
            ordinal=ordinal,
            instrument=line.instrument,
            side=line.side,
            quantity=leg.quantity,
            entry_price=line.entry_price,
            accrued=leg.accrued,
            mark_price=line.mark_price,
            notional=round_down(notional(leg, line.mark_price), scale),
        )
        for ordinal, (line, leg) in enumerate(left)
    ]
