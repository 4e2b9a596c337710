"""Cut back: what was not bought, as too dear for the whole bill, stays firm and takes by itself, or lapses."""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import User
from auctions.lifecycle import AuctionState, CutBidState
from auctions.models import Auction, Award, Book, ContinuationEdge, CutBid
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.rules.closing import NOT_COVERED, SUSPENDED
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants, market
from tests.audited import found_by_audit
from tests.builders import perform
from tests.market import a_bidder, order, place, take
from tests.operations.test_confirm_default import confirm
from tests.operations.test_declare_default import declare
from tests.operations.test_set_exposure_limit import limit
from tests.refusing import refused
from tests.stateful import published

pytestmark = pytest.mark.django_db


def held(provider):
    return build.provider_account(provider).held


@pytest.fixture
def venue(travel):
    return market.a_market(travel)


@pytest.fixture
def people(venue):
    return {name: a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie")}


def all_holds():
    invariants.hold()
    published.tells_everything()
    assert found_by_audit() == []


def cut(venue, people, travel, bids, cash="3000", expire=False, **fields):
    """The Dutch auction of a lot of 100 units of 400 each, once these bids were decided, which may `expire` then."""
    market.a_dutch_playbook(venue, **{"cover_percent": 50, **fields})
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash=cash)
    market.sweep()
    sealed = Auction.objects.get(step__lot__book=book)
    for name, units, edge in bids:
        bid = order(sealed, f"{name}-{edge}", units, edge)
        (placed,) = place(people[name], replace(bid, expires_at=sealed.closes_at if expire else None))
        assert placed.code is None
    travel(seconds=1)
    market.sweep()
    sealed.refresh_from_db()
    return sealed, Auction.objects.get(kind="DUTCH")


CASE_7 = [("Alice", 50, "30"), ("Bob", 49, "30"), ("Charlie", 1, "350")]


def test_the_last_unit_is_not_bought_by_paying_ninety_nine_more(venue, people, travel) -> None:
    sealed, dutch = cut(venue, people, travel, CASE_7)
    assert sum(award.units * award.edge_bps for award in Award.objects.all()) == 2970
    transcript = market.transcript_of(sealed)
    assert transcript.terms.continuation_edge_bps == 350
    assert [(each.sequence, each.units) for each in transcript.outcome.cut] == [(3, 1)]
    assert (dutch.units, dutch.reserve_edge_bps) == (1, 350), "it waits in DUTCH, at 350 at most"
    waiting = CutBid.objects.get()
    assert (waiting.waits_in_id, waiting.units, held(people["Charlie"])) == (dutch.id, 1, waiting.held)
    assert waiting.held > 0
    (shown,) = build.api_client(build.a_provider_key(people["Charlie"])).get("/v1/bids").json()["data"]
    assert (shown["state"], shown["cut"]["units"], shown["cut"]["auction_id"]) == ("LOST", 1, str(dutch.id))
    all_holds()


@pytest.mark.parametrize("expire", [False, True])
def test_it_takes_by_itself_when_the_clock_reaches_its_edge(venue, people, travel, expire) -> None:
    """Until when the bid was to stand counts no more: what was cut of it is firm."""
    _, dutch = cut(venue, people, travel, CASE_7, expire=expire)
    travel(seconds=44)
    market.mark_again()
    market.sweep()
    assert CutBid.objects.get().state == CutBidState.LIVE, "the clock is at 342"
    travel(seconds=1)
    market.sweep()
    dutch.refresh_from_db()
    waited = CutBid.objects.get()
    assert (waited.state, waited.take.units, waited.take.edge_bps) == (CutBidState.TAKEN, 1, 350)
    assert (dutch.state, held(people["Charlie"])) == (AuctionState.AWARDED, 0)
    assert not ContinuationEdge.objects.exists(), "what was cut back moves nothing"
    all_holds()


def test_a_taker_who_comes_before_has_it_and_moves_the_continuation(venue, people, travel) -> None:
    _, dutch = cut(venue, people, travel, CASE_7)
    travel(seconds=9)
    market.mark_again()
    assert take(people["Alice"], dutch, units=1).edge_bps == 70
    assert (CutBid.objects.get().state, held(people["Charlie"])) == (CutBidState.LAPSED, 0)
    assert ContinuationEdge.objects.get().edge_bps == Decimal("322"), "0.9 x 350 + 0.1 x 70"
    market.sweep()
    all_holds()


