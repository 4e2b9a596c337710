"""The ledger: accounts with running totals, and transfers that cannot be unbalanced.

A transfer moves an amount from the debit account to the credit account; it is never changed or deleted, a correction is
a new one. The sum over all accounts of an asset is always zero.
"""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models.people import Provider
from backstop.clock import DatabaseNow
from backstop.models.base import AmountField, Row
from backstop.models.venues import Asset, Venue
from backstop.values.amounts import MOST_HELD, MOST_OF_VENUE, ZERO, difference


class AccountKind(models.TextChoices):
    """Whose money it is, and what for."""

    COLLATERAL = "COLLATERAL", "a provider's free collateral"
    CONTRIBUTION = "CONTRIBUTION", "what a provider pays into the venue's guarantee"
    MARGIN = "MARGIN", "margin that release 0.2.0 kept here"
    ESTATE = "ESTATE", "what is left of a liquidated account"
    DEBT = "DEBT", "what a liquidated account owes"
    CLEARING = "CLEARING", "the venue's door to the outside"
    FUND = "FUND", "the venue's insurance fund"
    FEES = "FEES", "liquidation fees"
    PENALTIES = "PENALTIES", "penalties of providers"
    FIRST_TRANCHE = "FIRST_TRANCHE", "the venue's own money that pays losses first"
    SECOND_TRANCHE = "SECOND_TRANCHE", "the venue's own money that pays losses after contributions"
    LOSSES = "LOSSES", "losses that nobody covered, or nobody yet"
    PREMIUM = "PREMIUM", "what was paid in advance for a cover"


PROVIDER_KINDS = (AccountKind.COLLATERAL, AccountKind.MARGIN, AccountKind.CONTRIBUTION)
VENUE_KINDS = (AccountKind.CLEARING, AccountKind.FUND, AccountKind.FEES, AccountKind.PENALTIES, AccountKind.LOSSES)
TRANCHES = (AccountKind.FIRST_TRANCHE, AccountKind.SECOND_TRANCHE)  # they hold no more than others
OWN_KINDS = (*VENUE_KINDS, *TRANCHES)  # a venue's, one of each
BOTTOMLESS_KINDS = (AccountKind.CLEARING, AccountKind.LOSSES, AccountKind.DEBT)


def free_above(floor: Decimal | None, *, posted: Decimal, held: Decimal) -> Decimal:
    """What can be moved out or set aside: all that stands above the floor and is not held; no floor counts as zero."""
    return difference(posted, held, floor or ZERO)


def ceiling_of(kind: str) -> Decimal:
    """The most that may stand in an account of this kind, or be owed by it."""
    return MOST_OF_VENUE if kind in VENUE_KINDS else MOST_HELD


NOTED_TOGETHER = timedelta(seconds=1)  # from a change on; one at its end is noted by itself
# What changes is noted by the database itself: whatever it is that changes what is free, nothing can be missed. Where
# nobody pays for it, or of who promises nothing, it is not needed, and bids cost nothing more.
NOTE_FREE = f"""
    IF EXISTS (SELECT FROM accounts_notedasset WHERE asset_id = NEW.asset_id AND (until IS NULL OR until > noted_at))
       AND EXISTS (SELECT FROM accounts_commitment WHERE provider_id = NEW.provider_id) THEN
        UPDATE accounts_freecollateral
        SET least_free = least(coalesce(least_free, free), NEW.posted - NEW.held), free = NEW.posted - NEW.held
        WHERE account_id = NEW.id AND created_at > noted_at - interval '{NOTED_TOGETHER}';
        IF NOT FOUND THEN
            INSERT INTO accounts_freecollateral (created_at, account_id, was, free)
            VALUES (noted_at, NEW.id, OLD.posted - OLD.held, NEW.posted - NEW.held);
        END IF;
    END IF;
    RETURN NULL;
"""


