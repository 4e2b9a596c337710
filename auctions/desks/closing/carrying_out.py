"""What becomes of auctions at their close: in memory, and then written at once.

Guarantees that whatever was bid is opened and shown, and that nobody is given what does not count.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import assert_never
from uuid import UUID

from accounts.queries import StandingOffer
from auctions.desks import news
from auctions.desks.bids import events_of_void
from auctions.desks.caps import CapDesk
from auctions.desks.chain import Chain, given_by, means_of
from auctions.desks.closing.looking import LookedAt, reason_not_counted
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.continuation import follow_takers
from auctions.desks.cutting import CutDesk
from auctions.desks.deciding import Deciding
from auctions.desks.dutch_links import EndedAuction, add_dutch_links, pricing_of
from auctions.desks.offerings import counts_inverse
from auctions.desks.participants import candidate_of
from auctions.desks.readiness import NOTHING_LEFT
from auctions.desks.ready import ReadyDesk
from auctions.desks.transcripts import sealed_terms, transcript_row
from auctions.desks.unsealing import SealedBids, untold
from auctions.desks.work import Work
from auctions.events import AuctionClosed, AuctionReopened, AuctionResumed
from auctions.lifecycle import StepKind, StepState
from auctions.models import Auction, Bid, Book, Transcript
from auctions.rules.chain.links import Given, GivenToBid, LinkKind, Means
from auctions.rules.chain.steps import afforded
from auctions.rules.chain.writing import digest_of_document
from auctions.rules.closing import TOO_FAR, Decide, End, Halt, Leave, LetTake, Outcome, Restart, Resume, Wait
from auctions.rules.disclosure import Disclosure
from auctions.rules.eligibility import is_excluded
from auctions.rules.reopening import reopens
from auctions.rules.sealing import Offer
from auctions.rules.transcript import Decision, NotCounted, OpenedBid, SealedTerms, decide
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.record import record_events


class ClosingBatch:
    """One batch of auctions: what becomes of each is carried out in memory, and written at once."""

    def __init__(
        self,
        works: Sequence[Work],
        sealed: SealedBids,
        ready: ReadyDesk,
        cut: CutDesk,
        caps: CapDesk,
        desk: CommitmentDesk,
        now: datetime,
    ) -> None:
        self.now = now
        self.cut = cut
        self.caps = caps
        self.sealed = sealed
        self.ready = ready
        self.deciding = Deciding(desk, now)
        self.steps = [work.step for work in works]
        self.transcripts: list[Transcript] = []
        self.chain = Chain(now)
        self.ended_dutch: list[EndedAuction] = []
        self.events: list[DomainEvent] = []

    def carry_out(self, each: LookedAt, outcome: Outcome) -> None:
        """Let this become of the auction. Those that start anew do so together, when all else is written."""
        auction, playbook = each.auction, each.work.playbook
        match outcome:
            case Wait() | Restart():
                pass
            case Halt(reason):
                auction.halt(reason, playbook.max_halt_seconds, self.now)
                self.events.append(news.halted(auction))
            case Resume():
                auction.resume(playbook, self.now)
                self.events.append(news.moved(auction, AuctionResumed))
            case LetTake():
                self._let_take(each)
                if not min(each.work.units_left, auction.units_left):
                    self._end(each)
            case End():
                self._let_take(each)
                self._give_to_ready(each)
                self._end(each)
            case Leave(reason):
                self._leave(each, reason)
            case Decide():
                self._decide(each)
            case _:
                assert_never(outcome)

    def write(self, auctions: Sequence[Auction]) -> None:
        """Write everything that became of these auctions."""
        with untold():
            self.deciding.awarding.write()
            self.ready.write()
            self.sealed.write()
            self.cut.write()
            Transcript.objects.bulk_create(self.transcripts)
        add_dutch_links(self.chain, self.ended_dutch)
        self.chain.write()
        save_changes(auctions)
        save_changes(self.steps)
        self.caps.write()
        record_events([*events_of_void(self.deciding.voided), *self.events])

    def finish(self, priced_with: Iterable[tuple[Book, Mapping[UUID, Decimal]]]) -> None:
        """Write what is locked last; others were priced with these marks too."""
        self.deciding.awarding.priced_with += priced_with
        self.deciding.desk.funds.write()
        self.deciding.awarding.finish()
        self.deciding.desk.funds.confirm()
        follow_takers([(each.work, each.auction, each.clusters) for each in self.ended_dutch])

    def _decide(self, each: LookedAt) -> None:
        """Open the bids; by them the window opens once more, or it is decided who takes what."""
        work, auction, playbook = each.work, each.auction, each.work.playbook
        self._void_uncounted(each)
        self._open_bids(each)
        bids = self.sealed.live(auction)
        means = means_of(work, each.fresh)
        offers = self.deciding.standing_offers(work, bids.values(), each.fresh)
        terms = self._terms(each, afforded(auction.reserve_edge_bps, means))
        opened = self.sealed.under_pseudonyms(auction, work.clusters, partial(_counting, auction, offers))
        shows_lot = auction.disclosure == Disclosure.FULL
        if reopens(terms, opened, level=each.level, max_reopenings=playbook.max_reopenings, shows_lot=shows_lot):
            auction.reopen(playbook.reopening_seconds, self.now)
            self.events.append(news.moved(auction, AuctionReopened))
            return
        decision = decide(terms, opened)
        given = self.deciding.award(work, auction, bids, decision.awards, each.fresh, offers)
        auction.judge(contested=decision.contested)
        auction.note_selection(decision.optimal, decision.gap)
        auction.note_cut(decision.filling_edge_bps)
        self._end(each, {award.sequence for award in given if award.given_units}, decision.undecided)
        self.cut.keep(work, bids, self.sealed.offers, decision, self.deciding.desk)
        signed = self._record(auction, terms, opened, replace(decision, awards=given))
        self._link(each, signed, means, [GivenToBid(place, self._given_to(bid)) for place, bid in bids.items()])

    def _let_take(self, each: LookedAt) -> None:
        """What was cut back and the clock has reached takes, before anybody else at this instant."""
        work, auction = each.work, each.auction
        self.events += self.ready.judge_if_due(work, auction)
        if not each.has_reached:
            return
        for take in self.cut.take(work, auction, each.fresh, self.deciding):
            self.caps.release(work, auction, take.units)
            auction.let_go(take.units)

    def _give_to_ready(self, each: LookedAt) -> None:
        """What is left of a Dutch auction goes to those who stand ready, whoever came first, at its last edge."""
        work, auction = each.work, each.auction
        if not each.has_ready:
            return
        self.ready.void_uncounted(work, auction, each.fresh, self.deciding)
        pricing = pricing_of(work, auction, each.fresh, auction.closes_at)
        for stands in self.ready.live(auction):
            if not min(work.units_left, auction.units_left):
                return
            take = self.ready.give(work, stands, pricing, each.fresh, self.deciding)
            if take is not None:
                self.caps.release(work, auction, take.units)
                auction.let_go(take.units)

    def _leave(self, each: LookedAt, reason: str) -> None:
        """End it without a decision. What was bid is opened and shown all the same, where it can be."""
        self._open_bids(each)
        if each.auction.kind == StepKind.DUTCH:
            self._end(each, undecided=reason)
            return
        if not each.has_key:
            self._end(each, undecided=reason)
            self._link(each, None, None, [])
            return
        terms = self._terms(each, each.auction.reserve_edge_bps)
        opened = self.sealed.under_pseudonyms(each.auction, each.work.clusters, _undecided)
        self._end(each, undecided=reason)
        signed = self._record(each.auction, terms, opened, replace(decide(terms, opened), undecided=reason))
        self._link(each, signed, None, [])

    def _end(self, each: LookedAt, winners: Collection[int] = frozenset(), undecided: str = "") -> None:
        """`winners` are the places of the bids that were given something; `undecided` is why nothing could be."""
        work, auction = each.work, each.auction
        self.sealed.reveal(auction)
        self.ready.end(work, auction, self.deciding, undecided or NOTHING_LEFT)
        self.cut.end(work, auction, self.deciding.desk)
        for place, bid in self.sealed.live(auction).items():
            self.deciding.end(work, bid, won=place in winners)
        self.caps.release(work, auction, auction.lot_units_left)
        auction.close(self.now, won=bool(winners), undecided=undecided)
        work.step.move_to(StepState.SETTLING, self.now)
        if auction.kind == StepKind.DUTCH:
            self.ended_dutch.append(EndedAuction(work, auction, work.clusters, undecided))
        self.events += [news.moved(auction, AuctionClosed), *news.decided([work.step])]

    def _void_uncounted(self, each: LookedAt) -> None:
        for bid in self.sealed.live(each.auction).values():
            reason = reason_not_counted(bid, each.silent_since, self.now)
            if reason is None and not each.stands(bid):
                reason = TOO_FAR
            if reason is not None:
                self.deciding.void(each.work, bid, reason)
        each.auction.end_reconfirming()

    def _open_bids(self, each: LookedAt) -> None:
        """Open all bids; the live ones that cannot be are void."""
        for bid, reason in self.sealed.open(each.auction):
            self.deciding.void(each.work, bid, reason)

    def _terms(self, each: LookedAt, reserve_edge_bps: Decimal) -> SealedTerms:
        return sealed_terms(
            each.auction,
            each.work.playbook,
            reserve_edge_bps,
            each.drift_bps,
            inverse=counts_inverse(each.auction, each.work),
            offer_private_key=self.sealed.released_key(each.auction),
        )

    def _record(
        self, auction: Auction, terms: SealedTerms, opened: Sequence[OpenedBid], decision: Decision
    ) -> Transcript:
        signed = transcript_row(auction, terms, self.sealed.with_states(auction, opened), decision)
        self.transcripts.append(signed)
        return signed

    def _given_to(self, bid: Bid) -> tuple[Given, ...]:
        return given_by(award for award in self.deciding.awarding.awards if award.bid_id == bid.id)

    def _link(
        self, each: LookedAt, signed: Transcript | None, means: Means | None, awards: Sequence[GivenToBid]
    ) -> None:
        """Say in the book's chain what the sealed auction was decided by."""
        self.chain.add_step(
            LinkKind.SEALED,
            each.work,
            each.work.awards,
            auction_id=each.auction.id,
            transcript=None if signed is None else digest_of_document(signed.document),
            cap_bps=each.auction.reserve_edge_bps,
            means=means,
            awards=tuple(award for award in awards if award.given),
        )


def _undecided(bid: Bid, offer: Offer) -> NotCounted:
    return NotCounted.UNDECIDED


def _counting(auction: Auction, offers: Mapping[UUID, StandingOffer], bid: Bid, offer: Offer) -> int | NotCounted:
    """With how many units a bid takes part: a commitment's with no more than it still offers; or why it does not."""
    provider = bid.provider
    if is_excluded(candidate_of(provider), auction.exclusions):
        return NotCounted.EXCLUDED
    if bid.commitment_id is None:
        return offer.units
    left = offers[provider.id].units if provider.id in offers else 0
    return min(offer.units, left * auction.units // auction.offered_units) or NotCounted.EXHAUSTED
