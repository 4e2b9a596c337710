"""Webhooks: where venues and providers are told of what happens, and what became of each message.

Secrets are shown once, and a provider's to its members alone: whoever knows one could write in the house's name.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from accounts.models import Provider, Webhook, WebhookDelivery
from accounts.models.webhooks import MAX_DESCRIPTION
from accounts.operations.webhooks.add_webhook import add_webhook
from accounts.operations.webhooks.change_webhook import change_webhook
from accounts.operations.webhooks.redeliver_message import redeliver_message
from accounts.operations.webhooks.remove_webhook import remove_webhook
from accounts.operations.webhooks.rotate_webhook_secret import rotate_webhook_secret
from accounts.operations.webhooks.send_test_message import send_test_message
from backstop.admin.base import Why, actor_of, reason_field
from backstop.admin.by_hand import by_hand
from backstop.admin.cells import Panel
from backstop.admin.deeds import Deed, Doing
from backstop.admin.filters import KindOfEvent
from backstop.admin.scoping import within
from backstop.models import Venue
from backstop.transactions import perform
from backstop.values.webhooks import MAX_URL

USE = "Whoever reads the messages verifies them with it, by Standard Webhooks."


class NewWebhook(forms.Form):
    """Whose webhook, and where it is."""

    venue = forms.ModelChoiceField(Venue.objects.order_by("code"))
    provider = forms.ModelChoiceField(
        Provider.objects.none(),
        required=False,
        help_text="Left empty: the venue's. A provider's is added by a member of it.",
    )
    url = forms.CharField(max_length=MAX_URL, help_text="https, port 443, a host that everybody can reach.")
    kinds = forms.CharField(
        required=False, help_text="Kinds of events, separated by blanks. Left empty: all that its owner may see."
    )
    description = forms.CharField(max_length=MAX_DESCRIPTION, required=False, help_text="What it is for.")
    reason = reason_field()

    def __init__(self, user: Any, *args: Any) -> None:
        super().__init__(*args)
        own = Provider.objects.filter(members__user=user).order_by("name")
        self.fields["provider"].queryset = own  # type: ignore[attr-defined]


def _of(webhook: Webhook) -> dict[str, UUID | None]:
    return {"venue_id": webhook.venue_id, "provider_id": webhook.provider_id, "webhook_id": webhook.id}


def _enable(webhook: Webhook, reason: str) -> object:
    return change_webhook(**_of(webhook), is_enabled=True)  # type: ignore[arg-type]


def _disable(webhook: Webhook, reason: str) -> object:
    return change_webhook(**_of(webhook), is_enabled=False)  # type: ignore[arg-type]


def _test(webhook: Webhook, reason: str) -> object:
    return send_test_message(**_of(webhook))  # type: ignore[arg-type]


def _remove(webhook: Webhook, reason: str) -> object:
    return remove_webhook(**_of(webhook))  # type: ignore[arg-type]


def _redeliver(delivery: WebhookDelivery, reason: str) -> object:
    return redeliver_message(**_of(delivery.webhook), delivery_id=delivery.id)  # type: ignore[arg-type]


@admin.register(Webhook)
class WebhookAdmin(Doing):
    """Endpoints, how they are, and what was sent to them last."""

    related = ("venue", "provider")
    list_display = ("url", "venue", "provider", "enabled", "failures", "failing_since", "disabled_at", "created_at")
    list_filter = ("venue", "provider", ("disabled_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("url", "description", "provider__name")
    fields = (
        *("url", "venue", "provider", "kinds", "description", "enabled", "disabled_at", "disabled_reason"),
        *("failures", "failing_since", "rests_until", "position", "removed_at", "created_at"),
    )
    deeds = (
        Deed("enable", "Enable", _enable, lambda row: not row.removed_at and not row.is_enabled),
        Deed("disable", "Disable", _disable, lambda row: not row.removed_at and row.is_enabled),
        Deed("test", "Send a test", _test, lambda row: not row.removed_at and row.is_enabled),
        Deed("remove", "Remove", _remove, lambda row: not row.removed_at),
    )

    @admin.display(boolean=True)
    def enabled(self, webhook: Webhook) -> bool:
        return webhook.is_enabled and webhook.removed_at is None

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        last = obj.deliveries.order_by("-created_at")[:50]
        rows = [
            (each.created_at, each.kind, each.attempts, each.status, each.problem, each.due_at, each.delivered_at)
            for each in last
        ]
        columns = ("Queued", "Kind", "Attempts", "Status", "Problem", "Due", "Delivered")
        return [Panel("The last messages", columns, rows, "Of the last two weeks, and what waits.")]

    def get_urls(self) -> list[URLPattern]:
        add = path("new/", self.admin_site.admin_view(self.new_view), name="accounts_webhook_new")
        rotate = path(
            "<uuid:webhook_id>/rotate/", self.admin_site.admin_view(self.rotate_view), name="accounts_webhook_rotate"
        )
        return [add, rotate, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        tools = super().tools(request, obj)
        if obj is None and request.user.has_perm("accounts.add_webhook"):
            return [("Add webhook", reverse("admin:accounts_webhook_new")), *tools]
        if obj is not None and self._of_user(request).filter(id=obj.id).exists():
            return [*tools, ("Rotate the secret", reverse("admin:accounts_webhook_rotate", args=[obj.id]))]
        return tools

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Ask where it is; the answer alone holds the secret."""
        if not request.user.has_perm("accounts.add_webhook"):
            raise PermissionDenied
        form = NewWebhook(request.user, request.POST if request.method == "POST" else None)
        return self.form_page(request, form, "Add webhook", "Add", partial(self._add, request, form))

    def rotate_view(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        """Ask once more; the answer alone holds the new secret."""
        webhook = get_object_or_404(self._of_user(request), id=webhook_id)
        form = Why(request.POST if request.method == "POST" else None)
        done = partial(self._show, request, form, "Rotate", rotate_webhook_secret, **_of(webhook))
        return self.form_page(request, form, f"A new secret of {webhook}", "Rotate", done)

    def _of_user(self, request: HttpRequest) -> QuerySet[Webhook]:
        """Those whose secrets the user may see."""
        if not request.user.has_perm("accounts.change_webhook"):
            return Webhook.objects.none()
        whose = Q(provider=None) | Q(provider__members__user=request.user.pk)
        return within(request, Webhook.objects.filter(whose, removed_at=None))

    def _add(self, request: HttpRequest, form: NewWebhook) -> HttpResponse:
        said = form.cleaned_data
        provider = said["provider"]
        whose = {"venue_id": said["venue"].id, "provider_id": provider and provider.id}
        where = {"url": said["url"], "kinds": said["kinds"].split(), "description": said["description"]}
        return self._show(request, form, "Add", add_webhook, **whose, **where)

    def _show(
        self,
        request: HttpRequest,
        form: forms.Form,
        deed: str,
        operation: Callable[..., tuple[Webhook, str]],
        **said: Any,
    ) -> HttpResponse:
        done = partial(by_hand, deed, form.cleaned_data["reason"], lambda shown: shown[0], operation)
        webhook, secret = perform(done, actor=actor_of(request), **said)
        shown = {"of": webhook, "secret": secret, "use": USE}
        return self.page(request, "house/secret.html", "The secret, this once", **shown)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Doing):
    """Messages, and what became of them."""

    related = ("webhook__venue", "webhook__provider")
    list_display = ("id", "webhook", "kind", "attempts", "status", "problem", "due_at", "delivered_at", "created_at")
    list_filter = ("webhook__venue", KindOfEvent, ("delivered_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("=id", "=webhook__id", "kind")
    fields = (
        *("id", "webhook", "kind", "event_id", "attempts", "attempted_at", "status", "problem", "due_at"),
        *("delivered_at", "given_up_at", "created_at"),
    )
    deeds = (Deed("redeliver", "Send again", _redeliver, lambda row: not row.webhook.removed_at),)
