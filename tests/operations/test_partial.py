"""Partial liquidation through the whole market: the money by hand, for contracts, for spot, and with a debt."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import AccountKind, Transfer
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import BookState
from auctions.models import Auction, Award, Book, KeptPosition, Lot, Position
from auctions.operations.operator.audit import audit
from auctions.operations.venue.amend_book import amend_book
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Instrument
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.refusing import refused
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal
BTC = market.position("BTC-PERP", "LONG", "2", "21000")
ETH = market.position("ETH-USD", "LONG", "100")
PART = {"reference": "book-1", "target_margin_ratio": D(1)}
LINEAR = BookOrder(positions=(BTC,), cash=D(5000), **PART)
INDEBTED = BookOrder(positions=(ETH,), cash=D(-17000), **PART)


def a_playbook(venue, **fields):
    """One that reckons with the dearest edge and the fee, unless said otherwise."""
    values = {"mark_max_age_seconds": 86400, "min_groups": 1, "cover_percent": 0, "partial_cost_bps": "550"}
    return build.a_playbook(venue, **{**values, **fields})


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    build.an_instrument(venue, "ETH-USD", build.SPOT, product_group="COINS", price="200", margin_rate="0.2")
    a_playbook(venue, fund_draw_limit="5000")
    build.a_commitment(build.a_provider(venue), min_edge_bps="50")
    return venue


def received(venue, order):
    return market.receive(venue, [order])[0]


def ended(book):
    market.sweep()
    book.refresh_from_db()
    assert book.state == BookState.CLOSED
    invariants.everything_ended()
    assert perform(audit) == []
    return book


def balances(venue, *kinds):
    return tuple(build.venue_account(venue, kind).posted for kind in kinds)


def moved(purpose):
    return sum(Transfer.objects.filter(purpose=purpose).values_list("amount", flat=True))


def test_of_a_linear_position_only_the_part_is_sold_and_settled(venue):
    # Equity 3000 against 4000; a cost of at most 500 + 50 bps: 1.112 of 2 (tests/rules/test_health.py).
    (door,) = balances(venue, AccountKind.CLEARING)
    book = received(venue, LINEAR)
    assert (book.notional, book.equity, book.cash) == (22240, D("1223.2"), D("2335.2"))
    assert (book.kept_cash, book.kept_equity) == (D("2664.8"), D("1776.8"))
    assert market.posted(book.estate_id) == D("1223.2")  # 2335.2 - 1.112 x 1000
    assert [p.quantity for p in Position.objects.all()] == [D("1.112")]
    assert [(p.quantity, p.notional) for p in KeptPosition.objects.all()] == [(D("0.888"), 17760)]
    ended(book)
    # An edge and a fee of 50 bps on 22,240 each; the rest of what went along goes back to the account.
    assert (book.fee, book.residual) == (D("111.2"), D("1000.8"))
    assert balances(venue, AccountKind.CLEARING, AccountKind.FUND) == (
        door - D("222.4") + 2224,  # with the margin of who took it
        100000,
    )


def test_of_spot_only_the_part_is_sold_and_it_repays_its_part_of_the_debt(venue):
    book = received(venue, INDEBTED)
    assert (book.notional, book.equity, book.cash) == (D("6896.6"), D("379.313"), D("-6517.287"))
    assert (market.posted(book.estate_id), market.posted(book.debt_id)) == (0, D("-6517.287"))
    ended(book)
    assert moved("DEBT_REPAID") == D("6517.287")
    assert moved("DEBT_COVERED") == moved("DEBT_LOST") == 0
    # 379.313 less an edge and a fee of 34.483 each
    assert (book.fee, book.residual) == (D("34.483"), D("310.347"))


def test_in_a_mixed_account_with_a_debt_what_does_not_help_is_kept_whole(venue):
    Instrument.objects.filter(symbol="ETH-USD").update(margin_rate=0)
    book = received(venue, BookOrder(positions=(ETH, BTC), cash=D(-15500), **PART))
    # Equity 20,000 - 15,500 - 2000 = 2500 against 4000: short of 1500 of 1800, so 1.667 of the 2 contracts.
    assert [(p.instrument.symbol, p.quantity, p.ordinal) for p in book.positions.all()] == [("BTC-PERP", D("1.667"), 0)]
    kept = [(p.instrument.symbol, p.quantity) for p in book.kept_positions.order_by("ordinal")]
    assert kept == [("ETH-USD", 100), ("BTC-PERP", D("0.333"))]
    assert book.cash == D("1833.7") + 1667  # its cost of 5.5 % on 33,340, and its loss
    assert book.kept_cash == D(-15500) - book.cash
    assert book.kept_equity == D(2500) - D("1833.7")
    ended(book)


def test_a_loss_beyond_what_went_along_is_the_accounts_before_it_is_the_funds(venue):
    book = received(venue, LINEAR)
    build.a_mark(Instrument.objects.get(symbol="BTC-PERP"), "18000")
    ended(book)
    # 1223.2 - 1.112 x 2000 - 50 bps of 20,016: the account, which kept 1776.8, makes it good.
    assert (book.fee, book.residual) == (0, D("-1100.88"))
    assert balances(venue, AccountKind.FUND, AccountKind.LOSSES) == (100000, 0)


def test_what_the_account_kept_bounds_what_it_makes_good(venue):
    build.a_commitment(build.a_provider(venue, "Bob"), min_edge_bps="0")  # more than nothing it does not afford
    book = received(venue, LINEAR)
    build.a_mark(Instrument.objects.get(symbol="BTC-PERP"), "16000")
    ended(book)
    # 1223.2 - 4448 = -3224.8, of which 1776.8 are the account's and the rest the fund's
    assert book.residual == D("-1776.8")
    assert balances(venue, AccountKind.FUND, AccountKind.LOSSES) == (100000 - D(1448), 0)


def test_a_gain_on_what_was_sold_goes_back_to_the_account(venue):
    book = received(venue, LINEAR)
    build.a_mark(Instrument.objects.get(symbol="BTC-PERP"), "21000")
    ended(book)
    # 1223.2 + 1112 less an edge and a fee of 50 bps on 23,352
    assert book.residual == D("2335.2") - 2 * D("116.76")


def test_an_account_at_its_target_is_refused_and_one_cent_below_is_not(venue):
    with refused(AuctionRefusal.BOOKS_REFUSED) as caught:
        received(venue, BookOrder(positions=(BTC,), cash=D(6000), **PART))
    assert (caught.value.faults[0].code, caught.value.faults[0].pointer) == (
        "account_healthy",
        "/books/0/target_margin_ratio",
    )
    assert not Book.objects.exists()
    book = received(venue, BookOrder(positions=(BTC,), cash=D("5999.99"), **PART))
    assert [p.quantity for p in book.positions.all()] == [D("0.001")]


def test_where_no_part_suffices_the_whole_book_is_sold(venue):
    book = received(venue, BookOrder(positions=(BTC,), cash=D(3000), **PART))
    assert (book.notional, book.cash, book.kept_cash, book.kept_equity) == (40000, 3000, 0, 0)
    assert not KeptPosition.objects.exists()
    ended(book)


def test_an_amendment_may_make_a_book_partial_and_whole_again(venue):
    whole = BookOrder("book-1", (BTC,), D(5000))
    book = received(venue, whole)
    for version, order, sold, kept in ((1, LINEAR, D("1.112"), D("0.888")), (2, whole, 2, None)):
        book = perform(amend_book, venue_id=venue.id, book_id=book.id, order=order, expected_version=version)
        current = {"book": book, "book_version": version + 1}
        assert Position.objects.get(**current).quantity == sold
        assert [p.quantity for p in KeptPosition.objects.filter(**current)] == ([kept] if kept else [])
        assert perform(audit) == []
    assert (book.cash, book.kept_cash, book.kept_equity, book.target_margin_ratio) == (5000, 0, 0, None)
    assert market.posted(book.estate_id) == 3000


def test_a_part_may_be_cut_into_lots(venue):
    a_playbook(venue, max_lot_notional="10000", lot_scope="BOOK")
    Instrument.objects.filter(symbol="ETH-USD").update(margin_rate=0)
    book = received(venue, BookOrder(positions=(ETH, BTC), cash=D(-15500), **PART))
    ended(book)
    assert Lot.objects.count() == 4


@pytest.mark.parametrize(("target", "code"), [("0", "ratio_not_positive"), ("-1", "ratio_not_positive")])
def test_a_target_is_above_zero(venue, target, code):
    with refused(AuctionRefusal.BOOKS_REFUSED) as caught:
        received(venue, BookOrder("book-1", (BTC,), D(5000), target_margin_ratio=D(target)))
    assert caught.value.faults[0].code == code


def test_a_target_out_of_reach_sells_the_whole_book(venue):
    book = received(venue, BookOrder("book-1", (BTC,), D(5000), target_margin_ratio=D(10) ** 19))
    assert book.notional <= 40000


SOL = market.position("SOL-PERP", "LONG", "1000", "100")


@pytest.fixture
def solana(travel):
    """A venue that reckons with 100 bps, and has no fund to pay more."""
    venue = market.a_market(travel)
    build.an_instrument(venue, "SOL-PERP", price="100", margin_rate="0.05")
    a_playbook(
        venue, partial_cost_bps="100", fund_draw_limit="0", max_jump_bps=None, max_drift_bps="5000",
        drift_buffer_bps="5000",
    )  # fmt: skip
    return venue


def a_third_sold(venue):
    """Case 12: at 90 % of its requirement, a target of 1.2 and a margin rate of 5 %, 30 % of an account are sold."""
    book = received(venue, BookOrder(positions=(SOL,), cash=D(4500), reference="book-1", target_margin_ratio=D("1.2")))
    assert [line.quantity for line in book.positions.all()] == [300]
    assert (book.equity, book.kept_equity) == (300, 4200)
    return book


def mark_sol(price):
    build.a_mark(Instrument.objects.get(symbol="SOL-PERP"), price)


def test_what_was_kept_pays_a_dearer_edge_than_was_reckoned_with_and_clearing_advances_it(solana):
    build.a_commitment(build.a_provider(solana), min_edge_bps="200")
    book = a_third_sold(solana)
    market.sweep("route_books")
    assert Lot.objects.get().equity_budget == 4500
    (door,) = balances(solana, AccountKind.CLEARING)
    ended(book)
    tells_everything()
    # 600 for 30,000, of which 300 went along
    assert (moved("KEPT_ADVANCED"), moved("SHORTFALL"), moved("ADVANCE")) == (300, 0, 0)
    assert (book.fee, book.residual) == (0, -300)
    assert balances(solana, AccountKind.CLEARING, AccountKind.FUND) == (door - 300 + 1500, 100000)


def test_what_was_kept_pays_no_edge_that_the_account_cannot_bear(solana):
    """It has lost all but 210 of its 4,500 before it is offered: 81 bps of 25,710, less than is asked for."""
    build.a_commitment(build.a_provider(solana), min_edge_bps="200")
    book = a_third_sold(solana)
    mark_sol("85.7")
    market.sweep()
    assert not Award.objects.filter(provider__isnull=False).exists()
    book.refresh_from_db()
    invariants.hold()


def test_what_clearing_advanced_in_vain_it_has_back(solana, travel):
    build.a_commitment(build.a_provider(solana), min_edge_bps="200", cap_per_assignment="14250")
    bob = market.a_bidder(solana, "Bob")
    book = a_third_sold(solana)
    mark_sol("95")
    market.sweep()
    # 300 less a loss of 750 and 285 for half of it; 15 are held for the rest
    assert moved("KEPT_ADVANCED") == 750
    auction = Auction.objects.get()
    mark_sol("110")
    market.place(bob, market.order(auction, units=auction.units, edge="200"))
    travel.to(auction.closes_at)
    market.sweep("close_auctions")
    ended(book)
    tells_everything()
    # A gain of 1,500 less 330 is more than was lacking. A fee of 50 bps on 14,250 and 16,500.
    assert (book.fee, book.residual) == (D("153.75"), D("281.25"))
    assert (moved("KEPT_ADVANCED"), moved("SHORTFALL")) == (750, 0)


def close_as_before(book):
    """As a program of 0.2.0 does, which knows neither what clearing advanced nor what a fault is."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE auctions_book SET state = 'CLOSED', closed_at = backstop_now() WHERE id = %s", [book.id])


