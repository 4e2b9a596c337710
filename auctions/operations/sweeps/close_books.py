"""Winding up: once every lot of a book has ended, its money is brought to an end too.

Guarantees that estate and debt of a closed book are zero, and that the order in which fund, venue and owner are served
is always the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from accounts.desks.loss_locks import lock_losses
from accounts.desks.loss_parts import BeforeFund, Unrepaid
from accounts.desks.loss_sharing import SharingDesk
from accounts.desks.receivables import Debtor, receivables_of
from accounts.desks.repos import RepoDesk, lock_repos
from accounts.lifecycle import LossEventState
from accounts.models import AccountKind, LossEvent, Purpose, Repo
from accounts.rules.sharing.own_edges import Edges
from accounts.rules.sharing.repos import EndingSale
from auctions.desks.accounts import BookAccounts
from auctions.desks.chain import Chain
from auctions.desks.funds import FundDesk
from auctions.desks.inventory import get_held_spot, list_open_sales
from auctions.desks.work import lock_books
from auctions.events import BookClosed, DebtLost
from auctions.lifecycle import FAULT, BookState, FaultState, SettlementState, StepKind
from auctions.models import Award, Beneficiary, Book, Lot, Position, ProviderFault
from auctions.queries import sum_edges_of_books
from auctions.rules.chain.links import ClosingTerms, LinkKind
from auctions.rules.chain.steps import close_by
from auctions.rules.fund_inventory import full_edge
from auctions.rules.residual import Close
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO, difference, total


@operation
def close_books(*, ids: Sequence[UUID]) -> int:
    """Close those of these books whose lots have all ended and whose faults are decided; how many there were."""
    lock_losses(list(Book.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    books = lock_books(
        Book.objects.filter(id__in=ids, state=BookState.ROUTED)
        .exclude(id__in=Lot.objects.filter(ended_at__isnull=True).values("book"))
        .exclude(id__in=ProviderFault.objects.filter(state__in=FAULT.under_way).values("book"))
    )
    now = clock.now()
    repos = _repos_of(books, now)
    books = _beside(books, repos)
    closing = _Closing(books, repos, now)
    for book in books:
        closing.close(book)
    save_changes(books)
    closing.write()
    return len(books)


class _Closing:
    """All whose money these books move as they close, in one journal."""

    def __init__(self, books: Sequence[Book], repos: RepoDesk, now: datetime) -> None:
        self._books, self._repos, self._now = books, repos, now
        self._spent, self._waived, self._made_whole = _spent(books), _without_fee(books), _made_whole(books)
        self._sharing = SharingDesk([book.loss_event_id for book in books if book.loss_event_id], now)
        self._edges = _to_insurers(books, self._sharing)
        self._receivables = receivables_of({_debtor(book) for book in books if not book.owned_by_fund}, now)
        of_providers = [
            *self._sharing.layers.defaulters.values(),
            *self._sharing.claims.accounts.values(),
            *self._receivables.accounts.values(),
            *repos.accounts,
        ]
        self._accounts = BookAccounts(books, set(), of_providers)
        self._sharing.count_in(self._accounts.journal, self._accounts.venue)
        self._funds = FundDesk(books, now)
        for desk in (self._funds, self._receivables, repos):
            desk.count_in(self._accounts.journal)
        self._chain = Chain(now)
        self._told: list[BookClosed | DebtLost] = []

    def close(self, book: Book) -> None:
        """Serve fund, venue, lenders and owner, in this order."""
        event = self._sharing.layers.events.get(book.loss_event_id) if book.loss_event_id else None
        terms, front = self._terms(book, event), BeforeFund()
        if event is not None:
            front = self._sharing.front_of(self._cost(book, event, terms, close_by(terms, book.asset.scale)))
            terms = _behind(front, terms, self._of_fund(book), book.asset.scale)
        close = close_by(terms, book.asset.scale)
        self._chain.add_book(LinkKind.CLOSE, book, terms=terms, close=close)
        to_lenders = self._repay_lenders(book, close.residual)
        to_owner = difference(close.residual, to_lenders)
        _move(self._accounts, book, close, to_owner)
        if event is not None:
            self._sharing.share(self._cost(book, event, terms, close), front, close.debt_covered)
        repaid = total([close.advances_repaid, close.advances_shared])
        self._funds.limits.note_close(book, terms.advanced, repaid, close.debt_covered)
        book.close(close.fee, difference(to_owner, close.made_good, terms.kept_advanced), self._now)
        self._told.append(_closed(book, close, to_lenders))
        if close.debt_lost and (event is None or _is_late(event)):
            self._told.append(_lost(book, close))

    def write(self) -> None:
        """Write all but the books themselves."""
        record_events(self._told)
        self._sharing.write()
        self._receivables.write()
        self._repos.write()
        self._chain.write()
        self._funds.write()
        self._accounts.journal.write()
        self._funds.confirm()

    def _terms(self, book: Book, event: LossEvent | None) -> ClosingTerms:
        """What the book closes by, before anybody pays in front of the fund."""
        advanced, sold = self._spent.get(book.id, (ZERO, ZERO))
        journal, limits = self._accounts.journal, self._funds.limits
        debt = journal.posted(book.debt_id).copy_negate()
        return ClosingTerms(
            estate=journal.posted(book.estate_id),
            debt=debt,
            advanced=advanced,
            sold=sold,
            fee_bps=book.playbook.liquidation_fee_bps,
            waived=book.id in self._waived,
            fund_limit=total([debt, advanced]) if book.owned_by_fund else book.playbook.fund_draw_limit,
            fund_free=min(
                self._of_fund(book),
                debt,
                *limits.rooms_for_debt(book, advanced),
                *([advanced.copy_negate()] if _is_late(event) else []),  # not even of what the estate repays it
            ),
            liable=book.kept_equity,
            kept_advanced=book.kept_advanced,
            made_whole=self._made_whole.get(book.id, ZERO),
        )

    def _of_fund(self, book: Book) -> Decimal:
        """What its fund has, and holds for nothing."""
        fund = self._accounts.venue[book.asset_id][AccountKind.FUND]
        return max(self._accounts.journal.free(fund), ZERO)

    def _cost(self, book: Book, event: LossEvent, terms: ClosingTerms, close: Close) -> Unrepaid:
        advances = difference(terms.advanced, close.advances_repaid)
        debt = difference(terms.debt, close.debt_repaid)
        return Unrepaid(event, book.id, book.asset, advances, debt, book.debt_id, self._edges.get(book.id, {}))

    def _repay_lenders(self, book: Book, most: Decimal) -> Decimal:
        """Repay what was lent against what the fund sold by this book, before the fund has any of it, or what cured the
        account's margin calls; how much that was."""
        if not book.owned_by_fund:
            return self._receivables.repay_by_book(_debtor(book), book.estate_id, most, book.id)
        ended = {book.id, *(each.id for each in self._books if each.state == BookState.CLOSED)}
        left = most
        for instrument_id in sorted({*Position.objects.filter(book=book).values_list("instrument_id", flat=True)}):
            others = list_open_sales(instrument_id, but_of=ended)
            sale = EndingSale(book.received_at, get_held_spot(instrument_id), others)
            left = difference(left, self._repos.repay_by_sale(instrument_id, sale, book.estate_id, left, book.id))
        return difference(most, left)


