"""Who may take part may change while auctions are open: API, database function, take and close say the same then."""

import pytest

from accounts.models import Provider
from auctions.desks.participants import NOT_ANY_MORE, candidate_of
from auctions.lifecycle import AuctionState, BidState, SettlementState
from auctions.models import AtFault, Auction, Award, Bid, Settlement
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.rules.eligibility import Bar, Exclusions, excluded_providers, why_not
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, code, excluded_by_api, join, order, place, relate
from tests.refusing import refused

pytestmark = pytest.mark.django_db


EITHER_WAY = pytest.mark.parametrize("become_excluded", [join, relate])


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
    ids = [str(bid.id) for bid in mine.order_by("sequence")]
    assert list(told) == [(alice.id, auction.id, {"bids": 2, "reason": NOT_ANY_MORE, "voided": ids})]
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
def test_what_it_sends_again_is_answered_as_void(alice, owner, auction, become_excluded) -> None:
    (first,) = place(alice, order(auction, "a1"))
    become_excluded(alice, owner)
    (again,) = place(alice, order(auction, "a1"))
    assert (again.bid_id, again.code) == (first.bid_id, "bid_void")
    assert (Bid.objects.get().state, held(alice)) == (BidState.VOID, 0)
    assert code(alice, auction, "a1", units=11) == "bid_reused"
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


def test_who_fails_in_a_lot_is_excluded_from_its_auction_at_once(venue, alice, travel) -> None:
    market.a_dutch_playbook(venue, settlement_mode="CONFIRM")
    auction = market.a_dutch_auction(venue, travel)
    market.take(alice, auction, "t1", 10)
    sister, cousin = a_bidder(venue, "Sister", group=alice.group), a_bidder(venue, "Cousin")
    assert not excluded_by_api(alice, auction)
    settlement = Settlement.objects.get(state=SettlementState.AWAITING)
    no = {"reason": "no margin", "fault": AtFault.PROVIDER}
    perform(reject_settlement, venue_id=venue.id, settlement_id=settlement.id, **no)
    for each in (alice, sister):
        assert excluded_by_api(each, auction)
        with refused(AuctionRefusal.PROVIDER_EXCLUDED):
            market.take(each, auction, "t2", 10)
    assert not excluded_by_api(cousin, auction)
    relate(alice, cousin.group)
    assert excluded_by_api(cousin, auction)
    invariants.hold()


def test_changing_nothing_tells_nobody(venue, alice, owner, auction) -> None:
    before = Event.objects.count()
    join(alice, alice.group)
    build.relate(alice.group, owner, related=False)
    assert Event.objects.count() == before


def test_a_change_is_told(alice, owner, auction) -> None:
    relate(alice, owner)
    join(alice, owner)
    kinds = Event.objects.filter(kind__in=["groups_related", "provider_moved"]).values_list("kind", "subject_id")
    assert list(kinds) == [("groups_related", alice.group_id), ("provider_moved", alice.id)]


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
