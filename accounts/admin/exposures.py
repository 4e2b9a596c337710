"""What providers have at stake at their venue, what their clusters may hold, and what failures cost."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin

from accounts.models import ExposureLimit, LossEvent, Provider, ProviderDefault, ReportedStanding
from accounts.operations.holdings.set_exposure_limit import set_exposure_limit
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, add_deeds


@admin.register(ReportedStanding)
class ReportedStandingAdmin(Shown):
    """Equity and requirement as venues reported them last."""

    related = ("provider__venue", "asset")
    list_display = ("provider", "asset", "equity", "requirement", "included_sequence", "reported_at")
    list_filter = ("provider__venue", "reported_at")
    search_fields = ("provider__name",)


@admin.register(ExposureLimit)
class ExposureLimitAdmin(Shown):
    """What the clusters of groups may hold; set from the page of a provider."""

    related = ("venue", "group", "asset")
    list_display = ("group", "venue", "asset", "gross_limit", "net_limit", "created_at")
    list_filter = ("venue",)
    search_fields = ("group__name",)


@admin.register(LossEvent)
class LossEventAdmin(Shown):
    """What each failure costs: its books join it until `takes_until`."""

    related = ("venue", "cluster")
    list_display = ("venue", "kind", "cluster", "account", "state", "opened_at", "takes_until", "final_by", "final_at")
    list_filter = ("venue", "kind", "state", ("parked_reason", admin.EmptyFieldListFilter), "opened_at")
    search_fields = ("cluster__name", "account", "=id")


@admin.register(ProviderDefault)
class ProviderDefaultAdmin(Shown):
    """Every default that was ever declared; declared and confirmed on the page of a provider."""

    related = ("venue", "provider", "loss_event")
    list_display = (
        "provider",
        "venue",
        "state",
        "ground",
        "reason",
        "declared_by",
        "declared_at",
        "confirm_by",
        "book_by",
    )
    list_filter = ("venue", "state", "ground", ("parked_reason", admin.EmptyFieldListFilter), "declared_at")
    search_fields = ("provider__name", "=id")


def _limits(provider: Provider) -> Mapping[str, forms.Field]:
    none = "Empty: no limit."
    return {
        "asset": forms.ModelChoiceField(provider.venue.assets.order_by("code")),
        "gross_limit": forms.DecimalField(min_value=0, required=False, help_text=none),
        "net_limit": forms.DecimalField(min_value=0, required=False, help_text=none),
    }


def _limit(provider: Provider, **said: Any) -> object:
    said = {**said, "asset": said["asset"].code, "group_id": provider.group_id}
    return set_exposure_limit(venue_id=provider.venue_id, **said)


add_deeds(
    Provider,
    Deed("limit", "Limit what its cluster holds", _limit, lambda row: True, reason=True, fields=_limits),
)
