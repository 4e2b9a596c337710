"""Collateral comes and goes through the venue."""

from decimal import Decimal

import pytest
from django.db import transaction

from accounts.desks.journal import Journal
from accounts.models import AccountKind, Transfer
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.refusals import AccountRefusal
from tests.builders import a_provider, a_venue, provider_account, venue_account
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def alice(venue):
    return a_provider(venue, collateral="0")


def move(provider, amount: str, reference: str, asset: str = "USD") -> Transfer:
    return move_collateral(
        venue_id=provider.venue_id,
        provider_id=provider.id,
        asset=asset,
        amount=Decimal(amount),
        reference=reference,
    )


def test_a_deposit_and_a_withdrawal_move_between_clearing_and_collateral(venue, alice) -> None:
    move(alice, "100.5", "in")
    move(alice, "-40", "out")
    assert provider_account(alice).posted == Decimal("60.5")
    assert venue_account(venue, AccountKind.CLEARING).posted == Decimal("-60.5")


def test_the_same_reference_moves_money_once(venue, alice) -> None:
    assert move(alice, "100", "in").id == move(alice, "100", "in").id
    assert provider_account(alice).posted == 100


def test_the_same_reference_with_other_content_is_refused(venue, alice) -> None:
    move(alice, "100", "in")
    bob = a_provider(venue, "Bob", collateral="0")
    for provider, amount in ((alice, "101"), (alice, "-100"), (bob, "100")):
        with refused(AccountRefusal.REFERENCE_REUSED):
            move(provider, amount, "in")
    assert Transfer.objects.count() == 1


def test_everything_that_is_free_can_be_withdrawn_and_not_a_fraction_more(alice) -> None:
    move(alice, "100", "in")
    collateral = provider_account(alice)
    with transaction.atomic():
        journal = Journal.opened([collateral.id])
        journal.hold(collateral.id, Decimal(30))
        journal.write()
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        move(alice, "-70.000001", "too much")
    move(alice, "-70", "all that is free")
    assert provider_account(alice).posted == 30


def test_a_refused_withdrawal_may_be_tried_again_under_its_reference(alice) -> None:
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT), transaction.atomic():
        move(alice, "-10", "out")
    move(alice, "10", "in")
    move(alice, "-10", "out")
    assert provider_account(alice).posted == 0


@pytest.mark.parametrize("amount", ["0", "0.0000001", "100000000000000000000"])
def test_what_cannot_be_moved_is_refused(alice, amount) -> None:
    with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
        move(alice, amount, "in")
    assert not Transfer.objects.exists()


def test_foreign_providers_and_assets_are_unknown(alice) -> None:
    with refused(AccountRefusal.ASSET_UNKNOWN):
        move(alice, "1", "in", asset="EUR")
    with refused(AccountRefusal.PROVIDER_UNKNOWN):
        move_collateral(venue_id=a_venue().id, provider_id=alice.id, asset="USD", amount=Decimal(1), reference="in")
