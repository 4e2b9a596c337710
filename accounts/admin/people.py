"""Users of the admin, and providers with their groups: created by an operation, suspended and resumed for a reason."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from accounts.lifecycle import ProviderState
from accounts.models import Group, Provider, User
from accounts.operations.people.create_group import create_group
from accounts.operations.people.create_provider import create_provider
from accounts.operations.people.resume_provider import resume_provider
from accounts.operations.people.suspend_provider import suspend_provider
from backstop.admin.base import Panel, Shown, actor_of, plain
from backstop.admin.deeds import Deed, Doing
from backstop.models import Venue
from backstop.transactions import perform

admin.site.register(User, UserAdmin)


@admin.register(Group)
class GroupAdmin(Shown):
    """Related firms."""

    related = ("venue",)
    list_display = ("name", "venue", "created_at")
    list_filter = ("venue",)
    search_fields = ("name",)
    ordering = ("venue__code", "name")

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        members = [(p.name, p.state) for p in obj.providers.order_by("name")]
        related = [(group.name,) for group in obj.related.order_by("name")]
        return [Panel("Providers", ("Name", "State"), members), Panel("Related groups", ("Name",), related)]


class NewProvider(forms.Form):
    """Who is to provide. Without a group it gets one of its own, of the same name."""

    venue = forms.ModelChoiceField(Venue.objects.order_by("code"))
    name = forms.CharField(max_length=200)
    group = forms.ModelChoiceField(
        Group.objects.order_by("name"), required=False, help_text="Left empty, a new group of the provider's own."
    )


@admin.register(Provider)
class ProviderAdmin(Doing):
    """Providers, with their money and their keys."""

    related = ("venue", "group")
    list_display = ("name", "venue", "group", "state", "faults", "state_reason", "created_at")
    list_filter = ("venue", "state", "created_at")
    search_fields = ("name", "group__name", "=id")
    fields = ("name", "venue", "group", "state", "state_reason", "faults", "id", "created_at")
    deeds = (
        Deed(
            "suspend",
            "Suspend",
            lambda row, reason: suspend_provider(provider=row, reason=reason),
            lambda row: row.state == ProviderState.ACTIVE,
            reason=True,
        ),
        Deed(
            "resume",
            "Resume",
            lambda row, reason: resume_provider(provider=row, reason=reason),
            lambda row: row.state == ProviderState.SUSPENDED,
            reason=False,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        create = path("create/", self.admin_site.admin_view(self.create_view), name="accounts_provider_create")
        return [create, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        if obj is None and request.user.has_perm("accounts.add_provider"):
            return [("New provider", reverse("admin:accounts_provider_create"))]
        return super().tools(request, obj)

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """A page of its own, since Django's add form would open a transaction around the operation's."""
        if not request.user.has_perm("accounts.add_provider"):
            raise PermissionDenied
        form = NewProvider(request.POST if request.method == "POST" else None)
        return self.form_page(request, form, "New provider", "Create", partial(self._create, request, form))

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        money = [
            (a.kind, a.asset, plain(a.posted), plain(a.held), plain(a.free))
            for a in obj.accounts.select_related("asset").order_by("asset__code", "kind")
        ]
        standing = [
            (c.instrument or c.product_group or "the whole venue", c.state, c.active_at)
            for c in obj.commitments.select_related("instrument", "product_group").order_by("created_at")[:500]
        ]
        keys = [
            (k.prefix, k.label, ", ".join(k.scopes), k.revoked_at) for k in obj.api_keys.order_by("-created_at")[:100]
        ]
        return [
            Panel("Money", ("Account", "Asset", "Posted", "Held", "Free"), money),
            Panel("Commitments", ("Scope", "State", "Active from"), standing),
            Panel("API keys", ("Prefix", "Label", "Scopes", "Revoked"), keys),
        ]

    def _create(self, request: HttpRequest, form: NewProvider) -> HttpResponse:
        provider = perform(_create_with_group, actor=actor_of(request), **form.cleaned_data)
        self.message_user(request, f"{provider} may take part.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:accounts_provider_change", args=[provider.pk]))


def _create_with_group(*, venue: Venue, name: str, group: Group | None) -> Provider:
    group = group or create_group(venue=venue, name=name)
    return create_provider(venue=venue, name=name, group=group)
