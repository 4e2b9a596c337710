"""What would become now of books that are routed, of which nothing stays: what standing commitments would take of their
lots at once, and whether their markets would take them.

Locks nothing: others may take meanwhile what is told here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from auctions.desks.assigning import assign_lot
from auctions.desks.awards import Awarding
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.work import Work, load_work
from auctions.models import ARRIVAL, Book, Step
from auctions.queries import list_breaker_levels
from auctions.queries.regimes import list_depths
from auctions.rules.regimes import takes
from backstop import clock
from backstop.models import ProductGroup
from backstop.transactions import operation
from backstop.values.amounts import total


@dataclass(frozen=True, slots=True)
class ForeseenMarket:
    """What a book has of a product group, whatever its side, at the marks of the intake; the `depth` that was reported
    of its market last (None: not of late), and whether that `takes` so much (None: nobody knows)."""

    product_group: str
    notional: Decimal
    depth: Decimal | None
    takes: bool | None


@dataclass(frozen=True, slots=True)
class ForeseenLot:
    """A lot in so many units, with its first step. Commitments would take so many of them, all at `edge_bps` (None:
    they take none)."""

    units: int
    notional: Decimal
    first_step: str
    committed_units: int
    edge_bps: Decimal | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of a book; its lots in their order."""

    markets: tuple[ForeseenMarket, ...]
    lots: tuple[ForeseenLot, ...]


@operation
def foresee_books(*, book_ids: Sequence[UUID]) -> dict[UUID, Foreseen]:
    """Of each of these books of one venue. What one would be given counts for those after it, in order of arrival."""
    now = clock.now()
    with_terms = Book.objects.filter(id__in=book_ids).select_related("playbook", "asset", "venue__heartbeat")
    books = list(with_terms.order_by(*ARRIVAL[Book]))
    works = load_work(Step.objects.filter(lot__book__in=books), books, now)
    if not works:
        return {}
    desk = CommitmentDesk(works, now, locked=False)
    awarding = Awarding(desk.journal, now, desk.exposure)
    levels = list_breaker_levels([work.step.id for work in works])
    for work in works:
        marks = work.marks_if_fresh(now) if levels[work.step.id].allows_bids else None
        if marks is not None:
            assign_lot(work, marks, desk, awarding)
    of_books: dict[UUID, list[Work]] = defaultdict(list)
    for work in works:
        of_books[work.book.id].append(work)
    depths = list_depths(books[0].venue_id, now)
    groups = dict(ProductGroup.objects.filter(venue=books[0].venue_id).values_list("id", "code"))
    return {
        book_id: Foreseen(_markets(its_own, groups, depths), tuple(_lot(work, awarding) for work in its_own))
        for book_id, its_own in of_books.items()
    }


def _markets(
    works: Sequence[Work], groups: Mapping[UUID, str], depths: Mapping[UUID, Decimal]
) -> tuple[ForeseenMarket, ...]:
    worth: dict[UUID, list[Decimal]] = defaultdict(list)
    for position in (position for work in works for position in work.positions):
        worth[position.instrument.product_group_id].append(position.notional)
    found = [(groups[group], total(notionals), depths.get(group)) for group, notionals in worth.items()]
    return tuple(ForeseenMarket(code, whole, depth, takes(depth, whole)) for code, whole, depth in sorted(found))


def _lot(work: Work, awarding: Awarding) -> ForeseenLot:
    given = [award for award in awarding.awards if award.step == work.step]
    return ForeseenLot(
        units=work.lot.units,
        notional=work.lot.notional,
        first_step=work.step.kind,
        committed_units=sum(award.units for award in given),
        edge_bps=given[0].edge_bps if given else None,
    )
