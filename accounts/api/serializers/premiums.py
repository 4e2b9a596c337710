"""Premiums of covers and ratings of providers in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.models import CoverPremium, CoverRate, ProviderRating
from accounts.rules.sharing.contracts import BUCKETS, REGIMES
from backstop.api.parsing import AmountText, ChoiceText, EdgeText, MomentField, StrictSerializer, TextField
from backstop.models.base import MAX_REASON

RATINGS = [(name, name) for name in BUCKETS]


class RatingInput(StrictSerializer):
    bucket = ChoiceText(RATINGS)
    source: Any = TextField(max_length=200)
    rated_at = MomentField()
    expires_at = MomentField()


class RatingOutput(serializers.ModelSerializer[ProviderRating]):
    """How a provider is rated; from `expires_at` on as the worst."""

    provider_id = serializers.UUIDField()
    bucket: Any = serializers.ChoiceField(RATINGS)

    class Meta:
        model = ProviderRating
        fields = ["id", "created_at", "provider_id", "bucket", "source", "rated_at", "expires_at"]


class PrepaymentInput(StrictSerializer):
    amount = AmountText(help_text="Below zero: it is taken back.")
    reference = TextField(max_length=128)
    reason = TextField(max_length=MAX_REASON, required=False, allow_blank=True, default="")


class CoverRateOutput(serializers.ModelSerializer[CoverRate]):
    """The rate in force from `starts_at` on, and what made it."""

    rate_bps = EdgeText()
    limit = AmountText()
    regime: Any = serializers.ChoiceField([(name, name) for name in REGIMES])
    regime_factor = AmountText()
    bucket: Any = serializers.ChoiceField(RATINGS)
    rating_factor = AmountText()
    used = AmountText()

    class Meta:
        model = CoverRate
        fields = ["starts_at", "rate_bps", "limit", "regime", "regime_factor", "bucket", "rating_factor", "used"]


class EarnedOutput(serializers.Serializer[Any]):
    """What an insurer has earned of the premium."""

    provider_id = serializers.UUIDField()
    earned = AmountText()


class PremiumOutput(serializers.ModelSerializer[CoverPremium]):
    """What a cover costs: `charged` so far, to whom, by which rates, and what is `left` of what was paid in advance.
    It is charged again at `due_at`; since `empty_at` less is left than was due. What was lacking
    at the cover's end is `owed`."""

    cover_id = serializers.UUIDField()
    asset = serializers.CharField(source="cover.asset.code")
    left = AmountText(source="account.posted")
    charged = AmountText()
    owed = AmountText()
    insurers = EarnedOutput(source="cover.shares", many=True)
    rates = CoverRateOutput(many=True)

    class Meta:
        model = CoverPremium
        fields = ["cover_id", "asset", "left", "charged", "owed", "due_at", "empty_at", "insurers", "rates"]
