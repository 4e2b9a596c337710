"""What is due, what the breaker allows, what new books go by, and what is shown."""

from auctions.queries.breakers import AUCTION_LEVEL, list_breaker_levels
from auctions.queries.due import (
    due_to_carry_out,
    due_to_close,
    due_to_expire,
    due_to_open,
    due_to_pass_on,
    due_to_route,
    due_to_settle,
    due_to_wind_up,
    get_lateness_seconds,
)
from auctions.queries.playbooks import get_latest_playbook, get_mark_terms

__all__ = [
    "AUCTION_LEVEL",
    "due_to_carry_out",
    "due_to_close",
    "due_to_expire",
    "due_to_open",
    "due_to_pass_on",
    "due_to_route",
    "due_to_settle",
    "due_to_wind_up",
    "get_lateness_seconds",
    "get_latest_playbook",
    "get_mark_terms",
    "list_breaker_levels",
]