TEN_WAIT = [("Alice", 45, "30"), ("Bob", 40, "30"), ("Charlie", 10, "350")]
ALL_WAIT = [("Alice", 60, "200"), ("Bob", 40, "200")]  # the next step is reckoned to cost 100


def reckoned(venue, edge) -> None:
    group = build.a_group_of_products(venue)
    ContinuationEdge.objects.update_or_create(venue=venue, product_group=group, defaults={"edge_bps": Decimal(edge)})


def waited(people, name) -> CutBid:
    return CutBid.objects.get(provider=people[name])


def at_last(travel, seconds=45, price="20000") -> None:
    travel(seconds=seconds)
    market.mark_again(price)
    market.sweep()


def test_at_the_same_instant_it_comes_before_any_taker_and_the_minimum_does_not_bind_it(venue, people, travel) -> None:
    _, dutch = cut(venue, people, travel, TEN_WAIT, min_take_units=4)
    travel(seconds=45)
    market.mark_again()
    quote = quote_take(provider_id=people["Alice"].id, auction_id=dutch.id)
    assert (quote.units_left, quote.units) == (5, 5), "of 15 units ten are Charlie's"
    assert take(people["Alice"], dutch, units=15).units == 5
    with refused(AuctionRefusal.UNITS_BELOW_MINIMUM):
        take(people["Bob"], dutch, "t2", units=1)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        take(people["Bob"], dutch, "t3", units=10)
    market.sweep()
    assert waited(people, "Charlie").take.units == 10
    all_holds()


@pytest.mark.parametrize("first", ["take", "sweep"])
def test_whether_it_or_a_taker_of_that_instant_is_written_first_changes_nothing(venue, people, travel, first) -> None:
    """Its units are not to be had, and a taker is paid no more than all that is free affords: so much is left for it.

    Of 1,400 it has lost all but 173, of 4,875 that are free: 354 bps.
    """
    _, dutch = cut(
        venue, people, travel, TEN_WAIT, cash="1400", fund_draw_limit="0", max_drift_bps="5000", drift_buffer_bps="5000"
    )
    travel(seconds=45)
    market.mark_again("16250")
    if first == "sweep":
        market.sweep("close_auctions")
    assert take(people["Alice"], dutch, units=15).units == 5
    market.sweep("close_auctions")
    given = Award.objects.filter(take__isnull=False).order_by("units")
    assert list(given.values_list("provider__name", "units", "edge_bps", "equity_part", "fund_part")) == [
        ("Alice", 5, 350, Decimal("56.875"), 0),
        ("Charlie", 10, 350, Decimal("113.75"), 0),
    ]
    all_holds()
    market.sweep()
    book = Book.objects.get()
    assert (book.fee, book.residual) == (Decimal("2.375"), 0), "of the fee as much as is left"


@pytest.mark.parametrize("why", ["it is suspended", "marks moved too far"])
def test_what_may_not_take_any_more_keeps_nobody_from_its_units(venue, people, travel, why) -> None:
    _, dutch = cut(venue, people, travel, TEN_WAIT)
    travel(seconds=45)
    market.mark_again("20700" if why == "marks moved too far" else "20000")
    if why == "it is suspended":
        perform(suspend_provider, provider=people["Charlie"], reason="a test")
    assert quote_take(provider_id=people["Alice"].id, auction_id=dutch.id).units == 15
    assert take(people["Alice"], dutch, units=15).units == 15
    assert held(people["Charlie"]) == 0
    all_holds()


def test_a_package_that_finds_too_few_units_keeps_nobody_from_them(venue, people, travel) -> None:
    a_package_waits(venue, people, travel)
    dutch = Auction.objects.get(kind="DUTCH")
    take(people["Alice"], dutch, units=5)
    travel(seconds=45)
    market.mark_again()
    assert take(people["Bob"], dutch, units=5).units == 5
    assert waited(people, "Charlie").state == CutBidState.LAPSED
    all_holds()


def test_before_that_a_taker_may_leave_it_less_than_it_asks_for(venue, people, travel) -> None:
    _, dutch = cut(venue, people, travel, TEN_WAIT)
    take(people["Alice"], dutch, units=8)
    at_last(travel)
    assert waited(people, "Charlie").take.units == 7
    all_holds()


