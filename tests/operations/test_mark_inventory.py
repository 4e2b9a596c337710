"""What the fund took over is its own: marks, sales and further take-overs move what contracts gain and lose."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Holding, Transfer
from auctions.models import Book, TakeOver
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.tasks import STAGES
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db(transaction=True)  # the audit has its own snapshot


@pytest.fixture
def venue(travel):
    """A venue that hands to its fund at once what no commitment takes."""
    venue = market.a_market(travel)
    market.a_hasty_playbook(venue)
    return venue


def taken_over(venue, travel, *stages, side="LONG", quantity="2", reference="book-1", cash="4000") -> Book:
    book = market.a_book(venue, market.position("BTC-PERP", side, quantity, "20000"), cash=cash, reference=reference)
    return market.run_out(book, travel, *stages)


def mark(venue, price, travel):
    travel(seconds=1)
    build.a_mark(venue.instruments.get(), price)
    market.sweep()


def sell(venue, travel):
    return market.run_out(perform(sell_inventory, instrument=venue.instruments.get(), reference="sale-1"), travel)


def fund(venue) -> Decimal:
    return build.venue_account(venue, AccountKind.FUND).posted


def left() -> list[tuple[str, Decimal, Decimal]]:
    return list(TakeOver.objects.order_by("number").values_list("side", "quantity_left", "moved"))


def test_a_contract_gains_and_loses_with_every_set_of_marks(venue, travel):
    taken_over(venue, travel)
    before = fund(venue)
    mark(venue, "15000", travel)
    assert fund(venue) == before - 10_000
    assert left() == [("LONG", 2, -10_000)]
    mark(venue, "21000.5", travel)
    assert fund(venue) == before + 2001
    market.clean()


def test_a_sale_moves_what_it_brought_and_costs_its_edge(venue, travel):
    taken_over(venue, travel)
    before = fund(venue)
    mark(venue, "15000", travel)
    market.committed(venue)
    sale = sell(venue, travel)
    assert (sale.fee, sale.residual) == (0, 0)
    assert fund(venue) == before - 10_000 - 300
    row = TakeOver.objects.get()
    assert (row.quantity_left, row.edges, row.result) == (0, 300, -10_300)
    mark(venue, "16000", travel)
    assert fund(venue) == before - 10_300, "what was sold moves no more"
    market.clean()


def test_its_own_sale_costs_the_fund_what_it_costs_whatever_it_may_spend_on_a_book(venue, travel):
    taken_over(venue, travel)
    market.a_hasty_playbook(venue, fund_draw_limit="0")
    before = fund(venue)
    market.committed(venue)
    sell(venue, travel)
    assert fund(venue) == before - 400
    market.clean()


def test_a_further_take_over_on_the_other_side_makes_up_for_the_oldest(venue, travel):
    taken_over(venue, travel)
    taken_over(venue, travel, quantity="1", reference="book-2")
    mark(venue, "21000", travel)
    before = fund(venue)
    taken_over(venue, travel, side="SHORT", quantity="2.5", reference="book-3", cash="7000")
    assert [row[:2] for row in left()] == [("LONG", 0), ("LONG", Decimal("0.5")), ("SHORT", 0)]
    assert Holding.objects.get(provider=None).quantity == Decimal("0.5")
    earned = fund(venue) - before
    mark(venue, "23000", travel)
    assert fund(venue) == before + earned + 1000
    market.clean()


def test_what_the_sale_leaves_stays_where_it_was(venue, travel):
    taken_over(venue, travel)
    before = fund(venue)
    sell(venue, travel)
    assert left() == [("LONG", 2, 0)]
    assert not Transfer.objects.filter(purpose="INVENTORY_RESULT").exists()
    mark(venue, "20500", travel)
    assert fund(venue) == before + 1000
    market.clean()


def test_a_book_of_the_fund_is_nothing_that_the_fund_could_take(venue, travel):
    taken_over(venue, travel)
    sale = sell(venue, travel)
    assert "FUND" not in sale.lots.get().steps.values_list("kind", flat=True)


def test_a_loss_beyond_what_is_free_is_moved_as_soon_as_something_is(venue, travel):
    taken_over(venue, travel)
    free = fund(venue)
    mark(venue, "20000", travel)
    TakeOver.objects.update(cost=2 * (Decimal(20000) + free))  # as if it had cost so much more
    mark(venue, "19999", travel)
    row = TakeOver.objects.get()
    assert (fund(venue), row.moved, row.unpaid) == (0, -free, free + 2)
    mark(venue, "20000", travel)
    assert (fund(venue), TakeOver.objects.get().unpaid) == (0, free)


def begin_sale(venue, travel) -> Book:
    """A sale that is offered for an hour."""
    market.a_hasty_playbook(venue, dutch_seconds=3600)
    sale = perform(sell_inventory, instrument=venue.instruments.get(), reference="sale-1")
    market.sweep()
    travel(seconds=1)
    market.sweep()
    market.a_hasty_playbook(venue)
    return sale


def test_what_is_in_a_sale_is_sold_and_makes_up_for_nothing(venue, travel):
    taken_over(venue, travel)
    sale = begin_sale(venue, travel)
    taken_over(venue, travel, *STAGES, side="SHORT", quantity="1", reference="book-2")
    assert [row[:2] for row in left()] == [("LONG", 2), ("SHORT", 1)]
    assert Holding.objects.get(provider=None).quantity == -1
    market.clean()
    bob = build.a_provider(venue, "Bob")
    market.take(bob, sale.lots.get().steps.get(kind="DUTCH").auction, "t", units=50)
    market.sweep()
    assert [row[:2] for row in left()] == [("LONG", 1), ("SHORT", 1)]
    market.clean()


def test_what_a_sale_leaves_makes_up_for_what_came_meanwhile(venue, travel):
    taken_over(venue, travel)
    begin_sale(venue, travel)
    taken_over(venue, travel, *STAGES, side="SHORT", quantity="3", reference="book-2", cash="7000")
    travel(seconds=3600)
    market.sweep()
    assert [row[:2] for row in left()] == [("LONG", 0), ("SHORT", 1)]
    assert Holding.objects.get(provider=None).quantity == -1
    market.clean()
