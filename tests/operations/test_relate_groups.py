"""Groups are related both ways, and parted again."""

import pytest

from accounts.queries import list_related_groups
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.relate_groups import relate_groups
from tests import builders as build
from tests import invariants
from tests.builders import a_group, perform
from tests.market import code, excluded_by_api, join, relate
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_groups_are_related_both_ways_and_to_themselves(venue) -> None:
    one = a_group(venue, "one")
    two = a_group(venue, "two", related=[one])
    alone = a_group(venue, "alone")
    assert list_related_groups([one.id, two.id, alone.id]) == {
        one.id: {one.id, two.id},
        two.id: {one.id, two.id},
        alone.id: {alone.id},
    }


def test_groups_that_are_not_related_any_more_may_take_part_again(alice, owner, auction) -> None:
    relate(alice, owner)
    assert code(alice, auction, "a1") == "provider_excluded"
    perform(relate_groups, group=owner, other=alice.group, related=False)
    assert code(alice, auction, "a2") is None
    assert not excluded_by_api(alice, auction)
    invariants.hold()


def test_groups_of_other_venues_and_a_group_with_itself_are_refused(venue, alice, owner) -> None:
    elsewhere = build.a_group(build.a_venue(), "Elsewhere")
    for work in (
        lambda: join(alice, elsewhere),
        lambda: relate(alice, elsewhere),
        lambda: perform(relate_groups, group=owner, other=owner),
    ):
        with refused(AccountRefusal.GROUP_UNKNOWN):
            work()
