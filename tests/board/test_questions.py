"""Ten questions of whoever answers for a market, each answered in at most two clicks from the board."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Approval, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.collateral.fund_venue import fund_venue
from auctions.models import Breaker, Step
from auctions.rules.breaker import Level
from backstop import clock
from backstop.models import Venue
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.people import signed_in

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator"))


@pytest.fixture
def venue(travel) -> Venue:
    """Bitcoins at 20,000; Alice and Bob would take one each, at 40 bps."""
    venue = market.a_market(travel)
    build.a_playbook(venue, mark_max_age_seconds=3600, cover_percent=50)
    build.a_commitment(build.a_provider(venue, "Alice", collateral="2000"), min_edge_bps="40")
    build.a_commitment(build.a_provider(venue, "Bob", collateral="2000"), min_edge_bps="40")
    return venue


def a_book(venue: Venue, quantity: str = "1", account: str = "acc-9") -> None:
    market.a_book(venue, market.position("BTC-PERP", "LONG", quantity, "20000"), cash="3000", account=account)


def after(client: Client, *clicks: str) -> str:
    """The page that one gets to from the board by the links of these names."""
    assert len(clicks) <= 2
    page = client.get("/board/").content.decode()
    for click in clicks:
        named = ((address, re.sub(r"<[^>]+>", "", text)) for address, text in LINK.findall(page))
        address = next(address for address, text in named if click in text and address.startswith("/"))
        page = client.get(address.replace("&amp;", "&")).content.decode()
    return page


def test_what_is_distressed(venue: Venue, operator: Client) -> None:
    a_book(venue)
    assert "book-1" in after(operator)
    assert "LONG 1 BTC-PERP of acc-9" in after(operator, "book-1")


def test_which_auctions_end_next(venue: Venue, operator: Client) -> None:
    a_book(venue, quantity="5")
    market.sweep()
    page = after(operator)
    assert page.index("which ends next first") < page.index("book-1/0")


def test_where_capacity_lacks(venue: Venue, operator: Client) -> None:
    a_book(venue, quantity="5")
    market.sweep("route_books")
    assert '<strong class="board-red">40,000</strong>' in after(operator, f"{venue.name} ahead")


def test_what_the_fund_holds(venue: Venue, operator: Client) -> None:
    page = after(operator, f"{venue.name} ahead")
    assert "Inventory of the fund" in page
    assert "100,000" in page[page.index(">FUND<") :]


def test_what_is_stuck(venue: Venue, operator: Client) -> None:
    a_book(venue, quantity="5")
    market.sweep("route_books")
    Step.objects.update(retry_at=clock.now(), parked_reason="division by zero")
    assert "division by zero" in after(operator)
    assert "Try again what stands aside" in after(operator, "Try again")


def test_who_approved_this(venue: Venue, operator: Client) -> None:
    people = [User.objects.create_superuser(name) for name in ("olivia", "paul")]
    said = {"venue_id": venue.id, "asset": "USD", "reason": "a capital call"}
    perform(set_approval_limit, amount=Decimal(1), **said)
    perform(fund_venue, actor=f"user:{people[0]}", amount=Decimal(50), reference="q3", **said)
    approval = Approval.objects.get()
    perform(confirm_approval, actor=f"user:{people[1]}", venue_id=venue.id, approval_id=approval.id)
    page = after(operator, "Who approved what", "fund_venue")
    assert "user:olivia" in page
    assert "user:paul" in page


def test_what_this_provider_earned(venue: Venue, operator: Client) -> None:
    a_book(venue)
    market.sweep()
    page = after(operator, f"{venue.name} ahead")
    assert "Earned of late" in page
    (row,) = re.findall(r">Alice</a></td>(.*?)</tr>", page, re.DOTALL)
    assert '<td class="house-number">40</td>' in row


def test_what_a_loss_would_cost_whom(venue: Venue, operator: Client) -> None:
    page = after(operator, f"{venue.name} ahead")
    assert "What would a loss of" in page
    answer = operator.get(f"/board/venues/{venue.id}/", {"loss": "100001", "asset": "USD"}).content.decode()
    assert "UNALLOCATED" in answer


def test_whether_any_breaker_is_tripped(venue: Venue, operator: Client) -> None:
    assert "Breaker:" not in after(operator)
    said = {"level": Level.NO_BIDS, "reason": "marks are wrong", "who": "operator", "tripped_at": clock.now()}
    Breaker.objects.create(venue=venue, **said)
    assert "marks are wrong" in after(operator)


def test_whether_everything_verified(venue: Venue, operator: Client) -> None:
    a_book(venue)
    market.sweep()
    assert "verify: holds" in after(operator, "Closed books", "book-1")
