"""Losses that are allocated to accounts of the venue: what is shared out, once, and what becomes of each part.

Guarantees that no more is allocated than is left, and that a reference allocates once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from accounts.desks.collateral import find_done, subject_of
from accounts.desks.loss_locks import lock_losses
from accounts.events import LossAllocated
from accounts.lifecycle import AllocationFillState
from accounts.models import AllocationFill, LossAllocation, LossEvent
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.plans import method_of_allocation
from accounts.rules.sharing.positions import AllocationKind, Method, SuppliedAccount, close_against, require_supplied
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import total

GIVEN = (AllocationFillState.ALLOCATED, AllocationFillState.CONFIRMED)
CONFIRM_WITHIN = timedelta(hours=24)

_CONTENT = ("loss_event_id", "kind", "asset_id", "instrument_id", "side", "price", "quantity")


def allocation_of(event: LossEvent, now: datetime, *, reference: str, **content: Any) -> LossAllocation:
    """A new one of the event, by its plan's method; not saved. Raises `allocation_not_planned`."""
    method = method_of_allocation(event.planned.layers)
    if method is None:
        raise AccountRefusal.ALLOCATION_NOT_PLANNED.error()
    return LossAllocation(
        id=subject_of(event.venue_id, "allocation", reference),
        created_at=now,
        venue_id=event.venue_id,
        loss_event=event,
        method=method.value,
        reference=reference,
        confirm_by=now + CONFIRM_WITHIN,
        **content,
    )


@requires_transaction
def find_allocated(allocation: LossAllocation, fills: dict[str, Decimal]) -> LossAllocation | None:
    """What was allocated under its reference before, if anything was. Raises `reference_reused` where that was other
    than these parts of it."""
    known = find_done(LossAllocation, allocation.id, **{name: getattr(allocation, name) for name in _CONTENT})
    if known is not None and dict(known.fills.values_list("account", "allocated")) != fills:
        raise AccountRefusal.REFERENCE_REUSED.error()
    return known


def share_out(allocation: LossAllocation, step: Decimal, accounts: Sequence[SuppliedAccount]) -> dict[str, Decimal]:
    """What each account gives, in whole steps; who gives nothing is not named. Raises `allocation_refused`."""
    method = Method(allocation.method)
    require_supplied(accounts, AllocationKind(allocation.kind), method)
    return close_against(allocation.quantity, step, [each.as_opposite() for each in accounts], method)


@requires_transaction
def allocate(
    allocation: LossAllocation, fills: dict[str, Decimal], accounts: Sequence[SuppliedAccount], left: Decimal
) -> LossAllocation:
    """Write it and its parts, of which the venue confirms each. Raises `allocation_excessive` where so much is not left
    to be allocated, `allocation_refused` where nobody gives anything."""
    if not fills:
        raise AccountRefusal.ALLOCATION_REFUSED.error("nobody has a whole step of it to give", pointer="/accounts")
    if total(fills.values()) > left:
        raise AccountRefusal.ALLOCATION_EXCESSIVE.error(f"at most {left:f} is left to be allocated")
    _require_left(allocation, fills, accounts)
    allocation.save(force_insert=True)
    AllocationFill.objects.bulk_create(
        AllocationFill(
            venue_id=allocation.venue_id,
            allocation=allocation,
            account=each.account,
            had=each.quantity,
            profit=each.profit,
            leverage=each.leverage,
            allocated=fills[each.account],
        )
        for each in accounts
        if each.account in fills
    )
    told = LossAllocated(
        venue_id=allocation.venue_id,
        subject_id=allocation.id,
        loss_event=allocation.loss_event_id,
        form=allocation.kind,
        method=allocation.method,
        asset=allocation.asset.code,
        instrument=allocation.instrument.symbol if allocation.instrument else None,
        side=allocation.side,
        price=allocation.price,
        quantity=total(fills.values()),
        accounts=len(fills),
        reference=allocation.reference,
        reason=allocation.reason,
        confirm_by=allocation.confirm_by,
    )
    record_events([told])
    return allocation


def _require_left(allocation: LossAllocation, fills: dict[str, Decimal], accounts: Sequence[SuppliedAccount]) -> None:
    """Raises `allocation_refused` where an account has given, or may yet, of the same what it would give again."""
    names = ("loss_event_id", "kind", "asset_id", "instrument_id", "side")
    same = {f"allocation__{name}": getattr(allocation, name) for name in names}
    before = AllocationFill.objects.filter(account__in=fills, state__in=GIVEN, **same)
    given = {row["account"]: row["given"] for row in before.values("account").annotate(given=Sum("allocated"))}
    for place, each in enumerate(accounts):
        if each.account in given and total([given[each.account], fills[each.account]]) > each.quantity:
            raise AccountRefusal.ALLOCATION_REFUSED.error(
                f"{each.account} gives {given[each.account]:f} of that already", pointer=f"/accounts/{place}/quantity"
            )


@requires_transaction
def lock_fill(venue_id: UUID, fill_id: UUID) -> AllocationFill:
    """The venue's part of an allocation, while nobody shares its losses. Raises `allocation_fill_unknown`."""
    lock_losses([venue_id])
    fills = AllocationFill.objects.filter(id=fill_id, venue=venue_id)
    fill = fills.select_related("allocation__asset").first()
    if fill is None:
        raise AccountRefusal.ALLOCATION_FILL_UNKNOWN.error()
    return fill


def require_waiting(fill: AllocationFill, now: datetime) -> None:
    """Raises `allocation_fill_decided` unless the venue may say yet what becomes of it."""
    if fill.state != AllocationFillState.ALLOCATED or now >= fill.allocation.confirm_by:
        raise AccountRefusal.ALLOCATION_FILL_DECIDED.error(
            f"it is {fill.state}, and its time was until {fill.allocation.confirm_by}"
        )


def said_of_fill(fill: AllocationFill) -> dict[str, Any]:
    """What every event tells of it."""
    return {
        "venue_id": fill.venue_id,
        "subject_id": fill.id,
        "loss_event": fill.allocation.loss_event_id,
        "allocation": fill.allocation_id,
        "form": fill.allocation.kind,
        "account": fill.account,
        "asset": fill.allocation.asset.code,
        "allocated": fill.allocated,
    }
