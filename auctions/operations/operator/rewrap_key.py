"""The keys of an auction are stored under the current master key."""

from uuid import UUID

from auctions.desks.seals import private_key_of, store_keys, unwrap_key
from auctions.models import Auction
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def rewrap_key(*, auction_id: UUID) -> None:
    """Store the auction's keys under the current master key. Raises `KeyMissing` where the former is not at hand."""
    (auction,) = lock_rows(Lock.AUCTION_ROW, Auction.objects.filter(id=auction_id))
    store_keys(auction, unwrap_key(auction), private_key_of(auction))
    save_changes([auction])
