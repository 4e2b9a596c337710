"""What covers cost: their tariffs, the ratings that these go by, and every rate that was in force."""

from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models.covers import Cover, FractionField
from accounts.models.ledger import Account
from accounts.models.people import Provider
from accounts.rules.sharing.contracts import BUCKETS, FACTOR_SCALE, REGIMES, PremiumTerms
from accounts.rules.sharing.premiums import Kink, Stretch, Tariff
from backstop.models.base import AmountField, EdgeField, Row

_APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class FactorField(models.DecimalField):
    """A factor of a rate, with four decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "max_digits": FACTOR_SCALE + 5, "decimal_places": FACTOR_SCALE})


class CoverPremium(Row):
    """What a cover's contract says of its premium, the `account` that it is paid from in advance, and how much was
    `charged` of it. It is charged again at `due_at`; since `empty_at` the account had less than was due. What was
    lacking at the cover's end is `owed` by whom it protected, and charged once it is paid in."""

    cover = models.OneToOneField(Cover, models.PROTECT, related_name="premium")
    account = models.OneToOneField(Account, models.PROTECT, related_name="+")
    base_bps = EdgeField()
    floor_bps = EdgeField()
    cap_bps = EdgeField()
    max_step_bps = EdgeField()
    kink = FractionField()
    unused = FactorField()
    at_kink = FactorField()
    used_up = FactorField()
    grace_seconds = models.PositiveIntegerField()
    charged = AmountField(default=0)
    owed = AmountField(default=0, db_default=0)
    due_at = models.DateTimeField(null=True)
    empty_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(base_bps__gte=0, floor_bps__gte=0, cap_bps__gte=F("floor_bps"), max_step_bps__gte=0),
                name="cover_premium_rates_ordered",
            ),
            models.CheckConstraint(condition=Q(kink__gt=0, kink__lt=1), name="cover_premium_kink_within"),
            models.CheckConstraint(condition=Q(charged__gte=0), name="cover_premium_charged_not_negative"),
            models.CheckConstraint(
                condition=Q(owed=0) | Q(owed__gt=0, due_at__isnull=True), name="cover_premium_owed_at_the_end"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="cover_premium_due")]
        triggers = [
            pgtrigger.Protect(
                name="cover_premium_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["charged", "owed", "due_at", "empty_at"]),
            )
        ]

    def __str__(self) -> str:
        return f"premium of {self.cover}"

    def stands_until(self, ends_at: datetime) -> datetime:
        """Until when its cover stands that would end then: for the grace, where its account had less than was due."""
        if self.empty_at is None:
            return ends_at
        return min(ends_at, self.empty_at + timedelta(seconds=self.grace_seconds))

    @property
    def terms(self) -> PremiumTerms:
        """It as the contract says it."""
        use = Kink(kink=self.kink, unused=self.unused, at_kink=self.at_kink, used_up=self.used_up)
        factors = {factor.name: factor.factor for factor in self.factors.all()}
        return PremiumTerms(
            tariff=Tariff(self.base_bps, self.floor_bps, self.cap_bps, self.max_step_bps, use),
            by_regime={name: factors[name] for name in REGIMES},
            by_rating={name: factors[name] for name in BUCKETS},
            grace_seconds=self.grace_seconds,
        )


class CoverFactor(Row):
    """By what a premium's rate is multiplied in one regime, or for insurers of whom the worst has one rating."""

    premium = models.ForeignKey(CoverPremium, models.PROTECT, related_name="factors")
    name = models.CharField(max_length=8, choices=[(name, name) for name in (*REGIMES, *BUCKETS)])
    factor = FactorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["premium", "name"], name="cover_factor_one_of_a_name"),
            models.CheckConstraint(condition=Q(factor__gte=0), name="cover_factor_not_negative"),
        ]
        triggers = [pgtrigger.Protect(name="cover_factor_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.name} {self.factor}"


class CoverUse(Row):
    """What claims use of a cover's aggregate since an instant: what its layer has paid, and holds for those that are
    open. A cover's are numbered as they came."""

    cover = models.ForeignKey(Cover, models.PROTECT, related_name="uses")
    number = models.PositiveIntegerField()
    since = models.DateTimeField()
    used = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cover", "number"], name="cover_use_numbered"),
            models.CheckConstraint(condition=Q(used__gte=0), name="cover_use_not_negative"),
        ]
        triggers = [pgtrigger.Protect(name="cover_use_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.used} since {self.since}"


class CoverRate(Row):
    """The rate in force from an instant on, the limit that it is paid for, and all that made it: of the aggregate so
    much was `used`."""

    premium = models.ForeignKey(CoverPremium, models.PROTECT, related_name="rates")
    starts_at = models.DateTimeField()
    known_at = models.DateTimeField(null=True)
    rate_bps = EdgeField()
    limit = AmountField()
    used = AmountField(default=0, db_default=0)
    regime = models.CharField(max_length=8, choices=[(name, name) for name in REGIMES])
    regime_factor = FactorField()
    bucket = models.CharField(max_length=8, choices=[(name, name) for name in BUCKETS])
    rating_factor = FactorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["premium", "starts_at"], name="cover_rate_one_at_a_time"),
            models.CheckConstraint(condition=Q(rate_bps__gte=0, limit__gte=0), name="cover_rate_not_negative"),
        ]
        triggers = [pgtrigger.Protect(name="cover_rate_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.rate_bps} bps from {self.starts_at}"

    @property
    def told_at(self) -> datetime:
        """Since when it is known, and told: of rows of release 0.2.0, since it began."""
        return self.known_at or self.starts_at

    @property
    def stretch(self) -> Stretch:
        """It as the rule of accruing sees it."""
        return Stretch(self.starts_at, self.rate_bps, self.limit)


class ProviderRating(Row):
    """How an agency, the `source`, rates a provider, as of `rated_at`: from 1, the best, to 5. From `expires_at` on it
    is as good as the worst; so is who has none."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="ratings")
    bucket = models.CharField(max_length=8, choices=[(name, name) for name in BUCKETS])
    source = models.CharField(max_length=200)
    rated_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("rated_at")), name="provider_rating_for_a_time"),
        ]
        indexes = [models.Index(fields=["provider", "created_at"], name="provider_rating_of_provider")]
        triggers = [pgtrigger.Protect(name="provider_rating_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.provider}: {self.bucket} by {self.source}"
