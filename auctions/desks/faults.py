"""Faults: begun where an award fails, counted once all of it has been given again, ended with what is held for them.

Guarantees that a fault holds what its award held until it is decided, that only one that stands costs or counts, and
that a venue pays for its own once a book and provider.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, F, QuerySet, When

from accounts.desks.approvals import names_behind, names_of_deciders, require_names
from accounts.models import AccountKind, Provider, Purpose, User
from accounts.rules.refusals import AccountRefusal
from auctions import events
from auctions.desks.accounts import BookAccounts
from auctions.desks.legs import leg_of, positions_of
from auctions.desks.work import LOOKS_AGAIN_AFTER
from auctions.lifecycle import FaultState
from auctions.models import ARRIVAL, AtFault, Award, Book, Position, ProviderFault, Settlement, VenueFault
from auctions.rules.lots import slice_legs
from auctions.rules.make_whole import Failed, MakeWhole, Replacement, make_whole, replaced_by, venue_fault
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.valuation import Leg
from backstop.events import DomainEvent
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.queries import list_known_prices, marks_in_force
from backstop.record import record_events
from backstop.transactions import current_actor
from backstop.values.amounts import ZERO


class FaultDesk:
    """The faults of settlements that fail now, whose books are locked; what they move and hold goes to the journal."""

    def __init__(self, accounts: BookAccounts, books: Sequence[Book], now: datetime) -> None:
        self.accounts, self.now = accounts, now
        self.faults: list[ProviderFault] = []
        self.of_venue: list[VenueFault] = []
        self._paid = set(VenueFault.objects.filter(book__in=books).values_list("book", "provider"))

    def begin(self, settlement: Settlement, held: Decimal, said_by: frozenset[str]) -> None:
        """Whoever's fault it was, by the word of somebody known by these names, answers for it; a provider's own award
        `held` so much of its collateral."""
        provider_id = settlement.award.provider_id
        if provider_id is None:
            return
        if settlement.fault == AtFault.PROVIDER:
            self._hold(settlement, provider_id, held, said_by)
        elif (settlement.book_id, provider_id) not in self._paid:
            self._pay(settlement, provider_id)

    def write(self) -> None:
        """Write the rows, and tell of them; the journal is written by whoever opened it."""
        ProviderFault.objects.bulk_create(self.faults)
        VenueFault.objects.bulk_create(self.of_venue)
        record_events([*map(_found, self.faults), *map(_paid, self.of_venue)])

    def _hold(self, settlement: Settlement, provider_id: UUID, held: Decimal, said_by: frozenset[str]) -> None:
        award, book = settlement.award, settlement.book
        self.accounts.journal.hold(self.accounts.parties(book, award).taker, held)
        drift_until = award.created_at + timedelta(seconds=book.playbook.make_whole_seconds)
        whose = {"award": award, "book": book, "provider_id": provider_id, "party_names": sorted(said_by)}
        self.faults.append(ProviderFault(**whose, held=held, drift_until=max(drift_until, self.now)))

    def _pay(self, settlement: Settlement, provider_id: UUID) -> None:
        award, book, journal = settlement.award, settlement.book, self.accounts.journal
        venue, taker = self.accounts.venue[book.asset_id], self.accounts.parties(book, award).taker
        fees, tranche = venue[AccountKind.FEES], venue[AccountKind.FIRST_TRANCHE]
        from_fees, from_tranche = venue_fault(
            award.notional,
            book.playbook.venue_fault_bps,
            fees=max(journal.free(fees), ZERO),
            tranche=max(journal.free(tranche), ZERO),
            scale=book.asset.scale,
        )
        whose = {"award": award, "book": book, "provider_id": provider_id}
        row = VenueFault(**whose, from_fees=from_fees, from_tranche=from_tranche)
        journal.move(fees, taker, from_fees, Purpose.VENUE_FAULT, row.id)
        journal.move(tranche, taker, from_tranche, Purpose.VENUE_FAULT, row.id)
        self.of_venue.append(row)
        self._paid.add((book.id, provider_id))


def with_rows(faults: QuerySet[ProviderFault]) -> QuerySet[ProviderFault]:
    return faults.order_by(*ARRIVAL[ProviderFault]).select_related(
        "award__step__lot", "book__asset", "book__playbook", "book__venue__heartbeat"
    )


def lock_fault(venue_id: UUID, fault_id: UUID, provider_id: UUID | None = None) -> ProviderFault:
    """A fault of the venue, or of the provider alone, with its book locked. Raises `fault_unknown`."""
    faults = ProviderFault.objects.filter(id=fault_id, book__venue=venue_id)
    if provider_id is not None:
        faults = faults.filter(provider=provider_id)
    if lock_row(Lock.BOOK_ROW, Book.objects.filter(id__in=faults.values("book"))) is None:
        raise AuctionRefusal.FAULT_UNKNOWN.error()
    return with_rows(faults).get()


def is_over(fault: ProviderFault, until: datetime | None, now: datetime) -> bool:
    """Whether the time for acting on it is over; time in which nothing ran does not count."""
    return until is not None and fault.book.last_beat.shown_at(now, fault.created_at) >= until


@dataclass
class CountingDesk:
    """Faults of locked books that are not counted yet, and who was given what of their awards since."""

    faults: Sequence[ProviderFault]
    now: datetime

    def __post_init__(self) -> None:
        lots = {fault.award.step.lot_id for fault in self.faults}
        self._positions: dict[UUID | None, list[Position]] = {lot_id: [] for lot_id in lots}
        for position in positions_of(lots):
            self._positions[position.lot_id].append(position)
        self._awards: dict[UUID, list[Award]] = {lot_id: [] for lot_id in lots}
        awards = Award.objects.filter(step__lot__in=lots).select_related("step")
        for award in awards.order_by("created_at", "first_unit"):
            self._awards[award.step.lot_id].append(award)
        self._prices = list_known_prices({p.instrument_id for several in self._positions.values() for p in several})

    def count(self) -> int:
        """Let drift end where it does; count those of which all has been given again. How many that changed."""
        changed = [fault for fault in self.faults if self._end_drift(fault)]
        counted = [fault for fault in self.faults if fault.award.step.lot.ended_at is not None]
        for fault in counted:
            book = fault.book
            fault.count(self._cost(fault), self.now + timedelta(seconds=book.playbook.contest_seconds), self.now)
        save_changes(self.faults)
        record_events([*map(_counted, counted)])
        return len({fault.id for fault in (*changed, *counted)})

    def _end_drift(self, fault: ProviderFault) -> bool:
        """At the marks of whoever was first given some of it; else, once it is time, at those in force."""
        if fault.marks is not None:
            return False
        given = self._given_again(fault)
        marks = given[0][0].marks if given else self._in_force(fault)
        if marks is None:
            fault.retry_at = self.now + LOOKS_AGAIN_AFTER
            return False
        fault.marks = marks
        fault.unpark()
        return True

    def _in_force(self, fault: ProviderFault) -> dict[UUID, Decimal] | None:
        instruments = fault.award.marks.keys()
        marks = marks_in_force(self._prices, instruments, self.now, fault.book.playbook.mark_terms)
        return marks if marks.keys() == instruments else None

    def _given_again(self, fault: ProviderFault) -> list[tuple[Award, tuple[Leg, ...]]]:
        """The awards after its own that were the first to get some of its units, in order, each with those legs."""
        failed, lot = fault.award, fault.award.step.lot
        later = [award for award in self._awards[lot.id] if award.created_at > failed.created_at]
        ranges = replaced_by((failed.first_unit, failed.units), [(award.first_unit, award.units) for award in later])
        legs = [leg_of(position) for position in self._positions[lot.id]]
        return [
            (award, tuple(leg for first, count in units for leg in slice_legs(legs, first, count, lot.units)))
            for award, units in zip(later, ranges, strict=True)
            if units
        ]

    def _cost(self, fault: ProviderFault) -> MakeWhole:
        award, book = fault.award, fault.book
        return make_whole(
            Failed(award.edge_bps, award.marks, award.notional, fault.held),
            [Replacement(legs, by.edge_bps if by.provider_id else None) for by, legs in self._given_again(fault)],
            fault.marks or award.marks,
            penalty_bps=book.playbook.penalty_bps,
            scale=book.asset.scale,
        )


def require_no_party(fault: ProviderFault) -> frozenset[str]:
    """By what whoever acts now is known, and is of neither party: did not let it be the provider's fault, nor contest
    that, nor belongs to the provider. Raises `person_unknown`, `approval_same_person`."""
    names = require_names(current_actor())
    members = User.objects.filter(membership__provider=fault.provider_id)
    of_provider = frozenset[str]().union(*(names_behind(f"user:{user.username}") for user in members))
    if names & of_provider.union(fault.party_names or ()):
        raise AccountRefusal.APPROVAL_SAME_PERSON.error("who is a party to a fault cannot decide it")
    return names


def contest(fault: ProviderFault, reason: str, now: datetime) -> None:
    """Write that its provider contests it."""
    decide_until = now + timedelta(seconds=fault.book.playbook.decide_seconds)
    fault.contest(reason, names_of_deciders(), decide_until, now)
    save_changes([fault])
    record_events([_told(fault, events.FaultContested, reason=reason, decide_until=fault.decide_until)])


@dataclass(frozen=True, slots=True)
class Ending:
    """A fault that ends, how, and why if somebody says so."""

    fault: ProviderFault
    state: FaultState
    reason: str = ""


def end_all(endings: Sequence[Ending], now: datetime) -> None:
    """Let go of what is held for these faults of locked books; those that stand are paid and counted. Writes it."""
    faults = [ending.fault for ending in endings]
    accounts = BookAccounts(list({f.book_id: f.book for f in faults}.values()), {f.provider_id for f in faults})
    journal = accounts.journal
    told: list[DomainEvent] = []
    for ending in endings:
        fault, who = ending.fault, accounts.parties(ending.fault.book, ending.fault.award)
        journal.release(who.taker, fault.held)
        fault.end(ending.state, now, ending.reason)
        if ending.state == FaultState.UPHELD:
            journal.move(who.taker, who.estate, fault.to_estate or ZERO, Purpose.MADE_WHOLE, fault.id)
            journal.move(who.taker, who.fund, fault.to_fund or ZERO, Purpose.MADE_WHOLE, fault.id)
        told += _ended(ending)
    save_changes(faults)
    upheld = Counter(ending.fault.provider_id for ending in endings if ending.state == FaultState.UPHELD)
    if upheld:
        more = Case(*(When(id=provider_id, then=count) for provider_id, count in upheld.items()))
        Provider.objects.filter(id__in=upheld).update(faults=F("faults") + more)
    record_events(told)
    journal.write()


def _told(fault: ProviderFault, kind: Callable[..., DomainEvent], **said: Any) -> DomainEvent:
    whose = {"venue_id": fault.book.venue_id, "subject_id": fault.id, "provider_id": fault.provider_id}
    return kind(**whose, award=fault.award_id, **said)


def _found(fault: ProviderFault) -> DomainEvent:
    return _told(fault, events.FaultFound, held=fault.held, drift_until=fault.drift_until)


def _counted(fault: ProviderFault) -> DomainEvent:
    said = {"amount": fault.amount, "to_estate": fault.to_estate, "contest_until": fault.contest_until}
    return _told(fault, events.FaultCounted, **said)


def _ended(ending: Ending) -> list[DomainEvent]:
    fault = ending.fault
    if ending.state == FaultState.DISMISSED:
        return [_told(fault, events.FaultDismissed, reason=ending.reason)]
    made_whole = events.EstateMadeWhole(
        venue_id=fault.book.venue_id,
        subject_id=fault.id,
        award=fault.award_id,
        book=fault.book_id,
        to_estate=fault.to_estate or ZERO,
        to_fund=fault.to_fund or ZERO,
    )
    return [_told(fault, events.FaultUpheld, amount=fault.amount, reason=ending.reason), made_whole]


def _paid(row: VenueFault) -> DomainEvent:
    return events.VenueFaultPaid(
        venue_id=row.book.venue_id,
        subject_id=row.id,
        provider_id=row.provider_id,
        award=row.award_id,
        from_fees=row.from_fees,
        from_tranche=row.from_tranche,
    )
