"""Service: what a venue pays for standing ready in a product group, and how each provider stood, answered and was paid.

All days and months are of UTC.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from accounts.models import Provider
from auctions.models.auctions import Auction
from auctions.models.books import Book
from auctions.models.lots import Lot
from auctions.rules.service import SHARE_SCALE, MonthGrade, ServiceTerms, is_paid
from backstop.models.base import MAX_REASON, AmountField, EdgeField, Row, Swept
from backstop.models.venues import Asset, ProductGroup, Venue

NOTES_KEPT = timedelta(days=62)  # longer than a month, the one before it, and what was for sale then
COUNTED_AFTER = timedelta(minutes=5)  # longer than any transaction lasts that wrote something of the day before


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time(tzinfo=UTC))


class FeeSchedule(Row):
    """A version of what is paid for service in a product group, for whole months: from that on which begins on
    `effective_on` until a later version. Versions that were announced for later are void by it."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="fee_schedules")
    product_group = models.ForeignKey(ProductGroup, models.PROTECT, related_name="fee_schedules")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    effective_on = models.DateField()
    standby_rate_bps = EdgeField()
    budget = AmountField()
    standby_edge_bps = EdgeField()
    rebate_bps = EdgeField()
    min_presence = models.DecimalField(max_digits=9, decimal_places=SHARE_SCALE)
    min_answers = models.DecimalField(max_digits=9, decimal_places=SHARE_SCALE)
    reason = models.CharField(max_length=MAX_REASON)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product_group", "version"], name="fee_schedule_version_unique"),
            models.CheckConstraint(condition=Q(version__gte=1), name="fee_schedule_version_positive"),
            models.CheckConstraint(condition=Q(effective_on__day=1), name="fee_schedule_for_whole_months"),
            models.CheckConstraint(
                condition=Q(standby_rate_bps__gte=0, budget__gte=0, rebate_bps__gte=0),
                name="fee_schedule_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(min_presence__range=(0, 1), min_answers__range=(0, 1)), name="fee_schedule_asks_shares"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="fee_schedule_for_a_reason"),
        ]
        indexes = [models.Index(fields=["venue", "created_at", "id"], name="fee_schedule_of_venue")]

    def __str__(self) -> str:
        return f"fee schedule {self.version} of {self.product_group}"

    @property
    def effective_at(self) -> datetime:
        return midnight(self.effective_on)

    @property
    def pays(self) -> bool:
        """Whether it pays anything: else nothing is counted by it."""
        return self.standby_rate_bps > 0 or self.rebate_bps > 0

    @property
    def terms(self) -> ServiceTerms:
        """It as the rules see it."""
        return ServiceTerms(
            standby_rate_bps=self.standby_rate_bps,
            budget=self.budget,
            rebate_bps=self.rebate_bps,
            min_presence=self.min_presence,
            min_answers=self.min_answers,
        )


