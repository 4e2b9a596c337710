"""The board in a real browser: it shows by itself what happens, on a desk and on a telephone."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from auctions.lifecycle import AuctionState
from auctions.models import Auction
from backstop import clock
from backstop.management.commands.relay import publish
from tests import builders as build
from tests import market
from tests.alerts import raised
from tests.browser.test_admin import page  # noqa: F401  a fixture
from tests.browser.test_approvals import _is_fault
from tests.front.wire import Served
from tests.people import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _watched(page: Page, url: str, width: int) -> list[str]:  # noqa: F811
    """An operator is signed in; what the browser complains of, or asks of others, is kept here."""
    faults: list[str] = []
    page.set_viewport_size({"width": width, "height": 900})
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    page.on("request", lambda sent: faults.append(sent.url) if not sent.url.startswith(url) else None)
    key = signed_in(User.objects.create_superuser("operator")).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}])
    return faults


@pytest.mark.parametrize("width", [1400, 390])
def test_what_comes_in_is_shown_without_a_click(
    page: Page,  # noqa: F811
    live_server,
    tmp_path: Path,
    width: int,
) -> None:
    faults = _watched(page, live_server.url, width)
    venue = market.a_market()
    market.a_playbook(venue)
    page.goto(f"{live_server.url}/admin/")
    page.click("text=Board")
    expect(page.locator("#books")).to_contain_text("No book is under way.")
    for n in range(1, 9):
        market.an_auction(venue, reference=f"book-{n}")
    expect(page.locator("#books tbody tr")).to_have_count(8, timeout=30_000)
    expect(page.locator("#auctions tbody tr")).to_have_count(8)
    halted = {"halted_at": clock.now(), "halt_ends_at": clock.now() + timedelta(hours=1), "halt_reason": "marks jumped"}
    Auction.objects.filter(step__lot__book__reference="book-3").update(state=AuctionState.HALTED, **halted)
    again = clock.now() + timedelta(minutes=1)
    Auction.objects.filter(step__lot__book__reference="book-4").update(retry_at=again, parked_reason="no such thing")
    expect(page.locator("#stuck tbody tr")).to_have_count(2, timeout=30_000)
    expect(page.locator("#banner")).to_contain_text("Halted auctions: 1")
    page.screenshot(path=str(tmp_path / "board.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for title in ("Left", "Venue"):
        column = page.locator(f"th:text-is('{title}')").bounding_box()
        assert column is not None
        assert column["x"] + column["width"] <= width, title
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=str(tmp_path / "dark.png"), full_page=True)
    page.click("#books >> text=book-8")
    expect(page.locator("h1:text('Book book-8')")).to_have_count(1)
    assert faults == []


@pytest.mark.parametrize("width", [1400, 390])
def test_an_alert_is_acknowledged_from_the_board(
    page: Page,  # noqa: F811
    live_server,
    tmp_path: Path,
    travel,
    width: int,
) -> None:
    alert = raised(market.a_market(travel), travel)
    faults = _watched(page, live_server.url, width)
    page.goto(f"{live_server.url}/board/")
    expect(page.locator("#banner")).to_contain_text(f"Alert: {alert}")
    page.screenshot(path=str(tmp_path / "alert.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("#alerts >> text=Acknowledge")
    page.fill("#id_reason", "the feed is being restarted")
    page.click("input[value=Acknowledge]")
    page.goto(f"{live_server.url}/board/")
    expect(page.locator("#alerts")).to_contain_text("user:operator")
    expect(page.locator("#banner")).not_to_contain_text("Alert:")
    assert faults == []


@pytest.mark.parametrize("width", [1400, 390])
def test_what_stands_behind_a_venue_is_a_click_away(
    page: Page,  # noqa: F811
    live_server,
    tmp_path: Path,
    width: int,
) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    for name, collateral in (("Alice", "6000"), ("Bob", "4000"), ("Carol", "2000")):
        build.a_commitment(build.a_provider(venue, name, collateral=collateral), min_edge_bps="20")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", account="acc-9")
    market.sweep("route_books")
    file = tmp_path / "accounts.csv"
    file.write_text("account,instrument,side,quantity\nbig,BTC-PERP,LONG,9\n")
    faults = _watched(page, live_server.url, width)
    page.goto(f"{live_server.url}/board/")
    page.click(f"text={venue.name} ahead")
    page.fill("#id_loss", "100001")
    page.click("input[value=Ask]")
    expect(page.locator("#content")).to_contain_text("nobody")
    page.set_input_files("#id_file", str(file))
    page.click("input[value='Hold against it']")
    expect(page.locator("#content")).to_contain_text("Against the stress file")
    page.screenshot(path=str(tmp_path / "ahead.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults == []


@pytest.mark.parametrize("width", [1400, 390])
def test_a_book_is_told_as_a_story(
    page: Page,  # noqa: F811
    live_server,
    tmp_path: Path,
    travel,
    width: int,
) -> None:
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    auction = market.a_dutch_auction(venue, travel)
    market.take(market.a_bidder(venue), auction, units=30)
    faults = _watched(page, live_server.url, width)
    page.goto(f"{live_server.url}/board/")
    page.click(f"#books >> text={auction.step.lot.book.reference}")
    expect(page.locator("#verdict")).to_contain_text("holds")
    page.screenshot(path=str(tmp_path / "story.png"), full_page=True)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=str(tmp_path / "story-dark.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults == []


def test_the_front_program_tells_the_board_that_something_happened(page: Page) -> None:  # noqa: F811
    """Within half a second and what a page takes, where it asks by itself every ten seconds only."""
    venue = market.a_market()
    market.a_playbook(venue)
    served = Served(5, heartbeat_seconds=60)
    try:
        faults = _watched(page, served.url, 1400)
        with page.expect_response("**/board/feed/"):
            page.goto(f"{served.url}/board/")
        expect(page.locator("#books")).to_contain_text("No book is under way.")
        page.wait_for_timeout(1500)
        market.an_auction(venue)
        while publish():
            pass
        expect(page.locator("#books tbody")).to_contain_text("book-1", timeout=5_000)
        assert faults == []
    finally:
        served.clear()


@pytest.mark.parametrize("width", [1400, 390])
def test_the_last_hour_is_drawn_and_a_point_leads_to_its_book(
    page: Page,  # noqa: F811
    live_server,
    tmp_path: Path,
    width: int,
) -> None:
    venue = market.a_market()
    market.a_playbook(venue, cover_percent=50)
    for name in ("Alice", "Bob"):
        build.a_commitment(build.a_provider(venue, name), min_edge_bps="40")
    for n in range(1, 4):
        market.a_book(venue, market.position("BTC-PERP", "LONG", f"{n}", "20000"), cash="3000", reference=f"book-{n}")
        market.sweep()
    faults = _watched(page, live_server.url, width)
    page.goto(f"{live_server.url}/board/")
    page.click("text=Last hour")
    expect(page.locator("#hour canvas")).to_have_count(3)
    page.screenshot(path=str(tmp_path / "hour.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#hour .u-over").first.click(position={"x": 5, "y": 50})
    expect(page.locator("h1:text('Book book-1')")).to_have_count(1)
    assert faults == []
