"""The client of the HTTP API: pure HTTP, and nothing else of the house."""

from .client import ApiRefused, Client, ask_health

__all__ = ["ApiRefused", "Client", "ask_health"]
