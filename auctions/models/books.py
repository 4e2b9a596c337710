"""The portfolio of one liquidated account, frozen at intake; each amendment of it is a version of its own."""

from datetime import datetime, timedelta
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Group, LossEvent
from auctions.events import Whose
from auctions.lifecycle import BOOK, FAULT, BookState
from auctions.models.playbooks import Playbook
from auctions.models.rounds import last_beat_of
from auctions.rules.outages import LastBeat
from backstop.models.base import MAX_REASON, AmountField, DeadlineField, Parkable, Row
from backstop.models.venues import Asset, Instrument, Venue
from backstop.values.amounts import ZERO, difference, total


class Side(models.TextChoices):
    """Which way a position points."""

    LONG = "LONG"
    SHORT = "SHORT"


# A program of 0.2.0 knows of no faults, and would close a book before it is said what one pays into the estate.
FAULTS_DECIDED = f"""
    IF EXISTS (
        SELECT FROM auctions_providerfault
        WHERE book_id = NEW.id AND state IN ({", ".join(f"'{state}'" for state in sorted(FAULT.under_way))})
    ) THEN
        RAISE EXCEPTION 'a fault of the book is not decided' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Book(Row, Parkable):
    """A book and its money; the estate owns what is left. `version` counts what the venue sent: positions and lots know
    theirs. `fingerprint` is of what came in first, `amended_fingerprint` of the last amendment. Where only a part is
    sold, to reach `target_margin_ratio`, everything here is about the part, but what the account `kept` beside it. Of
    `kept_equity` clearing has advanced `kept_advanced`, until its close has counted that.
    """

    lifecycle = BOOK

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="books")
    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="books")
    reference = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64, editable=False)
    account = models.CharField(max_length=128, blank=True, default="")
    owner_group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+")
    owned_by_fund = models.BooleanField(default=False)
    # The audit looks whether it is there: a constraint would lock two busy tables at once where it is added.
    loss_event = models.ForeignKey(
        LossEvent, models.PROTECT, null=True, blank=True, related_name="books", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=BookState, default=BookState.RECEIVED)
    version = models.PositiveIntegerField(default=1)
    amended_fingerprint = models.CharField(max_length=64, editable=False, blank=True, default="")
    received_at = models.DateTimeField()
    # None where a program of 0.2.0 wrote it: by its playbook, and put off by nothing.
    cure_until = DeadlineField(null=True)
    waterfall_until = DeadlineField(null=True)
    amended_at = models.DateTimeField(null=True)
    routed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=MAX_REASON, blank=True, default="")

    target_margin_ratio = AmountField(null=True, blank=True)
    kept_cash = AmountField(default=0)
    kept_equity = AmountField(default=0)
    kept_advanced = AmountField(default=0, db_default=0)
    cash = AmountField(default=0)
    equity = AmountField()
    notional = AmountField()
    estate = models.OneToOneField(Account, models.PROTECT, related_name="+")
    debt = models.OneToOneField(Account, models.PROTECT, related_name="+")
    fee = AmountField(default=0)
    residual = AmountField(default=0)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="book_awaits_faults",
                operation=pgtrigger.UpdateOf("state"),
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(f"NEW.state = '{BookState.CLOSED}' AND NEW.state <> OLD.state"),
                func=FAULTS_DECIDED,
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["venue", "reference"], name="book_reference_unique"),
            models.CheckConstraint(condition=Q(notional__gt=0), name="book_notional_positive"),
            models.CheckConstraint(condition=Q(version__gte=1), name="book_version_positive"),
            models.CheckConstraint(condition=Q(kept_equity__gte=0), name="book_kept_equity_not_negative"),
            models.CheckConstraint(
                condition=Q(kept_advanced__gte=0) & Q(kept_advanced__lte=F("kept_equity")),
                name="book_kept_advanced_within",
            ),
            # A program of 0.2.0 knows of no such advance: it closes no book that had one.
            models.CheckConstraint(
                condition=~Q(state=BookState.CLOSED) | Q(kept_advanced=0), name="book_closed_counts_advances"
            ),
            models.CheckConstraint(
                condition=Q(target_margin_ratio__isnull=True) | Q(target_margin_ratio__gt=0),
                name="book_target_margin_ratio_positive",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | (~Q(amended_fingerprint="") & Q(amended_at__isnull=False)),
                name="book_version_from_amendment",
            ),
            models.CheckConstraint(
                condition=~Q(state=BookState.WITHDRAWN) | ~Q(withdrawal_reason=""), name="book_withdrawn_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=~Q(state__in=sorted(BOOK.final)),
                name="book_under_way",
            ),
            models.Index(
                fields=["venue", "received_at", "id"],
                condition=Q(state__in=[BookState.RECEIVED, BookState.AMENDED]),
                name="book_to_route",
            ),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="book_parked"),
            models.Index(fields=["venue", "created_at", "id"], name="book_of_venue"),
            models.Index(fields=["venue", "state", "created_at", "id"], name="book_of_venue_in_state"),
            models.Index(fields=["venue", "account", "created_at", "id"], name="book_of_account"),
            models.Index(fields=["loss_event"], condition=Q(loss_event__isnull=False), name="book_of_loss_event"),
        ]

    def __str__(self) -> str:
        return self.reference

    def amend(self, fingerprint: str, at: datetime) -> None:
        """Begin its next version, which is to be routed anew."""
        self.move_to(BookState.AMENDED, at)
        self.version += 1
        self.amended_fingerprint = fingerprint
        self.routed_at = None

    def withdraw(self, reason: str, at: datetime) -> None:
        """Give it back to its venue."""
        self.move_to(BookState.WITHDRAWN, at)
        self.withdrawal_reason = reason

    def advance_kept(self, lacking: Decimal) -> Decimal:
        """Let clearing advance what the estate lacks, as far as the account kept so much; how much that is."""
        amount = min(lacking, difference(self.kept_equity, self.kept_advanced))
        self.kept_advanced = total([self.kept_advanced, amount])
        return amount

    def close(self, fee: Decimal, residual: Decimal, at: datetime) -> None:
        """End it, with the fee that was taken and what was left of it for the account's owner, advances counted."""
        self.move_to(BookState.CLOSED, at)
        self.fee, self.residual, self.kept_advanced = fee, residual, ZERO

    @property
    def is_drill(self) -> bool:
        """Whether it is none that anybody was liquidated with: it changes nothing but what is counted in its shadow.
        Loaded with the book (`asset`)."""
        return self.asset.is_shadow

    @property
    def whose(self) -> Whose:
        """What every event of it, and of what becomes of it, is made with. Loaded with the book (`asset`)."""
        return {"venue_id": self.venue_id, "drill": self.is_drill}

    @property
    def cure_ends_at(self) -> datetime:
        """Until then nothing of the book is assigned, so that the venue may amend or withdraw it; amendments do not
        prolong it."""
        return self.cure_until or self.received_at + timedelta(seconds=self.playbook.cure_seconds)

    @property
    def waterfall_ends_at(self) -> datetime:
        """From then on nothing of it is auctioned again."""
        return self.waterfall_until or self.received_at + timedelta(seconds=self.playbook.max_waterfall_seconds)

    @property
    def last_beat(self) -> LastBeat:
        """Whether anything runs at its venue. Loaded with the book (`venue__heartbeat`)."""
        return last_beat_of(self.venue, self.playbook.outage_seconds)


