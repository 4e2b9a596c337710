"""Groups are related both ways, and parted again; related ones count as one, also those related through others."""

from decimal import Decimal

import pytest

from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import AuctionState
from auctions.models import Award
from auctions.operations.operator.relate_groups import relate_groups
from backstop.models import Event
from tests import builders as build
from tests import covers, invariants, market
from tests.builders import a_group, perform
from tests.market import a_playbook, an_auction, close, code, excluded_by_api, join, order, place, relate
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def charlie(venue):
    return market.a_bidder(venue, "Charlie")


def related_by_a_third(venue, *providers):
    """These providers' groups are all related to one more, and to no other."""
    third = a_group(venue, "Third")
    for provider in providers:
        relate(provider, third)


def edges_paid() -> set[Decimal]:
    return set(Award.objects.exclude(provider=None).values_list("edge_bps", flat=True))


def test_groups_that_are_not_related_any_more_may_take_part_again(alice, owner, auction) -> None:
    relate(alice, owner)
    assert code(alice, auction, "a1") == "provider_excluded"
    build.relate(owner, alice.group, related=False)
    assert code(alice, auction, "a2") is None
    assert not excluded_by_api(alice, auction)
    invariants.hold()


def test_groups_of_other_venues_and_a_group_with_itself_are_refused(venue, alice, owner) -> None:
    elsewhere = build.a_group(build.a_venue(), "Elsewhere")
    for work in (
        lambda: join(alice, elsewhere),
        lambda: relate(alice, elsewhere),
        lambda: build.relate(owner, owner),
    ):
        with refused(AccountRefusal.GROUP_UNKNOWN):
            work()


def test_why_is_asked_and_told(venue, alice, owner) -> None:
    ids = {"venue_id": venue.id, "group_id": alice.group_id, "other_id": owner.id}
    with refused(AccountRefusal.REASON_MISSING):
        perform(relate_groups, reason=" ", **ids)
    perform(relate_groups, actor="user:olivia", reason="one parent company", **ids)
    told = Event.objects.get(kind="groups_related")
    assert (told.actor, told.payload["reason"]) == ("user:olivia", "one parent company")


def test_who_is_related_to_the_owner_through_a_third_takes_no_part(venue, alice, bob, owner, auction) -> None:
    place(alice, order(auction, "a1"))
    related_by_a_third(venue, alice)
    relate_owner = a_group(venue, "Third", related=[owner])
    assert relate_owner.related.count() == 2
    assert (code(alice, auction, "a2"), code(bob, auction)) == ("provider_excluded", None)
    assert build.provider_account(alice).held == 0
    build.relate(relate_owner, owner, related=False)
    assert code(alice, auction, "a3") is None
    invariants.hold()


@pytest.mark.parametrize("through_a_third", [False, True])
@pytest.mark.parametrize("format_", ["UNIFORM", "PAY_AS_BID", "VICKREY"])
def test_related_bidders_alone_are_paid_no_more_than_one_alone(
    venue, alice, bob, travel, through_a_third, format_
) -> None:
    a_playbook(venue, max_reopenings=0, sealed_format=format_)
    auction = an_auction(venue)
    place(alice, order(auction, "a1", 100, "349"), order(auction, "a2", 40, "149"))
    place(bob, order(auction, "b1", 100, "350"))
    if through_a_third:
        related_by_a_third(venue, alice, bob)
    else:
        relate(alice, bob.group)
    close(auction, travel)
    assert sum(Award.objects.filter(provider=alice).values_list("units", flat=True)) == 40
    assert max(edges_paid()) <= 150
    assert not market.transcript_of(auction).outcome.contested
    invariants.hold()


def test_an_auction_among_related_bidders_reopens(venue, alice, bob, travel) -> None:
    a_playbook(venue, max_reopenings=1)
    auction = an_auction(venue)
    place(alice, order(auction, "a1", 100, "349"))
    place(bob, order(auction, "b1", 100, "350"))
    related_by_a_third(venue, alice, bob)
    assert (close(auction, travel).state, auction.round) == (AuctionState.OPEN, 2)


def test_at_the_margin_related_bidders_share_as_one(venue, alice, bob, charlie, travel) -> None:
    a_playbook(venue, max_reopenings=0, cover_percent=0)
    auction = an_auction(venue)
    for provider in (alice, bob, charlie):
        place(provider, order(auction, provider.name, 100, "100"))
    related_by_a_third(venue, alice, charlie)
    close(auction, travel)
    units = dict(Award.objects.exclude(provider=None).values_list("provider__name", "units"))
    assert units == {"Alice": 50, "Bob": 50}


def test_related_commitments_alone_are_paid_the_uncontested_cap_at_most(venue, alice, bob) -> None:
    a_playbook(venue, assign_cap_bps="200", uncontested_caps_bps=["150"])
    for provider in (alice, bob):
        build.a_commitment(provider, min_edge_bps="180")
    related_by_a_third(venue, alice, bob)
    an_auction(venue)
    assert not Award.objects.exists()


def test_a_cover_of_its_insurers_own_cluster_runs_off(venue, alice, bob, owner, travel) -> None:
    own = covers.active(venue, {alice: 5000, bob: 5000}, group_id=owner.id)
    others = covers.activate(covers.signed(venue, {alice: 10_000}, account="a-1"))
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), owner_group="Owner", reference="own")
    travel(seconds=1)
    build.relate(owner, alice.group)
    market.sweep("end_covers")
    own.refresh_from_db()
    others.refresh_from_db()
    assert (own.state, own.ends_at, others.state) == ("RUNOFF", own.runoff_at, "ACTIVE")
    assert Event.objects.filter(kind="cover_in_runoff", subject_id=own.id).count() == 2
    invariants.hold()


def test_a_cover_that_ends_by_it_is_no_part_of_what_its_insurers_have_of_all(venue, alice, bob, owner) -> None:
    """Alice has half of what is left, and would have three quarters with it."""
    covers.active(venue, {alice: 10_000}, group_id=owner.id)
    covers.activate(covers.signed(venue, {alice: 5000, bob: 5000}, account="a-1"))
    a_playbook(venue, max_cluster_parts=6000)
    build.relate(owner, alice.group)
    assert not Event.objects.filter(kind="coverage_concentrated").exists()


def test_of_two_covers_that_one_event_hits_now_the_later_one_runs_off(venue, alice, owner, travel) -> None:
    other = a_group(venue, "Other")
    first = covers.active(venue, {alice: 10_000}, group_id=owner.id)
    travel(seconds=1)
    second = covers.activate(covers.signed(venue, {alice: 10_000}, group_id=other.id))
    build.relate(owner, other)
    market.sweep("end_covers")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("ACTIVE", "ENDED")
