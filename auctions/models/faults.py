"""Awards that failed: what the fault costs a provider, once that is beyond dispute, and what it costs a venue."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from accounts.models import Provider
from auctions.lifecycle import FAULT, FaultState
from auctions.models.awards import Award
from auctions.models.books import Book
from auctions.rules.make_whole import MakeWhole
from backstop.models.base import (
    MAX_REASON,
    AmountField,
    DeadlineField,
    FrozenArrayField,
    MarksField,
    Parkable,
    Row,
)
from backstop.values.amounts import ZERO, difference

UNDER_WAY = Q(state__in=FAULT.under_way)
KNOWN = Q(amount__isnull=False, to_estate__isnull=False, contest_until__isnull=False)


class ProviderFault(Row, Parkable):
    """A provider let this award fail. What was held for it stays `held` until the fault is decided.

    Drift counts up to `marks`, those of `drift_until` unless somebody was given some of it before. `amount` is what
    the fault costs where it stands, and `to_estate` what of that is the estate's; the rest is the fund's.

    `party_names` are those by which whoever let it be the provider's fault, or contested that, is known; and
    `decider_names` those of who decided: none may be in both.
    """

    lifecycle = FAULT

    award = models.OneToOneField(Award, models.PROTECT, related_name="fault")
    book = models.ForeignKey(Book, models.PROTECT, related_name="faults")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="own_faults")
    state = models.CharField(max_length=16, choices=FaultState, default=FaultState.COUNTING)
    held = AmountField()
    drift_until = DeadlineField()
    marks = MarksField(null=True)
    amount = AmountField(null=True)
    to_estate = AmountField(null=True)
    contest_until = DeadlineField(null=True)
    contest_reason = models.CharField(max_length=MAX_REASON, blank=True, default="")
    decide_until = DeadlineField(null=True)
    decision_reason = models.CharField(max_length=MAX_REASON, blank=True, default="")
    party_names = FrozenArrayField(models.CharField(max_length=400), null=True)
    decider_names = FrozenArrayField(models.CharField(max_length=400), null=True)
    contestable_at = models.DateTimeField(null=True)
    contested_at = models.DateTimeField(null=True)
    upheld_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [("arbitrate", "Can decide faults that are contested")]
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="fault_held_not_negative"),
            models.CheckConstraint(condition=UNDER_WAY | Q(held=0), name="fault_holds_only_while_under_way"),
            models.CheckConstraint(condition=Q(state=FaultState.COUNTING) | KNOWN, name="fault_contestable_once_known"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True)
                | Q(to_estate__isnull=False, to_estate__gte=0, amount__gte=F("to_estate")),
                name="fault_estate_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[FaultState.CONTESTABLE, FaultState.CONTESTED])
                | Q(amount__isnull=False, held__gte=F("amount")),
                name="fault_costs_no_more_than_held",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[FaultState.CONTESTED, FaultState.DISMISSED])
                | ~Q(contest_reason="") & Q(decide_until__isnull=False),
                name="fault_contested_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(party_names__overlap=F("decider_names")), name="fault_decided_by_another_person"
            ),
        ]
        indexes = [
            models.Index(fields=["book"], condition=UNDER_WAY, name="fault_under_way"),
            models.Index(fields=["provider", "created_at", "id"], name="fault_of_provider"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="fault_parked"),
        ]

    def __str__(self) -> str:
        return f"fault of {self.award_id}"

    @staticmethod
    def over_at(now: datetime) -> Q:
        """Those that nobody contested, or decided, in time."""
        contestable = Q(state=FaultState.CONTESTABLE, contest_until__lte=now)
        return contestable | Q(state=FaultState.CONTESTED, decide_until__lte=now)

    @property
    def to_fund(self) -> Decimal | None:
        """What of the amount is the fund's."""
        return None if self.amount is None or self.to_estate is None else difference(self.amount, self.to_estate)

    def count(self, cost: MakeWhole, contest_until: datetime, at: datetime) -> None:
        """What it costs is known, and may be contested."""
        self.move_to(FaultState.CONTESTABLE, at)
        self.amount, self.to_estate, self.contest_until = cost.amount, cost.to_estate, contest_until

    def contest(self, reason: str, names: frozenset[str], decide_until: datetime, at: datetime) -> None:
        """Its provider, or somebody on its behalf whom these names are of, says that it was none, and why."""
        self.move_to(FaultState.CONTESTED, at)
        self.contest_reason, self.decide_until = reason, decide_until
        self.party_names = sorted(names.union(self.party_names or ()))

    def decide(self, names: frozenset[str]) -> None:
        """Somebody whom these names are of ends it."""
        self.decider_names = sorted(names)

    def end(self, state: FaultState, at: datetime, reason: str = "") -> None:
        """It stands, or does not: hold nothing any more."""
        self.move_to(state, at)
        self.held, self.decision_reason = ZERO, reason


class VenueFault(Row):
    """What it cost a venue that it let a provider's award fail, by its fault or silence: once a book and provider."""

    award = models.OneToOneField(Award, models.PROTECT, related_name="venue_fault")
    book = models.ForeignKey(Book, models.PROTECT, related_name="venue_faults")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    from_fees = AmountField()
    from_tranche = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "provider"], name="venue_fault_once_a_book_and_provider"),
            models.CheckConstraint(condition=Q(from_fees__gte=0, from_tranche__gte=0), name="venue_fault_not_negative"),
        ]

    def __str__(self) -> str:
        return f"venue's fault in {self.award_id}"
