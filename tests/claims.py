"""Claims for tests: an insured venue, of which the tranche has nothing and the fund pays no debt of a book."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from accounts.models import Claim, Cover, CoverShare, LossPayment
from accounts.operations.claims.decide_claim import decide_claim
from backstop.models import Venue
from tests import builders as build
from tests import covers
from tests.builders import perform
from tests.operations.test_loss_sharing import a_venue


def a_market(travel: Any) -> Venue:
    """The fund bears co-payments alone: its draw limit is 0."""
    return a_venue(travel, tranche="0", fund="10000", fund_draw_limit="0")


def insured(venue: Venue, parts: Sequence[int] = (6000, 4000), **said: Any) -> Cover:
    """Insured by providers with 10,000 each, from 1,000 to 6,000, unless the contract says something else."""
    insurers = [build.a_provider(venue, f"insurer-{number}", collateral="10000") for number in range(len(parts))]
    return covers.active(venue, dict(zip(insurers, parts, strict=True)), **said)


def say(operation: Callable[..., Claim], claim: Claim, **said: Any) -> Claim:
    """What its first insurer says, or an arbiter."""
    share = claim.cover.shares.order_by("provider").first()
    whose = {} if operation is decide_claim else {"provider_id": share.provider_id}
    done: Claim = perform(operation, venue_id=claim.venue_id, claim_id=claim.id, **whose, **said)
    return done


def by_covers() -> Decimal:
    return sum(LossPayment.objects.filter(layer="COVERS").values_list("amount", flat=True), Decimal(0))


def held() -> Decimal:
    return sum(CoverShare.objects.values_list("held", flat=True), Decimal(0))
