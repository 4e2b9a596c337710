"""Choices of forms: few are a list, more are looked up, as in filters always. Nobody finds what no page would take."""

import json
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.forms import ModelChoiceField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Commitment, Group, Member, Provider, User
from accounts.rules.roles import ProviderRole, Role
from backstop.admin.choosing import FEW
from backstop.admin.filters import form_of
from backstop.admin.scoping import path_to_venue
from backstop.models import Instrument, ProductGroup, Venue
from tests import builders as build
from tests.people import client_of, signed_in

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label in {"backstop", "accounts", "auctions"}]
NEW = "admin:accounts_provider_create"


def groups(venue: Venue, number: int) -> None:
    """So many groups in all."""
    there = Group.objects.count()
    Group.objects.bulk_create([Group(venue=venue, name=f"Firm {each:05}") for each in range(there, number)])


def found(client: Client, address: str, field: str, term: str = "", page: int = 1) -> list[str]:
    """What a field of a page finds."""
    asked = urlencode({"field_name": field, "term": term, "page": page, "app_label": "", "model_name": ""})
    answer = client.get(f"{address}{'&' if '?' in address else '?'}{asked}")
    return [row["text"] for row in json.loads(answer.content)["results"]]


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_few_are_a_list_and_one_more_is_looked_up(client, venue):
    groups(venue, FEW)
    assert client.get(reverse(NEW)).content.decode().count("<option") == FEW + 3  # two fields may be empty; one venue
    groups(venue, FEW + 1)
    html = client.get(reverse(NEW)).content.decode()
    assert html.count("<option") == 3
    assert "admin-autocomplete" in html
    assert "select2.full" in html


def test_a_filter_by_what_rows_belong_to_is_a_field_that_asks_nothing_before_it_is_used(client, venue):
    groups(venue, FEW)
    with CaptureQueriesContext(connection) as asked:
        html = client.get(list_of(Provider), {"q": "Alice"}).content.decode()
    assert "?group__id__exact=" not in html
    assert 'name="group__id__exact"' in html
    assert '<input type="hidden" name="q" value="Alice">' in html
    assert "select2.full" in html
    assert not [each["sql"] for each in asked if 'FROM "accounts_group"' in each["sql"]]


def test_who_sees_one_venue_or_provider_alone_is_not_asked_which(client, venue, people):
    mia = User.objects.create_user("mia", is_staff=True)
    Member.objects.create(user=mia, provider=people["Alice"], role=ProviderRole.READER)
    for who, seen in (
        (client, {"venue", "provider"}),
        (client_of(Role.AUDITOR, venue), {"provider"}),
        (signed_in(mia), set()),
    ):
        html = who.get(list_of(Commitment)).content.decode()
        assert {name for name in ("venue", "provider") if f'name="{name}__id__exact"' in html} == seen


def test_what_is_looked_up_is_found_by_name_page_by_page(client, venue):
    groups(venue, 2 * FEW)
    for address, field in ((reverse(NEW), "group"), (list_of(Provider), "group__id__exact")):
        assert found(client, address, field) == [f"Firm {each:05}" for each in range(FEW)]
        assert found(client, address, field, page=2) == [f"Firm {each:05}" for each in range(FEW, 2 * FEW)]
        assert found(client, address, field, "00007") == ["Firm 00007"]
        assert found(client, address, field, "nobody") == found(client, address, field, "nobody\0") == []


def test_what_was_found_is_taken_filtered_by_and_still_chosen_after_a_refusal(client, venue):
    groups(venue, FEW + 1)
    group = Group.objects.get(name="Firm 00003")
    html = client.post(reverse(NEW), {"venue": venue.pk, "group": group.pk, "name": ""}).content.decode()
    assert f'<option value="{group.pk}" selected>Firm 00003</option>' in html
    client.post(reverse(NEW), {"venue": venue.pk, "group": group.pk, "name": "Zoe", "reason": "new"})
    assert Provider.objects.get(name="Zoe").group == group
    answer = client.get(list_of(Provider), {"group__id__exact": group.pk})
    assert [each.name for each in answer.context["cl"].result_list] == ["Zoe"]
    assert f'<option value="{group.pk}" selected>Firm 00003</option>' in answer.content.decode()


