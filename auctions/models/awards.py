"""Who takes which units at what edge, and the settlement that moves positions and money."""

from datetime import datetime
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Commitment, Provider
from auctions.lifecycle import FAILED, SETTLEMENT, SettlementState, Takers
from auctions.models.bids import Bid
from auctions.models.books import Book
from auctions.models.steps import Step
from auctions.models.takes import Take
from auctions.rules.budgets import EdgeParts
from auctions.rules.settlement import ExactFlows
from backstop.models.base import MAX_REASON, AmountField, DeadlineField, EdgeField, MarksField, Parkable, Row
from backstop.values.amounts import PRECISION, ZERO, total


class Beneficiary(models.TextChoices):
    """Who takes the positions: a provider, the venue's insurance fund, or the venue itself."""

    PROVIDER = "PROVIDER"
    FUND = "FUND"
    VENUE = "VENUE"


# By what it shows who took an award without a look at its step. Others than these are no providers.
TAKEN_BY = {
    Takers.COMMITMENTS: Q(bid__isnull=True, take__isnull=True),
    Takers.BIDDERS: Q(bid__isnull=False),
    Takers.TAKERS: Q(take__isnull=False),
}


# What a program of release 0.2.0 awards, or lets fail, no lot counts: its awards are read one by one from then on.
UNCOUNTED = """
    UPDATE auctions_lot SET units_awarded = NULL, gained = NULL, fund_paid = NULL
    WHERE id = (SELECT lot_id FROM auctions_step WHERE id = {step});
    RETURN NULL;
"""

# Such a program knows no cap but the reserve: its take fails, and is healed by sending it again to a program of ours.
ABOVE_CAP = """
    IF EXISTS (
        SELECT FROM auctions_auction
        WHERE step_id = NEW.step_id AND ready_seconds IS NOT NULL AND contested IS NOT TRUE
          AND NEW.edge_bps > uncontested_cap_bps
    ) THEN
        RAISE EXCEPTION 'an auction that is not contested pays no more than its cap' USING ERRCODE = '40001';
    END IF;
    RETURN NEW;
"""


class Award(Row):
    """Units [first_unit, first_unit + units) of a lot at an edge, with the marks in force at that moment.

    Its edge is paid by the account's own money (`equity_part`) and by the fund (`fund_part`). Until it is settled,
    `estate_held`, `fund_held` and `collateral_held` are what it holds of these accounts. It is `counted` by its lot
    unless a program of 0.2.0 wrote it.
    """

    step = models.ForeignKey(Step, models.PROTECT, related_name="awards")
    beneficiary = models.CharField(max_length=8, choices=Beneficiary, default=Beneficiary.PROVIDER)
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="awards")
    commitment = models.ForeignKey(Commitment, models.PROTECT, null=True, related_name="awards")
    bid = models.ForeignKey(Bid, models.PROTECT, null=True, related_name="awards")
    take = models.ForeignKey(Take, models.PROTECT, null=True, related_name="awards")
    first_unit = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    edge_bps = EdgeField()
    marks = MarksField()
    notional = AmountField()
    equity_part = AmountField(default=0)
    fund_part = AmountField(default=0)
    estate_held = AmountField(default=0)
    fund_held = AmountField(default=0)
    collateral_held = AmountField(default=0)
    counted = models.BooleanField(default=True, db_default=False)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="award_not_counted",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                condition=pgtrigger.Q(new__counted=False),
                func=UNCOUNTED.format(step="NEW.step_id"),
            ),
            pgtrigger.Trigger(
                name="award_above_cap",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__counted=False),
                func=ABOVE_CAP,
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="award_units_positive"),
            models.CheckConstraint(
                condition=Q(beneficiary=Beneficiary.PROVIDER, provider__isnull=False)
                | (~Q(beneficiary=Beneficiary.PROVIDER) & Q(provider__isnull=True)),
                name="award_provider_where_its",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="award_in_order"),
            models.Index(fields=["provider", "created_at", "id"], name="award_of_provider"),
            *(
                models.Index(
                    fields=["provider", "created_at", "id"], condition=shown, name=f"award_of_{takers.lower()}"
                )
                for takers, shown in TAKEN_BY.items()
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} units of {self.step.lot}"

    @property
    def edge_parts(self) -> EdgeParts:
        """Who pays its edge, as far as it is held."""
        return EdgeParts(equity=self.equity_part, in_estate=self.estate_held, fund=self.fund_part)

    def pay_edge(self, parts: EdgeParts) -> None:
        """Have its edge paid by these parts, which it holds from now on."""
        self.equity_part, self.fund_part = parts.equity, parts.fund
        self.estate_held = parts.in_estate
        self.fund_held = total([self.fund_held, parts.fund])

    def release(self) -> None:
        """Hold nothing any more."""
        self.estate_held = self.fund_held = self.collateral_held = ZERO


