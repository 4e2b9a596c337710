"""Covers in JSON: the contract as it is drafted and as it is signed."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.lifecycle import CoverState
from accounts.models import Cover, CoveredLimit
from accounts.queries import list_covers
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import (
    BUCKETS,
    FACTOR_SCALE,
    FRACTION_SCALE,
    LONGEST_OFFER,
    LONGEST_OWED,
    MOST_TEXT,
    REGIMES,
    InsuredPart,
    Performance,
    PremiumTerms,
    Trigger,
    terms_in_words,
)
from accounts.rules.sharing.covers import ALL_PARTS
from accounts.rules.sharing.premiums import Kink, Tariff
from backstop.api.parsing import (
    AmountText,
    ChoiceText,
    EdgeText,
    IdField,
    StrictSerializer,
    TextField,
    WholeField,
    invalid,
)
from backstop.errors import DomainError

TRIGGERS = [(each.value, each.value) for each in Trigger]
ANSWERS = [(each.value, each.value) for each in Performance]
SIGNATURE_BYTES = 64
RATINGS = [(name, name) for name in BUCKETS]


class InsurerInput(StrictSerializer):
    provider_id = IdField()
    parts = WholeField(minimum=1, maximum=ALL_PARTS)

    def validate(self, attrs: Mapping[str, Any]) -> InsuredPart:
        return InsuredPart(**attrs)


class KinkInput(StrictSerializer):
    kink = AmountText(positive=True, scale=FRACTION_SCALE)
    unused = AmountText(not_negative=True, scale=FACTOR_SCALE)
    at_kink = AmountText(not_negative=True, scale=FACTOR_SCALE)
    used_up = AmountText(not_negative=True, scale=FACTOR_SCALE)

    def validate(self, attrs: Mapping[str, Any]) -> Kink:
        return Kink(**attrs)


class TariffInput(StrictSerializer):
    base_bps = EdgeText(not_negative=True)
    floor_bps = EdgeText(not_negative=True)
    cap_bps = EdgeText(not_negative=True)
    max_step_bps = EdgeText(not_negative=True)
    use = KinkInput()

    def validate(self, attrs: Mapping[str, Any]) -> Tariff:
        return Tariff(**attrs)


class PremiumTermsInput(StrictSerializer):
    """Each regime and each rating has its factor."""

    tariff = TariffInput()
    by_regime = serializers.DictField(child=AmountText(not_negative=True, scale=FACTOR_SCALE))
    by_rating = serializers.DictField(child=AmountText(not_negative=True, scale=FACTOR_SCALE))
    grace_seconds = WholeField()

    def validate(self, attrs: Mapping[str, Any]) -> PremiumTerms:
        return PremiumTerms(**attrs)


class CoverInput(StrictSerializer):
    """Protected is the cluster of the group, or the account, or without either the venue itself."""

    text = TextField(max_length=MOST_TEXT, trim_whitespace=False)
    group_id = IdField(required=False, allow_null=True)
    account = TextField(max_length=128, required=False, allow_blank=True, default="")
    asset = TextField(max_length=32)
    triggers = serializers.ListField(child=ChoiceText(TRIGGERS), max_length=len(Trigger))
    attachment = AmountText(not_negative=True)
    limit = AmountText(positive=True)
    aggregate = AmountText(positive=True)
    quota_share = AmountText(positive=True, scale=FRACTION_SCALE)
    copay = AmountText(positive=True, scale=FRACTION_SCALE)
    funding_rate = AmountText(positive=True, scale=FRACTION_SCALE)
    hours_clause_seconds = WholeField(minimum=1)
    waiting_seconds = WholeField()
    term_seconds = WholeField(minimum=1)
    notice_seconds = WholeField()
    answer_seconds = WholeField(minimum=1)
    default_answer = ChoiceText(ANSWERS)
    take_edge_bps = EdgeText(not_negative=True, required=False, allow_null=True)
    take_seconds = WholeField(minimum=1, maximum=LONGEST_OFFER, required=False, allow_null=True)
    levels = serializers.DictField(
        child=serializers.DictField(child=AmountText(not_negative=True, scale=FRACTION_SCALE)),
        required=False,
        allow_null=True,
    )
    cure_interest_bps = EdgeText(not_negative=True, required=False, allow_null=True)
    repay_seconds = WholeField(minimum=1, maximum=LONGEST_OWED, required=False, allow_null=True)
    repo_limit = AmountText(positive=True, required=False, allow_null=True)
    repo_haircut_bps = EdgeText(not_negative=True, required=False, allow_null=True)
    repo_seconds = WholeField(minimum=1, maximum=LONGEST_OWED, required=False, allow_null=True)
    repo_interest_bps = EdgeText(not_negative=True, required=False, allow_null=True)
    repo_fee_bps = EdgeText(not_negative=True, required=False, allow_null=True)
    insurers = InsurerInput(many=True)
    premium = PremiumTermsInput()

    def validate(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "group_id": None,
            **attrs,
            "triggers": tuple(Trigger(each) for each in attrs["triggers"]),
            "default_answer": Performance(attrs["default_answer"]),
            "insurers": tuple(sorted(attrs["insurers"], key=lambda each: each.provider_id)),
        }


class CoverSignatureInput(StrictSerializer):
    public_key = TextField(max_length=44)
    signature = TextField(max_length=2 * SIGNATURE_BYTES)

    def validate_signature(self, value: str) -> bytes:
        try:
            return bytes.fromhex(value)
        except ValueError:
            raise invalid(AccountRefusal.COVER_SIGNATURE_REFUSED, message="must be hexadecimal") from None


class InsurerOutput(serializers.Serializer[Any]):
    """What of all that the insurers pay one of them pays."""

    provider_id = serializers.UUIDField()
    parts = serializers.IntegerField()


class KinkOutput(serializers.Serializer[Any]):
    """The factor of the use: straight from `unused` to `at_kink`, which is reached at `kink`, and on to `used_up`."""

    kink = AmountText()
    unused = AmountText()
    at_kink = AmountText()
    used_up = AmountText()


class TariffOutput(serializers.Serializer[Any]):
    """What a rate is made of, in basis points a year."""

    base_bps = EdgeText()
    floor_bps = EdgeText()
    cap_bps = EdgeText()
    max_step_bps = EdgeText()
    use = KinkOutput()


class PremiumTermsOutput(serializers.Serializer[Any]):
    """What the cover costs: its tariff, and a factor for each regime and rating."""

    tariff = TariffOutput()
    by_regime = serializers.DictField(child=AmountText())
    by_rating = serializers.DictField(child=AmountText())
    grace_seconds = serializers.IntegerField()


class ContractOutput(serializers.Serializer[Any]):
    """The terms, byte by byte as they are signed: in canonical JSON they are part of `content_hash`. A contract by
    which insurers may not take over, cover margin calls, or lend, lacks what is said of that, and one whose limit does
    not move lacks `levels`."""

    cover_id = serializers.UUIDField()
    venue_id = serializers.UUIDField()
    group_id = serializers.UUIDField(allow_null=True)
    account = serializers.CharField()
    asset = serializers.CharField()
    triggers = serializers.ListField(child=serializers.ChoiceField(TRIGGERS))
    attachment = AmountText()
    limit = AmountText()
    aggregate = AmountText()
    quota_share = AmountText()
    copay = AmountText()
    funding_rate = AmountText()
    hours_clause_seconds = serializers.IntegerField()
    waiting_seconds = serializers.IntegerField()
    term_seconds = serializers.IntegerField()
    notice_seconds = serializers.IntegerField()
    answer_seconds = serializers.IntegerField()
    default_answer = serializers.ChoiceField(ANSWERS)
    insurers = InsurerOutput(many=True)
    premium = PremiumTermsOutput()
    take_edge_bps = EdgeText(required=False)
    take_seconds = serializers.IntegerField(required=False)
    levels = serializers.DictField(child=serializers.DictField(child=AmountText()), required=False)
    cure_interest_bps = EdgeText(required=False)
    repay_seconds = serializers.IntegerField(required=False)
    repo_limit = AmountText(required=False)
    repo_haircut_bps = EdgeText(required=False)
    repo_seconds = serializers.IntegerField(required=False)
    repo_interest_bps = EdgeText(required=False)
    repo_fee_bps = EdgeText(required=False)


class CoverSignatureOutput(serializers.Serializer[Any]):
    """A party's signature over `backstop-cover-v1` and the 32 bytes of `content_hash`: a provider's, or with null the
    venue's."""

    provider_id = serializers.UUIDField(allow_null=True)
    public_key = serializers.CharField(source="public_key.text")
    signature = serializers.CharField()


