"""Whose failure a loss event is stays as it opened: groups that are related, parted, or left later change neither who
pays of it, nor who takes no part in what it sells."""

from decimal import Decimal
from itertools import product

import pytest

from accounts.models import Claim, Cover, LossEvent, LossPayment
from accounts.operations.claims.answer_claim import answer_claim
from accounts.queries import find_waiting, list_takers, sum_funded
from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import AuctionState
from auctions.models import Auction
from auctions.operations.operator.sell_inventory import sell_inventory
from tests import builders as build
from tests import market
from tests.builders import a_group, perform
from tests.claims import a_market, insured, say
from tests.market import a_playbook, an_auction, code, excluded_by_api, join
from tests.operations.test_confirm_default import in_default, people  # noqa: F401
from tests.operations.test_loss_sharing import clean, close
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return a_market(travel)


@pytest.fixture
def north(venue):
    return a_group(venue, "North")


@pytest.fixture
def south(venue):
    return a_group(venue, "South")


def owing(venue, owner, reference="1", debt=1400):
    """A book of this group that owes so much, all of it settled but not closed."""
    position = market.position("BTC-PERP", "LONG", "1", str(20_000 + debt))
    book = market.a_book(venue, position, reference=reference, account="a", owner_group=owner.name)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    return book


def test_a_failure_does_not_come_under_a_cover_by_relating_its_owner_to_whom_that_protects(venue, north, south) -> None:
    cover = insured(venue, group_id=north.id)
    book = owing(venue, south)
    build.relate(north, south)
    assert not find_waiting(Cover.objects.all())
    assert not sum_funded([book.loss_event_id], Decimal(1000), {})
    close(book)
    assert not Claim.objects.filter(cover=cover).exists()
    clean()


def test_nor_out_of_one_by_parting_them(venue, north, south) -> None:
    cover = insured(venue, group_id=north.id)
    build.relate(north, south)
    book = owing(venue, south)
    build.relate(north, south, related=False)
    assert find_waiting(Cover.objects.all()) == {cover.id}
    assert sum_funded([book.loss_event_id], Decimal(1000), {}) == {(book.loss_event_id, cover.asset_id): 3600}
    close(book)
    assert Claim.objects.get().counted == 400
    clean()


def test_no_change_of_who_is_related_moves_an_event_or_its_takers(venue, north, south) -> None:
    third = a_group(venue, "Third")
    insured(venue, group_id=north.id, take_edge_bps=Decimal(50), take_seconds=10)
    events = [owing(venue, owner, owner.name).loss_event for owner in (north, south)]
    before = list_takers(events)
    assert [len(before[event.id]) for event in events] == [1, 0]
    for related, (one, other) in product((True, False), [(north, south), (south, third), (third, north)]):
        build.relate(one, other, related=related)
        assert list_takers(LossEvent.objects.in_bulk([event.id for event in events]).values()) == before


def test_books_join_the_event_whose_groups_theirs_was_one_of_as_it_opened(venue, north, south) -> None:
    """South is no part of what North began alone; what it begins once they are related is of both, but for books of
    North, which join the older."""
    first = owing(venue, north, "1").loss_event
    build.relate(north, south)
    second = owing(venue, south, "2").loss_event
    third = owing(venue, north, "3").loss_event
    assert (first.groups, second.groups) == ((north.id,), tuple(sorted([north.id, south.id])))
    assert third == first != second
    clean()


def test_parted_later_their_books_still_join_what_opened_as_they_were_one(venue, north, south) -> None:
    build.relate(north, south)
    first = owing(venue, north, "1").loss_event
    build.relate(north, south, related=False)
    assert owing(venue, south, "2").loss_event == first
    clean()


@pytest.mark.parametrize("change", ["related", "moved", "left", "nothing"])
def test_who_was_protected_as_it_opened_pays_beside_its_cover_and_nobody_else(venue, north, south, change) -> None:
    """Of 1,400 from 1,000 on: 288 by insurers and 32 beside. Others are related, join, and who has to pay leaves."""
    others = [join(build.a_provider(venue, f"other-{number}", collateral="5000"), north) for number in range(4)]
    own = join(build.a_provider(venue, "own", collateral="5000"), south)
    insured(venue, group_id=south.id)
    book = owing(venue, south)
    if change == "related":
        build.relate(north, south)
    if change == "moved":
        for other in others:
            join(other, south)
    if change == "left":
        join(own, north)
    close(book)
    say(answer_claim, Claim.objects.get())
    beside = LossPayment.objects.get(layer="COPAYMENT")
    assert (beside.provider_id, beside.amount) == (own.id, 32)
    clean()


@pytest.mark.parametrize("change", ["parted", "moved"])
def test_who_was_one_with_the_owner_as_its_failure_began_takes_no_part_whatever_it_is_now(venue, north, change) -> None:
    ann = market.a_bidder(venue, "Ann")
    apart = ann.group
    if change == "parted":
        build.relate(apart, north)
    else:
        join(ann, north)
    a_playbook(venue, assign="AS_BIDS")
    auction = an_auction(venue, owner_group=north.name)
    if change == "parted":
        build.relate(apart, north, related=False)
    else:
        join(ann, apart)
    assert (code(ann, auction), excluded_by_api(ann, auction)) == ("provider_excluded", True)


def test_who_becomes_one_with_the_owner_takes_no_part_while_it_is(venue, north) -> None:
    ann = market.a_bidder(venue, "Ann")
    a_playbook(venue, assign="AS_BIDS")
    auction = an_auction(venue, owner_group=north.name)
    build.relate(ann.group, north)
    assert code(ann, auction) == "provider_excluded"
    build.relate(ann.group, north, related=False)
    assert code(ann, auction) is None


@pytest.fixture
def sale(travel) -> Auction:
    """Of what the fund had to take over of a book of Alice's group."""
    venue = market.a_market(travel)
    alice = market.a_bidder(venue)
    market.a_bidder(venue, "Bob")
    market.a_hasty_playbook(venue)
    book = market.position("BTC-PERP", "LONG", "2", "20000")
    market.run_out(market.a_book(venue, book, cash="4000", owner_group=alice.group.name), travel)
    market.mark_again()
    a_playbook(venue)
    perform(sell_inventory, instrument=venue.instruments.get(), reference="sale", reason="a test")
    market.sweep()
    return Auction.objects.get(step__lot__book__owned_by_fund=True, state=AuctionState.OPEN)


@pytest.mark.parametrize("leaves", [False, True])
def test_who_lost_it_takes_no_part_in_the_sale_of_what_the_fund_took_over(sale, leaves) -> None:
    alice, bob = (sale.venue.providers.get(name=name) for name in ("Alice", "Bob"))
    if leaves:
        join(alice, a_group(sale.venue, "Elsewhere"))
    assert (code(alice, sale), code(bob, sale)) == ("provider_excluded", None)


def test_who_becomes_related_to_who_lost_it_leaves_that_sale(sale) -> None:
    alice, bob = (sale.venue.providers.get(name=name) for name in ("Alice", "Bob"))
    build.relate(alice.group, bob.group)
    assert code(bob, sale) == "provider_excluded"


def test_a_provider_in_default_stays_in_the_group_that_its_book_is_waited_for_from(venue, north, people) -> None:  # noqa: F811
    alice = build.a_provider(venue, "Defaulter")
    in_default(alice)
    with refused(AccountRefusal.PROVIDER_IN_DEFAULT):
        join(alice, north)
    book = owing(venue, alice.group)
    assert book.loss_event.kind == "PROVIDER"
    assert book.loss_event.providers == (alice.id,)
