"""What providers offer in an auction and hold collateral for: bids, readiness, and what was cut back of bids."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.journal import Journal
from accounts.models import Account
from auctions.models import Bid, CutBid, Readiness

Offer = Bid | Readiness | CutBid
Accounts = Mapping[tuple[UUID, UUID], UUID]  # collateral, by provider and asset


def by_owner(collateral: QuerySet[Account]) -> dict[tuple[UUID, UUID], UUID]:
    """These accounts of providers, by provider and asset."""
    rows = collateral.values_list("provider_id", "asset_id", "id")
    return {(owner, asset): row for owner, asset, row in rows if owner}


def release(offer: Offer, asset_id: UUID, journal: Journal, accounts: Accounts) -> None:
    """Release in `journal` what it holds: it is about to hold nothing any more."""
    journal.release(accounts[offer.provider_id, asset_id], offer.held)


def void_offers(offers: Iterable[Offer], reason: str, journal: Journal, accounts: Accounts, now: datetime) -> None:
    """Void these in memory, and release in `journal` what they hold."""
    for offer in offers:
        release(offer, offer.asset_id, journal, accounts)
        offer.void(reason, now)