class PledgeOutput(serializers.Serializer[Any]):
    """What an insurer has held of its collateral for the cover, what it lacks of what that asks for, and how much more
    is to be free before the cover's limit rises."""

    provider_id = serializers.UUIDField()
    held = AmountText()
    lacking = AmountText()
    wanted = AmountText()


class CoveredLimitOutput(serializers.ModelSerializer[CoveredLimit]):
    """The limit for loss events that open from `starts_at` on, once it was known, and what made it."""

    limit = AmountText()
    level = AmountText()
    regime: Any = serializers.ChoiceField([(name, name) for name in REGIMES])
    bucket: Any = serializers.ChoiceField(RATINGS)

    class Meta:
        model = CoveredLimit
        fields = ["starts_at", "known_at", "limit", "level", "regime", "bucket"]


class CoverWarningOutput(serializers.Serializer[Any]):
    """What would refuse the activation of a cover."""

    code = serializers.CharField(source="refusal.code")
    message = serializers.CharField()


class CoverOutput(serializers.ModelSerializer[Cover]):
    """`content_hash` is sha256 of the sha256 of the text and the canonical JSON of `terms`, one after the other;
    `manage.py verify` computes it again. The cover stands for loss events that open from `covers_from` on and before
    `ends_at`, but for those that open while it is suspended, at most until `suspended_until`, and after that before
    `stands_from`; it lapses unless it is active by `lapses_at`."""

    state: Any = serializers.ChoiceField(CoverState.choices)
    terms = serializers.SerializerMethodField()
    signatures = CoverSignatureOutput(many=True)
    pledges = PledgeOutput(source="shares", many=True)
    covered_limits = CoveredLimitOutput(many=True)
    drawn = AmountText()
    stands_from = serializers.DateTimeField(allow_null=True)
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Cover
        fields = [
            "id",
            "created_at",
            "state",
            "text",
            "terms",
            "content_hash",
            "signatures",
            "pledges",
            "covered_limits",
            "drawn",
            "lapses_at",
            "offered_at",
            "signed_at",
            "active_at",
            "covers_from",
            "stands_from",
            "ends_at",
            "suspended_at",
            "suspended_until",
            "exhausted_at",
            "runoff_at",
            "ended_at",
            "warnings",
        ]

    @extend_schema_field(ContractOutput)
    def get_terms(self, cover: Cover) -> Any:
        return terms_in_words(cover.contract)

    @extend_schema_field(CoverWarningOutput(many=True, allow_null=True))
    def get_warnings(self, cover: Cover) -> Any:
        request: Any = self.context.get("request")
        is_listed = self.parent is not None
        if is_listed or request is None or request.user.provider is not None:
            return None
        hindrances: Callable[[Cover], list[DomainError]] = import_string(settings.COVER_HINDRANCES)
        return CoverWarningOutput(hindrances(cover), many=True).data


def drafted_cover(request: Request, cover: Cover) -> Any:
    """A cover as it is answered with after it was drafted."""
    return dict(CoverOutput(list_covers(cover.venue_id).get(id=cover.id), context={"request": request}).data)


def shown_cover(cover: Cover) -> Any:
    """A cover as it is answered with after something was done to it."""
    return dict(CoverOutput(list_covers(cover.venue_id).get(id=cover.id)).data)
