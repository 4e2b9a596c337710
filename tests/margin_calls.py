"""Margin calls for tests: of an account that Ines and Jan insure, half each, with 10 % interest a year for 30 days."""

from decimal import Decimal
from typing import Any

from accounts.models import Account, AccountKind, ApiKey, Cover, MarginCall, Provider
from accounts.operations.margin_calls.repay_cure import repay_cure
from accounts.rules.sharing.contracts import Trigger
from auctions.operations.provider.cure_margin_call import cure_margin_call
from auctions.operations.venue.call_margin import call_margin
from backstop.models import Venue
from tests import builders as build
from tests import covers, market
from tests.builders import perform

CURES = {
    "triggers": (Trigger.SHORTFALL, Trigger.MARGIN_CALL),
    "cure_interest_bps": Decimal(1000),
    "repay_seconds": 30 * 86400,
}


def a_cover(venue: Venue, **said: Any) -> Cover:
    """With 6,000 each that no pledge holds."""
    insurers = [build.a_provider(venue, name, collateral="7800") for name in ("Ines", "Jan")]
    return covers.active(venue, dict.fromkeys(insurers, 5000), **{**CURES, **said})


def call(cover: Cover, amount: str = "1000", account: str = "a", reference: str = "call", **said: Any) -> MarginCall:
    """By a venue's engine, unless it says by whom; then it may wait for another person."""
    asked = {"account": account, "amount": Decimal(amount), "reference": reference, **said}
    called: MarginCall = perform(call_margin, venue_id=cover.venue_id, cover_id=cover.id, **asked)
    return called


def cure(called: MarginCall, name: str = "Ines") -> MarginCall:
    provider = Provider.objects.get(name=name)
    key = ApiKey.objects.filter(provider=provider).first() or market.issued_key(provider)
    said = {"key_id": key.id, "provider_id": provider.id, "margin_call_id": called.id}
    cured: MarginCall = perform(cure_margin_call, **said)
    return cured


def repay(called: MarginCall, amount: str, reference: str = "back") -> MarginCall:
    said = {"amount": Decimal(amount), "reference": reference, "reason": "the owner paid"}
    repaid: MarginCall = perform(repay_cure, venue_id=called.venue_id, margin_call_id=called.id, **said)
    return repaid


def collateral(name: str = "Ines") -> Decimal:
    return Account.objects.get(provider__name=name, kind=AccountKind.COLLATERAL).posted
