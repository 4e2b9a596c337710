"""Closing: the window of an auction ends, and it is decided who takes what.

Guarantees that no bid is counted that came at or after the deadline, none left out that came before, and that without
competition nobody is paid more than the uncontested cap.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import assert_never
from uuid import UUID

from accounts.queries import StandingOffer
from auctions.desks import news
from auctions.desks.bids import events_of_void
from auctions.desks.breakers import hold_breakers
from auctions.desks.caps import CapDesk
from auctions.desks.chain import Chain, given_by, means_of
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.continuation import follow_takers
from auctions.desks.cutting import CutDesk
from auctions.desks.deciding import Deciding
from auctions.desks.dutch_links import EndedAuction, add_dutch_links, pricing_of
from auctions.desks.offerings import counts_inverse
from auctions.desks.participants import candidate_of
from auctions.desks.readiness import NOTHING_LEFT
from auctions.desks.ready import ReadyDesk
from auctions.desks.restarts import restart
from auctions.desks.taking_back import falls_at
from auctions.desks.transcripts import sealed_terms, transcript_row
from auctions.desks.unsealing import SealedBids, untold
from auctions.desks.work import Work, load_work, lock_books
from auctions.events import AuctionClosed, AuctionReopened, AuctionResumed
from auctions.lifecycle import UNDER_WAY, AuctionState, StepKind, StepState
from auctions.models import Auction, Bid, Book, CancelSwitch, Step, Transcript
from auctions.queries import list_breaker_levels
from auctions.rules.breaker import Level
from auctions.rules.chain.links import Given, GivenToBid, LinkKind, Means
from auctions.rules.chain.steps import afforded
from auctions.rules.chain.writing import digest_of_document
from auctions.rules.closing import (
    DRIFTED,
    EXPIRED,
    NOT_RECONFIRMED,
    SILENT,
    SUSPENDED,
    TOO_FAR,
    Decide,
    End,
    Halt,
    Leave,
    LetTake,
    Outcome,
    Restart,
    Resume,
    Standing,
    Wait,
    outcome_of,
)
from auctions.rules.disclosure import Disclosure
from auctions.rules.eligibility import is_excluded
from auctions.rules.reopening import reopens
from auctions.rules.sealing import Offer
from auctions.rules.transcript import Decision, NotCounted, OpenedBid, SealedTerms, decide
from auctions.rules.valuation import drift_bps
from backstop import clock
from backstop.database import kept_alive
from backstop.events import DomainEvent
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@kept_alive()
def close_auctions(*, ids: Sequence[UUID]) -> int:
    """Close those of these auctions whose time has come, halt, resume or restart others; of how many something came.

    After an outage nothing comes of any before the next beat has made up for it.
    """
    # 1. Lock.
    asked = Auction.objects.filter(id__in=ids)
    hold_breakers(asked.values_list("venue", flat=True))
    caps = CapDesk(asked.values_list("venue_id", flat=True))
    books = lock_books(Book.objects.filter(id__in=asked.values("step__lot__book")))
    under_way = asked.filter(step__lot__book__in=books, state__in=UNDER_WAY)
    # Bids share this lock: once it is held alone, every bid is committed, or will find the auction closed.
    lock(Lock.AUCTION, list(under_way.values_list("id", flat=True)))

    # 2. Load them, now that nobody else can change them.
    now = clock.now()
    with_beat = under_way.select_related("venue__heartbeat")
    auctions = {auction.step_id: auction for auction in with_beat if auction.last_beat.lost_since(now) is None}
    works = load_work(Step.objects.filter(id__in=auctions), books, now)
    if not works:
        return 0
    sealed = SealedBids(list(auctions.values()))
    ready = ReadyDesk(list(auctions.values()), now)
    cut = CutDesk(list(auctions.values()), now)
    looked_at = _look_at(works, auctions, sealed, ready, cut, now)

    # 3. Say what becomes of each; those that wait on are left alone.
    said = [(each, outcome_of(each.standing(now))) for each in looked_at]
    outcomes = [(each, outcome) for each, outcome in said if not isinstance(outcome, Wait)]
    if not outcomes:
        return 0

    # 4. Carry it out, in memory.
    works = [each.work for each, _ in outcomes]
    desk = CommitmentDesk(works, now)
    closing = _Closing(works, sealed, ready, cut, caps, desk, now)
    for each, outcome in outcomes:
        closing.carry_out(each, outcome)

    # 5. Write it.
    closing.write([each.auction for each, _ in outcomes])

    # 6. Start those anew that marks left without a bid, with what the others left of commitments and collateral.
    drifted = [each for each, outcome in outcomes if isinstance(outcome, Restart)]
    restart([(each.work, each.auction, each.fresh) for each in drifted], desk, DRIFTED, now)
    closing.finish([each.fresh for each in drifted])
    return len(outcomes)


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """An auction under way, with the `bids` that would count now. `marks` are those in force; None where nothing can be
    priced now. `silent_since` says when switches fell due that have not tripped yet, by provider."""

    work: Work
    auction: Auction
    marks: Mapping[UUID, Decimal] | None
    bids: Sequence[Bid]
    silent_since: Mapping[UUID, datetime | None]
    has_key: bool
    has_ready: bool
    has_reached: bool
    level: Level

    @property
    def fresh(self) -> Mapping[UUID, Decimal]:
        """The marks in force of one that can be priced: no other is decided, or starts anew."""
        assert self.marks is not None
        return self.marks

    def stands(self, bid: Bid) -> bool:
        """Whether the marks in force are within what the bid allows."""
        return self.drift_bps is not None and bid.stands_at(self.drift_bps, self.work.playbook.max_drift_bps)

    @property
    def drift_bps(self) -> Decimal | None:
        """How far marks have moved since it opened; None where nothing can be priced now."""
        return None if self.marks is None else drift_bps(self.auction.marks, self.marks)

    def standing(self, now: datetime) -> Standing:
        """What the rule goes by."""
        auction, playbook = self.auction, self.work.playbook
        return Standing(
            kind=StepKind(auction.kind),
            state=AuctionState(auction.state),
            now=now,
            closes_at=auction.closes_at,
            halt_ends_at=auction.halt_ends_at,
            is_priced=self.marks is not None,
            has_jumped=self.marks is None and self.work.has_jumped(now),
            is_deserted=self.marks is not None and bool(self.bids) and not any(map(self.stands, self.bids)),
            has_key=self.has_key,
            level=self.level,
            restarts=auction.restarts,
            max_restarts=playbook.max_restarts,
            has_ready=self.has_ready,
            has_reached=self.has_reached,
        )


def _look_at(
    works: Sequence[Work],
    auctions: Mapping[UUID, Auction],
    sealed: SealedBids,
    ready: ReadyDesk,
    cut: CutDesk,
    now: datetime,
) -> list[_LookedAt]:
    levels = list_breaker_levels([work.step.id for work in works])
    silent_since = dict(CancelSwitch.objects.filter(cancels_at__lte=now).values_list("provider", "cancels_at"))
    marks = {work.step.id: work.marks_if_fresh(now) for work in works}
    return [
        _LookedAt(
            work=work,
            auction=auctions[work.step.id],
            marks=marks[work.step.id],
            bids=[
                bid
                for bid in sealed.live(auctions[work.step.id]).values()
                if _reason_not_counted(bid, silent_since, now) is None
            ],
            silent_since=silent_since,
            has_key=sealed.has_key(auctions[work.step.id]),
            has_ready=bool(ready.live(auctions[work.step.id])),
            has_reached=cut.is_reached(work, auctions[work.step.id], marks[work.step.id]),
            level=levels[work.step.id],
        )
        for work in works
    ]


def _reason_not_counted(bid: Bid, silent_since: Mapping[UUID, datetime | None], now: datetime) -> str | None:
    """Why it counts for nothing at a close now; None where it counts. What somebody only did not come to yet counts as
    done."""
    if not bid.provider.bids_count:
        return SUSPENDED
    since = silent_since.get(bid.provider_id)
    if since is not None and falls_at(bid, since):
        return SILENT
    if bid.expires_at is not None and bid.expires_at <= now and falls_at(bid, bid.expires_at):
        return EXPIRED
    return NOT_RECONFIRMED if bid.must_reconfirm else None


class _Closing:
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

    def carry_out(self, each: _LookedAt, outcome: Outcome) -> None:
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

    def finish(self, priced_with: Iterable[Mapping[UUID, Decimal]]) -> None:
        """Write what is locked last; others were priced with these marks too."""
        self.deciding.awarding.priced_with += priced_with
        self.deciding.desk.funds.write()
        self.deciding.awarding.finish()
        self.deciding.desk.funds.confirm()
        follow_takers([(each.work, each.auction, each.clusters) for each in self.ended_dutch])

    def _decide(self, each: _LookedAt) -> None:
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

    def _let_take(self, each: _LookedAt) -> None:
        """What was cut back and the clock has reached takes, before anybody else at this instant."""
        work, auction = each.work, each.auction
        self.events += self.ready.judge_if_due(work, auction)
        if not each.has_reached:
            return
        for take in self.cut.take(work, auction, each.fresh, self.deciding):
            self.caps.release(work, auction, take.units)
            auction.let_go(take.units)

    def _give_to_ready(self, each: _LookedAt) -> None:
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

    def _leave(self, each: _LookedAt, reason: str) -> None:
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

    def _end(self, each: _LookedAt, winners: Collection[int] = frozenset(), undecided: str = "") -> None:
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

    def _void_uncounted(self, each: _LookedAt) -> None:
        for bid in self.sealed.live(each.auction).values():
            reason = _reason_not_counted(bid, each.silent_since, self.now)
            if reason is None and not each.stands(bid):
                reason = TOO_FAR
            if reason is not None:
                self.deciding.void(each.work, bid, reason)
        each.auction.end_reconfirming()

    def _open_bids(self, each: _LookedAt) -> None:
        """Open all bids; the live ones that cannot be are void."""
        for bid, reason in self.sealed.open(each.auction):
            self.deciding.void(each.work, bid, reason)

    def _terms(self, each: _LookedAt, reserve_edge_bps: Decimal) -> SealedTerms:
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
        self, each: _LookedAt, signed: Transcript | None, means: Means | None, awards: Sequence[GivenToBid]
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
