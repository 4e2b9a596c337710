"""Standing bids, and what of them is used."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.lifecycle import COMMITMENT, CommitmentState
from accounts.models.people import Provider
from accounts.rules.terms import COLUMNS, StandingTerms, columns_of, fields_of
from backstop.models.base import MAX_REASON, AmountField, DeadlineField, EdgeField, Row, Stateful
from backstop.models.venues import Instrument, ProductGroup, Venue
from backstop.values.periods import Calendar


class Sides(models.TextChoices):
    """Which positions a commitment takes over."""

    LONG = "LONG"
    SHORT = "SHORT"
    BOTH = "BOTH"


class Commitment(Row, Stateful):
    """A provider's standing bid for a venue, one of its product groups or one instrument.

    What it offers stands in its terms. Of several that cover an instrument, the narrower overrides field by field.
    """

    lifecycle = COMMITMENT

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="commitments")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="commitments")
    product_group = models.ForeignKey(ProductGroup, models.PROTECT, null=True, blank=True, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=16, choices=CommitmentState, default=CommitmentState.PROPOSED, editable=False)
    state_reason = models.CharField(max_length=MAX_REASON, blank=True, default="", editable=False)
    active_at = DeadlineField(null=True, editable=False)
    window_anchor_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(product_group__isnull=True) | Q(instrument__isnull=True), name="commitment_one_scope"
            ),
            models.UniqueConstraint(
                fields=["provider", "product_group", "instrument"],
                nulls_distinct=False,
                name="commitment_one_per_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.instrument or self.product_group or self.venue}"

    def approve(self, stands_from: datetime, at: datetime) -> None:
        """Let it stand from an instant on that may be yet to come."""
        self.move_to(CommitmentState.ACTIVE, at)
        self.active_at = stands_from

    def put_off(self, since: datetime, now: datetime) -> None:
        """Where it did not stand yet at `since`, let it do so as much later as has passed since then."""
        if self.active_at is not None and self.active_at > since:
            self.active_at += now - since

    def suspend(self, reason: str, at: datetime) -> None:
        """Let nothing more be taken from it."""
        self.move_to(CommitmentState.SUSPENDED, at)
        self.state_reason = reason

    def resume(self, reason: str, at: datetime) -> None:
        """Let it stand again."""
        self.move_to(CommitmentState.ACTIVE, at)
        self.state_reason = reason


class CommitmentTerms(Row):
    """What a commitment offers from `effective_at` on, until later terms do. Empty is left to the wider scope."""

    rows_go = True

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="terms")
    effective_at = DeadlineField()
    sides = models.CharField(max_length=8, choices=Sides, blank=True, default="")
    min_edge_bps = EdgeField("minimum edge (bps)", null=True, blank=True)
    cap_per_assignment = AmountField(null=True, blank=True, help_text="The most notional of one lot.")
    cap_held = AmountField(
        "cap on all that is held",
        null=True,
        blank=True,
        help_text="The most notional within its scope, long and short.",
    )
    window_capacity = AmountField(null=True, blank=True, help_text="The most notional in each window.")
    window_seconds = models.PositiveIntegerField(null=True, blank=True)
    calendar = models.CharField(
        max_length=8, choices=[(day.value, day.value) for day in Calendar], blank=True, default=""
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "commitment terms"
        constraints = [
            models.UniqueConstraint(fields=["commitment", "effective_at"], name="commitment_terms_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(window_capacity__isnull=True, window_seconds__isnull=True)
                | Q(window_capacity__isnull=False, window_seconds__isnull=False, window_seconds__gt=0),
                name="commitment_terms_window_whole",
            ),
            models.CheckConstraint(
                condition=(Q(cap_per_assignment__isnull=True) | Q(cap_per_assignment__gte=0))
                & (Q(cap_held__isnull=True) | Q(cap_held__gte=0))
                & (Q(window_capacity__isnull=True) | Q(window_capacity__gte=0)),
                name="commitment_terms_caps_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment} from {self.effective_at}"

    @classmethod
    def of(cls, commitment: Commitment, at: datetime, terms: StandingTerms) -> Self:
        """The row of these terms."""
        columns = {name: value for name, value in columns_of(terms).items() if value is not None}
        return cls(commitment=commitment, effective_at=at, **columns)

    def put_off(self, since: datetime, now: datetime) -> None:
        """Take effect as much later as has passed since then, or since they were announced."""
        self.effective_at += now - max(since, self.created_at)

    @property
    def terms(self) -> StandingTerms:
        """The row as the rules see it."""
        return StandingTerms(**fields_of({name: getattr(self, name) for name in self.columns()}))

    @classmethod
    def columns(cls) -> "dict[str, models.Field[Any, Any]]":
        """What holds the terms, by name and in their order."""
        known = {field.name: field for field in cls._meta.concrete_fields}
        return {name: known[name] for names in COLUMNS.values() for name in names}


class CommitmentUse(Row):
    """How much notional of a commitment's window is used: one counter per scope and window."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="uses")
    window_starts_at = models.DateTimeField()
    used = AmountField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "window_starts_at"], name="commitment_use_one_per_window"),
            models.CheckConstraint(condition=Q(used__gte=0), name="commitment_use_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment}: {self.used}"


class CommitmentUsage(Row):
    """One taking from a window, by `subject_id`; returned to that same window when its settlement fails."""

    use = models.ForeignKey(CommitmentUse, models.PROTECT, related_name="usages")
    subject_id = models.UUIDField()
    amount = AmountField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["use", "subject_id"], name="commitment_usage_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="commitment_usage_positive"),
        ]
        indexes = [models.Index(fields=["subject_id"], name="commitment_usage_subject")]

    def __str__(self) -> str:
        return f"{self.amount} by {self.subject_id}"
