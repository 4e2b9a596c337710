"""What the document says of successes: most are sent by the tests of each address; the rest here.

`tests.described` holds each answer against the document; a run of all tests fails where a success was never sent.
"""

from uuid import uuid4

import pytest

from accounts.desks.journal import Journal
from accounts.models import AccountKind, Purpose, User
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from tests.builders import a_venue, an_instrument, api_client, perform, venue_account
from tests.described import documented_successes, unsent

pytestmark = pytest.mark.django_db

WHY = {"reason": "why not"}


def earn_fees(venue) -> None:
    clearing, fees = (venue_account(venue, kind).id for kind in (AccountKind.CLEARING, AccountKind.FEES))
    journal = Journal.opened([clearing, fees])
    journal.move(clearing, fees, 1000, Purpose.FEE, uuid4())
    journal.write()


def test_what_takes_two_persons_is_answered_as_asked_for() -> None:
    venue = a_venue()
    instrument = an_instrument(venue, price="20000")
    perform(earn_fees, venue=venue)
    User.objects.create(username="olivia")
    olivia = api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])
    fees = {"account": "FEES", "asset": "USD", "reference": "r1", **WHY}
    assert olivia.post("/v1/fees", {**fees, "amount": "5"}).status_code == 201
    assert olivia.put("/v1/approval_limits", {"asset": "USD", "amount": "10", **WHY}).status_code == 200
    for path, sent in (
        ("/v1/fees", {**fees, "amount": "500", "reference": "r2"}),
        ("/v1/venue/terms", {"notice_seconds": 60, **WHY}),
        (f"/v1/instruments/{instrument.id}/terms", {"margin_rate": "0.2", **WHY}),
        (f"/v1/instruments/{instrument.id}/mark", {"price": "19500", **WHY}),
    ):
        answer = olivia.post(path, sent)
        assert (path, answer.status_code) == (path, 202)


def test_a_success_that_was_never_sent_is_named() -> None:
    assert len(documented_successes()) > 70
    assert unsent(set(documented_successes())) == []
    assert unsent(documented_successes() - {("GET", "/v1/me", "200")}) == ["GET /v1/me 200"]
