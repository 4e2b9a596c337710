"""What the venue says that its providers hold, and what came after that."""

from decimal import Decimal

import pytest
from django.db import transaction

from accounts.desks.holdings import settle_holdings
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from accounts.rules.refusals import AccountRefusal
from tests.builders import a_venue, an_instrument
from tests.market import award_to, holding_of
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


def reported(symbol: str, quantity: int) -> ReportedQuantity:
    return ReportedQuantity(symbol, Decimal(quantity))


def test_a_report_replaces_the_settlements_that_it_includes_and_later_ones_count_on_top(venue, alice) -> None:
    bitcoin = an_instrument(venue)
    included, later, _under_way = (award_to(alice, bitcoin, quantity) for quantity in (5, 20, 300))
    settle_holdings(sequences={included: 7, later: 8})
    for _ in range(2):
        report_holdings(
            venue_id=venue.id, provider_id=alice.id, included_sequence=7, quantities=[reported("BTC-PERP", -1)]
        )
        assert holding_of(alice, bitcoin) == -1 + 20 + 300


def test_what_a_report_does_not_name_is_not_held(venue, alice) -> None:
    bitcoin, ether = an_instrument(venue), an_instrument(venue, "ETH-PERP")
    settle_holdings(sequences={award_to(alice, bitcoin, 5): 1})
    report_holdings(venue_id=venue.id, provider_id=alice.id, included_sequence=1, quantities=[reported("ETH-PERP", 2)])
    assert (holding_of(alice, bitcoin), holding_of(alice, ether)) == (0, 2)


def test_an_older_report_is_refused(venue, alice) -> None:
    bitcoin = an_instrument(venue)
    settle_holdings(sequences={award_to(alice, bitcoin, 5): 4})
    report_holdings(venue_id=venue.id, provider_id=alice.id, included_sequence=4, quantities=[reported("BTC-PERP", 5)])
    with refused(AccountRefusal.HOLDINGS_REPORT_OUTDATED), transaction.atomic():
        report_holdings(venue_id=venue.id, provider_id=alice.id, included_sequence=3, quantities=[])
    assert holding_of(alice, bitcoin) == 5


def test_a_report_that_names_what_does_not_exist_is_refused_with_every_fault(venue, alice) -> None:
    an_instrument(venue)
    with refused(AccountRefusal.HOLDINGS_REPORT_REFUSED) as caught:
        report_holdings(
            venue_id=venue.id,
            provider_id=alice.id,
            included_sequence=0,
            quantities=[reported("DOGE", 1), reported("BTC-PERP", 1), reported("BTC-PERP", 2)],
        )
    assert {fault.pointer: fault.code for fault in caught.value.faults} == {
        "/holdings/0/instrument": "instrument_unknown",
        "/holdings/2/instrument": "instrument_repeated",
    }
    with refused(AccountRefusal.HOLDINGS_REPORT_REFUSED, match="last settlement"):
        report_holdings(venue_id=venue.id, provider_id=alice.id, included_sequence=1, quantities=[])


def test_another_venues_provider_cannot_be_reported(alice) -> None:
    with refused(AccountRefusal.PROVIDER_UNKNOWN):
        report_holdings(venue_id=a_venue().id, provider_id=alice.id, included_sequence=0, quantities=[])
