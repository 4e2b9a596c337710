"""What was cut back takes once, beside takers, a provider that leaves, and workers that die: as if one came first."""

from functools import partial

import pytest

from accounts.models import User
from auctions.lifecycle import AuctionState, CutBidState
from auctions.models import Auction, Award, CutBid, Take
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop.errors import DomainError
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, order, place, take
from tests.operations.test_confirm_default import confirm
from tests.operations.test_declare_default import declare
from tests.races.test_commits import POINTS, die
from tests.races.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]


@pytest.fixture
def people(venue, travel):
    """Alice, Bob and Charlie, of whose bid 10 units wait in a Dutch auction whose clock has come to their edge."""
    travel.freeze()
    market.a_dutch_playbook(venue, cover_percent=50, mark_max_age_seconds=86400)
    people = [a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie")]
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    for provider, units, edge in zip(people, (45, 40, 10), ("30", "30", "350"), strict=True):
        place(provider, order(Auction.objects.get(), "b1", units, edge))
    travel(seconds=1)
    market.sweep()
    assert CutBid.objects.get().waits_in == dutch()
    travel(seconds=45)
    return people


def dutch() -> Auction:
    return Auction.objects.get(kind="DUTCH", state__in=[AuctionState.OPEN, AuctionState.AWARDED])


def close() -> int:
    return run_stage("close_auctions")


def ended(travel, state: CutBidState) -> None:
    waited = CutBid.objects.get()
    assert (waited.state, waited.held) == (state, 0)
    assert Take.objects.filter(cut_bid=waited).count() == (state == CutBidState.TAKEN)
    for _ in range(6):
        travel(seconds=400)
        market.sweep()
    invariants.everything_ended()


def test_a_taker_beside_it_gets_what_it_leaves(people, travel) -> None:
    alice, bob, charlie = people
    takes = [partial(take, who, dutch(), f"t{n}", units=4) for n in range(4) for who in (alice, bob)]
    *outcomes, _, _ = together(*takes, close, close)
    given = [each.units for each in outcomes if isinstance(each, Take)]
    assert sum(given) == 5, "15 are left, of which 10 are Charlie's"
    refused = [each for each in outcomes if not isinstance(each, Take)]
    assert {each.refusal for each in refused} == {AuctionRefusal.AUCTION_NOT_OPEN}
    close()
    assert sum(Award.objects.filter(provider=charlie).values_list("units", flat=True)) == 10
    ended(travel, CutBidState.TAKEN)


@pytest.mark.parametrize("gone", ["suspended", "in default"])
def test_it_takes_or_is_void_where_its_provider_leaves_beside_it(people, travel, gone) -> None:
    charlie = people[2]
    if gone == "suspended":
        leaving = partial(perform, suspend_provider, provider=charlie, reason="a test", bids_stand=False)
    else:
        for name in ("olivia", "peter", "quinn"):
            User.objects.create(username=name)
        declare(charlie)
        leaving = partial(confirm, charlie)
    _, _, left = together(close, close, leaving)
    assert not isinstance(left, DomainError)
    close()
    ended(travel, CutBid.objects.exclude(state=CutBidState.LIVE).get().state)


def test_a_worker_that_dies_as_it_takes_leaves_all_or_nothing(people, travel) -> None:
    die(POINTS[0], close)
    assert (CutBid.objects.get().state, Take.objects.count()) == (CutBidState.LIVE, 0)
    die(POINTS[1], close)
    assert (CutBid.objects.get().state, Take.objects.count()) == (CutBidState.TAKEN, 1)
    assert close() == 0
    assert build.provider_account(people[2]).held == Award.objects.get(provider=people[2]).collateral_held
    ended(travel, CutBidState.TAKEN)
