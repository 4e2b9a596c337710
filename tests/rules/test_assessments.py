"""What a provider may be called for beyond what it contributed: once by an event, twice in thirty days."""

from decimal import Decimal as D

import pytest

from accounts.rules.sharing.assessments import most_assessable


@pytest.mark.parametrize(
    ("contribution", "called", "most"),
    [("100", "0", "100"), ("100", "100", "100"), ("100", "150", "50"), ("100", "200", "0"), ("100", "201", "0")],
)
def test_it_is_at_most_the_contribution_and_twice_that_in_the_period(contribution, called, most) -> None:
    assert most_assessable(D(contribution), D(called)) == D(most)
