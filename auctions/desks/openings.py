"""Opening: a lot that is due gets its auction, with terms that are fixed from then on.

Called by the sweep `open_auctions`. A sealed auction starts with the firm bids of commitments; a Dutch one with a price
clock that starts at or below the worst edge paid so far.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Provider
from accounts.queries import StandingOffer
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.offerings import offering_of
from auctions.desks.participants import candidate_of
from auctions.desks.seals import Seal, load_seals, make_seal
from auctions.desks.work import Work, caps_of
from auctions.lifecycle import StepKind
from auctions.models import Auction, Bid
from auctions.rules import clearing
from auctions.rules.curves import Curve, Exponential, Kind, Stairstep, phased, snapshot_of
from auctions.rules.disclosure import Disclosure
from auctions.rules.eligibility import excluded_providers, why_not
from auctions.rules.sealing import Offer
from auctions.rules.valuation import Hold, notional_of
from auctions.rules.waterfall import reserve_edge
from backstop.record import NewEvent, record_events
from backstop.values.amounts import ZERO, to_text, total
from backstop.values.bps import affordable_edge, of_notional

# What an auction has from the market at its opening; a restart takes it anew, all else stays as it was opened.
MARKET_FIELDS = [
    "reserve_edge_bps",
    "notional",
    "band_above",
    "band_up_to",
    "risk_percent",
    "unit_hold",
    "unit_exposure",
    "base_hold",
    "marks",
    "curve",
    "tiers",
    "priority_seconds",
    "excluded_providers",
    "opens_at",
    "closes_at",
]


class Opening:
    """The auctions of one batch, with the commitments and collateral that they may count on."""

    def __init__(self, works: Sequence[Work], now: datetime) -> None:
        self.now = now
        self.desk = CommitmentDesk(works, now)
        self.providers = list(Provider.objects.filter(venue__in={work.book.venue_id for work in works}))
        self.bids: list[Bid] = []

    def open(self, priced: Sequence[tuple[Work, Mapping[UUID, Decimal]]]) -> None:
        """Write an auction, and a sealed one's firm bids, for each of these lots."""
        auctions = []
        for work, marks in priced:
            auction = self._auction(work, marks)
            seal = make_seal(auction) if auction.kind == StepKind.SEALED else None
            self._place_firm_bids(auction, seal, work, marks)
            auctions.append(auction)
        Auction.objects.bulk_create(auctions)
        self._write_bids()
        record_events([_opened(auction) for auction in auctions])

    def restart(self, stopped: Sequence[tuple[Work, Auction, Mapping[UUID, Decimal]]]) -> None:
        """Give these auctions what would be opened for their lots now; what was taken of them stays taken."""
        seals = load_seals([auction.id for _, auction, _ in stopped])
        for work, auction, marks in stopped:
            fresh = self._auction(work, marks)
            for name in MARKET_FIELDS:
                setattr(auction, name, getattr(fresh, name))
            self._place_firm_bids(auction, seals.get(auction.id), work, marks)
        self._write_bids()

    def _write_bids(self) -> None:
        Bid.objects.bulk_create(self.bids)
        self.desk.journal.write()

    def _auction(self, work: Work, marks: Mapping[UUID, Decimal]) -> Auction:
        playbook, scale = work.playbook, work.asset.scale
        demands, hold = self.desk.demand(work, marks)
        offering = offering_of(work, marks, demands, hold)
        sealed = work.step.kind == StepKind.SEALED
        # Whether a sealed auction is contested shows at its close, by its bids; a Dutch one's by who could take.
        contested = sealed or self._could_compete(work, hold)
        cap = caps_of(playbook).of(work.step.kind, contested)
        open_notional = notional_of(work.free_legs, marks, scale)
        excluded = excluded_providers(map(candidate_of, self.providers), work.exclusions)
        tiers = {str(who): tier for who, tier in self.desk.tiers(work, demands, hold).items() if who not in excluded}
        priority_seconds = playbook.priority_seconds if tiers and not sealed else 0
        seconds = playbook.sealed_seconds if sealed else priority_seconds + playbook.dutch_seconds
        auction = Auction(
            step=work.step,
            venue_id=work.book.venue_id,
            kind=work.step.kind,
            format=playbook.sealed_format if sealed else "",
            price_rule=playbook.price_rule if sealed else "",
            first_rejected_cap_bps=playbook.first_rejected_cap_bps if sealed else ZERO,
            rationing=playbook.rationing if sealed else "",
            sealed_by=playbook.sealed_by if sealed else "",
            disclosure=offering.disclosure,
            units=offering.units,
            offered_units=work.units_left,
            band_above=offering.band.above if offering.band else None,
            band_up_to=offering.band.up_to if offering.band else None,
            risk_percent=offering.risk_percent,
            min_take_units=playbook.min_take_units,
            reserve_edge_bps=reserve_edge(cap, work.budget, open_notional),
            notional=open_notional,
            unit_hold=offering.hold.unit,
            unit_exposure=offering.hold.exposure,
            base_hold=offering.hold.base,
            marks={str(key): to_text(price) for key, price in marks.items()},
            tiers=tiers,
            priority_seconds=priority_seconds,
            excluded_providers=sorted(excluded),
            opens_at=self.now,
            closes_at=self.now + timedelta(seconds=seconds),
        )
        if not sealed:
            auction.curve = snapshot_of(_curve(work, auction.reserve_edge_bps, open_notional))
        return auction

    def _place_firm_bids(self, auction: Auction, seal: Seal | None, work: Work, marks: Mapping[UUID, Decimal]) -> None:
        if seal is None:
            return
        offering = offering_of(work, marks, *self.desk.demand(work, marks))
        for offer in self.desk.offers(work, offering.demands, offering.hold, offering.units):
            self.bids += self._firm_bid(auction, seal, work, offer, offering.hold)

    def _firm_bid(self, auction: Auction, seal: Seal, work: Work, offer: StandingOffer, hold: Hold) -> list[Bid]:
        """The offer as a bid that stands; none where its collateral does not cover what it would pay for a unit.

        A commitment has one edge: it asks the same for the lot and for its inverse.
        """
        account, scale = self.desk.collateral[offer.provider_id, work.asset.id], work.asset.scale
        max_pay = max(-offer.min_edge_bps, ZERO)
        units, free = offer.units, self.desk.journal.free(account)
        if max_pay:  # what an offer needs for a payment was not counted yet
            per_unit = total([hold.unit, of_notional(hold.exposure, max_pay)])
            units = max(min(units, int(total([free, -hold.base]) // per_unit)), 0)
        held = hold.of(units, max_pay, scale)
        if not units or held > free:
            return []
        self.desk.journal.hold(account, held)
        said: Any = {
            "provider_id": offer.provider_id,
            "client_bid_id": f"commitment:{auction.id}:{auction.restarts}",
            "max_units": units,
            "max_pay_bps": max_pay,
        }
        inverse = offer.min_edge_bps if seal.hides_lot else None
        sealed = seal.seal(offer=Offer(units, offer.min_edge_bps, inverse_edge_bps=inverse), **said)
        return [
            Bid(
                auction=auction,
                commitment_id=offer.commitment_id,
                sealed_offer=sealed.content,
                digest=sealed.digest,
                fingerprint=sealed.fingerprint,
                held=held,
                **said,
            )
        ]

    def _could_compete(self, work: Work, hold: Hold) -> bool:
        """Whether enough unrelated groups are funded for the lot, as if each bid for all that it can pay."""
        units = work.units_left
        bids = []
        for place, provider in enumerate(self.providers):
            account = self.desk.collateral.get((provider.id, work.asset.id))
            barred = why_not(candidate_of(provider), work.exclusions) is not None
            if provider.venue_id != work.book.venue_id or barred or account is None:
                continue
            room = units if hold.unit == 0 else int((self.desk.journal.free(account) - hold.base) // hold.unit)
            if room > 0:
                bids.append(
                    clearing.Bid(
                        str(provider.id), str(provider.id), str(provider.group_id), min(room, units), ZERO, place
                    )
                )
        playbook = work.playbook
        return clearing.is_contested(bids, units, ZERO, playbook.min_groups, playbook.cover_percent)


def _curve(work: Work, cap_bps: Decimal, notional: Decimal) -> Curve:
    """How the edge rises: from at or below the worst edge paid so far up to the cap, in a fund phase at the fund's
    expense from what the estate can pay on all that is on offer."""
    playbook = work.playbook
    paid = [award.edge_bps for award in work.awards if award.provider_id]
    start = min(playbook.dutch_start_bps, *paid, cap_bps)
    if playbook.dutch_curve == Kind.EXPONENTIAL:
        return Exponential(start, playbook.dutch_cut)
    if playbook.dutch_curve == Kind.STAIRSTEP:
        return Stairstep(start, playbook.dutch_cut, Decimal(playbook.dutch_step_seconds))
    ramp, fund_phase = Decimal(playbook.dutch_ramp_seconds), Decimal(playbook.dutch_fund_seconds)
    solvent_bps = affordable_edge(work.budget.equity, notional) if fund_phase else cap_bps
    return phased(start, solvent_bps, cap_bps, ramp, fund_phase)


def _opened(auction: Auction) -> NewEvent:
    size: dict[str, Any] = {"units": auction.units, "notional": auction.notional}
    if auction.disclosure == Disclosure.SIZE_BAND:
        size = {"band_above": auction.band_above, "band_up_to": auction.band_up_to}
    payload = {"kind": auction.kind, "closes_at": auction.closes_at, **size}
    return NewEvent(auction.venue_id, "auction_opened", auction.id, None, payload)