class AtFault(models.TextChoices):
    """Whose fault a rejection was."""

    PROVIDER = "PROVIDER"
    VENUE = "VENUE"


class Settlement(Row, Parkable):
    """The transfer of an award's positions and money, all or nothing.

    `sequence` numbers the settlements of a provider, or of the fund, as they were carried out; a venue's report of
    holdings names the last one that it includes.
    """

    lifecycle = SETTLEMENT

    award = models.OneToOneField(Award, models.PROTECT, related_name="settlement")
    book = models.ForeignKey(Book, models.PROTECT, related_name="settlements")
    state = models.CharField(max_length=16, choices=SettlementState, default=SettlementState.CONFIRMED)
    confirm_by = DeadlineField(null=True)
    sequence = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=MAX_REASON, blank=True, default="")
    fault = models.CharField(max_length=8, choices=AtFault, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="settlement_failed",
                operation=pgtrigger.UpdateOf("state"),
                when=pgtrigger.After,
                condition=pgtrigger.Condition("NEW.state IN ('REJECTED', 'EXPIRED') AND NEW.state <> OLD.state"),
                func=UNCOUNTED.format(step="(SELECT step_id FROM auctions_award WHERE id = NEW.award_id)"),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=SettlementState.AWAITING) | Q(confirm_by__isnull=False),
                name="settlement_awaiting_has_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state=SettlementState.SETTLED) | Q(sequence__isnull=False),
                name="settlement_settled_has_sequence",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=[*SETTLEMENT.under_way]),
                name="settlement_under_way",
            ),
            models.Index(
                fields=["created_at", "id"],
                condition=Q(state=SettlementState.CONFIRMED),
                name="settlement_confirmed",
            ),
            models.Index(
                fields=["confirm_by", "id"], condition=Q(state=SettlementState.AWAITING), name="settlement_awaiting"
            ),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="settlement_parked"),
            models.Index(fields=["book"], condition=Q(state__in=FAILED), name="settlement_failed"),
        ]

    def __str__(self) -> str:
        return f"settlement of {self.award_id}"

    def settle(self, sequence: int, at: datetime) -> None:
        """Carry it out, as the one of this number."""
        self.move_to(SettlementState.SETTLED, at)
        self.sequence = sequence

    def reject(self, reason: str, fault: AtFault, at: datetime) -> None:
        """Let it fail because the venue says so."""
        self.move_to(SettlementState.REJECTED, at)
        self.reason, self.fault = reason, fault

    def expire(self, at: datetime) -> None:
        """Let it fail because the venue said nothing."""
        self.move_to(SettlementState.EXPIRED, at)
        self.reason, self.fault = "the venue did not confirm in time", AtFault.VENUE


class ExactField(models.DecimalField):
    """A sum of products that are not rounded yet: quantities, prices, edges and rates, each with its decimals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "max_digits": PRECISION, "decimal_places": PRECISION // 2})


class SettledTotal(Row):
    """What a provider's settled awards of one step come to, exactly: they are rounded together. Without a provider it
    is the fund's, or the venue's. Awards of before there were totals are in none."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="settled_totals")
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="+")
    profit = ExactField(default=ZERO)
    value = ExactField(default=ZERO)
    edge = ExactField(default=ZERO)
    margin = ExactField(default=ZERO)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["step", "provider"], name="settled_total_one_a_provider", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"settled of {self.step}"

    @property
    def exact(self) -> ExactFlows:
        """All of it."""
        return ExactFlows(self.profit, self.value, self.edge, self.margin)

    def add(self, award: ExactFlows) -> None:
        """Count an award in; does not save."""
        after = self.exact.plus(award)
        self.profit, self.value, self.edge, self.margin = after.profit, after.value, after.edge, after.margin
