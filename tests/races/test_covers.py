"""A cover's activation beside a relation of its insurer with whom it protects, and a default: none stands wrongly; and
insurers that take over at once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Cover, User
from accounts.rules.refusals import AccountRefusal
from auctions.models import Auction, Lot, Step
from auctions.operations.provider.take_lot_over import take_lot_over
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.errors import DomainError
from tests import builders as build
from tests import covers, invariants, market
from tests.builders import perform
from tests.elsewhere import eventually
from tests.operations.test_confirm_default import confirm
from tests.operations.test_declare_default import declare
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(travel):
    venue = market.a_market()
    market.a_playbook(venue)
    for name in ("olivia", "peter"):
        User.objects.create(username=name)
    covers.limit_tranche(venue)
    return market.a_bidder(venue)


def test_beside_a_relation_it_runs_off_or_does_not_begin(alice) -> None:
    owner = build.a_group(alice.venue, "Protected")
    cover = covers.signed(alice.venue, {alice: 10_000}, group_id=owner.id)
    activated, _ = together(lambda: covers.activate(cover), lambda: build.relate(owner, alice.group))
    market.sweep("end_covers")
    state = Cover.objects.get(id=cover.id).state
    if isinstance(activated, DomainError):
        assert (activated.refusal, state) == (AccountRefusal.COVER_OF_ONE_CLUSTER, "SIGNED")
    else:
        assert state == "ENDED", activated  # no loss event waits for it
    invariants.hold()


def test_beside_its_insurers_default_it_is_suspended_or_does_not_begin(alice) -> None:
    cover = covers.signed(alice.venue, {alice: 10_000})
    declare(alice)
    activated, confirmed = together(lambda: covers.activate(cover), lambda: confirm(alice))
    assert not isinstance(confirmed, Exception), confirmed
    state = Cover.objects.get(id=cover.id).state
    assert state == ("SIGNED" if isinstance(activated, DomainError) else "SUSPENDED"), activated
    invariants.hold()


def test_an_insurer_that_takes_over_beside_the_opening_or_another_insurer_comes_first_or_is_told(alice) -> None:
    """Two insurers want all of a lot, as its first auction is due: one of the three has it."""
    market.a_playbook(alice.venue, assign="AS_BIDS")
    bob = market.a_bidder(alice.venue, "Bob")
    said = {"take_edge_bps": Decimal(50), "take_seconds": 1}
    covers.activate(covers.signed(alice.venue, {alice: 5000, bob: 5000}, **said))
    market.a_book(alice.venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep("route_books")
    lot = Lot.objects.get()
    keys = {provider.id: market.issued_key(provider).id for provider in (alice, bob)}
    Step.objects.update(due_at=clock.now() + timedelta(milliseconds=20))

    def take(provider) -> object:
        said = {"key_id": keys[provider.id], "provider_id": provider.id, "lot_id": lot.id, "units": 100}
        return perform(take_lot_over, **said)

    def open_it() -> None:
        eventually(lambda: market.sweep("open_auctions") or not Step.objects.filter(state="READY").exists())

    *took, _ = together(lambda: take(alice), lambda: take(bob), open_it)
    refused = [each for each in took if isinstance(each, DomainError)]
    assert {each.refusal for each in refused} == {AuctionRefusal.LOT_NOT_OFFERED}, took
    assert len(took) - len(refused) + Auction.objects.count() == 1
    invariants.hold()
