"""What an account does not give may be allocated anew."""

import pytest

from accounts.models import AllocationFill
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.operations.collateral.refuse_fill import refuse_fill
from accounts.rules.refusals import AccountRefusal
from tests.builders import perform
from tests.operations.test_allocate_cash import allocate, event  # noqa: F401
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def refuse(fill, reason="the account is closed"):
    return perform(refuse_fill, venue_id=fill.venue_id, fill_id=fill.id, reason=reason)


def test_what_was_refused_is_allocated_anew(event) -> None:  # noqa: F811
    fill = allocate(event).fills.get(account="anna")
    assert refuse(fill).id == refuse(fill).id
    allocate(event, "60", reference="2")
    waiting = AllocationFill.objects.filter(state="ALLOCATED")
    assert sum(waiting.values_list("allocated", flat=True)) == 100


def test_nothing_is_refused_without_a_reason_nor_once_it_was_confirmed(event) -> None:  # noqa: F811
    fill = allocate(event).fills.get(account="anna")
    with refused(AccountRefusal.REASON_MISSING):
        refuse(fill, " ")
    perform(confirm_fill, venue_id=fill.venue_id, fill_id=fill.id)
    with refused(AccountRefusal.ALLOCATION_FILL_DECIDED):
        refuse(fill)