def a_package_waits(venue, people, travel):
    """Charlie's, of ten units at 350, or six of them at least."""
    market.a_dutch_playbook(venue, cover_percent=50)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    sealed = Auction.objects.get(step__lot__book=book)
    place(people["Alice"], order(sealed, "a1", 45, "30"))
    place(people["Bob"], order(sealed, "b1", 45, "30"))
    place(people["Charlie"], replace(order(sealed, "c1", 10, "350"), min_units=6))
    travel(seconds=1)
    market.sweep()


@pytest.mark.parametrize(("taken", "state"), [(4, CutBidState.TAKEN), (5, CutBidState.VOID)])
def test_a_package_with_too_few_units_left_is_void(venue, people, travel, taken, state) -> None:
    a_package_waits(venue, people, travel)
    take(people["Alice"], Auction.objects.get(kind="DUTCH"), units=taken)
    at_last(travel)
    assert (waited(people, "Charlie").state, held(people["Charlie"])) == (state, 0)
    all_holds()


@pytest.mark.parametrize(("gross", "units"), [("2400", 6), ("2399", 0)])
def test_a_package_gets_no_less_than_it_accepts_where_a_limit_was_lowered(venue, people, travel, gross, units) -> None:
    """A unit is worth 400."""
    a_package_waits(venue, people, travel)
    limit(people["Charlie"], gross)
    at_last(travel)
    waiting = waited(people, "Charlie")
    assert (waiting.take.units if waiting.take else 0, held(people["Charlie"])) == (units, 0)
    all_holds()


@pytest.mark.parametrize(("price", "state"), [("19400", CutBidState.TAKEN), ("19399", CutBidState.VOID)])
def test_its_drift_counts_from_its_dutch_auctions_opening(venue, people, travel, price, state) -> None:
    """300 bps of 20,000; the sealed auction had opened at 20,500."""
    market.a_dutch_playbook(venue, cover_percent=50)
    market.mark_again("20500")
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20500"), cash="6000")
    market.sweep()
    for name, units, edge in TEN_WAIT:
        place(people[name], order(Auction.objects.get(step__lot__book=book), "b1", units, edge))
    travel(seconds=1)
    market.mark_again("20000")
    market.sweep()
    at_last(travel, price=price)
    assert waited(people, "Charlie").state == state
    all_holds()


def test_its_hold_is_made_again_at_the_opening_and_what_does_not_fit_is_void(venue, people, travel) -> None:
    build.pay_in(people["Charlie"], "-999560")  # 440 left, of which ten units hold 434.66
    market.a_dutch_playbook(venue, cover_percent=50, settlement_mode="CONFIRM", confirm_seconds=10)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="6000")
    market.sweep()
    for name, units, edge in TEN_WAIT:
        assert place(people[name], order(Auction.objects.get(step__lot__book=book), "b1", units, edge))[0].code is None
    travel(seconds=1)
    market.sweep()
    assert (waited(people, "Charlie").waits_in, held(people["Charlie"])) == (None, waited(people, "Charlie").held)
    all_holds()
    at_last(travel, seconds=11, price="21000")
    assert (waited(people, "Charlie").void_reason, held(people["Charlie"])) == (NOT_COVERED, 0)
    assert Auction.objects.get(kind="DUTCH").reserve_edge_bps == 350
    all_holds()


def test_a_suspended_providers_is_void(venue, people, travel) -> None:
    cut(venue, people, travel, TEN_WAIT)
    perform(suspend_provider, provider=people["Charlie"], reason="a test")
    at_last(travel)
    assert (waited(people, "Charlie").void_reason, held(people["Charlie"])) == (SUSPENDED, 0)
    all_holds()


@pytest.mark.parametrize("when", ["between", "waiting"])
def test_what_waits_ends_with_its_books_version(venue, people, travel, when) -> None:
    reckoned(venue, 100)
    market.a_dutch_playbook(venue)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    for name, units, edge in ALL_WAIT:
        place(people[name], order(Auction.objects.get(), "b1", units, edge))
    travel(seconds=1)
    market.sweep(*(["close_auctions"] if when == "between" else []))
    assert [each.waits_in is None for each in CutBid.objects.all()] == [when == "between"] * 2
    perform(withdraw_book, venue_id=venue.id, book_id=book.id, reason="margin came in")
    assert set(CutBid.objects.values_list("state", "held")) == {(CutBidState.VOID, 0)}
    assert (held(people["Alice"]), held(people["Bob"])) == (0, 0)
    all_holds()


