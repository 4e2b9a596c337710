"""Circuit breakers: what is stopped, since when, why and by whom; a form sets a level, and a deed resets it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from accounts.models import Approval
from auctions.lifecycle import UNDER_WAY
from auctions.models import Auction, Breaker
from auctions.operations.operator.set_breaker import set_breaker
from auctions.rules.breaker import Level
from backstop.admin.base import MOST, actor_of, add_to_pages, may_change, reason_field
from backstop.admin.cells import Panel
from backstop.admin.deeds import Deed, Doing
from backstop.admin.foresight import foreseen
from backstop.models import ProductGroup, Venue
from backstop.transactions import perform


class Setting(forms.Form):
    """The level, and for what: the whole venue, unless a product group or an auction is named."""

    venue = forms.ModelChoiceField(Venue.objects.order_by("code"))
    product_group = forms.ModelChoiceField(
        ProductGroup.objects.select_related("venue").order_by("venue__code", "code"), required=False
    )
    auction = forms.ModelChoiceField(
        Auction.objects.filter(state__in=UNDER_WAY).select_related("step__lot__book").order_by("closes_at"),
        required=False,
        help_text="One that is under way.",
    )
    level = forms.TypedChoiceField(choices=[(level.value, level.label) for level in Level], coerce=int)
    reason = reason_field("The providers can read it.")


@admin.register(Breaker)
class BreakerAdmin(Doing):
    """Every breaker that was ever set."""

    related = ("venue", "product_group", "auction__step__lot__book")
    list_display = ("venue", "product_group", "auction", "level", "reason", "who", "tripped_at")
    list_filter = ("venue", "level", "tripped_at")
    search_fields = ("venue__code", "reason", "who")
    ordering = ("-level", "-tripped_at")
    deeds = (
        Deed(
            "reset",
            "Reset",
            lambda row, reason: set_breaker(
                venue_id=row.venue_id,
                product_group=row.product_group and row.product_group.code,
                auction_id=row.auction_id,
                level=Level.ALL,
                reason=reason,
            ),
            lambda row: row.level > Level.ALL,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [path("set/", guard(self.set_level), name="auctions_breaker_set"), *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        own = [("Set level", reverse("admin:auctions_breaker_set"))] if may_change(self, request) else []
        return [*own, *super().tools(request, obj)]

    def set_level(self, request: HttpRequest) -> HttpResponse:
        """Ask for what and why, then set it."""
        if not may_change(self, request):
            raise PermissionDenied
        form = Setting(request.POST if request.method == "POST" else None)
        done, ahead = partial(self._set, request, form), partial(self._before_setting, request, form)
        return self.form_page(request, form, "Set a circuit breaker", "Set level", done, ahead)

    def _before_setting(self, request: HttpRequest, form: Setting) -> list[Panel]:
        return foreseen(request, [form.cleaned_data["venue"]], _setting(form))

    def _set(self, request: HttpRequest, form: Setting) -> HttpResponse:
        self.tell(request, perform(_setting(form), actor=actor_of(request)), str)
        return HttpResponseRedirect(reverse("admin:auctions_breaker_changelist"))


def _setting(form: Setting) -> Callable[[], Breaker | Approval]:
    sent = form.cleaned_data
    return partial(
        set_breaker,
        venue_id=sent["venue"].id,
        product_group=sent["product_group"] and sent["product_group"].code,
        auction_id=sent["auction"] and sent["auction"].id,
        level=sent["level"],
        reason=sent["reason"],
    )


def _in_force(venue: Venue) -> list[Panel]:
    found = venue.breakers.filter(level__gt=Level.ALL).select_related("product_group", "auction__step__lot__book")
    rows = [
        (each.auction or each.product_group or "the whole venue", each.get_level_display(), each.tripped_at, each.who)
        for each in found.order_by("-level", "-tripped_at")[:MOST]
    ]
    return [Panel("Circuit breakers", ("On", "Level", "Since (UTC)", "By whom"), rows)]


add_to_pages(Venue, _in_force, lambda request, venue: [])
