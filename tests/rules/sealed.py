"""Short ways to write a sealed auction's bids and transcript in tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from auctions.lifecycle import BidState
from auctions.rules.clearing import Format, PriceRule, Rationing
from auctions.rules.editions import transcript_of
from auctions.rules.encryption import binding_of
from auctions.rules.provider_sealing import SealedPromise, public_key_of, seal_offer
from auctions.rules.receipts import Entry
from auctions.rules.sealing import Offer, digest_of, pseudonym_of, salt_of
from auctions.rules.transcript import OpenedBid, SealedTerms, TranscriptDocument, decide
from auctions.rules.verification import GONE
from backstop.values.signatures import SigningKey

AUCTION = UUID(int=1)
OPENED_AT = datetime(2026, 1, 1, tzinfo=UTC)
AUCTION_KEY = bytes(range(32))
KEY, OTHER_KEY = SigningKey(bytes(32)), SigningKey(bytes(range(32)))
TERMS = SealedTerms(
    format=Format.UNIFORM,
    price_rule=PriceRule.LAST_ACCEPTED,
    rationing=Rationing.PRO_RATA,
    units=100,
    reserve_edge_bps=Decimal(350),
    first_rejected_cap_bps=Decimal(50),
    uncontested_cap_bps=Decimal(150),
    min_groups=2,
    cover_percent=100,
    rounds=1,
    inverse=False,
    related_as_one=True,
)
PRIVATE_KEY = bytes(range(32))
PUBLIC_KEY = public_key_of(PRIVATE_KEY)
PROVIDER_TERMS = replace(TERMS, offer_private_key=PRIVATE_KEY)


def opened(sequence: int, name: str, units: int, edge: str, **more: Any) -> OpenedBid:
    """A bid of the provider called `name`, in a group of that name unless said otherwise; lost, unless said.
    It was received `sequence` microseconds after the opening."""
    said = {name: more.pop(name) for name in ("all_or_none", "min_units", "inverse_edge_bps") if name in more}
    offer = Offer(units, Decimal(edge), **said)
    provider = UUID(bytes=name.encode().rjust(16, b"\0"))
    values: dict[str, Any] = {
        "sequence": sequence,
        "provider": pseudonym_of(AUCTION_KEY, provider),
        "group": more.pop("group", f"group of {name}"),
        "tier": 1,
        "round": 1,
        "is_commitment": False,
        "state": BidState.LOST.value,
        "offer": offer,
        "max_units": units,
        "max_pay_bps": max(-offer.edge_bps, Decimal(0)),
        "salt": salt_of(AUCTION_KEY, provider, str(sequence)),
        "counted_units": units,
        "not_counted": None,
        "received_at": OPENED_AT + timedelta(microseconds=sequence),
        **more,
    }
    if values["state"] in GONE:
        values |= {"counted_units": 0, "not_counted": GONE[values["state"]]}
    return sealed_again(OpenedBid(digest=b"", **values))


def sealed_again(bid: OpenedBid) -> OpenedBid:
    """The bid with the digest of what it says now."""
    said = ("offer", "max_units", "max_pay_bps", "max_drift_bps", "expires_at", "salt")
    content = {name: getattr(bid, name) for name in said}
    return replace(bid, digest=digest_of(auction_id=AUCTION, pseudonym=bid.provider, **content))


def signed(bids: Sequence[OpenedBid], terms: SealedTerms = TERMS, key: SigningKey = KEY) -> TranscriptDocument:
    """The honest transcript of these bids: decided by the rules, with the states that follow from it."""
    bids = placed(bids)
    outcome = decide(terms, bids)
    won = {award.sequence for award in outcome.awards}
    states = [replace(bid, state=BidState.WON.value) if bid.sequence in won else bid for bid in bids]
    return transcript_of(AUCTION, terms, states, outcome, key)


def placed(bids: Sequence[OpenedBid]) -> list[OpenedBid]:
    """The bids in the order in which they were received, with their places."""
    ordered = sorted(bids, key=lambda bid: (bid.received_at or OPENED_AT, bid.sequence))
    return [replace(bid, sequence=place) for place, bid in enumerate(ordered, 1)]


def entries(*bids: OpenedBid) -> list[Entry]:
    return [bid.entry(AUCTION) for bid in bids]


def sent(bid: OpenedBid, offer: Offer | None = None) -> OpenedBid:
    """The bid as its provider sealed it; `offer` is what it sealed, if it is not what is shown of it."""
    said = offer or bid.offer
    assert said is not None
    binding = binding_of(AUCTION, UUID(int=1), str(bid.sequence))
    content = seal_offer(said, PUBLIC_KEY, binding, ephemeral_key=bytes([bid.sequence]) * 32, nonce=bytes(12))
    return promised(replace(bid, sealed_offer=content))


def promised(bid: OpenedBid, public_key: bytes = PUBLIC_KEY) -> OpenedBid:
    maxima = bid.max_units, bid.max_pay_bps, bid.max_drift_bps, bid.expires_at
    promise = SealedPromise(AUCTION, public_key, bid.sealed_offer or b"", *maxima)
    return replace(bid, digest=promise.digest(bid.provider, bid.salt))
