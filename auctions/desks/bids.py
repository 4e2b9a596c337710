"""Bids of auctions that change under them: void, so that they count no more and hold nothing, or confirmed anew.

The auction's lock is held alone by who voids, and shared by who reconfirms. Every provider concerned is told, and not
what anybody bid.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from auctions.desks.cut_bids import waiting_in, write_ended
from auctions.desks.offers import by_owner, void_offers
from auctions.desks.readiness import live_readiness, write_void
from auctions.events import BidVoided
from auctions.lifecycle import BidState, CutBidState, ReadinessState
from auctions.models import Auction, Bid, CutBid, Readiness
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock_rows, share
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction


def accounts_of_offers(auction_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    """The collateral accounts that the live bids, the readiness and what was cut back in these auctions hold something
    of, by provider and asset.

    Open them in the journal that `void_bids` is given.
    """
    bids = Bid.objects.filter(auction__in=auction_ids, state=BidState.LIVE)
    readiness = Readiness.objects.filter(auction__in=auction_ids, state=ReadinessState.LIVE)
    cut = CutBid.objects.filter(waits_in__in=auction_ids, state=CutBidState.LIVE)
    rows = Account.objects.filter(
        Q(provider__in=bids.values("provider"))
        | Q(provider__in=readiness.values("provider"))
        | Q(provider__in=cut.values("provider")),
        asset__in=Auction.objects.filter(id__in=auction_ids).values("step__lot__book__asset"),
        kind=AccountKind.COLLATERAL,
    )
    return by_owner(rows)


def live_bids(auction_ids: Collection[UUID], provider_ids: Collection[UUID] | None = None) -> list[Bid]:
    """The live bids of these auctions, of these providers alone where they are named, in order."""
    live = Bid.objects.filter(auction__in=auction_ids, state=BidState.LIVE)
    if provider_ids is not None:
        live = live.filter(provider__in=provider_ids)
    return list(live.select_related("auction__step__lot__book__asset").order_by(*Bid.IN_ORDER))


def write_voided(bids: Sequence[Bid]) -> None:
    """Write bids that are void, and tell their providers; the journal has what they held."""
    save_changes(bids)
    record_events(events_of_void(bids))


@requires_transaction
def void_bids(
    *,
    auction_ids: Collection[UUID],
    reason: str,
    journal: Journal,
    now: datetime,
    provider_ids: Collection[UUID] | None = None,
) -> int:
    """Void the live bids of these auctions, what anybody stands ready for in them and what was cut back and waits in
    them, of these providers alone where they are named, and release in `journal` what they hold; how many bids there
    were.

    The auctions are locked alone; the caller writes the journal.
    """
    accounts = accounts_of_offers(auction_ids)
    bids, readiness = live_bids(auction_ids, provider_ids), live_readiness(auction_ids, provider_ids)
    cut = waiting_in(auction_ids, provider_ids)
    void_offers([*bids, *readiness, *cut], reason, journal, accounts, now)
    write_voided(bids)
    write_void(readiness)
    write_ended(cut)
    return len(bids)


def events_of_void(bids: Sequence[Bid]) -> list[BidVoided]:
    """One event for each provider and auction: which of its bids are void, and why."""
    voided: dict[tuple[Auction, UUID, str], list[UUID]] = defaultdict(list)
    for bid in bids:
        voided[bid.auction, bid.provider_id, bid.void_reason].append(bid.id)
    return [
        BidVoided(
            **auction.whose,
            subject_id=auction.id,
            provider_id=provider_id,
            bids=len(ids),
            reason=reason,
            voided=tuple(ids),
        )
        for (auction, provider_id, reason), ids in voided.items()
    ]


def reconfirm(auction_id: UUID, bids: QuerySet[Bid]) -> None:
    auction, now = share_open(auction_id)
    if auction.reconfirm_since is not None:
        asked = bids.filter(commitment=None, created_at__lt=auction.reconfirm_since)
        confirmed = lock_rows(Lock.BID_ROW, asked.exclude(reconfirmed_at__gte=auction.reconfirm_since))
        for bid in confirmed:
            bid.reconfirmed_at = now
        save_changes(confirmed)


@requires_transaction
def share_open(auction_id: UUID) -> tuple[Auction, datetime]:
    """An auction in which something is reconfirmed, its lock shared, and the instant of that. Raises
    `auction_not_open`."""
    share(Lock.AUCTION, [auction_id])
    auction = Auction.objects.select_related("venue__heartbeat").get(id=auction_id)
    now = clock.now()
    if not auction.is_open_at(now):
        raise AuctionRefusal.AUCTION_NOT_OPEN.error("the auction is halted or over: there is nothing to reconfirm now")
    return auction, now
