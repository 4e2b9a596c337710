"""Settlements that wait for their venue's word, locked, and what comes of those that fail.

What fails gives everything back: units to the next step, money to the lot's budget, capacity to the window that it came
from. Only a provider's fault may cost it, and keeps its collateral until that is known.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.holdings import drop_holdings
from accounts.desks.standing import return_capacity
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from auctions import events
from auctions.desks.accounts import BookAccounts
from auctions.desks.faults import FaultDesk
from auctions.desks.participants import ParticipantDesk
from auctions.lifecycle import SettlementState
from auctions.models import ARRIVAL, Book, Lot, Settlement
from auctions.rules.refusals import AuctionRefusal
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.record import record_events


def with_award(settlements: QuerySet[Settlement]) -> QuerySet[Settlement]:
    return settlements.order_by(*ARRIVAL[Settlement]).select_related(
        "award__step__lot", "book__asset", "book__playbook", "book__venue__heartbeat"
    )


def lock_settlement(venue_id: UUID, settlement_id: UUID) -> Settlement:
    books = Book.objects.filter(id__in=Settlement.objects.filter(id=settlement_id).values("book"), venue=venue_id)
    if lock_row(Lock.BOOK_ROW, books) is None:
        raise AccountRefusal.SETTLEMENT_UNKNOWN.error()
    return with_award(Settlement.objects.all()).get(id=settlement_id)


def stake_of_word(*, venue_id: UUID, settlement_id: UUID, **_: Any) -> Stake | None:
    """What the word on a settlement puts at stake: its notional, while it is awaited."""
    awaited = Settlement.objects.filter(id=settlement_id, book__venue=venue_id, state=SettlementState.AWAITING)
    settlement = awaited.select_related("award", "book").first()
    return Stake(settlement.book.asset_id, settlement.award.notional) if settlement else None


def require_awaiting(settlement: Settlement, now: datetime) -> None:
    if settlement.state != SettlementState.AWAITING:
        raise AuctionRefusal.SETTLEMENT_DECIDED.error(f"the settlement is {settlement.state} already")
    shown = settlement.book.last_beat.shown_at(now, settlement.created_at)
    if settlement.confirm_by is not None and shown >= settlement.confirm_by:
        raise AuctionRefusal.SETTLEMENT_EXPIRED.error()


def fail_settlements(
    settlements: Sequence[Settlement],
    now: datetime,
    participants: ParticipantDesk | None = None,
    said_by: frozenset[str] = frozenset(),
) -> None:
    """Give back all that these settlements, rejected or expired, have of others, and write it; with `participants`,
    whose fault it was takes part no longer. `said_by` are the names of the people whose word that was."""
    awards = [settlement.award for settlement in settlements]
    return_capacity(subject_ids=[award.id for award in awards], now=now)
    books = list({s.book_id: s.book for s in settlements}.values())
    providers = {award.provider_id for award in awards if award.provider_id}
    accounts = BookAccounts(books, providers, participants.accounts if participants else [])
    faults = FaultDesk(accounts, books, now)
    lots: dict[UUID, Lot] = {}
    for settlement in settlements:
        lot = lots.setdefault(settlement.award.step.lot_id, settlement.award.step.lot)
        held = settlement.award.collateral_held
        _give_back(accounts, settlement, lot)
        faults.begin(settlement, held, said_by)
    save_changes([*settlements, *awards, *lots.values()])
    record_events([*map(_failed, settlements)])
    faults.write()
    if participants:
        participants.void(accounts.journal)
    accounts.journal.write()
    drop_holdings(subject_ids=[award.id for award in awards])


def _give_back(accounts: BookAccounts, settlement: Settlement, lot: Lot) -> None:
    """What the award has of the account's own stays held, now for the lot again; fund and collateral are free."""
    award, who = settlement.award, accounts.parties(settlement.book, settlement.award)
    lot.give_back(award.edge_parts)
    accounts.journal.hold(who.estate, award.estate_held)
    accounts.release(award, who)


def _failed(settlement: Settlement) -> events.SettlementRejected | events.SettlementExpired:
    said: dict[str, Any] = {
        "venue_id": settlement.book.venue_id,
        "subject_id": settlement.id,
        "provider_id": settlement.award.provider_id,
        "award": settlement.award_id,
        "reason": settlement.reason,
        "fault": settlement.fault,
    }
    if settlement.state == SettlementState.EXPIRED:
        return events.SettlementExpired(**said)
    return events.SettlementRejected(**said)
