"""The client of the HTTP API: pure HTTP, and nothing else of the house."""

from .client import ApiRefused, Client, ask_health
from .rows import InstrumentRow, InventoryRow, ProviderRow, TakeRow

__all__ = ["ApiRefused", "Client", "InstrumentRow", "InventoryRow", "ProviderRow", "TakeRow", "ask_health"]