@pytest.mark.parametrize("sent", ["not an id", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_what_was_never_found_is_refused(client, venue, sent: str):
    groups(venue, FEW + 1)
    answer = client.post(reverse(NEW), {"venue": venue.pk, "group": sent, "name": "Zoe", "reason": "new"})
    assert list(answer.context["form"].errors) == ["group"]
    assert client.get(list_of(Provider), {"group__id__exact": sent}, follow=True).status_code == 200


def test_the_add_form_looks_up_too(client, venue):
    address = reverse("admin:backstop_instrument_add")
    names = [ProductGroup(venue=venue, code=f"g{each:05}") for each in range(FEW + 1)]
    ProductGroup.objects.bulk_create(names)
    assert 'data-field-name="product_group"' in client.get(address).content.decode()
    assert found(client, address, "product_group", "g00004") == ["g00004"]


def test_a_page_looks_up_for_its_own_fields_and_visitors_alone(client, venue):
    auditor = client_of(Role.AUDITOR, venue)
    assert auditor.get(reverse(NEW), {"field_name": "group"}).status_code == 403
    assert auditor.get(reverse("admin:backstop_instrument_add"), {"field_name": "product_group"}).status_code == 403
    for name in ("name", "nothing", "venue__code", "password"):
        assert client.get(reverse(NEW), {"field_name": name}).status_code == 404, name
        assert client.get(list_of(Provider), {"field_name": name}).status_code == 404, name
    assert Client().get(list_of(Provider), {"field_name": "group__id__exact"}).status_code == 302


def test_related_groups_are_parted_and_others_related(client, venue, people):
    groups(venue, FEW + 3)
    alice, bob = (people[name].group for name in ("Alice", "Bob"))
    build.relate(alice, bob)
    assert found(client, reverse("admin:accounts_group_part", args=[alice.pk]), "other") == ["Bob"]
    assert found(client, reverse("admin:accounts_group_relate", args=[alice.pk]), "other", "Bob") == []


def _filters(request) -> Iterator[tuple[type[Model], str, ModelChoiceField]]:
    for model in OURS:
        if model is not User:
            for name, field in form_of(admin.site.get_model_admin(model), request).fields.items():
                yield model, name, field


@pytest.mark.parametrize("role", Role)
def test_nobody_finds_anything_of_another_venue(role: Role, rf, decided):
    south = build.a_venue("south")
    theirs, request = client_of(role, south), rf.get("/")
    request.user = User.objects.get(username=f"{role.lower()}-south")
    seen = 0
    for model, name, field in _filters(request):
        rows = field.queryset
        assert not rows.exclude(**{path_to_venue(rows.model): south.pk}).exists(), (model, name)
        assert set(found(theirs, list_of(model), name)) == {str(row) for row in rows[:FEW]}, (model, name)
        seen += 1
    assert seen > 50


def test_djangos_own_autocomplete_finds_nothing_of_another_venue(decided):
    south, seen = build.a_venue("south"), 0
    theirs = client_of(Role.ADMINISTRATOR, south)
    for field in (each for model in OURS for each in model._meta.fields if each.remote_field):
        target = field.remote_field.model
        if (path := path_to_venue(target)) is None:
            continue
        opts = field.model._meta
        asked = {"app_label": opts.app_label, "model_name": opts.model_name, "field_name": field.name}
        answer = theirs.get(reverse("admin:autocomplete"), asked)
        if answer.status_code == 200:
            texts = {row["text"] for row in json.loads(answer.content)["results"]}
            assert texts <= {str(row) for row in target._default_manager.filter(**{path: south.pk})}, field
            seen += 1
    assert seen > 50


@pytest.mark.parametrize("role", ProviderRole)
def test_a_providers_people_find_what_their_forms_offer(role: ProviderRole, venue, people):
    alice, group = people["Alice"], venue.product_groups.get()
    Instrument.objects.bulk_create(
        Instrument(
            venue=venue,
            symbol=f"X{each:05}",
            kind="LINEAR",
            product_group=group,
            settlement_asset=venue.assets.get(),
            quantity_step=1,
            margin_rate=1,
        )
        for each in range(FEW)
    )
    south = build.a_venue("south")
    build.an_instrument(south, "X00003")
    mia = User.objects.create_user("mia", is_staff=True)
    Member.objects.create(user=mia, provider=alice, role=role)
    client, propose = signed_in(mia), f"{reverse('admin:accounts_provider_propose')}?id={alice.pk}"
    if role == ProviderRole.READER:
        assert client.get(propose).status_code == 403
    else:
        assert found(client, propose, "instrument", "X00003") == [
            str(Instrument.objects.get(venue=venue, symbol="X00003"))
        ]
    assert found(client, list_of(Commitment), "provider__id__exact") == ["Alice"]
    assert found(client, list_of(Commitment), "product_group__id__exact") == [str(group)]
