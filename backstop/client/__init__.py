"""The client of the HTTP API: pure HTTP, and nothing else of the house."""

from .client import ApiRefused, Client, ask_health
from .rows import InstrumentRow, InventoryRow, ProviderRow, ReadinessRow, TakeRow

__all__ = [
    "ApiRefused",
    "Client",
    "InstrumentRow",
    "InventoryRow",
    "ProviderRow",
    "ReadinessRow",
    "TakeRow",
    "ask_health",
]
