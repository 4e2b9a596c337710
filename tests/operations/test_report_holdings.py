"""What the venue says that its providers hold, and what came after that."""

from decimal import Decimal

import pytest
from django.db import connection, transaction

from accounts.desks.holdings import settle_holdings
from accounts.models import Holding, HoldingEntry
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from accounts.rules.refusals import AccountRefusal
from tests.builders import a_provider, a_venue, an_instrument
from tests.market import award_to, holding_of
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


def reported(symbol: str, quantity: int) -> ReportedQuantity:
    return ReportedQuantity(symbol, Decimal(quantity))


def settled(provider, *awards) -> list[int]:
    """The numbers of these settlements of the provider, or with None of its venue's fund."""
    whose = (Holding.objects.get(entries__subject_id=awards[0]).venue_id, provider.id if provider else None)
    return list(settle_holdings(holders=dict.fromkeys(awards, whose)).values())


def test_a_report_replaces_the_settlements_that_it_includes_and_later_ones_count_on_top(venue, alice) -> None:
    bitcoin = an_instrument(venue)
    included, later, _under_way = (award_to(alice, bitcoin, quantity) for quantity in (5, 20, 300))
    assert settled(alice, included, later) == [1, 2]
    for _ in range(2):
        report_holdings(
            venue_id=venue.id, provider_id=alice.id, included_sequence=1, quantities=[reported("BTC-PERP", -1)]
        )
        assert holding_of(alice, bitcoin) == -1 + 20 + 300


def test_what_a_report_does_not_name_is_not_held(venue, alice) -> None:
    bitcoin, ether = an_instrument(venue), an_instrument(venue, "ETH-PERP")
    settled(alice, award_to(alice, bitcoin, 5))
    report_holdings(venue_id=venue.id, provider_id=alice.id, included_sequence=1, quantities=[reported("ETH-PERP", 2)])
    assert (holding_of(alice, bitcoin), holding_of(alice, ether)) == (0, 2)


def test_an_older_report_is_refused(venue, alice) -> None:
    bitcoin = an_instrument(venue)
    settled(alice, *(award_to(alice, bitcoin, 1) for _ in range(4)))
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


def test_each_holder_has_numbers_of_its_own_whatever_others_settle(venue, alice) -> None:
    bitcoin, elsewhere = an_instrument(venue), an_instrument(a_venue())
    bob, mallory = a_provider(venue, "Bob"), a_provider(elsewhere.venue, "Mallory")
    holders = [(alice, bitcoin), (mallory, elsewhere), (None, bitcoin), (bob, bitcoin), (None, elsewhere)]
    for number in (1, 2):
        assert [settled(who, award_to(who, what, 1)) for who, what in holders] == [[number]] * 5
    with refused(AccountRefusal.HOLDINGS_REPORT_REFUSED, match="last settlement of this provider is 2"):
        report_holdings(venue_id=venue.id, provider_id=alice.id, included_sequence=3, quantities=[])


@pytest.mark.parametrize(("of_before", "included", "number"), [(1000, 0, 1001), (1000, 1007, 1008), (3, 0, 4)])
def test_numbers_go_on_after_those_that_were_given_out_of_one_sequence(
    venue, alice, of_before, included, number
) -> None:
    """Programs of 0.2.0 run beside: what they give while both number counts too."""
    bitcoin = an_instrument(venue)
    old = award_to(alice, bitcoin, 5)
    HoldingEntry.objects.filter(subject_id=old).update(settlement_sequence=of_before)
    Holding.objects.update(included_sequence=included)
    new = award_to(alice, bitcoin, 2)
    assert settled(alice, new) == [number]
    report_holdings(
        venue_id=venue.id, provider_id=alice.id, included_sequence=number - 1, quantities=[reported("BTC-PERP", 5)]
    )
    assert holding_of(alice, bitcoin) == 5 + 2, "the later one counts on top"
    beside = award_to(alice, bitcoin, 1)
    HoldingEntry.objects.filter(subject_id=beside).update(settlement_sequence=number + 50)
    assert settled(alice, award_to(alice, bitcoin, 1)) == [number + 51]


def test_the_one_sequence_of_before_stays_ahead(venue, alice) -> None:
    bitcoin = an_instrument(venue)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('settlement_sequence')")
        (before,) = cursor.fetchone()
        (last,) = settled(alice, *(award_to(alice, bitcoin, 1) for _ in range(3)))[-1:]
        cursor.execute("SELECT nextval('settlement_sequence')")
        assert cursor.fetchone()[0] == before + 4 > last


def test_another_venues_provider_cannot_be_reported(alice) -> None:
    with refused(AccountRefusal.PROVIDER_UNKNOWN):
        report_holdings(venue_id=a_venue().id, provider_id=alice.id, included_sequence=0, quantities=[])
