"""Of whom nothing more is heard in time, the bids are taken back, as its provider would by its own hand."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from auctions.desks.taking_back import lock_live_bids, refusal_of, take_back
from auctions.events import CancelSwitchTripped
from auctions.models import CancelSwitch
from backstop import clock
from backstop.database import kept_alive
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@kept_alive()
def trip_cancel_switches(*, ids: Sequence[UUID]) -> int:
    """Trip those of these switches whose time is over; how many there were.

    After an outage nobody was silent before the next beat has made up for it.
    """
    due = CancelSwitch.objects.filter(id__in=ids, cancels_at__lte=clock.now()).select_related("provider")
    switches = lock_rows(Lock.CANCEL_SWITCH_ROW, due)
    live = lock_live_bids([switch.provider_id for switch in switches])
    now = clock.now()
    stopped = {bid.provider_id for bid in live if bid.auction.last_beat.lost_since(now) is not None}
    silent = {switch.provider_id: switch for switch in switches if switch.provider_id not in stopped}
    bids = [bid for bid in live if bid.provider_id in silent and refusal_of(bid, now) is None]
    for switch in silent.values():
        switch.trip()
    save_changes(silent.values())
    taken = Counter(bid.provider_id for bid in bids)
    record_events(
        [
            CancelSwitchTripped(
                venue_id=switch.provider.venue_id,
                subject_id=switch.id,
                provider_id=provider_id,
                bids=taken[provider_id],
            )
            for provider_id, switch in silent.items()
        ]
    )
    take_back(bids, now)
    return len(silent)
