"""A lot's way through the waterfall."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q

from auctions.lifecycle import STEP, StepKind, StepState
from auctions.models.caps import Cap
from auctions.models.lots import Lot
from backstop.models.base import DeadlineField, EdgeField, Parkable, Row


class Step(Row, Parkable):
    """One stage of the waterfall for one lot, in one of its rounds: what came in, what was placed, what is left.

    Since `queued_at` it waits for its auction, until `queue_ends_at` at most: `waits_for` has no room for it, and had
    none at `seen_releases`. Since `stopped_at` it would be carried out, were it not for marks or a breaker, for which
    it waits until `patient_until` at most. (Both ends are None where a program of 0.2.0 wrote it.)
    """

    lifecycle = STEP

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="steps")
    ordinal = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=1, db_default=1)
    kind = models.CharField(max_length=8, choices=StepKind)
    state = models.CharField(max_length=16, choices=StepState, default=StepState.READY)
    due_at = DeadlineField()
    patient_until = DeadlineField(null=True)
    units_in = models.PositiveIntegerField()
    units_placed = models.PositiveIntegerField(default=0)
    worst_edge_bps = EdgeField(null=True)
    queued_at = models.DateTimeField(null=True)
    queue_ends_at = DeadlineField(null=True)
    waits_for = models.ForeignKey(Cap, models.SET_NULL, null=True, related_name="waiting")
    seen_releases = models.BigIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    settling_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "ordinal"], name="step_ordinal_unique"),
            models.CheckConstraint(condition=Q(units_placed__lte=models.F("units_in")), name="step_never_oversold"),
            models.UniqueConstraint(fields=["lot"], condition=~Q(state=StepState.ENDED), name="step_one_under_way"),
        ]
        indexes = [
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="step_parked"),
            models.Index(fields=["due_at", "id"], condition=Q(state=StepState.READY), name="step_ready"),
            models.Index(fields=["due_at", "id"], condition=Q(state=StepState.SETTLING), name="step_settling"),
        ]

    def __str__(self) -> str:
        return f"{self.lot} {self.kind}"

    def queue(self, at: datetime, until: datetime) -> None:
        """Stand in line for its auction from now on, until an instant at most."""
        self.queued_at = self.queued_at or at
        self.queue_ends_at = until

    def wait_for(self, cap: Cap, until: datetime) -> None:
        """Wait until something is released under the cap, or until this instant."""
        self.waits_for, self.seen_releases = cap, cap.releases
        self.wait_until(until)

    def be_patient(self, until: datetime) -> None:
        """Wait for marks or a breaker until this instant at most."""
        self.patient_until = until

    def stop(self, now: datetime, until: datetime) -> None:
        """Wait for marks or a breaker, and be looked at again at this instant, or with whoever came later before."""
        self.stopped_at = self.stopped_at or now
        self.wait_until(until)

    def wait_until(self, at: datetime) -> None:
        """Be looked at again at this instant."""
        self.due_at = at
        self.unpark()

    def stop_waiting(self) -> None:
        """Wait for no cap any more, nor for marks or a breaker."""
        self.waits_for = self.stopped_at = None

    def note_edge(self, edge_bps: Decimal) -> None:
        """One of its awards is paid this edge."""
        self.worst_edge_bps = edge_bps if self.worst_edge_bps is None else max(self.worst_edge_bps, edge_bps)

    def end(self, units_placed: int, at: datetime) -> None:
        """Pass on what was not placed."""
        self.move_to(StepState.ENDED, at)
        self.units_placed = units_placed
