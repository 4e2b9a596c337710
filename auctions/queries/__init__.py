"""What is due, what the breaker allows, what new books go by, and what is shown."""

from auctions.queries.breakers import AUCTION_LEVEL, list_breaker_levels
from auctions.queries.due import (
    Due,
    due_to_carry_out,
    due_to_close,
    due_to_expire,
    due_to_open,
    due_to_pass_on,
    due_to_route,
    due_to_settle,
    due_to_wind_up,
    get_next_deadline,
    list_looked_after,
)
from auctions.queries.health import count_halted, count_parked, count_processes, list_last_rounds, list_unpriced
from auctions.queries.playbooks import get_latest_playbook, get_mark_terms_of_new_books
from auctions.queries.showing import (
    count_waiting,
    list_auctions,
    list_awards,
    list_books,
    list_books_in_full,
    list_kept_positions,
    list_lots,
    list_positions,
    list_steps,
    list_waiting_steps,
)

__all__ = [
    "AUCTION_LEVEL",
    "Due",
    "count_halted",
    "count_parked",
    "count_processes",
    "count_waiting",
    "due_to_carry_out",
    "due_to_close",
    "due_to_expire",
    "due_to_open",
    "due_to_pass_on",
    "due_to_route",
    "due_to_settle",
    "due_to_wind_up",
    "get_latest_playbook",
    "get_mark_terms_of_new_books",
    "get_next_deadline",
    "list_auctions",
    "list_awards",
    "list_books",
    "list_books_in_full",
    "list_breaker_levels",
    "list_kept_positions",
    "list_last_rounds",
    "list_looked_after",
    "list_lots",
    "list_positions",
    "list_steps",
    "list_unpriced",
    "list_waiting_steps",
]
