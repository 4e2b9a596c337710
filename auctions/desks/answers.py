"""What providers were asked for in the auctions of books that have ended, and what they offered there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from uuid import UUID

from django.db.models import F

from auctions.lifecycle import DECIDED, BidState, FaultState, ReadinessState, StepKind
from auctions.models import Auction, Award, Bid, Book, ProviderFault, Readiness, Step, Take
from auctions.rules.quality import Asked, Offered


class Answers:
    """Those of these books: of the version that each ended in, what counted at the end."""

    def __init__(self, books: Sequence[Book]) -> None:
        steps = Step.objects.filter(lot__book__in=books, lot__book_version=F("lot__book__version"))
        self._steps = list(steps.select_related("auction", "lot").order_by("lot__book", "lot__ordinal", "ordinal"))
        of_books = {"auction__step__lot__book__in": books}
        self.bids = list(Bid.objects.filter(**of_books))
        self.takes = list(Take.objects.filter(**of_books))
        self.readiness = list(Readiness.objects.filter(**of_books))
        self._assigned = list(Award.objects.filter(step__in=self._steps, step__kind=StepKind.ASSIGN))
        failed = ProviderFault.objects.filter(book__in=books, state=FaultState.UPHELD).select_related("award")
        self._failed = {
            each for fault in failed for each in (fault.award_id, fault.award.bid_id, fault.award.take_id) if each
        }

    def asked_of(self, provider_id: UUID) -> Mapping[UUID, list[Asked]]:
        """By lot, the auctions that were decided, and the assignments that gave it something. Who takes no part in a
        lot, as of its owner's cluster or after a fault, is asked like others: it stands behind the lot like others."""
        lots: dict[UUID, list[Asked]] = {step.lot_id: [] for step in self._steps}
        for step in self._steps:
            auction: Auction | None = getattr(step, "auction", None)
            own = tuple(self._offers.get((step.id, provider_id), ()))
            if auction is not None and auction.state in DECIDED:
                lots[step.lot_id].append(Asked(auction.units, auction.reserve_edge_bps, step.worst_edge_bps, own))
            elif auction is None and own:
                edge = max(offer.edge_bps for offer in own)
                lots[step.lot_id].append(Asked(step.units_in, edge, edge, own, may_pass=True))
        return lots

    @cached_property
    def _offers(self) -> Mapping[tuple[UUID, UUID], list[Offered]]:
        """By step and provider, what was offered: bids, whether or not they won, takes, what stood ready beyond these,
        and what commitments were given; but what it let fail by a fault that stands."""
        offers: defaultdict[tuple[UUID, UUID], list[Offered]] = defaultdict(list)
        steps = {step.auction.id: step for step in self._steps if hasattr(step, "auction")}
        for bid in self.bids:
            step = steps.get(bid.auction_id)
            counts = bid.state in (BidState.WON, BidState.LOST) and bid.id not in self._failed
            if step and counts and bid.units and bid.edge_bps is not None:
                offers[step.id, bid.provider_id].append(Offered(bid.units, bid.edge_bps))
        for take in self.takes:  # a book of which something was taken is not amended
            if take.id not in self._failed:
                offers[steps[take.auction_id].id, take.provider_id].append(Offered(take.units, take.edge_bps))
        for word in self.readiness:
            step = steps.get(word.auction_id)
            if step and word.state == ReadinessState.ENDED and word.units_left:
                # It takes at whatever edge the auction ends at.
                edge = step.auction.reserve_edge_bps if step.worst_edge_bps is None else step.worst_edge_bps
                offers[step.id, word.provider_id].append(Offered(word.units_left, edge))
        for award in self._assigned:
            if award.provider_id and award.id not in self._failed:
                offers[award.step_id, award.provider_id].append(Offered(award.units, award.edge_bps))
        return offers
