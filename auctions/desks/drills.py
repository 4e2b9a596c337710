"""Drills: when there may be one, what ends it, and how providers did in it.

Guarantees that no drill is opened beside a book of one of its product groups, and that one under way gives way to any
that arrives.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F

from auctions.desks.answers import Answers
from auctions.lifecycle import BOOK, BidState, DrillState
from auctions.models import Bid, Book, Drill, DrillRecord, Lot, Readiness, Take
from auctions.rules.price_clock import seconds_between
from auctions.rules.quality import quality_of
from auctions.rules.refusals import AuctionRefusal
from backstop.locks import Lock, lock_rows
from backstop.values.amounts import total


def require_quiet(venue_id: UUID, product_groups: Collection[UUID], own: Book | None = None) -> None:
    """Raises `drill_not_now` where a book of one of these groups, other than the drill's own, is under way. The intake
    is locked."""
    under_way = Book.objects.filter(venue=venue_id, state__in=BOOK.under_way)
    beside = under_way.filter(
        positions__book_version=F("version"), positions__instrument__product_group__in=product_groups
    )
    if (beside.exclude(id=own.id) if own else beside).exists():
        raise AuctionRefusal.DRILL_NOT_NOW.error()


def let_give_way(arriving: Mapping[UUID, Book]) -> list[Drill]:
    """The drills under way of these product groups, locked, each to give way to the first real book of one of its
    groups that arrives; not yet written. The intake is locked."""
    under_way = Drill.objects.filter(state=DrillState.UNDER_WAY, real_book=None)
    pairs = under_way.filter(
        book__positions__book_version=F("book__version"), book__positions__instrument__product_group__in=arriving
    )
    groups = dict(pairs.values_list("id", "book__positions__instrument__product_group") if arriving else ())
    drills = lock_rows(Lock.DRILL_ROW, under_way.filter(id__in=groups)) if groups else []
    for drill in drills:
        drill.give_way(arriving[groups[drill.id]])
    return drills


class DrillOffers:
    """What the providers of a drill whose book has ended were asked for, and offered."""

    def __init__(self, drill: Drill, now: datetime) -> None:
        self._drill = drill
        self._lots = list(Lot.objects.filter(book=drill.book).values_list("id", flat=True))
        self._answers = Answers([drill.book], now)

    def judge(self, records: Sequence[DrillRecord]) -> None:
        """Say in these records, all of the drill, how each provider did; does not save."""
        first = self._first_answers()
        of_all = total(record.balance for record in records)
        for record in records:
            if answered_at := first.get(record.provider_id):
                record.answer(answered_at, seconds_between(self._drill.opened_at, answered_at))
            asked = self._answers.asked_of(record.provider_id, self._lots)
            record.quality = quality_of(asked, record.balance, of_all)

    def _first_answers(self) -> dict[UUID, datetime]:
        """When each provider first offered something by itself, and not by a commitment, in whichever version; what it
        took back in the end is no answer."""
        of_book = {"auction__step__lot__book": self._drill.book_id}
        bids = list(Bid.objects.filter(**of_book))
        better = {bid.improves_id: bid for bid in bids if bid.improves_id}

        def stood(bid: Bid) -> bool:
            while bid.id in better:
                bid = better[bid.id]
            return bid.state != BidState.CANCELLED

        own = (bid for bid in bids if bid.commitment_id is None and stood(bid))
        first: dict[UUID, datetime] = {}
        offers: list[Bid | Take | Readiness] = [
            *own,
            *Take.objects.filter(**of_book),
            *Readiness.objects.filter(**of_book),
        ]
        for offer in offers:
            first[offer.provider_id] = min(offer.created_at, first.get(offer.provider_id, offer.created_at))
        return first
