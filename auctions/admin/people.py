"""Providers with their groups: created, moved, related, suspended and resumed by operations, which see to it that open
auctions know it."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from accounts.lifecycle import DefaultState, ProviderState
from accounts.models import Approval, Ground, Group, Provider
from accounts.operations.people.accept_terms import accept_terms
from accounts.operations.people.create_group import create_group
from accounts.operations.people.declare_default import declare_default
from accounts.queries import load_named_clusters
from auctions.admin.statements import address_of, show_statement
from auctions.operations.operator.apply_as_provider import apply_as_provider
from auctions.operations.operator.approve_provider import approve_provider
from auctions.operations.operator.confirm_default import confirm_default
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.end_provider import end_provider
from auctions.operations.operator.move_provider import move_provider
from auctions.operations.operator.relate_groups import relate_groups
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop.admin.base import Shown, actor_of, may_change, reason_field
from backstop.admin.cells import Panel, plain
from backstop.admin.deeds import Deed, Doing
from backstop.admin.foresight import foreseen
from backstop.models import Venue
from backstop.transactions import perform


class OtherGroup(forms.Form):
    """Another group of the venue, one that is related already or one that is not; and why."""

    other = forms.ModelChoiceField(Group.objects.none(), label="Group")
    reason = reason_field()

    def __init__(self, group: Group, related: bool, *args: Any) -> None:
        super().__init__(*args)
        others = Group.objects.filter(venue=group.venue_id).exclude(id=group.id).order_by("name")
        known = group.related.all()
        self.fields["other"].queryset = others.filter(id__in=known) if related else others.exclude(id__in=known)  # type: ignore[attr-defined]


@admin.register(Group)
class GroupAdmin(Shown):
    """Related firms."""

    related = ("venue",)
    list_display = ("name", "venue", "created_at")
    list_filter = ("venue",)
    search_fields = ("name",)
    ordering = ("venue__code", "name")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<uuid:group_id>/{name}/",
                self.admin_site.admin_view(partial(self.relate_view, related=related)),
                name=f"accounts_group_{name}",
            )
            for name, related in (("relate", True), ("part", False))
        ]
        return [*own, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        if obj is None or not may_change(self, request):
            return super().tools(request, obj)
        own = [(name.title(), reverse(f"admin:accounts_group_{name}", args=[obj.pk])) for name in ("relate", "part")]
        return [*own, *super().tools(request, obj)]

    def relate_view(self, request: HttpRequest, group_id: UUID, related: bool) -> HttpResponse:
        """Relate another group to this one, or part them."""
        if not may_change(self, request):
            raise PermissionDenied
        group = get_object_or_404(self.get_queryset(request), id=group_id)
        form = OtherGroup(group, not related, request.POST if request.method == "POST" else None)
        verb = "Relate" if related else "Part"
        done = partial(self._relate, request, form, group, related)
        ahead = partial(self._before_relating, request, form, group, related)
        return self.form_page(request, form, f"{group}: {verb.lower()}", verb, done, ahead)

    def _before_relating(self, request: HttpRequest, form: OtherGroup, group: Group, related: bool) -> list[Panel]:
        return foreseen(request, [group], _relating(form, group, related))

    def _relate(self, request: HttpRequest, form: OtherGroup, group: Group, related: bool) -> HttpResponse:
        other = form.cleaned_data["other"]
        outcome = perform(_relating(form, group, related), actor=actor_of(request))
        text = f"{group} and {other} are related." if related else f"{group} and {other} are not related any more."
        self.tell(request, outcome, lambda _: text)
        return HttpResponseRedirect(reverse("admin:accounts_group_change", args=[group.pk]))

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        members = [(p.name, p.state) for p in obj.providers.order_by("name")]
        related = [(group.name,) for group in obj.related.order_by("name")]
        cluster = [(name,) for name in sorted(load_named_clusters(obj.venue_id).members(obj.name))]
        return [
            Panel("Providers", ("Name", "State"), members),
            Panel("Related groups", ("Name",), related),
            Panel("Cluster", ("Name",), cluster, note="These count as one wherever groups are counted."),
        ]


def _relating(form: OtherGroup, group: Group, related: bool) -> Callable[[], Any]:
    other, reason = form.cleaned_data["other"], form.cleaned_data["reason"]
    ids = {"venue_id": group.venue_id, "group_id": group.id, "other_id": other.id}
    return partial(relate_groups, **ids, related=related, reason=reason)


class NewProvider(forms.Form):
    """Who is to provide. Without a group it gets one of its own, of the same name."""

    venue = forms.ModelChoiceField(Venue.objects.order_by("code"))
    name = forms.CharField(max_length=200)
    group = forms.ModelChoiceField(
        Group.objects.order_by("name"), required=False, help_text="Left empty, a new group of the provider's own."
    )
    applies = forms.BooleanField(
        required=False, help_text="It applies, and takes part once it is approved. Else it takes part at once."
    )
    reason = reason_field()


class AnotherGroup(forms.Form):
    """The group of its venue that the provider is to belong to."""

    group = forms.ModelChoiceField(Group.objects.none())
    reason = reason_field()

    def __init__(self, provider: Provider, *args: Any) -> None:
        super().__init__(*args)
        others = Group.objects.filter(venue=provider.venue_id).exclude(id=provider.group_id).order_by("name")
        self.fields["group"].queryset = others  # type: ignore[attr-defined]


@admin.register(Provider)
class ProviderAdmin(Doing):
    """Providers, with their money and their keys."""

    related = ("venue", "group")
    list_display = ("name", "venue", "group", "state", "faults", "state_reason", "created_at")
    list_filter = ("venue", "state", "group", "created_at")
    search_fields = ("name", "group__name", "=id")
    fields = (
        "name",
        "venue",
        "group",
        "state",
        "state_reason",
        "terms_version",
        "terms_accepted_at",
        "faults",
        "id",
        "created_at",
    )
    deeds = (
        Deed(
            "suspend",
            "Suspend",
            lambda row, reason: suspend_provider(provider=row, reason=reason),
            lambda row: row.bids_count and row.state != ProviderState.ENDED,
        ),
        Deed(
            "accept",
            "Record accepted terms",
            lambda row, reason, version: accept_terms(provider=row, version=version),
            lambda row: row.state != ProviderState.ENDED,
            fields=lambda row: {"version": forms.CharField(max_length=64)},
        ),
        Deed(
            "approve",
            "Approve",
            lambda row, reason: approve_provider(provider=row, reason=reason),
            lambda row: row.state == ProviderState.APPLIED,
        ),
        Deed(
            "end",
            "End",
            lambda row, reason: end_provider(provider=row, reason=reason),
            lambda row: row.state != ProviderState.ENDED,
        ),
        Deed(
            "declare",
            "Declare in default",
            lambda row, ground, reason: declare_default(provider=row, ground=Ground(ground), reason=reason),
            lambda row: row.state in (ProviderState.ACTIVE, ProviderState.SUSPENDED),
            fields=lambda row: {"ground": forms.ChoiceField(choices=Ground.choices)},
        ),
        Deed(
            "confirm_default",
            "Confirm its default",
            lambda row, reason: confirm_default(provider=row),
            lambda row: row.defaults.filter(state=DefaultState.DECLARED).exists(),
        ),
        Deed(
            "suspend_leaving_bids",
            "Suspend, bids stand",
            lambda row, reason: suspend_provider(provider=row, reason=reason, bids_stand=True),
            lambda row: not row.bids_stand and row.state in (ProviderState.ACTIVE, ProviderState.SUSPENDED),
        ),
        Deed(
            "resume",
            "Resume",
            lambda row, reason: resume_provider(provider=row, reason=reason),
            lambda row: row.state == ProviderState.SUSPENDED,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        create = path("create/", self.admin_site.admin_view(self.create_view), name="accounts_provider_create")
        view = self.admin_site.admin_view(self.move_view)
        move = path("<uuid:provider_id>/move/", view, name="accounts_provider_move")
        statement = path(
            "<uuid:provider_id>/statement/",
            self.admin_site.admin_view(self.statement_view),
            name="accounts_provider_statement",
        )
        return [create, move, statement, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        if obj is None and request.user.has_perm("accounts.add_provider"):
            return [("New provider", reverse("admin:accounts_provider_create"))]
        if obj is None:
            return super().tools(request, obj)
        move = [("Move", reverse("admin:accounts_provider_move", args=[obj.pk]))] if may_change(self, request) else []
        return [*super().tools(request, obj), *move, ("Statement of the month", address_of(obj))]

    def statement_view(self, request: HttpRequest, provider_id: UUID) -> HttpResponseBase:
        """What moved its money in a month."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        provider = get_object_or_404(self.get_queryset(request), id=provider_id)
        return show_statement(self, request, provider)

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """A page of its own, since Django's add form would open a transaction around the operation's."""
        if not request.user.has_perm("accounts.add_provider"):
            raise PermissionDenied
        form = NewProvider(request.POST if request.method == "POST" else None)
        return self.form_page(request, form, "New provider", "Create", partial(self._create, request, form))

    def move_view(self, request: HttpRequest, provider_id: UUID) -> HttpResponse:
        """Put the provider into another group."""
        if not may_change(self, request):
            raise PermissionDenied
        provider = get_object_or_404(self.get_queryset(request), id=provider_id)
        form = AnotherGroup(provider, request.POST if request.method == "POST" else None)
        done = partial(self._move, request, form, provider)
        ahead = partial(self._before_move, request, form, provider)
        return self.form_page(request, form, f"{provider}: move", "Move", done, ahead)

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        money = [
            (a.kind, a.asset, plain(a.posted), plain(a.held), plain(a.free))
            for a in obj.accounts.filter(asset__shadow_of=None).select_related("asset").order_by("asset__code", "kind")
        ]
        standing = [
            (c.instrument or c.product_group or "the whole venue", c.state, c.active_at)
            for c in obj.commitments.select_related("instrument", "product_group").order_by("created_at")[:500]
        ]
        keys = [
            (k.prefix, k.label, ", ".join(k.scopes), k.revoked_at) for k in obj.api_keys.order_by("-created_at")[:100]
        ]
        defaults = [
            (d.declared_at, d.state, d.get_ground_display(), d.reason, d.confirm_by, d.book_by)
            for d in obj.defaults.order_by("-declared_at")[:20]
        ]
        return [
            Panel("Money", ("Account", "Asset", "Posted", "Held", "Free"), money),
            Panel("Commitments", ("Scope", "State", "Active from"), standing),
            Panel("API keys", ("Prefix", "Label", "Scopes", "Revoked"), keys),
            Panel("Defaults", ("Declared", "State", "Ground", "Reason", "Confirm by", "Book by"), defaults),
        ]

    def _create(self, request: HttpRequest, form: NewProvider) -> HttpResponse:
        created = perform(_create_with_group, actor=actor_of(request), **form.cleaned_data)
        self.tell(request, created, lambda provider: f"{provider} is {provider.state}.")
        return HttpResponseRedirect(reverse("admin:accounts_provider_changelist"))

    def _before_move(self, request: HttpRequest, form: AnotherGroup, provider: Provider) -> list[Panel]:
        return foreseen(request, [provider], partial(move_provider, provider=provider, **form.cleaned_data))

    def _move(self, request: HttpRequest, form: AnotherGroup, provider: Provider) -> HttpResponse:
        moved = perform(move_provider, actor=actor_of(request), provider=provider, **form.cleaned_data)
        self.tell(request, moved, lambda row: f"{row} belongs to {row.group} now.")
        return HttpResponseRedirect(reverse("admin:accounts_provider_change", args=[provider.pk]))


def _create_with_group(
    *, venue: Venue, name: str, group: Group | None, applies: bool, reason: str
) -> Provider | Approval:
    group = group or create_group(venue=venue, name=name, reason=reason)
    if applies:
        return apply_as_provider(venue=venue, name=name, group=group, reason=reason)
    return create_provider(venue=venue, name=name, group=group, reason=reason)
