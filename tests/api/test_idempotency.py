"""The same request under one Idempotency-Key happens once, at every address that writes, whatever comes between."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from auctions.models import Auction, Bid, Book
from backstop.api.views import View
from backstop.models import Event, StoredAnswer
from tests import market
from tests.builders import a_commitment, a_provider, a_provider_key, a_venue_key, api_client
from tests.layout.test_lists import addresses

pytestmark = pytest.mark.django_db

WRITING = ("post", "put", "patch", "delete")
DOOR = re.compile(r"self\.(write\w*|carry_out\w*|move)\(|_place(_several)?\(self,")


def handlers() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Whatever writes: its method, its address, and what answers there."""
    for path, view in addresses():
        if view is not None and issubclass(view, View):
            for method in WRITING:
                if hasattr(view, method):
                    yield method, path, getattr(view, method)


def test_every_address_that_writes_does_so_by_the_one_door_that_remembers_answers() -> None:
    found = list(handlers())
    assert len(found) > 50
    assert [(method, path) for method, path, answers in found if not DOOR.search(inspect.getsource(answers))] == []


@dataclass
class Asked:
    """A market to write to, and the two who do."""

    venue: Any
    alice: Any = field(init=False)
    auction: Auction = field(init=False)

    def __post_init__(self) -> None:
        self.alice = a_provider(self.venue)
        self.clients = {
            "venue": api_client(a_venue_key(self.venue)),
            "provider": api_client(a_provider_key(self.alice)),
        }
        self.auction = market.an_auction(self.venue)

    def commitment(self) -> str:
        return f"/v1/commitments/{a_commitment(self.alice).id}"

    def bid(self) -> str:
        (placed,) = market.place(self.alice, market.order(self.auction))
        return f"/v1/bids/{placed.bid_id}"


MARK = {"marks": [{"instrument": "BTC-PERP", "price": "20000"}]}
POSITION = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": "20000"}
BID = {"client_bid_id": "b1", "units": 5, "edge_bps": "10"}
WHY = {"reason": "a test"}
# Who writes, how, where, and what.
WRITES: dict[str, tuple[str, str, Callable[[Asked], str], Callable[[Asked], Any]]] = {
    "marks": ("venue", "post", lambda _: "/v1/marks", lambda _: MARK),
    "books": ("venue", "post", lambda _: "/v1/books", lambda _: {"reference": "new", "positions": [POSITION]}),
    "withdrawal of a book": (
        "venue",
        "post",
        lambda _: f"/v1/books/{Book.objects.get().id}/withdraw",
        lambda _: WHY,
    ),
    "collateral": (
        "venue",
        "post",
        lambda _: "/v1/collateral",
        lambda asked: {"provider_id": str(asked.alice.id), "asset": "USD", "amount": "5", "reference": "r"},
    ),
    "breakers": ("venue", "put", lambda _: "/v1/breakers", lambda _: {"level": 1, **WHY}),
    "restart": ("venue", "post", lambda asked: f"/v1/auctions/{asked.auction.id}/restart", lambda _: WHY),
    "bid": ("provider", "post", lambda asked: f"/v1/auctions/{asked.auction.id}/bids", lambda _: BID),
    "bids": (
        "provider",
        "post",
        lambda _: "/v1/bids",
        lambda asked: {"bids": [{**BID, "auction_id": str(asked.auction.id)}]},
    ),
    "cancel": ("provider", "delete", Asked.bid, lambda _: None),
    "cancel-all": ("provider", "post", lambda _: "/v1/cancel-all", lambda _: None),
    "cancel-all-after": ("provider", "post", lambda _: "/v1/cancel-all-after", lambda _: {"seconds": 5}),
    "commitment": ("provider", "post", lambda _: "/v1/commitments", lambda _: {"min_edge_bps": "50"}),
    "terms": ("provider", "patch", Asked.commitment, lambda _: {"min_edge_bps": "40"}),
    "end of a commitment": ("provider", "delete", Asked.commitment, lambda _: None),
}


@pytest.fixture
def asked(travel) -> Asked:
    venue = market.a_market(travel)
    market.a_playbook(venue, max_restarts=5)
    return Asked(venue)


@pytest.mark.parametrize("what", WRITES)
def test_the_same_again_gets_the_first_answer_and_leaves_nothing(asked, what) -> None:
    who, method, path_of, content_of = WRITES[what]
    path, content = path_of(asked), content_of(asked)
    send = getattr(asked.clients[who], method)
    first = send(path, content, HTTP_IDEMPOTENCY_KEY="one")
    assert first.status_code in (200, 201), first.json()
    known = (Event.objects.count(), Bid.objects.count(), Book.objects.count(), StoredAnswer.objects.count())
    again = send(path, content, HTTP_IDEMPOTENCY_KEY="one")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert (Event.objects.count(), Bid.objects.count(), Book.objects.count(), StoredAnswer.objects.count()) == known
    other = send(path, {"other": "content"}, HTTP_IDEMPOTENCY_KEY="one")
    assert other.status_code == 422
    assert StoredAnswer.objects.count() == known[-1]


def test_whose_answer_was_lost_after_the_commit_is_told_it_when_it_asks_again(asked, monkeypatch) -> None:
    """As where a process dies between its commit and its answer."""
    path = f"/v1/auctions/{asked.auction.id}/bids"

    def dies(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(View, "finalize_response", dies)
        lost = asked.clients["provider"].post(path, BID, HTTP_IDEMPOTENCY_KEY="one")
    assert lost.status_code == 500
    again = asked.clients["provider"].post(path, BID, HTTP_IDEMPOTENCY_KEY="one")
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert again.json()["id"] == str(Bid.objects.get().id)


def test_what_was_refused_is_judged_anew(asked) -> None:
    path, content = f"/v1/auctions/{asked.auction.id}/bids", {**BID, "units": 101}
    for _ in range(2):
        refused = asked.clients["provider"].post(path, content, HTTP_IDEMPOTENCY_KEY="one")
        assert (refused.status_code, refused.json()["code"]) == (422, "units_too_many")
        assert "Idempotency-Replayed" not in refused
    assert asked.clients["provider"].post(path, BID, HTTP_IDEMPOTENCY_KEY="one").status_code == 201
