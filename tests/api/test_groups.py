"""Groups of firms over HTTP: which are related, and which count as one."""

import pytest

from tests import builders as build
from tests import market
from tests.market import an_auction, excluded_by_api

pytestmark = pytest.mark.django_db


@pytest.fixture
def engine(venue):
    return build.api_client(build.a_venue_key(venue))


def shown(engine):
    return {group["name"]: group for group in engine.get("/v1/groups").json()["data"]}


def test_groups_are_related_shown_with_their_cluster_and_parted(venue, engine):
    alice, owner = market.a_bidder(venue, "Alice"), build.a_group(venue, "Owner")
    build.a_group(venue, "Third", related=[alice.group])
    auction = an_auction(venue, owner_group="Owner")
    sent = {"group_id": shown(engine)["Third"]["id"], "other_id": str(owner.id), "related": True, "reason": "one owner"}
    answer = engine.put("/v1/groups/relations", sent)
    everybody = ["Alice", "Owner", "Third"]
    assert (answer.status_code, answer.json()["related"]) == (200, ["Alice", "Owner"])
    assert answer.json()["cluster"] == shown(engine)["Alice"]["cluster"] == everybody
    assert shown(engine)["Alice"]["related"] == ["Third"]
    assert excluded_by_api(alice, auction)
    engine.put("/v1/groups/relations", {**sent, "related": False})
    assert shown(engine)["Owner"]["cluster"] == ["Owner"]
    assert not excluded_by_api(alice, auction)


def test_what_makes_no_sense_is_refused_with_its_place(venue, engine):
    mine, elsewhere = build.a_group(venue, "Mine"), build.a_group(build.a_venue(), "Elsewhere")
    sent = {"group_id": str(mine.id), "other_id": str(elsewhere.id), "related": True, "reason": "one owner"}
    for fields, pointer in (
        ({}, "/other_id"),
        ({"group_id": str(elsewhere.id)}, "/group_id"),
        ({"other_id": str(mine.id)}, "/other_id"),
        ({"reason": " "}, "/reason"),
        ({"related": "yes"}, "/related"),
    ):
        answer = engine.put("/v1/groups/relations", {**sent, **fields})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
