"""A mark by hand is one source more, with a name and a reason."""

from decimal import Decimal

import pytest

from accounts.models import Approval, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.terms.set_mark_by_hand import hand_of, set_mark_by_hand
from accounts.rules.keys import VENUE_SCOPES
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.desks.marks import MarkQuote
from backstop.models import Event, Mark
from backstop.operations.set_marks import set_marks
from backstop.refusals import GroundRefusal
from tests.builders import a_venue, an_instrument, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def instrument():
    return an_instrument(a_venue(), price="20000")


@pytest.fixture(autouse=True)
def olivia(db: None) -> User:
    return User.objects.create_user("olivia")


def mark(instrument, price: str = "19000", actor: str = "user:olivia", **said):
    said = {
        "venue_id": instrument.venue_id,
        "reason": "the feed is down",
        "source": hand_of(actor),
        "marked_at": clock.now(),
        **said,
    }
    return perform(set_mark_by_hand, actor=actor, instrument_id=instrument.id, price=Decimal(price), **said)


def test_it_is_a_source_of_its_own_beside_the_others(instrument) -> None:
    mark(instrument)
    assert dict(Mark.objects.values_list("source", "price")) == {"venue": 20000, hand_of("user:olivia"): 19000}
    told = Event.objects.get(kind="mark_set_by_hand")
    assert (told.actor, told.payload["source"], told.payload["reason"]) == (
        "user:olivia",
        hand_of("user:olivia"),
        "the feed is down",
    )


def test_where_the_venue_has_a_limit_it_takes_two_and_stays_the_source_of_who_asked(instrument, travel) -> None:
    venue_id = instrument.venue_id
    perform(set_approval_limit, venue_id=venue_id, asset="USD", amount=Decimal(1), reason="four eyes")
    User.objects.create_user("oscar")
    asked_at = travel.freeze()
    approval = mark(instrument)
    assert isinstance(approval, Approval)
    travel(hours=11)
    perform(confirm_approval, actor="user:oscar", venue_id=venue_id, approval_id=approval.id)
    assert Mark.objects.get(source=hand_of("user:olivia"), price=19000).marked_at == asked_at, (
        "it grows old while it waits"
    )


def test_whoever_sets_one_is_one_source_by_whatever_key_and_name(instrument) -> None:
    for person, issued_by in (("olivia", "command:create_key"), (None, "user:olivia")):
        key, _ = perform(issue_key, actor=issued_by, venue=instrument.venue, scopes=VENUE_SCOPES, person=person)
        mark(instrument, actor=f"key:{key.prefix}")
    mark(instrument)
    User.objects.filter(username="olivia").update(username="ol")
    mark(instrument, actor="user:ol")
    assert Mark.objects.filter(source__startswith="hand:").count() == 1
    with refused(AccountRefusal.PERSON_UNKNOWN):
        hand_of("user:olivia")


def test_two_persons_are_two_sources_however_alike_their_names_are(instrument) -> None:
    for letter in "ab":
        User.objects.create_user("o" * 149 + letter)
        mark(instrument, actor="user:" + "o" * 149 + letter)
    assert Mark.objects.filter(source__startswith="hand:").count() == 2


def test_no_engine_sets_a_mark_in_a_persons_name(instrument) -> None:
    quote = MarkQuote(instrument.symbol, Decimal(1), source="hand:olivia")
    with refused(GroundRefusal.MARKS_REFUSED, match="persons"):
        perform(set_marks, venue_id=instrument.venue_id, quotes=[quote])


def test_what_cannot_be_a_mark_is_refused(instrument) -> None:
    with refused(GroundRefusal.MARKS_REFUSED):
        mark(instrument, "0")
    with refused(AccountRefusal.REASON_MISSING):
        mark(instrument, reason="")
    with refused(GroundRefusal.NOT_FOUND):
        mark(instrument, venue_id=a_venue().id)
