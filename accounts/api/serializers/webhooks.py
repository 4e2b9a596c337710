"""Webhooks in JSON."""

from rest_framework import serializers

from accounts.models import Webhook, WebhookDelivery
from accounts.models.webhooks import MAX_DESCRIPTION
from backstop.api.parsing import FlagField, StrictSerializer, TextField
from backstop.values.webhooks import MAX_URL

MAX_KINDS = 200
URL = f"Where messages go: https, port 443, a host that everybody can reach. At most {MAX_URL} ASCII characters."
KINDS = "The kinds of events that it is told of, of those that its owner may see; empty: all."
DESCRIPTION = "What it is for, in your words."
SECRET_PATTERN = r"^whsec_[A-Za-z0-9+/]{43}=$"


class WebhookInput(StrictSerializer):
    url = TextField(max_length=MAX_URL, help_text=URL)
    kinds = serializers.ListField(
        child=TextField(max_length=64), max_length=MAX_KINDS, required=False, default=list, help_text=KINDS
    )
    description = TextField(
        max_length=MAX_DESCRIPTION, allow_blank=True, required=False, default="", help_text=DESCRIPTION
    )


class WebhookChangeInput(StrictSerializer):
    """What is left out stays as it is."""

    url = TextField(max_length=MAX_URL, required=False, help_text=URL)
    kinds = serializers.ListField(child=TextField(max_length=64), max_length=MAX_KINDS, required=False, help_text=KINDS)
    description = TextField(max_length=MAX_DESCRIPTION, allow_blank=True, required=False, help_text=DESCRIPTION)
    is_enabled = FlagField(
        required=False, help_text="false: nothing is sent to it; true: it goes on where it was, and is sent all since."
    )


class NothingInput(StrictSerializer):
    """Nothing needs to be said."""


class WebhookOutput(serializers.ModelSerializer[Webhook]):
    """An endpoint of yours, and how it is."""

    url = serializers.CharField(help_text=URL)
    kinds = serializers.ListField(child=serializers.CharField(), help_text=KINDS)
    description = serializers.CharField(help_text=DESCRIPTION)
    is_enabled = serializers.BooleanField(help_text="Whether messages are sent to it.")
    disabled_at = serializers.DateTimeField(allow_null=True, help_text="Since when not; null while it is enabled.")
    disabled_reason = serializers.CharField(help_text="Why not: what was wrong with it, or that its owner said so.")
    failures = serializers.IntegerField(help_text="How many in a row it did not take; 0: the last one arrived.")
    failing_since = serializers.DateTimeField(allow_null=True, help_text="When the first of these was sent.")

    class Meta:
        model = Webhook
        fields = [
            *("id", "created_at", "url", "kinds", "description", "is_enabled", "disabled_at", "disabled_reason"),
            *("failures", "failing_since"),
        ]


class WebhookWithSecretOutput(WebhookOutput):
    """The webhook, and what its messages are signed with."""

    secret = serializers.RegexField(
        SECRET_PATTERN,
        allow_null=True,
        help_text="Shown this once. Null where the same request is sent again: rotate it, should you not have it.",
    )

    class Meta(WebhookOutput.Meta):
        fields = [*WebhookOutput.Meta.fields, "secret"]


class DeliveryOutput(serializers.ModelSerializer[WebhookDelivery]):
    """A message that was queued for a webhook, and what became of it. Its `id` is the `webhook-id` that it is sent
    under, each time."""

    kind = serializers.CharField(help_text="The kind of event that it tells of; `webhook_test` tells of none.")
    attempts = serializers.IntegerField(help_text="How often it was sent, since it was last asked for.")
    attempted_at = serializers.DateTimeField(allow_null=True, help_text="When it was last sent.")
    status = serializers.IntegerField(allow_null=True, help_text="With which HTTP status that was answered, if at all.")
    problem = serializers.CharField(help_text="What was wrong then; empty: nothing.")
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="When it is sent next, at the earliest; null once it arrived or was given up."
    )
    delivered_at = serializers.DateTimeField(allow_null=True, help_text="When it arrived: any status of 200 to 299.")
    given_up_at = serializers.DateTimeField(allow_null=True, help_text="When it was sent for the last time, in vain.")

    class Meta:
        model = WebhookDelivery
        fields = [
            *("id", "created_at", "kind", "attempts", "attempted_at", "status", "problem", "due_at", "delivered_at"),
            "given_up_at",
        ]
