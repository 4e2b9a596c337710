"""Auctions that start anew on their own rows, at fresh marks, with a new window and without the bids of before.

Bidders are told, and hold nothing for what is void.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.rules.approvals import Stake
from auctions.desks.bids import void_bids
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.news import restarted
from auctions.desks.openings import Opening
from auctions.desks.work import Work
from auctions.models import Auction
from backstop.models.base import save_changes
from backstop.record import record_events

RESTARTED = "the auction was restarted"


def stake_of_auction(*, venue_id: UUID, auction_id: UUID, **_: Any) -> Stake | None:
    """What whoever voids an auction's bids puts at stake: the notional of its lot."""
    auction = Auction.objects.filter(id=auction_id, venue=venue_id).select_related("step__lot__book").first()
    return Stake(auction.step.lot.book.asset_id, auction.step.lot.notional) if auction else None


def restart(
    stopped: Sequence[tuple[Work, Auction, Mapping[UUID, Decimal]]], desk: CommitmentDesk, reason: str, now: datetime
) -> None:
    """Restart these locked auctions at these marks, and write everything but the desk's journal; `reason` is shown to
    the bidders."""
    if not stopped:
        return
    auctions = [auction for _, auction, _ in stopped]
    opening = Opening([work for work, _, _ in stopped], desk, now)
    void_bids(auction_ids=[auction.id for auction in auctions], reason=RESTARTED, journal=desk.journal, now=now)
    opening.restart(stopped)
    save_changes(auctions)
    record_events([*(restarted(auction, reason) for auction in auctions), *opening.placed])
