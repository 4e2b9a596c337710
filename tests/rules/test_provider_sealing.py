"""An offer that its provider sealed: opened by the released key for one bid alone, whatever was sent in its place."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.encryption import SealBroken, binding_of
from auctions.rules.provider_sealing import (
    SEALED_OFFER_BYTES,
    SealedPromise,
    is_takeable,
    open_offer,
    public_key_of,
    read_offer,
    seal_offer,
)
from auctions.rules.sealing import OFFER_BYTES, Offer, OfferUnreadable

PRIVATE_KEY = bytes(range(32))
PUBLIC_KEY = public_key_of(PRIVATE_KEY)
AUCTION, ALICE, BOB = (UUID(int=number) for number in (1, 2, 3))
BINDING = binding_of(AUCTION, ALICE, "b1")
OFFER = Offer(60, Decimal("-12.5"), min_units=20)
FRESH: dict[str, Any] = {"ephemeral_key": bytes([7]) * 32, "nonce": bytes(12)}
SEALED = seal_offer(OFFER, PUBLIC_KEY, BINDING, **FRESH)
PROMISE = SealedPromise(AUCTION, PUBLIC_KEY, SEALED, 60, Decimal(20))
DOCUMENT = Path(__file__).parents[2] / "docs" / "sealed_bids.md"


@given(units=st.integers(1, 2**31), edge=st.decimals(-10_000, 10_000, places=4), package=st.booleans())
def test_what_was_sealed_is_opened_and_always_of_one_length(units: int, edge: Decimal, package: bool) -> None:
    offer = Offer(units, edge, package, units)
    sealed = seal_offer(offer, PUBLIC_KEY, BINDING, **FRESH)
    assert len(sealed) == SEALED_OFFER_BYTES
    assert open_offer(PRIVATE_KEY, sealed, BINDING) == read_offer(PRIVATE_KEY, sealed) == offer


def test_an_offer_that_no_bytes_stand_for_cannot_be_sealed() -> None:
    with pytest.raises(OfferUnreadable):
        seal_offer(Offer(0, Decimal(1)), PUBLIC_KEY, BINDING, **FRESH)


@pytest.mark.parametrize(
    "binding", [binding_of(BOB, ALICE, "b1"), binding_of(AUCTION, BOB, "b1"), binding_of(AUCTION, ALICE, "b2"), b""]
)
def test_a_copy_is_of_no_use_for_another_bid(binding: bytes) -> None:
    with pytest.raises(SealBroken):
        open_offer(PRIVATE_KEY, SEALED, binding)


def test_no_other_key_opens_it() -> None:
    with pytest.raises(SealBroken):
        open_offer(bytes(32), SEALED, BINDING)
    assert read_offer(bytes(32), SEALED) is None


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_what_is_no_key_opens_nothing(key: bytes) -> None:
    with pytest.raises(SealBroken):
        open_offer(key, SEALED, BINDING)
    assert read_offer(key, SEALED) is None


def test_no_bit_of_it_can_be_changed() -> None:
    for place in range(SEALED_OFFER_BYTES):
        changed = SEALED[:place] + bytes([SEALED[place] ^ 1]) + SEALED[place + 1 :]
        with pytest.raises(SealBroken):
            open_offer(PRIVATE_KEY, changed, BINDING)


def test_what_it_says_is_certain_to_who_cannot_check_for_whom_it_was_sealed() -> None:
    """The reader of a transcript does not know provider and client_bid_id, and so reads without the tag."""
    another_tag = SEALED[:-1] + bytes([SEALED[-1] ^ 1])
    assert read_offer(PRIVATE_KEY, another_tag) == OFFER
    for place in range(32):  # another key of the sender, another secret: the highest bit alone is ignored by X25519
        changed = SEALED[:place] + bytes([SEALED[place] ^ 1]) + SEALED[place + 1 :]
        assert read_offer(PRIVATE_KEY, changed) != OFFER


@pytest.mark.parametrize(
    "content", [b"", SEALED[:-1], SEALED + b"0", bytes(SEALED_OFFER_BYTES), b"\xff" * 32 + SEALED[32:]]
)
def test_what_is_no_sealed_offer_is_broken_and_never_an_error(content: bytes) -> None:
    """Thirty-two zeros are a point of low order: the secret would be known to everybody."""
    with pytest.raises(SealBroken):
        open_offer(PRIVATE_KEY, content, BINDING)
    assert read_offer(PRIVATE_KEY, content) is None


@given(st.binary(min_size=SEALED_OFFER_BYTES, max_size=SEALED_OFFER_BYTES))
def test_whatever_is_sent_is_broken_and_never_an_error(content: bytes) -> None:
    with pytest.raises(SealBroken):
        open_offer(PRIVATE_KEY, content, BINDING)


def test_bytes_that_stand_for_no_offer_are_broken_though_they_were_sealed_well(monkeypatch) -> None:
    monkeypatch.setattr("auctions.rules.encryption.encode_offer", lambda offer: bytes(OFFER_BYTES))
    nothing = seal_offer(OFFER, PUBLIC_KEY, BINDING, **FRESH)
    monkeypatch.undo()
    with pytest.raises(SealBroken):
        open_offer(PRIVATE_KEY, nothing, BINDING)


@pytest.mark.parametrize(
    ("offer", "takeable"),
    [
        (Offer(60, Decimal(-20)), True),
        (Offer(61, Decimal(-20)), False),
        (Offer(60, Decimal("-20.0001")), False),
        (Offer(60, Decimal(10_000)), True),
        (Offer(60, Decimal("10000.0001")), False),
        (Offer(60, Decimal(1), min_units=2), True),
    ],
)
def test_it_is_taken_up_to_its_maxima_and_not_beyond(offer: Offer, takeable: bool) -> None:
    assert is_takeable(offer, 60, Decimal(20), takes_packages=True) is takeable
    assert is_takeable(offer, 60, Decimal(20), takes_packages=False) is (takeable and not offer.is_package)


@pytest.mark.parametrize(
    "change",
    [
        {"auction_id": BOB},
        {"public_key": PRIVATE_KEY},
        {"sealed_offer": SEALED[::-1]},
        {"max_units": 61},
        {"max_pay_bps": Decimal(21)},
    ],
)
def test_digest_and_fingerprint_are_of_all_that_was_sent(change: dict[str, Any]) -> None:
    other = replace(PROMISE, **change)
    assert other.digest("alice", b"salt") != PROMISE.digest("alice", b"salt")
    assert other.fingerprint(b"key", ALICE, "b1") != PROMISE.fingerprint(b"key", ALICE, "b1")


def test_the_same_bytes_of_another_bidder_or_bid_have_another_digest_and_fingerprint() -> None:
    digests = {PROMISE.digest("alice", b"salt"), PROMISE.digest("bob", b"salt"), PROMISE.digest("alice", b"tlas")}
    whose = [(b"key", ALICE, "b1"), (b"key", BOB, "b1"), (b"key", ALICE, "b2"), (b"yek", ALICE, "b1")]
    assert (len(digests), len({PROMISE.fingerprint(*each) for each in whose})) == (3, 4)
    assert replace(PROMISE, max_pay_bps=Decimal("20.00")).digest("bob", b"") == PROMISE.digest("bob", b"")
    assert replace(PROMISE, max_drift_bps=Decimal(3)).digest("bob", b"") != PROMISE.digest("bob", b"")
    ends = replace(PROMISE, expires_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert ends.digest("bob", b"") != PROMISE.digest("bob", b"")
    assert ends.fingerprint(b"key", ALICE, "b1") == PROMISE.fingerprint(b"key", ALICE, "b1"), "that is compared itself"


def test_what_the_document_tells_providers_to_do_is_what_is_opened() -> None:
    code = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[0]
    told: dict[str, Any] = {}
    exec(code, told)
    sent = told["seal_offer"](str(AUCTION), PUBLIC_KEY.hex(), str(ALICE), "b1", 60, "-12.5", min_units=20)
    assert open_offer(PRIVATE_KEY, base64.b64decode(sent), BINDING) == OFFER
    assert sent != told["seal_offer"](str(AUCTION), PUBLIC_KEY.hex(), str(ALICE), "b1", 60, "-12.5", min_units=20)
