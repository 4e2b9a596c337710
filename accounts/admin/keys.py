"""API keys: issued on a page that shows the secret once, revoked for ever; otherwise only their prefix is shown.

What writes for a provider is granted on the provider's page, and collected by a member of it on a page of its own.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from accounts.models import ApiKey, Member, Provider, User
from accounts.operations.keys.collect_key import collect_key
from accounts.operations.keys.grant_key import grant_key
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.keys.revoke_key import revoke_key
from accounts.operations.people.set_member import set_member
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from backstop.admin.base import actor_of
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.models import Venue
from backstop.transactions import perform


class NewKey(forms.Form):
    """Whose key, and what it opens."""

    venue = forms.ModelChoiceField(Venue.objects.order_by("code"))
    provider = forms.ModelChoiceField(
        Provider.objects.order_by("name"),
        required=False,
        help_text="Left empty, it is the venue's own key. A provider's reads; what writes is granted on its page.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[
            ("A venue's", [(scope, scope) for scope in sorted(VENUE_SCOPES)]),
            ("A provider's", [(scope, scope) for scope in sorted(PROVIDER_SCOPES)]),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        to_field_name="username",
        help_text="Whom it belongs to. Left empty, it is yours. What needs two persons counts it as yours anyway.",
    )
    label = forms.CharField(max_length=200, required=False, help_text="What it is for, to tell keys apart.")


class Collecting(forms.Form):
    """A key that was granted to the provider, and that nobody has collected yet."""

    key = forms.ModelChoiceField(ApiKey.objects.none(), help_text="Its secret is shown once, to you alone.")

    def __init__(self, provider: Provider, *args: Any) -> None:
        super().__init__(*args)
        keys = provider.api_keys.filter(granted_names__isnull=False, collected_at=None, revoked_at=None)
        self.fields["key"].queryset = keys.order_by("created_at")  # type: ignore[attr-defined]


@admin.register(ApiKey)
class ApiKeyAdmin(Doing):
    """Keys by prefix; the secret's hash is nobody's business either."""

    related = ("venue", "provider")
    list_display = ("prefix", "venue", "provider", "label", "opens", "person", "issued_by", "revoked_at", "created_at")
    list_filter = ("venue", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("prefix", "label", "provider__name")
    fields = (
        "prefix",
        "venue",
        "provider",
        "label",
        "opens",
        "person",
        "issued_by",
        "created_at",
        "waits",
        "collected_at",
        "revoked_at",
    )
    deeds = (Deed("revoke", "Revoke", lambda row, reason: revoke_key(key=row), lambda row: row.revoked_at is None),)

    @admin.display(description="scopes")
    def opens(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="to be collected", boolean=True)
    def waits(self, key: ApiKey) -> bool:
        return key.is_to_be_collected

    def get_urls(self) -> list[URLPattern]:
        issue = path("issue/", self.admin_site.admin_view(self.issue_view), name="accounts_apikey_issue")
        collect = path("collect/", self.admin_site.admin_view(self.collect_view), name="accounts_apikey_collect")
        return [issue, collect, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        if obj is None and request.user.has_perm("accounts.add_apikey"):
            return [("Issue key", reverse("admin:accounts_apikey_issue"))]
        return super().tools(request, obj)

    def issue_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whose key it is; the answer alone holds the secret."""
        if not request.user.has_perm("accounts.add_apikey"):
            raise PermissionDenied
        form = NewKey(request.POST if request.method == "POST" else None)
        return self.form_page(request, form, "Issue key", "Issue", partial(self._issue, request, form))

    def collect_view(self, request: HttpRequest) -> HttpResponse:
        """What waits for the user, as a member of a provider; the answer alone holds the secret."""
        member = get_object_or_404(Member.objects.select_related("provider"), user=request.user.pk)
        form = Collecting(member.provider, request.POST if request.method == "POST" else None)
        return self.form_page(
            request, form, f"Keys of {member.provider}", "Collect", partial(self._collect, request, form)
        )

    def _collect(self, request: HttpRequest, form: Collecting) -> HttpResponse:
        key, secret = perform(collect_key, actor=actor_of(request), key_id=form.cleaned_data["key"].id)
        return self._shown_once(request, key, secret)

    def _issue(self, request: HttpRequest, form: NewKey) -> HttpResponse:
        person = form.cleaned_data["person"]
        said = {**form.cleaned_data, "person": person and person.username}
        key, secret = perform(issue_key, actor=actor_of(request), **said)
        return self._shown_once(request, key, secret)

    def _shown_once(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        shown = {"of": key, "secret": secret, "use": "Send it as Authorization: Bearer … with each request."}
        return self.page(request, "house/secret.html", "The key, this once", **shown)


def _grant(provider: Provider, scopes: Sequence[str], **said: Any) -> object:
    return grant_key(venue_id=provider.venue_id, provider_id=provider.id, scopes=tuple(scopes), **said)


def _scopes_and_label(provider: Provider) -> dict[str, forms.Field]:
    choices = [(scope, scope) for scope in sorted(PROVIDER_SCOPES)]
    collected = "A member of the provider collects it, and alone sees its secret."
    return {
        "scopes": forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, help_text=collected),
        "label": forms.CharField(max_length=200, required=False, help_text="What it is for, to tell keys apart."),
    }


def _belongs(provider: Provider, user: User, belongs: bool, reason: str) -> object:
    whose = {"venue_id": provider.venue_id, "provider_id": provider.id}
    return set_member(**whose, username=user.get_username(), reason=reason, belongs=belongs)


def _choice_of(users: QuerySet[User]) -> dict[str, forms.Field]:
    return {"user": forms.ModelChoiceField(users.order_by("username"))}


add_deeds(
    Provider,
    Deed(
        "grant",
        "Grant a key",
        _grant,
        lambda row: True,
        reason=True,
        fields=_scopes_and_label,
        permission="accounts.add_apikey",
    ),
    Deed(
        "join",
        "Add a member",
        lambda row, user, reason: _belongs(row, user, True, reason),
        lambda row: True,
        reason=True,
        fields=lambda row: _choice_of(User.objects.filter(is_active=True, membership=None)),
    ),
    Deed(
        "leave",
        "Remove a member",
        lambda row, user, reason: _belongs(row, user, False, reason),
        lambda row: row.members.exists(),
        reason=True,
        fields=lambda row: _choice_of(User.objects.filter(membership__provider=row)),
    ),
)
