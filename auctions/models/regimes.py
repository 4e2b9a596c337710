"""How the market of a product group stands, by what its venue reports, and how it stood."""

import pgtrigger
from django.db import models
from django.db.models import Q

from auctions.rules.regimes import SHARE_SCALE, Regime, RegimeStanding, ReportedConditions
from backstop.models.base import AmountField, EdgeField, Row
from backstop.models.venues import ProductGroup, Venue


class MarketRegime(Row):
    """A product group's regime since `began_at`, as it was when somebody said something of it last, and what its venue
    reported last, as of `reported_at`. Until then a group has none."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="market_regimes")
    product_group = models.OneToOneField(ProductGroup, models.PROTECT, related_name="market_regime")
    regime = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Regime])
    began_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    depth = AmountField()
    spread_bps = EdgeField()
    volatility_bps = EdgeField()
    stale_share = models.DecimalField(max_digits=9, decimal_places=SHARE_SCALE)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(regime__in=[each.value for each in Regime]), name="market_regime_known"),
            models.CheckConstraint(
                condition=Q(depth__gte=0, spread_bps__gte=0, volatility_bps__gte=0, stale_share__gte=0)
                & Q(stale_share__lte=1),
                name="market_regime_conditions_within",
            ),
        ]
        indexes = [models.Index(fields=["venue", "created_at", "id"], name="market_regime_of_venue")]

    def __str__(self) -> str:
        return f"{self.product_group}: {self.regime}"

    @property
    def standing(self) -> RegimeStanding:
        """What the rule of regimes goes on from."""
        return RegimeStanding(Regime(self.regime), self.began_at, self.reported_at)

    def stand(self, standing: RegimeStanding) -> None:
        """Be so from now on; does not save."""
        self.regime, self.began_at, self.reported_at = standing.regime, standing.began_at, standing.reported_at

    def report(self, said: ReportedConditions) -> None:
        """Show these as what was reported last; does not save."""
        self.depth, self.stale_share = said.depth, said.stale_share
        self.spread_bps, self.volatility_bps = said.spread_bps, said.volatility_bps


class PastRegime(Row):
    """The regime that a product group's market had from `began_at` on, as it was known then: what goes by regimes over
    time goes by it. It was calm before the first."""

    product_group = models.ForeignKey(ProductGroup, models.PROTECT, related_name="past_regimes")
    regime = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Regime])
    began_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(regime__in=[each.value for each in Regime]), name="past_regime_known"),
        ]
        indexes = [models.Index(fields=["product_group", "began_at", "created_at"], name="past_regime_by_instant")]
        triggers = [pgtrigger.Protect(name="past_regime_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.product_group}: {self.regime} from {self.began_at}"
