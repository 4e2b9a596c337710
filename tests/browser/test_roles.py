"""Each role in a real browser, on a desk and on a telephone: it sees all of its venue, and is offered its own deeds."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page

from accounts.rules.roles import Role
from auctions.operations.operator.set_breaker import set_breaker
from tests import builders as build
from tests.admin.test_roles import PAGES
from tests.browser.test_admin import page  # noqa: F401  a fixture
from tests.builders import perform
from tests.people import client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# By the list that offers it, what it is called and where it leads.
OFFERED = {
    "admin:accounts_apikey_changelist": ("Issue key", "admin:accounts_apikey_issue"),
    "admin:accounts_webhook_changelist": ("Add webhook", "admin:accounts_webhook_new"),
    "admin:auctions_breaker_changelist": ("Set level", "admin:auctions_breaker_set"),
    "admin:auctions_playbook_changelist": ("New version", "admin:auctions_playbook_which"),
}


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("role", Role)
def test_a_role_is_offered_what_is_its_own(page: Page, live_server, role: Role, width: int) -> None:  # noqa: F811
    venue, other = build.a_venue("north"), build.a_venue("south")
    for each in (venue, other):
        perform(set_breaker, venue_id=each.id, level=1, reason=f"a test of {each.code}")
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: faults.append(sent.url) if not sent.url.startswith(live_server.url) else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))  # the site has none
    key = client_of(role, venue).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    page.set_viewport_size({"width": width, "height": 900})
    for listing, (label, leads_to) in OFFERED.items():
        page.goto(f"{live_server.url}{reverse(listing)}")
        assert page.locator(".object-tools a", has_text=label).count() == (role in PAGES[leads_to]), label
    page.goto(f"{live_server.url}{reverse('admin:auctions_breaker_changelist')}")
    told = page.inner_text("#result_list")
    assert "a test of north" in told
    assert "south" not in told
    assert faults == []
