"""Recorded liquidations, read from a CSV file: rows become books, in the order in which they arrived.

Rows of the same account and instant are one book; columns that are not known are carried along. What is wrong with a
file is said with line number and column, and then nothing of it is used.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from auctions.rules.valuation import LONG
from backstop.client.inputs import BookInput, PositionInput
from backstop.models import InstrumentKind
from backstop.values.amounts import ZERO, AmountRefused, from_text, multiply, require_scale, round_down, total

REQUIRED = ("reference", "received_at", "instrument", "kind", "side", "quantity", "mark_price")

OPTIONAL = ("account", "cash", "entry_price")

SOLD_AT = "sold_at_price"

DECIMALS, CASH_DECIMALS, LONGEST = 18, 6, 64


class FileRefused(Exception):
    """The file cannot be used; the message names line and column."""


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """One line of the file."""

    line: int
    reference: str
    received_at: datetime
    instrument: str
    kind: str
    side: str
    quantity: Decimal
    mark_price: Decimal
    account: str
    cash: Decimal | None
    entry_price: Decimal | None
    carried: Mapping[str, str]

    @property
    def value(self) -> Decimal:
        return multiply(self.quantity, self.mark_price)

    @property
    def given_away_then(self) -> Decimal:
        """The edge x notional at which the row was sold then, where the file says it; below zero above its mark."""
        text = self.carried.get(SOLD_AT, "")
        sign = 1 if self.side == LONG else -1
        return multiply(self.quantity, self.mark_price - Decimal(text), sign) if text else ZERO


@dataclass(frozen=True, slots=True)
class Arrival:
    """A book as it arrived: the reference is that of its first row."""

    rows: tuple[ArrivalRow, ...]
    cash: Decimal

    @property
    def reference(self) -> str:
        return self.rows[0].reference

    @property
    def marks(self) -> dict[str, Decimal]:
        return {row.instrument: row.mark_price for row in self.rows}

    @property
    def content(self) -> BookInput:
        """As it is sent to the API."""
        return {
            "reference": self.reference,
            "account": self.rows[0].account,
            "cash": self.cash,
            "positions": [_position(row) for row in self.rows],
        }


def _position(row: ArrivalRow) -> PositionInput:
    position: PositionInput = {"instrument": row.instrument, "side": row.side, "quantity": row.quantity}
    if row.kind == InstrumentKind.LINEAR:
        position["entry_price"] = row.mark_price if row.entry_price is None else row.entry_price
    return position


def read_arrivals(path: Path, rows: int | None, debt_ratio: Decimal) -> list[Arrival]:
    """The books of the first `rows` rows (all: None), by the time of their arrival. Raises `FileRefused`.

    Where no cash is given, spot has borrowed `debt_ratio` of its value, and contracts stand alone.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            read = list(_Reader(csv.reader(lines, strict=True)).rows())
    except OSError as error:
        raise FileRefused(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FileRefused(f"{path}: is not UTF-8") from None
    except csv.Error as error:
        raise FileRefused(f"{path}: {error}") from None
    books: dict[object, list[ArrivalRow]] = {}
    for row in read[:rows]:
        books.setdefault((row.account, row.received_at) if row.account else row.reference, []).append(row)
    arrivals = [Arrival(tuple(members), _cash(members, debt_ratio)) for members in books.values()]
    if not arrivals:
        raise FileRefused(f"{path}: there is no row to replay")
    return sorted(arrivals, key=lambda arrival: arrival.rows[0].received_at)


def _cash(rows: Sequence[ArrivalRow], debt_ratio: Decimal) -> Decimal:
    given = {row.cash: row for row in rows if row.cash is not None}
    if len(given) > 1:
        raise FileRefused(f"line {rows[-1].line}, cash: differs from that of another row of its book")
    marks: dict[str, Decimal] = {}
    for row in rows:
        if marks.setdefault(row.instrument, row.mark_price) != row.mark_price:
            raise FileRefused(f"line {row.line}, mark_price: differs from that of another row of its book")
    if given:
        return next(cash for cash in given if cash is not None)
    spot = total(row.value for row in rows if row.kind == InstrumentKind.SPOT)
    return -round_down(multiply(spot, debt_ratio), CASH_DECIMALS)


class _Reader:
    """Turns lines into rows, and remembers what must not come twice."""

    def __init__(self, lines: "csv._reader") -> None:  # type: ignore[name-defined]
        self._lines = lines
        self._seen: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        self._line = 1
        self._fields: dict[str, str] = {}

    def rows(self) -> Iterator[ArrivalRow]:
        header: list[str] = next(self._lines, [])
        for name in REQUIRED:
            if name not in header:
                raise FileRefused(f"line 1, {name}: the column is missing")
        if len(set(header)) != len(header):
            raise FileRefused("line 1: a column stands there twice")
        carried = [name for name in header if name not in REQUIRED + OPTIONAL]
        for values in self._lines:
            self._line = self._lines.line_num
            if not values:
                continue
            if len(values) != len(header):
                missing = header[len(values)] if len(values) < len(header) else header[-1]
                raise self._refused(missing, f"the line has {len(values)} values, not {len(header)}")
            self._fields = dict(zip(header, values, strict=True))
            yield self._row({name: self._fields[name] for name in carried})

    def _row(self, carried: dict[str, str]) -> ArrivalRow:
        if carried.get(SOLD_AT) and self._number(SOLD_AT) < 0:
            raise self._refused(SOLD_AT, "must not be negative")
        row = ArrivalRow(
            line=self._line,
            reference=self._text("reference"),
            received_at=self._moment("received_at"),
            instrument=self._text("instrument"),
            kind=self._choice("kind", list(InstrumentKind)),
            side=self._choice("side", ["LONG", "SHORT"]),
            quantity=self._positive("quantity"),
            mark_price=self._positive("mark_price"),
            account=self._fields.get("account", ""),
            cash=self._number("cash", CASH_DECIMALS) if self._fields.get("cash") else None,
            entry_price=self._positive("entry_price") if self._fields.get("entry_price") else None,
            carried=carried,
        )
        if (first := self._seen.setdefault(row.reference, row.line)) != row.line:
            raise self._refused("reference", f"is that of line {first} already")
        if self._kinds.setdefault(row.instrument, row.kind) != row.kind:
            raise self._refused("kind", f"{row.instrument} was {self._kinds[row.instrument]} before")
        if row.kind == InstrumentKind.SPOT and row.side != "LONG":
            raise self._refused("side", "spot is long only")
        return row

    def _text(self, column: str) -> str:
        value = self._fields[column]
        if not value.strip() or len(value) > LONGEST:
            raise self._refused(column, f"must be a text of 1 to {LONGEST} characters")
        return value

    def _choice(self, column: str, choices: Sequence[str]) -> str:
        if (value := self._fields[column]) not in choices:
            raise self._refused(column, f"must be one of {', '.join(choices)}")
        return value

    def _moment(self, column: str) -> datetime:
        try:
            moment = datetime.fromisoformat(self._fields[column])
        except ValueError:
            raise self._refused(column, "must be a time as in 2020-03-12T03:00:03Z") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _positive(self, column: str) -> Decimal:
        if (number := self._number(column)) <= 0:
            raise self._refused(column, "must be above zero")
        return number

    def _number(self, column: str, decimals: int = DECIMALS) -> Decimal:
        try:
            number = from_text(self._fields[column], column)
            require_scale(number, decimals, column)
        except AmountRefused as refused:
            raise self._refused(column, refused.problem) from None
        return number

    def _refused(self, column: str, problem: str) -> FileRefused:
        return FileRefused(f"line {self._line}, {column}: {problem}")
