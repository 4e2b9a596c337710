"""Awarding: who gets which units, at what edge, and what is held for it until it is settled.

Guarantees that units are given once, that an edge is paid from the lot's budget, and that a provider's collateral
covers what it is awarded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.desks.holdings import HoldingAddition, add_holdings
from accounts.desks.journal import Journal
from accounts.desks.standing import Taking, take_capacity
from accounts.queries import WindowDraw
from accounts.rules.exposure import Piece
from auctions.desks.exposures import ExposureDesk
from auctions.desks.marks import note_used
from auctions.desks.work import Remainder
from auctions.events import AwardFunded, AwardMade
from auctions.lifecycle import SettlementState
from auctions.models import Award, Beneficiary, Book, Lot, Markout, Position, Settlement, SettlementMode, Step
from auctions.queries import NOBODY
from auctions.rules.budgets import split_edge
from auctions.rules.lots import Range, slice_legs
from auctions.rules.settlement import Flows, award_flows
from auctions.rules.valuation import Leg, notional, notional_of
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.values.amounts import ZERO, multiply, round_up, total


@dataclass(frozen=True, slots=True)
class Winner:
    """Somebody who is to get `units` at `edge_bps`. `payer_id` is its account in the book's asset: a provider's
    collateral, the venue's fund; the venue itself needs none."""

    units: int
    edge_bps: Decimal
    beneficiary: Beneficiary = Beneficiary.PROVIDER
    provider_id: UUID | None = None
    payer_id: UUID | None = None
    auction_id: UUID | None = None
    bid_id: UUID | None = None
    take_id: UUID | None = None
    commitment_id: UUID | None = None
    draws: tuple[WindowDraw, ...] = ()


def collateral_needed(work: Remainder, units: int, edge_bps: Decimal, marks: Mapping[UUID, Decimal]) -> Decimal:
    """What a provider's collateral must hold free to be awarded the next `units` of the lot at these marks."""
    legs = (slice_legs(work.legs, first, count, work.lot.units) for first, count in work.free.first(units))
    flows = (award_flows(each, work.intake_marks, marks, edge_bps, work.asset.scale) for each in legs)
    return total(each.needed_of_provider for each in flows)


def pieces_of(positions: Sequence[Position], legs: Sequence[Leg], marks: Mapping[UUID, Decimal]) -> list[Piece]:
    """What these legs of a lot's positions are to whoever gets them, at these marks."""
    groups = {position.instrument_id: position.instrument.product_group_id for position in positions}
    return [
        Piece(
            NOBODY,
            groups[leg.instrument_id],
            leg.instrument_id,
            multiply(notional(leg, marks[leg.instrument_id]), leg.sign),
        )
        for leg in legs
    ]


