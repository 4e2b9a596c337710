"""The portfolio of one liquidated account, frozen at intake."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Group
from auctions.lifecycle import BOOK, BookState
from auctions.models.playbooks import Playbook
from backstop.models.base import AmountField, Parkable, Row, Stateful
from backstop.models.venues import Asset, Instrument, Venue


class Side(models.TextChoices):
    """Which way a position points."""

    LONG = "LONG"
    SHORT = "SHORT"


class Book(Row, Stateful, Parkable):
    """A book and its money. `fund_limit` is what the fund may still spend on it; the estate owns what is left."""

    lifecycle = BOOK

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="books")
    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="books")
    reference = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64, editable=False)
    account = models.CharField(max_length=128, blank=True, default="")
    owner_group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+")
    owned_by_fund = models.BooleanField(default=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=BookState, default=BookState.RECEIVED)
    version = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField()
    routed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    cash = AmountField(default=0)
    equity = AmountField()
    notional = AmountField()
    estate = models.OneToOneField(Account, models.PROTECT, related_name="+")
    debt = models.OneToOneField(Account, models.PROTECT, related_name="+")
    fee = AmountField(default=0)
    residual = AmountField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "reference"], name="book_reference_unique"),
            models.CheckConstraint(condition=Q(notional__gt=0), name="book_notional_positive"),
        ]
        indexes = [
            models.Index(fields=["received_at"], condition=~Q(state=BookState.CLOSED), name="book_under_way"),
            models.Index(fields=["venue", "-created_at"], name="book_newest_first"),
        ]

    def __str__(self) -> str:
        return self.reference


class Position(Row):
    """One line of a book, with the mark that it was taken in at; where its lot is cut, one for each of the lots."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="positions")
    ordinal = models.PositiveIntegerField()
    lot = models.ForeignKey("auctions.Lot", models.PROTECT, null=True, related_name="positions")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    side = models.CharField(max_length=8, choices=Side)
    quantity = AmountField()
    entry_price = AmountField(null=True, blank=True)
    accrued = AmountField(default=0)
    mark_price = AmountField()
    notional = AmountField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="position_quantity_positive"),
            models.CheckConstraint(condition=Q(mark_price__gt=0), name="position_mark_positive"),
            models.UniqueConstraint(fields=["book", "ordinal"], name="position_ordinal_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.instrument}"
