"""Terms of instruments and venues in JSON."""

from typing import Any

from rest_framework import serializers

from backstop.api.parsing import AmountText, FlagField, MomentField, StrictSerializer, TextField, WholeField
from backstop.models import InstrumentTerms, Mark, VenueTerms
from backstop.models.base import MAX_REASON

FROM_WHEN = "Left out, or over already: now. What was set for later is void."
AS_IT_IS = "Left out: as it is then."


class InstrumentTermsInput(StrictSerializer):
    effective_at = MomentField(required=False, help_text=FROM_WHEN)
    quantity_step = AmountText(positive=True, required=False, help_text=f"{AS_IT_IS} It divides the one before.")
    margin_rate = AmountText(not_negative=True, required=False, help_text=f"{AS_IT_IS} A fraction of notional.")
    is_listed = FlagField(required=False, help_text=f"{AS_IT_IS} With false, no book is received with it.")
    reason = TextField(max_length=MAX_REASON)


class InstrumentTermsOutput(serializers.ModelSerializer[InstrumentTerms]):
    instrument = serializers.CharField(source="instrument.symbol")
    quantity_step = AmountText()
    margin_rate = AmountText()

    class Meta:
        model = InstrumentTerms
        fields = ["id", "created_at", "instrument", "effective_at", "quantity_step", "margin_rate", "is_listed"]


class MarkByHandInput(StrictSerializer):
    price = AmountText(positive=True)
    reason = TextField(max_length=MAX_REASON)


class MarkByHandOutput(serializers.ModelSerializer[Mark]):
    instrument = serializers.CharField(source="instrument.symbol")
    source: Any = serializers.CharField()
    price = AmountText()

    class Meta:
        model = Mark
        fields = ["instrument", "source", "price", "marked_at"]


class VenueTermsInput(StrictSerializer):
    effective_at = MomentField(required=False, help_text=FROM_WHEN)
    notice_seconds = WholeField(help_text="How long before it takes effect a worse commitment has to be announced.")
    exposure_max_age_seconds = WholeField(
        required=False, help_text="How long what the venue reports of a provider's exposure counts."
    )
    default_confirm_seconds = WholeField(required=False, help_text="Within which time a default is confirmed.")
    default_book_seconds = WholeField(required=False, help_text="Within which time after that its book comes.")
    reason = TextField(max_length=MAX_REASON)


class VenueTermsOutput(serializers.ModelSerializer[VenueTerms]):
    notice_seconds: Any = serializers.IntegerField()

    class Meta:
        model = VenueTerms
        fields = [
            *("id", "created_at", "effective_at", "notice_seconds"),
            *("exposure_max_age_seconds", "default_confirm_seconds", "default_book_seconds"),
        ]
