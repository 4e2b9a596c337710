"""What a venue has against what comes: who would stand in, with what, and whom a loss would cost."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountKind, LossAddend, LossEvent, LossPayment, User
from accounts.operations.collateral.move_contribution import move_contribution
from accounts.queries.would_pay import allocate_as_of_now
from auctions.queries.under_way import sum_outstanding
from backstop import clock
from backstop.models import Venue
from tests import builders as build
from tests import covers, market
from tests.board.test_board import someone_of
from tests.builders import perform
from tests.operations.test_coverage import SCENARIO
from tests.operations.test_loss_sharing import a_venue
from tests.operations.test_move_contribution import contribute
from tests.operations.test_pay_assessment import lose
from tests.operations.test_record_recovery import recover
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel) -> Venue:
    """Bitcoins at 20,000, at a margin of 10 %: Alice, Bob and Carol have collateral for 3, 2 and 1 of them."""
    venue = market.a_market(travel)
    market.a_playbook(venue)
    for name, collateral in (("Alice", "6000"), ("Bob", "4000"), ("Carol", "2000")):
        build.a_commitment(build.a_provider(venue, name, collateral=collateral), min_edge_bps="20")
    return venue


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator"))


def page_of(client: Client, venue: Venue, **asked: str) -> str:
    answer = client.get(f"/board/venues/{venue.id}/", asked)
    assert answer.status_code == 200
    return str(answer.content.decode())


def paid(venue: Venue, loss: str) -> dict[str, Decimal]:
    found = allocate_as_of_now(build.the_asset(venue), Decimal(loss), clock.now())
    sums = {payment.layer: payment.amount for payment in found.paid if payment.amount}
    return sums | ({"nobody": found.unallocated} if found.unallocated else {})


def test_a_final_event_stands_there_while_a_provider_owes_of_it_red_once_it_is_overdue(travel, operator) -> None:
    venue = a_venue(travel)
    contribute(build.a_provider(venue, "Bob", collateral="14"), "30", "Bob")
    event = lose(venue, "45", travel)
    page = page_of(operator, venue)
    assert "called for: Bob, DUE" in page
    assert "nobody yet" not in page
    assert '<td class="house-number">15</td>' in page
    travel(seconds=3 * 86400)
    market.sweep("expire_assessments")
    page = page_of(operator, venue)
    assert "called for: Bob, OVERDUE" in page
    assert '<strong class="board-red">1</strong>' in page
    recover(event, "1")
    assert "called for" not in page_of(operator, venue)


def test_capacity_stands_beside_what_is_outstanding_and_is_red_below_it(venue: Venue, operator: Client) -> None:
    page = page_of(operator, venue)
    assert (
        page.count('<td class="house-number">120,000</td>') == page.count('<td class="house-number">20,000</td>') == 2
    )
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep("route_books")
    page = page_of(operator, venue)
    assert '<td class="house-number">40,000</td>' in page
    assert '<strong class="board-red">20,000</strong>' in page
    assert '<strong class="board-red">120,000</strong>' not in page


def test_what_is_exactly_enough_is_not_red(venue: Venue, operator: Client) -> None:
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="3000")
    market.sweep("route_books")
    assert '<strong class="board-red">20,000</strong>' not in page_of(operator, venue)


def test_what_somebody_took_of_an_auction_under_way_is_not_outstanding(travel) -> None:
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    auction = market.a_dutch_auction(venue, travel)
    assert set(sum_outstanding(venue.id).values()) == {40_000}
    market.take(market.a_bidder(venue), auction, units=30)
    assert set(sum_outstanding(venue.id).values()) == {28_000}


def test_a_stress_file_is_held_against_it_and_not_kept(venue: Venue, operator: Client) -> None:
    file = SimpleUploadedFile("accounts.csv", SCENARIO.encode())
    page = operator.post(f"/board/venues/{venue.id}/", {"file": file}).content.decode()
    for amount in ("40,000", "50,000", "60,000"):
        assert f'<strong class="board-red">{amount}</strong>' in page
    assert "Against the stress file" in page
    assert "Against the stress file" not in page_of(operator, venue)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"account,instrument\n", "line 1: must name the columns"),
        (b"account,instrument,side,quantity\nbig,NOTHING,LONG,1\n", "the venue has no instrument NOTHING"),
        (b"\xff\xfe", "must be text in UTF-8"),
    ],
)
def test_a_stress_file_that_cannot_be_read_is_refused_with_its_line(venue, operator, content, problem) -> None:
    answer = operator.post(f"/board/venues/{venue.id}/", {"file": SimpleUploadedFile("a.csv", content)})
    assert problem in answer.content.decode()


def test_nobody_looks_at_what_another_venue_has(venue: Venue) -> None:
    stranger = someone_of(build.a_venue("elsewhere"))
    assert stranger.get(f"/board/venues/{venue.id}/").status_code == 404
    assert "BTC-PERP" not in stranger.get("/board/now/").content.decode()
    assert "PERPS" in page_of(someone_of(venue), venue)


def test_who_may_see_the_market_but_no_account_does_not_see_the_money(venue: Venue) -> None:
    user = User.objects.create_user("watcher", is_staff=True)
    names = ("view_book", "view_auction", "view_breaker", "view_approval")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = signed_in(user)
    assert client.get("/board/").status_code == 200
    assert client.get(f"/board/venues/{venue.id}/").status_code == 403


def test_a_loss_is_paid_in_the_order_of_the_plan_and_what_is_left_by_nobody(venue: Venue) -> None:
    """The fund has 100,000, Alice contributed 30 and Bob 10: each may be called for as much again."""
    for name, amount in (("Alice", 30), ("Bob", 10)):
        whose = {"venue_id": venue.id, "provider_id": venue.providers.get(name=name).id}
        said = {"asset": "USD", "amount": Decimal(amount), "reference": name, "reason": "a test"}
        perform(move_contribution, **whose, **said)
    assert paid(venue, "100000") == {"FUND": 100_000}
    assert paid(venue, "100080") == {"FUND": 100_000, "CONTRIBUTIONS_GOOD": 40, "ASSESSMENTS": 40}
    assert paid(venue, "100081") == {"FUND": 100_000, "CONTRIBUTIONS_GOOD": 40, "ASSESSMENTS": 40, "nobody": 1}


def test_covers_pay_before_the_fund_and_the_protected_party_beside_them(venue: Venue) -> None:
    """Of 3,000 the layer above 1,000 counts: 80 % of 2,000, of which the venue pays a tenth itself. The tranche, which
    may pay 1,000, is empty."""
    insurer = build.a_provider(venue, "Insurer", collateral="10000")
    covers.active(venue, {insurer: 10_000})
    assert paid(venue, "3000") == {"COVERS": 1_440, "COPAYMENT": 160, "FUND": 1_400}


def test_whom_a_loss_would_cost_is_asked_and_answered_on_one_page(venue: Venue, operator: Client) -> None:
    page = page_of(operator, venue, loss="100001", asset="USD")
    assert "A loss of 100,001 USD" in page
    assert '<strong class="board-red">nobody</strong>' in page
    assert "must have at most" in page_of(operator, venue, loss=f"0.{1:018}", asset="USD")


def test_a_loss_event_under_way_says_who_paid_and_what_nobody_has_yet(venue: Venue, operator: Client) -> None:
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="3000", account="acc-9")
    event = LossEvent.objects.get()
    assert "nothing yet" in page_of(operator, venue)
    lost = {"asset": build.the_asset(venue), "amount": 5}
    addend = LossAddend.objects.create(**lost, loss_event=event, kind="BOOK", subject_id=event.id, advances=0)
    LossPayment.objects.create(addend=addend, layer="FIRST_TRANCHE", amount=3)
    page = page_of(operator, venue)
    assert "acc-9" in page
    assert '<td>FIRST_TRANCHE</td><td class="house-number">3</td>' in page
    assert '<strong class="board-red">nobody yet</strong>' in page
    assert "nothing yet" not in page


@pytest.mark.parametrize(
    ("limit", "shown"), [("4000", '<td class="house-number">4,000</td>'), ("3999", "board-red"), (None, "no limit")]
)
def test_unplaced_risk_stands_beside_its_limit_and_is_red_above_it(travel, operator, limit, shown) -> None:
    """Two bitcoins at 20,000 and a margin rate of 10 %."""
    venue = market.a_market(travel)
    market.a_playbook(venue, max_unplaced_risk=limit)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep("route_books")
    page = page_of(operator, venue)
    panel = page[page.index("Unplaced risk") : page.index("Money of the venue")]
    assert shown in panel
    assert ("board-red" in panel) is (limit == "3999")


def test_the_fund_and_what_it_holds_are_shown(venue: Venue, operator: Client) -> None:
    page = page_of(operator, venue)
    fund = Account.objects.get(venue=venue, kind=AccountKind.FUND)
    assert f'<a href="/admin/accounts/account/{fund.id}/change/">' in page
    assert '<td class="house-number">100,000</td>' in page


def test_it_costs_as_many_queries_with_many_books_as_with_one(venue, operator, django_assert_num_queries) -> None:
    def book(n: int) -> None:
        market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="3000", reference=f"book-{n}")

    book(0)
    market.sweep("route_books")
    with CaptureQueriesContext(connection) as first:
        page_of(operator, venue)
    for n in range(1, 8):
        book(n)
    market.sweep("route_books")
    with django_assert_num_queries(len(first)):
        page_of(operator, venue)
