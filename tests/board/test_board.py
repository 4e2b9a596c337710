"""The board shows how the market is, to who may see it, for a fixed number of queries."""

import hashlib
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Appointment, Approval, Provider, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.rules.roles import Role
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState
from auctions.models import Auction, Breaker, Cap, Step
from auctions.rules.breaker import Level
from backstop import clock
from backstop.delivery.following import WANTED
from backstop.models import Mark, Venue
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.people import signed_in

pytestmark = pytest.mark.django_db
VENDORED = {
    "htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "hx-sse-4.0.1.min.js": "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
    "uplot-1.6.32.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uplot-1.6.32.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
}


def page_of(client: Client) -> str:
    answer = client.get("/board/now/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def someone_of(venue: Venue) -> Client:
    user = User.objects.create_user(f"of-{venue}", is_staff=True)
    Appointment.objects.create(user=user, venue=venue, role=Role.AUDITOR)
    return signed_in(user)


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator"))


def test_whoever_is_not_signed_in_is_asked_to() -> None:
    assert Client().get("/board/")["Location"].startswith("/admin/login/")
    answer = Client().get("/board/now/")
    assert (answer.status_code, answer["HX-Refresh"]) == (403, "true")


def test_the_feed_is_for_who_may_see_the_board_and_of_its_venues_alone(operator: Client) -> None:
    north, south = build.a_venue("north"), build.a_venue("south")
    nobody = signed_in(User.objects.create_user("nobody", is_staff=True))
    assert Client().get("/board/feed/").status_code == nobody.get("/board/feed/").status_code == 403

    def watched(client: Client) -> set[UUID]:
        answer = client.get("/board/feed/")
        assert answer["Content-Type"] == "text/event-stream"
        return set(answer.wsgi_request.META[WANTED].last)

    assert watched(someone_of(north)) == {north.id}
    assert watched(operator) == {north.id, south.id}


def test_staff_that_may_see_no_books_sees_no_board() -> None:
    client = signed_in(User.objects.create_user("nobody", is_staff=True))
    assert client.get("/board/").status_code == client.get("/board/now/").status_code == 403


def test_each_sees_its_own_venue_alone() -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    market.an_auction(venue)
    assert "book-1" in page_of(someone_of(venue))
    assert "book-1" not in page_of(someone_of(build.a_venue("elsewhere")))


def test_a_sealed_auction_shows_nothing_of_what_is_offered_in_it(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    auction = market.an_auction(venue)
    alice = market.a_bidder(venue)
    page = page_of(operator)
    market.place(alice, market.order(auction, edge="77"))
    assert "100 units" in page
    assert "1 SEALED" in page
    after = page_of(operator)
    assert "Alice" not in after
    assert '<td class="board-number">77</td>' not in after


def test_a_dutch_auction_shows_where_its_price_clock_stands(operator: Client, travel) -> None:
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    auction = market.a_dutch_auction(venue, travel)
    edge = auction.price_clock.edge_at(clock.now(), auction.cap_bps)
    assert f'<td class="board-number">{edge.normalize():f}</td>' in page_of(operator)


def test_what_stands_aside_says_why_beside_the_page_where_it_is_tried_again(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    auction = market.an_auction(venue)
    assert "Nothing is stuck." in page_of(operator)
    again = clock.now() + timedelta(minutes=1)
    Step.objects.filter(auction=auction).update(retry_at=again, parked_reason="division by zero")
    Auction.objects.update(retry_at=again, parked_reason="no such thing")
    page = page_of(operator)
    assert "a sweep failed: division by zero" in page
    assert "a sweep failed: no such thing" in page
    assert page.count(f"/admin/auctions/book/do/retry/?id={auction.step.lot.book_id}") == 2


def test_a_halted_auction_is_restarted_from_there_and_all_of_them_are_a_line_of_the_banner(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    auction = market.an_auction(venue)
    ends = clock.now() + timedelta(minutes=1)
    Auction.objects.update(
        state=AuctionState.HALTED, halt_reason="marks jumped", halted_at=clock.now(), halt_ends_at=ends
    )
    page = page_of(operator)
    assert "halted: marks jumped" in page
    assert f"/admin/auctions/auction/do/restart/?id={auction.id}" in page
    assert "Halted auctions: 1 (marks jumped: 1)" in page


def test_a_step_without_room_leads_to_the_cap_and_one_without_marks_to_the_marks(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"))
    market.sweep("route_books")
    cap = Cap.objects.create(venue=venue, asset=venue.assets.get(), limit=1, ceiling=1)
    Step.objects.update(waits_for=cap)
    page = page_of(operator)
    assert f"no room under the cap of {venue.code}" in page
    assert f"/admin/auctions/cap/set/{venue.id}/" in page
    Step.objects.update(waits_for=None, stopped_at=clock.now())
    assert "no usable mark, or a breaker" in page_of(operator)


def test_what_waits_for_a_second_person_is_confirmed_from_there_until_it_lapses(operator: Client, travel) -> None:
    venue = build.a_venue("north", fund="100000")
    User.objects.create_superuser("olivia")
    said = {"venue_id": venue.id, "asset": "USD", "reason": "a capital call"}
    perform(set_approval_limit, amount=Decimal(1), **said)
    perform(fund_venue, actor="user:olivia", amount=Decimal(50), reference="q3", **said)
    approval = Approval.objects.get()
    page = page_of(operator)
    assert "waits for a second person: a capital call" in page
    assert f"/admin/accounts/approval/do/confirm/?id={approval.id}" in page
    travel.to(approval.lapses_at)
    assert "Nothing is stuck." in page_of(operator)


def test_an_auditor_sees_what_is_stuck_of_its_venue_and_no_remedy(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    market.an_auction(venue)
    Step.objects.update(retry_at=clock.now(), parked_reason="division by zero")
    page = page_of(someone_of(venue))
    assert "division by zero" in page
    assert "do/retry" not in page
    assert "division by zero" not in page_of(someone_of(build.a_venue("elsewhere")))


def test_the_rest_of_what_is_stuck_is_a_click_away(operator: Client, django_assert_max_num_queries) -> None:
    venue = build.a_venue("north")
    for n in range(51):
        build.a_provider(venue, f"provider-{n}")
    Provider.objects.update(retry_at=clock.now(), parked_reason="no such thing")
    page = page_of(operator)
    assert page.count("a sweep failed") == 50
    assert 'href="/board/stuck/">all 51' in page
    with django_assert_max_num_queries(16):
        everything = operator.get("/board/stuck/").content.decode()
    assert everything.count("a sweep failed") == 51


def test_a_breaker_in_force_is_a_banner_on_every_page_and_one_at_rest_is_none(operator: Client) -> None:
    venue = build.a_venue("north")
    at_rest = {"level": Level.ALL, "reason": "over", "who": "operator", "tripped_at": clock.now()}
    breaker = Breaker.objects.create(venue=venue, **at_rest)
    assert "Breaker:" not in page_of(operator)
    Breaker.objects.filter(pk=breaker.pk).update(level=Level.NO_BIDS, reason="marks are wrong")
    of_venue = f"/admin/backstop/venue/{venue.id}/change/"
    for address in ("/board/", "/board/stuck/", "/admin/", "/admin/auctions/book/", of_venue):
        assert operator.get(address).content.decode().count("marks are wrong") == 1, address
    assert "marks are wrong" not in someone_of(build.a_venue("elsewhere")).get("/admin/").content.decode()


def test_what_is_sold_without_a_usable_mark_is_told_on_every_page_from_the_first_second_after(
    operator: Client, travel
) -> None:
    venue = market.a_market(travel)
    playbook = market.a_playbook(venue)
    market.an_auction(venue)
    travel.to(Mark.objects.get().marked_at + timedelta(seconds=playbook.mark_max_age_seconds))
    assert "No usable mark" not in operator.get("/admin/").content.decode()
    travel(seconds=1)
    assert "No usable mark of BTC-PERP" in operator.get("/admin/").content.decode()
    assert "No usable mark of BTC-PERP" in someone_of(venue).get("/admin/").content.decode()
    assert "No usable mark" not in someone_of(build.a_venue("elsewhere")).get("/admin/").content.decode()


def test_a_lot_that_waits_for_its_next_round_says_when_that_is_and_how_far_marks_have_moved(operator, travel) -> None:
    venue = market.a_market(travel)
    market.a_patient_playbook(venue)
    market.a_plain_book(venue)
    market.sweep()
    assert "wait for their next round" not in page_of(operator)
    for seconds in (10, 20):
        travel(seconds=seconds)
        market.sweep()
    Mark.objects.update(price=20_200, marked_at=clock.now())
    page = page_of(operator)
    row = page[page.index('id="waiting"') : page.index('id="books"')]
    cells = re.findall(r"<td class=.board-number.>(.*?)</td>", row)
    assert cells == ["2", "5 s", "100", f"{cells[3]}", "100 units"]
    assert cells[3].endswith(" USD")


def test_what_went_of_a_book_under_way_is_a_picture(operator: Client, travel) -> None:
    """Of two bitcoins Alice takes a tenth at once."""
    venue = market.a_market(travel)
    market.a_playbook(venue)
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="40", cap_per_assignment="4000")
    market.an_auction(venue)
    page = page_of(operator)
    assert '<rect x="0" y="0" width="100" height="10" class="board-assign"><title>10 % ASSIGN</title>' in page
    assert '<rect x="100" y="0" width="900" height="10" class="board-open"><title>90 % open</title>' in page


def test_five_thousand_rows_cost_no_more_queries(operator: Client, django_assert_num_queries) -> None:
    venue = build.a_venue("north")
    with CaptureQueriesContext(connection) as few:
        page_of(operator)
    first = build.a_provider(venue, "provider")
    whose = {"venue": venue, "group": first.group, "retry_at": clock.now(), "parked_reason": "no such thing"}
    Provider.objects.bulk_create([Provider(name=f"provider-{n}", **whose) for n in range(5_000)])
    with django_assert_num_queries(len(few)):
        assert "all 5000" in page_of(operator)


def test_it_costs_as_many_queries_with_many_books_as_with_one(operator: Client, django_assert_num_queries) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    market.an_auction(venue)
    with CaptureQueriesContext(connection) as first:
        page_of(operator)
    legs = (market.position("BTC-PERP", "LONG", "2", "20000"),)
    market.receive(venue, [BookOrder(f"book-{n}", legs, Decimal(3000)) for n in range(2, 56)])
    market.sweep("route_books", "assign_lots", "open_auctions")
    with django_assert_num_queries(len(first)):
        page = page_of(operator)
    assert f'<span class="board-count">{Auction.objects.count()}</span>' in page
    assert page.count('<td><a href="/board/books/') == 50
    whole = operator.get("/admin/auctions/book/?state__in=RECEIVED,AMENDED,ROUTED").content.decode()
    assert "?state__in=RECEIVED,AMENDED,ROUTED" in page
    assert "55 books" in whole


@pytest.mark.parametrize(("name", "digest"), VENDORED.items())
def test_what_is_not_ours_is_what_was_looked_at(name: str, digest: str) -> None:
    found = finders.find(f"board/{name}")
    assert found
    assert hashlib.sha256(Path(found).read_bytes()).hexdigest() == digest
    assert finders.find(f"board/{'uplot' if name.startswith('uplot') else 'htmx'}-LICENSE.txt")
