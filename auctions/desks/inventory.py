"""What the insurance fund of a venue holds, take-over by take-over: one at a time decides about it.

Guarantees that what goes is taken of the oldest, and that what contracts gain or lose is the fund's, to a fraction, as
far as it can bear it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Max

from accounts.desks.journal import Journal
from accounts.models import AccountKind, Holding, Purpose
from accounts.rules.sharing.repos import OpenSale
from auctions.desks.legs import leg_of
from auctions.events import InventoryMoved
from auctions.lifecycle import BOOK, SettlementState
from auctions.models import Award, Book, InventorySale, Position, Side, TakeOver
from auctions.rules.inventory import gain_of, movement
from auctions.rules.lots import slice_legs
from auctions.rules.valuation import LINEAR, Leg
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.queries import list_known_prices
from backstop.record import record_events
from backstop.values.amounts import ZERO, difference, multiply, total
from backstop.values.marks import estimate_of
from backstop.values.splitting import consumed, split_amount


def lock_inventory(venue_ids: Collection[UUID]) -> None:
    """One at a time decides what these venues' funds hold."""
    lock(Lock.INVENTORY, venue_ids)


def get_inventory_notional(venue_id: UUID) -> Decimal:
    """The gross notional of what a venue's fund holds or is about to get, at the last marks, however old."""
    holdings = list(Holding.objects.filter(venue=venue_id, provider__isnull=True).exclude(quantity=0))
    prices = list_known_prices([holding.instrument_id for holding in holdings])
    estimates = {instrument_id: estimate_of(known.sources) for instrument_id, known in prices.items()}
    return total(multiply(holding.quantity.copy_abs(), estimates[holding.instrument_id]) for holding in holdings)


@dataclass(frozen=True, slots=True)
class Traded:
    """One position's part of an award at the award's mark: what the fund takes over, or sells."""

    book: Book
    award: Award
    position: Position
    leg: Leg
    price: Decimal


_Stock = tuple[UUID, str]  # an instrument and a side


def list_in_sale(instrument_ids: Collection[UUID]) -> dict[_Stock, Decimal]:
    """What the funds have in books of their own that is not settled yet: how much of each instrument and side."""
    in_sale: dict[_Stock, Decimal] = defaultdict(Decimal)
    for position, sale in _list_sales(instrument_ids):
        stock = (position.instrument_id, position.side)
        in_sale[stock] = total([in_sale[stock], sale.unsold])
    return in_sale


def list_open_sales(instrument_id: UUID, but_of: Collection[UUID]) -> list[OpenSale]:
    """The sales of spot that have not ended, but of these books."""
    return [sale for position, sale in _list_sales([instrument_id]) if position.book_id not in but_of]


def _list_sales(instrument_ids: Collection[UUID]) -> Iterator[tuple[Position, OpenSale]]:
    under_way = Book.objects.filter(owned_by_fund=True).exclude(state__in=BOOK.final)
    positions = Position.objects.filter(book__in=under_way, instrument__in=instrument_ids)
    settled: dict[UUID | None, list[Award]] = defaultdict(list)
    of_them = Award.objects.filter(settlement__state=SettlementState.SETTLED, settlement__book__in=under_way)
    for award in of_them.select_related("step__lot"):
        settled[award.step.lot_id].append(award)
    for position in positions.select_related("instrument", "book"):
        legs, unsold, sold = [leg_of(position)], position.quantity, ZERO
        for award in settled[position.lot_id]:
            gone = [leg.quantity for leg in slice_legs(legs, award.first_unit, award.units, award.step.lot.units)]
            unsold = difference(unsold, *gone)
            sold = total([sold, *gone]) if award.provider_id else sold
        yield position, OpenSale(position.book.received_at, unsold, sold)


def get_held_spot(instrument_id: UUID) -> Decimal:
    """What is left of what the fund took over of spot, in sales or not."""
    return total(TakeOver.objects.filter(instrument=instrument_id).values_list("quantity_left", flat=True))


def get_free_spot(instrument_id: UUID, pledged: Decimal) -> Decimal:
    """What of that is neither in a sale nor pledged."""
    in_sale = list_in_sale([instrument_id]).get((instrument_id, Side.LONG), ZERO)
    return max(difference(get_held_spot(instrument_id), in_sale, pledged), ZERO)


