"""Settlement: positions and money of an award change hands, all or nothing, once.

Who debits whom is said here and nowhere else. Guarantees that the provider is paid in full, and the same into however
many awards of an auction it is cut, that what the estate lacks is advanced out of what its account kept or stands in
the book's debt account, and that nothing held for the award remains held.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from accounts.desks.holdings import settle_holdings
from accounts.desks.journal import Journal
from accounts.models import Purpose
from auctions.desks.accounts import BookAccounts, Parties
from auctions.desks.inventory import InventoryDesk, Traded, lock_inventory
from auctions.desks.legs import leg_of
from auctions.desks.settled_totals import SettledTotals
from auctions.desks.work import lock_books
from auctions.events import AwardSettled, EstateSettled
from auctions.lifecycle import SettlementState
from auctions.models import ARRIVAL, Award, Beneficiary, Book, Position, Settlement
from auctions.rules.lots import slice_legs
from auctions.rules.settlement import ExactFlows, Flows, exact_flows
from auctions.rules.valuation import Leg, notional
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO, difference
from backstop.values.splitting import split_amount


@dataclass(frozen=True, slots=True)
class _Lacked:
    """What an estate lacked: clearing `advanced` of it what the account had kept, the rest is `owed`."""

    advanced: Decimal
    owed: Decimal


@operation
@kept_alive()
def settle_awards(*, ids: Sequence[UUID]) -> int:
    """Carry out those of these settlements that are confirmed; how many there were."""
    now = clock.now()
    lock_inventory(_venues_whose_funds_trade(ids))
    books = lock_books(Book.objects.filter(id__in=Settlement.objects.filter(id__in=ids).values("book")))
    settlements = list(
        Settlement.objects.filter(id__in=ids, book__in=books, state=SettlementState.CONFIRMED)
        .order_by(*ARRIVAL[Settlement])
        .select_related("award__step__lot")
    )
    by_id = {book.id: book for book in books}
    for settlement in settlements:
        settlement.book = by_id[settlement.book_id]
    totals = SettledTotals([settlement.award for settlement in settlements])
    legs = _legs(settlements)
    flows = {s.id: totals.settle(s.award, _exact(s.award, legs[s.id]), s.book.asset.scale) for s in settlements}
    accounts = BookAccounts(books, {s.award.provider_id for s in settlements if s.award.provider_id})
    lacked = {settlement.id: _move(accounts, settlement, flows[settlement.id]) for settlement in settlements}
    inventory = _trade(settlements, legs, flows, accounts)
    save_changes(books)
    save_changes([settlement.award for settlement in settlements])
    totals.write()
    inventory.write()
    accounts.journal.write()
    numbers = _numbered(settlements)
    for settlement in settlements:
        settlement.settle(numbers[settlement.award_id], now)
    save_changes(settlements)
    record_events(
        [event for s in settlements for event in (_settled(s, flows[s.id]), _of_estate(s, flows[s.id], lacked[s.id]))]
    )
    return len(settlements)


def _numbered(settlements: Sequence[Settlement]) -> dict[UUID, int]:
    """The numbers of these settlements, by award. Each drill counts its own, since nothing of it is ever held."""
    real = [settlement for settlement in settlements if not settlement.book.is_drill]
    numbers = settle_holdings(holders={s.award_id: (s.book.venue_id, s.award.provider_id) for s in real})
    drills = [settlement for settlement in settlements if settlement.book.is_drill]
    before = Settlement.objects.filter(book__in={s.book_id for s in drills}, state=SettlementState.SETTLED)
    settled = Counter(before.values_list("book", flat=True) if drills else ())
    for settlement in drills:
        settled[settlement.book_id] += 1
        numbers[settlement.award_id] = settled[settlement.book_id]
    return numbers


def _venues_whose_funds_trade(ids: Sequence[UUID]) -> set[UUID]:
    """Where a fund takes over or sells with one of these settlements."""
    trades = Q(award__beneficiary=Beneficiary.FUND) | Q(book__owned_by_fund=True)
    return set(Settlement.objects.filter(trades, id__in=ids).values_list("book__venue", flat=True))


def _legs(settlements: Sequence[Settlement]) -> dict[UUID, list[tuple[Position, Leg]]]:
    """What each settlement's award is of each position."""
    positions: dict[UUID | None, list[Position]] = {}
    lots = {settlement.award.step.lot_id for settlement in settlements}
    for position in Position.objects.filter(lot__in=lots).order_by("ordinal").select_related("instrument"):
        positions.setdefault(position.lot_id, []).append(position)
    return {s.id: _slices(s.award, positions[s.award.step.lot_id]) for s in settlements}


