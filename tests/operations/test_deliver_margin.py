"""What release 0.2.0 left in margin accounts comes right by time alone."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts import models
from accounts.desks.journal import Journal
from accounts.models import AccountKind, Purpose, Transfer
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.stateful.replay import VENUE, Account, Replay, Told

pytestmark = pytest.mark.django_db


def settled_by_the_release_before(provider, amount: str) -> models.Account:
    """Margin kept here, as 0.2.0 settles an award, and told as it tells that."""
    collateral = build.provider_account(provider)
    fields = {"venue_id": provider.venue_id, "provider": provider, "asset": collateral.asset}
    margin = models.Account.objects.create(kind=AccountKind.MARGIN, **fields)

    def settle() -> None:
        journal = Journal.opened([collateral.id, margin.id])
        journal.move(collateral.id, margin.id, Decimal(amount), Purpose.MARGIN, uuid4())
        journal.write()

    perform(settle)
    return margin


def test_margin_that_was_kept_here_is_delivered_once(venue) -> None:
    alice, bob = (build.a_provider(venue, name) for name in ("Alice", "Bob"))
    kept = [settled_by_the_release_before(alice, "4000"), settled_by_the_release_before(bob, "0.5")]
    assert market.sweep("deliver_margin") == 2
    assert market.sweep("deliver_margin") == 0
    delivered = Transfer.objects.filter(purpose=Purpose.MARGIN_DELIVERED)
    assert {row.debit_id: row.amount for row in delivered} == {kept[0].id: 4000, kept[1].id: Decimal("0.5")}
    assert not models.Account.objects.filter(kind=AccountKind.MARGIN).exclude(posted=0).exists()
    told = Event.objects.filter(kind="margin_delivered")
    assert {event.provider_id: event.payload["amount"] for event in told} == {alice.id: "4000", bob.id: "0.5"}
    invariants.hold()


def test_a_reader_of_what_the_release_before_told_knows_where_the_margin_is() -> None:
    """It said nothing of `delivered`: its margin stays here until that is told."""
    made = {"asset": "USD", "settlement": "s", "units": 1, "edge_bps": "0", "notional": "9", "held": "4"}
    settled = {"award": "a", "sequence": 1, "edge": "0", "paid": "0", "margin": "4"}
    told = Replay().tell([Told("award_made", "a", "alice", made), Told("award_settled", "s", "alice", settled)])
    kept = Account("alice", "MARGIN", "USD")
    assert (told.posted[kept], told.posted[Account(VENUE, "CLEARING", "USD")]) == (4, 0)
    told.tell([Told("margin_delivered", "alice", "alice", {"asset": "USD", "amount": "4"})])
    assert (told.posted[kept], told.posted[Account(VENUE, "CLEARING", "USD")]) == (0, 4)
