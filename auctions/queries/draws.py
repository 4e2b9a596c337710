"""What insurance funds hold for the edges of awards, and what they spent that did not come back."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, Sum

from accounts.lifecycle import LossEventState
from accounts.models import Account, AccountKind, AddendKind, LossEvent, LossPayment, Purpose, Transfer
from accounts.queries import sum_held_for_claims
from accounts.rules.sharing.plans import LayerKind
from auctions.lifecycle import BOOK, FAILED, SETTLEMENT
from auctions.models import Award, Book, Lot, Position, TakeOver
from auctions.rules.fund_draw import BookDraws
from backstop.values.amounts import ZERO, difference, round_down, total

Edge = tuple[UUID, UUID, Decimal]  # book, lot, amount
_SPENT = (Purpose.ADVANCE, Purpose.DEBT_COVERED)
# By estates, by layers in front of the fund, and by the event while covers are asked.
_REPAID = (Purpose.ADVANCE_REPAID, Purpose.LOSS_PAID, Purpose.ADVANCE_OWED)
_INTO_FUNDS = Q(purpose__in=_REPAID, credit__kind=AccountKind.FUND)
# What the fund bears after all because covers did not; what it paid beside these is its venue's co-payment, no draw.
_PASSED_DOWN = LossPayment.objects.filter(layer=LayerKind.FUND.value, claim__isnull=False, addend__kind=AddendKind.BOOK)


def sum_edges(books: Collection[UUID]) -> dict[UUID, Decimal]:
    """What the funds hold and have paid for the edges of each of these books."""
    lots = list(Lot.objects.filter(book__in=books).values_list("id", "book", "fund_paid"))
    not_counted = {lot_id: book_id for lot_id, book_id, paid in lots if paid is None}
    standing = Award.objects.filter(step__lot__in=not_counted).exclude(settlement__state__in=FAILED)
    paid = [(book_id, amount) for _, book_id, amount in lots if amount is not None]
    paid += [(not_counted[lot_id], part) for lot_id, part in standing.values_list("step__lot", "fund_part")]
    used: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for book_id, amount in paid:
        used[book_id] = total([used[book_id], amount])
    return used


def sum_spent_on_events(event_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Decimal]:
    """What the funds hold for the edges of these loss events and have spent on them, by event and asset."""
    rows = Book.objects.filter(loss_event__in=event_ids).values_list("id", "loss_event", "asset")
    books = {book_id: (event_id, asset_id) for book_id, event_id, asset_id in rows if event_id}
    spent: defaultdict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for book_id, amount in sum_spent_on_books(books).items():
        spent[books[book_id]] = total([spent[books[book_id]], amount])
    return dict(spent)


def sum_spent_on_books(book_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What the funds hold for the edges of these books and have spent on them, by book."""
    spent: defaultdict[UUID, list[Decimal]] = defaultdict(list)
    for book_id, amount in [*sum_edges(list(book_ids)).items(), *sum_unfunded(book_ids).items()]:
        spent[book_id].append(amount)
    moved = Transfer.objects.filter(Q(purpose__in=_SPENT) | _INTO_FUNDS, subject_id__in=book_ids)
    for book_id, purpose, amount in moved.values_list("subject_id", "purpose", "amount"):
        spent[book_id].append(amount.copy_negate() if purpose in _REPAID else amount)
    passed_down = _PASSED_DOWN.filter(addend__subject_id__in=book_ids)
    for book_id, amount in passed_down.values_list("addend__subject_id", "amount"):
        spent[book_id].append(amount)
    return {book_id: total(amounts) for book_id, amounts in spent.items()}


def sum_drawn_of_covers(event_ids: Collection[UUID]) -> dict[UUID, dict[UUID, Decimal]]:
    """Of the loss events beside these, of their venues, that cost nothing more (no book is under way, or may join, and
    the fund took over none of what it may yet lose by): what was drawn for each beyond the limit of its books, as
    insurers have it held for that; by event and asset."""
    venues = LossEvent.objects.filter(id__in=event_ids).values("venue")
    under_way = Book.objects.filter(loss_event=OuterRef("pk")).exclude(state__in=BOOK.final)
    taken_over = TakeOver.objects.filter(book__loss_event=OuterRef("pk"))
    counting = LossEvent.objects.filter(venue__in=venues, state=LossEventState.COUNTING)
    over = counting.exclude(Exists(under_way)).exclude(Exists(taken_over))
    by_asset = over.values_list("id", "books__asset", "books__asset__scale")
    limits = list(by_asset.annotate(Min("books__playbook__fund_event_limit")))
    spent = sum_spent_on_events({event_id for event_id, *_, limit in limits if limit is not None})
    drawn: dict[UUID, dict[UUID, Decimal]] = {event_id: {} for event_id, *_ in limits}
    for event_id, asset_id, scale, limit in limits:
        if limit is not None:
            beyond = difference(spent.get((event_id, asset_id), ZERO), round_down(limit, scale))
            drawn[event_id][asset_id] = max(beyond, ZERO)
    return drawn


