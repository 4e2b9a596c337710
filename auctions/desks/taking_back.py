"""Taking bids back: which of a provider's own it may take back now, and what that releases.

Bids are looked at with a share of their auctions' locks, so that no close counts what is taken back.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from auctions.desks.offers import by_owner, release
from auctions.events import BidCancelled, CancelSwitchTripped
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Bid, CancelSwitch
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.database import Overtaken
from backstop.locks import Lock, lock, lock_rows, share
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction, was_overtaken


@requires_transaction
def lock_bids(bids: QuerySet[Bid]) -> list[Bid]:
    """These bids as they stay, with their auctions, of which the locks are shared."""
    auctions = dict(bids.values_list("id", "auction"))
    share(Lock.AUCTION, set(auctions.values()))
    with_auctions = Bid.objects.filter(id__in=auctions).select_related(
        "auction__step__lot__book__asset", "auction__venue__heartbeat"
    )
    return lock_rows(Lock.BID_ROW, with_auctions)


@requires_transaction
def lock_live_bids(provider_ids: Collection[UUID], past: int = 0, until: int | None = None) -> list[Bid]:
    """All that these providers bid themselves and that is live, whoever came first, past this sequence and up to that.

    Raises `Overtaken` where one was improved meanwhile, so that another stands in its place.
    """
    live = Bid.objects.filter(provider__in=provider_ids, state=BidState.LIVE, commitment=None, sequence__gt=past)
    if until is not None:
        live = live.filter(sequence__lte=until)
    if was_overtaken():
        # Held alone: nothing is improved in these from here on.
        auctions = set(live.values_list("auction", flat=True))
        lock(Lock.AUCTION, auctions)
        live = live.filter(auction__in=auctions)
    found = lock_bids(live)
    if any(bid.state == BidState.CANCELLED for bid in found):
        unseen = live.exclude(id__in=[bid.id for bid in found])
        if unseen.filter(improves__isnull=False).exists():
            raise Overtaken("a bid was improved before it could be taken back")
    still_live = [bid for bid in found if bid.state == BidState.LIVE]
    return sorted(still_live, key=lambda bid: (bid.created_at, bid.sequence))


def refusal_of(bid: Bid, now: datetime) -> AuctionRefusal | None:
    """Why this live bid cannot be taken back now; None where it can be. One that was carried over is firm but in and
    after a halt."""
    auction = bid.auction
    if auction.state != AuctionState.HALTED and not auction.is_open_at(now):
        return AuctionRefusal.AUCTION_NOT_OPEN
    return AuctionRefusal.BID_FIRM if bid.is_firm else None


def falls_at(bid: Bid, moment: datetime) -> bool:
    """Whether a switch that fell due at this moment takes this live bid back, however late somebody comes to it: where
    its provider could have taken it back then."""
    return refusal_of(bid, max(moment, bid.created_at)) is None


def has_expired(bid: Bid, now: datetime) -> bool:
    """Whether this live bid's own time is over, and came before its window's end. One that was carried over stands to
    the end, in a halt and after one too: only its provider may take it back there."""
    if bid.expires_at is None or bid.expires_at > now:
        return False
    return not bid.is_carried_over and falls_at(bid, bid.expires_at)


@requires_transaction
def trip(switches: Sequence[CancelSwitch], past: int = 0, until: int | None = None) -> int:
    """Trip these switches, which are locked with their providers and due: what falls with them is taken back, of bids
    past this sequence; how many there were. Where that goes `until` another only, they stay due for the rest.

    After an outage nobody was silent before the next beat has made up for it. Auctions are locked for it.
    """
    live = lock_live_bids([switch.provider_id for switch in switches], past, until)
    now = clock.now()
    stopped = {bid.provider_id for bid in live if bid.auction.last_beat.lost_since(now) is not None}
    due_at = {
        switch.provider_id: switch.cancels_at
        for switch in switches
        if switch.cancels_at is not None and switch.provider_id not in stopped
    }
    bids = [bid for bid in live if bid.provider_id in due_at and falls_at(bid, due_at[bid.provider_id])]
    silent = [switch for switch in switches if switch.provider_id in due_at]
    taken = Counter(bid.provider_id for bid in bids)
    for switch in silent:
        if until is None:
            switch.trip(taken[switch.provider_id])
        else:
            switch.look(until, taken[switch.provider_id])
    save_changes(silent)
    record_events(
        [
            CancelSwitchTripped(
                venue_id=switch.provider.venue_id,
                subject_id=switch.id,
                provider_id=switch.provider_id,
                bids=switch.taken_back,
            )
            for switch in silent
            if not switch.is_due(now)
        ]
    )
    take_back(bids, now)
    return len(silent)


@requires_transaction
def take_back(bids: Sequence[Bid], now: datetime) -> None:
    """Cancel these bids, which may be taken back, release what they hold, and tell their providers. Accounts are locked
    for it."""
    if not bids:
        return
    collateral = Account.objects.filter(
        provider__in={bid.provider_id for bid in bids},
        asset__in={bid.asset_id for bid in bids},
        kind=AccountKind.COLLATERAL,
    )
    accounts = by_owner(collateral)
    journal = Journal.opened(accounts.values())
    for bid in bids:
        release(bid, bid.asset_id, journal, accounts)
        bid.cancel(now)
    save_changes(bids)
    record_events([BidCancelled(**bid.auction.whose, subject_id=bid.id, provider_id=bid.provider_id) for bid in bids])
    journal.write()
