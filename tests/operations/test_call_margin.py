"""A venue asks insurers to cover a margin call: for whom, up to what, and once."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import Approval, Cover, MarginCall, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import Trigger
from backstop.models import Event
from tests import builders as build
from tests import covers, market
from tests.builders import perform
from tests.margin_calls import CURES, a_cover, call, cure
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue)
    return venue


def test_each_insurer_is_told_what_an_account_lacks_and_until_when(venue) -> None:
    cover = a_cover(venue)
    called = call(cover)
    told = Event.objects.filter(kind="margin_called")
    assert {event.provider_id for event in told} == {share.provider_id for share in cover.shares.all()}
    assert {event.payload["amount"] for event in told} == {"1000"}
    assert (called.answer_by - called.created_at).total_seconds() == pytest.approx(3600, abs=1)


def test_the_same_reference_again_is_the_same_call_and_with_other_content_refused(venue) -> None:
    cover = a_cover(venue)
    assert call(cover) == call(cover)
    assert MarginCall.objects.count() == Event.objects.filter(kind="margin_called").count() / 2 == 1
    for changed in ({"amount": "1001"}, {"account": "b"}, {"group_id": build.a_group(venue, "Owners").id}):
        with refused(AccountRefusal.REFERENCE_REUSED):
            call(cover, **changed)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("5000.01", AccountRefusal.MARGIN_CALL_REFUSED),
        ("0", AccountRefusal.AMOUNT_NOT_MOVABLE),
        ("-1", AccountRefusal.MARGIN_CALL_REFUSED),
        ("0.0000001", AccountRefusal.AMOUNT_NOT_MOVABLE),
    ],
)
def test_up_to_the_limit_of_the_cover_is_asked_for_and_equal_fits(venue, amount, refusal) -> None:
    cover = a_cover(venue)
    with refused(refusal):
        call(cover, amount)
    assert call(cover, "5000").amount == 5000


def test_a_cover_without_the_trigger_is_asked_for_nothing(venue) -> None:
    with refused(AccountRefusal.MARGIN_CALL_REFUSED):
        call(a_cover(venue, triggers=(Trigger.SHORTFALL,), cure_interest_bps=None, repay_seconds=None))


def test_a_cover_of_an_account_is_asked_for_that_account_alone(venue) -> None:
    cover = a_cover(venue, account="a")
    with refused(AccountRefusal.MARGIN_CALL_REFUSED):
        call(cover, account="b")
    with refused(AccountRefusal.MARGIN_CALL_REFUSED):  # what a book of a group's account costs is no account's
        call(cover, group_id=build.a_group(venue, "Owners").id)
    assert call(cover).account == "a"


def test_a_cover_of_a_cluster_is_asked_for_its_accounts(venue) -> None:
    owners, others = build.a_group(venue, "Owners"), build.a_group(venue, "Others")
    cover = a_cover(venue, group_id=owners.id)
    for group in (None, others.id):
        with refused(AccountRefusal.MARGIN_CALL_REFUSED):
            call(cover, group_id=group)
    with refused(AccountRefusal.GROUP_UNKNOWN):
        call(cover, group_id=uuid4())
    assert call(cover, group_id=owners.id).group_id == owners.id


def test_a_cover_that_does_not_stand_yet_or_any_more_is_asked_for_nothing(venue, travel) -> None:
    insurers = {build.a_provider(venue, collateral="10000"): 10_000}
    cover = covers.signed(venue, insurers, waiting_seconds=60, **CURES)
    with refused(AccountRefusal.COVER_NOT_IN_STATE):
        call(cover)
    covers.limit_tranche(venue)
    cover = covers.activate(cover)
    with refused(AccountRefusal.MARGIN_CALL_REFUSED):
        call(cover)
    travel.to(cover.covers_from)
    call(cover, reference="as it begins")
    travel.to(cover.ends_at)
    with refused(AccountRefusal.MARGIN_CALL_REFUSED):
        call(cover)


@pytest.fixture
def cover(venue) -> Cover:
    """Of a venue that wants both Olivia and Oscar for more than 40,000 USD."""
    cover = a_cover(venue)
    for name in ("olivia", "oscar"):
        User.objects.create(username=name)
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(40_000), reason="a test")
    return cover


def liquidated(venue, quantity="2", **said):
    return market.a_book(venue, market.position("BTC-PERP", "LONG", quantity, "20000"), account="a", **said)


def by_olivia(cover, amount="0.000001", **said) -> MarginCall | Approval:
    return call(cover, amount, actor="user:olivia", **said)


def test_one_person_and_a_friend_who_insures_stop_no_book(venue, cover) -> None:
    """What is asked for is next to nothing; what is stopped is the book, as by taking it back."""
    book = liquidated(venue, "2.001")
    asked = by_olivia(cover)
    assert isinstance(asked, Approval)
    assert (asked.operation, asked.amount) == ("call_margin", book.notional)
    assert not MarginCall.objects.exists()
    assert by_olivia(cover) == asked
    perform(confirm_approval, actor="user:oscar", venue_id=venue.id, approval_id=asked.id)
    cure(MarginCall.objects.get())
    book.refresh_from_db()
    assert book.state == "WITHDRAWN"


def test_a_book_of_the_limit_itself_may_be_stopped_by_one(venue, cover) -> None:
    book = liquidated(venue)
    assert book.notional == 40_000
    assert isinstance(by_olivia(cover), MarginCall)


def test_books_of_the_account_count_together_and_others_do_not(venue, cover) -> None:
    market.a_book(venue, market.position("BTC-PERP", "LONG", "9", "20000"), account="b")
    assert isinstance(by_olivia(cover), MarginCall)
    liquidated(venue, "1", reference="1"), liquidated(venue, "1.001", reference="2")
    assert isinstance(by_olivia(cover, reference="again"), Approval)


def test_a_call_that_came_before_the_book_needs_one_person_and_stops_nothing(venue, cover, travel) -> None:
    early = by_olivia(cover)
    travel(microseconds=1)
    book = liquidated(venue, "9")
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        cure(early)
    book.refresh_from_db()
    assert (book.state, by_olivia(cover)) == ("RECEIVED", early)


def test_a_venues_engine_calls_by_what_it_saw_and_needs_nobody(venue, cover) -> None:
    liquidated(venue, "9")
    assert isinstance(call(cover), MarginCall)
