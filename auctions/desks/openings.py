"""Openings: what an auction is when it opens or starts anew, made from its lot, its playbook and the market of now.

A sealed auction starts with the firm bids of commitments; a Dutch one with a price clock that starts at or below the
worst edge paid so far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Provider
from accounts.queries import LegDemand, StandingOffer
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.continuation import continuation_edge, continuation_edges
from auctions.desks.cutting import let_wait, write_waiting
from auctions.desks.news import opened
from auctions.desks.offerings import Offering, offering_of
from auctions.desks.participants import candidate_of
from auctions.desks.rounds import LotRound, rounds_of
from auctions.desks.seals import Seal, load_seals, make_seal
from auctions.desks.work import Work, caps_of
from auctions.events import BidPlaced, StepOpened
from auctions.lifecycle import StepKind
from auctions.models import Auction, Bid, MarketTerms
from auctions.rules.curves import Curve, snapshot_of
from auctions.rules.disclosure import Disclosure
from auctions.rules.eligibility import excluded_providers
from auctions.rules.holds import Hold
from auctions.rules.sealing import Offer
from backstop.record import record_events
from backstop.values.amounts import ZERO
from backstop.values.bps import affordable_edge

NOTHING = Hold(ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class _PricedWork:
    """A lot's work at the marks in force: what one unit of it is, leg by leg, and holds, and how the lot is offered."""

    work: Work
    marks: Mapping[UUID, Decimal]
    demands: list[LegDemand]
    hold: Hold
    offering: Offering
    round: LotRound


class Opening:
    """The auctions of one batch, with the commitments and collateral that they may count on."""

    def __init__(self, works: Sequence[Work], desk: CommitmentDesk, now: datetime) -> None:
        self.now = now
        self.desk = desk
        providers = Provider.objects.filter(venue__in={work.book.venue_id for work in works})
        self.candidates = [candidate_of(provider) for provider in providers]
        self.rounds = rounds_of([work.step for work in works])
        self.continuation_edges = continuation_edges(works)
        self.bids: list[Bid] = []
        self.placed: list[BidPlaced] = []

    def open(self, priced: Sequence[tuple[Work, Mapping[UUID, Decimal]]]) -> None:
        """Write an auction, and a sealed one's firm bids, for each of these lots, and what waits in a Dutch one; not
        yet what that holds, which the desk's journal has."""
        auctions = []
        dutch = {}
        for work, marks in priced:
            each = self._priced(work, marks)
            auction = self._sealed(each) if work.step.kind == StepKind.SEALED else self._dutch(each)
            auctions.append(auction)
            if auction.kind == StepKind.DUTCH:
                dutch[work.lot.id] = (work, auction)
        waiting = let_wait(dutch, self.desk, self.now)
        Auction.objects.bulk_create(auctions)
        Bid.objects.bulk_create(self.bids)
        self.desk.funds.write()
        write_waiting(waiting)
        record_events([*map(opened, auctions), *map(_step_opened, auctions), *self.placed])

    def restart(self, stopped: Sequence[tuple[Work, Auction, Mapping[UUID, Decimal]]]) -> None:
        """Restart these auctions on the terms that they would be opened with now. Their firm bids are written, and not
        yet the auctions and what is told."""
        seals = load_seals([auction.id for _, auction, _ in stopped])
        for work, auction, marks in stopped:
            each = self._priced(work, marks)
            sealed = auction.kind == StepKind.SEALED
            auction.restart(self._sealed_terms(each) if sealed else self._dutch_terms(each), self.now)
            if auction.id in seals:
                self._place_firm_bids(auction, seals[auction.id], each)
        Bid.objects.bulk_create(self.bids)
        self.desk.funds.write()

    def _priced(self, work: Work, marks: Mapping[UUID, Decimal]) -> _PricedWork:
        demands, hold = self.desk.demand(work, marks)
        offering = offering_of(work, marks, demands, hold)
        return _PricedWork(work, marks, demands, hold, offering, self.rounds[work.step.id])

    def _sealed(self, each: _PricedWork) -> Auction:
        """A sealed auction, with its keys and firm bids."""
        auction, playbook = _auction(each), each.work.playbook
        auction.format = playbook.sealed_format
        auction.price_rule = playbook.price_rule
        auction.first_rejected_cap_bps = playbook.first_rejected_cap_bps
        auction.rationing = playbook.rationing
        auction.sealed_by = playbook.sealed_by
        auction.max_bids = playbook.max_bids
        auction.min_improvement_bps = playbook.min_improvement_bps
        auction.take_terms(self._sealed_terms(each))
        self._place_firm_bids(auction, make_seal(auction), each)
        return auction

    def _dutch(self, each: _PricedWork) -> Auction:
        auction = _auction(each)
        auction.take_terms(self._dutch_terms(each))
        return auction

    def _sealed_terms(self, each: _PricedWork) -> MarketTerms:
        """A sealed auction's. Whether it is contested shows at its close, by its bids."""
        work, cap_bps = each.work, caps_of(each.work.playbook).of(StepKind.SEALED)
        work.funds.wish(work.lot, work.fund_need(cap_bps, each.marks))
        terms = self._terms(each, cap_bps, work.playbook.sealed_seconds)
        if each.offering.disclosure != Disclosure.FULL:
            return terms
        return replace(terms, continuation_edge_bps=continuation_edge(work, each.marks, self.continuation_edges))

    def _dutch_terms(self, each: _PricedWork) -> MarketTerms:
        """A Dutch auction's. It is contested where its round's sealed one was; else it is judged by who acts in it.
        Where that one cut something back it rises no further than filling would have cost."""
        work, playbook = each.work, each.work.playbook
        cap_bps = caps_of(playbook).of(StepKind.DUTCH)
        if each.round.filling_edge_bps is not None:
            cap_bps = min(cap_bps, each.round.filling_edge_bps)
        work.funds.top_up(work.lot, work.fund_need(cap_bps, each.marks))
        terms = self._terms(each, cap_bps, playbook.dutch_seconds)
        priority_seconds = playbook.priority_seconds if terms.tiers else 0
        return replace(
            terms,
            curve=snapshot_of(_curve(each.work, each.marks, terms.reserve_edge_bps, terms.notional)),
            priority_seconds=priority_seconds,
            contested=each.round.contested or None,
            ready_seconds=playbook.seconds_until_judged,
            closes_at=terms.closes_at + timedelta(seconds=priority_seconds),
        )

    def _terms(self, each: _PricedWork, cap_bps: Decimal, seconds: int) -> MarketTerms:
        """What both have: an edge of at most the cap, and a window of so many seconds, without a price clock."""
        work, offering = each.work, each.offering
        open_notional = work.free_notional(each.marks)
        excluded = excluded_providers(self.candidates, work.exclusions)
        tiers = self.desk.tiers(work, each.demands, each.hold)
        return MarketTerms(
            reserve_edge_bps=work.reserve_edge(cap_bps, each.marks),
            notional=open_notional,
            band_above=offering.band.above if offering.band else None,
            band_up_to=offering.band.up_to if offering.band else None,
            risk_percent=offering.risk_percent,
            unit_hold=offering.hold.unit,
            unit_exposure=offering.hold.exposure,
            base_hold=offering.hold.base,
            marks=each.marks,
            curve=None,
            tiers={str(who): tier for who, tier in tiers.items() if who not in excluded},
            priority_seconds=0,
            contested=None,
            uncontested_cap_bps=work.playbook.uncontested_cap(each.round.number),
            ready_seconds=None,
            continuation_edge_bps=None,
            excluded_providers=sorted(excluded),
            opens_at=self.now,
            closes_at=self.now + timedelta(seconds=seconds),
        )

    def _place_firm_bids(self, auction: Auction, seal: Seal, each: _PricedWork) -> None:
        """What commitments would take bids for them. It holds nothing: what they can pay is judged at the close, or
        else the first books of a cascade would bind all of them."""
        offering = each.offering
        for offer in self.desk.offers(each.work, offering.demands, NOTHING, offering.units):
            bid = _firm_bid(auction, seal, each.work, offer)
            self.bids.append(bid)
            self.placed.append(_placed(bid, auction, each.work))


