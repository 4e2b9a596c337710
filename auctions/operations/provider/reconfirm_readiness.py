"""After a long halt a provider says of all that it stands ready for in an auction that it still does; else it is void.

Saying it again changes nothing.
"""

from uuid import UUID

from auctions.desks.bids import share_open
from auctions.lifecycle import ReadinessState
from auctions.models import Auction, Readiness
from auctions.rules.refusals import AuctionRefusal
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def reconfirm_readiness(*, venue_id: UUID, provider_id: UUID, auction_id: UUID) -> int:
    """Let all readiness of the provider in this auction stand; for how many units it stands now.

    Raises `auction_unknown`, `auction_not_open`.
    """
    if not Auction.objects.filter(id=auction_id, venue=venue_id).exists():
        raise AuctionRefusal.AUCTION_UNKNOWN.error()
    auction, now = share_open(auction_id)
    live = Readiness.objects.filter(auction=auction, provider=provider_id, state=ReadinessState.LIVE)
    confirmed = lock_rows(Lock.READINESS_ROW, live)
    if auction.reconfirm_since is not None:
        for stands in confirmed:
            stands.reconfirmed_at = now
        save_changes(confirmed)
    return sum(stands.units_left for stands in confirmed)
