"""An insurer covers a margin call: paid once, by one of them, with the account's books or not at all."""

from decimal import Decimal

import pytest

from accounts.models import Account, AccountKind, MarginCall, Provider, Transfer
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.refusals import AccountRefusal
from auctions.models import Auction, Bid, Book
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.margin_calls import a_cover, call, collateral, cure
from tests.operations.test_confirm_default import people  # noqa: F401
from tests.operations.test_declare_default import declare
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=10**7)
    return venue


@pytest.fixture
def cover(venue):
    return a_cover(venue)


def liquidated(venue, account="a", **said) -> Book:
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), account=account, **said)


def test_the_amount_leaves_its_collateral_through_the_venue_and_is_owed_to_it(venue, cover) -> None:
    cured = cure(call(cover))
    assert collateral() == 6800
    moved = Transfer.objects.get(purpose="CURED")
    assert (moved.credit.kind, moved.amount, moved.subject_id) == (AccountKind.CLEARING, 1000, cured.id)
    assert (cured.state, cured.left, (cured.repay_by - cured.cured_at).days) == ("CURED", 1000, 30)
    (told,) = Event.objects.filter(kind="margin_call_cured")
    assert (told.provider_id, told.payload["books"]) == (cured.cured_by_id, ())
    clean()


def test_the_same_again_pays_once_and_another_insurer_comes_too_late(venue, cover) -> None:
    called = call(cover)
    cure(called)
    assert cure(called).cured_by.name == "Ines"
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        cure(called, "Jan")
    assert Transfer.objects.filter(purpose="CURED").count() == 1
    assert (collateral(), collateral("Jan")) == (6800, 7800)


def test_until_its_time_is_over_and_not_as_it_is(venue, cover, travel) -> None:
    first, second = call(cover), call(cover, reference="second")
    travel(seconds=3599.999999)
    assert cure(first).state == "CURED"
    travel.to(second.answer_by)
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        cure(second)


def test_a_book_of_the_account_goes_back_to_the_venue_with_it(venue, cover) -> None:
    called, book = call(cover), liquidated(venue)
    market.sweep("route_books")
    cure(called)
    book.refresh_from_db()
    assert (book.state, book.withdrawal_reason) == ("WITHDRAWN", "an insurer covered the margin call")
    (told,) = Event.objects.filter(kind="margin_call_cured")
    assert told.payload["books"] == (str(book.id),)
    assert Event.objects.filter(kind="book_withdrawn").count() == 1
    clean()


def test_a_call_from_before_the_book_stops_no_liquidation(venue, cover, travel) -> None:
    """Nor from before its amendment would it: what is lacking now is called for anew."""
    stale = call(cover, "0.000001")
    travel(microseconds=1)
    book = liquidated(venue)
    market.sweep("route_books")
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        cure(stale)
    book.refresh_from_db()
    assert (book.state != "WITHDRAWN", collateral()) == (True, 7800)
    assert cure(call(cover, reference="anew")).state == "CURED"
    book.refresh_from_db()
    assert book.state == "WITHDRAWN"
    clean()


def test_a_book_goes_back_for_no_less_than_it_lacks_and_equal_is_enough(venue, cover) -> None:
    book = liquidated(venue, cash="-3000")
    assert book.equity == -3000
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        cure(call(cover, "2999.99", reference="less"))
    assert collateral() == 7800
    assert cure(call(cover, "3000")).state == "CURED"
    book.refresh_from_db()
    assert book.state == "WITHDRAWN"
    clean()


def test_other_accounts_and_assets_keep_their_books(venue, cover) -> None:
    called, other = call(cover), liquidated(venue, account="b")
    cure(called)
    other.refresh_from_db()
    assert other.state == "RECEIVED"


def test_after_an_award_nothing_is_paid(venue, cover) -> None:
    market.committed(venue, "0")
    called, book = call(cover), liquidated(venue)
    market.sweep("route_books", "assign_lots")
    with refused(AuctionRefusal.BOOK_AWARDED):
        cure(called)
    market.sweep("settle_awards", "pass_lots_on", "close_books")
    book.refresh_from_db()
    assert book.state == "CLOSED"
    with refused(AuctionRefusal.BOOK_AWARDED):
        cure(called)
    assert (collateral(), MarginCall.objects.get().state) == (7800, "CALLED")
    clean()


