"""What the pages of the board ask: nothing that is sent changes anything."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from auctions.offline.inputs import InputRefused
from auctions.offline.scenario import read_positions
from auctions.queries.demand import Demand, demand_of
from backstop.models import Asset, Venue
from backstop.values.amounts import MOST_HELD, AmountRefused, require_scale


class StressForm(forms.Form):
    """A stress file of a venue; once it is valid, `demand` is what its accounts hold."""

    file = forms.FileField(
        help_text="CSV with the columns account, instrument, side and quantity, or JSON, as for manage.py coverage."
    )
    demand: Demand

    def __init__(self, venue: Venue, *args: Any) -> None:
        super().__init__(*args)
        self._venue = venue

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        try:
            self.demand = demand_of(self._venue.id, read_positions(file.read().decode("utf-8-sig")))
        except UnicodeDecodeError:
            raise ValidationError("must be text in UTF-8") from None
        except InputRefused as refused:
            raise ValidationError(str(refused)) from None
        return file


class LossForm(forms.Form):
    """A loss that a venue might have."""

    loss = forms.DecimalField(min_value=Decimal(0), max_value=MOST_HELD)
    asset = forms.ModelChoiceField(Asset.objects.none(), empty_label=None, to_field_name="code")

    def __init__(self, venue: Venue, data: Any = None) -> None:
        super().__init__(data)
        own: Any = self.fields["asset"]
        own.queryset = Asset.objects.filter(venue=venue, shadow_of=None).order_by("code")

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if "loss" in said and "asset" in said:
            try:
                require_scale(said["loss"], said["asset"].scale, "loss")
            except AmountRefused as refused:
                raise ValidationError(str(refused)) from None
        return said
