"""Drills: a book that is no account's goes through the market for practice, on the code path and deadlines of any.

Guarantees that it is counted in a shadow of its asset, of which every provider has as much as is free of its own.
"""

from dataclasses import replace
from uuid import UUID

from accounts.desks.shadows import open_shadow
from accounts.rules.refusals import AccountRefusal
from auctions.desks.drafts import Drafting, DrillOrder
from auctions.desks.drills import require_quiet
from auctions.desks.intake import lock_intake, write_books
from auctions.events import DrillJoined, DrillOpened
from auctions.models import Book, Drill, DrillRecord
from auctions.queries import get_latest_playbook
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models import ProductGroup
from backstop.record import record_events
from backstop.transactions import operation


@operation
def open_drill(*, venue_id: UUID, order: DrillOrder) -> Drill:
    """Take in a drill's book; the same again answers the same drill.

    Raises `books_refused` (with every fault and its JSON pointer), `reference_reused`, `playbook_missing`, and
    `drill_not_now` where a book of one of its product groups is under way.
    """
    lock_intake([venue_id])
    known = Book.objects.filter(venue=venue_id, reference=order.reference).select_related("drill").first()
    if known is not None:
        if known.fingerprint != order.fingerprint:
            raise AccountRefusal.REFERENCE_REUSED.error(
                f"reference {order.reference!r} was used before, for a book with other content", pointer="/reference"
            )
        return known.drill
    playbook = get_latest_playbook(venue_id)
    if playbook is None:
        raise AuctionRefusal.PLAYBOOK_MISSING.error()
    now = clock.now()
    drafting = Drafting(venue_id, playbook, {"": order}, now)
    drafts = drafting.drafts()
    drafting.require_no_fault("no drill was opened")
    (draft,) = drafts
    require_quiet(venue_id, draft.product_groups)
    drill = Drill(venue_id=venue_id, opened_at=now)
    shadow = open_shadow(of=draft.asset, subject_id=drill.id)
    (drill.book,) = write_books([replace(draft, asset=shadow.asset)], shadow=shadow)
    drill.save(force_insert=True)
    records = [DrillRecord(drill=drill, provider_id=who, balance=free) for who, free in shadow.balances.items()]
    DrillRecord.objects.bulk_create(records)
    record_events([_opened(drill, draft.product_groups), *(_joined(record) for record in records)])
    return drill


def _opened(drill: Drill, groups: set[UUID]) -> DrillOpened:
    codes = ProductGroup.objects.filter(id__in=groups).order_by("code").values_list("code", flat=True)
    return DrillOpened(venue_id=drill.venue_id, subject_id=drill.id, product_groups=tuple(codes))


def _joined(record: DrillRecord) -> DrillJoined:
    return DrillJoined(
        venue_id=record.drill.venue_id,
        subject_id=record.drill_id,
        provider_id=record.provider_id,
        asset=record.drill.book.asset.code,
        balance=record.balance,
    )
