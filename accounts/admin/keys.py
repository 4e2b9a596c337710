"""API keys: issued on a page that shows the secret once, revoked for ever; otherwise only their prefix is shown.

What writes for a provider is granted on the provider's page, and collected by a member of it on a page of its own: as a
secret, or by a public key, and then there is none.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from accounts.models import ApiKey, Member, Provider, User
from accounts.operations.keys.collect_key import collect_key
from accounts.operations.keys.grant_key import grant_key
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.keys.register_key import register_key
from accounts.operations.keys.restrict_key import restrict_key
from accounts.operations.keys.revoke_key import revoke_key
from accounts.operations.people.set_member import set_member
from accounts.rules.keys import MOST_WINDOW_SECONDS, PROVIDER_SCOPES, VENUE_SCOPES, WINDOW_SECONDS
from accounts.rules.roles import COLLECT, ProviderRole
from backstop.admin.base import actor_of, add_to_pages, reason_field
from backstop.admin.by_hand import by_hand
from backstop.admin.cells import Panel
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.models import Venue
from backstop.transactions import perform

_ROLES = {
    ProviderRole.ADMIN: "Administrator: its keys and commitments",
    ProviderRole.BIDDER: "Bidder: its commitments, and collects keys",
    ProviderRole.READER: "Reader: looks on",
}


class NetworksField(forms.CharField):
    """Networks, separated by commas or lines."""

    def __init__(self, initial: str = "") -> None:
        super().__init__(
            required=False,
            initial=initial,
            widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
            help_text="It opens something from these alone, such as 192.0.2.0/24. Left empty: from everywhere.",
        )

    def to_python(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        return tuple((value or "").replace(",", " ").split())


def _expires_at(initial: datetime | None = None) -> forms.DateTimeField:
    text = "From then on (UTC) it opens nothing. Left empty: no end."
    return forms.DateTimeField(required=False, initial=initial, help_text=text)


class PublicKeyForm(forms.Form):
    """By which public key a key signs."""

    public_key = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 70}),
        help_text="The public half of an Ed25519 key, in PEM or base64: requests are signed then. Left empty, there is "
        "a secret, which is shown once: for what only reads, but on the demo's servers.",
    )
    window_seconds = forms.IntegerField(
        min_value=1,
        max_value=MOST_WINDOW_SECONDS,
        initial=WINDOW_SECONDS,
        required=False,
        help_text="How old a signature may be.",
    )

    def clean_window_seconds(self) -> int:
        return self.cleaned_data["window_seconds"] or WINDOW_SECONDS


class NewKey(PublicKeyForm):
    """Whose key, and what it opens."""

    field_order = ("venue", "provider", "scopes")

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
    networks = NetworksField()
    not_before = forms.DateTimeField(required=False, help_text="Until then (UTC) it opens nothing.")
    expires_at = _expires_at()
    reason = reason_field()


class Collecting(PublicKeyForm):
    """A key that was granted to the provider, and that nobody has collected yet."""

    field_order = ("key",)

    key = forms.ModelChoiceField(ApiKey.objects.none(), help_text="If it has a secret, you alone see it.")

    def __init__(self, provider: Provider, *args: Any) -> None:
        super().__init__(*args)
        keys = provider.api_keys.filter(granted_names__isnull=False, collected_at=None, revoked_at=None)
        self.fields["key"].queryset = keys.order_by("created_at")  # type: ignore[attr-defined]


@admin.register(ApiKey)
class ApiKeyAdmin(Doing):
    """Keys by prefix; the secret's hash is nobody's business either."""

    related = ("venue", "provider", "public_key")
    list_display = (
        *("prefix", "venue", "provider", "label", "opens", "person", "issued_by", "last_used_at", "expires_at"),
        *("revoked_at", "created_at"),
    )
    list_filter = ("venue", "provider", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
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
        "signs_by",
        "opens_from",
        "not_before",
        "expires_at",
        "last_used_at",
        "waits",
        "collected_at",
        "revoked_at",
    )
    deeds = (
        Deed("revoke", "Revoke", lambda row, reason: revoke_key(key=row), lambda row: row.revoked_at is None),
        Deed(
            "restrict",
            "Restrict",
            lambda row, reason, **said: restrict_key(key=row, **said),
            lambda row: row.revoked_at is None,
            fields=lambda row: {
                "networks": NetworksField(initial=", ".join(row.networks or ())),
                "expires_at": _expires_at(row.expires_at),
            },
        ),
    )

    @admin.display(description="scopes")
    def opens(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="from")
    def opens_from(self, key: ApiKey) -> str:
        return ", ".join(key.networks or ()) or "everywhere"

    @admin.display(description="signs by")
    def signs_by(self, key: ApiKey) -> str:
        public_key = getattr(key, "public_key", None)
        return str(public_key) if public_key else "nothing: it brings a secret"

    @admin.display(description="to be collected", boolean=True)
    def waits(self, key: ApiKey) -> bool:
        return key.is_to_be_collected

    def get_urls(self) -> list[URLPattern]:
        issue = path("issue/", self.admin_site.admin_view(self.issue_view), name="accounts_apikey_issue")
        collect = path("collect/", self.admin_site.admin_view(self.collect_view), name="accounts_apikey_collect")
        return [issue, collect, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        member = getattr(request.user, "member", None)
        if obj is None and member and member.collects:
            return [("Collect a key", reverse("admin:accounts_apikey_collect"))]
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
        members = Member.objects.filter(role__in=COLLECT).select_related("provider")
        member = get_object_or_404(members, user=request.user.pk)
        form = Collecting(member.provider, request.POST if request.method == "POST" else None)
        return self.form_page(
            request, form, f"Keys of {member.provider}", "Collect", partial(self._collect, request, form)
        )

    def _collect(self, request: HttpRequest, form: Collecting) -> HttpResponse:
        said = {"actor": actor_of(request), "key_id": form.cleaned_data["key"].id}
        public_key, window_seconds = form.cleaned_data["public_key"], form.cleaned_data["window_seconds"]
        if public_key:
            key = perform(register_key, **said, public_key=public_key, window_seconds=window_seconds)
            return self._shown_once(request, key, key.key_id)
        key, secret = perform(collect_key, **said)
        return self._shown_once(request, key, secret)

    def _issue(self, request: HttpRequest, form: NewKey) -> HttpResponse:
        person = form.cleaned_data["person"]
        said = {**form.cleaned_data, "person": person and person.username}
        done = partial(by_hand, "Issue key", said.pop("reason"), lambda issued: issued[0], issue_key)
        key, secret = perform(done, actor=actor_of(request), **said)
        return self._shown_once(request, key, secret)

    def _shown_once(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        is_public = secret == key.key_id
        title = "By what your requests name the key" if is_public else "The key, this once"
        use = f"{'Sign' if is_public else 'Send it as Authorization: Bearer … with'} each request."
        return self.page(request, "house/secret.html", title, of=key, secret=secret, use=use, is_public=is_public)


def _grant(provider: Provider, scopes: Sequence[str], **said: Any) -> object:
    return grant_key(venue_id=provider.venue_id, provider_id=provider.id, scopes=tuple(scopes), **said)


def _terms_of_key(provider: Provider) -> dict[str, forms.Field]:
    choices = [(scope, scope) for scope in sorted(PROVIDER_SCOPES)]
    collected = "A member of the provider collects it, and alone sees its secret."
    return {
        "scopes": forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, help_text=collected),
        "label": forms.CharField(max_length=200, required=False, help_text="What it is for, to tell keys apart."),
        "networks": NetworksField(),
        "expires_at": _expires_at(),
    }


def _join(provider: Provider, user: User, role: ProviderRole, reason: str) -> object:
    whose: dict[str, Any] = {"venue_id": provider.venue_id, "provider_id": provider.id}
    return set_member(**whose, username=user.get_username(), reason=reason, role=role)


def _leave(provider: Provider, user: User, reason: str) -> object:
    whose: dict[str, Any] = {"venue_id": provider.venue_id, "provider_id": provider.id}
    return set_member(**whose, username=user.get_username(), reason=reason, belongs=False)


def _new_member(provider: Provider) -> dict[str, forms.Field]:
    users = User.objects.filter(Q(membership=None) | Q(membership__provider=provider), is_active=True)
    roles = [(role.value, text) for role, text in _ROLES.items()]
    return {**_choice_of(users), "role": forms.TypedChoiceField(choices=roles, coerce=ProviderRole)}


def _choice_of(users: QuerySet[User]) -> dict[str, forms.Field]:
    return {"user": forms.ModelChoiceField(users.order_by("username"))}


def _people_of(provider: Provider) -> list[Panel]:
    members = provider.members.select_related("user").order_by("user__username")
    rows = [(each.user.get_username(), each.get_role_display(), each.created_at) for each in members]
    return [Panel("Its people", ("User", "Role", "Since"), rows, "Who may collect its keys, and enter here for it.")]


add_to_pages(Provider, _people_of, lambda request, provider: [])
add_deeds(
    Provider,
    Deed(
        "grant",
        "Grant a key",
        _grant,
        lambda row: True,
        fields=_terms_of_key,
        permission="accounts.add_apikey",
    ),
    Deed(
        "join",
        "Add a member, or change its role",
        _join,
        lambda row: True,
        fields=_new_member,
    ),
    Deed(
        "leave",
        "Remove a member",
        _leave,
        lambda row: row.members.exists(),
        fields=lambda row: _choice_of(User.objects.filter(membership__provider=row)),
    ),
)
