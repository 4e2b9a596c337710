"""A real streaming replica, paused, frozen and killed on purpose: lists answer, and show whoever wrote its own."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.lifecycle import CommitmentState
from accounts.models import User
from auctions.models import Auction
from auctions.operations.operator.set_breaker import set_breaker
from backstop import replica
from backstop.api.read_tokens import HEADER
from backstop.database import Following, is_passing
from backstop.models import Mark, Venue
from tests import builders as build
from tests import market
from tests.builders import a_provider, a_provider_key, a_venue, a_venue_key, an_instrument, api_client, perform
from tests.elsewhere import eventually
from tests.people import signed_in
from tests.standby import Copy, a_pair

pytestmark = [
    pytest.mark.xdist_group("processes"),
    pytest.mark.django_db(transaction=True, databases=["default", "replica"]),
]

PATIENT = 3600.0
TERMS = {"min_edge_bps": "50"}


@pytest.fixture(scope="module", autouse=True)
def server(django_db_setup: None) -> Iterator[Copy]:
    ours = connections.databases["default"]
    run = Path(ours["HOST"])
    if not (run / "data").is_dir():
        pytest.skip("a replica is made of the embedded PostgreSQL alone")
    with a_pair(run) as (primary, standby):
        there = {"HOST": str(standby.home), "CONN_HEALTH_CHECKS": False}
        # A mirror, so that Django's test cases do not empty it.
        connections.databases["replica"] = {**ours, **there, "TEST": {**ours["TEST"], "MIRROR": "default"}}
        connections["default"].close()
        ours["HOST"] = str(primary.home)
        yield standby
        ours["HOST"] = str(run)
        connections["default"].close()
        del connections["replica"], connections.databases["replica"]


@pytest.fixture
def standby(server: Copy, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Copy]:
    """It answers, has caught up, and has all the time that a noisy machine may need."""
    monkeypatch.setattr(replica, "_patience", replica._Patience())
    for limit in ("MAX_LAG_SECONDS", "STATEMENT_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(replica, limit, PATIENT)
    a_venue()  # which it has replayed
    catch_up()
    yield server
    connections["replica"].close()


def catch_up() -> None:
    horizon = replica.get_horizon()
    assert eventually(lambda: asked(horizon) == "replica")


def asked(horizon: int = 0) -> str:
    """Which database answers."""
    return replica.read(lambda database: database, horizon)


def with_token(*answers: Any) -> dict[str, str]:
    return {"HTTP_BACKSTOP_READ_TOKEN": ", ".join(answer[HEADER] for answer in answers)}


def count(client: Any, **headers: str) -> int:
    answer = client.get("/v1/commitments", **headers)
    assert answer.status_code == 200, answer.content
    return len(answer.json()["data"])


@pytest.fixture
def alice() -> Any:
    return a_provider(a_venue())


@pytest.fixture
def client(alice: Any, standby: Copy) -> Any:
    client = api_client(a_provider_key(alice))
    catch_up()
    return client


def test_who_wrote_sees_it_and_who_did_not_may_see_the_state_before(standby, client, alice):
    bob = api_client(a_provider_key(a_provider(alice.venue, "Bob")))
    with standby.paused():
        first = client.post("/v1/commitments", TERMS)
        assert count(client) == 0
        assert count(client, **with_token(first)) == 1
        assert count(api_client(a_provider_key(alice)), **with_token(first)) == 1, "by whichever of its keys"
        refused = bob.get("/v1/commitments", **with_token(first))
        assert (refused.status_code, refused.json()["code"]) == (400, "read_token_refused")
        other = bob.post("/v1/commitments", TERMS)
        assert client.get("/v1/transfers", **with_token(first, other)).status_code == 400
    with CaptureQueriesContext(connections["replica"]) as there:

        def shows_it() -> bool:  # until it has caught up, all that it is asked is how far it is
            return count(client, **with_token(first)) == 1 and any("accounts_commitment" in q["sql"] for q in there)

        assert eventually(shows_it)


def test_the_answer_that_is_given_again_shows_the_first_write(standby, client):
    with standby.paused():
        client.post("/v1/commitments", TERMS, HTTP_IDEMPOTENCY_KEY="one")
        again = client.post("/v1/commitments", TERMS, HTTP_IDEMPOTENCY_KEY="one")
        assert count(client) == 0
        assert count(client, **with_token(again)) == 1


def test_what_decides_takes_no_answer_from_a_server_that_follows(standby, monkeypatch):
    ours = connection.settings_dict
    monkeypatch.setitem(ours, "HOST", str(standby.home))
    connection.close()
    try:
        with pytest.raises(Following) as refused:
            perform(Venue.objects.exists)
        assert is_passing(refused.value)
        assert Venue.objects.exists(), "outside of a transaction it may be looked at"
    finally:
        connection.close()


def test_a_bid_that_is_sent_again_is_not_answered_by_a_server_that_follows(standby, monkeypatch, travel):
    venue = market.a_market(travel)
    market.a_playbook(venue)
    auction, alice = market.an_auction(venue), market.a_bidder(venue)
    market.place(alice, market.order(auction))
    catch_up()
    connection.close()
    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(connection.settings_dict, "HOST", str(standby.home))
        with pytest.raises(DatabaseError) as refused:
            market.place(alice, market.order(auction))
    connection.close()
    assert is_passing(refused.value)


def test_of_several_tokens_the_latest_counts(standby, client):
    first = client.post("/v1/commitments", TERMS)
    catch_up()
    with standby.paused():
        second = client.patch(f"/v1/commitments/{first.json()['id']}", {"min_edge_bps": "40"})

        def shown(*answers: Any) -> Any:
            return client.get("/v1/commitments", **with_token(*answers)).json()["data"]

        assert shown(first) == [first.json()]
        assert shown(first, second) == shown(second, first) == [second.json()]


def test_a_batch_of_bids_and_a_take_are_answered_with_a_token_and_a_refusal_is_not(standby, travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=3600, max_reopenings=0)
    auction = market.an_auction(venue)
    client = api_client(a_provider_key(a_provider(venue)))
    catch_up()
    bid = {"auction_id": auction.id, "client_bid_id": "b1", "units": 10, "edge_bps": "10"}
    with standby.paused():
        placed = client.post("/v1/bids", {"bids": [bid, {**bid, "auction_id": venue.id}]})
        assert ["bid" in one for one in placed.json()["data"]] == [True, False]
        assert client.get("/v1/bids").json()["data"] == []
        assert len(client.get("/v1/bids", **with_token(placed)).json()["data"]) == 1
    dutch = market.on_to_dutch(travel)
    taken = client.post(f"/v1/auctions/{dutch.id}/takes", {"client_bid_id": "t1", "units": 1})
    assert (taken.status_code, HEADER in taken) == (201, True)
    refused = client.post(f"/v1/auctions/{dutch.id}/takes", {"client_bid_id": "t1", "units": 2})
    assert (refused.status_code, HEADER in refused) == (409, False)


def test_one_that_committed_later_with_an_earlier_id_is_not_taken_for_seen(standby):
    """What pg_visible_in_snapshot says on a standby: everything below the latest that ended is visible."""
    mark = build.a_mark(an_instrument(a_venue()), "20000")
    catch_up()
    dsn = connection.connection.info.dsn
    with psycopg.connect(dsn) as slow:
        slow.execute("UPDATE backstop_mark SET price = 1 WHERE id = %s", [mark.id])
        (earlier,) = slow.execute("SELECT pg_current_xact_id()::text").fetchone()
        a_venue()  # takes a later id, and ends
        ended = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::numeric > %s"
        assert eventually(lambda: on_the_replica(ended, [earlier]))
        with standby.paused():
            slow.commit()
            visible = "SELECT pg_visible_in_snapshot(%s::text::xid8, pg_current_snapshot())"
            assert on_the_replica(visible, [earlier]), "and it is not: the promise would be broken"

            def price(database: str) -> Any:
                return Mark.objects.using(database).get(id=mark.id).price

            assert replica.read(price) == 20000
            assert replica.read(price, replica.get_horizon()) == 1


def on_the_replica(query: str, parameters: list[Any]) -> Any:
    with connections["replica"].cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


LISTS = {
    "provider": ("auctions", "awards", "balances", "bids", "commitments", "marks", "settlements", "transfers"),
    "venue": ("books", "breakers", "marks", "settlements"),
}


def test_every_list_and_a_transcript_come_from_the_replica(standby, travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=3600, max_reopenings=0)
    alice = market.a_bidder(venue)
    build.a_commitment(alice, state=CommitmentState.PROPOSED)
    auction = market.an_auction(venue)
    market.place(alice, market.order(auction))
    perform(set_breaker, venue_id=venue.id, level=1, reason="a test")
    perform(set_breaker, venue_id=venue.id, level=0, reason="a test")
    market.close(auction, travel)
    market.sweep()
    clients = {"provider": api_client(a_provider_key(alice)), "venue": api_client(a_venue_key(venue))}
    catch_up()
    paths = [(client, f"/v1/{name}") for who, client in clients.items() for name in LISTS[who]]
    for client, path in [*paths, (clients["venue"], f"/v1/auctions/{auction.id}/transcript")]:
        with CaptureQueriesContext(connection) as here, CaptureQueriesContext(connections["replica"]) as there:
            answer = client.get(path).json()
        assert answer.get("data") or answer["signature"], path
        assert there.captured_queries, path
        beside = [query["sql"] for query in here if "FROM" in query["sql"]]
        assert all("accounts_apikey" in sql or "auctions_playbook" in sql for sql in beside), (path, beside)


def test_what_the_replica_does_not_know_yet_the_primary_is_asked_for(standby, travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=3600, max_reopenings=0)
    client = api_client(a_venue_key(venue))
    catch_up()
    with standby.paused():
        auction = market.close(market.an_auction(venue), travel)
        answer = client.get(f"/v1/auctions/{auction.id}/transcript")
        assert answer.json()["auction_id"] == str(Auction.objects.get().id)


def test_a_replica_that_is_too_far_behind_is_passed_over(standby, monkeypatch):
    monkeypatch.setattr(replica, "MAX_LAG_SECONDS", 0.0)
    assert asked() == "default"


def test_a_server_that_is_no_replica_is_passed_over(standby):
    connections["replica"].close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections["replica"].settings_dict, "HOST", str(standby.source))
        assert asked() == "default"
        assert connections["replica"].connection is not None
        connections["replica"].close()


def test_what_the_replica_refuses_the_primary_answers_and_the_replica_the_next(standby, monkeypatch):
    monkeypatch.setattr(replica, "STATEMENT_SECONDS", 0.1)

    def slowly(database: str) -> str:
        with connections[database].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [30 if database == "replica" else 0])
        return database

    def in_the_way(database: str) -> str:
        if database == "replica":
            raise psycopg.errors.SerializationFailure("canceling statement due to conflict with recovery")
        return database

    assert [replica.read(slowly), asked(), replica.read(in_the_way), asked()] == ["default", "replica"] * 2


def test_a_replica_that_is_killed_costs_nothing_and_serves_again_once_it_is_back(standby, client, monkeypatch):
    first = client.post("/v1/commitments", TERMS)
    standby.kill()
    assert [count(client, **with_token(first)), count(client)] == [1, 1], "a connection is lost, another refused"
    with monkeypatch.context() as patch:
        patch.setattr(connections["replica"], "connect", lambda: pytest.fail("it is left alone"))
        assert count(client) == 1
    standby.start()
    replica._patience.quiet_until = time.monotonic()
    a_venue()  # a server that replayed nothing since its start cannot say how far behind it is
    catch_up()
    assert replica._patience.quiet_until == 0


def test_a_replica_that_stands_still_is_not_waited_for(standby, client, monkeypatch):
    assert asked() == "replica", "over a connection that is there already"
    monkeypatch.setattr(replica, "ANSWER_SECONDS", 0.2)
    with standby.frozen():
        client.post("/v1/commitments", TERMS)
        assert count(client) == 1
        assert replica._patience.quiet_until > time.monotonic()
        assert connections["replica"].connection is None


def operator(name: str) -> Client:
    return signed_in(User.objects.create_superuser(name, password="of the house"))


def test_an_operator_sees_what_it_did_and_another_may_see_the_state_before(standby, alice):
    commitment = build.a_commitment(alice, state=CommitmentState.PROPOSED)
    olivia, oscar = operator("olivia"), operator("oscar")
    page = reverse("admin:accounts_commitment_changelist")

    def state(who: Client) -> str:
        (row,) = who.get(page).context["cl"].result_list
        return str(row.state)

    catch_up()
    with standby.paused():
        olivia.post(f"{reverse('admin:accounts_commitment_approve')}?id={commitment.pk}", {"reason": "a test"})
        olivia.post(reverse("admin:backstop_venue_add"), {"code": "south", "name": "South", "notice_seconds": 1})
        assert (state(olivia), state(oscar)) == ("ACTIVE", "PROPOSED")
        venues = [who.get(reverse("admin:backstop_venue_changelist")).content.decode() for who in (olivia, oscar)]
        assert ["South" in html for html in venues] == [True, False]
    with CaptureQueriesContext(connections["replica"]) as there:
        assert eventually(lambda: state(olivia) == "ACTIVE" and len(there) > 3)
