"""What differs between a transcript and what it must be: computed again from what it says alone.

Digests, order, receipts, root, outcome and signature are checked one after the other, so that the first difference
names the bid or the award where it can be named.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from itertools import pairwise, zip_longest

from auctions.lifecycle import BidState
from auctions.rules.editions import NEWEST, Edition, is_kept
from auctions.rules.provider_sealing import SealedPromise, is_takeable, public_key_of, read_offer
from auctions.rules.receipts import Entry, Receipt, is_genuine
from auctions.rules.sealing import Offer, OfferUnreadable, digest_of
from auctions.rules.transcript import (
    DecidedAward,
    NotCounted,
    OpenedBid,
    SealedTerms,
    TranscriptDocument,
    decide,
    root_of,
)
from backstop.values.amounts import to_text
from backstop.values.documents import plain
from backstop.values.keyrings import KEY_BYTES

# The states that say themselves why a bid did not count.
GONE = {BidState.CANCELLED.value: NotCounted.CANCELLED, BidState.VOID.value: NotCounted.VOID}


def differences(
    transcript: TranscriptDocument, receipts: Sequence[Receipt], keys: Collection[bytes], edition: Edition = NEWEST
) -> Iterator[str]:
    """Each thing that differs, in one line; nothing where all holds.

    `keys` are the public keys that may have signed transcript and receipts; `edition` is the transcript's.
    """
    if transcript.version != edition.version:
        yield f"the transcript is of version {transcript.version}, and not of {edition.version}"
    if transcript.public_key not in keys:
        yield f"the transcript is signed by another key: {transcript.public_key.hex()}"
    yield from _of_order(transcript.bids, edition)
    for bid in transcript.bids:
        yield from _of_bid(transcript, bid, edition)
    for place, receipt in enumerate(receipts, 1):
        yield from _of_receipt(transcript, place, receipt, keys)
    if root_of(transcript.auction_id, transcript.bids) != transcript.root:
        yield "the root is not the root of the bids"
    yield from _of_outcome(transcript, edition)
    won = {award.sequence for award in transcript.outcome.awards if award.given_units}
    for bid in transcript.bids:
        yield from _of_state(bid, BidState.WON if bid.sequence in won else BidState.LOST)
    if not is_kept(transcript, edition):
        yield "the signature does not fit: something was changed after the transcript was signed"


def _of_order(bids: Sequence[OpenedBid], edition: Edition) -> Iterator[str]:
    for before, after in pairwise(bids):
        if after.sequence <= before.sequence:
            yield f"bid {after.sequence} stands after bid {before.sequence}: they are not in order of sequence"
    if edition.says_when:
        yield from _of_times(bids)


def _of_times(bids: Sequence[OpenedBid]) -> Iterator[str]:
    for place, bid in enumerate(bids, 1):
        if bid.sequence != place:
            yield f"bid {bid.sequence} stands in place {place}"
        if bid.received_at is None:
            yield f"bid {bid.sequence} does not say when it was received"
    for before, after in pairwise(bids):
        if before.received_at and after.received_at and after.received_at < before.received_at:
            yield f"bid {after.sequence} stands after bid {before.sequence}, and was received before it"
    seen: set[bytes] = set()
    for bid in bids:
        if bid.digest in seen:
            yield f"bid {bid.sequence} stands here twice"
        seen.add(bid.digest)


def _of_bid(transcript: TranscriptDocument, bid: OpenedBid, edition: Edition) -> Iterator[str]:
    private_key = transcript.terms.offer_private_key
    if (bid.sealed_offer is not None) != (private_key is not None and not bid.is_commitment):
        yield f"bid {bid.sequence} is not sealed by whom the terms say"
    if bid.sealed_offer is not None and private_key is not None:
        yield from _of_sealed_offer(transcript, bid, bid.sealed_offer, private_key)
    elif bid.offer is not None:
        yield from _of_offer(transcript, bid, bid.offer, edition)
    if bid.offer is None:
        if bid.not_counted is None or bid.counted_units:
            yield f"bid {bid.sequence} is not opened, and yet it counts"
        return
    if bid.counted_units and _is_too_far(transcript.terms, bid):
        yield f"bid {bid.sequence} counts, and marks had moved further than it allows"
    most = bid.offer.units if bid.not_counted is None else 0
    least = most if not bid.is_commitment else min(most, 1)
    if not least <= bid.counted_units <= most:
        yield f"bid {bid.sequence} counts with {bid.counted_units} of {most} units"


def _is_too_far(terms: SealedTerms, bid: OpenedBid) -> bool:
    if bid.max_drift_bps is None or terms.drift_bps is None:
        return False
    return terms.drift_bps > bid.max_drift_bps


def _of_offer(transcript: TranscriptDocument, bid: OpenedBid, offer: Offer, edition: Edition) -> Iterator[str]:
    try:
        digest = digest_of(
            auction_id=transcript.auction_id,
            pseudonym=bid.provider,
            offer=offer,
            max_units=bid.max_units,
            max_pay_bps=bid.max_pay_bps,
            salt=bid.salt,
            max_drift_bps=bid.max_drift_bps,
            expires_at=bid.expires_at,
            offer_version=edition.offer_version,
        )
    except OfferUnreadable as unreadable:
        yield f"bid {bid.sequence} could not have been sealed: {unreadable}"
    else:
        if digest != bid.digest:
            yield f"bid {bid.sequence} is not what its digest stands for"


def _of_sealed_offer(
    transcript: TranscriptDocument, bid: OpenedBid, sealed_offer: bytes, private_key: bytes
) -> Iterator[str]:
    if len(private_key) != KEY_BYTES:
        yield f"bid {bid.sequence} cannot be opened: the key that is released is none"
        return
    promise = SealedPromise(
        auction_id=transcript.auction_id,
        public_key=public_key_of(private_key),
        sealed_offer=sealed_offer,
        max_units=bid.max_units,
        max_pay_bps=bid.max_pay_bps,
        max_drift_bps=bid.max_drift_bps,
        expires_at=bid.expires_at,
    )
    if promise.digest(bid.provider, bid.salt) != bid.digest:
        yield f"bid {bid.sequence} is not what its digest stands for"
    if bid.offer is None:  # that it was rightly void can only be told by who knows for which bid it was sealed
        return
    if bid.offer != read_offer(private_key, sealed_offer):
        yield f"bid {bid.sequence} is not what its provider sealed"
    if not is_takeable(bid.offer, bid.max_units, bid.max_pay_bps, takes_packages=transcript.terms.takes_packages):
        yield f"bid {bid.sequence} is beyond its maxima or a package where none are taken, and yet it is opened"


def _of_receipt(transcript: TranscriptDocument, place: int, receipt: Receipt, keys: Collection[bytes]) -> Iterator[str]:
    if receipt.public_key not in keys:
        yield f"receipt {place} is signed by another key: {receipt.public_key.hex()}"
    if not is_genuine(receipt):
        yield f"receipt {place} is not genuine: its signature or a path does not fit"
    promised = [bid for bid in receipt.bids if bid.auction_id == transcript.auction_id]
    if not promised:
        yield f"receipt {place} promises nothing about this auction"
    kept = {bid.digest: bid for bid in transcript.bids}
    for bid in promised:
        if bid.digest not in kept:
            yield f"a bid is missing, or another, though receipt {place} promises it: {bid.digest.hex()}"
        elif _contradicts(bid.entry, kept[bid.digest].entry(transcript.auction_id)):
            yield f"bid {kept[bid.digest].sequence} does not stand where receipt {place} promises it"


def _contradicts(promised: Entry, kept: Entry) -> bool:
    """Whether a bid does not stand where it was promised; a receipt of before says nothing of a transcript of today."""
    is_alike = (promised.sequence is None) == (kept.sequence is None)
    return is_alike and promised != kept


def _of_outcome(transcript: TranscriptDocument, edition: Edition) -> Iterator[str]:
    said = transcript.outcome
    computed = decide(transcript.terms, transcript.bids, shares_proof=edition.shares_proof)
    for awarded, due in zip_longest(said.awards, computed.awards):
        if _shown(awarded) != _shown(due):
            yield f"the transcript awards {_shown(awarded)}, and by the rules it is {_shown(due)}"
    for award in said.awards:
        if not 0 <= award.given_units <= award.units:
            yield f"bid {award.sequence} was given {award.given_units} of {award.units} units"
    decided = any(bid.counted_units for bid in transcript.bids)
    if decided and any(bid.not_counted is NotCounted.UNDECIDED for bid in transcript.bids):
        yield "some bids are left undecided, though the auction was decided"
    for name in (field.name for field in fields(said) if field.name != "awards"):
        one, other = plain(getattr(said, name)), plain(getattr(computed, name))
        # Why nothing was decided is the venue's word where no bid counted, and the rules' where they refused.
        if one != other and (decided or name != "undecided"):
            yield f"the outcome has {name} as {one}, and by the rules it is {other}"


def _of_state(bid: OpenedBid, expected: BidState) -> Iterator[str]:
    if bid.state in GONE:
        if bid.not_counted is not GONE[bid.state]:
            yield f"bid {bid.sequence} is {bid.state}, and yet it counts"
    elif bid.not_counted in GONE.values():
        yield f"bid {bid.sequence} is {bid.state}, and yet left out as {bid.not_counted}"
    elif bid.state != expected:
        yield f"bid {bid.sequence} is {bid.state}, and by the awards it is {expected}"


def _shown(award: DecidedAward | None) -> str:
    if award is None:
        return "nothing"
    return f"{award.units} units at {to_text(award.edge_bps)} bps to bid {award.sequence}"
