"""Whatever happens, it is known who did it: a user, a key, a sweep or a command."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.lifecycle import CommitmentState
from accounts.models import ApiKey, User
from auctions.models import Breaker
from backstop.models import Event
from backstop.transactions import current_actor, operation, perform
from tests import builders as build
from tests import market
from tests.people import send, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    venue = build.a_venue()
    build.an_instrument(venue, price="100")
    build.a_playbook(venue)
    return venue


@pytest.fixture
def admin():
    return signed_in(User.objects.create_superuser("olivia"))


def actors(*kinds: str) -> set[str]:
    """Who made events of these kinds happen, all of which did."""
    events = Event.objects.filter(kind__in=kinds)
    assert set(events.values_list("kind", flat=True)) == set(kinds)
    return set(events.values_list("actor", flat=True))


def test_approving_in_the_admin_records_the_user(venue, admin):
    proposed = build.a_commitment(build.a_provider(venue), state=CommitmentState.PROPOSED)
    admin.post(f"{reverse('admin:accounts_commitment_approve')}?id={proposed.pk}", {"reason": "a test"})
    assert actors("commitment_approved") == {"user:olivia"}
    assert "user:olivia" in admin.get(reverse("admin:backstop_event_changelist")).content.decode()
    page = reverse("admin:backstop_event_change", args=[Event.objects.get(kind="commitment_approved").pk])
    html = admin.get(page).content.decode()
    assert "user:olivia" in html
    assert "A commitment was approved; it stands from" in html


def test_forms_of_the_admin_record_the_user(venue, admin):
    admin.post(
        reverse("admin:accounts_provider_create"), {"venue": str(venue.pk), "name": "Charlie", "reason": "a test"}
    )
    asked = {"venue": str(venue.pk), "reason": "a test"}
    admin.post(reverse("admin:accounts_apikey_issue"), {**asked, "scopes": ["books"]})
    send(admin, reverse("admin:auctions_breaker_set"), {"venue": str(venue.pk), "level": "1", "reason": "a test"})
    send(
        admin,
        reverse("admin:auctions_cap_set", args=[venue.pk]),
        {"asset": venue.assets.get().pk, "limit": "5", "reason": "calm"},
    )
    assert actors("key_issued", "breaker_tripped", "cap_set") == {"user:olivia"}
    assert ApiKey.objects.get().issued_by == "user:olivia"
    assert Breaker.objects.get().who == "user:olivia"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one"}])
def test_what_a_key_writes_records_the_key(venue, headers):
    alice = build.a_provider(venue)
    client = build.api_client(build.a_provider_key(alice))
    assert client.post("/v1/commitments", {"min_edge_bps": "20"}, headers=headers).status_code == 201
    assert actors("commitment_proposed") == {f"key:{alice.api_keys.get().prefix}"}


def test_what_a_sweep_does_records_the_sweep(venue):
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "100"))
    market.sweep("route_books")
    market.sweep("assign_lots", "pass_lots_on")
    assert actors("book_received") == {"test"}
    assert actors("book_routed") == {"sweep:route_books"}
    assert actors("step_ended") == {"sweep:pass_lots_on"}


def test_a_key_says_which_command_issued_it(venue, capsys):
    call_command("create_key", venue=venue.code)
    assert (ApiKey.objects.get().issued_by, actors("key_issued")) == ("command:create_key", {"command:create_key"})


def test_a_key_issued_by_nobody_is_refused(venue):
    with pytest.raises(IntegrityError, match="api_key_issued_by_somebody"), transaction.atomic():
        ApiKey.objects.create(venue=venue, prefix="x", secret_hash="x", scopes=["books"])


def test_whoever_acts_within_an_operation_is_who_it_was_performed_for():
    @operation
    def who() -> str:
        return current_actor()

    assert perform(who, actor="user:olivia") == "user:olivia"
    assert current_actor() == "test", "and not any longer than it"


def test_a_generator_is_no_operation():
    """It would run when somebody asks for what it gives, as that somebody."""

    def later():
        yield current_actor()

    with pytest.raises(TypeError, match="later is a generator"):
        operation(later)


def test_nothing_is_performed_for_nobody():
    with pytest.raises(TypeError, match="actor"):
        perform(len, obj=())