def _spent(books: Sequence[Book]) -> dict[UUID, tuple[Decimal, Decimal]]:
    """By book: what the fund advanced, and the notional that was placed."""
    rows = (
        Award.objects.filter(settlement__book__in=books, settlement__state=SettlementState.SETTLED)
        .exclude(step__kind=StepKind.RETURN)
        .values_list("settlement__book")
        .annotate(Sum("fund_part"), Sum("notional"))
    )
    return {book_id: (advanced, sold) for book_id, advanced, sold in rows}


def _made_whole(books: Sequence[Book]) -> dict[UUID, Decimal]:
    """By book: what providers whose awards failed paid into its estate."""
    stand = ProviderFault.objects.filter(book__in=books, state=FaultState.UPHELD)
    return dict(stand.values_list("book").annotate(Sum("to_estate")))


def _without_fee(books: Sequence[Book]) -> set[UUID]:
    """Those of these books that owe no fee: the fund's own, and those of which something went back to the venue, or to
    the fund for less than it asks for."""
    settled = Award.objects.filter(settlement__book__in=books, settlement__state=SettlementState.SETTLED)
    taken = settled.exclude(beneficiary=Beneficiary.PROVIDER)
    asked = {book.id: full_edge(book.playbook.fund_edge_bps, book.playbook.dutch_cap_bps) for book in books}
    last = taken.values_list("settlement__book", "beneficiary", "edge_bps").distinct()
    unpaid = {book_id for book_id, whose, edge in last if whose == Beneficiary.VENUE or edge < asked[book_id]}
    return unpaid | {book.id for book in books if book.owned_by_fund}


