"""What must be true after every scenario, computed from the rows alone and not by the code that wrote them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, Sum

from accounts.models import (
    Account,
    AccountKind,
    Assessment,
    CommitmentUsage,
    CommitmentUse,
    CoverShare,
    Group,
    HoldingEntry,
    Provider,
    Transfer,
)
from auctions.desks.legs import leg_of
from auctions.desks.statements import EDGES, statement_of
from auctions.lifecycle import (
    FAILED,
    AuctionState,
    BidState,
    BookState,
    CutBidState,
    DrillState,
    ReadinessState,
    SettlementState,
    StepState,
)
from auctions.models import (
    Auction,
    Award,
    Bid,
    Book,
    Cap,
    CutBid,
    Drill,
    FundInventory,
    Lot,
    Position,
    ProviderFault,
    Readiness,
    Settlement,
    Step,
    TakeOver,
)
from auctions.offline.inputs import parse
from auctions.offline.verify import read_chain
from auctions.queries import get_chain, list_books_in_full
from auctions.queries.bindings import list_bindings
from auctions.rules.chain.whole import BookChain, chain_differences
from auctions.rules.lots import free_ranges, slice_legs
from backstop import clock
from backstop.models import Asset, Event

ZERO = Decimal(0)
# How the rows that are told of lead to their book.
BOOK_OF = {
    Book: "",
    Lot: "book__",
    Step: "lot__book__",
    Auction: "step__lot__book__",
    Bid: "auction__step__lot__book__",
    CutBid: "lot__book__",
    Readiness: "auction__step__lot__book__",
    Award: "step__lot__book__",
    Settlement: "book__",
}
ENDED = {BookState.CLOSED, BookState.WITHDRAWN}
UNDER_WAY = {AuctionState.OPEN, AuctionState.HALTED}

# What is set aside in accounts of a kind, and where: for a book's estate, a venue's fund, or a provider's collateral.
HELD = [
    (AccountKind.ESTATE, Lot, "estate_held", ["book__estate"]),
    (AccountKind.ESTATE, Award, "estate_held", ["step__lot__book__estate"]),
    (AccountKind.FUND, Lot, "fund_held", ["book__venue", "book__asset"]),
    (AccountKind.FUND, Award, "fund_held", ["step__lot__book__venue", "step__lot__book__asset"]),
    (AccountKind.COLLATERAL, Bid, "held", ["provider", "auction__step__lot__book__asset"]),
    (AccountKind.COLLATERAL, Readiness, "held", ["provider", "auction__step__lot__book__asset"]),
    (AccountKind.COLLATERAL, CutBid, "held", ["provider", "lot__book__asset"]),
    (AccountKind.COLLATERAL, Award, "collateral_held", ["provider", "step__lot__book__asset"]),
    (AccountKind.COLLATERAL, ProviderFault, "held", ["provider", "book__asset"]),
    (AccountKind.COLLATERAL, CoverShare, "held", ["provider", "cover__asset"]),
    (AccountKind.COLLATERAL, Assessment, "held", ["provider", "asset"]),
]


def hold() -> None:
    """All of them. Raises AssertionError, naming what is wrong."""
    posted = _sums("posted", ["asset"], Account.objects.all())
    for asset in Asset._base_manager.all():  # shadows too
        assert posted[asset.id,] == 0, f"money of {asset} was made or lost"
    credited = _sums("amount", ["credit"], Transfer.objects.all())
    debited = _sums("amount", ["debit"], Transfer.objects.all())
    promises = _promises()
    for account in Account.objects.all():
        moved = credited[account.id,] - debited[account.id,]
        assert account.posted == moved, f"{account.kind} holds {account.posted}, its transfers say {moved}"
        promised = promises[_place_of(account)]
        assert account.held == promised, f"{account.kind} has {account.held} set aside, bids and awards need {promised}"
    _bindings_sum_to_what_is_held()
    used = _sums("amount", ["use"], CommitmentUsage.objects.filter(returned_at=None))
    for use in CommitmentUse.objects.all():
        assert use.used == used[use.id,]
    over = [AuctionState.AWARDED, AuctionState.UNFILLED, AuctionState.WITHDRAWN]
    assert not Bid.objects.filter(state=BidState.LIVE, auction__state__in=over).exists()
    assert not Readiness.objects.filter(state=ReadinessState.LIVE, auction__state__in=over).exists()
    assert not CutBid.objects.filter(state=CutBidState.LIVE, waits_in__state__in=over).exists()
    assert not CutBid.objects.filter(state=CutBidState.LIVE, lot__ended_at__isnull=False).exists()
    auctions = list(Auction.objects.select_related("step__lot__book__asset"))
    for cap in Cap.objects.all():
        assert cap.outstanding == sum((_counts_for(a, cap) for a in auctions), ZERO) <= cap.ceiling
    for auction in auctions:
        assert auction.units_taken == _sum(auction.takes.all(), "units") <= auction.units
        if auction.state in UNDER_WAY:
            assert set(auction.excluded_providers) == _excluded(auction), f"{auction} is wrong about who may take part"
    for lot in Lot.objects.select_related("book"):
        if lot.book_version == lot.book.version and lot.book.state != BookState.WITHDRAWN:
            _lot_holds(lot)
        else:
            _withdrawn_lot_holds(lot)
    for book in Book.objects.filter(state__in=ENDED):
        _ended_book_holds(book)
    for drill in Drill.objects.exclude(state=DrillState.UNDER_WAY):
        assert not Account.objects.filter(asset=drill.book.asset).exclude(posted=0, held=0).exists(), (
            f"{drill} left money"
        )
    _drills_are_apart()
    for book in list_books_in_full():
        _statement_holds(book)
    for book in Book.objects.exclude(state=BookState.WITHDRAWN):
        chain_holds(book)


def _bindings_sum_to_what_is_held() -> None:
    """Each provider that has something held is told of all of it."""
    holding = Account.objects.filter(kind=AccountKind.COLLATERAL, held__gt=0, asset__shadow_of=None)
    for provider in Provider.objects.filter(accounts__in=holding).distinct():
        told: dict[Asset | None, Decimal] = defaultdict(Decimal)
        for each in list_bindings(provider):
            if each.account == AccountKind.COLLATERAL and each.amount is not None:
                told[each.asset] += each.amount
        for account in holding.filter(provider=provider).select_related("asset"):
            assert told[account.asset] == account.held, f"{provider} is told of {told}, and {account.held} is held"


def _drills_are_apart() -> None:
    """Whatever is told of a drill's book, and of what becomes of it, says so, and nothing else does. What moves for it
    moves in its shadow, and nobody holds, or has used up, or is numbered for anything by it."""
    has_shadows = Asset._base_manager.filter(shadow_of__isnull=False).exists()
    subjects = {
        subject
        for model, its_book in (BOOK_OF.items() if has_shadows else ())
        for subject in model.objects.filter(**{f"{its_book}asset__shadow_of__isnull": False}).values_list(
            "id", flat=True
        )
    }
    told = set(Event.objects.filter(subject_id__in=subjects).values_list("id", flat=True))
    assert set(Event.objects.filter(payload__drill=True).values_list("id", flat=True)) == told
    for moved in (Transfer.objects.filter(debit__asset__shadow_of=None), HoldingEntry.objects, CommitmentUsage.objects):
        assert not moved.filter(subject_id__in=subjects).exists(), "what is real was moved for a drill"


def everything_ended() -> None:
    """Every book is closed or withdrawn, and nothing is held for anybody any more."""
    hold()
    assert set(Book.objects.values_list("state", flat=True)) <= ENDED
    assert not Account.objects.exclude(held=0).exists()
    for book in Book.objects.all():
        assert all(lot.ended_at for lot in book.lots.all())
    for held in FundInventory.objects.filter(included_sequence=0):
        rows = TakeOver.objects.filter(instrument=held.instrument)
        left = sum((row.quantity_left * (1 if row.side == "LONG" else -1) for row in rows), ZERO)
        assert held.quantity == left, f"the fund holds {held}, its take-overs say {left}"


def chain_holds(book: Book) -> BookChain:
    """Its chain, which verifies."""
    chain = read_chain(parse(json.dumps(get_chain(book))))
    if chain.links:
        found = list(chain_differences(chain, [settings.SIGNING_KEY.public_key]))
        assert found == [], f"the chain of {book} does not hold: {found}"
    assert chain.is_closed == (book.state == BookState.CLOSED)
    return chain


def _excluded(auction: Auction) -> set[UUID]:
    """Providers of the owner's group and of that of whoever let a settlement of the lot fail, and of all that these are
    related to."""
    lot = auction.step.lot
    faulty = Award.objects.filter(step__lot=lot, settlement__fault="PROVIDER").values_list("provider__group", flat=True)
    groups: set[UUID] = set()
    found = {group for group in (lot.book.owner_group_id, *faulty) if group}
    while found - groups:
        groups |= found
        found = set(Group.objects.filter(related__in=groups).values_list("id", flat=True))
    return set(Provider.objects.filter(group__in=groups).values_list("id", flat=True))


def _promises() -> dict[Any, Decimal]:
    """What lots, awards and offers need set aside, by where it is."""
    found: dict[Any, Decimal] = defaultdict(Decimal)
    for kind, model, field, place in HELD:
        for key, amount in _sums(field, place, model.objects.all()).items():
            found[kind, *key] += amount
    return found


def _place_of(account: Account) -> Any:
    if account.kind == AccountKind.ESTATE:
        return account.kind, account.id
    if account.kind == AccountKind.FUND:
        return account.kind, account.venue_id, account.asset_id
    return account.kind, account.provider_id, account.asset_id


def _counts_for(auction: Auction, cap: Cap) -> Decimal:
    book = auction.step.lot.book
    if auction.state not in UNDER_WAY or book.asset_id != cap.asset_id:
        return ZERO
    legs = Position.objects.filter(lot=auction.step.lot)
    if cap.product_group_id:
        legs = legs.filter(instrument__product_group=cap.product_group_id)
    share = _sum(legs, "notional") * (auction.offered_units - auction.units_taken) / auction.step.lot.units
    return share.quantize(Decimal(1).scaleb(-book.asset.scale), ROUND_CEILING)


def _lot_holds(lot: Lot) -> None:
    awards = list(Award.objects.filter(step__lot=lot).select_related("settlement"))
    standing = [award for award in awards if award.settlement.state not in FAILED]
    covered = sum(award.units for award in standing)
    free = sum(size for _, size in free_ranges(lot.units, [(a.first_unit, a.units) for a in standing]))
    assert covered + free == lot.units, "a unit was given twice"
    if lot.ended_at is None:
        return
    assert free == 0
    assert {award.settlement.state for award in standing} == {SettlementState.SETTLED}
    assert (lot.equity_budget, lot.estate_held, lot.fund_held) == (0, 0, 0)
    assert sum(step.units_placed for step in lot.steps.all()) == lot.units
    positions = Position.objects.filter(lot=lot).select_related("instrument")
    for leg in [leg_of(position) for position in positions]:
        parts = [slice_legs([leg], award.first_unit, award.units, lot.units) for award in standing]
        assert sum(part.quantity for legs in parts for part in legs) == leg.quantity


def _withdrawn_lot_holds(lot: Lot) -> None:
    assert lot.ended_at is not None
    assert (lot.equity_budget, lot.estate_held, lot.fund_held) == (0, 0, 0)
    assert {step.state for step in lot.steps.all()} == {StepState.ENDED}
    assert lot.book.is_drill or not Award.objects.filter(step__lot=lot).exists()


def _ended_book_holds(book: Book) -> None:
    for account in (book.estate, book.debt):
        assert (account.posted, account.held) == (0, 0), f"{account.kind} of {book} is not zero"


def _statement_holds(book: Book) -> None:
    """Its owner is told all that moved, and what it comes to."""
    said = statement_of(book, clock.now())
    assert said.in_estate == Account.objects.get(id=book.estate_id).posted
    assert said.owed == -Account.objects.get(id=book.debt_id).posted
    assert len(said.movements) == Transfer.objects.filter(_of(book)).count()
    if book.state == BookState.CLOSED:
        assert said.residual == book.residual, f"{book} left {book.residual}, its statement says {said.residual}"
    edges = Transfer.objects.filter(purpose__in=EDGES)
    paid = _sum(edges.filter(debit=book.estate), "amount") - _sum(edges.filter(credit=book.estate), "amount")
    assert sum((sale.edge or ZERO for sale in said.sales), ZERO) == paid


def _of(book: Book) -> Q:
    accounts = [book.estate_id, book.debt_id]
    return Q(debit__in=accounts) | Q(credit__in=accounts)


def _sum(rows, field: str) -> Decimal:
    return rows.aggregate(total=Sum(field))["total"] or ZERO


def _sums(field: str, by: Sequence[str], rows: Any) -> dict[Any, Decimal]:
    """Sums by the values of these fields."""
    found = rows.values_list(*by).annotate(total=Sum(field)).order_by()
    return defaultdict(Decimal, {tuple(key): total for *key, total in found})