def test_a_program_of_before_closes_no_book_for_which_clearing_advanced_something(solana):
    """It would charge the account for that once more, or not at all."""
    build.a_commitment(build.a_provider(solana), min_edge_bps="200")
    book = a_third_sold(solana)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    book.refresh_from_db()
    assert (book.state, book.kept_advanced) == (BookState.ROUTED, 300)
    with pytest.raises(IntegrityError, match="book_closed_counts_advances"), transaction.atomic():
        close_as_before(book)
    assert (ended(book).residual, book.kept_advanced) == (-300, 0)


def test_what_of_it_one_lot_did_without_is_for_the_others(solana):
    build.a_commitment(build.a_provider(solana), min_edge_bps="0", instrument=Instrument.objects.get(symbol="SOL-PERP"))
    a_playbook(solana, partial_cost_bps="100", fund_draw_limit="0", lot_scope="POSITION")
    orders = (SOL, market.position("BTC-PERP", "LONG", "2", "20000"))
    book = received(solana, BookOrder(positions=orders, cash=D(8000), reference="book-1", target_margin_ratio=D("1.2")))
    market.sweep("route_books")
    budgets = [lot.equity_budget for lot in Lot.objects.order_by("ordinal")]
    assert sum(budgets) == book.equity + book.kept_equity
    assert all(budgets)
    market.sweep()
    sold, other = Lot.objects.order_by("ordinal")
    assert (sold.equity_budget, other.equity_budget) == (0, sum(budgets))
    assert other.estate_held == book.equity
    invariants.hold()
    assert perform(audit) == []


