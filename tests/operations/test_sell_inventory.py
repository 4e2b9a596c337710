"""What the insurance fund had to take, it can sell again through the market."""

from decimal import Decimal

import pytest

from accounts.models import Account, AccountKind, Holding
from accounts.rules.refusals import AccountRefusal
from auctions.desks.inventory import get_inventory_notional
from auctions.models import Award
from auctions.operations.operator.audit import audit
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue(travel):
    """A venue whose fund took over 100 coins worth 200 each."""
    venue = build.a_venue(fund="50000")
    build.an_instrument(venue, "ETH-USD", build.SPOT, price="200", margin_rate="0")
    build.a_playbook(
        venue, fund_inventory_limit="100000", fund_edge_bps="0", mark_max_age_seconds=3600, max_reopenings=0,
        min_groups=1, cover_percent=0,
    )  # fmt: skip
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000")
    wait_until_closed(travel)
    assert get_inventory_notional(venue.id) == 20000
    return venue


def wait_until_closed(travel) -> None:
    for _ in range(3):
        market.sweep()
        travel(seconds=61)
    market.sweep()


def cash_of_fund(venue) -> Decimal:
    return Account.objects.get(venue=venue, kind=AccountKind.FUND).posted


def sell(venue, reference="sale-1"):
    return perform(sell_inventory, instrument=venue.instruments.get(), reference=reference)


def test_what_a_provider_takes_becomes_cash_of_the_fund(venue, travel):
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50")
    book = sell(venue)
    wait_until_closed(travel)
    book.refresh_from_db()
    assert (book.state, book.fee, book.residual) == ("CLOSED", 0, Decimal(19900))
    assert cash_of_fund(venue) == 50000 - 20000 + 19900
    assert get_inventory_notional(venue.id) == 0
    assert Award.objects.get(provider__name="Alice").units == 100
    assert perform(audit) == []


def test_what_nobody_takes_stays_in_the_inventory(venue, travel):
    book = sell(venue)
    assert Holding.objects.get(provider=None).quantity == 0
    wait_until_closed(travel)
    book.refresh_from_db()
    assert (book.state, book.residual) == ("CLOSED", 0)
    assert Holding.objects.get(provider=None).quantity == 100
    assert cash_of_fund(venue) == 30000
    assert perform(audit) == []


def test_nothing_is_sold_twice(venue):
    sell(venue)
    with refused(AuctionRefusal.NOTHING_TO_SELL):
        sell(venue, "sale-2")


def test_what_came_back_is_not_sold_again_under_the_same_reference(venue, travel):
    sell(venue)
    wait_until_closed(travel)
    with refused(AccountRefusal.REFERENCE_REUSED):
        sell(venue)
    assert sell(venue, "sale-2").reference == "sale-2"