def _firm_bid(auction: Auction, seal: Seal, work: Work, offer: StandingOffer) -> Bid:
    """The offer as a bid that stands. A commitment has one edge: it asks the same for the lot and for its inverse."""
    said: Any = {
        "provider_id": offer.provider_id,
        "client_bid_id": f"commitment:{auction.id}:{auction.restarts}",
        "max_units": offer.units,
        "max_pay_bps": max(offer.min_edge_bps.copy_negate(), ZERO),
        "max_drift_bps": work.playbook.max_drift_bps,
    }
    inverse = offer.min_edge_bps if seal.hides_lot else None
    sealed = seal.seal(offer=Offer(offer.units, offer.min_edge_bps, inverse_edge_bps=inverse), **said)
    return Bid(
        auction=auction,
        commitment_id=offer.commitment_id,
        sealed_offer=sealed.content,
        digest=sealed.digest,
        fingerprint=sealed.fingerprint,
        **said,
    )


def _auction(each: _PricedWork) -> Auction:
    """What an auction of either kind has for good; the rest are its kind's own, and `MarketTerms`."""
    work, offering = each.work, each.offering
    return Auction(
        step=work.step,
        venue_id=work.book.venue_id,
        kind=work.step.kind,
        disclosure=offering.disclosure,
        units=offering.units,
        offered_units=work.units_left,
        min_take_units=work.playbook.min_take_units,
        outage_seconds=work.playbook.outage_seconds,
    )


def _step_opened(auction: Auction) -> StepOpened:
    return StepOpened(**auction.whose, subject_id=auction.step_id, auction=auction.id)


def _placed(bid: Bid, auction: Auction, work: Work) -> BidPlaced:
    return BidPlaced(
        **work.book.whose,
        subject_id=bid.id,
        provider_id=bid.provider_id,
        auction=auction.id,
        asset=work.asset.code,
        held=bid.held,
        commitment=bid.commitment_id,
    )


def _curve(work: Work, marks: Mapping[UUID, Decimal], cap_bps: Decimal, notional: Decimal) -> Curve:
    """How the edge rises: from at or below the worst edge paid so far up to the cap; what is beyond what the estate can
    pay on all that is on offer is at the fund's expense."""
    playbook = work.playbook
    paid = [award.edge_bps for award in work.awards if award.provider_id]
    start = min(playbook.dutch_start_bps, *paid, cap_bps)
    return playbook.curve_parameters.curve(start, affordable_edge(work.own_budget_at(marks).equity, notional), cap_bps)
