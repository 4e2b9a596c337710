"""What a stage works on: books locked for it, with everything below them, in a bounded number of queries.

The book is the root that all stages lock: whoever holds it is alone with its lots, steps, auctions and settlements
(bids excepted, which only share a lock on their auction).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.queries import load_clusters
from accounts.rules.clusters import Clusters
from auctions.desks.equities import BookEquities
from auctions.desks.funds import FundDesk
from auctions.desks.legs import leg_of, positions_of
from auctions.desks.owners import load_owners
from auctions.desks.units import FreeUnits
from auctions.lifecycle import FAILED, WATERFALL, StepKind, StepState
from auctions.models import ARRIVAL, AtFault, Auction, Award, Book, Lot, Playbook, Position, Settlement, Step
from auctions.rules import clearing
from auctions.rules.budgets import Budget, reserve_edge
from auctions.rules.eligibility import Exclusions
from auctions.rules.fund_draw import fund_need
from auctions.rules.lots import Range, free_ranges, slice_legs
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.valuation import Leg, notional, notional_of
from auctions.rules.waterfall import Caps
from backstop import clock
from backstop.locks import Lock, lock, lock_free_rows, lock_row
from backstop.models import Asset
from backstop.queries import list_jumped, list_known_prices, marks_in_force, reference_marks
from backstop.values.amounts import multiply, total
from backstop.values.marks import KnownPrices, MarkTerms

LOOKS_AGAIN_AFTER = timedelta(seconds=1)
UNPRICED = "it could not be priced in time, or the breaker let nothing be placed"


def lock_auction(venue_id: UUID, auction_id: UUID) -> tuple[Book, Auction]:
    """The book, then the auction, both locked, and only then read. Raises `auction_unknown`."""
    books = Book.objects.filter(
        id__in=Auction.objects.filter(id=auction_id).values("step__lot__book"), venue=venue_id
    ).select_related("playbook", "asset")
    book = lock_row(Lock.BOOK_ROW, books)
    if book is None:
        raise AuctionRefusal.AUCTION_UNKNOWN.error()
    lock(Lock.AUCTION, [auction_id])
    auction = Auction.objects.select_related("venue__heartbeat", "step__lot").get(id=auction_id)
    auction.step.lot.book = book
    return book, auction


def lock_books(books: QuerySet[Book]) -> list[Book]:
    """These books in the order of their arrival, locked; those that somebody holds are left out.

    So are those of a venue after an outage, before a beat has put their deadlines off: nothing of them is too late.
    """
    locked = lock_free_rows(Lock.BOOK_ROW, books.select_related("playbook", "asset", "venue__heartbeat"))
    now = clock.now()
    in_time = [book for book in locked if book.last_beat.lost_since(now) is None]
    return sorted(in_time, key=attrgetter(*ARRIVAL[Book]))


def caps_of(playbook: Playbook) -> Caps:
    """A playbook's caps as the rules see them."""
    by_kind = {step.kind: getattr(playbook, step.cap) for step in WATERFALL.values() if step.cap}
    return Caps(by_kind)


def terms_of(auction: Auction, reserve_edge_bps: Decimal) -> clearing.ClearingTerms:
    """A sealed auction's terms as the rules see them."""
    return clearing.ClearingTerms(
        format=clearing.Format(auction.format),
        units=auction.units,
        reserve_edge_bps=reserve_edge_bps,
        price_rule=clearing.PriceRule(auction.price_rule),
        rationing=clearing.Rationing(auction.rationing),
        first_rejected_cap_bps=auction.first_rejected_cap_bps,
    )


