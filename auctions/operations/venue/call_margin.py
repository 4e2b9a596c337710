"""A venue asks the insurers of a cover whether one of them covers an account's margin call."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_people, by_two
from accounts.desks.collateral import find_done, require_movable, subject_of
from accounts.desks.covers import lock_cover, require_cover_state
from accounts.desks.margin_calls import record_for_insurers
from accounts.events import MarginCalled
from accounts.lifecycle import CoverState
from accounts.models import Cover, Group, MarginCall
from accounts.queries import load_clusters
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import Trigger
from auctions.desks.liquidations import lock_liquidations
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import to_text, total

SCOPE = "margin_call"


def _stopped(*, venue_id: UUID, cover_id: UUID, account: str, reference: str, **_: Any) -> Stake | None:
    """The notional of the account's books that may go back once it is paid; nothing where it is called already. No
    other book comes in before it is called, so none goes back for it that was not counted."""
    if MarginCall.objects.filter(id=subject_of(venue_id, SCOPE, reference)).exists():
        return None
    cover = Cover.objects.filter(id=cover_id, venue=venue_id).first()
    books = lock_liquidations(venue_id, account, cover.asset_id) if cover else []
    return Stake(books[0].asset_id, total(book.notional for book in books)) if books else None


@operation
@by_two(by_people(_stopped))
def call_margin(
    *, venue_id: UUID, cover_id: UUID, account: str, group_id: UUID | None = None, amount: Decimal, reference: str
) -> MarginCall:
    """Ask for so much (> 0, at most what the cover's limit is now) of its asset for an account, whose owner is of that
    group; once by reference. Any one of the insurers may pay it until the answer is due; silent, the liquidation goes
    on.

    Raises `cover_unknown`, `group_unknown`, `amount_not_movable`, `reference_reused`, `cover_not_in_state`,
    `margin_call_refused` where the cover does not cure, or does not stand for that account now.
    """
    call_id = subject_of(venue_id, SCOPE, reference)
    known = find_done(MarginCall, call_id, cover_id=cover_id, account=account, group_id=group_id, amount=amount)
    if known:
        return known
    cover = lock_cover(venue_id, cover_id)
    if group_id is not None and not Group.objects.filter(id=group_id, venue=venue_id).exists():
        raise AccountRefusal.GROUP_UNKNOWN.error(pointer="/group_id")
    require_movable(amount, cover.asset)
    require_cover_state(cover, CoverState.ACTIVE)
    now = clock.now()
    _require_covered(cover, account, group_id, amount, now)
    call = MarginCall(
        id=call_id,
        venue_id=venue_id,
        cover=cover,
        account=account,
        group_id=group_id,
        amount=amount,
        reference=reference,
        answer_by=now + timedelta(seconds=cover.answer_seconds),
    )
    call.save(force_insert=True)
    record_for_insurers(call, MarginCalled, answer_by=call.answer_by)
    return call


def _require_covered(cover: Cover, account: str, group_id: UUID | None, amount: Decimal, now: datetime) -> None:
    if Trigger.MARGIN_CALL not in cover.triggers:
        raise AccountRefusal.MARGIN_CALL_REFUSED.error("by this contract insurers cover no margin calls")
    limit = cover.limit_at(now)
    if not 0 < amount <= limit:
        problem = f"must be above zero and at most what the cover's limit is now, {to_text(limit)}"
        raise AccountRefusal.MARGIN_CALL_REFUSED.error(problem, pointer="/amount")
    clusters = load_clusters([cover.venue_id])
    party = (clusters.of(group_id), "") if group_id else (None, account)
    if not cover.span(clusters).stands_for(party, now):
        raise AccountRefusal.MARGIN_CALL_REFUSED.error("the cover does not stand for it now", pointer="/account")
