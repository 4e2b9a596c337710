"""What of a venue's books is not placed yet, and what is at risk while it waits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.desks.work import Work, load_work
from auctions.lifecycle import WATERFALL, StepState, Takers
from auctions.models import Book, Step
from auctions.rules.waterfall import Waiting, too_risky
from backstop.values.amounts import total

MARKET = [step.kind for step in WATERFALL.values() if step.takers not in (Takers.FUND, Takers.VENUE)]


def choose_too_risky(waiting: Sequence[Work], now: datetime) -> frozenset[UUID]:
    """The lots that should not wait for another round, of these, whose round has ended. What others have at risk is
    read as it is, without a lock."""
    found: set[UUID] = set()
    by_market: dict[tuple[UUID, UUID], list[Work]] = defaultdict(list)
    for work in waiting:
        if not work.book.owned_by_fund:
            by_market[work.book.venue_id, work.asset.id].append(work)
    for (venue_id, asset_id), works in by_market.items():
        if any(work.playbook.max_unplaced_risk is not None for work in works):
            risks = [Waiting(work.lot.id, _risk(work, now), work.playbook.max_unplaced_risk) for work in works]
            others = _risk_of_others(venue_id, asset_id, works, now)
            found |= too_risky(risks, total([others, *(each.risk for each in risks)]))
    return frozenset(found)


def get_unplaced_risk(venue_id: UUID, asset_id: UUID, now: datetime) -> Decimal:
    """What is at risk in all of a venue's lots in this asset that are still offered to others than the fund; read
    without a lock."""
    return _risk_of_others(venue_id, asset_id, (), now)


def list_works(steps: Iterable[Step], now: datetime) -> list[Work]:
    """The work of these steps, in their order; read without a lock, to be shown."""
    steps = list(steps)
    books = Book.objects.filter(lots__steps__in=steps).select_related("playbook", "asset").distinct()
    works = {work.step.id: work for work in load_work(steps, list(books), now)}
    return [works[step.id] for step in steps]


def _risk_of_others(venue_id: UUID, asset_id: UUID, works: Sequence[Work], now: datetime) -> Decimal:
    """Of the venue's lots in this asset that are still offered to others than the fund."""
    steps = (
        Step.objects.filter(lot__book__venue=venue_id, lot__book__asset=asset_id, lot__book__owned_by_fund=False)
        .filter(kind__in=MARKET)
        .exclude(state=StepState.ENDED)
        .exclude(lot__in=[work.lot.id for work in works])
    )
    books = Book.objects.filter(lots__steps__in=steps).select_related("playbook", "asset").distinct()
    return total(_risk(work, now) for work in load_work(steps, list(books), now))


def _risk(work: Work, now: datetime) -> Decimal:
    return work.free_risk(work.best_marks(now))
