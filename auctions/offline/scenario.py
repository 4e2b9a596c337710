"""Scenarios: the positions of accounts that might fail, read from a file.

CSV, with the columns account, instrument, side and quantity in any order, or JSON: {"positions": [{"account",
"instrument", "side", "quantity"}]}. Whatever cannot be read is refused with its line, or its JSON pointer.
"""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path

from auctions.offline.inputs import InputRefused, Node, parse
from backstop.values.amounts import AmountRefused, from_text

MOST_BYTES = 20_000_000
MOST_POSITIONS = 200_000
SIDES = ("LONG", "SHORT")
COLUMNS = ("account", "instrument", "side", "quantity")


@dataclass(frozen=True, slots=True)
class ScenarioPosition:
    """So much (> 0) of an instrument, by symbol, that an account holds on a side; `place` says where it was read."""

    account: str
    instrument: str
    side: str
    quantity: Decimal
    place: str


def read_scenario(path: str) -> list[ScenarioPosition]:
    """What a file says. Raises `InputRefused`."""
    try:
        if os.path.getsize(path) > MOST_BYTES:
            raise InputRefused("", f"must be at most {MOST_BYTES} bytes")
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused("", f"cannot be read: {error}") from None
    return read_positions(text)


def read_positions(text: str) -> list[ScenarioPosition]:
    """What such a text says. Raises `InputRefused`."""
    rows = _of_json(parse(text)) if text.lstrip().startswith("{") else _of_csv(text)
    positions = list(islice(rows, MOST_POSITIONS + 1))
    if len(positions) > MOST_POSITIONS:
        raise InputRefused(positions[-1].place, f"must be at most {MOST_POSITIONS} positions")
    return positions


def _of_csv(text: str) -> Iterator[ScenarioPosition]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if sorted(reader.fieldnames or ()) != sorted(COLUMNS):
            raise InputRefused("line 1", f"must name the columns {', '.join(COLUMNS)}, each once")
        for row in reader:
            place = f"line {reader.line_num}"
            if None in row or None in row.values():
                raise InputRefused(place, f"must have {len(COLUMNS)} values")
            yield _position(place, *(row[name].strip() for name in COLUMNS))
    except csv.Error as error:
        raise InputRefused(f"line {reader.line_num}", f"is no CSV: {error}") from None


def _of_json(document: Node) -> Iterator[ScenarioPosition]:
    for node in document.fields({"positions"}, set())["positions"].items():
        fields = node.fields(set(COLUMNS), set())
        yield _position(node.pointer, *(fields[name].text() for name in COLUMNS))


def _position(place: str, account: str, instrument: str, side: str, quantity: str) -> ScenarioPosition:
    for name, value in (("account", account), ("instrument", instrument)):
        if not value:
            raise InputRefused(place, f"{name} must not be empty")
    if side not in SIDES:
        raise InputRefused(place, f"side must be one of {', '.join(SIDES)}")
    try:
        amount = from_text(quantity, "quantity")
    except AmountRefused as refused:
        raise InputRefused(place, str(refused)) from None
    if amount <= 0:
        raise InputRefused(place, "quantity must be above zero")
    return ScenarioPosition(account, instrument, side, amount, place)
