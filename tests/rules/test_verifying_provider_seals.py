"""What verification finds where providers sealed their bids: the released key opens what stands in the transcript."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from auctions.lifecycle import BidState
from auctions.rules.clearing import PriceRule
from auctions.rules.receipts import receipt_for
from auctions.rules.transcript import NotCounted, OpenedBid, TranscriptDocument
from auctions.rules.verification import differences
from tests.rules.sealed import (
    KEY,
    PROVIDER_TERMS,
    TERMS,
    entries,
    opened,
    promised,
    sent,
    signed,
)

ALICE = sent(opened(1, "Alice", 60, "10"))
BOB = sent(opened(2, "Bob", 60, "20.5"))
FIRM = opened(3, "Dora", 70, "30", is_commitment=True)
VOID = replace(sent(opened(4, "Mallory", 10, "1", state="VOID")), offer=None)
BIDS = [ALICE, BOB, FIRM, VOID]
NOT_TAKEABLE = "is beyond its maxima or a package where none are taken, and yet it is opened"
HONEST = signed(BIDS, PROVIDER_TERMS)
RECEIPT = receipt_for(entries(ALICE, VOID), KEY)


def found(transcript: TranscriptDocument, *receipts: object) -> list[str]:
    return list(differences(transcript, receipts, [KEY.public_key]))  # type: ignore[arg-type]


def with_bids(*bids: OpenedBid) -> Sequence[str]:
    return found(signed(bids, PROVIDER_TERMS))


def test_an_honest_transcript_holds_and_keeps_its_receipts() -> None:
    assert found(HONEST, RECEIPT) == []
    assert [(award.sequence, award.units) for award in HONEST.outcome.awards] == [(1, 60), (2, 40)]


def test_another_offer_than_the_one_that_was_sealed_is_caught_though_the_digest_fits() -> None:
    assert with_bids(sent(opened(1, "Alice", 60, "40"), ALICE.offer), *BIDS[1:]) == [
        "bid 1 is not what its provider sealed"
    ]


@pytest.mark.parametrize("change", [{"provider": "0" * 16}, {"salt": bytes(32)}, {"max_units": 61}])
def test_a_void_bids_digest_is_checked_too(change: dict) -> None:
    assert with_bids(*BIDS[:-1], replace(VOID, **change)) == ["bid 4 is not what its digest stands for"]


def test_another_ciphertext_with_a_digest_of_its_own_is_not_what_the_receipt_promises() -> None:
    dearer = sent(opened(1, "Alice", 60, "40"))
    forged = signed([dearer, *BIDS[1:]], PROVIDER_TERMS)
    assert found(forged) == []
    missing = f"a bid is missing, or another, though receipt 1 promises it: {ALICE.digest.hex()}"
    assert found(forged, RECEIPT) == [missing]


def test_another_key_than_the_one_that_was_sealed_to_fits_no_digest() -> None:
    terms = replace(TERMS, offer_private_key=bytes(32))
    voided = [replace(bid, offer=None, state="VOID", counted_units=0, not_counted=NotCounted.VOID) for bid in BIDS[:2]]
    assert found(signed([*voided, FIRM], terms)) == [
        "bid 1 is not what its digest stands for",
        "bid 2 is not what its digest stands for",
    ]


def test_what_is_beyond_its_maxima_must_not_be_opened() -> None:
    beyond = promised(replace(ALICE, max_units=59))
    assert with_bids(beyond, *BIDS[1:]) == [f"bid 1 {NOT_TAKEABLE}"]
    equal = promised(replace(ALICE, max_units=60))
    assert with_bids(equal, *BIDS[1:]) == []


@pytest.mark.parametrize(
    ("price_rule", "lines"), [("LAST_ACCEPTED", []), ("FIRST_REJECTED", [f"bid 1 {NOT_TAKEABLE}"])]
)
def test_a_package_must_not_be_opened_where_none_are_taken(price_rule: str, lines: list[str]) -> None:
    """Counted, it would leave the auction undecided by the rules."""
    terms = replace(PROVIDER_TERMS, price_rule=PriceRule(price_rule))
    package = sent(opened(1, "Alice", 60, "10", all_or_none=True))
    assert found(signed([package, BOB], terms)) == lines


def test_a_void_bid_cannot_count() -> None:
    counting = replace(VOID, state=BidState.LOST.value, not_counted=None)
    assert "bid 4 is not opened, and yet it counts" in with_bids(*BIDS[:-1], counting)


@pytest.mark.parametrize("key", [b"", bytes(31)])
def test_a_released_key_that_is_none_is_named(key: bytes) -> None:
    forged = signed([ALICE], replace(TERMS, offer_private_key=key))
    assert found(forged) == ["bid 1 cannot be opened: the key that is released is none"]


def test_a_bid_is_sealed_by_whom_the_terms_say() -> None:
    by_venue = opened(1, "Alice", 60, "10")
    assert with_bids(by_venue, *BIDS[1:]) == ["bid 1 is not sealed by whom the terms say"]
    assert found(signed([ALICE, BOB]))[:2] == [
        "bid 1 is not sealed by whom the terms say",
        "bid 1 is not what its digest stands for",
    ]
    assert with_bids(ALICE, BOB, sent(opened(3, "Dora", 70, "30", is_commitment=True))) == [
        "bid 3 is not sealed by whom the terms say"
    ]


def test_the_released_key_is_under_the_signature() -> None:
    changed = replace(HONEST, terms=replace(HONEST.terms, offer_private_key=None))
    assert "the signature does not fit: something was changed after the transcript was signed" in found(changed)
