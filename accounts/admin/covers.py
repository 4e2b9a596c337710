"""Covers: what providers insure, by which contracts, what they have held for it, and what they earn."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin

from accounts.lifecycle import UNENDED
from accounts.models import (
    Cover,
    CoveredLimit,
    CoverFactor,
    CoverPremium,
    CoverRate,
    CoverShare,
    CoverSignature,
    CoverSuspension,
    CoverUse,
    Provider,
    ProviderRating,
)
from accounts.operations.covers.give_notice import give_notice
from accounts.operations.covers.rate_provider import rate_provider
from accounts.rules.sharing.contracts import BUCKETS
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, Doing, add_deeds


@admin.register(Cover)
class CoverAdmin(Doing):
    """Contracts and how they stand; drafted and signed by the parties' programs."""

    related = ("venue", "group", "asset")
    list_display = ("content_hash", "venue", "group", "account", "state", "attachment", "limit", "asset", "ends_at")
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("=content_hash", "account", "=id")
    deeds = (
        Deed(
            "notice",
            "Give notice for the venue",
            lambda cover, reason: give_notice(
                venue_id=cover.venue_id, provider_id=None, cover_id=cover.id, reason=reason
            ),
            lambda cover: cover.state in UNENDED,
        ),
    )


@admin.register(CoverShare)
class CoverShareAdmin(Shown):
    """Who insures which part of a cover, what it has held for that, and what it earned."""

    related = ("cover__venue", "cover__group", "cover__asset", "provider")
    money = ("held", "lacking", "earned")
    money_in = "cover.asset"
    list_display = ("cover", "provider", "parts", "held", "lacking", "earned", "created_at")
    list_filter = ("cover__venue", "provider", "created_at")
    search_fields = ("provider__name", "=cover__id")


@admin.register(CoverSignature)
class CoverSignatureAdmin(Shown):
    """Who signed a cover, and by which key."""

    related = ("cover__venue", "cover__group", "provider", "public_key")
    list_display = ("cover", "provider", "public_key", "created_at")
    list_filter = ("cover__venue", "created_at")
    search_fields = ("provider__name", "=cover__id")


@admin.register(CoverSuspension)
class CoverSuspensionAdmin(Shown):
    """When covers stood for no loss event that opened."""

    related = ("cover__venue", "cover__group")
    list_display = ("cover", "starts_at", "ends_at", "is_unpaid")
    list_filter = ("cover__venue", ("ends_at", admin.EmptyFieldListFilter), "starts_at")
    search_fields = ("=cover__id",)


@admin.register(CoveredLimit)
class CoveredLimitAdmin(Shown):
    """How the limits of covers moved by their levels, and what made them."""

    related = ("cover__venue", "cover__group")
    list_display = ("cover", "starts_at", "limit", "level", "regime", "bucket")
    list_filter = ("cover__venue", "regime", "bucket", "starts_at")
    search_fields = ("=cover__id",)


@admin.register(CoverPremium)
class CoverPremiumAdmin(Shown):
    """What covers cost, and whether what was paid in advance lasts."""

    related = ("cover__venue", "cover__group", "account__asset")
    money = ("charged",)
    money_in = "account.asset"
    list_display = ("cover", "base_bps", "charged", "due_at", "empty_at")
    list_filter = ("cover__venue", ("empty_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("=cover__id",)


@admin.register(CoverFactor)
class CoverFactorAdmin(Shown):
    """By what a cover's rate is multiplied, in each regime and for each rating."""

    related = ("premium__cover__venue", "premium__cover__group")
    list_display = ("premium", "name", "factor")
    list_filter = ("premium__cover__venue", "name")
    search_fields = ("=premium__cover__id",)


@admin.register(CoverUse)
class CoverUseAdmin(Shown):
    """What claims use of the aggregates of covers, by which these are rated."""

    related = ("cover__venue", "cover__group", "cover__asset")
    money = ("used",)
    money_in = "cover.asset"
    list_display = ("cover", "number", "since", "used")
    list_filter = ("cover__venue", "since")
    search_fields = ("=cover__id",)


@admin.register(CoverRate)
class CoverRateAdmin(Shown):
    """Every rate that was in force, and what made it."""

    related = ("premium__cover__venue", "premium__cover__group", "premium__account__asset")
    money = ("limit", "used")
    money_in = "premium.account.asset"
    list_display = ("premium", "starts_at", "rate_bps", "limit", "regime", "bucket", "used")
    list_filter = ("premium__cover__venue", "regime", "bucket", "starts_at")
    search_fields = ("=premium__cover__id",)


@admin.register(ProviderRating)
class ProviderRatingAdmin(Shown):
    """How agencies rate providers; noted on the page of each."""

    related = ("provider__venue",)
    list_display = ("provider", "bucket", "source", "rated_at", "expires_at")
    list_filter = ("provider__venue", "provider", "bucket", "expires_at")
    search_fields = ("provider__name", "source")


def _rating(provider: Provider) -> Mapping[str, forms.Field]:
    return {
        "bucket": forms.ChoiceField(choices=[(name, name) for name in BUCKETS], help_text="1 is the best."),
        "source": forms.CharField(max_length=200),
        "rated_at": forms.DateTimeField(),
        "expires_at": forms.DateTimeField(),
    }


def _rate(provider: Provider, reason: str, **said: Any) -> object:
    return rate_provider(venue_id=provider.venue_id, provider_id=provider.id, **said)


add_deeds(Provider, Deed("rating", "Note a rating", _rate, lambda row: True, fields=_rating))
