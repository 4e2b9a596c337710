"""Who may take part is changed on pages of their own, each by one operation; what is refused is said."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Group, User
from auctions.lifecycle import BidState
from auctions.models import Bid
from tests import builders as build
from tests.people import send

pytestmark = pytest.mark.django_db


def text(answer) -> str:
    return answer.content.decode()


def page(name: str, row) -> str:
    return reverse(f"admin:accounts_{name}", args=[row.pk])


@pytest.fixture
def owned(sealed):
    """The open auction is of an account of the group Owner."""
    book = sealed.step.lot.book
    book.owner_group = build.a_group(sealed.venue, "Owner")
    book.save()
    return sealed


def test_a_provider_is_moved_into_another_group(client, owned, people):
    alice, owner = people["Alice"], Group.objects.get(name="Owner")
    shown = text(client.get(page("provider_change", alice)))
    assert page("provider_move", alice) in shown
    answer = send(client, page("provider_move", alice), {"group": owner.pk, "reason": "sold"}, follow=True)
    assert "Alice belongs to Owner now." in text(answer)
    owned.refresh_from_db()
    assert owned.excluded_providers == (alice.id,)
    assert set(Bid.objects.filter(provider=alice).values_list("state", flat=True)) == {BidState.VOID}


def test_a_provider_is_offered_the_other_groups_of_its_venue_alone(client, people):
    elsewhere = build.a_group(build.a_venue(), "Elsewhere")
    form = client.get(page("provider_move", people["Alice"])).context["form"]
    assert [group.name for group in form.fields["group"].queryset] == ["Bob"]
    refused = send(client, page("provider_move", people["Alice"]), {"group": elsewhere.pk, "reason": "sold"})
    assert "not one of the available choices" in text(refused)


def test_groups_are_related_and_parted(client, owned, people):
    alice, owner = people["Alice"], Group.objects.get(name="Owner")
    assert page("group_relate", owner) in text(client.get(page("group_change", owner)))
    answer = send(client, page("group_relate", owner), {"other": alice.group_id, "reason": "one owner"}, follow=True)
    assert "Owner and Alice are related." in text(answer)
    assert owner.related.get() == alice.group
    owned.refresh_from_db()
    assert owned.excluded_providers == (alice.id,)
    build.a_group(owned.venue, "Third", related=[owner])
    cluster = text(client.get(page("group_change", alice.group))).partition("Cluster")[2]
    assert all(name in cluster for name in ("Alice", "Owner", "Third"))
    build.relate(build.a_group(owned.venue, "Third"), owner, related=False)
    again = client.get(page("group_relate", owner)).context["form"]
    assert alice.group not in again.fields["other"].queryset
    answer = send(client, page("group_part", alice.group), {"other": owner.pk, "reason": "sold"}, follow=True)
    assert "Alice and Owner are not related any more." in text(answer)
    owned.refresh_from_db()
    assert (owner.related.count(), owned.excluded_providers) == (0, ())


def test_each_page_is_one_transaction_of_its_own(client, owned, people):
    with CaptureQueriesContext(connection) as queries:
        sent = {"other": Group.objects.get(name="Owner").pk, "reason": "one owner"}
        send(client, page("group_relate", people["Alice"].group), sent)
    assert sum(query["sql"].startswith("SAVEPOINT") for query in queries) <= 2


def test_who_may_only_look_changes_nothing(client, superuser, people):
    User.objects.filter(pk=superuser.pk).update(is_superuser=False)
    for name, row in (
        ("provider_move", people["Alice"]),
        ("group_relate", people["Alice"].group),
        ("group_part", people["Alice"].group),
    ):
        assert client.get(page(name, row)).status_code == 403
        assert client.post(page(name, row), {}).status_code == 403
