"""What providers offer in an auction, bids and readiness alike, and what that holds of their collateral."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from accounts.desks.journal import Journal
from auctions.models import Bid, Readiness

Offer = Bid | Readiness
Accounts = Mapping[tuple[UUID, UUID], UUID]  # collateral, by provider and asset


def release(offer: Offer, asset_id: UUID, journal: Journal, accounts: Accounts) -> None:
    """Release in `journal` what it holds: it is about to hold nothing any more."""
    journal.release(accounts[offer.provider_id, asset_id], offer.held)


def void_offers(offers: Iterable[Offer], reason: str, journal: Journal, accounts: Accounts, now: datetime) -> None:
    """Void these in memory, and release in `journal` what they hold."""
    for offer in offers:
        release(offer, offer.auction.step.lot.book.asset_id, journal, accounts)
        offer.void(reason, now)
