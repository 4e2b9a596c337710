"""Routing: which lots a book becomes, and that together they are the book."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum

from auctions.models import Lot, Position, Step
from auctions.operations.operator.set_breaker import set_breaker
from tests import builders as build
from tests import invariants, market
from tests.builders import perform

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def venue(travel):
    return market.a_market(travel, coins=True)


def a_book(venue, **fields):
    positions = (
        market.position("BTC-PERP", "LONG", "2", "21000", accrued=D(1)),
        market.position("ETH-USD", "LONG", "100"),
    )
    book = market.a_book(venue, *positions, cash="3000", **fields)
    market.sweep("route_books")
    return book


def lots(book):
    rows = Lot.objects.filter(book=book).order_by("ordinal")
    return [(str(lot.product_group), lot.units, lot.notional) for lot in rows]


def quantities(book, symbol):
    rows = Position.objects.filter(book=book, instrument__symbol=symbol).order_by("lot__ordinal")
    return [(p.lot.ordinal, p.quantity, p.notional, p.accrued) for p in rows.select_related("lot")]


def test_a_lot_larger_than_the_limit_is_cut_by_quantity(venue):
    build.a_playbook(venue, max_lot_notional="15000", fund_draw_limit="5000")
    book = a_book(venue)
    assert lots(book) == [
        ("PERPS", 100, D(13320)),
        ("PERPS", 100, D(13340)),
        ("PERPS", 100, D(13340)),
        ("COINS", 100, D(10000)),
        ("COINS", 100, D(10000)),
    ]
    assert quantities(book, "BTC-PERP") == [
        (0, D("0.666"), D(13320), D("0.333")),
        (1, D("0.667"), D(13340), D("0.3335")),
        (2, D("0.667"), D(13340), D("0.3335")),
    ]
    assert quantities(book, "ETH-USD") == [(3, D(50), D(10000), 0), (4, D(50), D(10000), 0)]


def test_the_lots_of_a_cut_book_are_the_book_and_share_its_budget(venue, travel):
    build.a_playbook(
        venue,
        lot_scope="BOOK",
        max_lot_notional="7000",
        fund_inventory_limit="1000000",
        mark_max_age_seconds=86400,
    )
    book = a_book(venue)
    money = Lot.objects.filter(book=book).aggregate(Sum("notional"), Sum("equity_budget"))
    assert Lot.objects.filter(book=book).count() == 9
    assert money["notional__sum"] == book.notional == D(60000)
    assert Lot.objects.filter(book=book, notional__gt=7000).count() == 0
    for _ in range(6):
        travel(seconds=60)
        market.sweep()
    invariants.everything_ended()


def test_without_a_limit_nothing_is_cut(venue):
    build.a_playbook(venue)
    assert lots(a_book(venue)) == [("PERPS", 100, D(40000)), ("COINS", 100, D(20000))]


def test_a_lot_of_exactly_the_limit_is_not_cut(venue):
    build.a_playbook(venue, max_lot_notional="40000")
    assert lots(a_book(venue)) == [("PERPS", 100, D(40000)), ("COINS", 100, D(20000))]


def test_a_limit_of_nothing_is_no_playbook(venue):
    with pytest.raises(DatabaseError, match="playbook_lots_not_empty"), transaction.atomic():
        build.a_playbook(venue, max_lot_notional="0")


ASSIGN, SEALED = "ASSIGN", "SEALED"


@pytest.mark.parametrize(
    ("assign", "scope", "group", "level", "kinds"),
    [
        ("BY_REGIME", "GROUP", "PERPS", 3, [ASSIGN, SEALED]),
        ("BY_REGIME", "GROUP", "PERPS", 2, [SEALED, SEALED]),
        ("BY_REGIME", "GROUP", None, 3, [ASSIGN, ASSIGN]),
        ("BY_REGIME", "BOOK", "COINS", 3, [ASSIGN]),
        ("AS_BIDS", "BOOK", None, 3, [SEALED]),
    ],
)
def test_commitments_take_first_where_their_market_is_halted_and_the_playbook_goes_by_that(
    venue, assign, scope, group, level, kinds
):
    build.a_playbook(venue, assign=assign, lot_scope=scope, fund_draw_limit="5000")
    perform(set_breaker, venue_id=venue.id, product_group=group, level=level, reason="a test")
    book = a_book(venue)
    perform(set_breaker, venue_id=venue.id, product_group=group, level=0, reason="a test")
    assert list(Step.objects.order_by("lot__ordinal").values_list("kind", flat=True)) == kinds, "it is read once"
    said = invariants.chain_holds(book).links[0].lots
    assert [lot.regime == "HALTED" for lot in said] == [kind == ASSIGN or assign == "AS_BIDS" for kind in kinds]
