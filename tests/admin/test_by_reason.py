"""Every action asks why, shows what it is about to change, and stands in the history of what it was done to."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Approval, Commitment
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from backstop.admin.deeds import Doing
from backstop.admin.foresight import text_of
from backstop.models import Event
from tests import builders as build
from tests.admin.test_deeds import do, text
from tests.admin.test_money import client_of, money
from tests.admin.test_pages import everything  # noqa: F401  a fixture
from tests.admin.test_roles import OURS, PAGES
from tests.builders import perform
from tests.people import shown_in

pytestmark = pytest.mark.django_db
# Pages that change nothing by themselves, and those of Django that add what was not there.
WITHOUT_REASON = {"admin:auctions_playbook_which", *(page for page in PAGES if page.endswith("_add"))}


def test_every_deed_asks_why_and_shows_what_it_is_about_to_change(client, everything):  # noqa: F811
    seen = 0
    for model in OURS:
        page, row = admin.site._registry[model], model._default_manager.first()
        for deed in page._deeds() if isinstance(page, Doing) else ():
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{deed.name}")
            asked = client.get(f"{address}?id={row.pk}")
            assert asked.status_code == 200, deed
            form = asked.context["form"]
            assert form.fields["reason"].required, deed
            told = Event.objects.count()
            if deed.fields is None:
                assert asked.context["panels"], f"{deed}: what it changes, or why it would be refused"
            sent = {name: form[name].value() or "1" for name in form.fields}
            assert client.post(f"{address}?id={row.pk}", {**sent, "reason": ""}).context["form"].errors["reason"]
            assert Event.objects.count() == told, f"{deed} left something behind"
            seen += 1
    assert seen > 50


@pytest.mark.parametrize("name", PAGES)
def test_every_page_that_changes_something_asks_why(client, venue, name):
    form = client.get(reverse(name)).context.get("form")
    reason = form and form.fields.get("reason")
    assert bool(reason and reason.required) == (name not in WITHOUT_REASON)


def test_a_key_is_restricted_from_what_it_was_to_what_is_asked_for_and_revoked(client, people):
    build.a_provider_key(people["Alice"])
    key = people["Alice"].api_keys.latest("created_at")
    page = f"{reverse('admin:accounts_apikey_restrict')}?id={key.pk}"
    sent = {"networks": "192.0.2.7", "expires_at": "2030-01-01 00:00", "reason": "a new office"}
    seen = client.post(page, sent)
    assert shown_in(seen, str(key)) == [
        ("from", "everywhere", "192.0.2.7/32"),
        ("expires at", "no end", "2030-01-01 00:00:00"),
    ]
    key.refresh_from_db()
    assert key.networks is None
    do(client, "accounts_apikey", "restrict", key, **sent)
    do(client, "accounts_apikey", "revoke", key, reason="it leaked")
    key.refresh_from_db()
    assert (key.networks, key.expires_at) == (("192.0.2.7/32",), datetime(2030, 1, 1, tzinfo=UTC))
    assert key.revoked_at is not None
    history = client.get(reverse("admin:accounts_apikey_history", args=[key.pk]))
    told = [(row[1], row[2], row[3]) for row in shown_in(history, "What happened")]
    assert ("Revoke", "user:operator", "it leaked") in told
    assert ("Restrict", "user:operator", "a new office") in told


def test_what_is_carried_out_is_what_was_shown(client, venue, people):
    page = f"{reverse('admin:accounts_provider_collateral')}?id={people['Alice'].pk}"
    sent = {name: str(value) for name, value in money(venue).items()}
    seen = client.post(page, sent)
    (now, then) = shown_in(seen, "Alice: Money")
    assert [row[:4] for row in (now, then)] == [
        ("now", "COLLATERAL", "USD", "1,000,000"),
        ("then", "COLLATERAL", "USD", "1,000,050"),
    ]
    other = {**sent, "amount": "500", "foreseen": seen.context["foreseen"]}
    again = client.post(page, other)
    assert again.context["foreseen"] != seen.context["foreseen"]
    assert not Event.objects.filter(kind="money_moved", payload__reference="r1").exists()
    assert client.post(page, {**other, "foreseen": again.context["foreseen"]}).status_code == 302
    assert Event.objects.get(kind="money_moved", payload__reference="r1").payload["amount"] == "500"


def test_the_history_of_a_row_says_who_did_what_and_why(client, people):
    alice = people["Alice"]
    do(client, "accounts_provider", "suspend", alice, reason="two faults")
    event = Event.objects.get(kind="done_by_hand")
    assert (event.subject_id, event.actor, event.provider_id) == (alice.pk, "user:operator", None)
    assert dict(event.payload) == {"deed": "Suspend", "reason": "two faults"}
    html = text(client.get(reverse("admin:accounts_provider_history", args=[alice.pk])))
    assert "two faults" in html
    assert reverse("admin:backstop_event_change", args=[event.pk]) in html


def test_what_would_be_refused_is_said_before_anybody_sends_it(client, proposed):
    active = Commitment.objects.exclude(pk=proposed.pk).get()
    page = text(client.get(f"{reverse('admin:accounts_commitment_approve')}?id={active.pk}"))
    assert "It would be refused as things are: the commitment is ACTIVE" in page


def test_who_confirms_sees_what_it_changes_from_what_to_what(client, venue, people):
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(1), reason="four eyes")
    alice = people["Alice"]
    page = f"{reverse('admin:accounts_provider_collateral')}?id={alice.pk}"
    asked = client.post(page, money(venue))
    assert "for another person to confirm" in text(asked)
    do(client, "accounts_provider", "collateral", alice, **money(venue))
    approval = Approval.objects.get()
    assert not Event.objects.filter(kind="done_by_hand").exists(), "it was asked for, and is not done"
    oscar = client_of("change_approval", "view_approval", "view_provider")
    seen = oscar.get(f"{reverse('admin:accounts_approval_confirm')}?id={approval.pk}")
    assert [row[0] for row in shown_in(seen, "Alice: Money")] == ["now", "then"]
    assert ("state", "ASKED", "CONFIRMED") in shown_in(seen, str(approval))
    assert "for another person to confirm" not in text(seen)
    do(oscar, "accounts_approval", "confirm", approval, reason="seen the wire")
    event = Event.objects.get(kind="done_by_hand", subject_id=approval.pk)
    assert (event.actor, event.payload["reason"]) == ("user:oscar", "seen the wire")


def test_limits_and_terms_are_shown_from_what_to_what(client, venue, people):
    instrument, alice = venue.instruments.get(), people["Alice"]
    page = f"{reverse('admin:backstop_instrument_terms')}?id={instrument.pk}"
    seen = client.post(page, {"margin_rate": "0.2", "reason": "wilder"})
    now, then = shown_in(seen, f"{instrument}: Terms, newest first")
    assert now[:4] == ("now", "from the beginning", "0.001", "0.1")
    assert (then[0], then[3]) == ("then", "0.2")
    page = f"{reverse('admin:accounts_provider_limit')}?id={alice.pk}"
    sent = {"asset": build.the_asset(venue).pk, "gross_limit": "500", "reason": "calm"}
    assert shown_in(client.post(page, sent), "Alice: Limits of its cluster") == [("then", "USD", "500", "")]
    do(client, "accounts_provider", "limit", alice, **sent)
    assert shown_in(client.post(page, {**sent, "gross_limit": "300"}), "Alice: Limits of its cluster") == [
        ("now", "USD", "500", ""),
        ("then", "USD", "300", ""),
    ]


@pytest.mark.parametrize("text", ["1E+900000000", "1E-900000000", "NaN", "-Infinity"])
def test_a_number_that_nothing_stores_is_shown_as_it_was_sent(text):
    assert text_of(Decimal(text)) == text