def test_a_default_between_the_auctions_voids_it(venue, people, travel) -> None:
    for name in ("olivia", "peter", "quinn"):
        User.objects.create(username=name)
    declare(people["Charlie"])
    market.a_dutch_playbook(venue, cover_percent=50)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    for name, units, edge in TEN_WAIT:
        place(people[name], order(Auction.objects.get(step__lot__book=book), "b1", units, edge))
    travel(seconds=1)
    market.sweep("close_auctions")
    confirm(people["Charlie"])
    assert (waited(people, "Charlie").state, held(people["Charlie"])) == (CutBidState.VOID, 0)
    all_holds()


def test_it_lapses_where_its_auction_is_skipped(venue, people, travel) -> None:
    reckoned(venue, 100)
    market.a_dutch_playbook(venue, max_halt_seconds=5)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    for name, units, edge in ALL_WAIT:
        place(people[name], order(Auction.objects.get(step__lot__book=book), "b1", units, edge))
    travel(seconds=1)
    market.sweep("close_auctions")
    perform(set_breaker, venue_id=venue.id, level=1, reason="a test")
    market.sweep()
    travel(seconds=6)
    market.mark_again()
    market.sweep()
    assert not Auction.objects.filter(kind="DUTCH").exists()
    assert set(CutBid.objects.values_list("state", "held")) == {(CutBidState.LAPSED, 0)}
    all_holds()


def test_with_its_auction_it_lapses(venue, people, travel) -> None:
    """The clock is too slow for its edge."""
    cut(venue, people, travel, TEN_WAIT, dutch_rise_bps="0.1")
    travel(seconds=60)
    market.mark_again()
    market.sweep()
    assert (waited(people, "Charlie").state, held(people["Charlie"])) == (CutBidState.LAPSED, 0)
    all_holds()


def test_a_commitments_cut_bid_is_held_from_then_on_and_counts_in_its_window(venue, people, travel) -> None:
    commitment = build.a_commitment(people["Charlie"], min_edge_bps="350", cap_per_assignment="4000")
    cut(venue, people, travel, TEN_WAIT[:2], assign="AS_BIDS")
    cut_bid = waited(people, "Charlie")
    assert (cut_bid.units, cut_bid.bid.commitment_id, held(people["Charlie"])) == (10, commitment.id, cut_bid.held)
    at_last(travel)
    award = Award.objects.get(provider=people["Charlie"])
    assert (award.commitment_id, award.units, award.edge_bps) == (commitment.id, 10, 350)
    all_holds()


def test_nothing_is_cut_where_only_a_band_is_shown(venue, people, travel) -> None:
    market.a_dutch_playbook(venue, disclosure="SIZE_BAND")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    assert Auction.objects.get().continuation_edge_bps is None


def test_the_edge_is_frozen_at_the_opening_and_those_who_are_ready_move_it(venue, people, travel) -> None:
    reckoned(venue, 100)
    market.a_dutch_playbook(venue, dutch_cap_bps=350, dutch_curve={"kind": "PIECEWISE", "ramp_seconds": 350})
    dutch = market.a_dutch_auction(venue, travel)
    sealed = Auction.objects.get(kind="SEALED")
    take(people["Alice"], dutch, units=50)
    market.ready(people["Bob"], dutch, 50)
    reckoned(venue, 200)
    assert sealed.continuation_edge_bps == 100
    travel.to(dutch.closes_at)
    market.mark_again()
    market.sweep()
    assert ContinuationEdge.objects.get().edge_bps == 168, "0.9 x 200 + 0.1 x 0, and then 0.9 x 180 + 0.1 x 60"
    all_holds()


def test_a_restart_voids_it_and_the_clock_still_rises_no_further(venue, people, travel) -> None:
    _, dutch = cut(venue, people, travel, TEN_WAIT, max_restarts=1)
    perform(restart_auction, venue_id=venue.id, auction_id=dutch.id, reason="a test")
    dutch.refresh_from_db()
    assert (waited(people, "Charlie").state, held(people["Charlie"])) == (CutBidState.VOID, 0)
    assert dutch.reserve_edge_bps == 350
    all_holds()
