"""Two batches of wishes under one draw limit, and a debt beside a take: together they stay within it."""

import pytest
from django.db.models import Sum

from auctions.models import Auction, Award, Book, Step, Take, Wish
from auctions.operations.sweeps.close_books import close_books
from auctions.operations.sweeps.open_auctions import open_auctions
from tests import builders as build
from tests import covers, invariants, market
from tests.builders import perform
from tests.market import position
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def a_book(venue, reference, entry="20000"):
    """Of 40,000, routed and no further; both are of one account."""
    return market.a_book(venue, position("BTC-PERP", "LONG", "2", entry), reference=reference, cash="400", account="a")


@pytest.mark.parametrize("limit", ["fund_event_limit", "fund_group_limit", "fund_day_limit"])
def test_two_batches_of_wishes_share_what_a_limit_has_room_for(travel, limit) -> None:
    venue = market.a_market(travel)
    market.a_playbook(venue, fund_draw_limit="10000", max_reopenings=0, **{limit: "1500"})
    for name in ("one", "other"):
        a_book(venue, name)
    market.sweep("route_books", "assign_lots", "pass_lots_on")
    steps = list(Step.objects.filter(kind="SEALED").values_list("id", flat=True))
    outcomes = together(*(lambda step=step: perform(open_auctions, ids=[step]) for step in steps))
    assert outcomes == [1, 1]
    assert sorted(Wish.objects.values_list("amount", flat=True)) == [500, 1000]
    invariants.hold()


def test_two_batches_share_what_a_cover_raises_a_limit_by(travel) -> None:
    """A limit of 1,000 and 500 funded: books that lack 1,000 each have 1,500 together."""
    venue = market.a_market(travel)
    market.a_playbook(venue, fund_draw_limit="10000", max_reopenings=0, fund_event_limit="1000")
    insurer = build.a_provider(venue, "insurer", collateral="500")
    covers.active(venue, {insurer: 10_000}, limit="1000", quota_share="1", copay="0.5")
    for name in ("one", "other"):
        a_book(venue, name)
    market.sweep("route_books", "assign_lots", "pass_lots_on")
    steps = list(Step.objects.filter(kind="SEALED").values_list("id", flat=True))
    outcomes = together(*(lambda step=step: perform(open_auctions, ids=[step]) for step in steps))
    assert outcomes == [1, 1]
    assert sorted(Wish.objects.values_list("amount", flat=True)) == [500, 1000]
    invariants.hold()


def test_a_debt_beside_a_take_and_both_are_within_the_limit(travel) -> None:
    venue = market.a_market(travel)
    market.a_playbook(
        venue, fund_draw_limit="10000", max_reopenings=0, uncontested_caps_bps=[500], fund_day_limit="3000"
    )
    alice = market.a_bidder(venue)
    owing = a_book(venue, "owing", "21500")
    a_book(venue, "thin")
    market.sweep()
    auction = Auction.objects.get(step__lot__book=owing)
    assert market.code(alice, auction, units=100, edge="0") is None
    travel.to(auction.closes_at)
    market.mark_again()
    market.sweep("close_auctions", "settle_awards", "pass_lots_on", "open_auctions")
    dutch = Auction.objects.get(kind="DUTCH")
    travel(seconds=(dutch.closes_at - dutch.opens_at).seconds - 1)
    market.mark_again()
    taken, closed = together(lambda: market.take(alice, dutch, units=100), lambda: perform(close_books, ids=[owing.id]))
    assert isinstance(taken, Take), taken
    assert closed == 1
    covered = market.sums()["DEBT_COVERED"]
    paid = Award.objects.aggregate(amount=Sum("fund_part"))["amount"]
    assert paid + covered <= 3000
    assert (paid, covered) in {(400, 2600), (1600, 1400)}, "whoever came first has all that it needs"
    market.sweep()
    assert set(Book.objects.values_list("state", flat=True)) == {"CLOSED"}
    market.clean()
