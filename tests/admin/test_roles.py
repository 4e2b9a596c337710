"""Roles: who may see and do what for a venue, and that nobody sees or changes anything of another venue."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Appointment, Provider, User
from accounts.rules.roles import PERMISSIONS, Role, may
from auctions.models import Auction, Book
from backstop.admin.deeds import Doing
from backstop.admin.scoping import path_to_venue
from backstop.models import Instrument, Venue
from tests import builders as build
from tests.people import client_of, signed_in

pytestmark = pytest.mark.django_db

OURS = sorted(
    (model for model in admin.site._registry if model._meta.app_label in {"backstop", "accounts", "auctions"}),
    key=lambda model: model._meta.label,
)
OF_VENUES = [model for model in OURS if model is not User]
OPERATES, RISKS, APPROVES, ADMINISTERS = Role.OPERATOR, Role.RISK_OFFICER, Role.APPROVER, Role.ADMINISTRATOR
# Which roles may do what deeds ask for, by Django's name for it. An auditor may nothing.
DEEDS = {
    "accounts.add_apikey": {ADMINISTERS},
    "accounts.add_approval": {OPERATES, RISKS, ADMINISTERS},
    "accounts.add_commitment": {RISKS, ADMINISTERS},
    "accounts.change_account": {OPERATES, ADMINISTERS},
    "accounts.change_allocationfill": {OPERATES, ADMINISTERS},
    "accounts.change_apikey": {ADMINISTERS},
    "accounts.change_approval": {APPROVES},
    "accounts.change_approvallimit": {ADMINISTERS},
    "accounts.change_commitment": {RISKS, ADMINISTERS},
    "accounts.change_cover": {RISKS, ADMINISTERS},
    "accounts.change_provider": {RISKS, ADMINISTERS},
    "accounts.change_vault": {RISKS, ADMINISTERS},
    "accounts.change_webhook": {OPERATES, ADMINISTERS},
    "accounts.change_webhookdelivery": {OPERATES, ADMINISTERS},
    "auctions.add_alertrule": {RISKS, ADMINISTERS},
    "auctions.arbitrate": set(),
    "auctions.change_alert": {OPERATES, RISKS, ADMINISTERS},
    "auctions.change_alertrule": {RISKS, ADMINISTERS},
    "auctions.change_auction": {OPERATES, ADMINISTERS},
    "auctions.change_book": {OPERATES, ADMINISTERS},
    "auctions.change_breaker": {OPERATES, RISKS, ADMINISTERS},
    "auctions.change_fundinventory": {OPERATES, ADMINISTERS},
    "auctions.change_providerfault": {OPERATES, ADMINISTERS},
    "auctions.change_settlement": {OPERATES, ADMINISTERS},
    "backstop.change_instrument": {RISKS, ADMINISTERS},
    "backstop.change_mark": {OPERATES, RISKS, ADMINISTERS},
    "backstop.change_productgroup": {RISKS, ADMINISTERS},
    "backstop.change_venue": {RISKS, ADMINISTERS},
}
PAGES = {
    "admin:accounts_apikey_issue": {ADMINISTERS},
    "admin:accounts_provider_create": {ADMINISTERS},
    "admin:accounts_webhook_new": {OPERATES, ADMINISTERS},
    "admin:auctions_breaker_set": {OPERATES, RISKS, ADMINISTERS},
    "admin:auctions_playbook_which": {RISKS, ADMINISTERS},
    "admin:backstop_asset_add": {ADMINISTERS},
    "admin:backstop_instrument_add": {ADMINISTERS},
    "admin:backstop_productgroup_add": {ADMINISTERS},
    "admin:backstop_venue_add": set(),
}
CHANGING = ("GET", "POST")


def deeds() -> list[tuple[str, str]]:
    """Every deed of every page: the permission that it asks for, and its address."""
    found = []
    for model in OURS:
        page, opts = admin.site._registry[model], model._meta
        for deed in page._deeds() if isinstance(page, Doing) else ():
            permission = deed.permission or f"{opts.app_label}.change_{opts.model_name}"
            found.append((permission, reverse(f"admin:{opts.app_label}_{opts.model_name}_{deed.name}")))
    return found


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_every_list_and_does_what_is_its_own(role: Role, venue: Venue) -> None:
    client = client_of(role, venue)
    for model in OURS:
        status = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).status_code
        assert status == (403 if model is User else 200), model
    for permission, address in deeds():
        for method in CHANGING:
            refused = client.generic(method, address).status_code == 403
            assert refused == (role not in DEEDS[permission]), (method, address)
    for page, roles in PAGES.items():
        for method in CHANGING:
            assert (client.generic(method, reverse(page)).status_code == 403) != (role in roles), page


def test_an_auditor_does_nothing_and_nobody_who_asks_confirms() -> None:
    assert not PERMISSIONS[Role.AUDITOR]
    asking = [role for role in Role if may(role, "accounts.add_approval")]
    assert [role for role in asking if may(role, "accounts.change_approval")] == []
    assert [role for role in Role if may(role, "accounts.change_approval")] == [Role.APPROVER]


def test_the_table_names_all_that_deeds_ask_for() -> None:
    assert {permission for permission, _ in deeds()} == set(DEEDS)


def test_every_row_that_the_admin_shows_is_of_a_venue() -> None:
    assert [model._meta.label for model in OURS if path_to_venue(model) is None] == []


def test_who_works_for_a_venue_sees_nothing_of_another(decided: Auction) -> None:
    south, seen = build.a_venue("south"), 0
    here, elsewhere = client_of(ADMINISTERS, decided.venue), client_of(ADMINISTERS, south)
    for model in OF_VENUES:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.exclude(**{path_to_venue(model): south.pk}).first()
        if row is None:
            continue
        seen += 1
        assert here.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name
        for page in ("change", "history"):
            assert elsewhere.get(reverse(f"{name}_{page}", args=[row.pk])).status_code == 302, name
        assert row not in elsewhere.get(reverse(f"{name}_changelist")).context["cl"].result_list
    assert seen > 15


def test_nothing_is_done_to_rows_of_another_venue(decided: Auction, people) -> None:
    south = build.a_venue("south")
    elsewhere, alice = client_of(ADMINISTERS, south), people["Alice"]
    suspend = reverse("admin:accounts_provider_suspend")
    elsewhere.post(f"{suspend}?id={alice.pk}", {"reason": "none of mine"})
    for page, row in (
        ("accounts_provider_move", alice),
        ("accounts_group_relate", alice.group),
        ("auctions_cap_set", decided.venue),
        ("auctions_playbook_new", decided.venue),
        ("auctions_auction_transcript", decided),
    ):
        assert elsewhere.get(reverse(f"admin:{page}", args=[row.pk])).status_code == 404, page
    sent = {"venue": decided.venue_id, "name": "Mallory", "reason": "none of mine"}
    refused = elsewhere.post(reverse("admin:accounts_provider_create"), sent).content.decode()
    assert "not one of the available choices" in refused
    offered = elsewhere.get(reverse("admin:backstop_instrument_add")).context["adminform"].form.fields
    assert [list(offered[name].queryset) for name in ("venue", "product_group")] == [[south], []]
    assert set(Provider.objects.values_list("name", "state")) == {("Alice", "ACTIVE"), ("Bob", "ACTIVE")}


def test_filters_offer_what_is_of_the_venue(decided: Auction) -> None:
    south = build.a_venue("south")
    build.an_instrument(south, "XAU-PERP")
    html = client_of(Role.AUDITOR, south).get(reverse("admin:backstop_instrument_changelist")).content.decode()
    assert "north" not in html
    assert Instrument.objects.filter(venue=decided.venue).exists()


def test_a_role_is_given_on_a_users_page_by_superusers_alone(client: Client, venue: Venue) -> None:
    mia = User.objects.create_user("mia", is_staff=True)
    page = reverse("admin:accounts_user_change", args=[mia.pk])
    form = {"username": "mia", "is_staff": "on", "is_active": "on", "date_joined_0": "2026-01-01"}
    rows = {"appointment-TOTAL_FORMS": 1, "appointment-INITIAL_FORMS": 0}
    sent = {
        **form,
        "date_joined_1": "00:00:00",
        **rows,
        "appointment-0-role": "AUDITOR",
        "appointment-0-venue": venue.pk,
    }
    assert client.post(page, sent).status_code == 302
    assert (mia.appointment.role, mia.appointment.venue) == (Role.AUDITOR, venue)
    assert "Added appointment" in client.get(reverse("admin:accounts_user_history", args=[mia.pk])).content.decode()
    hers = signed_in(User.objects.get(pk=mia.pk))
    assert hers.get(page).status_code == 403
    assert hers.get(reverse("admin:auctions_book_changelist")).status_code == 200


def test_role_and_permissions_are_asked_for_once_a_page_with_the_user(venue: Venue) -> None:
    mia = User.objects.create_user("mia", is_staff=True)
    Appointment.objects.create(user=mia, venue=venue, role=Role.AUDITOR)
    risk = Group.objects.create(name="risk")
    for given, name in ((mia.user_permissions, "change_cap"), (risk.permissions, "change_vault")):
        given.add(Permission.objects.get(codename=name))
    mia.groups.add(risk)
    with CaptureQueriesContext(connection) as asked:
        page = signed_in(mia).get(reverse("admin:auctions_cap_changelist"))
    asking = [each["sql"] for each in asked if each["sql"].startswith("SELECT") and "appointment" in each["sql"]]
    assert len(asking) == 1
    assert not [each["sql"] for each in asked if 'FROM "auth_permission"' in each["sql"] and each["sql"] != asking[0]]
    user = page.wsgi_request.user
    assert user.has_perms(["auctions.change_cap", "accounts.change_vault", "auctions.view_cap"])
    assert user.get_all_permissions() >= {"auctions.change_cap", "accounts.change_vault"}
    assert not user.has_perm("auctions.change_book")


def test_who_is_inactive_or_has_no_role_may_nothing(venue: Venue) -> None:
    mia = User.objects.create_user("mia", is_staff=True)
    assert not mia.has_perm("auctions.view_book")
    Appointment.objects.create(user=mia, venue=venue, role=Role.ADMINISTRATOR)
    mia = User.objects.get(pk=mia.pk)
    assert mia.has_perm("auctions.view_book")
    mia.is_active = False
    assert not mia.has_perm("auctions.view_book")


def test_a_role_costs_a_list_one_query_more(client: Client, decided: Auction, django_assert_max_num_queries) -> None:
    hers = client_of(Role.OPERATOR, decided.venue)
    with django_assert_max_num_queries(16):
        assert hers.get(reverse("admin:auctions_book_changelist")).status_code == 200
    assert Book.objects.exists()