@dataclass
class Awarding:
    """The awards of one batch, collected and then written at once. The journal must hold every account involved."""

    journal: Journal
    now: datetime
    exposure: ExposureDesk | None = None  # where providers are given something
    awards: list[Award] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    markouts: list[Markout] = field(default_factory=list)
    takings: list[Taking] = field(default_factory=list)
    holdings: list[HoldingAddition] = field(default_factory=list)
    priced_with: list[tuple[Book, Mapping[UUID, Decimal]]] = field(default_factory=list)
    events: list[DomainEvent] = field(default_factory=list)
    touched: dict[UUID, tuple[Lot, Step]] = field(default_factory=dict)

    def award(self, work: Remainder, winner: Winner, marks: Mapping[UUID, Decimal]) -> int:
        """Give the winner the next free units of the lot; how many it got.

        Nobody gets what its collateral does not cover, or what its cluster may not hold: such units stay free, for the
        next step.
        """
        given = 0
        for units in work.free.first(self.within_limits(work, winner, marks)):
            given += self._award_range(work, winner, units, marks)
        self.touched[work.lot.id] = (work.lot, work.step)
        return given

    def within_limits(self, work: Remainder, winner: Winner, marks: Mapping[UUID, Decimal]) -> int:
        """How many of its units the winner may get by the limits of its cluster."""
        if self.exposure is None or winner.provider_id is None:
            return winner.units
        lot = pieces_of(work.positions, work.legs, marks)
        return self.exposure.fitting(winner.provider_id, work, lot, work.lot.units, winner.units)

    def _award_range(self, work: Remainder, winner: Winner, units: Range, marks: Mapping[UUID, Decimal]) -> int:
        first, count = units
        legs = slice_legs(work.legs, first, count, work.lot.units)
        flows = award_flows(legs, work.intake_marks, marks, winner.edge_bps, work.asset.scale)
        by_provider = winner.beneficiary is Beneficiary.PROVIDER
        held = ZERO
        if winner.payer_id:
            held = flows.needed_of_provider if by_provider else flows.value_received
            if self.journal.free(winner.payer_id) < held:
                return 0
            self.journal.hold(winner.payer_id, held)
            self.priced_with.append((work.book, marks))
        award = Award(
            step=work.step,
            beneficiary=winner.beneficiary,
            provider_id=winner.provider_id,
            commitment_id=winner.commitment_id,
            bid_id=winner.bid_id,
            take_id=winner.take_id,
            first_unit=first,
            units=count,
            edge_bps=winner.edge_bps,
            marks=marks,
            notional=notional_of(legs, marks, work.asset.scale),
            collateral_held=held if by_provider else ZERO,
            fund_held=ZERO if by_provider else held,
        )
        if self.exposure is not None and winner.provider_id is not None:
            self.exposure.note(winner.provider_id, work.asset, pieces_of(work.positions, legs, marks))
        self._pay_edge(work, award, flows)
        self._record(work, award, winner, legs)
        return count

    def _pay_edge(self, work: Remainder, award: Award, flows: Flows) -> None:
        """Move the edge's parts from the lot's budget to the award, which holds them."""
        # Never from the fund to itself.
        budget = work.budget_at(award.marks) if award.provider_id else work.own_budget_at(award.marks)
        parts = split_edge(flows.edge_paid, budget, flows.value_received, work.book.kept_equity)
        award.pay_edge(parts)
        work.lot.spend(parts)
        if parts.fund:
            work.funds.hold(work.lot, parts.fund)

    def _record(self, work: Remainder, award: Award, winner: Winner, legs: Sequence[Leg]) -> None:
        # The venue's word is asked for only where somebody else takes the positions over, for real.
        confirmed = (
            winner.beneficiary is not Beneficiary.PROVIDER
            or work.playbook.settlement_mode == SettlementMode.AUTO
            or work.book.is_drill
        )
        settlement = Settlement(
            award=award,
            book=work.book,
            state=SettlementState.CONFIRMED if confirmed else SettlementState.AWAITING,
            confirmed_at=self.now if confirmed else None,
            confirm_by=None if confirmed else self.now + timedelta(seconds=work.playbook.confirm_seconds),
        )
        work.give((award.first_unit, award.units), award.marks, award.edge_bps)
        self.awards.append(award)
        self.settlements.append(settlement)
        work.step.note_edge(award.edge_bps)
        self.events += [_made(work, award, winner, settlement), _funded(work, award)]
        if not work.book.is_drill:
            self._count(work, award, winner, legs)

    def _count(self, work: Remainder, award: Award, winner: Winner, legs: Sequence[Leg]) -> None:
        """Note what a real award is beside its book: capacity that is used, positions that are held, and an edge whose
        worth shows later."""
        if award.provider_id:
            self.markouts += Markout.all_of(award, award.provider_id, work.book.venue_id, self.now)
        self.takings += [
            Taking(draw.commitment_id, draw.window_starts_at, award.id, multiply(draw.unit_notional, award.units))
            for draw in winner.draws
        ]
        if winner.beneficiary is not Beneficiary.VENUE:
            self.holdings += [
                HoldingAddition(
                    work.book.venue_id,
                    winner.provider_id,
                    leg.instrument_id,
                    multiply(leg.quantity, leg.sign),
                    award.id,
                    award.marks[leg.instrument_id],
                    round_up(
                        multiply(notional(leg, award.marks[leg.instrument_id]), leg.margin_rate), work.asset.scale
                    ),
                )
                for leg in legs
            ]

    def write(self) -> None:
        """Write all of it but what `finish` does."""
        Award.objects.bulk_create(self.awards)
        Settlement.objects.bulk_create(self.settlements)
        Markout.objects.bulk_create(self.markouts)
        save_changes(row for lot_and_step in self.touched.values() for row in lot_and_step)
        take_capacity(takings=self.takings)
        record_events(self.events)

    def finish(self) -> None:
        """Write the journal, then the holdings and what was priced with, the last of the transaction."""
        self.journal.write()
        add_holdings(additions=self.holdings)
        note_used(self.priced_with, self.now)


def _made(work: Remainder, award: Award, winner: Winner, settlement: Settlement) -> AwardMade:
    return AwardMade(
        **work.book.whose,
        subject_id=award.id,
        provider_id=award.provider_id,
        step=work.step.kind,
        units=award.units,
        edge_bps=award.edge_bps,
        notional=award.notional,
        asset=work.asset.code,
        held=award.collateral_held,
        auction=winner.auction_id,
        bid=award.bid_id,
        take=award.take_id,
        commitment=award.commitment_id,
        settlement=settlement.id,
        confirm_by=settlement.confirm_by,
    )


def _funded(work: Remainder, award: Award) -> AwardFunded:
    return AwardFunded(
        **work.book.whose,
        subject_id=award.id,
        step=work.step.id,
        beneficiary=award.beneficiary,
        first_unit=award.first_unit,
        estate_held=award.estate_held,
        fund_held=award.fund_held,
    )
