"""Money of whole books by hand: linear and spot, gains and losses, advances, debts, dust, and books nobody takes."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Transfer
from auctions.lifecycle import BookState, StepKind
from auctions.models import Auction, Award, Step
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.tasks import run_stage
from backstop.models import Instrument
from tests import builders as build
from tests import invariants, market
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    a_playbook(venue)
    return venue


def a_playbook(venue, **fields):
    values = {"fund_draw_limit": "1000", "fund_inventory_limit": "0", "mark_max_age_seconds": 60, "cover_percent": 0}
    return build.a_playbook(venue, **{**values, "min_groups": 1, "liquidation_fee_bps": "50", **fields})


def committed(venue, edge="100", name="Alice", **terms):
    alice = build.a_provider(venue, name)
    build.a_commitment(alice, min_edge_bps=edge, **terms)
    return alice


def ended(book):
    market.sweep()
    book.refresh_from_db()
    assert book.state == BookState.CLOSED
    invariants.everything_ended()
    return book


def balance(venue, kind):
    return build.venue_account(venue, kind).posted


def sums():
    return {kind: sum(Transfer.objects.filter(purpose=kind).values_list("amount", flat=True)) for kind in PURPOSES}


PURPOSES = ("ADVANCE", "ADVANCE_REPAID", "SHORTFALL", "DEBT_REPAID", "DEBT_COVERED", "DEBT_LOST", "FEE", "RESIDUAL")


def test_a_gain_pays_the_edge_the_fee_and_the_owner(venue):
    alice = committed(venue)
    book = ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "19000"), cash="100"))
    # 100 + 1000 gained - 1 % of 20,000 - 0.5 % of it
    assert (book.fee, book.residual) == (100, 800)
    assert build.provider_account(alice).posted == 1_000_000 + 200 - 2000
    assert build.provider_account(alice, AccountKind.MARGIN).posted == 2000


def test_an_edge_that_the_estate_lacks_is_advanced_and_what_stays_unpaid_is_the_funds(venue):
    committed(venue)
    book = ended(market.a_book(venue, market.position("BTC-PERP", "SHORT", "1", "20000"), cash="50"))
    # An edge of 200: 50 of the account's own, 150 of the fund, and nothing is left to repay it with
    assert sums() == dict.fromkeys(PURPOSES, 0) | {"ADVANCE": 150}
    assert (book.fee, book.residual) == (0, 0)
    assert balance(venue, AccountKind.FUND) == 100_000 - 150


def test_negative_equity_is_covered_up_to_the_limit_and_then_lost(venue):
    committed(venue)
    ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "22000"), cash="500"))
    # 1,500 owed; the fund spends 200 on the edge and 800 on the debt, its limit; 700 are lost
    assert sums() == dict.fromkeys(PURPOSES, 0) | {"ADVANCE": 200, "DEBT_COVERED": 800, "DEBT_LOST": 700}
    assert balance(venue, AccountKind.LOSSES) == -700


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


def test_a_provider_who_pays_is_bound_by_what_it_declared(venue, travel):
    alice = build.a_provider(venue, "Alice")
    build.a_provider_key(alice)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="0")
    market.sweep()
    auction = Auction.objects.get()
    order = BidOrder(auction.id, "b", 100, Decimal(-30), 100, Decimal(30))
    perform(place_bids, key_id=alice.api_keys.get().id, provider_id=alice.id, orders=[order])
    travel(seconds=30)
    ended(book)
    assert build.provider_account(alice).posted == 1_000_000 - 60 - 2000
    assert sums()["FEE"] == 60


def test_dust_of_three_decimals_is_accounted_for(travel):
    travel.freeze()
    venue = build.a_venue()
    venue.assets.update(scale=3)
    build.an_instrument(venue, "DOGE", build.SPOT, price="0.333333", margin_rate="0", quantity_step="0.1")
    build.an_instrument(venue, "XRP-PERP", price="0.777777", quantity_step="0.1")
    a_playbook(venue, lot_scope="BOOK", fund_draw_limit="0")
    committed(venue, "33.3333", cap_per_assignment="5")
    committed(venue, "44.4444", "Bob", cap_per_assignment="5")
    committed(venue, "55.5555", "Charlie")
    book = market.a_book(
        venue,
        market.position("DOGE", "LONG", "33.3"),
        market.position("XRP-PERP", "SHORT", "17.7", "0.7"),
        cash="1.001",
    )
    ended(book)
    assert Award.objects.count() == 3


def test_marks_that_move_between_intake_and_award_move_with_the_estate(venue, travel):
    committed(venue)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="1000")
    build.a_mark(Instrument.objects.get(symbol="BTC-PERP"), "19500")
    book = ended(book)
    # 1,000 - 500 - 1 % of 19,500 - 0.5 % of 19,500
    assert book.residual == Decimal("207.5")


def test_nobody_at_all_ends_by_time_alone_and_goes_back_at_intake_marks(venue, travel):
    book = market.a_book(
        venue, market.position("BTC-PERP", "LONG", "1", "21000"), market.position("ETH-USD", "LONG", "10"), cash="500"
    )
    for _ in range(60):
        travel(seconds=60)
        for stage in market.STAGES:
            run_stage(stage)
    book.refresh_from_db()
    assert book.state == BookState.CLOSED
    assert set(Award.objects.values_list("beneficiary", "edge_bps")) == {("VENUE", 0)}
    assert book.fee == 0
    invariants.everything_ended()


def test_a_late_book_goes_to_the_fund_and_then_back(venue, travel):
    a_playbook(venue, fund_inventory_limit="10000", max_waterfall_seconds=10)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="500")
    travel(seconds=10)
    ended(book)
    steps = Step.objects.order_by("ordinal").values_list("kind", "units_placed")
    assert list(steps) == [(StepKind.ASSIGN, 0), (StepKind.FUND, 50), (StepKind.RETURN, 50)]