class InventoryDesk:
    """The take-overs under way of these instruments; their venues' inventories are locked. What it moves is in the
    journal, which holds their clearing accounts and funds; by asset in `accounts`."""

    def __init__(
        self, instrument_ids: Collection[UUID], journal: Journal, accounts: Mapping[UUID, Mapping[AccountKind, UUID]]
    ) -> None:
        self.journal, self.accounts = journal, accounts
        self._instrument_ids = instrument_ids
        rows = TakeOver.objects.filter(TakeOver.UNDER_WAY, instrument__in=instrument_ids).order_by("number")
        self.rows: list[TakeOver] = list(rows.select_related("asset", "instrument", "book__playbook"))
        self.new: list[TakeOver] = []
        self.sales: list[InventorySale] = []
        self.events: list[InventoryMoved] = []
        self._numbers: dict[UUID, int] = {}

    @cached_property
    def _in_sale(self) -> dict[_Stock, Decimal]:
        return list_in_sale(self._instrument_ids)

    def take_over(self, traded: Traded) -> None:
        """Count it in. It makes up for what the fund holds on the other side and has not in a sale."""
        row = self._begin(traded, traded.leg.quantity, traded.price)
        self._move(row)
        self._net(traded)

    def keep(self, traded: Traded) -> None:
        """A sale left it: it makes up for what was taken over on the other side meanwhile."""
        self._end_sale(traded)
        self._net(traded)

    def sell(self, traded: Traded, edge: Decimal, intake_price: Decimal) -> None:
        """Let it go, of the oldest; its edge is the cost of what went. What the fund held before there were take-overs
        counts as one at the price that the sale was taken in at."""
        self._end_sale(traded)
        parts = self._consume(traded.leg.instrument_id, traded.leg.side, traded.leg.quantity, traded.price)
        gone = total(quantity for _, quantity in parts)
        if gone < traded.leg.quantity:
            without = difference(traded.leg.quantity, gone)
            row = self._begin(traded, without, intake_price)
            row.consume(without, traded.price)
            parts.append((row, without))
        shares = split_amount(edge, [quantity for _, quantity in parts], parts[0][0].asset.scale)
        for (row, quantity), share in zip(parts, shares, strict=True):
            row.bear(share)
            self._note_sale(row, traded, quantity)
            self._move(row)

    def mark(self, row: TakeOver, price: Decimal) -> None:
        """Value what is left of it at this price."""
        row.marked_price = price
        self._move(row)

    def write(self) -> None:
        """Write all of it but the journal."""
        TakeOver.objects.bulk_create(self.new)
        save_changes(self.rows)
        InventorySale.objects.bulk_create(self.sales)
        record_events(self.events)

    def _begin(self, traded: Traded, quantity: Decimal, price: Decimal) -> TakeOver:
        book, venue_id = traded.book, traded.book.venue_id
        row = TakeOver(
            venue_id=venue_id,
            asset=book.asset,
            instrument=traded.position.instrument,
            book=book,
            award=traded.award,
            position=traded.position,
            number=self._next_number(venue_id),
            side=traded.leg.side,
            quantity=quantity,
            quantity_left=quantity,
            cost=multiply(quantity, price),
            marked_price=price,
        )
        self.new.append(row)
        self.rows.append(row)
        return row

    def _note_sale(self, row: TakeOver, traded: Traded, quantity: Decimal) -> None:
        worth = multiply(quantity, traded.price)
        self.sales.append(InventorySale(take_over=row, award=traded.award, quantity=quantity, notional=worth))

    def _next_number(self, venue_id: UUID) -> int:
        if venue_id not in self._numbers:
            newest = TakeOver.objects.filter(venue=venue_id).aggregate(newest=Max("number"))["newest"]
            self._numbers[venue_id] = newest or 0
        self._numbers[venue_id] += 1
        return self._numbers[venue_id]

    def _end_sale(self, traded: Traded) -> None:
        stock = (traded.leg.instrument_id, traded.leg.side)
        self._in_sale[stock] = difference(self._in_sale[stock], traded.leg.quantity)

    def _net(self, traded: Traded) -> None:
        """Let both sides make up for each other, the oldest first, as far as they are not in a sale, which sells them
        later."""
        instrument_id = traded.leg.instrument_id
        most = min(self._not_in_sale(instrument_id, side) for side in Side)
        for side in Side:
            for row, _ in self._consume(instrument_id, side, max(most, ZERO), traded.price):
                self._move(row)

    def _not_in_sale(self, instrument_id: UUID, side: str) -> Decimal:
        left = total(row.quantity_left for row in self._held(instrument_id, side))
        return difference(left, self._in_sale.get((instrument_id, side), ZERO))

    def _held(self, instrument_id: UUID, side: str) -> list[TakeOver]:
        return [
            row for row in self.rows if (row.instrument_id, row.side) == (instrument_id, side) and row.quantity_left
        ]

    def _consume(
        self, instrument_id: UUID, side: str, quantity: Decimal, price: Decimal
    ) -> list[tuple[TakeOver, Decimal]]:
        """What goes of which at this price, oldest first."""
        held = self._held(instrument_id, side)
        parts = consumed([row.quantity_left for row in held], quantity)
        gone = [(row, part) for row, part in zip(held, parts, strict=True) if part]
        for row, part in gone:
            row.consume(part, price)
        return gone

    def _move(self, row: TakeOver) -> None:
        """Bring what was moved of a contract's result up to what it is."""
        if row.instrument.kind != LINEAR:
            return
        accounts = self.accounts[row.asset_id]
        fund = accounts[AccountKind.FUND]
        gain = gain_of(row.stock, row.marked_price, row.asset.scale)
        due = movement(gain, row.moved, self.journal.free(fund))
        if due.amount == 0 and due.unpaid == row.unpaid:
            return
        self.journal.move(accounts[AccountKind.CLEARING], fund, due.amount, Purpose.INVENTORY_RESULT, row.id)
        row.move(due.amount, due.unpaid)
        self.events.append(
            InventoryMoved(
                venue_id=row.venue_id,
                subject_id=row.id,
                book=row.book_id,
                instrument=row.instrument.symbol,
                asset=row.asset.code,
                price=row.marked_price,
                amount=due.amount,
                unpaid=due.unpaid,
            )
        )
