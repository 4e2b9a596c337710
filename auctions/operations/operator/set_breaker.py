"""Breaking: an operator, or the venue's own engine, stops part of the market, and lets it go on again.

A level is in force from its commit on: whatever it stops was committed before or does not happen.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.approvals import by_people, by_two
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from auctions.desks.news import halted
from auctions.desks.product_groups import find_product_group
from auctions.desks.regimes import follow_breakers
from auctions.events import BreakerReset, BreakerTripped
from auctions.lifecycle import AuctionState
from auctions.models import Auction, Breaker, Lot
from auctions.rules.breaker import Level
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import current_actor, operation


def _loosened(
    *, venue_id: UUID, level: int, product_group: str | None = None, auction_id: UUID | None = None, **_: Any
) -> Stake | None:
    """To let go on what is stopped is a risk; to stop it is none."""
    lock(Lock.BREAKER, [venue_id])
    known = Breaker.objects.filter(**_scope(venue_id, product_group, auction_id)).first()
    return Stake() if known is not None and level < known.level else None


@operation
@by_two(by_people(_loosened))
def set_breaker(
    *,
    venue_id: UUID,
    level: int,
    reason: str,
    product_group: str | None = None,
    auction_id: UUID | None = None,
) -> Breaker:
    """Set the level for the venue, for a product group by its code, or for an auction; the same again changes nothing.

    Raises `level_refused`, `reason_missing`, `breaker_scope_refused`, `product_group_unknown`, `auction_unknown`.
    """
    if level not in list(Level):
        raise AuctionRefusal.LEVEL_REFUSED.error(
            f"the level must be one of {', '.join(str(each.value) for each in Level)}"
        )
    reason = require_reason(reason)
    scope = _scope(venue_id, product_group, auction_id)
    lock(Lock.BREAKER, [venue_id])
    known = Breaker.objects.filter(**scope).first()
    if known is not None and known.level == level:
        return known
    now = clock.now()
    breaker = known or Breaker(**scope)
    breaker.set(Level(level), reason, current_actor(), now)
    if known is None:
        breaker.save(force_insert=True)
    else:
        save_changes([breaker])
    record_events([_event(breaker, product_group)])
    if breaker.auction_id is None:
        follow_breakers(venue_id, now)
    if not Level(level).allows_bids:
        _halt_all(_within(breaker), f"breaker: {breaker.reason}", now)
    return breaker


def _scope(venue_id: UUID, product_group: str | None, auction_id: UUID | None) -> dict[str, UUID | None]:
    scope: dict[str, UUID | None] = {"venue_id": venue_id, "product_group_id": None, "auction_id": None}
    if product_group is not None and auction_id is not None:
        raise AuctionRefusal.BREAKER_SCOPE_REFUSED.error()
    if product_group is not None:
        scope["product_group_id"] = find_product_group(venue_id, product_group).id
    if auction_id is not None:
        if not Auction.objects.filter(id=auction_id, venue=venue_id).exists():
            raise AuctionRefusal.AUCTION_UNKNOWN.error(pointer="/auction_id")
        scope["auction_id"] = auction_id
    return scope


def _within(breaker: Breaker) -> QuerySet[Auction]:
    auctions = Auction.objects.filter(venue=breaker.venue_id, state=AuctionState.OPEN)
    if breaker.auction_id:
        return auctions.filter(id=breaker.auction_id)
    if breaker.product_group_id:
        return auctions.filter(
            step__lot__in=Lot.objects.filter(positions__instrument__product_group=breaker.product_group_id)
        )
    return auctions


def _halt_all(auctions: QuerySet[Auction], reason: str, now: datetime) -> None:
    ids = list(auctions.values_list("id", flat=True))
    # Bids share this lock: whoever waits for it finds the auction halted, whoever had it is committed.
    lock(Lock.AUCTION, ids)
    still_open = list(
        Auction.objects.filter(id__in=ids, state=AuctionState.OPEN).select_related(
            "step__lot__book__playbook", "step__lot__book__asset"
        )
    )
    for auction in still_open:
        auction.halt(reason, auction.step.lot.book.playbook.max_halt_seconds, now)
    save_changes(still_open)
    record_events([halted(auction) for auction in still_open])


def _event(breaker: Breaker, product_group: str | None) -> BreakerTripped | BreakerReset:
    kind = BreakerTripped if breaker.level else BreakerReset
    return kind(
        venue_id=breaker.venue_id,
        subject_id=breaker.id,
        product_group=product_group,
        auction=breaker.auction_id,
        level=breaker.level,
        reason=breaker.reason,
        who=breaker.who,
    )
