"""The client of the HTTP API: pure HTTP, and nothing else of the house."""

from .client import Client
from .connection import ApiRefused, ask_health
from .signing import Signer
from .stream import StreamedEvent
from .webhooks import WebhookMessage, WebhookRefused, read_webhook

__version__ = "0.2.0"

__all__ = [
    "ApiRefused",
    "Client",
    "Signer",
    "StreamedEvent",
    "WebhookMessage",
    "WebhookRefused",
    "ask_health",
    "read_webhook",
]
