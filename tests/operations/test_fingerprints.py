"""What knows that something is sent again: the same for ever, whatever a later release can be sent besides."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from auctions.desks.drafts import BookOrder, PositionOrder
from auctions.rules.provider_sealing import SealedPromise
from auctions.rules.sealing import Offer, fingerprint_of

PERP = PositionOrder("BTC-PERP", "LONG", Decimal("2.50"), Decimal("21000"))
SPOT = PositionOrder("BTC", "LONG", Decimal("0.000000000000000001"))
PLAIN = BookOrder("b-1", (PERP,))
FULL = BookOrder(
    "b-2",
    (replace(PERP, accrued=Decimal("-3.10")), SPOT),
    Decimal("12345678901234567890.000000000000000001"),
    account="a-7",
    owner_group="Alice",
    target_margin_ratio=Decimal("1.5"),
)
GOLDEN = {
    PLAIN: "06d537d0adfb6dd8c6d8e69ed3bf628ae640d18c86d1e5794f952edf9ee8cd41",
    FULL: "e39f3b00282ba510d25e0e552ea5027d3095918eb0d5ee9d05390161b2f1ecec",
}
KEY, AUCTION, ALICE = bytes(range(32)), UUID(int=1), UUID(int=2)
OFFER = Offer(60, Decimal("12.50"))
PACKAGE = Offer(60, Decimal("-12.5"), all_or_none=True, min_units=20, inverse_edge_bps=Decimal("7.0001"))
GOLDEN_OFFERS = {
    OFFER: "1983d9233dbbc9dbb15549c0701a2252f34f5f9b63fa273f46edecb8ccbff537",
    PACKAGE: "f646d2be4103958cf1c1a4eb751b9394e1b3600278625c6a1253e1151e210824",
}


@dataclass(frozen=True, slots=True)
class LaterPosition(PositionOrder):
    strike: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LaterBook(BookOrder):
    urgent: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LaterOffer(Offer):
    patience: int = 0


def fields_of(order: Any) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__dataclass_fields__}


def later(order: BookOrder, **changes: Any) -> LaterBook:
    positions = tuple(LaterPosition(**fields_of(position)) for position in order.positions)
    return LaterBook(**{**fields_of(order), "positions": positions, **changes})


def fingerprint(offer: Offer) -> str:
    named = {"auction_id": AUCTION, "provider_id": ALICE, "client_bid_id": "a-1"}
    return fingerprint_of(KEY, offer=offer, max_units=100, max_pay_bps=Decimal("20.0"), **named).hex()


@pytest.mark.parametrize("order", GOLDEN)
def test_a_book_of_today_is_known_for_ever(order: BookOrder) -> None:
    assert order.fingerprint == GOLDEN[order]


@pytest.mark.parametrize("order", GOLDEN)
def test_a_book_is_known_when_books_and_positions_have_more_fields(order: BookOrder) -> None:
    assert later(order).fingerprint == GOLDEN[order]


def test_what_a_later_field_says_is_content() -> None:
    strike = (LaterPosition(**fields_of(PERP), strike=Decimal(1)),)
    others = [later(PLAIN, urgent=True), later(PLAIN, tags=("x",)), later(PLAIN, positions=strike)]
    assert len({PLAIN.fingerprint, *(other.fingerprint for other in others)}) == 4


def test_numbers_are_known_however_they_are_written() -> None:
    written = replace(PERP, quantity=Decimal("2.5"), entry_price=Decimal("2.1E+4"), accrued=Decimal("-0.00"))
    assert replace(PLAIN, positions=(written,), cash=Decimal("0.0")).fingerprint == PLAIN.fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12345678901234567890.000000000000000001", "12345678901234567890.000000000000000002"),
        ("12345678901234567890123456789012345671", "12345678901234567890123456789012345672"),
    ],
)
def test_numbers_differ_by_their_last_digit(one: str, other: str) -> None:
    assert replace(PLAIN, cash=Decimal(one)).fingerprint != replace(PLAIN, cash=Decimal(other)).fingerprint


@pytest.mark.parametrize("offer", GOLDEN_OFFERS)
def test_a_bid_of_today_is_known_for_ever_also_when_offers_have_more_fields(offer: Offer) -> None:
    assert fingerprint(offer) == fingerprint(LaterOffer(**fields_of(offer))) == GOLDEN_OFFERS[offer]


def test_a_bid_that_its_provider_sealed_is_known_for_ever() -> None:
    promise = SealedPromise(AUCTION, bytes(32), b"sealed", 60, Decimal("20.0"))
    golden = "fafc68531eab343c7d888973ccd30c78863d0ba8a135528846d82b29644484b8"
    assert promise.fingerprint(KEY, ALICE, "a-1").hex() == golden
