"""Who asks does not confirm, and who confirms sees what: in a real browser, on a desk and on a telephone."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import ConsoleMessage, Page

from accounts.models import Appointment, Approval, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.rules.roles import Role
from tests import builders as build
from tests.browser.test_admin import page  # noqa: F401  a fixture
from tests.builders import perform
from tests.people import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def approval() -> Approval:
    """What olivia asked for: 50 into the fund of a venue that wants two persons above 1."""
    venue = build.a_venue("north", fund="100000")
    User.objects.create_superuser("olivia")
    said = {"venue_id": venue.id, "asset": "USD", "reason": "a capital call of the third quarter"}
    perform(set_approval_limit, amount=Decimal(1), **said)
    perform(fund_venue, actor="user:olivia", amount=Decimal(50), reference="q3", **said)
    return Approval.objects.get()


@pytest.mark.parametrize("width", [1400, 390])
def test_an_approver_confirms_what_somebody_else_asked_for(
    page: Page,  # noqa: F811
    live_server,
    approval: Approval,
    tmp_path: Path,
    width: int,
) -> None:
    faults: list[str] = []
    page.set_viewport_size({"width": width, "height": 900})
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    page.on("request", lambda sent: faults.append(sent.url) if not sent.url.startswith(live_server.url) else None)

    def become(user: User) -> None:
        key = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])

    def confirm() -> str:
        page.goto(f"{live_server.url}/admin/accounts/approval/{approval.pk}/change/")
        page.screenshot(path=str(tmp_path / "approval.png"), full_page=True)
        page.click(".object-tools >> text=Confirm")
        assert "a capital call of the third quarter" in page.inner_text(".house-panel")
        page.screenshot(path=str(tmp_path / "confirm.png"), full_page=True)
        page.fill("#id_reason", "seen the wire")
        page.click("input[value=Confirm]")
        return page.inner_text("#content")

    become(User.objects.get(username="olivia"))
    assert "cannot confirm it" in confirm()
    oscar = User.objects.create_user("oscar", is_staff=True)
    Appointment.objects.create(user=oscar, venue=approval.venue, role=Role.APPROVER)
    become(oscar)
    assert "CONFIRMED" in confirm()
    page.goto(f"{live_server.url}/admin/accounts/approval/")
    page.screenshot(path=str(tmp_path / "list.png"), full_page=True)
    assert faults == []


def _is_fault(said: ConsoleMessage) -> bool:
    return said.type == "error" and not said.location["url"].endswith("/favicon.ico")  # the site has none