def _slices(award: Award, positions: Sequence[Position]) -> list[tuple[Position, Leg]]:
    each = [(p, slice_legs([leg_of(p)], award.first_unit, award.units, award.step.lot.units)) for p in positions]
    return [(position, leg) for position, legs in each for leg in legs]


def _exact(award: Award, legs: Sequence[tuple[Position, Leg]]) -> ExactFlows:
    marks = {position.instrument_id: position.mark_price for position, _ in legs}
    return exact_flows([leg for _, leg in legs], marks, award.marks, award.edge_bps)


def _trade(
    settlements: Sequence[Settlement],
    legs: Mapping[UUID, Sequence[tuple[Position, Leg]]],
    flows: Mapping[UUID, Flows],
    accounts: BookAccounts,
) -> InventoryDesk:
    """What the funds take over, sell and keep with these settlements."""
    trading = [s for s in settlements if s.book.owned_by_fund or s.award.beneficiary == Beneficiary.FUND]
    instruments = {leg.instrument_id for s in trading for _, leg in legs[s.id]}
    inventory = InventoryDesk(instruments, accounts.journal, accounts.venue)
    for settlement in trading:
        award, book = settlement.award, settlement.book
        traded = [Traded(book, award, p, leg, award.marks[leg.instrument_id]) for p, leg in legs[settlement.id]]
        if not book.owned_by_fund:
            for each in traded:
                inventory.take_over(each)
        elif award.provider_id:
            notionals = [notional(each.leg, each.price) for each in traded]
            edges = split_amount(flows[settlement.id].edge_paid, notionals, book.asset.scale)
            for each, edge in zip(traded, edges, strict=True):
                inventory.sell(each, edge, each.position.mark_price)
        else:
            for each in traded:
                inventory.keep(each)
    return inventory


def _move(accounts: BookAccounts, settlement: Settlement, flows: Flows) -> _Lacked:
    """Move all that the settlement moves; what the estate lacked then, and who bears it."""
    award, journal = settlement.award, accounts.journal
    who = accounts.parties(settlement.book, award)
    accounts.release(award, who)
    journal.move(who.clearing, who.estate, _profit(settlement, flows), Purpose.MARK_CHANGE, award.id)
    journal.move(who.fund, who.estate, award.fund_part, Purpose.ADVANCE, award.id)
    if award.provider_id:
        _move_with_provider(journal, who, flows, award.id)
    else:
        journal.move(who.taker, who.estate, _value(settlement, flows), Purpose.TRANSFER_VALUE, award.id)
        journal.move(who.estate, who.fund, flows.edge_paid, Purpose.FUND_EDGE, award.id)
    lacking = min(journal.free(who.estate), ZERO).copy_abs()
    advanced = settlement.book.advance_kept(lacking)
    lacked = _Lacked(advanced, difference(lacking, advanced))
    journal.move(who.clearing, who.estate, lacked.advanced, Purpose.KEPT_ADVANCED, award.id)
    journal.move(who.debt, who.estate, lacked.owed, Purpose.SHORTFALL, award.id)
    return lacked


def _profit(settlement: Settlement, flows: Flows) -> Decimal:
    """What comes into the estate for linear positions: nothing where it is the result of the fund's inventory."""
    return ZERO if settlement.book.owned_by_fund else flows.profit


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
        **settlement.book.whose,
        subject_id=settlement.id,
        provider_id=award.provider_id,
        award=award.id,
        sequence=settlement.sequence,
        edge=flows.edge_received if award.provider_id else flows.edge_paid,
        units=award.units,
        paid=flows.value_paid if award.provider_id else _value(settlement, flows),
        margin=flows.margin if award.provider_id else ZERO,
        delivered=True,
    )


def _of_estate(settlement: Settlement, flows: Flows, lacked: _Lacked) -> EstateSettled:
    return EstateSettled(
        **settlement.book.whose,
        subject_id=settlement.id,
        book=settlement.book_id,
        profit=_profit(settlement, flows),
        value=_value(settlement, flows),
        edge=flows.edge_paid,
        advance=settlement.award.fund_part,
        kept_advance=lacked.advanced,
        shortfall=lacked.owed,
    )
