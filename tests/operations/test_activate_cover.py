"""A cover stands once everything that it promises can be kept: its place among the layers, and the pledges."""

from decimal import Decimal
from itertools import permutations

import pytest

from accounts.models import Cover, CoverShare
from accounts.operations.covers.give_notice import give_notice
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.activate_cover import activate_cover
from auctions.operations.operator.relate_groups import relate_groups
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop.models import Event
from tests import builders as build
from tests import covers, market
from tests.builders import perform
from tests.operations.test_loss_sharing import clean
from tests.operations.test_set_loss_plan import LAYERS as WITHOUT_COVERS
from tests.operations.test_set_loss_plan import put
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def held(provider) -> Decimal:
    return build.provider_account(provider).held


def test_each_insurer_has_its_part_of_the_most_held(venue, alice, bob) -> None:
    """Most paid of one event: 5,000 x 80 % x 90 % = 3,600, of which 7,000 and 3,000 parts."""
    cover = covers.active(venue, {alice: 7000, bob: 3000})
    assert (cover.state, held(alice), held(bob)) == ("ACTIVE", 2520, 1080)
    assert cover.covers_from == cover.active_at
    assert (cover.ends_at - cover.active_at).days == 30
    clean()


def test_whom_it_concerns_reads_why_it_was_activated(venue, alice) -> None:
    cover = covers.signed(venue, {alice: 10_000})
    covers.limit_tranche(venue)
    with refused(AccountRefusal.REASON_MISSING):
        perform(activate_cover, venue_id=venue.id, cover_id=cover.id, reason=" ")
    covers.activate(cover)
    told = Event.objects.get(kind="cover_activated")
    assert (told.provider_id, told.payload["reason"]) == (alice.id, "all signed")


def test_a_pledge_is_rounded_up_and_funded_as_the_contract_says(venue, alice, bob) -> None:
    """3,600.000001 x 1/3 of the parts x 0.25, by smallest amounts of 0.000001."""
    said = {"limit": "5000.000002", "aggregate": "5000.000002", "funding_rate": "0.25"}
    covers.active(venue, {alice: 3333, bob: 6667}, **said)
    assert (held(alice), held(bob)) == (Decimal("299.970001"), Decimal("600.030001"))
    clean()


def test_at_the_waiting_period_events_count_from_its_end(venue, alice) -> None:
    cover = covers.active(venue, {alice: 10_000}, waiting_seconds=3600)
    assert (cover.covers_from - cover.active_at).total_seconds() == 3600


def test_it_attaches_where_layers_before_it_are_used_up_equal_fits(venue, alice, bob) -> None:
    covers.limit_tranche(venue, None)
    first, second = (covers.signed(venue, {alice: 10_000}, attachment=each) for each in ("1000", "6000"))
    with refused(AccountRefusal.ATTACHMENT_LOW, match="has no limit"):
        covers.activate(first)
    covers.limit_tranche(venue, "1000.000001")
    with refused(AccountRefusal.ATTACHMENT_LOW, match=r"1000\.000001"):
        covers.activate(first)
    covers.limit_tranche(venue, "1000")
    covers.activate(first)
    covers.activate(second)  # at 1,000 + 5,000
    third = covers.signed(venue, {alice: 10_000}, attachment="10999.999999")
    with refused(AccountRefusal.ATTACHMENT_LOW, match="11000"):
        covers.activate(third)


def test_it_stands_for_no_loss_that_the_plan_does_not_ask_covers_of(venue, alice) -> None:
    """It would be paid for, and pay nothing."""
    put(venue, WITHOUT_COVERS)
    cover = covers.signed(venue, {alice: 10_000})
    with refused(AccountRefusal.COVER_NOT_ASKED):
        covers.activate(cover)
    assert build.provider_account(alice).held == 0


@pytest.mark.parametrize("state", ["ACTIVE", "SUSPENDED"])
def test_no_plan_stops_asking_covers_that_stand(venue, alice, state) -> None:
    cover = covers.active(venue, {alice: 10_000})
    Cover.objects.filter(id=cover.id).update(state=state)
    with refused(AccountRefusal.LOSS_PLAN_REFUSED, match="covers stand that are paid for"):
        put(venue, WITHOUT_COVERS)
    Cover.objects.filter(id=cover.id).update(state="RUNOFF")
    assert put(venue, WITHOUT_COVERS).version == 2


