"""What is not paid in time is overdue."""

from datetime import timedelta

import pytest

from accounts.models import AccountKind, Ground, User
from accounts.rules.refusals import AccountRefusal
from tests import market
from tests.operations.test_declare_default import declare
from tests.operations.test_loss_sharing import clean, left, paid
from tests.operations.test_pay_assessment import lose, of, pay, venue  # noqa: F401
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_what_is_not_paid_in_time_is_overdue_and_ground_for_a_default(venue, travel) -> None:  # noqa: F811
    User.objects.create(username="olivia")
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
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "ASSESSMENTS": 30, "OWED": 15}
    clean()
    pay(bob)
    assert left(venue, AccountKind.LOSSES) == 0
    clean()
