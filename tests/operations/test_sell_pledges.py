"""What is pledged for a repo that is overdue for long is put up for sale by itself, once at a time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Repo
from accounts.rules.sharing.repos import PLEDGE_SOLD, SOLD_AFTER, SOLD_AGAIN_AFTER
from auctions.models import Book, Position
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.operations.test_collect_repos import move
from tests.operations.test_loss_sharing import clean
from tests.repos import a_cover, a_venue, collateral, draw, of_fund, sell, wait_until_closed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def venue(travel):
    venue = a_venue(travel)
    move(venue, "-30000", "out")
    return venue


@pytest.fixture
def repo(venue, travel) -> Repo:
    """Of the 8,000 for which 50 coins are pledged the fund takes 40 more over, for a fee of 80: it has no more as it is
    due, when 8,021.917808 are owed."""
    repo = draw(a_cover(venue))
    spend(venue, travel)
    travel.to(repo.due_at)
    market.sweep("collect_repos")
    repo.refresh_from_db()
    assert (repo.state, repo.left, repo.pledged, of_fund(venue)) == ("OVERDUE", Decimal("7941.917808"), 50, 0)
    return repo


def spend(venue, travel, reference: str = "more", coins: str = "40") -> None:
    market.a_book(venue, market.position("ETH-USD", "LONG", coins), reference=reference, cash=f"-{coins}00")
    wait_until_closed(travel)


def on_sale() -> list[tuple[str, Decimal]]:
    of_fund = Position.objects.filter(book__owned_by_fund=True).order_by("book__received_at")
    return list(of_fund.values_list("instrument__symbol", "quantity"))


def test_exactly_seven_days_after_it_was_due_what_is_pledged_is_put_up_for_sale_once(venue, repo, travel) -> None:
    travel.to(repo.due_at + SOLD_AFTER - MOMENT)
    assert market.sweep("sell_pledges") == 0
    travel.to(repo.due_at + SOLD_AFTER)
    assert market.sweep("sell_pledges") == 1
    assert on_sale() == [("ETH-USD", 50)]
    told = Event.objects.get(kind="book_received", payload__owned_by_fund=True)
    assert told.payload["reason"] == PLEDGE_SOLD
    assert market.sweep("sell_pledges") == 0
    clean()


def test_what_its_sale_brings_repays_who_lent_and_the_rest_is_the_funds(venue, repo, travel) -> None:
    """50 coins at 200 less 50 bps are 9,950, beside the 80 that it had; owed were 8,000 with interest."""
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50")
    travel.to(repo.due_at + SOLD_AFTER)
    market.sweep("sell_pledges")
    wait_until_closed(travel)
    repo.refresh_from_db()
    assert (repo.state, repo.left, repo.cover.drawn) == ("REPAID", 0, 0)
    interest = collateral("Ines") + collateral("Jan") - 14_000
    assert 37 < interest < 38
    assert of_fund(venue) == 80 + 9950 - 8000 - interest
    clean()


def test_what_nobody_took_is_put_up_again_a_day_after_and_not_before(venue, repo, travel) -> None:
    travel.to(repo.due_at + SOLD_AFTER)
    market.sweep("sell_pledges")
    wait_until_closed(travel)
    again_at = Book.objects.get(owned_by_fund=True).closed_at + SOLD_AGAIN_AFTER
    travel.to(again_at - MOMENT)
    assert market.sweep("sell_pledges") == 0
    travel.to(again_at)
    assert market.sweep("sell_pledges") == 1
    assert on_sale() == [("ETH-USD", 50), ("ETH-USD", 50)]
    clean()


def test_what_its_venue_has_on_sale_is_not_sold_twice(venue, repo, travel) -> None:
    travel.to(repo.due_at + SOLD_AFTER)
    sell(venue)
    assert market.sweep("sell_pledges") == 0
    wait_until_closed(travel)
    assert market.sweep("sell_pledges") == 0
    travel(seconds=SOLD_AGAIN_AFTER.total_seconds())
    assert market.sweep("sell_pledges") == 1


def test_all_that_is_pledged_of_it_is_sold_since_a_sale_repays_whoever_lent_against_it(venue, travel) -> None:
    """Of a hundred coins at 200 all are pledged: 50 for 8,000, 12.5 a week later for 2,000."""
    cover = a_cover(venue)
    overdue = draw(cover)
    spend(venue, travel)
    travel(seconds=7 * 86400)
    draw(cover, "2000", "later")
    spend(venue, travel, "still more", "10")
    travel.to(overdue.due_at)
    market.sweep("collect_repos")
    travel.to(overdue.due_at + SOLD_AFTER - 2 * MOMENT)
    assert market.sweep("sell_pledges") == 0
    travel.to(overdue.due_at + SOLD_AFTER)
    assert market.sweep("sell_pledges") == 1
    assert on_sale() == [("ETH-USD", Decimal("62.5"))]
    clean()


def test_while_its_mark_is_stale_it_waits_and_others_are_sold(venue, travel) -> None:
    build.an_instrument(venue, "SOL-USD", build.SPOT, price="200", margin_rate="0")
    cover = a_cover(venue)
    draw(cover, "4000")
    market.a_book(venue, market.position("SOL-USD", "LONG", "19"), reference="other", cash="-2000")
    wait_until_closed(travel)
    drawn = draw(cover, "2000", "other", "SOL-USD")
    spend(venue, travel, "more", "10")
    travel.to(drawn.due_at + SOLD_AFTER)
    market.sweep("collect_repos")
    build.a_playbook(venue, mark_max_age_seconds=60)
    assert market.sweep("sell_pledges") == 0
    for symbol in ("SOL-USD", "ETH-USD"):
        build.a_mark(venue.instruments.get(symbol=symbol), "200")
        assert market.sweep("sell_pledges") == 1
    assert [symbol for symbol, _ in on_sale()] == ["SOL-USD", "ETH-USD"]
    clean()


def test_what_is_repaid_is_not_sold(venue, repo, travel) -> None:
    move(venue, "9000", "in")
    market.sweep("collect_repos")
    travel.to(repo.due_at + SOLD_AFTER)
    assert market.sweep("sell_pledges") == 0
    assert on_sale() == []
    clean()
