"""Rotation of the master key of sealed bids and webhooks: what was wrapped with an older one is wrapped with the
current one."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError

from accounts.models import WebhookSecret
from accounts.operations.webhooks.rewrap_webhook_secret import rewrap_webhook_secret
from auctions.models import Auction
from auctions.operations.operator.rewrap_key import rewrap_key
from backstop.management.policy import NeedsTables
from backstop.transactions import perform
from backstop.values.keyrings import KeyMissing


class Command(NeedsTables):
    help = (
        "Wrap the keys of all sealed auctions and webhooks with the first master key of SEALING_KEYS. Put the new key "
        "before the old one, start every process with both, run this, then take the old one away. Harmless to break "
        "off or repeat. "
        "Example: manage.py rotate_sealing_keys"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        current = settings.SEALING_KEYS.current
        auctions = Auction.objects.filter(sealed_key__isnull=False).exclude(sealing_key=current).order_by("id")
        secrets = WebhookSecret.objects.exclude(master=current).order_by("id")
        work: list[tuple[str, Any, dict[str, UUID]]] = [
            *((f"auction {each}", rewrap_key, {"auction_id": each}) for each in auctions.values_list("id", flat=True)),
            *((f"{each}", rewrap_webhook_secret, {"secret_id": each.id}) for each in secrets.select_related("webhook")),
        ]
        done = 0
        missing = []
        for name, rewrap, whose in work:
            try:
                perform(rewrap, actor="command:rotate_sealing_keys", **whose)
                done += 1
            except KeyMissing as problem:
                missing.append(f"{name}: {problem}")
        self.stdout.write(f"{done} keys are wrapped with {current!r} now")
        if missing:
            raise CommandError(f"{len(missing)} keys could not be unwrapped, the first: {missing[0]}")
