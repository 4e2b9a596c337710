"""Who gave notice is obliged again once it takes the notice back itself."""

import pytest

from accounts.operations.people.leave_guarantee import leave_guarantee
from accounts.operations.people.rejoin_guarantee import rejoin_guarantee
from backstop.models import Event
from tests.builders import perform
from tests.operations.test_leave_guarantee import bob, obliged_for, venue  # noqa: F401
from tests.operations.test_loss_sharing import owing
from tests.operations.test_move_contribution import contribute

pytestmark = pytest.mark.django_db


def test_what_its_venue_pays_in_takes_no_notice_back_but_the_provider_does(venue, bob) -> None:  # noqa: F811
    perform(leave_guarantee, provider=bob)
    contribute(bob, "0.01", "a cent")
    assert not obliged_for(owing(venue, "10", "1", "1"))
    for _ in range(2):
        perform(rejoin_guarantee, provider=bob)
    assert obliged_for(owing(venue, "10", "2", "2")) == {"Bob"}
    assert Event.objects.filter(kind="guarantee_rejoined").count() == 1
