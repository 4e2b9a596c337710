"""Who is obliged is called for what all others leave, within its limits; it pays in time, or it is overdue."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Assessment, LossReturn
from accounts.operations.collateral.pay_assessment import pay_assessment
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.end_provider import end_provider
from tests import builders as build
from tests import market
from tests.builders import api_client, perform
from tests.operations.test_confirm_default import in_default, people  # noqa: F401
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, left, owing, paid
from tests.operations.test_move_contribution import contribute, contributed
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    """Where Bob has contributed 30 and Carol 60."""
    venue = a_venue(travel)
    for name, amount in (("Bob", "30"), ("Carol", "60")):
        contribute(build.a_provider(venue, name), amount, name)
    return venue


def lose(venue, amount: str, travel, reference: str = "1"):
    """A loss event that costs so much, and is final."""
    book = owing(venue, amount, reference, reference)
    close(book)
    finish(book.loss_event, travel)
    return book.loss_event


def called() -> dict[str, Decimal]:
    """What each provider is called for, by its name."""
    return dict(Assessment.objects.values_list("provider__name", "amount"))


def pay(assessment) -> Assessment:
    return perform(pay_assessment, venue_id=assessment.venue_id, assessment_id=assessment.id)


def of(name: str) -> Assessment:
    return Assessment.objects.get(provider__name=name)


def test_they_are_called_by_weight_for_what_contributions_leave_and_pay_of_their_collateral(venue, travel) -> None:
    event = lose(venue, "135", travel)
    assert called() == {"Bob": 15, "Carol": 30}
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "OWED": 45}
    clean()
    for name in ("Bob", "Carol"):
        assert pay(of(name)).id == pay(of(name)).id
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "ASSESSMENTS": 45}
    assert (left(venue, AccountKind.LOSSES), build.provider_account(of("Bob").provider).posted) == (0, 1_000_000 - 15)
    clean()
    said = {"asset": "USD", "amount": Decimal(48), "reference": "r", "reason": "a test"}
    perform(record_recovery, venue_id=venue.id, loss_event_id=event.id, **said)
    assert sum(LossReturn.objects.filter(layer="ASSESSMENTS").values_list("amount", flat=True)) == 45
    assert sum(map(contributed, (of("Bob").provider, of("Carol").provider))) == 3
    clean()


def test_nobody_is_called_for_more_than_it_contributed_and_the_rest_is_nobodys(venue, travel) -> None:
    lose(venue, "180", travel)
    assert called() == {"Bob": 30, "Carol": 60}, "as much as each contributed, to the last of it"
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "OWED": 90}
    clean()


def test_what_was_lifted_counts_no_more_and_twice_what_they_contributed_is_called_for_in_30_days(venue, travel) -> None:
    """To the last of it: of three events beside each other, the third calls for nothing."""
    lifted = lose(venue, "180", travel)
    said = {"asset": "USD", "amount": Decimal(180), "reference": "r", "reason": "a test"}
    perform(record_recovery, venue_id=venue.id, loss_event_id=lifted.id, **said)
    assert set(Assessment.objects.values_list("state", flat=True)) == {"LIFTED"}
    clean()
    market.mark_again()
    books = [owing(venue, "180", reference, reference) for reference in "234"]
    close(*books)
    finish(books[0].loss_event, travel)
    called_for = Assessment.objects.filter(state="DUE").values_list("provider__name", "amount")
    assert sorted(called_for) == [("Bob", 30), ("Bob", 30), ("Carol", 60), ("Carol", 60)]
    clean()


def test_above_that_it_is_unallocated(venue, travel) -> None:
    lose(venue, "181", travel)
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "OWED": 90, "UNALLOCATED": 1}
    clean()


@pytest.mark.usefixtures("people")
def test_who_is_in_default_is_not_called_and_its_part_is_the_others_up_to_what_each_contributed(venue, travel) -> None:
    first = owing(venue, "135", "1", "1")
    in_default(venue.providers.get(name="Bob"))
    close(first)
    finish(first.loss_event, travel)
    assert called() == {"Carol": 45}, "30 of her own, and Bob's 15"


def test_without_collateral_it_is_not_paid(venue, travel) -> None:
    build.pay_in(venue.providers.get(name="Bob"), "-999990")
    lose(venue, "135", travel)
    assert (of("Bob").held, of("Carol").held) == (10, 30)
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        pay(of("Bob"))
    clean()


def test_what_is_due_is_held_and_nothing_leaves_before_it_is_paid(venue, travel) -> None:
    lose(venue, "135", travel)
    bob = of("Bob").provider
    assert (of("Bob").held, build.provider_account(bob).free) == (15, 1_000_000 - 15)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        build.pay_in(bob, "-999985")
    with refused(AccountRefusal.PROVIDER_NOT_FREE):
        perform(end_provider, provider=bob, reason="leaves")
    clean()
    pay(of("Bob"))
    build.pay_in(bob, "-999985")
    clean()
    assert perform(end_provider, provider=bob, reason="leaves").state == "ENDED"


def test_who_is_obliged_does_not_end_though_all_that_it_contributed_is_used(venue, travel) -> None:
    first, second = owing(venue, "90", "1", "1"), owing(venue, "1", "2", "2")
    close(first)
    finish(first.loss_event, travel)
    bob = venue.providers.get(name="Bob")
    assert (contributed(bob), second.loss_event.state) == (0, "OPEN")
    build.pay_in(bob, "-1000000")
    with refused(AccountRefusal.PROVIDER_NOT_FREE):
        perform(end_provider, provider=bob, reason="leaves")


def test_over_http_a_provider_sees_its_own_and_its_venue_takes_it(venue, travel) -> None:
    lose(venue, "135", travel)
    bob = of("Bob")
    desk, robot = api_client(build.a_venue_key(venue)), api_client(build.a_provider_key(bob.provider))
    (shown,) = robot.get("/v1/assessments").json()["data"]
    assert (shown["amount"], shown["state"]) == ("15", "DUE")
    assert len(desk.get("/v1/assessments").json()["data"]) == 2
    assert desk.get(f"/v1/assessments/{bob.id}").json() == shown
    assert robot.get(f"/v1/assessments/{of('Carol').id}").json()["code"] == "assessment_unknown"
    assert robot.post(f"/v1/assessments/{of('Carol').id}/pay").json()["code"] == "assessment_unknown"
    assert robot.post(f"/v1/assessments/{bob.id}/pay").json()["state"] == "PAID"
    assert desk.post(f"/v1/assessments/{of('Carol').id}/pay").json()["state"] == "PAID"
    assert robot.post("/v1/contributions/leave").json()["guarantee_left_at"]
    assert robot.post("/v1/contributions/rejoin").json() == {"guarantee_left_at": None}