def test_a_book_that_came_and_was_closed_before_the_call_is_none_of_it(venue, cover, travel) -> None:
    market.committed(venue, "0")
    liquidated(venue)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")
    with refused(AuctionRefusal.BOOK_AWARDED):
        cure(call(cover, reference="in the same instant"))
    travel(microseconds=1)
    assert cure(call(cover)).state == "CURED"


def test_a_book_that_came_before_the_call_and_closed_at_it_or_later_is_paid_by_nobody(venue, cover, travel) -> None:
    """It had no award yet as the call came, and has no state under way any more: what it lost is a claim's."""
    market.committed(venue, "0")
    liquidated(venue)
    travel(microseconds=1)
    called = call(cover)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")
    assert states() == ["CLOSED"]
    with refused(AuctionRefusal.BOOK_AWARDED):
        cure(called)
    assert (collateral(), MarginCall.objects.get().state) == (7800, "CALLED")
    liquidated(venue, reference="another")
    with refused(AuctionRefusal.BOOK_AWARDED):
        cure(called)
    travel(microseconds=1)
    assert cure(call(cover, reference="anew")).state == "CURED"
    assert sorted(states()) == ["CLOSED", "WITHDRAWN"]
    clean()


def several(venue, *cash: str) -> list[Book]:
    """Books of the account, one for each of these amounts that come with them."""
    return [liquidated(venue, reference=f"book-{at}", cash=each) for at, each in enumerate(cash, 1)]


def held(name: str) -> Decimal:
    return Account.objects.get(provider__name=name, kind=AccountKind.COLLATERAL).held


def states() -> list[str]:
    return list(Book.objects.order_by("reference").values_list("state", flat=True))


def test_all_books_of_the_account_go_back_with_it(venue, cover) -> None:
    """As they came: with what is offered for them void, nothing counted under a cap, and their money out again."""
    called, cap, bidder = call(cover), build.a_cap(venue, "1000000"), market.a_bidder(venue)
    door = build.venue_account(venue, AccountKind.CLEARING).posted
    books = several(venue, "3000", "2000", "-500")
    market.sweep()
    for number, auction in enumerate(Auction.objects.filter(step__lot__book__equity__gt=0)):
        market.place(bidder, market.order(auction, f"b{number}", 10, "10"))
    assert (Bid.objects.filter(state="LIVE").count(), held("Alice") > 0) == (2, True)
    cure(called)
    assert states() == ["WITHDRAWN"] * 3
    (told,) = Event.objects.filter(kind="margin_call_cured")
    assert set(told.payload["books"]) == {str(book.id) for book in books}
    assert Event.objects.filter(kind="book_withdrawn").count() == 3
    assert [market.money(book) for book in books] == [(door + 1000, 0, 0)] * 3
    cap.refresh_from_db()
    assert (Bid.objects.filter(state="VOID").count(), held("Alice"), cap.outstanding) == (2, 0, 0)
    assert market.sweep() == 0
    clean()


def test_once_one_of_several_has_an_award_none_goes_back(venue, cover) -> None:
    called = call(cover)
    liquidated(venue, reference="book-1")
    market.committed(venue, "0", cap_held=40_000)
    market.sweep("route_books", "assign_lots")
    liquidated(venue, reference="book-2")
    for _ in range(2):
        with refused(AuctionRefusal.BOOK_AWARDED):
            cure(called)
        market.sweep("settle_awards", "pass_lots_on", "close_books")
    assert states() == ["CLOSED", "RECEIVED"]
    with refused(AuctionRefusal.BOOK_AWARDED):
        cure(called)
    assert collateral() == 7800
    clean()


def test_the_others_go_back_where_one_was_closed_before_the_call(venue, cover, travel) -> None:
    market.committed(venue, "0")
    liquidated(venue, reference="book-1")
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")
    travel(microseconds=1)
    liquidated(venue, reference="book-2"), liquidated(venue, reference="book-3")
    cure(call(cover))
    assert states() == ["CLOSED", "WITHDRAWN", "WITHDRAWN"]
    clean()


