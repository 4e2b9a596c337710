"""Closing: the window of an auction ends, and it is decided who takes what.

Guarantees that no bid is counted that came at or after the deadline, none left out that came before, and that without
competition nobody is paid more than the uncontested cap.
"""

from collections.abc import Sequence
from uuid import UUID

from auctions.desks.breakers import hold_breakers
from auctions.desks.caps import CapDesk
from auctions.desks.closing.carrying_out import ClosingBatch
from auctions.desks.closing.looking import look_at
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.cutting import CutDesk
from auctions.desks.ready import ReadyDesk
from auctions.desks.restarts import restart
from auctions.desks.unsealing import SealedBids
from auctions.desks.work import load_work, lock_books
from auctions.lifecycle import UNDER_WAY
from auctions.models import Auction, Book
from auctions.rules.closing import DRIFTED, Restart, Wait, outcome_of
from backstop import clock
from backstop.database import kept_alive
from backstop.locks import Lock, lock
from backstop.transactions import operation


@operation
@kept_alive()
def close_auctions(*, ids: Sequence[UUID]) -> int:
    """Close those of these auctions whose time has come, halt, resume or restart others; of how many something came.

    After an outage nothing comes of any before the next beat has made up for it.
    """
    # 1. Lock.
    asked = Auction.objects.filter(id__in=ids)
    hold_breakers(asked.values_list("venue", flat=True))
    caps = CapDesk(asked.values_list("venue_id", flat=True))
    books = lock_books(Book.objects.filter(id__in=asked.values("step__lot__book")))
    under_way = asked.filter(step__lot__book__in=books, state__in=UNDER_WAY)
    # Bids share this lock: once it is held alone, every bid is committed, or will find the auction closed.
    lock(Lock.AUCTION, list(under_way.values_list("id", flat=True)))

    # 2. Load them, now that nobody else can change them.
    now = clock.now()
    with_beat = under_way.select_related("venue__heartbeat", "step")
    auctions = {auction.step_id: auction for auction in with_beat if auction.last_beat.lost_since(now) is None}
    works = load_work([auction.step for auction in auctions.values()], books, now)
    if not works:
        return 0
    sealed = SealedBids(list(auctions.values()))
    ready = ReadyDesk(list(auctions.values()), now)
    cut = CutDesk(list(auctions.values()), now)
    looked_at = look_at(works, auctions, sealed, ready, cut, now)

    # 3. Say what becomes of each; those that wait on are left alone.
    said = [(each, outcome_of(each.standing(now))) for each in looked_at]
    outcomes = [(each, outcome) for each, outcome in said if not isinstance(outcome, Wait)]
    if not outcomes:
        return 0

    # 4. Carry it out, in memory.
    works = [each.work for each, _ in outcomes]
    desk = CommitmentDesk(works, now)
    closing = ClosingBatch(works, sealed, ready, cut, caps, desk, now)
    for each, outcome in outcomes:
        closing.carry_out(each, outcome)

    # 5. Write it.
    closing.write([each.auction for each, _ in outcomes])

    # 6. Start those anew that marks left without a bid, with what the others left of commitments and collateral.
    drifted = [each for each, outcome in outcomes if isinstance(outcome, Restart)]
    restart([(each.work, each.auction, each.fresh) for each in drifted], desk, DRIFTED, now)
    closing.finish([(each.work.book, each.fresh) for each in drifted])
    return len(outcomes)
