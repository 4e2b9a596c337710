"""Published events alone say what every balance, award and state is, whatever kind of event it takes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import CommitmentUse
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.commitments.withdraw_commitment import withdraw_commitment
from accounts.operations.keys.revoke_key import revoke_key
from accounts.rules.terms import StandingTerms
from auctions.models import AtFault, Auction, Award, Bid, Book, Drill, Settlement
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.cancel_bid import cancel_bid
from backstop.delivery.catalogue import kinds
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.stateful.published import tells_everything
from tests.stateful.replay import UNREAD, Replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel, coins=True)


def a_playbook(venue, **fields):
    values = {"mark_max_age_seconds": 86400, "max_reopenings": 0, "liquidation_fee_bps": "25"}
    return market.a_playbook(venue, **{**values, "min_groups": 1, "cover_percent": 0, **fields})


def wait_until_closed(travel) -> None:
    for _ in range(6):
        market.sweep()
        travel(seconds=121)
    market.sweep()
    assert set(Book.objects.values_list("state", flat=True)) <= {"CLOSED", "WITHDRAWN"}


def test_every_kind_is_replayed_or_says_nothing_of_it() -> None:
    replayed = {name for name in vars(Replay) if not name.startswith("_")} - {"tell"}
    assert replayed & kinds().keys() == kinds().keys() - UNREAD
    assert kinds().keys() >= UNREAD


def test_money_keys_commitments_and_providers(venue) -> None:
    alice = market.a_bidder(venue, collateral="1000")
    whose = {"venue_id": venue.id, "asset": "USD"}
    perform(move_collateral, **whose, provider_id=alice.id, amount=Decimal("-0.000001"), reference="out")
    perform(fund_venue, **whose, amount=Decimal(-7), reference="out")
    perform(revoke_key, key=alice.api_keys.get())
    commitment = perform(propose_commitment, provider=alice, terms=StandingTerms(min_edge_bps=Decimal(5)))
    tells_everything()
    mine = {"provider": alice, "commitment_id": commitment.id}
    perform(approve_commitment, commitment_id=commitment.id)
    perform(change_commitment, **mine, changes={"min_edge_bps": Decimal(4)})
    perform(suspend_commitment, commitment_id=commitment.id, reason="a test")
    perform(suspend_provider, provider=alice, reason="a test")
    tells_everything()
    perform(resume_commitment, commitment_id=commitment.id)
    perform(resume_provider, provider=alice, reason="a test")
    perform(withdraw_commitment, **mine)
    tells_everything()


@pytest.mark.parametrize("disclosure", ["FULL", "SIZE_BAND"])
def test_a_sealed_auction_with_all_that_may_happen_to_a_bid(venue, travel, disclosure) -> None:
    a_playbook(venue, max_reopenings=1, min_groups=3, reconfirm_after_seconds=60, disclosure=disclosure)
    alice, bob, charlie = (market.a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie"))
    build.a_commitment(alice, min_edge_bps="50", cap_per_assignment="10000")
    auction = market.an_auction(venue)
    way = {} if disclosure == "FULL" else {"inverse_edge_bps": Decimal(300)}
    orders = [replace(market.order(auction, f"b{number}", max_pay="3"), **way) for number in range(4)]
    first, *_ = market.place(bob, *orders)
    market.place(charlie, orders[0])
    market.place(bob, replace(orders[1], client_bid_id="better", edge_bps=Decimal(90), improves="b1"))
    perform(cancel_bid, provider_id=bob.id, bid_id=first.bid_id)
    perform(set_breaker, venue_id=venue.id, auction_id=auction.id, level=3, reason="a test")
    tells_everything()
    travel(seconds=61)  # so long that bids have to be reconfirmed
    perform(set_breaker, venue_id=venue.id, auction_id=auction.id, level=0, reason="a test")
    market.sweep("close_auctions")
    assert market.reconfirm(charlie, auction) == 1
    auction.refresh_from_db()
    travel.to(auction.closes_at)
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.round) == ("OPEN", 2)
    tells_everything()
    travel.to(auction.closes_at)
    market.sweep("close_auctions")
    assert set(Bid.objects.values_list("state", flat=True)) == {"CANCELLED", "VOID", "WON"}
    tells_everything()
    wait_until_closed(travel)
    tells_everything()


def test_an_auction_that_drifts_is_restarted_and_somebody_loses(venue, travel) -> None:
    a_playbook(venue, max_restarts=1)
    alice, bob = market.a_bidder(venue), market.a_bidder(venue, "Bob")
    build.a_commitment(alice, min_edge_bps="50", window_capacity="10000", window_seconds=60)
    auction = market.an_auction(venue)
    market.place(bob, market.order(auction))
    build.a_mark(venue.instruments.get(symbol="BTC-PERP"), "21000")
    travel.to(auction.closes_at)
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert auction.restarts == 1
    tells_everything()
    market.place(bob, market.order(auction, "dear", edge="90", units=75), market.order(auction, "dearest", edge="95"))
    travel.to(auction.closes_at)
    market.sweep("close_auctions")
    assert set(Bid.objects.values_list("state", flat=True)) == {"VOID", "WON", "LOST"}
    assert CommitmentUse.objects.exists()
    tells_everything()
    wait_until_closed(travel)
    tells_everything()


def test_takes_whose_settlements_are_confirmed_rejected_and_left_to_expire(venue, travel) -> None:
    a_playbook(venue, settlement_mode="CONFIRM", sealed_seconds=1, fund_inventory_limit="0", contest_seconds=60)
    takers = [market.a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie", "Dave")]
    auction = market.a_dutch_auction(venue, travel)
    travel(seconds=5)
    for taker in takers:
        market.take(taker, auction, units=20)
    tells_everything()
    confirmed, theirs, ours, _ = (Settlement.objects.get(award__provider=taker) for taker in takers)
    market.confirm(venue, confirmed)
    market.reject(venue, theirs, AtFault.PROVIDER)
    market.reject(venue, ours, AtFault.VENUE)
    tells_everything()
    market.take(takers[0], auction, "the rest", units=20)
    wait_until_closed(travel)
    assert set(Settlement.objects.values_list("state", flat=True)) == {"SETTLED", "REJECTED", "EXPIRED"}
    tells_everything()


def test_spot_that_fund_and_providers_buy_and_the_fund_sells_again(venue, travel) -> None:
    """At prices that leave fractions between estate and provider."""
    a_playbook(venue, units_per_lot=7)
    coins = venue.instruments.get(symbol="ETH-USD")
    build.a_mark(coins, "200.000333")
    charlie = build.a_provider(venue, "Charlie")
    build.a_commitment(charlie, min_edge_bps="33.3333", cap_per_assignment="700")
    market.a_book(venue, market.position("ETH-USD", "LONG", "10.001"), cash="-1999")
    wait_until_closed(travel)
    beneficiaries = set(Award.objects.values_list("beneficiary", flat=True))
    assert beneficiaries == {"PROVIDER", "FUND"}
    tells_everything()
    charlie.commitments.update(state="SUSPENDED")
    perform(sell_inventory, instrument=coins, reference="sale")
    wait_until_closed(travel)
    assert Book.objects.get(reference="sale").owned_by_fund
    tells_everything()


def test_a_book_that_is_amended_and_one_that_is_withdrawn(venue, travel) -> None:
    a_playbook(venue)
    bob = market.a_bidder(venue, "Bob")
    amended, withdrawn = (market.an_auction(venue, name) for name in ("book-1", "book-2"))
    for auction in (amended, withdrawn):
        market.place(bob, market.order(auction, str(auction.id)))
    book = amended.step.lot.book
    market.amend(book, replace(market.LARGER, cash=Decimal(-100_000)))
    tells_everything()
    market.withdraw(withdrawn.step.lot.book)
    tells_everything()
    wait_until_closed(travel)
    tells_everything()


@pytest.mark.parametrize("cash", ["3000", "-300", "-30000"])
def test_a_debt_that_the_estate_repays_the_fund_covers_or_nobody_does(venue, travel, cash) -> None:
    a_playbook(venue, fund_draw_limit="500")
    build.a_commitment(build.a_provider(venue), min_edge_bps="100")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash=cash)
    market.sweep()
    tells_everything()
    wait_until_closed(travel)
    tells_everything()


def test_a_provider_that_pays_for_what_it_is_awarded(venue, travel) -> None:
    a_playbook(venue)
    bob = market.a_bidder(venue, "Bob")
    auction = market.an_auction(venue)
    market.place(bob, market.order(auction, units=33, edge="-12.3456", max_pay="20"))
    travel.to(auction.closes_at)
    market.sweep()
    assert Award.objects.get(provider=bob).edge_bps < 0
    tells_everything()


def test_a_part_of_an_account_that_makes_good_what_its_estate_lacked(venue, travel) -> None:
    a_playbook(venue)
    build.a_commitment(build.a_provider(venue), min_edge_bps="50")
    bitcoin = market.position("BTC-PERP", "LONG", "2", "21000")
    book = market.a_book(venue, bitcoin, cash="5000", target_margin_ratio=Decimal(1))
    build.a_mark(venue.instruments.get(symbol="BTC-PERP"), "16000")
    wait_until_closed(travel)
    book.refresh_from_db()
    assert book.residual < 0
    tells_everything()


def test_a_drill_that_is_held_and_one_that_gives_way(venue, travel) -> None:
    a_playbook(venue)
    alice = market.a_bidder(venue)
    market.a_drill(venue, cash="-1000")
    market.sweep()
    auction = Auction.objects.get()
    market.place(alice, market.order(auction, units=60, edge="-5", max_pay="5"))
    tells_everything()
    wait_until_closed(travel)
    tells_everything()
    build.a_mark(venue.instruments.get(symbol="BTC-PERP"), "20000")
    market.a_drill(venue, reference="drill-2")
    market.sweep()
    market.place(alice, market.order(Auction.objects.get(state="OPEN"), "b2"))
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="3000")
    market.sweep("end_drills")
    tells_everything()
    assert set(Drill.objects.values_list("state", flat=True)) == {"HELD", "BROKEN_OFF"}