def test_a_call_from_before_one_of_several_brings_none_back(venue, cover, travel) -> None:
    liquidated(venue, reference="book-1")
    stale = call(cover)
    travel(microseconds=1)
    liquidated(venue, reference="book-2")
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        cure(stale)
    assert (states(), collateral()) == (["RECEIVED"] * 2, 7800)
    cure(call(cover, reference="anew"))
    assert states() == ["WITHDRAWN"] * 2


def test_several_go_back_for_what_each_of_them_lacks_and_equal_is_enough(venue, cover) -> None:
    """A debt of 3,000 and one of 500: the 2,000 beside them are their owner's, and would pay neither."""
    several(venue, "-3000", "2000", "-500")
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE, match="is 3500"):
        cure(call(cover, "3499.99", reference="less"))
    assert (states(), collateral()) == (["RECEIVED"] * 3, 7800)
    cure(call(cover, "3500"))
    assert (states(), collateral()) == (["WITHDRAWN"] * 3, 4300)
    clean()


def test_what_cannot_be_paid_brings_none_of_several_back(venue, cover) -> None:
    """Of 7,800 each 1,800 are pledged."""
    called = call(cover, "5000")
    cure(call(cover, "1000.01", reference="before"))
    several(venue, "0", "0")
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        cure(called)
    assert states() == ["RECEIVED"] * 2
    clean()


def test_who_is_of_the_cluster_of_one_of_several_owners_may_not(venue, cover) -> None:
    called = call(cover)
    liquidated(venue, reference="book-1")
    liquidated(venue, reference="book-2", owner_group=Provider.objects.get(name="Ines").group.name)
    with refused(AccountRefusal.COVER_OF_ONE_CLUSTER):
        cure(called)
    assert (cure(called, "Jan").state, states()) == ("CURED", ["WITHDRAWN"] * 2)


def test_what_is_pledged_or_lacking_is_not_paid_and_equal_is(venue, cover) -> None:
    """Of 7,800 each 1,800 are pledged."""
    called, more = call(cover, "5000"), call(cover, "1000.01", reference="more")
    cure(called)
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        cure(more)
    assert cure(call(cover, "1000", reference="all")).state == "CURED"
    assert collateral() == 1800
    clean()


def test_who_is_of_the_owners_cluster_may_not(venue, cover) -> None:
    """It would lend to itself, and have that back before the venue's other creditors."""
    ines = Provider.objects.get(name="Ines")
    with refused(AccountRefusal.COVER_OF_ONE_CLUSTER):
        cure(call(cover, group_id=ines.group_id))
    called = call(cover, reference="unsaid")
    liquidated(venue, owner_group=ines.group.name)
    with refused(AccountRefusal.COVER_OF_ONE_CLUSTER):
        cure(called)
    assert cure(called, "Jan").cured_by.name == "Jan"


def test_who_parted_from_the_owner_after_its_failure_may_not(venue, cover) -> None:
    called, ines, owners = call(cover), Provider.objects.get(name="Ines"), build.a_group(venue, "Owners")
    build.relate(owners, ines.group)
    liquidated(venue, owner_group="Owners")
    build.relate(owners, ines.group, related=False)
    with refused(AccountRefusal.COVER_OF_ONE_CLUSTER):
        cure(called)
    assert cure(called, "Jan").state == "CURED"


def test_who_insures_nothing_of_it_does_not_know_it(venue, cover) -> None:
    called = call(cover)
    build.a_provider(venue, "Olaf", collateral="10000")
    with refused(AccountRefusal.MARGIN_CALL_UNKNOWN):
        cure(called, "Olaf")


def test_what_may_not_be_withdrawn_is_not_paid_out(venue, cover, people) -> None:  # noqa: F811
    """A way out of what stands behind everything else would be a friend's margin call."""
    called, ines = call(cover), Provider.objects.get(name="Ines")
    perform(suspend_provider, provider=ines, reason="a test")
    with refused(AccountRefusal.PROVIDER_SUSPENDED):
        cure(called)
    said = {"asset": "USD", "amount": Decimal(-1), "reference": "out"}
    jan = Provider.objects.get(name="Jan")
    declare(jan)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        perform(move_collateral, venue_id=venue.id, provider_id=jan.id, **said)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        cure(called, "Jan")
