"""However large the numbers are that are sent, they are taken or refused: nothing breaks, nobody else is kept out."""

from decimal import Decimal
from itertools import product

import pytest

from accounts.models import AccountKind, Transfer
from auctions.models import Book, Step
from tests import invariants, market
from tests.builders import (
    SPOT,
    a_commitment,
    a_playbook,
    a_provider,
    a_provider_key,
    a_venue,
    a_venue_key,
    an_asset,
    an_instrument,
    api_client,
    provider_account,
    venue_account,
)

pytestmark = pytest.mark.django_db

MOST = 10**15 - 1
JUST_BELOW = "999999999999999.999999999999999999"
LEAST = "0.000000000000000001"


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def door(venue):
    return api_client(a_venue_key(venue))


def deposit(door, provider, reference: str, amount: int = MOST, **changes):
    body = {"provider_id": str(provider.id), "asset": "USD", "amount": str(amount), "reference": reference}
    return door.post("/v1/collateral", {**body, **changes})


def test_one_request_brings_less_than_a_quadrillion(door, venue) -> None:
    alice = a_provider(venue, collateral="0")
    assert deposit(door, alice, "most").status_code == 201
    more = deposit(door, alice, "more", amount=MOST + 1)
    assert (more.status_code, more.json()["errors"][0]["code"]) == (422, "decimal_refused")
    assert deposit(door, alice, "back", amount=-MOST).status_code == 201
    invariants.hold()


def test_a_full_account_takes_no_more_and_keeps_nobody_else_out(door, venue, monkeypatch) -> None:
    monkeypatch.setattr("accounts.models.ledger.MOST_HELD", Decimal(2 * MOST))
    alice, bob = (a_provider(venue, name, collateral="0") for name in ("Alice", "Bob"))
    answers = [deposit(door, alice, f"r{number}") for number in range(3)]
    assert {answer.status_code for answer in answers[:2]} == {201}
    assert (answers[2].status_code, answers[2].json()["code"]) == (422, "account_full")
    assert provider_account(alice).posted == 2 * MOST == Transfer.objects.count() * MOST
    assert deposit(door, bob, "bob").status_code == 201
    assert deposit(door, alice, "out", amount=-1).status_code == 201
    invariants.hold()


def test_what_a_venue_owes_in_all_is_bounded_too(door, venue, monkeypatch) -> None:
    monkeypatch.setattr("accounts.models.ledger.MOST_OF_VENUE", Decimal(MOST))
    alice, bob = (a_provider(venue, name, collateral="0") for name in ("Alice", "Bob"))
    assert deposit(door, alice, "most").status_code == 201
    refused = deposit(door, bob, "one", amount=1)
    assert (refused.status_code, refused.json()["code"]) == (422, "account_full")
    assert venue_account(venue, AccountKind.CLEARING).posted == -MOST


def test_no_book_is_too_large_to_be_answered(door, venue) -> None:
    """Each number as large, or as small, as it may be; those that are refused leave nothing."""
    a_playbook(venue)
    coin = an_asset(venue, "COIN", scale=18)
    an_instrument(venue, "BTC-PERP", price=JUST_BELOW, quantity_step=LEAST, margin_rate="1", asset=coin)
    an_instrument(venue, "DUST", price=LEAST, quantity_step=LEAST, margin_rate="0.000001", asset=coin)
    an_instrument(venue, "BTC", SPOT, product_group="COINS", price=JUST_BELOW, quantity_step=LEAST, asset=coin)
    ends = (LEAST, JUST_BELOW)
    positions = [
        {"instrument": symbol, "side": side, "quantity": quantity, "entry_price": entry, "accrued": accrued}
        for symbol, side, quantity, entry, accrued in [
            *product(["BTC-PERP", "DUST"], ["LONG", "SHORT"], ends, ends, [f"-{JUST_BELOW}"]),
            *product(["BTC"], ["LONG"], ends, [None], [JUST_BELOW]),
        ]
    ]
    taken = 0
    for number, (position, cash, ratio) in enumerate(product(positions, (f"-{JUST_BELOW}", JUST_BELOW), (None, *ends))):
        book = {"reference": f"r{number}", "positions": [position], "cash": cash, "target_margin_ratio": ratio}
        answer = door.post("/v1/books", book)
        assert answer.status_code in (201, 422), (book, answer.json())
        taken += answer.status_code == 201
    assert Book.objects.count() == taken > 0
    invariants.hold()


def test_the_largest_book_goes_through_the_whole_market(door, venue, travel) -> None:
    market.a_playbook(venue, fund_draw_limit=str(MOST), fund_inventory_limit=str(MOST))
    an_instrument(venue, "BTC-PERP", price=str(MOST), margin_rate="1")
    alice = a_provider(venue, collateral=str(MOST))
    a_commitment(alice, cap_per_assignment=str(MOST // 2))
    position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": str(MOST)}
    assert door.post("/v1/books", {"reference": "r", "cash": str(MOST), "positions": [position]}).status_code == 201
    for _ in range(20):
        market.sweep()
        travel(seconds=60)
        market.mark_again(str(MOST))
    assert Book.objects.get().state == "CLOSED"
    assert not Step.objects.exclude(parked_reason="").exists()
    invariants.everything_ended()


def test_marks_holdings_and_terms_take_the_largest_numbers(door, venue) -> None:
    an_instrument(venue, "BTC-PERP", price=LEAST)
    alice = a_provider(venue)
    mark = {"instrument": "BTC-PERP", "source": "s", "price": JUST_BELOW}
    assert door.post("/v1/marks", {"marks": [mark]}).status_code == 200
    assert door.get("/v1/marks").status_code == 200
    holdings = {"included_sequence": 0, "holdings": [{"instrument": "BTC-PERP", "quantity": f"-{JUST_BELOW}"}]}
    assert door.put(f"/v1/providers/{alice.id}/holdings", holdings).status_code == 200
    own = api_client(a_provider_key(alice))
    terms = {
        **dict.fromkeys(("cap_per_assignment", "cap_held", "window_capacity"), JUST_BELOW),
        "min_edge_bps": "-10000",
        "window_seconds": 2**31 - 1,
        "starts_at": "0001-01-01T00:00:00Z",
        "ends_at": "9999-12-31T23:59:59.999999Z",
    }
    answer = own.post("/v1/commitments", terms)
    assert answer.status_code == 201
    assert own.get(f"/v1/commitments/{answer.json()['id']}/capacity").status_code == 200
    assert own.patch(f"/v1/commitments/{answer.json()['id']}", {"cap_held": "0"}).status_code == 200
    assert own.get("/v1/commitments").status_code == 200


def test_what_only_the_database_finds_too_large_is_refused_alike(door, venue, monkeypatch) -> None:
    monkeypatch.setattr("backstop.values.amounts.MOST_TAKEN", Decimal(10) ** 30)
    monkeypatch.setattr("backstop.values.amounts.STORED_DIGITS", 60)
    monkeypatch.setattr("backstop.api.parsing.AmountText.digits", "[0-9]+")
    an_instrument(venue, "BTC-PERP")
    answer = door.post("/v1/marks", {"marks": [{"instrument": "BTC-PERP", "price": "1" + "0" * 21}]})
    assert (answer.status_code, answer.json()["code"]) == (422, "number_too_large")
