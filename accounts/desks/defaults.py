"""Defaults of providers, locked, and what is told of what becomes of them."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.desks.approvals import names_behind, require_names
from accounts.events import DefaultHandled
from accounts.lifecycle import DEFAULT, DefaultState
from accounts.models import Provider, ProviderDefault
from accounts.rules.refusals import AccountRefusal
from backstop.events import ProviderEvent
from backstop.locks import Lock, lock_row, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import current_actor, requires_transaction


@requires_transaction
def lock_default(provider: Provider) -> ProviderDefault | None:
    """The provider's default that is under way, locked; None where there is none."""
    under_way = ProviderDefault.objects.filter(provider=provider, state__in=DEFAULT.under_way)
    return lock_row(Lock.DEFAULT_ROW, under_way)


def event_of_default(default: ProviderDefault, kind: Callable[..., ProviderEvent], **payload: Any) -> ProviderEvent:
    """What became of it, to be recorded; `payload` is what this kind of event says beyond whose it is."""
    whose = {"venue_id": default.venue_id, "subject_id": default.id, "provider_id": default.provider_id}
    return kind(**whose, **payload)


def require_another(default: ProviderDefault) -> None:
    """Raises `person_unknown`, and `approval_same_person` where who acts now may have declared it."""
    declared = names_behind(default.declared_by)
    if not declared or declared & require_names(current_actor()):
        raise AccountRefusal.APPROVAL_SAME_PERSON.error("who declared a default cannot confirm it")


def is_in_default(provider_id: UUID) -> bool:
    """Whether its default is confirmed, and not closed."""
    return bool(list_defaulters([provider_id]))


def list_defaulters(provider_ids: Collection[UUID]) -> set[UUID]:
    """Those of these providers that are."""
    states = [DefaultState.CONFIRMED, DefaultState.HANDLED]
    rows = ProviderDefault.objects.filter(provider__in=provider_ids, state__in=states)
    return set(rows.values_list("provider_id", flat=True))


def require_no_default(provider_id: UUID) -> None:
    """Raises `provider_in_default` where it is in default."""
    if is_in_default(provider_id):
        raise AccountRefusal.PROVIDER_IN_DEFAULT.error()


@requires_transaction
def handle_defaults_of(books: Mapping[UUID | None, UUID], at: datetime) -> None:
    """The first `books` of loss events came: where one is of a provider's default that waited for it, it is handled."""
    waiting = ProviderDefault.objects.filter(loss_event__in=list(books), state=DefaultState.CONFIRMED)
    defaults = lock_rows(Lock.DEFAULT_ROW, waiting)
    for default in defaults:
        default.move_to(DefaultState.HANDLED, at)
    save_changes(defaults)
    record_events([event_of_default(each, DefaultHandled, book=books[each.loss_event_id]) for each in defaults])