@dataclass
class Remainder:
    """What is `free` of a lot in one of its steps, and what that is worth."""

    step: Step
    lot: Lot
    book: Book
    positions: Sequence[Position]
    prices: Mapping[UUID, KnownPrices]
    free: FreeUnits
    equities: BookEquities
    funds: FundDesk

    @property
    def playbook(self) -> Playbook:
        return self.book.playbook

    @property
    def mark_terms(self) -> MarkTerms:
        """Which marks the step is priced with."""
        return self.playbook.mark_terms_of(self.step.kind)

    @property
    def asset(self) -> Asset:
        return self.book.asset

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """The legs of the whole lot."""
        return tuple(leg_of(position) for position in self.positions)

    @cached_property
    def intake_marks(self) -> dict[UUID, Decimal]:
        """The marks that the book was taken in at."""
        return {position.instrument_id: position.mark_price for position in self.positions}

    def own_budget_at(self, marks: Mapping[UUID, Decimal]) -> Budget:
        """What is left of the lot's budget at these marks, without the fund."""
        return self.equities[self.book.id].budget_of(self.lot.id, self.lot.budget, marks)

    def budget_at(self, marks: Mapping[UUID, Decimal]) -> Budget:
        """What is left of the lot's budget at these marks, with what the fund would pay now."""
        return replace(self.own_budget_at(marks), fund=self.funds.part_of(self.lot))

    def fund_need(self, cap_bps: Decimal, marks: Mapping[UUID, Decimal]) -> Decimal:
        """What the free units need of the fund to be sold at this cap, at these marks."""
        own = self.own_budget_at(marks).equity
        return fund_need(self.free_notional(marks), cap_bps, own, self.asset.scale)

    def give(self, units: Range, marks: Mapping[UUID, Decimal], edge_bps: Decimal) -> None:
        """Let somebody have a free range at these marks, for this edge."""
        gained = self.equities[self.book.id].note_award(self.lot.id, units, marks, edge_bps)
        self.lot.note_award(units[1], gained)
        self.free.take(units)

    @property
    def units_left(self) -> int:
        """How many units are free."""
        return self.free.count

    @property
    def free_legs(self) -> tuple[Leg, ...]:
        """The legs of the free units, together."""
        return self._legs_in(self.free)

    def legs_of(self, units: int) -> tuple[Leg, ...]:
        """The legs of the next so many free units, together."""
        return self._legs_in(self.free.first(units))

    def _legs_in(self, ranges: Iterable[Range]) -> tuple[Leg, ...]:
        slices = [slice_legs(self.legs, first, count, self.lot.units) for first, count in ranges]
        return tuple(leg for part in slices for leg in part)

    def free_notional(self, marks: Mapping[UUID, Decimal]) -> Decimal:
        """What the free units are worth at these marks, in the settlement asset."""
        return notional_of(self.free_legs, marks, self.asset.scale)

    def free_risk(self, marks: Mapping[UUID, Decimal]) -> Decimal:
        """What is at risk in the free units: notional x margin rate, at these marks."""
        return total(multiply(notional(leg, marks[leg.instrument_id]), leg.margin_rate) for leg in self.free_legs)

    def reserve_edge(self, cap_bps: Decimal, marks: Mapping[UUID, Decimal]) -> Decimal:
        """The most that the free units may be sold at under this cap, in basis points, at these marks."""
        return reserve_edge(cap_bps, self.budget_at(marks), self.free_notional(marks))

    def marks(self, now: datetime) -> dict[UUID, Decimal]:
        """The marks in force. Raises `mark_missing`, `mark_stale` or `mark_jumped`."""
        return reference_marks(self.prices, self.intake_marks, now, self.mark_terms)

    def marks_if_fresh(self, now: datetime) -> dict[UUID, Decimal] | None:
        """The marks in force, or None where nothing can be priced now."""
        marks = marks_in_force(self.prices, self.intake_marks, now, self.mark_terms)
        return marks if marks.keys() == self.intake_marks.keys() else None

    def best_marks(self, now: datetime) -> dict[UUID, Decimal]:
        """The marks in force, and those of the intake where there is none: for limits, nothing is paid by them."""
        return self.intake_marks | marks_in_force(self.prices, self.intake_marks, now, self.mark_terms)

    def has_jumped(self, now: datetime) -> bool:
        """Whether a mark jumped and waits to be confirmed."""
        return bool(list_jumped(self.prices, self.intake_marks, now, self.mark_terms))


@dataclass
class Work(Remainder):
    """One step of a locked book, and what is needed to decide it: the lot's `awards` of before, which of the venue's
    groups count as one, and the books whose `owners` lost what it sells: itself, and those that a fund took over of."""

    awards: Sequence[Award]
    clusters: Clusters[UUID]
    owners: Sequence[Book]

    @property
    def exclusions(self) -> Exclusions:
        """Who takes no part in this lot."""
        return exclusions_of(self.owners, self.awards, self.clusters)


