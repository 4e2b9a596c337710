"""Bids that were cut back: what they hold while they wait for their lot's next Dutch auction, and what ends them.

While they wait in an auction its lock, held alone, is theirs too. Every provider concerned is told when one ends.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from auctions.desks.offers import Accounts, by_owner, release
from auctions.events import CutBidEnded
from auctions.lifecycle import CutBidState
from auctions.models import CutBid
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events


def waiting_in(auction_ids: Collection[UUID], provider_ids: Collection[UUID] | None = None) -> list[CutBid]:
    """What waits in these Dutch auctions, of these providers alone where they are named: each auction's in order."""
    waiting = CutBid.objects.filter(waits_in__in=auction_ids, state=CutBidState.LIVE)
    if provider_ids is not None:
        waiting = waiting.filter(provider__in=provider_ids)
    return list(waiting.select_related("bid__auction", "lot__book__asset", "provider").order_by("waits_in", "place"))


def between_auctions(**of: Any) -> QuerySet[CutBid]:
    """What waits for an auction that is not open yet, found by these fields: each lot's in order."""
    between = CutBid.objects.filter(state=CutBidState.LIVE, waits_in=None, **of)
    return between.select_related("bid__auction", "lot__book__asset", "provider").order_by("lot", "place")


def lock_between(**of: Any) -> list[CutBid]:
    """The same, locked: a book's lock does not keep a default of its provider out."""
    return lock_rows(Lock.CUT_BID_ROW, between_auctions(**of))


def accounts_of_cut(cut_bids: Sequence[CutBid]) -> dict[tuple[UUID, UUID], UUID]:
    """The collateral accounts that these hold something of, by provider and asset."""
    rows = Account.objects.filter(
        provider__in={cut.provider_id for cut in cut_bids},
        asset__in={cut.lot.book.asset_id for cut in cut_bids},
        kind=AccountKind.COLLATERAL,
    )
    return by_owner(rows)


def lapse_each(cut_bids: Sequence[CutBid], journal: Journal, accounts: Accounts, now: datetime) -> None:
    """Let these go, in memory, and release in `journal` what they hold of these accounts."""
    for cut in cut_bids:
        release(cut, cut.asset_id, journal, accounts)
        cut.lapse(now)


def write_ended(cut_bids: Sequence[CutBid]) -> None:
    """Write those that ended, and tell their providers; the journal has what they held."""
    save_changes(cut_bids)
    record_events([ended(cut) for cut in cut_bids])


def ended(cut: CutBid) -> CutBidEnded:
    """It holds nothing any more."""
    return CutBidEnded(
        **cut.lot.book.whose,
        subject_id=cut.id,
        provider_id=cut.provider_id,
        state=cut.state,
        reason=cut.void_reason,
    )
