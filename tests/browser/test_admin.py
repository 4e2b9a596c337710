"""An operator's way through the admin, in a real browser: every page as it looks, with its own files and no others."""

import os
import time
from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from accounts.desks.second_factors import RECOVERY_CODES, code_at
from accounts.lifecycle import CommitmentState
from accounts.models import User
from tests import builders as build
from tests import market

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    f"--{name}"
    for name in (
        "no-sandbox",
        "disable-gpu",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
    )
]


@pytest.fixture
def page(monkeypatch) -> Iterator[Page]:
    """A page of a fresh browser; playwright runs an event loop, in which Django would refuse to use the database."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser.new_page(viewport={"width": 1400, "height": 900})
        browser.close()


@pytest.fixture
def commitment():
    """A venue whose book is closed, and a commitment that waits for approval."""
    User.objects.create_superuser("operator", password="of the house")
    venue = build.a_venue("north", fund="100000")
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue, mark_max_age_seconds=3600, cover_percent=50)
    for name, cap in (("Alice", "20000"), ("Bob", "40000")):
        build.a_commitment(build.a_provider(venue, name), min_edge_bps="40", cap_per_assignment=cap)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="3000")
    market.sweep()
    charlie = build.a_provider(venue, "Charlie")
    return build.a_commitment(charlie, state=CommitmentState.PROPOSED, window_capacity="90000", window_seconds=3600)


def test_an_operator_approves_looks_and_issues_a_key(page, live_server, commitment, tmp_path: Path):
    shots = iter(range(1, 20))

    def shoot() -> None:
        page.screenshot(path=str(tmp_path / f"{next(shots)}.png"), full_page=True)

    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", "operator")
    page.fill("#id_password", "of the house")
    page.click("input[type=submit]")
    assert page.locator("#qr svg").count() == 1
    shoot()
    key = page.inner_text("#key")
    page.fill("#id_code", code_at(b32decode(key).hex(), time.time()))
    page.click("input[value=Enroll]")
    assert len(page.inner_text("#codes").split()) == RECOVERY_CODES
    shoot()
    page.click("#onwards")
    assert "Backstop marketplace" in page.inner_text("#header")
    shoot()
    page.click("text=Sessions")
    assert "this one" in page.inner_text("#sessions")
    shoot()
    page.goto(f"{live_server.url}/admin/")
    page.click("#content-main >> text=Commitments")
    shoot()
    page.click("#result_list >> text=Charlie")
    shoot()
    page.click(".object-tools >> text=Approve")
    shoot()
    assert "PROPOSED" in page.inner_text(".house-panel >> nth=0")
    page.fill("#id_reason", "all is there")
    page.click("input[value=Approve]")
    assert "Approve: Charlie" in page.inner_text(".messagelist:not(#banner)")
    assert "Active" in page.inner_text("#content-main")
    shoot()
    page.goto(f"{live_server.url}/admin/auctions/book/")
    shoot()
    page.click("#result_list >> text=book-1")
    assert "Awards" in page.inner_text("#content-main")
    shoot()
    page.goto(f"{live_server.url}/admin/accounts/apikey/")
    page.click(".object-tools >> text=Issue key")
    page.select_option("#id_venue", label="north")
    page.select_option("#id_provider", label="Charlie")
    page.check("input[value=read]")
    page.fill("#id_reason", "a desk")
    shoot()
    page.click("input[value=Issue]")
    assert page.inner_text("#secret").startswith("bs_")
    shoot()
    page.goto(f"{live_server.url}/admin/auctions/playbook/new-version/{commitment.venue_id}/")
    shoot()
    assert [url for url in failed if not url.endswith("/favicon.ico")] == []
