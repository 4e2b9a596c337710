"""A default beside a bid, a take and a settlement, twice at once, and beside its lapse: each as if one came first."""

import pytest

from accounts.lifecycle import DefaultState
from accounts.models import Account, LossEvent, ProviderDefault, User
from auctions.lifecycle import BidState, SettlementState
from auctions.models import Bid, ProviderFault, Settlement
from auctions.tasks import run_stage
from backstop.errors import DomainError
from tests import builders as build
from tests import invariants, market
from tests.operations.test_confirm_default import confirm
from tests.operations.test_declare_default import declare
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(travel):
    venue = market.a_market()
    market.a_playbook(venue)
    for name in ("olivia", "peter", "quinn"):
        User.objects.create(username=name)
    alice = market.a_bidder(venue)
    declare(alice)
    return alice


def declared(alice) -> ProviderDefault:
    return ProviderDefault.objects.get(provider=alice)


def out_of_everything(alice) -> None:
    assert declared(alice).state == DefaultState.CONFIRMED
    assert not Bid.objects.filter(provider=alice, state=BidState.LIVE).exists()
    assert set(Settlement.objects.filter(award__provider=alice).values_list("state", flat=True)) <= {
        SettlementState.SETTLED,
        SettlementState.REJECTED,
    }
    kept = sum(fault.held for fault in ProviderFault.objects.filter(provider=alice))
    assert sum(account.held for account in Account.objects.filter(provider=alice)) == kept
    invariants.hold()


def test_a_default_beside_bids_leaves_none(alice) -> None:
    auction = market.an_auction(alice.venue)

    def keep_bidding() -> list[str | None]:
        return [market.code(alice, auction, f"b{number}") for number in range(15)]

    codes, confirmed = together(keep_bidding, lambda: confirm(alice))
    assert isinstance(confirmed, ProviderDefault), confirmed
    assert set(codes) <= {None, "provider_suspended", "scope_missing"}, codes
    assert codes == sorted(codes, key=bool), "once it is out, it stays out"
    out_of_everything(alice)


def test_a_default_beside_takes_leaves_none_that_is_not_settled(alice, travel) -> None:
    market.a_dutch_playbook(alice.venue)
    auction = market.a_dutch_auction(alice.venue, travel)

    def keep_taking() -> list[object]:
        return [_taken(alice, auction, f"t{number}") for number in range(8)]

    _, confirmed = together(keep_taking, lambda: confirm(alice))
    assert isinstance(confirmed, ProviderDefault), confirmed
    out_of_everything(alice)


def _taken(provider, auction, name: str) -> object:
    try:
        return market.take(provider, auction, name, 1)
    except DomainError as refused:
        return refused


def test_a_default_beside_a_settlement_settles_or_fails_it(alice, travel) -> None:
    market.a_playbook(alice.venue, min_groups=1, cover_percent=0, max_reopenings=0)
    auction = market.an_auction(alice.venue)
    market.place(alice, market.order(auction, units=50))
    market.close(auction, travel)
    _, confirmed = together(lambda: run_stage("settle_awards"), lambda: confirm(alice))
    assert isinstance(confirmed, ProviderDefault), confirmed
    out_of_everything(alice)


def test_two_confirm_at_once_and_one_default_is_confirmed_once(alice) -> None:
    both = together(lambda: confirm(alice), lambda: confirm(alice, "user:quinn"))
    assert [each.state for each in both] == [DefaultState.CONFIRMED] * 2
    assert both[0].confirmed_by == both[1].confirmed_by
    assert LossEvent.objects.count() == 1


def test_two_declare_at_once_and_one_is_refused(alice) -> None:
    bob = build.a_provider(alice.venue, "Bob")
    outcomes = together(lambda: declare(bob), lambda: declare(bob, actor="user:peter"))
    assert sorted(isinstance(each, ProviderDefault) for each in outcomes) == [False, True]


def test_confirming_beside_the_lapse_is_either(alice, travel) -> None:
    travel.to(declared(alice).confirm_by)
    _, confirmed = together(lambda: run_stage("lapse_defaults"), lambda: confirm(alice))
    assert isinstance(confirmed, DomainError)
    run_stage("lapse_defaults")
    assert declared(alice).state == DefaultState.LAPSED