def sum_fund_edges(award_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What the funds earned for each of these awards to them."""
    earned = Transfer.objects.filter(subject_id__in=award_ids, purpose=Purpose.FUND_EDGE)
    return dict(earned.values_list("subject_id").annotate(Sum("amount")).order_by())


def list_held_edges(asset_ids: Collection[UUID]) -> list[Edge]:
    """What is held for the edges of awards that are not settled, in these assets; not of books that a fund owns."""
    held = Award.objects.filter(
        settlement__state__in=[*SETTLEMENT.under_way],
        settlement__book__asset__in=asset_ids,
        settlement__book__owned_by_fund=False,
        fund_part__gt=0,
    )
    return list(held.values_list("settlement__book", "step__lot", "fund_part"))


def load_draws(fund_id: UUID, after: datetime) -> dict[UUID, BookDraws]:
    """What a fund has spent since then, by book; not on books of its own."""
    mine = Q(debit=fund_id, purpose__in=_SPENT) | Q(credit=fund_id, purpose__in=_REPAID)
    moved = list(Transfer.objects.filter(mine, created_at__gt=after).values_list("purpose", "subject_id", "amount"))
    awards = {subject for purpose, subject, _ in moved if purpose == Purpose.ADVANCE}
    edges: defaultdict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
    of_awards = Award.objects.filter(id__in=awards).values_list("settlement__book", "step__lot", "fund_part")
    for book_id, lot_id, amount in of_awards:
        edges[book_id][lot_id] = total([edges[book_id].get(lot_id, ZERO), amount])
    others = _by_book(moved)
    asset = Account.objects.filter(id=fund_id).values("asset")
    passed_down: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    lately = _PASSED_DOWN.filter(addend__asset__in=asset, created_at__gt=after)
    for book_id, amount in lately.values_list("addend__subject_id", "amount"):
        passed_down[book_id] = total([passed_down[book_id], amount])
    found = {*edges, *others, *passed_down}
    own = set(Book.objects.filter(id__in=found, owned_by_fund=True).values_list("id", flat=True))
    unfunded = sum_unfunded(edges)
    return {
        book_id: BookDraws(
            edges[book_id],
            repaid=difference(total(others[book_id][purpose] for purpose in _REPAID), unfunded.get(book_id, ZERO)),
            covered=total([others[book_id][Purpose.DEBT_COVERED], passed_down[book_id]]),
        )
        for book_id in found - own
    }


def sum_advances_owed(book_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What of the advances that the funds had back of these books their loss events owe still: whoever pays, pays these
    first."""
    moved = Transfer.objects.filter(purpose=Purpose.ADVANCE_OWED, subject_id__in=book_ids)
    paid = _sum_paid_of_debts(book_ids)
    rows = moved.values_list("subject_id", "amount")
    return {book_id: max(difference(amount, paid[book_id]), ZERO) for book_id, amount in rows}


def sum_unfunded(book_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What of the advances that the funds had back of these books their loss events, not final yet, owe still, and
    insurers have nothing held for: whatever covers may have to pay, it did not come back. What is held counts for the
    book that was owed first."""
    owed = Transfer.objects.filter(purpose=Purpose.ADVANCE_OWED)
    of_these = Book.objects.filter(id__in=owed.filter(subject_id__in=book_ids).values("subject_id"))
    under_way = LossEvent.under_way().filter(id__in=of_these.values("loss_event"))
    rows = Book.objects.filter(loss_event__in=under_way).values_list("id", "loss_event", "asset")
    debts = {book_id: (event_id, asset_id) for book_id, event_id, asset_id in rows} if book_ids else {}
    if not debts:
        return {}
    held = sum_held_for_claims({event_id for event_id, _ in debts.values()})
    paid = _sum_paid_of_debts(debts)
    unfunded = {}
    moved = owed.filter(subject_id__in=debts).order_by("created_at", "subject_id")
    for book_id, amount in moved.values_list("subject_id", "amount"):
        left = max(difference(amount, paid[book_id]), ZERO)
        funded = min(left, held[debts[book_id]])
        held[debts[book_id]] = difference(held[debts[book_id]], funded)
        unfunded[book_id] = difference(left, funded)
    return unfunded


def _sum_paid_of_debts(book_ids: Collection[UUID]) -> defaultdict[UUID, Decimal]:
    """What was paid of what their loss events owe for these books: by others than funds, and by them after all."""
    paid = Transfer.objects.filter(purpose=Purpose.EVENT_DEBT_PAID, subject_id__in=book_ids)
    rows = list(paid.exclude(debit__kind=AccountKind.FUND).values_list("subject_id", "amount"))
    rows += _PASSED_DOWN.filter(addend__subject_id__in=book_ids).values_list("addend__subject_id", "amount")
    sums: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for book_id, amount in rows:
        sums[book_id] = total([sums[book_id], amount])
    return sums


def _by_book(moved: Iterable[tuple[str, UUID, Decimal]]) -> defaultdict[UUID, defaultdict[str, Decimal]]:
    by_book: defaultdict[UUID, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for purpose, subject, amount in moved:
        if purpose != Purpose.ADVANCE:
            by_book[subject][purpose] = total([by_book[subject][purpose], amount])
    return by_book


def load_product_groups(lot_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The product groups of these lots' positions."""
    groups: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows = Position.objects.filter(lot__in=lot_ids).values_list("lot", "instrument__product_group").distinct()
    for lot_id, group_id in rows:
        if lot_id is not None:
            groups[lot_id].add(group_id)
    return groups
