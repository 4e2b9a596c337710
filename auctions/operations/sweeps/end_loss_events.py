"""Loss events take no more books once their clause is over, and are final once all their books have ended and what the
fund took over of them is sold, or in any case when their time is: then what is left counts at marks less a haircut.
What the fund lost by that is a loss of the event, which the layers in front of the fund pay it. It is known then how
well those bid who are obliged, and the layers behind the fund pay what stands as the event's debt."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.defaults import event_of_default
from accounts.desks.loss_locks import lock_losses
from accounts.desks.loss_parts import Unrepaid
from accounts.desks.loss_sharing import SharingDesk
from accounts.events import DefaultClosed, LossEventFinal
from accounts.lifecycle import DefaultState, LossEventState
from accounts.models import LossAddend, LossEvent, ProviderDefault
from accounts.queries import list_owed
from auctions.desks.inventory import lock_inventory
from auctions.desks.last_payments import LastPayments
from auctions.desks.obligations import judge_obligations
from auctions.lifecycle import BOOK
from auctions.models import Book, TakeOver
from auctions.queries.draws import sum_fund_edges
from auctions.queries.edges import sum_edges_of_sales
from auctions.rules.inventory import loss_of
from backstop import clock
from backstop.locks import Lock, lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO


@operation
def end_loss_events(*, ids: Sequence[UUID]) -> int:
    """Move those of these events on that have somewhere to go; how many there were."""
    asked = LossEvent.objects.filter(id__in=ids).exclude(default__state=DefaultState.CONFIRMED)
    venues = list(asked.values_list("venue_id", flat=True))
    lock_inventory(venues)
    lock_losses(venues)
    lock(Lock.INTAKE, venues)  # no book joins meanwhile
    events = [event for event in lock_rows(Lock.LOSS_EVENT_ROW, asked) if event.state != LossEventState.FINAL]
    under_way = Book.objects.filter(loss_event__in=events).exclude(state__in=BOOK.final)
    started = clock.now()
    lock_rows(Lock.BOOK_ROW, under_way.filter(loss_event__final_by__lte=started))
    now = clock.now()  # what is decided of their books was decided before, or does not count
    unsold = TakeOver.objects.filter(book__loss_event__in=events, quantity_left__gt=0)
    waiting = {
        *under_way.values_list("loss_event", flat=True),
        *unsold.values_list("book__loss_event", flat=True),
    }
    over = [event for event in events if now >= event.takes_until]
    final = [event for event in over if event.id not in waiting or started >= event.final_by]
    for event in over:
        if event.state == LossEventState.OPEN:
            event.move_to(LossEventState.COUNTING, now)
    _close_defaults(final, now)
    sharing = SharingDesk([event.id for event in final], now, final=True)
    owed = list_owed([event.id for event in final])
    judge_obligations(sharing.layers.events, {(addend.loss_event_id, addend.asset_id) for addend, _ in owed}, now)
    _share(final, sharing, owed, now)
    for event in final:
        event.move_to(LossEventState.FINAL, now)
    save_changes(over)
    record_events([LossEventFinal(venue_id=event.venue_id, subject_id=event.id) for event in final])
    return len(over)


def _share(
    final: Sequence[LossEvent], sharing: SharingDesk, owed: Sequence[tuple[LossAddend, Decimal]], now: datetime
) -> None:
    """Count what the fund lost by what it took over of their books, of which layers in front of it pay what they can,
    and have those behind it pay what stands as the events' debt."""
    taken_over = list(TakeOver.objects.filter(book__loss_event__in=final).select_related("asset", "book__playbook"))
    for row in taken_over:
        row.count()
    save_changes(taken_over)
    layers, claims = sharing.layers, sharing.claims
    assets = {row.asset_id: row.asset for row in taken_over} | {addend.asset_id: addend.asset for addend, _ in owed}
    assets |= {asset.id: asset for asset in claims.assets}
    if not assets:
        return
    of_providers = (layers.defaulters, layers.contributions, layers.collateral, claims.accounts)
    journal = sharing.open(assets.values(), *of_providers)
    for event in layers.events.values():
        for claim in claims.claims_of(event):
            claims.let_be_due(claim)
    left = {event.id: sharing.pay_claims(event, _of(event, owed)) for event in layers.events.values()}
    results = _results(taken_over)
    edges = sum_edges_of_sales(
        {(of, in_): claims.covers.clusters_of(layers.events[of], assets[in_]) for of, in_ in results}
    )
    for (event_id, asset_id), found in results.items():
        event, asset = layers.events[event_id], assets[asset_id]
        loss = loss_of(found)
        if loss:
            cost = Unrepaid(event, event_id, asset, advances=loss, edges=edges.get((event_id, asset_id), {}))
            sharing.share(cost, replace(sharing.front_of(cost), waiting=ZERO))
    claimed = [each for each in owed if claims.claims_of(layers.events[each[0].loss_event_id])]
    last = LastPayments(claimed, journal, now)
    for event in layers.events.values():
        sharing.settle(sharing.pass_down(event, left[event.id], last.pay), now)
        for claim in claims.claims_of(event):
            claims.settle(claim, final=True)
    sharing.write()
    last.write()
    journal.write()
    last.confirm()


def _of(event: LossEvent, owed: Sequence[tuple[LossAddend, Decimal]]) -> list[tuple[LossAddend, Decimal]]:
    return [each for each in owed if each[0].loss_event_id == event.id]


def _results(taken_over: Sequence[TakeOver]) -> dict[tuple[UUID, UUID], list[Decimal]]:
    """By event and asset: what each take-over counts, and the edge that the fund earned for it."""
    results: defaultdict[tuple[UUID, UUID], list[Decimal]] = defaultdict(list)
    edges = sum_fund_edges({row.award_id for row in taken_over})
    for row in taken_over:
        assert row.book.loss_event_id is not None
        assert row.counted is not None
        results[row.book.loss_event_id, row.asset_id] += [row.counted, edges.pop(row.award_id, ZERO)]
    return results


def _close_defaults(final: Sequence[LossEvent], now: datetime) -> None:
    handled = ProviderDefault.objects.filter(loss_event__in=final, state=DefaultState.HANDLED)
    defaults = lock_rows(Lock.DEFAULT_ROW, handled)
    for default in defaults:
        default.move_to(DefaultState.CLOSED, now)
    save_changes(defaults)
    record_events([event_of_default(default, DefaultClosed) for default in defaults])
