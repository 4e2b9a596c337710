"""A provider that has nothing becomes a vault, with published edges and a threshold of loss."""

from decimal import Decimal

import pytest

from accounts.models import Vault
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.vaults.open_vault import open_vault
from accounts.rules.refusals import AccountRefusal
from auctions.models import Bid
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.quote_take import quote_take
from backstop import clock
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_take_deposit import a_vault, deposit
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel)


def reopen(venue, provider, **terms) -> Vault:
    edges = {"calm_edge_bps": Decimal(20), "stressed_edge_bps": Decimal(60), "halted_edge_bps": Decimal(90)}
    said = {"asset": "USD", "max_loss_bps": 2000, "notice_seconds": 3600, "reason": "a test", **edges, **terms}
    return perform(open_vault, venue_id=venue.id, provider_id=provider.id, **said)


def test_a_vault_begins_without_shares_and_stands_behind_nothing(venue) -> None:
    vault = a_vault(venue)
    assert (vault.supply, vault.suspended_for, vault.provider.commitments.count()) == (0, "", 0)


def test_a_provider_is_one_vault_at_most(venue) -> None:
    a_vault(venue)
    provider = Vault.objects.get().provider
    with refused(AccountRefusal.VAULT_EXISTS):
        reopen(venue, provider)


def test_who_has_money_of_its_own_is_no_vault(venue) -> None:
    with refused(AccountRefusal.VAULT_NOT_EMPTY):
        reopen(venue, build.a_provider(venue, collateral="0.000001"))


def test_who_may_not_take_part_is_no_vault(venue) -> None:
    alice = build.a_provider(venue, collateral="0")
    perform(suspend_provider, provider=alice, reason="a test")
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        reopen(venue, alice)


@pytest.mark.parametrize("terms", [{"max_loss_bps": 0}, {"max_loss_bps": 10_001}, {"notice_seconds": -1}])
def test_terms_that_make_no_sense_are_refused(venue, terms) -> None:
    with refused(AccountRefusal.VAULT_REFUSED):
        reopen(venue, build.a_provider(venue, collateral="0"), **terms)


@pytest.mark.parametrize(
    ("edges", "pointer"),
    [(("90", "40", "20"), "/stressed_edge_bps"), (("20", "60", "59.9999"), "/halted_edge_bps")],
)
def test_no_vault_asks_for_less_in_a_worse_market(venue, edges, pointer) -> None:
    said = dict(zip(("calm_edge_bps", "stressed_edge_bps", "halted_edge_bps"), map(Decimal, edges), strict=True))
    with refused(AccountRefusal.VAULT_REFUSED) as told:
        reopen(venue, build.a_provider(venue, collateral="0"), **said)
    assert told.value.faults[0].pointer == pointer


def test_a_vault_may_ask_for_the_same_in_all_markets(venue) -> None:
    edges = dict.fromkeys(("calm_edge_bps", "stressed_edge_bps", "halted_edge_bps"), Decimal(20))
    assert reopen(venue, build.a_provider(venue, collateral="0"), **edges).halted_edge_bps == 20


@pytest.mark.parametrize("max_loss_bps", [1, 10_000])
def test_a_share_may_lose_from_one_basis_point_to_everything(venue, max_loss_bps) -> None:
    vault = reopen(venue, build.a_provider(venue, collateral="0"), max_loss_bps=max_loss_bps)
    assert vault.max_loss_bps == max_loss_bps


def test_nothing_is_done_without_a_reason_nor_in_an_asset_that_the_venue_has_not(venue) -> None:
    alice = build.a_provider(venue, collateral="0")
    with refused(AccountRefusal.REASON_MISSING):
        reopen(venue, alice, reason=" ")
    with refused(AccountRefusal.ASSET_UNKNOWN):
        reopen(venue, alice, asset="EUR")


def test_what_is_its_depositors_leaves_for_their_shares_alone(venue) -> None:
    vault = a_vault(venue)
    deposit(vault, "100")
    said = {"venue_id": venue.id, "provider_id": vault.provider_id, "asset": "USD", "reference": "out"}
    with refused(AccountRefusal.VAULT_POOLED):
        perform(move_collateral, **said, amount=Decimal(-1))


def test_a_vault_bids_nothing_by_hand(venue) -> None:
    """Whoever has its keys would bid below the edge that its depositors read. Once it has ended, it is as any other."""
    market.a_playbook(venue)
    vault = a_vault(venue)
    market.issued_key(vault.provider)
    deposit(vault, "20000")
    auction = market.an_auction(venue)
    assert market.code(vault.provider, auction) == "vault_automatic"
    assert not Bid.objects.filter(provider=vault.provider).exists()
    Vault.objects.update(supply=0, ended_at=clock.now())
    assert market.code(vault.provider, auction) is None


def test_a_vault_takes_nothing_by_hand_and_is_ready_for_nothing(venue, travel) -> None:
    market.a_dutch_playbook(venue)
    vault = a_vault(venue)
    market.issued_key(vault.provider)
    deposit(vault, "20000")
    auction = market.a_dutch_auction(venue, travel)
    for by_hand in (
        lambda: market.take(vault.provider, auction),
        lambda: market.ready(vault.provider, auction, 10),
        lambda: perform(quote_take, provider_id=vault.provider.id, auction_id=auction.id),
    ):
        with refused(AccountRefusal.VAULT_AUTOMATIC):
            by_hand()
    Vault.objects.update(supply=0, ended_at=clock.now())
    assert market.ready(vault.provider, auction, 10).units == 10
