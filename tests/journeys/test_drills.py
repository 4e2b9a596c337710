"""A drill over real HTTP, with a clock that runs: it is held beside a real book, and another gives way to one."""

from collections.abc import Iterator
from typing import Any

import pytest

from auctions.operations.operator.audit import audit
from backstop.client import Client
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.elsewhere import Elsewhere, in_the_end
from tests.front.wire import Served
from tests.journeys.test_market_clock import Programs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

LONG_ETHER = {"instrument": "ETH-PERP", "side": "LONG", "quantity": "10", "entry_price": "200"}
LONG_BITCOIN = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "2", "entry_price": "20000"}


@pytest.fixture
def venue(travel: Any) -> Any:
    """Two product groups; a sealed auction is open for three seconds, a Dutch one for one."""
    venue = market.a_market()
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    market.a_hasty_playbook(venue, sealed_seconds=3, mark_max_age_seconds=86400)
    return venue


@pytest.fixture
def url(venue: Any) -> Iterator[str]:
    """Where the API answers, beside a clock."""
    served, elsewhere = Served(5), Elsewhere()
    programs = Programs(elsewhere.folder)
    programs.start("clock")
    yield served.url
    programs.clear()
    served.clear()
    elsewhere.clear()


def test_a_drill_is_held_beside_a_real_book_and_another_gives_way_to_one(venue: Any, url: str) -> None:
    alice = build.a_provider(venue, "Alice")
    house, robot = Client(url, build.a_venue_key(venue)), Client(url, build.a_provider_key(alice))

    drill = house.open_drill(reference="drill", cash="3000", positions=[LONG_BITCOIN])
    (real,) = house.send_books([{"reference": "real", "cash": "3000", "positions": [LONG_ETHER]}])
    (auction,) = in_the_end(lambda: [each for each in robot.list_auctions(kind="SEALED") if each["drill"]])
    robot.place_bid(auction["id"], client_bid_id="b1", units=100, edge_bps="20")
    held = in_the_end(lambda: _over(robot, drill["id"]))
    (own,) = held["records"]
    assert (held["state"], own["quality"], own["provider"], held["reference"]) == ("HELD", "GOOD", "Alice", None)
    assert own["answer_seconds"] > 0
    (award,) = robot.list_awards()
    assert (award["drill"], award["asset"], award["settlement_state"]) == (True, drill["asset"], "SETTLED")
    in_the_end(lambda: house.get_book(real["id"])["state"] == "CLOSED")
    assert [each["asset"] for each in robot.list_balances()] == ["USD"]
    assert house.get_book_statement(drill["book_id"])["drill"] is True

    second = house.open_drill(reference="second", cash="3000", positions=[LONG_BITCOIN])
    (another,) = house.send_books([{"reference": "another", "cash": "3000", "positions": [LONG_BITCOIN]}])
    broken = in_the_end(lambda: _over(house, second["id"]))
    assert (broken["state"], broken["reason"]) == ("BROKEN_OFF", "a real book of one of its product groups arrived")
    assert broken["records"][0]["quality"] == "EXEMPT"
    in_the_end(lambda: house.get_book(another["id"])["state"] == "CLOSED")
    assert perform(audit) == []


def _over(client: Client, drill_id: str) -> Any:
    drill = client.get_drill(drill_id)
    return drill if drill["ended_at"] else None
