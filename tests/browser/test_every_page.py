"""Every row's page and every question that precedes a deed, on a desk and on a telephone: whole, quiet, and of our own
files alone."""

import pytest
from django.conf import settings
from django.contrib import admin
from playwright.sync_api import Page

from accounts.models import User
from backstop.admin.deeds import Doing
from tests.admin.conftest import decided, people, proposed, sealed, venue  # noqa: F401  fixtures
from tests.admin.test_pages import OURS, address, everything  # noqa: F401
from tests.browser.test_admin import page  # noqa: F401  a fixture
from tests.people import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (1400, 390)


@pytest.fixture
def faults(page: Page, live_server, everything) -> list[str]:  # noqa: F811
    """What a superuser's browser complained of, or asked elsewhere, so far."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: found.append(sent.url) if not sent.url.startswith(live_server.url) else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))  # the site has none
    key = signed_in(User.objects.create_superuser("root")).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    return found


def deeds(*, asking: bool = True) -> list[str]:
    """The page of each deed, of one row; of those that ask for nothing but the reason alone, unless `asking`."""
    return [
        f"{address(model, deed.name)}?id={model._default_manager.first().pk}"
        for model in OURS
        if isinstance(shown := admin.site._registry[model], Doing)
        for deed in shown._deeds()
        if asking or deed.fields is None
    ]


def test_no_page_is_cut_off_or_asks_elsewhere(page: Page, live_server, faults) -> None:  # noqa: F811
    rows = [address(model, "change", model._default_manager.first().pk) for model in OURS]
    for where in [*rows, *deeds()]:
        page.goto(f"{live_server.url}{where}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            reach = page.evaluate("document.documentElement.scrollWidth")
            if reach > width:
                faults.append(f"{where} reaches to {reach} of {width}")
    assert faults == []


def test_every_deed_says_what_became_of_it(page: Page, live_server, faults) -> None:  # noqa: F811
    page.set_viewport_size({"width": 390, "height": 900})
    pages = deeds(asking=False)
    assert len(pages) > 20
    for where in pages:
        page.goto(f"{live_server.url}{where}")
        page.fill("#id_reason", "a test")
        with page.expect_navigation():
            page.click("#content input[type=submit]")
        said = page.locator(".messagelist:not(#banner) li, .errorlist li")
        if not said.count():
            faults.append(f"{where} says nothing")
    assert faults == []
