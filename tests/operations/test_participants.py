"""Who may take part may change while auctions are open: API, database function, take and close say the same then."""

import pytest

from accounts.models import Provider
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import NOT_ANY_MORE, candidate_of
from auctions.lifecycle import AuctionState, BidState, SettlementState
from auctions.models import AtFault, Auction, Award, Bid, Settlement
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.move_provider import move_provider
from auctions.operations.operator.relate_groups import relate_groups
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.rules.eligibility import Bar, Exclusions, excluded_providers, why_not
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, code, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel)


@pytest.fixture
def owner(venue):
    return build.a_group(venue, "Owner")


@pytest.fixture
def alice(venue):
    return a_bidder(venue, "Alice")


@pytest.fixture
def bob(venue):
    return a_bidder(venue, "Bob")


@pytest.fixture
def auction(venue, owner):
    """A sealed auction of an account of the group Owner."""
    a_playbook(venue, max_reopenings=0)
    return an_auction(venue, owner_group="Owner")


def join(provider, owner):
    return perform(move_provider, provider=provider, group=owner)


def relate(provider, owner):
    return perform(relate_groups, group=provider.group, other=owner)


EITHER_WAY = pytest.mark.parametrize("become_excluded", [join, relate])


def excluded_by_api(provider, auction) -> bool:
    client = build.api_client(build.a_provider_key(provider))
    return client.get(f"/v1/auctions/{auction.id}").json()["excluded"]


def held(provider):
    return build.provider_account(provider).held


@EITHER_WAY
def test_what_it_had_bid_is_void_and_its_collateral_free(alice, bob, owner, auction, become_excluded) -> None:
    place(alice, order(auction, "a1"), order(auction, "a2"))
    place(bob, order(auction, "b1"))
    assert held(alice) > 0
    become_excluded(alice, owner)
    mine = Bid.objects.filter(provider=alice)
    assert set(mine.values_list("state", "held", "void_reason")) == {(BidState.VOID, 0, NOT_ANY_MORE)}
    assert (held(alice), held(bob) > 0, Bid.objects.get(provider=bob).state) == (0, True, BidState.LIVE)
    told = Event.objects.filter(kind="bid_voided").values_list("provider_id", "subject_id", "payload")
    assert list(told) == [(alice.id, auction.id, {"bids": 2, "reason": NOT_ANY_MORE})]
    invariants.hold()


@EITHER_WAY
def test_api_and_bids_say_that_it_is_excluded(alice, bob, owner, auction, become_excluded) -> None:
    become_excluded(alice, owner)
    assert (code(alice, auction), held(alice)) == ("provider_excluded", 0)
    assert code(bob, auction) is None
    assert (excluded_by_api(alice, auction), excluded_by_api(bob, auction)) == (True, False)


@EITHER_WAY
def test_at_the_close_it_gets_nothing(alice, bob, owner, auction, travel, become_excluded) -> None:
    place(alice, order(auction, "a1", 100, "1"))
    place(bob, order(auction, "b1", 100, "50"))
    become_excluded(alice, owner)
    assert close(auction, travel).state == AuctionState.AWARDED
    assert set(Award.objects.values_list("provider", flat=True)) == {bob.id}
    invariants.hold()


@EITHER_WAY
def test_a_standing_bid_of_before_is_void_too(venue, alice, owner, become_excluded) -> None:
    a_playbook(venue, assign_cap_bps="10")
    build.a_commitment(alice, min_edge_bps="50")
    auction = an_auction(venue, owner_group="Owner")
    assert auction.bids.get().state == BidState.LIVE
    become_excluded(alice, owner)
    assert (auction.bids.get().state, held(alice)) == (BidState.VOID, 0)
    invariants.hold()


@EITHER_WAY
def test_a_take_and_its_quote_are_refused(venue, alice, bob, owner, travel, become_excluded) -> None:
    market.a_dutch_playbook(venue)
    auction = market.a_dutch_auction(venue, travel, owner_group="Owner")
    market.take(alice, auction, "t1", 10)
    become_excluded(alice, owner)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        market.take(alice, auction, "t2", 10)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        quote_take(provider_id=alice.id, auction_id=auction.id)
    assert excluded_by_api(alice, auction)
    assert market.take(bob, auction, "t1", 10).units == 10
    assert market.take(alice, auction, "t1", 10).units == 10, "what was taken before stays taken, and is answered again"
    invariants.hold()


def test_groups_that_are_not_related_any_more_may_take_part_again(alice, owner, auction) -> None:
    relate(alice, owner)
    assert code(alice, auction, "a1") == "provider_excluded"
    perform(relate_groups, group=owner, other=alice.group, related=False)
    assert code(alice, auction, "a2") is None
    assert not excluded_by_api(alice, auction)
    invariants.hold()


def test_a_provider_that_left_the_owners_group_may_take_part_again(venue, alice, owner, auction) -> None:
    apart = alice.group
    join(alice, owner)
    assert code(alice, auction, "a1") == "provider_excluded"
    perform(move_provider, provider=alice, group=apart)
    assert code(alice, auction, "a2") is None


def test_only_auctions_of_that_owner_are_touched(venue, alice, owner, auction) -> None:
    build.a_group(venue, "Somebody else")
    others = [an_auction(venue, "book-2"), an_auction(venue, "book-3", owner_group="Somebody else")]
    place(alice, *[order(one, f"a{place}") for place, one in enumerate([auction, *others])])
    join(alice, owner)
    states = [Bid.objects.get(auction=one).state for one in [auction, *others]]
    assert states == [BidState.VOID, BidState.LIVE, BidState.LIVE]


