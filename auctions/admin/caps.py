"""Caps: how much of a venue or product group is in auctions, what waits for room, and a page to set the limits.

Shown on the pages of venues and product groups too.
"""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from auctions.models import Cap, Step
from auctions.operations.operator.set_cap import set_cap
from auctions.queries import count_waiting, list_waiting_steps
from backstop.admin.base import Shown, actor_of, add_to_pages, reason_field
from backstop.admin.cells import NOTHING, Panel, plain
from backstop.admin.foresight import foreseen
from backstop.admin.scoping import within
from backstop.models import Asset, ProductGroup, Venue
from backstop.transactions import perform

MOST = 500  # rows of a table


class SetCap(forms.Form):
    """The scope of a cap at one venue, and its limit."""

    product_group = forms.ModelChoiceField(ProductGroup.objects.none(), required=False, empty_label="the whole venue")
    asset = forms.ModelChoiceField(Asset.objects.none())
    limit = forms.DecimalField(required=False, min_value=0, help_text="Notional in this asset. Empty: no cap.")
    reason = reason_field()

    def __init__(self, venue: Venue, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["product_group"].queryset = venue.product_groups.order_by("code")  # type: ignore[attr-defined]
        self.fields["asset"].queryset = venue.assets.order_by("code")  # type: ignore[attr-defined]


@admin.register(Cap)
class CapAdmin(Shown):
    """Every limit with what is outstanding under it."""

    related = ("venue", "product_group", "asset")
    list_display = ("name", "venue", "product_group", "asset", "limit", "outstanding", "waiting")
    list_filter = ("venue", "asset")
    search_fields = ("venue__code", "product_group__code")
    ordering = ("venue__code", "product_group__code", "asset__code")
    fields = ("venue", "product_group", "asset", "limit", "outstanding", "waiting")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return count_waiting(super().get_queryset(request))

    @admin.display(description="cap")
    def name(self, cap: Cap) -> str:
        return str(cap)

    @admin.display(description="lots waiting")
    def waiting(self, cap: Any) -> int:
        return int(cap.lots_waiting)

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        return [_queue(list_waiting_steps().filter(waits_for=obj))]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        return _tools(request, obj.venue) if obj else super().tools(request, obj)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.set_page)
        return [path("set/<uuid:venue_id>/", page, name="auctions_cap_set"), *super().get_urls()]

    def set_page(self, request: HttpRequest, venue_id: Any) -> HttpResponse:
        """Set, change or take away a cap of this venue."""
        if not _may_set(request):
            raise PermissionDenied
        venue = get_object_or_404(within(request, Venue.objects.all()), id=venue_id)
        form = SetCap(venue, request.POST if request.method == "POST" else None)
        ahead = partial(self._ahead, request, form, venue)
        done = partial(self._set, request, form, venue)
        return self.form_page(request, form, f"{venue}: set a cap", "Set cap", done, ahead)

    def _ahead(self, request: HttpRequest, form: SetCap, venue: Venue) -> list[Panel]:
        return foreseen(request, [venue], partial(set_cap, venue=venue, **form.cleaned_data))

    def _set(self, request: HttpRequest, form: SetCap, venue: Venue) -> HttpResponse:
        cap = perform(set_cap, actor=actor_of(request), venue=venue, **form.cleaned_data)
        self.tell(request, cap, _said)
        return HttpResponseRedirect(reverse("admin:backstop_venue_change", args=[venue.pk]))


def _said(cap: Cap | None) -> str:
    return f"The {cap} is {plain(cap.limit)}." if cap else "There is no such cap any more."


def _may_set(request: HttpRequest) -> bool:
    return request.user.has_perm("auctions.change_cap")


def _tools(request: HttpRequest, venue: Venue) -> list[tuple[str, str]]:
    return [("Set cap", reverse("admin:auctions_cap_set", args=[venue.pk]))] if _may_set(request) else []


def _caps(caps: QuerySet[Cap]) -> Panel:
    found = count_waiting(caps.select_related("product_group", "asset").order_by("product_group__code", "asset__code"))
    rows = [
        (c.product_group or "the whole venue", c.asset, plain(c.limit), plain(c.outstanding), c.lots_waiting)
        for c in found[:MOST]
    ]
    note = "Notional in auctions at once, at the marks of the intake. Without a cap nothing is counted."
    return Panel("Caps", ("On", "Asset", "Limit", "Outstanding", "Lots waiting"), rows, note)


def _queue(steps: QuerySet[Step]) -> Panel:
    rows = [
        (
            step.lot,
            step.kind,
            plain(step.lot.notional),
            step.waits_for.scope if step.waits_for else NOTHING,
            step.queued_at,
            step.queue_ends_at,
        )
        for step in steps[:MOST]
    ]
    columns = ("Lot", "Step", "Notional of the lot", "Waits for room in", "Since", "At the latest until")
    return Panel("Waiting for room", columns, rows)


add_to_pages(
    Venue,
    lambda venue: [_caps(Cap.objects.filter(venue=venue)), _queue(list_waiting_steps().filter(lot__book__venue=venue))],
    _tools,
)
add_to_pages(
    ProductGroup,
    lambda group: [
        _caps(Cap.objects.filter(product_group=group)),
        _queue(list_waiting_steps().filter(waits_for__product_group=group)),
    ],
    lambda request, group: _tools(request, group.venue),
)
