"""What providers, and the venue's fund, hold, and held."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models.ledger import NOTED_TOGETHER
from accounts.models.people import Provider
from backstop.clock import DatabaseNow
from backstop.models.base import AmountField, Row
from backstop.models.venues import Instrument, Venue
from backstop.values.amounts import to_text, total

# Noted by the database itself, as what is free of collateral is, while anything at the venue is paid for.
NOTE_HELD = f"""
    IF EXISTS (SELECT FROM accounts_notedasset AS n JOIN backstop_asset AS a ON a.id = n.asset_id
               WHERE a.venue_id = NEW.venue_id AND (n.until IS NULL OR n.until > noted_at))
       AND EXISTS (SELECT FROM accounts_commitment WHERE provider_id = NEW.provider_id) THEN
        UPDATE accounts_heldquantity
        SET most = greatest(coalesce(most, quantity), abs(NEW.quantity)), quantity = abs(NEW.quantity)
        WHERE holding_id = NEW.id AND created_at > noted_at - interval '{NOTED_TOGETHER}';
        IF NOT FOUND THEN
            INSERT INTO accounts_heldquantity (created_at, holding_id, was, quantity)
            VALUES (noted_at, NEW.id, abs(OLD.quantity), abs(NEW.quantity));
        END IF;
    END IF;
    RETURN NULL;
"""


class Holding(Row):
    """What a provider, or with None the venue's fund, holds of an instrument: long above zero, short below.

    As reported by the venue up to `included_sequence`, with later settlements and awards under way on top.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="holdings")
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="holdings")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    quantity = AmountField(default=0)
    reported_quantity = AmountField(default=0)
    included_sequence = models.BigIntegerField(default=0)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="holding_note_held",
                operation=pgtrigger.UpdateOf("quantity"),
                when=pgtrigger.After,
                condition=pgtrigger.Condition("abs(NEW.quantity) <> abs(OLD.quantity)"),
                declare=[("noted_at", "timestamptz := backstop_now()")],
                func=NOTE_HELD,
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "provider", "instrument"], nulls_distinct=False, name="holding_one_per_instrument"
            )
        ]

    def __str__(self) -> str:
        return f"{to_text(self.quantity)} {self.instrument}"

    def report(self, quantity: Decimal, included_sequence: int, later: Decimal) -> None:
        """Take over what was reported up to a settlement; what came `later` counts on top."""
        self.reported_quantity = quantity
        self.included_sequence = included_sequence
        self.quantity = total([quantity, later])


class HeldQuantity(models.Model):
    """How much of an instrument a provider held from `created_at` on, long or short (>= 0), and before: one row for
    each change, in order of `id`, while an asset of its venue is noted and from its provider's first commitment on.
    What changed again within `NOTED_TOGETHER` is no row of its own: `most` is the most that was held in that time."""

    rows_go = True

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=DatabaseNow())
    holding = models.ForeignKey(Holding, models.PROTECT, related_name="held", db_index=False)
    was = AmountField()
    quantity = AmountField()
    most = AmountField(null=True)

    class Meta:
        verbose_name_plural = "held quantities"
        constraints = [
            models.CheckConstraint(
                condition=Q(was__gte=0, quantity__gte=0) & (Q(most=None) | Q(most__gte=F("quantity"))),
                name="held_quantity_most_is_more",
            )
        ]
        indexes = [models.Index(fields=["holding", "created_at"], name="held_quantity_of_holding")]

    def __str__(self) -> str:
        return f"{to_text(self.quantity)} held of {self.holding.instrument}"


class HoldingEntry(Row):
    """What one award (`subject_id`) adds to a holding; without a sequence until it is settled. `price` is its mark, and
    `margin` what goes with it; release 0.2.0 wrote neither."""

    rows_go = True

    holding = models.ForeignKey(Holding, models.PROTECT, related_name="entries")
    subject_id = models.UUIDField(db_index=True)
    quantity = AmountField()
    settlement_sequence = models.BigIntegerField(null=True)
    price = AmountField(null=True)
    margin = AmountField(null=True)

    class Meta:
        verbose_name_plural = "holding entries"
        constraints = [models.UniqueConstraint(fields=["holding", "subject_id"], name="holding_entry_once")]
        indexes = [models.Index(fields=["holding", "settlement_sequence"], name="holding_entry_in_order")]

    def __str__(self) -> str:
        return f"{to_text(self.quantity)} by {self.subject_id}"


class SettlementCounter(Row):
    """The number of a holder's last settlement: each provider, and with None the venue's fund, has numbers of its own,
    so that nobody sees in them how much others settle."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="+")
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "provider"], nulls_distinct=False, name="settlement_counter_one_per_holder"
            )
        ]

    def __str__(self) -> str:
        return f"{self.last} settlements of {self.provider or 'the fund'}"

    def count_from(self, newest: int) -> None:
        """Go on after this number, where that is further."""
        self.last = max(self.last, newest)

    def next(self) -> int:
        """The next number."""
        self.last += 1
        return self.last