def test_two_that_one_event_may_hit_stand_for_nothing_twice(venue, alice, owner) -> None:
    covers.active(venue, {alice: 10_000}, attachment="3000")
    below = covers.signed(venue, {alice: 10_000}, attachment="1000", limit="2000.000001")
    with refused(AccountRefusal.COVER_OVERLAPS):
        covers.activate(below)
    of_owner = covers.signed(venue, {alice: 10_000}, attachment="1000", limit="2001", group_id=owner.id)
    with refused(AccountRefusal.COVER_OVERLAPS):
        covers.activate(of_owner)
    covers.activate(covers.signed(venue, {alice: 10_000}, attachment="1000", limit="2000"))  # end to end


@pytest.mark.parametrize("order", list(permutations("ABC")))
def test_in_which_order_they_are_activated_changes_nothing(venue, alice, bob, owner, order) -> None:
    """Of the owner's, and of another's, from 1,000 to 2,000, and of the venue's from 2,000 on: no event hits both."""
    other = build.a_group(venue, "Other")
    said = {
        "A": {"attachment": "1000", "limit": "1000", "group_id": owner.id},
        "B": {"attachment": "1000", "limit": "1000", "group_id": other.id},
        "C": {"attachment": "2000", "limit": "1000"},
    }
    covers.limit_tranche(venue)
    assert [covers.activate(covers.signed(venue, {alice: 10_000}, **said[each])).state for each in order] == [
        "ACTIVE"
    ] * 3


def test_it_is_renewed_while_the_former_one_runs_off(venue, alice, travel) -> None:
    former = covers.active(venue, {alice: 10_000}, notice_seconds=0)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"))
    twin = covers.signed(venue, {alice: 10_000})
    with refused(AccountRefusal.COVER_OVERLAPS):
        covers.activate(twin)
    travel(seconds=1)
    perform(give_notice, venue_id=venue.id, provider_id=None, cover_id=former.id, reason="renewed")
    market.sweep("end_covers")
    assert Cover.objects.get(id=former.id).state == "RUNOFF"
    assert covers.activate(twin).state == "ACTIVE"  # from the instant on at which the former one ended
    clean()


def test_those_of_different_accounts_meet_in_no_event(venue, alice, owner) -> None:
    covers.active(venue, {alice: 10_000}, account="a-1")
    covers.activate(covers.signed(venue, {alice: 10_000}, account="a-2"))
    covers.activate(covers.signed(venue, {alice: 10_000}, group_id=owner.id))
    with refused(AccountRefusal.COVER_OVERLAPS):
        covers.activate(covers.signed(venue, {alice: 10_000}, account="a-1", limit="1"))


def test_nobody_insures_its_own_cluster(venue, alice, owner) -> None:
    cover = covers.signed(venue, {alice: 10_000}, group_id=owner.id)
    covers.limit_tranche(venue)
    build.relate(owner, alice.group)
    with refused(AccountRefusal.COVER_OF_ONE_CLUSTER):
        covers.activate(cover)
    build.relate(owner, alice.group, related=False)
    covers.activate(cover)


def test_its_hours_clause_is_the_venues(venue, alice) -> None:
    covers.limit_tranche(venue)
    with refused(AccountRefusal.HOURS_CLAUSE_OTHER, match="259200"):
        covers.activate(covers.signed(venue, {alice: 10_000}, hours_clause_seconds=259_199))


def test_without_the_pledge_nothing_stands(venue, alice) -> None:
    carol = build.a_provider(venue, "Carol", collateral="3599.999999")
    cover = covers.signed(venue, {carol: 10_000})
    covers.limit_tranche(venue)
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT, match="Carol"):
        covers.activate(cover)
    build.pay_in(carol, "0.000001")
    covers.activate(cover)
    assert (build.provider_account(carol).free, CoverShare.objects.get(provider=carol).held) == (0, 3600)


def test_an_insurer_takes_part_in_the_market(venue, alice) -> None:
    cover = covers.signed(venue, {alice: 10_000})
    covers.limit_tranche(venue)
    perform(suspend_provider, provider=alice, reason="a test")
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        covers.activate(cover)


def test_what_is_not_signed_or_lapsed_does_not_begin(venue, alice, travel) -> None:
    covers.limit_tranche(venue)
    with refused(AccountRefusal.COVER_NOT_IN_STATE, match="DRAFT"):
        covers.activate(covers.drafted(venue, {alice: 10_000}))
    cover = covers.signed(venue, {alice: 10_000})
    travel.to(cover.lapses_at)
    with refused(AccountRefusal.COVER_NOT_IN_STATE, match="lapsed"):
        covers.activate(cover)