def exclusions_of(owners: Sequence[Book], awards: Iterable[Award], clusters: Clusters[UUID]) -> Exclusions:
    """Who takes no part in a lot of which these awards were made: its owners' clusters, as their loss events opened and
    as they are now, and that of whoever let a settlement of it fail by its own fault."""
    faulty = {
        award.provider.id: award.provider.group_id
        for award in awards
        if award.provider and award.settlement.fault == AtFault.PROVIDER
    }
    now = (*(book.owner_group_id for book in owners), *faulty.values())
    events = [book.loss_event for book in owners if book.loss_event]
    groups = [*(clusters.members(group) for group in now if group), *(event.groups for event in events)]
    return Exclusions(
        groups=frozenset().union(*groups),
        providers=frozenset(faulty).union(*(event.providers for event in events)),
    )


def load_work(steps: Iterable[Step], books: Sequence[Book], now: datetime) -> list[Work]:
    """The work of these steps, whose books are locked: in the order of the books, and of the lots of each. A handful of
    queries for any number."""
    by_book = {book.id: book for book in books}
    places = {book.id: place for place, book in enumerate(books)}
    steps = list(steps)
    lots = Lot.objects.in_bulk({step.lot_id for step in steps})
    positions: dict[UUID | None, list[Position]] = {lot_id: [] for lot_id in lots}
    for position in positions_of(lots):
        positions[position.lot_id].append(position)
    awards: dict[UUID, list[Award]] = {lot_id: [] for lot_id in lots}
    for award in Award.objects.filter(step__lot__in=lots).select_related("settlement", "step", "provider"):
        awards[award.step.lot_id].append(award)
    prices = list_known_prices({p.instrument_id for several in positions.values() for p in several})
    clusters, owners = load_clusters({book.venue_id for book in books}), load_owners(lots.values(), by_book, positions)
    equities, funds = BookEquities(books, now), FundDesk(books, now)
    works = []
    for step in sorted(steps, key=lambda step: (places[lots[step.lot_id].book_id], lots[step.lot_id].ordinal)):
        # So that whoever follows step.lot.book finds the locked rows, without a query.
        step.lot = lot = lots[step.lot_id]
        lot.book = book = by_book[lot.book_id]
        works.append(
            Work(
                step=step,
                lot=lot,
                book=book,
                positions=positions[lot.id],
                prices=prices,
                free=_free_units(lot, awards[lot.id]),
                equities=equities,
                funds=funds,
                awards=awards[lot.id],
                clusters=clusters,
                owners=owners[lot.id],
            )
        )
    return works


def load_remainder(auction: Auction, book: Book, now: datetime) -> Remainder:
    """What a Dutch auction under way may still sell of its lot, however many awards there were.

    Units are given from the first on. So the last ones are left, as many as the auction counts; only where something
    of the book has failed are there holes to be looked for.
    """
    step = auction.step
    lot, left = step.lot, auction.lot_units_left
    positions = list(positions_of([lot.id]))
    free = [(lot.units - left, left)]
    if Settlement.objects.filter(book=book, state__in=FAILED).exists():
        standing = Award.objects.filter(step__lot=lot).exclude(settlement__state__in=FAILED)
        free = free_ranges(lot.units, standing.values_list("first_unit", "units"))
    prices = list_known_prices({position.instrument_id for position in positions})
    equities, funds = BookEquities([book], now), FundDesk([book], now)
    return Remainder(step, lot, book, positions, prices, FreeUnits(free), equities, funds)


def _free_units(lot: Lot, awards: Iterable[Award]) -> FreeUnits:
    standing = (award for award in awards if award.settlement.state not in FAILED)
    return FreeUnits(free_ranges(lot.units, ((award.first_unit, award.units) for award in standing)))


def pass_or_wait(work: Work, now: datetime, *, priced: bool) -> bool:
    """A step that was carried out, or has waited as long as the playbook lets it, ends; another waits a moment. Whether
    it ended without being carried out."""
    step = work.step
    until = step.patient_until or now + timedelta(seconds=work.playbook.max_halt_seconds)
    if priced or now >= until:
        step.move_to(StepState.SETTLING, now)
        return not priced
    step.be_patient(until)
    step.stop(now, now + LOOKS_AGAIN_AFTER)
    return False


def ready_work(ids: Sequence[UUID], kind: StepKind, now: datetime) -> list[Work]:
    """The work of those of these steps of one kind that are ready and due, with their books locked."""
    books = lock_books(Book.objects.filter(id__in=Step.objects.filter(id__in=ids).values("lot__book")))
    due = Q(due_at__lte=now) | Q(stopped_at__isnull=False)
    ready = Step.objects.filter(due, id__in=ids, kind=kind, state=StepState.READY)
    return load_work(ready.filter(lot__book__in=books), books, now)
