"""Who was called for more than it contributed may give notice."""

import pytest

from accounts.operations.people.leave_guarantee import leave_guarantee
from accounts.rules.refusals import AccountRefusal
from tests.builders import perform
from tests.operations.test_loss_sharing import owing
from tests.operations.test_move_contribution import contribute
from tests.operations.test_pay_assessment import lose, of, pay, venue  # noqa: F401
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_after_a_call_who_gives_notice_owes_nothing_later_until_it_contributes_anew(venue, travel) -> None:  # noqa: F811
    bob = venue.providers.get(name="Bob")
    with refused(AccountRefusal.ASSESSMENT_MISSING):
        perform(leave_guarantee, provider=bob)
    contribute(bob, "1000", "more")
    lose(venue, "2000", travel)
    contribute(bob, "50", "again")
    for _ in range(2):
        perform(leave_guarantee, provider=bob)
    assert "Bob" not in obliged_for(owing(venue, "10", "later", "later"))
    pay(of("Bob"))
    contribute(bob, "-50", "out")
    contribute(bob, "5", "anew")
    assert "Bob" in obliged_for(owing(venue, "10", "last", "last"))


def obliged_for(book) -> set[str]:
    return set(book.loss_event.obligations.values_list("provider__name", flat=True))
