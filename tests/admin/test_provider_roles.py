"""A provider's own people look after its keys and commitments in the admin, by their roles, and see nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, Appointment, Commitment, Holding, Member, Provider, User
from accounts.rules.roles import ProviderRole, Role
from auctions.models import Auction
from backstop.admin.scoping import path_to_provider, within
from backstop.models import Event, Publication
from tests import builders as build
from tests.admin.test_deeds import do, text
from tests.admin.test_roles import CHANGING, OURS, PAGES, deeds
from tests.people import send, shown_in, signed_in

pytestmark = pytest.mark.django_db

ADMIN, BIDDER, READER = ProviderRole
SEEN = {ApiKey, Commitment, Provider}
# Who may do what deeds ask for, by Django's name for it; and nobody of a provider anything else.
DEEDS = {"accounts.add_commitment": {ADMIN, BIDDER}, "accounts.change_apikey": {ADMIN}}


def member_of(provider: Provider, role: ProviderRole, name: str = "mia") -> Client:
    user = User.objects.create_user(name, is_staff=True)
    Member.objects.create(user=user, provider=provider, role=role)
    return signed_in(user)


def listed(client: Client, model: type) -> list:
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return list(client.get(page).context["cl"].result_list)


@pytest.mark.parametrize("role", ProviderRole)
def test_each_role_sees_keys_and_commitments_and_does_what_is_its_own(role: ProviderRole, people) -> None:
    client = member_of(people["Alice"], role)
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        allowed = 200 if model in SEEN else 403
        assert client.get(reverse(f"{name}_changelist")).status_code == allowed, model
        exported = 403 if model is User else allowed
        if model is not User:
            assert client.get(reverse(f"{name}_export", args=["csv"])).status_code == exported, model
    for permission, address in deeds():
        for method in CHANGING:
            refused = client.generic(method, address).status_code == 403
            assert refused == (role not in DEEDS.get(permission, ())), (method, address)
    for page in PAGES:
        for method in CHANGING:
            assert client.generic(method, reverse(page)).status_code == 403, page
    for page in ("board", "board-stuck"):
        assert client.get(reverse(page)).status_code == 403, page
    collects = client.get(reverse("admin:accounts_apikey_collect")).status_code
    assert (collects == 200) == (role in (ADMIN, BIDDER))


def test_nobody_of_a_provider_sees_or_changes_anything_of_another(decided: Auction, people) -> None:
    alice, bob = people["Alice"], people["Bob"]
    for each in (alice, bob):
        build.a_provider_key(each)
    build.a_venue_key(alice.venue)
    hers = member_of(alice, ADMIN)
    for model in SEEN:
        path = path_to_provider(model)
        assert {getattr(row, path) if path != "pk" else row for row in listed(hers, model)} == {alice}, model
        theirs = model.objects.filter(**{path: bob.pk}).first()
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for page in ("change", "history"):
            assert hers.get(reverse(f"{name}_{page}", args=[theirs.pk])).status_code == 302, name
    key = bob.api_keys.latest("created_at")
    send(hers, f"{reverse('admin:accounts_apikey_revoke')}?id={key.pk}", {"reason": "none of mine"})
    key.refresh_from_db()
    assert key.revoked_at is None
    page = f"{reverse('admin:accounts_commitment_withdraw')}?id={bob.commitments.get().pk}"
    send(hers, page, {"reason": "none of mine"})
    assert not Event.objects.filter(kind="commitment_withdrawn").exists()
    html = text(hers.get(reverse("admin:accounts_provider_change", args=[alice.pk])))
    assert "Bob" not in html


def test_a_bidder_proposes_and_changes_and_the_venue_approves(client, people) -> None:
    alice = people["Alice"]
    hers = member_of(alice, BIDDER)
    sent = {"min_edge_bps": "20", "cap_held": "90000", "reason": "a new desk"}
    seen = hers.post(f"{reverse('admin:accounts_provider_propose')}?id={alice.pk}", sent)
    assert [row[0] for row in shown_in(seen, "Alice: Commitments")] == ["then"]
    do(hers, "accounts_provider", "propose", alice, **sent)
    commitment = Commitment.objects.get(provider=alice)
    approve = f"{reverse('admin:accounts_commitment_approve')}?id={commitment.pk}"
    assert hers.post(approve, {"reason": "myself"}).status_code == 403
    do(client, "accounts_commitment", "approve", commitment)
    do(hers, "accounts_commitment", "change", commitment, **{**sent, "cap_held": "80000"})
    assert commitment.terms.latest("effective_at").cap_held == 80000
    history = hers.get(reverse("admin:accounts_commitment_history", args=[commitment.pk]))
    told = [(row[1], row[2], row[3]) for row in shown_in(history, "What happened")]
    assert ("Change for its provider", "user:mia", "a new desk") in told
    offered = hers.get(f"{reverse('admin:accounts_provider_propose')}?id={alice.pk}").context["form"].fields
    assert {each.venue for each in offered["instrument"].queryset} == {alice.venue}


def test_an_administrator_of_a_provider_restricts_and_revokes_its_keys(people) -> None:
    alice = people["Alice"]
    build.a_provider_key(alice)
    key, hers = alice.api_keys.get(), member_of(alice, ADMIN)
    do(hers, "accounts_apikey", "restrict", key, networks="192.0.2.0/24", reason="a new office")
    do(hers, "accounts_apikey", "revoke", key, reason="it leaked")
    key.refresh_from_db()
    assert (key.networks, key.revoked_at is not None) == (("192.0.2.0/24",), True)
    told = Event.objects.filter(kind="done_by_hand", subject_id=key.pk)
    assert set(told.values_list("actor", "provider_id", "visibility")) == {("user:mia", alice.pk, "PROVIDER")}


def test_a_reader_collects_nothing(client, people) -> None:
    alice = people["Alice"]
    hers = member_of(alice, READER)
    do(client, "accounts_provider", "grant", alice, scopes=["read"], reason="a desk")
    key = alice.api_keys.get()
    assert hers.post(reverse("admin:accounts_apikey_collect"), {"key": str(key.pk)}).status_code == 404
    key.refresh_from_db()
    assert key.collected_at is None


def test_a_role_is_given_and_changed_on_the_page_of_the_provider(client, people) -> None:
    alice, mia = people["Alice"], User.objects.create_user("mia", is_staff=True)
    do(client, "accounts_provider", "join", alice, user=mia.pk, role="READER", reason="hired")
    do(client, "accounts_provider", "join", alice, user=mia.pk, role="BIDDER", reason="promoted")
    assert Member.objects.get().role == BIDDER
    told = Event.objects.filter(kind="member_joined").order_by("id").values_list("payload__role", flat=True)
    assert list(told) == ["READER", "BIDDER"]
    page = client.get(reverse("admin:accounts_provider_change", args=[alice.pk]))
    assert [row[:2] for row in shown_in(page, "Its people")] == [("mia", "Bidder")]


def test_who_works_for_the_venue_sees_the_venue_whatever_provider_it_belongs_to(people) -> None:
    mia = User.objects.create_user("mia", is_staff=True)
    Member.objects.create(user=mia, provider=people["Alice"])
    Appointment.objects.create(user=mia, venue=people["Alice"].venue, role=Role.AUDITOR)
    assert {row.name for row in listed(signed_in(mia), Provider)} == {"Alice", "Bob"}


def test_what_is_of_no_single_provider_is_none_of_its_peoples(rf, decided: Auction, people) -> None:

    request = rf.get("/")
    user = User.objects.create_user("mia")
    Member.objects.create(user=user, provider=people["Alice"], role=READER)
    request.user = User.objects.get(pk=user.pk)
    for model in OURS:
        if path_to_provider(model) is None and model._meta.label not in {
            *("backstop.Venue", "backstop.Asset", "backstop.ProductGroup", "backstop.Instrument"),
        }:
            assert not within(request, model._default_manager.all()).exists(), model
    for model in (Holding, Event, Publication):
        rows = within(request, model._default_manager.all())
        assert {row.provider_id for row in rows} <= {people["Alice"].pk}
