"""A book that does not come in time is not waited for."""

import pytest

from accounts.lifecycle import DefaultState
from backstop.models import Event
from tests import market
from tests.operations.test_confirm_default import in_default, people  # noqa: F401

pytestmark = pytest.mark.django_db


def test_without_a_book_it_goes_on_with_what_was_reported_last(venue, people, travel) -> None:  # noqa: F811
    alice = market.committed(venue)
    market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000"))
    market.report_held(alice, "BTC-PERP", "1.5", included=1)
    default = in_default(alice)
    travel(seconds=86399)
    assert market.sweep("handle_defaults") == 0
    travel(seconds=1)
    assert market.sweep("handle_defaults", "end_loss_events") == 2
    default.refresh_from_db()
    assert (default.state, default.handled_at) == (DefaultState.CLOSED, default.book_by)
    told = Event.objects.get(kind="default_handled").payload
    assert (told["book"], told["holdings"]) == (None, ("BTC-PERP 1.5",))
