"""What is not paid in time is taken out of collateral, or overdue."""

from datetime import timedelta

import pytest

from accounts.models import AccountKind, Ground, User
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.operations.test_declare_default import declare
from tests.operations.test_loss_sharing import clean, left, paid
from tests.operations.test_pay_assessment import lose, of, pay, venue  # noqa: F401
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_what_is_not_paid_in_time_is_overdue_and_ground_for_a_default(venue, travel) -> None:  # noqa: F811
    User.objects.create(username="olivia")
    build.pay_in(venue.providers.get(name="Bob"), "-999990")
    lose(venue, "135", travel)
    bob = of("Bob")
    with refused(AccountRefusal.GROUND_MISSING):
        declare(bob.provider, Ground.ASSESSMENT_OVERDUE)
    travel.to(bob.due_by - timedelta(microseconds=1))
    assert market.sweep("expire_assessments") == 0
    pay(of("Carol"))
    travel.to(bob.due_by)
    assert market.sweep("expire_assessments") == 1
    assert declare(bob.provider, Ground.ASSESSMENT_OVERDUE).ground == "ASSESSMENT_OVERDUE"
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "ASSESSMENTS": 40, "UNALLOCATED": 5}
    clean()
    assert (of("Bob").state, of("Bob").paid, of("Bob").owed, of("Bob").held) == ("OVERDUE", 10, 5, 0)
    assert left(venue, AccountKind.LOSSES) == -5
    build.pay_in(bob.provider, "5")
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        build.pay_in(bob.provider, "-5")
    assert pay(bob).state == "PAID"
    assert left(venue, AccountKind.LOSSES) == 0
    clean()


def test_without_collateral_all_of_it_is_overdue_and_nothing_is_told_as_paid(venue, travel) -> None:  # noqa: F811
    build.pay_in(venue.providers.get(name="Bob"), "-1000000")
    lose(venue, "135", travel)
    travel.to(of("Bob").due_by)
    assert market.sweep("expire_assessments") == 2
    assert market.sweep("expire_assessments") == 0, "it is overdue once"
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "ASSESSMENTS": 30, "UNALLOCATED": 15}
    kinds = Event.objects.filter(subject_id=of("Bob").id).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["assessment_called", "assessment_overdue"]
    (lost,) = Event.objects.filter(kind="loss_unallocated")
    assert lost.payload["amount"] == "15"
    clean()


def test_where_nobody_pays_it_is_taken_of_collateral_at_its_instant_to_the_last_of_it(venue, travel) -> None:  # noqa: F811
    build.pay_in(venue.providers.get(name="Bob"), "-999985")
    lose(venue, "135", travel)
    travel.to(of("Bob").due_by)
    assert market.sweep("expire_assessments") == 2
    assert [of(name).state for name in ("Bob", "Carol")] == ["PAID", "PAID"]
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "ASSESSMENTS": 45}
    assert (build.provider_account(of("Bob").provider).posted, left(venue, AccountKind.LOSSES)) == (0, 0)
    clean()
