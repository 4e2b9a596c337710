"""What is done by hand stands in the history of what it was done to: by whom, and why."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from backstop.admin.scoping import path_to_venue
from backstop.happenings import DoneByHand
from backstop.record import record_events

R = TypeVar("R")


def by_hand(
    deed: str,
    reason: str,
    about: Callable[[R], Model],
    doing: Callable[..., R],
    by_provider: UUID | None = None,
    **said: Any,
) -> R:
    """Carry out `doing`, as part of a transaction, and record that it was done to the row that `about` finds in its
    outcome, by somebody of this provider (None: of none). What waits for another person was not done: the approval
    tells of it."""
    outcome = doing(**said)
    if getattr(outcome, "pending_note", ""):
        return outcome
    row = about(outcome)
    done = DoneByHand(venue_id=_venue_of(row), provider_id=by_provider, subject_id=row.pk, deed=deed, reason=reason)
    record_events([done])
    return outcome


def _venue_of(row: Model) -> UUID:
    path = path_to_venue(type(row))
    assert path is not None, "every row that the admin shows is of a venue"
    found: UUID = type(row)._default_manager.values_list(path, flat=True).get(pk=row.pk)
    return found