def test_another_playbook_is_asked_about_a_part_as_it_was_sold(solana, capsys):
    """What was kept answers for a dearer edge, with nothing where the edge is within what went along."""
    build.a_commitment(build.a_provider(solana), min_edge_bps="200")
    book = ended(a_third_sold(solana))
    for fee_bps in (0, 50):  # there is nothing left to take it of
        call_command("whatif", "book-1", "--changes", json.dumps({"liquidation_fee_bps": fee_bps}))
        answer = json.loads(capsys.readouterr().out)
        assert D(answer["before"]["residual"]) == D(answer["after"]["residual"]) == book.residual == -300
    call_command("whatif", "book-1", "--changes", '{"assign_cap_bps": "199"}')
    assert D(json.loads(capsys.readouterr().out)["after"]["residual"]) == book.equity


def test_the_audit_finds_more_advanced_than_was_kept(solana):
    build.a_commitment(build.a_provider(solana), min_edge_bps="200")
    book = a_third_sold(solana)
    market.sweep()
    Book.objects.filter(id=book.id).update(kept_equity=D("299.99"))
    assert any("clearing advanced 300" in line for line in perform(audit))
    Book.objects.filter(id=book.id).update(kept_equity=4200, state=BookState.ROUTED)
    assert any("it is ROUTED and counts 0" in line for line in perform(audit))
