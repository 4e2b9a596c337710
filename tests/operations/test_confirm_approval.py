"""Above a venue's limits one person asks and another confirms: once, and as things are then."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AccountKind, ApiKey, Approval, Transfer, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.approvals.withdraw_approval import withdraw_approval
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.terms.set_venue_terms import set_venue_terms
from accounts.rules.approvals import LAPSES_AFTER
from accounts.rules.keys import VENUE_SCOPES
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.end_provider import end_provider
from backstop import clock
from backstop.models import Event, Venue, VenueTerms
from tests.builders import a_provider, a_venue, perform, venue_account
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue() -> Venue:
    """A venue that wants two persons for more than 100, and a fund of 1,000."""
    venue = a_venue(fund="1000")
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(100), reason="four eyes")
    return venue


@pytest.fixture(autouse=True)
def people(db: None) -> None:
    for name, email in (("olivia", "olivia@north.example"), ("oscar", "oscar@north.example")):
        User.objects.create_user(name, email)


def pay_out(venue: Venue, amount: str, *, actor: str = "user:olivia", reference: str = "r1") -> Any:
    said = {"venue_id": venue.id, "asset": "USD", "amount": -Decimal(amount), "reference": reference}
    return perform(fund_venue, actor=actor, reason="dividend", **said)


def confirm(approval: Approval, actor: str = "user:oscar") -> Approval:
    return perform(confirm_approval, actor=actor, venue_id=approval.venue_id, approval_id=approval.id)


def key_of(venue: Venue, *, person: str | None = None, issued_by: str = "command:create_key") -> str:
    """How somebody acts by a new key."""
    key, _ = perform(issue_key, actor=issued_by, venue=venue, scopes=VENUE_SCOPES, person=person)
    return f"key:{key.prefix}"


def fund_of(venue: Venue) -> Decimal:
    return venue_account(venue, AccountKind.FUND).posted


def test_as_much_as_the_limit_takes_one_person(venue) -> None:
    assert isinstance(pay_out(venue, "100"), Transfer)
    assert fund_of(venue) == 900


def test_a_fraction_more_waits_for_another(venue) -> None:
    approval = pay_out(venue, "100.000001")
    assert isinstance(approval, Approval)
    assert fund_of(venue) == 1000
    confirm(approval)
    assert fund_of(venue) == Decimal("899.999999")
    kinds = ["approval_asked", "approval_confirmed", "money_moved"]
    told = list(Event.objects.filter(kind__in=kinds, venue=venue).order_by("-id").values_list("kind", "actor"))
    assert told[:3] == [
        ("money_moved", "user:oscar"),
        ("approval_confirmed", "user:oscar"),
        ("approval_asked", "user:olivia"),
    ]


def test_confirming_twice_moves_money_once(venue) -> None:
    approval = pay_out(venue, "500")
    first = confirm(approval)
    assert confirm(approval) == first
    assert fund_of(venue) == 500
    User.objects.create_user("otto")
    with refused(AccountRefusal.APPROVAL_DECIDED):
        confirm(approval, "user:otto")


def test_asking_again_is_asking_once_and_afterwards_answers_what_moved(venue) -> None:
    approval = pay_out(venue, "500")
    assert pay_out(venue, "500") == approval
    confirm(approval)
    assert isinstance(pay_out(venue, "500"), Transfer)
    assert (fund_of(venue), Approval.objects.count()) == (500, 1)


def test_nobody_confirms_what_is_his_own(venue) -> None:
    approval = pay_out(venue, "500")
    User.objects.create_user("olivia2", "Olivia@North.example")
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        confirm(approval, "user:olivia")
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):  # a second account of hers
        confirm(approval, "user:olivia2")
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        confirm(approval, key_of(venue, person="olivia"))
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):  # she has seen its secret
        confirm(approval, key_of(venue, person="oscar", issued_by="user:olivia"))
    assert fund_of(venue) == 1000


def test_who_has_another_name_by_now_is_who_asked(venue) -> None:
    approval = pay_out(venue, "500")
    User.objects.filter(username="olivia").update(username="ol", email="")
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        confirm(approval, "user:ol")
    with refused(AccountRefusal.PERSON_UNKNOWN):  # nobody knows any more who that is
        confirm(approval, key_of(venue, person="olivia"))
    with refused(AccountRefusal.PERSON_UNKNOWN):
        confirm(approval, key_of(venue, person="oscar", issued_by="user:olivia"))
    assert fund_of(venue) == 1000


def test_a_name_is_the_same_however_it_is_written(venue) -> None:
    User.objects.filter(username="olivia").update(first_name="Olivia", last_name="Ochs")
    User.objects.create_user("ooo", first_name="OLIVIA ", last_name="ochs")
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        confirm(pay_out(venue, "500"), "user:ooo")


def test_a_key_counts_as_whose_it_is(venue) -> None:
    approval = pay_out(venue, "500", actor=key_of(venue, person="oscar"))
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        confirm(approval)
    confirm(approval, key_of(venue, person="olivia"))
    assert fund_of(venue) == 500


def test_a_key_of_nobody_neither_asks_nor_confirms(venue) -> None:
    nobodys = key_of(venue)
    with refused(AccountRefusal.PERSON_UNKNOWN):
        pay_out(venue, "500", actor=nobodys)
    with refused(AccountRefusal.PERSON_UNKNOWN):
        confirm(pay_out(venue, "500"), nobodys)
    assert ApiKey.objects.get(prefix=nobodys.removeprefix("key:")).person is None


def test_what_nobody_confirms_lapses_at_the_instant_it_names(venue, travel) -> None:
    travel.freeze()
    approval, other = pay_out(venue, "300"), pay_out(venue, "600", reference="r2")
    travel.to(approval.lapses_at - timedelta(microseconds=1))
    confirm(other)
    travel.to(approval.lapses_at)
    with refused(AccountRefusal.APPROVAL_LAPSED):
        confirm(approval)
    assert approval.standing_at(clock.now()) == "LAPSED"
    assert pay_out(venue, "300") != approval  # asked anew
    assert approval.lapses_at - approval.created_at == LAPSES_AFTER


def test_what_changed_in_between_is_checked_anew(venue) -> None:
    first, second = pay_out(venue, "600"), pay_out(venue, "700", reference="r2")
    confirm(first)
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        confirm(second)
    second.refresh_from_db()
    assert (second.state, fund_of(venue)) == ("ASKED", 400)
    perform(fund_venue, venue_id=venue.id, asset="USD", amount=Decimal(100), reference="a")
    for each in ("b", "c"):
        perform(fund_venue, venue_id=venue.id, asset="USD", amount=Decimal(100), reference=each)
    confirm(second)
    assert fund_of(venue) == 0


def test_what_was_taken_back_cannot_be_confirmed(venue) -> None:
    approval = pay_out(venue, "500")
    said = {"venue_id": venue.id, "approval_id": approval.id, "reason": "a slip"}
    perform(withdraw_approval, actor="user:olivia", **said)
    with refused(AccountRefusal.APPROVAL_DECIDED):
        confirm(approval)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"asset": "EUR"}, AccountRefusal.ASSET_UNKNOWN),
        ({"amount": Decimal("-500.0000001")}, AccountRefusal.AMOUNT_NOT_MOVABLE),
        ({"amount": Decimal("-1000.000001")}, AccountRefusal.FUND_INSUFFICIENT),
    ],
)
def test_what_would_be_refused_is_not_asked_for(venue, changes, refusal) -> None:
    told, moved = Event.objects.count(), Transfer.objects.count()
    said = {"venue_id": venue.id, "asset": "USD", "amount": Decimal(-500), "reference": "r", "reason": "why", **changes}
    with refused(refusal):
        perform(fund_venue, actor="user:olivia", **said)
    assert (Approval.objects.count(), Event.objects.count(), Transfer.objects.count()) == (0, told, moved)


@pytest.mark.parametrize(
    "upgraded",
    [
        {"operation": "pay_dividends"},
        {"arguments": {"amount": "-500"}},
        {"arguments": {"more": 1}},
        {"arguments": {"amount": "a lot"}},
        {"arguments": {"venue_id": "no id"}},
        {"arguments": {"account": "POCKET"}},
    ],
)
def test_what_an_upgrade_cannot_read_any_more_is_refused_and_lapses(venue, travel, upgraded) -> None:
    approval = pay_out(venue, "500")
    said = upgraded.get("arguments", {})
    arguments = said if said == {"amount": "-500"} else {**approval.arguments, **said}
    Approval.objects.filter(id=approval.id).update(**{**upgraded, "arguments": arguments})
    with refused(AccountRefusal.APPROVAL_OUTDATED):
        confirm(approval)
    approval.refresh_from_db()
    assert (approval.state, fund_of(venue)) == ("ASKED", 1000)
    travel.to(approval.lapses_at)
    with refused(AccountRefusal.APPROVAL_LAPSED):
        confirm(approval)


def test_what_an_upgrade_can_still_read_is_carried_out(venue) -> None:
    approval = pay_out(venue, "500")
    arguments = {name: said for name, said in approval.arguments.items() if name != "account"}
    Approval.objects.filter(id=approval.id).update(arguments=arguments)
    assert confirm(approval).state == "CONFIRMED"
    assert fund_of(venue) == 500


def test_what_names_a_row_that_is_gone_is_refused(venue) -> None:
    alice = a_provider(venue, collateral="0")
    approval = perform(end_provider, actor="user:olivia", provider=alice, reason="over")
    Approval.objects.filter(id=approval.id).update(arguments={**approval.arguments, "provider": str(uuid4())})
    with refused(AccountRefusal.APPROVAL_OUTDATED):
        confirm(approval)


def test_a_reason_of_blanks_is_refused_when_it_is_asked(venue) -> None:
    said = {"venue_id": venue.id, "notice_seconds": 5, "reason": " "}
    with refused(AccountRefusal.REASON_MISSING):
        perform(set_venue_terms, actor="user:olivia", **said)
    assert isinstance(perform(set_venue_terms, actor="user:olivia", **{**said, "reason": "shorter"}), Approval)
    assert VenueTerms.objects.count() == 0


def test_another_venues_approval_does_not_exist(venue) -> None:
    approval = pay_out(venue, "500")
    with refused(AccountRefusal.APPROVAL_UNKNOWN):
        perform(confirm_approval, actor="user:oscar", venue_id=a_venue().id, approval_id=approval.id)


def test_the_database_refuses_one_person_too(venue) -> None:
    approval = pay_out(venue, "500")
    for names in ([], ["oscar", "olivia"]):
        with pytest.raises(IntegrityError, match="approval_by_"), transaction.atomic():
            Approval.objects.filter(id=approval.id).update(state="CONFIRMED", confirmed_names=names)
