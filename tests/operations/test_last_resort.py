"""The last resort is paid: what the fund earns for taking what nobody else took, and where there is no fee."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind
from auctions.models import Award
from auctions.operations.operator.sell_inventory import sell_inventory
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel, coins=True)


def a_linear_book(venue, travel, cash):
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash=cash)
    return market.run_out(book, travel)


def fund(venue) -> Decimal:
    return build.venue_account(venue, AccountKind.FUND).posted


@pytest.mark.parametrize(("edge", "funds"), [("500", (102_000, 92_000, 91_700)), ("0", (100_000, 90_000, 89_700))])
def test_the_fund_earns_its_edge_bears_what_it_took_and_pays_for_its_sale(venue, travel, edge, funds):
    market.a_hasty_playbook(venue, fund_edge_bps=edge, max_jump_bps=None)
    a_linear_book(venue, travel, "4000")
    seen = [fund(venue)]
    travel(seconds=1)
    bitcoin = venue.instruments.get(symbol="BTC-PERP")
    build.a_mark(bitcoin, "15000")
    market.sweep()
    seen.append(fund(venue))
    market.committed(venue)
    market.ended(perform(sell_inventory, instrument=bitcoin, reference="sale-1"))
    seen.append(fund(venue))
    assert tuple(seen) == funds
    assert build.venue_account(venue, AccountKind.LOSSES).posted == 0


def test_spot_that_nobody_bids_for_pays_the_fund_then_its_debt_then_the_fee(venue, travel):
    market.a_hasty_playbook(venue)
    book = market.run_out(market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000"), travel)
    assert (book.fee, book.residual) == (100, 3900)
    assert fund(venue) == 100_000 - 20_000 + 1000


@pytest.mark.parametrize(("cash", "edge", "fee"), [("2000", "500", 0), ("2200", "500", 200), ("1999", "499.75", 0)])
def test_what_the_lot_does_not_afford_the_fund_does_without_and_so_does_the_venue(venue, travel, cash, edge, fee):
    market.a_hasty_playbook(venue)
    book = a_linear_book(venue, travel, cash)
    assert Award.objects.get().edge_bps == Decimal(edge)
    assert (book.fee, book.residual) == (fee, 0)


def test_the_fund_asks_for_no_more_than_others_could_have_had(venue, travel):
    market.a_hasty_playbook(venue, dutch_cap_bps="400")
    book = a_linear_book(venue, travel, "4000")
    assert Award.objects.get().edge_bps == 400
    assert book.fee == 200


def test_what_goes_back_to_the_venue_costs_no_fee(venue, travel):
    market.a_hasty_playbook(venue, fund_inventory_limit="20000")
    book = a_linear_book(venue, travel, "4000")
    assert set(Award.objects.values_list("edge_bps", "units")) == {(500, 50), (0, 50)}
    assert (book.fee, book.residual) == (0, 3000)


def test_of_half_a_lot_the_fund_earns_half_of_what_the_lot_has(venue, travel):
    market.a_hasty_playbook(venue, fund_inventory_limit="20000")
    a_linear_book(venue, travel, "1000")
    assert Award.objects.get(beneficiary="FUND").edge_bps == 250
    assert fund(venue) == 100_500
