"""Terms are accepted by version, once."""

import pytest

from accounts.operations.people.accept_terms import accept_terms
from backstop.models import Event
from tests.builders import a_provider, a_venue, perform

pytestmark = pytest.mark.django_db


def test_a_version_is_accepted_once_and_a_later_one_again() -> None:
    alice = a_provider(a_venue())
    for version in ("2026-1", "2026-1", "2026-2"):
        accepted = perform(accept_terms, provider=alice, version=version)
    assert (accepted.terms_version, accepted.terms_accepted_at is not None) == ("2026-2", True)
    told = Event.objects.filter(kind="terms_accepted").order_by("id")
    assert [event.payload["version"] for event in told] == ["2026-1", "2026-2"]
