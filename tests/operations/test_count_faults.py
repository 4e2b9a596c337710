"""Failing after the award makes whole: what replacing it cost, up to what was held, to the estate first."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.models import AccountKind, Provider
from auctions.lifecycle import BookState, FaultState
from auctions.models import Award, ProviderFault
from tests import builders as build
from tests import invariants, market
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db(transaction=True)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    return venue


def paid_in_the_end(fault, travel):
    travel.to(fault.contest_until)
    market.sweep()
    return market.ended(fault.book)


def test_a_provider_that_lets_it_fail_makes_the_estate_whole(venue, travel):
    fault = market.failed_award(venue)
    account = build.provider_account(fault.provider)
    assert (account.posted, account.held, fault.held) == (1_000_000, 4000, 4000)
    fault = market.sold_again(venue, travel)
    assert fault.state == FaultState.CONTESTABLE
    assert (fault.amount, fault.to_estate) == (2800, 2800), "2 x 1,500 of drift, and 50 bps of 40,000 less"
    assert (fault.held, fault.book.state) == (4000, BookState.ROUTED), "it waits until that is beyond dispute"
    assert Provider.objects.get(id=fault.provider_id).faults == 0
    market.clean()
    tells_everything()
    book = paid_in_the_end(fault, travel)
    fault.refresh_from_db()
    account.refresh_from_db()
    assert (fault.state, fault.held, Provider.objects.get(id=fault.provider_id).faults) == (FaultState.UPHELD, 0, 1)
    assert (account.posted, account.held) == (1_000_000 - 2800, 0)
    kept = {kind: build.venue_account(venue, kind).posted for kind in ("PENALTIES", "LOSSES", "FUND", "FEES")}
    assert kept == {"PENALTIES": 0, "LOSSES": 0, "FUND": 100_000, "FEES": 185}
    assert (book.fee, book.residual) == (185, 1800 - 185), "as if she had taken it, but for the fee's notional"
    market.clean()
    tells_everything()


def test_what_is_dearer_counts_on_the_notional_of_the_award(venue, travel):
    market.failed_award(venue, cash="6000")
    fault = market.sold_again(venue, travel, "80")
    assert (fault.amount, fault.to_estate) == (3120, 3120), "30 bps of 40,000 beside 3,000"
    assert paid_in_the_end(fault, travel).residual == 6000 - 3000 - 296 + 3120 - 185


def test_where_nothing_is_lost_the_penalty_is_the_funds(venue, travel):
    market.failed_award(venue, price="20000")
    fault = market.sold_again(venue, travel, "20")
    assert (fault.amount, fault.to_estate) == (200, 0), "cheaper than she was"
    paid_in_the_end(fault, travel)
    assert build.venue_account(venue, AccountKind.FUND).posted == 100_200
    market.clean()
    tells_everything()


def test_it_costs_no_more_than_was_held_for_it(venue, travel):
    build.a_playbook(venue, settlement_mode="CONFIRM", mark_max_age_seconds=86400, max_jump_bps=None, max_reopenings=0)
    market.failed_award(venue, price="17000")
    fault = market.sold_again(venue, travel)
    assert (fault.amount, fault.to_estate, fault.held) == (4000, 4000, 4000), "6,000 of drift"
    paid_in_the_end(fault, travel)


def test_drift_ends_where_somebody_is_given_some_of_it(venue, travel):
    fault = market.failed_award(venue)
    bob, carol = (market.a_bidder(venue, name) for name in ("Bob", "Carol"))
    market.sweep()
    auction = market.on_to_dutch(travel)
    for taker, price in ((bob, "18500"), (carol, "17500")):
        market.mark_again(price)
        market.take(taker, auction, taker.name, 50, floor="0")
    for settlement in fault.book.settlements.filter(state="AWAITING"):
        market.confirm(venue, settlement)
    market.sweep()
    fault.refresh_from_db()
    assert {mark: str(price) for mark, price in fault.marks.items()} == dict.fromkeys(fault.award.marks, "18500")
    assert set(Award.objects.filter(provider__in=[bob, carol]).values_list("edge_bps", flat=True)) == {D("111.1111")}
    assert fault.amount == D("3244.4444"), "3,000 of drift, and 61.1111 bps of 40,000"


def test_drift_ends_after_its_time_and_what_the_fund_takes_counts_with_the_edge_of_the_award(venue, travel):
    fault = market.failed_award(venue)
    assert fault.drift_until == fault.award.created_at + timedelta(seconds=600)
    travel.to(fault.drift_until - INSTANT)
    market.sweep("count_faults")
    fault.refresh_from_db()
    assert fault.marks is None
    travel(microseconds=1)
    market.mark_again("19000")
    market.sweep("count_faults")
    market.mark_again("18000")
    for _ in range(200):
        market.sweep()
        if fault.book.lots.get().ended_at:
            break
        travel(seconds=120)
    fault.refresh_from_db()
    assert {award.beneficiary for award in Award.objects.exclude(id=fault.award_id)} == {"FUND"}
    assert (fault.state, fault.amount, fault.to_estate) == (FaultState.CONTESTABLE, 2000, 2000), "2 x 1,000"
    invariants.hold()


def test_where_nothing_can_be_priced_drift_waits(venue, travel):
    build.a_playbook(venue, settlement_mode="CONFIRM", mark_max_age_seconds=60, max_reopenings=0)
    fault = market.failed_award(venue)
    travel.to(fault.drift_until)
    assert market.sweep("count_faults") == 0
    fault.refresh_from_db()
    assert (fault.marks, fault.retry_at) == (None, fault.drift_until + timedelta(seconds=1))
    travel(seconds=1)
    market.mark_again("19000")
    assert market.sweep("count_faults") == 1
    assert ProviderFault.objects.get().marks
