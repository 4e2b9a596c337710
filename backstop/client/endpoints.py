"""Webhooks of one's own: where messages go, and what became of them. What arrives there is read by `read_webhook`."""

from collections.abc import Iterator
from typing import Unpack

from . import inputs, rows
from .connection import Connection


class Endpoints(Connection):
    """What looks after the webhooks of a venue or a provider. All raise `ApiRefused`."""

    def list_webhooks(self, **asked: Unpack[inputs.ListWebhooks]) -> Iterator[rows.WebhookRow]:
        """Your webhooks."""
        return self._list(rows.WebhookRow, "webhooks", asked)

    def get_webhook(self, webhook_id: str) -> rows.WebhookRow:
        """One webhook of yours."""
        return self._get(rows.WebhookRow, f"webhooks/{webhook_id}")

    def add_webhook(self, **webhook: Unpack[inputs.WebhookInput]) -> rows.WebhookWithSecretRow:
        """Be told of events from now on, at an address of yours; the answer has the secret, this once."""
        return self._write(rows.WebhookWithSecretRow, "POST", "webhooks", webhook)

    def change_webhook(self, webhook_id: str, **change: Unpack[inputs.PatchedWebhookChangeInput]) -> rows.WebhookRow:
        """Change where it goes or what it is told of, or enable or disable it."""
        return self._write(rows.WebhookRow, "PATCH", f"webhooks/{webhook_id}", change)

    def remove_webhook(self, webhook_id: str) -> rows.WebhookRow:
        """Remove it: what waits for it is given up."""
        return self._write(rows.WebhookRow, "DELETE", f"webhooks/{webhook_id}")

    def rotate_webhook_secret(self, webhook_id: str) -> rows.WebhookWithSecretRow:
        """Give it a new secret; for a day messages have two signatures."""
        return self._write(rows.WebhookWithSecretRow, "POST", f"webhooks/{webhook_id}/rotate")

    def send_test_message(self, webhook_id: str) -> rows.DeliveryRow:
        """Send it a message of the type `webhook_test`, after those that wait."""
        return self._write(rows.DeliveryRow, "POST", f"webhooks/{webhook_id}/test")

    def list_webhook_deliveries(
        self, webhook_id: str, **asked: Unpack[inputs.ListWebhookDeliveries]
    ) -> Iterator[rows.DeliveryRow]:
        """What was queued for a webhook, for two weeks after it was."""
        return self._list(rows.DeliveryRow, f"webhooks/{webhook_id}/deliveries", asked)

    def get_webhook_delivery(self, webhook_id: str, delivery_id: str) -> rows.DeliveryRow:
        """One message, and what became of it."""
        return self._get(rows.DeliveryRow, f"webhooks/{webhook_id}/deliveries/{delivery_id}")

    def redeliver_message(self, webhook_id: str, delivery_id: str) -> rows.DeliveryRow:
        """Send a message once more, under the same id, whatever became of it."""
        return self._write(rows.DeliveryRow, "POST", f"webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver")
