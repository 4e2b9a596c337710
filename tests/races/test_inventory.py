"""Marking the fund's inventory beside its sale and further take-overs: with real connections."""

import pytest

from accounts.models import AccountKind
from auctions.models import Settlement, TakeOver
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.operations.sweeps.mark_inventory import mark_inventory
from auctions.operations.sweeps.settle_awards import settle_awards
from auctions.queries import due_to_mark, due_to_settle
from auctions.tasks import STAGES
from backstop import clock
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_hasty_playbook(venue, fund_edge_bps=0)
    return venue


UNSETTLED = [stage for stage in STAGES if stage != "settle_awards"]


def on_to_settlement(venue, travel, reference, side="LONG", quantity="2"):
    """A book whose awards wait to be settled."""
    book = market.a_book(venue, market.position("BTC-PERP", side, quantity, "20000"), cash="4000", reference=reference)
    market.run_out(book, travel, *UNSETTLED)


def marking():
    return perform(mark_inventory, ids=due_to_mark(clock.now()).list_ids())


def settling():
    return perform(settle_awards, ids=due_to_settle(clock.now()).list_ids())


@pytest.mark.parametrize("price", ["19500", "20500"])
def test_marking_beside_a_sale_and_a_take_over_moves_everything_once(venue, travel, price):
    on_to_settlement(venue, travel, "book-1")
    market.sweep()
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="100", window_capacity="40000", window_seconds=60)
    perform(sell_inventory, instrument=venue.instruments.get(), reference="a-sale")
    on_to_settlement(venue, travel, "book-2")
    travel(seconds=1)
    build.a_mark(venue.instruments.get(), price)
    together(marking, settling, marking)
    assert Settlement.objects.exclude(state="SETTLED").count() == 0
    market.sweep()
    first, second = TakeOver.objects.order_by("number")
    assert (first.quantity_left, first.result) == (0, -400)
    gained = 2 * (int(price) - 20000)
    assert (second.quantity_left, second.result) == (2, gained)
    assert build.venue_account(venue, AccountKind.FUND).posted == 100_000 - 400 + gained
    market.clean()


def test_a_sale_beside_a_take_over_of_the_other_side_leaves_nothing_without_a_row(venue, travel):
    on_to_settlement(venue, travel, "book-1")
    market.sweep()
    on_to_settlement(venue, travel, "book-2", side="SHORT", quantity="1")
    travel(seconds=1)
    build.a_mark(venue.instruments.get(), "19500")

    def selling():
        return perform(sell_inventory, instrument=venue.instruments.get(), reference="a-sale")

    sale, *counts = together(selling, settling, marking)
    assert counts == [1, 1]
    market.clean()
    market.run_out(sale, travel)
    assert sum(TakeOver.objects.values_list("quantity_left", flat=True)) == 1
    market.clean()
