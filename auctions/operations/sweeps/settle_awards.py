"""Settlement: positions and money of an award change hands, all or nothing, once.

Who debits whom is said here and nowhere else. Guarantees that the provider is paid in full, and the same into however
many awards of an auction it is cut, that what the estate lacks stands in the book's debt account, and that nothing held
for the award remains held.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from accounts.desks.holdings import settle_holdings
from accounts.desks.journal import Journal
from accounts.models import Purpose
from auctions.desks.accounts import BookAccounts, Parties
from auctions.desks.settled_totals import SettledTotals
from auctions.desks.work import leg_of, lock_books
from auctions.events import AwardSettled, EstateSettled
from auctions.lifecycle import SettlementState
from auctions.models import ARRIVAL, Award, Beneficiary, Book, Position, Settlement
from auctions.rules.lots import slice_legs
from auctions.rules.settlement import ExactFlows, Flows, exact_flows
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO, difference


@operation
@kept_alive()
def settle_awards(*, ids: Sequence[UUID]) -> int:
    """Carry out those of these settlements that are confirmed; how many there were."""
    now = clock.now()
    books = lock_books(Book.objects.filter(id__in=Settlement.objects.filter(id__in=ids).values("book")))
    settlements = list(
        Settlement.objects.filter(id__in=ids, book__in=books, state=SettlementState.CONFIRMED)
        .order_by(*ARRIVAL[Settlement])
        .select_related("award__step__lot", "book__asset")
    )
    totals = SettledTotals([settlement.award for settlement in settlements])
    flows = _flows(settlements, totals)
    accounts = BookAccounts(books, {s.award.provider_id for s in settlements if s.award.provider_id})
    lacked = {settlement.id: _move(accounts, settlement, flows[settlement.id]) for settlement in settlements}
    save_changes([settlement.award for settlement in settlements])
    totals.write()
    accounts.journal.write()
    numbers = settle_holdings(holders={s.award_id: (s.book.venue_id, s.award.provider_id) for s in settlements})
    for settlement in settlements:
        settlement.settle(numbers[settlement.award_id], now)
    save_changes(settlements)
    record_events(
        [event for s in settlements for event in (_settled(s, flows[s.id]), _of_estate(s, flows[s.id], lacked[s.id]))]
    )
    return len(settlements)


def _flows(settlements: Sequence[Settlement], totals: SettledTotals) -> dict[UUID, Flows]:
    positions: dict[UUID | None, list[Position]] = {}
    lots = {settlement.award.step.lot_id for settlement in settlements}
    for position in Position.objects.filter(lot__in=lots).order_by("ordinal").select_related("instrument"):
        positions.setdefault(position.lot_id, []).append(position)
    return {
        s.id: totals.settle(s.award, _exact(s.award, positions[s.award.step.lot_id]), s.book.asset.scale)
        for s in settlements
    }


def _exact(award: Award, positions: Sequence[Position]) -> ExactFlows:
    lot = award.step.lot
    return exact_flows(
        slice_legs([leg_of(position) for position in positions], award.first_unit, award.units, lot.units),
        {position.instrument_id: position.mark_price for position in positions},
        award.marks,
        award.edge_bps,
    )


def _move(accounts: BookAccounts, settlement: Settlement, flows: Flows) -> Decimal:
    """Move all that the settlement moves; how much the estate lacked then, which is its debt."""
    award, journal = settlement.award, accounts.journal
    who = accounts.parties(settlement.book, award)
    accounts.release(award, who)
    journal.move(who.clearing, who.estate, flows.profit, Purpose.MARK_CHANGE, award.id)
    journal.move(who.fund, who.estate, award.fund_part, Purpose.ADVANCE, award.id)
    if award.provider_id:
        _move_with_provider(journal, who, flows, award.id)
    else:
        journal.move(who.taker, who.estate, _value(settlement, flows), Purpose.TRANSFER_VALUE, award.id)
    lacking = min(journal.free(who.estate), ZERO).copy_abs()
    journal.move(who.debt, who.estate, lacking, Purpose.SHORTFALL, award.id)
    return lacking


def _value(settlement: Settlement, flows: Flows) -> Decimal:
    """What comes into the estate for spot: nothing for what the fund keeps."""
    kept = settlement.book.owned_by_fund and settlement.award.beneficiary == Beneficiary.FUND
    return ZERO if kept else flows.value_received


def _move_with_provider(journal: Journal, who: Parties, flows: Flows, subject_id: UUID) -> None:
    """What the estate and the provider pay each other; a fraction between them is the venue's. The margin leaves with
    the positions."""
    journal.move(who.taker, who.estate, flows.value_paid, Purpose.TRANSFER_VALUE, subject_id)
    journal.move(who.estate, who.taker, flows.edge_paid, Purpose.EDGE, subject_id)
    for party, fraction in (
        (who.estate, difference(flows.value_received, flows.value_paid)),
        (who.taker, difference(flows.edge_received, flows.edge_paid)),
    ):
        journal.move(who.clearing, party, fraction, Purpose.ROUNDING, subject_id)
    journal.move(who.taker, who.clearing, flows.margin, Purpose.MARGIN_DELIVERED, subject_id)


def _settled(settlement: Settlement, flows: Flows) -> AwardSettled:
    award = settlement.award
    return AwardSettled(
        venue_id=settlement.book.venue_id,
        subject_id=settlement.id,
        provider_id=award.provider_id,
        award=award.id,
        sequence=settlement.sequence,
        edge=flows.edge_received,
        units=award.units,
        paid=flows.value_paid if award.provider_id else _value(settlement, flows),
        margin=flows.margin if award.provider_id else ZERO,
        delivered=True,
    )


def _of_estate(settlement: Settlement, flows: Flows, lacked: Decimal) -> EstateSettled:
    return EstateSettled(
        venue_id=settlement.book.venue_id,
        subject_id=settlement.id,
        book=settlement.book_id,
        profit=flows.profit,
        value=_value(settlement, flows),
        edge=flows.edge_paid,
        advance=settlement.award.fund_part,
        shortfall=lacked,
    )
