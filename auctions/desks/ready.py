"""The readiness in a batch of Dutch auctions that are looked at by the close: kept, void, or ended with its auction.

Guarantees that what is left goes to whoever came first, and that a word whose auction is over holds nothing any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.desks.awards import Winner
from auctions.desks.competition import judge, takes_in
from auctions.desks.deciding import Deciding
from auctions.desks.offers import release
from auctions.desks.readiness import NOTHING_LEFT, events_of_end, events_of_void, live_readiness
from auctions.desks.work import Work
from auctions.events import AuctionCapped
from auctions.lifecycle import ReadinessState
from auctions.models import Auction, Readiness, Take
from auctions.rules.chain.links import Pricing
from auctions.rules.chain.steps import edge_of
from auctions.rules.closing import NOT_COVERED, NOT_RECONFIRMED, SUSPENDED, TOO_FAR
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.values.documents import plain


class ReadyDesk:
    """What stands in these auctions, whose locks are held alone."""

    def __init__(self, auctions: Sequence[Auction], now: datetime) -> None:
        self.now = now
        by_id = {auction.id: auction for auction in auctions}
        self._readiness: dict[UUID, list[Readiness]] = {auction_id: [] for auction_id in by_id}
        self._takes: list[Take] = []
        for stands in live_readiness(by_id):
            stands.auction = by_id[stands.auction_id]
            self._readiness[stands.auction_id].append(stands)
        self._taken: dict[UUID, list[Take]] = {auction_id: [] for auction_id in by_id}
        for take in takes_in([auction.id for auction in auctions if auction.is_due_to_be_judged(now)]):
            self._taken[take.auction_id].append(take)

    def live(self, auction: Auction) -> list[Readiness]:
        """Whoever stands ready in it, in order."""
        return [stands for stands in self._readiness[auction.id] if stands.state == ReadinessState.LIVE]

    def judge_if_due(self, work: Work, auction: Auction) -> list[AuctionCapped]:
        """Judge one that nobody's take has judged when it was time; what everybody is told of it."""
        if not auction.is_due_to_be_judged(self.now):
            return []
        return judge(auction, self.live(auction), self._taken[auction.id], work.playbook, work.clusters, self.now)

    def void_uncounted(self, work: Work, auction: Auction, marks: Mapping[UUID, Decimal], deciding: Deciding) -> None:
        """Void what does not count at the end, at these marks: its provider is suspended, or did not say after a long
        halt that it still stands, or marks moved further than it allows."""
        for stands in self.live(auction):
            reason = _why_not(stands, marks)
            if reason:
                self._release(work, stands, deciding)
                stands.void(reason, self.now, marks if reason == TOO_FAR else None)
        auction.end_reconfirming()

    def give(
        self, work: Work, stands: Readiness, pricing: Pricing, marks: Mapping[UUID, Decimal], deciding: Deciding
    ) -> Take | None:
        """Give it what is left, as far as its word goes and its collateral covers; what it took, if anything."""
        edge_bps = edge_of(pricing)
        units = min(stands.units_left, work.units_left, stands.auction.units_left)
        self._release(work, stands, deciding)
        take = Take(
            auction=stands.auction,
            provider_id=stands.provider_id,
            client_bid_id=stands.client_bid_id,
            max_units=stands.units,
            units=units,
            edge_bps=edge_bps,
            priced_by=plain(pricing),
        )
        winner = Winner(
            units=units,
            edge_bps=edge_bps,
            provider_id=stands.provider_id,
            payer_id=deciding.desk.collateral[stands.provider_id, work.asset.id],
            auction_id=stands.auction_id,
            take_id=take.id,
        )
        take.units = deciding.awarding.award(work, winner, marks)
        if take.units:
            stands.be_given(take)
            self._takes.append(take)
        stands.end(NOTHING_LEFT if take.units == units else NOT_COVERED, self.now)
        return take if take.units else None

    def end(self, work: Work, auction: Auction, deciding: Deciding, reason: str) -> None:
        """Let whoever still stands ready go, now that the auction is over: for this reason it got nothing."""
        for stands in self.live(auction):
            self._release(work, stands, deciding)
            stands.end(reason, self.now)

    def write(self) -> None:
        """Write all of it, and tell whose word is void; the journal has what was held."""
        readiness = [stands for several in self._readiness.values() for stands in several if stands.changes]
        Take.objects.bulk_create(self._takes)
        save_changes(readiness)
        record_events(events_of_void(stands for stands in readiness if stands.state == ReadinessState.VOID))
        record_events(events_of_end(stands for stands in readiness if stands.state == ReadinessState.ENDED))

    def _release(self, work: Work, stands: Readiness, deciding: Deciding) -> None:
        release(stands, work.asset.id, deciding.desk.journal, deciding.desk.collateral)


def _why_not(stands: Readiness, marks: Mapping[UUID, Decimal]) -> str:
    if not stands.provider.bids_count:
        return SUSPENDED
    if stands.must_reconfirm:
        return NOT_RECONFIRMED
    return "" if stands.stands_at(marks) else TOO_FAR
