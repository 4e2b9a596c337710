"""Drills: when there may be one, what ends it, and how providers did in it.

Guarantees that no drill is opened beside a book of one of its product groups, and that one under way gives way to any
that arrives.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F

from auctions.lifecycle import BOOK, DECIDED, BidState, DrillState, ReadinessState, StepKind
from auctions.models import Auction, Award, Bid, Book, Drill, DrillRecord, Readiness, Step, Take
from auctions.rules.drills import Asked, Offered, quality_of
from auctions.rules.price_clock import seconds_between
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

    def __init__(self, drill: Drill) -> None:
        self._opened_at, book = drill.opened_at, drill.book
        steps = Step.objects.filter(lot__book=book, lot__book_version=book.version).select_related("auction")
        self._steps = list(steps.order_by("lot__ordinal", "ordinal"))
        of_book = {"auction__step__lot__book": book}
        self._bids = list(Bid.objects.filter(**of_book))
        self._takes = list(Take.objects.filter(**of_book))
        self._readiness = list(Readiness.objects.filter(**of_book))
        self._assigned = list(Award.objects.filter(step__in=self._steps, step__kind=StepKind.ASSIGN))

    def judge(self, records: Sequence[DrillRecord]) -> None:
        """Say in these records, all of the drill, how each provider did; does not save."""
        answers, offers = self._first_answers(), self._offers()
        of_all = total(record.balance for record in records)
        for record in records:
            if answered_at := answers.get(record.provider_id):
                record.answer(answered_at, seconds_between(self._opened_at, answered_at))
            lots = self._asked_of(record.provider_id, offers)
            record.quality = quality_of(lots, record.balance, of_all)

    def _first_answers(self) -> dict[UUID, datetime]:
        """When each provider first offered something by itself, and not by a commitment, in whichever version; what it
        took back in the end is no answer."""
        better = {bid.improves_id: bid for bid in self._bids if bid.improves_id}

        def stood(bid: Bid) -> bool:
            while bid.id in better:
                bid = better[bid.id]
            return bid.state != BidState.CANCELLED

        own = (bid for bid in self._bids if bid.commitment_id is None and stood(bid))
        answers: dict[UUID, datetime] = {}
        offers: list[Bid | Take | Readiness] = [*own, *self._takes, *self._readiness]
        for offer in offers:
            answers[offer.provider_id] = min(offer.created_at, answers.get(offer.provider_id, offer.created_at))
        return answers

    def _offers(self) -> dict[tuple[UUID, UUID], list[Offered]]:
        """By step and provider, what was offered in the version that the book ended in, and counted at the end: bids,
        whether or not they won, takes, what stood ready beyond these, and what commitments were given."""
        offers: defaultdict[tuple[UUID, UUID], list[Offered]] = defaultdict(list)
        steps = {step.auction.id: step for step in self._steps if hasattr(step, "auction")}
        for bid in self._bids:
            step = steps.get(bid.auction_id)
            if step and bid.state in (BidState.WON, BidState.LOST) and bid.units and bid.edge_bps is not None:
                offers[step.id, bid.provider_id].append(Offered(bid.units, bid.edge_bps))
        for take in self._takes:  # a book of which something was taken is not amended
            offers[steps[take.auction_id].id, take.provider_id].append(Offered(take.units, take.edge_bps))
        for word in self._readiness:
            step = steps.get(word.auction_id)
            if step and word.state == ReadinessState.ENDED and word.units_left:
                # It takes at whatever edge the auction ends at.
                edge = step.auction.reserve_edge_bps if step.worst_edge_bps is None else step.worst_edge_bps
                offers[step.id, word.provider_id].append(Offered(word.units_left, edge))
        for award in self._assigned:
            if award.provider_id:
                offers[award.step_id, award.provider_id].append(Offered(award.units, award.edge_bps))
        return offers

    def _asked_of(self, provider_id: UUID, offers: Mapping[tuple[UUID, UUID], list[Offered]]) -> list[list[Asked]]:
        """By lot, the auctions that were decided and open to it, and the assignments that gave it something."""
        lots: dict[UUID, list[Asked]] = {step.lot_id: [] for step in self._steps}
        for step in self._steps:
            auction: Auction | None = getattr(step, "auction", None)
            own = tuple(offers.get((step.id, provider_id), ()))
            if auction is not None and auction.state in DECIDED and provider_id not in auction.excluded_providers:
                lots[step.lot_id].append(Asked(auction.units, auction.reserve_edge_bps, step.worst_edge_bps, own))
            elif auction is None and own:
                edge = max(offer.edge_bps for offer in own)
                lots[step.lot_id].append(Asked(step.units_in, edge, edge, own))
        return list(lots.values())
