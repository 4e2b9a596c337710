"""Loss events take no more books once their clause is over, and are final once all their books have ended and what the
fund took over of them is sold, or in any case when their time is: then what is left counts at marks less a haircut."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.defaults import event_of_default
from accounts.events import DefaultClosed, LossEventFinal
from accounts.lifecycle import DefaultState, LossEventState
from accounts.models import LossEvent, ProviderDefault
from auctions.desks.inventory import lock_inventory
from auctions.lifecycle import BOOK
from auctions.models import Book, TakeOver
from backstop import clock
from backstop.locks import Lock, lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def end_loss_events(*, ids: Sequence[UUID]) -> int:
    """Move those of these events on that have somewhere to go; how many there were."""
    asked = LossEvent.objects.filter(id__in=ids).exclude(default__state=DefaultState.CONFIRMED)
    venues = list(asked.values_list("venue_id", flat=True))
    lock_inventory(venues)
    lock(Lock.INTAKE, venues)  # no book joins meanwhile
    events = [event for event in lock_rows(Lock.LOSS_EVENT_ROW, asked) if event.state != LossEventState.FINAL]
    now = clock.now()
    under_way = Book.objects.filter(loss_event__in=events).exclude(state__in=BOOK.final)
    unsold = TakeOver.objects.filter(book__loss_event__in=events, quantity_left__gt=0)
    waiting = {
        *under_way.values_list("loss_event", flat=True),
        *unsold.values_list("book__loss_event", flat=True),
    }
    over = [event for event in events if now >= event.takes_until]
    final = [event for event in over if event.id not in waiting or now >= event.final_by]
    for event in over:
        if event.state == LossEventState.OPEN:
            event.move_to(LossEventState.COUNTING, now)
    for event in final:
        event.move_to(LossEventState.FINAL, now)
    save_changes(over)
    _count_inventory(final)
    record_events([LossEventFinal(venue_id=event.venue_id, subject_id=event.id) for event in final])
    _close_defaults(final)
    return len(over)


def _count_inventory(final: Sequence[LossEvent]) -> None:
    taken_over = list(TakeOver.objects.filter(book__loss_event__in=final).select_related("asset", "book__playbook"))
    for row in taken_over:
        row.count()
    save_changes(taken_over)


def _close_defaults(final: Sequence[LossEvent]) -> None:
    handled = ProviderDefault.objects.filter(loss_event__in=final, state=DefaultState.HANDLED)
    now, defaults = clock.now(), lock_rows(Lock.DEFAULT_ROW, handled)
    for default in defaults:
        default.move_to(DefaultState.CLOSED, now)
    save_changes(defaults)
    record_events([event_of_default(default, DefaultClosed) for default in defaults])
