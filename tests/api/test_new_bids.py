"""A bid that was just placed is answered without being read again, as it is read ever after."""

import pytest

from auctions.models import Auction
from tests import market
from tests.builders import a_playbook, a_provider, a_provider_key, api_client

pytestmark = pytest.mark.django_db

PLAIN = {"client_bid_id": "b1", "units": 20, "edge_bps": "30"}


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, max_reopenings=1)
    return venue


@pytest.fixture
def client(venue):
    return api_client(a_provider_key(a_provider(venue)))


@pytest.fixture
def path(venue):
    return f"/v1/auctions/{market.an_auction(venue).id}/bids"


def read(client, placed):
    return client.get(f"/v1/bids/{placed['id']}").json()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"edge_bps": "-12.3400", "max_pay_bps": "20.50"},
        {"max_units": 33, "max_drift_bps": "0.0500"},
        {"all_or_none": True},
        {"edge_bps": "499"},
    ],
)
def test_what_is_answered_is_what_is_read_of_it(client, path, said) -> None:
    placed = client.post(path, {**PLAIN, **said}).json()
    of_the_call = {name: placed.pop(name) for name in ("receipt", "warning")}
    assert placed == read(client, placed)
    assert list(placed) == list(read(client, placed))
    (promised,) = of_the_call["receipt"]["bids"]
    assert promised["digest"] == placed["digest"]
    assert promised["received_at"].rstrip("Z").startswith(placed["created_at"].rstrip("Z"))
    again = client.post(path, {**PLAIN, **said}).json()
    assert again == placed | of_the_call


def test_so_are_those_of_a_batch_new_improved_and_sent_again(client, path) -> None:
    first = client.post(path, PLAIN).json()
    better = {"client_bid_id": "b2", "units": 20, "edge_bps": "20", "improves": "b1"}
    other = {"client_bid_id": "b3", "units": 5, "edge_bps": "490"}
    answer = client.post(path, [PLAIN, better, other, {**PLAIN, "units": 3}]).json()
    bids = [item["bid"] for item in answer["data"] if "bid" in item]
    assert [bid["client_bid_id"] for bid in bids] == ["b1", "b2", "b3"]
    assert bids[1]["improves_id"] == first["id"]
    assert bids[1:] == [read(client, bid) for bid in bids[1:]]
    assert [promised["digest"] for promised in answer["receipt"]["bids"]] == [bid["digest"] for bid in bids]


def test_what_improves_a_bid_of_a_former_round_is_firm_in_its_answer_too(client, path, venue, travel) -> None:
    client.post(path, PLAIN)
    market.close(Auction.objects.get(), travel)
    placed = client.post(path, {"client_bid_id": "b2", "units": 20, "edge_bps": "20", "improves": "b1"}).json()
    assert (placed["round"], placed["firm"]) == (2, True)
    assert placed == {**read(client, placed), "receipt": placed["receipt"], "warning": None}


def test_of_a_hidden_lot_the_reserve_is_told_by_no_warning(venue, client) -> None:
    a_playbook(venue, disclosure="SIZE_BAND", mark_max_age_seconds=60)
    path = f"/v1/auctions/{market.an_auction(venue).id}/bids"
    dear = {**PLAIN, "edge_bps": "9999", "inverse_edge_bps": "9999"}
    for _ in range(2):
        placed = client.post(path, dear)
        assert (placed.status_code, placed.json()["warning"]) == (201, None)