def test_a_halted_auction_is_told_too_and_one_that_is_over_is_not(venue, alice, owner, auction, travel) -> None:
    over = close(an_auction(venue, "book-2", owner_group="Owner"), travel)
    place(alice, order(auction, "a1"))
    Auction.objects.filter(id=auction.id).update(
        state=AuctionState.HALTED, halted_at=auction.opens_at, halt_ends_at=auction.closes_at
    )
    join(alice, owner)
    for one in (auction, over):
        one.refresh_from_db()
    assert (auction.excluded_providers, over.excluded_providers) == ((alice.id,), ())


def test_a_provider_created_in_the_owners_group_is_excluded_from_the_start(venue, owner, auction) -> None:
    late = perform(create_provider, venue=venue, name="Late", group=owner)
    build.a_provider_key(late)
    assert excluded_by_api(late, auction)
    auction.refresh_from_db()
    assert auction.excluded_providers == (late.id,)


def test_an_owner_that_was_suspended_at_the_opening_is_excluded_when_it_is_resumed(venue, owner) -> None:
    a_playbook(venue)
    owners = a_bidder(venue, "Olga", group=owner)
    perform(suspend_provider, provider=owners, reason="a test")
    auction = an_auction(venue, owner_group="Owner")
    perform(resume_provider, provider=owners)
    assert code(owners, auction) == "provider_excluded"
    assert excluded_by_api(owners, auction)


def test_what_a_provider_bid_before_it_was_suspended_still_counts(venue, alice, bob, auction, travel) -> None:
    place(alice, order(auction, "a1", 50, "1"))
    place(bob, order(auction, "b1", 50, "2"))
    perform(suspend_provider, provider=alice, reason="a test")
    close(auction, travel)
    assert alice.id in Award.objects.values_list("provider", flat=True)


def test_who_fails_in_a_lot_is_excluded_from_its_auction_at_once(venue, alice, travel) -> None:
    market.a_dutch_playbook(venue, settlement_mode="CONFIRM")
    auction = market.a_dutch_auction(venue, travel)
    market.take(alice, auction, "t1", 10)
    assert not excluded_by_api(alice, auction)
    settlement = Settlement.objects.get(state=SettlementState.AWAITING)
    no = {"reason": "no margin", "fault": AtFault.PROVIDER}
    perform(reject_settlement, venue_id=venue.id, settlement_id=settlement.id, **no)
    assert excluded_by_api(alice, auction)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        market.take(alice, auction, "t2", 10)
    invariants.hold()


def test_changing_nothing_tells_nobody(venue, alice, owner, auction) -> None:
    before = Event.objects.count()
    join(alice, alice.group)
    perform(relate_groups, group=alice.group, other=owner, related=False)
    assert Event.objects.count() == before


def test_a_change_is_told(alice, owner, auction) -> None:
    relate(alice, owner)
    join(alice, owner)
    kinds = Event.objects.filter(kind__in=["groups_related", "provider_moved"]).values_list("kind", "subject_id")
    assert list(kinds) == [("groups_related", alice.group_id), ("provider_moved", alice.id)]


def test_groups_of_other_venues_and_a_group_with_itself_are_refused(venue, alice, owner) -> None:
    elsewhere = build.a_group(build.a_venue(), "Elsewhere")
    for work in (
        lambda: join(alice, elsewhere),
        lambda: relate(alice, elsewhere),
        lambda: perform(relate_groups, group=owner, other=owner),
    ):
        with refused(AccountRefusal.GROUP_UNKNOWN):
            work()


CODES = {None: None, Bar.SUSPENDED: "provider_suspended", Bar.EXCLUDED: "provider_excluded"}


def test_the_database_function_answers_as_the_rule_does(venue, owner) -> None:
    """Over everybody that there may be: of the owner's group, of a related one, of another; faulty or not; suspended
    or not."""
    a_playbook(venue)
    cousins = build.a_group(venue, "Cousins", related=[owner])
    auction = an_auction(venue, owner_group="Owner")
    people = {
        (group, faulty, suspended): a_bidder(venue, f"{group} {faulty} {suspended}", group=group, collateral="10000")
        for group in (owner, cousins, build.a_group(venue, "Others"))
        for faulty in (False, True)
        for suspended in (False, True)
    }
    for (_, _, suspended), provider in people.items():
        if suspended:
            perform(suspend_provider, provider=provider, reason="a test")
    failed = frozenset(provider.id for (_, faulty, _), provider in people.items() if faulty)
    facts = Exclusions(groups=frozenset({owner.id, cousins.id}), providers=failed)
    candidates = {provider.id: candidate_of(Provider.objects.get(id=provider.id)) for provider in people.values()}
    kept = sorted(excluded_providers(candidates.values(), facts))
    Auction.objects.filter(id=auction.id).update(excluded_providers=kept)
    said = {provider.id: code(provider, auction, str(provider.id)) for provider in people.values()}
    assert said == {each: CODES[why_not(candidate, facts)] for each, candidate in candidates.items()}
    assert set(said.values()) == set(CODES.values())
    assert {provider.id for provider in people.values() if held(provider)} == {who for who in said if said[who] is None}
