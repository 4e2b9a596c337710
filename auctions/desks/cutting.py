"""Cutting back in a batch of auctions that are looked at by the close: units that were not bought stay firm, and take
by themselves once their Dutch auction's clock reaches their edge.

Guarantees that what waits is held, that it takes at its own edge and before anybody else at that instant, and that it
holds nothing once its auction is over.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import StandingOffer
from auctions.desks.awards import Winner
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.cut_bids import between_auctions, ended, lapse_each, waiting_in
from auctions.desks.deciding import Deciding
from auctions.desks.dutch_links import pricing_of
from auctions.desks.participants import candidate_of
from auctions.desks.work import Remainder, Work
from auctions.events import BidCut, CutBidWaits
from auctions.lifecycle import CutBidState
from auctions.models import Auction, Bid, CutBid, Take
from auctions.rules.chain.links import Pricing
from auctions.rules.chain.steps import edge_of
from auctions.rules.closing import NOT_COVERED, SUSPENDED, TOO_FAR
from auctions.rules.eligibility import is_excluded
from auctions.rules.sealing import Offer
from auctions.rules.transcript import Decision
from auctions.rules.valuation import drift_bps
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.values.documents import plain

TOO_FEW = "too few units are left for it"

NOT_ANY_MORE = "its provider may not take part any more"


class CutDesk:
    """What waits in these Dutch auctions, whose locks are held alone, and what is cut back in the batch."""

    def __init__(self, auctions: Sequence[Auction], now: datetime) -> None:
        self.now = now
        by_id = {auction.id: auction for auction in auctions if auction.cut_units}
        self._waiting: dict[UUID, list[CutBid]] = {auction_id: [] for auction_id in by_id}
        self._new: list[CutBid] = []
        self._takes: list[Take] = []
        self._events: list[DomainEvent] = []
        for cut in waiting_in(by_id) if by_id else []:
            assert cut.waits_in_id is not None  # it was found by it
            cut.waits_in = by_id[cut.waits_in_id]
            self._waiting[cut.waits_in_id].append(cut)

    def live(self, auction: Auction) -> list[CutBid]:
        """What waits in it, the lowest edge first."""
        return [cut for cut in self._waiting.get(auction.id, []) if cut.state == CutBidState.LIVE]

    def is_reached(self, work: Work, auction: Auction, marks: Mapping[UUID, Decimal] | None) -> bool:
        """Whether the clock has reached what waits in it; without marks, whatever the lot affords."""
        waiting = self.live(auction)
        if not waiting:
            return False
        cap = auction.judged_cap_bps(self.now)
        cap = cap if marks is None else work.reserve_edge(cap, marks)
        return waiting[0].edge_bps <= auction.last_edge_at(self.now, cap)

    def take(self, work: Work, auction: Auction, marks: Mapping[UUID, Decimal], deciding: Deciding) -> Iterator[Take]:
        """Let what the clock has reached take, one after the other; the caller counts each out of the auction before
        the next. What cannot take any more is void."""
        drift = drift_bps(auction.marks, marks)
        for cut in self.live(auction):
            pricing = pricing_of(work, auction, marks, min(self.now, auction.closes_at))
            if not min(work.units_left, auction.units_left) or cut.edge_bps > edge_of(pricing):
                return
            take = self._take(work, cut, pricing, drift, marks, deciding)
            if take is not None:
                yield take

    def _take(
        self,
        work: Work,
        cut: CutBid,
        pricing: Pricing,
        drift: Decimal,
        marks: Mapping[UUID, Decimal],
        deciding: Deciding,
    ) -> Take | None:
        assert cut.waits_in is not None
        reason = _bar(cut, cut.waits_in)
        if not reason and not cut.bid.stands_at(drift, work.playbook.max_drift_bps):
            reason = TOO_FAR
        deciding.desk.journal.release(_account(deciding.desk, work, cut), cut.held)
        offers = {} if reason else deciding.standing_offers(work, [cut.bid], marks)
        units = min(cut.units, work.units_left, cut.waits_in.units_left)
        if cut.bid.commitment_id:
            units = min(units, offers[cut.provider_id].units) if cut.provider_id in offers else 0
        if not reason and units < cut.least_units:
            reason = TOO_FEW
        take = None if reason else self._given(work, cut, units, offers.get(cut.provider_id), pricing, marks, deciding)
        if take is None:
            cut.void(reason or NOT_COVERED, self.now, marks if reason == TOO_FAR else None)
        else:
            cut.be_taken(take, self.now)
        return take

    def _given(
        self,
        work: Work,
        cut: CutBid,
        units: int,
        offer: StandingOffer | None,
        pricing: Pricing,
        marks: Mapping[UUID, Decimal],
        deciding: Deciding,
    ) -> Take | None:
        take = Take(
            auction=cut.waits_in,
            provider_id=cut.provider_id,
            max_units=cut.units,
            units=units,
            edge_bps=cut.edge_bps,
            priced_by=plain(pricing),
        )
        take.client_bid_id = str(take.id)  # nobody could have used it before
        winner = Winner(
            units=units,
            edge_bps=cut.edge_bps,
            provider_id=cut.provider_id,
            payer_id=_account(deciding.desk, work, cut),
            auction_id=take.auction_id,
            take_id=take.id,
            commitment_id=cut.bid.commitment_id,
            draws=offer.draws if offer else (),
        )
        if deciding.awarding.within_limits(work, winner, marks) < cut.least_units:
            return None
        take.units = deciding.awarding.award(work, winner, marks)
        if not take.units:
            return None
        if offer:
            deciding.desk.note_taking(work, offer, take.units, deciding.desk.demand(work, marks)[0])
        self._takes.append(take)
        return take

    def keep(
        self,
        work: Work,
        bids: Mapping[int, Bid],
        offers: Mapping[UUID, Offer],
        decision: Decision,
        desk: CommitmentDesk,
    ) -> None:
        """Let what was cut back of these bids, by their places, stay firm, as far as collateral covers it: they have
        ended, and hold nothing any more."""
        sold = {award.sequence for award in decision.awards}
        for place, each in enumerate(decision.cut, 1):
            bid = bids[each.sequence]
            offer = offers[bid.id]
            least = offer.units if offer.all_or_none else offer.min_units
            kept = CutBid(
                bid=bid,
                provider=bid.provider,
                lot=work.lot,
                place=place,
                units=each.units,
                least_units=1 if each.sequence in sold else min(least, each.units),
                edge_bps=offer.edge_bps,
            )
            account = _account(desk, work, kept)
            most = bid.auction.hold.most_units(desk.journal.free(account), *_held_for(kept, work))
            kept.units = each.units if most is None else min(each.units, most)
            if kept.units >= kept.least_units:
                kept.held = _hold_of(kept, bid.auction, work)
                desk.journal.hold(account, kept.held)
                desk.exposure.note_offer(kept.provider_id, work, bid.auction, kept.units)
                self._new.append(kept)
                self._events.append(_cut(kept, work))

    def end(self, work: Work, auction: Auction, desk: CommitmentDesk) -> None:
        """Let go of what still waits in it, now that it is over."""
        lapse_each(self.live(auction), desk.journal, desk.collateral, self.now)

    def write(self) -> None:
        """Write all of it, and tell whom it concerns; the journal has what is held."""
        changed = [cut for several in self._waiting.values() for cut in several if cut.changes]
        Take.objects.bulk_create(self._takes)
        CutBid.objects.bulk_create(self._new)
        save_changes(changed)
        record_events([*self._events, *map(ended, changed)])


def reached_units(work: Remainder, auction: Auction, edge_bps: Decimal, marks: Mapping[UUID, Decimal]) -> int:
    """How many units of the auction are for what waits in it at this edge or less. What may not take any more, or finds
    too few units, keeps nobody from them."""
    if not auction.cut_units:
        return 0
    drift, left = drift_bps(auction.marks, marks), auction.units_left
    for cut in waiting_in([auction.id]):
        stands = not _bar(cut, auction) and cut.bid.stands_at(drift, work.playbook.max_drift_bps)
        if stands and cut.edge_bps <= edge_bps and min(cut.units, left) >= cut.least_units:
            left -= min(cut.units, left)
    return auction.units_left - left


def let_wait(opened: Mapping[UUID, tuple[Work, Auction]], desk: CommitmentDesk, now: datetime) -> list[CutBid]:
    """Let what was cut back of these lots wait in their Dutch auctions, in memory: held anew, at the marks of the
    opening. What does not fit is void. Whoever opens keeps defaults out."""
    cut_bids = list(between_auctions(lot__in=opened)) if opened else []
    for cut in cut_bids:
        work, auction = opened[cut.lot_id]
        account = _account(desk, work, cut)
        desk.journal.release(account, cut.held)
        held = _hold_of(cut, auction, work)
        reason = _bar(cut, auction) or (NOT_COVERED if desk.journal.free(account) < held else "")
        if reason:
            cut.void(reason, now)
        else:
            desk.journal.hold(account, held)
            cut.wait_in(auction, held)
            auction.let_wait(cut.units)
    return cut_bids


def write_waiting(cut_bids: Sequence[CutBid]) -> None:
    """Write what waits in auctions that opened, and tell its providers; the journal has what is held."""
    save_changes(cut_bids)
    record_events([_waits(cut) if cut.state == CutBidState.LIVE else ended(cut) for cut in cut_bids])


def _bar(cut: CutBid, auction: Auction) -> str:
    """Why it may not take in this auction; empty where it may."""
    if not cut.provider.bids_count:
        return SUSPENDED
    return NOT_ANY_MORE if is_excluded(candidate_of(cut.provider), auction.exclusions) else ""


def _account(desk: CommitmentDesk, work: Work, cut: CutBid) -> UUID:
    return desk.collateral[cut.provider_id, work.asset.id]


def _held_for(cut: CutBid, work: Work) -> tuple[Decimal, Decimal, Decimal]:
    """What a unit of it is held for: its payment, the drift up to which it stands, and the playbook's buffer."""
    return cut.max_pay_bps, cut.bid.drift_limit_bps(work.playbook.max_drift_bps), work.playbook.drift_buffer_bps


def _hold_of(cut: CutBid, auction: Auction, work: Work) -> Decimal:
    return auction.hold.of_bid(cut.units, *_held_for(cut, work), work.asset.scale)


def _cut(cut: CutBid, work: Work) -> BidCut:
    return BidCut(
        **work.book.whose,
        subject_id=cut.id,
        provider_id=cut.provider_id,
        bid=cut.bid_id,
        lot=cut.lot_id,
        asset=work.asset.code,
        units=cut.units,
        held=cut.held,
    )


def _waits(cut: CutBid) -> CutBidWaits:
    assert cut.waits_in is not None  # since it was opened
    return CutBidWaits(
        **cut.lot.book.whose,
        subject_id=cut.id,
        provider_id=cut.provider_id,
        auction=cut.waits_in.id,
        held=cut.held,
    )
