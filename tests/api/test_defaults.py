"""A provider's default over HTTP, by the keys of two persons, and the loss events of a venue."""

import pytest

from accounts.models import User
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from tests import builders as build
from tests import market
from tests.builders import api_client, perform

pytestmark = pytest.mark.django_db

SAID = {"ground": "PAYMENT_MISSED", "reason": "nothing came"}


def door_of(venue, person: str):
    User.objects.create(username=person)
    return api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person=person)[1])


def test_one_declares_another_confirms_and_the_provider_reads_it(venue) -> None:
    alice, bob = (build.a_provider(venue, name) for name in ("Alice", "Bob"))
    olivia, peter = (door_of(venue, name) for name in ("olivia", "peter"))
    alice_reads = api_client(build.a_provider_key(alice))
    path = f"/v1/providers/{alice.id}/default"
    assert olivia.get(path).json()["code"] == "default_unknown"
    declared = olivia.post(path, SAID)
    assert (declared.status_code, declared.json()["state"], declared.json()["book_by"]) == (201, "DECLARED", None)
    assert olivia.post(f"{path}/confirm").json()["code"] == "approval_same_person"
    confirmed = peter.post(f"{path}/confirm")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "CONFIRMED")
    assert alice_reads.get(path).json() == confirmed.json()
    assert api_client(build.a_provider_key(bob)).get(path).json()["code"] == "provider_unknown"
    (event,) = olivia.get("/v1/loss-events?kind=PROVIDER").json()["data"]
    assert (event["id"], event["state"], event["book_count"]) == (confirmed.json()["loss_event_id"], "OPEN", 0)


def test_a_loss_event_names_its_books(venue) -> None:
    door = api_client(build.a_venue_key(venue))
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="x")
    shown = door.get(f"/v1/loss-events/{book.loss_event_id}").json()
    assert (shown["kind"], shown["account"], shown["book_count"]) == ("ACCOUNT", "x", 1)
    (listed,) = door.get(f"/v1/books?loss_event_id={book.loss_event_id}").json()["data"]
    assert (listed["id"], listed["loss_event_id"]) == (str(book.id), shown["id"])
    assert door.get(f"/v1/books?loss_event_id={book.id}").json()["data"] == []
    assert door.get(f"/v1/loss-events/{book.id}").json()["code"] == "loss_event_unknown"
