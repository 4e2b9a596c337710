"""Opening: which of the lots that are due are let into an auction now.

Guarantees that no cap is exceeded, that nothing is opened where breaker or marks do not allow it, and that no lot waits
for longer than its playbook lets it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from auctions.desks.breakers import hold_breakers
from auctions.desks.caps import CapDesk
from auctions.desks.chain import Chain
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.marks import note_used
from auctions.desks.news import decided
from auctions.desks.openings import Opening
from auctions.desks.work import LOOKS_AGAIN_AFTER, UNPRICED, Work, load_work, lock_books, pass_or_wait
from auctions.events import StepQueued
from auctions.lifecycle import AUCTIONED, StepState
from auctions.models import Book, Cap, Step
from auctions.queries import list_breaker_levels
from auctions.rules.breaker import Level
from auctions.rules.caps import may_be_passed
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation

NO_ROOM = "no cap had room for it in time"


@operation
@kept_alive()
def open_auctions(*, ids: Sequence[UUID]) -> int:
    """Open the auctions of those of these steps that are due; how many steps were looked at.

    What a cap has no room for queues, those that wait longest first. A smaller lot may pass one that has waited for
    less than half of its time, and takes no room from any other. Where the breaker stops openings, a step waits as it
    would for marks.
    """
    # 1. Lock.
    hold_breakers(Step.objects.filter(id__in=ids).values_list("lot__book__venue", flat=True))
    caps = CapDesk(Book.objects.filter(lots__steps__in=ids).values_list("venue_id", flat=True))
    now = clock.now()
    books = lock_books(Book.objects.filter(id__in=Step.objects.filter(id__in=ids).values("lot__book")))

    # 2. Load those that are due: whoever queues for longest, then in the order of arrival.
    due = Q(due_at__lte=now) | Q(waits_for__isnull=False) | Q(stopped_at__isnull=False)
    steps = Step.objects.filter(due, id__in=ids, lot__book__in=books, kind__in=AUCTIONED, state=StepState.READY)
    works = load_work(steps, books, now)
    line = sorted(
        [*works, *_others_in_line(works, caps, now)],
        key=lambda work: (work.step.queued_at or now, work.book.received_at, work.book.reference, work.lot.ordinal),
    )
    levels = list_breaker_levels([work.step.id for work in works])

    # 3. Admit those that breaker, marks and caps let in; the others wait, or have waited long enough.
    queued: list[StepQueued] = []
    chain = Chain(now)
    admitted = []
    for work in line:
        due_now = work.step.id in levels
        marks = _admit(work, levels[work.step.id], caps, queued, chain, now) if due_now else None
        if marks is not None:
            admitted.append((work, marks))
        elif _keeps_its_room(work, now):
            caps.keep(work)

    # 4. Open their auctions, and write it.
    caps.write()
    save_changes([work.step for work in works])
    record_events([*queued, *decided(work.step for work in works)])
    chain.write()
    if admitted:
        opened = [work for work, _ in admitted]
        desk = CommitmentDesk(opened, now)
        Opening(opened, desk, now).open(admitted)
        desk.journal.write()
        desk.funds.confirm()
        note_used([(work.book, marks) for work, marks in admitted], now)
    return len(works)


def _others_in_line(works: Sequence[Work], caps: CapDesk, now: datetime) -> list[Work]:
    """What waits for one of these caps beside these: it is not locked, and only read."""
    steps = Step.objects.filter(waits_for__in=caps.caps, state=StepState.READY).exclude(
        id__in=[w.step.id for w in works]
    )
    books = Book.objects.filter(lots__steps__in=steps).select_related("playbook", "asset").distinct()
    return load_work(steps, list(books), now)


def _keeps_its_room(work: Work, now: datetime) -> bool:
    step = work.step
    if step.state != StepState.READY or step.waits_for is None or step.queue_ends_at is None:
        return False
    return not may_be_passed(step.queue_ends_at, work.playbook.max_queue_seconds, now)


def _admit(
    work: Work, level: Level, caps: CapDesk, queued: list[StepQueued], chain: Chain, now: datetime
) -> Mapping[UUID, Decimal] | None:
    """The marks to open the work's auction with; None where it has to wait, or has waited long enough, which the chain
    is told. Who begins to wait for a cap joins `queued`."""
    work.step.stop_waiting()
    marks = work.marks_if_fresh(now) if level.allows_opening else None
    if marks is None:
        if pass_or_wait(work, now, priced=False):
            chain.pass_step(work, UNPRICED)
        return None
    full = caps.take(work)
    if full is not None:
        looks_again_at = now + LOOKS_AGAIN_AFTER if full.id in caps.kept else None
        if _queue_or_pass(work, full, looks_again_at, queued, now):
            chain.pass_step(work, NO_ROOM)
        return None
    work.step.move_to(StepState.OPEN, now)
    return marks


def _queue_or_pass(
    work: Work, full: Cap, looks_again_at: datetime | None, queued: list[StepQueued], now: datetime
) -> bool:
    """The step waits until the cap has room, or until it `looks_again_at` what is kept; at the playbook's age limit
    exactly it goes on without an auction. Whether it does."""
    step = work.step
    ends_at = step.queue_ends_at
    if ends_at is None:
        ends_at = now + timedelta(seconds=work.playbook.max_queue_seconds)
        step.queue(now, ends_at)
        queued.append(
            StepQueued(
                **work.book.whose,
                subject_id=step.id,
                waits_for=full.scope,
                limit=full.limit,
                outstanding=full.outstanding,
            )
        )
    if now >= ends_at:
        step.move_to(StepState.SETTLING, now)
        return True
    step.wait_for(full, until=min(ends_at, looks_again_at or ends_at))
    return False