class ServiceDay(Row, Swept):
    """A day of a venue that has fee schedules: counted once, soon after it is over, and then followed by the next. With
    the last of a month its providers are paid."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="service_days")
    day = models.DateField()
    due_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue", "day"], name="service_day_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(counted_at__isnull=True), name="service_day_to_count"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="service_day_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.venue}, {self.day}"

    @classmethod
    def of(cls, venue_id: UUID, day: date) -> "ServiceDay":
        """That of a venue which nothing is counted of yet; does not save."""
        row = cls(venue_id=venue_id, day=day)
        row.due_at = row.ends_at + COUNTED_AFTER
        return row

    @property
    def starts_at(self) -> datetime:
        return midnight(self.day)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(days=1)

    @property
    def month(self) -> date:
        """The first day of its month."""
        return self.day.replace(day=1)

    @property
    def following(self) -> "ServiceDay":
        """The next one; does not save."""
        return self.of(self.venue_id, self.day + timedelta(days=1))

    def count(self, at: datetime) -> None:
        """Be counted; does not save."""
        self.counted_at = at
        self.unpark()


class ServiceScore(Row):
    """How a provider stood in a product group on one day: for so many seconds with anything at all, and with a mean
    notional over all of it, in which each unit of its collateral counts once."""

    day = models.ForeignKey(ServiceDay, models.PROTECT, related_name="scores")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="service_scores")
    schedule = models.ForeignKey(FeeSchedule, models.PROTECT, related_name="+")
    present_seconds = models.DecimalField(max_digits=18, decimal_places=6)
    capacity = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "provider", "schedule"], name="service_score_once"),
            models.CheckConstraint(
                condition=Q(present_seconds__range=(0, 86400), capacity__gte=0), name="service_score_within_its_day"
            ),
            models.CheckConstraint(
                condition=Q(present_seconds__gt=0) | Q(capacity=0), name="service_score_stands_where_present"
            ),
        ]
        indexes = [models.Index(fields=["provider", "created_at", "id"], name="service_score_of_provider")]

    def __str__(self) -> str:
        return f"{self.provider} on {self.day}"


class ServiceAnswer(Row):
    """Whether a provider answered for a lot that ended on a day, which it was asked for by an `auction` that opened at
    `asked_at`, when it stood ready for all of it."""

    day = models.ForeignKey(ServiceDay, models.PROTECT, related_name="answers")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="service_answers")
    schedule = models.ForeignKey(FeeSchedule, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    auction = models.ForeignKey(Auction, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    answered = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "provider", "schedule"], name="service_answer_once"),
        ]
        indexes = [models.Index(fields=["provider", "created_at", "id"], name="service_answer_of_provider")]

    def __str__(self) -> str:
        return f"{self.provider} for {self.lot}"


class ServiceStatement(Row):
    """A provider's month in a product group: how it stood and answered, what that makes it, what was due for it, and
    what it was paid out of the venue's fees."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="service_statements")
    schedule = models.ForeignKey(FeeSchedule, models.PROTECT, related_name="statements")
    month = models.DateField()
    seconds = models.PositiveIntegerField()
    present_seconds = models.DecimalField(max_digits=18, decimal_places=6)
    asked = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    active = models.BooleanField()
    grade = models.CharField(max_length=8, choices=[(each.value, each.value) for each in MonthGrade])
    standby_due = AmountField()
    standby_paid = AmountField()
    rebates_due = AmountField()
    rebates_paid = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "schedule", "month"], name="service_statement_once"),
            models.CheckConstraint(
                condition=Q(present_seconds__gte=0, present_seconds__lte=F("seconds"), answered__lte=F("asked")),
                name="service_statement_within_its_month",
            ),
            models.CheckConstraint(
                condition=Q(standby_paid__gte=0, standby_paid__lte=F("standby_due"))
                & Q(rebates_paid__gte=0, rebates_paid__lte=F("rebates_due")),
                name="service_statement_paid_within_due",
            ),
            models.CheckConstraint(
                condition=Q(standby_paid=0, rebates_paid=0)
                | Q(grade=MonthGrade.GOOD.value)
                | Q(grade=MonthGrade.EXEMPT.value, active=True),
                name="service_statement_paid_for_service",
            ),
        ]
        indexes = [models.Index(fields=["provider", "created_at", "id"], name="service_statement_of_provider")]

    def __str__(self) -> str:
        return f"{self.provider}, {self.month_name}"

    @property
    def month_name(self) -> str:
        """The month as it is told: 2026-03."""
        return f"{self.month:%Y-%m}"

    @property
    def is_paid(self) -> bool:
        """Whether anything is paid for such a month."""
        return is_paid(MonthGrade(self.grade), self.active)

    def be_paid(self, *, standby: Decimal, rebates: Decimal) -> None:
        """Have been paid so much; does not save."""
        self.standby_paid, self.rebates_paid = standby, rebates


class ServiceRebate(Row):
    """What a provider's takings of one book earn it: on their notional, and no more, with all others' of the book, than
    its liquidation fee."""

    statement = models.ForeignKey(ServiceStatement, models.PROTECT, related_name="rebates")
    book = models.ForeignKey(Book, models.PROTECT, related_name="rebates")
    notional = AmountField()
    amount = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "book"], name="service_rebate_once_a_book"),
            models.CheckConstraint(condition=Q(notional__gte=0, amount__gte=0), name="service_rebate_not_negative"),
        ]
        indexes = [models.Index(fields=["statement", "created_at", "id"], name="service_rebate_of_statement")]

    def __str__(self) -> str:
        return f"{self.amount} for {self.book}"
