"""The bytes that a sealed bid is stored as, and the digests that commit to it."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.sealing import (
    OFFER_BYTES,
    Offer,
    OfferUnreadable,
    decode_offer,
    digest_of,
    encode_offer,
    fingerprint_of,
    framed,
    pseudonym_of,
    salt_of,
)

KEY = bytes(range(32))
AUCTION, ALICE, BOB = (UUID(int=number) for number in (1, 2, 3))
OFFER = Offer(60, Decimal("12.5"))
BID: dict[str, Any] = {"auction_id": AUCTION, "offer": OFFER, "max_units": 100, "max_pay_bps": Decimal(0)}
NAMED = {"provider_id": ALICE, "client_bid_id": "a-1"}
HIDDEN = {"pseudonym": pseudonym_of(KEY, ALICE), "salt": salt_of(KEY, ALICE, "a-1")}
OTHER_BIDS = [
    {"auction_id": UUID(int=9)},
    {"offer": replace(OFFER, units=61)},
    {"offer": replace(OFFER, edge_bps=Decimal("12.5001"))},
    {"offer": replace(OFFER, edge_bps=Decimal("-12.5"))},
    {"offer": replace(OFFER, all_or_none=True)},
    {"offer": replace(OFFER, min_units=2)},
    {"offer": replace(OFFER, inverse_edge_bps=Decimal(0))},
    {"offer": replace(OFFER, inverse_edge_bps=Decimal("12.5"))},
    {"max_units": 99},
    {"max_pay_bps": Decimal(1)},
    {"max_drift_bps": Decimal(0)},
    {"expires_at": datetime(2027, 1, 1, tzinfo=UTC)},
]

edges = st.decimals(Decimal(-(10**8)), Decimal(10**8), places=4)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    units = draw(st.integers(1, 2**64 - 1))
    return Offer(units, draw(edges), draw(st.booleans()), draw(st.integers(1, units)), draw(st.none() | edges))


class TestBytes:
    @given(offers())
    def test_what_was_written_is_read_again_and_is_always_of_one_length(self, offer: Offer) -> None:
        assert decode_offer(encode_offer(offer)) == offer
        assert len(encode_offer(offer)) == OFFER_BYTES == 35

    @given(st.binary(min_size=OFFER_BYTES, max_size=OFFER_BYTES))
    def test_no_two_ways_of_writing_are_read_as_the_same(self, content: bytes) -> None:
        try:
            offer = decode_offer(content)
        except OfferUnreadable:
            return
        assert encode_offer(offer) == content

    def test_the_written_form_of_an_edge_does_not_matter(self) -> None:
        assert encode_offer(Offer(1, Decimal("1.50"))) == encode_offer(Offer(1, Decimal("1.5")))
        assert encode_offer(Offer(1, Decimal("-0"))) == encode_offer(Offer(1, Decimal(0)))

    def test_the_layout_stays_as_it_was_stored(self) -> None:
        offer = Offer(units=60, edge_bps=Decimal("-12.5"), all_or_none=True, min_units=2)
        assert encode_offer(offer).hex() == "02" + f"{60:016x}" + f"{2:016x}" + "fffffffffffe17b8" + "0100" + 16 * "0"
        two_edges = replace(offer, inverse_edge_bps=Decimal("12.5"))
        assert encode_offer(two_edges).hex() == encode_offer(offer).hex()[:-18] + "01" + f"{125_000:016x}"
        assert encode_offer(offer, version=1).hex() == "01" + encode_offer(offer).hex()[2:-18]

    def test_version_1_has_no_inverse_edge(self) -> None:
        with pytest.raises(OfferUnreadable, match="version 1 has no inverse edge"):
            encode_offer(replace(OFFER, inverse_edge_bps=Decimal(0)), version=1)

    @pytest.mark.parametrize(
        "offer",
        [
            Offer(0, Decimal(1)),
            Offer(2**64, Decimal(1)),
            Offer(5, Decimal(1), min_units=0),
            Offer(5, Decimal(1), min_units=6),
            Offer(5, Decimal("0.00001")),
            Offer(5, Decimal("NaN")),
            Offer(5, Decimal(2**63).scaleb(-4)),
        ],
    )
    def test_an_offer_out_of_range_is_refused(self, offer: Offer) -> None:
        with pytest.raises(OfferUnreadable):
            encode_offer(offer)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            encode_offer(OFFER) + b"\0",
            b"\1" + encode_offer(OFFER)[1:],
            encode_offer(OFFER)[:-1] + b"\2",
            bytes(OFFER_BYTES),
        ],
    )
    def test_other_bytes_are_refused(self, content: bytes) -> None:
        with pytest.raises(OfferUnreadable):
            decode_offer(content)


class TestDigests:
    def test_the_same_bid_has_the_same_digest_and_fingerprint(self) -> None:
        assert digest_of(**BID, **HIDDEN) == digest_of(**BID, **HIDDEN)
        again = BID | {"offer": Offer(60, Decimal("12.5000")), "max_pay_bps": Decimal("0.0000")}
        assert digest_of(**again, **HIDDEN) == digest_of(**BID, **HIDDEN)
        assert fingerprint_of(KEY, **again, **NAMED) == fingerprint_of(KEY, **BID, **NAMED)

    @pytest.mark.parametrize("other", [*OTHER_BIDS, {"pseudonym": pseudonym_of(KEY, BOB)}, {"salt": bytes(32)}])
    def test_every_other_bid_has_another_digest(self, other: dict[str, Any]) -> None:
        assert digest_of(**BID | HIDDEN | other) != digest_of(**BID, **HIDDEN)

    @pytest.mark.parametrize("other", [*OTHER_BIDS[:-1], {"provider_id": BOB}, {"client_bid_id": "a-2"}])
    def test_every_other_bid_has_another_fingerprint(self, other: dict[str, Any]) -> None:
        assert fingerprint_of(KEY, **BID | NAMED | other) != fingerprint_of(KEY, **BID, **NAMED)

    def test_salts_pseudonyms_and_fingerprints_need_the_auctions_key(self) -> None:
        other = bytes(32)
        assert salt_of(KEY, ALICE, "a-1") != salt_of(other, ALICE, "a-1")
        assert pseudonym_of(KEY, ALICE) != pseudonym_of(other, ALICE)
        assert fingerprint_of(KEY, **BID, **NAMED) != fingerprint_of(other, **BID, **NAMED)

    def test_every_bid_has_a_salt_of_its_own(self) -> None:
        assert len({salt_of(KEY, who, which) for who in (ALICE, BOB) for which in ("a-1", "a-2")}) == 4

    def test_a_digest_tells_nothing_to_who_tries_every_edge_without_the_salt(self) -> None:
        digest = digest_of(**BID, **HIDDEN)
        grid = [replace(OFFER, edge_bps=Decimal(steps).scaleb(-1)) for steps in range(-1000, 5001)]
        assert OFFER in grid
        for guessed_salt in (b"", bytes(32), hashlib.sha256(b"a-1").digest(), hmac.digest(b"", b"a-1", "sha256")):
            guesses = (digest_of(**BID | HIDDEN | {"offer": offer, "salt": guessed_salt}) for offer in grid)
            assert digest not in guesses

    def test_the_digest_stays_as_receipts_promised_it(self) -> None:
        """Written out by hand: each part after its length in four bytes, hashed by SHA-256."""
        parts = [
            b"backstop/1/digest",
            AUCTION.bytes,
            bytes.fromhex("02" + f"{60:016x}" + f"{1:016x}" + f"{125_000:016x}" + "0000" + 16 * "0"),
            b"100",
            b"0",
            HIDDEN["pseudonym"].encode(),
            HIDDEN["salt"],
        ]
        written = b"".join(bytes([0, 0, 0, len(part)]) + part for part in parts)
        assert digest_of(**BID, **HIDDEN) == hashlib.sha256(written).digest()

    @given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
    def test_parts_that_differ_never_make_the_same_message(self, some: list[bytes], others: list[bytes]) -> None:
        assert (framed("x", *some) == framed("x", *others)) == (some == others)
        assert framed("x", *some) != framed("y", *others)
