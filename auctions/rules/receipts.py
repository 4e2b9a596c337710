"""Receipts: a signed promise that bids stand in their auctions' transcripts, as in Certificate Transparency (RFC 6962).

One signature over the Merkle root of the call's bids, so that each can be proven alone; the same bids give the same
receipt, which is never stored.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import Field, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from auctions.rules.sealing import framed
from backstop.values.documents import plain, time_text
from backstop.values.merkle import Path, is_included, tree_of
from backstop.values.signatures import SigningKey, is_signed


@dataclass(frozen=True, slots=True)
class Entry:
    """A bid as a leaf, of a receipt's tree and of its transcript's: when it was received, and its digest.

    Once it was its `sequence` instead, in which rivals' bids could be counted: such receipts and transcripts verify.
    """

    auction_id: UUID
    received_at: datetime | None
    digest: bytes
    sequence: int | None = None

    @property
    def leaf(self) -> bytes:
        if self.sequence is not None:
            return framed("bid", self.auction_id.bytes, str(self.sequence).encode(), self.digest)
        received_at = time_text(self.received_at) if self.received_at else ""
        return framed("received bid", self.auction_id.bytes, received_at.encode(), self.digest)


@dataclass(frozen=True, slots=True)
class Promised:
    """A bid that will stand in its auction's transcript, and the path that proves it to be under the receipt's root."""

    auction_id: UUID
    digest: bytes
    index: int
    path: Path
    received_at: datetime | None = None
    sequence: int | None = None

    @property
    def entry(self) -> Entry:
        return Entry(self.auction_id, self.received_at, self.digest, self.sequence)


# What receipts lack, by the dataclass that has it: those of before, and today's.
OF_BEFORE: Mapping[type, Collection[str]] = {Promised: {"received_at"}}
OF_TODAY: Mapping[type, Collection[str]] = {Promised: {"sequence"}}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The promise of one call that placed `size` bids. Shown to others, it may list only some of them."""

    bids: tuple[Promised, ...]
    size: int
    root: bytes
    public_key: bytes
    signature: bytes


def receipt_for(entries: Sequence[Entry], key: SigningKey) -> Receipt:
    """The receipt for the bids of one call (at least one), in the call's order."""
    tree = tree_of([entry.leaf for entry in entries])
    bids = tuple(
        Promised(entry.auction_id, entry.digest, index, path, entry.received_at, entry.sequence)
        for index, (entry, path) in enumerate(zip(entries, tree.paths, strict=True))
    )
    return Receipt(bids, len(bids), tree.root, key.public_key, key.sign(_message(len(bids), tree.root)))


def written(receipt: Receipt) -> Any:
    """The receipt in JSON's own words, as receipts are written today."""
    return plain(receipt, omitting=_is_absent)


def absent_from(promised: Collection[str]) -> Mapping[type, Collection[str]]:
    """What a receipt lacks whose bids have fields of these names."""
    return OF_BEFORE if "sequence" in promised else OF_TODAY


def is_genuine(receipt: Receipt) -> bool:
    """Whether the receipt is signed by the key that it names, and every bid in it is under the root that is signed."""
    return is_signed(receipt.public_key, _message(receipt.size, receipt.root), receipt.signature) and all(
        is_included(bid.entry.leaf, bid.index, receipt.size, bid.path, receipt.root) for bid in receipt.bids
    )


def _is_absent(value: object, field: Field[Any]) -> bool:
    return field.name in OF_TODAY.get(type(value), ())


def _message(size: int, root: bytes) -> bytes:
    return framed("receipt", str(size).encode(), root)
