"""A provider's book that did not come in time is not waited for: what was reported last of its positions is all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts.desks.defaults import event_of_default
from accounts.events import DefaultHandled
from accounts.lifecycle import DefaultState
from accounts.models import Holding, ProviderDefault
from backstop import clock
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
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
    reported = _last_reported(defaults)
    record_events(
        [event_of_default(each, DefaultHandled, book=None, holdings=reported[each.provider_id]) for each in defaults]
    )
    return len(defaults)


def _last_reported(defaults: Sequence[ProviderDefault]) -> Mapping[UUID | None, tuple[str, ...]]:
    """What each provider held by its venue's last word."""
    held = Holding.objects.filter(provider__in=[each.provider_id for each in defaults]).exclude(reported_quantity=0)
    said: defaultdict[UUID | None, tuple[str, ...]] = defaultdict(tuple)
    for holding in held.order_by("instrument__symbol").select_related("instrument"):
        said[holding.provider_id] += (f"{holding.instrument.symbol} {to_text(holding.reported_quantity)}",)
    return said
