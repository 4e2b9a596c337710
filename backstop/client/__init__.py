"""The client of the HTTP API: pure HTTP, and nothing else of the house."""

from .client import ApiRefused, Client, ask_health
from .rows import InstrumentRow, InventoryRow, ProviderRow, ReadinessRow, StreamedEvent, TakeRow
from .signing import Signer
from .webhooks import WebhookMessage, WebhookRefused, read_webhook

__all__ = [
    "ApiRefused",
    "Client",
    "InstrumentRow",
    "InventoryRow",
    "ProviderRow",
    "ReadinessRow",
    "Signer",
    "StreamedEvent",
    "TakeRow",
    "WebhookMessage",
    "WebhookRefused",
    "ask_health",
    "read_webhook",
]
