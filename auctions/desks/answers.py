"""What providers were asked for in the auctions of books, and what they offered there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Max, Q

from auctions.lifecycle import DECIDED, BidState, FaultState, ReadinessState, StepKind
from auctions.models import Auction, Award, Bid, Book, Position, ProviderFault, Readiness, Step, Take
from auctions.rules.quality import Asked, Offered


class Answers:
    """Those of these books: of the version that each was of `until` an instant, what had been decided of it by then."""

    def __init__(self, books: Sequence[Book], until: datetime) -> None:
        lines = Position.objects.filter(book__in=books, created_at__lte=until)
        versions = dict(lines.values("book").annotate(Max("book_version")).values_list("book", "book_version__max"))
        steps = Step.objects.filter(lot__book__in=books).select_related("auction", "lot")
        self._steps: defaultdict[UUID, list[Step]] = defaultdict(list)
        for step in steps.order_by("lot", "ordinal"):
            if step.lot.book_version == versions.get(step.lot.book_id):
                self._steps[step.lot_id].append(step)
        self._auctions = {
            step.auction.id: step for step in self._all_steps() if _is_decided(getattr(step, "auction", None), until)
        }
        assigned = Award.objects.filter(step__lot__book__in=books, step__kind=StepKind.ASSIGN, created_at__lte=until)
        self._assigned = list(assigned.exclude(provider=None))
        failed = ProviderFault.objects.filter(book__in=books, state=FaultState.UPHELD, upheld_at__lte=until)
        self._failed = {
            each
            for fault in failed.select_related("award")
            for each in (fault.award_id, fault.award.bid_id, fault.award.take_id)
            if each
        }

    def asked_of(self, provider_id: UUID, lot_ids: Iterable[UUID]) -> list[list[Asked]]:
        """For each of these lots the auctions that were decided, and the assignments that gave it something. Who takes
        no part in a lot, as of its owner's cluster or after a fault, is asked like others: it stands behind the lot
        like others."""
        return [self._asked_for(provider_id, self._steps[lot_id]) for lot_id in lot_ids]

    def _asked_for(self, provider_id: UUID, steps: Iterable[Step]) -> list[Asked]:
        asked = []
        for step in steps:
            auction: Auction | None = getattr(step, "auction", None)
            own = tuple(self._offers.get((step.id, provider_id), ()))
            if auction is not None and auction.id in self._auctions:
                asked.append(Asked(auction.units, auction.reserve_edge_bps, step.worst_edge_bps, own))
            elif auction is None and own:
                edge = max(offer.edge_bps for offer in own)
                asked.append(Asked(step.units_in, edge, edge, own, may_pass=True))
        return asked

    @cached_property
    def _offers(self) -> Mapping[tuple[UUID, UUID], list[Offered]]:
        """By step and provider, what was offered: bids, whether or not they won, takes, what stood ready beyond these,
        and what commitments were given; but what it let fail by a fault that stands."""
        offers: defaultdict[tuple[UUID, UUID], list[Offered]] = defaultdict(list)
        bids = Bid.objects.filter(auction__in=self._auctions, state__in=(BidState.WON, BidState.LOST))
        named = ("id", "auction", "provider", "units", "edge_bps")
        for bid_id, auction_id, provider_id, units, edge_bps in bids.exclude(edge_bps=None).values_list(*named):
            if units and bid_id not in self._failed:
                offers[self._auctions[auction_id].id, provider_id].append(Offered(units, edge_bps))
        for take_id, auction_id, provider_id, units, edge_bps in Take.objects.filter(
            auction__in=self._auctions
        ).values_list(*named):
            if take_id not in self._failed:
                offers[self._auctions[auction_id].id, provider_id].append(Offered(units, edge_bps))
        words = Readiness.objects.filter(auction__in=self._auctions, state=ReadinessState.ENDED)
        for word in words.filter(~Q(units_left=0)):
            step = self._auctions[word.auction_id]
            # It takes at whatever edge the auction ends at.
            edge = step.auction.reserve_edge_bps if step.worst_edge_bps is None else step.worst_edge_bps
            offers[step.id, word.provider_id].append(Offered(word.units_left, edge))
        for award in self._assigned:
            if award.provider_id and award.id not in self._failed:
                offers[award.step_id, award.provider_id].append(Offered(award.units, award.edge_bps))
        return offers

    def _all_steps(self) -> Iterable[Step]:
        return (step for steps in self._steps.values() for step in steps)


def _is_decided(auction: Auction | None, until: datetime) -> bool:
    if auction is None or auction.state not in DECIDED:
        return False
    decided_at = auction.awarded_at or auction.unfilled_at
    return decided_at is not None and decided_at <= until
