"""The board in a real browser: it shows by itself what happens, on a desk and on a telephone."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from tests import market
from tests.browser.test_admin import page  # noqa: F401  a fixture
from tests.browser.test_approvals import _is_fault
from tests.people import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1400, 390])
def test_what_comes_in_is_shown_without_a_click(
    page: Page,  # noqa: F811
    live_server,
    tmp_path: Path,
    width: int,
) -> None:
    faults: list[str] = []
    page.set_viewport_size({"width": width, "height": 900})
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    page.on("request", lambda sent: faults.append(sent.url) if not sent.url.startswith(live_server.url) else None)
    key = signed_in(User.objects.create_superuser("operator")).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    venue = market.a_market()
    market.a_playbook(venue)
    page.goto(f"{live_server.url}/admin/")
    page.click("text=Board")
    expect(page.locator("#books")).to_contain_text("No book is under way.")
    for n in range(1, 9):
        market.an_auction(venue, reference=f"book-{n}")
    expect(page.locator("#books tbody tr")).to_have_count(8, timeout=10_000)
    expect(page.locator("#auctions tbody tr")).to_have_count(8)
    page.screenshot(path=str(tmp_path / "board.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("#books >> text=book-8")
    assert "book-8" in page.inner_text("#content")
    assert faults == []
