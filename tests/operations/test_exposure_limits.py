"""No award takes a cluster above what its venue lets it hold: at assignment, at the close and at a take."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import Provider
from accounts.rules.exposure import Piece
from auctions.desks.exposures import ExposureDesk
from auctions.models import Auction, Award, Bid
from auctions.queries import list_units_that_fit
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import market
from tests.operations.test_set_exposure_limit import limit
from tests.refusing import refused

pytestmark = pytest.mark.django_db

LOT = {"cash": "3000"}


def units_of(provider: Provider) -> int:
    return sum(Award.objects.filter(provider=provider).values_list("units", flat=True))


def a_book(venue, reference: str = "book-1", side: str = "LONG"):
    return market.a_book(venue, market.position("BTC-PERP", side, "2", "20000"), reference=reference, **LOT)


@pytest.mark.parametrize(("gross", "units"), [("20000", 50), ("19999.999999", 49), ("399", 0), (None, 100)])
def test_a_commitment_is_given_as_much_as_fits(venue, gross, units) -> None:
    market.a_playbook(venue, min_groups=1, cover_percent=0)
    alice = market.committed(venue)
    limit(alice, gross)
    a_book(venue)
    market.sweep()
    assert units_of(alice) == units


def test_related_firms_have_one_limit_together(venue) -> None:
    market.a_playbook(venue, min_groups=1, cover_percent=0)
    alice, bob = (market.committed(venue, name=name, edge=edge) for name, edge in (("Alice", "10"), ("Bob", "20")))
    build.relate(alice.group, bob.group)
    limit(alice, "30000")
    limit(bob, "32000")
    a_book(venue)
    market.sweep()
    assert units_of(alice) + units_of(bob) == 75


def test_two_books_of_a_batch_do_not_have_the_same_room_and_the_other_side_always_fits(venue) -> None:
    market.a_playbook(venue, min_groups=1, cover_percent=0)
    alice = market.committed(venue)
    limit(alice, "60000", "60000")
    for number in range(2):
        a_book(venue, f"long-{number}")
    market.sweep()
    assert units_of(alice) == 150
    limit(alice, "0", "0")
    a_book(venue, "short", side="SHORT")
    market.sweep()
    assert units_of(alice) == 250


def test_at_the_close_a_bid_is_given_as_much_as_fits_beside_what_it_bid_elsewhere(venue, travel) -> None:
    market.a_playbook(venue, min_groups=1, cover_percent=0, max_reopenings=0)
    alice = market.a_bidder(venue)
    first = market.an_auction(venue, "first")
    travel(seconds=1)
    second = market.an_auction(venue, "second")
    market.place(alice, market.order(first, "a", units=100), market.order(second, "b", units=30))
    limit(alice, "20000")
    market.close(first, travel)
    assert units_of(alice) == 20, "12,000 are bid for in the other"
    market.close(second, travel)
    assert units_of(alice) == 20 + 30


def test_a_take_that_does_not_fit_is_refused_whole(venue, travel) -> None:
    market.a_dutch_playbook(venue)
    alice = market.a_bidder(venue)
    auction = market.a_dutch_auction(venue, travel)
    limit(alice, "4000")
    with refused(AuctionRefusal.EXPOSURE_TOO_LARGE):
        market.take(alice, auction, units=11)
    market.take(alice, auction, units=10)
    assert units_of(alice) == 10


def test_readiness_elsewhere_counts_at_its_most(venue, travel) -> None:
    market.a_dutch_playbook(venue)
    alice = market.a_bidder(venue)
    auctions = [market.a_dutch_auction(venue, travel, reference=name) for name in ("first", "second")]
    market.ready(alice, auctions[0], units=15)
    limit(alice, "8000")
    with refused(AuctionRefusal.EXPOSURE_TOO_LARGE):
        market.take(alice, auctions[1], units=6)
    market.take(alice, auctions[1], units=5)
    assert units_of(alice) == 5


def test_capacity_shows_what_the_same_rule_leaves(venue) -> None:
    market.a_playbook(venue, min_groups=1, cover_percent=0)
    auction = market.an_auction(venue, "before")
    alice = market.committed(venue)
    client, path = (
        build.api_client(build.a_provider_key(alice)),
        f"/v1/commitments/{alice.commitments.get().id}/capacity",
    )

    def shown() -> tuple[str, dict[str, str]]:
        (usd,) = client.get(path).json()["assets"]
        return usd["remaining"], usd["exposure"]

    assert shown()[1] is None
    limit(alice, "50000", "30000")
    limits = {"gross_limit": "50000", "net_limit": "30000", "gross_binds": False, "net_binds": True}
    nothing = {**limits, "gross": "0", "net": "0", "offered": "0"}
    assert shown() == ("30000", {**nothing, "remaining": "30000"})
    market.place(alice, market.order(auction, units=20))
    assert shown() == ("22000", {**nothing, "offered": "8000", "remaining": "22000"})
    a_book(venue)
    market.sweep()
    assert units_of(alice) == 55
    held = {**limits, "gross": "22000", "net": "22000", "offered": "8000"}
    assert shown() == ("0", {**held, "remaining": "0"})


def test_capacity_names_all_that_leave_the_least_and_nothing_else(venue) -> None:
    alice = build.a_provider(venue)
    commitment = build.a_commitment(alice, cap_per_assignment="800", min_edge_bps="10")
    client = build.api_client(build.a_provider_key(alice))

    def binding() -> set[str]:
        (usd,) = client.get(f"/v1/commitments/{commitment.id}/capacity").json()["assets"]
        exposure = usd["exposure"] or {}
        return {cap["cap"] for cap in usd["caps"] if cap["binds"]} | {
            name for name in ("gross", "net") if exposure.get(f"{name}_binds")
        }

    assert binding() == {"cap_per_assignment"}
    for gross, net, binds in (
        ("800.000001", None, {"cap_per_assignment"}),
        ("800", "900", {"cap_per_assignment", "gross"}),
        ("800", "800", {"cap_per_assignment", "gross", "net"}),
        ("799.999999", "800", {"gross"}),
        ("900", "700", {"net"}),
        ("700", "700", {"gross", "net"}),
    ):
        limit(alice, gross, net)
        assert binding() == binds


def test_a_bid_is_told_with_its_receipt_that_it_does_not_fit(venue) -> None:
    """At once, and whoever sends it again as it is then; all live bids in the auction count. Equal fits."""
    market.a_playbook(venue)
    alice = market.a_bidder(venue)
    auction, other = market.an_auction(venue), market.an_auction(venue, "other")
    client = build.api_client(build.a_provider_key(alice))

    def bid(name: str, units: int, auction=auction) -> tuple[str, int] | None:
        content = {"client_bid_id": name, "units": units, "edge_bps": "10"}
        warning = client.post(f"/v1/auctions/{auction.id}/bids", content).json()["warning"]
        return warning and (warning["code"], warning["units"])

    limit(build.a_provider(venue, "Bob"), "0")
    assert bid("b0", 10, other) is None, "the limit is another's"
    limit(alice, "12000")
    assert bid("b1", 20) is None, "4,000 are bid for in the other"
    assert bid("b2", 1) == ("units_above_limit", 20)
    limit(alice, None, "11999.999999")
    assert bid("b1", 20) == ("units_above_limit", 19)
    several = client.post(f"/v1/auctions/{other.id}/bids", [{"client_bid_id": "b3", "units": 11, "edge_bps": "10"}])
    assert several.json()["data"][0]["warning"]["units"] == 8


def test_a_bulk_call_is_warned_of_each_bid_whatever_their_order(venue) -> None:
    """What the call itself offers in the other auctions counts: of four of 6,000 each, three leave room for 5 units."""
    market.a_playbook(venue)
    alice = market.a_bidder(venue)
    auctions = [market.an_auction(venue, f"book-{number}") for number in range(4)]
    client = build.api_client(build.a_provider_key(alice))
    limit(alice, "20000")
    for name, order in (("there", auctions), ("back", auctions[::-1])):
        bids = [
            {"auction_id": str(each.id), "client_bid_id": f"{name}-{number}", "units": 15, "edge_bps": "10"}
            for number, each in enumerate(order)
        ]
        answer = client.post("/v1/bids", {"bids": bids}, HTTP_IDEMPOTENCY_KEY=name)
        assert [one["warning"]["units"] for one in answer.json()["data"]] == [5] * 4
        again = client.post("/v1/bids", {"bids": bids}, HTTP_IDEMPOTENCY_KEY=name)
        assert (again["Idempotency-Replayed"], again.json()) == ("true", answer.json())
        client.post("/v1/cancel-all")


def test_bids_are_added_up_by_the_database_when_no_lock_is_held(venue, monkeypatch) -> None:
    market.a_playbook(venue)
    alice = market.a_bidder(venue)
    auctions = [market.an_auction(venue, f"book-{number}") for number in range(2)]
    client = build.api_client(build.a_provider_key(alice))
    limit(alice, "11999")
    depths = []

    def looked_at(*asked) -> dict[UUID, int]:
        depths.append(len(connection.savepoint_ids))
        with monkeypatch.context() as patched:
            patched.setattr(Bid, "from_db", lambda *row: pytest.fail("a bid is read for what only counts"))
            return list_units_that_fit(*asked)

    monkeypatch.setattr("auctions.api.bids.list_units_that_fit", looked_at)
    outside = len(connection.savepoint_ids)
    bids = [
        {"auction_id": str(each.id), "client_bid_id": f"b{number}", "units": 20, "edge_bps": "10"}
        for number, each in enumerate(auctions)
    ]
    dry = client.post("/v1/bids?dry_run=true", {"bids": bids}, HTTP_IDEMPOTENCY_KEY="dry")
    assert ["bid" in one for one in dry.json()["data"]] == [True, True]
    assert not depths
    placed = client.post("/v1/bids", {"bids": bids}, HTTP_IDEMPOTENCY_KEY="all")
    assert [one["warning"]["units"] for one in placed.json()["data"]] == [9, 9]
    assert depths == [outside]


def test_nobody_reckons_a_hidden_lot_by_what_is_left(venue, travel) -> None:
    """Of 24,000 or of 40,000, both of the band up to 50,000: a fifth of it counts as 10,000 in whatever says or tries
    what fits; an auction's close counts it as it is."""
    market.a_playbook(venue, disclosure="SIZE_BAND", cover_percent=0)
    for number, quantity in enumerate(("1.2", "2")):
        position = market.position("BTC-PERP", "LONG", quantity, "20000")
        market.a_book(venue, position, cash="3000", reference=f"hidden-{number}")
    market.sweep()
    told = []
    for number, hidden in enumerate(Auction.objects.order_by("notional")):
        assert (hidden.band_up_to, hidden.units) == (50_000, 100)
        alice = market.a_bidder(venue, f"Alice-{number}")
        commitment = build.a_commitment(alice)  # too late to bid as well
        limit(alice, "30000")
        market.place(alice, replace(market.order(hidden, f"b{number}", units=20), inverse_edge_bps=Decimal(10)))
        client = build.api_client(build.a_provider_key(alice))
        (usd,) = client.get(f"/v1/commitments/{commitment.id}/capacity").json()["assets"]
        told.append((usd["exposure"]["offered"], usd["exposure"]["remaining"]))
        by_takes = ExposureDesk([venue.id], only=alice)
        by_close = ExposureDesk([venue.id])
        fits = [
            desk.fitting_of(alice.id, hidden.step.lot.book.asset, a_lot(alice, hidden), 300, 300, UUID(int=1))
            for desk in (by_takes, by_close)
        ]
        told.append(fits[0])
        assert fits[1] > fits[0]
    assert told == [("10000", "20000"), 200] * 2


def a_lot(provider, auction) -> list[Piece]:
    (position,) = auction.step.lot.positions.select_related("instrument")
    return [Piece(provider.id, position.instrument.product_group_id, position.instrument_id, Decimal(30_000))]
