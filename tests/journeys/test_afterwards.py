"""After the demo's cascade: books come and are bid for, and what somebody does by hand stays as it is."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, AccountKind
from auctions.lifecycle import AuctionState, BookState, StepKind
from auctions.models import Auction, Award, Bid, Book
from auctions.operations.operator.add_playbook import add_playbook
from auctions.simulation import afterwards, cascade
from auctions.simulation.afterwards import Afterwards
from auctions.simulation.closing import Closing
from auctions.simulation.contest.bidders import Crowd
from auctions.simulation.feed import Feed
from auctions.simulation.robots import Floor, Robot
from auctions.simulation.seeding import Market, seed_market
from backstop.client import Client
from backstop.models import Mark, Venue
from tests import market
from tests.builders import perform
from tests.elsewhere import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]


@pytest.fixture
def seeded(travel: Any) -> Market:
    """The demo's market as it stays up after the cascade."""
    seeded = perform(seed_market, plan=cascade.PLAN)
    perform(add_playbook, venue=Venue.objects.get(id=seeded.venue_id), parameters=cascade.AFTERWARDS, reason="a test")
    return seeded


@pytest.fixture
def client(live_server: Any, seeded: Market) -> Iterator[Client]:
    with Client(live_server.url, seeded.key) as client:
        Feed(client).mark(cascade.OPENING)
        yield client


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def passing(client: Client, seeded: Market, said: list[str]) -> Afterwards:
    whose = [seat.provider_id for seat in seeded.seats[: afterwards.ROBOTS]]
    return Afterwards(client, Closing(client, seeded.venue_id, 0.0, whose), said.append)


def again(passing: Afterwards) -> None:
    passing._due_at = passing.closing._looked_at = 0.0
    passing.look()


def test_a_book_is_bid_for_by_rivals_and_ends_by_itself(
    passing: Afterwards, seeded: Market, live_server: Any, travel: Any
) -> None:
    passing.look()
    market.sweep()
    auction = Auction.objects.get(state=AuctionState.OPEN, kind=StepKind.SEALED)
    robots = [Robot(seat, Client(live_server.url, seat.key), Crowd()) for seat in seeded.seats[: afterwards.ROBOTS]]
    with Floor(robots, look_seconds=0.1):
        assert eventually(lambda: Bid.objects.filter(auction=auction, commitment=None).count() == afterwards.ROBOTS)
    for _ in range(6):
        travel(seconds=30)
        market.sweep()
    assert Book.objects.get().state == BookState.CLOSED
    assert not Award.objects.filter(provider=seeded.seats[-1].provider_id).exists(), "who bids by hand is left alone"


def test_one_comes_every_two_minutes_and_no_two_are_alike(passing: Afterwards, monkeypatch: pytest.MonkeyPatch) -> None:
    passing.look()
    passing.look()
    assert Book.objects.count() == 1
    passing._due_at = time.monotonic() + 1
    passing.look()
    assert Book.objects.count() == 1
    for _ in range(4):
        again(passing)
    assert Book.objects.count() == 5
    kinds = Book.objects.order_by("reference").values_list("positions__instrument__symbol", "positions__side")
    assert list(kinds) == [*afterwards.KINDS, afterwards.KINDS[0]]


def test_prices_stay_what_somebody_made_them(passing: Afterwards, client: Client) -> None:
    client.set_marks([{"instrument": "BTC-PERP", "price": "63999"}])
    before = dict(Mark.objects.values_list("instrument__symbol", "price"))
    again(passing)
    assert dict(Mark.objects.values_list("instrument__symbol", "price")) == before
    assert before["BTC-PERP"] == 63999


def test_a_venue_that_takes_no_book_now_is_asked_again_for_the_next(
    passing: Afterwards, client: Client, said: list[str]
) -> None:
    client.set_marks([{"instrument": "BTC-PERP", "price": "100000000"}])
    passing.look()
    assert [line.startswith("A book did not come: ") for line in said] == [True]
    assert not Book.objects.exists()
    again(passing)
    assert Book.objects.get().positions.get().instrument.symbol == "ETH-PERP"


def test_what_robots_took_is_given_back_to_them_alone(passing: Afterwards, seeded: Market, travel: Any) -> None:
    def collateral() -> list[Decimal]:
        accounts = {each.provider_id: each.posted for each in Account.objects.filter(kind=AccountKind.COLLATERAL)}
        return [accounts[seat.provider_id] for seat in seeded.seats]

    before = collateral()
    passing.look()
    market.sweep()
    taken = collateral()
    assert taken[0] < before[0], "its commitment took some"
    travel(seconds=1)
    again(passing)
    assert collateral()[0] > before[0], "what it had bound, beside what it earned"
    assert collateral()[-1] == before[-1]
