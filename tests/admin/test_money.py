"""Money is moved on the pages of venues and providers; above the limits a second person has to confirm it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Approval, ApprovalLimit, User
from backstop.models import Event
from tests import builders as build
from tests.admin.test_deeds import do, text
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def money(venue, **changes):
    return {"asset": build.the_asset(venue).pk, "amount": "50", "reference": "r1", "reason": "capital", **changes}


def fund_of(venue) -> Decimal:
    return build.venue_account(venue, "FUND").posted


def client_of(*permissions: str, name: str = "oscar") -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return signed_in(user)


def test_the_fund_is_filled_on_the_venues_page(client, venue):
    html = text(client.get(reverse("admin:backstop_venue_change", args=[venue.pk])))
    assert "Pay into or out of the fund" in html
    assert "required" in text(do(client, "backstop_venue", "fund", venue, **money(venue, reason="")))
    do(client, "backstop_venue", "fund", venue, **money(venue))
    assert fund_of(venue) == 100050
    moved = Event.objects.filter(kind="money_moved", venue=venue).latest("id")
    assert (moved.actor, moved.payload["reason"]) == ("user:operator", "capital")
    refused = do(client, "backstop_venue", "fund", venue, **money(venue, amount="-200000", reference="r2"))
    assert "the account has less free money than that" in text(refused)


def test_fees_are_collected_as_far_as_there_are_any(client, venue):
    answer = do(client, "backstop_venue", "collect", venue, **money(venue, account="FEES"))
    assert "the venue earned less than that" in text(answer)


def test_collateral_is_moved_on_the_providers_page(client, venue, people):
    do(client, "accounts_provider", "collateral", people["Alice"], **money(venue, amount="-50"))
    assert build.provider_account(people["Alice"]).posted == 999950


def test_above_the_limit_another_confirms(client, venue):
    asset = build.the_asset(venue)
    do(client, "backstop_asset", "limit", asset, amount="10", reason="four eyes")
    assert ApprovalLimit.objects.get().amount == 10
    answer = do(client, "backstop_venue", "fund", venue, **money(venue))
    assert "for another person to confirm it" in text(answer)
    assert fund_of(venue) == 100000
    approval = Approval.objects.get()
    page = text(client.get(reverse("admin:accounts_approval_change", args=[approval.pk])))
    assert "fund_venue" in page
    asking = text(client.get(f"{reverse('admin:accounts_approval_confirm')}?id={approval.pk}"))
    shown = reverse("admin:backstop_venue_change", args=[venue.pk])
    for html in (page, asking):
        assert "Asked for by user:operator, until " in html
        assert f'<a href="{shown}">{venue}</a>' in html.partition("What is to happen")[2]
    assert "cannot confirm it" in text(do(client, "accounts_approval", "confirm", approval))
    do(client_of("view_approval", "change_approval"), "accounts_approval", "confirm", approval)
    assert fund_of(venue) == 100050


def test_who_may_look_at_a_venue_moves_no_money(venue):
    looking = client_of("view_venue", "change_venue", "view_account")
    page = reverse("admin:backstop_venue_change", args=[venue.pk])
    assert "Pay into" not in text(looking.get(page))
    assert do(looking, "backstop_venue", "fund", venue, **money(venue)).status_code == 403
    moving = client_of("view_venue", "change_account", name="otto")
    assert "Pay into" in text(moving.get(page))


def test_a_deed_that_asks_for_more_is_done_to_one_row(client, venue, people):
    answer = do(client, "accounts_provider", "collateral", *people.values(), **money(venue))
    assert answer.status_code == 404