def _is_late(event: LossEvent | None) -> bool:
    """Whether its loss event is final: nobody pays any more what it costs."""
    return event is not None and event.state == LossEventState.FINAL


def _behind(front: BeforeFund, terms: ClosingTerms, of_fund: Decimal, scale: int) -> ClosingTerms:
    """The same with what pays before the fund does; the fund is not asked for what waits for covers, nor for what it
    keeps of the money that it has, `of_fund`, for co-payments."""
    terms = replace(terms, in_front=front.amount)
    close = close_by(terms, scale)
    unpaid = difference(total([terms.advanced, terms.debt]), close.advances_repaid, close.debt_repaid, close.shared)
    of_advances = difference(terms.advanced, close.advances_repaid, close.advances_shared)
    of_debt = difference(unpaid, of_advances)
    asked = difference(of_debt, max(difference(front.waiting, of_advances), ZERO))
    repaid = total([close.advances_repaid, close.advances_shared])
    left = max(difference(of_fund, front.of_fund), ZERO)
    return replace(terms, fund_free=min(terms.fund_free, left, difference(asked, repaid)))


def _to_insurers(books: Sequence[Book], sharing: SharingDesk) -> dict[UUID, Edges[UUID]]:
    """By book: what it paid in edges above those of commitments to clusters of who insures its loss event."""
    events, covers = sharing.layers.events, sharing.claims.covers
    joined = [(book, events[book.loss_event_id]) for book in books if book.loss_event_id]
    return sum_edges_of_books({book.id: covers.clusters_of(event, book.asset) for book, event in joined})


def _repos_of(books: Sequence[Book], now: datetime) -> RepoDesk:
    """What was lent to funds against what these books sold of it, before they did."""
    sold = {book.id for book in books if book.owned_by_fund}
    positions = Position.objects.filter(book__in=sold).values_list("instrument", flat=True)
    return lock_repos(Repo.objects.filter(instrument__in=positions if sold else ()), now)


def _beside(books: list[Book], repos: RepoDesk) -> list[Book]:
    """Those of them that repay repos, where any does, else all: what one repays changes what is held for covers, and so
    does what others cost."""
    repaying = [book for book in books if book.owned_by_fund]
    return repaying if repos.repos else books


def _debtor(book: Book) -> Debtor:
    return (book.venue_id, book.account, book.asset_id, book.received_at)


def _move(accounts: BookAccounts, book: Book, close: Close, to_owner: Decimal) -> None:
    venue, journal = accounts.venue[book.asset_id], accounts.journal
    fund, clearing = venue[AccountKind.FUND], venue[AccountKind.CLEARING]
    owner = fund if book.owned_by_fund else clearing
    journal.move(clearing, book.estate_id, close.made_good, Purpose.RESIDUAL, book.id)
    journal.move(book.estate_id, fund, close.advances_repaid, Purpose.ADVANCE_REPAID, book.id)
    journal.move(book.estate_id, book.debt_id, close.debt_repaid, Purpose.DEBT_REPAID, book.id)
    journal.move(fund, book.debt_id, close.debt_covered, Purpose.DEBT_COVERED, book.id)
    journal.move(venue[AccountKind.LOSSES], book.debt_id, close.debt_lost, Purpose.DEBT_LOST, book.id)
    journal.move(book.estate_id, venue[AccountKind.FEES], close.fee, Purpose.FEE, book.id)
    journal.move(book.estate_id, owner, to_owner, Purpose.RESIDUAL, book.id)


def _closed(book: Book, close: Close, to_lenders: Decimal) -> BookClosed:
    return BookClosed(
        **book.whose,
        subject_id=book.id,
        residual=book.residual,
        fee=book.fee,
        made_good=close.made_good,
        advances_repaid=close.advances_repaid,
        debt_repaid=close.debt_repaid,
        debt_covered=close.debt_covered,
        debt_lost=close.debt_lost,
        to_lenders=to_lenders,
    )


def _lost(book: Book, close: Close) -> DebtLost:
    return DebtLost(
        **book.whose,
        subject_id=book.id,
        loss_event=book.loss_event_id,
        asset=book.asset.code,
        amount=close.debt_lost,
    )
