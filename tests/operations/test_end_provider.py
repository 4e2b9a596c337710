"""A provider ends once nothing of its is left, and for ever."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import MarginCall, Repo
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.end_provider import end_provider
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop import clock
from backstop.models import Event
from tests import covers
from tests.builders import a_provider, a_provider_key, a_venue, api_client, perform
from tests.refusing import refused
from tests.repos import LENDS

pytestmark = pytest.mark.django_db


def test_it_ends_once_its_money_is_out_and_its_keys_with_it() -> None:
    alice = a_provider(a_venue(), collateral="100")
    key = a_provider_key(alice)
    with refused(AccountRefusal.PROVIDER_NOT_FREE):
        perform(end_provider, provider=alice, reason="leaves")
    said = {"venue_id": alice.venue_id, "provider_id": alice.id, "asset": "USD", "reference": "out"}
    perform(move_collateral, amount=Decimal(-100), **said)
    for _ in range(2):
        assert perform(end_provider, provider=alice, reason="leaves").state == "ENDED"
    assert api_client(key).get("/v1/me").json()["code"] == "key_revoked"
    assert Event.objects.get(kind="provider_ended").payload["reason"] == "leaves"
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        perform(move_collateral, amount=Decimal(1), **{**said, "reference": "in"})
    alice.refresh_from_db()
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        a_provider_key(alice)
    for operation in (resume_provider, suspend_provider):
        with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
            perform(operation, provider=alice, reason="comes back")


def test_it_needs_a_reason() -> None:
    with refused(AccountRefusal.REASON_MISSING):
        perform(end_provider, provider=a_provider(a_venue(), collateral="0"), reason="")


def test_who_is_owed_what_it_paid_for_a_margin_call_waits_for_that(venue) -> None:
    ines, now = a_provider(venue, "Ines", collateral="0"), clock.now()
    times = dict.fromkeys(("answer_by", "cured_at"), now) | {"repay_by": now + timedelta(seconds=1)}
    paid = {"account": "a", "amount": 1, "left": 1, "state": "CURED", "cured_by": ines}
    MarginCall.objects.create(venue=venue, cover=covers.drafted(venue, {ines: 10_000}), **paid, **times)
    with refused(AccountRefusal.PROVIDER_NOT_FREE):
        perform(end_provider, provider=ines, reason="leaves")
    MarginCall.objects.update(state="EXPIRED")
    assert perform(end_provider, provider=ines, reason="leaves").state == "ENDED"


def test_who_is_owed_what_it_lent_to_the_fund_waits_for_that(venue) -> None:
    ines, now = a_provider(venue, "Ines", collateral="0"), clock.now()
    pledged = {"instrument": venue.instruments.first(), "quantity": 1, "pledged": 1, "price": 1}
    lent = {"amount": 1, "left": 1, "drawn_at": now, "due_at": now + timedelta(seconds=1)}
    Repo.objects.create(venue=venue, cover=covers.drafted(venue, {ines: 10_000}, **LENDS), **pledged, **lent)
    with refused(AccountRefusal.PROVIDER_NOT_FREE):
        perform(end_provider, provider=ines, reason="leaves")
    Repo.objects.update(state="REPAID", left=0, pledged=0)
    assert perform(end_provider, provider=ines, reason="leaves").state == "ENDED"
