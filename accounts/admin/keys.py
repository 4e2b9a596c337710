"""API keys: issued on a page that shows the secret once, revoked for ever; otherwise only their prefix is shown."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from accounts.models import ApiKey, Provider, User
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.keys.revoke_key import revoke_key
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from backstop.admin.base import actor_of
from backstop.admin.deeds import Deed, Doing
from backstop.models import Venue
from backstop.transactions import perform


class NewKey(forms.Form):
    """Whose key, and what it opens."""

    venue = forms.ModelChoiceField(Venue.objects.order_by("code"))
    provider = forms.ModelChoiceField(
        Provider.objects.order_by("name"), required=False, help_text="Left empty, it is the venue's own key."
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


@admin.register(ApiKey)
class ApiKeyAdmin(Doing):
    """Keys by prefix; the secret's hash is nobody's business either."""

    related = ("venue", "provider")
    list_display = ("prefix", "venue", "provider", "label", "opens", "person", "issued_by", "revoked_at", "created_at")
    list_filter = ("venue", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("prefix", "label", "provider__name")
    fields = ("prefix", "venue", "provider", "label", "opens", "person", "issued_by", "created_at", "revoked_at")
    deeds = (Deed("revoke", "Revoke", lambda row, reason: revoke_key(key=row), lambda row: row.revoked_at is None),)

    @admin.display(description="scopes")
    def opens(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    def get_urls(self) -> list[URLPattern]:
        issue = path("issue/", self.admin_site.admin_view(self.issue_view), name="accounts_apikey_issue")
        return [issue, *super().get_urls()]

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

    def _issue(self, request: HttpRequest, form: NewKey) -> HttpResponse:
        person = form.cleaned_data["person"]
        said = {**form.cleaned_data, "person": person and person.username}
        key, secret = perform(issue_key, actor=actor_of(request), **said)
        return self.page(request, "house/secret.html", "The key, this once", key=key, secret=secret)
