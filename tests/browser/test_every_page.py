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


def pages() -> list[str]:
    """Of each kind the page of a row, and of each deed the page that asks about it."""
    found = []
    for model in OURS:
        shown, row = admin.site._registry[model], model._default_manager.first()
        found.append(address(model, "change", row.pk))
        for deed in shown._deeds() if isinstance(shown, Doing) else ():
            found.append(f"{address(model, deed.name)}?id={row.pk}")
    return found


def test_no_page_is_cut_off_or_asks_elsewhere(page: Page, live_server, everything) -> None:  # noqa: F811
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: faults.append(sent.url) if not sent.url.startswith(live_server.url) else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))  # the site has none
    key = signed_in(User.objects.create_superuser("root")).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    for where in pages():
        page.goto(f"{live_server.url}{where}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            reach = page.evaluate("document.documentElement.scrollWidth")
            if reach > width:
                faults.append(f"{where} reaches to {reach} of {width}")
    assert faults == []
