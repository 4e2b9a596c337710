"""Loss allocation: what nobody took or paid of a loss event, shared out over the venue's own accounts, row by row."""

from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import ALLOCATION_FILL, AllocationFillState
from accounts.models.losses import LossEvent
from accounts.rules.sharing.positions import AllocationKind, Method
from backstop.models.base import MAX_REASON, AmountField, Parkable, Row
from backstop.models.venues import Asset, Instrument, Venue

_POSITION, _CASH = AllocationKind.POSITION.value, AllocationKind.CASH.value


class LossAllocation(Row):
    """So much of an event that was shared out at once, by its plan's method: of CASH an amount of the `asset` that
    nobody pays, of POSITION a quantity of an `instrument` that nobody took, of this `side`, at a stated price. What of
    it the venue does not confirm before `confirm_by` lapses."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    loss_event = models.ForeignKey(LossEvent, models.PROTECT, related_name="allocations")
    kind = models.CharField(max_length=8, choices=[(each.value, each.value) for each in AllocationKind])
    method = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Method])
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+")
    side = models.CharField(max_length=8, blank=True, default="")
    price = AmountField(null=True)
    quantity = AmountField()
    reference = models.CharField(max_length=128)
    reason = models.CharField(max_length=MAX_REASON)
    confirm_by = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="loss_allocation_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="loss_allocation_for_a_reason"),
            models.CheckConstraint(condition=Q(confirm_by__gt=F("created_at")), name="loss_allocation_leaves_time"),
            models.CheckConstraint(
                condition=Q(kind=_CASH, instrument__isnull=True, price__isnull=True, side="")
                | Q(kind=_POSITION, instrument__isnull=False, price__gt=0, side__in=["LONG", "SHORT"]),
                name="loss_allocation_of_cash_or_a_position",
            ),
        ]
        indexes = [models.Index(fields=["venue", "created_at", "id"], name="loss_allocation_of_venue")]
        triggers = [
            pgtrigger.Protect(name="loss_allocation_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity} {self.instrument or self.asset}"


class AllocationFill(Row, Parkable):
    """What one account of the venue gives: `allocated` of what it `had`, and `taken` of that as the venue confirmed
    it, since something may have come back by then."""

    lifecycle = ALLOCATION_FILL

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    allocation = models.ForeignKey(LossAllocation, models.PROTECT, related_name="fills")
    account = models.CharField(max_length=128)
    state = models.CharField(
        max_length=16, choices=AllocationFillState, default=AllocationFillState.ALLOCATED, editable=False
    )
    had = AmountField()
    profit = AmountField()
    leverage = AmountField()
    allocated = AmountField()
    taken = AmountField(default=0)
    state_reason = models.CharField(max_length=MAX_REASON, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["allocation", "account"], name="allocation_fill_one_an_account"),
            models.CheckConstraint(
                condition=Q(allocated__gt=0, allocated__lte=F("had")), name="allocation_fill_of_what_it_had"
            ),
            models.CheckConstraint(
                condition=Q(taken=0) | Q(state="CONFIRMED", taken__range=(0, F("allocated"))),
                name="allocation_fill_taken_as_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(state_reason=""), name="allocation_fill_refused_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="allocation_fill_of_venue"),
            models.Index(fields=["allocation"], condition=Q(state="ALLOCATED"), name="allocation_fill_waiting"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="allocation_fill_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.allocated}"

    def confirm(self, taken: Decimal, at: datetime) -> None:
        """The venue takes so much of it from the account; does not save."""
        self.move_to(AllocationFillState.CONFIRMED, at)
        self.taken = taken

    def refuse(self, reason: str, at: datetime) -> None:
        """The venue takes nothing of it; does not save."""
        self.move_to(AllocationFillState.REFUSED, at)
        self.state_reason = reason
