"""What a cluster may hold is limited by its venue."""

from decimal import Decimal

import pytest

from accounts.models import Approval, ExposureLimit, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.holdings.set_exposure_limit import set_exposure_limit
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def limit(provider, gross: str | None = None, net: str | None = None, **others) -> ExposureLimit:
    """Of the provider's cluster."""
    said = {"venue_id": provider.venue_id, "group_id": provider.group_id, "asset": "USD", "reason": "a test", **others}
    limits = {"gross_limit": gross and Decimal(gross), "net_limit": net and Decimal(net)}
    return perform(set_exposure_limit, **said, **limits)


def test_a_limit_is_one_for_each_group_and_asset_and_may_go_again() -> None:
    alice = build.a_provider(build.a_venue())
    first = limit(alice, "100", "50.5")
    assert limit(alice, "0") == first
    first.refresh_from_db()
    assert (first.gross_limit, first.net_limit) == (0, None)
    assert ExposureLimit.objects.count() == 1


def test_what_is_below_zero_or_finer_than_the_asset_limits_nothing() -> None:
    alice = build.a_provider(build.a_venue())
    for refusal, said in (
        (AccountRefusal.EXPOSURE_LIMIT_REFUSED, {"gross": "-1"}),
        (AccountRefusal.EXPOSURE_LIMIT_REFUSED, {"net": "0.0000001"}),
        (AccountRefusal.REASON_MISSING, {"gross": "1", "reason": " "}),
        (AccountRefusal.ASSET_UNKNOWN, {"gross": "1", "asset": "EUR"}),
        (AccountRefusal.GROUP_UNKNOWN, {"gross": "1", "group_id": alice.id}),
    ):
        with refused(refusal):
            limit(alice, **said)
    assert not ExposureLimit.objects.exists()


def test_to_let_a_cluster_hold_more_takes_two_and_less_one() -> None:
    venue = build.a_venue()
    alice = build.a_provider(venue)
    User.objects.create(username="olivia")
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="from now on")
    alone = {"actor": "user:olivia", "venue_id": venue.id, "group_id": alice.group_id, "asset": "USD", "reason": "why"}
    said = perform(set_exposure_limit, **alone, gross_limit=Decimal(100), net_limit=None)
    assert said.gross_limit == 100, "where there was none"
    assert perform(set_exposure_limit, **alone, gross_limit=Decimal(100), net_limit=Decimal(5)).net_limit == 5
    for wider in ({"gross_limit": Decimal(101), "net_limit": Decimal(5)}, {"gross_limit": None, "net_limit": None}):
        assert isinstance(perform(set_exposure_limit, **alone, **wider), Approval)
    assert ExposureLimit.objects.get().gross_limit == 100
