"""A venue, the tenant that every row belongs to, and what it trades."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from backstop.models.base import AmountField, Row, Rows

SHADOW_PREFIX = "drill-"  # of the codes of shadows


class Venue(Row):
    """Who liquidates accounts and sends books. A worse commitment takes effect after `notice_seconds`.

    These are its first terms, and stay as they are: later ones are `VenueTerms`. Its last outage ended at `back_at`.
    """

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    notice_seconds = models.PositiveIntegerField(default=3600)
    back_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.code

    def come_back(self, at: datetime) -> None:
        """Be looked after again, where nothing ran for too long; does not save."""
        self.back_at = at


class RealAssets(Rows["Asset"]):
    """The assets in which there is money: whoever names one by its code never means a shadow."""

    def get_queryset(self) -> models.QuerySet["Asset"]:
        return super().get_queryset().filter(shadow_of=None)


class Asset(Row):
    """What money is counted in; `scale` is the number of decimals of its smallest amount.

    A shadow is what one drill is counted in, in place of another asset: it has accounts of its own, and is worth
    nothing. It is found by what refers to it, and not among `objects`.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="assets")
    code = models.CharField(max_length=32)
    scale = models.PositiveSmallIntegerField(default=6)
    shadow_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, db_index=False, related_name="shadows"
    )

    objects: ClassVar[RealAssets] = RealAssets()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "code"], name="asset_code_unique"),
            models.CheckConstraint(condition=Q(scale__lte=18), name="asset_scale_storable"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_shadow(self) -> bool:
        return self.shadow_of_id is not None

    @property
    def real_id(self) -> UUID:
        """The asset that it stands for: itself, unless it is a shadow."""
        return self.shadow_of_id or self.id

    def shadow(self) -> "Asset":
        """A new shadow of it; does not save."""
        shadow = Asset(venue_id=self.venue_id, scale=self.scale, shadow_of=self)
        shadow.code = f"{SHADOW_PREFIX}{shadow.id.hex[:24]}"
        return shadow


class ProductGroup(Row):
    """Instruments that a provider would hedge together; by default what one lot holds."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="product_groups")
    code = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue", "code"], name="product_group_code_unique")]

    def __str__(self) -> str:
        return self.code


class InstrumentKind(models.TextChoices):
    """How an instrument changes hands: spot against its value, a linear contract against nothing."""

    SPOT = "SPOT"
    LINEAR = "LINEAR"


class Instrument(Row):
    """A contract of a venue. Quantities are multiples of `quantity_step`; `margin_rate` is a fraction of notional.

    These are its first terms, and stay as they are: later ones are `InstrumentTerms`.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="instruments")
    symbol = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=InstrumentKind)
    product_group = models.ForeignKey(ProductGroup, models.PROTECT, related_name="instruments")
    settlement_asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    quantity_step = AmountField()
    margin_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "symbol"], name="instrument_symbol_unique"),
            models.CheckConstraint(condition=Q(quantity_step__gt=0), name="instrument_quantity_step_positive"),
            models.CheckConstraint(
                condition=Q(margin_rate__gte=0, margin_rate__lte=1), name="instrument_margin_rate_a_fraction"
            ),
        ]

    def __str__(self) -> str:
        return self.symbol


class InstrumentTerms(Row):
    """An instrument's terms from `effective_at` on, until later ones. A book keeps those that it was received under; no
    book is received with an instrument that is not listed."""

    rows_go = True

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="terms")
    effective_at = models.DateTimeField()
    quantity_step = AmountField()
    margin_rate = models.DecimalField(max_digits=9, decimal_places=6)
    is_listed = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "instrument terms"
        constraints = [
            models.UniqueConstraint(fields=["instrument", "effective_at"], name="instrument_terms_one_at_a_time"),
            models.CheckConstraint(condition=Q(quantity_step__gt=0), name="instrument_terms_step_positive"),
            models.CheckConstraint(
                condition=Q(margin_rate__gte=0, margin_rate__lte=1), name="instrument_terms_margin_rate_a_fraction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} from {self.effective_at}"


class VenueTerms(Row):
    """A venue's terms from `effective_at` on, until later ones. What it reports of a provider's exposure counts for
    `exposure_max_age_seconds`; a default is confirmed within `default_confirm_seconds`, and the provider's book comes
    within `default_book_seconds` after that.
    """

    rows_go = True

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="terms")
    effective_at = models.DateTimeField()
    notice_seconds = models.PositiveIntegerField()
    exposure_max_age_seconds = models.PositiveIntegerField(default=3600, db_default=3600)
    default_confirm_seconds = models.PositiveIntegerField(default=3600, db_default=3600)
    default_book_seconds = models.PositiveIntegerField(default=86400, db_default=86400)

    class Meta:
        verbose_name_plural = "venue terms"
        constraints = [models.UniqueConstraint(fields=["venue", "effective_at"], name="venue_terms_one_at_a_time")]

    def __str__(self) -> str:
        return f"{self.venue} from {self.effective_at}"
