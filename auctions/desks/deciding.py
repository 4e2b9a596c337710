"""Deciding: sealed bids let go of what they hold, and are given what was decided as far as collateral covers it.

Guarantees that a bid that is decided holds nothing any more, and that a commitment gives no more than it still offers.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import LegDemand, StandingOffer
from auctions.desks.awards import Awarding, Winner
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.work import Work
from auctions.models import Auction, Bid
from auctions.rules.transcript import DecidedAward
from backstop.values.amounts import multiply
from backstop.values.splitting import slice_steps


class Deciding:
    """The commitments, collateral and awards of one batch of auctions; `awarding` writes what was given and held."""

    def __init__(self, desk: CommitmentDesk, now: datetime) -> None:
        self.now = now
        self.desk = desk
        self.awarding = Awarding(self.desk.journal, now, desk.exposure)
        self.voided: list[Bid] = []

    def void(self, work: Work, bid: Bid, reason: str) -> None:
        """Let a bid count no more."""
        self._hold(work, [bid], -1)
        bid.void(reason, self.now)
        self.voided.append(bid)

    def end(self, work: Work, bid: Bid, *, won: bool) -> None:
        """Let a bid be WON or LOST."""
        self._hold(work, [bid], -1)
        if won:
            bid.win(self.now)
        else:
            bid.lose(self.now)

    def standing_offers(
        self, work: Work, bids: Collection[Bid], marks: Mapping[UUID, Decimal]
    ) -> dict[UUID, StandingOffer]:
        """What the commitments behind firm bids still offer, by provider: other books may have used some of it."""
        if not any(bid.commitment_id for bid in bids):
            return {}
        demands, hold = self.desk.demand(work, marks)
        with self._nothing_held(work, bids):
            offers = self.desk.offers(work, demands, hold, work.units_left, bid_before=True)
        return {offer.provider_id: offer for offer in offers}

    def award(
        self,
        work: Work,
        auction: Auction,
        bids: Mapping[int, Bid],
        decided: Sequence[DecidedAward],
        marks: Mapping[UUID, Decimal],
        offers: Mapping[UUID, StandingOffer],
    ) -> tuple[DecidedAward, ...]:
        """Give what was decided to `bids`, by their places, as far as collateral covers it; the awards with what was
        given.

        Where bids are in percent, consecutive percents are consecutive units of what is offered.
        """
        demands: list[LegDemand] = self.desk.demand(work, marks)[0] if offers else []
        given: list[DecidedAward] = []
        before = 0
        with self._nothing_held(work, bids.values()):
            for award in decided:
                lot_units = slice_steps(auction.offered_units, before, award.units, auction.units)
                before += award.units
                bid = bids[award.sequence]
                offer = offers.get(bid.provider_id) if bid.commitment_id else None
                units = self.awarding.award(work, self._winner(work, bid, lot_units, award.edge_bps, offer), marks)
                if offer:
                    self.desk.note_taking(work, offer, units, demands)
                given.append(replace(award, given_units=-(-award.units * units // lot_units) if units else 0))
        return tuple(given)

    def _winner(self, work: Work, bid: Bid, units: int, edge_bps: Decimal, offer: StandingOffer | None) -> Winner:
        return Winner(
            units=units,
            edge_bps=edge_bps,
            provider_id=bid.provider_id,
            payer_id=self.desk.collateral[bid.provider_id, work.asset.id],
            auction_id=bid.auction_id,
            bid_id=bid.id,
            commitment_id=bid.commitment_id,
            draws=offer.draws if offer else (),
        )

    @contextmanager
    def _nothing_held(self, work: Work, bids: Collection[Bid]) -> Iterator[None]:
        """A block in which these bids hold nothing, so that their collateral is free for what it is decided by."""
        self._hold(work, bids, -1)
        yield
        self._hold(work, bids, +1)

    def _hold(self, work: Work, bids: Collection[Bid], sign: int) -> None:
        for bid in bids:
            self.desk.journal.hold(self.desk.collateral[bid.provider_id, work.asset.id], multiply(sign, bid.held))
