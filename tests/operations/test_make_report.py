"""The report on a venue's books, as `replay` and `demo` print it."""

from decimal import Decimal

import pytest

from auctions.lifecycle import StepKind
from auctions.models import Step
from auctions.simulation.report import lines_of, make_report
from backstop.values.amounts import ZERO
from tests import market
from tests.market import ended

pytestmark = pytest.mark.django_db(transaction=True)


def a_book_that_the_fund_took(travel, **parameters):
    venue = market.a_market(travel, coins=True)
    waits = {"max_reopenings": 0, "mark_max_age_seconds": 86400, "max_waterfall_seconds": 10}
    market.a_frugal_playbook(venue, fund_inventory_limit="1000000", **waits, **parameters)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="4000")
    travel(seconds=10)
    for auction in (StepKind.SEALED, StepKind.DUTCH):
        market.sweep()
        travel.to(Step.objects.get(kind=auction).auction.closes_at)
    ended(book)
    return make_report(venue.id, lambda provider, book: ZERO)


@pytest.mark.parametrize(
    ("caps", "earned"),
    [({}, "500"), ({"fund_edge_bps": "600"}, "500"), ({"fund_edge_bps": "0"}, "0")],
    ids=["its edge", "the Dutch cap", "nothing"],
)
def test_what_the_fund_earns_within_its_edge_is_not_beyond_the_reserve(travel, caps, earned):
    report = a_book_that_the_fund_took(travel, **caps)
    assert (report.beyond_reserve, report.edge_bps["FUND"], report.holds) == (0, Decimal(earned), True)
    assert f"20,000.00 USD at {Decimal(earned):.2f} bps" in dict(lines_of(report))["placed in FUND"]


def test_what_the_fund_earns_above_its_edge_is_counted(travel, monkeypatch):
    monkeypatch.setattr("auctions.simulation.report.full_edge", lambda *_: Decimal(499))
    assert a_book_that_the_fund_took(travel).beyond_reserve == 1
