"""Covers from their offer on: what they cost, what they pay, who disputes that, and an insurer that fails itself."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Claim, LossReturn
from tests import builders as build
from tests import claims, market
from tests.builders import api_client
from tests.operations.test_confirm_default import in_default, people  # noqa: F401
from tests.operations.test_loss_sharing import clean, close, finish, left, owing

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return claims.a_market(travel)


def collateral(provider) -> Decimal:
    return build.provider_account(provider).posted


def test_from_offer_to_premium_to_claim_to_recovery(venue, travel) -> None:
    cover = claims.insured(venue, (10_000,))
    insurer = cover.shares.get().provider
    desk, robot = api_client(build.a_venue_key(venue)), api_client(build.a_provider_key(insurer))

    # A day of it costs 300 bps a year of 5,000, by the worst rating; what was paid in advance pays it.
    paid_in = desk.post(f"/v1/covers/{cover.id}/premium", {"amount": "100", "reference": "p1"})
    assert paid_in.status_code == 201, paid_in.json()
    travel(seconds=86_400)
    market.mark_again()
    market.sweep()
    earned = collateral(insurer) - 10_000
    assert earned > 0

    # An account costs 1,400: 400 of it count, of which 288 are insured. Its insurer answers, and has paid.
    book = owing(venue, "1400", "1")
    close(book)
    (claim,) = robot.get("/v1/claims").json()["data"]
    assert (claim["state"], claim["insured"], claim["copay"]) == ("HELD", "288", "32")
    assert robot.post(f"/v1/claims/{claim['id']}/answer").json()["state"] == "PAID"
    assert collateral(insurer) == 10_000 + earned - 288

    # All of it comes back later: nobody's debt first, then who bore the co-payment, and the insurer.
    finish(book.loss_event, travel)
    said = {"asset": "USD", "amount": "1400", "reference": "r1", "reason": "the account paid"}
    back = desk.post(f"/v1/loss-events/{book.loss_event_id}/recoveries", said)
    assert back.status_code == 201, back.json()
    assert dict(LossReturn.objects.values_list("layer", "amount"))["COVERS"] == 288
    assert left(venue, AccountKind.LOSSES) == 0
    clean()


def test_a_disputed_claim_that_nobody_decides(venue, travel) -> None:
    cover = claims.insured(venue, (10_000,))
    robot = api_client(build.a_provider_key(cover.shares.get().provider))
    close(owing(venue, "1400", "1"))
    (claim,) = robot.get("/v1/claims").json()["data"]
    disputed = robot.post(f"/v1/claims/{claim['id']}/dispute", {"disputed_amount": "288", "reason": "it is excluded"})
    assert (disputed.json()["state"], disputed.json()["paid"]) == ("DISPUTED", "0")
    travel.to(Claim.objects.get().decide_by)
    market.sweep("settle_claims")
    assert robot.get(f"/v1/claims/{claim['id']}").json()["paid"] == "288"
    clean()


def test_a_provider_that_defaults_while_it_insures(venue, travel, people) -> None:  # noqa: F811
    """What it has held for an event that opened before pays; for later ones the cover is suspended."""
    cover = claims.insured(venue, (10_000,))
    insurer = cover.shares.get().provider
    close(owing(venue, "1400", "1"))
    in_default(insurer)
    market.sweep()
    claim = Claim.objects.get()
    travel.to(claim.answer_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.paid) == ("PAID", 288)
    assert collateral(insurer) == 10_000 - 288
    close(owing(venue, "1400", "2", account="b"))
    assert Claim.objects.count() == 1
    clean()
