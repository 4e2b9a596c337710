"""What providers have at stake at their venue, and what their clusters may hold."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin

from accounts.models import ExposureLimit, Provider, ReportedStanding
from accounts.operations.holdings.set_exposure_limit import set_exposure_limit
from backstop.admin.base import Shown, add_to_pages
from backstop.admin.cells import Panel, plain
from backstop.admin.deeds import Deed, add_deeds


@admin.register(ReportedStanding)
class ReportedStandingAdmin(Shown):
    """Equity and requirement as venues reported them last."""

    related = ("provider__venue", "asset")
    list_display = ("provider", "asset", "equity", "requirement", "included_sequence", "reported_at")
    list_filter = ("provider__venue", "provider", "reported_at")
    search_fields = ("provider__name",)


@admin.register(ExposureLimit)
class ExposureLimitAdmin(Shown):
    """What the clusters of groups may hold; set from the page of a provider."""

    related = ("venue", "group", "asset")
    list_display = ("group", "venue", "asset", "gross_limit", "net_limit", "created_at")
    list_filter = ("venue", "group")
    search_fields = ("group__name",)


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


def _limits_of(provider: Provider) -> list[Panel]:
    limits = provider.group.exposure_limits.select_related("asset").order_by("asset__code")
    rows = [(limit.asset, plain(limit.gross_limit), plain(limit.net_limit)) for limit in limits]
    return [Panel("Limits of its cluster", ("Asset", "Gross", "Net"), rows, "Without one it may hold whatever it can.")]


add_to_pages(Provider, _limits_of, lambda request, provider: [])
add_deeds(
    Provider,
    Deed("limit", "Limit what its cluster holds", _limit, lambda row: True, fields=_limits),
)
