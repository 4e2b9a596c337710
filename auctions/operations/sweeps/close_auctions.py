"""Closing: the window of an auction ends, and it is decided who takes what.

Called by the sweep `close_auctions`. Guarantees that no bid is counted that came at or after the deadline, none left
out that came before, and that without competition nobody is paid more than the uncontested cap.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from accounts.queries import LegDemand, StandingOffer
from auctions.desks.awards import Awarding, Winner
from auctions.desks.bids import events_of_void
from auctions.desks.breakers import hold_breakers
from auctions.desks.caps import CapDesk
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.halts import HALT_FIELDS, MARKS_STALE, halt, halted, halted_too_long, resume
from auctions.desks.offerings import counts_inverse
from auctions.desks.participants import candidate_of
from auctions.desks.restarts import restart
from auctions.desks.transcripts import sealed_terms, transcript_row
from auctions.desks.unsealing import KEY_MISSING, SealedBids, untold
from auctions.desks.work import Work, load_work, lock_books
from auctions.lifecycle import UNDER_WAY, AuctionState, BidState, StepKind, StepState
from auctions.models import Auction, Bid, Book, Step, Transcript
from auctions.queries import list_breaker_levels
from auctions.rules.breaker import Level, restarts_after_drift
from auctions.rules.disclosure import Disclosure
from auctions.rules.eligibility import is_excluded
from auctions.rules.sealing import Offer
from auctions.rules.transcript import (
    DecidedAward,
    Decision,
    NotCounted,
    OpenedBid,
    SealedTerms,
    decide,
    is_contested,
)
from auctions.rules.valuation import drift_bps, notional_of
from auctions.rules.waterfall import reserve_edge
from backstop import clock
from backstop.record import NewEvent, record_events
from backstop.transactions import lock_exclusive, operation
from backstop.values.amounts import ZERO
from backstop.values.splitting import slice_steps

AUCTION_FIELDS = ["state", "round", "closes_at", "awarded_at", "unfilled_at", "unfilled_reason", "optimal", "gap"]

NOT_RECONFIRMED = "it was not reconfirmed after the halt"

DRIFTED = "marks moved too far since the opening"


@operation
def close_auctions(*, ids: Sequence[UUID]) -> int:
    """Close those of these auctions whose time has come, halt, resume or restart others; how many were looked at."""
    hold_breakers(Auction.objects.filter(id__in=ids).values_list("venue", flat=True))
    caps = CapDesk(Auction.objects.filter(id__in=ids).values_list("venue_id", flat=True))
    books = lock_books(Book.objects.filter(id__in=Auction.objects.filter(id__in=ids).values("step__lot__book")))
    chosen = Auction.objects.filter(id__in=ids, step__lot__book__in=books, state__in=UNDER_WAY)
    # Bids share this lock: once it is held alone, every bid is committed, or will find the auction closed.
    lock_exclusive("auction", list(chosen.values_list("id", flat=True)))
    now = clock.now()
    auctions = {auction.step_id: auction for auction in chosen}
    works = load_work(Step.objects.filter(id__in=auctions), books)
    if works:
        closing = _Closing([(work, auctions[work.step.id]) for work in works], caps, now)
        closing.write()
        restart(closing.drifted, DRIFTED, now)
    return len(works)


class _Closing:
    """One batch of auctions: what becomes of each, then one write."""

    def __init__(self, due: Sequence[tuple[Work, Auction]], caps: CapDesk, now: datetime) -> None:
        self.due = due
        self.caps = caps
        self.now = now
        self.events: list[NewEvent] = []
        self.void: list[Bid] = []
        self.drifted: list[tuple[Work, Auction, Mapping[UUID, Decimal]]] = []
        self.levels = list_breaker_levels([work.step.id for work, _ in due])
        self.desk = CommitmentDesk([work for work, _ in due], now)
        self.awarding = Awarding(self.desk.journal, now)
        self.transcripts: list[Transcript] = []
        self.sealed = SealedBids([auction for _, auction in due])
        for work, auction in due:
            self._look_at(work, auction, work.marks_if_fresh(now))

    def write(self) -> None:
        """Write everything that was decided."""
        with untold():
            self.awarding.write()
            self.sealed.write()
            Transcript.objects.bulk_create(self.transcripts)
        Auction.objects.bulk_update([auction for _, auction in self.due], AUCTION_FIELDS + HALT_FIELDS)
        Step.objects.bulk_update([work.step for work, _ in self.due], ["state"])
        self.caps.write()
        record_events([*self.events, *events_of_void(self.void)])

    def _look_at(self, work: Work, auction: Auction, marks: Mapping[UUID, Decimal] | None) -> None:
        level = self.levels[work.step.id]
        reason = MARKS_STALE if marks is None else KEY_MISSING if self.sealed.lack_key(auction) else ""
        over, sealed = self.now >= auction.closes_at, auction.kind == StepKind.SEALED
        if auction.state == AuctionState.HALTED:
            if halted_too_long(auction, self.now):
                self._leave_undecided(work, auction, "it was halted for too long")
            elif not reason and level.allows_bids:
                resume(auction, work.playbook, self.now)
                self._tell("auction_resumed", auction)
        elif over and not sealed:
            self._end(work, auction)
        elif marks is None or (reason and over):
            halt(auction, reason, work.playbook.max_halt_seconds, self.now)
            self.events.append(halted(auction))
        elif (over or not sealed) and _has_drifted(work, auction, marks):
            self._stop_for_drift(work, auction, marks, level)
        elif over:
            self._close(work, auction, marks, level)

    def _stop_for_drift(self, work: Work, auction: Auction, marks: Mapping[UUID, Decimal], level: Level) -> None:
        if restarts_after_drift(level, auction.restarts, work.playbook.max_restarts):
            self.drifted.append((work, auction, marks))
        else:
            self._leave_undecided(work, auction, DRIFTED)

    def _close(self, work: Work, auction: Auction, marks: Mapping[UUID, Decimal], level: Level) -> None:
        offers = self._standing_offers(work, self._reconfirmed(work, auction), marks)
        inverse, released = counts_inverse(auction, work), self.sealed.released_key(auction)
        reserve_edge_bps = _reserve_edge(work, auction, marks)
        terms = sealed_terms(auction, work.playbook, reserve_edge_bps, inverse=inverse, offer_private_key=released)
        opened = self.sealed.under_pseudonyms(auction, partial(_counting, auction, offers))
        may_reopen = level.allows_restart and auction.round <= work.playbook.max_reopenings
        if may_reopen and not _is_contested(auction, terms, opened):
            auction.round += 1
            auction.closes_at = self.now + timedelta(seconds=work.playbook.reopening_seconds)
            return self._tell("auction_reopened", auction)
        decision = decide(terms, opened)
        decision = replace(decision, awards=self._award(work, auction, decision.awards, marks, offers))
        auction.optimal, auction.gap = decision.optimal, decision.gap
        self._end(work, auction, {award.sequence for award in decision.awards if award.given_units}, decision.undecided)
        return self._record(auction, terms, opened, decision)

    def _leave_undecided(self, work: Work, auction: Auction, reason: str) -> None:
        """End it without a decision. What was bid is opened and shown all the same."""
        self._opened(work, auction)
        if auction.kind == StepKind.DUTCH or self.sealed.lack_key(auction):
            return self._end(work, auction, undecided=reason)
        inverse, released = counts_inverse(auction, work), self.sealed.released_key(auction)
        reserve_edge_bps = auction.reserve_edge_bps
        terms = sealed_terms(auction, work.playbook, reserve_edge_bps, inverse=inverse, offer_private_key=released)
        opened = self.sealed.under_pseudonyms(auction, lambda bid, offer: NotCounted.UNDECIDED)
        self._end(work, auction, undecided=reason)
        return self._record(auction, terms, opened, replace(decide(terms, opened), undecided=reason))

    def _reconfirmed(self, work: Work, auction: Auction) -> list[Bid]:
        """The bids that still stand, opened; those that were to be reconfirmed and were not are void."""
        self._void(work, [(bid, NOT_RECONFIRMED) for bid in self.sealed.live(auction) if bid.must_reconfirm])
        auction.reconfirm_since = None
        return self._opened(work, auction)

    def _opened(self, work: Work, auction: Auction) -> list[Bid]:
        """The auction's live bids, opened; those that cannot be are void."""
        self._void(work, self.sealed.open(auction))
        return self.sealed.live(auction)

    def _void(self, work: Work, bids: Sequence[tuple[Bid, str]]) -> None:
        self._hold(work, [bid for bid, _ in bids], -1)
        for bid, reason in bids:
            bid.void(reason, self.now)
            self.void.append(bid)

    def _standing_offers(
        self, work: Work, bids: Sequence[Bid], marks: Mapping[UUID, Decimal]
    ) -> dict[UUID, StandingOffer]:
        """What the commitments behind firm bids still offer, by provider: other books may have used some of it."""
        if not any(bid.commitment_id for bid in bids):
            return {}
        self._hold(work, bids, -1)
        demands, hold = self.desk.demand(work, marks)
        offers = self.desk.offers(work, demands, hold, work.units_left)
        self._hold(work, bids, +1)
        return {offer.provider_id: offer for offer in offers}

    def _award(
        self,
        work: Work,
        auction: Auction,
        awards: Sequence[DecidedAward],
        marks: Mapping[UUID, Decimal],
        offers: Mapping[UUID, StandingOffer],
    ) -> tuple[DecidedAward, ...]:
        """Give what was decided, as far as collateral covers it; the awards with what was given.

        Where bids are in percent, consecutive percents are consecutive units of what is offered.
        """
        bids = {bid.sequence: bid for bid in self.sealed.live(auction)}
        demands: list[LegDemand] = self.desk.demand(work, marks)[0] if offers else []
        self._hold(work, list(bids.values()), -1)
        given: list[DecidedAward] = []
        decided = 0
        for award in awards:
            lot_units = slice_steps(auction.offered_units, decided, award.units, auction.units)
            decided += award.units
            bid = bids[award.sequence]
            offer = offers.get(bid.provider_id) if bid.commitment_id else None
            winner = Winner(
                units=lot_units,
                edge_bps=award.edge_bps,
                provider_id=bid.provider_id,
                payer_id=self.desk.collateral[bid.provider_id, work.asset.id],
                bid_id=bid.id,
                commitment_id=bid.commitment_id,
                draws=offer.draws if offer else (),
            )
            units = self.awarding.award(work, winner, marks)
            if offer:
                self.desk.standing.note_taking(offer, units, demands)
            given.append(replace(award, given_units=-(-award.units * units // lot_units) if units else 0))
        self._hold(work, list(bids.values()), +1)
        return tuple(given)

    def _hold(self, work: Work, bids: Sequence[Bid], sign: int) -> None:
        """Let go of what these bids hold (-1) while they are decided, or hold it again (+1)."""
        for bid in bids:
            self.desk.journal.hold(self.desk.collateral[bid.provider_id, work.asset.id], sign * bid.held)

    def _end(self, work: Work, auction: Auction, winners: Collection[int] = frozenset(), undecided: str = "") -> None:
        """`winners` are the sequences of the bids that were given something; `undecided` is why nothing could be."""
        bids = self.sealed.live(auction)
        self._hold(work, bids, -1)
        self.sealed.reveal(auction)
        for bid in bids:
            bid.move_to(BidState.WON if bid.sequence in winners else BidState.LOST, self.now)
            bid.held = ZERO
        self.caps.release(work, auction, auction.lot_units_left)
        sold = bool(winners) or auction.units_taken > 0
        auction.move_to(AuctionState.AWARDED if sold else AuctionState.UNFILLED, self.now)
        auction.unfilled_reason = "" if sold else undecided
        work.step.move_to(StepState.SETTLING, self.now)
        self._tell("auction_closed", auction)

    def _record(self, auction: Auction, terms: SealedTerms, opened: Sequence[OpenedBid], decision: Decision) -> None:
        self.transcripts.append(transcript_row(auction, terms, self.sealed.with_states(auction, opened), decision))

    def _tell(self, kind: str, auction: Auction) -> None:
        payload = {"state": auction.state, "closes_at": auction.closes_at}
        self.events.append(NewEvent(auction.venue_id, kind, auction.id, None, payload))


def _has_drifted(work: Work, auction: Auction, marks: Mapping[UUID, Decimal]) -> bool:
    opened_at = {UUID(key): Decimal(price) for key, price in auction.marks.items()}
    return drift_bps(opened_at, marks) > work.playbook.max_drift_bps


def _is_contested(auction: Auction, terms: SealedTerms, opened: Sequence[OpenedBid]) -> bool:
    """Whether it needs no reopening. Of a lot that is not shown, neither may its inverse: else a reopening would tell
    who asks much on one side only which way the lot points."""
    ways = (False, True) if auction.disclosure == Disclosure.SIZE_BAND else (False,)
    return all(is_contested(replace(terms, inverse=way), opened) for way in ways)


def _counting(auction: Auction, offers: Mapping[UUID, StandingOffer], bid: Bid, offer: Offer) -> int | NotCounted:
    """With how many units a bid takes part: a commitment's with no more than it still offers; or why it does not."""
    provider = bid.provider
    if is_excluded(candidate_of(provider), auction.exclusions):
        return NotCounted.EXCLUDED
    if bid.commitment_id is None:
        return offer.units
    left = offers[provider.id].units if provider.id in offers else 0
    return min(offer.units, left * auction.units // auction.offered_units) or NotCounted.EXHAUSTED


def _reserve_edge(work: Work, auction: Auction, marks: Mapping[UUID, Decimal]) -> Decimal:
    """The reserve edge at the marks in force, if the auction is contested."""
    open_notional = notional_of(work.free_legs, marks, work.asset.scale)
    return reserve_edge(auction.reserve_edge_bps, work.budget, open_notional)