@pytest.mark.parametrize(("most", "fits"), [(6000, True), (5999, False)])
def test_one_cluster_has_no_more_parts_of_all_covers_than_the_venue_lets_it(venue, alice, bob, most, fits) -> None:
    """The first cover of a venue is all of them; at the bound it fits."""
    market.a_playbook(venue, max_cluster_parts=most)
    covers.limit_tranche(venue)
    cover = covers.signed(venue, {alice: 6000, bob: 4000})
    if fits:
        covers.activate(cover)
        return
    with refused(AccountRefusal.COVER_CONCENTRATED, match="6000 of 10000"):
        covers.activate(cover)
    assert Cover.objects.get().state == "SIGNED"


def test_who_is_related_later_is_told_of_and_nothing_is_undone(venue, alice, bob) -> None:
    market.a_playbook(venue, max_cluster_parts=6000)
    covers.limit_tranche(venue)
    covers.activate(covers.signed(venue, {alice: 6000, bob: 4000}))
    said = {"venue_id": venue.id, "group_id": alice.group_id, "other_id": bob.group_id, "reason": "a test"}
    perform(relate_groups, **said)
    told = Event.objects.get(kind="coverage_concentrated").payload
    assert (told["asset"], told["parts"], told["max_parts"]) == ("USD", 10_000, 6000)
    assert Cover.objects.get().state == "ACTIVE"


@pytest.mark.parametrize(("most", "times"), [(7500, 0), (7499, 1)])
def test_whose_parts_are_too_large_once_another_cover_ends_is_told(venue, alice, bob, travel, most, times) -> None:
    """Half of the limits were Alice's three quarters: without the other cover they are of all."""
    market.a_playbook(venue, max_cluster_parts=most)
    covers.limit_tranche(venue)
    covers.activate(covers.signed(venue, {bob: 5000, alice: 5000}, term_seconds=5 * 86400))
    above = {"attachment": "6000", "term_seconds": 20 * 86400}
    market.a_playbook(venue, max_cluster_parts=None)
    longer = covers.activate(covers.signed(venue, {alice: 7500, bob: 2500}, **above))
    market.a_playbook(venue, max_cluster_parts=most)
    travel(seconds=5 * 86400)
    market.sweep("end_covers")
    told = Event.objects.filter(kind="coverage_concentrated")
    assert [(each.payload["parts"], each.subject_id) for each in told] == [(7500, alice.group_id)] * times
    assert Cover.objects.get(state="ACTIVE") == longer


def test_who_has_too_large_a_part_is_told_of_once_and_once_it_has_not_any_more(venue, alice, bob, travel) -> None:
    """Alice has three quarters of two covers, and both all of them while they are related, whichever cover ends."""
    market.a_playbook(venue, max_cluster_parts=7500)
    covers.limit_tranche(venue)
    covers.activate(covers.signed(venue, {alice: 7500, bob: 2500}, term_seconds=5 * 86400))
    covers.activate(covers.signed(venue, {alice: 7500, bob: 2500}, attachment="6000", term_seconds=20 * 86400))
    build.relate(alice.group, bob.group)
    travel(seconds=5 * 86400)
    market.sweep("end_covers")
    build.relate(alice.group, bob.group, related=False)
    whose = min(alice.group_id, bob.group_id)
    told = Event.objects.filter(kind__startswith="coverage_").order_by("id")
    assert [(each.kind, each.subject_id, each.payload["parts"]) for each in told] == [
        ("coverage_concentrated", whose, 10_000),
        ("coverage_spread", whose, 7500 if whose == alice.group_id else 2500),
    ]


def test_another_cover_brings_who_has_too_large_a_part_back_within_its_bound(venue, alice, bob) -> None:
    market.a_playbook(venue, max_cluster_parts=None)
    covers.limit_tranche(venue)
    covers.activate(covers.signed(venue, {alice: 9000, bob: 1000}))
    market.a_playbook(venue, max_cluster_parts=8000)
    build.relate(alice.group, build.a_provider(venue, "Dora").group)
    covers.activate(covers.signed(venue, {alice: 5000, bob: 5000}, attachment="6000"))
    told = Event.objects.filter(kind__startswith="coverage_").order_by("id")
    assert [(each.kind, each.payload["parts"]) for each in told] == [
        ("coverage_concentrated", 9000),
        ("coverage_spread", 7000),
    ]
