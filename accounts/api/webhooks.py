"""/v1/webhooks: where a venue or a provider wants to be told of what happens, each its own alone."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.webhooks import (
    DeliveryOutput,
    NothingInput,
    WebhookChangeInput,
    WebhookInput,
    WebhookOutput,
    WebhookWithSecretOutput,
)
from accounts.desks.webhooks import webhooks_of
from accounts.models import Webhook, WebhookDelivery
from accounts.operations.webhooks.add_webhook import add_webhook
from accounts.operations.webhooks.change_webhook import change_webhook
from accounts.operations.webhooks.redeliver_message import redeliver_message
from accounts.operations.webhooks.remove_webhook import remove_webhook
from accounts.operations.webhooks.rotate_webhook_secret import rotate_webhook_secret
from accounts.operations.webhooks.send_test_message import send_test_message
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import ListView, RowView, View


class OwnView(View):
    """What is the caller's own: a suspended provider's too, who offers nothing by it."""

    scope = "webhooks"
    offers = False

    @property
    def owner(self) -> dict[str, UUID | None]:
        provider = self.principal.provider
        return {"venue_id": self.principal.venue.id, "provider_id": provider.id if provider else None}

    def write_secret(self, operation: Callable[..., tuple[Webhook, str]], **arguments: Any) -> dict[str, Any]:
        """`write`, with the secret beside what is stored of the answer: it is shown to who asks first, and kept nowhere
        that it could be read from."""
        secrets: list[str] = []

        def answer(outcome: tuple[Webhook, str]) -> Any:
            webhook, secret = outcome
            secrets.append(secret)
            return dict(WebhookOutput(webhook).data)

        done = self.write(answer, operation, **self.owner, **arguments)
        return {**done, "secret": secrets[-1] if secrets else None}


class Webhooks(OwnView, ListView):
    """Your webhooks, newest first."""

    model = Webhook
    serializer_class = WebhookOutput

    def listed(self) -> QuerySet[Webhook]:
        return webhooks_of(**self.owner)  # type: ignore[arg-type]

    @extend_schema(operation_id="addWebhook", request=WebhookInput, responses={201: WebhookWithSecretOutput})
    def post(self, request: Request) -> Response:
        """Be told of events from now on, at an address of yours. At most ten."""
        return Response(self.write_secret(add_webhook, **self.body(WebhookInput)), 201)


class OneWebhook(OwnView, RowView):
    """One webhook of yours."""

    of = Webhooks
    unknown = AccountRefusal.WEBHOOK_UNKNOWN

    @extend_schema(operation_id="changeWebhook", request=WebhookChangeInput, responses=WebhookOutput)
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        """Change where it goes or what it is told of, or enable or disable it."""
        sent = self.body(WebhookChangeInput)
        changed = self.write(self.showing(WebhookOutput), change_webhook, **self.owner, webhook_id=webhook_id, **sent)
        return Response(changed)

    @extend_schema(operation_id="removeWebhook", responses={200: WebhookOutput})
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        """Remove it: what waits for it is given up."""
        return Response(self.write(self.showing(WebhookOutput), remove_webhook, **self.owner, webhook_id=webhook_id))


class RotateWebhookSecret(OwnView):
    @extend_schema(operation_id="rotateWebhookSecret", request=NothingInput, responses=WebhookWithSecretOutput)
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Give it a new secret. For a day its messages have two signatures, by the new and by the former one."""
        self.body(NothingInput)
        return Response(self.write_secret(rotate_webhook_secret, webhook_id=webhook_id))


class SendTest(OwnView):
    @extend_schema(operation_id="sendTestMessage", request=NothingInput, responses={201: DeliveryOutput})
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Send it a message of the type `webhook_test`, after those that wait."""
        self.body(NothingInput)
        sent = self.write(self.showing(DeliveryOutput), send_test_message, **self.owner, webhook_id=webhook_id)
        return Response(sent, 201)


class Deliveries(OwnView, ListView):
    """What was queued for a webhook, for two weeks after it was."""

    model = WebhookDelivery
    serializer_class = DeliveryOutput
    filterset_fields = ("kind",)

    def listed(self) -> QuerySet[WebhookDelivery]:
        owned = webhooks_of(**self.owner)  # type: ignore[arg-type]
        return WebhookDelivery.objects.filter(webhook__in=owned, webhook=self.kwargs["webhook_id"])


class OneDelivery(OwnView, RowView):
    """One message, and what became of it."""

    of = Deliveries
    unknown = AccountRefusal.DELIVERY_UNKNOWN


class Redeliver(OwnView):
    @extend_schema(operation_id="redeliverMessage", request=NothingInput, responses=DeliveryOutput)
    def post(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        """Send a message once more, under the same id, whatever became of it."""
        self.body(NothingInput)
        which = {"webhook_id": webhook_id, "delivery_id": delivery_id}
        return Response(self.write(self.showing(DeliveryOutput), redeliver_message, **self.owner, **which))
