"""Sealing: what a sealed bid offers is stored encrypted, under a key of its auction, until the close opens it.

Called by opening (which makes the keys), bidding (which seals) and the close (which opens). Guarantees that units and
edge of a sealed bid are nowhere in the database in plain, that an auction's keys are stored under the current master
key of `SEALING_KEYS` only, and that what providers seal themselves is opened by nobody but the close.
docs/sealed_bids.md says what this protects from.
"""

from uuid import UUID

from auctions.desks.seals import private_key_of, store_keys, unwrap_seal
from auctions.models import Auction
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def rewrap_key(*, auction_id: UUID) -> None:
    """Store the auction's keys under the current master key. Raises `KeyMissing` where the former is not at hand."""
    auction = Auction.objects.select_for_update(no_key=True).get(id=auction_id)
    store_keys(auction, unwrap_seal(auction).key, private_key_of(auction))
    save_changes([auction])
