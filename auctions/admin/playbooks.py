"""Playbooks: shown in groups, never changed; a form filled with the newest version makes the next one."""

import json
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import model_to_dict
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from auctions.models import Playbook
from auctions.operations.operator.add_playbook import add_playbook
from auctions.queries import get_latest_playbook
from auctions.rules.curves import CURVES, CurveRefused, parameters_of, snapshot_of
from backstop.admin.base import Shown, actor_of, reason_field
from backstop.admin.foresight import asked_for
from backstop.admin.scoping import within
from backstop.api.parsing import parse_strictly
from backstop.errors import DomainError
from backstop.models import Venue
from backstop.transactions import perform
from backstop.values.amounts import to_text
from backstop.values.documents import plain
from backstop.values.frozen import frozen

GROUPS = Playbook.parameters_by_heading()


def _curve_help() -> str:
    """Each kind of curve as it is written, with its defaults, and what it says."""
    kinds = [kind.PARAMETERS for kind in CURVES.values()]
    lines = [(json.dumps(snapshot_of(kind())), " ".join((kind.__doc__ or "").split())) for kind in kinds]
    return format_html("One of:{}", format_html_join("", "<br><code>{}</code> {}", lines))


class CurveField(forms.JSONField):
    """A curve, as JSON that is read as strictly as the API reads it."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or not isinstance(value, str):
            return super().to_python(value)
        try:
            return snapshot_of(parameters_of(parse_strictly(value.encode())))
        except DomainError as refused:
            raise ValidationError(refused.message) from None
        except CurveRefused as refused:
            raise ValidationError(f"dutch_curve{refused.pointer} {refused.problem}") from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was sent is shown again as it is."""
        return data if data is None else InvalidJSONInput(data)


class NewVersion(forms.ModelForm):
    """All parameters, as the database will check them."""

    reason = reason_field()

    class Meta:
        model = Playbook
        fields = [name for names in GROUPS.values() for name in names]
        help_texts: ClassVar[Any] = {"dutch_curve": _curve_help()}
        field_classes: ClassVar[Any] = {"dutch_curve": CurveField}


class WhichVenue(forms.Form):
    """Whose playbook it is to be."""

    venue = forms.ModelChoiceField(Venue.objects.order_by("code"))


@admin.register(Playbook)
class PlaybookAdmin(Shown):
    """Every version that there was."""

    related = ("venue",)
    list_display = (
        "name",
        "venue",
        "version",
        "assign_cap_bps",
        "sealed_reserve_bps",
        "dutch_cap_bps",
        "settlement_mode",
        "fund_draw_limit",
        "created_at",
    )
    list_filter = ("venue", "settlement_mode", "created_at")
    search_fields = ("venue__code", "=version")
    ordering = ("venue__code", "-version")
    fieldsets = (
        (None, {"fields": ("venue", "version", "created_at")}),
        *((title, {"fields": names}) for title, names in GROUPS.items()),  # type: ignore[arg-type]
    )

    @admin.display(description="playbook")
    def name(self, playbook: Playbook) -> str:
        return str(playbook)

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("new-version/", guard(self.which_venue), name="auctions_playbook_which"),
            path("new-version/<uuid:venue_id>/", guard(self.new_version), name="auctions_playbook_new"),
            *super().get_urls(),
        ]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        if not request.user.has_perm("auctions.add_playbook"):
            return []
        if obj is None:
            return [("New version", reverse("admin:auctions_playbook_which"))]
        return [("New version", reverse("admin:auctions_playbook_new", args=[obj.venue_id]))]

    def which_venue(self, request: HttpRequest) -> HttpResponse:
        """Ask for the venue, then go on to its form."""
        self._require(request)
        form = WhichVenue(request.POST if request.method == "POST" else None)
        return self.form_page(
            request, form, "New playbook version", "Go on", lambda: self._to_form(form.cleaned_data["venue"])
        )

    def new_version(self, request: HttpRequest, venue_id: Any) -> HttpResponse:
        """The newest version of the venue in a form; what is sent becomes the next."""
        self._require(request)
        venue = get_object_or_404(within(request, Venue.objects.all()), id=venue_id)
        latest = get_latest_playbook(venue.id) or Playbook(venue=venue)
        form = NewVersion(request.POST if request.method == "POST" else None, initial=_plainly(latest))
        groups = [("Why", [form["reason"]]), *((title, [form[each] for each in of]) for title, of in GROUPS.items())]
        done, ahead = partial(self._add, request, form, venue), lambda: [asked_for(form)]
        return self.form_page(
            request, form, f"{venue}: new playbook version", "Create version", done, ahead, groups=groups
        )

    def _require(self, request: HttpRequest) -> None:
        if not request.user.has_perm("auctions.add_playbook"):
            raise PermissionDenied

    def _to_form(self, venue: Venue) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:auctions_playbook_new", args=[venue.id]))

    def _add(self, request: HttpRequest, form: NewVersion, venue: Venue) -> HttpResponse:
        parameters = {name: plain(frozen(value)) for name, value in form.cleaned_data.items()}
        reason = parameters.pop("reason")
        added = perform(add_playbook, actor=actor_of(request), venue=venue, parameters=parameters, reason=reason)
        self.tell(request, added, lambda playbook: f"{playbook} is what new books take from now on.")
        return HttpResponseRedirect(reverse("admin:auctions_playbook_changelist"))


def _plainly(playbook: Playbook) -> dict[str, Any]:
    values = model_to_dict(playbook, fields=NewVersion.Meta.fields)
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return to_text(value) if isinstance(value, Decimal) else value
