"""The money of a book whose lots have ended: debts, the fund and its limit, and the fee."""

import pytest

from accounts.models import AccountKind
from tests import builders as build
from tests import market
from tests.market import PURPOSES, committed, ended, sums

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_frugal_playbook(venue)
    return venue


def test_negative_equity_is_covered_up_to_the_limit_and_then_lost(venue):
    committed(venue)
    ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "22000"), cash="500"))
    # 1,500 owed; the fund spends 200 on the edge and 800 on the debt, its limit; 700 are lost
    assert sums() == dict.fromkeys(PURPOSES, 0) | {"ADVANCE": 200, "DEBT_COVERED": 800, "DEBT_LOST": 700}
    assert build.venue_account(venue, AccountKind.LOSSES).posted == -700


def test_spot_with_three_quarters_of_debt_repays_it_out_of_its_value(venue):
    alice = committed(venue)
    book = ended(market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000"))
    # 20,000 of value - 200 edge - 15,000 debt - 100 fee
    assert sums() == dict.fromkeys(PURPOSES, 0) | {"DEBT_REPAID": 15000, "FEE": 100, "RESIDUAL": 4700}
    assert book.residual == 4700
    assert build.provider_account(alice).posted == 1_000_000 - 20_000 + 200


def test_the_fee_is_at_most_what_is_left(venue):
    committed(venue)
    book = ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="260"))
    assert (book.fee, book.residual) == (60, 0)