class Account(Row):
    """Running totals of one account. `posted` is credits less debits, `held` what of it is set aside."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="accounts")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=AccountKind)
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="accounts")
    posted = AmountField(default=0)
    held = AmountField(default=0)
    floor = AmountField(null=True, default=0)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="account_note_free",
                operation=pgtrigger.UpdateOf("posted", "held"),
                when=pgtrigger.After,
                condition=pgtrigger.Condition(
                    "NEW.kind = 'COLLATERAL' AND NEW.posted - NEW.held <> OLD.posted - OLD.held"
                ),
                declare=[("noted_at", "timestamptz := backstop_now()")],
                func=NOTE_FREE,
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="account_held_not_negative"),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(posted__gte=F("floor") + F("held")),
                name="account_above_floor",
            ),
            models.CheckConstraint(
                condition=Q(posted__range=(MOST_HELD.copy_negate(), MOST_HELD))
                | Q(kind__in=VENUE_KINDS, posted__range=(MOST_OF_VENUE.copy_negate(), MOST_OF_VENUE)),
                name="account_within_ceiling",
            ),
            models.CheckConstraint(
                condition=~Q(kind=AccountKind.DEBT) | Q(posted__lte=0), name="account_debt_not_positive"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PROVIDER_KINDS, provider__isnull=False)
                | (~Q(kind__in=PROVIDER_KINDS) & Q(provider__isnull=True)),
                name="account_provider_where_its",
            ),
            models.UniqueConstraint(
                fields=["venue", "asset", "kind"], condition=Q(kind__in=VENUE_KINDS), name="account_one_per_venue"
            ),
            models.UniqueConstraint(
                fields=["provider", "asset", "kind"],
                condition=Q(provider__isnull=False),
                name="account_one_per_provider",
            ),
        ]
        indexes = [
            models.Index(
                fields=["venue", "asset"], condition=Q(kind=AccountKind.COLLATERAL), name="account_collateral"
            ),
            models.Index(fields=["venue", "asset"], condition=Q(kind__in=OWN_KINDS), name="account_own_of_venue"),
            models.Index(fields=["provider"], condition=Q(kind=AccountKind.MARGIN), name="account_margin"),
            models.Index(
                fields=["venue", "asset"], condition=Q(kind=AccountKind.CONTRIBUTION), name="account_contribution"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.asset}"

    @property
    def free(self) -> Decimal:
        """What can be moved out or set aside."""
        return free_above(self.floor, posted=self.posted, held=self.held)


class FreeCollateral(models.Model):
    """What was free of a provider's collateral from `created_at` on, and before: one row for each change, in order of
    `id`, while its asset is noted and from its provider's first commitment on. What changed again within
    `NOTED_TOGETHER` is no row of its own: `least_free` is the least that was free in that time."""

    rows_go = True

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=DatabaseNow())
    account = models.ForeignKey(Account, models.PROTECT, related_name="freed", db_index=False)
    was = AmountField()
    free = AmountField()
    least_free = AmountField(null=True)

    class Meta:
        verbose_name_plural = "free collateral"
        constraints = [
            models.CheckConstraint(condition=Q(least_free__lte=F("free")), name="free_collateral_least_is_less")
        ]
        indexes = [models.Index(fields=["account", "created_at"], name="free_collateral_of_account")]

    def __str__(self) -> str:
        return f"{self.free} free of {self.account}"


class NotedAsset(Row):
    """An asset in which what is free of collateral is noted, and what is held at its venue, since `since` without a
    gap, until `until` (None: on and on)."""

    asset = models.OneToOneField(Asset, models.PROTECT, related_name="noted")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"free collateral in {self.asset}"


class Purpose(models.TextChoices):
    """Why money moved."""

    DEPOSIT = "DEPOSIT", "collateral in"
    WITHDRAWAL = "WITHDRAWAL", "collateral out"
    CONTRIBUTED = "CONTRIBUTED", "a provider's contribution, in or out"
    FUNDING = "FUNDING", "the venue's own money, for its fund or a tranche"
    COLLECTED = "COLLECTED", "fees and penalties moved into the fund"
    INTAKE = "INTAKE", "a book's cash, funding and profit at intake marks"
    INTAKE_REVERSED = "INTAKE_REVERSED", "an intake taken back: the book was amended or withdrawn"
    MARK_CHANGE = "MARK_CHANGE", "linear profit and loss since intake"
    TRANSFER_VALUE = "TRANSFER_VALUE", "spot against its value"
    KEPT_ADVANCED = "KEPT_ADVANCED", "what an account kept, advanced where its estate lacks it"
    SHORTFALL = "SHORTFALL", "what an estate lacks stands as debt"
    ADVANCE = "ADVANCE", "the fund's part of an edge"
    EDGE = "EDGE", "what a provider earns"
    ROUNDING = "ROUNDING", "a fraction that neither side bears"
    MARGIN = "MARGIN", "margin posted here, as release 0.2.0 did"
    MARGIN_DELIVERED = "MARGIN_DELIVERED", "margin, to a provider's own account at the venue"
    FUND_EDGE = "FUND_EDGE", "what the fund earns for taking what nobody else took"
    INVENTORY_RESULT = "INVENTORY_RESULT", "what the fund's inventory gained or lost"
    ADVANCE_REPAID = "ADVANCE_REPAID", "the estate repays the fund"
    DEBT_REPAID = "DEBT_REPAID", "the estate repays its debt"
    DEBT_COVERED = "DEBT_COVERED", "the fund covers a debt"
    LOSS_PAID = "LOSS_PAID", "a layer of the loss plan pays the fund's advances, or a debt"
    ADVANCE_OWED = "ADVANCE_OWED", "what the fund advanced becomes a loss event's debt, while covers are asked"
    EVENT_DEBT_PAID = "EVENT_DEBT_PAID", "a layer of the loss plan pays what stood as a loss event's debt"
    LOSS_ALLOCATED = "LOSS_ALLOCATED", "what accounts of the venue gave of their gains, for what nobody paid"
    RECOVERED = "RECOVERED", "what came back of a loss, to who paid it"
    DEBT_LOST = "DEBT_LOST", "a debt becomes its loss event's, or nobody covers it"
    FEE = "FEE", "liquidation fee"
    PENALTY = "PENALTY", "a provider's fault, as release 0.2.0 did"
    MADE_WHOLE = "MADE_WHOLE", "a provider's fault, to the estate and then the fund"
    VENUE_FAULT = "VENUE_FAULT", "a venue's fault or silence, to the provider"
    STANDBY_FEE = "STANDBY_FEE", "out of fees, for collateral that stood ready"
    REBATE = "REBATE", "out of fees, for what a provider took"
    RESIDUAL = "RESIDUAL", "what is left for the account's owner"
    PREPAID = "PREPAID", "paid in advance for a cover, through the venue, or taken back"
    PREMIUM = "PREMIUM", "what a cover costs, to its insurers"
    CURED = "CURED", "an insurer covers a margin call, into the account at the venue"
    CURE_REPAID = "CURE_REPAID", "what an insurer paid for a margin call comes back, with interest"
    REPO_DRAWN = "REPO_DRAWN", "insurers lend to the fund, against its inventory"
    REPO_REPAID = "REPO_REPAID", "what insurers lent to the fund comes back, with interest"
    SHADOW_OPENED = "SHADOW_OPENED", "what a provider has in a drill: as much as is free of its own"
    SHADOW_CLOSED = "SHADOW_CLOSED", "what a drill leaves"


class Transfer(Row):
    """An amount that moved, once: `subject_id` names the row that caused it."""

    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Account, models.PROTECT, related_name="credits")
    amount = AmountField()
    purpose = models.CharField(max_length=16, choices=Purpose)
    subject_id = models.UUIDField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_between_two_accounts"),
        ]
        indexes = [
            models.Index(fields=["debit", "created_at", "id"], name="transfer_of_debit"),
            models.Index(fields=["credit", "created_at", "id"], name="transfer_of_credit"),
        ]
        triggers = [pgtrigger.Protect(name="transfer_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.purpose} {self.amount}"