class Line(Row):
    """A line of one version of a book, with the mark that it was taken in at."""

    book_version = models.PositiveIntegerField(default=1)
    ordinal = models.PositiveIntegerField()
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    side = models.CharField(max_length=8, choices=Side)
    quantity = AmountField()
    entry_price = AmountField(null=True, blank=True)
    accrued = AmountField(default=0)
    mark_price = AmountField()
    notional = AmountField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="%(class)s_quantity_positive"),
            models.CheckConstraint(condition=Q(mark_price__gt=0), name="%(class)s_mark_positive"),
            models.UniqueConstraint(fields=["book", "book_version", "ordinal"], name="%(class)s_ordinal_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.instrument}"


class Position(Line):
    """What is for sale; where its lot is cut, one for each of the lots."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="positions")
    lot = models.ForeignKey("auctions.Lot", models.PROTECT, null=True, related_name="positions")
    # The terms that its book was received under; None where a program of 0.2.0 wrote it: the instrument's first.
    quantity_step = AmountField(null=True)
    margin_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)

    @property
    def own_step(self) -> Decimal:
        """What its quantity is a multiple of."""
        return self.instrument.quantity_step if self.quantity_step is None else self.quantity_step

    @property
    def own_margin_rate(self) -> Decimal:
        """The fraction of its notional that whoever takes it needs as margin."""
        return self.instrument.margin_rate if self.margin_rate is None else self.margin_rate

    def cut_to(self, quantity: Decimal, notional: Decimal, accrued: Decimal) -> None:
        """Be a part of what it was."""
        self.quantity, self.notional, self.accrued = quantity, notional, accrued


class KeptPosition(Line):
    """What stays with an account that is sold only in part: shown, and never settled here."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="kept_positions")
