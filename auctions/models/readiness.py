"""Who stands ready: a firm word, during a Dutch auction, to take so many units before it ends."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from accounts.models import Provider
from auctions.lifecycle import READINESS, ReadinessState
from auctions.models.auctions import MAX_CLIENT_BID_ID, Auction
from auctions.models.takes import Take
from auctions.rules.valuation import drift_bps
from backstop.models.base import MAX_REASON, AmountField, EdgeField, MarksField, Row, Stateful


class Readiness(Row, Stateful):
    """A provider's firm word to take up to `units` of a Dutch auction, of which its own takes, and what the auction's
    end gave it, have left `units_left`. It names no price, and holds `held` of its collateral. An auction's stand by
    `place`, from 1: whoever came first. `take` is what the end gave it, and `end_reason` why that was no more. It is
    void where marks have moved by more than `max_drift_bps` until then from `marks`, those of when it was given (a
    program of before took it in without), to `void_marks`.

    Its verbs change it in memory and do not save.
    """

    lifecycle = READINESS

    auction = models.ForeignKey(Auction, models.CASCADE, related_name="readiness")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="readiness")
    client_bid_id = models.CharField(max_length=MAX_CLIENT_BID_ID)
    place = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    units_left = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=ReadinessState, default=ReadinessState.LIVE)
    held = AmountField(default=0)
    max_drift_bps = EdgeField(null=True)
    marks = MarksField(null=True)
    take = models.OneToOneField(Take, models.PROTECT, null=True, related_name="readiness")
    reconfirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True, default="")
    void_marks = MarksField(null=True)
    end_reason = models.CharField(max_length=MAX_REASON, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "readiness"
        constraints = [
            models.UniqueConstraint(fields=["provider", "client_bid_id"], name="readiness_client_id_unique"),
            models.UniqueConstraint(fields=["auction", "place"], name="readiness_in_order"),
            models.CheckConstraint(
                condition=Q(units__gt=0, place__gt=0, units_left__lte=F("units")), name="readiness_units_within"
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="readiness_held_not_negative"),
            models.CheckConstraint(
                condition=Q(max_drift_bps__isnull=True, marks__isnull=True)
                | Q(max_drift_bps__isnull=False, max_drift_bps__gte=0, marks__isnull=False),
                name="readiness_drifts_since_its_marks",
            ),
            models.CheckConstraint(
                condition=Q(state=ReadinessState.LIVE, units_left__gt=0) | ~Q(state=ReadinessState.LIVE) & Q(held=0),
                name="readiness_holds_only_while_live",
            ),
            models.CheckConstraint(
                condition=Q(state=ReadinessState.VOID) & ~Q(void_reason="")
                | ~Q(state=ReadinessState.VOID) & Q(void_reason=""),
                name="readiness_void_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=ReadinessState.ENDED, units_left__gt=0) & ~Q(end_reason="")
                | ~Q(state=ReadinessState.ENDED, units_left__gt=0) & Q(end_reason=""),
                name="readiness_left_over_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "created_at", "id"], name="readiness_of_provider"),
            models.Index(
                fields=["provider"], condition=Q(state=ReadinessState.LIVE), name="readiness_of_provider_live"
            ),
        ]

    def __str__(self) -> str:
        return f"readiness {self.client_bid_id}"

    @property
    def asset_id(self) -> UUID:
        """Of what it holds."""
        return self.auction.step.lot.book.asset_id

    @property
    def must_reconfirm(self) -> bool:
        """Whether it counts no more unless its provider says that it still stands."""
        since = self.auction.reconfirm_since
        return since is not None and (self.reconfirmed_at or self.created_at) < since

    def stands_at(self, marks: Mapping[UUID, Decimal]) -> bool:
        """Whether it still counts at these marks; by its limit exactly it does."""
        return self.max_drift_bps is None or drift_bps(self.marks, marks) <= self.max_drift_bps

    def use(self, units: int, held: Decimal, at: datetime) -> None:
        """Count so many units, taken by its provider, against it; it holds `held` for what is left, if anything is."""
        self.units_left -= units
        self.held = held
        if not self.units_left:
            self.end("", at)

    def be_given(self, take: Take) -> None:
        """Have this of what its auction's end left."""
        self.take = take
        self.units_left -= take.units

    def end(self, reason: str, at: datetime) -> None:
        """Hold nothing any more: its auction ended, or its provider has taken what it was for. Where something of it is
        left, `reason` is why it got no more."""
        self.move_to(ReadinessState.ENDED, at)
        self.end_reason = reason if self.units_left else ""
        self.held = Decimal(0)

    def void(self, reason: str, at: datetime, marks: Mapping[UUID, Decimal] | None = None) -> None:
        """Count no more, and hold nothing; these are the marks that it was left behind by, if it was."""
        self.move_to(ReadinessState.VOID, at)
        self.void_reason, self.void_marks = reason, marks
        self.held = Decimal(0)
