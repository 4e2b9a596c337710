"""A dry run of a book says what its market and commitments would take of it, and leaves nothing."""

from decimal import Decimal

import pytest

from auctions.models import Award, Book, Lot
from auctions.operations.operator.set_breaker import set_breaker
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db

LONG = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "2", "entry_price": "20000"}  # worth 40,000
BOOK = {"reference": "book-1", "cash": "3000", "positions": [LONG]}
CALM = {"spread_bps": "1", "volatility_bps": "1", "stale_share": "0"}


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    build.a_playbook(venue, fund_draw_limit="5000", mark_max_age_seconds=3600, cover_percent=0, max_gap_seconds=300)
    return venue


@pytest.fixture
def engine(venue):
    return build.api_client(build.a_venue_key(venue))


def foreseen(engine, *books):
    answer = engine.post("/v1/books?dry_run=true", {"books": books or [BOOK]})
    assert answer.status_code == 201, answer.json()
    assert {book["state"] for book in answer.json()["books"]} == {"RECEIVED"}
    return [book["foreseen"] for book in answer.json()["books"]]


@pytest.mark.parametrize(("depth", "takes"), [("40000", True), ("39999.999999", False)])
def test_a_market_takes_as_much_as_its_depth(engine, depth, takes):
    engine.post("/v1/conditions", {"product_group": "PERPS", "depth": depth, **CALM})
    ((said,),) = (one["markets"] for one in foreseen(engine))
    assert said == {"product_group": "PERPS", "notional": "40000", "depth": depth, "takes": takes}


@pytest.mark.parametrize(("seconds", "known"), [(300, True), (301, False)])
def test_a_depth_of_long_ago_is_not_known(engine, travel, seconds, known):
    engine.post("/v1/conditions", {"product_group": "PERPS", "depth": "50000", **CALM})
    travel(seconds=seconds)
    ((said,),) = (one["markets"] for one in foreseen(engine))
    assert (said["depth"], said["takes"]) == (("50000", True) if known else (None, None))


def test_commitments_take_what_they_would_be_assigned_and_nothing_is_left_of_it(venue, engine):
    for name, edge, cap in (("Alice", "20", "10000"), ("Bob", "70", "8000"), ("Charlie", "250", None)):
        build.a_commitment(build.a_provider(venue, name), min_edge_bps=edge, cap_per_assignment=cap)
    before = (market.what_is_real(venue), Event.objects.count())
    (said,) = foreseen(engine)
    assert said["lots"] == [
        {"units": 100, "notional": "40000", "first_step": "ASSIGN", "committed_units": 45, "edge_bps": "70"}
    ]
    assert (market.what_is_real(venue), Event.objects.count()) == before
    assert not Book.objects.exists()
    assert engine.post("/v1/books", BOOK).json()["foreseen"] is None
    market.sweep("route_books", "assign_lots")
    awards = Award.objects.values_list("units", "edge_bps")
    assert (sum(units for units, _ in awards), {edge for _, edge in awards}) == (45, {Decimal(70)})
    again = engine.post("/v1/books?dry_run=true", BOOK).json()
    assert (again["state"], again["foreseen"]) == ("ROUTED", None)


def test_what_the_first_book_is_given_counts_for_the_second(venue, engine):
    build.a_playbook(venue, fund_draw_limit="5000", mark_max_age_seconds=3600, min_groups=1, cover_percent=0)
    build.a_commitment(build.a_provider(venue), window_seconds=60, window_capacity="50000")
    said = foreseen(engine, BOOK, {**BOOK, "reference": "book-2"})
    assert [one["lots"][0]["committed_units"] for one in said] == [100, 25]


def test_where_a_breaker_stops_bids_commitments_take_nothing(venue, engine):
    build.a_commitment(build.a_provider(venue))
    perform(set_breaker, venue_id=venue.id, level=3, reason="a test")
    (said,) = foreseen(engine)
    assert (said["lots"][0]["committed_units"], said["lots"][0]["edge_bps"]) == (0, None)


def test_more_books_than_it_tells_of_are_answered_without(venue, engine):
    books = [{**BOOK, "reference": f"book-{n}"} for n in range(21)]
    assert foreseen(engine, *books) == [None] * 21
    assert None not in foreseen(engine, *books[:20])
    assert not Lot.objects.exists()
