"""A provider's book that did not come in time is not waited for: what was reported last of its positions is all."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.defaults import record_default
from accounts.events import DefaultHandled
from accounts.lifecycle import DefaultState
from accounts.models import Holding, ProviderDefault
from backstop import clock
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation
from backstop.values.amounts import to_text


@operation
def handle_defaults(*, ids: Sequence[UUID]) -> int:
    """Go on with those of these defaults for which no book came by `book_by`; how many there were."""
    now = clock.now()
    late = ProviderDefault.objects.filter(id__in=ids, state=DefaultState.CONFIRMED, book_by__lte=now)
    defaults = lock_rows(Lock.DEFAULT_ROW, late)
    for default in defaults:
        default.move_to(DefaultState.HANDLED, now)
    save_changes(defaults)
    for default in defaults:
        held = Holding.objects.filter(provider=default.provider_id).exclude(reported_quantity=0)
        reported = held.order_by("instrument__symbol").values_list("instrument__symbol", "reported_quantity")
        record_default(
            default, DefaultHandled, book=None, holdings=tuple(f"{one} {to_text(held)}" for one, held in reported)
        )
    return len(defaults)
