"""Receipts: a signed promise that bids stand in their auctions' transcripts, as in Certificate Transparency (RFC 6962).

One signature over the Merkle root of the call's bids, so that each can be proven alone; the same bids give the same
receipt, which is never stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from auctions.rules.sealing import framed
from backstop.values.merkle import Path, is_included, tree_of
from backstop.values.signatures import SigningKey, is_signed


@dataclass(frozen=True, slots=True)
class Entry:
    """A bid as a leaf, of a receipt's tree and of its transcript's: its place in the order of all, and its digest."""

    auction_id: UUID
    sequence: int
    digest: bytes

    @property
    def leaf(self) -> bytes:
        return framed("bid", self.auction_id.bytes, str(self.sequence).encode(), self.digest)


@dataclass(frozen=True, slots=True)
class Promised:
    """A bid that will stand in its auction's transcript, and the path that proves it to be under the receipt's root."""

    auction_id: UUID
    sequence: int
    digest: bytes
    index: int
    path: Path

    @property
    def entry(self) -> Entry:
        return Entry(self.auction_id, self.sequence, self.digest)


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
        Promised(entry.auction_id, entry.sequence, entry.digest, index, path)
        for index, (entry, path) in enumerate(zip(entries, tree.paths, strict=True))
    )
    return Receipt(bids, len(bids), tree.root, key.public_key, key.sign(_message(len(bids), tree.root)))


def is_genuine(receipt: Receipt) -> bool:
    """Whether the receipt is signed by the key that it names, and every bid in it is under the root that is signed."""
    return is_signed(receipt.public_key, _message(receipt.size, receipt.root), receipt.signature) and all(
        is_included(bid.entry.leaf, bid.index, receipt.size, bid.path, receipt.root) for bid in receipt.bids
    )


def _message(size: int, root: bytes) -> bytes:
    return framed("receipt", str(size).encode(), root)
