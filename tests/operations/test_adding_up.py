"""Many small moves of one person add up to a large one; an engine's deposits go on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import AccountKind, Approval, MovedAlone, Transfer, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.approvals import ADDS_UP_FOR
from accounts.rules.keys import VENUE_SCOPES
from accounts.rules.refusals import AccountRefusal
from backstop.models import Venue
from tests.builders import a_provider, a_venue, an_asset, perform, venue_account
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue() -> Venue:
    """A venue that wants two persons for more than 100, and a fund of 1,000."""
    for name in ("olivia", "oscar"):
        User.objects.create_user(name, f"{name}@north.example")
    venue = a_venue(fund="1000")
    limit(venue, "100")
    return venue


def limit(venue: Venue, amount: str) -> None:
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(amount), reason="four eyes")


def fund(venue: Venue, amount: str, reference: str, *, actor: str = "user:olivia", asset: str = "USD") -> Any:
    said = {"venue_id": venue.id, "asset": asset, "amount": Decimal(amount), "reference": reference}
    return perform(fund_venue, actor=actor, reason="dividend", **said)


def key_of(venue: Venue, *, person: str | None = None, issued_by: str = "command:create_key") -> str:
    key, _ = perform(issue_key, actor=issued_by, venue=venue, scopes=VENUE_SCOPES, person=person)
    return f"key:{key.prefix}"


def fund_of(venue: Venue) -> Decimal:
    return venue_account(venue, AccountKind.FUND).posted


def test_up_to_the_limit_of_a_day_it_takes_one_person(venue) -> None:
    for place in range(4):
        assert isinstance(fund(venue, "-25", f"r{place}"), Transfer)
    assert isinstance(fund(venue, "-0.000001", "more"), Approval)
    assert fund_of(venue) == 900


def test_what_is_a_day_old_counts_no_more(venue, travel) -> None:
    began = travel.freeze()
    fund(venue, "-100", "first")
    travel.to(began + ADDS_UP_FOR - timedelta(microseconds=1))
    assert isinstance(fund(venue, "-1", "second"), Approval)
    travel.to(began + ADDS_UP_FOR)
    assert isinstance(fund(venue, "-100", "third"), Transfer)


def test_one_person_is_one_by_whatever_key_and_name(venue) -> None:
    fund(venue, "-60", "r1")
    assert isinstance(fund(venue, "-60", "r2", actor=key_of(venue, person="olivia")), Approval)
    assert isinstance(fund(venue, "-60", "r3", actor=key_of(venue, person="oscar", issued_by="user:olivia")), Approval)
    User.objects.create_user("olivia2", "Olivia@North.example")
    assert isinstance(fund(venue, "-60", "r4", actor="user:olivia2"), Approval)
    hers = key_of(venue, person="olivia")
    User.objects.filter(username="olivia").update(username="ol", email="")
    assert isinstance(fund(venue, "-60", "r5", actor="user:ol"), Approval)
    with refused(AccountRefusal.PERSON_UNKNOWN):  # her key is no engine's because nobody knows her by that name
        fund(venue, "-1", "r6", actor=hers)
    assert isinstance(fund(venue, "-100", "r7", actor="user:oscar"), Transfer)
    assert fund_of(venue) == 840


def test_what_two_moved_counts_for_neither(venue) -> None:
    approval = fund(venue, "-500", "r1")
    perform(confirm_approval, actor="user:oscar", venue_id=venue.id, approval_id=approval.id)
    for name in ("olivia", "oscar"):
        assert isinstance(fund(venue, "-100", f"by {name}", actor=f"user:{name}"), Transfer)


def test_the_same_again_counts_once_and_what_was_refused_never(venue) -> None:
    for _ in range(3):
        fund(venue, "-50", "r1")
    with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
        fund(venue, "-50.0000001", "r2")
    assert isinstance(fund(venue, "-50", "r3"), Transfer)
    assert MovedAlone.objects.filter(amount__lt=0).count() == 2


def test_each_way_asset_and_kind_of_move_adds_up_by_itself(venue) -> None:
    an_asset(venue, "EUR")
    alice = a_provider(venue, collateral="0")
    fund(venue, "-100", "out")
    assert isinstance(fund(venue, "100", "in"), Transfer)
    assert isinstance(fund(venue, "1000", "euros", asset="EUR"), Transfer)
    said = {"venue_id": venue.id, "provider_id": alice.id, "asset": "USD"}
    perform(move_collateral, actor="user:olivia", amount=Decimal(100), reference="in", **said)
    assert isinstance(fund(venue, "1", "in more"), Approval)


def test_what_was_moved_before_a_limit_was_set_counts(venue) -> None:
    other = a_venue(fund="1000")
    fund(other, "-80", "r1")
    limit(other, "100")
    assert isinstance(fund(other, "-20.000001", "r2"), Approval)
    assert isinstance(fund(other, "-20", "r3"), Transfer)


def test_engines_of_nobody_add_up_together_and_cannot_ask(venue) -> None:
    fund(venue, "-60", "r1", actor=key_of(venue))
    with refused(AccountRefusal.PERSON_UNKNOWN):
        fund(venue, "-60", "r2", actor=key_of(venue))
    assert isinstance(fund(venue, "-100", "r3"), Transfer)  # nobody's moves are not hers


def test_a_limit_of_nothing_lets_an_engine_say_what_came_in(venue) -> None:
    limit(venue, "0")
    engine, alice = key_of(venue), a_provider(venue, collateral="0")
    said = {"venue_id": venue.id, "provider_id": alice.id, "asset": "USD"}
    for place in range(2):
        moved = perform(move_collateral, actor=engine, amount=Decimal(5000), reference=f"in {place}", **said)
        assert isinstance(moved, Transfer)
    assert isinstance(fund(venue, "5000", "in", actor=engine), Transfer)
    with refused(AccountRefusal.PERSON_UNKNOWN):
        perform(move_collateral, actor=engine, amount=Decimal(-1), reference="out", **said)
    hers = key_of(venue, person="olivia")
    assert isinstance(perform(move_collateral, actor=hers, amount=Decimal(1), reference="hers", **said), Approval)
