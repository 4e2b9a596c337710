"""What was declared of several lapses each at its own time; what was confirmed never does."""

import pytest

from accounts.lifecycle import DefaultState
from accounts.models import ProviderDefault
from tests import builders as build
from tests import market
from tests.operations.test_confirm_default import confirm, people  # noqa: F401
from tests.operations.test_declare_default import declare

pytestmark = pytest.mark.django_db


def test_each_lapses_at_its_own_time(venue, people, travel) -> None:  # noqa: F811
    alice, bob, charlie = (build.a_provider(venue, name) for name in ("Alice", "Bob", "Charlie"))
    declare(alice)
    declare(charlie)
    confirm(charlie)
    travel(seconds=10)
    declare(bob)
    travel(seconds=3590)
    assert market.sweep("lapse_defaults") == 1
    states = dict(ProviderDefault.objects.values_list("provider__name", "state"))
    assert states == {
        "Alice": DefaultState.LAPSED,
        "Bob": DefaultState.DECLARED,
        "Charlie": DefaultState.CONFIRMED,
    }
