"""A key may ask so often; each answer says what is left, and what is too much is refused until it comes back."""

from uuid import UUID

import pytest

from accounts.models import ApiKey
from backstop.metering import Rate, look_at
from backstop.models import Bucket
from tests.builders import a_commitment, a_provider, a_provider_key, a_venue, a_venue_key, an_instrument, api_client
from tests.described import document

pytestmark = pytest.mark.django_db

FEW = {"requests": (3, 1), "bids": (2, 1), "cancels": (2, 1), "answers": (1, 0.01), "answers_of_cancels": (1, 0.01)}


@pytest.fixture
def venue():
    venue = a_venue()
    an_instrument(venue, "BTC-PERP", price="10")
    return venue


@pytest.fixture(autouse=True)
def _few(settings, travel):
    settings.RATES = settings.RATES | FEW
    travel.freeze()


@pytest.fixture
def client(venue):
    return api_client(a_venue_key(venue))


def test_each_answer_says_what_is_left_and_what_is_too_much_is_refused(client, travel) -> None:
    answers = [client.get("/v1/marks") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"requests";q=3;w=3'}
    assert [answer["RateLimit"] for answer in answers] == [
        '"requests";r=2;t=1',
        '"requests";r=1;t=2',
        '"requests";r=0;t=3',
        '"requests";r=0;t=4',
    ]
    assert answers[3]["Content-Type"] == "application/problem+json"
    assert (answers[3].json()["code"], answers[3]["Retry-After"]) == ("rate_exceeded", "1")
    travel(seconds=1)
    assert client.get("/v1/marks").status_code == 200


def test_a_refusal_is_an_answer_too(client) -> None:
    answers = [client.post("/v1/marks", {"marks": []}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert answers[0]["RateLimit"] == '"requests";r=2;t=1'


def test_whoever_has_asked_too_often_may_still_take_back(venue) -> None:
    alice = a_provider(venue)
    offered = a_commitment(alice)
    client = api_client(a_provider_key(alice))
    assert [client.get("/v1/bids").status_code for _ in range(4)][-1] == 429
    taken_back = client.delete(f"/v1/commitments/{offered.id}")
    assert (taken_back.status_code, taken_back["RateLimit-Policy"]) == (200, '"cancels";q=2;w=2')


def test_keys_are_metered_each_by_itself_and_in_the_query_that_finds_them(
    venue, client, django_assert_num_queries
) -> None:
    assert [client.get("/v1/marks").status_code for _ in range(4)][-1] == 429
    other = api_client(a_venue_key(venue))
    with django_assert_num_queries(1):
        assert other.get("/v1/me").status_code == 200


def test_nobody_spends_the_tokens_of_a_key_that_it_does_not_have(client) -> None:
    prefix = ApiKey.objects.get().prefix
    guesser = api_client(f"{prefix}.guessed")
    assert {guesser.get("/v1/me").status_code for _ in range(5)} == {401}
    assert not Bucket.objects.exists()


def test_answers_that_are_kept_are_counted_beside(client) -> None:
    mark = {"marks": [{"instrument": "BTC-PERP", "price": "10"}]}
    kept, refused = (client.post("/v1/marks", mark, HTTP_IDEMPOTENCY_KEY=name) for name in ("one", "two"))
    assert kept["RateLimit"] == '"requests";r=2;t=1, "answers";r=0;t=100'
    assert (refused.status_code, refused["Retry-After"]) == (429, "100")
    assert client.post("/v1/marks", mark).status_code == 200


def test_what_is_refused_takes_nothing_of_the_next_bucket(client, settings) -> None:
    settings.RATES = settings.RATES | {"answers": (2, 0.01)}
    mark = {"marks": [{"instrument": "BTC-PERP", "price": "10"}]}
    answers = [client.post("/v1/marks", mark, HTTP_IDEMPOTENCY_KEY="one")]
    answers += [client.get("/v1/marks") for _ in range(2)]
    answers += [client.post("/v1/marks", mark, HTTP_IDEMPOTENCY_KEY="two")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3]["RateLimit"] == '"requests";r=0;t=4'
    assert look_at(str(ApiKey.objects.get().id), [Rate.of("answers")])[0].left == 1


def test_a_dry_run_stores_no_answer_and_pays_for_none(client) -> None:
    mark = {"marks": [{"instrument": "BTC-PERP", "price": "10"}]}
    answer = client.post("/v1/marks?dry_run=true", mark, HTTP_IDEMPOTENCY_KEY="one")
    assert answer["RateLimit"] == '"requests";r=2;t=1'
    answer = client.post("/v1/marks?dry_run=false", mark, HTTP_IDEMPOTENCY_KEY="one")
    assert answer["RateLimit"] == '"requests";r=1;t=2, "answers";r=0;t=100'


def test_whoever_has_asked_and_bid_too_often_may_still_take_back(venue) -> None:
    client = api_client(a_provider_key(a_provider(venue)))
    assert [client.get("/v1/bids").status_code for _ in range(4)][-1] == 429
    bid = {"auction_id": str(UUID(int=7)), "client_bid_id": "b", "units": 1, "edge_bps": "1"}
    bids = [client.post("/v1/bids", {"bids": [bid]}, HTTP_IDEMPOTENCY_KEY=name) for name in ("one", "two", "three")]
    assert [answer.status_code for answer in bids] == [200, 429, 429]
    assert bids[0]["RateLimit-Policy"].partition(";")[0] == '"bids"'
    taken_back = client.post("/v1/cancel-all", HTTP_IDEMPOTENCY_KEY="four")
    assert (taken_back.status_code, taken_back["RateLimit"]) == (
        200,
        '"cancels";r=1;t=1, "answers_of_cancels";r=0;t=100',
    )


def test_the_limits_say_what_is_left_and_what_each_address_costs(client, venue) -> None:
    client.get("/v1/marks")
    said = client.get("/v1/limits")
    assert said["RateLimit"] == '"requests";r=1;t=2'
    left = {one.pop("bucket"): one for one in said.json()["buckets"]}
    assert left["requests"] == {"most": 3, "per_second": 1.0, "left": 1}
    assert {name: one["left"] for name, one in left.items() if name != "requests"} == {
        name: most for name, (most, _) in FEW.items() if name != "requests"
    }
    costs = {(one["method"], one["path"]): (one["bucket"], one["cost"]) for one in said.json()["costs"]}
    assert costs["GET", "/v1/limits"] == ("requests", 1)
    assert costs["POST", "/v1/auctions/{auction_id}/bids"] == ("bids", 1)
    assert costs["DELETE", "/v1/bids/{bid_id}"] == costs["POST", "/v1/cancel-all"] == ("cancels", 1)
    described = {(method.upper(), path) for path, methods in document()["paths"].items() for method in methods} - {
        ("GET", path) for path in ("/v1/time", "/v1/signing_key", "/v1/openapi.json", "/v1/problems/{code}")
    }
    assert costs.keys() == described


def test_what_costs_more_takes_more_at_once_or_nothing(client, settings) -> None:
    settings.RATES = settings.RATES | {"requests": (12, 1)}
    book = UUID(int=7)
    asked = [client.get(f"/v1/books/{book}/statement") for _ in range(2)]
    assert [answer.status_code for answer in asked] == [404, 429]
    assert (asked[0]["RateLimit"], asked[1]["Retry-After"]) == ('"requests";r=2;t=10', "8")
    assert client.get("/v1/me").status_code == 200, "what is too dear takes nothing"
