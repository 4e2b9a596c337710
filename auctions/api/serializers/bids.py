"""Bids as they are sent: one or many, in one auction or anywhere; each in plain, or sealed by its provider."""

import base64
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from auctions.api.serializers.auctions import MAX_BIDS, BidInput
from auctions.rules.provider_sealing import SEALED_OFFER_BYTES
from backstop.api.parsing import EdgeField, StrictSerializer, TextField, UnitsField

SEALED_OFFER_LETTERS = len(base64.b64encode(bytes(SEALED_OFFER_BYTES)))


@extend_schema_field(
    {
        "type": "string",
        "contentEncoding": "base64",
        "minLength": SEALED_OFFER_LETTERS,
        "maxLength": SEALED_OFFER_LETTERS,
    }
)
class SealedOfferField(serializers.Field[bytes, Any, str, Any]):
    """What a provider sealed, in base64; nothing but its length can be checked."""

    default_error_messages = {
        "not_base64": "must be written in base64",
        "sealed_offer_length": f"a sealed offer has {SEALED_OFFER_BYTES} bytes",
    }

    def to_internal_value(self, data: Any) -> bytes:
        if not isinstance(data, str):
            self.fail("not_base64")
        try:
            content = base64.b64decode(data, validate=True)
        except ValueError:
            self.fail("not_base64")
        if len(content) != SEALED_OFFER_BYTES:
            self.fail("sealed_offer_length")
        return content


class SealedBidInput(StrictSerializer):
    """For an auction with `sealed_by` PROVIDER: the offer sealed to its `offer_public_key` (docs/sealed_bids.md).

    What is in it shows at the close alone, and is void beyond the two maxima, which decide what is reserved.
    """

    client_bid_id = TextField(max_length=64)
    sealed_offer = SealedOfferField()
    max_units = UnitsField()
    max_pay_bps = EdgeField(not_negative=True)


class EitherBidInput(BidInput):
    """One that holds `sealed_offer` is sealed by its provider, any other is in plain."""

    sealed: type[StrictSerializer] = SealedBidInput

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, Mapping) and "sealed_offer" in data:
            return self.sealed().run_validation(data)
        return super().run_validation(data)


class BidAnywhereInput(BidInput):
    """A bid that names its auction."""

    auction_id = serializers.UUIDField()


class SealedBidAnywhereInput(SealedBidInput):
    """A bid sealed by its provider that names its auction."""

    auction_id = serializers.UUIDField()


class EitherBidAnywhereInput(EitherBidInput):
    auction_id = serializers.UUIDField()
    sealed = SealedBidAnywhereInput


def _either(name: str, plain: type[StrictSerializer], sealed: type[StrictSerializer]) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=name, serializers=[plain, sealed], resource_type_field_name=None, many=True
    )


@extend_schema_field(_either("EitherBid", BidInput, SealedBidInput))
class BidList(serializers.ListSerializer[Any]):
    child = EitherBidInput()


@extend_schema_field(_either("EitherBidAnywhere", BidAnywhereInput, SealedBidAnywhereInput))
class BidAnywhereList(serializers.ListSerializer[Any]):
    child = EitherBidAnywhereInput()


class BidsInput(StrictSerializer):
    bids = BidList(allow_empty=False, max_length=MAX_BIDS)


class BidsAnywhereInput(StrictSerializer):
    bids = BidAnywhereList(allow_empty=False, max_length=MAX_BIDS)
