"""Taking over in JSON."""

from typing import Any

from rest_framework import serializers

from auctions.api.serializers.awards import AwardOutput
from backstop.api.parsing import StrictSerializer, UnitsField


class TakeOverInput(StrictSerializer):
    """Up to `units`, for what commitments were paid, or were to be paid at most; where the contract says less, or the
    lot affords less, for that."""

    units = UnitsField()


class TakenOverOutput(serializers.Serializer[Any]):
    """What an insurer took over: an award for each part of the lot."""

    awards = AwardOutput(many=True)
