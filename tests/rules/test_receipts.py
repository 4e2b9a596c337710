"""Receipts: what they promise, to whom it can be shown, and what is not a receipt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.receipts import Entry, is_genuine, receipt_for, written
from backstop.values.merkle import tree_of
from backstop.values.signatures import SigningKey

KEY, OTHER_KEY = SigningKey(bytes(range(32))), SigningKey(bytes(32))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENTRIES = [Entry(UUID(int=1), NOON + timedelta(microseconds=n), bytes([n]) * 32) for n in (5, 7, 8)]
OF_BEFORE = [Entry(UUID(int=1), None, bytes([n]) * 32, n) for n in (5, 7, 8)]
RECEIPT = receipt_for(ENTRIES, KEY)

entries = st.lists(
    st.builds(
        Entry,
        st.sampled_from([UUID(int=1), UUID(int=2)]),
        st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds
        st.binary(max_size=4),
    ),
    min_size=1,
    max_size=12,
)


@given(entries)
def test_a_receipt_proves_all_its_bids_with_one_signature(bids: list[Entry]) -> None:
    receipt = receipt_for(bids, KEY)
    assert is_genuine(receipt)
    assert [one.entry for one in receipt.bids] == bids
    assert receipt.root == tree_of([entry.leaf for entry in bids]).root
    assert receipt == receipt_for(bids, KEY)


@given(entries, st.data())
def test_each_bid_can_be_shown_without_the_others(bids: list[Entry], data: st.DataObject) -> None:
    receipt = receipt_for(bids, KEY)
    shown = data.draw(st.sampled_from(receipt.bids))
    assert is_genuine(replace(receipt, bids=(shown,)))


@pytest.mark.parametrize(
    "change",
    [
        {"auction_id": UUID(int=2)},
        {"received_at": NOON},
        {"received_at": None},
        {"sequence": 6},
        {"digest": bytes(32)},
        {"index": 1},
        {"path": ()},
        {"path": RECEIPT.bids[1].path},
    ],
)
def test_another_bid_is_not_promised(change: dict[str, object]) -> None:
    first, *others = RECEIPT.bids
    assert not is_genuine(replace(RECEIPT, bids=(replace(first, **change), *others)))


@pytest.mark.parametrize(
    "change",
    [
        {"size": 4},
        {"root": bytes(32)},
        {"signature": bytes(64)},
        {"signature": receipt_for(ENTRIES, OTHER_KEY).signature},
        {"public_key": OTHER_KEY.public_key},
        {"public_key": b""},
    ],
)
def test_another_promise_is_not_signed(change: dict[str, object]) -> None:
    assert not is_genuine(replace(RECEIPT, **change))


def test_one_of_before_is_genuine_and_shows_what_today_shows_of_none() -> None:
    assert is_genuine(receipt_for(OF_BEFORE, KEY))
    assert [set(bid) for bid in written(RECEIPT)["bids"]] == [
        {"auction_id", "received_at", "digest", "index", "path"}
    ] * 3


def test_nobody_else_can_sign_for_the_key() -> None:
    forged = receipt_for([Entry(UUID(int=1), NOON, bytes(32))], OTHER_KEY)
    assert is_genuine(forged)
    assert not is_genuine(replace(forged, public_key=KEY.public_key))
